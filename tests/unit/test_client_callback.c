/* The client library inside an event loop: callbacks, what they may do, and cancelling. */
#include "lib/fake_daemon.h"

#include <poll.h>

struct calls {
    struct fake_daemon *f;
    int count;
    int last_count;
    enum sl_err err;
    uint64_t head;
    uint64_t cancel_tag; /* if set: cancelled by the callback */
    int sends;           /* so many more requests are sent by the callback */
};

static void note_call(void *ctx, const reply_t *reply)
{
    struct calls *calls = ctx;
    calls->count++;
    calls->last_count += reply->more ? 0 : 1;
    calls->err = sl_client_reply_err(reply, NULL);
    calls->head = reply->status != NULL ? reply->status->head : 0;
    if (calls->cancel_tag != 0) {
        sl_client_cancel(calls->f->client, calls->cancel_tag);
    }
    if (calls->sends > 0) {
        calls->sends--;
        Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
        request_t request = SALESLEDGER__V1__REQUEST__INIT;
        struct sl_client_handler handler = {.callback = note_call, .ctx = calls};
        request.status = &status;
        assert_ok(sl_client_submit(calls->f->client, &request, handler, NULL, NULL));
    }
}

static uint64_t submit_status(struct fake_daemon *f, struct calls *calls)
{
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    struct sl_client_handler handler = {.callback = note_call, .ctx = calls};
    uint64_t tag;
    request.status = &status;
    assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    return tag;
}

static void a_callback_gets_its_reply(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct calls calls = {.f = f};
    uint64_t tag = submit_status(f, &calls);
    assert_int_equal(sl_client_events(f->client), POLLIN);
    fake_write_status(f, tag, 12);

    fake_process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(calls.last_count, 1);
    assert_int_equal(calls.head, 12);
}

static void a_callback_may_send_the_next_request(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct calls calls = {.f = f, .sends = 1};
    uint64_t tag = submit_status(f, &calls);
    fake_write_status(f, tag, 12);
    fake_process(f);
    fake_write_status(f, tag + 1, 13);

    fake_process(f);

    assert_int_equal(calls.count, 2);
    assert_int_equal(calls.head, 13);
}

static void a_callback_hears_of_a_daemon_that_is_gone(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    struct calls calls = {.f = f, .sends = 1};
    (void)submit_status(f, &calls);

    fake_hang_up(f);
    fake_process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(calls.last_count, 1);
    assert_err(SL_E_CLOSED, calls.err);
    assert_int_equal(sl_client_pending_count(f->client), 1); /* the one it sent itself */
}

static void a_callback_may_cancel_others_while_all_fail(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    struct calls first = {.f = f};
    struct calls second = {.f = f};
    (void)submit_status(f, &first);
    first.cancel_tag = submit_status(f, &second);

    fake_hang_up(f);
    fake_process(f);

    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 0);
    assert_int_equal(sl_client_pending_count(f->client), 0);
}

static void try_to_wait(void *ctx, const reply_t *reply)
{
    struct calls *calls = ctx;
    (void)reply;
    reply_t *answer;
    calls->count++;
    assert_err(SL_E_USAGE, sl_client_process(calls->f->client));
    assert_err(SL_E_USAGE, sl_client_status(calls->f->client, &answer, NULL));
    assert_err(SL_E_USAGE, sl_client_receive(calls->f->client, &answer, NULL));
}

static void a_callback_may_not_wait(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct calls calls = {.f = f};
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.status = &status;
    struct sl_client_handler handler = {.callback = try_to_wait, .ctx = &calls};
    assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    fake_write_status(f, tag, 1);

    fake_process(f);

    assert_int_equal(calls.count, 1);
}

static void a_cancelled_subscription_is_silent(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct calls calls = {.f = f};
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    struct sl_client_handler handler = {.callback = note_call, .ctx = &calls};
    uint64_t tag;
    request.subscribe = &question;
    assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    assert_int_equal(fake_read_tag(f), tag);
    calls.cancel_tag = tag;
    fake_write_page(f, tag, 1, 2);
    fake_process(f);
    request_t *cancel = fake_read_request(f);
    assert_int_equal(cancel->cancel->tag, tag);

    fake_write_page(f, tag, 2, 3);
    fake_write_error(f, tag, SL_E_CANCELLED, (char[]){"CANCELLED"});
    reply_t done = fake_reply_to(cancel->tag);
    fake_write_reply(f, &done);
    fake_process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(sl_client_pending_count(f->client), 0);
    fake_request_free(cancel);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_callback_gets_its_reply),
        CASE(a_callback_may_send_the_next_request),
        CASE(a_callback_hears_of_a_daemon_that_is_gone),
        CASE(a_callback_may_cancel_others_while_all_fail),
        CASE(a_callback_may_not_wait),
        CASE(a_cancelled_subscription_is_silent),
    };
    return cmocka_run_group_tests_name("client_callback", tests, NULL, NULL);
}
