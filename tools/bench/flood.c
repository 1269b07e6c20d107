/* One epoll loop, one timer for whichever connection is due next. */
#include "flood.h"

#include "fail.h"
#include "load.h"
#include "sl/frame.h"
#include "wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_BYTES ((size_t)256 * 1024)
#define EVENTS_MAX  128
#define SILENCE_NS  ((int64_t)10000000000)
#define NS_PER_S    1000000000
#define NS_PER_MS   1000000

struct lane {
    const struct sl_frames *frames;
    int fd;
    size_t next;     /* the first frame that was never sent */
    uint32_t *again; /* ascending: frames that were answered BUSY */
    size_t again_count;
    size_t unanswered; /* requests on their way */
    int64_t due_ns;
    int64_t *sent_ns; /* of each frame, the last time */
    struct sl_buffer out;
    size_t out_used;
    uint8_t *input;
    size_t input_len;
    bool waits_to_write;
};

struct run {
    struct sl_flood *flood;
    struct lane *lanes;
    int poll_fd;
    int64_t start_ns;
    int64_t tick_ns; /* from one burst of a connection to its next */
    int64_t heard_ns;
};

static void open_lane(struct run *run, size_t index)
{
    struct lane *lane = &run->lanes[index];
    lane->frames = &run->flood->frames[index];
    size_t count = lane->frames->count;
    lane->fd = sl_load_connect(run->flood->socket_path);
    lane->again = sl_check_memory(calloc(count + 1, sizeof *lane->again));
    lane->sent_ns = sl_check_memory(calloc(count + 1, sizeof *lane->sent_ns));
    lane->input = sl_check_memory(malloc(INPUT_BYTES));
    sl_load_poll(run->poll_fd, lane->fd, (uint32_t)index, false);
}

static void close_lane(struct lane *lane)
{
    (void)close(lane->fd); /* everything was answered */
    free(lane->again);
    free(lane->sent_ns);
    free(lane->input);
    free(lane->out.bytes);
}

static void wait_to_write(const struct run *run, struct lane *lane, bool waits)
{
    if (waits != lane->waits_to_write) {
        sl_load_poll(run->poll_fd, lane->fd, (uint32_t)(lane - run->lanes), waits);
        lane->waits_to_write = waits;
    }
}

static void write_out(const struct run *run, struct lane *lane)
{
    if (lane->out_used < lane->out.len) {
        ssize_t wrote = send(lane->fd, lane->out.bytes + lane->out_used,
                             lane->out.len - lane->out_used, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (wrote < 0 && errno != EAGAIN && errno != EINTR) {
            sl_fail("the daemon closed a connection: %s", strerror(errno));
        }
        lane->out_used += wrote > 0 ? (size_t)wrote : 0;
    }
    wait_to_write(run, lane, lane->out_used < lane->out.len);
}

static void put_frame(struct lane *lane, size_t index, int64_t now_ns)
{
    const struct sl_frames *frames = lane->frames;
    size_t begin = (size_t)frames->offsets[index];
    sl_buffer_put(&lane->out, frames->data.bytes + begin,
                  (size_t)frames->offsets[index + 1] - begin);
    lane->sent_ns[index] = now_ns;
    lane->unanswered++;
}

/* What was BUSY first. */
static void send_burst(struct run *run, struct lane *lane, int64_t now_ns)
{
    struct sl_flood *flood = run->flood;
    if (lane->out_used < lane->out.len) {
        flood->left_out += flood->burst;
        return;
    }
    lane->out.len = 0;
    lane->out_used = 0;
    size_t again = lane->again_count < flood->burst ? lane->again_count : flood->burst;
    for (size_t i = 0; i < again; i++) {
        put_frame(lane, lane->again[i], now_ns);
    }
    lane->again_count -= again;
    memmove(lane->again, lane->again + again, lane->again_count * sizeof *lane->again);
    size_t sent = again;
    while (sent < flood->burst && lane->next < lane->frames->count) {
        put_frame(lane, lane->next++, now_ns);
        sent++;
    }
    flood->sent += sent;
    write_out(run, lane);
}

/* Answers come in the order of the requests, so it belongs near the end. */
static void keep_for_again(struct lane *lane, uint32_t index)
{
    size_t at = lane->again_count++;
    while (at > 0 && lane->again[at - 1] > index) {
        lane->again[at] = lane->again[at - 1];
        at--;
    }
    lane->again[at] = index;
}

static void take_reply(struct run *run, struct lane *lane, struct sl_slice message, int64_t now_ns)
{
    struct sl_flood *flood = run->flood;
    struct sl_wire_reply reply;
    if (!sl_wire_scan_reply(message, &reply) || reply.tag == 0 || reply.tag > lane->next ||
        lane->unanswered == 0) {
        sl_fail("the daemon sent bytes that answer no request");
    }
    size_t index = (size_t)reply.tag - 1;
    uint64_t took_ns = (uint64_t)(now_ns - lane->sent_ns[index]);
    lane->unanswered--;
    if (sl_wire_is_busy(&reply)) {
        flood->busy++;
        sl_histogram_add(&flood->busy_ns, took_ns);
        keep_for_again(lane, (uint32_t)index);
        return;
    }
    if (reply.receipts != 1) {
        sl_load_fail_refused(&reply);
    }
    flood->served += reply.refused > 0 ? 0 : 1;
    flood->by_rule += reply.refused;
    sl_histogram_add(&flood->served_ns, took_ns);
}

static void read_lane(struct run *run, struct lane *lane)
{
    ssize_t got =
        recv(lane->fd, lane->input + lane->input_len, INPUT_BYTES - lane->input_len, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        sl_fail("the daemon closed a connection");
    }
    lane->input_len += got > 0 ? (size_t)got : 0;
    struct sl_slice input = {lane->input, lane->input_len};
    struct sl_slice message;
    size_t frame_bytes = 1;
    int64_t now_ns = sl_now_ns();
    while (frame_bytes > 0) {
        if (sl_frame_peek(input, &message, &frame_bytes) != SL_OK ||
            frame_bytes > INPUT_BYTES - SL_FRAME_HEADER_BYTES) {
            sl_fail("the daemon sent a frame of an impossible length");
        }
        if (frame_bytes > 0) {
            take_reply(run, lane, message, now_ns);
            input = (struct sl_slice){input.data + frame_bytes, input.len - frame_bytes};
        }
    }
    memmove(lane->input, input.data, input.len);
    lane->input_len = input.len;
}

/* Gives when the next burst of any is due. */
static int64_t send_due(struct run *run, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < run->flood->connections; i++) {
        struct lane *lane = &run->lanes[i];
        while (lane->due_ns <= now_ns) {
            send_burst(run, lane, now_ns);
            lane->due_ns += run->tick_ns;
        }
        next_ns = lane->due_ns < next_ns ? lane->due_ns : next_ns;
    }
    return next_ns;
}

