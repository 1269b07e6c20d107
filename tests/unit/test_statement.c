/* Statements: what a person earns by the plans assigned to him, line by line, from events to minor units. */
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

static void assert_parts_sum_to_the_line(const struct sl_statement_answer *answer)
{
    int64_t total = 0;
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct sl_statement_line *line = &answer->lines[i];
        int64_t parts = 0;
        for (size_t k = 0; k < line->deal_count; k++) {
            parts += line->deals[k].earned_minor;
        }
        assert_int_equal(parts, line->earned_minor);
        total += line->earned_minor;
    }
    assert_int_equal(total, answer->total_minor);
}

/* ── windows ── */

static void a_window_is_evaluated_whole_for_a_part_of_it(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                      .mode = SL_CURVE_WHOLE,
                                      .rows = {{0, 10000}, {1000, 100000}},
                                      .row_count = 2}});
    (void)sell(t, "D1", "2025-01-15", 600);
    (void)sell(t, "D2", "2025-03-15", 600);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-02");

    assert_int_equal(answer.line_count, 1);
    assert_text(answer.lines[0].window, "2025-Q1");
    assert_int_equal(answer.total_minor, 120);
}

static void each_window_with_facts_is_a_line(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t, .components = {{.window = SL_PLAN_WINDOW_MONTH, .rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2025-01-31", 100);
    (void)sell(t, "D2", "2025-03-01", 300);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    assert_int_equal(answer.line_count, 2);
    assert_text(answer.lines[0].window, "2025-01");
    assert_text(answer.lines[1].window, "2025-03");
    assert_int_equal(answer.lines[1].earned_minor, 30);
}

static void weeks_are_windows_across_months(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_WEEK,
                                      .mode = SL_CURVE_WHOLE,
                                      .rows = {{0, 0}, {200, 100000}},
                                      .row_count = 2}});
    (void)sell(t, "D1", "2025-06-30", 100);
    (void)sell(t, "D2", "2025-07-01", 100);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-07-01");

    assert_text(answer.lines[0].window, "2025-W27");
    assert_int_equal(answer.total_minor, 20);
}

static void a_fixed_window_has_its_own_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_FIXED,
                                      .window_from = "2025-01-20",
                                      .window_to = "2025-02-20",
                                      .rows = {{0, 100000}},
                                      .row_count = 1}});
    (void)sell(t, "D1", "2025-01-19", 1000);
    (void)sell(t, "D2", "2025-01-20", 100);
    (void)sell(t, "D3", "2025-02-19", 100);
    (void)sell(t, "D4", "2025-02-20", 1000);

    assert_int_equal(earned(t, "ann", "2025"), 20);
    assert_int_equal(earned(t, "ann", "2025-02"), 20);
    assert_int_equal(earned(t, "ann", "2025-03"), 0);
}

static void a_deal_belongs_to_the_period_of_its_first_fact(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2025-03-31", 1000);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .amount = 500, .date = "2025-04-10");
    (void)sell(t, "D2", "2025-04-01", 10);

    assert_int_equal(earned(t, "ann", "2025-Q1"), 150);
    assert_int_equal(earned(t, "ann", "2025-Q2"), 1);
    assert_int_equal(earned(t, "ann", "2025"), 151);
}

static void a_fiscal_year_moves_the_windows(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);
    (void)ADD_PLAN(
        t, .components = {{.window = SL_PLAN_WINDOW_YEAR, .rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2026-03-31", 100);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.total_minor, 10);
    assert_text(answer.lines[0].window, "2025");
}

/* ── versions ── */

static void a_version_that_changes_inside_a_window_makes_two_lines(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1,
                   .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                   .index = {.kind = SL_INDEX_ATTAINMENT},
                                   .mode = SL_CURVE_WHOLE,
                                   .rows = {{0, 10000}, {1000000, 20000}},
                                   .row_count = 2}});
    (void)ADD_PLAN(t, .version = 2, .from = "2025-02-15",
                   .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                   .index = {.kind = SL_INDEX_ATTAINMENT},
                                   .mode = SL_CURVE_WHOLE,
                                   .rows = {{0, 30000}, {1000000, 40000}},
                                   .row_count = 2}});
    QUOTA(t, "ann", "2025-Q1", 90000);
    (void)sell(t, "D1", "2025-02-14", 45000);
    (void)sell(t, "D2", "2025-02-15", 44999);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].plan_version, 1);
    assert_text(answer.lines[0].window, "2025-01-01..2025-02-15");
    assert_int_equal(answer.lines[0].target, 45000); /* 45 of 90 days */
    assert_int_equal(answer.lines[0].earned_minor, 900);
    assert_int_equal(answer.lines[1].plan_version, 2);
    assert_text(answer.lines[1].window, "2025-02-15..2025-04-01");
    assert_int_equal(answer.lines[1].target, 45000);
    assert_int_equal(answer.lines[1].earned_minor, 1350);
}

