/* Spreading: the parts always add up, whatever is cut where. */
#include "lib/test.h"

#include "domain/spread.h"

static const struct sl_day_mask every_day = {0};

static int32_t month_of(const char *day)
{
    return sl_day_month_index(DAY(day));
}

static int64_t sum_of(const int64_t *parts, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += parts[i];
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
    struct sl_period week = sl_test_period("2026-W05");
    int64_t january = sl_spread_overlap(310000, month_of("2026-01-01"), every_day, week);
    int64_t february = sl_spread_overlap(280000, month_of("2026-02-01"), every_day, week);
    assert_int_equal(january, 60000);
    assert_int_equal(february, 10000);
}

static void the_days_of_a_month_sum_to_its_amount(void **state)
{
    (void)state;
    int64_t parts[SL_MONTH_DAYS_MAX];
    for (int64_t amount = -1000; amount <= 1000; amount += 37) {
        size_t count = sl_spread_month(amount, month_of("2024-02-10"), every_day, parts);
        assert_int_equal(count, 29);
        assert_int_equal(sum_of(parts, count), amount);
    }
}

static void working_days_leave_out_weekends_and_holidays(void **state)
{
    (void)state;
    int64_t parts[SL_MONTH_DAYS_MAX];
    sl_day holidays[] = {DAY("2026-01-01"), DAY("2026-02-16")};
    struct sl_day_mask mask = sl_working_days(month_of("2026-01-01"), holidays, COUNT(holidays));

    size_t count = sl_spread_month(2100, month_of("2026-01-01"), mask, parts);

    assert_int_equal(count, 31);
    assert_int_equal(parts[0], 0);   /* Thursday 1 January, a holiday */
    assert_int_equal(parts[1], 100); /* Friday; 21 working days */
    assert_int_equal(parts[2], 0);   /* Saturday */
    assert_int_equal(sum_of(parts, count), 2100);
}

static void a_month_without_working_days_spreads_over_all_days(void **state)
{
    (void)state;
    int64_t parts[SL_MONTH_DAYS_MAX];
    struct sl_day_mask beyond = {.bits = 1u << 30}; /* the 31st of a month of 30 */
    size_t count = sl_spread_month(60, month_of("2026-04-01"), beyond, parts);
    assert_int_equal(count, 30);
    assert_int_equal(parts[0], 2);
    assert_int_equal(sum_of(parts, count), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_remainder_takes_the_unit_left_over),
        cmocka_unit_test(a_target_spreads_by_weights_without_losing_a_unit),
        cmocka_unit_test(without_weights_the_first_parts_take_the_rest),
        cmocka_unit_test(nothing_to_spread_over_is_refused),
        cmocka_unit_test(a_week_across_two_months_holds_the_days_of_both),
        cmocka_unit_test(the_days_of_a_month_sum_to_its_amount),
        cmocka_unit_test(working_days_leave_out_weekends_and_holidays),
        cmocka_unit_test(a_month_without_working_days_spreads_over_all_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
