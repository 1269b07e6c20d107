/* What is asked of those below a target: the targets that name it as their parent and, where none does, for a unit those of its people
 * and of the units right below, for the company those of the units that have none above. Shown beside the target, never forced
 * to be equal. */
#ifndef SL_PROJECTIONS_TARGET_CHILDREN_H
#define SL_PROJECTIONS_TARGET_CHILDREN_H

#include "projections/target_days.h"

struct sl_target_children {
    bool has_any;
    int64_t sum;
};

/* Of the target that `ask` gave; `numbers` are those of its scope, as in targets.h. Named children are of the same measure and role and
 * lie inside its period; members are those of the period's last day, each with the target that he has for the period. A unit
 * that was never defined is there on every day, with none above. The org is fresh. Takes the ledger's arena. SL_E_OVERFLOW and the
 * codes of sl_target_days_get. */
SL_MUST_CHECK enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                                 const struct sl_target_ask *ask,
                                                 const struct sl_target_days *target,
                                                 const uint32_t numbers[6],
                                                 struct sl_target_children *ret_children);

#endif
