/* Refused for want of a right: who, which right, how often. Nothing of what was asked.
 *
 *     <4>event=denied user=bob right=append count=1
 *     <4>event=denied user=bob right=append count=4711        what came in the ten seconds after
 *
 * The first refusal of a user and right is told at once, what follows in one line per SL_DENIALS_EVERY_US, so that a flood of refused calls
 * is no flood of lines. There are lines for SL_DENIALS_MAX users and rights at a time; beyond that they are counted together, without
 * "user" and "right". */
#ifndef SL_SERVICE_DENIALS_H
#define SL_SERVICE_DENIALS_H

#include "service/access.h"
#include "service/client_session.h"
#include "sl/types.h"

#define SL_DENIALS_MAX      16u
#define SL_DENIALS_EVERY_US 10000000u

struct sl_denial {
    char user[SL_ACTOR_BYTES_MAX + 1];
    enum sl_right right;
    uint64_t untold;
};

/* Begins zeroed. */
struct sl_denials {
    struct sl_denial rows[SL_DENIALS_MAX];
    size_t count;
    uint64_t others;   /* untold, of those without a row */
    uint64_t begun_us; /* monotonic: when the first row was made, or all rows were last told */
};

void sl_denials_add(struct sl_denials *denials,
                    struct sl_slice user,
                    enum sl_right right,
                    uint64_t now_us);

/* From a timer: tells what is due, and forgets whoever was not refused again. */
void sl_denials_tick(struct sl_denials *denials, uint64_t now_us);

/* Tells what is untold, due or not: the end. */
void sl_denials_flush(struct sl_denials *denials);

#endif
