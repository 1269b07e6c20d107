/* Lines about refused calls: the first at once, then sums, and a bounded number of them whoever comes. */
#include <stdio.h>
#include <string.h>

#include "lib/log_lines.h"
#include "lib/test.h"
#include "service/denials.h"

#define EVERY SL_DENIALS_EVERY_US

static void the_first_is_told_at_once_and_the_rest_as_a_sum(void **state)
{
    (void)state;
    struct sl_denials denials = {0};
    struct sl_log_lines log;
    sl_log_lines_begin(&log);
    for (int i = 0; i < 100; i++) {
        sl_denials_add(&denials, SLICE("bob"), SL_RIGHT_APPEND, 5);
        sl_denials_tick(&denials, 5 + EVERY - 1);
    }
    sl_denials_tick(&denials, 5 + EVERY);
    sl_denials_tick(&denials, 5 + 2 * EVERY);
    sl_log_lines_end(&log);
    assert_string_equal(log.text, "<4>event=denied user=bob right=append count=1\n"
                                  "<4>event=denied user=bob right=append count=99\n");
}

static void who_was_not_refused_again_is_told_at_once_the_next_time(void **state)
{
    (void)state;
    struct sl_denials denials = {0};
    struct sl_log_lines log;
    sl_log_lines_begin(&log);
    sl_denials_add(&denials, SLICE("bob"), SL_RIGHT_READ, 0);
    sl_denials_tick(&denials, EVERY);
    sl_denials_add(&denials, SLICE("bob"), SL_RIGHT_READ, EVERY);
    sl_log_lines_end(&log);
    assert_string_equal(log.text, "<4>event=denied user=bob right=read count=1\n"
                                  "<4>event=denied user=bob right=read count=1\n");
}

static void the_end_leaves_nothing_untold(void **state)
{
    (void)state;
    struct sl_denials denials = {0};
    struct sl_log_lines log;
    sl_denials_flush(&denials); /* nothing to tell */
    sl_log_lines_begin(&log);
    sl_denials_add(&denials, SLICE("bob"), SL_RIGHT_ADMIN, 0);
    sl_denials_add(&denials, SLICE("bob"), SL_RIGHT_ADMIN, 0);
    sl_denials_flush(&denials);
    sl_denials_flush(&denials);
    sl_denials_flush(&denials);
    sl_log_lines_end(&log);
    assert_string_equal(log.text, "<4>event=denied user=bob right=admin count=1\n"
                                  "<4>event=denied user=bob right=admin count=1\n");
}

static void more_users_than_rows_are_counted_together(void **state)
{
    (void)state;
    struct sl_denials denials = {0};
    struct sl_log_lines log;
    sl_log_lines_begin(&log);
    for (unsigned i = 0; i < 10 * SL_DENIALS_MAX; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%u", i);
        sl_denials_add(&denials, SLICE(user), SL_RIGHT_APPEND, 0);
    }
    sl_denials_tick(&denials, EVERY);
    sl_log_lines_end(&log);
    assert_int_equal(log.lines, SL_DENIALS_MAX + 1);
    assert_non_null(strstr(log.text, "\n<4>event=denied_others count=144\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_told_at_once_and_the_rest_as_a_sum),
        cmocka_unit_test(who_was_not_refused_again_is_told_at_once_the_next_time),
        cmocka_unit_test(the_end_leaves_nothing_untold),
        cmocka_unit_test(more_users_than_rows_are_counted_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
