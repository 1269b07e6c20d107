/* Rank types from counts, and prizes that tied places share. */
#include "lib/test.h"

#include "domain/rank.h"

/* Worked example 27. */
static const int scores[] = {44, 42, 42, 41, 41, 41, 39};

static struct sl_rank_place place_at(size_t position)
{
    struct sl_rank_place place = {.position = (uint32_t)position};
    for (size_t i = 0; i < COUNT(scores); i++) {
        bool is_new = i == 0 || scores[i] != scores[i - 1];
        place.better += scores[i] > scores[position] ? 1 : 0;
        place.tied += scores[i] == scores[position] ? 1 : 0;
        place.better_distinct += scores[i] > scores[position] && is_new ? 1 : 0;
    }
    return place;
}

static void assert_ranks(enum sl_rank_type type, const int64_t milli[COUNT(scores)])
{
    for (size_t i = 0; i < COUNT(scores); i++) {
        struct sl_rank_place place = place_at(i);
        assert_int_equal(sl_rank_milli(type, &place), milli[i]);
    }
}

static void the_five_rank_types_place_ties_as_documented(void **state)
{
    (void)state;
    assert_ranks(SL_RANK_STANDARD, (int64_t[]){1000, 2000, 2000, 4000, 4000, 4000, 7000});
    assert_ranks(SL_RANK_MODIFIED, (int64_t[]){1000, 3000, 3000, 6000, 6000, 6000, 7000});
    assert_ranks(SL_RANK_DENSE, (int64_t[]){1000, 2000, 2000, 3000, 3000, 3000, 4000});
    assert_ranks(SL_RANK_ORDINAL, (int64_t[]){1000, 2000, 3000, 4000, 5000, 6000, 7000});
    assert_ranks(SL_RANK_FRACTIONAL, (int64_t[]){1000, 2500, 2500, 5000, 5000, 5000, 7000});
}

/* Worked example 26. */
static void two_tied_for_second_share_the_prizes_of_second_and_third(void **state)
{
    (void)state;
    static const int64_t prizes[] = {1000, 500, 200};
    for (uint32_t position = 1; position <= 2; position++) {
        struct sl_rank_place place = {
            .better = 1, .tied = 2, .better_distinct = 1, .position = position};
        int64_t minor;
        assert_ok(sl_rank_prize(prizes, COUNT(prizes), &place, &minor));
        assert_int_equal(minor, 350);
    }
}

static void shared_prizes_sum_to_the_pool_to_the_last_unit(void **state)
{
    (void)state;
    static const int64_t prizes[] = {100, 0, 0};
    int64_t sum = 0;
    int64_t first = 0;
    for (uint32_t position = 0; position < 3; position++) {
        struct sl_rank_place place = {.tied = 3, .position = position};
        int64_t minor;
        assert_ok(sl_rank_prize(prizes, COUNT(prizes), &place, &minor));
        first = position == 0 ? minor : first;
        sum += minor;
    }
    assert_int_equal(first, 34);
    assert_int_equal(sum, 100);
}

static void places_after_the_last_prize_get_nothing(void **state)
{
    (void)state;
    static const int64_t prizes[] = {100};
    struct sl_rank_place place = {.better = 1, .tied = 1, .position = 1};
    int64_t minor = 42;
    assert_ok(sl_rank_prize(prizes, COUNT(prizes), &place, &minor));
    assert_int_equal(minor, 0);
}

static void a_pool_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const int64_t prizes[] = {INT64_MAX, 1};
    struct sl_rank_place place = {.tied = 2};
    int64_t minor = 42;
    assert_err(SL_E_OVERFLOW, sl_rank_prize(prizes, COUNT(prizes), &place, &minor));
    assert_int_equal(minor, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_rank_types_place_ties_as_documented),
        cmocka_unit_test(two_tied_for_second_share_the_prizes_of_second_and_third),
        cmocka_unit_test(shared_prizes_sum_to_the_pool_to_the_last_unit),
        cmocka_unit_test(places_after_the_last_prize_get_nothing),
        cmocka_unit_test(a_pool_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
