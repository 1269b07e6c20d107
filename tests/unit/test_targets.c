/* Targets: the last one for a scope, measure, period and role counts; attainment, pace, gaps and children follow from it. */
#include "lib/test.h"

#include <stdio.h>

#include "lib/ledger_fixture.h"
#include "projections/targets.h"

#define TODAY "2025-01-10"

static uint64_t
set(struct sl_test_ledger *t, const char *person, const char *period, int64_t amount)
{
    return ADD_TARGET(t, .person = person, .period = period, .amount = amount);
}

static void sell(struct sl_test_ledger *t, const char *deal, const char *person, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = person, .amount = amount,
                    .date = "2025-01-05");
}

/* What the person's target is worth for plans and rankings; -1: none. */
static int64_t of_person(struct sl_test_ledger *t, const char *person, const char *period)
{
    struct sl_measure measure;
    int64_t amount;
    assert_ok(sl_measure_parse(SLICE("booked.amount"), &measure, NULL));
    struct sl_target_kind kind = {&measure, sl_test_period(period), SL_ROLE_QUOTA};
    uint32_t numbers[6] = {sl_test_number(t, SL_ENTITY_PERSON, person)};
    enum sl_err err = sl_targets_amount(t->ledger, numbers, &kind, &amount);
    return err == SL_OK ? amount : -1;
}

/* ── which one counts ── */

static void the_last_target_wins(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);

    uint64_t last = set(t, "ann", "2025-01", 80);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY);
    assert_int_equal(row.target, 80);
    assert_int_equal(row.target_seq, last);
}

static void voiding_the_last_restores_the_one_before(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = set(t, "ann", "2025-01", 100);
    uint64_t last = set(t, "ann", "2025-01", 80);

    (void)sl_test_add_void(t, last);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY);
    assert_int_equal(row.target, 100);
    assert_int_equal(row.target_seq, first);
}

static void voiding_the_only_one_leaves_none(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t only = set(t, "ann", "2025-01", 100);

    (void)sl_test_add_void(t, only);

    assert_int_equal(sl_test_targets(t, "2025-01", OF_PERSON("ann"), TODAY).row_count, 0);
    assert_int_equal(of_person(t, "ann", "2025-01"), -1);
}

static void a_replaced_target_keeps_its_place_in_history(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = set(t, "ann", "2025-01", 100);
    (void)set(t, "ann", "2025-01", 80);

    (void)sl_test_add_replace(
        t, first, BUILD_TARGET(&t->builder, .person = "ann", .period = "2025-01", .amount = 500));

    assert_int_equal(sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY).target, 80);
}

static void roles_periods_measures_and_scopes_stand_side_by_side(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-01", .amount = 1, .role = SL_ROLE_STRETCH);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-02", .amount = 2);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-01", .amount = 3,
                     .measure = "booked.count");
    (void)ADD_TARGET(t, .person = "ann", .product = "anvil", .period = "2025-01", .amount = 4);

    struct sl_targets_answer all = sl_test_targets(t, "2025-01", WHOLE, TODAY);

    assert_int_equal(sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY).target, 100);
    assert_int_equal(all.row_count, 2); /* of booked.amount and QUOTA: ann, and ann with anvil */
    assert_int_equal(all.rows[1].target, 4);
}

static void two_names_of_a_period_are_the_same_period(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);

    (void)set(t, "ann", "2025-01-01..2025-02-01", 80);

    assert_int_equal(sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY).target, 80);
}

static void rows_come_in_the_order_they_were_set(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "zoe", "2025-01", 1);
    (void)set(t, "ann", "2025-01", 2);
    (void)set(t, "bob", "2025-01", 3);

    struct sl_targets_answer rows = sl_test_targets(t, "2025-01", WHOLE, TODAY);

    assert_int_equal(rows.row_count, 3);
    assert_int_equal(rows.rows[0].target, 1);
    assert_int_equal(rows.rows[2].target, 3);
}

static void a_period_without_targets_gives_no_rows(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 1);

    assert_int_equal(sl_test_targets(t, "2025-02", WHOLE, TODAY).row_count, 0);
}

/* ── a person's target for plans and rankings ── */

