/* Plans: which version holds on which days, and to whom a plan is assigned. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "projections/plans.h"

/* Any component will do. */
#define ANY_COMPONENT .components = {{.rows = {{0, 100000}}, .row_count = 1}}

struct spans {
    struct sl_plan_span list[SL_PLAN_SPANS_MAX];
    size_t count;
};

static struct spans spans_of(struct sl_test_ledger *t, const char *plan, const char *period)
{
    struct spans spans;
    uint32_t number = sl_test_number(t, SL_ENTITY_PLAN, plan);
    spans.count = sl_plans_spans(t->ledger, number, sl_test_period(period), spans.list);
    return spans;
}

/* The seq of the version that holds on the day; 0: none. */
static uint64_t holder(struct sl_test_ledger *t, const char *day)
{
    struct spans spans = spans_of(t, "plan", "all");
    for (size_t i = 0; i < spans.count; i++) {
        if (sl_period_contains(spans.list[i].days, DAY(day))) {
            return spans.list[i].seq.v;
        }
    }
    return 0;
}

static bool is_assigned(struct sl_test_ledger *t,
                        enum sl_assignee_kind kind,
                        const char *who,
                        const char *period)
{
    struct sl_assignee assignee = {kind, who != NULL ? SLICE(who) : (struct sl_slice){NULL, 0}};
    struct sl_plan plan = {.assignees = &assignee, .assignee_count = 1};
    assert_ok(sl_org_refresh(&t->ledger->org, t->state));
    return sl_plans_assigned(t->ledger, &plan, sl_test_number(t, SL_ENTITY_PERSON, "ann"),
                             sl_test_period(period));
}

/* ── versions ── */

static void an_undated_version_holds_always(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_PLAN(t, ANY_COMPONENT);

    assert_int_equal(holder(t, "1900-01-01"), seq);
    assert_int_equal(holder(t, "2999-12-31"), seq);
}

static void validity_is_half_open(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_PLAN(t, .from = "2025-01-10", .to = "2025-01-20", ANY_COMPONENT);

    assert_int_equal(holder(t, "2025-01-09"), 0);
    assert_int_equal(holder(t, "2025-01-10"), seq);
    assert_int_equal(holder(t, "2025-01-19"), seq);
    assert_int_equal(holder(t, "2025-01-20"), 0);
}

static void the_greater_version_holds_where_both_are_valid(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_PLAN(t, .version = 1, ANY_COMPONENT);

    uint64_t second =
        ADD_PLAN(t, .version = 2, .from = "2025-03-01", .to = "2025-04-01", ANY_COMPONENT);

    assert_int_equal(holder(t, "2025-02-28"), first);
    assert_int_equal(holder(t, "2025-03-01"), second);
    assert_int_equal(holder(t, "2025-04-01"), first);
}

static void a_draft_holds_nowhere(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_PLAN(t, .version = 1, ANY_COMPONENT);

    (void)ADD_PLAN(t, .version = 2, .is_draft = true, ANY_COMPONENT);

    assert_int_equal(holder(t, "2025-01-01"), first);
}

static void a_draft_written_again_and_published_holds(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1, .is_draft = true, ANY_COMPONENT);

    uint64_t published = ADD_PLAN(t, .version = 1, ANY_COMPONENT);

    assert_int_equal(holder(t, "2025-01-01"), published);
    assert_int_equal(spans_of(t, "plan", "2025").count, 1);
}

static void a_voided_version_uncovers_the_one_before(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_PLAN(t, .version = 1, ANY_COMPONENT);
    uint64_t second = ADD_PLAN(t, .version = 2, ANY_COMPONENT);
    assert_int_equal(holder(t, "2025-01-01"), second);

    (void)sl_test_add_void(t, second);

    assert_int_equal(holder(t, "2025-01-01"), first);
}

static void spans_are_those_that_overlap_the_period_whole(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1, .from = "2025-01-01", ANY_COMPONENT);
    uint64_t second = ADD_PLAN(t, .version = 2, .from = "2025-03-01", ANY_COMPONENT);
    uint64_t third = ADD_PLAN(t, .version = 3, .from = "2025-06-01", ANY_COMPONENT);

    struct spans spans = spans_of(t, "plan", "2025-05-01..2025-07-01");

    assert_int_equal(spans.count, 2);
    assert_int_equal(spans.list[0].seq.v, second);
    assert_int_equal(spans.list[0].days.start.v, DAY("2025-03-01").v);
    assert_int_equal(spans.list[0].days.end.v, DAY("2025-06-01").v);
    assert_int_equal(spans.list[1].seq.v, third);
}

