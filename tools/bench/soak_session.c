/* Small state machines; the only thing that is waited for is the owner's epoll. */
#include "soak_session.h"

#include "fail.h"
#include "salesledger/v1/api.pb-c.h"
#include "sl/err.h"
#include "sl/frame.h"
#include "wire.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NS_PER_MS      INT64_C(1000000)
#define READ_BYTES     65536u
#define LIFE_MS_MIN    5000u
#define LIFE_MS_SPREAD 55000u
#define RECONNECT_MS   10
#define BUSY_MS        20

enum reply_field { REPLY_ERROR = 4, REPLY_APPEND = 16, REPLY_EVENTS = 21 };
enum receipt_field { RECEIPT_ID = 1, RECEIPT_SEQ = 2, RECEIPT_ERROR = 4 };
enum event_field { EVENT_SEQ = 1, EVENT_ID = 3 };

void sl_soak_session_open(struct sl_soak_session *session,
                          enum sl_soak_role role,
                          uint32_t index,
                          uint64_t seq)
{
    static const uint32_t pauses_ms[] = {1, 5, 25, 100, 500};
    *session = (struct sl_soak_session){
        .role = role,
        .index = index,
        .pause_ms = pauses_ms[index % (sizeof pauses_ms / sizeof pauses_ms[0])],
        .random = {.state = index},
        .fd = -1,
        .seq = seq,
    };
}

static void disconnect(struct sl_soak_session *session)
{
    if (session->fd >= 0) {
        (void)close(session->fd); /* epoll forgets it with that */
    }
    session->fd = -1;
    session->input.len = 0;
    session->written = 0;
    session->is_waiting = false;
}

void sl_soak_session_close(struct sl_soak_session *session)
{
    disconnect(session);
    free(session->input.bytes);
    sl_frames_deinit(&session->frames);
    session->input = (struct sl_buffer){0};
}

/* What was asked for, as one frame. */
static struct sl_slice frame_at(const struct sl_frames *frames, size_t index)
{
    uint64_t begin = frames->offsets[index];
    return (struct sl_slice){frames->data.bytes + begin,
                             (size_t)(frames->offsets[index + 1] - begin)};
}

static int64_t after_ms(int64_t now_ns, uint32_t ms)
{
    return now_ns + ms * NS_PER_MS;
}

static int64_t
after_thinking(struct sl_soak_session *session, const struct sl_soak_world *world, int64_t now_ns)
{
    return after_ms(now_ns,
                    world->think_ms / 2 + sl_random_below(&session->random, world->think_ms + 1));
}

static void subscribe(struct sl_soak_session *session)
{
    struct sl_frames frames = {0};
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__SubscribeRequest from = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    from.has_from = true;
    from.from = session->seq;
    request.subscribe = &from;
    sl_frames_add_request(&frames, &request);
    struct sl_slice frame = frame_at(&frames, 0);
    if (send(session->fd, frame.data, frame.len, MSG_NOSIGNAL) != (ssize_t)frame.len) {
        sl_fail("the daemon closed a connection: %s", strerror(errno));
    }
    sl_frames_deinit(&frames);
}

/* Subscribers are looked at when their time has come, not when there is something to read. */
static void
connect_session(struct sl_soak_session *session, const struct sl_soak_world *world, int64_t now_ns)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", world->socket_path);
    session->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (session->fd < 0 || connect(session->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        sl_fail("%s: %s", world->socket_path, strerror(errno));
    }
    world->tally->connects++;
    session->ends_ns =
        after_ms(now_ns, LIFE_MS_MIN + sl_random_below(&session->random, LIFE_MS_SPREAD));
    if (session->role == SL_SOAK_SUBSCRIBER) {
        subscribe(session);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = session->index};
    if (epoll_ctl(world->poll_fd, EPOLL_CTL_ADD, session->fd, &event) != 0) {
        sl_fail("epoll: %s", strerror(errno));
    }
}