static void months_add_up_where_the_quarter_has_no_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 10);
    (void)set(t, "ann", "2025-02", 20);
    (void)set(t, "ann", "2025-03", 40);

    assert_int_equal(of_person(t, "ann", "2025-Q1"), 70);
}

static void the_target_of_the_quarter_comes_before_its_months(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 10);
    (void)set(t, "ann", "2025-02", 20);
    (void)set(t, "ann", "2025-03", 40);

    (void)set(t, "ann", "2025-Q1", 500);

    assert_int_equal(of_person(t, "ann", "2025-Q1"), 500);
}

static void one_missing_month_means_no_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 10);
    (void)set(t, "ann", "2025-03", 40);

    assert_int_equal(of_person(t, "ann", "2025-Q1"), -1);
}

/* ── attainment, pace, required rate, gap ── */

static void attainment_is_actual_over_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 80000);
    sell(t, "D1", "ann", 60000);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY);

    assert_int_equal(row.attainment.numerator, 750000 * row.attainment.denominator);
    assert_int_equal(row.actual.numerator, 60000);
    assert_int_equal(row.gap, 20000);
}

static void pace_compares_with_the_days_that_are_over(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);
    sell(t, "D1", "ann", 50);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), "2025-01-10");

    /* half of it in 10 of 31 days */
    assert_int_equal(row.pace.numerator, 1550000 * row.pace.denominator);
}

static void the_required_rate_spreads_the_rest_over_the_days_left(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);
    sell(t, "D1", "ann", 58);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), "2025-01-10");

    assert_int_equal(row.required_per_day.numerator, 2 * row.required_per_day.denominator);
}

static void before_the_period_there_is_no_pace_and_after_it_no_required_rate(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);
    sell(t, "D1", "ann", 50);

    struct sl_target_row before = sl_test_target(t, "2025-01", OF_PERSON("ann"), "2024-12-31");
    struct sl_target_row after = sl_test_target(t, "2025-01", OF_PERSON("ann"), "2025-02-01");

    assert_int_equal(before.pace.denominator, 0);
    assert_int_equal(before.required_per_day.numerator * 31,
                     50 * before.required_per_day.denominator);
    assert_int_equal(after.pace.numerator, 500000 * after.pace.denominator);
    assert_int_equal(after.required_per_day.denominator, 0);
}

static void a_target_of_zero_is_no_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 0);
    sell(t, "D1", "ann", 50);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), TODAY);

    assert_int_equal(row.attainment.denominator, 0);
    assert_int_equal(row.pace.denominator, 0);
    assert_int_equal(row.gap, -50);
}

static void a_surplus_makes_gap_and_required_rate_negative(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025-01", 100);
    sell(t, "D1", "ann", 142);

    struct sl_target_row row = sl_test_target(t, "2025-01", OF_PERSON("ann"), "2025-01-10");

    assert_int_equal(row.gap, -42);
    assert_int_equal(row.required_per_day.numerator, -2 * row.required_per_day.denominator);
}

/* Bob's row is there, whatever number Ann's values come to. */
static struct sl_target_row of_ann_beside_bob(struct sl_test_ledger *t, const char *today)
{
    (void)set(t, "bob", "2025", 1000);
    sell(t, "B1", "bob", 500);
    struct sl_targets_answer rows = sl_test_targets(t, "2025", WHOLE, today);
    assert_int_equal(rows.row_count, 2);
    assert_int_equal(rows.rows[1].attainment.numerator,
                     500000 * rows.rows[1].attainment.denominator);
    return rows.rows[0];
}

/* Ann is to do next to nothing up to her sale, and is far ahead of that. */
static void the_greatest_number_stands_for_a_pace_greater_still(void **state)
{
    struct sl_test_ledger *t = *state;
    int64_t weights[365];
    for (size_t i = 0; i < COUNT(weights); i++) {
        weights[i] = i == 0 ? 1 : SL_WEIGHT_MAX;
    }
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 100000, .weights = weights,
                     .weight_count = COUNT(weights));
    sell(t, "A1", "ann", 3000000);

    struct sl_target_row row = of_ann_beside_bob(t, "2025-01-01");

    assert_true(row.pace.numerator == INT64_MAX);
    assert_int_equal(row.pace.denominator, 1);
    assert_int_equal(row.attainment.numerator, 30000000 * row.attainment.denominator);
}

