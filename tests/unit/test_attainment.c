/* Attainment and its relatives: exact fractions, and "no target" where there is none. */
#include "lib/test.h"

#include "domain/attainment.h"

static struct sl_attainment_input input_of(int64_t actual, int64_t target)
{
    return (struct sl_attainment_input){
        .actual = sl_fraction_of_int(actual), .has_target = true, .target = target};
}

static void assert_fraction(struct sl_fraction actual, int64_t numerator, int64_t denominator)
{
    assert_int_equal((int64_t)actual.numerator, numerator);
    assert_int_equal((int64_t)actual.denominator, denominator);
}

static struct sl_fraction small(const struct sl_exact *exact)
{
    assert_false(exact->is_wide);
    return exact->small;
}

static struct sl_fraction pace_of(const struct sl_attainment_input *input,
                                  struct sl_elapsed elapsed)
{
    struct sl_exact pace;
    assert_ok(sl_pace(input, elapsed, &pace));
    return small(&pace);
}

static struct sl_fraction rate_of(const struct sl_attainment_input *input,
                                  struct sl_elapsed elapsed)
{
    struct sl_exact rate;
    assert_ok(sl_required_rate(input, elapsed, &rate));
    return small(&rate);
}

/* Worked example 13. */
static void attainment_is_actual_over_target_in_lowest_terms(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(60000, 80000);
    struct sl_fraction result;
    assert_ok(sl_attainment(&input, &result));
    assert_fraction(result, 3, 4);
}

static void lower_is_better_turns_the_fraction_round(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(60000, 80000);
    struct sl_fraction result;
    input.lower_is_better = true;
    assert_ok(sl_attainment(&input, &result));
    assert_fraction(result, 4, 3);
    input.actual = sl_fraction_of_int(0);
    assert_ok(sl_attainment(&input, &result));
    assert_fraction(result, 0, 0);
    input.actual = sl_fraction_of_int(-5); /* more came back than went out */
    assert_ok(sl_attainment(&input, &result));
    assert_fraction(result, 0, 0);
}

static void missing_zero_and_negative_targets_are_no_target(void **state)
{
    (void)state;
    struct sl_attainment_input inputs[] = {input_of(5, 0), input_of(5, -1), input_of(5, 10)};
    inputs[2].has_target = false;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct sl_fraction result;
        assert_ok(sl_attainment(&inputs[i], &result));
        assert_false(sl_fraction_is_defined(result));
        result = pace_of(&inputs[i], (struct sl_elapsed){1, 2, 2});
        assert_false(sl_fraction_is_defined(result));
        result = rate_of(&inputs[i], (struct sl_elapsed){1, 2, 2});
        assert_false(sl_fraction_is_defined(result));
    }
}

static void pace_is_attainment_over_the_elapsed_part(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(60, 100);
    struct sl_fraction result;
    result = pace_of(&input, (struct sl_elapsed){45, 90, 90});
    assert_fraction(result, 6, 5);
    result = pace_of(&input, (struct sl_elapsed){90, 90, 90});
    assert_fraction(result, 3, 5);
    result = pace_of(&input, (struct sl_elapsed){0, 90, 90});
    assert_false(sl_fraction_is_defined(result));
}

static void the_pace_of_costs_is_the_budget_so_far_over_what_was_spent(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(60, 100);
    struct sl_fraction result;
    input.lower_is_better = true;
    result = pace_of(&input, (struct sl_elapsed){45, 90, 90});
    assert_fraction(result, 5, 6);
}

static void the_required_rate_spreads_the_gap_over_what_remains(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(60, 100);
    struct sl_fraction result;
    result = rate_of(&input, (struct sl_elapsed){60, 90, 90});
    assert_fraction(result, 4, 3);
    result = rate_of(&input, (struct sl_elapsed){90, 90, 90});
    assert_false(sl_fraction_is_defined(result));
    input = input_of(130, 100);
    result = rate_of(&input, (struct sl_elapsed){60, 90, 90});
    assert_fraction(result, -1, 1);
}

static void the_required_rate_is_per_day_of_average_weight(void **state)
{
    (void)state;
    struct sl_attainment_input input = input_of(40, 100);
    struct sl_fraction result;

    /* Three quarters of the weight of 20 days are over: what remains is as much as 5 days of average weight. */
    result = rate_of(&input, (struct sl_elapsed){750, 1000, 20});

    assert_fraction(result, 12, 1);
}

