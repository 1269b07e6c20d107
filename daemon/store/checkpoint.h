/* A checkpoint: everything up to the freeze point F goes to LMDB in one txn.
 *
 *     IDLE ── freeze at a batch boundary ──▶ WAITING ── the batch of F is durable ──▶ RUNNING ── done on the loop ──▶ IDLE
 *
 * While it runs, its lane reads what nobody changes any more: the closed batches up to F and the frozen layer. */
#ifndef SL_STORE_CHECKPOINT_H
#define SL_STORE_CHECKPOINT_H

#include "store/env.h"
#include "store/journal.h"
#include "store/meta.h"
#include "store/ring.h"
#include "store/state_impl.h"

struct sl_checkpoint {
    const struct sl_env *env;
    const struct sl_state *state;
    const struct sl_file_ops *ops; /* to grow the file ahead; NULL: space is low */
    uint64_t cache_bytes;          /* for sl_env_cache_ahead; 0: not */
    struct sl_journal *journal;    /* told to recycle afterwards; NULL: not */
    const struct sl_batch *first;  /* batches to append; NULL: none, only state */
    const struct sl_batch *last;
    struct sl_meta_head head;          /* as it will be */
    const struct sl_table_spec *specs; /* not NULL: also note the tables as complete */
    size_t spec_count;
};

/* On the checkpoint lane. On failure nothing of it is in LMDB; the store stops. */
SL_MUST_CHECK enum sl_err sl_checkpoint_write(const struct sl_checkpoint *checkpoint,
                                              struct sl_diag *diag);

#endif