/* Picks the next request, unless there is one that has not been answered. */
static struct sl_slice next_frame(struct sl_soak_session *session,
                                  const struct sl_soak_world *world)
{
    if (session->role == SL_SOAK_ASKER) {
        return frame_at(world->questions, session->next);
    }
    if (session->next == session->frames.count) {
        sl_frames_deinit(&session->frames);
        world->refill(world->ctx, session->index, &session->frames);
        session->next = 0;
    }
    return frame_at(&session->frames, session->next);
}

/* A full socket is tried again a millisecond later. */
static void
send_request(struct sl_soak_session *session, const struct sl_soak_world *world, int64_t now_ns)
{
    struct sl_slice frame = next_frame(session, world);
    ssize_t wrote = send(session->fd, frame.data + session->written, frame.len - session->written,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0 && errno != EAGAIN && errno != EINTR) {
        sl_fail("the daemon closed a connection: %s", strerror(errno));
    }
    session->sent_ns = session->is_waiting ? session->sent_ns : now_ns;
    session->is_waiting = true;
    session->written += wrote > 0 ? (size_t)wrote : 0;
    session->due_ns = session->written < frame.len ? after_ms(now_ns, 1) : INT64_MAX;
}

/* True if it asks to come again later; ends the program for any other reason. */
static bool is_busy(struct sl_slice error)
{
    Salesledger__V1__Error *detail = salesledger__v1__error__unpack(NULL, error.len, error.data);
    if (detail == NULL) {
        sl_fail("the daemon refused a request and did not say why");
    }
    bool is_busy = detail->code == SL_E_BUSY;
    if (!is_busy) {
        sl_fail("the daemon refused a request: %s %s: %s",
                detail->name != NULL ? detail->name : "?",
                detail->field != NULL ? detail->field : "",
                detail->message != NULL ? detail->message : "");
    }
    salesledger__v1__error__free_unpacked(detail, NULL);
    return is_busy;
}

/* False if the event has to be sent again. */
static bool take_receipt(struct sl_soak_world *world, struct sl_slice receipt)
{
    struct sl_wire_field field;
    struct sl_slice id = {0};
    uint64_t seq = 0;
    while (sl_wire_next(&receipt, &field)) {
        if (field.number == RECEIPT_ERROR) {
            return !is_busy(field.bytes);
        }
        if (field.number == RECEIPT_ID) {
            id = field.bytes;
        } else if (field.number == RECEIPT_SEQ) {
            seq = field.value;
        }
    }
    sl_soak_proof_acknowledge(world->proof, seq, id);
    return true;
}

static bool take_receipts(struct sl_soak_world *world, struct sl_slice append)
{
    struct sl_wire_field field;
    bool is_done = true;
    while (sl_wire_next(&append, &field)) {
        is_done = take_receipt(world, field.bytes) && is_done;
        world->tally->appended++;
    }
    return is_done;
}

static void take_answer(struct sl_soak_session *session,
                        struct sl_soak_world *world,
                        struct sl_slice message,
                        int64_t now_ns)
{
    struct sl_wire_field field;
    bool is_done = true;
    while (sl_wire_next(&message, &field)) {
        if (field.number == REPLY_ERROR) {
            is_done = !is_busy(field.bytes);
        } else if (field.number == REPLY_APPEND) {
            is_done = take_receipts(world, field.bytes);
        }
    }
    bool is_writer = session->role == SL_SOAK_WRITER;
    sl_histogram_add(is_writer ? &world->tally->append_ns : &world->tally->query_ns,
                     (uint64_t)(now_ns - session->sent_ns));
    session->is_waiting = false;
    session->written = 0;
    session->due_ns = is_done ? after_thinking(session, world, now_ns) : after_ms(now_ns, BUSY_MS);
    world->tally->busy += is_done ? 0 : 1;
    if (is_writer) {
        session->next += is_done ? 1 : 0;
    } else {
        world->tally->answered++;
        session->next = sl_random_below(&session->random, (uint32_t)world->questions->count);
    }
}

