/* The inside of the store, for store*.c.
 *
 *     store.c            open, close, what the store is
 *     store_write.c      add, submit, tick: batches on their way to disk
 *     store_checkpoint.c checkpoints: when, and what follows
 *     store_space.c      is there disk space for that
 *     store_watch.c      how long it took, and what waits
 *     store_read.c       pages of the log
 *     store_replay.c     recover and rebuild
 *     store_scrub.c      read everything again, slowly, while it runs
 *     store_verify.c     check everything again
 *     store_keys.c       customers' keys
 *
 * Who may touch what while jobs are under way:
 *     journal lane       `flight`, the batch in it, `tree_lane`, `sha_lane`; the loop's thread where it writes a batch itself;
 *                        `erase`, and of `keys` what keys.h says
 *     segment lane       `prepare`; the journal's own lock guards its segments
 *     checkpoint lane    `checkpoint.plan` and what it points at
 *     pool               `scrub`'s work
 *     loop thread        everything else */
#ifndef SL_STORE_STORE_IMPL_H
#define SL_STORE_STORE_IMPL_H

#include "base/clock.h"
#include "base/executor.h"
#include "codec/figures.h"
#include "sl/stored/hash.h"
#include "sl/stored/merkle.h"
#include "store/checkpoint.h"
#include "store/dir.h"
#include "store/file_ops.h"
#include "store/journal.h"
#include "store/log_table.h"
#include "store/meta.h"
#include "store/ring.h"
#include "store/scrub.h"
#include "store/state_impl.h"
#include "store/store.h"

#define SL_STORE_READERS_MAX 16u

enum sl_checkpoint_phase {
    SL_CHECKPOINT_IDLE,
    SL_CHECKPOINT_WAITING, /* frozen; the batch of F is not durable yet */
    SL_CHECKPOINT_RUNNING,
    SL_CHECKPOINT_PUT_OFF, /* it found no room and has written nothing; begun again when there is */
};

/* The batch in flight. */
struct sl_flight {
    struct sl_job job; /* first: cast back */
    struct sl_store *store;
    bool is_flying;
    bool has_keys; /* to be committed first */
    struct sl_batch *batch;
    uint64_t took_us;   /* the last one's way to the disk */
    uint64_t flush_us;  /* of it the journal's write and flush */
    uint64_t closed_us; /* monotonic: when the batch was closed */
    enum sl_err err;
    struct sl_diag diag;
};

struct sl_checkpoint_run {
    struct sl_job job; /* first: cast back */
    struct sl_store *store;
    enum sl_checkpoint_phase phase;
    struct sl_checkpoint plan;
    uint64_t started_us;
    uint64_t closed_bytes; /* the watch's, at the freeze */
    uint64_t frozen_us;    /* monotonic */
    bool finds_no_room;
    unsigned tries;   /* that found none, one after the other */
    sl_time ready_at; /* when the next one may come */
    enum sl_err err;
    struct sl_diag diag;
};

struct sl_prepare_run {
    struct sl_job job; /* first: cast back */
    struct sl_store *store;
    bool is_running;
    enum sl_err err;
    struct sl_diag diag;
};

/* What is only looked at. */
struct sl_store_watch {
    struct sl_histogram commit_us; /* a batch: from its close until it is known to be durable */
    struct sl_histogram flush_us;
    uint64_t
        closed_bytes; /* of all batches closed, with those that the journal held at the start */
    uint64_t checkpointed_bytes; /* of them those up to S */
    uint64_t checkpointed_us;    /* monotonic: the end of the last checkpoint, or the start */
    uint64_t waiting_us; /* monotonic: when the oldest of the others was closed, or the start */
    uint64_t checkpoint_bytes; /* of the last checkpoint */
    uint64_t needed_bytes;     /* of disk space, when it was last measured */
    uint64_t recovered_batches;
    uint64_t slow_told_us; /* monotonic: when a slow flush was last told of */
    uint64_t slow_untold;  /* since then */
};

struct sl_erase_run {
    struct sl_job job; /* first: cast back */
    struct sl_store *store;
    bool is_running;
    struct sl_erasure erasure;
    uint64_t ended;
    enum sl_err err;
    struct sl_diag diag;
};

struct sl_scrub_run {
    struct sl_job job; /* first: cast back */
    struct sl_store *store;
    struct sl_scrub scrub;
    bool is_open;
    bool is_refused;
    bool is_running;
    bool has_passed; /* since the last tick */
    bool has_looked;
    uint64_t looked_us; /* monotonic */
    uint64_t due_bytes; /* may be read by now */
    uint64_t portion_bytes;
    enum sl_err err;
    struct sl_diag diag;
    struct sl_scrub_status status;
};

