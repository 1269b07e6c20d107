/* The Merkle tree over the records, hashed as RFC 9162 section 2.1 says, and which of its nodes are kept.
 *
 *     leaf    SHA-256(0x00 ‖ record)          node    SHA-256(0x01 ‖ left ‖ right)
 *
 * Kept are the nodes over complete blocks of sixteen leaves, and all above them. What lies inside a block is made again from its sixteen
 * records in a few microseconds, and would be sixteen times as many nodes: as much again as half of an event.
 *
 *     level 5            2       5              nodes are numbered as soon as they can be made: post-order;
 *     level 4          0   1   3   4   7        n blocks have 2n - popcount(n) of them, all complete;
 *                     16  16  16  16  16  ..    nothing written is ever written again
 *
 * The frontier holds the roots of the complete subtrees, one per set bit of the size: all that appending and the root need. */
#ifndef SL_STORED_MERKLE_H
#define SL_STORED_MERKLE_H

#include "sl/stored/hash.h"
#include "sl/types.h"

#define SL_MERKLE_LEVELS       64u
#define SL_MERKLE_KEPT_LEVEL   4u
#define SL_MERKLE_BLOCK_LEAVES (1u << SL_MERKLE_KEPT_LEVEL)
#define SL_MERKLE_NODES_MAX    (SL_MERKLE_LEVELS + 1 - SL_MERKLE_KEPT_LEVEL) /* kept for one leaf */

struct sl_merkle {
    uint64_t size; /* leaves */
    uint8_t peaks[SL_MERKLE_LEVELS]
                 [SL_SHA256_BYTES]; /* by level; valid where `size` has the bit set */
};

/* Appends one leaf; writes the kept nodes that it completes, the lowest first, to `nodes` and gives their count: mostly none, at most
 * SL_MERKLE_NODES_MAX. */
size_t sl_merkle_append(struct sl_merkle *merkle,
                        struct sl_sha256 *sha,
                        struct sl_slice record,
                        uint8_t *nodes);

/* The root of all leaves; of none: SHA-256 of nothing. */
void sl_merkle_root(const struct sl_merkle *merkle, struct sl_sha256 *sha, uint8_t ret_root[32]);

/* Kept nodes in a tree of `size` leaves; also the number of the next one. */
static inline uint64_t sl_merkle_node_count(uint64_t size)
{
    uint64_t blocks = size >> SL_MERKLE_KEPT_LEVEL;
    return 2 * blocks - (uint64_t)__builtin_popcountll(blocks);
}

/* Number of the root of the complete subtree over the leaves index << level to ((index + 1) << level) - 1, of a level that is kept. */
static inline uint64_t sl_merkle_position(unsigned level, uint64_t index)
{
    uint64_t last_leaf = ((index + 1) << level) - 1;
    return sl_merkle_node_count(last_leaf) + level - SL_MERKLE_KEPT_LEVEL;
}

#endif
