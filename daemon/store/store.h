/* The store: one ledger directory. The log is the truth; LMDB is its home, the journal is its door.
 *
 *     DIR/lock        held with flock by the one owner
 *     DIR/data.mdb    LMDB: log, tree, state tables, meta: always consistent with each other at one position S
 *     DIR/journal/    zero-filled, recycled segments: what came after S, one frame per batch
 *     DIR/keys/       what customers' personal fields are sealed under (keys.h); no answer but those fields depends on it
 *
 * Life of a batch (loop thread unless said):
 *     sl_store_add         each record gets the next seq and lies in the gathering batch
 *     sl_store_submit      the gathering batch goes to the journal lane: Merkle leaves and nodes, one pwrite, one fdatasync
 *                          (sl_store_submit_own: a small one while the disk is idle and quick, at once, on the loop thread)
 *     durable callback     on the loop thread: everything up to this seq is on disk
 *     checkpoint           begun by sl_store_tick when due and the batch of the freeze point is durable; its lane writes
 *                          events, tree, state in ONE LMDB txn; then segments up to S are recycled, the ring is trimmed
 *
 * Invariants:
 *   (1) seqs run 1, 2, 3, ... without a gap, in the ring, in the journal and in LMDB;
 *   (2) at most one batch is in flight; a freeze happens only between batches;
 *   (3) after a failed write, flush or commit the store is stopped: every later call gives SL_E_STOPPED; no fsync is retried.
 */
#ifndef SL_STORE_STORE_H
#define SL_STORE_STORE_H

#include "base/executor.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/stored/record.h"
#include "sl/types.h"
#include "store/keys.h"
#include "store/keys_copy.h"
#include "store/state.h"

/* Other limits of a running store, beside its options. */
#define SL_STORE_RING_FACTOR 3u /* ring at most this many times checkpoint_bytes: SL_E_BUSY */

/* What is fixed when a ledger is created. */
struct sl_genesis {
    uint8_t ledger_id[16];
    char timezone[64]; /* IANA name */
    char currency[4];  /* reporting currency */
    uint32_t policy;   /* 0 open, 1 strict: the policy until a define changes it */
    sl_time created;
};

struct sl_file_ops; /* store/file_ops.h */
struct sl_clock;    /* base/clock.h */

struct sl_store_options {
    const char *dir;
    const struct sl_table_spec *specs; /* borrowed for the store's life */
    size_t spec_count;
    struct sl_executor *executor; /* NULL for offline use */
    bool
        is_read_only; /* not a byte of the directory is written, nor need it be writable; without an executor. To be verified only */
    uint64_t checkpoint_bytes; /* 0: 24 MiB of journal */
    uint32_t checkpoint_ms; /* 0: 1000; five times that once an eighth of checkpoint_bytes waits */
    uint64_t segment_bytes; /* 0: 64 MiB */
    size_t state_bytes_max; /* 0: 256 MiB; all layers, beyond: SL_E_BUSY */
    /* 0: 256 MiB. What must be free beyond all that checkpoints and the next segment may still write; with less, appends are
     * refused with SL_E_NO_SPACE. */
    uint64_t free_bytes_min;
    uint64_t scrub_bytes_per_s; /* read again in the background; 0: nothing is */
    /* Both on the loop's thread, at times from within sl_store_submit; on_stopped once. */
    void (*on_durable)(void *ctx, sl_seq durable);
    void (*on_stopped)(void *ctx, const struct sl_diag *why);
    void *ctx;
    const struct sl_file_ops *file_ops; /* NULL: the system's; borrowed for the store's life */
    const struct sl_clock
        *clock; /* NULL: the system's; only for durations: of statistics and flushes */
};

struct sl_store;

/* Makes the directory (it may exist and be empty, or hold what a power cut has left of an earlier attempt) and an empty ledger, durable on
 * return: until then there is none.
 * SL_E_EXISTS (holds a ledger or other files), SL_E_DENIED (not ours: dir_access.h), SL_E_NETWORK_FS, SL_E_IO, SL_E_NO_SPACE. */
SL_MUST_CHECK enum sl_err
sl_store_create(const char *dir, const struct sl_genesis *genesis, struct sl_diag *diag);

