/* The facts of a plan component: what a line counts for, seen through what statements earn. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"

/* ── margin by cost ── */

/* Pays booked margin by the year, at the rate of booked.margin / booked.amount: 10 % from 40 % on, 1 % below. */
static void pay_margin_by_rate(struct sl_test_ledger *t)
{
    (void)ADD_PLAN(t, .components = {{.quantity = SL_QUANTITY_MARGIN,
                                      .window = SL_PLAN_WINDOW_YEAR,
                                      .index = {.kind = SL_INDEX_RATIO,
                                                .measure = "booked.margin",
                                                .denominator = "booked.amount"},
                                      .mode = SL_CURVE_WHOLE,
                                      .rows = {{0, 10000}, {400000, 100000}},
                                      .row_count = 2}});
}

static void assert_index_is_the_margin_rate(struct sl_test_ledger *t,
                                            const struct sl_statement_line *line)
{
    struct sl_value rate = sl_test_value(t, "margin.rate", "2025", OF_PERSON("ann"));
    assert_int_equal(line->index.numerator * rate.denominator,
                     rate.numerator * line->index.denominator);
}

static void lines_without_a_cost_do_not_water_down_a_margin_ratio(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_margin_by_rate(t);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.product = "x", .amount = 10000, .cost = 5000, .has_cost = true},
                              {.product = "y", .amount = 10000}},
                    .line_count = 2);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .product = "y",
                    .amount = 30000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 1);
    assert_int_equal(answer.lines[0].index.numerator, 500000 * answer.lines[0].index.denominator);
    assert_index_is_the_margin_rate(t, &answer.lines[0]);
    assert_int_equal(answer.total_minor, 500);
}

static void without_any_cost_a_margin_ratio_is_undefined(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_margin_by_rate(t);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .product = "y",
                    .amount = 10000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 1);
    assert_int_equal(answer.lines[0].index.denominator, 0);
    assert_int_equal(answer.total_minor, 0);
}

static void a_cancellation_with_its_cost_leaves_the_margin_ratio_as_it_was(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_margin_by_rate(t);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .product = "x",
                    .amount = 10000, .cost = 5000);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .person = "ann",
                    .lines = {{.product = "x", .amount = 4000, .cost = 2000, .has_cost = true}},
                    .line_count = 1);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.lines[0].index.numerator, 500000 * answer.lines[0].index.denominator);
    assert_index_is_the_margin_rate(t, &answer.lines[0]);
    assert_int_equal(answer.total_minor, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(lines_without_a_cost_do_not_water_down_a_margin_ratio),
        LEDGER_TEST(without_any_cost_a_margin_ratio_is_undefined),
        LEDGER_TEST(a_cancellation_with_its_cost_leaves_the_margin_ratio_as_it_was),
    };
    return RUN_LEDGER_TESTS(tests);
}
