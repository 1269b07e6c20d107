/* The rows of the table `meta`: what the ledger is, where it stands, and what its state tables look like.
 *
 *     "genesis"    format, then what was fixed at creation; never changes
 *     "head"       S and what belongs to it; written in the same txn as everything else up to S
 *     "tables"     name, row size and version of each state table, as of the last complete rebuild; behind them a CRC32C
 *
 * All three are fixed-layout, little-endian. */
#ifndef SL_STORE_META_H
#define SL_STORE_META_H

#include "sl/stored/hash.h"
#include "store/env.h"
#include "store/store.h"

#define SL_FORMAT 2u

struct sl_meta_head {
    uint64_t checkpointed;  /* S */
    uint64_t generation;    /* of the journal segment that held S; 0 before the first checkpoint */
    int64_t last_recorded;  /* recorded time of S */
    uint32_t is_rebuilding; /* 1: the state tables are unfinished */
    uint32_t
        seal; /* CRC32C of the genesis and of this row without it; 0: made before there were seals. Filled in when it is put */
    uint8_t root[SL_SHA256_BYTES]; /* of the tree of S leaves; means nothing while S is 0 */
};

SL_MUST_CHECK enum sl_err
sl_meta_create(const struct sl_env *env, const struct sl_genesis *genesis, struct sl_diag *diag);

/* SL_E_NOT_LEDGER, SL_E_FORMAT, SL_E_CORRUPT: also where the log has not as many records as `head` says. */
SL_MUST_CHECK enum sl_err sl_meta_read(const struct sl_env *env,
                                       struct sl_genesis *ret_genesis,
                                       struct sl_meta_head *ret_head,
                                       struct sl_diag *diag);

SL_MUST_CHECK enum sl_err
sl_meta_put_head(const struct sl_env *env, MDB_txn *txn, const struct sl_meta_head *head);

SL_MUST_CHECK enum sl_err sl_meta_put_tables(const struct sl_env *env,
                                             MDB_txn *txn,
                                             const struct sl_table_spec *specs,
                                             size_t count);

/* Are the stored tables exactly those of the specs, in any order? SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_meta_match_tables(const struct sl_env *env,
                                               const struct sl_table_spec *specs,
                                               size_t count,
                                               bool *ret_match);

#endif
