/* The inside of the keys, for keys.c (what happens to them) and keys_open.c (their files). */
#ifndef SL_STORE_KEYS_IMPL_H
#define SL_STORE_KEYS_IMPL_H

#include <lmdb.h>

#include "store/dir.h"
#include "store/key_batch.h"

#define SL_KEYS_PATH_BYTES (SL_DIR_BYTES_MAX + 64)

/* What LMDB holds for a customer: this much of it, and as many bytes of `erased_by`. */
struct sl_key_row {
    uint8_t is_live;
    uint8_t erased_by_len;
    uint8_t reserved[6];
    uint8_t key_id[SL_SEAL_KEY_ID_BYTES];
    uint64_t slot; /* of that key */
    int64_t erased_us;
    uint8_t erased_by[SL_ID_TEXT_BYTES_MAX];
};
#define SL_KEY_ROW_BYTES_MIN offsetof(struct sl_key_row, erased_by)

/* The one row of meta. */
struct sl_keys_meta {
    uint64_t slots;       /* how many are given away */
    uint64_t overwritten; /* 1 + the slot whose secret was destroyed last; 0: none */
    uint64_t since;       /* seq of the event that the first key was made for */
};

struct sl_keys {
    char dir[SL_DIR_BYTES_MAX]; /* the ledger's */
    const struct sl_file_ops *ops;
    bool is_read_only;
    MDB_env *mdb; /* NULL: nothing is made yet */
    MDB_dbi rows;
    MDB_dbi meta;
    MDB_txn *reader; /* of the loop's thread; reset between looks */
    int secrets_fd;
    struct sl_keys_meta state; /* of the lane, once there is one */
    bool has_failed;           /* the same: nothing is written any more */
    struct sl_key_batch *gathering;
    struct sl_key_batch *flight;
};

/* keys_open.c: the files, and memory for new keys. */
SL_MUST_CHECK enum sl_err sl_keys_make(struct sl_keys *keys, struct sl_diag *diag);

/* keys.c: zeros over a secret, flushed. */
SL_MUST_CHECK enum sl_err
sl_keys_overwrite(struct sl_keys *keys, uint64_t slot, struct sl_diag *diag);

#endif
