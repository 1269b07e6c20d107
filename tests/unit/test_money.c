/* Money: sums that refuse, one rounding, shares that add up, decimals that are exact. */
#include "lib/test.h"

#include "sl/limits.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 40

static void sums_and_differences_are_exact(void **state)
{
    (void)state;
    struct sl_money result;

    assert_ok(sl_money_add(USD(123450), USD(-50), &result));
    assert_int_equal(result.minor, 123400);
    assert_string_equal(result.currency.code, "USD");

    assert_ok(sl_money_sub(USD(100), USD(250), &result));
    assert_int_equal(result.minor, -150);
    assert_string_equal(result.currency.code, "USD");
}

static void mixed_currencies_are_refused_and_leave_the_result_alone(void **state)
{
    (void)state;
    struct sl_money result = USD(42);

    assert_err(SL_E_CURRENCY_MISMATCH, sl_money_add(USD(1), sl_test_money(1, "EUR"), &result));
    assert_err(SL_E_CURRENCY_MISMATCH, sl_money_sub(USD(1), sl_test_money(1, "EUR"), &result));

    assert_int_equal(result.minor, 42);
}

static void a_sum_fits_up_to_the_last_unit_and_is_refused_beyond(void **state)
{
    (void)state;
    struct sl_money result = USD(42);

    assert_err(SL_E_OVERFLOW, sl_money_add(USD(INT64_MAX), USD(1), &result));
    assert_err(SL_E_OVERFLOW, sl_money_add(USD(INT64_MIN), USD(-1), &result));
    assert_err(SL_E_OVERFLOW, sl_money_sub(USD(INT64_MIN), USD(1), &result));
    assert_err(SL_E_OVERFLOW, sl_money_sub(USD(0), USD(INT64_MIN), &result));
    assert_int_equal(result.minor, 42);

    assert_ok(sl_money_add(USD(INT64_MAX - 1), USD(1), &result));
    assert_int_equal(result.minor, INT64_MAX);
    assert_ok(sl_money_sub(USD(-1), USD(INT64_MAX), &result));
    assert_int_equal(result.minor, INT64_MIN);
}

static int64_t round_to(int64_t numerator, int64_t denominator, enum sl_rounding rounding)
{
    int64_t value = 0;
    assert_ok(sl_round_ratio(numerator, denominator, rounding, &value));
    return value;
}

static void ties_go_to_the_even_neighbour(void **state)
{
    static const int64_t want[] = {-4, -2, -2, 0, 0, 2, 2, 4}; /* -7/2, -5/2, ... 7/2 */
    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(round_to(2 * i - 7, 2, SL_ROUND_HALF_EVEN), want[i]);
    }
}

static void half_up_ties_go_away_from_zero(void **state)
{
    static const int64_t want[] = {-4, -3, -2, -1, 1, 2, 3, 4}; /* -7/2, -5/2, ... 7/2 */
    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(round_to(2 * i - 7, 2, SL_ROUND_HALF_UP), want[i]);
    }
}

/* Everything that is no tie goes to the nearer neighbour, whatever the mode. */
static void every_small_ratio_rounds_to_its_nearest_integer(void **state)
{
    (void)state;
    for (int64_t denominator = 1; denominator <= 40; denominator++) {
        for (int64_t numerator = -400; numerator <= 400; numerator++) {
            int64_t even = round_to(numerator, denominator, SL_ROUND_HALF_EVEN);
            int64_t up = round_to(numerator, denominator, SL_ROUND_HALF_UP);
            int64_t even_off = llabs(2 * (numerator - even * denominator));
            int64_t up_off = llabs(2 * (numerator - up * denominator));
            bool is_tie = even_off == denominator;
            assert_true(even_off <= denominator);
            assert_int_equal(even_off, up_off);
            assert_true(SL_IMPLIES(!is_tie, even == up));
            assert_true(SL_IMPLIES(is_tie, even % 2 == 0));
            assert_true(SL_IMPLIES(is_tie, llabs(up * denominator) > llabs(numerator)));
        }
    }
}

