/* Load: many connections driven by one thread, each sending frames packed beforehand.
 *
 *     closed loop   `in_flight` frames are unanswered at any time; an answer lets the next leave
 *     open loop     frame i is due at start + phase + i x interval, answered or not
 *
 * A latency runs from the moment the frame was due (open loop) or was allowed to leave (closed
 * loop) to the moment its answer was read. So time that a frame waited for a full socket, or for
 * this thread, counts. */
#ifndef SL_BENCH_LOAD_H
#define SL_BENCH_LOAD_H

#include <stdatomic.h>

#include "frames.h"
#include "histogram.h"

struct sl_lane {
    struct sl_frames frames;
    uint32_t in_flight;  /* closed loop; 0: open loop */
    int64_t interval_ns; /* open loop: from one frame to the next */
    int64_t phase_ns;    /* open loop: of the first frame */
    int64_t tick_ns;     /* open loop: frames are due in bursts at multiples of it; 0: one by one */
    bool is_tolerant;    /* BUSY and refused events are counted; else they end the program */
    /* Results. */
    struct sl_histogram latency_ns;
    uint64_t receipts;
    uint64_t refused;
    uint64_t duplicates;
    uint64_t busy; /* frames answered BUSY; not in latency_ns */
    /* While running. */
    int fd;
    size_t allowed;  /* frames that may have left */
    size_t answered; /* frames */
    size_t written;  /* bytes */
    int64_t *due_ns; /* of each allowed frame */
    uint8_t *input;
    size_t begin;
    size_t end;
    bool waits_to_write;
};

struct sl_load {
    const char *socket_path;
    struct sl_lane *lanes;
    size_t count;
    const atomic_bool *until; /* NULL: the run ends when all is answered; else when this is set */
    int64_t
        duration_ns; /* 0: all frames leave; else those that have by then, and are answered before the end */
    void (*sample)(void *ctx); /* called about five times a second; may be NULL */
    void *ctx;
    /* Results. */
    int64_t elapsed_ns; /* from the first frame to the last answer */
    int64_t stopped_ns; /* with a duration: from the first frame to the last one */
    /* While running. */
    int poll_fd;
    int timer_fd;
    int64_t start_ns;
    int64_t sampled_ns;
};

/* Connects, runs until every lane is answered (or `until`), disconnects. Ends the program if the daemon goes away, is silent
 * for 30 seconds, answers with something else or refuses anything. */
void sl_load_run(struct sl_load *load);

/* The end of the program, with "DEAL_STATE close.kind: ..." from the reply's error. */
struct sl_wire_reply;
SL_NORETURN void sl_load_fail_refused(const struct sl_wire_reply *reply);

/* A socket. Ends the program if nobody listens there. */
int sl_load_connect(const char *socket_path);

/* The socket is polled under that index, for input, and for room if it waits to write. */
void sl_load_poll(int poll_fd, int fd, uint32_t index, bool waits_to_write);

struct sl_lane *sl_lanes_new(size_t count);
void sl_lanes_free(struct sl_lane *lanes, size_t count);

int64_t sl_now_ns(void);

#endif