static void a_draft_changes_nothing_that_is_earned(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1,
                   .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                   .mode = SL_CURVE_WHOLE,
                                   .rows = {{0, 10000}, {150000, 50000}},
                                   .row_count = 2}});
    (void)sell(t, "D1", "2025-01-20", 100000);
    (void)sell(t, "D2", "2025-03-10", 100000);
    int64_t before = sl_test_statement(t, "ann", "2025-01").total_minor;

    (void)ADD_PLAN(t, .version = 2, .from = "2025-02-10", .is_draft = true,
                   .components = {{.rows = {{0, 1}}, .row_count = 1}});

    assert_int_equal(before, 10000); /* the whole quarter's */
    assert_int_equal(sl_test_statement(t, "ann", "2025-01").total_minor, before);
    assert_int_equal(sl_test_statement(t, "ann", "2025-03").total_minor, before);
    assert_int_equal(sl_test_statement(t, "ann", "2025-Q1").total_minor, before);
}

static void the_target_of_a_part_of_a_window_is_by_weights(void **state)
{
    struct sl_test_ledger *t = *state;
    static const int64_t weights[] = {1, 2, 6};
    struct sl_build_component by_attainment = {.window = SL_PLAN_WINDOW_QUARTER,
                                               .index = {.kind = SL_INDEX_ATTAINMENT},
                                               .mode = SL_CURVE_WHOLE,
                                               .rows = {{0, 10000}},
                                               .row_count = 1};
    (void)ADD_PLAN(t, .version = 1, .components = {by_attainment});
    (void)ADD_PLAN(t, .version = 2, .from = "2025-02-15", .components = {by_attainment});
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-Q1", .amount = 90000, .weights = weights,
                     .weight_count = COUNT(weights));
    (void)sell(t, "D1", "2025-02-14", 1);
    (void)sell(t, "D2", "2025-02-15", 1);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    assert_int_equal(answer.lines[0].target, 20000); /* January, and half of February */
    assert_int_equal(answer.lines[1].target, 70000);
}

static void a_plan_that_ends_pays_nothing_after(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .from = "2025-01-10", .to = "2025-01-20",
                   .components = {{.rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2025-01-09", 1000);
    (void)sell(t, "D2", "2025-01-10", 100);
    (void)sell(t, "D3", "2025-01-19", 100);
    (void)sell(t, "D4", "2025-01-20", 1000);

    assert_int_equal(earned(t, "ann", "2025"), 20);
}

/* ── scopes ── */

static void add_managed_tree(struct sl_test_ledger *t)
{
    (void)ADD_UNIT(t, "north", .manager = "meg");
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "desk", .parent = "n1");
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "n1");
    (void)ADD_PERSON(t, "cat", .unit = "desk");
    (void)ADD_CLOSE(t, .deal = "A", .kind = SL_CLOSE_WON, .person = "ann", .amount = 10);
    (void)ADD_CLOSE(t, .deal = "B", .kind = SL_CLOSE_WON, .person = "bob", .amount = 200);
    (void)ADD_CLOSE(t, .deal = "C", .kind = SL_CLOSE_WON, .person = "cat", .amount = 3000);
}

static void a_subtree_reaches_as_deep_as_the_component_says(void **state)
{
    struct sl_test_ledger *t = *state;
    add_managed_tree(t);
    (void)ADD_PLAN(
        t, .components = {
               {.id = "all", .scope = SL_SCOPE_SUBTREE, .rows = {{0, 1000000}}, .row_count = 1},
               {.id = "one",
                .scope = SL_SCOPE_SUBTREE,
                .depth = 1,
                .rows = {{0, 1000000}},
                .row_count = 1}});

    struct sl_statement_answer answer = sl_test_statement(t, "meg", "2025");

    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].earned_minor, 3210);
    assert_int_equal(answer.lines[1].earned_minor, 210);
    assert_parts_sum_to_the_line(&answer);
}

