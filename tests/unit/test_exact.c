/* Exact values: small as long as 128 bits hold them, wide and still exact from there on. */
#include "lib/test.h"

#include "lib/ratio.h"

#include "domain/exact.h"

static struct sl_exact of(int64_t numerator, int64_t denominator)
{
    struct sl_exact exact = {.is_wide = false};
    sl_exact_set(&exact, sl_fraction_of_ratio(numerator, denominator));
    return exact;
}

/* 1 / 3 in so many bits that it is wide. */
static struct sl_exact wide_third(void)
{
    struct sl_exact exact = of(1, 3);
    for (int i = 0; i < 3; i++) {
        assert_ok(sl_exact_scale(&exact, sl_fraction_of_ratio(INT64_MAX, INT64_MAX - 1), &exact));
        assert_ok(sl_exact_scale(&exact, sl_fraction_of_ratio(INT64_MAX - 1, INT64_MAX), &exact));
    }
    assert_true(exact.is_wide);
    return exact;
}

static int64_t rounded(const struct sl_exact *exact)
{
    int64_t value;
    assert_ok(sl_exact_round(exact, SL_ROUND_HALF_EVEN, &value));
    return value;
}

static void what_fits_stays_small(void **state)
{
    (void)state;
    struct sl_exact a = of(INT64_MAX, 7);
    struct sl_exact b = of(7, INT64_MAX);
    struct sl_exact result;
    assert_ok(sl_exact_mul(&a, &b, &result));
    assert_false(result.is_wide);
    assert_ok(sl_exact_add(&a, &b, &result));
    assert_false(result.is_wide);
    assert_ok(sl_exact_sub(&a, &b, &result));
    assert_false(result.is_wide);
    assert_int_equal(rounded(&a), 1317624576693539401);
}

static void what_does_not_fit_becomes_wide_and_keeps_its_value(void **state)
{
    (void)state;
    struct sl_exact third = wide_third();
    struct sl_exact result;
    assert_ok(sl_exact_scale(&third, sl_fraction_of_int(3000000), &result));
    assert_true(result.is_wide);
    assert_int_equal(rounded(&result), 1000000);
    assert_ok(sl_exact_add(&third, &third, &result));
    assert_ok(sl_exact_add(&result, &third, &result));
    assert_int_equal(rounded(&result), 1);
    assert_ok(sl_exact_sub(&result, &third, &result));
    assert_ok(sl_exact_scale(&result, sl_fraction_of_int(-3), &result));
    assert_int_equal(rounded(&result), -2);
    assert_ok(sl_exact_sub(&third, &third, &result));
    assert_int_equal(rounded(&result), 0);
}

static void half_a_unit_of_a_wide_value_goes_as_asked(void **state)
{
    (void)state;
    struct sl_exact half = wide_third();
    int64_t value;
    assert_ok(sl_exact_scale(&half, sl_fraction_of_ratio(15, 2), &half));
    assert_ok(sl_exact_round(&half, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, 2);
    assert_ok(sl_exact_round(&half, SL_ROUND_HALF_UP, &value));
    assert_int_equal(value, 3);
}

static void undefined_spreads_and_rounds_to_nothing(void **state)
{
    (void)state;
    struct sl_exact none = of(5, 0);
    struct sl_exact operands[] = {of(1, 2), wide_third()};
    struct sl_exact result;
    assert_false(sl_exact_is_defined(&none));
    assert_int_equal(rounded(&none), 0);
    for (size_t i = 0; i < COUNT(operands); i++) {
        assert_true(sl_exact_is_defined(&operands[i]));
        assert_ok(sl_exact_mul(&none, &operands[i], &result));
        assert_false(sl_exact_is_defined(&result));
        assert_ok(sl_exact_add(&operands[i], &none, &result));
        assert_false(sl_exact_is_defined(&result));
        assert_ok(sl_exact_sub(&operands[i], &none, &result));
        assert_false(sl_exact_is_defined(&result));
        assert_ok(sl_exact_sub(&none, &operands[i], &result));
        assert_false(sl_exact_is_defined(&result));
        assert_ok(sl_exact_scale(&operands[i], none.small, &result));
        assert_false(sl_exact_is_defined(&result));
    }
}

static void the_least_integer_of_128_bits_is_subtracted_exactly(void **state)
{
    (void)state;
    sl_int128 half = -((sl_int128)1 << 126);
    struct sl_exact least;
    struct sl_exact result = of(0, 1);
    sl_exact_set(&least, (struct sl_fraction){half + half, 1});
    assert_ok(sl_exact_sub(&result, &least, &result));
    assert_true(result.is_wide);
    assert_ok(sl_exact_add(&result, &least, &result));
    assert_int_equal(rounded(&result), 0);
}

static void a_sum_over_one_denominator_keeps_it(void **state)
{
    (void)state;
    struct sl_exact third = wide_third();
    struct sl_exact sum = third;
    for (int i = 0; i < 100; i++) {
        assert_ok(sl_exact_add(&sum, &third, &sum));
    }
    assert_true(sl_wide_is_equal(&sum.denominator, &third.denominator));
    assert_int_equal(rounded(&sum), 34); /* 101 / 3 */
}

static void lowest_terms_are_for_small_values(void **state)
{
    (void)state;
    struct sl_exact half = of(50, 100);
    struct sl_exact none = of(1, 0);
    struct sl_exact third = wide_third();
    sl_exact_reduce(&half);
    assert_int_equal((int64_t)half.small.denominator, 2);
    sl_exact_reduce(&none);
    assert_false(sl_exact_is_defined(&none));
    sl_exact_reduce(&third);
    assert_true(third.is_wide);
}

/* Doubles the length each time until nothing longer is held. */
static void what_no_wide_integer_holds_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    struct sl_exact value = wide_third();
    struct sl_exact result = of(42, 1);
    enum sl_err err = SL_OK;
    for (int i = 0; i < 10 && err == SL_OK; i++) {
        err = sl_exact_mul(&value, &value, &result);
        sl_exact_copy(&value, err == SL_OK ? &result : &value);
    }
    result = of(42, 1);
    assert_err(SL_E_OVERFLOW, err);
    assert_err(SL_E_OVERFLOW, sl_exact_mul(&value, &value, &result));
    struct sl_exact other = value;
    assert_ok(sl_exact_scale(&other, sl_fraction_of_ratio(1, 7), &other));
    assert_err(SL_E_OVERFLOW, sl_exact_add(&value, &other, &result));
    assert_err(SL_E_OVERFLOW, sl_exact_sub(&value, &other, &result));
    assert_int_equal(rounded(&result), 42);
}

