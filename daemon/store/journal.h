/* The journal: where a batch becomes durable. A seam: the local file is one implementation (journal_file.h).
 *
 *     submit    journal lane, or the loop's thread while the lane has nothing to do
 *                                  returns when the batch is durable; at most one at a time, first seqs without a gap
 *     prepare   segment lane       makes room ahead of need, so that submit never waits for it
 *     recycle   checkpoint lane    told that everything up to a seq is safe elsewhere
 *     replay    at open            gives back what was submitted after S */
#ifndef SL_STORE_JOURNAL_H
#define SL_STORE_JOURNAL_H

#include <sys/uio.h>

#include "sl/err.h"
#include "sl/types.h"

struct sl_journal_batch {
    uint64_t first_seq;
    uint32_t count;
    uint32_t len;              /* bytes of all parts */
    const struct iovec *parts; /* records, each behind its 4-byte length */
    int part_count;            /* at most SL_BATCH_PARTS_MAX of ring.h */
};

/* Where a replay begins. */
struct sl_journal_from {
    uint64_t checkpointed; /* S: everything up to it is safe elsewhere */
    uint64_t required;     /* the generation that S lay in; 0: nothing of the journal is needed */
};

/* How it is kept. */
struct sl_journal_state {
    uint64_t segments; /* files */
    uint64_t segments_free;
    uint64_t segment_bytes; /* of all of them */
    uint64_t generation;    /* of the latest */
};

/* A replayed batch; the payload is borrowed for the call. */
typedef enum sl_err (*sl_journal_fn)(
    void *ctx, uint64_t first_seq, uint32_t count, struct sl_slice payload, uint64_t generation);

struct sl_journal {
    /* Any failure is final. *ret_generation tells where the batch lies, as `required` of a later replay. */
    enum sl_err (*submit)(struct sl_journal *journal,
                          const struct sl_journal_batch *batch,
                          uint64_t *ret_generation,
                          struct sl_diag *diag);
    /* How long may the next batch be, to be submitted without a prepare before it? `ahead` comes before it, and is on its way or written by
     * now; NULL: none does. What was promised stays so: it only grows until the next submit. Any thread. */
    uint64_t (*room)(struct sl_journal *journal, const struct sl_journal_batch *ahead);
    /* Should prepare be called soon? Any thread. */
    bool (*wants_prepare)(struct sl_journal *journal);
    /* SL_E_NO_SPACE is not final: space may return. */
    enum sl_err (*prepare)(struct sl_journal *journal, struct sl_diag *diag);
    enum sl_err (*recycle)(struct sl_journal *journal,
                           uint64_t checkpointed,
                           uint64_t generation,
                           struct sl_diag *diag);
    /* Calls `fn` for each batch with a seq after S, in order. SL_E_CORRUPT says where. */
    enum sl_err (*replay)(struct sl_journal *journal,
                          const struct sl_journal_from *from,
                          sl_journal_fn fn,
                          void *ctx,
                          struct sl_diag *diag);
    /* Any thread. */
    void (*look)(struct sl_journal *journal, struct sl_journal_state *ret_state);
    void (*close)(struct sl_journal *journal);
};

#endif
