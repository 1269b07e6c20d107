/* Curves: which row holds, what the modes earn, and how negative totals run backwards. */
#include "lib/test.h"

#include "domain/curve.h"
#include "sl/limits.h"

static const struct sl_curve_row tiers[] = {{0, 10000}, {1000, 20000}, {3000, 30000}};

static struct sl_curve
curve_of(enum sl_curve_mode mode, enum sl_curve_value value, enum sl_curve_edge edge)
{
    return (struct sl_curve){
        .rows = tiers, .row_count = COUNT(tiers), .mode = mode, .value = value, .edge = edge};
}

static struct sl_fraction at(int64_t numerator, int64_t denominator)
{
    return sl_fraction_of_ratio(numerator, denominator);
}

static void assert_value(struct sl_exact actual, int64_t numerator, int64_t denominator)
{
    assert_false(actual.is_wide);
    assert_true(sl_fraction_is_defined(actual.small));
    assert_int_equal(sl_fraction_compare(actual.small, at(numerator, denominator)), 0);
}

static void a_bound_takes_the_upper_row_with_ge_and_the_lower_with_gt(void **state)
{
    (void)state;
    struct sl_curve ge = curve_of(SL_CURVE_WHOLE, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve gt = curve_of(SL_CURVE_WHOLE, SL_VALUE_RATE, SL_EDGE_GT);
    assert_int_equal(sl_curve_row_at(&ge, at(1000, 1)), 1);
    assert_int_equal(sl_curve_row_at(&gt, at(1000, 1)), 0);
    assert_int_equal(sl_curve_row_at(&ge, at(2999, 1)), 1);
    assert_int_equal(sl_curve_row_at(&gt, at(3001, 1)), 2);
}

static void a_bound_is_compared_exactly_with_a_fraction(void **state)
{
    (void)state;
    struct sl_curve ge = curve_of(SL_CURVE_WHOLE, SL_VALUE_RATE, SL_EDGE_GE);
    assert_int_equal(sl_curve_row_at(&ge, at(2999, 3)), 0);
    assert_int_equal(sl_curve_row_at(&ge, at(3000, 3)), 1);
}

static void whatever_lies_below_the_first_bound_uses_the_first_row(void **state)
{
    (void)state;
    struct sl_curve gt = curve_of(SL_CURVE_WHOLE, SL_VALUE_RATE, SL_EDGE_GT);
    assert_int_equal(sl_curve_row_at(&gt, at(0, 1)), 0);
    assert_int_equal(sl_curve_row_at(&gt, at(-5, 1)), 0);
}

static void the_integral_adds_each_row_for_its_part(void **state)
{
    (void)state;
    struct sl_curve curve = curve_of(SL_CURVE_MARGINAL, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_exact integral = {0};
    assert_ok(sl_curve_integral_to(&curve, at(4000, 1), &integral));
    assert_value(integral, 10000000 + 40000000 + 30000000, 1);
    assert_ok(sl_curve_integral_to(&curve, at(2001, 2), &integral));
    assert_value(integral, 10010000, 1);
    assert_ok(sl_curve_integral_to(&curve, at(0, 1), &integral));
    assert_value(integral, 0, 1);
}

static void the_integral_of_a_negative_total_takes_back_at_the_first_row(void **state)
{
    (void)state;
    struct sl_curve curve = curve_of(SL_CURVE_MARGINAL, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_exact integral = {0};
    assert_ok(sl_curve_integral_to(&curve, at(-500, 1), &integral));
    assert_value(integral, -5000000, 1);
}

static void rows_below_zero_hold_for_negative_totals(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{-1000, 5}, {-100, 7}, {0, 9}};
    struct sl_curve curve = {.rows = rows, .row_count = COUNT(rows)};
    struct sl_exact integral = {0};
    assert_ok(sl_curve_integral_to(&curve, at(-300, 1), &integral));
    assert_value(integral, -(700 + 1000), 1);
}

static void lines_run_between_points_and_stay_flat_outside(void **state)
{
    (void)state;
    struct sl_curve curve = curve_of(SL_CURVE_LINEAR, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_exact y = {0};
    assert_ok(sl_curve_y_at(&curve, at(500, 1), &y));
    assert_value(y, 15000, 1);
    assert_ok(sl_curve_y_at(&curve, at(1000, 3), &y));
    assert_value(y, 40000, 3);
    assert_ok(sl_curve_y_at(&curve, at(-10, 1), &y));
    assert_value(y, 10000, 1);
    assert_ok(sl_curve_y_at(&curve, at(99999, 1), &y));
    assert_value(y, 30000, 1);
}

static void lines_meet_their_points_with_either_edge(void **state)
{
    (void)state;
    struct sl_exact y = {0};
    struct sl_curve ge = curve_of(SL_CURVE_LINEAR, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve gt = curve_of(SL_CURVE_LINEAR, SL_VALUE_RATE, SL_EDGE_GT);
    assert_ok(sl_curve_y_at(&ge, at(1000, 1), &y));
    assert_value(y, 20000, 1);
    assert_ok(sl_curve_y_at(&gt, at(1000, 1), &y));
    assert_value(y, 20000, 1);
}

static void each_kind_of_value_multiplies_what_it_says(void **state)
{
    (void)state;
    struct sl_exact value = {0};
    struct sl_curve curve = curve_of(SL_CURVE_STEP, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve_point point = {
        .curve = &curve, .base = 2000, .at = at(2000, 1), .unit = 1000, .target_pay = {700, 1}};
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 40, 1);
    curve.value = SL_VALUE_FIXED_AMOUNT;
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 20000, 1);
    curve.value = SL_VALUE_PER_UNIT;
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 40000, 1);
    curve.value = SL_VALUE_TARGET_PAY_SHARE;
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 14, 1);
    curve.value = SL_VALUE_FACTOR;
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 2, 100);
}