static void the_greatest_number_stands_for_an_attainment_greater_still(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025", 1);
    sell(t, "A1", "ann", INT64_C(10000000000000));

    struct sl_target_row row = of_ann_beside_bob(t, TODAY);

    assert_true(row.attainment.numerator == INT64_MAX);
    assert_int_equal(row.attainment.denominator, 1);
    assert_true(row.pace.numerator == INT64_MAX);
    assert_int_equal(row.actual.numerator, INT64_C(10000000000000));
    assert_int_equal(row.gap, 1 - INT64_C(10000000000000));
}

/* Far above the target on the evening before a day that weighs next to nothing. */
static void the_least_number_stands_for_a_required_rate_less_still(void **state)
{
    struct sl_test_ledger *t = *state;
    int64_t weights[365];
    for (size_t i = 0; i < COUNT(weights); i++) {
        weights[i] = i + 1 == COUNT(weights) ? 1 : SL_WEIGHT_MAX;
    }
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1, .weights = weights,
                     .weight_count = COUNT(weights));
    sell(t, "A1", "ann", INT64_C(10000000000000));

    struct sl_target_row row = of_ann_beside_bob(t, "2025-12-30");

    assert_true(row.required_per_day.numerator == INT64_MIN);
    assert_int_equal(row.required_per_day.denominator, 1);
}

static void a_fraction_too_long_to_be_shown_is_rounded_to_whole_units(void **state)
{
    struct sl_test_ledger *t = *state;
    const int64_t large = 999999999999989; /* a prime */
    int64_t weights[365];
    for (size_t i = 0; i < COUNT(weights); i++) {
        weights[i] = SL_WEIGHT_MAX - (int64_t)i * 7;
    }
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = large, .weights = weights,
                     .weight_count = COUNT(weights));
    sell(t, "A1", "ann", INT64_C(500000000000000));

    struct sl_target_row row = of_ann_beside_bob(t, "2025-12-30");

    /* Half is to be sold on the last day, which weighs a millionth less than the average one. */
    assert_int_equal(row.pace.numerator, 501374);
    assert_int_equal(row.pace.denominator, 1);
    assert_int_equal(row.required_per_day.numerator, INT64_C(500000637001612));
    assert_int_equal(row.required_per_day.denominator, 1);
}

static void a_unit_has_what_its_subtree_has_sold(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_PERSON(t, "ann", .unit = "n1");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-01", .amount = 100);
    sell(t, "D1", "ann", 30);
    sell(t, "D2", "bob", 99);

    assert_int_equal(sl_test_target(t, "2025-01", OF_UNIT("north"), TODAY).actual.numerator, 30);
}

static void every_kind_of_scope_has_its_actual(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_CUSTOMER(t, "acme", .region = "east");
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .product = "anvil",
                    .amount = 7);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .product = "bolt", .amount = 100);
    static const struct sl_test_scope scopes[] = {
        {.line = "iron"}, {.product = "anvil"}, {.customer = "acme"}, {.region = "east"}};

    for (size_t i = 0; i < COUNT(scopes); i++) {
        (void)ADD_TARGET(t, .product_line = scopes[i].line, .product = scopes[i].product,
                         .customer = scopes[i].customer, .region = scopes[i].region,
                         .period = "2025", .amount = 10);
        assert_int_equal(sl_test_target(t, "2025", scopes[i], TODAY).actual.numerator, 7);
    }
}

/* ── children ── */

static void children_that_name_their_parent_are_compared_with_it(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000, .target = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 300, .parent = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q2", .amount = 300, .parent = "year");
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-Q3", .amount = 250, .parent = "year");

    struct sl_target_row row = sl_test_target(t, "2025", OF_UNIT("north"), TODAY);

    assert_true(row.has_children);
    assert_int_equal(row.children_sum, 850);
    assert_int_equal(row.gap_to_children, 150);
}

