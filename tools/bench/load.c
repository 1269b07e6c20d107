/* One epoll loop. A wake-up reads what has come, then writes everything that may leave in one
 * call. */
#include "load.h"

#include "fail.h"
#include "sl/frame.h"
#include "wire.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define INPUT_BYTES    (SL_FRAME_HEADER_BYTES + SL_FRAME_BYTES_MAX)
#define SILENCE_MS_MAX 30000
#define SILENCE_NS_MAX ((int64_t)SILENCE_MS_MAX * 1000000)
#define UNTIL_MS       100
#define SAMPLE_NS      200000000
#define EVENTS_MAX     128
#define NS_PER_S       1000000000

int64_t sl_now_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) {
        sl_fail("the system has no monotonic clock");
    }
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct sl_lane *sl_lanes_new(size_t count)
{
    struct sl_lane *lanes = sl_check_memory(calloc(count, sizeof *lanes));
    for (size_t i = 0; i < count; i++) {
        lanes[i].fd = -1;
    }
    return lanes;
}

void sl_lanes_free(struct sl_lane *lanes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sl_frames_deinit(&lanes[i].frames);
    }
    free(lanes);
}

int sl_load_connect(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    if (len < 0 || (size_t)len >= sizeof address.sun_path) {
        sl_fail("the socket's path is too long: %s", socket_path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        sl_fail("%s: %s", socket_path, strerror(errno));
    }
    return fd;
}

void sl_load_poll(int poll_fd, int fd, uint32_t index, bool waits_to_write)
{
    struct epoll_event event = {.events = waits_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data.u32 = index};
    if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &event) != 0 &&
        (errno != ENOENT || epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) != 0)) {
        sl_fail("epoll: %s", strerror(errno));
    }
}

static void connect_lane(const struct sl_load *load, struct sl_lane *lane, uint32_t index)
{
    lane->fd = sl_load_connect(load->socket_path);
    sl_load_poll(load->poll_fd, lane->fd, index, false);
    lane->input = sl_check_memory(malloc(INPUT_BYTES));
    lane->due_ns = sl_check_memory(calloc(lane->frames.count + 1, sizeof *lane->due_ns));
}

static void disconnect_lane(struct sl_lane *lane)
{
    (void)close(lane->fd); /* everything was answered, or is not wanted any more */
    free(lane->input);
    free(lane->due_ns);
    lane->fd = -1;
    lane->input = NULL;
    lane->due_ns = NULL;
}

static void open_poll(struct sl_load *load)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    load->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    load->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (load->poll_fd < 0 || load->timer_fd < 0 ||
        epoll_ctl(load->poll_fd, EPOLL_CTL_ADD, load->timer_fd, &event) != 0) {
        sl_fail("no file descriptor left: %s", strerror(errno));
    }
}

/* When frame `index` of an open loop is due. */
static int64_t due_at(const struct sl_load *load, const struct sl_lane *lane, size_t index)
{
    int64_t offset_ns = (int64_t)index * lane->interval_ns;
    if (lane->tick_ns > 0) {
        offset_ns -= offset_ns % lane->tick_ns;
    }
    return load->start_ns + lane->phase_ns + offset_ns;
}

/* Lets the frames leave that may, and notes since when. */
static void allow(const struct sl_load *load, struct sl_lane *lane, int64_t now_ns)
{
    if (lane->in_flight > 0) {
        while (lane->allowed < lane->frames.count &&
               lane->allowed < lane->answered + lane->in_flight) {
            lane->due_ns[lane->allowed++] = now_ns;
        }
        return;
    }
    while (lane->allowed < lane->frames.count && due_at(load, lane, lane->allowed) <= now_ns) {
        lane->due_ns[lane->allowed] = due_at(load, lane, lane->allowed);
        lane->allowed++;
    }
}

static void set_waits_to_write(const struct sl_load *load, struct sl_lane *lane, bool waits)
{
    if (waits != lane->waits_to_write) {
        sl_load_poll(load->poll_fd, lane->fd, (uint32_t)(lane - load->lanes), waits);
        lane->waits_to_write = waits;
    }
}

