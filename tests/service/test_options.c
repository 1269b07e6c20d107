/* The command line: what is accepted, with which defaults, and that every refusal names the option. */
#include <string.h>

#include "base/log.h"
#include "lib/test.h"
#include "service/options.h"

/* Words after "salesledgerd", up to a NULL. */
static enum sl_err parse(struct sl_options *options, struct sl_diag *diag, char *const *words)
{
    char *argv[16] = {(char[]){"salesledgerd"}};
    int argc = 1;
    while (words[argc - 1] != NULL) {
        argv[argc] = words[argc - 1];
        argc++;
    }
    return sl_options_parse(argc, argv, options, diag);
}
#define WORDS(...) ((char *const[]){__VA_ARGS__, NULL})
#define W(text)    ((char[]){text})

static void run_has_defaults(void **state)
{
    (void)state;
    struct sl_options options;

    assert_ok(parse(&options, NULL, WORDS(W("run"), W("--dir"), W("/d"))));

    assert_int_equal(options.command, SL_COMMAND_RUN);
    assert_string_equal(options.dir, "/d");
    assert_string_equal(options.timezone, "UTC");
    assert_string_equal(options.currency, "USD");
    assert_null(options.socket);
    assert_int_equal(options.policy, 0);
    assert_int_equal(options.socket_mode, 0660);
    assert_null(options.allow_append);
    assert_null(options.allow_read);
    assert_null(options.allow_admin);
    assert_int_equal(options.create, 0);
    assert_int_equal(options.checkpoint_ms, 1000);
    assert_int_equal(options.checkpoint_bytes, 24u * 1024u * 1024u);
    assert_int_equal(options.log_level, SL_LOG_INFO);
}

static void values_come_as_next_word_or_behind_an_equals_sign(void **state)
{
    (void)state;
    struct sl_options options;

    assert_ok(parse(&options, NULL,
                    WORDS(W("run"), W("--dir=/d"), W("--create"), W("--policy"), W("strict"),
                          W("--checkpoint-bytes=2M"), W("--free-bytes-min"), W("3K"),
                          W("--log-level=debug"))));

    assert_int_equal(options.create, 1);
    assert_int_equal(options.policy, 1);
    assert_int_equal(options.checkpoint_bytes, 2u * 1024u * 1024u);
    assert_int_equal(options.free_bytes_min, 3u * 1024u);
    assert_int_equal(options.log_level, SL_LOG_DEBUG);
}

struct refusal {
    char *const *words;
    const char *names; /* in field or message */
};

static void wrong_words_are_refused_by_name(void **state)
{
    (void)state;
    const struct refusal refusals[] = {
        {WORDS(W("fly")), "fly"},
        {WORDS(W("run")), "dir"},
        {WORDS(W("run"), W("--dir")), "dir"},
        {WORDS(W("run"), W("--dir=")), "dir"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--speed=9")), "--speed"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("extra")), "extra"},
        {WORDS(W("check"), W("--dir"), W("/d"), W("--socket"), W("/s")), "--socket"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--create=1")), "create"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--from"), W("/f")), "--from"},
        {WORDS(W("restore"), W("--dir"), W("/d")), "from"},
        {WORDS(W("restore"), W("--from"), W("/f")), "dir"},
        {WORDS(W("check"), W("--from"), W("/f"), W("--dir"), W("/d")), "from"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--policy"), W("lax")), "policy"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--socket-mode"), W("0777")), "socket-mode"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--socket-mode"), W("0640")), "socket-mode"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--allow-append=")), "allow-append"},
        {WORDS(W("check"), W("--dir"), W("/d"), W("--allow-read=*")), "--allow-read"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("9")), "checkpoint-ms"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("3600001")), "checkpoint-ms"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("-1")), "checkpoint-ms"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("1x")), "checkpoint-ms"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("99999999999999999999")),
         "checkpoint-ms"},
        {WORDS(W("run"), W("--dir"), W("/d"), W("--free-bytes-min"), W("18446744073709551615G")),
         "free-bytes-min"},
    };
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct sl_options options = {.command = SL_COMMAND_HELP};
        struct sl_diag diag = {0};

        assert_err(SL_E_USAGE, parse(&options, &diag, refusals[i].words));

        bool is_named = strstr(diag.field, refusals[i].names) != NULL ||
                        strstr(diag.message, refusals[i].names) != NULL;
        assert_true(is_named);
        assert_null(options.dir); /* untouched */
    }
}

static void the_ends_of_a_range_are_inside(void **state)
{
    (void)state;
    struct sl_options options;
    assert_ok(
        parse(&options, NULL, WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("10"))));
    assert_ok(parse(&options, NULL,
                    WORDS(W("run"), W("--dir"), W("/d"), W("--checkpoint-ms"), W("3600000"))));
    assert_int_equal(options.checkpoint_ms, 3600000);
}

static void what_was_given_is_told_from_a_default(void **state)
{
    (void)state;
    struct sl_options options;
    assert_ok(
        parse(&options, NULL, WORDS(W("run"), W("--dir"), W("/d"), W("--currency"), W("USD"))));
    assert_true(sl_options_is_given(&options, "currency"));
    assert_false(sl_options_is_given(&options, "timezone"));
    assert_false(sl_options_is_given(&options, "policy"));
}

static void no_word_at_all_is_wrong_usage(void **state)
{
    (void)state;
    struct sl_options options;
    assert_err(SL_E_USAGE, parse(&options, NULL, (char *const[]){NULL}));
}

static void help_and_version_need_nothing_else(void **state)
{
    (void)state;
    struct sl_options options;
    assert_ok(parse(&options, NULL, WORDS(W("--version"))));
    assert_int_equal(options.command, SL_COMMAND_VERSION);
    assert_ok(parse(&options, NULL, WORDS(W("run"), W("--help"))));
    assert_int_equal(options.command, SL_COMMAND_HELP);
}

static void a_backup_is_named_beside_a_directory_or_alone(void **state)
{
    (void)state;
    struct sl_options options;
    assert_ok(parse(&options, NULL, WORDS(W("check"), W("--from"), W("/f"))));
    assert_string_equal(options.from, "/f");
    assert_null(options.dir);
    assert_ok(parse(&options, NULL, WORDS(W("restore"), W("--from=-"), W("--dir"), W("/d"))));
    assert_int_equal(options.command, SL_COMMAND_RESTORE);
    assert_string_equal(options.from, "-");
    assert_string_equal(options.dir, "/d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_has_defaults),
        cmocka_unit_test(values_come_as_next_word_or_behind_an_equals_sign),
        cmocka_unit_test(wrong_words_are_refused_by_name),
        cmocka_unit_test(the_ends_of_a_range_are_inside),
        cmocka_unit_test(what_was_given_is_told_from_a_default),
        cmocka_unit_test(no_word_at_all_is_wrong_usage),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(a_backup_is_named_beside_a_directory_or_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
