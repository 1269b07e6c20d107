/* The targets that name a parent, added up by parent. Collected once for a question, so that each of its rows is one search and not a
 * look at all targets. */
#ifndef SL_PROJECTIONS_NAMED_CHILDREN_H
#define SL_PROJECTIONS_NAMED_CHILDREN_H

#include "projections/targets.h"

struct sl_named_sum {
    uint32_t parent, measure; /* numbers: of a target's id, of a measure */
    sl_int128 amount;         /* of all children together */
};

/* Those of one role that lie inside one period. */
struct sl_named_children {
    struct sl_named_sum *sums; /* by parent, then measure, each pair once; on the arena */
    size_t count;
};

/* Of targets that are in force. The periods of targets are fresh. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_named_children_collect(struct sl_ledger *ledger,
                                                    struct sl_period period,
                                                    enum sl_target_role role,
                                                    struct sl_arena *arena,
                                                    struct sl_named_children *ret_children);

/* What the children of this measure come to; NULL if the parent has none. Lent as long as the arena. */
const sl_int128 *
sl_named_children_sum(const struct sl_named_children *children, uint32_t parent, uint32_t measure);

#endif
