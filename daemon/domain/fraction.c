/* Exact fractions: multiply first, and look for common factors only when that does not fit. */
#include "domain/fraction.h"

static const struct sl_fraction undefined = {0, 0};

struct sl_fraction sl_fraction_of_int(int64_t value)
{
    return (struct sl_fraction){value, 1};
}

struct sl_fraction sl_fraction_of_ratio(int64_t numerator, int64_t denominator)
{
    if (denominator == 0) {
        return undefined;
    }
    sl_int128 sign = denominator < 0 ? -1 : 1;
    return (struct sl_fraction){sign * numerator, sign * denominator};
}

bool sl_fraction_is_defined(struct sl_fraction fraction)
{
    return fraction.denominator > 0;
}

/* Euclid. `b` is above 0; the sign of `a` does not matter, since only the last remainder above 0 is given. */
static sl_int128 common_factor(sl_int128 a, sl_int128 b)
{
    sl_int128 rest = a % b;
    while (rest != 0) {
        a = b;
        b = rest < 0 ? -rest : rest;
        rest = a % b;
    }
    return b;
}

struct sl_fraction sl_fraction_reduce(struct sl_fraction fraction)
{
    if (!sl_fraction_is_defined(fraction)) {
        return undefined;
    }
    sl_int128 factor = common_factor(fraction.numerator, fraction.denominator);
    return (struct sl_fraction){fraction.numerator / factor, fraction.denominator / factor};
}

/* Swapping the denominators of two reduced factors and reducing again leaves no common factor at all. */
static bool
multiply_reduced(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_product)
{
    a = sl_fraction_reduce(a);
    b = sl_fraction_reduce(b);
    struct sl_fraction left = sl_fraction_reduce((struct sl_fraction){a.numerator, b.denominator});
    struct sl_fraction right = sl_fraction_reduce((struct sl_fraction){b.numerator, a.denominator});
    return sl_fraction_try_mul(left, right, ret_product);
}

enum sl_err
sl_fraction_mul(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_product)
{
    struct sl_fraction product = undefined;
    bool is_defined = sl_fraction_is_defined(a) && sl_fraction_is_defined(b);
    if (is_defined && !sl_fraction_try_mul(a, b, &product) && !multiply_reduced(a, b, &product)) {
        return SL_E_OVERFLOW;
    }
    *ret_product = product;
    return SL_OK;
}

enum sl_err
sl_fraction_div(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_quotient)
{
    struct sl_fraction inverse = {b.denominator, b.numerator};
    if (b.numerator < 0) {
        inverse = (struct sl_fraction){-b.denominator, -b.numerator};
    }
    return sl_fraction_mul(a, sl_fraction_is_defined(b) ? inverse : undefined, ret_quotient);
}

/* Over the least common denominator. */
static bool add_reduced(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_sum)
{
    a = sl_fraction_reduce(a);
    b = sl_fraction_reduce(b);
    sl_int128 factor = common_factor(a.denominator, b.denominator);
    sl_int128 left;
    sl_int128 right;
    return !__builtin_mul_overflow(a.numerator, b.denominator / factor, &left) &&
           !__builtin_mul_overflow(b.numerator, a.denominator / factor, &right) &&
           !__builtin_add_overflow(left, right, &ret_sum->numerator) &&
           !__builtin_mul_overflow(a.denominator, b.denominator / factor, &ret_sum->denominator);
}

enum sl_err sl_fraction_add(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_sum)
{
    struct sl_fraction sum = undefined;
    bool is_defined = sl_fraction_is_defined(a) && sl_fraction_is_defined(b);
    if (is_defined && !sl_fraction_try_add(a, b, &sum) && !add_reduced(a, b, &sum)) {
        return SL_E_OVERFLOW;
    }
    *ret_sum = sum;
    return SL_OK;
}

enum sl_err
sl_fraction_sub(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_difference)
{
    struct sl_fraction negated = {0, b.denominator};
    if (__builtin_sub_overflow((sl_int128)0, b.numerator, &negated.numerator)) {
        return SL_E_OVERFLOW;
    }
    return sl_fraction_add(a, negated, ret_difference);
}

static int compare_ints(sl_int128 a, sl_int128 b)
{
    return a < b ? -1 : a > b;
}

static sl_int128 divide_floor(sl_int128 numerator, sl_int128 denominator)
{
    sl_int128 quotient = numerator / denominator;
    return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/* Compares whole parts; where they are equal, the inverses of the rests the other way round. Each round is a step of
 * Euclid on both, so it ends. */
static int compare_by_parts(struct sl_fraction a, struct sl_fraction b)
{
    int sign = 1;
    for (;;) {
        sl_int128 whole_a = divide_floor(a.numerator, a.denominator);
        sl_int128 whole_b = divide_floor(b.numerator, b.denominator);
        sl_int128 rest_a = a.numerator - whole_a * a.denominator;
        sl_int128 rest_b = b.numerator - whole_b * b.denominator;
        if (whole_a != whole_b) {
            return sign * compare_ints(whole_a, whole_b);
        }
        if (rest_a == 0 || rest_b == 0) {
            return sign * compare_ints(rest_a, rest_b);
        }
        a = (struct sl_fraction){a.denominator, rest_a};
        b = (struct sl_fraction){b.denominator, rest_b};
        sign = -sign;
    }
}

int sl_fraction_compare(struct sl_fraction a, struct sl_fraction b)
{
    SL_ASSERT(sl_fraction_is_defined(a) && sl_fraction_is_defined(b));
    sl_int128 left;
    sl_int128 right;
    if (__builtin_mul_overflow(a.numerator, b.denominator, &left) ||
        __builtin_mul_overflow(b.numerator, a.denominator, &right)) {
        return compare_by_parts(a, b);
    }
    return compare_ints(left, right);
}
