/* Few rows, looked through from the front. */
#include "service/denials.h"

#include <string.h>

#include "base/log.h"

static void tell(struct sl_denial *row)
{
    sl_log(SL_LOG_WARNING, "event=denied user=%s right=%s count=%llu", row->user,
           sl_right_name(row->right), (unsigned long long)row->untold);
    row->untold = 0;
}

static struct sl_denial *find(struct sl_denials *denials, struct sl_slice user, enum sl_right right)
{
    for (size_t i = 0; i < denials->count; i++) {
        struct sl_denial *row = &denials->rows[i];
        if (row->right == right && strlen(row->user) == user.len &&
            memcmp(row->user, user.data, user.len) == 0) {
            return row;
        }
    }
    return NULL;
}

void sl_denials_add(struct sl_denials *denials,
                    struct sl_slice user,
                    enum sl_right right,
                    uint64_t now_us)
{
    SL_ASSERT(user.len <= SL_ACTOR_BYTES_MAX);
    struct sl_denial *row = find(denials, user, right);
    if (row != NULL) {
        row->untold++;
        return;
    }
    if (denials->count == SL_DENIALS_MAX) {
        denials->others++;
        return;
    }
    if (denials->count == 0) {
        denials->begun_us = now_us;
    }
    row = &denials->rows[denials->count];
    denials->count++;
    memcpy(row->user, user.data, user.len);
    row->user[user.len] = '\0';
    row->right = right;
    row->untold = 1;
    tell(row);
}

void sl_denials_flush(struct sl_denials *denials)
{
    size_t kept = 0;
    for (size_t i = 0; i < denials->count; i++) {
        if (denials->rows[i].untold > 0) {
            tell(&denials->rows[i]);
            denials->rows[kept] = denials->rows[i];
            kept++;
        }
    }
    denials->count = kept;
    if (denials->others > 0) {
        sl_log(SL_LOG_WARNING, "event=denied_others count=%llu",
               (unsigned long long)denials->others);
        denials->others = 0;
    }
}

void sl_denials_tick(struct sl_denials *denials, uint64_t now_us)
{
    if (denials->count > 0 && now_us - denials->begun_us >= SL_DENIALS_EVERY_US) {
        sl_denials_flush(denials);
        denials->begun_us = now_us;
    }
}