static void a_subtree_is_that_of_the_day(void **state)
{
    struct sl_test_ledger *t = *state;
    add_managed_tree(t);
    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-02-10");
    (void)ADD_CLOSE(t, .deal = "E", .kind = SL_CLOSE_WON, .person = "bob", .amount = 40000,
                    .date = "2025-02-09");
    (void)ADD_CLOSE(t, .deal = "F", .kind = SL_CLOSE_WON, .person = "bob", .amount = 500000,
                    .date = "2025-02-10");

    (void)ADD_PLAN(
        t, .components = {{.scope = SL_SCOPE_SUBTREE, .rows = {{0, 1000000}}, .row_count = 1}});

    assert_int_equal(earned(t, "meg", "2025"), 43210);
}

static void own_direct_and_own_overlay_are_scopes_apart(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.id = "direct", .rows = {{0, 1000000}}, .row_count = 1},
                                     {.id = "overlay",
                                      .scope = SL_SCOPE_OWN_OVERLAY,
                                      .rows = {{0, 1000000}},
                                      .row_count = 1}});

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 1000,
                    .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                {"ann", 250000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 2);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].earned_minor, 1000);
    assert_int_equal(answer.lines[1].earned_minor, 250);
}

/* ── limits, gates, factors ── */

static void a_limit_per_deal_cuts_each_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.deal_max = 50, .rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2025-02-03", 400);
    (void)sell(t, "D2", "2025-02-03", 9000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(earned_of_deal(&answer, 0), 40);
    assert_int_equal(earned_of_deal(&answer, 1), 50);
    assert_int_equal(answer.lines[0].limited_minor, 90 - 940);
}

static void a_limit_per_window_cuts_the_fact_that_passes_it(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_MONTH,
                                      .window_max = 100,
                                      .rows = {{0, 100000}},
                                      .row_count = 1}});
    (void)sell(t, "D1", "2025-02-01", 800);
    (void)sell(t, "D2", "2025-02-02", 800);
    (void)sell(t, "D3", "2025-03-01", 800);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 2);
    assert_int_equal(answer.lines[0].deals[0].earned_minor, 80);
    assert_int_equal(answer.lines[0].deals[1].earned_minor, 20);
    assert_int_equal(answer.lines[1].earned_minor, 80);
    assert_parts_sum_to_the_line(&answer);
}

static void every_row_of_a_gate_must_be_reached(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_MONTH,
                                      .gates = {{{.kind = SL_INDEX_BASE}, 1000},
                                                {{.kind = SL_INDEX_ATTAINMENT}, 500000}},
                                      .gate_count = 2,
                                      .rows = {{0, 100000}},
                                      .row_count = 1}});
    QUOTA(t, "ann", "2025-02", 1000);
    (void)sell(t, "D1", "2025-02-01", 999);
    assert_int_equal(earned(t, "ann", "2025-02"), 0);

    (void)sell(t, "D2", "2025-02-01", 1);
    assert_int_equal(earned(t, "ann", "2025-02"), 100);
    QUOTA(t, "ann", "2025-02", 2001);

    assert_int_equal(earned(t, "ann", "2025-02"), 0);
}

static void a_gate_may_ask_for_another_measure(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t,
        .components = {
            {.window = SL_PLAN_WINDOW_MONTH,
             .gates = {{{.kind = SL_INDEX_ATTAINMENT, .measure = "contact.count:VISIT"}, 1000000}},
             .gate_count = 1,
             .rows = {{0, 100000}},
             .row_count = 1}});
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-02", .measure = "contact.count:VISIT",
                     .amount = SL_PPM);
    (void)sell(t, "D1", "2025-02-01", 1000);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann", .kind = 1, .date = "2025-02-02");
    assert_int_equal(earned(t, "ann", "2025-02"), 0);

    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann", .kind = 2, .date = "2025-02-02");

    assert_int_equal(earned(t, "ann", "2025-02"), 100);
}

