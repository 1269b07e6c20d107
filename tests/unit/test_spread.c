/* Spreading: the parts always add up, whatever is cut where. */
#include "lib/test.h"

#include "domain/spread.h"

static const struct sl_day_calendar every_day = {0};

static struct sl_spread target_of(const char *period, int64_t amount)
{
    return (struct sl_spread){.period = sl_test_period(period), .amount = amount};
}

static int64_t part_of(const struct sl_spread *target, const char *days)
{
    return sl_spread_within(target, &every_day, sl_test_period(days));
}

/* Every day by itself. */
static int64_t sum_of_days(const struct sl_spread *target, const struct sl_day_calendar *calendar)
{
    int64_t sum = 0;
    for (int32_t day = target->period.start.v; day < target->period.end.v; day++) {
        struct sl_period one = {{day}, {day + 1}};
        sum += sl_spread_within(target, calendar, one);
    }
    return sum;
}

/* Worked example 21. */
static void the_largest_remainder_takes_the_unit_left_over(void **state)
{
    (void)state;
    int64_t parts[2];
    assert_ok(sl_spread(5, (int64_t[]){70, 30}, 2, parts));
    assert_int_equal(parts[0], 4);
    assert_int_equal(parts[1], 1);
    assert_ok(sl_spread(5, (int64_t[]){30, 70}, 2, parts));
    assert_int_equal(parts[0], 2);
    assert_int_equal(parts[1], 3);
}

/* Worked example 23. */
static void a_target_spreads_by_weights_without_losing_a_unit(void **state)
{
    (void)state;
    static const int64_t expected[] = {170, 231, 301, 301};
    int64_t parts[4];
    assert_ok(sl_spread(1003, (int64_t[]){17, 23, 30, 30}, 4, parts));
    assert_memory_equal(parts, expected, sizeof parts);
}

static void without_weights_the_first_parts_take_the_rest(void **state)
{
    (void)state;
    int64_t parts[4];
    int64_t weighted[4];
    for (int64_t total = -9; total <= 9; total++) {
        assert_ok(sl_spread(total, NULL, 4, parts));
        assert_ok(sl_spread(total, (int64_t[]){1, 1, 1, 1}, 4, weighted));
        assert_memory_equal(parts, weighted, sizeof parts);
    }
}

static void nothing_to_spread_over_is_refused(void **state)
{
    (void)state;
    int64_t parts[2] = {42, 42};
    assert_err(SL_E_INVALID_FIELD, sl_spread(5, NULL, 0, parts));
    assert_err(SL_E_INVALID_FIELD, sl_spread(5, (int64_t[]){0, 0}, 2, parts));
    assert_int_equal(parts[0], 42);
}

/* Worked example 35. */
static void a_week_across_two_months_holds_the_days_of_both(void **state)
{
    (void)state;
    struct sl_spread january = target_of("2026-01", 310000);
    struct sl_spread february = target_of("2026-02", 280000);

    assert_int_equal(part_of(&january, "2026-W05"), 60000);
    assert_int_equal(part_of(&february, "2026-W05"), 10000);
}

static void days_outside_the_period_have_no_part(void **state)
{
    (void)state;
    struct sl_spread january = target_of("2026-01", 310000);

    assert_int_equal(part_of(&january, "2026-02"), 0);
    assert_int_equal(part_of(&january, "2025"), 0);
    assert_int_equal(part_of(&january, "2026"), 310000);
}

static void a_year_has_equal_months_and_a_leap_february_29_days(void **state)
{
    (void)state;
    struct sl_spread year = target_of("2024", 1200 * 29 + 7);

    assert_int_equal(part_of(&year, "2024-02"), 100 * 29 + 1);
    assert_int_equal(part_of(&year, "2024-12"), 100 * 29);
    assert_int_equal(part_of(&year, "2024-02-01"), 101);
    assert_int_equal(part_of(&year, "2024-02-29"), 100);
    assert_int_equal(part_of(&year, "2024-Q1") + part_of(&year, "2024-Q2") +
                         part_of(&year, "2024-07-01..2025-01-01"),
                     1200 * 29 + 7);
}

