/* Log lines: whatever a text holds, it stays one value of one line. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static void quotes_and_backslashes_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(sl_log_quote("").text, "\"\"");
    assert_string_equal(sl_log_quote("two words").text, "\"two words\"");
    assert_string_equal(sl_log_quote("a\"b\\c").text, "\"a\\\"b\\\\c\"");
}

/* Cut, a text still ends with the quote that closes it, and no escape is halved. */
static void a_long_text_is_cut_within_its_quotes(void **state)
{
    (void)state;
    char text[2 * SL_LOG_TEXT_BYTES_MAX];
    for (size_t plain = 0; plain < 2; plain++) {
        memset(text, '"', sizeof text - 1);
        memset(text, 'x', plain);
        text[sizeof text - 1] = '\0';
        struct sl_log_text quoted = sl_log_quote(text);
        size_t len = strlen(quoted.text);
        assert_in_range(len, SL_LOG_TEXT_BYTES_MAX - 3, SL_LOG_TEXT_BYTES_MAX - 1);
        assert_int_equal((len - 2 - plain) % 2, 0); /* pairs of backslash and quote */
        assert_string_equal(quoted.text + len - 3, "\\\"\"");
    }
}

static void control_characters_forge_no_line(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    sl_log(SL_LOG_WARNING, "event=test why=%s seq=%d", sl_log_quote("a\n<0>event=b\x7f\x1b").text,
           7);
    sl_log(SL_LOG_DEBUG, "event=not_at_this_level");
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    assert_int_equal(close(kept), 0);
    rewind(file);
    char text[512];
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "<4>event=test why=\"a?<0>event=b??\" seq=7\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_and_backslashes_are_escaped),
        cmocka_unit_test(a_long_text_is_cut_within_its_quotes),
        cmocka_unit_test(control_characters_forge_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
