/* What happens to requests when the connection is lost: the same ids, the next page, or an honest end. */
#include "lib/fake_daemon.h"

#include <pthread.h>
#include <string.h>

static void an_append_is_sent_again_with_the_same_ids_after_a_lost_connection(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct fake_batch batch = fake_batch_make(2, NULL);
    batch.request.append = &batch.append;
    uint64_t tag;
    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));
    request_t *first = fake_read_request(f);

    fake_hang_up(f);
    fake_reconnect(f);

    request_t *second = fake_read_request(f);
    assert_int_equal(second->tag, tag);
    assert_int_equal(second->append->n_events, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(first->append->events[i]->id.data, second->append->events[i]->id.data,
                            16);
    }
    fake_request_free(first);
    fake_request_free(second);
    fake_batch_free(&batch);
}

static void a_reply_cut_in_the_middle_is_asked_for_again(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);
    assert_int_equal(fake_read_tag(f), tag);
    fake_write_all(f->peer_fd, (const uint8_t[]){200, 0, 0, 0, 8, 1}, 6);

    fake_hang_up(f);
    fake_reconnect(f);

    assert_int_equal(fake_read_tag(f), tag);
    fake_write_status(f, tag, 5);
    fake_expect_status(f, tag, 5);
}

static void answered_requests_are_not_sent_again(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t first = fake_send_status(f);
    uint64_t second = fake_send_status(f);
    uint64_t third = fake_send_status(f);
    fake_write_status(f, second, 2);

    fake_hang_up(f);
    fake_reconnect(f);

    assert_int_equal(fake_read_tag(f), first);
    assert_int_equal(fake_read_tag(f), third);
    fake_expect_status(f, second, 2);
}

static void a_reply_to_nothing_is_no_progress(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 3});
    uint64_t tag = fake_send_status(f);

    for (int i = 0; i < 3; i++) {
        fake_write_status(f, tag + 100, 1);
        fake_hang_up(f);
        if (i < 2) {
            fake_reconnect(f);
        }
    }

    fake_expect_failure(f, tag, SL_E_CLOSED);
}

static void a_daemon_that_always_hangs_up_is_given_up_as_closed(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 3});
    uint64_t tag = fake_send_status(f);

    fake_hang_up(f);
    for (int i = 0; i < 2; i++) {
        fake_reconnect(f);
        fake_hang_up(f);
    }

    fake_expect_failure(f, tag, SL_E_CLOSED);
    assert_int_equal(sl_client_pending_count(f->client), 0);
}

static void a_daemon_that_is_gone_is_given_up_as_unreachable(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 3});
    uint64_t tag = fake_send_status(f);

    fake_stop_listening(f);
    fake_hang_up(f);

    fake_expect_failure(f, tag, SL_E_UNREACHABLE);
}

static void after_giving_up_the_next_request_connects_anew(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    uint64_t first = fake_send_status(f);
    fake_hang_up(f);
    fake_expect_failure(f, first, SL_E_CLOSED);

    uint64_t second = fake_send_status(f);
    fake_process(f);
    fake_accept_peer(f);

    assert_int_equal(fake_read_tag(f), second);
    fake_write_status(f, second, 9);
    fake_expect_status(f, second, 9);
}

static void an_idle_client_notices_the_loss_and_stays_usable(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_hang_up(f);
    fake_process(f);

    uint64_t tag = fake_send_status(f);
    fake_process(f);
    fake_accept_peer(f);

    assert_int_equal(fake_read_tag(f), tag);
}

static void a_subscription_goes_on_behind_the_last_page(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    question.n_types = 1;
    question.types = (char *[]){(char[]){"close"}};
    uint64_t tag;
    assert_ok(sl_client_subscribe(f->client, &question, &tag, NULL));
    assert_int_equal(fake_read_tag(f), tag);
    fake_write_page(f, tag, 41, 50);
    reply_t *reply;
    assert_ok(sl_client_next(f->client, tag, 0, &reply, NULL));
    assert_true(reply->more);
    sl_client_reply_free(reply);

    fake_hang_up(f);
    fake_reconnect(f);

    request_t *again = fake_read_request(f);
    assert_int_equal(again->tag, tag);
    assert_int_equal(again->subscribe->from, 50);
    assert_string_equal(again->subscribe->types[0], "close");
    fake_request_free(again);
    fake_write_page(f, tag, 50, 51);
    assert_ok(sl_client_next(f->client, tag, SL_CLIENT_FOREVER, &reply, NULL));
    assert_int_equal(reply->events->events[0]->seq, 50);
    sl_client_reply_free(reply);
}