static void a_child_of_another_measure_role_or_period_is_not_added_up(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000, .target = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 300, .parent = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 7, .parent = "year",
                     .measure = "booked.count");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 400, .parent = "year",
                     .role = SL_ROLE_STRETCH);
    (void)ADD_TARGET(t, .unit = "north", .period = "2026-Q1", .amount = 500, .parent = "year");

    struct sl_target_row row = sl_test_target(t, "2025", OF_UNIT("north"), TODAY);

    assert_int_equal(row.children_sum, 300);
    assert_int_equal(row.gap_to_children, 700);
}

static void only_the_child_in_force_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000, .target = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 300, .parent = "year");
    uint64_t last =
        ADD_TARGET(t, .unit = "north", .period = "2025-Q1", .amount = 1200, .parent = "year");
    assert_int_equal(sl_test_target(t, "2025", OF_UNIT("north"), TODAY).gap_to_children, -200);

    (void)sl_test_add_void(t, last);

    assert_int_equal(sl_test_target(t, "2025", OF_UNIT("north"), TODAY).gap_to_children, 700);
}

/* Parents and children in another order than their ids, with more than one child and measure each. */
static void each_parent_has_the_children_that_name_it(void **state)
{
    enum { PARENTS = 40 };
    struct sl_test_ledger *t = *state;
    char id[16];
    char unit[16];
    for (unsigned i = PARENTS; i-- > 0;) {
        (void)snprintf(id, sizeof id, "t%u", i);
        (void)snprintf(unit, sizeof unit, "u%u", i);
        (void)ADD_TARGET(t, .unit = unit, .period = "2025", .amount = 1000, .target = id);
    }
    for (unsigned i = 0; i < 3 * PARENTS; i++) {
        (void)snprintf(id, sizeof id, "t%u", i % PARENTS);
        (void)snprintf(unit, sizeof unit, "c%u", i);
        (void)ADD_TARGET(t, .unit = unit, .period = i % 2 == 0 ? "2025-01" : "2025-W10",
                         .amount = 1 + i, .parent = id);
        (void)ADD_TARGET(t, .unit = unit, .period = "2025-01", .measure = "booked.count",
                         .amount = 5, .parent = id);
    }
    for (unsigned i = 0; i < PARENTS; i++) {
        (void)snprintf(unit, sizeof unit, "u%u", i);
        struct sl_target_row row = sl_test_target(t, "2025", OF_UNIT(unit), TODAY);

        assert_int_equal(row.children_sum, 3 * (1 + i) + 3 * PARENTS);
        sl_test_ledger_forget_answers(t);
    }
}

static void a_parent_whose_own_period_is_not_asked_about_has_no_named_children(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1200, .target = "year");
    (void)ADD_TARGET(t, .person = "ann", .period = "2025-01", .amount = 10, .parent = "year");

    assert_false(sl_test_target(t, "2025-01", OF_UNIT("north"), TODAY).has_children);
}

static void the_gap_to_a_ratio_is_rounded_and_none_where_there_is_no_ratio(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .measure = "deal.size", .amount = 200);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .measure = "deal.size", .amount = 200);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .person = "ann", .amount = 102);

    struct sl_targets_query query = {
        .period = SLICE("2025"), .measure = SLICE("deal.size"), .today = DAY(TODAY)};
    struct sl_targets_answer answer;
    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));

    assert_int_equal(answer.row_count, 2);
    assert_true(answer.rows[0].has_gap);
    assert_int_equal(answer.rows[0].gap, 99); /* 200 - 302/3 = 99.33 */
    assert_false(answer.rows[1].has_gap);
}

/* So many that 64 bits do not hold what they add up to. */
static void the_greatest_number_stands_for_a_greater_sum_of_children(void **state)
{
    enum { CHILDREN = INT64_MAX / SL_AMOUNT_MINOR_MAX + 1 };
    struct sl_test_ledger *t = *state;
    char person[16];
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000, .target = "year");
    for (unsigned i = 0; i < CHILDREN; i++) {
        (void)snprintf(person, sizeof person, "p%u", i);
        (void)ADD_TARGET(t, .person = person, .period = "2025", .amount = SL_AMOUNT_MINOR_MAX,
                         .parent = "year");
    }

    struct sl_target_row row = sl_test_target(t, "2025", OF_UNIT("north"), TODAY);

    assert_true(row.has_children);
    assert_true(row.children_sum == INT64_MAX);
    assert_true(row.gap_to_children == 1000 - INT64_MAX);
}

