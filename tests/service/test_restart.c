/* Starting again, cleanly or after a crash: what was acknowledged is there, and the daemon goes on writing at once. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/service.h"
#include "lib/test.h"

static struct sl_slice visit(struct sl_service *s)
{
    return BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana");
}

/* Ticks as a second of the loop's timer would. */
static void let_a_second_pass(struct sl_service *s)
{
    for (unsigned i = 0; i < 11; i++) {
        s->clock.at.v += 100000;
        sl_core_tick(s->core);
        sl_service_settle(s);
    }
}

static void after_any_mix_of_restarts_and_crashes_appends_go_on(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_service s;
    sl_service_open(&s);
    uint64_t head = 0;
    for (unsigned i = 0; i < 40; i++) {
        uint64_t appends = sl_test_random_below(&random, 3);
        struct sl_caller *ana = sl_caller_open(&s, "ana");
        for (uint64_t k = 0; k < appends; k++) {
            head++;
            assert_int_equal(sl_caller_record(ana, visit(&s))->seq, head);
        }
        if (sl_test_random_below(&random, 2) == 0) {
            let_a_second_pass(&s);
        }
        if (sl_test_random_below(&random, 2) == 0) {
            sl_service_crash(&s);
        } else {
            sl_service_restart(&s);
        }
        assert_int_equal(sl_core_head(s.core).v, head);
    }
    sl_service_close(&s);
}

static void after_a_restart_and_a_crash_the_next_append_is_acknowledged(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    (void)sl_caller_record(sl_caller_open(&s, "ana"), visit(&s));
    sl_service_restart(&s);
    (void)sl_caller_record(sl_caller_open(&s, "ana"), visit(&s));
    sl_service_crash(&s);

    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_ask_status(ana);
    struct sl_slice event = visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 3);
    sl_service_close(&s);
}

/* The newest segment is the one being made while the others are written. */
static void cut_newest_segment(const char *ledger_dir, off_t len)
{
    char dir[SL_TEMP_DIR_BYTES + 16];
    (void)snprintf(dir, sizeof dir, "%s/journal", ledger_dir);
    char newest[64] = "";
    DIR *handle = opendir(dir);
    assert_non_null(handle);
    const struct dirent *entry = readdir(handle);
    while (entry != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, newest) > 0) {
            (void)snprintf(newest, sizeof newest, "%.63s", entry->d_name);
        }
        entry = readdir(handle);
    }
    (void)closedir(handle);
    char path[sizeof dir + sizeof newest];
    (void)snprintf(path, sizeof path, "%s/%s", dir, newest);
    assert_int_equal(truncate(path, len), 0);
}

static void a_segment_whose_making_was_cut_short_does_not_stop_the_writing(void **state)
{
    (void)state;
    static const off_t lengths[] = {0, 100, 4096, 8192};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct sl_service s;
        sl_service_open(&s);
        (void)sl_caller_record(sl_caller_open(&s, "ana"), visit(&s));
        sl_service_stop(&s);
        cut_newest_segment(s.dir, lengths[i]);
        sl_service_open_with(&s);

        assert_int_equal(sl_caller_record(sl_caller_open(&s, "ana"), visit(&s))->seq, 2);

        sl_service_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_any_mix_of_restarts_and_crashes_appends_go_on),
        cmocka_unit_test(a_segment_whose_making_was_cut_short_does_not_stop_the_writing),
        cmocka_unit_test(after_a_restart_and_a_crash_the_next_append_is_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