static void a_factor_without_a_target_withholds_what_it_multiplies(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t, .components = {{.window = SL_PLAN_WINDOW_YEAR, .rows = {{0, 100000}}, .row_count = 1},
                          {.id = "boost",
                           .kind = SL_COMPONENT_FACTOR,
                           .factor_of = "pay",
                           .window = SL_PLAN_WINDOW_YEAR,
                           .index = {.kind = SL_INDEX_ATTAINMENT},
                           .mode = SL_CURVE_WHOLE,
                           .value = SL_VALUE_FACTOR,
                           .rows = {{0, 1000000}},
                           .row_count = 1}});

    (void)sell(t, "D1", "2025-02-01", 1000);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
    assert_int_equal(answer.total_minor, 0);
    assert_int_equal(answer.lines[0].factor_ppm, 0);
}

/* A LINEAR curve over attainment, for a rate and for the factors of it. */
#define LINEAR_OVER(measure_name, from_0, y_0, from_1, y_1)                                        \
    .window = SL_PLAN_WINDOW_YEAR,                                                                 \
    .index = {.kind = SL_INDEX_ATTAINMENT, .measure = (measure_name)}, .mode = SL_CURVE_LINEAR,    \
    .rows = {{(from_0), (y_0)}, {(from_1), (y_1)}}, .row_count = 2

static void linear_factors_of_a_linear_rate_are_exact_without_common_divisors(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{LINEAR_OVER(NULL, 0, 20011, 1000003, 50021)},
                                     {.id = "volume",
                                      .kind = SL_COMPONENT_FACTOR,
                                      .factor_of = "pay",
                                      .value = SL_VALUE_FACTOR,
                                      LINEAR_OVER(NULL, 0, 500009, 1000003, 1500007)},
                                     {.id = "margin",
                                      .kind = SL_COMPONENT_FACTOR,
                                      .factor_of = "pay",
                                      .value = SL_VALUE_FACTOR,
                                      LINEAR_OVER("booked.margin", 0, 700001, 1000033, 1300021)}});
    QUOTA(t, "ann", "2025", 999999999989);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .measure = "booked.margin",
                     .amount = 314159265359);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-02-01",
                    .amount = 123456789011, .cost = 23456789017);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-02-02",
                    .amount = 765432109877, .cost = 565432109879);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    /* 4.67 % x 1.3889 x 1.2730, computed apart, by Python's Fraction. */
    const struct sl_statement_line *line = &answer.lines[0];
    assert_int_equal(line->factors[0].factor_ppm, 1388893);
    assert_int_equal(line->factors[1].factor_ppm, 1272959);
    assert_int_equal(line->factor_ppm, 1768004);
    assert_int_equal(line->deals[0].earned_minor, 10190357298);
    assert_int_equal(line->deals[1].earned_minor, 63180216732);
    assert_int_equal(line->deals[1].uplift_minor, 5013830975);
    assert_int_equal(line->deals[1].rate_ppm, 46686);
    assert_int_equal(answer.total_minor, 73370574030);
    assert_parts_sum_to_the_line(&answer);
}

/* ── filters ── */

static void filters_let_through_what_they_name(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_CUSTOMER(t, "acme", .region = "east");
    (void)ADD_CLOSE(
        t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .person = "ann",
        .lines = {{.product = "anvil", .amount = 10}, {.product = "bolt", .amount = 200}},
        .line_count = 2, .date = "2025-02-01");
    (void)ADD_CLOSE(t, .deal = "D2", .customer = "bcorp", .kind = SL_CLOSE_WON, .person = "ann",
                    .product = "bolt", .amount = 3000, .date = "2025-02-02");
    static const struct {
        const char *product, *line, *customer, *region, *from, *to;
        int64_t line_min, line_max, earned;
    } cases[] = {
        {.product = "anvil", .earned = 10},     {.line = "iron", .earned = 10},
        {.customer = "acme", .earned = 210},    {.region = "east", .earned = 210},
        {.from = "2025-02-02", .earned = 3000}, {.to = "2025-02-02", .earned = 210},
        {.line_min = 200, .earned = 3200},      {.line_max = 200, .earned = 210},
        {.product = "unheard-of", .earned = 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t plan = ADD_PLAN(t, .version = (int32_t)i + 1,
                                 .components = {{.product = cases[i].product,
                                                 .line = cases[i].line,
                                                 .customer = cases[i].customer,
                                                 .region = cases[i].region,
                                                 .filter_from = cases[i].from,
                                                 .filter_to = cases[i].to,
                                                 .line_min = cases[i].line_min,
                                                 .line_max = cases[i].line_max,
                                                 .rows = {{0, 1000000}},
                                                 .row_count = 1}});
        struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
        assert_int_equal(answer.total_minor, cases[i].earned);
        assert_true(answer.line_count == 0 || answer.lines[0].plan_seq == plan);
    }
}

static void streams_and_quantities_are_filters_too(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t, .components = {
               {.id = "cash", .stream = SL_STREAM_COLLECTED, .rows = {{0, 100000}}, .row_count = 1},
               {.id = "units",
                .quantity = SL_QUANTITY_UNITS,
                .value = SL_VALUE_PER_UNIT,
                .rows = {{0, 7}},
                .row_count = 1},
               {.id = "margin",
                .quantity = SL_QUANTITY_MARGIN,
                .rows = {{0, 500000}},
                .row_count = 1}});
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1000,
                    .cost = 400, .quantity = 5000);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_COLLECTED, .amount = 300);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 3);
    assert_int_equal(answer.lines[0].earned_minor, 30);
    assert_int_equal(answer.lines[1].earned_minor, 35);
    assert_int_equal(answer.lines[2].earned_minor, 300);
}

