/* The worked examples of incentive plans, from events to minor units: published figures, recomputed exactly. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"

#define QUOTA(t, person_id, period_text, amount_minor)                                             \
    (void)ADD_TARGET((t), .person = (person_id), .period = (period_text), .amount = (amount_minor))

/* A WON deal on a day; of the thing, 1.000. */
static uint64_t sell(struct sl_test_ledger *t, const char *deal, const char *date, int64_t amount)
{
    return ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = "ann", .date = date,
                     .amount = amount);
}

static int64_t earned(struct sl_test_ledger *t, const char *person, const char *period)
{
    return sl_test_statement(t, person, period).total_minor;
}

/* What a deal earned in the one line of the statement. */
static int64_t earned_of_deal(const struct sl_statement_answer *answer, size_t index)
{
    assert_int_equal(answer->line_count, 1);
    assert_true(index < answer->lines[0].deal_count);
    return answer->lines[0].deals[index].earned_minor;
}

static void example_4_the_rate_of_the_row_holds_for_the_whole_amount(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t,
        .components = {{.mode = SL_CURVE_WHOLE,
                        .rows = {{0, 10000}, {1000000, 20000}, {5000000, 30000}, {10000000, 40000}},
                        .row_count = 4}});
    (void)sell(t, "D1", "2025-02-03", 500000);
    (void)sell(t, "D2", "2025-02-03", 1500000);
    (void)sell(t, "D3", "2025-02-03", 6000000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(earned_of_deal(&answer, 0), 5000);
    assert_int_equal(earned_of_deal(&answer, 1), 30000);
    assert_int_equal(earned_of_deal(&answer, 2), 180000);
    assert_int_equal(answer.total_minor, 215000);
}

static void example_5_exactly_on_a_bound_the_edge_decides(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.id = "ge",
                                      .mode = SL_CURVE_WHOLE,
                                      .edge = SL_EDGE_GE,
                                      .rows = {{0, 17500}, {150000000, 25000}},
                                      .row_count = 2},
                                     {.id = "gt",
                                      .mode = SL_CURVE_WHOLE,
                                      .edge = SL_EDGE_GT,
                                      .rows = {{0, 17500}, {150000000, 25000}},
                                      .row_count = 2}});
    (void)sell(t, "D1", "2025-02-03", 150000000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].earned_minor, 3750000);
    assert_int_equal(answer.lines[1].earned_minor, 2625000);
}

static void example_6_marginal_tiers_of_one_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 30000}, {30000000, 50000}, {50000000, 70000}},
                                      .row_count = 3}});

    (void)sell(t, "D1", "2025-02-03", 60000000);

    assert_int_equal(earned(t, "ann", "2025"), 2600000);
}

static void example_7_a_deal_that_ends_in_the_second_tier(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 50000}, {10000000, 70000}, {25000000, 100000}},
                                      .row_count = 3}});

    (void)sell(t, "D1", "2025-02-03", 18000000);

    assert_int_equal(earned(t, "ann", "2025"), 1060000);
}

static void example_8_an_accelerator_as_a_factor(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t, .components = {{.window = SL_PLAN_WINDOW_YEAR, .rows = {{0, 60000}}, .row_count = 1},
                          {.id = "boost",
                           .kind = SL_COMPONENT_FACTOR,
                           .factor_of = "pay",
                           .window = SL_PLAN_WINDOW_YEAR,
                           .index = {.kind = SL_INDEX_ATTAINMENT},
                           .mode = SL_CURVE_WHOLE,
                           .value = SL_VALUE_FACTOR,
                           .rows = {{0, 1000000}, {1150000, 1250000}},
                           .row_count = 2}});
    QUOTA(t, "ann", "2025", 4000000);
    (void)sell(t, "D1", "2025-02-03", 5000000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.total_minor, 375000);
    assert_int_equal(answer.line_count, 1); /* a factor is no line of its own */
    assert_int_equal(answer.lines[0].factor_ppm, 1250000);
}

static void add_target_pay_plan(struct sl_test_ledger *t)
{
    (void)ADD_PERSON(t, "ann", .unit = "team", .pay_currency = "USD", .variable_pay = 10000000);
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_YEAR,
                                      .index = {.kind = SL_INDEX_ATTAINMENT},
                                      .value = SL_VALUE_TARGET_PAY_SHARE,
                                      .rows = {{0, 500000}, {500000, 1000000}, {1000000, 1500000}},
                                      .row_count = 3}});
    QUOTA(t, "ann", "2025", 50000000);
}

static void example_9_a_rate_from_target_pay(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team", .pay_currency = "USD", .variable_pay = 10000000);
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_YEAR,
                                      .index = {.kind = SL_INDEX_ATTAINMENT},
                                      .value = SL_VALUE_TARGET_PAY_SHARE,
                                      .rows = {{0, 1000000}, {1000000, 1500000}},
                                      .row_count = 2}});
    QUOTA(t, "ann", "2025", 50000000);

    (void)sell(t, "D1", "2025-02-03", 65000000);

    assert_int_equal(earned(t, "ann", "2025"), 14500000);
}

static void example_10_a_decelerator_below_half(void **state)
{
    struct sl_test_ledger *t = *state;
    add_target_pay_plan(t);

    (void)sell(t, "D1", "2025-02-03", 20000000);

    assert_int_equal(earned(t, "ann", "2025"), 2000000);
}

static void example_11_a_gate_opens_from_the_first_unit(void **state)
{
    struct sl_test_ledger *t = *state;
    static const struct {
        const char *deal;
        int64_t amount, earned;
    } steps[] = {{"D1", 50000000, 0},
                 {"D2", 19000000, 0},      /* 69 % */
                 {"D3", 1000000, 7000000}, /* 70 % exactly */
                 {"D4", 20000000, 9000000}};
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_YEAR,
                                      .gates = {{{.kind = SL_INDEX_ATTAINMENT}, 700000}},
                                      .gate_count = 1,
                                      .rows = {{0, 100000}},
                                      .row_count = 1}});
    QUOTA(t, "ann", "2025", 100000000);

    for (size_t i = 0; i < COUNT(steps); i++) {
        (void)sell(t, steps[i].deal, "2025-02-03", steps[i].amount);
        struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
        assert_int_equal(answer.total_minor, steps[i].earned);
        assert_int_equal(answer.lines[0].gate_open, steps[i].earned > 0);
    }
}

static void example_15_a_split_pays_each_his_share(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 100000}}, .row_count = 1}});

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 15000000,
                    .credits = {{"ann", 600000, SL_CREDIT_DIRECT, NULL},
                                {"bob", 400000, SL_CREDIT_DIRECT, NULL}},
                    .credit_count = 2);

    assert_int_equal(earned(t, "ann", "2025"), 900000);
    assert_int_equal(earned(t, "bob", "2025"), 600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(example_4_the_rate_of_the_row_holds_for_the_whole_amount),
        LEDGER_TEST(example_5_exactly_on_a_bound_the_edge_decides),
        LEDGER_TEST(example_6_marginal_tiers_of_one_deal),
        LEDGER_TEST(example_7_a_deal_that_ends_in_the_second_tier),
        LEDGER_TEST(example_8_an_accelerator_as_a_factor),
        LEDGER_TEST(example_9_a_rate_from_target_pay),
        LEDGER_TEST(example_10_a_decelerator_below_half),
        LEDGER_TEST(example_11_a_gate_opens_from_the_first_unit),
        LEDGER_TEST(example_15_a_split_pays_each_his_share),
    };
    return RUN_LEDGER_TESTS(tests);
}
