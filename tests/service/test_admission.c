/* Overload: what waits has a maximum, what is beyond is answered BUSY, and each request is answered once. */
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"

enum { FLOOD = 2000, PER_TURN = 256 };

static void open_small(struct sl_service *s, size_t waiting_max)
{
    sl_service_init(s);
    s->options.limits.waiting_max = waiting_max;
    s->options.limits.turn_bytes_max = 1u << 30; /* so that nothing else makes input wait */
    s->options.limits.in_flight_max = FLOOD;
    sl_service_open_with(s);
}

/* Its first append, so that it is known to append from now on. */
static struct sl_caller *open_appender(struct sl_service *s, const char *actor)
{
    struct sl_caller *caller = sl_caller_open(s, actor);
    (void)sl_caller_record(caller, sl_visit(s));
    return caller;
}

/* Replies with tags 1 to `count`, each once; gives how many are BUSY. */
static size_t count_busy(struct sl_caller *caller, size_t count)
{
    static bool seen[FLOOD + 1];
    size_t busy = 0;
    memset(seen, 0, sizeof seen);
    assert_int_equal(sl_caller_pending(caller), count);
    for (size_t i = 0; i < count; i++) {
        const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
        assert_in_range(reply->tag, 1, count);
        assert_false(seen[reply->tag]);
        seen[reply->tag] = true;
        if (reply->error != NULL) {
            assert_int_equal(sl_error_of(reply->error), SL_E_BUSY);
            assert_true(reply->error->may_retry);
            busy++;
        }
    }
    return busy;
}

static void what_fits_the_queue_waits_and_the_rest_is_busy_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t cuts[] = {1, 3, 100, 1000, 1000000};
    enum { WAITING = 20000 };
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct sl_service s;
        open_small(&s, WAITING);
        struct sl_caller *ana = open_appender(&s, "ana");
        struct sl_slice bytes = sl_many_visits(&s, FLOOD);
        size_t per_request = bytes.len / FLOOD;
        uint64_t before = sl_core_head(s.core).v;

        for (size_t at = 0; at < bytes.len; at += cuts[i]) {
            size_t left = bytes.len - at;
            sl_caller_send(ana, bytes.data + at, left < cuts[i] ? left : cuts[i]);
        }
        sl_service_settle(&s);

        size_t accepted = sl_core_head(s.core).v - before;
        assert_int_equal(count_busy(ana, FLOOD), FLOOD - accepted);
        assert_in_range(accepted, PER_TURN + WAITING / (per_request + 1),
                        PER_TURN + WAITING / (per_request - 1) + 2);
        sl_service_close(&s);
    }
}

static void busy_is_said_at_once(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s, 1000);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_slice event = sl_visit(&s);
    struct sl_slice bytes = sl_many_visits(&s, FLOOD);
    sl_caller_send(ana, bytes.data, bytes.len);
    sl_service_settle(&s);
    (void)count_busy(ana, FLOOD);
    bytes = sl_many_visits(&s, PER_TURN);
    struct sl_caller *bo = open_appender(&s, "bo");
    sl_caller_send(bo, bytes.data, bytes.len); /* the turn is full */
    for (size_t i = 0; i < 50; i++) {
        event = sl_visit(&s);
        sl_caller_append(ana, i + 1, &event, 1, false);
    }

    assert_false(sl_client_session_wants_input(ana->session)); /* it is gathered */
    sl_fake_clock_advance_us(&s.clock, 20000);
    (void)sl_service_turn(&s);                                /* the disk has done nothing yet */
    assert_true(sl_client_session_wants_input(ana->session)); /* to be refused */

    assert_in_range(sl_caller_pending(ana), 20, 49); /* those that fit are not answered yet */
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_BUSY);
    sl_service_close(&s);
}

static void below_the_maximum_nobody_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s, SL_WAITING_BYTES_MAX);
    struct sl_caller *callers[4];
    struct sl_slice bytes = {NULL, 0};
    for (size_t i = 0; i < COUNT(callers); i++) {
        callers[i] = open_appender(&s, "ana");
    }

    for (size_t i = 0; i < COUNT(callers); i++) {
        bytes = sl_many_visits(&s, FLOOD);
        sl_caller_send(callers[i], bytes.data, bytes.len);
    }
    assert_true(COUNT(callers) * bytes.len < SL_WAITING_BYTES_MAX);
    sl_service_settle(&s);

    for (size_t i = 0; i < COUNT(callers); i++) {
        assert_int_equal(count_busy(callers[i], FLOOD), 0);
    }
    sl_service_close(&s);
}

/* The greatest queue there is, by default. */
static void at_the_default_maximum_the_rest_is_busy(void **state)
{
    enum { EVENT = 60000, REQUESTS = 250 };
    (void)state;
    struct sl_service s;
    open_small(&s, 0);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_caller *bo = open_appender(&s, "bo");
    struct sl_slice bytes = sl_many_visits(&s, PER_TURN);
    uint8_t *large = sl_arena_calloc(&s.arena, 1, EVENT);
    struct sl_slice event = {large, EVENT}; /* no event; but it waits like one */

    sl_caller_send(bo, bytes.data, bytes.len); /* the turn is full */
    for (size_t i = 0; i < REQUESTS; i++) {
        sl_caller_append(ana, i + 1, &event, 1, false);
    }
    (void)sl_service_turn(&s);

    size_t fit = SL_WAITING_BYTES_MAX / EVENT;
    assert_in_range(sl_caller_pending(ana), REQUESTS - fit - 1, REQUESTS);
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_BUSY);
    sl_service_close(&s);
}

