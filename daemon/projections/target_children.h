/* What is asked of those below a target: the targets that name it as their parent and, where none does, for a unit those of its people
 * and of the units right below, for the company those of the units that have none above. Shown beside the target, never forced
 * to be equal. */
#ifndef SL_PROJECTIONS_TARGET_CHILDREN_H
#define SL_PROJECTIONS_TARGET_CHILDREN_H

#include "projections/named_children.h"
#include "projections/target_days.h"

/* The target whose children are asked for. All borrowed. */
struct sl_target_parent {
    const struct sl_target_ask *ask;
    const struct sl_target_days *target;   /* what `ask` gave */
    const uint32_t *numbers;               /* the six of its scope, as in targets.h */
    const struct sl_named_children *named; /* of the role and period of `ask` */
};

struct sl_target_children {
    bool has_any;
    int64_t sum; /* INT64_MAX: that or more */
};

/* Named children are of the same measure and role and lie inside the parent's period; members are those of the period's last day, each
 * with the target that he has for the period. A unit that was never defined is there on every day, with none above. The org is
 * fresh. Takes the ledger's arena. The codes of sl_target_days_get. */
SL_MUST_CHECK enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                                 const struct sl_target_parent *parent,
                                                 struct sl_target_children *ret_children);

#endif
