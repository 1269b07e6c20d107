/* Integers of up to 5,120 bits, for the rare product that 128 bits do not hold.
 *
 *     limbs[0]  limbs[1]  ...  limbs[count - 1]        64 bits each, the least first
 *
 * Invariants:
 *   (1) the last limb counted is not 0; zero counts none and is not negative, so a value has one form;
 *   (2) nothing wraps: what might need more limbs is SL_E_OVERFLOW, and outputs stay untouched. A product fits when both
 *       operands together count at most SL_WIDE_LIMBS_MAX, a sum when neither counts that many.
 * A result may be one of its operands. Pure functions. */
#ifndef SL_DOMAIN_WIDE_H
#define SL_DOMAIN_WIDE_H

#include "sl/err.h"
#include "sl/money.h"
#include "sl/types.h"

#define SL_WIDE_LIMB_BITS 64u
#define SL_WIDE_LIMBS_MAX 80u

struct sl_wide {
    bool is_negative;
    uint32_t count;
    uint64_t limbs[SL_WIDE_LIMBS_MAX]; /* those from `count` on mean nothing */
};

void sl_wide_set(struct sl_wide *wide, sl_int128 value);
/* Moves only the limbs that count, unlike an assignment. */
void sl_wide_copy(struct sl_wide *to, const struct sl_wide *from);
void sl_wide_negate(struct sl_wide *wide);

bool sl_wide_is_equal(const struct sl_wide *a, const struct sl_wide *b);

SL_MUST_CHECK enum sl_err
sl_wide_add(const struct sl_wide *a, const struct sl_wide *b, struct sl_wide *ret_sum);
SL_MUST_CHECK enum sl_err
sl_wide_mul(const struct sl_wide *a, const struct sl_wide *b, struct sl_wide *ret_product);

/* numerator / denominator (above 0, fewer than SL_WIDE_LIMBS_MAX limbs), rounded once: sl_round_ratio for wide integers.
 * SL_E_OVERFLOW if the result does not fit or the denominator is longer. */
SL_MUST_CHECK enum sl_err sl_wide_round_ratio(const struct sl_wide *numerator,
                                              const struct sl_wide *denominator,
                                              enum sl_rounding rounding,
                                              int64_t *ret_value);

#endif
