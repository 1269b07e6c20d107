/* The client library against a listening socket of the test itself. Both sides are driven from
 * one thread: what the library sends is read here, and what is written here is read by its next
 * call. One test adds a thread, to show that a blocking call survives a restart of the daemon. */
#include "lib/test.h"

#include "salesledger.h"
#include "sl/frame.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef Salesledger__V1__Request request_t;
typedef Salesledger__V1__Reply reply_t;

#define WAIT_MS_MAX 5000 /* only reached when a test fails */

struct fixture {
    char dir[32];
    char path[64];
    int listen_fd;
    int peer_fd; /* the daemon's end of the connection */
    struct sl_client *client;
};

static void start_listening(struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", f->path);
    f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->listen_fd >= 0);
    assert_int_equal(bind(f->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listen_fd, 16), 0);
}

static void stop_listening(struct fixture *f)
{
    assert_int_equal(close(f->listen_fd), 0);
    assert_int_equal(unlink(f->path), 0);
    f->listen_fd = -1;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/sl-client-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof f->path, "%s/s", f->dir);
    f->peer_fd = -1;
    start_listening(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sl_client_close(f->client);
    if (f->peer_fd >= 0) {
        (void)close(f->peer_fd);
    }
    if (f->listen_fd >= 0) {
        stop_listening(f);
    }
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

static void wait_readable(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wanted, 1, WAIT_MS_MAX), 1);
}

static void accept_peer(struct fixture *f)
{
    wait_readable(f->listen_fd);
    f->peer_fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(f->peer_fd >= 0);
}

static void hang_up(struct fixture *f)
{
    assert_int_equal(close(f->peer_fd), 0);
    f->peer_fd = -1;
}

static void open_with(struct fixture *f, struct sl_client_options options)
{
    options.socket_path = f->path;
    options.backoff_ms = 1;
    assert_ok(sl_client_open(&options, &f->client, NULL));
    accept_peer(f);
}

static void open_client(struct fixture *f)
{
    open_with(f, (struct sl_client_options){0});
}

/* Lets the library work once there is something to do. */
static void process(struct fixture *f)
{
    wait_readable(sl_client_fd(f->client));
    assert_ok(sl_client_process(f->client));
}

/* After the peer hung up: the library notices it and connects again. */
static void reconnect(struct fixture *f)
{
    struct pollfd fds[] = {{.fd = f->listen_fd, .events = POLLIN},
                           {.fd = sl_client_fd(f->client), .events = POLLIN}};
    while (fds[0].revents == 0) {
        assert_true(poll(fds, 2, WAIT_MS_MAX) > 0);
        assert_ok(sl_client_process(f->client));
    }
    accept_peer(f);
}

static void read_exactly(int fd, uint8_t *bytes, size_t len)
{
    for (size_t have = 0; have < len;) {
        wait_readable(fd);
        ssize_t got = read(fd, bytes + have, len - have);
        assert_true(got > 0);
        have += (size_t)got;
    }
}

/* One frame from the client; the caller frees it. */
static request_t *read_request(struct fixture *f)
{
    uint8_t header[SL_FRAME_HEADER_BYTES];
    read_exactly(f->peer_fd, header, sizeof header);
    size_t len = (size_t)header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16;
    uint8_t *message = malloc(len);
    assert_non_null(message);
    read_exactly(f->peer_fd, message, len);
    request_t *request = salesledger__v1__request__unpack(NULL, len, message);
    assert_non_null(request);
    free(message);
    return request;
}

static void request_free(request_t *request)
{
    salesledger__v1__request__free_unpacked(request, NULL);
}

static uint64_t read_tag(struct fixture *f)
{
    request_t *request = read_request(f);
    uint64_t tag = request->tag;
    request_free(request);
    return tag;
}

