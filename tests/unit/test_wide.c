/* Wide integers: exact as far as they reach, refused beyond, and the same as libcrypto's at every length. */
#include "lib/test.h"

#include <string.h>

#include "lib/ratio.h"

#include "domain/wide.h"

/* Limbs of a random length up to a maximum; many are all zeros or all ones, where carries begin and end. */
static struct sl_wide random_wide(struct sl_test_random *random, size_t limbs_max)
{
    struct sl_wide wide = {.count = (uint32_t)sl_test_random_below(random, limbs_max + 1)};
    for (size_t i = 0; i < wide.count; i++) {
        uint64_t kind = sl_test_random_below(random, 4);
        wide.limbs[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : sl_test_random(random);
    }
    while (wide.count > 0 && wide.limbs[wide.count - 1] == 0) {
        wide.count--;
    }
    wide.is_negative = wide.count > 0 && sl_test_random_below(random, 2) == 0;
    return wide;
}

static struct sl_wide of(sl_int128 value)
{
    struct sl_wide wide = {.count = 0};
    sl_wide_set(&wide, value);
    return wide;
}

/* All bits of so many limbs. */
static struct sl_wide ones(uint32_t count)
{
    struct sl_wide wide = {.count = count};
    memset(wide.limbs, 0xff, count * sizeof wide.limbs[0]);
    return wide;
}

static void assert_same(const struct sl_wide *actual, const BIGNUM *expected)
{
    BIGNUM *shown = sl_test_big_of(actual);
    assert_int_equal(BN_cmp(shown, expected), 0);
    assert_true(actual->count == 0 || actual->limbs[actual->count - 1] != 0);
    BN_free(shown);
}

static void integers_of_128_bits_are_taken_whole(void **state)
{
    (void)state;
    sl_int128 least = (sl_int128)1 << 126;
    struct sl_wide wide = of(-least - least);
    assert_true(wide.is_negative);
    assert_int_equal(wide.count, 2);
    assert_int_equal(wide.limbs[0], 0);
    assert_int_equal(wide.limbs[1], (uint64_t)1 << 63);
    wide = of(-5);
    assert_int_equal(wide.count, 1);
    wide = of(0);
    assert_int_equal(wide.count, 0);
}

static void zero_has_one_form(void **state)
{
    (void)state;
    struct sl_wide five = of(5);
    struct sl_wide zero = of(0);
    struct sl_wide minus_five = of(-5);
    struct sl_wide result;

    assert_ok(sl_wide_add(&five, &minus_five, &result));
    assert_true(sl_wide_is_equal(&result, &zero));
    assert_ok(sl_wide_mul(&minus_five, &zero, &result));
    assert_true(sl_wide_is_equal(&result, &zero));
    sl_wide_negate(&result);
    assert_true(sl_wide_is_equal(&result, &zero));
    assert_false(sl_wide_is_equal(&five, &minus_five));
}

static void sums_and_products_are_those_of_libcrypto(void **state)
{
    (void)state;
    struct sl_test_random random;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *expected = BN_new();
    sl_test_random_init(&random);
    for (int i = 0; i < 20000; i++) {
        struct sl_wide a = random_wide(&random, i % 2 == 0 ? 4 : SL_WIDE_LIMBS_MAX / 2);
        struct sl_wide b = random_wide(&random, SL_WIDE_LIMBS_MAX / 2);
        struct sl_wide result;
        BIGNUM *big_a = sl_test_big_of(&a);
        BIGNUM *big_b = sl_test_big_of(&b);

        assert_true(BN_add(expected, big_a, big_b));
        assert_ok(sl_wide_add(&a, &b, &result));
        assert_same(&result, expected);
        assert_true(BN_mul(expected, big_a, big_b, context));
        assert_ok(sl_wide_mul(&a, &b, &result));
        assert_same(&result, expected);

        BN_free(big_a);
        BN_free(big_b);
    }
    BN_free(expected);
    BN_CTX_free(context);
}

static void a_result_may_be_its_operand(void **state)
{
    (void)state;
    struct sl_wide a = of(((sl_int128)1 << 100) + 7);
    struct sl_wide expected;
    assert_ok(sl_wide_mul(&a, &a, &expected));
    struct sl_wide b = a;
    assert_ok(sl_wide_mul(&b, &b, &b));
    assert_true(sl_wide_is_equal(&b, &expected));
    struct sl_wide two = of(2);
    assert_ok(sl_wide_mul(&a, &two, &expected));
    assert_ok(sl_wide_add(&a, &a, &a));
    assert_true(sl_wide_is_equal(&a, &expected));
}

static void a_product_of_as_many_limbs_as_there_are_fits_and_of_one_more_is_refused(void **state)
{
    (void)state;
    struct sl_wide half = ones(SL_WIDE_LIMBS_MAX / 2);
    struct sl_wide longer = ones(SL_WIDE_LIMBS_MAX / 2 + 1);
    struct sl_wide shorter = ones(SL_WIDE_LIMBS_MAX / 2 - 1);
    struct sl_wide result = of(42);
    struct sl_wide answer = of(42);

    assert_err(SL_E_OVERFLOW, sl_wide_mul(&half, &longer, &result));
    assert_true(sl_wide_is_equal(&result, &answer));
    assert_ok(sl_wide_mul(&half, &half, &result));
    assert_int_equal(result.count, SL_WIDE_LIMBS_MAX);
    assert_ok(sl_wide_mul(&half, &shorter, &result));
    assert_int_equal(result.count, SL_WIDE_LIMBS_MAX - 1);
}

static void a_sum_has_room_for_its_carry_or_is_refused(void **state)
{
    (void)state;
    struct sl_wide one = of(1);
    struct sl_wide below = ones(SL_WIDE_LIMBS_MAX - 1);
    struct sl_wide full = ones(SL_WIDE_LIMBS_MAX);
    struct sl_wide result = of(42);
    struct sl_wide answer = of(42);

    assert_err(SL_E_OVERFLOW, sl_wide_add(&full, &one, &result));
    assert_err(SL_E_OVERFLOW, sl_wide_add(&one, &full, &result));
    assert_true(sl_wide_is_equal(&result, &answer));
    assert_ok(sl_wide_add(&below, &one, &result));
    assert_int_equal(result.count, SL_WIDE_LIMBS_MAX);
}

static void assert_rounds(const struct sl_wide *numerator,
                          const struct sl_wide *denominator,
                          enum sl_rounding rounding,
                          int64_t expected)
{
    int64_t value = 0;
    assert_ok(sl_wide_round_ratio(numerator, denominator, rounding, &value));
    assert_int_equal(value, expected);
}

/* (2 x quotient + 1) x half / (2 x half): exactly between two numbers. */
static void halves_go_to_even_or_away_from_zero_as_asked(void **state)
{
    (void)state;
    struct sl_wide half = ones(30);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int64_t quotient = 0; quotient < 4; quotient++) {
            struct sl_wide odd = of((sl_int128)sign * (2 * quotient + 1));
            struct sl_wide two = of(2);
            struct sl_wide one = of(sign);
            struct sl_wide numerator;
            struct sl_wide denominator;
            assert_ok(sl_wide_mul(&odd, &half, &numerator));
            assert_ok(sl_wide_mul(&two, &half, &denominator));
            int64_t even = quotient + quotient % 2;
            assert_rounds(&numerator, &denominator, SL_ROUND_HALF_EVEN, sign * even);
            assert_rounds(&numerator, &denominator, SL_ROUND_HALF_UP, sign * (quotient + 1));
            assert_ok(sl_wide_add(&numerator, &one, &numerator));
            assert_rounds(&numerator, &denominator, SL_ROUND_HALF_EVEN, sign * (quotient + 1));
        }
    }
}

