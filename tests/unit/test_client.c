/* Calls of the client library: answers, refusals, ids, limits, time. */
#include "lib/fake_daemon.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void a_missing_socket_says_what_to_do(void **state)
{
    struct fake_daemon *f = *state;
    fake_stop_listening(f);
    struct sl_client *client = NULL;
    struct sl_diag diag = {0};

    assert_err(SL_E_UNREACHABLE,
               sl_client_open(&(struct sl_client_options){.socket_path = f->path}, &client, &diag));

    assert_null(client);
    assert_string_equal(diag.field, "socket_path");
    assert_non_null(strstr(diag.message, f->path));
    assert_non_null(strstr(diag.message, "start the daemon"));
}

static void a_socket_that_nobody_listens_on_says_so(void **state)
{
    struct fake_daemon *f = *state;
    assert_int_equal(close(f->listen_fd), 0);
    f->listen_fd = -1;
    struct sl_client *client = NULL;
    struct sl_diag diag = {0};

    assert_err(SL_E_UNREACHABLE,
               sl_client_open(&(struct sl_client_options){.socket_path = f->path}, &client, &diag));

    assert_non_null(strstr(diag.message, "nobody listens"));
    assert_int_equal(unlink(f->path), 0);
}

static void options_out_of_range_are_wrong_usage(void **state)
{
    struct fake_daemon *f = *state;
    struct sl_client *client = NULL;
    char path[128];
    memset(path, 'x', sizeof path);
    path[108] = '\0';
    struct sl_client_options too_long = {.socket_path = path};
    struct sl_client_options too_many = {.socket_path = f->path,
                                         .pending_max = SL_IN_FLIGHT_MAX + 1};

    assert_err(SL_E_USAGE, sl_client_open(&too_long, &client, NULL));
    assert_err(SL_E_USAGE, sl_client_open(&too_many, &client, NULL));

    assert_null(client);
}

static void a_blocking_question_gets_its_answer(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_write_status(
        f, 1, 77); /* tags count from 1, so that the answer can be there before the question */
    reply_t *reply;

    assert_ok(sl_client_status(f->client, &reply, NULL));

    assert_int_equal(reply->status->head, 77);
    assert_int_equal(sl_client_pending_count(f->client), 0);
    sl_client_reply_free(reply);
}

static void a_refused_call_gives_code_field_and_message(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_write_error(f, 1, SL_E_BAD_MEASURE, (char[]){"BAD_MEASURE"});
    Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
    reply_t *reply = NULL;
    struct sl_diag diag = {0};

    assert_err(SL_E_BAD_MEASURE, sl_client_rank(f->client, &rank, &reply, &diag));

    assert_null(reply);
    assert_string_equal(diag.field, "rank.measure");
    assert_string_equal(diag.message, "has to be one");
}

static void a_code_from_a_newer_daemon_keeps_its_name(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_write_error(f, 1, 4711, (char[]){"TOO_NEW"});
    reply_t *reply;
    struct sl_diag diag = {0};

    assert_err((enum sl_err)4711, sl_client_status(f->client, &reply, &diag));

    assert_string_equal(diag.message, "TOO_NEW: has to be one");
}

static void an_answer_to_another_question_is_malformed(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    fake_write_status(f, 1, 77);
    Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
    reply_t *reply;

    assert_err(SL_E_MALFORMED, sl_client_rank(f->client, &rank, &reply, NULL));
}

static void replies_may_come_in_any_order(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t first = fake_send_status(f);
    uint64_t second = fake_send_status(f);
    fake_write_status(f, second, 2);
    fake_write_status(f, first, 1);
    reply_t *reply;

    assert_ok(sl_client_next(f->client, first, 0, &reply, NULL));

    assert_int_equal(reply->status->head, 1);
    sl_client_reply_free(reply);
    fake_expect_status(f, second, 2);
    assert_err(SL_E_NOT_FOUND, sl_client_receive(f->client, &reply, NULL));
    assert_err(SL_E_NOT_FOUND, sl_client_next(f->client, first, 0, &reply, NULL));
}