static void write_all(int fd, const uint8_t *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* The frame of a reply; gives its size. */
static size_t pack_reply(const reply_t *reply, uint8_t *ret_frame, size_t size)
{
    size_t len = salesledger__v1__reply__get_packed_size(reply);
    assert_true(len + SL_FRAME_HEADER_BYTES <= size);
    sl_frame_put_header(ret_frame, (uint32_t)len);
    (void)salesledger__v1__reply__pack(reply, ret_frame + SL_FRAME_HEADER_BYTES);
    return len + SL_FRAME_HEADER_BYTES;
}

static void write_reply(struct fixture *f, const reply_t *reply)
{
    uint8_t frame[4096];
    size_t len = pack_reply(reply, frame, sizeof frame);
    write_all(f->peer_fd, frame, len);
}

static reply_t reply_to(uint64_t tag)
{
    reply_t reply = SALESLEDGER__V1__REPLY__INIT;
    reply.has_tag = true;
    reply.tag = tag;
    return reply;
}

static void write_status(struct fixture *f, uint64_t tag, uint64_t head)
{
    Salesledger__V1__StatusReply status = SALESLEDGER__V1__STATUS_REPLY__INIT;
    reply_t reply = reply_to(tag);
    status.has_head = true;
    status.head = head;
    reply.status = &status;
    write_reply(f, &reply);
}

static void write_error(struct fixture *f, uint64_t tag, int32_t code, char *name)
{
    Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
    reply_t reply = reply_to(tag);
    reply.has_tag = tag != 0;
    error.has_code = true;
    error.code = code;
    error.name = name;
    error.field = (char[]){"rank.measure"};
    error.message = (char[]){"has to be one"};
    reply.error = &error;
    write_reply(f, &reply);
}

/* A page of one event, which says where the next begins. */
static void write_page(struct fixture *f, uint64_t tag, uint64_t seq, uint64_t next)
{
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    Salesledger__V1__EventPage page = SALESLEDGER__V1__EVENT_PAGE__INIT;
    reply_t reply = reply_to(tag);
    event.has_seq = true;
    event.seq = seq;
    page.n_events = 1;
    page.events = (Salesledger__V1__Event *[]){&event};
    page.has_next = true;
    page.next = next;
    reply.has_more = true;
    reply.more = true;
    reply.events = &page;
    write_reply(f, &reply);
}

static uint64_t send_status(struct fixture *f)
{
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.status = &status;
    assert_ok(sl_client_send(f->client, &request, &tag, NULL));
    return tag;
}

static uint64_t send_log(struct fixture *f, Salesledger__V1__LogRequest *log)
{
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.log = log;
    assert_ok(sl_client_send(f->client, &request, &tag, NULL));
    return tag;
}

static reply_t *receive(struct fixture *f)
{
    reply_t *reply;
    assert_ok(sl_client_receive(f->client, &reply, NULL));
    return reply;
}

/* The next reply is the failure of `tag`. */
static void expect_failure(struct fixture *f, uint64_t tag, enum sl_err err)
{
    reply_t *reply = receive(f);
    assert_int_equal(reply->tag, tag);
    assert_err(err, sl_client_reply_err(reply, NULL));
    sl_client_reply_free(reply);
}

static void expect_status(struct fixture *f, uint64_t tag, uint64_t head)
{
    reply_t *reply = receive(f);
    assert_ok(sl_client_reply_err(reply, NULL));
    assert_int_equal(reply->tag, tag);
    assert_non_null(reply->status);
    assert_int_equal(reply->status->head, head);
    sl_client_reply_free(reply);
}

static void a_missing_socket_says_what_to_do(void **state)
{
    struct fixture *f = *state;
    stop_listening(f);
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
    open_client(f);
    write_status(f, 1,
                 77); /* tags count from 1, so that the answer can be there before the question */
    reply_t *reply;

    assert_ok(sl_client_status(f->client, &reply, NULL));

    assert_int_equal(reply->status->head, 77);
    assert_int_equal(sl_client_pending_count(f->client), 0);
    sl_client_reply_free(reply);
}

static void a_refused_call_gives_code_field_and_message(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    write_error(f, 1, SL_E_BAD_MEASURE, (char[]){"BAD_MEASURE"});
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
    struct fixture *f = *state;
    open_client(f);
    write_error(f, 1, 4711, (char[]){"TOO_NEW"});
    reply_t *reply;
    struct sl_diag diag = {0};

    assert_err((enum sl_err)4711, sl_client_status(f->client, &reply, &diag));

    assert_string_equal(diag.message, "TOO_NEW: has to be one");
}

static void an_answer_to_another_question_is_malformed(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    write_status(f, 1, 77);
    Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
    reply_t *reply;

    assert_err(SL_E_MALFORMED, sl_client_rank(f->client, &rank, &reply, NULL));
}

static void replies_may_come_in_any_order(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t first = send_status(f);
    uint64_t second = send_status(f);
    write_status(f, second, 2);
    write_status(f, first, 1);
    reply_t *reply;

    assert_ok(sl_client_next(f->client, first, 0, &reply, NULL));

    assert_int_equal(reply->status->head, 1);
    sl_client_reply_free(reply);
    expect_status(f, second, 2);
    assert_err(SL_E_NOT_FOUND, sl_client_receive(f->client, &reply, NULL));
    assert_err(SL_E_NOT_FOUND, sl_client_next(f->client, first, 0, &reply, NULL));
}

static void a_reply_may_arrive_byte_by_byte(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t tag = send_status(f);
    Salesledger__V1__StatusReply status = SALESLEDGER__V1__STATUS_REPLY__INIT;
    reply_t reply = reply_to(tag);
    status.has_head = true;
    status.head = 123456;
    reply.status = &status;
    uint8_t frame[64];
    size_t len = pack_reply(&reply, frame, sizeof frame);

    for (size_t i = 0; i < len; i++) {
        assert_int_equal(sl_client_pending_count(f->client), 1);
        write_all(f->peer_fd, frame + i, 1);
        process(f);
    }

    assert_int_equal(sl_client_pending_count(f->client), 0);
    expect_status(f, tag, 123456);
}

/* Events with a text each, so that a batch is larger than any socket buffer. */
struct batch {
    Salesledger__V1__Event *events;
    Salesledger__V1__Event **pointers;
    Salesledger__V1__AppendRequest append;
    request_t request;
};

static struct batch batch_make(size_t count, char *text)
{
    struct batch batch = {.events = calloc(count, sizeof(Salesledger__V1__Event)),
                          .pointers = calloc(count, sizeof(Salesledger__V1__Event *))};
    assert_non_null(batch.events);
    assert_non_null(batch.pointers);
    for (size_t i = 0; i < count; i++) {
        salesledger__v1__event__init(&batch.events[i]);
        batch.events[i].correlation = text;
        batch.pointers[i] = &batch.events[i];
    }
    salesledger__v1__append_request__init(&batch.append);
    salesledger__v1__request__init(&batch.request);
    batch.append.n_events = count;
    batch.append.events = batch.pointers;
    return batch;
}

static void batch_free(struct batch *batch)
{
    free(batch->events);
    free(batch->pointers);
}

static void a_request_larger_than_the_socket_buffer_is_written_in_pieces(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    char text[2048];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct batch batch = batch_make(1000, text);
    batch.request.append = &batch.append;
    uint64_t tag;

    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    size_t have = 0;
    size_t wanted = SL_FRAME_HEADER_BYTES;
    uint8_t *frame = malloc(4u * 1024 * 1024);
    assert_non_null(frame);
    while (have < wanted) {
        assert_ok(sl_client_process(f->client));
        wait_readable(f->peer_fd);
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
    request_free(request);
    free(frame);
    batch_free(&batch);
}

static void events_without_an_id_get_one_and_stay_as_they_were(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct batch batch = batch_make(3, NULL);
    uint8_t own[16] = {1, 2, 3};
    batch.request.append = &batch.append;
    batch.events[1].has_id = true;
    batch.events[1].id = (ProtobufCBinaryData){.len = sizeof own, .data = own};
    uint64_t tag;

    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    request_t *request = read_request(f);
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
    request_free(request);
    batch_free(&batch);
}

static void ids_sort_by_their_time_and_differ(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct sl_id before = {{0}};
    for (int i = 0; i < 1000; i++) {
        struct sl_id id;
        assert_ok(sl_client_make_id(f->client, &id));
        assert_memory_not_equal(id.bytes, before.bytes, sizeof id.bytes);
        assert_true(memcmp(id.bytes, before.bytes, 6) >= 0);
        before = id;
    }
}

static void an_append_is_sent_again_with_the_same_ids_after_a_lost_connection(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct batch batch = batch_make(2, NULL);
    batch.request.append = &batch.append;
    uint64_t tag;
    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));
    request_t *first = read_request(f);

    hang_up(f);
    reconnect(f);

    request_t *second = read_request(f);
    assert_int_equal(second->tag, tag);
    assert_int_equal(second->append->n_events, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(first->append->events[i]->id.data, second->append->events[i]->id.data,
                            16);
    }
    request_free(first);
    request_free(second);
    batch_free(&batch);
}