static void a_span_that_only_touches_the_period_is_left_out(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .from = "2025-01-01", .to = "2025-03-01", ANY_COMPONENT);

    assert_int_equal(spans_of(t, "plan", "2025-03").count, 0);
    assert_int_equal(spans_of(t, "plan", "2025-02").count, 1);
    assert_int_equal(spans_of(t, "plan", "2024-12").count, 0);
}

static void a_version_without_effect_does_not_split_a_span(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1, .from = "2025-02-01", .to = "2025-03-01", ANY_COMPONENT);

    (void)ADD_PLAN(t, .version = 2, ANY_COMPONENT);

    assert_int_equal(spans_of(t, "plan", "2025").count, 1);
}

/* One span, of the first days to the last. */
static void assert_whole_span(struct sl_test_ledger *t, const char *period)
{
    struct spans spans = spans_of(t, "plan", period);
    assert_int_equal(spans.count, 1);
    assert_int_equal(spans.list[0].days.start.v, DAY("2025-01-01").v);
    assert_int_equal(spans.list[0].days.end.v, DAY("2026-01-01").v);
}

static void a_span_is_whole_whatever_is_asked_and_whatever_other_versions_say(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .version = 1, .from = "2025-02-01", .to = "2025-03-01", ANY_COMPONENT);
    (void)ADD_PLAN(t, .version = 2, .from = "2025-01-01", .to = "2026-01-01", ANY_COMPONENT);
    (void)ADD_PLAN(t, .version = 3, .from = "2025-04-10", .is_draft = true, ANY_COMPONENT);

    assert_whole_span(t, "2025");
    assert_whole_span(t, "2025-01");
    assert_whole_span(t, "2025-02-10");
    assert_whole_span(t, "2025-04");
    assert_whole_span(t, "2025-Q4");
}

static void each_plan_has_spans_of_its_own(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t zeta = ADD_PLAN(t, .plan = "zeta", ANY_COMPONENT);
    uint64_t alpha = ADD_PLAN(t, .plan = "alpha", ANY_COMPONENT);

    struct spans first = spans_of(t, "zeta", "2025");
    struct spans second = spans_of(t, "alpha", "2025");

    assert_int_equal(first.count, 1);
    assert_int_equal(first.list[0].seq.v, zeta);
    assert_int_equal(second.count, 1);
    assert_int_equal(second.list[0].seq.v, alpha);
}

static void the_greatest_version_and_its_state_are_known(void **state)
{
    struct sl_test_ledger *t = *state;
    bool is_published = true;
    assert_int_equal(sl_plans_version_max(t->ledger, 0, &is_published), 0);
    assert_false(is_published);
    (void)ADD_PLAN(t, .version = 1, ANY_COMPONENT);
    (void)ADD_PLAN(t, .version = 2, .is_draft = true, ANY_COMPONENT);
    uint32_t plan = sl_test_number(t, SL_ENTITY_PLAN, "plan");

    assert_int_equal(sl_plans_version_max(t->ledger, plan, &is_published), 2);
    assert_false(is_published);
    (void)ADD_PLAN(t, .version = 2, ANY_COMPONENT);

    assert_int_equal(sl_plans_version_max(t->ledger, plan, &is_published), 2);
    assert_true(is_published);
}

/* ── assignment ── */

static void everyone_means_everyone(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann");

    assert_true(is_assigned(t, SL_ASSIGNEE_EVERYONE, NULL, "2025"));
}

static void a_person_is_assigned_by_name(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "north");

    assert_true(is_assigned(t, SL_ASSIGNEE_PERSON, "ann", "2025"));
    assert_false(is_assigned(t, SL_ASSIGNEE_PERSON, "bob", "2025"));
    assert_false(is_assigned(t, SL_ASSIGNEE_PERSON, "nobody", "2025"));
}

