/* Targets of periods that none was set for: each day takes its part from one stored target, and the parts always add up. */
#include "lib/test.h"

#include <stdio.h>

#include "lib/ledger_fixture.h"
#include "projections/target_days.h"

#define TODAY "2025-01-10"

static uint64_t set(struct sl_test_ledger *t, const char *period, int64_t amount)
{
    return ADD_TARGET(t, .person = "ann", .period = period, .amount = amount);
}

static uint64_t set_weighted(struct sl_test_ledger *t,
                             const char *period,
                             int64_t amount,
                             const int64_t *weights,
                             size_t count)
{
    return ADD_TARGET(t, .person = "ann", .period = period, .amount = amount, .weights = weights,
                      .weight_count = count);
}

static struct sl_target_row row_of(struct sl_test_ledger *t, const char *period)
{
    return sl_test_target(t, period, OF_PERSON("ann"), TODAY);
}

static int64_t target_of(struct sl_test_ledger *t, const char *period)
{
    return row_of(t, period).target;
}

static bool has_target(struct sl_test_ledger *t, const char *period)
{
    return sl_test_targets(t, period, OF_PERSON("ann"), TODAY).row_count > 0;
}

static void sell(struct sl_test_ledger *t, const char *deal, const char *date, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = "ann", .amount = amount,
                    .date = date);
}

static void assert_value(struct sl_value value, int64_t numerator, int64_t denominator)
{
    assert_true(value.denominator > 0);
    assert_true((sl_int128)value.numerator * denominator ==
                (sl_int128)numerator * value.denominator);
}

/* ── which stored target a day takes its part from ── */

static void an_own_target_wins_over_all_others(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025", 1200);
    (void)set(t, "2025-W05", 1);
    uint64_t own = set(t, "2025-01", 500);

    struct sl_target_row row = row_of(t, "2025-01");

    assert_int_equal(row.target, 500);
    assert_int_equal(row.target_seq, own);
    assert_false(row.is_derived);
    assert_int_equal(row.origins.count, 0);
}

static void a_month_of_a_year_is_a_twelfth(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025", 1207);

    assert_int_equal(target_of(t, "2025-07"), 101);
    assert_int_equal(target_of(t, "2025-08"), 100);
    assert_int_equal(target_of(t, "2025-Q3"), 301);
}

/* Worked example 23. */
static void the_months_of_a_longer_period_are_by_its_weights(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {17, 23, 30, 30};
    (void)set_weighted(t, "2026-01-01..2026-05-01", 1003, weights, COUNT(weights));

    assert_int_equal(target_of(t, "2026-01"), 170);
    assert_int_equal(target_of(t, "2026-02"), 231);
    assert_int_equal(target_of(t, "2026-03"), 301);
    assert_int_equal(target_of(t, "2026-04"), 301);
}

/* Worked example 23 with a year's quarters: weights in the first month of each. */
static void the_quarters_of_a_year_are_the_sums_of_its_months(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {17, 0, 0, 23, 0, 0, 30, 0, 0, 30, 0, 0};
    (void)set_weighted(t, "2026", 1003, weights, COUNT(weights));

    assert_int_equal(target_of(t, "2026-Q1"), 170);
    assert_int_equal(target_of(t, "2026-Q2"), 231);
    assert_int_equal(target_of(t, "2026-Q3"), 301);
    assert_int_equal(target_of(t, "2026-Q4"), 301);
}

/* Worked example 35. */
static void a_week_across_two_months_has_days_of_both(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t january = set(t, "2026-01", 310000);
    uint64_t february =
        ADD_TARGET(t, .person = "ann", .period = "2026-02", .amount = 280000, .target = "feb");

    struct sl_target_row row = row_of(t, "2026-W05");

    assert_int_equal(row.target, 70000);
    assert_true(row.is_derived);
    assert_int_equal(row.target_seq, 0);
    assert_int_equal(row.origins.count, 2);
    assert_int_equal(row.origins.items[0].target_seq, january);
    assert_int_equal(row.origins.items[0].part, 60000);
    assert_int_equal(row.origins.items[0].amount, 310000);
    assert_text(row.origins.items[0].period, "2026-01");
    assert_int_equal(row.origins.items[0].target.len, 0);
    assert_int_equal(row.origins.items[1].target_seq, february);
    assert_int_equal(row.origins.items[1].part, 10000);
    assert_text(row.origins.items[1].target, "feb");
}

