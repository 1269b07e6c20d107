/* What stops the daemon while it is at work: it is told once, nothing is answered any more, and what was half done never reaches the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/service.h"
#include "lib/test.h"
#include "store/state.h"
#include "store/store.h"

static void a_failed_flush_answers_nothing_and_stops_once(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sl_visit(&s), sl_visit(&s)};
    s.ops.call = SL_FAULT_FDATASYNC;
    s.ops.after = 0;
    s.ops.code = EIO;

    sl_caller_append(ana, 1, &events[0], 1, false);
    (void)sl_service_turn(&s);
    sl_inline_run_all(&s.executor);
    (void)sl_service_turn(&s);
    sl_caller_append(ana, 2, &events[1], 1, false);
    sl_service_settle(&s);

    assert_int_equal(s.stops, 1);
    assert_true(s.why.message[0] != '\0');
    assert_true(sl_core_is_stopped(s.core));
    assert_int_equal(sl_caller_pending(ana), 0);
    assert_int_equal(sl_client_session_output(ana->session).len, 0);
    sl_service_close(&s);
}

/* A batch that is all or nothing, in the middle of which everything stops while a checkpoint is written: nobody takes it back any more,
 * and nothing of it reaches the disk. */
static void stop_within_a_batch(struct sl_service *s, const char *why)
{
    struct sl_caller *ana = sl_caller_open(s, "ana");
    (void)sl_caller_record(ana, sl_visit(s));
    sl_store_checkpoint_soon(sl_core_store(s->core));
    sl_core_tick(s->core);
    struct sl_slice personal =
        BUILD_DEFINE(&s->build, .kind = SL_DEFINE_CUSTOMER, .id_text = "ACME",
                     .name = "Ada Lovelace", .region = "EU", .date = "2017-02-03", .id = 7);
    struct sl_slice events[] = {sl_visit(s), personal};
    sl_caller_append(ana, 1, events, 2, true);
    (void)sl_service_turn(s);
    assert_int_equal(s->stops, 1);
    assert_non_null(strstr(s->why.message, why));
    assert_true(sl_inline_run_one(&s->executor, SL_LANE_CHECKPOINT));
    sl_service_settle(s);
    assert_int_equal(sl_caller_pending(ana), 0);
    assert_int_equal(s->stops, 1);
    sl_service_stop(s);
}

static void keys_that_cannot_be_made_stop_it(void **state)
{
    (void)state;
    struct sl_service s;
    char path[2 * SL_TEMP_DIR_BYTES];
    sl_service_open(&s);
    (void)snprintf(path, sizeof path, "%s/keys", s.dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    stop_within_a_batch(&s, "keys");
    assert_int_equal(unlink(path), 0);
    sl_service_open_with(&s);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static struct sl_service *failing;

/* The bytes of a new key are asked for when its event has been accepted. */
static void fill_and_fail(uint8_t *bytes, size_t len)
{
    memset(bytes, 7, len);
    sl_state_fail(sl_store_state(sl_core_store(failing->core)), SL_E_IO);
}

static void a_state_that_cannot_be_read_any_more_stops_it(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    void (*fill_random)(uint8_t *, size_t) = s.options.fill_random;
    s.options.fill_random = fill_and_fail;
    failing = &s;
    sl_service_open_with(&s);
    stop_within_a_batch(&s, "could not be applied");
    s.options.fill_random = fill_random;
    sl_service_open_with(&s);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_flush_answers_nothing_and_stops_once),
        cmocka_unit_test(keys_that_cannot_be_made_stop_it),
        cmocka_unit_test(a_state_that_cannot_be_read_any_more_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
