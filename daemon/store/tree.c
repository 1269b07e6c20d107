/* Groups are gathered in memory and put when full. */
#include "store/tree.h"

#include <string.h>

/* A new group is the last: LMDB then fills its pages. */
static int put_group(struct sl_tree_writer *writer, uint64_t group, size_t nodes)
{
    uint8_t bytes[8];
    sl_be64_put(bytes, group);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {nodes * SL_SHA256_BYTES, writer->group};
    unsigned flags = writer->has_part ? 0 : MDB_APPEND;
    writer->has_part = false;
    return mdb_cursor_put(writer->cursor, &key, &value, flags);
}

/* The last group may be there in part. */
static enum sl_err load_part(struct sl_tree_writer *writer)
{
    size_t nodes = writer->next % SL_TREE_GROUP_NODES;
    if (nodes == 0) {
        return SL_OK;
    }
    uint8_t bytes[8];
    sl_be64_put(bytes, writer->next / SL_TREE_GROUP_NODES);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    int code = mdb_cursor_get(writer->cursor, &key, &value, MDB_SET);
    if (code == MDB_NOTFOUND || (code == 0 && value.mv_size < nodes * SL_SHA256_BYTES)) {
        return SL_E_CORRUPT;
    }
    if (code == 0) {
        memcpy(writer->group, value.mv_data, nodes * SL_SHA256_BYTES);
        writer->has_part = true;
    }
    return sl_env_error(code, "read the tree", NULL);
}

enum sl_err sl_tree_begin(struct sl_tree_writer *writer,
                          const struct sl_env *env,
                          MDB_txn *txn,
                          uint64_t node_count)
{
    *writer = (struct sl_tree_writer){.next = node_count};
    int code = mdb_cursor_open(txn, env->tree, &writer->cursor);
    if (code != 0) {
        return sl_env_error(code, "open the tree", NULL);
    }
    return load_part(writer);
}

enum sl_err sl_tree_append(struct sl_tree_writer *writer, const uint8_t *nodes, size_t count)
{
    while (count > 0) {
        size_t at = writer->next % SL_TREE_GROUP_NODES;
        size_t take = SL_TREE_GROUP_NODES - at < count ? SL_TREE_GROUP_NODES - at : count;
        memcpy(writer->group + at * SL_SHA256_BYTES, nodes, take * SL_SHA256_BYTES);
        bool is_full = at + take == SL_TREE_GROUP_NODES;
        int code = is_full ? put_group(writer, writer->next / SL_TREE_GROUP_NODES, at + take) : 0;
        if (code != 0) {
            return sl_env_error(code, "write the tree", NULL);
        }
        writer->next += take;
        nodes += take * SL_SHA256_BYTES;
        count -= take;
    }
    return SL_OK;
}

enum sl_err sl_tree_finish(struct sl_tree_writer *writer)
{
    size_t nodes = writer->next % SL_TREE_GROUP_NODES;
    if (nodes == 0) {
        return SL_OK;
    }
    int code = put_group(writer, writer->next / SL_TREE_GROUP_NODES, nodes);
    return sl_env_error(code, "write the tree", NULL);
}

void sl_tree_end(struct sl_tree_writer *writer)
{
    if (writer->cursor != NULL) {
        mdb_cursor_close(writer->cursor);
        writer->cursor = NULL;
    }
}

enum sl_err sl_tree_node(const struct sl_env *env,
                         MDB_txn *txn,
                         uint64_t position,
                         uint8_t ret_node[SL_SHA256_BYTES])
{
    uint8_t bytes[8];
    sl_be64_put(bytes, position / SL_TREE_GROUP_NODES);
    size_t at = position % SL_TREE_GROUP_NODES * SL_SHA256_BYTES;
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    int code = mdb_get(txn, env->tree, &key, &value);
    if (code == MDB_NOTFOUND || (code == 0 && (value.mv_size < at + SL_SHA256_BYTES ||
                                               value.mv_size % SL_SHA256_BYTES != 0))) {
        return SL_E_CORRUPT;
    }
    if (code == 0) {
        memcpy(ret_node, (const uint8_t *)value.mv_data + at, SL_SHA256_BYTES);
    }
    return sl_env_error(code, "read the tree", NULL);
}

enum sl_err
sl_tree_load(const struct sl_env *env, MDB_txn *txn, uint64_t size, struct sl_merkle *ret_merkle)
{
    *ret_merkle = (struct sl_merkle){.size = size - size % SL_MERKLE_BLOCK_LEAVES};
    enum sl_err err = SL_OK;
    for (unsigned level = SL_MERKLE_KEPT_LEVEL; level < SL_MERKLE_LEVELS && err == SL_OK; level++) {
        if ((size >> level & 1) != 0) {
            uint64_t position = sl_merkle_position(level, (size >> level) - 1);
            err = sl_tree_node(env, txn, position, ret_merkle->peaks[level]);
        }
    }
    return err;
}