static void months_come_before_the_year_that_holds_them(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2026", 99ll * 12);
    (void)set(t, "2026-01", 310000);
    (void)set(t, "2026-02", 280000);
    (void)set(t, "2026-03", 1);

    assert_int_equal(target_of(t, "2026-W05"), 70000);
    assert_int_equal(target_of(t, "2026-Q1"), 590001);
    assert_int_equal(target_of(t, "2026-04"), 99);
}

static void quarters_come_before_their_months_in_a_year(void **state)
{
    struct sl_test_ledger *t = *state;
    for (int month = 1; month <= 12; month++) {
        char period[SL_PERIOD_TEXT_MAX];
        (void)snprintf(period, sizeof period, "2025-%02d", month);
        (void)set(t, period, 1);
    }
    (void)set(t, "2025-Q1", 100);
    (void)set(t, "2025-Q2", 200);

    assert_int_equal(target_of(t, "2025"), 306);
}

static void a_month_that_was_set_takes_its_place_in_the_year(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t year = set(t, "2025", 1200);
    (void)set(t, "2025-02", 500);

    struct sl_target_row row = row_of(t, "2025-Q1");

    assert_int_equal(row.target, 700);
    assert_int_equal(row.origins.count, 2); /* the year once, for January and March */
    assert_int_equal(row.origins.items[0].target_seq, year);
    assert_int_equal(row.origins.items[0].part, 200);
}

static void of_two_as_long_the_one_set_last_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025-01-01..2025-01-11", 100);
    (void)set(t, "2025-01-03..2025-01-13", 1000);

    assert_int_equal(target_of(t, "2025-01-05"), 100);
    assert_int_equal(target_of(t, "2025-01-02"), 10);
    assert_int_equal(target_of(t, "2025-01-01..2025-01-13"), 1020);
}

static void a_day_without_a_part_leaves_no_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025-01", 10);
    (void)set(t, "2025-03", 40);

    assert_false(has_target(t, "2025-Q1"));
    assert_false(has_target(t, "2025-W05"));
    assert_false(has_target(t, "2024"));
    assert_false(has_target(t, "all"));
    assert_int_equal(target_of(t, "2025-W02"), 5); /* the first ten days have one each */
}

static void a_voided_target_gives_no_part(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025", 1200);
    uint64_t month = set(t, "2025-01", 310);
    assert_int_equal(target_of(t, "2025-01-05"), 10);

    (void)sl_test_add_void(t, month);

    assert_int_equal(target_of(t, "2025-01-05"), 4);
}

static void only_targets_of_the_scope_measure_and_role_give_parts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .amount = 1200);
    (void)ADD_TARGET(t, .person = "ann", .product = "anvil", .period = "2025", .amount = 1200);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1200, .role = SL_ROLE_STRETCH);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1200,
                     .measure = "booked.count");
    assert_false(has_target(t, "2025-01"));

    (void)set(t, "2025", 2400);

    assert_int_equal(target_of(t, "2025-01"), 200);
}

/* ── ratios ── */

static uint64_t set_rate(struct sl_test_ledger *t, const char *period, int64_t rate_ppm)
{
    return ADD_TARGET(t, .person = "ann", .measure = "win.rate", .period = period,
                      .amount = rate_ppm);
}

static struct sl_targets_answer rates_of(struct sl_test_ledger *t, const char *period)
{
    struct sl_targets_answer answer = {0};
    struct sl_targets_query query = {
        .period = SLICE(period), .measure = SLICE("win.rate"), .today = DAY("2025-01-10")};
    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer;
}

static void a_ratio_of_a_year_is_that_of_its_months(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .hired = "2025-01-15");
    uint64_t year = set_rate(t, "2025", 400000);
    sell(t, "D1", "2025-01-05", 1);

    struct sl_targets_answer month = rates_of(t, "2025-01");

    assert_int_equal(month.row_count, 1);
    assert_int_equal(month.rows[0].target, 400000);
    assert_int_equal(month.rows[0].origins.items[0].target_seq, year);
    assert_int_equal(month.rows[0].origins.items[0].part, 400000);
    assert_value(month.rows[0].attainment, 2500000, 1);
    assert_int_equal(month.rows[0].pace.denominator, 0);
    assert_int_equal(month.rows[0].required_per_day.denominator, 0);
    assert_false(month.rows[0].has_effective);
}