static void weights_by_month_are_laid_over_the_days_of_each(void **state)
{
    (void)state;
    static const int64_t weights[] = {17, 23, 30, 30};
    struct sl_spread target = target_of("2026-01-01..2026-05-01", 1003);
    target.weights = weights;
    target.weight_count = COUNT(weights);

    assert_int_equal(part_of(&target, "2026-01"), 170);
    assert_int_equal(part_of(&target, "2026-03"), 301);
    assert_int_equal(part_of(&target, "2026-01-01"),
                     6); /* 170 over 31 days: 15 of them take one more */
    assert_int_equal(part_of(&target, "2026-01-31"), 5);
    assert_int_equal(part_of(&target, "2026-02-15..2026-04-01"),
                     112 + 301); /* 231 over 28: 9, then 8 */
}

static void weights_by_day_are_taken_as_they_are(void **state)
{
    (void)state;
    static const int64_t weights[] = {1, 0, 2};
    static const struct sl_day_calendar calendar = {.has_working_days = true};
    struct sl_spread target = target_of("2026-01-02..2026-01-05", 100); /* Friday to Sunday */
    target.weights = weights;
    target.weight_count = COUNT(weights);

    assert_int_equal(part_of(&target, "2026-01-02"), 33);
    assert_int_equal(sl_spread_within(&target, &calendar, sl_test_period("2026-01-04")), 67);
    assert_int_equal(part_of(&target, "2026-01-03"), 0);
}

static void the_days_sum_to_the_amount(void **state)
{
    (void)state;
    static const char *const periods[] = {"2024", "2024-02", "2020-W53", "2024-01-30..2024-03-02"};
    sl_day holidays[] = {DAY("2024-02-29"), DAY("2020-12-31")};
    struct sl_day_calendar working = sl_day_calendar_of(holidays, COUNT(holidays));
    for (size_t i = 0; i < COUNT(periods); i++) {
        for (int64_t amount = -1000; amount <= 1000; amount += 37) {
            struct sl_spread target = target_of(periods[i], amount);
            assert_int_equal(sum_of_days(&target, &every_day), amount);
            assert_int_equal(sum_of_days(&target, &working), amount);
        }
    }
}

static void working_days_leave_out_weekends_and_holidays(void **state)
{
    (void)state;
    sl_day holidays[] = {DAY("2026-02-16"), DAY("2026-01-01"), DAY("2026-01-03"),
                         DAY("2026-01-01")};
    struct sl_day_calendar calendar = sl_day_calendar_of(holidays, COUNT(holidays));
    struct sl_spread january = target_of("2026-01", 2100);

    assert_int_equal(sl_calendar_days(&calendar, january.period), 21);
    assert_int_equal(sl_calendar_days(&calendar, sl_test_period("2026-02")), 19);
    assert_int_equal(sl_spread_within(&january, &calendar, sl_test_period("2026-01-01")), 0);
    assert_int_equal(sl_spread_within(&january, &calendar, sl_test_period("2026-01-02")), 100);
    assert_int_equal(sl_spread_within(&january, &calendar, sl_test_period("2026-01-03")), 0);
    assert_int_equal(sl_spread_within(&january, &calendar, sl_test_period("2026-W05")), 500);
}

static void working_days_are_counted_as_one_by_one(void **state)
{
    (void)state;
    sl_day holidays[] = {DAY("2026-01-01"), DAY("2026-01-06")};
    struct sl_day_calendar calendar = sl_day_calendar_of(holidays, COUNT(holidays));
    int32_t first = DAY("2025-12-29").v;
    for (int32_t start = first; start < first + 9; start++) {
        int64_t count = 0;
        for (int32_t day = start; day < start + 30; day++) {
            bool works =
                sl_day_weekday((sl_day){day}) < 5 && day != holidays[0].v && day != holidays[1].v;
            assert_int_equal(sl_calendar_days(&calendar, (struct sl_period){{start}, {day}}),
                             count);
            count += works ? 1 : 0;
        }
    }
}

