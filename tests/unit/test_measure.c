/* Measures: names parse and print back, values are exact fractions in the measure's unit. */
#include "lib/test.h"

#include <string.h>

#include "domain/measure.h"

static struct sl_measure measure_of(const char *text)
{
    struct sl_measure measure;
    assert_ok(sl_measure_parse(SLICE(text), &measure, NULL));
    return measure;
}

static struct sl_fraction value_of(const char *text, const int64_t sums[SL_SUMS])
{
    struct sl_measure measure = measure_of(text);
    struct sl_ratio ratio;
    assert_ok(sl_measure_of_sums(&measure, sums, &ratio));
    return sl_measure_value(&measure, ratio);
}

static void assert_ratio(struct sl_fraction actual, int64_t numerator, int64_t denominator)
{
    assert_true(actual.numerator == numerator);
    assert_true(actual.denominator == denominator);
}

static void every_supported_name_prints_back(void **state)
{
    (void)state;
    static const char *const names[] = {"booked.amount",       "won.count",         "contact.count",
                                        "contact.count:VISIT", "win.rate",          "deal.size",
                                        "cycle.days",          "cycle.days:CLOSED", "margin.rate",
                                        "returned.amount"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char buf[SL_MEASURE_TEXT_MAX];
        struct sl_measure measure = measure_of(names[i]);
        assert_int_equal(sl_measure_format(&measure, buf), strlen(names[i]));
        assert_string_equal(buf, names[i]);
    }
}

static void every_name_of_the_table_is_computed_or_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sl_measure_name_count(); i++) {
        bool is_supported;
        struct sl_measure measure;
        const char *name = sl_measure_name(i, &is_supported);
        assert_err(is_supported ? SL_OK : SL_E_UNSUPPORTED,
                   sl_measure_parse(SLICE(name), &measure, NULL));
    }
    bool unused;
    assert_null(sl_measure_name(sl_measure_name_count(), &unused));
}

static void a_known_measure_that_is_not_computed_is_named_in_the_refusal(void **state)
{
    (void)state;
    struct sl_measure measure;
    struct sl_diag diag = {0};
    assert_err(SL_E_UNSUPPORTED, sl_measure_parse(SLICE("growth"), &measure, &diag));
    assert_string_equal(diag.message, "this version does not compute 'growth'");
}

static void what_is_no_measure_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"booked",
                                        "booked.amounts",
                                        "Booked.amount",
                                        "booked.amount:VISIT",
                                        "booked.amount:",
                                        "contact.count:visit",
                                        "contact.count:",
                                        "cycle.days:OPEN",
                                        ":"};
    struct sl_measure measure;
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_err(SL_E_BAD_MEASURE, sl_measure_parse(SLICE(names[i]), &measure, NULL));
    }
    assert_err(SL_E_MISSING_FIELD, sl_measure_parse(SLICE(""), &measure, NULL));
}

static void a_sum_is_itself_in_its_own_unit(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = -5, [SL_SUM_BOOKED_UNITS] = 1500};
    assert_ratio(value_of("booked.amount", sums), -5, 1);
    assert_int_equal(measure_of("booked.amount").unit, SL_UNIT_MINOR);
    assert_int_equal(measure_of("booked.units").unit, SL_UNIT_THOUSANDTHS);
    assert_int_equal(measure_of("won.count").unit, SL_UNIT_PPM);
}

/* Worked example 29, closed win rate: 3 won, 7 lost. */
static void win_rate_is_won_over_won_and_lost_in_ppm(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_WON_COUNT_PPM] = 3000000, [SL_SUM_LOST_COUNT_PPM] = 7000000};
    assert_ratio(value_of("win.rate", sums), 300000, 1);
    sums[SL_SUM_LOST_COUNT_PPM] = 4000000;
    assert_ratio(value_of("win.rate", sums), 3000000, 7);
    assert_int_equal(measure_of("win.rate").unit, SL_UNIT_PPM);
}

static void deal_size_and_margin_rate_come_in_their_unit(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = 10000,
                             [SL_SUM_BOOKED_COUNT_PPM] = 3000000,
                             [SL_SUM_BOOKED_MARGIN] = 2500,
                             [SL_SUM_BOOKED_COSTED] = 10000};
    assert_ratio(value_of("deal.size", sums), 10000, 3);
    assert_ratio(value_of("margin.rate", sums), 250000, 1);
}

static void margin_rate_is_over_what_has_a_cost_and_undefined_without(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = 10000,
                             [SL_SUM_BOOKED_MARGIN] = 2500,
                             [SL_SUM_BOOKED_COSTED] = 5000};
    assert_ratio(value_of("margin.rate", sums), 500000, 1);
    sums[SL_SUM_BOOKED_MARGIN] = 0; /* known, and nothing is left */
    assert_ratio(value_of("margin.rate", sums), 0, 1);
    sums[SL_SUM_BOOKED_COSTED] = 0;
    assert_ratio(value_of("margin.rate", sums), 0, 0);
}

