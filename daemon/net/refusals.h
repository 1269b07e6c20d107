/* Connections that were not taken, told of in the log: the first at once, then what has gathered, once a second at most.
 *
 *     <4>event=connections_refused count=311 err=TOO_MANY uid=1000 why="at most 2048 connections of one user"
 *
 * One reason stands for all that came in that second: the latest. */
#ifndef SL_NET_REFUSALS_H
#define SL_NET_REFUSALS_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_refusals {
    uint64_t count; /* not told yet */
    uint64_t told_ms;
    bool was_told; /* ever */
    enum sl_err err;
    struct sl_diag diag;
    uint32_t uid;
};

/* `now_ms` is monotonic, here and below. */
void sl_refusals_add(struct sl_refusals *refusals,
                     enum sl_err err,
                     const struct sl_diag *diag,
                     uint32_t uid,
                     uint64_t now_ms);

/* From a timer. */
void sl_refusals_tell(struct sl_refusals *refusals, uint64_t now_ms);

#endif