/* Nothing in common, so that 128 bits hold neither. */
static void pace_and_required_rate_of_long_weights_are_wide(void **state)
{
    (void)state;
    const sl_int128 all = ((sl_int128)1 << 100) - 1;
    struct sl_attainment_input input = input_of(1000000007, 1000000009);
    struct sl_elapsed elapsed = {(sl_int128)1 << 99, all, 7};
    struct sl_exact result;
    int64_t rounded;

    assert_ok(sl_pace(&input, elapsed, &result));
    assert_true(result.is_wide);
    assert_ok(sl_exact_round(&result, SL_ROUND_HALF_EVEN, &rounded));
    assert_int_equal(rounded, 2);

    input.actual = sl_fraction_of_int(-1000000007000000000);
    assert_ok(sl_required_rate(&input, elapsed, &result));
    assert_true(result.is_wide);
    assert_ok(sl_exact_round(&result, SL_ROUND_HALF_EVEN, &rounded));
    assert_int_equal(rounded, (1000000007000000000 + 1000000009) / 7 * 2 + 1);
}

static void only_whole_months_have_months(void **state)
{
    (void)state;
    assert_int_equal(sl_period_months(sl_test_period("2017")), 12);
    assert_int_equal(sl_period_months(sl_test_period("2017-02")), 1);
    assert_int_equal(sl_period_months(sl_test_period("all")), 1100 * 12);
    assert_int_equal(sl_period_months(sl_test_period("2017-W05")), 0);
    assert_int_equal(sl_period_months(sl_test_period("2017-02-01..2017-03-02")), 0);
    assert_int_equal(sl_period_months(sl_test_period("2017-02-02..2017-04-01")), 0);
}

static void the_gap_is_target_minus_actual(void **state)
{
    (void)state;
    assert_int_equal(sl_target_gap(100, sl_fraction_of_int(130)), -30);
    assert_true(sl_target_gap(INT64_MAX, sl_fraction_of_int(-1)) == INT64_MAX);
    assert_true(sl_target_gap(INT64_MIN, sl_fraction_of_int(1)) == INT64_MIN);
}

static void the_gap_to_a_ratio_is_rounded_to_a_whole_unit(void **state)
{
    (void)state;
    assert_int_equal(sl_target_gap(100, sl_fraction_of_ratio(199, 3)), 34); /* 33.67 */
    assert_int_equal(sl_target_gap(100, sl_fraction_of_ratio(195, 2)),
                     2); /* 2.5: to the even one */
    assert_int_equal(sl_target_gap(100, sl_fraction_of_ratio(205, 2)), -2);
}

static int64_t active_days(struct sl_period period, sl_day hired, sl_day left)
{
    struct sl_period active = sl_active_days(period, hired, left);
    assert_true(active.start.v >= period.start.v && active.end.v <= period.end.v);
    return (int64_t)active.end.v - active.start.v;
}

static int64_t to_places(struct sl_fraction fraction, int64_t scale)
{
    int64_t rounded;
    assert_ok(sl_round_ratio(fraction.numerator * scale, fraction.denominator, SL_ROUND_HALF_EVEN,
                             &rounded));
    return rounded;
}

/* Worked example 25: both end days are active, over 365 days. */
static void pro_rating_counts_both_end_days(void **state)
{
    (void)state;
    struct sl_period year = sl_test_period("2013");
    struct sl_fraction part;
    assert_int_equal(active_days(year, DAY("2013-10-12"), SL_NO_DAY), 81);
    assert_ok(sl_prorate(1, 81, 365, &part));
    assert_int_equal(to_places(part, 10000), 2219);
    assert_int_equal(active_days(year, DAY("2013-07-15"), DAY("2013-12-31")), 170);
    assert_ok(sl_prorate(1, 170, 365, &part));
    assert_int_equal(to_places(part, 10000), 4658);
}

/* Worked example 24. */
static void team_capacity_is_quotas_times_a_share(void **state)
{
    (void)state;
    struct sl_fraction capacity;
    assert_ok(sl_prorate(10 * 300000 + 3 * 150000, 850000, SL_PPM, &capacity));
    assert_fraction(capacity, 2932500, 1);
}

