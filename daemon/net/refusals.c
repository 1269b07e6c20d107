/* A flood of connections must not become a flood of lines. */
#include "net/refusals.h"

#include "base/log.h"

#define TELL_EVERY_MS 1000u

void sl_refusals_tell(struct sl_refusals *refusals, uint64_t now_ms)
{
    bool is_early = refusals->was_told && now_ms - refusals->told_ms < TELL_EVERY_MS;
    if (refusals->count == 0 || is_early) {
        return;
    }
    bool is_told = refusals->diag.message[0] != '\0';
    const char *why = is_told ? refusals->diag.message : sl_err_text(refusals->err);
    sl_log(SL_LOG_WARNING, "event=connections_refused count=%llu err=%s uid=%u why=%s",
           (unsigned long long)refusals->count, sl_err_name(refusals->err), refusals->uid,
           sl_log_quote(why).text);
    refusals->count = 0;
    refusals->told_ms = now_ms;
    refusals->was_told = true;
}

void sl_refusals_add(struct sl_refusals *refusals,
                     enum sl_err err,
                     const struct sl_diag *diag,
                     uint32_t uid,
                     uint64_t now_ms)
{
    refusals->count++;
    refusals->err = err;
    refusals->diag = *diag;
    refusals->uid = uid;
    sl_refusals_tell(refusals, now_ms);
}
