/* Comparing scores. */
#include "domain/score_key.h"

#include "domain/fraction.h"

struct sl_score_key sl_score_key_of_ratio(const struct sl_ratio *ratio, bool lower_is_better)
{
    /* Turning the sign of every score but the lowest of int64 is exact; that one is still the first or last. */
    int64_t lowest = ratio->numerator == INT64_MIN ? INT64_MAX : -ratio->numerator;
    return (struct sl_score_key){.numerator = lower_is_better ? lowest : ratio->numerator,
                                 .denominator = ratio->denominator};
}

static int compare_words(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* The product fits: both are below 2^63. */
static struct sl_fraction score_over_target(const struct sl_score_key *key)
{
    sl_int128 target = key->target > 0 ? key->target : 1;
    return (struct sl_fraction){key->numerator, key->denominator * target};
}

/* Below 0 if the score of `a` is the lower. The same target on both sides changes nothing, and need not be multiplied. */
static int compare_scores(const struct sl_score_key *a, const struct sl_score_key *b)
{
    if (a->target != b->target) {
        return sl_fraction_compare(score_over_target(a), score_over_target(b));
    }
    sl_int128 score_a = (sl_int128)a->numerator * b->denominator;
    sl_int128 score_b = (sl_int128)b->numerator * a->denominator;
    return score_a < score_b ? -1 : score_a > score_b;
}

int sl_score_key_compare(const struct sl_score_key *a, const struct sl_score_key *b)
{
    if (a->denominator == 0 || b->denominator == 0) {
        return (a->denominator == 0) - (b->denominator == 0);
    }
    int order = compare_scores(a, b);
    if (order != 0) {
        return -order;
    }
    if (a->reach_day != b->reach_day) {
        return a->reach_day < b->reach_day ? -1 : 1;
    }
    return compare_words(a->reach_seq, b->reach_seq);
}