/* What all people have sold is a table of its own; one for each of these rows would be many times what a question may take. */
static void people_with_targets_of_two_measures_are_walked_once(void **state)
{
    enum { PEOPLE = 500 };
    struct sl_test_ledger *t = *state;
    struct sl_targets_answer answer;
    char person[16];
    struct sl_targets_query query = {.period = SLICE("2025"), .today = DAY(TODAY)};
    for (unsigned i = 0; i < PEOPLE; i++) {
        (void)snprintf(person, sizeof person, "p%u", i);
        (void)set(t, person, "2025", 5);
    }
    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    size_t of_one = sl_arena_used(&t->answers);
    sl_test_ledger_forget_answers(t);
    for (unsigned i = 0; i < PEOPLE; i++) {
        (void)snprintf(person, sizeof person, "p%u", i);
        (void)ADD_TARGET(t, .person = person, .period = "2025", .amount = 5,
                         .measure = "booked.count");
    }

    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));

    assert_int_equal(answer.row_count, 2 * PEOPLE);
    assert_in_range(sl_arena_used(&t->answers), of_one, 2 * of_one);
}

static void a_unit_without_named_children_has_its_people_and_the_units_right_below(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "desk", .parent = "n1");
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "n1");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000);
    (void)ADD_TARGET(t, .unit = "n1", .period = "2025", .amount = 500);
    (void)ADD_TARGET(t, .unit = "desk", .period = "2025", .amount = 7000);
    (void)set(t, "ann", "2025", 200);
    (void)set(t, "bob", "2025", 7000);

    struct sl_target_row row = sl_test_target(t, "2025", OF_UNIT("north"), TODAY);

    assert_int_equal(row.children_sum, 700);
    assert_int_equal(row.gap_to_children, 300);
}

/* The one row of the company of 2025. */
static struct sl_target_row of_company(struct sl_test_ledger *t)
{
    struct sl_targets_answer answer;
    struct sl_targets_query query = {
        .period = SLICE("2025"), .today = DAY(TODAY), .has_scope = true};
    assert_ok(sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_int_equal(answer.row_count, 1);
    return answer.rows[0];
}

static void the_company_has_the_topmost_units(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "gone", .to = "2025-12-31");
    (void)ADD_TARGET(t, .period = "2025", .amount = 1000);
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 500);
    (void)ADD_TARGET(t, .unit = "undefined", .period = "2025", .amount = 200);
    (void)ADD_TARGET(t, .unit = "n1", .period = "2025", .amount = 7000);
    (void)ADD_TARGET(t, .unit = "gone", .period = "2025", .amount = 7000);
    (void)ADD_TARGET(t, .unit = "north", .product_line = "iron", .period = "2025", .amount = 7000);
    (void)set(t, "ann", "2025", 7000);

    struct sl_target_row row = of_company(t);

    assert_true(row.has_children);
    assert_int_equal(row.children_sum, 700);
    assert_int_equal(row.gap_to_children, 300);
}

static void children_that_name_the_company_s_target_come_before_its_units(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");
    (void)ADD_TARGET(t, .period = "2025", .amount = 1000, .target = "year");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 500);
    (void)ADD_TARGET(t, .product_line = "iron", .period = "2025", .amount = 900, .parent = "year");

    assert_int_equal(of_company(t).children_sum, 900);
}

static void other_scopes_without_named_children_have_none(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 500);
    (void)ADD_TARGET(t, .product_line = "iron", .period = "2025", .amount = 900);

    assert_false(sl_test_target(t, "2025", OF_LINE("iron"), TODAY).has_children);
}

static void members_are_those_of_the_last_day_of_the_period(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north", .to = "2025-12-31");
    (void)ADD_PERSON(t, "bob", .unit = "north", .from = "2025-12-31");
    (void)ADD_TARGET(t, .unit = "north", .period = "2025", .amount = 1000);
    (void)set(t, "ann", "2025", 200);
    (void)set(t, "bob", "2025", 300);

    assert_int_equal(sl_test_target(t, "2025", OF_UNIT("north"), TODAY).children_sum, 300);
}

