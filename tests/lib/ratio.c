/* The reference fractions. */
#include "lib/ratio.h"

static BIGNUM *big(int64_t value)
{
    BIGNUM *result = BN_new();
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    assert_non_null(result);
    assert_true(BN_set_word(result, magnitude));
    BN_set_negative(result, value < 0);
    return result;
}

/* a x= b */
static void multiply(BIGNUM *a, const BIGNUM *b)
{
    BN_CTX *context = BN_CTX_new();
    assert_non_null(context);
    assert_true(BN_mul(a, a, b, context));
    BN_CTX_free(context);
}

void sl_test_ratio_init(struct sl_test_ratio *ratio, int64_t numerator, int64_t denominator)
{
    *ratio = (struct sl_test_ratio){big(numerator), big(denominator)};
}

void sl_test_ratio_deinit(struct sl_test_ratio *ratio)
{
    BN_free(ratio->numerator);
    BN_free(ratio->denominator);
    *ratio = (struct sl_test_ratio){NULL, NULL};
}

void sl_test_ratio_multiply_by(struct sl_test_ratio *ratio, const struct sl_test_ratio *by)
{
    multiply(ratio->numerator, by->numerator);
    multiply(ratio->denominator, by->denominator);
}

void sl_test_ratio_multiply(struct sl_test_ratio *ratio, int64_t numerator, int64_t denominator)
{
    struct sl_test_ratio by;
    sl_test_ratio_init(&by, numerator, denominator);
    sl_test_ratio_multiply_by(ratio, &by);
    sl_test_ratio_deinit(&by);
}

static void
combine(struct sl_test_ratio *ratio, const struct sl_test_ratio *other, bool is_subtraction)
{
    BIGNUM *right = BN_dup(other->numerator);
    assert_non_null(right);
    multiply(right, ratio->denominator);
    multiply(ratio->numerator, other->denominator);
    multiply(ratio->denominator, other->denominator);
    assert_true(is_subtraction ? BN_sub(ratio->numerator, ratio->numerator, right)
                               : BN_add(ratio->numerator, ratio->numerator, right));
    BN_free(right);
}

void sl_test_ratio_add(struct sl_test_ratio *ratio, const struct sl_test_ratio *more)
{
    combine(ratio, more, false);
}

void sl_test_ratio_subtract(struct sl_test_ratio *ratio, const struct sl_test_ratio *less)
{
    combine(ratio, less, true);
}

/* floor((2 |n| + d) / 2d) is half up; a half that went up to an odd number goes back to the even one. */
static BIGNUM *round_magnitude(const struct sl_test_ratio *ratio, enum sl_rounding rounding)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *above = BN_dup(ratio->numerator);
    BIGNUM *below = BN_dup(ratio->denominator);
    BIGNUM *rest = BN_new();
    assert_true(context != NULL && above != NULL && below != NULL && rest != NULL);
    BN_set_negative(above, 0);
    assert_true(BN_lshift1(above, above) && BN_add(above, above, ratio->denominator));
    assert_true(BN_lshift1(below, below) && BN_div(above, rest, above, below, context));
    if (rounding == SL_ROUND_HALF_EVEN && BN_is_zero(rest) && BN_is_odd(above)) {
        assert_true(BN_sub_word(above, 1));
    }
    BN_free(rest);
    BN_free(below);
    BN_CTX_free(context);
    return above;
}

bool sl_test_ratio_round(const struct sl_test_ratio *ratio,
                         enum sl_rounding rounding,
                         int64_t *ret_value)
{
    BIGNUM *magnitude = round_magnitude(ratio, rounding);
    bool is_negative = BN_is_negative(ratio->numerator);
    uint64_t word = BN_num_bits(magnitude) <= 64 ? BN_get_word(magnitude) : UINT64_MAX;
    bool fits = word <= (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (fits) {
        *ret_value = (int64_t)(is_negative ? 0 - word : word);
    }
    BN_free(magnitude);
    return fits;
}

BIGNUM *sl_test_big_of(const struct sl_wide *wide)
{
    BIGNUM *result = big(0);
    for (size_t i = wide->count; i > 0; i--) {
        assert_true(BN_lshift(result, result, SL_WIDE_LIMB_BITS));
        assert_true(BN_add_word(result, wide->limbs[i - 1]));
    }
    BN_set_negative(result, wide->is_negative);
    return result;
}