static void who_has_nothing_waiting_is_let_in(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s, 1000);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_caller *bo = open_appender(&s, "bo");
    struct sl_slice bytes = sl_many_visits(&s, FLOOD);
    struct sl_slice event = sl_visit(&s);

    sl_caller_send(ana, bytes.data, bytes.len);
    sl_caller_append(bo, 1, &event, 1, false);
    sl_service_settle(&s);

    assert_int_equal(sl_error_of(sl_receipt_of(sl_caller_expect(bo), 0)->error), SL_OK);
    assert_true(count_busy(ana, FLOOD) > FLOOD / 2);
    sl_service_close(&s);
}

static void when_the_queue_is_gone_all_is_as_before(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s, 1000);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, FLOOD);
    sl_caller_send(ana, bytes.data, bytes.len);
    sl_service_settle(&s);
    assert_true(count_busy(ana, FLOOD) > 0);

    bytes = sl_many_visits(&s, PER_TURN);
    sl_caller_send(ana, bytes.data, bytes.len);
    sl_service_settle(&s);

    assert_int_equal(count_busy(ana, PER_TURN), 0);
    sl_service_close(&s);
}

/* `late_us` after ana's queue began, one more request comes. */
static size_t busy_after(uint64_t late_us, size_t waiting_max)
{
    struct sl_service s;
    open_small(&s, waiting_max);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, PER_TURN + 10);
    struct sl_slice one_more = sl_many_visits(&s, PER_TURN + 11);
    size_t at = one_more.len - one_more.len / (PER_TURN + 11) - 1;
    while (one_more.data[at] != one_more.len - at - 4 || one_more.data[at + 1] != 0) {
        at++; /* the last frame's header */
    }
    sl_caller_send(ana, bytes.data, bytes.len);
    sl_fake_clock_advance_us(&s.clock, late_us);
    (void)sl_caller_open(&s, "bo");
    sl_caller_status(s.callers[1], 1); /* the core looks at its clock */
    sl_caller_send(ana, one_more.data + at, one_more.len - at);
    sl_service_settle(&s);
    size_t busy = count_busy(ana, PER_TURN + 11);
    sl_service_close(&s);
    return busy;
}

static void behind_an_append_that_has_waited_too_long_no_more_may_wait(void **state)
{
    (void)state;
    enum { WAITING_MAX = 2000 };
    assert_int_equal(busy_after((uint64_t)SL_WAITING_S_MAX * 1000000 - 1, WAITING_MAX), 0);
    assert_int_equal(busy_after((uint64_t)SL_WAITING_S_MAX * 1000000, WAITING_MAX), 1);
}

static void while_little_waits_nobody_is_refused_for_a_slow_disk(void **state)
{
    (void)state;
    assert_int_equal(busy_after((uint64_t)SL_WAITING_S_MAX * 5000000, SL_WAITING_BYTES_MAX), 0);
}

static void who_does_not_read_is_not_read_on(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.waiting_max = 1000;
    s.options.limits.output_bytes_high = 2000;
    s.options.limits.turn_bytes_max = 1u << 30;
    sl_service_open_with(&s);
    struct sl_caller *ana = open_appender(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, FLOOD);
    ana->is_deaf = true;

    sl_caller_send(ana, bytes.data, bytes.len);
    assert_false(sl_client_session_wants_input(ana->session));
    sl_service_settle(&s);
    assert_true(sl_client_session_output(ana->session).len < 4000);
    sl_caller_listen(ana);
    sl_service_settle(&s);

    assert_int_equal(sl_caller_pending(ana), FLOOD); /* nothing was lost */
    sl_service_close(&s);
}

/* Each look at the clock finds that so much has passed. */
static uint64_t step(const struct sl_clock *clock)
{
    static uint64_t now_us = 1;
    (void)clock;
    now_us += 20000;
    return now_us;
}

static void questions_late_in_an_overlong_turn_are_busy(void **state)
{
    enum { ASKERS = 60 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.clock.base.monotonic_us = step;
    sl_service_open_with(&s);
    struct sl_caller *askers[ASKERS];
    for (size_t i = 0; i < ASKERS; i++) {
        askers[i] = sl_caller_open(&s, "ana");
    }
    (void)sl_service_turn(&s);

    for (size_t i = 0; i < ASKERS; i++) {
        sl_caller_rank(askers[i], 1);
    }
    sl_service_settle(&s);

    assert_null(sl_caller_expect(askers[0])->error);
    assert_null(sl_caller_expect(askers[31])->error);
    assert_int_equal(sl_error_of(sl_caller_expect(askers[ASKERS - 1])->error), SL_E_BUSY);
    sl_caller_rank(askers[ASKERS - 1], 2); /* another turn */
    sl_service_settle(&s);
    assert_null(sl_caller_expect(askers[ASKERS - 1])->error);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_the_queue_waits_and_the_rest_is_busy_however_it_is_cut),
        cmocka_unit_test(busy_is_said_at_once),
        cmocka_unit_test(below_the_maximum_nobody_is_refused),
        cmocka_unit_test(at_the_default_maximum_the_rest_is_busy),
        cmocka_unit_test(who_has_nothing_waiting_is_let_in),
        cmocka_unit_test(when_the_queue_is_gone_all_is_as_before),
        cmocka_unit_test(behind_an_append_that_has_waited_too_long_no_more_may_wait),
        cmocka_unit_test(while_little_waits_nobody_is_refused_for_a_slow_disk),
        cmocka_unit_test(who_does_not_read_is_not_read_on),
        cmocka_unit_test(questions_late_in_an_overlong_turn_are_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