static void a_product_beyond_64_bits_still_rounds_exactly(void **state)
{
    (void)state;
    int64_t value;
    sl_int128 product = (sl_int128)SL_AMOUNT_MINOR_MAX * 999999;

    assert_ok(sl_round_ratio(product, SL_PPM, SL_ROUND_HALF_EVEN, &value));

    assert_int_equal(value, SL_AMOUNT_MINOR_MAX - 1000000000);
}

static void the_widest_ratios_do_not_overflow_inside(void **state)
{
    (void)state;
    int64_t value = 42;
    sl_int128 most = ((((sl_int128)1 << 126) - 1) << 1) + 1;
    sl_int128 least = -most - 1;

    assert_ok(sl_round_ratio(most, most, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, 1);
    assert_ok(sl_round_ratio(least, most, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, -1);
    assert_ok(sl_round_ratio(most - 1, most, SL_ROUND_HALF_UP, &value));
    assert_int_equal(value, 1);
}

static void a_ratio_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    int64_t value = 42;
    sl_int128 above = (sl_int128)INT64_MAX + 1;

    assert_err(SL_E_OVERFLOW, sl_round_ratio(above, 1, SL_ROUND_HALF_EVEN, &value));
    assert_err(SL_E_OVERFLOW, sl_round_ratio(-above - 1, 1, SL_ROUND_HALF_EVEN, &value));
    /* 2^63 - 1/2 rounds up to 2^63 */
    assert_err(SL_E_OVERFLOW, sl_round_ratio(above * 2 - 1, 2, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, 42);

    assert_ok(sl_round_ratio(-above, 1, SL_ROUND_HALF_EVEN, &value));
    assert_int_equal(value, INT64_MIN);
}

static void divide_by_zero(void)
{
    int64_t value;
    enum sl_err err = sl_round_ratio(1, 0, SL_ROUND_HALF_EVEN, &value);
    (void)err; /* must not get here */
}

static void a_ratio_over_zero_aborts(void **state)
{
    (void)state;

    assert_aborts(divide_by_zero);
}

static void assert_parts(int64_t total, size_t count, const int64_t *weights, const int64_t *want)
{
    int64_t parts[PARTS_MAX];
    assert_ok(sl_allocate(total, weights, count, parts));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(parts[i], want[i]);
    }
}

static void five_cents_by_70_and_30_are_4_and_1(void **state)
{
    (void)state;
    assert_parts(5, 2, (int64_t[]){70, 30}, (int64_t[]){4, 1});
}

static void five_cents_by_30_and_70_are_2_and_3(void **state)
{
    (void)state;
    assert_parts(5, 2, (int64_t[]){30, 70}, (int64_t[]){2, 3});
}

static void a_spread_gives_left_over_units_to_the_largest_fractions(void **state)
{
    (void)state;
    /* 170.51, 230.69, 300.9, 300.9 */
    assert_parts(1003, 4, (int64_t[]){17, 23, 30, 30}, (int64_t[]){170, 231, 301, 301});
}

static void ties_go_to_the_first_positions(void **state)
{
    (void)state;
    assert_parts(5, 3, (int64_t[]){1, 1, 1}, (int64_t[]){2, 2, 1});
    assert_parts(100, 3, (int64_t[]){1, 1, 1}, (int64_t[]){34, 33, 33});
}

static void a_negative_total_mirrors_the_positive_one(void **state)
{
    (void)state;
    assert_parts(-5, 3, (int64_t[]){1, 1, 1}, (int64_t[]){-2, -2, -1});
    assert_parts(-1003, 4, (int64_t[]){17, 23, 30, 30}, (int64_t[]){-170, -231, -301, -301});
}

static void a_zero_weight_gets_nothing(void **state)
{
    (void)state;
    assert_parts(7, 4, (int64_t[]){0, 1, 0, 1}, (int64_t[]){0, 4, 0, 3});
}

static void the_widest_total_and_weights_are_shared_exactly(void **state)
{
    (void)state;
    assert_parts(INT64_MIN, 2, (int64_t[]){0, INT64_MAX}, (int64_t[]){0, INT64_MIN});
    assert_parts(INT64_MAX, 2, (int64_t[]){INT64_MAX, INT64_MAX},
                 (int64_t[]){INT64_MAX / 2 + 1, INT64_MAX / 2});
}

static void weights_that_share_nothing_are_refused(void **state)
{
    (void)state;
    int64_t parts[2] = {42, 42};

    assert_err(SL_E_INVALID_FIELD, sl_allocate(5, (int64_t[]){0, 0}, 2, parts));
    assert_err(SL_E_INVALID_FIELD, sl_allocate(5, (int64_t[]){-1, 2}, 2, parts));
    assert_err(SL_E_INVALID_FIELD, sl_allocate(5, (int64_t[]){1, 2}, 0, parts));

    assert_int_equal(parts[0], 42);
    assert_int_equal(parts[1], 42);
}

/* The rule once more, the slow way: give the left-over units one by one to the largest fraction not yet served. */
static void allocate_plainly(int64_t total, const int64_t *weights, size_t count, int64_t *parts)
{
    sl_int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    sl_int128 rests[PARTS_MAX] = {0};
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        parts[i] = (int64_t)((sl_int128)total * weights[i] / sum);
        rests[i] = (sl_int128)total * weights[i] % sum;
        left -= parts[i];
    }
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t i = 1; i < count; i++) {
            largest = rests[i] > rests[largest] ? i : largest;
        }
        parts[largest]++;
        rests[largest] = -1;
    }
}

