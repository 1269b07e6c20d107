/* Plans: which version of a plan holds when, and whom it is assigned to.
 *
 * A published version holds on the days it is valid, unless a greater version does; of two events
 * with the same version the later counts. Only the span is kept in the table: the plan itself is
 * read from the log at `seq`. */
#ifndef SL_PROJECTIONS_PLANS_H
#define SL_PROJECTIONS_PLANS_H

#include "projections/totals.h"

/* Puts (+1) or takes back (-1) the plan event at position `seq`. */
void sl_plans_put(struct sl_ledger *ledger, const struct sl_plan *plan, sl_seq seq, int sign);

/* A stretch of days on which one version holds. */
struct sl_plan_span {
    uint32_t plan; /* number */
    sl_seq seq;    /* of the version's event */
    struct sl_period days;
};

/* Each version begins once and ends once, and between two of these days one version holds. */
#define SL_PLAN_SPANS_MAX (2u * SL_PLAN_VERSIONS_MAX + 1u)

/* The spans of one plan that overlap the period, whole, in order of time; `ret_spans` has room for
 * SL_PLAN_SPANS_MAX. Gives the count. */
size_t sl_plans_spans(struct sl_ledger *ledger,
                      uint32_t plan,
                      struct sl_period period,
                      struct sl_plan_span *ret_spans);

/* Is the plan assigned to the person on any day of the stretch? The org is fresh. */
bool sl_plans_assigned(struct sl_ledger *ledger,
                       const struct sl_plan *plan,
                       uint32_t person,
                       struct sl_period days);

/* The greatest version of the plan so far and whether it is published; 0: none. */
uint32_t sl_plans_version_max(struct sl_ledger *ledger, uint32_t plan, bool *ret_is_published);

#endif