static void a_reply_may_arrive_byte_by_byte(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);
    Salesledger__V1__StatusReply status = SALESLEDGER__V1__STATUS_REPLY__INIT;
    reply_t reply = fake_reply_to(tag);
    status.has_head = true;
    status.head = 123456;
    reply.status = &status;
    uint8_t frame[64];
    size_t len = fake_pack_reply(&reply, frame, sizeof frame);

    for (size_t i = 0; i < len; i++) {
        assert_int_equal(sl_client_pending_count(f->client), 1);
        fake_write_all(f->peer_fd, frame + i, 1);
        fake_process(f);
    }

    assert_int_equal(sl_client_pending_count(f->client), 0);
    fake_expect_status(f, tag, 123456);
}

static void a_request_larger_than_the_socket_buffer_is_written_in_pieces(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    char text[2048];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct fake_batch batch = fake_batch_make(1000, text);
    batch.request.append = &batch.append;
    uint64_t tag;

    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    size_t have = 0;
    size_t wanted = SL_FRAME_HEADER_BYTES;
    uint8_t *frame = malloc(4u * 1024 * 1024);
    assert_non_null(frame);
    while (have < wanted) {
        assert_ok(sl_client_process(f->client));
        fake_wait_readable(f->peer_fd);
        ssize_t got = read(f->peer_fd, frame + have, 10000);
        assert_true(got > 0);
        have += (size_t)got;
        wanted = SL_FRAME_HEADER_BYTES +
                 ((size_t)frame[0] | (size_t)frame[1] << 8 | (size_t)frame[2] << 16);
    }
    assert_int_equal(have, wanted);
    request_t *request = salesledger__v1__request__unpack(NULL, have - SL_FRAME_HEADER_BYTES,
                                                          frame + SL_FRAME_HEADER_BYTES);
    assert_non_null(request);
    assert_int_equal(request->append->n_events, 1000);
    fake_request_free(request);
    free(frame);
    fake_batch_free(&batch);
}

static void events_without_an_id_get_one_and_stay_as_they_were(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct fake_batch batch = fake_batch_make(3, NULL);
    uint8_t own[16] = {1, 2, 3};
    batch.request.append = &batch.append;
    batch.events[1].has_id = true;
    batch.events[1].id = (ProtobufCBinaryData){.len = sizeof own, .data = own};
    uint64_t tag;

    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    request_t *request = fake_read_request(f);
    Salesledger__V1__Event **sent = request->append->events;
    assert_int_equal(sent[0]->id.len, 16);
    assert_int_equal(sent[0]->id.data[6] >> 4, 7);
    assert_int_equal(sent[0]->id.data[8] >> 6, 2);
    assert_memory_equal(sent[1]->id.data, own, sizeof own);
    assert_memory_not_equal(sent[0]->id.data, sent[2]->id.data, 16);
    assert_false(batch.events[0].has_id);
    assert_null(batch.events[0].id.data);
    assert_ptr_equal(batch.events[1].id.data, own);
    assert_false(batch.request.has_tag);
    fake_request_free(request);
    fake_batch_free(&batch);
}

static void ids_sort_by_their_time_and_differ(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct sl_id before = {{0}};
    for (int i = 0; i < 1000; i++) {
        struct sl_id id;
        assert_ok(sl_client_make_id(f->client, &id));
        assert_memory_not_equal(id.bytes, before.bytes, sizeof id.bytes);
        assert_true(memcmp(id.bytes, before.bytes, 6) >= 0);
        before = id;
    }
}