static void write_allowed(const struct sl_load *load, struct sl_lane *lane)
{
    size_t end = lane->allowed == 0 ? 0 : (size_t)lane->frames.offsets[lane->allowed];
    if (lane->written < end) {
        ssize_t wrote = send(lane->fd, lane->frames.data.bytes + lane->written, end - lane->written,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (wrote < 0 && errno != EAGAIN && errno != EINTR) {
            sl_fail("the daemon closed a connection: %s", strerror(errno));
        }
        lane->written += wrote > 0 ? (size_t)wrote : 0;
    }
    set_waits_to_write(load, lane, lane->written < end);
}

SL_NORETURN void sl_load_fail_refused(const struct sl_wire_reply *reply)
{
    Salesledger__V1__Error *error =
        salesledger__v1__error__unpack(NULL, reply->error.len, reply->error.data);
    if (error == NULL) {
        sl_fail("the daemon refused a request and did not say why");
    }
    sl_fail("the daemon refused a request: %s %s: %s", error->name != NULL ? error->name : "?",
            error->field != NULL ? error->field : "", error->message != NULL ? error->message : "");
}

static void take_reply(struct sl_lane *lane, struct sl_slice message, int64_t now_ns)
{
    struct sl_wire_reply reply;
    bool is_reply = sl_wire_scan_reply(message, &reply);
    if (!is_reply || (reply.refused == 0 && (reply.tag == 0 || reply.tag > lane->allowed))) {
        sl_fail("the daemon sent bytes that answer no request");
    }
    if (lane->is_tolerant && sl_wire_is_busy(&reply)) {
        lane->answered++;
        lane->busy++;
        return;
    }
    if (reply.refused > 0 && !(lane->is_tolerant && reply.receipts > 0)) {
        sl_load_fail_refused(&reply);
    }
    lane->answered++;
    lane->receipts += reply.receipts;
    lane->refused += reply.refused;
    lane->duplicates += reply.duplicates;
    int64_t latency_ns = now_ns - lane->due_ns[reply.tag - 1];
    sl_histogram_add(&lane->latency_ns, latency_ns > 0 ? (uint64_t)latency_ns : 0);
}

static void take_replies(struct sl_lane *lane)
{
    int64_t now_ns = sl_now_ns();
    struct sl_slice message;
    size_t frame_bytes = 1;
    while (frame_bytes > 0) {
        struct sl_slice input = {.data = lane->input + lane->begin, .len = lane->end - lane->begin};
        if (sl_frame_peek(input, &message, &frame_bytes) != SL_OK) {
            sl_fail("the daemon sent a frame of an impossible length");
        }
        if (frame_bytes > 0) {
            take_reply(lane, message, now_ns);
            lane->begin += frame_bytes;
        }
    }
    memmove(lane->input, lane->input + lane->begin, lane->end - lane->begin);
    lane->end -= lane->begin;
    lane->begin = 0;
}

static void read_lane(struct sl_lane *lane)
{
    ssize_t got = recv(lane->fd, lane->input + lane->end, INPUT_BYTES - lane->end, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        sl_fail("the daemon closed a connection");
    }
    if (got > 0) {
        lane->end += (size_t)got;
        take_replies(lane);
    }
}

static void serve(struct sl_load *load, const struct epoll_event *event)
{
    if (event->data.u32 == UINT32_MAX) {
        uint64_t count;
        ssize_t ignored = read(load->timer_fd, &count, sizeof count);
        (void)ignored; /* it was there to wake us */
        return;
    }
    struct sl_lane *lane = &load->lanes[event->data.u32];
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_lane(lane);
    }
    if (lane->in_flight > 0 || (event->events & EPOLLOUT) != 0) {
        allow(load, lane, sl_now_ns());
        write_allowed(load, lane);
    }
}

/* Sends what is due on the open lanes; gives when the next frame is due, 0 for never. */
static int64_t send_due(const struct sl_load *load)
{
    int64_t next_ns = 0;
    int64_t now_ns = sl_now_ns();
    for (size_t i = 0; i < load->count; i++) {
        struct sl_lane *lane = &load->lanes[i];
        if (lane->in_flight > 0 || lane->allowed == lane->frames.count) {
            continue;
        }
        int64_t due_ns = due_at(load, lane, lane->allowed);
        if (due_ns <= now_ns) {
            allow(load, lane, now_ns);
            write_allowed(load, lane);
            due_ns = lane->allowed < lane->frames.count ? due_at(load, lane, lane->allowed) : 0;
        }
        if (due_ns != 0 && (next_ns == 0 || due_ns < next_ns)) {
            next_ns = due_ns;
        }
    }
    return next_ns;
}

