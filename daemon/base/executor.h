/* Work that must not block the loop, handed to lanes. A lane runs its jobs one after the other, in order;
 * different lanes run at the same time. `work` runs on the lane's thread, then `done` on the loop's thread.
 *
 *     loop thread    submit ───────────────▶ lane thread   work()
 *                    done() ◀── completion ──
 *
 * The job is owned by who submits it and must stay until `done` has been called. */
#ifndef SL_BASE_EXECUTOR_H
#define SL_BASE_EXECUTOR_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_job {
    void (*work)(struct sl_job *job);
    void (*done)(struct sl_job *job);
    struct sl_job *next; /* private to the executor */
};

enum sl_lane {
    SL_LANE_JOURNAL,
    SL_LANE_SEGMENT, /* the journal's next segment: a batch may wait for it, so it waits for nobody */
    SL_LANE_CHECKPOINT,
    SL_LANE_POOL, /* long reads: check, verify, export */
    SL_LANE_COUNT,
};

struct sl_executor {
    void (*submit)(struct sl_executor *executor, enum sl_lane lane, struct sl_job *job);
    /* Blocks the loop thread until at least one job has ended and its `done` was called; false if no job is under way.
     * For closing and for offline commands: the loop itself never waits. */
    bool (*wait)(struct sl_executor *executor);
};

/* Inline: for tests and offline commands. Jobs wait until sl_inline_run_one/all is called, which makes every interleaving
 * of lanes reachable from a test. */
struct sl_inline_executor {
    struct sl_executor base;
    struct sl_job *first[SL_LANE_COUNT];
    struct sl_job *last[SL_LANE_COUNT];
};
void sl_inline_init(struct sl_inline_executor *executor);
/* Runs work and done of the oldest job of the lane; false if there is none. */
bool sl_inline_run_one(struct sl_inline_executor *executor, enum sl_lane lane);
/* Until every lane is empty, lanes in order. */
void sl_inline_run_all(struct sl_inline_executor *executor);

/* Threads: one per lane. Completions are announced on an eventfd that the loop polls; sl_threads_drain then calls `done` of each. */
struct sl_threads;
SL_MUST_CHECK enum sl_err sl_threads_open(struct sl_threads **ret_threads);
struct sl_executor *sl_threads_executor(struct sl_threads *threads);
int sl_threads_fd(const struct sl_threads *threads);
void sl_threads_drain(struct sl_threads *threads);
/* From the loop's thread, each turn: lanes that clients do not wait on keep off the processor that it runs on now. The scheduler puts
 * both on one often enough, and leaves them there while another is idle, so that the loop is let in every few milliseconds only. Where
 * there is one processor nothing changes, and their share of the others is whole. */
void sl_threads_give_way(struct sl_threads *threads);
/* The same as the executor's `wait`. */
bool sl_threads_wait(struct sl_threads *threads);
/* Finishes all jobs (their `done` is called), joins. NULL is fine. */
void sl_threads_close(struct sl_threads *threads);

#endif