static void an_append_answered_with_too_few_receipts_is_malformed(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct fake_batch batch = fake_batch_make(1, NULL);
    struct sl_client_batch events = {.events = batch.pointers, .count = 1};
    Salesledger__V1__AppendReply append = SALESLEDGER__V1__APPEND_REPLY__INIT;
    reply_t answer = fake_reply_to(1);
    answer.append = &append;
    fake_write_reply(f, &answer);
    reply_t *reply;

    assert_err(SL_E_MALFORMED, sl_client_append(f->client, &events, &reply, NULL));

    fake_batch_free(&batch);
}

static void an_oversized_frame_is_refused(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);
    uint32_t len = SL_FRAME_BYTES_MAX + 1;

    fake_write_all(f->peer_fd,
                   (const uint8_t[]){(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                                     (uint8_t)(len >> 24)},
                   4);

    fake_expect_failure(f, tag, SL_E_TOO_BIG);
}

static void bytes_that_are_no_reply_are_refused(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);

    fake_write_all(f->peer_fd, (const uint8_t[]){2, 0, 0, 0, 0xff, 0xff}, 6);

    fake_expect_failure(f, tag, SL_E_MALFORMED);
}

static void an_error_without_a_tag_reaches_every_request(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t first = fake_send_status(f);
    uint64_t second = fake_send_status(f);

    fake_write_error(f, 0, SL_E_TOO_MANY, (char[]){"TOO_MANY"});

    fake_expect_failure(f, first, SL_E_TOO_MANY);
    fake_expect_failure(f, second, SL_E_TOO_MANY);
}

static void a_tag_of_0_is_none(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);
    Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
    reply_t reply = fake_reply_to(0);
    reply.has_tag = true;
    error.has_code = true;
    error.code = SL_E_TOO_MANY;
    reply.error = &error;

    fake_write_reply(f, &reply);

    fake_expect_failure(f, tag, SL_E_TOO_MANY);
}

static void a_call_that_gets_no_answer_ends_in_time(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.timeout_ms = 1});
    reply_t *reply;
    struct sl_diag diag = {0};

    assert_err(SL_E_UNREACHABLE, sl_client_status(f->client, &reply, &diag));

    assert_non_null(strstr(diag.message, "no answer within 1 ms"));
    assert_int_equal(sl_client_pending_count(f->client), 0);
    uint64_t tag = fake_read_tag(f);
    request_t *cancel = fake_read_request(f);
    assert_int_equal(cancel->cancel->tag, tag);
    fake_request_free(cancel);
}

static void the_late_answer_to_an_abandoned_call_is_ignored(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.timeout_ms = 1});
    reply_t *reply;
    assert_err(SL_E_UNREACHABLE, sl_client_status(f->client, &reply, NULL));

    uint64_t next = fake_send_status(f);
    fake_write_status(f, 1, 11);
    fake_write_status(f, next, 33);
    fake_process(f);

    fake_expect_status(f, next, 33);
}

static void an_interrupt_ends_the_next_wait_once(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    uint64_t tag = fake_send_status(f);
    reply_t *reply;

    sl_client_interrupt(f->client);
    assert_err(SL_E_CANCELLED, sl_client_receive(f->client, &reply, NULL));

    fake_write_status(f, tag, 3);
    fake_expect_status(f, tag, 3);
}

static void one_request_above_the_limit_is_refused(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.pending_max = 2});
    uint64_t first = fake_send_status(f);
    (void)fake_send_status(f);
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag = 0;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &request, &tag, NULL));

    assert_int_equal(tag, 0);
    fake_write_status(f, first, 1);
    fake_expect_status(f, first, 1);
    (void)fake_send_status(f);
}

static void requests_beyond_the_bytes_are_refused(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.pending_bytes_max = 1});
    (void)fake_send_status(f);
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &request, &tag, NULL));
}

static void a_batch_has_its_maximum(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct fake_batch batch = fake_batch_make(SL_BATCH_EVENTS_MAX + 1, NULL);
    batch.request.append = &batch.append;
    uint64_t tag;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &batch.request, &tag, NULL));
    batch.append.n_events = SL_BATCH_EVENTS_MAX;
    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    fake_batch_free(&batch);
}