static void several_ratios_make_one_if_they_are_equal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set_rate(t, "2025-01", 400000);
    (void)set_rate(t, "2025-02", 400000);
    (void)set_rate(t, "2025-03", 300000);

    assert_int_equal(rates_of(t, "2025-W05").rows[0].target, 400000);
    assert_int_equal(rates_of(t, "2025-Q1").row_count, 0);
}

static void a_ratio_on_both_sides_of_another_is_one_origin(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set_rate(t, "2025", 400000);
    (void)set_rate(t, "2025-02", 400000);

    struct sl_targets_answer quarter = rates_of(t, "2025-Q1");

    assert_int_equal(quarter.rows[0].origins.count, 2);
    assert_int_equal(quarter.rows[0].origins.items[0].part, 400000);
}

static void a_ratio_has_no_sum_of_children(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_TARGET(t, .unit = "north", .measure = "win.rate", .period = "2025", .amount = 1);
    (void)set_rate(t, "2025", 400000);

    assert_false(rates_of(t, "2025").rows[0].has_children);
}

/* ── the calendar ── */

static void a_leap_february_has_29_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2024-02", 2900);

    assert_int_equal(target_of(t, "2024-02-29"), 100);
    assert_int_equal(target_of(t, "2024-02-26..2024-03-01"), 400);
}

static void a_week_across_two_years_has_days_of_both(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2026", 3100ll * 12);
    (void)set(t, "2027", 6200ll * 12);

    assert_int_equal(target_of(t, "2026-W53"), 4 * 100 + 3 * 200);
}

static void fiscal_quarters_are_those_of_the_fiscal_year(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);
    (void)set_weighted(t, "2025", 78, weights, COUNT(weights));

    assert_int_equal(target_of(t, "2025-Q1"), 6);
    assert_int_equal(target_of(t, "2025-Q4"), 33);
    assert_int_equal(target_of(t, "2026-03"), 12);
    assert_false(has_target(t, "2025-03"));
}

static void days_without_work_have_no_part_once_the_calendar_lists_any(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2026-01-01", "2026-01-06"});
    (void)set(t, "2026-01", 2000); /* 20 working days */

    assert_int_equal(target_of(t, "2026-01-01"), 0);
    assert_int_equal(target_of(t, "2026-01-02"), 100);
    assert_int_equal(target_of(t, "2026-W02"), 400);
    assert_int_equal(target_of(t, "2026-01-10..2026-01-12"), 0);
}

static void a_new_holiday_moves_the_parts_until_it_is_rolled_back(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2026-01", 2200);
    assert_int_equal(target_of(t, "2026-01-01"), 71);

    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2026-01-01", "2026-01-06"});
    assert_int_equal(target_of(t, "2026-01-01"), 0);
    assert_int_equal(target_of(t, "2026-01-02"), 110);

    sl_ledger_savepoint(t->ledger);
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2026-01-02"});
    assert_int_equal(target_of(t, "2026-01-02"), 0);
    sl_ledger_rollback(t->ledger);
    assert_int_equal(target_of(t, "2026-01-02"), 110);
}

static void the_parts_sum_to_the_year_whatever_the_calendar(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {3, 0, 7, 11, 1, 1, 1, 999, 4, 4, 4, 5};
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2026-05-01"});
    (void)set_weighted(t, "2026", 1000003, weights, COUNT(weights));
    int64_t sum = target_of(t, "2026-01-01..2026-01-05") + target_of(t, "2026-12-28..2027-01-01");

    for (int week = 2; week <= 52; week++) {
        char period[SL_PERIOD_TEXT_MAX];
        (void)snprintf(period, sizeof period, "2026-W%02d", week);
        sum += target_of(t, period);
    }

    assert_int_equal(sum, 1000003);
}

/* ── rows ── */