static void a_reply_cut_in_the_middle_is_asked_for_again(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t tag = send_status(f);
    assert_int_equal(read_tag(f), tag);
    write_all(f->peer_fd, (const uint8_t[]){200, 0, 0, 0, 8, 1}, 6);

    hang_up(f);
    reconnect(f);

    assert_int_equal(read_tag(f), tag);
    write_status(f, tag, 5);
    expect_status(f, tag, 5);
}

static void answered_requests_are_not_sent_again(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t first = send_status(f);
    uint64_t second = send_status(f);
    uint64_t third = send_status(f);
    write_status(f, second, 2);

    hang_up(f);
    reconnect(f);

    assert_int_equal(read_tag(f), first);
    assert_int_equal(read_tag(f), third);
    expect_status(f, second, 2);
}

static void a_daemon_that_always_hangs_up_is_given_up_as_closed(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.attempt_count_max = 3});
    uint64_t tag = send_status(f);

    hang_up(f);
    for (int i = 0; i < 2; i++) {
        reconnect(f);
        hang_up(f);
    }

    expect_failure(f, tag, SL_E_CLOSED);
    assert_int_equal(sl_client_pending_count(f->client), 0);
}

static void a_daemon_that_is_gone_is_given_up_as_unreachable(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.attempt_count_max = 3});
    uint64_t tag = send_status(f);

    stop_listening(f);
    hang_up(f);

    expect_failure(f, tag, SL_E_UNREACHABLE);
}

