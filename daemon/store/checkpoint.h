/* A checkpoint: everything up to the freeze point F goes to LMDB in one txn.
 *
 *     IDLE ── freeze at a batch boundary ──▶ WAITING ── the batch of F is durable ──▶ RUNNING ── done on the loop ──▶ IDLE
 *
 *                                                                                             │ ▲
 *                                                                                   no room   ▼ │ a tick finds some
 *                                                                                           PUT_OFF
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
    const struct sl_file_ops *ops;
    uint64_t
        room_bytes; /* of the pages that the commit writes, at most; reserved before. 0: not known */
    bool keeps_room;              /* for the next checkpoint, which follows at once */
    bool may_grow;                /* the file ahead of need; not where space is low */
    uint64_t cache_bytes;         /* for sl_env_cache_ahead; 0: not */
    struct sl_journal *journal;   /* told to recycle afterwards; NULL: not */
    const struct sl_batch *first; /* batches to append; NULL: none, only state */
    const struct sl_batch *last;
    struct sl_meta_head head;          /* as it will be */
    const struct sl_table_spec *specs; /* not NULL: also note the tables as complete */
    size_t spec_count;
};

/* On the checkpoint lane. *ret_finds_no_room: before it came to the commit; nothing of it is in LMDB, and it can be written again as it is. Any
 * other failure is final, also for want of space: of a commit that failed nobody knows what has reached the disk. */
SL_MUST_CHECK enum sl_err sl_checkpoint_write(const struct sl_checkpoint *checkpoint,
                                              bool *ret_finds_no_room,
                                              struct sl_diag *diag);

#endif
