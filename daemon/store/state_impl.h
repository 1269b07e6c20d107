/* The inside of a state, for state*.c, the checkpoint and the store; see state.h for the picture. */
#ifndef SL_STORE_STATE_IMPL_H
#define SL_STORE_STATE_IMPL_H

#include "base/bytes.h"
#include "store/layer.h"
#include "store/state.h"
#include "store/state_disk.h"
#include "store/state_layer.h"

#define SL_ROW_BYTES_MAX 512u

struct sl_table {
    const struct sl_table_spec *spec;
    struct sl_layer active;
    struct sl_layer frozen; /* empty when there is neither a running nor a cached checkpoint */
};

struct sl_state {
    struct sl_table tables[SL_STATE_TABLES_MAX];
    size_t table_count;
    struct sl_state_disk disk; /* zeroed for a scratch state */
    enum sl_err error;         /* sticky */
    const char *error_table;   /* the table that could not be read; NULL: it was something else */
    bool has_savepoint;
    struct sl_bytes undo; /* rows as they were, newest last */
    _Alignas(16)
        uint8_t spare[SL_ROW_BYTES_MAX + SL_LAYER_WORD_BYTES]; /* where writes go after an error */
    const struct sl_backlog *backlog;                          /* may be NULL */
    bool has_frozen_backlog;  /* what was frozen with it is not on disk yet */
    bool has_rows_of_before;  /* an earlier backlog left rows in the active layer */
    bool is_backlog_in_layer; /* the frozen layer has all its rows and is written instead */
    enum sl_err frozen_error; /* the frozen layer is not whole */
};

/* A table that cannot be read. */
void sl_state_fail_at(struct sl_state *state, unsigned table, enum sl_err err);

/* A state over the tables of `env`, as of its newest commit. */
SL_MUST_CHECK enum sl_err sl_state_open_over(const struct sl_env *env,
                                             const struct sl_table_spec *specs,
                                             size_t count,
                                             struct sl_state **ret_state,
                                             struct sl_diag *diag);

/* The active layer becomes the frozen one; what was frozen, and is on disk by now, is forgotten. */
void sl_state_freeze(struct sl_state *state);

/* After the commit of the frozen layer: the disk below moves to it, the frozen layer stays as a clean cache. */
SL_MUST_CHECK enum sl_err sl_state_refresh(struct sl_state *state);

/* Forgets all layers and looks at the disk anew. */
SL_MUST_CHECK enum sl_err sl_state_reload(struct sl_state *state);

/* Forgets the frozen layer; only when it is on disk. */
void sl_state_drop_cache(struct sl_state *state);

/* Writes the frozen layer. Checkpoint thread. */
SL_MUST_CHECK enum sl_err
sl_state_write_frozen(const struct sl_state *state, const struct sl_env *env, MDB_txn *txn);

/* Bytes of the stored pages that writing the active layer, and the frozen one if asked, may have to copy; and of the rows that the
 * backlog may derive, which are not in any layer yet. */
uint64_t sl_state_rewrite_bytes(const struct sl_state *state, bool has_frozen);

/* What writing LMDB's list of free pages anew takes. */
uint64_t sl_state_free_list_bytes(const struct sl_state *state);

size_t sl_state_active_bytes(const struct sl_state *state);
bool sl_state_is_clean(
    const struct sl_state *state); /* the active layer and the backlog are empty */

const void *sl_state_below(struct sl_state *state,
                           unsigned table,
                           struct sl_key key); /* under the active layer */

#endif