static void a_subscription_without_a_page_is_asked_for_as_before(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    question.has_from = true;
    question.from = 7;
    uint64_t tag;
    assert_ok(sl_client_subscribe(f->client, &question, &tag, NULL));

    fake_hang_up(f);
    fake_reconnect(f);

    request_t *again = fake_read_request(f);
    assert_int_equal(again->subscribe->from, 7);
    fake_request_free(again);
}

static void a_log_request_goes_on_with_what_is_left_of_its_limit(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_limit = true;
    log.limit = 10;
    uint64_t tag = fake_send_log(f, &log);
    assert_int_equal(fake_read_tag(f), tag);
    fake_write_page(f, tag, 1, 2);
    fake_write_page(f, tag, 2, 3);

    for (uint32_t cut = 0; cut < 2; cut++) {
        fake_hang_up(f);
        fake_reconnect(f);
        request_t *again = fake_read_request(f);
        assert_int_equal(again->log->from, 3 + cut);
        assert_int_equal(again->log->limit, 8 - cut);
        fake_request_free(again);
        fake_write_page(f, tag, 3 + cut, 4 + cut);
    }
}

static void a_reverse_log_request_goes_on_downwards(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_reverse = true;
    log.reverse = true;
    uint64_t tag = fake_send_log(f, &log);
    assert_int_equal(fake_read_tag(f), tag);
    fake_write_page(f, tag, 90, 89);

    fake_hang_up(f);
    fake_reconnect(f);

    request_t *again = fake_read_request(f);
    assert_int_equal(again->log->to, 89);
    assert_false(again->log->has_from);
    fake_request_free(again);
}

static void another_answer_cut_between_its_replies_ends_as_closed(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    Salesledger__V1__MeasuresReply measures = SALESLEDGER__V1__MEASURES_REPLY__INIT;
    uint64_t cut = fake_send_status(f);
    uint64_t whole = fake_send_status(f);
    reply_t page = fake_reply_to(cut);
    page.has_more = true;
    page.more = true;
    page.measures = &measures;
    fake_write_reply(f, &page);

    fake_hang_up(f);
    fake_reconnect(f);

    reply_t *reply = fake_receive(f);
    assert_true(reply->more);
    sl_client_reply_free(reply);
    fake_expect_failure(f, cut, SL_E_CLOSED);
    assert_int_equal(fake_read_tag(f), whole);
}

static void a_cancelled_request_is_not_sent_again(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t cancelled = fake_send_status(f);
    uint64_t kept = fake_send_status(f);
    sl_client_cancel(f->client, cancelled);

    fake_hang_up(f);
    fake_reconnect(f);

    assert_int_equal(fake_read_tag(f), kept);
    sl_client_cancel(f->client, 4711); /* unknown: fine */
}

/* Takes the request, hangs up, takes it again, answers. */
static void *restarting_daemon(void *ctx)
{
    struct fake_daemon *f = ctx;
    fake_accept_peer(f);
    request_t *first = fake_read_request(f);
    fake_hang_up(f);
    fake_accept_peer(f);
    request_t *second = fake_read_request(f);
    Salesledger__V1__Receipt receipt = SALESLEDGER__V1__RECEIPT__INIT;
    Salesledger__V1__AppendReply append = SALESLEDGER__V1__APPEND_REPLY__INIT;
    reply_t reply = fake_reply_to(second->tag);
    receipt.has_id = true;
    receipt.id = first->append->events[0]->id;
    receipt.has_duplicate = true;
    receipt.duplicate =
        memcmp(receipt.id.data, second->append->events[0]->id.data, receipt.id.len) == 0;
    append.n_receipts = 1;
    append.receipts = (Salesledger__V1__Receipt *[]){&receipt};
    reply.append = &append;
    fake_write_reply(f, &reply);
    fake_request_free(first);
    fake_request_free(second);
    return NULL;
}