static void poll_lanes(struct run *run, int64_t until_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t left_ns = until_ns - sl_now_ns();
    struct timespec timeout = {0};
    if (left_ns > 0) {
        timeout = (struct timespec){.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
    }
    int ready = epoll_pwait2(run->poll_fd, events, EVENTS_MAX, &timeout, NULL);
    int64_t now_ns = sl_now_ns();
    run->heard_ns = ready > 0 ? now_ns : run->heard_ns;
    if (now_ns - run->heard_ns > SILENCE_NS) {
        sl_fail("the daemon has not answered for ten seconds");
    }
    for (int i = 0; i < ready; i++) {
        struct lane *lane = &run->lanes[events[i].data.u32];
        if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            read_lane(run, lane);
        }
        if ((events[i].events & EPOLLOUT) != 0) {
            write_out(run, lane);
        }
    }
}

static bool is_answered(const struct run *run)
{
    for (size_t i = 0; i < run->flood->connections; i++) {
        if (run->lanes[i].unanswered > 0) {
            return false;
        }
    }
    return true;
}

static void run_bursts(struct run *run)
{
    struct sl_flood *flood = run->flood;
    run->start_ns = sl_now_ns();
    run->heard_ns = run->start_ns;
    run->tick_ns =
        (int64_t)(NS_PER_S * (double)flood->burst * (double)flood->connections / flood->rate);
    for (size_t i = 0; i < flood->connections; i++) {
        run->lanes[i].due_ns =
            run->start_ns + run->tick_ns * (int64_t)i / (int64_t)flood->connections;
    }
    int64_t end_ns = run->start_ns + flood->duration_ns;
    int64_t now_ns = run->start_ns;
    while (now_ns < end_ns) {
        poll_lanes(run, send_due(run, now_ns));
        now_ns = sl_now_ns();
    }
    flood->stopped_ns = now_ns - run->start_ns;
    while (!is_answered(run)) {
        poll_lanes(run, sl_now_ns() + (int64_t)100 * NS_PER_MS);
    }
    flood->elapsed_ns = sl_now_ns() - run->start_ns;
}

void sl_flood_run(struct sl_flood *flood)
{
    struct run run = {.flood = flood, .poll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (run.poll_fd < 0) {
        sl_fail("no file descriptor left: %s", strerror(errno));
    }
    run.lanes = sl_check_memory(calloc(flood->connections, sizeof *run.lanes));
    for (size_t i = 0; i < flood->connections; i++) {
        open_lane(&run, i);
    }
    run_bursts(&run);
    for (size_t i = 0; i < flood->connections; i++) {
        close_lane(&run.lanes[i]);
    }
    free(run.lanes);
    (void)close(run.poll_fd);
}