/* Locks, opens LMDB at S, verifies the journal and reads its frames after S into the ring.
 * The caller then calls sl_store_recover to apply them. SL_E_LOCKED, SL_E_NOT_LEDGER, SL_E_DENIED, SL_E_FORMAT, SL_E_NETWORK_FS,
 * SL_E_CORRUPT (says where), SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_store_open(const struct sl_store_options *options,
                                        struct sl_store **ret_store,
                                        struct sl_diag *diag);

/* Finishes jobs under way, then a last checkpoint unless stopped, closes everything. NULL is fine. */
void sl_store_close(struct sl_store *store);
/* Until no job of it runs. */
void sl_store_wait(struct sl_store *store);

const struct sl_genesis *sl_store_genesis(const struct sl_store *store);
struct sl_state *sl_store_state(struct sl_store *store);

/* True if the state tables' versions or names differ from what is stored: the caller must rebuild. */
bool sl_store_needs_rebuild(const struct sl_store *store);

/* Drops all state tables in LMDB and replays: calls `apply` for each record from 1; state goes to disk in large
 * checkpoints. `progress` may be NULL. Needs no executor lanes but uses them when given (reading and writing overlap). */
typedef enum sl_err (*sl_apply_fn)(void *ctx, const struct sl_record *record);
SL_MUST_CHECK enum sl_err sl_store_rebuild(struct sl_store *store,
                                           sl_apply_fn apply,
                                           void (*progress)(void *ctx, sl_seq done, sl_seq total),
                                           void *ctx,
                                           struct sl_diag *diag);

/* Calls `apply` for each record after S, which the journal held. */
SL_MUST_CHECK enum sl_err
sl_store_recover(struct sl_store *store, sl_apply_fn apply, void *ctx, struct sl_diag *diag);

/* Adds one record to the gathering batch: gives it the next seq and the recorded time max(now, last).
 * The bytes are copied. Never fails half: SL_E_STOPPED, SL_E_NO_SPACE, SL_E_NO_MEMORY, SL_E_BUSY (ring and layers at their
 * maximum, or no segment for it yet: wait until the store has moved), SL_E_TOO_BIG. On success *ret_record is borrowed until the next checkpoint ends. */
SL_MUST_CHECK enum sl_err sl_store_add(struct sl_store *store,
                                       sl_time now,
                                       const struct sl_draft *draft,
                                       struct sl_record *ret_record);

/* Can sl_store_add take `events` records whose actors and events have `bytes` in all now? The same errors. Asked before an all-or-nothing batch. */
SL_MUST_CHECK enum sl_err sl_store_may_add(struct sl_store *store, size_t events, size_t bytes);

/* Takes back the records of the gathering batch after `head` (all-or-nothing refused) and the keys added for them: seqs are given again. */
void sl_store_retract(struct sl_store *store, sl_seq head);

/* Starts writing the gathering batch, whose records the owner has applied to the state by now, if there is one and none is in flight.
 * Call when the loop has no more input at hand. */
void sl_store_submit(struct sl_store *store);

/* The same, but a batch of at most `own_events_max` events is written by the caller's thread, without a lane, if the disk has nothing else
 * to do and the last flush was quick: it is durable on return, or the store has stopped. For who has nothing else to do meanwhile. */
void sl_store_submit_own(struct sl_store *store, uint32_t own_events_max);

/* Nothing more is written, as after a failed write: for an owner whose state is not what the records say, or whose records are half of what is
 * written as a whole. What is under way ends, and changes the state no more. Tells on_stopped, once. */
void sl_store_stop(struct sl_store *store, const struct sl_diag *why);

/* Begins a checkpoint when due. Call after each durable callback and from a timer. */
void sl_store_tick(struct sl_store *store, sl_time now);

/* Asks for a checkpoint at the next tick whether due or not. */
void sl_store_checkpoint_soon(struct sl_store *store);

sl_seq sl_store_head(const struct sl_store *store); /* last seq given, perhaps not yet durable */
sl_seq sl_store_durable(const struct sl_store *store);
sl_seq sl_store_checkpointed(const struct sl_store *store); /* S */
/* Changes when what was refused or held up for want of room may find some, or may learn that there is none: a checkpoint, a segment or an
 * erasure has ended, or the disk's space has become low, or no longer is. What becomes durable makes room, too. */
uint64_t sl_store_moves(const struct sl_store *store);

/* Memory of what has been written to the state since the last freeze, bytes, see sl_state_written_bytes; and how much of it what cannot be
 * parted may take: with half of the maximum a checkpoint always makes room for it. */
size_t sl_store_written_bytes(const struct sl_store *store);
size_t sl_store_share_max(const struct sl_store *store);
sl_time sl_store_last_recorded(const struct sl_store *store);

