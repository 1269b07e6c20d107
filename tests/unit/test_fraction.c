/* Exact fractions: what arithmetic may be relied on near the limits of 128 bits. */
#include "lib/test.h"

#include "domain/fraction.h"

static struct sl_fraction fraction(int64_t numerator, int64_t denominator)
{
    return sl_fraction_of_ratio(numerator, denominator);
}

static void assert_fraction(struct sl_fraction actual, int64_t numerator, int64_t denominator)
{
    struct sl_fraction reduced = sl_fraction_reduce(actual);
    assert_int_equal((int64_t)reduced.numerator, numerator);
    assert_int_equal((int64_t)reduced.denominator, denominator);
}

static void sums_products_and_quotients_are_exact(void **state)
{
    (void)state;
    struct sl_fraction result;
    assert_ok(sl_fraction_add(fraction(1, 3), fraction(1, 6), &result));
    assert_fraction(result, 1, 2);
    assert_ok(sl_fraction_sub(fraction(1, 3), fraction(1, 2), &result));
    assert_fraction(result, -1, 6);
    assert_ok(sl_fraction_mul(fraction(2, 3), fraction(9, 4), &result));
    assert_fraction(result, 3, 2);
    assert_ok(sl_fraction_div(fraction(2, 3), fraction(-4, 9), &result));
    assert_fraction(result, -3, 2);
}

static void a_negative_denominator_moves_its_sign_up(void **state)
{
    (void)state;
    assert_fraction(fraction(1, -2), -1, 2);
    assert_true(fraction(INT64_MIN, -1).numerator == -(sl_int128)INT64_MIN);
}

static void undefined_spreads_through_every_operation(void **state)
{
    (void)state;
    struct sl_fraction none = fraction(5, 0);
    struct sl_fraction result;
    assert_false(sl_fraction_is_defined(none));
    assert_ok(sl_fraction_add(none, fraction(1, 2), &result));
    assert_false(sl_fraction_is_defined(result));
    assert_ok(sl_fraction_mul(fraction(1, 2), none, &result));
    assert_false(sl_fraction_is_defined(result));
    assert_ok(sl_fraction_div(fraction(1, 2), fraction(0, 1), &result));
    assert_false(sl_fraction_is_defined(result));
}

static void a_product_that_fits_only_in_lowest_terms_is_found(void **state)
{
    (void)state;
    sl_int128 huge = (sl_int128)INT64_MAX * INT64_MAX;
    struct sl_fraction result;

    assert_ok(
        sl_fraction_mul((struct sl_fraction){huge, 3}, (struct sl_fraction){6, huge}, &result));

    assert_fraction(result, 2, 1);
}

static void a_sum_that_fits_only_over_the_least_denominator_is_found(void **state)
{
    (void)state;
    sl_int128 big = (sl_int128)INT64_MAX * 1000000;
    struct sl_fraction result;

    assert_ok(sl_fraction_add((struct sl_fraction){big, 2 * big},
                              (struct sl_fraction){big, 4 * big}, &result));

    assert_fraction(result, 3, 4);
}

static void what_does_not_fit_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    sl_int128 huge = (sl_int128)INT64_MAX * INT64_MAX;
    struct sl_fraction result = fraction(42, 1);
    assert_err(SL_E_OVERFLOW,
               sl_fraction_mul((struct sl_fraction){huge, 1}, fraction(INT64_MAX, 1), &result));
    assert_fraction(result, 42, 1);
}

static void comparison_is_exact_where_cross_products_do_not_fit(void **state)
{
    (void)state;
    sl_int128 huge = (sl_int128)INT64_MAX * INT64_MAX;
    struct sl_fraction a = {huge, huge - 1};
    struct sl_fraction b = {huge - 1, huge - 2};
    assert_true(sl_fraction_compare(a, b) < 0);
    assert_true(sl_fraction_compare(b, a) > 0);
    assert_int_equal(sl_fraction_compare(a, a), 0);

    struct sl_fraction minus_a = {-huge, huge - 1};
    struct sl_fraction minus_b = {-(huge - 1), huge - 2};
    assert_true(sl_fraction_compare(minus_a, minus_b) > 0);
    assert_true(sl_fraction_compare(minus_a, b) < 0);
}

static void comparison_agrees_with_subtraction_for_random_fractions(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int i = 0; i < 20000; i++) {
        struct sl_fraction a = fraction(sl_test_random_between(&random, -50, 50),
                                        sl_test_random_between(&random, 1, 30));
        struct sl_fraction b = fraction(sl_test_random_between(&random, -50, 50),
                                        sl_test_random_between(&random, 1, 30));
        struct sl_fraction difference;
        assert_ok(sl_fraction_sub(a, b, &difference));
        int sign = difference.numerator < 0 ? -1 : difference.numerator > 0;
        assert_int_equal(sl_fraction_compare(a, b), sign);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_products_and_quotients_are_exact),
        cmocka_unit_test(a_negative_denominator_moves_its_sign_up),
        cmocka_unit_test(undefined_spreads_through_every_operation),
        cmocka_unit_test(a_product_that_fits_only_in_lowest_terms_is_found),
        cmocka_unit_test(a_sum_that_fits_only_over_the_least_denominator_is_found),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_the_output),
        cmocka_unit_test(comparison_is_exact_where_cross_products_do_not_fit),
        cmocka_unit_test(comparison_agrees_with_subtraction_for_random_fractions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
