/* The one write txn of the running store. */
#include "store/checkpoint.h"

#include <errno.h>

#include "base/writeout.h"
#include "store/log_table.h"
#include "store/tree.h"

static enum sl_err write_tree(const struct sl_checkpoint *checkpoint, MDB_txn *txn)
{
    struct sl_tree_writer writer;
    enum sl_err err = sl_tree_begin(&writer, checkpoint->env, txn, checkpoint->first->node_first);
    for (const struct sl_batch *batch = checkpoint->first; err == SL_OK; batch = batch->next) {
        err = sl_tree_append(&writer, batch->nodes, (size_t)batch->node_count);
        if (batch == checkpoint->last) {
            break;
        }
    }
    if (err == SL_OK) {
        err = sl_tree_finish(&writer);
    }
    sl_tree_end(&writer);
    return err;
}

static enum sl_err
write_all(const struct sl_checkpoint *checkpoint, MDB_txn *txn, const char **ret_part)
{
    enum sl_err err = SL_OK;
    if (checkpoint->first != NULL) {
        *ret_part = "log";
        err = sl_log_append(checkpoint->env, txn, checkpoint->first, checkpoint->last);
        if (err == SL_OK) {
            *ret_part = "tree";
            err = write_tree(checkpoint, txn);
        }
    }
    if (err == SL_OK) {
        *ret_part = "state";
        err = sl_state_write_frozen(checkpoint->state, checkpoint->env, txn);
    }
    if (err == SL_OK) {
        *ret_part = "meta";
        err = sl_meta_put_head(checkpoint->env, txn, &checkpoint->head);
    }
    if (err == SL_OK && checkpoint->specs != NULL) {
        err = sl_meta_put_tables(checkpoint->env, txn, checkpoint->specs, checkpoint->spec_count);
    }
    return err;
}

/* LMDB writes all dirty pages here, some 50 MB when events come fast, and flushes them at the end. */
static int commit(const struct sl_env *env, MDB_txn *txn)
{
    int fd;
    int code = mdb_env_get_fd(env->mdb, &fd);
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    struct sl_writeout writeout;
    sl_writeout_begin(&writeout, fd);
    code = mdb_txn_commit(txn);
    sl_writeout_end(&writeout);
    return code;
}

/* Pages that are not on the disk yet lie behind the file's end, or where it has blocks. */
static enum sl_err
reserve(const struct sl_checkpoint *checkpoint, uint64_t *reserved, struct sl_diag *diag)
{
    if (checkpoint->room_bytes == 0) {
        return SL_OK;
    }
    struct sl_env_size now = sl_env_size(checkpoint->env->mdb);
    uint64_t end = (now.file > now.used ? now.file : now.used) + checkpoint->room_bytes;
    enum sl_err err = sl_env_reserve(checkpoint->env->mdb, checkpoint->ops, end, reserved, diag);
    if (err != SL_OK) {
        sl_diag_wrap(diag, "checkpoint");
    }
    return err;
}

/* Of very much LMDB writes some early, to make room in memory. It then gives the system's error, or, where the disk took less than it was given,
 * EIO of its own: nothing has been flushed yet, and no flush has failed. */
static bool is_want_of_space(const struct sl_checkpoint *checkpoint, enum sl_err err, int code)
{
    const char *dir;
    uint64_t bytes_free;
    if (checkpoint->room_bytes == 0 || err != SL_E_IO || code != 0) {
        return err == SL_E_NO_SPACE && (code == ENOSPC || code == EDQUOT);
    }
    return mdb_env_get_path(checkpoint->env->mdb, &dir) == 0 &&
           checkpoint->ops->free_bytes(checkpoint->ops, dir, &bytes_free) == 0 &&
           bytes_free < checkpoint->room_bytes;
}

/* All but the commit, which then fails for no want of space. Where LMDB has written early the file has grown by then, and what was reserved
 * is in use. */
static enum sl_err write_reserved(const struct sl_checkpoint *checkpoint,
                                  MDB_txn *txn,
                                  bool *ret_finds_no_room,
                                  struct sl_diag *diag)
{
    const char *part = "";
    uint64_t reserved = 0;
    enum sl_err err = reserve(checkpoint, &reserved, diag);
    *ret_finds_no_room = err == SL_E_NO_SPACE;
    if (err != SL_OK) {
        return err;
    }
    errno = 0;
    err = write_all(checkpoint, txn, &part);
    if (err != SL_OK) {
        *ret_finds_no_room = is_want_of_space(checkpoint, err, errno);
        return sl_refuse(diag, err, "", "checkpoint: %s: %s", part, sl_err_text(err));
    }
    err = reserve(checkpoint, &reserved, diag);
    *ret_finds_no_room = err == SL_E_NO_SPACE;
    return err;
}

/* Behind the commit. */
static enum sl_err follow(const struct sl_checkpoint *checkpoint, struct sl_diag *diag)
{
    enum sl_err err =
        checkpoint->may_grow ? sl_env_grow_ahead(checkpoint->env, checkpoint->ops, diag) : SL_OK;
    if (err == SL_OK && !checkpoint->keeps_room) {
        sl_env_give_back(checkpoint->env, sl_env_size(checkpoint->env->mdb).file);
    }
    if (err != SL_OK || checkpoint->journal == NULL) {
        return err;
    }
    return checkpoint->journal->recycle(checkpoint->journal, checkpoint->head.checkpointed,
                                        checkpoint->head.generation, diag);
}

enum sl_err sl_checkpoint_write(const struct sl_checkpoint *checkpoint,
                                bool *ret_finds_no_room,
                                struct sl_diag *diag)
{
    MDB_txn *txn;
    *ret_finds_no_room = false;
    sl_env_cache_ahead(checkpoint->env, checkpoint->cache_bytes);
    int code = mdb_txn_begin(checkpoint->env->mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "checkpoint: begin", diag);
    }
    struct sl_env_size before = sl_env_size(checkpoint->env->mdb);
    enum sl_err err = write_reserved(checkpoint, txn, ret_finds_no_room, diag);
    if (err != SL_OK) {
        mdb_txn_abort(txn);
        if (*ret_finds_no_room && before.file > 0) {
            sl_env_give_back(checkpoint->env, before.file); /* with what was written early */
        }
        return err;
    }
    code = commit(checkpoint->env, txn);
    return code != 0 ? sl_env_error(code, "checkpoint: commit", diag) : follow(checkpoint, diag);
}
