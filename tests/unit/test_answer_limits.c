/* Answers have a maximum: at it they are whole, above it they are refused with what to ask instead, never cut in silence. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "projections/statement_parts.h"

static void sell(struct sl_test_ledger *t, unsigned number, sl_day day)
{
    char deal[16];
    char date[SL_DAY_TEXT_MAX];
    (void)snprintf(deal, sizeof deal, "D%u", number);
    (void)sl_day_format(day, date); /* the length does not matter here */
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = "ann", .date = date,
                    .amount = 100);
}

static enum sl_err
state_of(struct sl_test_ledger *t, const char *period, struct sl_statement_answer *ret_answer)
{
    struct sl_statement_query query = {
        .person = SLICE("ann"), .period = SLICE(period), .explain = true};
    sl_test_ledger_forget_answers(t);
    return sl_ledger_statement(t->ledger, &query, &t->answers, ret_answer, &t->diag);
}

/* ── statements ── */

static void a_statement_has_at_most_2000_lines(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_statement_answer answer = {0};
    sl_day monday = DAY("2025-01-06");
    (void)ADD_PLAN(
        t, .components = {{.window = SL_PLAN_WINDOW_WEEK, .rows = {{0, 10000}}, .row_count = 1}});
    for (unsigned week = 0; week < SL_STATEMENT_LINES_MAX; week++) {
        sell(t, week, (sl_day){monday.v + 7 * (int32_t)week});
    }
    assert_ok(state_of(t, "all", &answer));
    assert_int_equal(answer.line_count, SL_STATEMENT_LINES_MAX);
    sell(t, SL_STATEMENT_LINES_MAX, (sl_day){monday.v - 7});

    assert_err(SL_E_TOO_BIG, state_of(t, "all", &answer));

    assert_string_equal(t->diag.field, "statement.period");
    assert_string_equal(
        t->diag.message,
        "a statement has at most 2000 lines, there are more; ask for a shorter period");
    assert_ok(state_of(t, "2025", &answer));
}

#define COMPONENTS 3

/* Plans of that many components each, all of which list every deal. */
static void add_plans(struct sl_test_ledger *t, unsigned count)
{
    char plan[16];
    struct sl_build_component pay = {.rows = {{0, 10000}}, .row_count = 1};
    struct sl_build_component too = pay;
    struct sl_build_component more = pay;
    too.id = "too";
    more.id = "more";
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(plan, sizeof plan, "plan%u", i);
        (void)ADD_PLAN(t, .plan = plan, .components = {pay, too, more});
    }
}

static void an_explanation_lists_at_most_30000_facts(void **state)
{
    enum { PLANS = 10, DEALS = SL_STATEMENT_DEALS_MAX / (PLANS * COMPONENTS) };
    struct sl_test_ledger *t = *state;
    struct sl_statement_answer answer = {0};
    add_plans(t, PLANS);
    for (unsigned i = 0; i < DEALS; i++) {
        sell(t, i, DAY("2025-01-01"));
    }
    assert_ok(state_of(t, "2025", &answer));
    assert_int_equal(answer.line_count * answer.lines[0].deal_count, SL_STATEMENT_DEALS_MAX);
    sell(t, DEALS, DAY("2025-12-31"));

    assert_err(SL_E_TOO_BIG, state_of(t, "2025", &answer));

    assert_string_equal(t->diag.field, "statement.period");
    assert_string_equal(t->diag.message,
                        "an explanation lists at most 30000 facts, has 30030 or more; ask for a "
                        "shorter period or one plan");
    assert_ok(state_of(t, "2025-01", &answer));
}

/* What a component reads, with as small a maximum as a test can fill. */
static enum sl_err read_facts(struct sl_test_ledger *t, struct sl_component_facts *facts)
{
    struct sl_component component = {.id = SLICE("pay"),
                                     .filter = {.from = SL_NO_DAY, .to = SL_NO_DAY}};
    struct sl_assignee everyone = {.kind = SL_ASSIGNEE_EVERYONE};
    struct sl_plan plan = {.assignees = &everyone, .assignee_count = 1};
    struct sl_statement_work work = {.ledger = t->ledger,
                                     .arena = &t->answers,
                                     .diag = &t->diag,
                                     .payee = sl_test_number(t, SL_ENTITY_PERSON, "ann")};
    return sl_statement_facts(&work, &plan, &component, sl_test_period("2025"), facts);
}

static void a_component_reads_as_many_facts_as_its_maximum(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_component_facts facts = {.count_max = 3};
    for (unsigned i = 0; i < 3; i++) {
        sell(t, i, DAY("2025-01-01"));
    }
    assert_ok(read_facts(t, &facts));
    assert_int_equal(facts.count, 3);
    sell(t, 3, DAY("2025-01-01"));

    assert_err(SL_E_TOO_BIG, read_facts(t, &facts));

    assert_string_equal(t->diag.field, "statement.period");
    assert_string_equal(
        t->diag.message,
        "a component reads at most 3 facts, \"pay\" has more; ask for a shorter period");
    facts.count_max = 0; /* SL_COMPONENT_FACTS_MAX */
    assert_ok(read_facts(t, &facts));
    assert_int_equal(facts.count, 4);
    sl_component_facts_deinit(&facts);
}

/* ── targets ── */

static enum sl_err
targets_of(struct sl_test_ledger *t, const char *measure, struct sl_targets_answer *ret_answer)
{
    struct sl_targets_query query = {
        .period = SLICE("2025"), .measure = SLICE(measure), .today = DAY("2025-06-30")};
    sl_test_ledger_forget_answers(t);
    return sl_ledger_targets(t->ledger, &query, &t->answers, ret_answer, &t->diag);
}

static void an_answer_has_at_most_20000_targets(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_targets_answer answer = {0};
    char person[16];
    for (unsigned i = 0; i < SL_TARGET_ROWS_MAX; i++) {
        (void)snprintf(person, sizeof person, "p%u", i);
        (void)ADD_TARGET(t, .person = person, .period = "2025", .amount = 5);
    }
    assert_ok(targets_of(t, "", &answer));
    assert_int_equal(answer.row_count, SL_TARGET_ROWS_MAX);
    (void)ADD_TARGET(t, .person = "p0", .period = "2025", .amount = 5, .measure = "booked.count");

    assert_err(SL_E_TOO_BIG, targets_of(t, "", &answer));

    assert_string_equal(t->diag.field, "targets.scope");
    assert_string_equal(
        t->diag.message,
        "an answer has at most 20000 targets, there are more; ask for one scope or measure");
    assert_ok(targets_of(t, "booked.count", &answer));
    assert_int_equal(answer.row_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_statement_has_at_most_2000_lines),
        LEDGER_TEST(an_explanation_lists_at_most_30000_facts),
        LEDGER_TEST(a_component_reads_as_many_facts_as_its_maximum),
        LEDGER_TEST(an_answer_has_at_most_20000_targets),
    };
    return RUN_LEDGER_TESTS(tests);
}