static void after_giving_up_the_next_request_connects_anew(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    uint64_t first = send_status(f);
    hang_up(f);
    expect_failure(f, first, SL_E_CLOSED);

    uint64_t second = send_status(f);
    process(f);
    accept_peer(f);

    assert_int_equal(read_tag(f), second);
    write_status(f, second, 9);
    expect_status(f, second, 9);
}

static void an_idle_client_notices_the_loss_and_stays_usable(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    hang_up(f);
    process(f);

    uint64_t tag = send_status(f);
    process(f);
    accept_peer(f);

    assert_int_equal(read_tag(f), tag);
}

static void a_subscription_goes_on_behind_the_last_page(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    question.n_types = 1;
    question.types = (char *[]){(char[]){"close"}};
    uint64_t tag;
    assert_ok(sl_client_subscribe(f->client, &question, &tag, NULL));
    assert_int_equal(read_tag(f), tag);
    write_page(f, tag, 41, 50);
    reply_t *reply;
    assert_ok(sl_client_next(f->client, tag, 0, &reply, NULL));
    assert_true(reply->more);
    sl_client_reply_free(reply);

    hang_up(f);
    reconnect(f);

    request_t *again = read_request(f);
    assert_int_equal(again->tag, tag);
    assert_int_equal(again->subscribe->from, 50);
    assert_string_equal(again->subscribe->types[0], "close");
    request_free(again);
    write_page(f, tag, 50, 51);
    assert_ok(sl_client_next(f->client, tag, SL_CLIENT_FOREVER, &reply, NULL));
    assert_int_equal(reply->events->events[0]->seq, 50);
    sl_client_reply_free(reply);
}

