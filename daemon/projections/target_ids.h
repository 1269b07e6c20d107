/* How many targets have which id, so that whoever names a parent need not be answered by a look at all targets. A cache, read from the
 * table by the first question and kept as targets come and go. */
#ifndef SL_PROJECTIONS_TARGET_IDS_H
#define SL_PROJECTIONS_TARGET_IDS_H

#include "projections/tables.h"

struct sl_target_ids {
    uint32_t *counts; /* owned; by number of the id */
    uint32_t capacity;
    bool is_fresh;
};

void sl_target_ids_deinit(struct sl_target_ids *ids); /* zeroed is fine */
void sl_target_ids_forget(struct sl_target_ids *ids);

/* A target with the id was put in (+1) or taken out (-1); number 0: it has none. */
void sl_target_ids_change(struct sl_target_ids *ids, uint32_t number, int change);

/* Has any target the id? SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_target_ids_find(struct sl_target_ids *ids,
                                             struct sl_state *state,
                                             uint32_t number,
                                             bool *ret_has);

#endif
