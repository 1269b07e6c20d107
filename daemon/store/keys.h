/* The keys that customers' personal fields are sealed under (base/seal.h): one for each customer, and what is left of those erased.
 *
 *     DIR/keys/data.mdb   LMDB: customer → row: which key, where its secret lies, when it was erased and by whom; no secret (key_row.h)
 *     DIR/keys/secrets    128 bytes a key, at 128 * its number, never moved:
 *
 *         offset  size
 *              0     4   CRC32C of what follows, little-endian
 *              4     4   0
 *              8     8   id of the key
 *             16    64   its secret
 *             80    48   0
 *
 * LMDB copies what it writes, and old copies stay in its free pages and in the gaps of its live ones: a secret in it could not be
 * destroyed. So it lies in a file of its own, and is destroyed where it lies: 128 zeros over it, flushed. No slot crosses a sector.
 *
 *     add      loop     the key lies in memory, with the batch that gathers
 *     commit   lane     secrets, flush; then one LMDB txn: before the batch's frame is written
 *     erase    lane     the tombstone, in one LMDB txn; then the secret is overwritten and flushed. A start overwrites the last one again:
 *                       a power cut may have come between the two
 *
 * Nothing is made before the first key is added. LMDB's map of 16 GiB holds the rows of a hundred million customers. One owner; the lane is the journal's, one job at a time. */
#ifndef SL_STORE_KEYS_H
#define SL_STORE_KEYS_H

#include "base/seal.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"
#include "store/file_ops.h"

/* Keys of one batch: more than an append has events. Beyond: SL_E_BUSY until the batch is written. */
#define SL_KEYS_GATHERING_MAX 16384u

enum sl_key_state {
    SL_KEY_NONE,
    SL_KEY_LIVE,
    SL_KEY_ERASED,
};

/* What is known of a customer. */
struct sl_key_found {
    enum sl_key_state state;
    bool is_durable;                      /* not only in memory */
    uint8_t key_id[SL_SEAL_KEY_ID_BYTES]; /* of the customer's latest key */
    sl_time erased;                       /* the last time; 0: never. A later key may be live */
    uint8_t erased_by[SL_ID_TEXT_BYTES_MAX];
    size_t erased_by_len;
};

struct sl_keys;

/* Opens what is there. A start that writes finishes what a power cut has left of an erasure. SL_E_IO, SL_E_CORRUPT, SL_E_FORMAT,
 * SL_E_NO_MEMORY, SL_E_NO_SPACE. */
struct sl_keys_options {
    const char *dir; /* the ledger's */
    const struct sl_file_ops *ops;
    uint8_t ledger_id[16]; /* keys of another ledger are damage */
    bool is_read_only;
};
SL_MUST_CHECK enum sl_err sl_keys_open(const struct sl_keys_options *options,
                                       struct sl_keys **ret_keys,
                                       struct sl_diag *diag);
void sl_keys_close(struct sl_keys *keys); /* NULL is fine */

/* ── on the loop's thread ── */

/* SL_OK also when nothing is known. SL_E_IO, SL_E_CORRUPT, SL_E_NO_MEMORY. `ret_key` may be NULL; it is filled for SL_KEY_LIVE, and the caller wipes it. */
SL_MUST_CHECK enum sl_err sl_keys_find(struct sl_keys *keys,
                                       struct sl_slice customer,
                                       struct sl_key_found *ret_found,
                                       struct sl_seal_key *ret_key);

/* The seq from which on seals have their keys here; before it they have not in a ledger that was copied without its keys. UINT64_MAX: there never
 * was a key, or none is durable yet. 1 if that cannot be read: nothing is excused then. */
uint64_t sl_keys_since(struct sl_keys *keys);

/* A key for a customer who has no live one, on behalf of the event that gets this seq. Makes the folder if it is the first.
 * SL_E_BUSY, SL_E_NO_MEMORY, SL_E_NO_SPACE and the errors of making it; nothing has changed then. */
SL_MUST_CHECK enum sl_err sl_keys_add(struct sl_keys *keys,
                                      uint64_t seq,
                                      struct sl_slice customer,
                                      const struct sl_seal_key *key,
                                      struct sl_diag *diag);

/* Room on the disk for so many keys more, beside those at hand, and for an erasure: the lane's writes are final, and then fail for no want
 * of it. sl_keys_add does it for its own. Nothing if there is no key yet. SL_E_NO_SPACE: nothing has changed. SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_keys_reserve(struct sl_keys *keys, uint32_t more, struct sl_diag *diag);

/* Is there room for so many more? */
bool sl_keys_may_add(const struct sl_keys *keys, size_t count);

/* Takes back the keys of events from `seq` on, which are not to be. */
void sl_keys_retract(struct sl_keys *keys, uint64_t seq);

/* The batch closes, and what was added belongs to it: true if there is any, which is to be committed. */
bool sl_keys_close_batch(struct sl_keys *keys);
/* After a commit that went well. */
void sl_keys_committed(struct sl_keys *keys);

/* Bytes that the keys at hand may add to the disk, at most. */
uint64_t sl_keys_bound(const struct sl_keys *keys);

/* ── on the lane ── */

/* Makes the keys of the closed batch durable. Any failure is final. */
SL_MUST_CHECK enum sl_err sl_keys_commit(struct sl_keys *keys, struct sl_diag *diag);

/* Destroys the live key of a customer, which is durable. Any failure is final. */
struct sl_erasure {
    uint8_t customer[SL_ID_TEXT_BYTES_MAX];
    size_t customer_len;
    uint8_t actor[SL_ID_TEXT_BYTES_MAX];
    size_t actor_len;
    sl_time when;
};
SL_MUST_CHECK enum sl_err
sl_keys_erase(struct sl_keys *keys, const struct sl_erasure *erasure, struct sl_diag *diag);

#endif
