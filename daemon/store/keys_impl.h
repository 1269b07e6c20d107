/* The inside of the keys, for keys.c (what happens to them) and keys_open.c (their files). */
#ifndef SL_STORE_KEYS_IMPL_H
#define SL_STORE_KEYS_IMPL_H

#include <lmdb.h>

#include "store/dir.h"
#include "store/key_batch.h"
#include "store/key_row.h"

#define SL_KEYS_PATH_BYTES (SL_DIR_BYTES_MAX + 64)

struct sl_keys {
    char dir[SL_DIR_BYTES_MAX]; /* the ledger's */
    const struct sl_file_ops *ops;
    uint8_t ledger_id[16];
    bool is_read_only;
    bool must_be_sealed; /* the rows */
    MDB_env *mdb;        /* NULL: nothing is made yet */
    MDB_dbi rows;
    MDB_dbi meta;
    MDB_txn *reader; /* of the loop's thread; reset between looks */
    int secrets_fd;
    struct sl_keys_meta state; /* of the lane, once there is one */
    bool has_failed;           /* the same: nothing is written any more */
    struct sl_keys_meta
        made; /* of the loop's thread: slots and since of what is durable with its events */
    uint64_t reserved; /* the same: of data.mdb */
    uint64_t reserved_secrets;
    MDB_stat rows_stat; /* when space was last reserved */
    MDB_stat free_list;
    struct sl_key_batch *gathering;
    struct sl_key_batch *flight;
};

/* keys_open.c: the files, and memory for new keys. */
SL_MUST_CHECK enum sl_err sl_keys_make(struct sl_keys *keys, struct sl_diag *diag);

/* keys_open.c: as it is on disk; for the loop's thread. SL_E_CORRUPT, SL_E_FORMAT, SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_keys_read_meta(struct sl_keys *keys, struct sl_keys_meta *ret_meta, struct sl_diag *diag);

/* keys.c: zeros over the secret that was destroyed last, flushed; it may be that only its tombstone reached the disk. SL_E_CORRUPT if another
 * one lies there: the two files do not belong together. */
SL_MUST_CHECK enum sl_err sl_keys_finish_erasure(const struct sl_keys *keys, struct sl_diag *diag);

/* keys.c: so many slots, one behind the other, flushed. */
SL_MUST_CHECK enum sl_err sl_keys_write_secrets(const struct sl_keys *keys,
                                                const uint8_t *slots,
                                                uint64_t first,
                                                size_t count,
                                                struct sl_diag *diag);

/* keys.c: a row's key; SL_E_CORRUPT if its slot does not hold it. */
SL_MUST_CHECK enum sl_err sl_keys_read_secret(const struct sl_keys *keys,
                                              const struct sl_key_row *row,
                                              struct sl_seal_key *ret_key);

/* keys.c: a row into LMDB, sealed on the way; LMDB's codes. */
int sl_keys_put_row(const struct sl_keys *keys,
                    MDB_txn *txn,
                    struct sl_slice customer,
                    struct sl_key_row *row);
/* keys.c: where rows were put, with `code`: meta as well, then all of it is committed, or none. */
SL_MUST_CHECK enum sl_err sl_keys_end(
    struct sl_keys *keys, MDB_txn *txn, int code, struct sl_keys_meta *meta, struct sl_diag *diag);

#endif
