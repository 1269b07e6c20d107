/* The Merkle nodes in LMDB, sixteen to a value: one put for sixteen nodes, and no key for each 32 bytes.
 *
 *     key      group = node number / 16, 8 bytes big-endian
 *     value    the group's nodes so far, 32 bytes each; only the last group is ever shorter, and only it is rewritten */
#ifndef SL_STORE_TREE_H
#define SL_STORE_TREE_H

#include "sl/stored/merkle.h"
#include "store/env.h"

#define SL_TREE_GROUP_NODES 16u

struct sl_tree_writer {
    MDB_cursor *cursor;
    uint64_t next; /* number of the next node */
    bool has_part; /* the group at hand lies there already, in part */
    uint8_t group[SL_TREE_GROUP_NODES * SL_SHA256_BYTES];
};

/* Goes on behind the first `node_count` nodes. SL_E_CORRUPT if they are not all there. */
SL_MUST_CHECK enum sl_err sl_tree_begin(struct sl_tree_writer *writer,
                                        const struct sl_env *env,
                                        MDB_txn *txn,
                                        uint64_t node_count);
SL_MUST_CHECK enum sl_err
sl_tree_append(struct sl_tree_writer *writer, const uint8_t *nodes, size_t count);
SL_MUST_CHECK enum sl_err sl_tree_finish(struct sl_tree_writer *writer); /* writes the last group */
void sl_tree_end(struct sl_tree_writer *writer); /* after success and failure */

/* One node by its number. SL_E_CORRUPT if it is missing. */
SL_MUST_CHECK enum sl_err sl_tree_node(const struct sl_env *env,
                                       MDB_txn *txn,
                                       uint64_t position,
                                       uint8_t ret_node[SL_SHA256_BYTES]);

/* The frontier of the complete blocks of the first `size` leaves; the leaves after them, fewer than a block has, are to be appended. */
SL_MUST_CHECK enum sl_err
sl_tree_load(const struct sl_env *env, MDB_txn *txn, uint64_t size, struct sl_merkle *ret_merkle);

#endif
