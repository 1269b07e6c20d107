/* Plans and rankings go by the same targets as the question for targets: derived where none was set for just the period. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "projections/target_days.h"

static void set(struct sl_test_ledger *t, const char *period, int64_t amount)
{
    (void)ADD_TARGET(t, .person = "ann", .period = period, .amount = amount);
}

static void sell(struct sl_test_ledger *t, const char *deal, const char *date, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = "ann", .amount = amount,
                    .date = date);
}

static void plans_and_rankings_go_by_derived_targets(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    set(t, "2025", 1200);
    sell(t, "D1", "2025-01-05", 150);
    (void)sl_test_add(t, BUILD_PLAN(&t->builder, .plan = "p", .attainment_of = "booked.amount",
                                    .window = SL_PLAN_WINDOW_MONTH, .rows = {{0, 100000}},
                                    .row_count = 1));

    struct sl_rank_answer rank = RANK(t, .period = "2025-01", .by = SL_RANK_BY_ATTAINMENT);
    struct sl_statement_answer statement = sl_test_statement(t, "ann", "2025-01");

    assert_int_equal(rank.rows[0].value.numerator, 1500000 * rank.rows[0].value.denominator);
    assert_true(statement.lines[0].has_target);
    assert_int_equal(statement.lines[0].target, 100);
    assert_int_equal(statement.lines[0].target_origins.count, 1);
    assert_text(statement.lines[0].target_origins.items[0].period, "2025");
    assert_int_equal(statement.lines[0].target_origins.items[0].amount, 1200);
    assert_int_equal(statement.lines[0].target_origins.items[0].part, 100);
}

/* Not paid as if there were none. */
static void where_a_target_cannot_be_made_plans_and_rankings_refuse(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_day first = DAY("2020-01-01");
    struct sl_period all = {first, {first.v + (int32_t)SL_TARGET_STRETCHES_MAX + 1}};
    char text[SL_PERIOD_TEXT_MAX];
    for (sl_day day = all.start; day.v < all.end.v; day.v++) {
        (void)sl_day_format(day, text);
        set(t, text, 1);
    }
    sell(t, "D1", "2020-01-05", 150);
    (void)sl_day_format(all.end, text);
    (void)ADD_PLAN(t, .from = "2020-01-01",
                   .components = {{.window = SL_PLAN_WINDOW_FIXED,
                                   .window_from = "2020-01-01",
                                   .window_to = text,
                                   .index = {.kind = SL_INDEX_ATTAINMENT},
                                   .rows = {{0, 100000}},
                                   .row_count = 1}});
    (void)sl_period_format(all, 1, text);
    struct sl_statement_answer statement;
    struct sl_statement_query query = {.person = SLICE("ann"), .period = SLICE(text)};
    struct sl_rank_answer rank;
    struct sl_rank_query rank_query = {
        .measure = SLICE("booked.amount"), .period = SLICE(text), .by = SL_RANK_BY_ATTAINMENT};

    assert_err(SL_E_TOO_BIG,
               sl_ledger_statement(t->ledger, &query, &t->answers, &statement, &t->diag));
    assert_string_equal(t->diag.field, "statement.period");
    assert_err(SL_E_TOO_BIG, sl_ledger_rank(t->ledger, &rank_query, &t->answers, &rank, &t->diag));
    assert_string_equal(t->diag.field, "rank.period");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(plans_and_rankings_go_by_derived_targets),
        LEDGER_TEST(where_a_target_cannot_be_made_plans_and_rankings_refuse),
    };
    return RUN_LEDGER_TESTS(tests);
}
