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

/* ── filters by size ── */

static void pay_lines_from(struct sl_test_ledger *t, int64_t line_min, int64_t line_max)
{
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_YEAR,
                                      .line_min = line_min,
                                      .line_max = line_max,
                                      .rows = {{0, 1000000}},
                                      .row_count = 1}});
}

/* Of deal D. */
static void
close_deal(struct sl_test_ledger *t, enum sl_close_kind kind, const char *product, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = "D", .kind = kind, .person = "ann", .product = product,
                    .amount = amount);
}

static int64_t base_of_ann(struct sl_test_ledger *t)
{
    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
    return answer.line_count == 0 ? -1 : answer.lines[0].base;
}

static void a_line_that_was_paid_is_taken_back_by_halves(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 1000, 0);
    close_deal(t, SL_CLOSE_WON, "x", 1500);
    assert_int_equal(base_of_ann(t), 1500);

    close_deal(t, SL_CLOSE_CANCELLED, "x", 750);
    assert_int_equal(base_of_ann(t), 750);
    close_deal(t, SL_CLOSE_RETURNED, "x", 750);

    assert_int_equal(base_of_ann(t), 0);
}

static void a_line_that_was_too_large_is_not_taken_back(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 0, 1000);
    close_deal(t, SL_CLOSE_WON, "x", 1500);

    close_deal(t, SL_CLOSE_CANCELLED, "x", 750);

    assert_int_equal(base_of_ann(t), -1);
}

static void the_line_of_the_same_product_and_amount_is_taken_back_or_else_the_largest(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 1000, 0);
    (void)ADD_CLOSE(t, .deal = "D", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.product = "x", .amount = 200},
                              {.product = "x", .amount = 1500},
                              {.product = "x", .amount = 100},
                              {.product = "y", .amount = 400}},
                    .line_count = 4);
    assert_int_equal(base_of_ann(t), 1500);

    close_deal(t, SL_CLOSE_CANCELLED, "x", 200);
    assert_int_equal(base_of_ann(t), 1500);
    close_deal(t, SL_CLOSE_CANCELLED, "y", 300);
    assert_int_equal(base_of_ann(t), 1500);
    close_deal(t, SL_CLOSE_CANCELLED, "x", 300);
    assert_int_equal(base_of_ann(t), 1200);
}

static void a_line_of_a_product_that_was_not_won_has_its_own_size(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 1000, 0);
    close_deal(t, SL_CLOSE_WON, "x", 1500);
    close_deal(t, SL_CLOSE_AMENDED, "z", 900);

    close_deal(t, SL_CLOSE_CANCELLED, "z", 900);

    assert_int_equal(base_of_ann(t), 1500);
}

static void a_deal_won_again_is_judged_by_its_latest_win(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 1000, 0);
    close_deal(t, SL_CLOSE_WON, "x", 1500);
    close_deal(t, SL_CLOSE_CANCELLED, "x", 1500);
    close_deal(t, SL_CLOSE_WON, "x", 900);

    close_deal(t, SL_CLOSE_CANCELLED, "x", 500);

    assert_int_equal(base_of_ann(t), 0);
}

static void a_corrected_win_has_its_corrected_size(void **state)
{
    struct sl_test_ledger *t = *state;
    pay_lines_from(t, 1000, 0);
    uint64_t seq = ADD_CLOSE(t, .deal = "D", .kind = SL_CLOSE_WON, .person = "ann", .product = "x",
                             .amount = 900);
    close_deal(t, SL_CLOSE_CANCELLED, "x", 500);
    assert_int_equal(base_of_ann(t), -1);

    (void)sl_test_add_replace(t, seq,
                              BUILD_CLOSE(&t->builder, .deal = "D", .kind = SL_CLOSE_WON,
                                          .person = "ann", .product = "x", .amount = 2000));

    assert_int_equal(base_of_ann(t), 1500);
}

static void in_the_stream_of_returns_a_return_has_its_own_size(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.stream = SL_STREAM_RETURNED,
                                      .window = SL_PLAN_WINDOW_YEAR,
                                      .line_min = 1000,
                                      .rows = {{0, 1000000}},
                                      .row_count = 1}});
    close_deal(t, SL_CLOSE_WON, "x", 5000);
    close_deal(t, SL_CLOSE_RETURNED, "x", 1200);

    close_deal(t, SL_CLOSE_RETURNED, "x", 700);

    assert_int_equal(base_of_ann(t), 1200);
}

/* ── factors that are more than can be shown ── */

#define THOUSANDFOLD(name)                                                                         \
    {                                                                                              \
        .id = (name), .kind = SL_COMPONENT_FACTOR, .factor_of = "pay",                             \
        .window = SL_PLAN_WINDOW_YEAR, .value = SL_VALUE_FACTOR, .mode = SL_CURVE_STEP,            \
        .rows = {{0, 1000000000}}, .row_count = 1                                                  \
    }

static void a_line_that_fits_is_paid_whatever_its_factors_come_to(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_YEAR,
                                      .rows = {{0, 1}},
                                      .row_count = 1,
                                      .mode = SL_CURVE_WHOLE},
                                     THOUSANDFOLD("a"),
                                     THOUSANDFOLD("b"),
                                     THOUSANDFOLD("c"),
                                     THOUSANDFOLD("d"),
                                     THOUSANDFOLD("e")});
    (void)ADD_CLOSE(t, .deal = "D", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.total_minor, 100000000000); /* 100 x 10^-6 x 10^15 */
    assert_int_equal(answer.lines[0].factor_ppm, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(lines_without_a_cost_do_not_water_down_a_margin_ratio),
        LEDGER_TEST(without_any_cost_a_margin_ratio_is_undefined),
        LEDGER_TEST(a_cancellation_with_its_cost_leaves_the_margin_ratio_as_it_was),
        LEDGER_TEST(a_line_that_was_paid_is_taken_back_by_halves),
        LEDGER_TEST(a_line_that_was_too_large_is_not_taken_back),
        LEDGER_TEST(the_line_of_the_same_product_and_amount_is_taken_back_or_else_the_largest),
        LEDGER_TEST(a_line_of_a_product_that_was_not_won_has_its_own_size),
        LEDGER_TEST(a_deal_won_again_is_judged_by_its_latest_win),
        LEDGER_TEST(a_corrected_win_has_its_corrected_size),
        LEDGER_TEST(in_the_stream_of_returns_a_return_has_its_own_size),
        LEDGER_TEST(a_line_that_fits_is_paid_whatever_its_factors_come_to),
    };
    return RUN_LEDGER_TESTS(tests);
}
