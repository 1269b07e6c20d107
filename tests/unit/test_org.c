/* The organisation in memory: who is where on which day, how deep below which unit, and when the tree changes. */
#include "lib/test.h"

#include <stdio.h>

#include "lib/ledger_fixture.h"
#include "projections/org.h"

static struct sl_org *fresh_org(struct sl_test_ledger *t)
{
    assert_ok(sl_org_refresh(&t->ledger->org, t->state));
    return &t->ledger->org;
}

static uint32_t unit(struct sl_test_ledger *t, const char *id)
{
    return sl_test_number(t, SL_ENTITY_UNIT, id);
}

static int depth(struct sl_test_ledger *t, const char *below, const char *root, const char *day)
{
    return sl_org_depth(fresh_org(t), unit(t, below), unit(t, root), DAY(day));
}

/* The unit of ann on the day; 0: none. */
static uint32_t unit_of_ann(struct sl_test_ledger *t, const char *day)
{
    const struct sl_org *org = fresh_org(t);
    const struct sl_segment *segment =
        sl_org_on(&org->people, sl_test_number(t, SL_ENTITY_PERSON, "ann"), DAY(day));
    return segment != NULL ? segment->row.parent : 0;
}

/* all > north > n1 */
static void define_tree(struct sl_test_ledger *t)
{
    (void)ADD_UNIT(t, "all");
    (void)ADD_UNIT(t, "north", .parent = "all");
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "south", .parent = "all");
}

static void depth_counts_the_levels_up_to_the_root(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);

    assert_int_equal(depth(t, "n1", "n1", "2025-01-01"), 0);
    assert_int_equal(depth(t, "n1", "north", "2025-01-01"), 1);
    assert_int_equal(depth(t, "n1", "all", "2025-01-01"), 2);
}

static void depth_is_below_zero_beside_or_above(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);

    assert_int_equal(depth(t, "n1", "south", "2025-01-01"), -1);
    assert_int_equal(depth(t, "north", "n1", "2025-01-01"), -1);
}

static void depth_follows_a_unit_that_moves(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);

    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-03-10");

    assert_int_equal(depth(t, "n1", "north", "2025-03-09"), 1);
    assert_int_equal(depth(t, "n1", "south", "2025-03-09"), -1);
    assert_int_equal(depth(t, "n1", "north", "2025-03-10"), -1);
    assert_int_equal(depth(t, "n1", "south", "2025-03-10"), 1);
}

static void moving_a_unit_moves_all_that_lies_below_it(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_UNIT(t, "desk", .parent = "n1");

    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-03-10");

    assert_int_equal(depth(t, "desk", "north", "2025-03-09"), 2);
    assert_int_equal(depth(t, "desk", "south", "2025-03-10"), 2);
    assert_int_equal(depth(t, "desk", "all", "2025-03-10"), 3);
}

static void a_chain_lists_the_units_nearest_first(void **state)
{
    struct sl_test_ledger *t = *state;
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    define_tree(t);

    size_t count = sl_org_chain(fresh_org(t), unit(t, "n1"), DAY("2025-01-01"), chain);

    assert_int_equal(count, 3);
    assert_int_equal(chain[0], unit(t, "n1"));
    assert_int_equal(chain[1], unit(t, "north"));
    assert_int_equal(chain[2], unit(t, "all"));
}

static void an_undefined_unit_is_a_chain_of_its_own(void **state)
{
    struct sl_test_ledger *t = *state;
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    (void)ADD_PERSON(t, "ann", .unit = "ghost");

    assert_int_equal(sl_org_chain(fresh_org(t), unit(t, "ghost"), DAY("2025-01-01"), chain), 1);
    assert_int_equal(sl_org_chain(fresh_org(t), 0, DAY("2025-01-01"), chain), 0);
}

