/* Records go into the log and the tree in large txns; what is not sealed counts for nothing. */
#include "store/restore.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/file_ops.h"
#include "store/keys_copy.h"
#include "store/log_table.h"
#include "store/making.h"
#include "store/meta.h"
#include "store/tree.h"

#define TXN_BYTES_MAX ((size_t)32 * 1024 * 1024) /* of records in one txn */

/* With less than this free a write that failed has failed for want of space: LMDB calls a short write an I/O error. */
#define FULL_BYTES ((uint64_t)1024 * 1024)

struct sl_restore {
    struct sl_making making;
    struct sl_sha256 sha;
    struct sl_merkle tree;
    struct sl_meta_head head;

    MDB_txn *txn; /* NULL: none is open */
    MDB_cursor *log;
    struct sl_tree_writer nodes;
    size_t txn_bytes; /* of records */

    uint8_t ledger_id[16];
    struct sl_keys *keys; /* NULL: none has come */
    struct sl_key_page *page;
    sl_seq since;
};

enum sl_err sl_restore_begin(const char *dir,
                             const struct sl_genesis *genesis,
                             struct sl_restore **ret_restore,
                             struct sl_diag *diag)
{
    struct sl_restore *restore = calloc(1, sizeof *restore);
    if (restore == NULL || sl_sha256_init(&restore->sha) != SL_OK) {
        free(restore);
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "restore");
    }
    enum sl_err err = sl_making_begin(&restore->making, dir, genesis, diag);
    if (err != SL_OK) {
        sl_sha256_deinit(&restore->sha);
        free(restore);
        return err;
    }
    restore->head.last_recorded = genesis->created.v;
    memcpy(restore->ledger_id, genesis->ledger_id, sizeof restore->ledger_id);
    *ret_restore = restore;
    return SL_OK;
}

static void abort_txn(struct sl_restore *restore)
{
    if (restore->txn == NULL) {
        return;
    }
    sl_tree_end(&restore->nodes);
    if (restore->log != NULL) {
        mdb_cursor_close(restore->log);
        restore->log = NULL;
    }
    mdb_txn_abort(restore->txn);
    restore->txn = NULL;
}

static enum sl_err begin_txn(struct sl_restore *restore, struct sl_diag *diag)
{
    struct sl_env *env = &restore->making.env;
    int code = mdb_txn_begin(env->mdb, NULL, 0, &restore->txn);
    if (code != 0) {
        restore->txn = NULL;
        return sl_env_error(code, "begin", diag);
    }
    restore->txn_bytes = 0;
    code = mdb_cursor_open(restore->txn, env->log, &restore->log);
    if (code != 0) {
        return sl_env_error(code, "open the log", diag);
    }
    enum sl_err err =
        sl_tree_begin(&restore->nodes, env, restore->txn, sl_merkle_node_count(restore->tree.size));
    return err == SL_OK ? SL_OK : sl_refuse(diag, err, "", "open the tree");
}

/* The rest of the tree, and where the log ends. */
static enum sl_err finish_txn(struct sl_restore *restore, struct sl_diag *diag)
{
    restore->head.checkpointed = restore->tree.size;
    sl_merkle_root(&restore->tree, &restore->sha, restore->head.root);
    enum sl_err err = sl_tree_finish(&restore->nodes);
    if (err == SL_OK) {
        err = sl_meta_put_head(&restore->making.env, restore->txn, &restore->head);
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "write the tree up to seq %" PRIu64, restore->tree.size);
    }
    sl_tree_end(&restore->nodes);
    mdb_cursor_close(restore->log);
    restore->log = NULL;
    int code = mdb_txn_commit(restore->txn);
    restore->txn = NULL;
    return sl_env_error(code, "commit the log", diag);
}

static enum sl_err
put(struct sl_restore *restore, const struct sl_record *record, struct sl_diag *diag)
{
    enum sl_err err = restore->txn == NULL ? begin_txn(restore, diag) : SL_OK;
    if (err != SL_OK) {
        return err;
    }
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    size_t count = sl_merkle_append(&restore->tree, &restore->sha, record->bytes, nodes);
    restore->head.last_recorded = record->recorded.v;
    restore->txn_bytes += record->bytes.len;
    int code = sl_log_put(restore->log, restore->tree.size, record->bytes);
    if (code != 0) {
        return sl_env_error(code, "write the log", diag);
    }
    err = sl_tree_append(&restore->nodes, nodes, count);
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "write the tree");
    }
    return restore->txn_bytes < TXN_BYTES_MAX ? SL_OK : finish_txn(restore, diag);
}