/* quotient x d / d and a little more, for a long d. */
static enum sl_err round_near(sl_int128 quotient, int more, int64_t *ret_value)
{
    struct sl_wide denominator = ones(20);
    struct sl_wide factor = of(quotient);
    struct sl_wide rest = of(more);
    struct sl_wide numerator;
    assert_ok(sl_wide_mul(&denominator, &factor, &numerator));
    assert_ok(sl_wide_add(&numerator, &rest, &numerator));
    return sl_wide_round_ratio(&numerator, &denominator, SL_ROUND_HALF_EVEN, ret_value);
}

static void a_quotient_fits_exactly_where_int64_does(void **state)
{
    (void)state;
    int64_t value = 42;
    assert_err(SL_E_OVERFLOW, round_near((sl_int128)INT64_MAX + 1, -1, &value));
    assert_err(SL_E_OVERFLOW, round_near((sl_int128)INT64_MIN - 1, 1, &value));
    assert_err(SL_E_OVERFLOW, round_near((sl_int128)UINT64_MAX, 0, &value));
    assert_err(SL_E_OVERFLOW, round_near((sl_int128)1 << 64, 0, &value));
    assert_err(SL_E_OVERFLOW, round_near((sl_int128)1 << 126, 0, &value));
    assert_int_equal(value, 42);
    assert_ok(round_near(INT64_MAX, 1, &value));
    assert_true(value == INT64_MAX);
    assert_ok(round_near(INT64_MIN, -1, &value));
    assert_true(value == INT64_MIN);
    assert_ok(round_near(0, -1, &value));
    assert_int_equal(value, 0);
}

