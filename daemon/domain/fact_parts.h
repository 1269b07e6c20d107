/* The parts of one evaluation as a list that is walked deal by deal: order, runs, limits, sum. Private to the evaluation.
 *
 * `parts[i].order` is a permutation: the fact walked i-th. Parts themselves stay in the order of the facts. */
#ifndef SL_DOMAIN_FACT_PARTS_H
#define SL_DOMAIN_FACT_PARTS_H

#include "domain/evaluate.h"

struct sl_fact_parts {
    const struct sl_base_fact *facts;
    struct sl_fact_part *parts;
    size_t count;
};

/* Facts walked one after the other: one window, or one deal. */
struct sl_fact_run {
    size_t first; /* index into the walk */
    size_t count;
};

/* Walk in the order given. */
void sl_fact_parts_order_plainly(const struct sl_fact_parts *list);
/* Walk deal by deal, in the order given within each. In place, O(n log n). */
void sl_fact_parts_order_by_deal(const struct sl_fact_parts *list);

/* The run of one deal that begins at `first`; a fact without a deal is a run of its own. */
struct sl_fact_run sl_fact_parts_deal_at(const struct sl_fact_parts *list, size_t first);

struct sl_limit_bounds {
    bool has_min, has_max;
    int64_t min, max;
    bool is_deal; /* the limits of a deal mirror for negative totals, and leave 0 alone */
};

struct sl_limit_bounds sl_limit_of_deal(const struct sl_plan_limit *limit);
struct sl_limit_bounds sl_limit_of_window(const struct sl_plan_limit *limit);

/* What is left of `total`. */
sl_int128 sl_limit_apply(const struct sl_limit_bounds *bounds, sl_int128 total);

/* Makes the run's earned_minor sum to the limited total: each part is what the limited running total grows by, so
 * the facts that pass a maximum lose and earlier ones keep. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_fact_parts_limit(const struct sl_fact_parts *list,
                                              struct sl_fact_run run,
                                              const struct sl_limit_bounds *bounds);

sl_int128 sl_fact_parts_sum(const struct sl_fact_parts *list);

#endif