static void a_period_without_working_days_spreads_over_all_days(void **state)
{
    (void)state;
    static const struct sl_day_calendar calendar = {.has_working_days = true};
    struct sl_spread weekend = target_of("2026-01-03..2026-01-05", 60);

    assert_int_equal(sl_spread_within(&weekend, &calendar, sl_test_period("2026-01-03")), 30);
    assert_int_equal(sl_spread_weights(&weekend, &calendar, weekend.period).days, 2);
}

/* ── weights ── */

static void without_weights_every_day_that_counts_weighs_the_same(void **state)
{
    (void)state;
    sl_day holidays[] = {DAY("2013-12-25")};
    struct sl_day_calendar working = sl_day_calendar_of(holidays, COUNT(holidays));
    struct sl_spread year = target_of("2013", 1);
    struct sl_period autumn = sl_test_period("2013-10-12..2014-01-01");

    assert_int_equal(sl_spread_weights(&year, &every_day, autumn).sum, 81);
    assert_int_equal(sl_spread_weights(&year, &every_day, year.period).sum, 365);
    assert_int_equal(sl_spread_weights(&year, &working, sl_test_period("2013-12")).days, 21);
    assert_int_equal(sl_spread_weights(&year, &every_day, sl_test_period("2012")).sum, 0);
}

static void a_day_weighs_its_part_of_its_month(void **state)
{
    (void)state;
    static const int64_t weights[] = {1, 0, 10};
    struct sl_spread quarter = target_of("2017-Q1", 1);
    quarter.weights = weights;
    quarter.weight_count = COUNT(weights);

    struct sl_day_weights all = sl_spread_weights(&quarter, &every_day, quarter.period);
    struct sl_day_weights january =
        sl_spread_weights(&quarter, &every_day, sl_test_period("2017-01"));
    struct sl_day_weights day =
        sl_spread_weights(&quarter, &every_day, sl_test_period("2017-03-05"));

    assert_int_equal(all.days, 62); /* February weighs nothing */
    assert_true(january.sum * 11 == all.sum);
    assert_true(day.sum * 11 * 31 == all.sum * 10);
}

static void weights_by_day_are_added_up(void **state)
{
    (void)state;
    static const int64_t weights[] = {5, 0, 7};
    struct sl_spread target = target_of("2017-03-01..2017-03-04", 1);
    target.weights = weights;
    target.weight_count = COUNT(weights);

    struct sl_day_weights all = sl_spread_weights(&target, &every_day, target.period);

    assert_int_equal(all.sum, 12);
    assert_int_equal(all.days, 2);
    assert_int_equal(sl_spread_weights(&target, &every_day, sl_test_period("2017-03-03")).sum, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_remainder_takes_the_unit_left_over),
        cmocka_unit_test(a_target_spreads_by_weights_without_losing_a_unit),
        cmocka_unit_test(without_weights_the_first_parts_take_the_rest),
        cmocka_unit_test(nothing_to_spread_over_is_refused),
        cmocka_unit_test(a_week_across_two_months_holds_the_days_of_both),
        cmocka_unit_test(days_outside_the_period_have_no_part),
        cmocka_unit_test(a_year_has_equal_months_and_a_leap_february_29_days),
        cmocka_unit_test(weights_by_month_are_laid_over_the_days_of_each),
        cmocka_unit_test(weights_by_day_are_taken_as_they_are),
        cmocka_unit_test(the_days_sum_to_the_amount),
        cmocka_unit_test(working_days_leave_out_weekends_and_holidays),
        cmocka_unit_test(working_days_are_counted_as_one_by_one),
        cmocka_unit_test(a_period_without_working_days_spreads_over_all_days),
        cmocka_unit_test(without_weights_every_day_that_counts_weighs_the_same),
        cmocka_unit_test(a_day_weighs_its_part_of_its_month),
        cmocka_unit_test(weights_by_day_are_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