static void cycle_days_are_means_over_won_or_over_closed(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_WON_COUNT_PPM] = 2000000,
                             [SL_SUM_LOST_COUNT_PPM] = 1000000,
                             [SL_SUM_CYCLE_DAYS_WON_PPM] = 90000000,
                             [SL_SUM_CYCLE_DAYS_LOST_PPM] = 10000000};
    assert_ratio(value_of("cycle.days", sums), 45, 1);
    assert_ratio(value_of("cycle.days:CLOSED", sums), 100, 3);
    assert_int_equal(measure_of("cycle.days").unit, SL_UNIT_DAYS_RATIO);
}

static void a_ratio_over_nothing_is_undefined(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = 10000};
    assert_ratio(value_of("win.rate", sums), 0, 0);
    assert_ratio(value_of("deal.size", sums), 0, 0);
}

static void a_ratio_over_a_negative_sum_keeps_a_positive_denominator(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = -10000, [SL_SUM_BOOKED_COUNT_PPM] = -3000000};
    assert_ratio(value_of("deal.size", sums), 10000, 3);
}

static void a_value_in_its_unit_may_exceed_64_bits(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_BOOKED_AMOUNT] = INT64_MAX - 1, [SL_SUM_BOOKED_COUNT_PPM] = 7};
    struct sl_fraction value = value_of("deal.size", sums);
    assert_true(value.numerator == (sl_int128)(INT64_MAX - 1) * 1000000);
    assert_true(value.denominator == 7);
}

static void sums_that_do_not_fit_together_are_refused(void **state)
{
    (void)state;
    int64_t sums[SL_SUMS] = {[SL_SUM_WON_COUNT_PPM] = 1, [SL_SUM_LOST_COUNT_PPM] = INT64_MAX};
    struct sl_measure measure = measure_of("win.rate");
    struct sl_ratio ratio = {.numerator = 42};
    assert_err(SL_E_OVERFLOW, sl_measure_of_sums(&measure, sums, &ratio));
    assert_int_equal(ratio.numerator, 42);
}

static void cost_like_measures_say_that_lower_is_better(void **state)
{
    (void)state;
    assert_true(measure_of("cycle.days").lower_is_better);
    assert_true(measure_of("lost.count").lower_is_better);
    assert_true(measure_of("returned.amount").lower_is_better);
    assert_false(measure_of("booked.amount").lower_is_better);
}

static void a_contact_kind_is_kept_as_a_filter(void **state)
{
    (void)state;
    assert_int_equal(measure_of("contact.count:OTHER").contact_kind, 9);
    assert_int_equal(measure_of("contact.count").contact_kind, 0);
    assert_string_equal(sl_contact_kind_name(2), "VISIT");
    assert_null(sl_contact_kind_name(0));
    assert_null(sl_contact_kind_name(SL_CONTACT_KINDS));
    assert_int_equal(sl_contact_kind_of_name(SLICE("DEMO")), 4);
    assert_int_equal(sl_contact_kind_of_name(SLICE("")), 0);
}

static void a_filters_stream_and_quantity_give_one_sum(void **state)
{
    (void)state;
    enum sl_sum sum;
    assert_ok(sl_sum_of_stream(SL_STREAM_BOOKED, SL_QUANTITY_MARGIN, &sum));
    assert_int_equal(sum, SL_SUM_BOOKED_MARGIN);
    assert_ok(sl_sum_of_stream(SL_STREAM_QUOTED, SL_QUANTITY_COUNT, &sum));
    assert_int_equal(sum, SL_SUM_QUOTE_COUNT_PPM);
    assert_err(SL_E_UNSUPPORTED, sl_sum_of_stream(SL_STREAM_INVOICED, SL_QUANTITY_UNITS, &sum));
}

static void every_sum_has_the_unit_of_its_measure(void **state)
{
    (void)state;
    for (int sum = 0; sum < SL_SUMS; sum++) {
        struct sl_measure measure = sl_measure_of_sum((enum sl_sum)sum);
        assert_int_equal(measure.unit, sl_sum_unit((enum sl_sum)sum));
        assert_int_equal(measure.numerators[0], sum);
        assert_false(measure.is_ratio);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_supported_name_prints_back),
        cmocka_unit_test(every_name_of_the_table_is_computed_or_refused_by_name),
        cmocka_unit_test(a_known_measure_that_is_not_computed_is_named_in_the_refusal),
        cmocka_unit_test(what_is_no_measure_is_refused),
        cmocka_unit_test(a_sum_is_itself_in_its_own_unit),
        cmocka_unit_test(win_rate_is_won_over_won_and_lost_in_ppm),
        cmocka_unit_test(deal_size_and_margin_rate_come_in_their_unit),
        cmocka_unit_test(margin_rate_is_over_what_has_a_cost_and_undefined_without),
        cmocka_unit_test(cycle_days_are_means_over_won_or_over_closed),
        cmocka_unit_test(a_ratio_over_nothing_is_undefined),
        cmocka_unit_test(a_ratio_over_a_negative_sum_keeps_a_positive_denominator),
        cmocka_unit_test(a_value_in_its_unit_may_exceed_64_bits),
        cmocka_unit_test(sums_that_do_not_fit_together_are_refused),
        cmocka_unit_test(cost_like_measures_say_that_lower_is_better),
        cmocka_unit_test(a_contact_kind_is_kept_as_a_filter),
        cmocka_unit_test(a_filters_stream_and_quantity_give_one_sum),
        cmocka_unit_test(every_sum_has_the_unit_of_its_measure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