static void a_chain_of_the_greatest_depth_is_whole(void **state)
{
    struct sl_test_ledger *t = *state;
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    char id[8];
    char parent[8];
    (void)ADD_UNIT(t, "u0");
    for (unsigned i = 1; i < SL_UNIT_DEPTH_MAX; i++) {
        (void)snprintf(id, sizeof id, "u%u", i);
        (void)snprintf(parent, sizeof parent, "u%u", i - 1);
        (void)ADD_UNIT(t, id, .parent = parent);
    }

    size_t count = sl_org_chain(fresh_org(t), unit(t, id), DAY("2025-01-01"), chain);

    assert_int_equal(count, SL_UNIT_DEPTH_MAX);
    assert_int_equal(chain[SL_UNIT_DEPTH_MAX - 1], unit(t, "u0"));
}

static void the_tree_changes_on_the_days_units_begin_and_end(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-03-10", .to = "2025-04-01");
    const struct sl_org *org = fresh_org(t);

    assert_int_equal(sl_org_next_change(org, DAY("2025-01-01")), DAY("2025-03-10").v);
    assert_int_equal(sl_org_next_change(org, DAY("2025-03-10")), DAY("2025-04-01").v);
    assert_int_equal(sl_org_next_change(org, DAY("2025-04-01")), INT32_MAX);
}

static void the_tree_changes_with_a_manager_and_not_with_a_define_that_repeats_itself(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_UNIT(t, "n1", .parent = "north", .from = "2025-02-01");
    (void)ADD_UNIT(t, "n1", .parent = "north", .manager = "ann", .from = "2025-03-01");
    (void)ADD_UNIT(t, "south", .parent = "all", .manager = "bob", .from = "2025-03-01");
    (void)ADD_UNIT(t, "n1", .parent = "north", .manager = "ann", .from = "2025-04-01");
    const struct sl_org *org = fresh_org(t);

    assert_int_equal(sl_org_next_change(org, DAY("2025-01-01")), DAY("2025-03-01").v);
    assert_int_equal(sl_org_next_change(org, DAY("2025-03-01")), INT32_MAX);
}

static void the_tree_changes_where_a_unit_has_no_define_for_some_days(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "all", .to = "2025-02-01");
    (void)ADD_UNIT(t, "all", .from = "2025-03-01");
    const struct sl_org *org = fresh_org(t);

    assert_int_equal(sl_org_next_change(org, DAY("2025-01-01")), DAY("2025-02-01").v);
    assert_int_equal(sl_org_next_change(org, DAY("2025-02-01")), DAY("2025-03-01").v);
    assert_int_equal(sl_org_next_change(org, DAY("2025-03-01")), INT32_MAX);
}

static void people_moving_do_not_change_the_tree(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);

    (void)ADD_PERSON(t, "ann", .unit = "n1", .from = "2025-03-10");

    assert_int_equal(sl_org_next_change(fresh_org(t), DAY("2025-01-01")), INT32_MAX);
}

static void a_person_is_where_the_define_of_the_day_says(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_PERSON(t, "ann", .unit = "north", .from = "2025-01-01");
    (void)ADD_PERSON(t, "ann", .unit = "south", .from = "2025-02-15", .to = "2025-03-15");

    assert_int_equal(unit_of_ann(t, "2024-12-31"), 0);
    assert_int_equal(unit_of_ann(t, "2025-02-14"), unit(t, "north"));
    assert_int_equal(unit_of_ann(t, "2025-02-15"), unit(t, "south"));
    assert_int_equal(unit_of_ann(t, "2025-03-14"), unit(t, "south"));
    assert_int_equal(unit_of_ann(t, "2025-03-15"), unit(t, "north"));
}