static void random_allocations_sum_exactly_and_match_the_plain_rule(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 20000; round++) {
        int64_t weights[PARTS_MAX] = {0};
        int64_t parts[PARTS_MAX];
        int64_t mirrored[PARTS_MAX];
        int64_t plain[PARTS_MAX] = {0};
        size_t count = 1 + (size_t)sl_test_random_below(&random, PARTS_MAX);
        int64_t weight_max = (int64_t)(INT64_MAX >> sl_test_random_below(&random, 62));
        for (size_t i = 0; i < count; i++) {
            weights[i] = sl_test_random_between(&random, 0, weight_max);
        }
        weights[sl_test_random_below(&random, count)] = weight_max;
        int64_t total =
            (int64_t)(sl_test_random(&random) >> (1 + sl_test_random_below(&random, 62)));

        assert_ok(sl_allocate(total, weights, count, parts));
        assert_ok(sl_allocate(-total, weights, count, mirrored));
        allocate_plainly(total, weights, count, plain);

        int64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += parts[i];
            assert_int_equal(parts[i], plain[i]);
            assert_int_equal(parts[i], -mirrored[i]);
        }
        assert_int_equal(sum, total);
    }
}

static void a_long_spread_of_days_sums_exactly(void **state)
{
    (void)state;
    enum { DAYS = 36600 };
    static int64_t weights[DAYS];
    static int64_t parts[DAYS];
    int64_t sum = 0;
    for (int i = 0; i < DAYS; i++) {
        weights[i] = i % 7 < 5 ? 1000000 + i : 0;
    }

    assert_ok(sl_allocate(SL_AMOUNT_MINOR_MAX, weights, DAYS, parts));

    for (int i = 0; i < DAYS; i++) {
        sum += parts[i];
    }
    assert_int_equal(sum, SL_AMOUNT_MINOR_MAX);
}

static void assert_decimal_text(int64_t value, unsigned places, bool trim, const char *want)
{
    char text[SL_MONEY_TEXT_MAX];
    size_t len = sl_decimal_format(value, places, trim, text);
    assert_string_equal(text, want);
    assert_int_equal(len, strlen(want));
}

