/* The order-statistic tree: places, selection and iteration agree with a sorted array after any mix of updates. */
#include "lib/test.h"

#include <stdlib.h>

#include "domain/ostree.h"

#define MEMBERS 2000u

/* A plain array that does the same by scanning. */
struct model {
    bool is_backwards; /* within a tie group the greater member first */
    bool is_there[MEMBERS];
    struct sl_score_key keys[MEMBERS];
    uint32_t sorted[MEMBERS];
    uint32_t count;
};

static struct sl_ostree *open_tree(uint32_t maximum)
{
    struct sl_ostree *tree;
    assert_ok(sl_ostree_open(&(struct sl_ostree_options){.maximum = maximum}, &tree));
    return tree;
}

static int compare_backwards(const void *ctx, uint32_t a, uint32_t b)
{
    (void)ctx;
    return a > b ? -1 : a < b;
}

static struct sl_score_key score(int64_t numerator)
{
    return (struct sl_score_key){.numerator = numerator, .denominator = 1};
}

static void put(struct sl_ostree *tree, uint32_t member, struct sl_score_key key)
{
    assert_ok(sl_ostree_put(tree, member, &key));
}

static bool comes_after(const struct model *model, uint32_t a, uint32_t b)
{
    int order = sl_score_key_compare(&model->keys[a], &model->keys[b]);
    return order > 0 || (order == 0 && model->is_backwards && a < b);
}

static void sort_model(struct model *model)
{
    model->count = 0;
    for (uint32_t member = 0; member < MEMBERS; member++) {
        if (!model->is_there[member]) {
            continue;
        }
        uint32_t i = model->count++;
        while (i > 0 && comes_after(model, model->sorted[i - 1], member)) {
            model->sorted[i] = model->sorted[i - 1];
            i--;
        }
        model->sorted[i] = member;
    }
}

static struct sl_rank_place model_place(const struct model *model, uint32_t position)
{
    struct sl_rank_place place = {.position = position};
    const struct sl_score_key *key = &model->keys[model->sorted[position]];
    for (uint32_t i = 0; i < model->count; i++) {
        const struct sl_score_key *other = &model->keys[model->sorted[i]];
        int order = sl_score_key_compare(other, key);
        bool is_new =
            i == 0 || sl_score_key_compare(&model->keys[model->sorted[i - 1]], other) != 0;
        place.better += order < 0 ? 1 : 0;
        place.tied += order == 0 ? 1 : 0;
        place.better_distinct += order < 0 && is_new ? 1 : 0;
    }
    return place;
}

static void assert_place(struct sl_rank_place actual, struct sl_rank_place expected)
{
    assert_int_equal(actual.better, expected.better);
    assert_int_equal(actual.tied, expected.tied);
    assert_int_equal(actual.better_distinct, expected.better_distinct);
    assert_int_equal(actual.position, expected.position);
}

static void assert_same(const struct sl_ostree *tree, struct model *model)
{
    struct sl_ostree_cursor walk;
    sort_model(model);
    assert_int_equal(sl_ostree_count(tree), model->count);
    sl_ostree_select(tree, 0, &walk);
    for (uint32_t i = 0; i < model->count; i++) {
        struct sl_rank_place expected = model_place(model, i);
        struct sl_rank_place place;
        struct sl_ostree_cursor cursor;
        sl_ostree_select(tree, i, &cursor);
        assert_true(cursor.is_valid);
        assert_int_equal(cursor.member, model->sorted[i]);
        assert_place(cursor.place, expected);
        assert_true(sl_ostree_place(tree, cursor.member, &place));
        assert_place(place, expected);
        assert_true(walk.is_valid);
        assert_int_equal(walk.member, model->sorted[i]);
        assert_place(walk.place, expected);
        sl_ostree_next(tree, &walk);
    }
    assert_false(walk.is_valid);
}

