/* Values as text: exact for programs, rounded half to even for people, empty where undefined. */
#include "lib/test.h"

#include "cli/show.h"

static Salesledger__V1__Value
value_of(int64_t numerator, int64_t denominator, Salesledger__V1__UnitOfMeasure unit)
{
    Salesledger__V1__Value value = SALESLEDGER__V1__VALUE__INIT;
    value.numerator = numerator;
    value.denominator = denominator;
    value.unit = unit;
    return value;
}

static void expect(struct sl_shown shown, const char *text, const char *exact)
{
    assert_string_equal(shown.shown, text);
    assert_string_equal(shown.exact, exact);
}

static void money_has_the_decimals_of_its_currency(void **state)
{
    (void)state;
    expect(sl_show_money(123450, "USD"), "1234.50", "1234.50");
    expect(sl_show_money(-5, "USD"), "-0.05", "-0.05");
    expect(sl_show_money(1234, "JPY"), "1234", "1234");
    expect(sl_show_money(1234, "KWD"), "1.234", "1.234");
    expect(sl_show_money(1234, NULL), "1234", "1234");
}

static void ratios_are_percent_rounded_half_to_even(void **state)
{
    (void)state;
    Salesledger__V1__Value tie =
        value_of(1, 32, SALESLEDGER__V1__UNIT_OF_MEASURE__UNIT_NONE); /* 3.125 % */
    Salesledger__V1__Value ppm = value_of(1000000, 3, SALESLEDGER__V1__UNIT_OF_MEASURE__PPM);
    Salesledger__V1__Value undefined = value_of(0, 0, SALESLEDGER__V1__UNIT_OF_MEASURE__PPM);
    expect(sl_show_ratio(&tie), "3.12%", "0.031250");
    expect(sl_show_ratio(&ppm), "33.33%", "0.333333");
    expect(sl_show_ratio(&undefined), "", "");
    expect(sl_show_ratio(NULL), "", "");
}

static void counts_are_not_percent(void **state)
{
    (void)state;
    Salesledger__V1__Value count = value_of(3500000, 1, SALESLEDGER__V1__UNIT_OF_MEASURE__PPM);
    expect(sl_show_value(&count, "booked.count", "USD"), "3.5", "3.5");
    expect(sl_show_value(&count, "contact.count:VISIT", "USD"), "3.5", "3.5");
    expect(sl_show_value(&count, "win.rate", "USD"), "350.00%", "3.500000");
}

static void fractions_of_money_and_days_are_rounded_once(void **state)
{
    (void)state;
    Salesledger__V1__Value size = value_of(10000, 3, SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR);
    Salesledger__V1__Value days = value_of(155, 3, SALESLEDGER__V1__UNIT_OF_MEASURE__DAYS_RATIO);
    Salesledger__V1__Value units = value_of(1500, 1, SALESLEDGER__V1__UNIT_OF_MEASURE__THOUSANDTHS);
    expect(sl_show_value(&size, "deal.size", "USD"), "33.33", "33.33");
    expect(sl_show_value(&days, "cycle.days", "USD"), "51.7", "51.6667");
    expect(sl_show_value(&units, "booked.units", "USD"), "1.5", "1.5");
}

static void rates_are_as_short_as_they_get(void **state)
{
    (void)state;
    expect(sl_show_rate(81250), "8.125%", "0.08125");
    expect(sl_show_rate(50000), "5%", "0.05");
    expect(sl_show_rate(0), "0%", "0");
}

static void a_moment_is_its_date_and_time(void **state)
{
    (void)state;
    expect(sl_show_time(0), "-", "0");
    expect(sl_show_time(1), "1970-01-01 00:00:00 UTC", "1");
    expect(sl_show_time(1500021000999999), "2017-07-14 08:30:00 UTC", "1500021000999999");
    expect(sl_show_time(253402300799999999), "9999-12-31 23:59:59 UTC", "253402300799999999");
    expect(sl_show_time(253402300800000000), "253402300800000000", "253402300800000000");
    expect(sl_show_time(UINT64_MAX), "18446744073709551615", "18446744073709551615");
}

static void an_undefined_value_is_a_dash_for_people_and_empty_for_programs(void **state)
{
    (void)state;
    Salesledger__V1__Value undefined = value_of(0, 0, SALESLEDGER__V1__UNIT_OF_MEASURE__PPM);
    Salesledger__V1__Value half = value_of(500000, 1, SALESLEDGER__V1__UNIT_OF_MEASURE__PPM);
    expect(sl_show_or_dash(sl_show_value(&undefined, "win.rate", "USD")), "-", "");
    expect(sl_show_or_dash(sl_show_value(&half, "win.rate", "USD")), "50.00%", "0.500000");
}

static void sums_and_ratios_are_told_apart_by_name(void **state)
{
    (void)state;
    assert_true(sl_measure_is_sum("booked.amount"));
    assert_true(sl_measure_is_sum("contact.count:VISIT"));
    assert_false(sl_measure_is_sum("win.rate"));
    assert_false(sl_measure_is_sum("cycle.days:CLOSED"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_has_the_decimals_of_its_currency),
        cmocka_unit_test(ratios_are_percent_rounded_half_to_even),
        cmocka_unit_test(counts_are_not_percent),
        cmocka_unit_test(fractions_of_money_and_days_are_rounded_once),
        cmocka_unit_test(rates_are_as_short_as_they_get),
        cmocka_unit_test(a_moment_is_its_date_and_time),
        cmocka_unit_test(an_undefined_value_is_a_dash_for_people_and_empty_for_programs),
        cmocka_unit_test(sums_and_ratios_are_told_apart_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
