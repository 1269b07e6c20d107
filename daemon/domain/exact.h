/* Exact values of an evaluation: fractions of 128 bits as long as they fit, wide ones from there on.
 *
 * Nearly every evaluation stays small and costs what sl_fraction costs. What does not fit is not brought to lowest terms, which is
 * slower than a wide product, and once wide a value stays wide.
 *
 * Invariants:
 *   (1) a small value obeys sl_fraction; a wide one is defined, and its denominator is above 0;
 *   (2) nothing rounds and nothing wraps before sl_exact_round: what wide integers do not hold is SL_E_OVERFLOW, and outputs
 *       stay untouched.
 * An undefined operand gives an undefined result. A result may be one of its operands. Pure functions. */
#ifndef SL_DOMAIN_EXACT_H
#define SL_DOMAIN_EXACT_H

#include "domain/fraction.h"
#include "domain/wide.h"

struct sl_exact {
    struct sl_fraction small;              /* the value, unless is_wide */
    bool is_wide;                          /* which of the two holds; the other means nothing */
    struct sl_wide numerator, denominator; /* the value, if is_wide */
};

/* Neither touches the 1.3 KiB of limbs unless the value is wide, as an assignment does. */
void sl_exact_set(struct sl_exact *exact, struct sl_fraction value);
void sl_exact_copy(struct sl_exact *to, const struct sl_exact *from);

bool sl_exact_is_defined(const struct sl_exact *exact);

/* The same value in lowest terms, unless it is wide: slow, for what is multiplied often. */
void sl_exact_reduce(struct sl_exact *exact);

SL_MUST_CHECK enum sl_err
sl_exact_add(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_sum);
SL_MUST_CHECK enum sl_err
sl_exact_sub(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_difference);
SL_MUST_CHECK enum sl_err
sl_exact_mul(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_product);
/* The same by a fraction. */
SL_MUST_CHECK enum sl_err
sl_exact_scale(const struct sl_exact *a, struct sl_fraction by, struct sl_exact *ret_product);

/* Rounded once; an undefined value gives 0, since nothing is paid on a guess. SL_E_OVERFLOW if int64 does not hold it. */
SL_MUST_CHECK enum sl_err
sl_exact_round(const struct sl_exact *value, enum sl_rounding rounding, int64_t *ret_value);

#endif
