/* What is asked of those below a target: the targets that name it as their parent and, for a unit where none does, those of its people
 * and of the units right below. Shown beside the target, never forced to be equal. */
#ifndef SL_PROJECTIONS_TARGET_CHILDREN_H
#define SL_PROJECTIONS_TARGET_CHILDREN_H

#include "projections/target_days.h"

struct sl_target_children {
    bool has_any;
    int64_t sum;
};

/* Of the target that `ask` gave. `unit` is the number of the unit that is all of its scope; 0: it is none. Named children are of the
 * same measure and role and lie inside its period; a unit's members are those of the period's last day, each with the target that
 * he has for the period. The org is fresh. Takes the ledger's arena. SL_E_OVERFLOW and the codes of sl_target_days_get. */
SL_MUST_CHECK enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                                 const struct sl_target_ask *ask,
                                                 const struct sl_target_days *target,
                                                 uint32_t unit,
                                                 struct sl_target_children *ret_children);

#endif
