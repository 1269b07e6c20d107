/* Who keeps the daemon waiting is let go in the end, and nobody else is. */
#include "lib/service.h"
#include "lib/test.h"
#include "sl/frame.h"

#define US_PER_S 1000000u

/* Seconds pass, one tick each. */
static void pass(struct sl_service *s, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        sl_fake_clock_advance_us(&s->clock, US_PER_S);
        sl_core_tick(s->core);
        (void)sl_service_turn(s);
    }
}

static void assert_timed_out(struct sl_caller *caller)
{
    const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
    assert_int_equal(sl_error_of(reply->error), SL_E_TIMED_OUT);
    assert_true(reply->error->may_retry);
    assert_false(reply->has_tag);
    assert_null(caller->session); /* done, and so closed by the caller */
}

static void who_says_nothing_is_let_go_after_the_idle_time(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana"); /* connected, and no more */
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    pass(&s, SL_IDLE_S_MAX / 2);
    (void)sl_caller_ask_status(bo);

    pass(&s, SL_IDLE_S_MAX / 2 - 1);
    assert_non_null(ana->session);
    pass(&s, 1);

    assert_timed_out(ana);
    assert_non_null(bo->session); /* has spoken meanwhile */
    pass(&s, SL_IDLE_S_MAX / 2);
    assert_timed_out(bo);
    sl_service_close(&s);
}

static void without_an_idle_time_nobody_is_idle(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.idle_us = UINT64_MAX;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    pass(&s, 2 * SL_IDLE_S_MAX);

    assert_non_null(ana->session);
    sl_service_close(&s);
}

static void who_waits_for_the_daemon_is_not_idle(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.idle_us = 10 * US_PER_S;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    sl_caller_subscribe(bo, 2, 0);

    pass(&s, 100); /* the disk does not answer */
    assert_non_null(ana->session);
    sl_service_settle(&s);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    pass(&s, 9);
    assert_non_null(ana->session); /* the time runs from the answer on */
    pass(&s, 1);
    assert_timed_out(ana);

    pass(&s, 100);
    assert_non_null(bo->session); /* subscribed */
    sl_service_close(&s);
}

static void a_request_that_comes_a_byte_a_second_is_refused_in_the_end(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    uint8_t frame[SL_FRAME_HEADER_BYTES + 1000] = {0};
    sl_frame_put_header(frame, 1000);

    for (unsigned i = 0; i < SL_FRAME_S_MAX; i++) {
        sl_caller_send(ana, frame + i, 1);
        assert_non_null(ana->session);
        pass(&s, 1);
    }

    assert_timed_out(ana);
    sl_service_close(&s);
}

static void a_request_that_is_whole_in_time_is_answered(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);
    struct sl_slice frame = sl_append_frame(&s, 1, &event, 1, false);

    sl_caller_send(ana, frame.data, 5);
    pass(&s, SL_FRAME_S_MAX - 1);
    sl_caller_send(ana, frame.data + 5, frame.len - 5);
    pass(&s, 2); /* the time is over, and does not matter any more */
    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    assert_non_null(ana->session);
    sl_service_close(&s);
}

/* Each read ends amid a request: it is another one each time. */
static void each_request_has_its_own_time(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, 10);
    size_t step = bytes.len / 10;

    sl_caller_send(ana, bytes.data, step / 2);
    for (size_t at = step / 2; at + step <= bytes.len; at += step) {
        pass(&s, SL_FRAME_S_MAX - 1);
        sl_caller_send(ana, bytes.data + at, step);
    }

    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(ana), 9);
    assert_non_null(ana->session);
    sl_service_close(&s);
}

static void what_the_daemon_does_not_read_is_not_timed(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.in_flight_max = 1;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, 3);

    sl_caller_send(ana, bytes.data, bytes.len - 5);
    pass(&s, 2 * SL_FRAME_S_MAX); /* the first one is not answered, the others wait */
    assert_non_null(ana->session);
    sl_service_settle(&s);
    pass(&s, SL_FRAME_S_MAX - 1); /* now the third is waited for */
    sl_caller_send(ana, bytes.data + bytes.len - 5, 5);
    sl_service_settle(&s);

    assert_int_equal(sl_caller_pending(ana), 3);
    sl_service_close(&s);
}

static void who_takes_no_answers_is_let_go(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo"); /* a subscriber likewise */
    ana->is_deaf = true;
    bo->is_deaf = true;
    sl_caller_status(ana, 1);
    sl_caller_subscribe(bo, 2, 1);
    sl_service_settle(&s);

    pass(&s, SL_READER_S_MAX - 1);
    assert_non_null(ana->session);
    assert_non_null(bo->session);
    pass(&s, 1);

    assert_null(ana->session);
    assert_null(bo->session);
    assert_int_equal(sl_caller_ask_status(sl_caller_open(&s, "cy"))->subscriptions, 0);
    sl_service_close(&s);
}

static void who_takes_answers_slowly_is_not(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    ana->is_deaf = true;
    sl_caller_status(ana, 1);
    sl_service_settle(&s);

    for (unsigned i = 0; i < 5; i++) {
        pass(&s, SL_READER_S_MAX - 1);
        sl_client_session_taken(ana->session, 1);
    }

    assert_non_null(ana->session);
    sl_service_close(&s);
}

static void a_subscriber_that_has_everything_may_sleep(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_subscribe(ana, 1, 1);
    sl_service_settle(&s);

    pass(&s, 2 * SL_IDLE_S_MAX);

    assert_non_null(ana->session);
    assert_null(bo->session); /* the time did pass */
    sl_service_close(&s);
}

static void a_daemon_that_stood_still_holds_it_against_nobody(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);
    struct sl_slice frame = sl_append_frame(&s, 1, &event, 1, false);
    sl_caller_send(ana, frame.data, 5);

    sl_fake_clock_advance_us(&s.clock, (uint64_t)2 * SL_IDLE_S_MAX * US_PER_S);
    sl_core_tick(s.core);
    (void)sl_service_turn(&s);
    assert_non_null(ana->session);
    sl_caller_send(ana, frame.data + 5, frame.len - 5);
    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_says_nothing_is_let_go_after_the_idle_time),
        cmocka_unit_test(without_an_idle_time_nobody_is_idle),
        cmocka_unit_test(who_waits_for_the_daemon_is_not_idle),
        cmocka_unit_test(a_request_that_comes_a_byte_a_second_is_refused_in_the_end),
        cmocka_unit_test(a_request_that_is_whole_in_time_is_answered),
        cmocka_unit_test(each_request_has_its_own_time),
        cmocka_unit_test(what_the_daemon_does_not_read_is_not_timed),
        cmocka_unit_test(who_takes_no_answers_is_let_go),
        cmocka_unit_test(who_takes_answers_slowly_is_not),
        cmocka_unit_test(a_subscriber_that_has_everything_may_sleep),
        cmocka_unit_test(a_daemon_that_stood_still_holds_it_against_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