/* ── rounding and explanation ── */

static void each_deal_is_rounded_or_the_window_once(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(
        t, .components = {
               {.id = "deal", .window = SL_PLAN_WINDOW_MONTH, .rows = {{0, 10000}}, .row_count = 1},
               {.id = "window",
                .window = SL_PLAN_WINDOW_MONTH,
                .round_at = SL_ROUND_AT_WINDOW,
                .rows = {{0, 10000}},
                .row_count = 1}});
    (void)sell(t, "D1", "2025-02-01", 50);
    (void)sell(t, "D2", "2025-02-01", 50);
    (void)sell(t, "D3", "2025-02-01", 50);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.lines[0].earned_minor, 0); /* three times half a cent, to even */
    assert_int_equal(answer.lines[1].earned_minor, 2); /* 1.5, to even */
    assert_parts_sum_to_the_line(&answer);
}

static void a_plan_may_round_half_up(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .rounding = SL_ROUND_HALF_UP,
                   .components = {{.rows = {{0, 10000}}, .row_count = 1}});

    (void)sell(t, "D1", "2025-02-01", 50);

    assert_int_equal(earned(t, "ann", "2025"), 1);
}

static void an_explanation_shows_each_fact_and_sums_to_the_line(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                      .rows = {{0, 10000}, {1000, 20000}},
                                      .row_count = 2}});
    uint64_t second = ADD_CLOSE(t, .deal = "D2", .customer = "acme", .kind = SL_CLOSE_WON,
                                .product = "anvil", .amount = 1600, .date = "2025-02-02",
                                .credits = {{"ann", 500000, SL_CREDIT_DIRECT, NULL},
                                            {"bob", 500000, SL_CREDIT_DIRECT, NULL}},
                                .credit_count = 2);
    uint64_t first = sell(t, "D1", "2025-02-01", 600);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    const struct sl_statement_line *line = &answer.lines[0];
    assert_int_equal(line->deal_count, 2);
    assert_int_equal(line->deals[0].seq, first);
    assert_int_equal(line->deals[1].seq, second);
    assert_text(line->deals[1].deal, "D2");
    assert_text(line->deals[1].customer, "acme");
    assert_text(line->deals[1].product, "anvil");
    assert_int_equal(line->deals[1].share_ppm, 500000);
    assert_int_equal(line->deals[1].base, 800);
    assert_int_equal(line->deals[1].base_after, 1400);
    assert_int_equal(line->base, 1400);
    assert_int_equal(line->earned_minor, 18);
    assert_parts_sum_to_the_line(&answer);
}

static void the_fact_that_crosses_shows_its_uplift_on_earlier_ones(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.window = SL_PLAN_WINDOW_QUARTER,
                                      .mode = SL_CURVE_WHOLE,
                                      .round_at = SL_ROUND_AT_WINDOW,
                                      .rows = {{0, 100000}, {1000, 200000}},
                                      .row_count = 2}});
    (void)sell(t, "D1", "2025-02-01", 900);
    (void)sell(t, "D2", "2025-02-02", 100);

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025-Q1");

    assert_int_equal(earned_of_deal(&answer, 0), 90);
    assert_int_equal(earned_of_deal(&answer, 1), 110);
    assert_int_equal(answer.lines[0].deals[1].uplift_minor, 90);
}