static void decimals_keep_their_places_unless_trimmed(void **state)
{
    (void)state;
    assert_decimal_text(1500, 3, false, "1.500");
    assert_decimal_text(1500, 3, true, "1.5");
    assert_decimal_text(1000, 3, true, "1");
    assert_decimal_text(0, 3, true, "0");
    assert_decimal_text(0, 3, false, "0.000");
    assert_decimal_text(-5, 2, false, "-0.05");
    assert_decimal_text(-5, 3, true, "-0.005");
    assert_decimal_text(1050, 3, true, "1.05");
    assert_decimal_text(1200, 0, true, "1200");
}

static void the_widest_values_have_a_text(void **state)
{
    (void)state;
    assert_decimal_text(INT64_MIN, 0, false, "-9223372036854775808");
    assert_decimal_text(INT64_MIN, 2, false, "-92233720368547758.08");
    assert_decimal_text(INT64_MAX, SL_DECIMAL_PLACES_MAX, false, "92233720368.54775807");
}

static int64_t parse_places(const char *text, unsigned places)
{
    int64_t value = 0;
    assert_ok(sl_decimal_parse(SLICE(text), places, &value));
    return value;
}

static void decimals_parse_exactly(void **state)
{
    (void)state;
    assert_int_equal(parse_places("1234.5", 2), 123450);
    assert_int_equal(parse_places("-3", 2), -300);
    assert_int_equal(parse_places("-0", 2), 0);
    assert_int_equal(parse_places("0.05", 2), 5);
    assert_int_equal(parse_places("007", 0), 7);
    assert_int_equal(parse_places("1.22000000", 8), 122000000);
}

static void trailing_zeros_beyond_the_places_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(parse_places("12.3400", 2), 1234);
    assert_int_equal(parse_places("1234.00", 0), 1234);
}

static void what_is_no_decimal_is_refused(void **state)
{
    static const char *const bad[] = {"",     "-",    ".",     ".5",    "5.",       "+1",
                                      " 1",   "1 ",   "1,000", "1e3",   "--1",      "1.2.3",
                                      "1.-2", "0x10", "abc",   "1.234", "\xd9\xa1", "NaN"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t value = 42;
        assert_err(SL_E_INVALID_FIELD, sl_decimal_parse(SLICE(bad[i]), 2, &value));
        assert_int_equal(value, 42);
    }
}

static void decimals_fit_up_to_the_last_unit_and_are_refused_beyond(void **state)
{
    (void)state;
    int64_t value = 42;

    assert_err(SL_E_OVERFLOW, sl_decimal_parse(SLICE("9223372036854775808"), 0, &value));
    assert_err(SL_E_OVERFLOW, sl_decimal_parse(SLICE("-9223372036854775809"), 0, &value));
    assert_err(SL_E_OVERFLOW, sl_decimal_parse(SLICE("92233720368547758.08"), 2, &value));
    assert_err(SL_E_OVERFLOW, sl_decimal_parse(SLICE("99999999999999999999999"), 2, &value));
    assert_int_equal(value, 42);

    assert_int_equal(parse_places("9223372036854775807", 0), INT64_MAX);
    assert_int_equal(parse_places("-9223372036854775808", 0), INT64_MIN);
    assert_int_equal(parse_places("-92233720368547758.08", 2), INT64_MIN);
}

static void a_syntax_error_is_told_before_an_overflow(void **state)
{
    (void)state;
    int64_t value;

    assert_err(SL_E_INVALID_FIELD, sl_decimal_parse(SLICE("99999999999999999999x"), 0, &value));
}

static void random_decimals_come_back(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 100000; round++) {
        char text[SL_MONEY_TEXT_MAX];
        int64_t value = (int64_t)sl_test_random(&random) >> sl_test_random_below(&random, 64);
        unsigned places = (unsigned)sl_test_random_below(&random, SL_DECIMAL_PLACES_MAX + 1);
        bool trim = sl_test_random_below(&random, 2) == 1;

        size_t len = sl_decimal_format(value, places, trim, text);

        assert_true(len < SL_MONEY_TEXT_MAX);
        assert_int_equal(parse_places(text, places), value);
    }
}