static void a_request_above_the_frame_limit_is_refused(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    char *text = malloc(SL_FRAME_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', SL_FRAME_BYTES_MAX);
    text[SL_FRAME_BYTES_MAX] = '\0';
    struct fake_batch batch = fake_batch_make(1, text);
    batch.request.append = &batch.append;
    uint64_t tag;
    struct sl_diag diag = {0};

    assert_err(SL_E_TOO_BIG, sl_client_send(f->client, &batch.request, &tag, &diag));

    assert_non_null(strstr(diag.message, "smaller batches"));
    assert_false(batch.events[0].has_id);
    fake_batch_free(&batch);
    free(text);
}

static void a_null_event_and_a_cancel_request_are_wrong_usage(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_client(f);
    struct fake_batch batch = fake_batch_make(1, NULL);
    Salesledger__V1__CancelRequest cancel = SALESLEDGER__V1__CANCEL_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    batch.request.append = &batch.append;
    batch.pointers[0] = NULL;
    request.cancel = &cancel;

    assert_err(SL_E_USAGE, sl_client_send(f->client, &batch.request, &tag, NULL));
    assert_err(SL_E_USAGE, sl_client_send(f->client, &request, &tag, NULL));

    fake_batch_free(&batch);
}

static void replies_nobody_takes_stop_the_reading_until_they_are_taken(void **state)
{
    struct fake_daemon *f = *state;
    fake_open_with(f, (struct sl_client_options){.pending_bytes_max = 1000});
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    uint64_t pages = fake_send_log(f, &log);
    uint64_t other = fake_send_status(f);
    for (uint64_t i = 1; i <= 150; i++) {
        fake_write_page(f, pages, i, i + 1);
    }
    fake_write_status(f, other, 4);
    reply_t *reply;
    fake_process(f);

    assert_err(SL_E_TOO_MANY, sl_client_next(f->client, other, 0, &reply, NULL));

    for (uint64_t i = 1; i <= 150; i++) {
        reply = fake_receive(f);
        assert_int_equal(reply->events->events[0]->seq, i);
        sl_client_reply_free(reply);
    }
    fake_expect_status(f, other, 4);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_missing_socket_says_what_to_do),
        CASE(a_socket_that_nobody_listens_on_says_so),
        CASE(options_out_of_range_are_wrong_usage),
        CASE(a_blocking_question_gets_its_answer),
        CASE(a_refused_call_gives_code_field_and_message),
        CASE(a_code_from_a_newer_daemon_keeps_its_name),
        CASE(an_answer_to_another_question_is_malformed),
        CASE(replies_may_come_in_any_order),
        CASE(a_reply_may_arrive_byte_by_byte),
        CASE(a_request_larger_than_the_socket_buffer_is_written_in_pieces),
        CASE(events_without_an_id_get_one_and_stay_as_they_were),
        CASE(ids_sort_by_their_time_and_differ),
        CASE(an_append_answered_with_too_few_receipts_is_malformed),
        CASE(an_oversized_frame_is_refused),
        CASE(bytes_that_are_no_reply_are_refused),
        CASE(an_error_without_a_tag_reaches_every_request),
        CASE(a_tag_of_0_is_none),
        CASE(a_call_that_gets_no_answer_ends_in_time),
        CASE(the_late_answer_to_an_abandoned_call_is_ignored),
        CASE(an_interrupt_ends_the_next_wait_once),
        CASE(one_request_above_the_limit_is_refused),
        CASE(requests_beyond_the_bytes_are_refused),
        CASE(a_batch_has_its_maximum),
        CASE(a_request_above_the_frame_limit_is_refused),
        CASE(a_null_event_and_a_cancel_request_are_wrong_usage),
        CASE(replies_nobody_takes_stop_the_reading_until_they_are_taken),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