static void nobody_is_active_outside_hire_and_leave(void **state)
{
    (void)state;
    struct sl_period march = sl_test_period("2017-03");
    assert_int_equal(active_days(march, SL_NO_DAY, SL_NO_DAY), 31);
    assert_int_equal(active_days(march, DAY("2017-03-31"), SL_NO_DAY), 1);
    assert_int_equal(active_days(march, DAY("2017-04-01"), SL_NO_DAY), 0);
    assert_int_equal(active_days(march, SL_NO_DAY, DAY("2017-03-01")), 1);
    assert_int_equal(active_days(march, SL_NO_DAY, DAY("2017-02-28")), 0);
    assert_int_equal(active_days(march, DAY("2017-03-10"), DAY("2017-03-10")), 1);
}

static void tenure_counts_full_months(void **state)
{
    (void)state;
    assert_int_equal(sl_tenure_months(DAY("2017-07-15"), DAY("2017-07-15")), 0);
    assert_int_equal(sl_tenure_months(DAY("2017-07-15"), DAY("2017-08-14")), 0);
    assert_int_equal(sl_tenure_months(DAY("2017-07-15"), DAY("2017-08-15")), 1);
    assert_int_equal(sl_tenure_months(DAY("2017-07-15"), DAY("2018-07-15")), 12);
    assert_int_equal(sl_tenure_months(DAY("2017-07-15"), DAY("2017-07-01")), -1);
    assert_int_equal(sl_tenure_months(DAY("2017-01-31"), DAY("2017-02-27")), 0);
    assert_int_equal(sl_tenure_months(DAY("2017-01-31"), DAY("2017-02-28")), 1);
}

static void the_day_of_a_tenure_is_its_first(void **state)
{
    (void)state;
    static const char *const hires[] = {"2016-02-29", "2017-01-01", "2017-01-30", "2017-01-31"};
    for (size_t i = 0; i < COUNT(hires); i++) {
        sl_day hired = DAY(hires[i]);
        for (int32_t months = 1; months <= 40; months++) {
            sl_day day = sl_tenure_day(hired, months);
            assert_int_equal(sl_tenure_months(hired, day), months);
            assert_int_equal(sl_tenure_months(hired, (sl_day){day.v - 1}), months - 1);
        }
        assert_int_equal(sl_tenure_day(hired, 0).v, hired.v);
        assert_int_equal(sl_tenure_day(hired, INT32_MAX).v, sl_period_all().end.v);
    }
}

static void the_ramp_factor_is_that_of_the_last_step_reached(void **state)
{
    (void)state;
    static const struct sl_ramp_step steps[] = {{0, 0}, {3, 500000}, {6, 1000000}};
    assert_int_equal(sl_ramp_factor_ppm(steps, COUNT(steps), 0), 0);
    assert_int_equal(sl_ramp_factor_ppm(steps, COUNT(steps), 2), 0);
    assert_int_equal(sl_ramp_factor_ppm(steps, COUNT(steps), 3), 500000);
    assert_int_equal(sl_ramp_factor_ppm(steps, COUNT(steps), 40), 1000000);
    assert_int_equal(sl_ramp_factor_ppm(steps, COUNT(steps), -1), SL_PPM);
    assert_int_equal(sl_ramp_factor_ppm(NULL, 0, 5), SL_PPM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attainment_is_actual_over_target_in_lowest_terms),
        cmocka_unit_test(lower_is_better_turns_the_fraction_round),
        cmocka_unit_test(missing_zero_and_negative_targets_are_no_target),
        cmocka_unit_test(pace_is_attainment_over_the_elapsed_part),
        cmocka_unit_test(the_pace_of_costs_is_the_budget_so_far_over_what_was_spent),
        cmocka_unit_test(the_required_rate_spreads_the_gap_over_what_remains),
        cmocka_unit_test(the_required_rate_is_per_day_of_average_weight),
        cmocka_unit_test(pace_and_required_rate_of_long_weights_are_wide),
        cmocka_unit_test(only_whole_months_have_months),
        cmocka_unit_test(the_gap_is_target_minus_actual),
        cmocka_unit_test(the_gap_to_a_ratio_is_rounded_to_a_whole_unit),
        cmocka_unit_test(pro_rating_counts_both_end_days),
        cmocka_unit_test(team_capacity_is_quotas_times_a_share),
        cmocka_unit_test(nobody_is_active_outside_hire_and_leave),
        cmocka_unit_test(tenure_counts_full_months),
        cmocka_unit_test(the_day_of_a_tenure_is_its_first),
        cmocka_unit_test(the_ramp_factor_is_that_of_the_last_step_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