/* Merkle tree over the record bytes (RFC 9162): root of the first `*ret_size` = durable leaves. */
void sl_store_root(const struct sl_store *store, uint64_t *ret_size, uint8_t ret_root[32]);

/* Reads up to `max` consecutive records from `from` (ring or LMDB; a reader cannot tell), up to the head: what goes out must
 * be held until it is durable. *ret_count may be 0 at the head.
 * Borrowed until sl_store_page_end. Loop thread. Verifies each CRC: SL_E_CORRUPT. */
struct sl_page {
    struct sl_record records[256];
    size_t count;
    void *private_txn;
};
SL_MUST_CHECK enum sl_err
sl_store_page(struct sl_store *store, sl_seq from, size_t max, struct sl_page *page);
void sl_store_page_end(struct sl_store *store, struct sl_page *page);

/* One record by seq; a page of one. SL_E_NOT_FOUND past the head. */
SL_MUST_CHECK enum sl_err sl_store_get(struct sl_store *store, sl_seq seq, struct sl_page *page);

/* The keys of customers; see keys.h for the errors. A key is added for the event that sl_store_add takes next: it is durable before that
 * event is, and sl_store_retract takes it back. */
SL_MUST_CHECK enum sl_err sl_store_key_find(struct sl_store *store,
                                            struct sl_slice customer,
                                            struct sl_key_found *ret_found,
                                            struct sl_seal_key *ret_key);
uint64_t sl_store_keys_since(const struct sl_store *store);
SL_MUST_CHECK enum sl_err
sl_store_key_add(struct sl_store *store, struct sl_slice customer, const struct sl_seal_key *key);
/* Takes back the key that was added for an event that sl_store_add did not take. */
void sl_store_key_forget(struct sl_store *store);

/* The keys of what is durable now, for a backup; see keys_copy.h. */
struct sl_key_cursor sl_store_key_cursor(const struct sl_store *store);
SL_MUST_CHECK enum sl_err sl_store_key_page(struct sl_store *store,
                                            struct sl_key_cursor *cursor,
                                            struct sl_key_page *ret_page);

/* Begins to destroy the live key of a customer; sl_store_erasures tells when it is done. SL_E_BUSY: another erasure is under way, or that key is
 * not durable yet; then ask again when the store has moved. SL_E_STOPPED, SL_E_UNSUPPORTED, SL_E_NO_SPACE, SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_store_erase(struct sl_store *store, const struct sl_erasure *erasure);
bool sl_store_is_erasing(const struct sl_store *store);
uint64_t sl_store_erasures(const struct sl_store *store); /* how many have ended */

struct sl_store_stats {
    uint64_t batches, events, journal_bytes, flushes, checkpoints;
    uint64_t checkpoint_us_last, checkpoint_us_max;
    uint64_t ring_bytes, state_bytes, free_bytes;
};
void sl_store_stats(const struct sl_store *store, struct sl_store_stats *ret_stats);

/* Fills in what the store knows and leaves the rest; adds its latencies, which are borrowed for the store's life. */
struct sl_figures; /* codec/figures.h */
void sl_store_figures(const struct sl_store *store, struct sl_figures *figures);

/* Batches that the journal held after S when the store was opened. */
uint64_t sl_store_recovered_batches(const struct sl_store *store);

/* What the scrubber has come to see (scrub.h). Once it has found damage, appends are refused with SL_E_CORRUPT until the next start:
 * what is there can be read, but for the damaged place. */
struct sl_scrub_status {
    uint64_t seq;    /* the record looked at last in the pass under way */
    uint64_t passes; /* over everything */
    uint64_t part;   /* what it reads: 0 log and tree, then the tables of the state, from 1 */
    uint64_t parts;
    uint64_t bytes;
    uint64_t errors;
    char last_error[256]; /* names the place; empty: none yet */
    sl_time passed;       /* when the last pass had ended; 0: none yet */
};
void sl_store_scrub_status(const struct sl_store *store, struct sl_scrub_status *ret_status);

/* Verification for `salesledgerd check`, offline: CRC of each record, gapless sequence, each tree node recomputed, root, journal
 * frames. SL_E_CORRUPT names the place in `diag`. The state comparison is the caller's (sl_state_digest of replay and stored). */
SL_MUST_CHECK enum sl_err sl_store_verify(struct sl_store *store,
                                          void (*progress)(void *ctx, sl_seq done, sl_seq total),
                                          void *ctx,
                                          struct sl_diag *diag);

#endif