static void a_subscription_without_a_page_is_asked_for_as_before(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    question.has_from = true;
    question.from = 7;
    uint64_t tag;
    assert_ok(sl_client_subscribe(f->client, &question, &tag, NULL));

    hang_up(f);
    reconnect(f);

    request_t *again = read_request(f);
    assert_int_equal(again->subscribe->from, 7);
    request_free(again);
}

static void a_log_request_goes_on_with_what_is_left_of_its_limit(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_limit = true;
    log.limit = 10;
    uint64_t tag = send_log(f, &log);
    assert_int_equal(read_tag(f), tag);
    write_page(f, tag, 1, 2);
    write_page(f, tag, 2, 3);

    for (uint32_t cut = 0; cut < 2; cut++) {
        hang_up(f);
        reconnect(f);
        request_t *again = read_request(f);
        assert_int_equal(again->log->from, 3 + cut);
        assert_int_equal(again->log->limit, 8 - cut);
        request_free(again);
        write_page(f, tag, 3 + cut, 4 + cut);
    }
}

static void a_reverse_log_request_goes_on_downwards(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    log.has_reverse = true;
    log.reverse = true;
    uint64_t tag = send_log(f, &log);
    assert_int_equal(read_tag(f), tag);
    write_page(f, tag, 90, 89);

    hang_up(f);
    reconnect(f);

    request_t *again = read_request(f);
    assert_int_equal(again->log->to, 89);
    assert_false(again->log->has_from);
    request_free(again);
}

static void another_answer_cut_between_its_replies_ends_as_closed(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    Salesledger__V1__MeasuresReply measures = SALESLEDGER__V1__MEASURES_REPLY__INIT;
    uint64_t cut = send_status(f);
    uint64_t whole = send_status(f);
    reply_t page = reply_to(cut);
    page.has_more = true;
    page.more = true;
    page.measures = &measures;
    write_reply(f, &page);

    hang_up(f);
    reconnect(f);

    reply_t *reply = receive(f);
    assert_true(reply->more);
    sl_client_reply_free(reply);
    expect_failure(f, cut, SL_E_CLOSED);
    assert_int_equal(read_tag(f), whole);
}

static void an_oversized_frame_is_refused(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t tag = send_status(f);
    uint32_t len = SL_FRAME_BYTES_MAX + 1;

    write_all(f->peer_fd,
              (const uint8_t[]){(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
                                (uint8_t)(len >> 24)},
              4);

    expect_failure(f, tag, SL_E_TOO_BIG);
}

static void bytes_that_are_no_reply_are_refused(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t tag = send_status(f);

    write_all(f->peer_fd, (const uint8_t[]){2, 0, 0, 0, 0xff, 0xff}, 6);

    expect_failure(f, tag, SL_E_MALFORMED);
}

static void an_error_without_a_tag_reaches_every_request(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t first = send_status(f);
    uint64_t second = send_status(f);

    write_error(f, 0, SL_E_TOO_MANY, (char[]){"TOO_MANY"});

    expect_failure(f, first, SL_E_TOO_MANY);
    expect_failure(f, second, SL_E_TOO_MANY);
}

static void a_call_that_gets_no_answer_ends_in_time(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.timeout_ms = 1});
    reply_t *reply;
    struct sl_diag diag = {0};

    assert_err(SL_E_UNREACHABLE, sl_client_status(f->client, &reply, &diag));

    assert_non_null(strstr(diag.message, "no answer within 1 ms"));
    assert_int_equal(sl_client_pending_count(f->client), 0);
    uint64_t tag = read_tag(f);
    request_t *cancel = read_request(f);
    assert_int_equal(cancel->cancel->tag, tag);
    request_free(cancel);
}