static enum sl_err open_keys(struct sl_restore *restore, struct sl_diag *diag)
{
    restore->page = calloc(1, sizeof *restore->page);
    if (restore->page == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "restore");
    }
    struct sl_keys_options options = {.dir = restore->making.dir, .ops = sl_file_ops_system()};
    memcpy(options.ledger_id, restore->ledger_id, sizeof options.ledger_id);
    return sl_keys_open(&options, &restore->keys, diag);
}

static enum sl_err put_page(struct sl_restore *restore, struct sl_diag *diag)
{
    enum sl_err err = sl_keys_put(restore->keys, restore->since, restore->page, diag);
    sl_wipe(restore->page, sizeof *restore->page);
    return err;
}

/* Where it was that failed. */
static enum sl_err name_dir(const struct sl_restore *restore, enum sl_err err, struct sl_diag *diag)
{
    if (err != SL_OK) {
        sl_diag_wrap(diag, "%s", restore->making.dir);
    }
    return err;
}

enum sl_err
sl_restore_put(struct sl_restore *restore, const struct sl_record *record, struct sl_diag *diag)
{
    return name_dir(restore, put(restore, record, diag), diag);
}

enum sl_err sl_restore_put_key(struct sl_restore *restore,
                               sl_seq since,
                               const struct sl_backup_key *key,
                               struct sl_diag *diag)
{
    enum sl_err err = restore->keys == NULL ? open_keys(restore, diag) : SL_OK;
    if (err == SL_OK && restore->page->count == SL_KEY_PAGE_ROWS) {
        err = put_page(restore, diag);
    }
    if (err == SL_OK) {
        restore->since = since;
        restore->page->keys[restore->page->count++] = *key;
    }
    return name_dir(restore, err, diag);
}

static void close_keys(struct sl_restore *restore)
{
    sl_keys_close(restore->keys);
    if (restore->page != NULL) {
        sl_wipe(restore->page, sizeof *restore->page);
    }
    free(restore->page);
    restore->keys = NULL;
    restore->page = NULL;
}

/* Durable before there is a ledger that could want them. */
static enum sl_err seal_keys(struct sl_restore *restore, struct sl_diag *diag)
{
    enum sl_err err = restore->keys != NULL ? put_page(restore, diag) : SL_OK;
    close_keys(restore);
    return err;
}

enum sl_err
sl_restore_seal(struct sl_restore *restore, uint8_t ret_root[SL_SHA256_BYTES], struct sl_diag *diag)
{
    enum sl_err err = restore->txn != NULL ? finish_txn(restore, diag) : SL_OK;
    if (err == SL_OK) {
        err = seal_keys(restore, diag);
    }
    if (err == SL_OK) {
        sl_merkle_root(&restore->tree, &restore->sha, ret_root);
        sl_env_close(&restore->making.env);
        err = sl_making_folder(restore->making.aside, "journal", diag);
    }
    return name_dir(restore, err, diag);
}

enum sl_err sl_restore_open(struct sl_restore *restore,
                            const struct sl_store_options *options,
                            struct sl_store **ret_store,
                            struct sl_diag *diag)
{
    struct sl_store_options own = *options;
    own.dir = restore->making.aside;
    own.executor = NULL;
    return sl_store_open(&own, ret_store, diag);
}

/* What a full disk is called depends on whether its last write was short. */
static enum sl_err name_error(const struct sl_restore *restore, enum sl_err err)
{
    const struct sl_file_ops *ops = sl_file_ops_system();
    uint64_t bytes;
    bool is_full = err == SL_E_IO && ops->free_bytes(ops, restore->making.dir, &bytes) == 0 &&
                   bytes < FULL_BYTES;
    return is_full ? SL_E_NO_SPACE : err;
}

enum sl_err sl_restore_end(struct sl_restore *restore, enum sl_err err, struct sl_diag *diag)
{
    if (restore == NULL) {
        return err;
    }
    abort_txn(restore);
    close_keys(restore);
    err = sl_making_end(&restore->making, name_error(restore, err), diag);
    sl_sha256_deinit(&restore->sha);
    free(restore);
    return err;
}