static void without_explain_there_are_no_facts(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_statement_answer answer;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 100000}}, .row_count = 1}});
    (void)sell(t, "D1", "2025-02-01", 1000);
    struct sl_statement_query query = {.person = SLICE("ann"), .period = SLICE("2025")};

    assert_ok(sl_ledger_statement(t->ledger, &query, &t->answers, &answer, &t->diag));

    assert_int_equal(answer.total_minor, 100);
    assert_int_equal(answer.lines[0].deal_count, 0);
}

static void a_cancellation_takes_back_what_the_deal_earned(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.rows = {{0, 10000}, {1000, 20000}}, .row_count = 2}});
    (void)sell(t, "D1", "2025-02-01", 1500);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 1500,
                    .date = "2025-02-10");

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");
    assert_int_equal(answer.total_minor, 0);
    assert_int_equal(earned_of_deal(&answer, 0), 20);
    assert_int_equal(earned_of_deal(&answer, 1), -20);
}

/* ── refusals ── */

static void what_cannot_be_stated_is_named(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_statement_answer answer;
    (void)ADD_PERSON(t, "ann", .unit = "team");
    struct sl_statement_query nobody = {.person = SLICE("x"), .period = SLICE("2025")};
    struct sl_statement_query no_plan = {
        .person = SLICE("ann"), .period = SLICE("2025"), .plan = SLICE("x")};
    struct sl_statement_query no_period = {.person = SLICE("ann"), .period = SLICE("x")};
    struct sl_statement_query earlier = {
        .person = SLICE("ann"), .period = SLICE("2025"), .at = {.is_set = true}};

    assert_err(SL_E_NOT_FOUND,
               sl_ledger_statement(t->ledger, &nobody, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "statement.person");
    assert_err(SL_E_NOT_FOUND,
               sl_ledger_statement(t->ledger, &no_plan, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "statement.plan");
    assert_err(SL_E_BAD_PERIOD,
               sl_ledger_statement(t->ledger, &no_period, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "statement.period");
    assert_err(SL_E_UNSUPPORTED,
               sl_ledger_statement(t->ledger, &earlier, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "statement.at");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_window_is_evaluated_whole_for_a_part_of_it),
        LEDGER_TEST(each_window_with_facts_is_a_line),
        LEDGER_TEST(weeks_are_windows_across_months),
        LEDGER_TEST(a_fixed_window_has_its_own_days),
        LEDGER_TEST(a_deal_belongs_to_the_period_of_its_first_fact),
        LEDGER_TEST(a_fiscal_year_moves_the_windows),
        LEDGER_TEST(a_version_that_changes_inside_a_window_makes_two_lines),
        LEDGER_TEST(a_draft_changes_nothing_that_is_earned),
        LEDGER_TEST(the_target_of_a_part_of_a_window_is_by_weights),
        LEDGER_TEST(a_plan_that_ends_pays_nothing_after),
        LEDGER_TEST(a_subtree_reaches_as_deep_as_the_component_says),
        LEDGER_TEST(a_subtree_is_that_of_the_day),
        LEDGER_TEST(own_direct_and_own_overlay_are_scopes_apart),
        LEDGER_TEST(a_limit_per_deal_cuts_each_deal),
        LEDGER_TEST(a_limit_per_window_cuts_the_fact_that_passes_it),
        LEDGER_TEST(every_row_of_a_gate_must_be_reached),
        LEDGER_TEST(a_gate_may_ask_for_another_measure),
        LEDGER_TEST(a_factor_without_a_target_withholds_what_it_multiplies),
        LEDGER_TEST(linear_factors_of_a_linear_rate_are_exact_without_common_divisors),
        LEDGER_TEST(filters_let_through_what_they_name),
        LEDGER_TEST(streams_and_quantities_are_filters_too),
        LEDGER_TEST(each_deal_is_rounded_or_the_window_once),
        LEDGER_TEST(a_plan_may_round_half_up),
        LEDGER_TEST(an_explanation_shows_each_fact_and_sums_to_the_line),
        LEDGER_TEST(the_fact_that_crosses_shows_its_uplift_on_earlier_ones),
        LEDGER_TEST(without_explain_there_are_no_facts),
        LEDGER_TEST(a_cancellation_takes_back_what_the_deal_earned),
        LEDGER_TEST(what_cannot_be_stated_is_named),
    };
    return RUN_LEDGER_TESTS(tests);
}