static void the_late_answer_to_an_abandoned_call_is_ignored(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.timeout_ms = 1});
    reply_t *reply;
    assert_err(SL_E_UNREACHABLE, sl_client_status(f->client, &reply, NULL));

    uint64_t next = send_status(f);
    write_status(f, 1, 11);
    write_status(f, next, 33);
    process(f);

    expect_status(f, next, 33);
}

static void an_interrupt_ends_the_next_wait_once(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t tag = send_status(f);
    reply_t *reply;

    sl_client_interrupt(f->client);
    assert_err(SL_E_CANCELLED, sl_client_receive(f->client, &reply, NULL));

    write_status(f, tag, 3);
    expect_status(f, tag, 3);
}

static void one_request_above_the_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.pending_max = 2});
    uint64_t first = send_status(f);
    (void)send_status(f);
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag = 0;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &request, &tag, NULL));

    assert_int_equal(tag, 0);
    write_status(f, first, 1);
    expect_status(f, first, 1);
    (void)send_status(f);
}

static void requests_beyond_the_bytes_are_refused(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.pending_bytes_max = 1});
    (void)send_status(f);
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &request, &tag, NULL));
}

static void a_batch_has_its_maximum(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct batch batch = batch_make(SL_BATCH_EVENTS_MAX + 1, NULL);
    batch.request.append = &batch.append;
    uint64_t tag;

    assert_err(SL_E_TOO_MANY, sl_client_send(f->client, &batch.request, &tag, NULL));
    batch.append.n_events = SL_BATCH_EVENTS_MAX;
    assert_ok(sl_client_send(f->client, &batch.request, &tag, NULL));

    batch_free(&batch);
}

static void a_request_above_the_frame_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    char *text = malloc(SL_FRAME_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', SL_FRAME_BYTES_MAX);
    text[SL_FRAME_BYTES_MAX] = '\0';
    struct batch batch = batch_make(1, text);
    batch.request.append = &batch.append;
    uint64_t tag;
    struct sl_diag diag = {0};

    assert_err(SL_E_TOO_BIG, sl_client_send(f->client, &batch.request, &tag, &diag));

    assert_non_null(strstr(diag.message, "smaller batches"));
    assert_false(batch.events[0].has_id);
    batch_free(&batch);
    free(text);
}

static void a_null_event_and_a_cancel_request_are_wrong_usage(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct batch batch = batch_make(1, NULL);
    Salesledger__V1__CancelRequest cancel = SALESLEDGER__V1__CANCEL_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    batch.request.append = &batch.append;
    batch.pointers[0] = NULL;
    request.cancel = &cancel;

    assert_err(SL_E_USAGE, sl_client_send(f->client, &batch.request, &tag, NULL));
    assert_err(SL_E_USAGE, sl_client_send(f->client, &request, &tag, NULL));

    batch_free(&batch);
}

static void replies_nobody_takes_stop_the_reading_until_they_are_taken(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.pending_bytes_max = 1000});
    Salesledger__V1__LogRequest log = SALESLEDGER__V1__LOG_REQUEST__INIT;
    uint64_t pages = send_log(f, &log);
    uint64_t other = send_status(f);
    for (uint64_t i = 1; i <= 150; i++) {
        write_page(f, pages, i, i + 1);
    }
    write_status(f, other, 4);
    reply_t *reply;
    process(f);

    assert_err(SL_E_TOO_MANY, sl_client_next(f->client, other, 0, &reply, NULL));

    for (uint64_t i = 1; i <= 150; i++) {
        reply = receive(f);
        assert_int_equal(reply->events->events[0]->seq, i);
        sl_client_reply_free(reply);
    }
    expect_status(f, other, 4);
}

