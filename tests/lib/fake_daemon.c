/* The daemon's side of a client test. */
#include "lib/fake_daemon.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS_MAX 5000 /* only reached when a test fails */

static void start_listening(struct fake_daemon *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", f->path);
    f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->listen_fd >= 0);
    assert_int_equal(bind(f->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listen_fd, 16), 0);
}

void fake_stop_listening(struct fake_daemon *f)
{
    assert_int_equal(close(f->listen_fd), 0);
    assert_int_equal(unlink(f->path), 0);
    f->listen_fd = -1;
}

int fake_setup(void **state)
{
    struct fake_daemon *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/sl-client-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof f->path, "%s/s", f->dir);
    f->peer_fd = -1;
    start_listening(f);
    *state = f;
    return 0;
}

int fake_teardown(void **state)
{
    struct fake_daemon *f = *state;
    sl_client_close(f->client);
    if (f->peer_fd >= 0) {
        (void)close(f->peer_fd);
    }
    if (f->listen_fd >= 0) {
        fake_stop_listening(f);
    }
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

void fake_wait_readable(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wanted, 1, WAIT_MS_MAX), 1);
}

void fake_accept_peer(struct fake_daemon *f)
{
    fake_wait_readable(f->listen_fd);
    f->peer_fd = accept4(f->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(f->peer_fd >= 0);
}

void fake_hang_up(struct fake_daemon *f)
{
    assert_int_equal(close(f->peer_fd), 0);
    f->peer_fd = -1;
}

void fake_open_with(struct fake_daemon *f, struct sl_client_options options)
{
    options.socket_path = f->path;
    options.backoff_ms = 1;
    assert_ok(sl_client_open(&options, &f->client, NULL));
    fake_accept_peer(f);
}

void fake_open_client(struct fake_daemon *f)
{
    fake_open_with(f, (struct sl_client_options){0});
}

/* Lets the library work once there is something to do. */
void fake_process(struct fake_daemon *f)
{
    fake_wait_readable(sl_client_fd(f->client));
    assert_ok(sl_client_process(f->client));
}

/* After the peer hung up: the library notices it and connects again. */
void fake_reconnect(struct fake_daemon *f)
{
    struct pollfd fds[] = {{.fd = f->listen_fd, .events = POLLIN},
                           {.fd = sl_client_fd(f->client), .events = POLLIN}};
    while (fds[0].revents == 0) {
        assert_true(poll(fds, 2, WAIT_MS_MAX) > 0);
        assert_ok(sl_client_process(f->client));
    }
    fake_accept_peer(f);
}

static void read_exactly(int fd, uint8_t *bytes, size_t len)
{
    for (size_t have = 0; have < len;) {
        fake_wait_readable(fd);
        ssize_t got = read(fd, bytes + have, len - have);
        assert_true(got > 0);
        have += (size_t)got;
    }
}

/* One frame from the client; the caller frees it. */
request_t *fake_read_request(struct fake_daemon *f)
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

void fake_request_free(request_t *request)
{
    salesledger__v1__request__free_unpacked(request, NULL);
}

uint64_t fake_read_tag(struct fake_daemon *f)
{
    request_t *request = fake_read_request(f);
    uint64_t tag = request->tag;
    fake_request_free(request);
    return tag;
}

void fake_write_all(int fd, const uint8_t *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* The frame of a reply; gives its size. */
size_t fake_pack_reply(const reply_t *reply, uint8_t *ret_frame, size_t size)
{
    size_t len = salesledger__v1__reply__get_packed_size(reply);
    assert_true(len + SL_FRAME_HEADER_BYTES <= size);
    sl_frame_put_header(ret_frame, (uint32_t)len);
    (void)salesledger__v1__reply__pack(reply, ret_frame + SL_FRAME_HEADER_BYTES);
    return len + SL_FRAME_HEADER_BYTES;
}

void fake_write_reply(struct fake_daemon *f, const reply_t *reply)
{
    uint8_t frame[4096];
    size_t len = fake_pack_reply(reply, frame, sizeof frame);
    fake_write_all(f->peer_fd, frame, len);
}

reply_t fake_reply_to(uint64_t tag)
{
    reply_t reply = SALESLEDGER__V1__REPLY__INIT;
    reply.has_tag = true;
    reply.tag = tag;
    return reply;
}

void fake_write_status(struct fake_daemon *f, uint64_t tag, uint64_t head)
{
    Salesledger__V1__StatusReply status = SALESLEDGER__V1__STATUS_REPLY__INIT;
    reply_t reply = fake_reply_to(tag);
    status.has_head = true;
    status.head = head;
    reply.status = &status;
    fake_write_reply(f, &reply);
}

void fake_write_error(struct fake_daemon *f, uint64_t tag, int32_t code, char *name)
{
    Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
    reply_t reply = fake_reply_to(tag);
    reply.has_tag = tag != 0;
    error.has_code = true;
    error.code = code;
    error.name = name;
    error.field = (char[]){"rank.measure"};
    error.message = (char[]){"has to be one"};
    reply.error = &error;
    fake_write_reply(f, &reply);
}

/* A page of one event, which says where the next begins. */
void fake_write_page(struct fake_daemon *f, uint64_t tag, uint64_t seq, uint64_t next)
{
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    Salesledger__V1__EventPage page = SALESLEDGER__V1__EVENT_PAGE__INIT;
    reply_t reply = fake_reply_to(tag);
    event.has_seq = true;
    event.seq = seq;
    page.n_events = 1;
    page.events = (Salesledger__V1__Event *[]){&event};
    page.has_next = true;
    page.next = next;
    reply.has_more = true;
    reply.more = true;
    reply.events = &page;
    fake_write_reply(f, &reply);
}

uint64_t fake_send_status(struct fake_daemon *f)
{
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.status = &status;
    assert_ok(sl_client_send(f->client, &request, &tag, NULL));
    return tag;
}

uint64_t fake_send_log(struct fake_daemon *f, Salesledger__V1__LogRequest *log)
{
    request_t request = SALESLEDGER__V1__REQUEST__INIT;
    uint64_t tag;
    request.log = log;
    assert_ok(sl_client_send(f->client, &request, &tag, NULL));
    return tag;
}

reply_t *fake_receive(struct fake_daemon *f)
{
    reply_t *reply;
    assert_ok(sl_client_receive(f->client, &reply, NULL));
    return reply;
}

/* The next reply is the failure of `tag`. */
void fake_expect_failure(struct fake_daemon *f, uint64_t tag, enum sl_err err)
{
    reply_t *reply = fake_receive(f);
    assert_int_equal(reply->tag, tag);
    assert_err(err, sl_client_reply_err(reply, NULL));
    sl_client_reply_free(reply);
}

void fake_expect_status(struct fake_daemon *f, uint64_t tag, uint64_t head)
{
    reply_t *reply = fake_receive(f);
    assert_ok(sl_client_reply_err(reply, NULL));
    assert_int_equal(reply->tag, tag);
    assert_non_null(reply->status);
    assert_int_equal(reply->status->head, head);
    sl_client_reply_free(reply);
}

struct fake_batch fake_batch_make(size_t count, char *text)
{
    struct fake_batch batch = {.events = calloc(count, sizeof(Salesledger__V1__Event)),
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

void fake_batch_free(struct fake_batch *batch)
{
    free(batch->events);
    free(batch->pointers);
}
