/* Target pay: whole for a whole window, day by day where it changes, and in parts that add up. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"

static void
add_plan(struct sl_test_ledger *t, int32_t version, const char *from, enum sl_plan_window window)
{
    (void)ADD_PLAN(t, .version = version, .from = from,
                   .components = {{.window = window,
                                   .index = {.kind = SL_INDEX_ATTAINMENT},
                                   .value = SL_VALUE_TARGET_PAY_SHARE,
                                   .rows = {{0, 1000000}},
                                   .row_count = 1}});
}

static void sell(struct sl_test_ledger *t, const char *deal, const char *date, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = "ann", .date = date,
                    .amount = amount);
}

static int64_t earned(struct sl_test_ledger *t, const char *period)
{
    return sl_test_statement(t, "ann", period).total_minor;
}

/* The quota is not pro-rated either (domain/README.md). */
static void who_is_defined_within_the_window_has_its_whole_pay(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2025-01-02", .hired = "2025-01-02",
                     .pay_currency = "USD", .variable_pay = 3600000);
    add_plan(t, 1, "2025-01-01", SL_PLAN_WINDOW_YEAR);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 900000);
    sell(t, "D1", "2025-02-01", 900000);

    assert_int_equal(earned(t, "2025"), 3600000);
}

/* A hundred a day from the first define on, two hundred from July; the year is reached. */
static void assert_a_raise_counts_from_its_day(struct sl_test_ledger *t, const char *first_define)
{
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = first_define, .pay_currency = "USD",
                     .variable_pay = 36500);
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2025-07-01", .pay_currency = "USD",
                     .variable_pay = 73000);
    add_plan(t, 1, "2025-01-01", SL_PLAN_WINDOW_YEAR);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1000);
    sell(t, "D1", "2025-02-01", 1000);

    assert_int_equal(earned(t, "2025"), 181 * 100 + 184 * 200);
}

static void a_raise_counts_from_its_day(void **state)
{
    struct sl_test_ledger *t = *state;
    assert_a_raise_counts_from_its_day(t, "2024-01-01");
}

static void a_raise_counts_from_its_day_also_after_a_late_define(void **state)
{
    struct sl_test_ledger *t = *state;
    assert_a_raise_counts_from_its_day(t, "2025-02-01");
}

static void the_parts_of_a_window_add_up(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2020-01-01", .pay_currency = "USD",
                     .variable_pay = 3600000);
    add_plan(t, 1, "2025-01-01", SL_PLAN_WINDOW_QUARTER);
    add_plan(t, 2, "2025-02-01", SL_PLAN_WINDOW_QUARTER);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-Q1", .amount = 900000);
    sell(t, "D1", "2025-01-15", 310000); /* of 31 days of 90 */
    sell(t, "D2", "2025-03-01", 590000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].earned_minor, 310000);
    assert_int_equal(answer.total_minor, 900000);
}

/* A twelfth of 1,000.01 is 83.3341666..., twice that 166.67. */
static void pay_is_not_rounded_before_the_curve(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2020-01-01", .pay_currency = "USD",
                     .variable_pay = 100001);
    add_plan(t, 1, "2025-01-01", SL_PLAN_WINDOW_MONTH);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-01", .amount = 10000);
    sell(t, "D1", "2025-01-10", 20000);

    assert_int_equal(earned(t, "2025"), 16667);
}

static void a_leap_year_is_one_year(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2020-01-01", .pay_currency = "USD",
                     .variable_pay = 36600000);
    add_plan(t, 1, "2024-01-01", SL_PLAN_WINDOW_YEAR);
    add_plan(t, 2, "2024-07-01", SL_PLAN_WINDOW_YEAR);
    (void)ADD_TARGET(t, .person = "ann", .period = "2024", .amount = 366);
    sell(t, "D1", "2024-01-15", 182);
    sell(t, "D2", "2024-12-01", 184);

    assert_int_equal(earned(t, "2024"), 36600000);
}

static void a_week_is_worth_its_days_of_the_year(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2020-01-01", .pay_currency = "USD",
                     .variable_pay = 366 * 365);
    add_plan(t, 1, "2024-01-01", SL_PLAN_WINDOW_WEEK);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-W01", .amount = 700);
    sell(t, "D1", "2025-01-02", 700);

    assert_int_equal(earned(t, "2025-W01"), 2 * 365 + 5 * 366); /* two days lie in 2024 */
}

/* Ten years, two of them leap years, and a raise in the middle of one. */
static void a_fixed_window_is_worth_its_years(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2021-06-01", .pay_currency = "USD",
                     .variable_pay = 36500);
    (void)ADD_PERSON(t, "ann", .unit = "team", .from = "2025-07-01", .pay_currency = "USD",
                     .variable_pay = 73000);
    (void)ADD_PLAN(t, .from = "2020-01-01",
                   .components = {{.window = SL_PLAN_WINDOW_FIXED,
                                   .window_from = "2020-01-01",
                                   .window_to = "2030-01-01",
                                   .index = {.kind = SL_INDEX_ATTAINMENT},
                                   .value = SL_VALUE_TARGET_PAY_SHARE,
                                   .rows = {{0, 1000000}},
                                   .row_count = 1}});
    (void)ADD_TARGET(t, .person = "ann", .period = "2020-01-01..2030-01-01", .amount = 5);
    sell(t, "D1", "2025-01-02", 5);

    assert_int_equal(earned(t, "2020-01-01..2030-01-01"),
                     5 * 36500 + 181 * 100 + 184 * 200 + 4 * 73000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(who_is_defined_within_the_window_has_its_whole_pay),
        LEDGER_TEST(a_raise_counts_from_its_day),
        LEDGER_TEST(a_raise_counts_from_its_day_also_after_a_late_define),
        LEDGER_TEST(the_parts_of_a_window_add_up),
        LEDGER_TEST(pay_is_not_rounded_before_the_curve),
        LEDGER_TEST(a_leap_year_is_one_year),
        LEDGER_TEST(a_week_is_worth_its_days_of_the_year),
        LEDGER_TEST(a_fixed_window_is_worth_its_years),
    };
    return RUN_LEDGER_TESTS(tests);
}