static struct sl_score_key random_key(struct sl_test_random *random)
{
    struct sl_score_key key = {
        .numerator = sl_test_random_between(random, -6, 6),
        .denominator = sl_test_random_between(random, 0, 4),
        .target = sl_test_random_between(random, 0, 3),
        .reach_day = (int32_t)sl_test_random_below(random, 2),
        .reach_seq = sl_test_random_below(random, 2),
    };
    return key;
}

static void update_at_random(bool is_backwards)
{
    static struct model model;
    struct sl_test_random random;
    struct sl_ostree_options options = {.maximum = MEMBERS,
                                        .compare = is_backwards ? compare_backwards : NULL};
    struct sl_ostree *tree;
    model = (struct model){.is_backwards = is_backwards};
    assert_ok(sl_ostree_open(&options, &tree));
    sl_test_random_init(&random);
    for (int i = 0; i < 24000; i++) {
        bool is_shrinking = i / 6000 % 2 == 1;
        uint32_t member = (uint32_t)sl_test_random_below(&random, MEMBERS);
        bool removes = sl_test_random_below(&random, 8) < (is_shrinking ? 7 : 1);
        if (removes) {
            assert_int_equal(sl_ostree_remove(tree, member), model.is_there[member]);
        } else {
            model.keys[member] = random_key(&random);
            put(tree, member, model.keys[member]);
        }
        model.is_there[member] = !removes;
        if (i % 1500 == 0) {
            assert_same(tree, &model);
        }
    }
    assert_same(tree, &model);
    sl_ostree_close(tree);
}

static void any_mix_of_updates_agrees_with_a_sorted_array(void **state)
{
    (void)state;
    update_at_random(false);
    update_at_random(true);
}

static void the_tree_refuses_members_from_its_maximum_on(void **state)
{
    (void)state;
    struct sl_ostree *tree = open_tree(3);
    struct sl_rank_place place;
    put(tree, 0, score(1));
    put(tree, 1, score(2));
    put(tree, 2, score(3));
    struct sl_score_key key = score(4);
    assert_err(SL_E_TOO_MANY, sl_ostree_put(tree, 3, &key));
    assert_err(SL_E_TOO_MANY, sl_ostree_put(tree, UINT32_MAX, &key));
    assert_int_equal(sl_ostree_count(tree), 3);
    assert_null(sl_ostree_get(tree, 3));
    assert_false(sl_ostree_place(tree, UINT32_MAX, &place));
    assert_false(sl_ostree_remove(tree, 3));

    put(tree, 1, key);
    assert_true(sl_ostree_remove(tree, 0));

    assert_int_equal(sl_ostree_count(tree), 2);
    assert_int_equal(sl_ostree_distinct_count(tree), 2);
    sl_ostree_close(tree);
}

static void clear_empties_the_tree_for_new_use(void **state)
{
    (void)state;
    struct sl_ostree *tree = open_tree(200);
    for (uint32_t member = 0; member < 200; member++) {
        put(tree, member, score(member % 7));
    }
    sl_ostree_clear(tree);
    assert_int_equal(sl_ostree_count(tree), 0);
    assert_null(sl_ostree_get(tree, 5));
    for (uint32_t member = 100; member < 200; member++) {
        put(tree, member, score(member % 7));
    }
    assert_int_equal(sl_ostree_count(tree), 100);
    assert_int_equal(sl_ostree_distinct_count(tree), 7);
    sl_ostree_close(tree);
}

/* Of scores that are the members' numbers. */
static uint32_t members_above(const struct sl_ostree *tree, uint32_t member)
{
    struct sl_ostree_cursor cursor;
    uint32_t count = 0;
    sl_ostree_select(tree, 0, &cursor);
    while (cursor.is_valid && cursor.member > member) {
        count++;
        sl_ostree_next(tree, &cursor);
    }
    return count;
}