struct calls {
    struct fixture *f;
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

static uint64_t submit_status(struct fixture *f, struct calls *calls)
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
    struct fixture *f = *state;
    open_client(f);
    struct calls calls = {.f = f};
    uint64_t tag = submit_status(f, &calls);
    assert_int_equal(sl_client_events(f->client), POLLIN);
    write_status(f, tag, 12);

    process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(calls.last_count, 1);
    assert_int_equal(calls.head, 12);
}

static void a_callback_may_send_the_next_request(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct calls calls = {.f = f, .sends = 1};
    uint64_t tag = submit_status(f, &calls);
    write_status(f, tag, 12);
    process(f);
    write_status(f, tag + 1, 13);

    process(f);

    assert_int_equal(calls.count, 2);
    assert_int_equal(calls.head, 13);
}

static void a_callback_hears_of_a_daemon_that_is_gone(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    struct calls calls = {.f = f, .sends = 1};
    (void)submit_status(f, &calls);

    hang_up(f);
    process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(calls.last_count, 1);
    assert_err(SL_E_CLOSED, calls.err);
    assert_int_equal(sl_client_pending_count(f->client), 1); /* the one it sent itself */
}

static void a_callback_may_cancel_others_while_all_fail(void **state)
{
    struct fixture *f = *state;
    open_with(f, (struct sl_client_options){.attempt_count_max = 1});
    struct calls first = {.f = f};
    struct calls second = {.f = f};
    (void)submit_status(f, &first);
    first.cancel_tag = submit_status(f, &second);

    hang_up(f);
    process(f);

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
    struct fixture *f = *state;
    open_client(f);
    struct calls calls = {.f = f};
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.status = &status;
    struct sl_client_handler handler = {.callback = try_to_wait, .ctx = &calls};
    assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    write_status(f, tag, 1);

    process(f);

    assert_int_equal(calls.count, 1);
}

static void a_cancelled_subscription_is_silent(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct calls calls = {.f = f};
    Salesledger__V1__SubscribeRequest question = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    struct sl_client_handler handler = {.callback = note_call, .ctx = &calls};
    uint64_t tag;
    request.subscribe = &question;
    assert_ok(sl_client_submit(f->client, &request, handler, &tag, NULL));
    assert_int_equal(read_tag(f), tag);
    calls.cancel_tag = tag;
    write_page(f, tag, 1, 2);
    process(f);
    request_t *cancel = read_request(f);
    assert_int_equal(cancel->cancel->tag, tag);

    write_page(f, tag, 2, 3);
    write_error(f, tag, SL_E_CANCELLED, (char[]){"CANCELLED"});
    reply_t done = reply_to(cancel->tag);
    write_reply(f, &done);
    process(f);

    assert_int_equal(calls.count, 1);
    assert_int_equal(sl_client_pending_count(f->client), 0);
    request_free(cancel);
}

static void a_cancelled_request_is_not_sent_again(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    uint64_t cancelled = send_status(f);
    uint64_t kept = send_status(f);
    sl_client_cancel(f->client, cancelled);

    hang_up(f);
    reconnect(f);

    assert_int_equal(read_tag(f), kept);
    sl_client_cancel(f->client, 4711); /* unknown: fine */
}

/* Takes the request, hangs up, takes it again, answers. */
static void *restarting_daemon(void *ctx)
{
    struct fixture *f = ctx;
    accept_peer(f);
    request_t *first = read_request(f);
    hang_up(f);
    accept_peer(f);
    request_t *second = read_request(f);
    Salesledger__V1__Receipt receipt = SALESLEDGER__V1__RECEIPT__INIT;
    Salesledger__V1__AppendReply append = SALESLEDGER__V1__APPEND_REPLY__INIT;
    reply_t reply = reply_to(second->tag);
    receipt.has_id = true;
    receipt.id = first->append->events[0]->id;
    receipt.has_duplicate = true;
    receipt.duplicate =
        memcmp(receipt.id.data, second->append->events[0]->id.data, receipt.id.len) == 0;
    append.n_receipts = 1;
    append.receipts = (Salesledger__V1__Receipt *[]){&receipt};
    reply.append = &append;
    write_reply(f, &reply);
    request_free(first);
    request_free(second);
    return NULL;
}