static void derived_targets_are_listed_with_the_others_by_their_latest_origin(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1200);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025-01", .amount = 7);
    (void)ADD_TARGET(t, .period = "2025-Q1", .amount = 900);
    (void)ADD_TARGET(t, .person = "cat", .period = "2026", .amount = 1);

    struct sl_targets_answer rows = sl_test_targets(t, "2025-01", WHOLE, TODAY);

    assert_int_equal(rows.row_count, 3);
    assert_int_equal(rows.rows[0].target, 100);
    assert_int_equal(rows.rows[1].target, 7);
    assert_false(rows.rows[1].is_derived);
    assert_int_equal(rows.rows[2].target, 300);
}

static void members_have_derived_targets_too(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 12000);
    (void)ADD_TARGET(t, .unit = "n1", .period = "2025-01", .amount = 250);
    (void)set(t, "2025", 1200);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_UNIT("north"), TODAY);

    assert_int_equal(row.target, 1000);
    assert_int_equal(row.children_sum, 350);
    assert_int_equal(row.gap_to_children, 650);
}

static void a_period_first_set_in_a_rolled_back_batch_is_forgotten(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025-01", 310);
    sl_ledger_savepoint(t->ledger);
    (void)set(t, "2025-02", 280);
    assert_true(has_target(t, "2025-W05"));

    sl_ledger_rollback(t->ledger);

    assert_false(has_target(t, "2025-W05"));
    assert_int_equal(target_of(t, "2025-01-31"), 10);
}

static void a_target_is_made_of_so_many_stretches_at_most(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_day first = DAY("2020-01-01");
    char period[SL_PERIOD_TEXT_MAX];
    char asked[SL_PERIOD_TEXT_MAX];
    for (int32_t i = 0; i <= (int32_t)SL_TARGET_STRETCHES_MAX; i++) {
        (void)sl_day_format((sl_day){first.v + i}, period);
        (void)set(t, period, 1);
    }
    struct sl_period most = {first, {first.v + (int32_t)SL_TARGET_STRETCHES_MAX}};
    (void)sl_period_format(most, 1, asked);
    assert_int_equal(target_of(t, asked), SL_TARGET_STRETCHES_MAX);

    most.end.v++;
    (void)sl_period_format(most, 1, asked);
    struct sl_targets_answer answer;
    struct sl_targets_query query = {.period = SLICE(asked), .today = DAY(TODAY)};

    assert_err(SL_E_TOO_BIG, sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "targets.period");
}

/* ── pace and required rate ── */

static void pace_and_rate_of_a_derived_month_go_by_its_days(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {1, 2, 3};
    (void)set_weighted(t, "2025-Q1", 600, weights, COUNT(weights));
    sell(t, "D1", "2025-01-05", 58);

    struct sl_target_row row = row_of(t, "2025-01"); /* 100, 10 of 31 days are over */

    assert_value(row.attainment, 580000, 1);
    assert_value(row.pace, 580000ll * 31, 10);
    assert_value(row.required_per_day, 2, 1);
}

static void pace_and_rate_of_a_weighted_quarter_go_by_its_weights(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {1, 2, 3};
    (void)set_weighted(t, "2025-Q1", 600, weights, COUNT(weights));
    sell(t, "D1", "2025-01-05", 50);

    struct sl_target_row row =
        sl_test_target(t, "2025-Q1", OF_PERSON("ann"), "2025-01-31"); /* a sixth is over */

    assert_value(row.pace, 500000, 1);
    assert_value(row.required_per_day, 550ll * 6, 5ll * 90); /* 75 days of average weight remain */
}

static void pace_of_several_targets_goes_by_their_parts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025-01", 310);
    (void)set(t, "2025-02", 2800);
    sell(t, "D1", "2025-02-01", 1155);

    struct sl_target_row row =
        sl_test_target(t, "2025-01-01..2025-03-01", OF_PERSON("ann"), "2025-02-20");

    assert_int_equal(row.target, 3110);
    assert_value(row.pace, 500000, 1); /* 310 + 2000 are due */
    assert_value(row.required_per_day, 1955ll * 311,
                 80ll * 59); /* 80 of 311 parts of 59 days remain */
}

static void the_required_rate_is_per_working_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2025-01-01"});
    (void)set(t, "2025-01", 2200); /* 22 working days, 7 of them over by the 10th */

    struct sl_target_row row = row_of(t, "2025-01");

    assert_value(row.required_per_day, 2200, 15);
}

/* ── pro-rating and ramp ── */

