/* One connection: frames however they are cut, limits, fairness, and how it ends. */
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"
#include "sl/frame.h"

static void assert_answered_in_order(struct sl_caller *caller, size_t count)
{
    assert_int_equal(sl_caller_pending(caller), count);
    for (size_t i = 0; i < count; i++) {
        const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
        assert_int_equal(reply->tag, i + 1);
        assert_int_equal(sl_receipt_of(reply, 0)->seq, i + 1);
    }
}

static void any_cut_of_the_bytes_is_the_same_conversation(void **state)
{
    (void)state;
    static const size_t cuts[] = {1, 2, 3, 5, 7, 64, 100, 1000, 100000};
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct sl_service s;
        sl_service_open(&s);
        struct sl_caller *ana = sl_caller_open(&s, "ana");
        struct sl_slice bytes = sl_many_visits(&s, 20);

        for (size_t at = 0; at < bytes.len; at += cuts[i]) {
            size_t left = bytes.len - at;
            sl_caller_send(ana, bytes.data + at, left < cuts[i] ? left : cuts[i]);
        }
        sl_service_settle(&s);

        assert_answered_in_order(ana, 20);
        sl_service_close(&s);
    }
}

static void a_frame_that_cannot_be_ends_the_session_after_what_came_before(void **state)
{
    (void)state;
    static const uint8_t headers[][SL_FRAME_HEADER_BYTES] = {{0, 0, 0, 0}, {1, 0, 0x80, 0}};
    static const enum sl_err errors[] = {SL_E_MALFORMED, SL_E_TOO_BIG};
    for (size_t i = 0; i < COUNT(headers); i++) {
        struct sl_service s;
        sl_service_open(&s);
        struct sl_caller *ana = sl_caller_open(&s, "ana");
        struct sl_slice event = sl_visit(&s);

        sl_caller_append(ana, 1, &event, 1, false);
        sl_caller_send(ana, headers[i], sizeof headers[i]);
        sl_service_settle(&s);

        assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
        assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), errors[i]);
        assert_null(ana->session); /* done, and so closed by the caller */
        sl_service_close(&s);
    }
}

static void a_frame_that_is_no_request_is_refused_and_the_session_goes_on(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    static const uint8_t nonsense[] = {5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t no_question[] = {2, 0, 0, 0, 0x08, 0x09};

    sl_caller_send(ana, nonsense, sizeof nonsense);
    sl_caller_send(ana, no_question, sizeof no_question);
    sl_caller_status(ana, 3);
    sl_service_settle(&s);

    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_MALFORMED);
    const Salesledger__V1__Reply *second = sl_caller_expect(ana);
    assert_int_equal(second->tag, 9);
    assert_non_null(second->error);
    assert_int_equal(sl_caller_expect(ana)->tag, 3);
    sl_service_close(&s);
}

static void at_the_in_flight_limit_input_waits_and_goes_on_when_answered(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.in_flight_max = 4;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, 10);

    sl_caller_send(ana, bytes.data, bytes.len);

    assert_int_equal(sl_core_head(s.core).v, 4);
    assert_false(sl_client_session_wants_input(ana->session));
    sl_service_settle(&s);
    assert_answered_in_order(ana, 10);
    assert_true(sl_client_session_wants_input(ana->session));
    sl_service_close(&s);
}

static void below_the_in_flight_limit_input_is_wanted(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.in_flight_max = 4;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, 4);

    sl_caller_send(ana, bytes.data, bytes.len);

    assert_int_equal(sl_core_head(s.core).v, 4);
    assert_true(sl_client_session_wants_input(ana->session));
    sl_service_close(&s);
}

static void a_caller_that_does_not_read_is_not_served_beyond_its_output_mark(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.output_bytes_high = 1000;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    ana->is_deaf = true;
    struct sl_slice bytes = sl_many_visits(&s, 200);

    sl_caller_send(ana, bytes.data, bytes.len);
    sl_service_settle(&s);

    assert_in_range(sl_core_head(s.core).v, 10, 100);
    assert_false(sl_client_session_wants_input(ana->session));
    assert_true(sl_client_session_output(ana->session).len < 1200);
    assert_non_null(sl_caller_ask_status(bo)); /* nobody else is hindered */
    sl_caller_listen(ana);
    sl_service_settle(&s);
    assert_answered_in_order(ana, 200);
    sl_service_close(&s);
}

