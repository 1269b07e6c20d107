/* The periods that have targets, so that those which share days with another period need not be searched for in the table. A cache:
 * forgotten when a target is put or taken back, read again by the next question. It may hold a period whose last target is
 * gone. */
#ifndef SL_PROJECTIONS_TARGET_PERIODS_H
#define SL_PROJECTIONS_TARGET_PERIODS_H

#include "projections/tables.h"
#include "sl/date.h"

struct sl_target_period {
    uint32_t number; /* of the period's name */
    struct sl_period days;
};

/* A stored target that shares days with the period in question. */
struct sl_target_candidate {
    sl_seq seq;
    struct sl_stored_target row;
};

struct sl_target_periods {
    struct sl_target_period *items; /* owned; in order of number */
    struct sl_target_candidate
        *candidates; /* owned; room for one per period, for the question at hand */
    size_t count, capacity;
    bool is_fresh;
};

void sl_target_periods_deinit(struct sl_target_periods *periods); /* zeroed is fine */
void sl_target_periods_forget(struct sl_target_periods *periods);

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_target_periods_refresh(struct sl_target_periods *periods,
                                                    struct sl_state *state);

#endif