static void a_denominator_of_all_limbs_is_refused_and_of_one_less_divides(void **state)
{
    (void)state;
    struct sl_wide below = ones(SL_WIDE_LIMBS_MAX - 1);
    struct sl_wide full = ones(SL_WIDE_LIMBS_MAX);
    int64_t value = 42;
    assert_err(SL_E_OVERFLOW, sl_wide_round_ratio(&full, &full, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, 42);
    assert_rounds(&below, &below, SL_ROUND_HALF_EVEN, 1);
}

static void random_quotients_are_those_of_libcrypto(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int i = 0; i < 20000; i++) {
        struct sl_wide denominator = random_wide(&random, SL_WIDE_LIMBS_MAX / 2);
        struct sl_wide factor =
            of((int64_t)sl_test_random(&random) >> sl_test_random_below(&random, 64));
        struct sl_wide more = random_wide(&random, denominator.count);
        struct sl_wide numerator;
        denominator.is_negative = false;
        if (denominator.count == 0) {
            continue;
        }
        assert_ok(sl_wide_mul(&denominator, &factor, &numerator));
        assert_ok(sl_wide_add(&numerator, &more, &numerator));
        enum sl_rounding rounding = i % 2 == 0 ? SL_ROUND_HALF_EVEN : SL_ROUND_HALF_UP;
        struct sl_test_ratio ratio = {sl_test_big_of(&numerator), sl_test_big_of(&denominator)};
        int64_t expected = 0;
        int64_t value = 0;

        bool fits = sl_test_ratio_round(&ratio, rounding, &expected);
        assert_err(fits ? SL_OK : SL_E_OVERFLOW,
                   sl_wide_round_ratio(&numerator, &denominator, rounding, &value));

        assert_int_equal(value, expected);
        sl_test_ratio_deinit(&ratio);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_128_bits_are_taken_whole),
        cmocka_unit_test(zero_has_one_form),
        cmocka_unit_test(sums_and_products_are_those_of_libcrypto),
        cmocka_unit_test(a_result_may_be_its_operand),
        cmocka_unit_test(a_product_of_as_many_limbs_as_there_are_fits_and_of_one_more_is_refused),
        cmocka_unit_test(a_sum_has_room_for_its_carry_or_is_refused),
        cmocka_unit_test(halves_go_to_even_or_away_from_zero_as_asked),
        cmocka_unit_test(a_quotient_fits_exactly_where_int64_does),
        cmocka_unit_test(a_denominator_of_all_limbs_is_refused_and_of_one_less_divides),
        cmocka_unit_test(random_quotients_are_those_of_libcrypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