static void a_session_with_much_to_say_lets_the_others_have_their_turn(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.turn_bytes_max = 1000;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice bytes = sl_many_visits(&s, 200);
    struct sl_slice event = sl_visit(&s);

    sl_caller_send(ana, bytes.data, bytes.len);
    sl_caller_append(bo, 1, &event, 1, false);

    assert_in_range(sl_core_head(s.core).v, 2, 100); /* ana's share, then bo's event */
    assert_false(sl_client_session_wants_input(ana->session));
    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(ana), 200);
    assert_in_range(sl_receipt_of(sl_caller_expect(bo), 0)->seq, 2, 100);
    sl_service_close(&s);
}

static void more_sessions_than_allowed_are_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.sessions_max = 2;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_open(&s, "bo");
    struct sl_client_options options = {.actor = SLICE("cy")};
    struct sl_client_session *session = NULL;
    struct sl_diag diag = {0};

    assert_err(SL_E_TOO_MANY, sl_client_session_open(s.core, &options, &session, &diag));
    assert_string_equal(diag.message, "at most 2 connections, all are open");
    assert_null(session);
    sl_caller_close(ana);
    (void)sl_caller_open(&s, "cy"); /* a place is free again */
    sl_service_close(&s);
}

static void ignore_wake(void *ctx)
{
    (void)ctx;
}

static void as_many_sessions_as_the_maximum_are_taken_and_one_more_is_refused(void **state)
{
    (void)state;
    static struct sl_client_session *sessions[SL_SESSIONS_MAX];
    struct sl_client_session *one_more = NULL;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_client_options options = {
        .actor = SLICE("cy"), .is_operator = true, .wake = ignore_wake};
    for (size_t i = 0; i < SL_SESSIONS_MAX; i++) {
        options.peer.uid = i % 2;
        assert_ok(sl_client_session_open(s.core, &options, &sessions[i], NULL));
    }

    assert_err(SL_E_TOO_MANY, sl_client_session_open(s.core, &options, &one_more, NULL));

    for (size_t i = 0; i < SL_SESSIONS_MAX; i++) {
        sl_client_session_close(sessions[i]);
    }
    sl_service_close(&s);
}

static void at_the_greatest_number_in_flight_input_waits(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.turn_bytes_max = 1u << 30; /* so that nothing else makes it wait */
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, SL_IN_FLIGHT_MAX + 1);

    sl_caller_send(ana, bytes.data, bytes.len);
    while (sl_service_turn(&s)) {
        /* more turns change nothing in the end */
    }

    assert_int_equal(sl_core_head(s.core).v, SL_IN_FLIGHT_MAX);
    assert_false(sl_client_session_wants_input(ana->session));
    sl_service_settle(&s);
    assert_answered_in_order(ana, SL_IN_FLIGHT_MAX + 1);
    sl_service_close(&s);
}