static void segments_are_ascending_and_do_not_overlap(void **state)
{
    struct sl_test_ledger *t = *state;
    uint32_t count;
    (void)ADD_PERSON(t, "ann", .unit = "a", .from = "2025-01-01", .to = "2025-06-01");
    (void)ADD_PERSON(t, "ann", .unit = "b", .from = "2025-02-01", .to = "2025-03-01");
    (void)ADD_PERSON(t, "ann", .unit = "c", .from = "2025-07-01");

    const struct sl_segment *segments =
        sl_org_segments(&fresh_org(t)->people, sl_test_number(t, SL_ENTITY_PERSON, "ann"), &count);

    assert_int_equal(count, 4); /* a, b, a again, a gap in June, c */
    for (uint32_t i = 0; i < count; i++) {
        assert_true(segments[i].from < segments[i].to);
        assert_true(i == 0 || segments[i - 1].to <= segments[i].from);
    }
    assert_int_equal(segments[2].to, DAY("2025-06-01").v);
    assert_int_equal(segments[3].from, DAY("2025-07-01").v);
}

static void unknown_numbers_have_no_segments(void **state)
{
    struct sl_test_ledger *t = *state;
    uint32_t count = 99;
    const struct sl_org *org = fresh_org(t);

    assert_null(sl_org_segments(&org->people, 12345, &count));
    assert_int_equal(count, 0);
    assert_null(sl_org_on(&org->people, 12345, DAY("2025-01-01")));
    assert_null(sl_org_latest(&org->people, 12345));
}

static void a_new_define_is_seen_by_the_next_question(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_PERSON(t, "ann", .unit = "north");
    assert_int_equal(unit_of_ann(t, "2025-01-01"), unit(t, "north"));

    uint64_t move = ADD_PERSON(t, "ann", .unit = "south");
    assert_int_equal(unit_of_ann(t, "2025-01-01"), unit(t, "south"));
    (void)sl_test_add_void(t, move);

    assert_int_equal(unit_of_ann(t, "2025-01-01"), unit(t, "north"));
}

static void a_rolled_back_define_is_forgotten(void **state)
{
    struct sl_test_ledger *t = *state;
    define_tree(t);
    (void)ADD_PERSON(t, "ann", .unit = "north");

    sl_ledger_savepoint(t->ledger);
    (void)ADD_PERSON(t, "ann", .unit = "south");
    assert_int_equal(unit_of_ann(t, "2025-01-01"), unit(t, "south"));
    sl_ledger_rollback(t->ledger);

    assert_int_equal(unit_of_ann(t, "2025-01-01"), unit(t, "north"));
}

static void the_latest_segment_is_the_last_in_time(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron", .from = "2025-05-01");
    (void)ADD_PRODUCT(t, "anvil", .line = "steel", .from = "2025-01-01");

    const struct sl_segment *latest =
        sl_org_latest(&fresh_org(t)->products, sl_test_number(t, SL_ENTITY_PRODUCT, "anvil"));

    assert_int_equal(latest->row.parent, sl_test_number(t, SL_ENTITY_PRODUCT_LINE, "iron"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(depth_counts_the_levels_up_to_the_root),
        LEDGER_TEST(depth_is_below_zero_beside_or_above),
        LEDGER_TEST(depth_follows_a_unit_that_moves),
        LEDGER_TEST(moving_a_unit_moves_all_that_lies_below_it),
        LEDGER_TEST(a_chain_lists_the_units_nearest_first),
        LEDGER_TEST(an_undefined_unit_is_a_chain_of_its_own),
        LEDGER_TEST(a_chain_of_the_greatest_depth_is_whole),
        LEDGER_TEST(the_tree_changes_on_the_days_units_begin_and_end),
        LEDGER_TEST(the_tree_changes_with_a_manager_and_not_with_a_define_that_repeats_itself),
        LEDGER_TEST(the_tree_changes_where_a_unit_has_no_define_for_some_days),
        LEDGER_TEST(people_moving_do_not_change_the_tree),
        LEDGER_TEST(a_person_is_where_the_define_of_the_day_says),
        LEDGER_TEST(segments_are_ascending_and_do_not_overlap),
        LEDGER_TEST(unknown_numbers_have_no_segments),
        LEDGER_TEST(a_new_define_is_seen_by_the_next_question),
        LEDGER_TEST(a_rolled_back_define_is_forgotten),
        LEDGER_TEST(the_latest_segment_is_the_last_in_time),
    };
    return RUN_LEDGER_TESTS(tests);
}