static void without_children_there_is_no_gap_to_them(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)set(t, "ann", "2025", 200);

    struct sl_target_row row = sl_test_target(t, "2025", OF_PERSON("ann"), TODAY);

    assert_false(row.has_children);
    assert_int_equal(row.gap_to_children, 0);
}

/* ── refusals ── */

static void what_cannot_be_asked_is_named(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_targets_answer answer;
    struct sl_targets_query query = {.period = SLICE("2025"), .today = DAY(TODAY)};

    query.measure = SLICE("booked.fun");
    assert_err(SL_E_BAD_MEASURE,
               sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "targets.measure");
    query.period = SLICE("soon");
    assert_err(SL_E_BAD_PERIOD,
               sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "targets.period");
    query.at.is_set = true;
    assert_err(SL_E_UNSUPPORTED,
               sl_ledger_targets(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "targets.at");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(the_last_target_wins),
        LEDGER_TEST(voiding_the_last_restores_the_one_before),
        LEDGER_TEST(voiding_the_only_one_leaves_none),
        LEDGER_TEST(a_replaced_target_keeps_its_place_in_history),
        LEDGER_TEST(roles_periods_measures_and_scopes_stand_side_by_side),
        LEDGER_TEST(two_names_of_a_period_are_the_same_period),
        LEDGER_TEST(rows_come_in_the_order_they_were_set),
        LEDGER_TEST(a_period_without_targets_gives_no_rows),
        LEDGER_TEST(months_add_up_where_the_quarter_has_no_target),
        LEDGER_TEST(the_target_of_the_quarter_comes_before_its_months),
        LEDGER_TEST(one_missing_month_means_no_target),
        LEDGER_TEST(attainment_is_actual_over_target),
        LEDGER_TEST(pace_compares_with_the_days_that_are_over),
        LEDGER_TEST(the_required_rate_spreads_the_rest_over_the_days_left),
        LEDGER_TEST(before_the_period_there_is_no_pace_and_after_it_no_required_rate),
        LEDGER_TEST(a_target_of_zero_is_no_target),
        LEDGER_TEST(a_surplus_makes_gap_and_required_rate_negative),
        LEDGER_TEST(the_greatest_number_stands_for_a_pace_greater_still),
        LEDGER_TEST(the_greatest_number_stands_for_an_attainment_greater_still),
        LEDGER_TEST(the_least_number_stands_for_a_required_rate_less_still),
        LEDGER_TEST(a_fraction_too_long_to_be_shown_is_rounded_to_whole_units),
        LEDGER_TEST(a_unit_has_what_its_subtree_has_sold),
        LEDGER_TEST(every_kind_of_scope_has_its_actual),
        LEDGER_TEST(children_that_name_their_parent_are_compared_with_it),
        LEDGER_TEST(a_child_of_another_measure_role_or_period_is_not_added_up),
        LEDGER_TEST(only_the_child_in_force_counts),
        LEDGER_TEST(each_parent_has_the_children_that_name_it),
        LEDGER_TEST(a_parent_whose_own_period_is_not_asked_about_has_no_named_children),
        LEDGER_TEST(the_gap_to_a_ratio_is_rounded_and_none_where_there_is_no_ratio),
        LEDGER_TEST(the_greatest_number_stands_for_a_greater_sum_of_children),
        LEDGER_TEST(people_with_targets_of_two_measures_are_walked_once),
        LEDGER_TEST(a_unit_without_named_children_has_its_people_and_the_units_right_below),
        LEDGER_TEST(the_company_has_the_topmost_units),
        LEDGER_TEST(children_that_name_the_company_s_target_come_before_its_units),
        LEDGER_TEST(other_scopes_without_named_children_have_none),
        LEDGER_TEST(members_are_those_of_the_last_day_of_the_period),
        LEDGER_TEST(without_children_there_is_no_gap_to_them),
        LEDGER_TEST(what_cannot_be_asked_is_named),
    };
    return RUN_LEDGER_TESTS(tests);
}