struct sl_store {
    struct sl_store_options options; /* defaults filled in; `dir` points at our copy */
    char dir[SL_DIR_BYTES_MAX];
    const struct sl_file_ops *ops;
    const struct sl_clock *clock;
    int lock_fd;
    struct sl_env env;
    uint64_t page_bytes; /* LMDB's */
    struct sl_genesis genesis;
    struct sl_meta_head meta; /* as on disk */
    struct sl_state *state;
    struct sl_ring ring;
    struct sl_journal *journal;
    struct sl_keys *keys;
    struct sl_sha256 sha_lane;
    struct sl_sha256 sha_loop;
    struct sl_merkle tree_lane; /* up to the batch in flight */
    struct sl_merkle tree_durable;

    struct sl_flight flight;
    struct sl_checkpoint_run checkpoint;
    struct sl_prepare_run prepare;
    struct sl_erase_run erase;
    struct sl_scrub_run scrub;

    uint64_t durable;
    sl_time last_recorded;
    size_t batch_bytes_max;
    size_t ring_bytes_max;
    uint64_t moves; /* of what may hold up or refuse appends and erasures */
    uint64_t
        gathering_max; /* the journal has room for so many bytes of the gathering batch, or more by now */
    size_t state_bytes;      /* as of the last look */
    size_t bytes_since_look; /* of records added */

    bool has_applied; /* the state reflects the ring: recovered, or there was nothing */
    bool needs_rebuild;
    bool is_stopped;
    bool is_checkpoint_wanted; /* asked for, or overdue */
    bool is_flooded;   /* three quarters of a large checkpoint had come when the last one ended */
    bool is_space_low; /* for what there is to write; by statvfs */
    bool has_measured; /* is_space_low is known */
    bool is_put_off;   /* no checkpoint has ended since one found no room */
    bool is_segment_refused; /* ENOSPC when a segment was last made */
    bool has_ticked;
    sl_time checkpoint_at; /* when the last one began */
    sl_time space_at;      /* when a tick last asked statvfs */
    uint64_t space_bound;  /* what checkpoints could write when it was last asked */
    uint64_t used_bytes;   /* of data.mdb, when the last checkpoint was begun */
    uint64_t end_bytes;    /* likewise: sl_env_end */

    unsigned pages_open;
    bool is_trim_wanted; /* a checkpoint ended while pages were open */
    struct sl_log_reader *readers_free[SL_STORE_READERS_MAX];
    size_t readers_free_count;

    struct sl_store_stats stats;
    struct sl_store_watch watch;
};

/* store_write.c */
void sl_store_finish(struct sl_store *store); /* in flight, a last checkpoint; waits */

/* store_checkpoint.c. A checkpoint is frozen at a batch boundary, where the state reflects exactly the closed batches: if one is due, or
 * wanted by the time a tick says; the last one if there is anything to write. It starts once the batch it ends with is durable. One that
 * was put off goes on with a tick. */
void sl_store_checkpoint_in_time(struct sl_store *store, sl_time now);
void sl_store_freeze_if_due(struct sl_store *store);
void sl_store_freeze_last(struct sl_store *store);
void sl_store_resume_checkpoint(struct sl_store *store, sl_time now);
void sl_store_start_checkpoint(struct sl_store *store);
void sl_store_trim(struct sl_store *store);
/* False: the state could not be read, and the store is stopped. */
bool sl_store_is_sound(struct sl_store *store);

/* store_watch.c: the batch in flight was closed; it has become durable; the checkpoint that ran has ended, which S has moved to from `before`. */
void sl_store_watch_close(struct sl_store *store);
void sl_store_watch_flight(struct sl_store *store);
void sl_store_watch_checkpoint(struct sl_store *store, uint64_t before);

/* store_space.c: asks statvfs; and the same, but only if what is to be written has grown since. Change no more than what is
 * known of the space. */
void sl_store_measure_space(struct sl_store *store);
void sl_store_foresee_space(struct sl_store *store);
/* Are appends refused with SL_E_NO_SPACE? For a segment that found none only as long as one is wanted: a checkpoint may have freed another. */
bool sl_store_refuses_for_space(const struct sl_store *store);
/* Does a checkpoint find room for all it may write? Others fill disks, too. If not it waits, which is told once: what it would write lies
 * in the journal, and appends are refused long before. Asks statvfs. */
bool sl_store_has_checkpoint_room(struct sl_store *store);
void sl_store_tell_put_off(struct sl_store *store);
/* What a checkpoint that is frozen now may add to data.mdb at its commit, at most. */
uint64_t sl_store_checkpoint_bytes_max(const struct sl_store *store);

/* store_scrub.c: the next portion, if it is due. */
void sl_store_scrub(struct sl_store *store, sl_time now);

/* store_replay.c: the journal's frames after S into the ring, hashed. */
enum sl_err sl_store_load_journal(struct sl_store *store, struct sl_diag *diag);

#endif
