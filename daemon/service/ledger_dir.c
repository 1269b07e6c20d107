/* See ledger_dir.h; the check has a file of its own. */
#include "service/ledger_dir.h"

#include <string.h>

#include "projections/ledger.h"
#include "service/core.h"
#include "service/timezone.h"
#include "sl/id.h"
#include "sl/money.h"
#include "store/store.h"

enum sl_err sl_ledger_create(const struct sl_create_options *options, struct sl_diag *diag)
{
    enum sl_err err = sl_timezone_check(options->timezone, diag);
    if (err != SL_OK) {
        return err;
    }
    sl_currency currency;
    size_t len = strlen(options->currency);
    err = sl_currency_parse((struct sl_slice){(const uint8_t *)options->currency, len}, &currency);
    if (err != SL_OK) {
        return sl_refuse(diag, err, "currency", "%s is not an active ISO 4217 code",
                         options->currency);
    }
    struct sl_genesis genesis = {
        .policy = options->policy,
        .created = sl_clock_now(options->clock),
    };
    uint8_t random[10];
    options->fill_random(random, sizeof random);
    struct sl_id id = sl_id_from_time(genesis.created, random);
    memcpy(genesis.ledger_id, id.bytes, sizeof genesis.ledger_id);
    memcpy(genesis.timezone, options->timezone, strlen(options->timezone) + 1);
    memcpy(genesis.currency, currency.code, sizeof genesis.currency);
    return sl_store_create(options->dir, &genesis, diag);
}

static void forward_progress(void *ctx, sl_seq done, sl_seq total)
{
    const struct sl_replay *replay = ctx;
    if (replay->progress != NULL) {
        replay->progress(replay->ctx, done, total);
    }
}

static void keep_why(void *ctx, const struct sl_diag *why)
{
    struct sl_diag *kept = ctx;
    *kept = *why;
}

enum sl_err
sl_ledger_rebuild(const struct sl_offline_options *options, sl_seq *ret_head, struct sl_diag *diag)
{
    struct sl_diag why = {0};
    struct sl_store_options store_options = {
        .dir = options->dir,
        .executor = options->executor,
        .on_stopped = keep_why,
        .ctx = &why,
    };
    store_options.specs = sl_ledger_specs(&store_options.spec_count);
    struct sl_store *store;
    enum sl_err err = sl_store_open(&store_options, &store, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_replay replay = {
        .store = store,
        .progress = options->progress,
        .ctx = options->ctx,
    };
    err = sl_store_rebuild(store, sl_replay_apply, forward_progress, &replay, diag);
    if (err == SL_OK) {
        err = sl_store_recover(store, sl_replay_apply, &replay, diag);
    }
    sl_seq head = sl_store_head(store);
    sl_ledger_close(replay.ledger);
    sl_store_close(store); /* with a checkpoint of what was recovered */
    if (err == SL_OK && why.message[0] != '\0') {
        return sl_refuse(diag, SL_E_STOPPED, "", "%s", why.message);
    }
    if (err == SL_OK) {
        *ret_head = head;
    }
    return err;
}