static void format_too_many_places(void)
{
    char text[SL_MONEY_TEXT_MAX];
    (void)sl_decimal_format(1, SL_DECIMAL_PLACES_MAX + 1, false, text); /* must not come back */
}

static void parse_too_many_places(void)
{
    int64_t value;
    enum sl_err err = sl_decimal_parse(SL_SLICE_LIT("1"), SL_DECIMAL_PLACES_MAX + 1, &value);
    (void)err; /* must not get here */
}

static void more_than_eight_places_abort(void **state)
{
    (void)state;

    assert_aborts(format_too_many_places);
    assert_aborts(parse_too_many_places);
}

static void money_refuses_more_decimals_than_its_currency_has(void **state)
{
    (void)state;
    struct sl_money money = USD(42);

    assert_err(SL_E_INVALID_FIELD, sl_money_parse(SLICE("1.005"), sl_test_currency("USD"), &money));
    assert_err(SL_E_INVALID_FIELD, sl_money_parse(SLICE("1.5"), sl_test_currency("JPY"), &money));
    assert_err(SL_E_OVERFLOW,
               sl_money_parse(SLICE("9223372036854775807"), sl_test_currency("USD"), &money));
    assert_int_equal(money.minor, 42);

    assert_ok(sl_money_parse(SLICE("1.005"), sl_test_currency("KWD"), &money));
    assert_int_equal(money.minor, 1005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_differences_are_exact),
        cmocka_unit_test(mixed_currencies_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(a_sum_fits_up_to_the_last_unit_and_is_refused_beyond),
        cmocka_unit_test(ties_go_to_the_even_neighbour),
        cmocka_unit_test(half_up_ties_go_away_from_zero),
        cmocka_unit_test(every_small_ratio_rounds_to_its_nearest_integer),
        cmocka_unit_test(a_product_beyond_64_bits_still_rounds_exactly),
        cmocka_unit_test(the_widest_ratios_do_not_overflow_inside),
        cmocka_unit_test(a_ratio_that_does_not_fit_is_refused),
        cmocka_unit_test(a_ratio_over_zero_aborts),
        cmocka_unit_test(five_cents_by_70_and_30_are_4_and_1),
        cmocka_unit_test(five_cents_by_30_and_70_are_2_and_3),
        cmocka_unit_test(a_spread_gives_left_over_units_to_the_largest_fractions),
        cmocka_unit_test(ties_go_to_the_first_positions),
        cmocka_unit_test(a_negative_total_mirrors_the_positive_one),
        cmocka_unit_test(a_zero_weight_gets_nothing),
        cmocka_unit_test(the_widest_total_and_weights_are_shared_exactly),
        cmocka_unit_test(weights_that_share_nothing_are_refused),
        cmocka_unit_test(random_allocations_sum_exactly_and_match_the_plain_rule),
        cmocka_unit_test(a_long_spread_of_days_sums_exactly),
        cmocka_unit_test(decimals_keep_their_places_unless_trimmed),
        cmocka_unit_test(the_widest_values_have_a_text),
        cmocka_unit_test(decimals_parse_exactly),
        cmocka_unit_test(trailing_zeros_beyond_the_places_are_accepted),
        cmocka_unit_test(what_is_no_decimal_is_refused),
        cmocka_unit_test(decimals_fit_up_to_the_last_unit_and_are_refused_beyond),
        cmocka_unit_test(a_syntax_error_is_told_before_an_overflow),
        cmocka_unit_test(random_decimals_come_back),
        cmocka_unit_test(more_than_eight_places_abort),
        cmocka_unit_test(money_refuses_more_decimals_than_its_currency_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
