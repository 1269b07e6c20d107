/* Numbers of other systems: what is undressed, and what is refused rather than guessed. */
#include "lib/test.h"

#include <string.h>

#include "import/number_text.h"

struct number_case {
    const char *text;
    const char *plain; /* NULL: refused */
};

static void
check(const struct sl_number_style *style, const struct number_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char buf[SL_NUMBER_TEXT_MAX] = "untouched";
        enum sl_err want = cases[i].plain == NULL ? SL_E_INVALID_FIELD : SL_OK;
        const char *text = cases[i].plain == NULL ? "untouched" : cases[i].plain;
        enum sl_err err = sl_number_text_plain(cases[i].text, style, false, buf);
        if (err != want || strcmp(buf, text) != 0) {
            fail_msg("\"%s\" gives %s \"%s\"", cases[i].text, sl_err_name(err), buf);
        }
    }
}

static void group_signs_stand_before_three_digits_of_the_whole_part(void **state)
{
    (void)state;
    const struct sl_number_style style = {.strip = "$ ", .decimal = '.', .group = ','};
    static const struct number_case cases[] = {
        {"1,234.50", "1234.50"}, {"$ 12,345,678", "12345678"},
        {"-$1,000", "-1000"},    {"1234", "1234"},
        {"1234,567", "1234567"}, {"1,50", NULL},
        {"1,2345", NULL},        {"1,,234", NULL},
        {",123", NULL},          {"-,123", NULL},
        {"123,", NULL},          {"1,23,456", NULL},
        {"1.234,5", NULL},       {"1.234,567", NULL},
        {"1,234,", NULL},
    };
    check(&style, cases, COUNT(cases));
}

static void decimal_and_group_signs_may_be_exchanged(void **state)
{
    (void)state;
    const struct sl_number_style style = {.strip = "\u20ac ", .decimal = ',', .group = '.'};
    static const struct number_case cases[] = {
        {"1.234,50 \u20ac", "1234.50"},
        {"1.500", "1500"},
        {"1,5", "1.5"},
        {"1.5", NULL},
        {"1,500.00", NULL},
        {"1.50,00", NULL},
    };
    check(&style, cases, COUNT(cases));
}

static void there_is_one_sign_at_most(void **state)
{
    (void)state;
    const struct sl_number_style style = {.strip = "$", .decimal = '.'};
    static const struct number_case cases[] = {
        {"+5", "5"},   {"-5", "-5"},  {"$+5", "5"}, {"+-5", NULL},   {"-+5", NULL},
        {"++5", NULL}, {"--5", NULL}, {"5-", NULL}, {"1,000", NULL}, {"abc", NULL},
    };
    check(&style, cases, COUNT(cases));
}

static void a_percent_sign_is_dropped_where_it_is_awaited(void **state)
{
    (void)state;
    const struct sl_number_style style = {.decimal = '.'};
    char buf[SL_NUMBER_TEXT_MAX];
    assert_ok(sl_number_text_plain("12.5%", &style, true, buf));
    assert_string_equal(buf, "12.5");
    assert_err(SL_E_INVALID_FIELD, sl_number_text_plain("12.5%", &style, false, buf));
}

static void a_number_has_a_maximum(void **state)
{
    (void)state;
    const struct sl_number_style style = {.strip = "$", .decimal = '.'};
    char buf[SL_NUMBER_TEXT_MAX];
    char text[SL_NUMBER_TEXT_MAX + 2] = "$";
    memset(text + 1, '1', SL_NUMBER_TEXT_MAX - 1);
    assert_ok(sl_number_text_plain(text, &style, false, buf));
    assert_string_equal(buf, text + 1);
    text[SL_NUMBER_TEXT_MAX] = '1';
    assert_err(SL_E_TOO_BIG, sl_number_text_plain(text, &style, false, buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(group_signs_stand_before_three_digits_of_the_whole_part),
        cmocka_unit_test(decimal_and_group_signs_may_be_exchanged),
        cmocka_unit_test(there_is_one_sign_at_most),
        cmocka_unit_test(a_percent_sign_is_dropped_where_it_is_awaited),
        cmocka_unit_test(a_number_has_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
