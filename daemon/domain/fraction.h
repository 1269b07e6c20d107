/* Exact fractions of 128-bit integers: indexes, attainments, parts of targets, and what an evaluation (domain/exact.h) computes
 * with as long as it fits.
 *
 * Invariants:
 *   (1) the denominator is above 0, or 0 for "undefined";
 *   (2) nothing rounds and nothing wraps: what does not fit is SL_E_OVERFLOW, and outputs stay untouched;
 *   (3) fractions are brought to lowest terms only where a result would not fit otherwise, since that is slow:
 *       compare with sl_fraction_compare, not member by member.
 * An undefined operand gives an undefined result. Pure functions. */
#ifndef SL_DOMAIN_FRACTION_H
#define SL_DOMAIN_FRACTION_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_fraction {
    sl_int128 numerator;
    sl_int128 denominator; /* > 0; 0: undefined */
};

struct sl_fraction sl_fraction_of_int(int64_t value);

/* With a positive denominator; undefined when that is 0. */
struct sl_fraction sl_fraction_of_ratio(int64_t numerator, int64_t denominator);

bool sl_fraction_is_defined(struct sl_fraction fraction);

/* The same value in lowest terms. */
struct sl_fraction sl_fraction_reduce(struct sl_fraction fraction);

SL_MUST_CHECK enum sl_err
sl_fraction_add(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_sum);
SL_MUST_CHECK enum sl_err
sl_fraction_sub(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_difference);
SL_MUST_CHECK enum sl_err
sl_fraction_mul(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_product);
/* A divisor of 0 gives undefined, not an error. */
SL_MUST_CHECK enum sl_err
sl_fraction_div(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_quotient);

/* The same for defined operands, but without the slow search for common factors: false where 128 bits do not hold the plain
 * result, and the output means nothing then. */
SL_MUST_CHECK static inline bool
sl_fraction_try_add(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_sum)
{
    sl_int128 left;
    sl_int128 right;
    ret_sum->denominator = a.denominator;
    if (a.denominator == b.denominator) {
        return !__builtin_add_overflow(a.numerator, b.numerator, &ret_sum->numerator);
    }
    return !__builtin_mul_overflow(a.numerator, b.denominator, &left) &&
           !__builtin_mul_overflow(b.numerator, a.denominator, &right) &&
           !__builtin_add_overflow(left, right, &ret_sum->numerator) &&
           !__builtin_mul_overflow(a.denominator, b.denominator, &ret_sum->denominator);
}

SL_MUST_CHECK static inline bool
sl_fraction_try_mul(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_product)
{
    if (a.denominator == b.numerator) {
        /* What attainment times target comes to: no need to multiply by what is divided out again. */
        *ret_product = (struct sl_fraction){a.numerator, b.denominator};
        return true;
    }
    return !__builtin_mul_overflow(a.numerator, b.numerator, &ret_product->numerator) &&
           !__builtin_mul_overflow(a.denominator, b.denominator, &ret_product->denominator);
}

/* Below 0, 0 or above 0 as a is below, equal to or above b. Exact for every pair of defined fractions. */
int sl_fraction_compare(struct sl_fraction a, struct sl_fraction b);

#endif
