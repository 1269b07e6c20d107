/* What one user has of the daemon is bounded, and what he takes is not taken from the others. */
#include "lib/service.h"
#include "lib/test.h"
#include "sl/frame.h"

static void ignore_wake(void *ctx)
{
    (void)ctx;
}

static enum sl_err open_as(struct sl_service *s,
                           uint32_t uid,
                           bool is_operator,
                           struct sl_client_session **ret_session,
                           struct sl_diag *diag)
{
    struct sl_client_options options = {.actor = SLICE("cy"),
                                        .peer = {.uid = uid},
                                        .is_operator = is_operator,
                                        .wake = ignore_wake};
    return sl_client_session_open(s->core, &options, ret_session, diag);
}

static void close_all(struct sl_client_session **sessions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sl_client_session_close(sessions[i]);
    }
}

static void a_user_has_his_maximum_of_connections_and_others_have_theirs(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_client_session *sessions[6] = {NULL};
    struct sl_diag diag = {0};
    sl_service_init(&s);
    s.options.limits.sessions_max = 10;
    s.options.limits.sessions_per_user_max = 3;
    sl_service_open_with(&s);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(open_as(&s, 7, false, &sessions[i], NULL));
    }

    assert_err(SL_E_TOO_MANY, open_as(&s, 7, false, &sessions[3], &diag));
    assert_string_equal(diag.message, "at most 3 connections of one user");
    assert_ok(open_as(&s, 7 + 64, false, &sessions[3], NULL)); /* of the same bucket */
    assert_ok(open_as(&s, 8, false, &sessions[4], NULL));
    sl_client_session_close(sessions[0]);
    assert_ok(open_as(&s, 7, false, &sessions[0], NULL)); /* a place is free again */
    assert_err(SL_E_TOO_MANY, open_as(&s, 7, false, &sessions[5], NULL));

    close_all(sessions, COUNT(sessions));
    sl_service_close(&s);
}

static void half_of_all_connections_are_one_users_at_most(void **state)
{
    (void)state;
    static struct sl_client_session *sessions[SL_SESSIONS_PER_USER_MAX];
    struct sl_client_session *one_more = NULL;
    struct sl_service s;
    sl_service_open(&s);
    for (size_t i = 0; i < SL_SESSIONS_PER_USER_MAX; i++) {
        assert_ok(open_as(&s, 7, true, &sessions[i], NULL));
    }

    assert_err(SL_E_TOO_MANY, open_as(&s, 7, true, &one_more, NULL));

    close_all(sessions, SL_SESSIONS_PER_USER_MAX);
    sl_service_close(&s);
}

static void the_last_connections_are_the_operators(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_client_session *sessions[8] = {NULL};
    struct sl_client_session *refused = NULL;
    struct sl_diag diag = {0};
    sl_service_init(&s);
    s.options.limits.sessions_max = 8;
    s.options.limits.sessions_reserved = 2;
    sl_service_open_with(&s);
    for (uint32_t i = 0; i < 6; i++) {
        assert_ok(open_as(&s, i, false, &sessions[i], NULL));
    }

    assert_err(SL_E_TOO_MANY, open_as(&s, 99, false, &refused, &diag));
    assert_string_equal(diag.message,
                        "at most 8 connections, those that are left are the operator's");
    assert_ok(open_as(&s, 100, true, &sessions[6], NULL));
    assert_ok(open_as(&s, 100, true, &sessions[7], NULL));
    assert_err(SL_E_TOO_MANY, open_as(&s, 100, true, &refused, NULL));

    close_all(sessions, COUNT(sessions));
    sl_service_close(&s);
}

/* Of a request that is never whole. */
static void send_part(struct sl_service *s, struct sl_caller *caller, size_t len)
{
    uint8_t *frame = sl_arena_calloc(&s->arena, 1, len);
    sl_frame_put_header(frame, SL_FRAME_BYTES_MAX);
    sl_caller_send(caller, frame, len);
}

static void what_is_kept_of_unfinished_requests_has_a_maximum_for_a_user(void **state)
{
    enum { PART = 64 * 1024 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.kept_per_user_max = 4 * PART + PART / 2;
    sl_service_open_with(&s);
    struct sl_caller *parts[5];
    for (size_t i = 0; i < COUNT(parts); i++) {
        parts[i] = sl_caller_open(&s, "ana");
    }
    struct sl_caller *other = sl_caller_open(&s, "bo");

    for (size_t i = 0; i < COUNT(parts); i++) {
        send_part(&s, parts[i], PART);
    }
    send_part(&s, other, 2 * PART);
    sl_service_settle(&s);

    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(sl_caller_pending(parts[i]), 0);
        assert_non_null(parts[i]->session);
    }
    const Salesledger__V1__Reply *last = sl_caller_expect(parts[4]);
    assert_int_equal(sl_error_of(last->error), SL_E_BUSY);
    assert_true(last->error->may_retry);
    assert_false(last->has_tag);
    assert_null(parts[4]->session); /* done, and so closed by the caller */
    assert_non_null(other->session);
    sl_caller_close(parts[0]);
    struct sl_caller *again = sl_caller_open(&s, "ana");
    send_part(&s, again, PART);
    sl_service_settle(&s);
    assert_non_null(again->session); /* there is room again */
    sl_service_close(&s);
}

static void who_does_not_take_his_answers_gets_no_more_until_he_does(void **state)
{
    enum { KEPT = 32 * 1024, QUESTIONS = 400 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.kept_per_user_max = KEPT;
    sl_service_open_with(&s);
    struct sl_caller *deaf = sl_caller_open(&s, "ana");
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    deaf->is_deaf = true;
    for (uint64_t i = 0; i < QUESTIONS; i++) {
        sl_caller_status(deaf, i + 1);
    }
    sl_service_settle(&s);

    sl_caller_status(ana, 7);
    sl_caller_status(bo, 8);
    sl_service_settle(&s);
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_BUSY);
    assert_null(sl_caller_expect(bo)->error);
    assert_true(sl_client_session_output(deaf->session).len < 8 * KEPT);

    sl_caller_listen(deaf);
    sl_service_settle(&s);
    sl_caller_status(ana, 9);
    sl_service_settle(&s);
    assert_null(sl_caller_expect(ana)->error);
    assert_int_equal(sl_caller_pending(deaf), QUESTIONS); /* each was answered, if only with BUSY */
    sl_service_close(&s);
}

static void above_the_common_maximum_those_with_the_most_are_refused(void **state)
{
    enum { PART = 64 * 1024 };
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.kept_max = 4 * PART;
    s.options.limits.kept_per_user_max = 8 * PART;
    sl_service_open_with(&s);
    struct sl_caller *ana[4];
    for (size_t i = 0; i < COUNT(ana); i++) {
        ana[i] = sl_caller_open(&s, "ana");
        send_part(&s, ana[i], PART - 1024);
    }
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *more = sl_caller_open(&s, "ana");

    send_part(&s, bo, PART);
    sl_caller_status(more, 1);
    sl_service_settle(&s);

    assert_non_null(bo->session);
    assert_int_equal(sl_error_of(sl_caller_expect(more)->error), SL_E_BUSY);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_has_his_maximum_of_connections_and_others_have_theirs),
        cmocka_unit_test(half_of_all_connections_are_one_users_at_most),
        cmocka_unit_test(the_last_connections_are_the_operators),
        cmocka_unit_test(what_is_kept_of_unfinished_requests_has_a_maximum_for_a_user),
        cmocka_unit_test(who_does_not_take_his_answers_gets_no_more_until_he_does),
        cmocka_unit_test(above_the_common_maximum_those_with_the_most_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
