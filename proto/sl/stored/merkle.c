/* Appending is binary addition: a new leaf carries through the levels that are already occupied. */
#include "sl/stored/merkle.h"

#include <string.h>

static void
hash_node(struct sl_sha256 *sha, const uint8_t *left, const uint8_t *right, uint8_t ret_hash[32])
{
    uint8_t bytes[1 + 2 * SL_SHA256_BYTES];
    bytes[0] = 0x01;
    memcpy(bytes + 1, left, SL_SHA256_BYTES);
    memcpy(bytes + 1 + SL_SHA256_BYTES, right, SL_SHA256_BYTES);
    sl_sha256_begin(sha);
    sl_sha256_update(sha, bytes, sizeof bytes);
    sl_sha256_finish(sha, ret_hash);
}

size_t sl_merkle_append(struct sl_merkle *merkle,
                        struct sl_sha256 *sha,
                        struct sl_slice record,
                        uint8_t *nodes)
{
    static const uint8_t leaf_prefix[1] = {0x00};
    uint8_t hash[SL_SHA256_BYTES];
    sl_sha256_begin(sha);
    sl_sha256_update(sha, leaf_prefix, sizeof leaf_prefix);
    sl_sha256_update(sha, record.data, record.len);
    sl_sha256_finish(sha, hash);
    size_t count = 0;
    unsigned level = 0;
    while ((merkle->size >> level & 1) != 0) {
        hash_node(sha, merkle->peaks[level], hash, hash);
        level++;
        if (level >= SL_MERKLE_KEPT_LEVEL) {
            memcpy(nodes + count++ * SL_SHA256_BYTES, hash, sizeof hash);
        }
    }
    memcpy(merkle->peaks[level], hash, sizeof hash);
    merkle->size++;
    return count;
}

void sl_merkle_root(const struct sl_merkle *merkle, struct sl_sha256 *sha, uint8_t ret_root[32])
{
    if (merkle->size == 0) {
        sl_sha256_begin(sha);
        sl_sha256_finish(sha, ret_root);
        return;
    }
    unsigned level = (unsigned)__builtin_ctzll(merkle->size);
    uint8_t root[SL_SHA256_BYTES];
    memcpy(root, merkle->peaks[level], sizeof root);
    for (level++; level < SL_MERKLE_LEVELS; level++) {
        if ((merkle->size >> level & 1) != 0) {
            hash_node(sha, merkle->peaks[level], root, root);
        }
    }
    memcpy(ret_root, root, sizeof root);
}
