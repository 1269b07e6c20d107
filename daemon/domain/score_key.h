/* What places in a ranking go by: a score, and when it was reached.
 *
 *     order     score descending, then reach ascending
 *     score     numerator / denominator, over the target if there is one; compared exactly by cross multiplication;
 *               undefined scores come last
 *     tied      same score and same reach; leave reach at 0 where the tie rule is "stays tied"
 *
 * Pure functions. */
#ifndef SL_DOMAIN_SCORE_KEY_H
#define SL_DOMAIN_SCORE_KEY_H

#include "domain/measure.h"
#include "sl/types.h"

struct sl_score_key {
    int64_t numerator;
    int64_t denominator; /* > 0; 0: undefined, tied with every other undefined score */
    int64_t target;      /* > 0: what the value is divided by; 0: nothing, the value is the score */
    uint64_t reach_seq;
    int32_t reach_day; /* earlier is better; compared before reach_seq */
};

/* The key of a measure's value, without a target; for lower_is_better the sign is turned, so that the lowest is first. */
struct sl_score_key sl_score_key_of_ratio(const struct sl_ratio *ratio, bool lower_is_better);

/* Below 0 if `a` is better, 0 if tied. */
int sl_score_key_compare(const struct sl_score_key *a, const struct sl_score_key *b);

#endif