static void a_role_is_that_of_the_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .role = "junior");
    (void)ADD_PERSON(t, "ann", .role = "senior", .from = "2025-03-10");

    assert_true(is_assigned(t, SL_ASSIGNEE_ROLE, "junior", "2025-03"));
    assert_true(is_assigned(t, SL_ASSIGNEE_ROLE, "senior", "2025-03"));
    assert_false(is_assigned(t, SL_ASSIGNEE_ROLE, "senior", "2025-03-09"));
    assert_false(is_assigned(t, SL_ASSIGNEE_ROLE, "junior", "2025-03-10"));
    assert_false(is_assigned(t, SL_ASSIGNEE_ROLE, "nobody", "2025"));
}

static void a_unit_means_its_subtree_of_the_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-03-10");
    (void)ADD_PERSON(t, "ann", .unit = "n1");

    assert_true(is_assigned(t, SL_ASSIGNEE_UNIT, "n1", "2025"));
    assert_true(is_assigned(t, SL_ASSIGNEE_UNIT, "north", "2025-03"));
    assert_true(is_assigned(t, SL_ASSIGNEE_UNIT, "south", "2025-03"));
    assert_false(is_assigned(t, SL_ASSIGNEE_UNIT, "south", "2025-03-09"));
    assert_false(is_assigned(t, SL_ASSIGNEE_UNIT, "north", "2025-03-10"));
    assert_false(is_assigned(t, SL_ASSIGNEE_UNIT, "nowhere", "2025"));
}

static void managers_are_whoever_manages_a_unit_on_the_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_UNIT(t, "north", .manager = "bob");
    (void)ADD_UNIT(t, "north", .manager = "ann", .from = "2025-03-10", .to = "2025-04-01");

    assert_true(is_assigned(t, SL_ASSIGNEE_MANAGERS, NULL, "2025"));
    assert_true(is_assigned(t, SL_ASSIGNEE_MANAGERS, NULL, "2025-03-31"));
    assert_false(is_assigned(t, SL_ASSIGNEE_MANAGERS, NULL, "2025-03-09"));
    assert_false(is_assigned(t, SL_ASSIGNEE_MANAGERS, NULL, "2025-04-01"));
}

static void one_of_several_assignees_is_enough(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);

    (void)ADD_PLAN(t, .assignees = {{SL_ASSIGNEE_PERSON, "bob"}, {SL_ASSIGNEE_UNIT, "north"}},
                   .assignee_count = 2, ANY_COMPONENT);

    assert_int_equal(sl_test_statement(t, "ann", "2025").total_minor, 10);
}

static void only_facts_of_assigned_days_are_paid(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north", .from = "2025-01-10", .to = "2025-01-20");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1000,
                    .date = "2025-01-09");
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100,
                    .date = "2025-01-19");
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1000,
                    .date = "2025-01-20");

    (void)ADD_PLAN(t, .assignees = {{SL_ASSIGNEE_UNIT, "north"}}, .assignee_count = 1,
                   ANY_COMPONENT);

    assert_int_equal(sl_test_statement(t, "ann", "2025").total_minor, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_undated_version_holds_always),
        LEDGER_TEST(validity_is_half_open),
        LEDGER_TEST(the_greater_version_holds_where_both_are_valid),
        LEDGER_TEST(a_draft_holds_nowhere),
        LEDGER_TEST(a_draft_written_again_and_published_holds),
        LEDGER_TEST(a_voided_version_uncovers_the_one_before),
        LEDGER_TEST(spans_are_those_that_overlap_the_period_whole),
        LEDGER_TEST(a_span_that_only_touches_the_period_is_left_out),
        LEDGER_TEST(a_version_without_effect_does_not_split_a_span),
        LEDGER_TEST(a_span_is_whole_whatever_is_asked_and_whatever_other_versions_say),
        LEDGER_TEST(each_plan_has_spans_of_its_own),
        LEDGER_TEST(the_greatest_version_and_its_state_are_known),
        LEDGER_TEST(everyone_means_everyone),
        LEDGER_TEST(a_person_is_assigned_by_name),
        LEDGER_TEST(a_role_is_that_of_the_days),
        LEDGER_TEST(a_unit_means_its_subtree_of_the_days),
        LEDGER_TEST(managers_are_whoever_manages_a_unit_on_the_days),
        LEDGER_TEST(one_of_several_assignees_is_enough),
        LEDGER_TEST(only_facts_of_assigned_days_are_paid),
    };
    return RUN_LEDGER_TESTS(tests);
}