static void who_was_there_all_the_time_has_no_other_effective_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .hired = "2025-01-01", .left = "2025-12-31");
    (void)set(t, "2025", 1200);

    assert_false(row_of(t, "2025").has_effective);
    assert_false(row_of(t, "2025-03").has_effective);
}

static void somebody_never_defined_has_no_effective_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "2025", 1200);

    assert_false(row_of(t, "2025").has_effective);
}

/* Worked example 25. */
static void a_year_is_pro_rated_by_active_days_and_attained_as_set(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .hired = "2013-10-12");
    (void)set(t, "2013", 10000);
    sell(t, "D1", "2013-11-01", 5000);

    struct sl_target_row row = row_of(t, "2013");

    assert_true(row.has_effective);
    assert_value(row.effective, 810000, 365); /* 0.2219 */
    assert_int_equal(row.target, 10000);
    assert_value(row.attainment, 500000, 1);
}

static void hire_and_leave_are_both_active_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .hired = "2025-01-30", .left = "2025-02-02");
    (void)set(t, "2025-01", 3100);
    (void)set(t, "2025-02", 280);

    assert_value(row_of(t, "2025-01").effective, 200, 1);
    assert_value(row_of(t, "2025-02").effective, 20, 1);
    assert_value(row_of(t, "2025-01-01..2025-03-01").effective, 220, 1);
    assert_value(row_of(t, "2025-02-10").effective, 0, 1);
}

static void days_without_a_define_are_not_active(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .from = "2025-01-02", .to = "2025-01-05");
    (void)ADD_PERSON(t, "ann", .from = "2025-01-31");
    (void)set(t, "2025-01", 3100);

    assert_value(row_of(t, "2025-01").effective, 400, 1);
}

static void a_ramp_counts_each_day_by_its_tenure_month(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .hired = "2025-01-15", .ramp = {{0, 0}, {1, 500000}, {2, 1000000}},
                     .ramp_count = 3);
    (void)set(t, "2025-01", 3100);
    (void)set(t, "2025-02", 2800);
    (void)set(t, "2025-03", 3100);

    assert_value(row_of(t, "2025-01").effective, 0, 1);
    assert_value(row_of(t, "2025-02").effective, 700, 1);        /* half of the 15th to the 28th */
    assert_value(row_of(t, "2025-03").effective, 700 + 1700, 1); /* half up to the 14th */
    assert_value(row_of(t, "2025-Q1").effective, 700 + 2400, 1);
}

static void what_does_not_fit_exactly_is_of_whole_units(void **state)
{
    struct sl_test_ledger *t = *state;
    int64_t weights[] = {999999937, 1, 7, 999999929, 11, 13, 17, 19, 23, 29, 31, 37};
    for (int i = 0; i < 4; i++) {
        char year[SL_PERIOD_TEXT_MAX];
        char from[32];
        char to[32];
        (void)snprintf(year, sizeof year, "%d", 2022 + i);
        (void)snprintf(from, sizeof from, "%d-01-%02d", 2022 + i, 3 + i);
        (void)snprintf(to, sizeof to, "%d-04-%02d", 2022 + i, 3 + i);
        weights[11] = 37 + 2ll * i * i;
        (void)set_weighted(t, year, 1000000007 + 2ll * i, weights, COUNT(weights));
        (void)ADD_PERSON(t, "ann", .from = from, .to = to);
    }

    struct sl_target_row row = row_of(t, "2022-01-01..2026-01-01"); /* exactly 2007526728.22... */

    assert_int_equal(row.effective.denominator, 1);
    assert_in_range(row.effective.numerator, 2007526728 - 2, 2007526728 + 2);
}

/* Months of 23, 21, 22, 20, 19 and 17 working days are cut by a ramp of odd factors. */
static void a_part_that_does_not_fit_exactly_is_of_whole_units(void **state)
{
    struct sl_test_ledger *t = *state;
    int64_t weights[SL_WEIGHTS_MAX];
    for (size_t i = 0; i < COUNT(weights); i++) {
        weights[i] = SL_WEIGHT_MAX - 7 * (int64_t)i;
    }
    (void)ADD_DEFINE(
        t, .kind = SL_DEFINE_CALENDAR,
        .holidays = {"2026-02-03", "2057-04-02", "2057-04-03", "2057-04-04", "2057-04-05"});
    (void)ADD_PERSON(
        t, "ann", .hired = "2024-01-16", .left = "2057-04-16",
        .ramp = {{0, 9999991}, {1, 9999973}, {3, 9999971}, {13, 9999943}, {25, 9999937}},
        .ramp_count = 5);
    (void)set_weighted(t, "2024-01-01..2057-05-01", 999999999999989, weights, COUNT(weights));

    struct sl_target_row row = row_of(t, "2024-01-01..2057-05-01");

    assert_value(row.effective, 9973276116333711, 1);
}

