/* State tables: ordered maps from a 16-byte key to a fixed-layout row, as memory over LMDB.
 *
 *        reads                                   writes
 *          │                                       │
 *          ▼                                       ▼
 *     ┌─────────┐  rows changed since the last freeze; a tombstone hides what lies below
 *     │ active  │
 *     ├─────────┤  frozen: being written by the running checkpoint, or written by the last one and kept as a cache;
 *     │ frozen  │  nobody changes it
 *     ├─────────┤
 *     │  LMDB   │  as of S; one read txn, renewed after each checkpoint. Absent for a scratch state
 *     └─────────┘
 *
 * A state is a value: live state, scratch state (pure memory) and the state a rebuild writes are the same type.
 * Row bytes are written as they are (little-endian, fixed-width fields, explicit zero padding), so rows must contain no
 * implicit padding and no pointers.
 *
 * The tables of a backlog are an exception. Their owner keeps what is to be written as a list and derives the rows when they are
 * wanted: by a reader, into the active layer; or by the checkpoint, straight into LMDB, so that the loop need never do it:
 *
 *     list of the owner ──▶ frozen list ──▶ checkpoint: sorted, derived, into LMDB
 *              └─── a reader came ───┴───▶ the same rows in the active layer, for reading only
 *
 * Errors are sticky: a failed read or an exhausted memory makes sl_state_error non-OK for good, reads then give NULL and
 * writes go to a spare row; the owner checks once per event and stops. That keeps the rules above this layer plain.
 *
 * Thread rule: the owner's thread only, except the frozen layer and the frozen list, which the checkpoint thread reads. */
#ifndef SL_STORE_STATE_H
#define SL_STORE_STATE_H

#include "base/map.h"
#include "sl/err.h"
#include "sl/types.h"

#define SL_STATE_TABLES_MAX 48

struct sl_table_spec {
    const char *name;  /* LMDB database name is "state/<name>" */
    uint32_t row_size; /* bytes, a multiple of 8, 8 to 512 */
    /* Of its rows and of how they lie on disk; a mismatch with what is stored means: drop and replay all. */
    uint32_t version;
    bool is_backlog; /* written by the state's backlog, if it has one */
    bool is_point;   /* read by key: reading it in order is possible, and slow after each write */
    /* So many neighbours at most lie together on disk, packed (row_group.h); 0: each by itself. For rows that come in order, have much
     * in common and are seldom changed. */
    uint32_t packed_rows;
};

struct sl_state;
struct sl_store; /* store/store.h */

/* A scratch state: pure memory, empty. `specs` is borrowed for the state's life; table t is specs[t]. */
SL_MUST_CHECK enum sl_err
sl_state_open_scratch(const struct sl_table_spec *specs, size_t count, struct sl_state **ret_state);
void sl_state_close(
    struct sl_state *state); /* NULL is fine; a state given by a store is closed by the store */

/* Borrowed until the next upsert/remove/freeze on this state, of a packed table until the next get, last or settling too. NULL if
 * absent. */
const void *sl_state_get(struct sl_state *state, unsigned table, struct sl_key key);

/* Ask memory for the row's places in the layers, and later, by way of these, for the row itself, if the table is read by key. */
void sl_state_prefetch(const struct sl_state *state, unsigned table, struct sl_key key);
void sl_state_prefetch_row(const struct sl_state *state, unsigned table, struct sl_key key);

/* The row for writing: what stood there, or zeros. Valid until the next call that writes to the SAME table. Never NULL. */
void *sl_state_upsert(struct sl_state *state, unsigned table, struct sl_key key);

/* The row for writing from zeros, whatever stood there: it spares the look below. */
void *sl_state_insert(struct sl_state *state, unsigned table, struct sl_key key);

void sl_state_remove(struct sl_state *state, unsigned table, struct sl_key key);

/* Ordered reading over all layers, tombstones skipped. The cursor dies with any write to the same table or a freeze.
 * `row` is NULL at the end; it may lie in the cursor itself, which must not be copied. */
