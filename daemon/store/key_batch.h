/* Keys that are not durable yet, in memory that stays out of core dumps: those of the batch that gathers, or of the one in flight. */
#ifndef SL_STORE_KEY_BATCH_H
#define SL_STORE_KEY_BATCH_H

#include "sl/stored/hash.h"
#include "store/keys.h"

/* A secret as it lies on disk, see keys.h. */
#define SL_KEY_SLOT_BYTES ((size_t)128)
#define SL_KEY_SLOT_ID    ((size_t)8) /* offset of the key's id */

void sl_key_slot_put(const struct sl_seal_key *key, uint8_t slot[SL_KEY_SLOT_BYTES]);
/* False if that is no such key. */
bool sl_key_slot_get(const uint8_t slot[SL_KEY_SLOT_BYTES],
                     const uint8_t key_id[SL_SEAL_KEY_ID_BYTES],
                     struct sl_seal_key *ret_key);

struct sl_key_item {
    uint64_t seq;
    uint32_t next; /* item + 1 in the same bucket; 0: none */
    uint32_t bucket;
    uint8_t customer_len;
    uint8_t customer[SL_ID_TEXT_BYTES_MAX];
};

#define SL_KEY_BUCKETS (2 * SL_KEYS_GATHERING_MAX)

struct sl_key_batch {
    struct sl_sha256 sha;
    uint8_t salt[16];
    uint32_t count;
    uint32_t buckets[SL_KEY_BUCKETS]; /* item + 1 */
    struct sl_key_item items[SL_KEYS_GATHERING_MAX];
    uint8_t slots[SL_KEYS_GATHERING_MAX]
                 [SL_KEY_SLOT_BYTES]; /* one behind the other, as they are written */
};

/* NULL with errno without memory or random bytes. */
struct sl_key_batch *sl_key_batch_open(void);
void sl_key_batch_close(struct sl_key_batch *batch); /* NULL is fine */

/* The item's number; -1 if the customer has none here. */
int64_t sl_key_batch_find(struct sl_key_batch *batch, struct sl_slice customer);
/* There is room, and the customer has none here. */
void sl_key_batch_add(struct sl_key_batch *batch,
                      uint64_t seq,
                      struct sl_slice customer,
                      const struct sl_seal_key *key);
/* Wipes the items of seqs from there on, which came last; 0: all. */
void sl_key_batch_retract(struct sl_key_batch *batch, uint64_t seq);

#endif
