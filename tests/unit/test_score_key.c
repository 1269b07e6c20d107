/* Scores are compared exactly, whatever they are written as; at equal scores the earlier reach counts. */
#include "lib/test.h"

#include "domain/score_key.h"

static void scores_compare_exactly_and_undefined_ones_come_last(void **state)
{
    (void)state;
    struct sl_score_key third = {.numerator = 1, .denominator = 3};
    struct sl_score_key same = {.numerator = 333333333333333, .denominator = 999999999999999};
    struct sl_score_key below = {.numerator = 333333333333332, .denominator = 999999999999999};
    struct sl_score_key none = {.numerator = 7, .denominator = 0, .reach_day = 3};
    struct sl_score_key none_too = {0};
    struct sl_score_key negative = {.numerator = INT64_MIN, .denominator = 1};
    assert_int_equal(sl_score_key_compare(&third, &same), 0);
    assert_true(sl_score_key_compare(&third, &below) < 0);
    assert_true(sl_score_key_compare(&negative, &none) < 0);
    assert_int_equal(sl_score_key_compare(&none, &none_too), 0);
}

static void a_target_divides_the_score_however_large_both_are(void **state)
{
    (void)state;
    struct sl_score_key none = {.numerator = 3, .denominator = 4};
    struct sl_score_key half = {.numerator = 3, .denominator = 2, .target = 2};
    struct sl_score_key below = {.numerator = 3, .denominator = 2, .target = 3};
    struct sl_score_key large = {
        .numerator = INT64_MAX, .denominator = INT64_MAX - 1, .target = INT64_MAX - 1};
    struct sl_score_key larger = {
        .numerator = INT64_MAX - 1, .denominator = INT64_MAX - 2, .target = INT64_MAX - 2};
    assert_int_equal(sl_score_key_compare(&none, &half), 0);
    assert_true(sl_score_key_compare(&none, &below) < 0);
    assert_true(sl_score_key_compare(&below, &half) > 0);
    assert_true(sl_score_key_compare(&larger, &large) < 0);
    assert_true(sl_score_key_compare(&large, &larger) > 0);
}

static void the_earlier_reach_is_ahead_at_equal_scores(void **state)
{
    (void)state;
    struct sl_score_key early = {.numerator = 5, .denominator = 1, .reach_day = 1, .reach_seq = 9};
    struct sl_score_key late = {.numerator = 5, .denominator = 1, .reach_day = 2, .reach_seq = 3};
    struct sl_score_key later = {.numerator = 5, .denominator = 1, .reach_day = 2, .reach_seq = 4};
    assert_true(sl_score_key_compare(&early, &late) < 0);
    assert_true(sl_score_key_compare(&late, &later) < 0);
}

static void lower_is_better_turns_the_order_round(void **state)
{
    (void)state;
    struct sl_ratio few = {.numerator = 3, .denominator = 1};
    struct sl_ratio many = {.numerator = 8, .denominator = 1};
    struct sl_score_key a = sl_score_key_of_ratio(&few, true);
    struct sl_score_key b = sl_score_key_of_ratio(&many, true);
    assert_true(sl_score_key_compare(&a, &b) < 0);
    a = sl_score_key_of_ratio(&few, false);
    b = sl_score_key_of_ratio(&many, false);
    assert_true(sl_score_key_compare(&a, &b) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_compare_exactly_and_undefined_ones_come_last),
        cmocka_unit_test(a_target_divides_the_score_however_large_both_are),
        cmocka_unit_test(the_earlier_reach_is_ahead_at_equal_scores),
        cmocka_unit_test(lower_is_better_turns_the_order_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
