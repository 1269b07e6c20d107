/* One connection of a soak, and those that follow it: after a while it ends, whatever it was doing, and is opened again.
 *
 *     writer        request ─▶ receipts ─▶ pause ─▶ ...      one in flight; what was unanswered at an end is sent again
 *     asker         question ─▶ answer ─▶ pause ─▶ ...
 *     subscriber    a piece of the log each so many milliseconds; resumes where it was
 *
 * The owner calls act when `due_ns` has come, and serve when the socket can be read. */
#ifndef SL_BENCH_SOAK_SESSION_H
#define SL_BENCH_SOAK_SESSION_H

#include "frames.h"
#include "histogram.h"
#include "random.h"
#include "soak_proof.h"

enum sl_soak_role { SL_SOAK_WRITER, SL_SOAK_ASKER, SL_SOAK_SUBSCRIBER };

/* What happened in a stretch of time. */
struct sl_soak_tally {
    uint64_t appended; /* events */
    uint64_t answered; /* questions */
    uint64_t delivered;
    uint64_t busy; /* answers that ask to come again later */
    uint64_t connects;
    struct sl_histogram append_ns; /* from sending to the answer */
    struct sl_histogram query_ns;
};

/* What all sessions share; borrowed. */
struct sl_soak_world {
    const char *socket_path;
    int poll_fd;
    uint32_t think_ms; /* mean pause */
    const struct sl_frames *questions;
    struct sl_soak_proof *proof;
    struct sl_soak_tally *tally;
    bool is_ending;    /* no new requests, no new connections, no pauses of subscribers */
    bool is_verifying; /* what is delivered is held against the proof */
    /* Packs the next requests of a writer into `frames`, which is empty. */
    void (*refill)(void *ctx, uint32_t session, struct sl_frames *frames);
    void *ctx;
};

struct sl_soak_session {
    enum sl_soak_role role;
    uint32_t index;
    uint32_t pause_ms; /* subscriber: between two reads */
    struct sl_random random;
    int64_t due_ns;  /* INT64_MAX: waits for an answer */
    int64_t ends_ns; /* of this connection */
    int fd;          /* -1: none */
    struct sl_buffer input;
    bool is_waiting; /* for an answer */
    int64_t sent_ns;
    struct sl_frames frames; /* writer */
    size_t next;    /* frame that is, or will be, in flight; of the world's questions: asker */
    size_t written; /* bytes of it */
    uint64_t seq;   /* subscriber: the next one */
};

/* Connects at its first act. `seq` is where a subscriber begins. */
void sl_soak_session_open(struct sl_soak_session *session,
                          enum sl_soak_role role,
                          uint32_t index,
                          uint64_t seq);
void sl_soak_session_close(struct sl_soak_session *session);

/* All end the program on anything that the daemon should not do. */
void sl_soak_session_act(struct sl_soak_session *session,
                         struct sl_soak_world *world,
                         int64_t now_ns);
void sl_soak_session_serve(struct sl_soak_session *session,
                           struct sl_soak_world *world,
                           int64_t now_ns);

#endif