/* Up to the maximum and down to nothing, again and again, from either end and from the middle: nodes are joined, given back and taken again. */
static void a_tree_that_fills_and_empties_needs_no_more_room(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct sl_ostree *tree = open_tree(MANY);
    const uint32_t steps[] = {1, MANY - 1, 1237}; /* each meets all members once */
    for (size_t round = 0; round < COUNT(steps); round++) {
        uint32_t member = 0;
        for (uint32_t i = 0; i < MANY; i++) {
            put(tree, member, score(member));
            member = (member + steps[round]) % MANY;
        }
        assert_int_equal(sl_ostree_count(tree), MANY);
        for (uint32_t i = 0; i < MANY; i++) {
            struct sl_rank_place place;
            uint32_t next = (member + steps[round]) % MANY;
            assert_true(sl_ostree_remove(tree, member));
            if (i + 1 < MANY && i % 97 == 0) {
                assert_true(sl_ostree_place(tree, next, &place));
                assert_int_equal(place.better, members_above(tree, next));
            }
            member = next;
        }
        assert_int_equal(sl_ostree_count(tree), 0);
        assert_int_equal(sl_ostree_distinct_count(tree), 0);
    }
    sl_ostree_close(tree);
}

static void a_position_past_the_end_gives_nothing(void **state)
{
    (void)state;
    struct sl_ostree *tree = open_tree(4);
    struct sl_ostree_cursor cursor;
    struct sl_rank_place place;
    sl_ostree_select(tree, 0, &cursor);
    assert_false(cursor.is_valid);
    sl_ostree_next(tree, &cursor);
    assert_false(cursor.is_valid);
    put(tree, 1, score(1));
    sl_ostree_select(tree, 1, &cursor);
    assert_false(cursor.is_valid);
    assert_false(sl_ostree_place(tree, 2, &place));
    assert_false(sl_ostree_remove(tree, 2));
    sl_ostree_close(tree);
}

static void tied_members_are_listed_in_the_callers_order(void **state)
{
    (void)state;
    struct sl_ostree_options options = {.maximum = 4, .compare = compare_backwards};
    struct sl_ostree *tree;
    assert_ok(sl_ostree_open(&options, &tree));
    for (uint32_t member = 1; member <= 3; member++) {
        put(tree, member, score(5));
    }
    struct sl_ostree_cursor cursor;
    sl_ostree_select(tree, 0, &cursor);
    assert_int_equal(cursor.member, 3);
    assert_int_equal(cursor.place.tied, 3);
    sl_ostree_close(tree);
}

static void a_large_tree_keeps_its_order_whatever_the_insertion_order(void **state)
{
    (void)state;
    enum { LARGE = 200000 };
    struct sl_ostree *tree = open_tree(LARGE);
    for (uint32_t i = 0; i < LARGE; i++) {
        put(tree, i, score((int64_t)i / 2)); /* ascending input would unbalance a plain tree */
    }
    for (uint32_t i = 0; i < LARGE; i += 997) {
        struct sl_rank_place place;
        assert_true(sl_ostree_place(tree, i, &place));
        assert_int_equal(place.better, LARGE - 2 - i / 2 * 2);
        assert_int_equal(place.better_distinct, LARGE / 2 - 1 - i / 2);
        assert_int_equal(place.tied, 2);
    }
    assert_int_equal(sl_ostree_distinct_count(tree), LARGE / 2);
    assert_true(sl_ostree_bytes(tree) > LARGE * sizeof(struct sl_score_key));
    sl_ostree_close(tree);
}

static void close_accepts_nothing(void **state)
{
    (void)state;
    sl_ostree_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mix_of_updates_agrees_with_a_sorted_array),
        cmocka_unit_test(the_tree_refuses_members_from_its_maximum_on),
        cmocka_unit_test(clear_empties_the_tree_for_new_use),
        cmocka_unit_test(a_tree_that_fills_and_empties_needs_no_more_room),
        cmocka_unit_test(a_position_past_the_end_gives_nothing),
        cmocka_unit_test(tied_members_are_listed_in_the_callers_order),
        cmocka_unit_test(a_large_tree_keeps_its_order_whatever_the_insertion_order),
        cmocka_unit_test(close_accepts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
