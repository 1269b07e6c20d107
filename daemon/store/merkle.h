/* The Merkle tree over the records, hashed as RFC 9162 section 2.1 says, and how its nodes are numbered.
 *
 *     leaf    SHA-256(0x00 ‖ record)          node    SHA-256(0x01 ‖ left ‖ right)
 *
 * A node is made as soon as both its children exist, and nodes are numbered in the order in which they are made: post-order.
 *
 *              6                    leaves 0, 1, 2, 3, 4 have the numbers 0, 1, 3, 4, 7;
 *          2       5                the tree of n leaves has 2n - popcount(n) nodes, all complete;
 *        0   1   3   4   7          nothing written is ever written again
 *
 * The frontier holds the roots of the complete subtrees, one per set bit of the size: all that appending and the root need. */
#ifndef SL_STORE_MERKLE_H
#define SL_STORE_MERKLE_H

#include "base/hash.h"
#include "sl/types.h"

#define SL_MERKLE_LEVELS 64u

struct sl_merkle {
    uint64_t size; /* leaves */
    uint8_t peaks[SL_MERKLE_LEVELS]
                 [SL_SHA256_BYTES]; /* by level; valid where `size` has the bit set */
};

/* Appends one leaf; writes the nodes it completes, the leaf first, to `nodes` and gives their count (at most 65). */
size_t sl_merkle_append(struct sl_merkle *merkle,
                        struct sl_sha256 *sha,
                        struct sl_slice record,
                        uint8_t *nodes);

/* The root of all leaves; of none: SHA-256 of nothing. */
void sl_merkle_root(const struct sl_merkle *merkle, struct sl_sha256 *sha, uint8_t ret_root[32]);

/* Nodes in a tree of `size` leaves; also the number of the next node. */
static inline uint64_t sl_merkle_node_count(uint64_t size)
{
    return 2 * size - (uint64_t)__builtin_popcountll(size);
}

/* Number of the root of the complete subtree over the leaves index << level to ((index + 1) << level) - 1. */
static inline uint64_t sl_merkle_position(unsigned level, uint64_t index)
{
    uint64_t last_leaf = ((index + 1) << level) - 1;
    return sl_merkle_node_count(last_leaf) + level;
}

#endif