static void a_result_beyond_int64_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    struct sl_exact third = wide_third();
    struct sl_exact result;
    int64_t value = 42;
    assert_ok(sl_exact_scale(&third, sl_fraction_of_int(INT64_MAX), &result));
    assert_ok(sl_exact_scale(&result, sl_fraction_of_int(4), &result));
    assert_err(SL_E_OVERFLOW, sl_exact_round(&result, SL_ROUND_HALF_EVEN, &value));
    struct sl_exact large = of(INT64_MAX, 1);
    assert_ok(sl_exact_scale(&large, sl_fraction_of_int(2), &large));
    assert_err(SL_E_OVERFLOW, sl_exact_round(&large, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, 42);
}

/* One of many lengths, so that all mixtures of small and wide occur. */
static int64_t random_number(struct sl_test_random *random, int64_t low)
{
    int64_t high = INT64_MAX >> sl_test_random_below(random, 60);
    return sl_test_random_between(random, low < 0 ? -high : low, high);
}

/* A few random operations on both; the denominator makes a result that mostly fits int64. */
static void compare_a_run(struct sl_test_random *random)
{
    struct sl_exact exact = of(random_number(random, -1), 1);
    struct sl_test_ratio ratio;
    sl_test_ratio_init(&ratio, (int64_t)exact.small.numerator, 1);
    for (int i = 0; i < 6; i++) {
        int64_t numerator = random_number(random, -1);
        int64_t denominator = random_number(random, 1);
        struct sl_exact other = of(numerator, denominator);
        struct sl_test_ratio big;
        sl_test_ratio_init(&big, numerator, denominator);
        switch (sl_test_random_below(random, 4)) {
        case 0:
            assert_ok(sl_exact_add(&exact, &other, &exact));
            sl_test_ratio_add(&ratio, &big);
            break;
        case 1:
            assert_ok(sl_exact_sub(&other, &exact, &exact));
            sl_test_ratio_multiply(&ratio, -1, 1);
            sl_test_ratio_add(&ratio, &big);
            break;
        default:
            assert_ok(sl_exact_mul(&exact, &other, &exact));
            sl_test_ratio_multiply_by(&ratio, &big);
            break;
        }
        sl_test_ratio_deinit(&big);
    }
    enum sl_rounding rounding =
        sl_test_random_below(random, 2) == 0 ? SL_ROUND_HALF_EVEN : SL_ROUND_HALF_UP;
    int64_t value = 0;
    int64_t expected = 0;
    bool fits = sl_test_ratio_round(&ratio, rounding, &expected);
    assert_err(fits ? SL_OK : SL_E_OVERFLOW, sl_exact_round(&exact, rounding, &value));
    assert_int_equal(value, expected);
    sl_test_ratio_deinit(&ratio);
}

static void random_runs_agree_with_libcrypto(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int i = 0; i < 20000; i++) {
        compare_a_run(&random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_stays_small),
        cmocka_unit_test(what_does_not_fit_becomes_wide_and_keeps_its_value),
        cmocka_unit_test(half_a_unit_of_a_wide_value_goes_as_asked),
        cmocka_unit_test(undefined_spreads_and_rounds_to_nothing),
        cmocka_unit_test(the_least_integer_of_128_bits_is_subtracted_exactly),
        cmocka_unit_test(a_sum_over_one_denominator_keeps_it),
        cmocka_unit_test(lowest_terms_are_for_small_values),
        cmocka_unit_test(what_no_wide_integer_holds_is_refused_and_leaves_the_output),
        cmocka_unit_test(a_result_beyond_int64_is_refused_and_leaves_the_output),
        cmocka_unit_test(random_runs_agree_with_libcrypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