struct sl_state_cursor {
    struct sl_key key;
    const void *row;
    uint64_t private_words[64];
};
void sl_state_seek(struct sl_state *state,
                   unsigned table,
                   struct sl_key from,
                   struct sl_state_cursor *cursor);
void sl_state_next(struct sl_state *state, struct sl_state_cursor *cursor);
/* The last entry with key <= upto; false if none. One look, no cursor; the row is borrowed as that of sl_state_get. */
bool sl_state_last(struct sl_state *state,
                   unsigned table,
                   struct sl_key upto,
                   struct sl_key *ret_key,
                   const void **ret_row);

/* All-or-nothing batches: writes after a savepoint can be taken back. One level. */
void sl_state_savepoint(struct sl_state *state);
void sl_state_rollback(struct sl_state *state);
void sl_state_release(struct sl_state *state);

/* Where a backlog writes: the active layer, or the txn of a checkpoint. Keys that ascend within a table are the cheapest. */
struct sl_row_sink;
void sl_sink_put(struct sl_row_sink *sink, unsigned table, struct sl_key key, const void *row);
void sl_sink_remove(struct sl_row_sink *sink, unsigned table, struct sl_key key);
/* The row as it stands, zeros if there is none, to be changed in place before the next call. Never NULL. */
void *sl_sink_change(struct sl_row_sink *sink, unsigned table, struct sl_key key);
void sl_sink_fail(struct sl_row_sink *sink,
                  enum sl_err err); /* sticky: the rows are not to be had */

struct sl_backlog {
    void *ctx;
    /* The owner's thread: writes what no reader has seen yet, frozen and not, oldest first; all, or a part. What came before the savepoint, if there
     * is one, goes to `lasting`, whose rows a rollback leaves: else it would hide, with the rows as they were, those that a checkpoint
     * puts on disk meanwhile. */
    void (*settle)(void *ctx, struct sl_row_sink *lasting, struct sl_row_sink *sink);
    void (*freeze)(void *ctx); /* what has come so far belongs to the checkpoint that begins */
    /* The frozen part is on disk. Gives whether any of what came after it has been settled: if not, all rows in the active layer are
     * such as are on disk now, whole, even if they were settled in part only. */
    bool (*forget)(void *ctx);
    /* The checkpoint's thread: writes the frozen part. It must give the rows that settle gives. Not called if rows that an
     * earlier backlog left in the active layer had to be written with them: then all were settled. */
    void (*write)(const void *ctx, struct sl_row_sink *sink);
    size_t (*bytes)(const void *ctx, bool has_frozen);
    /* At most so many rows of the table are written. */
    uint64_t (*rows)(const void *ctx, unsigned table, bool has_frozen);
};

/* `backlog` is borrowed. NULL ends it: the caller has settled, and no checkpoint runs. */
void sl_state_set_backlog(struct sl_state *state, const struct sl_backlog *backlog);

/* Makes the rows of the backlog readable. */
void sl_state_settle(struct sl_state *state);

bool sl_state_is_scratch(const struct sl_state *state);
bool sl_state_has_savepoint(const struct sl_state *state);
void sl_state_fail(struct sl_state *state,
                   enum sl_err err); /* an owner that cannot write what it must */

/* Sticky; SL_OK while all is well. The other one also tells which table it was. */
enum sl_err sl_state_error(const struct sl_state *state);
enum sl_err sl_state_explain(const struct sl_state *state, struct sl_diag *diag);

/* Memory of all layers, bytes. */
size_t sl_state_bytes(const struct sl_state *state);
/* Of it what writes have taken since the last freeze, and what it takes to undo them; without rows that were derived from the backlog,
 * which may be of events of long ago. */
size_t sl_state_written_bytes(const struct sl_state *state);

/* SHA-256 over every (key, row) of one table in order: equal tables have equal digests. */
SL_MUST_CHECK enum sl_err
sl_state_digest(struct sl_state *state, unsigned table, uint8_t ret_digest[32], uint64_t *ret_rows);

#endif
