/* Mapped, since only a map of its own can be left out of core dumps; what is not used of it is never touched. */
#include "store/key_batch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/random.h"

#define SLOT_CRC    ((size_t)0)
#define SLOT_SECRET ((size_t)16)

static_assert(SLOT_SECRET + SL_SEAL_SECRET_BYTES <= SL_KEY_SLOT_BYTES, "fits");
static_assert(512 % SL_KEY_SLOT_BYTES == 0, "no slot crosses a sector");

static uint32_t slot_crc(const uint8_t slot[SL_KEY_SLOT_BYTES])
{
    return sl_crc32c(0, slot + sizeof(uint32_t), SL_KEY_SLOT_BYTES - sizeof(uint32_t));
}

void sl_key_slot_put(const struct sl_seal_key *key, uint8_t slot[SL_KEY_SLOT_BYTES])
{
    memset(slot, 0, SL_KEY_SLOT_BYTES);
    memcpy(slot + SL_KEY_SLOT_ID, key->id, sizeof key->id);
    memcpy(slot + SLOT_SECRET, key->secret, sizeof key->secret);
    uint32_t crc = slot_crc(slot);
    memcpy(slot + SLOT_CRC, &crc, sizeof crc);
}

bool sl_key_slot_get(const uint8_t slot[SL_KEY_SLOT_BYTES],
                     const uint8_t key_id[SL_SEAL_KEY_ID_BYTES],
                     struct sl_seal_key *ret_key)
{
    uint32_t crc;
    memcpy(&crc, slot + SLOT_CRC, sizeof crc);
    if (crc != slot_crc(slot) || memcmp(slot + SL_KEY_SLOT_ID, key_id, SL_SEAL_KEY_ID_BYTES) != 0) {
        return false;
    }
    memcpy(ret_key->id, slot + SL_KEY_SLOT_ID, sizeof ret_key->id);
    memcpy(ret_key->secret, slot + SLOT_SECRET, sizeof ret_key->secret);
    return true;
}

struct sl_key_batch *sl_key_batch_open(void)
{
    struct sl_key_batch *batch =
        mmap(NULL, sizeof *batch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (batch == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(batch, sizeof *batch, MADV_DONTDUMP); /* a wish, as is that it is not copied */
    if (sl_random_fill(batch->salt, sizeof batch->salt) != 0 ||
        sl_sha256_init(&batch->sha) != SL_OK) {
        int code = errno;
        sl_key_batch_close(batch);
        errno = code;
        return NULL;
    }
    return batch;
}

void sl_key_batch_close(struct sl_key_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    sl_key_batch_retract(batch, 0);
    sl_sha256_deinit(&batch->sha);
    (void)munmap(batch, sizeof *batch); /* it is one map */
}

/* Salted, so that nobody can choose customers that all lie in one. */
static uint32_t bucket_of(struct sl_key_batch *batch, struct sl_slice customer)
{
    uint8_t digest[SL_SHA256_BYTES];
    uint32_t bucket;
    sl_sha256_begin(&batch->sha);
    sl_sha256_update(&batch->sha, batch->salt, sizeof batch->salt);
    sl_sha256_update(&batch->sha, customer.data, customer.len);
    sl_sha256_finish(&batch->sha, digest);
    memcpy(&bucket, digest, sizeof bucket);
    return bucket % SL_KEY_BUCKETS;
}

int64_t sl_key_batch_find(struct sl_key_batch *batch, struct sl_slice customer)
{
    uint32_t at = batch->count > 0 ? batch->buckets[bucket_of(batch, customer)] : 0;
    while (at != 0) {
        const struct sl_key_item *item = &batch->items[at - 1];
        if (item->customer_len == customer.len &&
            memcmp(item->customer, customer.data, customer.len) == 0) {
            return (int64_t)at - 1;
        }
        at = item->next;
    }
    return -1;
}

void sl_key_batch_add(struct sl_key_batch *batch,
                      uint64_t seq,
                      struct sl_slice customer,
                      const struct sl_seal_key *key)
{
    SL_ASSERT(batch->count < SL_KEYS_GATHERING_MAX);
    SL_ASSERT(customer.len <= SL_ID_TEXT_BYTES_MAX);
    struct sl_key_item *item = &batch->items[batch->count];
    *item = (struct sl_key_item){
        .seq = seq,
        .bucket = bucket_of(batch, customer),
        .customer_len = (uint8_t)customer.len,
    };
    memcpy(item->customer, customer.data, customer.len);
    sl_key_slot_put(key, batch->slots[batch->count]);
    item->next = batch->buckets[item->bucket];
    batch->count++;
    batch->buckets[item->bucket] = batch->count;
}

void sl_key_batch_retract(struct sl_key_batch *batch, uint64_t seq)
{
    while (batch->count > 0 && batch->items[batch->count - 1].seq >= seq) {
        batch->count--;
        const struct sl_key_item *item = &batch->items[batch->count];
        batch->buckets[item->bucket] = item->next; /* it is the first of its bucket */
        sl_wipe(batch->slots[batch->count], SL_KEY_SLOT_BYTES);
    }
}