static void arm(const struct sl_load *load, int64_t due_ns)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = due_ns / NS_PER_S, .tv_nsec = (long)(due_ns % NS_PER_S)}};
    if (timerfd_settime(load->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
        sl_fail("timer: %s", strerror(errno));
    }
}

static bool is_waiting(const struct sl_load *load)
{
    for (size_t i = 0; i < load->count; i++) {
        if (load->lanes[i].answered < load->lanes[i].allowed) {
            return true;
        }
    }
    return false;
}

/* What has left is to be answered; the rest stays. */
static void stop_sending(struct sl_load *load)
{
    for (size_t i = 0; i < load->count; i++) {
        struct sl_lane *lane = &load->lanes[i];
        size_t count = lane->answered;
        while (count < lane->allowed && lane->frames.offsets[count] < lane->written) {
            count++;
        }
        lane->frames.count = count;
        lane->allowed = count;
    }
    load->stopped_ns = sl_now_ns() - load->start_ns;
}

static bool is_done(struct sl_load *load)
{
    size_t left = 0;
    bool is_over = load->duration_ns > 0 && load->stopped_ns == 0 &&
                   sl_now_ns() - load->start_ns >= load->duration_ns;
    if (is_over) {
        stop_sending(load);
    }
    if (load->until != NULL) {
        return atomic_load(load->until);
    }
    for (size_t i = 0; i < load->count; i++) {
        left += load->lanes[i].frames.count - load->lanes[i].answered;
    }
    return left == 0;
}

static void sample(struct sl_load *load)
{
    int64_t now_ns = sl_now_ns();
    if (load->sample != NULL && now_ns - load->sampled_ns >= SAMPLE_NS) {
        load->sampled_ns = now_ns;
        load->sample(load->ctx);
    }
}

static void start(struct sl_load *load)
{
    load->start_ns = sl_now_ns();
    for (size_t i = 0; i < load->count; i++) {
        struct sl_lane *lane = &load->lanes[i];
        if (lane->in_flight > 0) {
            allow(load, lane, load->start_ns);
            write_allowed(load, lane);
        }
    }
}

static void loop(struct sl_load *load)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t armed_ns = 0;
    int64_t heard_ns = sl_now_ns();
    /* Whoever is told when it is over may have no more to ask, and looks up now and then. */
    int timeout_ms = load->until != NULL ? UNTIL_MS : SILENCE_MS_MAX;
    while (!is_done(load)) {
        int64_t next_ns = send_due(load);
        if (next_ns != 0 && next_ns != armed_ns) {
            arm(load, next_ns);
            armed_ns = next_ns;
        }
        int ready = epoll_wait(load->poll_fd, events, EVENTS_MAX, timeout_ms);
        int64_t now_ns = sl_now_ns();
        heard_ns = ready > 0 || !is_waiting(load) ? now_ns : heard_ns;
        if (now_ns - heard_ns >= SILENCE_NS_MAX) {
            sl_fail("the daemon has not answered for %d seconds", SILENCE_MS_MAX / 1000);
        }
        for (int i = 0; i < ready; i++) {
            serve(load, &events[i]);
        }
        sample(load);
    }
}

/* What was due and is still open when the run ends counts with the time it has waited: leaving it out would hide exactly the slow
 * ones. */
static void count_unanswered(const struct sl_load *load, struct sl_lane *lane)
{
    int64_t end_ns = load->start_ns + load->elapsed_ns;
    for (size_t i = lane->answered; i < lane->allowed; i++) {
        int64_t waited_ns = end_ns - lane->due_ns[i];
        sl_histogram_add(&lane->latency_ns, waited_ns > 0 ? (uint64_t)waited_ns : 0);
    }
}

void sl_load_run(struct sl_load *load)
{
    open_poll(load);
    for (size_t i = 0; i < load->count; i++) {
        connect_lane(load, &load->lanes[i], (uint32_t)i);
    }
    start(load);
    loop(load);
    load->elapsed_ns = sl_now_ns() - load->start_ns;
    for (size_t i = 0; i < load->count; i++) {
        count_unanswered(load, &load->lanes[i]);
        disconnect_lane(&load->lanes[i]);
    }
    (void)close(load->timer_fd);
    (void)close(load->poll_fd);
}