static void an_undefined_index_earns_nothing(void **state)
{
    (void)state;
    struct sl_exact value = {0};
    struct sl_curve curve = curve_of(SL_CURVE_WHOLE, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve_point point = {.curve = &curve, .base = 2000, .at = at(1, 0), .unit = 1};
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 0, 1);
}

static void a_foreign_index_shares_the_base_over_its_rows(void **state)
{
    (void)state;
    struct sl_exact value = {0};
    struct sl_curve curve = curve_of(SL_CURVE_MARGINAL, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve_point point = {.curve = &curve, .base = 900, .at = at(2000, 1), .unit = 1};

    assert_ok(sl_curve_earned_at(&point, &value));

    assert_value(value, 4500000 + 9000000, 1000000); /* half of the index in each row */
}

static void a_foreign_index_of_zero_takes_the_row_of_zero(void **state)
{
    (void)state;
    struct sl_exact value = {0};
    struct sl_curve curve = curve_of(SL_CURVE_MARGINAL, SL_VALUE_RATE, SL_EDGE_GE);
    struct sl_curve_point point = {.curve = &curve, .base = 900, .at = at(0, 1), .unit = 1};
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, 9, 1);
}

static void the_largest_amounts_at_the_largest_rate_fit(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 1000000000}};
    struct sl_curve curve = {.rows = rows, .row_count = 1};
    struct sl_exact value = {0};
    struct sl_curve_point point = {
        .curve = &curve, .base = SL_AMOUNT_MINOR_MAX, .at = at(SL_AMOUNT_MINOR_MAX, 1), .unit = 1};
    assert_ok(sl_curve_earned_at(&point, &value));
    assert_value(value, SL_AMOUNT_MINOR_MAX * 1000, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_takes_the_upper_row_with_ge_and_the_lower_with_gt),
        cmocka_unit_test(a_bound_is_compared_exactly_with_a_fraction),
        cmocka_unit_test(whatever_lies_below_the_first_bound_uses_the_first_row),
        cmocka_unit_test(the_integral_adds_each_row_for_its_part),
        cmocka_unit_test(the_integral_of_a_negative_total_takes_back_at_the_first_row),
        cmocka_unit_test(rows_below_zero_hold_for_negative_totals),
        cmocka_unit_test(lines_run_between_points_and_stay_flat_outside),
        cmocka_unit_test(lines_meet_their_points_with_either_edge),
        cmocka_unit_test(each_kind_of_value_multiplies_what_it_says),
        cmocka_unit_test(an_undefined_index_earns_nothing),
        cmocka_unit_test(a_foreign_index_shares_the_base_over_its_rows),
        cmocka_unit_test(a_foreign_index_of_zero_takes_the_row_of_zero),
        cmocka_unit_test(the_largest_amounts_at_the_largest_rate_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
