/* A daemon that does what a test says: a listening socket, one accepted connection, requests read and replies written
 * one by one. The client under test runs in the same thread; what is written here is read by its next call. */
#ifndef SL_LIB_FAKE_DAEMON_H
#define SL_LIB_FAKE_DAEMON_H

#include "lib/test.h"

#include "salesledger.h"
#include "sl/frame.h"

typedef Salesledger__V1__Request request_t;
typedef Salesledger__V1__Reply reply_t;

struct fake_daemon {
    char dir[32];
    char path[64];
    int listen_fd;
    int peer_fd; /* the daemon's end of the connection */
    struct sl_client *client;
};

/* For cmocka: *state is a struct fake_daemon that listens. */
int fake_setup(void **state);
int fake_teardown(void **state);

void fake_stop_listening(struct fake_daemon *f);
void fake_wait_readable(int fd);
void fake_accept_peer(struct fake_daemon *f);
void fake_hang_up(struct fake_daemon *f);

/* Opens f->client on it, with a backoff of 1 ms. */
void fake_open_client(struct fake_daemon *f);
void fake_open_with(struct fake_daemon *f, struct sl_client_options options);

/* Lets the library work once there is something to do. */
void fake_process(struct fake_daemon *f);

/* After the peer hung up: the library notices it and connects again. */
void fake_reconnect(struct fake_daemon *f);

/* One frame from the client; to be freed. */
request_t *fake_read_request(struct fake_daemon *f);
void fake_request_free(request_t *request);
uint64_t fake_read_tag(struct fake_daemon *f);

void fake_write_all(int fd, const uint8_t *bytes, size_t len);
/* The frame of a reply; gives its size. */
size_t fake_pack_reply(const reply_t *reply, uint8_t *ret_frame, size_t size);
void fake_write_reply(struct fake_daemon *f, const reply_t *reply);
reply_t fake_reply_to(uint64_t tag);
void fake_write_status(struct fake_daemon *f, uint64_t tag, uint64_t head);
/* Without a tag if it is 0. */
void fake_write_error(struct fake_daemon *f, uint64_t tag, int32_t code, char *name);
/* A page of one event, which says where the next begins. */
void fake_write_page(struct fake_daemon *f, uint64_t tag, uint64_t seq, uint64_t next);

uint64_t fake_send_status(struct fake_daemon *f);
uint64_t fake_send_log(struct fake_daemon *f, Salesledger__V1__LogRequest *log);
reply_t *fake_receive(struct fake_daemon *f);
/* The next reply is the failure of `tag`. */
void fake_expect_failure(struct fake_daemon *f, uint64_t tag, enum sl_err err);
void fake_expect_status(struct fake_daemon *f, uint64_t tag, uint64_t head);

/* `count` events with the same text, which may be NULL. */
struct fake_batch {
    Salesledger__V1__Event *events;
    Salesledger__V1__Event **pointers;
    Salesledger__V1__AppendRequest append;
    request_t request;
};
struct fake_batch fake_batch_make(size_t count, char *text);
void fake_batch_free(struct fake_batch *batch);

#endif
