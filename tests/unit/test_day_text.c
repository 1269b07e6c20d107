/* Days in foreign formats: what is read, and that nothing is guessed. */
#include "lib/test.h"

#include "import/day_text.h"

static void expect(const char *text, const char *format, const char *day)
{
    sl_day read = {0};
    assert_ok(sl_day_text_read(text, format, &read));
    assert_int_equal(read.v, DAY(day).v);
}

static void refuse(const char *text, const char *format)
{
    sl_day untouched = {42};
    assert_err(SL_E_BAD_DATE, sl_day_text_read(text, format, &untouched));
    assert_int_equal(untouched.v, 42);
}

static void days_are_read_by_format(void **state)
{
    (void)state;
    expect("2017-03-01", "%Y-%m-%d", "2017-03-01");
    expect("3/1/2017", "%m/%d/%Y", "2017-03-01");
    expect("01.03.17", "%d.%m.%y", "2017-03-01");
    expect("1-Mar-1999", "%d-%b-%Y", "1999-03-01");
    expect("1 march 2017", "%d %b %Y", "2017-03-01");
    expect("2017年3月1日", "%Y年%m月%d日", "2017-03-01");
}

static void a_time_of_day_and_a_rest_can_be_dropped(void **state)
{
    (void)state;
    expect("2017-03-01 23:59:59", "%Y-%m-%d %H:%M:%S", "2017-03-01");
    expect("2017-03-01T10:00:00Z", "%Y-%m-%dT%*", "2017-03-01");
    expect("2017-03-01", "%Y-%m-%d%*", "2017-03-01");
}

static void two_digit_years_turn_at_69(void **state)
{
    (void)state;
    expect("01.01.68", "%d.%m.%y", "2068-01-01");
    expect("01.01.69", "%d.%m.%y", "1969-01-01");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    refuse("2017-02-29", "%Y-%m-%d");
    refuse("2017-13-01", "%Y-%m-%d");
    refuse("2017-03-01x", "%Y-%m-%d");
    refuse("2017-03", "%Y-%m-%d");
    refuse("17-03-01", "%Y-%m-%d");
    refuse("", "%Y-%m-%d");
    refuse("1899-12-31", "%Y-%m-%d");
    refuse("Foo 1 2017", "%b %d %Y");
}

static void a_format_names_year_month_and_day(void **state)
{
    (void)state;
    assert_true(sl_day_format_is_valid("%d.%m.%Y"));
    assert_true(sl_day_format_is_valid("100%% %y %b %d"));
    assert_false(sl_day_format_is_valid("%Y-%m"));
    assert_false(sl_day_format_is_valid("%Y-%m-%d %Q"));
    assert_false(sl_day_format_is_valid("%Y-%m-%d %"));
    refuse("2017-03", "%Y-%m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_read_by_format),
        cmocka_unit_test(a_time_of_day_and_a_rest_can_be_dropped),
        cmocka_unit_test(two_digit_years_turn_at_69),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_format_names_year_month_and_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