static void a_blocking_append_survives_a_restart(void **state)
{
    struct fake_daemon *f = *state;
    pthread_t daemon;
    assert_int_equal(pthread_create(&daemon, NULL, restarting_daemon, f), 0);
    struct sl_client *client = NULL;
    struct sl_client_options options = {.socket_path = f->path, .backoff_ms = 1};
    assert_ok(sl_client_open(&options, &client, NULL));
    struct fake_batch batch = fake_batch_make(1, NULL);
    struct sl_client_batch events = {.events = batch.pointers, .count = 1};
    reply_t *reply;

    assert_ok(sl_client_append(client, &events, &reply, NULL));

    assert_int_equal(pthread_join(daemon, NULL), 0);
    assert_true(reply->append->receipts[0]->duplicate);
    assert_ok(sl_client_receipt_err(reply->append->receipts[0], NULL));
    sl_client_reply_free(reply);
    sl_client_close(client);
    fake_batch_free(&batch);
}

/* The daemon's way of ending a connection on which nothing, or half a request, has come. */
static void a_request_is_sent_again_after_the_connection_has_timed_out(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);

    fake_write_error(f, 0, SL_E_TIMED_OUT, (char[]){"TIMED_OUT"});
    fake_hang_up(f);
    fake_reconnect(f);

    assert_int_equal(fake_read_tag(f), tag);
    fake_write_status(f, tag, 7);
    fake_process(f);
    fake_expect_status(f, tag, 7);
}

static void a_connection_that_timed_out_unused_is_made_anew(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_write_error(f, 0, SL_E_TIMED_OUT, (char[]){"TIMED_OUT"});
    fake_hang_up(f);
    fake_process(f);

    uint64_t tag = fake_send_status(f);
    fake_process(f);
    fake_accept_peer(f);

    assert_int_equal(fake_read_tag(f), tag);
}

/* Busy for the first two times. */
static void *busy_daemon(void *ctx)
{
    struct fake_daemon *f = ctx;
    fake_accept_peer(f);
    for (int i = 0; i < 2; i++) {
        fake_write_error(f, fake_read_tag(f), SL_E_BUSY, (char[]){"BUSY"});
    }
    fake_write_status(f, fake_read_tag(f), 33);
    return NULL;
}

static void a_blocking_call_asks_a_busy_daemon_again(void **state)
{
    struct fake_daemon *f = *state;
    pthread_t daemon;
    assert_int_equal(pthread_create(&daemon, NULL, busy_daemon, f), 0);
    struct sl_client *client = NULL;
    struct sl_client_options options = {.socket_path = f->path, .backoff_ms = 1};
    assert_ok(sl_client_open(&options, &client, NULL));
    reply_t *reply;

    assert_ok(sl_client_status(client, &reply, NULL));

    assert_int_equal(pthread_join(daemon, NULL), 0);
    assert_int_equal(reply->status->head, 33);
    sl_client_reply_free(reply);
    sl_client_close(client);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_append_is_sent_again_with_the_same_ids_after_a_lost_connection),
        CASE(a_reply_cut_in_the_middle_is_asked_for_again),
        CASE(answered_requests_are_not_sent_again),
        CASE(a_reply_to_nothing_is_no_progress),
        CASE(a_daemon_that_always_hangs_up_is_given_up_as_closed),
        CASE(a_daemon_that_is_gone_is_given_up_as_unreachable),
        CASE(after_giving_up_the_next_request_connects_anew),
        CASE(a_request_is_sent_again_after_the_connection_has_timed_out),
        CASE(a_connection_that_timed_out_unused_is_made_anew),
        CASE(a_blocking_call_asks_a_busy_daemon_again),
        CASE(an_idle_client_notices_the_loss_and_stays_usable),
        CASE(a_subscription_goes_on_behind_the_last_page),
        CASE(a_subscription_without_a_page_is_asked_for_as_before),
        CASE(a_log_request_goes_on_with_what_is_left_of_its_limit),
        CASE(a_reverse_log_request_goes_on_downwards),
        CASE(another_answer_cut_between_its_replies_ends_as_closed),
        CASE(a_cancelled_request_is_not_sent_again),
        CASE(a_blocking_append_survives_a_restart),
    };
    return cmocka_run_group_tests_name("client_reconnect", tests, NULL, NULL);
}