/* Each turn takes in so many events, and each flooding session gets its part of them. */
static void a_flood_is_taken_in_in_turns(void **state)
{
    enum { EVENTS = 800, PER_TURN = 256 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.turn_bytes_max = 1u << 30; /* so that nothing else makes it wait */
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    struct sl_slice bytes = sl_many_visits(&s, EVENTS);
    struct sl_slice others = sl_many_visits(&s, EVENTS);
    (void)sl_caller_record(ana, sl_visit(&s)); /* known to append from now on */
    (void)sl_caller_record(bo, sl_visit(&s));
    uint64_t before = sl_core_head(s.core).v;

    sl_caller_send(ana, bytes.data, bytes.len);
    sl_caller_send(bo, others.data, others.len);
    assert_int_equal(sl_core_head(s.core).v, before + PER_TURN);
    assert_true(sl_client_session_wants_input(bo->session)); /* it is read on */
    sl_caller_status(cy, 2);
    assert_true(sl_service_turn(&s)); /* there is more to do */
    assert_int_equal(sl_core_head(s.core).v, before + 2 * PER_TURN);
    assert_true(sl_service_turn(&s));
    assert_int_equal(sl_core_head(s.core).v, before + 3 * PER_TURN);
    sl_service_settle(&s);

    assert_int_equal(sl_core_head(s.core).v, before + 2 * EVENTS);
    assert_int_equal(sl_caller_pending(ana), EVENTS);
    assert_int_equal(sl_caller_pending(bo), EVENTS);
    sl_service_close(&s);
}

static void the_deferred_get_on_whoever_comes_new(void **state)
{
    enum { WAITING = 1000, NEW = 300, TURNS = 10 };
    (void)state;
    struct sl_service s;
    struct sl_slice events[NEW];
    sl_service_init(&s);
    s.options.limits.turn_bytes_max = 1u << 30;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    struct sl_slice bytes = sl_many_visits(&s, WAITING);
    sl_caller_send(ana, bytes.data, bytes.len);
    uint64_t before = sl_core_head(s.core).v;

    for (int i = 0; i < TURNS; i++) {
        for (size_t k = 0; k < NEW; k++) {
            events[k] = sl_visit(&s);
        }
        sl_caller_append(sl_caller_open(&s, "bo"), 1, events, NEW, false);
        (void)sl_service_turn(&s);
    }

    assert_true(sl_core_head(s.core).v > before + (uint64_t)TURNS * NEW);
    sl_service_settle(&s);
    sl_service_close(&s);
}

static void who_has_ended_its_side_is_still_answered(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.in_flight_max = 3;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice bytes = sl_many_visits(&s, 10);

    sl_caller_send(ana, bytes.data, bytes.len);
    sl_client_session_ended(ana->session);
    assert_false(sl_client_session_is_done(ana->session));
    sl_service_settle(&s);

    assert_answered_in_order(ana, 10);
    assert_null(ana->session);
    sl_service_close(&s);
}

static void who_goes_away_leaves_its_events_and_nothing_else(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    sl_caller_subscribe(ana, 2, 1);
    (void)sl_service_turn(&s);

    sl_caller_close(ana);
    sl_service_settle(&s);

    const Salesledger__V1__StatusReply *status = sl_caller_ask_status(bo);
    assert_int_equal(status->head, 1);
    assert_int_equal(status->sessions, 1);
    assert_int_equal(status->subscriptions, 0);
    sl_service_close(&s);
}

static void a_draining_core_answers_what_it_has_and_takes_no_more(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sl_visit(&s), sl_visit(&s)};
    sl_caller_append(ana, 1, &events[0], 1, false);

    sl_core_drain(s.core);
    assert_false(sl_client_session_wants_input(ana->session));
    sl_caller_append(ana, 2, &events[1], 1, false);
    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    assert_null(sl_caller_reply(ana));
    assert_null(ana->session);
    assert_true(sl_core_is_quiet(s.core));
    sl_service_close(&s);
}

static void a_large_frame_takes_its_memory_and_gives_it_back(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    size_t len = SL_FRAME_HEADER_BYTES + SL_FRAME_BYTES_MAX;
    uint8_t *frame = sl_arena_calloc(&s.arena, 1, len);
    sl_frame_put_header(frame, SL_FRAME_BYTES_MAX);

    sl_caller_send(ana, frame, len / 2);
    assert_true(sl_client_session_wants_input(ana->session));
    sl_caller_send(ana, frame + len / 2, len - len / 2);
    sl_service_settle(&s);

    assert_non_null(sl_caller_expect(ana)->error); /* zeros are no request */
    assert_true(sl_caller_ask_status(ana)->memory_bytes < 32u * 1024u * 1024u);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_of_the_bytes_is_the_same_conversation),
        cmocka_unit_test(a_frame_that_cannot_be_ends_the_session_after_what_came_before),
        cmocka_unit_test(a_frame_that_is_no_request_is_refused_and_the_session_goes_on),
        cmocka_unit_test(at_the_in_flight_limit_input_waits_and_goes_on_when_answered),
        cmocka_unit_test(below_the_in_flight_limit_input_is_wanted),
        cmocka_unit_test(a_caller_that_does_not_read_is_not_served_beyond_its_output_mark),
        cmocka_unit_test(a_session_with_much_to_say_lets_the_others_have_their_turn),
        cmocka_unit_test(more_sessions_than_allowed_are_refused),
        cmocka_unit_test(as_many_sessions_as_the_maximum_are_taken_and_one_more_is_refused),
        cmocka_unit_test(at_the_greatest_number_in_flight_input_waits),
        cmocka_unit_test(a_flood_is_taken_in_in_turns),
        cmocka_unit_test(the_deferred_get_on_whoever_comes_new),
        cmocka_unit_test(who_has_ended_its_side_is_still_answered),
        cmocka_unit_test(who_goes_away_leaves_its_events_and_nothing_else),
        cmocka_unit_test(a_draining_core_answers_what_it_has_and_takes_no_more),
        cmocka_unit_test(a_large_frame_takes_its_memory_and_gives_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
