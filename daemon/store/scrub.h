/* Reading the ledger again and again, a portion at a time, past the page cache: whether the disk still holds what was written.
 *
 *     log and tree    each record's CRC32C, seqs without a gap, each node computed anew, and at the end the root that the head names
 *     state           each value's seal, and, where no checkpoint came between, how many values the table has
 *     pages           all that leads to them (lmdb_walk.h)
 *
 * A portion has a read txn of its own, some milliseconds long, and reads without LMDB: damage is an answer, not a signal. One thread at a
 * time, mostly the pool's. The journal is not read: what lies in it is in LMDB within seconds, and is read whole at each start. */
#ifndef SL_STORE_SCRUB_H
#define SL_STORE_SCRUB_H

#include "store/env.h"
#include "store/lmdb_walk.h"
#include "store/meta.h"
#include "store/tree.h"

struct sl_scrub {
    const struct sl_env *env; /* borrowed, like the specs */
    const struct sl_table_spec *specs;
    size_t spec_count;
    int fd; /* of data.mdb, our own */
    MDB_txn *txn;
    struct sl_sha256 sha;

    size_t part; /* 0: log and tree; then the tables, by spec + 1 */
    bool is_begun;
    uint8_t from[SL_KEY_BYTES]; /* of a table: the key to go on with */
    uint64_t values;            /* of it so far */
    uint64_t begun_txn;         /* the snapshot that its first portion saw */
    struct sl_merkle tree;      /* over the records up to tree.size */

    uint64_t seq; /* the record looked at last in this pass */
    uint64_t passes;
    uint64_t bytes;
};

/* SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_scrub_open(struct sl_scrub *scrub,
                                        const struct sl_env *env,
                                        const struct sl_table_spec *specs,
                                        size_t spec_count,
                                        struct sl_diag *diag);
void sl_scrub_close(struct sl_scrub *scrub); /* zeroed is fine */

/* Reads on for about `bytes_max` bytes, at most to the end of the pass. SL_E_CORRUPT and SL_E_IO name the place, and the next portion
 * begins with what comes after the damaged table; SL_E_NO_MEMORY and SL_E_BUSY say nothing about the ledger. */
SL_MUST_CHECK enum sl_err
sl_scrub_portion(struct sl_scrub *scrub, uint64_t bytes_max, struct sl_diag *diag);

#endif
