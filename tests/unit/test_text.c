/* Ids and texts: what is valid UTF-8, what is a control character, and how a value is shown. */
#include "lib/test.h"

#include <string.h>

#include "domain/text.h"

static void valid_characters_of_every_length_are_plain(void **state)
{
    (void)state;
    static const char *const valid[] = {"",
                                        " ",
                                        "~",
                                        "abcdefgh",
                                        "abcdefghi",
                                        "\xc2\xa0",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "\xe5\xbc\xa0\xe4\xbc\x9f"};
    for (size_t i = 0; i < COUNT(valid); i++) {
        assert_true(sl_text_is_plain(SLICE(valid[i])));
        assert_true(sl_text_is_prose(SLICE(valid[i])));
    }
}

static void broken_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"\x80",
                                         "\xbf",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xc2",
                                         "\xc2x",
                                         "\xe0\x9f\xbf",
                                         "\xe2\x82",
                                         "\xed\xa0\x80",
                                         "\xed\xbf\xbf",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xff",
                                         "abcdefg\xff",
                                         "abcdefgh\xe2\x82"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        assert_false(sl_text_is_plain(SLICE(broken[i])));
        assert_false(sl_text_is_prose(SLICE(broken[i])));
    }
}

/* Alone and at every place of a word that is otherwise printable. */
static void control_characters_are_refused_wherever_they_are(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 0x80; byte++) {
        bool is_control = byte < 0x20 || byte == 0x7f;
        bool is_layout = byte == '\t' || byte == '\n' || byte == '\r';
        for (size_t place = 0; place < 9; place++) {
            uint8_t text[9] = "abcdefgh";
            text[8] = 'i';
            text[place] = (uint8_t)byte;
            struct sl_slice slice = {text, sizeof text};
            assert_int_equal(sl_text_is_plain(slice), !is_control);
            assert_int_equal(sl_text_is_prose(slice), !is_control || is_layout);
        }
    }
    assert_false(sl_text_is_plain(SLICE("\xc2\x80")));
    assert_false(sl_text_is_prose(SLICE("\xc2\x9f")));
}

static void a_shown_text_is_short_and_clean(void **state)
{
    (void)state;
    char buf[SL_TEXT_SHOWN_MAX];
    assert_string_equal(sl_text_show(SLICE("D1"), buf), "D1");
    assert_string_equal(sl_text_show(SLICE(""), buf), "");
    assert_string_equal(sl_text_show((struct sl_slice){NULL, 0}, buf), "");
    assert_string_equal(sl_text_show(SLICE("a\nb\xff\xc3\xa4"), buf), "a?b?\xc3\xa4");
    assert_string_equal(sl_text_show(SLICE("0123456789012345678901234567890123456789"), buf),
                        "0123456789012345678901234567890123456789");
    assert_string_equal(sl_text_show(SLICE("01234567890123456789012345678901234567890"), buf),
                        "0123456789012345678901234567890123456789...");
}

static void a_shown_text_is_not_cut_inside_a_character(void **state)
{
    (void)state;
    char buf[SL_TEXT_SHOWN_MAX];
    const char *text = "012345678901234567890123456789012345678\xe5\xbc\xa0\xe5\xbc\xa0";
    assert_string_equal(sl_text_show(SLICE(text), buf),
                        "012345678901234567890123456789012345678...");
}

static void a_shown_text_is_always_plain(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (size_t round = 0; round < 50000; round++) {
        uint8_t text[60];
        char shown[SL_TEXT_SHOWN_MAX];
        size_t len = sl_test_random_below(&random, sizeof text + 1);
        for (size_t i = 0; i < len; i++) {
            text[i] = (uint8_t)sl_test_random(&random);
        }
        assert_true(sl_text_is_plain(SLICE(sl_text_show((struct sl_slice){text, len}, shown))));
        assert_true(strlen(shown) < sizeof shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_characters_of_every_length_are_plain),
        cmocka_unit_test(broken_utf8_is_refused),
        cmocka_unit_test(control_characters_are_refused_wherever_they_are),
        cmocka_unit_test(a_shown_text_is_short_and_clean),
        cmocka_unit_test(a_shown_text_is_not_cut_inside_a_character),
        cmocka_unit_test(a_shown_text_is_always_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
