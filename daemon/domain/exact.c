/* Exact values: each operation tries 128 bits first and widens both operands when that does not fit. */
#include "domain/exact.h"

static const struct sl_fraction undefined = {0, 0};

static bool try_sub(struct sl_fraction a, struct sl_fraction b, struct sl_fraction *ret_difference)
{
    return !__builtin_sub_overflow((sl_int128)0, b.numerator, &b.numerator) &&
           sl_fraction_try_add(a, b, ret_difference);
}

void sl_exact_set(struct sl_exact *exact, struct sl_fraction value)
{
    exact->small = value;
    exact->is_wide = false;
}

void sl_exact_copy(struct sl_exact *to, const struct sl_exact *from)
{
    to->small = from->small;
    to->is_wide = from->is_wide;
    if (from->is_wide) {
        sl_wide_copy(&to->numerator, &from->numerator);
        sl_wide_copy(&to->denominator, &from->denominator);
    }
}

bool sl_exact_is_defined(const struct sl_exact *exact)
{
    return exact->is_wide || sl_fraction_is_defined(exact->small);
}

void sl_exact_reduce(struct sl_exact *exact)
{
    if (!exact->is_wide) {
        exact->small = sl_fraction_reduce(exact->small);
    }
}

/* The value itself if it is wide, else the spare one filled with it. */
static const struct sl_exact *widen(const struct sl_exact *value, struct sl_exact *spare)
{
    if (value->is_wide) {
        return value;
    }
    spare->small = undefined;
    spare->is_wide = true;
    sl_wide_set(&spare->numerator, value->small.numerator);
    sl_wide_set(&spare->denominator, value->small.denominator);
    return spare;
}

static enum sl_err
multiply_widely(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_product)
{
    struct sl_exact spare_a;
    struct sl_exact spare_b;
    struct sl_exact product;
    a = widen(a, &spare_a);
    b = widen(b, &spare_b);
    product.small = undefined;
    product.is_wide = true;
    enum sl_err err = sl_wide_mul(&a->numerator, &b->numerator, &product.numerator);
    if (err == SL_OK) {
        err = sl_wide_mul(&a->denominator, &b->denominator, &product.denominator);
    }
    if (err == SL_OK) {
        sl_exact_copy(ret_product, &product);
    }
    return err;
}

enum sl_err
sl_exact_mul(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_product)
{
    struct sl_fraction product = undefined;
    bool is_defined = sl_exact_is_defined(a) && sl_exact_is_defined(b);
    bool is_small = !a->is_wide && !b->is_wide;
    if (is_defined && !(is_small && sl_fraction_try_mul(a->small, b->small, &product))) {
        return multiply_widely(a, b, ret_product);
    }
    sl_exact_set(ret_product, product);
    return SL_OK;
}

enum sl_err
sl_exact_scale(const struct sl_exact *a, struct sl_fraction by, struct sl_exact *ret_product)
{
    struct sl_exact factor;
    sl_exact_set(&factor, by);
    return sl_exact_mul(a, &factor, ret_product);
}

/* Over the product of the denominators, or over the one that both have, so that a sum of slices grows no longer than a slice. */
static enum sl_err
add_widely(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_sum)
{
    struct sl_exact spare_a;
    struct sl_exact spare_b;
    struct sl_exact left;
    struct sl_exact right;
    enum sl_err err = SL_OK;
    a = widen(a, &spare_a);
    b = widen(b, &spare_b);
    sl_exact_copy(&left, a);
    sl_exact_copy(&right, b);
    if (!sl_wide_is_equal(&a->denominator, &b->denominator)) {
        err = sl_wide_mul(&a->numerator, &b->denominator, &left.numerator);
        if (err == SL_OK) {
            err = sl_wide_mul(&b->numerator, &a->denominator, &right.numerator);
        }
        if (err == SL_OK) {
            err = sl_wide_mul(&a->denominator, &b->denominator, &left.denominator);
        }
    }
    if (err == SL_OK) {
        err = sl_wide_add(&left.numerator, &right.numerator, &left.numerator);
    }
    if (err == SL_OK) {
        sl_exact_copy(ret_sum, &left);
    }
    return err;
}

enum sl_err
sl_exact_add(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_sum)
{
    struct sl_fraction sum = undefined;
    bool is_defined = sl_exact_is_defined(a) && sl_exact_is_defined(b);
    bool is_small = !a->is_wide && !b->is_wide;
    if (is_defined && !(is_small && sl_fraction_try_add(a->small, b->small, &sum))) {
        return add_widely(a, b, ret_sum);
    }
    sl_exact_set(ret_sum, sum);
    return SL_OK;
}

static enum sl_err
subtract_widely(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_difference)
{
    struct sl_exact spare;
    struct sl_exact negated;
    sl_exact_copy(&negated, widen(b, &spare));
    sl_wide_negate(&negated.numerator);
    return add_widely(a, &negated, ret_difference);
}

enum sl_err
sl_exact_sub(const struct sl_exact *a, const struct sl_exact *b, struct sl_exact *ret_difference)
{
    struct sl_fraction difference = undefined;
    bool is_defined = sl_exact_is_defined(a) && sl_exact_is_defined(b);
    bool is_small = !a->is_wide && !b->is_wide;
    if (is_defined && !(is_small && try_sub(a->small, b->small, &difference))) {
        return subtract_widely(a, b, ret_difference);
    }
    sl_exact_set(ret_difference, difference);
    return SL_OK;
}

enum sl_err
sl_exact_round(const struct sl_exact *value, enum sl_rounding rounding, int64_t *ret_value)
{
    if (!sl_exact_is_defined(value)) {
        *ret_value = 0;
        return SL_OK;
    }
    return value->is_wide
               ? sl_wide_round_ratio(&value->numerator, &value->denominator, rounding, ret_value)
               : sl_round_ratio(value->small.numerator, value->small.denominator, rounding,
                                ret_value);
}