static void a_blocking_append_survives_a_restart(void **state)
{
    struct fixture *f = *state;
    pthread_t daemon;
    assert_int_equal(pthread_create(&daemon, NULL, restarting_daemon, f), 0);
    struct sl_client *client = NULL;
    struct sl_client_options options = {.socket_path = f->path, .backoff_ms = 1};
    assert_ok(sl_client_open(&options, &client, NULL));
    struct batch batch = batch_make(1, NULL);
    struct sl_client_batch events = {.events = batch.pointers, .count = 1};
    reply_t *reply;

    assert_ok(sl_client_append(client, &events, &reply, NULL));

    assert_int_equal(pthread_join(daemon, NULL), 0);
    assert_true(reply->append->receipts[0]->duplicate);
    assert_ok(sl_client_receipt_err(reply->append->receipts[0], NULL));
    sl_client_reply_free(reply);
    sl_client_close(client);
    batch_free(&batch);
}

static void an_append_answered_with_too_few_receipts_is_malformed(void **state)
{
    struct fixture *f = *state;
    open_client(f);
    struct batch batch = batch_make(1, NULL);
    struct sl_client_batch events = {.events = batch.pointers, .count = 1};
    Salesledger__V1__AppendReply append = SALESLEDGER__V1__APPEND_REPLY__INIT;
    reply_t answer = reply_to(1);
    answer.append = &append;
    write_reply(f, &answer);
    reply_t *reply;

    assert_err(SL_E_MALFORMED, sl_client_append(f->client, &events, &reply, NULL));

    batch_free(&batch);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

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
        CASE(an_append_is_sent_again_with_the_same_ids_after_a_lost_connection),
        CASE(a_reply_cut_in_the_middle_is_asked_for_again),
        CASE(answered_requests_are_not_sent_again),
        CASE(a_daemon_that_always_hangs_up_is_given_up_as_closed),
        CASE(a_daemon_that_is_gone_is_given_up_as_unreachable),
        CASE(after_giving_up_the_next_request_connects_anew),
        CASE(an_idle_client_notices_the_loss_and_stays_usable),
        CASE(a_subscription_goes_on_behind_the_last_page),
        CASE(a_subscription_without_a_page_is_asked_for_as_before),
        CASE(a_log_request_goes_on_with_what_is_left_of_its_limit),
        CASE(a_reverse_log_request_goes_on_downwards),
        CASE(another_answer_cut_between_its_replies_ends_as_closed),
        CASE(an_oversized_frame_is_refused),
        CASE(bytes_that_are_no_reply_are_refused),
        CASE(an_error_without_a_tag_reaches_every_request),
        CASE(a_call_that_gets_no_answer_ends_in_time),
        CASE(the_late_answer_to_an_abandoned_call_is_ignored),
        CASE(an_interrupt_ends_the_next_wait_once),
        CASE(one_request_above_the_limit_is_refused),
        CASE(requests_beyond_the_bytes_are_refused),
        CASE(a_batch_has_its_maximum),
        CASE(a_request_above_the_frame_limit_is_refused),
        CASE(a_null_event_and_a_cancel_request_are_wrong_usage),
        CASE(replies_nobody_takes_stop_the_reading_until_they_are_taken),
        CASE(a_callback_gets_its_reply),
        CASE(a_callback_may_send_the_next_request),
        CASE(a_callback_hears_of_a_daemon_that_is_gone),
        CASE(a_callback_may_cancel_others_while_all_fail),
        CASE(a_callback_may_not_wait),
        CASE(a_cancelled_subscription_is_silent),
        CASE(a_cancelled_request_is_not_sent_again),
        CASE(a_blocking_append_survives_a_restart),
        CASE(an_append_answered_with_too_few_receipts_is_malformed),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