/* Exactly the next one. */
static void
take_event(struct sl_soak_session *session, struct sl_soak_world *world, struct sl_slice event)
{
    struct sl_wire_field field;
    struct sl_slice id = {0};
    uint64_t seq = 0;
    while ((seq == 0 || id.len == 0) && sl_wire_next(&event, &field)) {
        if (field.number == EVENT_SEQ) {
            seq = field.value;
        } else if (field.number == EVENT_ID) {
            id = field.bytes;
        }
    }
    if (seq != session->seq) {
        sl_fail("a subscriber was given seq %llu, its next is %llu", (unsigned long long)seq,
                (unsigned long long)session->seq);
    }
    session->seq++;
    world->tally->delivered++;
    if (world->is_verifying) {
        sl_soak_proof_find(world->proof, seq, id);
    }
}

static void
take_events(struct sl_soak_session *session, struct sl_soak_world *world, struct sl_slice page)
{
    struct sl_wire_field field;
    while (sl_wire_next(&page, &field)) {
        if (field.number == 1) {
            take_event(session, world, field.bytes);
        }
    }
}

static void
take_page(struct sl_soak_session *session, struct sl_soak_world *world, struct sl_slice message)
{
    struct sl_wire_field field;
    while (sl_wire_next(&message, &field)) {
        if (field.number == REPLY_ERROR) {
            (void)is_busy(field.bytes);
            sl_fail("a subscription was refused");
        }
        if (field.number == REPLY_EVENTS) {
            take_events(session, world, field.bytes);
        }
    }
}

static void
take_frames(struct sl_soak_session *session, struct sl_soak_world *world, int64_t now_ns)
{
    size_t begin = 0;
    size_t frame_bytes = 1;
    while (frame_bytes > 0) {
        struct sl_slice message;
        struct sl_slice input = {session->input.bytes + begin, session->input.len - begin};
        if (sl_frame_peek(input, &message, &frame_bytes) != SL_OK) {
            sl_fail("the daemon sent a frame of an impossible length");
        }
        if (frame_bytes > 0 && session->role == SL_SOAK_SUBSCRIBER) {
            take_page(session, world, message);
        } else if (frame_bytes > 0) {
            take_answer(session, world, message, now_ns);
        }
        begin += frame_bytes;
    }
    memmove(session->input.bytes, session->input.bytes + begin, session->input.len - begin);
    session->input.len -= begin;
}

void sl_soak_session_serve(struct sl_soak_session *session,
                           struct sl_soak_world *world,
                           int64_t now_ns)
{
    struct sl_buffer *input = &session->input;
    if (session->fd < 0) {
        return; /* ended since it was found to be readable */
    }
    if (input->cap - input->len < READ_BYTES) {
        input->cap = input->cap * 2 + READ_BYTES;
        input->bytes = sl_check_memory(realloc(input->bytes, input->cap));
    }
    ssize_t got = recv(session->fd, input->bytes + input->len, READ_BYTES, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        sl_fail("the daemon closed a connection");
    }
    if (got > 0) {
        input->len += (size_t)got;
        take_frames(session, world, now_ns);
    }
}

void sl_soak_session_act(struct sl_soak_session *session,
                         struct sl_soak_world *world,
                         int64_t now_ns)
{
    if (session->fd >= 0 && now_ns >= session->ends_ns && !world->is_ending) {
        disconnect(session);
        session->due_ns = after_ms(now_ns, RECONNECT_MS);
        return;
    }
    if (now_ns < session->due_ns) {
        return;
    }
    bool is_subscriber = session->role == SL_SOAK_SUBSCRIBER;
    if (world->is_ending && !is_subscriber && !session->is_waiting) {
        session->due_ns = INT64_MAX;
        return;
    }
    if (session->fd < 0) {
        connect_session(session, world, now_ns);
    }
    if (is_subscriber) {
        sl_soak_session_serve(session, world, now_ns);
        session->due_ns = after_ms(now_ns, world->is_ending ? 1 : session->pause_ms);
    } else {
        send_request(session, world, now_ns);
    }
}
