/* The records since S: encoded once, where they stay until the checkpoint that holds them is on disk.
 *
 *     chunk    length, record │ length, record │ ... │ end mark        1 MiB each, recycled
 *     batch    a run of records in one or more chunks, and the Merkle nodes they made; what one journal frame carries
 *
 * The same bytes serve the journal (as parts of one write), the subscribers and the checkpoint; nothing is copied and no record moves.
 *
 *     S+1 ──── closed batches, each in one frame ────┬── gathering batch ──▶ head
 *
 * Thread rule: the loop thread changes it. A lane may read a closed batch it was given, and from there on through `next` up to
 * another one it was given: those bytes and links change no more. */
#ifndef SL_STORE_RING_H
#define SL_STORE_RING_H

#include <sys/uio.h>

#include "sl/err.h"
#include "sl/stored/merkle.h"
#include "sl/types.h"

#define SL_RING_CHUNK_BYTES    ((size_t)1024 * 1024)
#define SL_BATCH_BYTES_MAX     ((size_t)12 * 1024 * 1024) /* payload of one batch */
#define SL_BATCH_PARTS_MAX     16u                        /* chunks one batch may touch */
#define SL_RECORD_PREFIX_BYTES 4u
/* Of a record's own: two kept nodes for each block. */
#define SL_RING_NODE_BYTES (2 * SL_SHA256_BYTES / SL_MERKLE_BLOCK_LEAVES)

struct sl_ring_chunk {
    struct sl_ring_chunk *next;
    uint32_t used;
    uint8_t bytes[];
};

struct sl_batch {
    struct sl_batch *next;
    uint64_t first_seq;
    uint32_t count;
    size_t bytes;                /* records and their lengths */
    struct sl_ring_chunk *chunk; /* where the first record lies */
    uint32_t offset;
    uint32_t end; /* behind the last record, in last_chunk */
    struct sl_ring_chunk *last_chunk;
    uint64_t node_first; /* number of the first Merkle node that it completes */
    uint64_t node_count;
    uint8_t *nodes;      /* owned; filled on its way to the journal; NULL if none */
    uint64_t generation; /* of the journal segment that holds it; set when durable */
};

struct sl_ring {
    struct sl_ring_chunk *first_chunk;
    struct sl_ring_chunk *last_chunk;
    struct sl_ring_chunk *free_chunks;
    size_t free_count;
    size_t free_count_max;
    struct sl_batch *first_batch;
    struct sl_batch *last_batch;
    struct sl_batch gathering; /* count 0: empty */
    const uint8_t **slots;     /* by seq modulo capacity: the length before the record */
    size_t slot_capacity;      /* a power of two */
    uint64_t first_seq;        /* S + 1 */
    uint64_t next_seq;
    size_t bytes; /* of all batches, with room for their nodes */
};

SL_MUST_CHECK enum sl_err sl_ring_init(struct sl_ring *ring, uint64_t first_seq, size_t keep_bytes);
void sl_ring_deinit(struct sl_ring *ring); /* zeroed is fine */

/* Room for a record of `size` bytes in the gathering batch, to be filled before the next call; it takes the next seq.
 * SL_E_NO_MEMORY leaves all as it was. */
SL_MUST_CHECK enum sl_err sl_ring_add(struct sl_ring *ring, size_t size, uint8_t **ret_record);

/* Takes back the records of the gathering batch from `next_seq` on. */
void sl_ring_retract(struct sl_ring *ring, uint64_t next_seq);

/* Closes the gathering batch, which is not empty, with room for its Merkle nodes. SL_E_NO_MEMORY: it goes on gathering. */
SL_MUST_CHECK enum sl_err sl_ring_close_batch(struct sl_ring *ring, struct sl_batch **ret_batch);

/* The record of a seq from first_seq to next_seq - 1. */
struct sl_slice sl_ring_get(const struct sl_ring *ring, uint64_t seq);

/* Forgets the closed batches up to `seq`, which ends one. */
void sl_ring_trim(struct sl_ring *ring, uint64_t seq);

/* The chunks' parts that hold a closed batch, in order; gives their count. Any thread that was given the batch. */
int sl_batch_parts(const struct sl_batch *batch, struct iovec parts[SL_BATCH_PARTS_MAX]);

/* Reads the records of closed batches one after the other. Any thread that was given the batch. */
struct sl_batch_reader {
    const struct sl_ring_chunk *chunk;
    uint32_t offset;
};
void sl_batch_read_begin(struct sl_batch_reader *reader, const struct sl_batch *batch);
struct sl_slice sl_batch_read_next(struct sl_batch_reader *reader); /* at most `count` times */

/* Appends the records of a closed batch to the tree, which ends before it, and fills in its nodes. One thread, given the batch. */
void sl_batch_hash(const struct sl_batch *batch, struct sl_merkle *tree, struct sl_sha256 *sha);

#endif