static void pro_rating_goes_by_weights_and_working_days(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {1, 0, 3};
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .holidays = {"2025-01-01"});
    (void)ADD_PERSON(t, "ann", .hired = "2025-01-31");
    (void)set_weighted(t, "2025-Q1", 8800, weights, COUNT(weights));

    assert_value(row_of(t, "2025-Q1").effective, 100 + 6600, 1); /* one of 22 days of 2200 */
    assert_value(row_of(t, "2025-01").effective, 100, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_own_target_wins_over_all_others),
        LEDGER_TEST(a_month_of_a_year_is_a_twelfth),
        LEDGER_TEST(the_months_of_a_longer_period_are_by_its_weights),
        LEDGER_TEST(the_quarters_of_a_year_are_the_sums_of_its_months),
        LEDGER_TEST(a_week_across_two_months_has_days_of_both),
        LEDGER_TEST(months_come_before_the_year_that_holds_them),
        LEDGER_TEST(quarters_come_before_their_months_in_a_year),
        LEDGER_TEST(a_month_that_was_set_takes_its_place_in_the_year),
        LEDGER_TEST(of_two_as_long_the_one_set_last_counts),
        LEDGER_TEST(a_day_without_a_part_leaves_no_target),
        LEDGER_TEST(a_voided_target_gives_no_part),
        LEDGER_TEST(only_targets_of_the_scope_measure_and_role_give_parts),
        LEDGER_TEST(a_ratio_of_a_year_is_that_of_its_months),
        LEDGER_TEST(several_ratios_make_one_if_they_are_equal),
        LEDGER_TEST(a_ratio_on_both_sides_of_another_is_one_origin),
        LEDGER_TEST(a_ratio_has_no_sum_of_children),
        LEDGER_TEST(a_leap_february_has_29_days),
        LEDGER_TEST(a_week_across_two_years_has_days_of_both),
        LEDGER_TEST(fiscal_quarters_are_those_of_the_fiscal_year),
        LEDGER_TEST(days_without_work_have_no_part_once_the_calendar_lists_any),
        LEDGER_TEST(a_new_holiday_moves_the_parts_until_it_is_rolled_back),
        LEDGER_TEST(the_parts_sum_to_the_year_whatever_the_calendar),
        LEDGER_TEST(derived_targets_are_listed_with_the_others_by_their_latest_origin),
        LEDGER_TEST(members_have_derived_targets_too),
        LEDGER_TEST(a_period_first_set_in_a_rolled_back_batch_is_forgotten),
        LEDGER_TEST(a_target_is_made_of_so_many_stretches_at_most),
        LEDGER_TEST(pace_and_rate_of_a_derived_month_go_by_its_days),
        LEDGER_TEST(pace_and_rate_of_a_weighted_quarter_go_by_its_weights),
        LEDGER_TEST(pace_of_several_targets_goes_by_their_parts),
        LEDGER_TEST(the_required_rate_is_per_working_day),
        LEDGER_TEST(who_was_there_all_the_time_has_no_other_effective_target),
        LEDGER_TEST(somebody_never_defined_has_no_effective_target),
        LEDGER_TEST(a_year_is_pro_rated_by_active_days_and_attained_as_set),
        LEDGER_TEST(hire_and_leave_are_both_active_days),
        LEDGER_TEST(days_without_a_define_are_not_active),
        LEDGER_TEST(a_ramp_counts_each_day_by_its_tenure_month),
        LEDGER_TEST(what_does_not_fit_exactly_is_of_whole_units),
        LEDGER_TEST(a_part_that_does_not_fit_exactly_is_of_whole_units),
        LEDGER_TEST(pro_rating_goes_by_weights_and_working_days),
    };
    return RUN_LEDGER_TESTS(tests);
}
