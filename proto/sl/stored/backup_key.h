/* Customers' keys in a backup: what reads the personal fields of its records, for whoever asked for that. All numbers are little-endian.
 *
 *     KEYS (4)     0   8   seq of the event that the ledger's first key was made for; 0: there was none, and none is in here
 *                  8   4   how many; 0 only in the one section of a backup without any
 *                 12   4   0
 *                 16       keys, by customer, ascending; by their bytes, then by their length
 *
 *     a key        0   1   1 live, 2 erased
 *                  1   1   bytes of the customer's id, at least 1
 *                  2   1   bytes of the id of who erased
 *                  3   5   0
 *                  8   8   id of the key; of an erased one perhaps 0
 *                 16   8   when a key of this customer was last erased, microseconds since 1970; 0: never
 *                 24  64   its secret; zeros if it is erased
 *                 88  64   the customer's id, zeros behind it
 *                152  64   who erased, zeros behind it
 *
 * Whoever holds a secret wipes it. */
#ifndef SL_STORED_BACKUP_KEY_H
#define SL_STORED_BACKUP_KEY_H

#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

#define SL_BACKUP_KEY_BYTES        ((size_t)216)
#define SL_BACKUP_KEY_ID_BYTES     ((size_t)8)
#define SL_BACKUP_KEY_SECRET_BYTES ((size_t)64)

struct sl_backup_key {
    bool is_live;
    uint8_t id[SL_BACKUP_KEY_ID_BYTES];
    uint8_t secret[SL_BACKUP_KEY_SECRET_BYTES]; /* of a live one */
    sl_time erased;                             /* the last time; 0: never */
    uint8_t customer[SL_ID_TEXT_BYTES_MAX];
    size_t customer_len;
    uint8_t erased_by[SL_ID_TEXT_BYTES_MAX];
    size_t erased_by_len;
};

/* What was written or read of them so far. */
struct sl_backup_keys {
    bool are_there; /* the backup was asked to hold keys, also if there are none */
    sl_seq since;
    uint64_t live;
    uint64_t erased;
    uint8_t customer[SL_ID_TEXT_BYTES_MAX]; /* of the last one */
    size_t customer_len;
};

void sl_backup_key_encode(const struct sl_backup_key *key, uint8_t ret_bytes[SL_BACKUP_KEY_BYTES]);

/* Takes the next one. SL_E_CORRUPT: that is no key, or not one that follows; nothing has changed then. */
SL_MUST_CHECK enum sl_err sl_backup_key_take(struct sl_backup_keys *keys,
                                             const uint8_t bytes[SL_BACKUP_KEY_BYTES],
                                             struct sl_backup_key *ret_key);

/* Zeros that no compiler leaves out. */
void sl_backup_wipe(void *data, size_t size);

#endif
