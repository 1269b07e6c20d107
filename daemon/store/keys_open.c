/* The files of the keys. They are made aside and put into place last, as the ledger is (store_create.c):
 *
 *     DIR/keys/secrets               empty
 *     DIR/keys/new/data.mdb          being made
 *         │ rename
 *     DIR/keys/data.mdb              now there are keys */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/env.h"
#include "store/keys_impl.h"
#include "store/lmdb_check.h"

#define DIR_MODE 0700 /* nobody else's business, not even the group's */

static enum sl_err path_of(const struct sl_keys *keys, const char *name, char *path)
{
    return sl_dir_path(keys->dir, name, path, SL_KEYS_PATH_BYTES);
}

static int open_tables(struct sl_keys *keys, MDB_env *mdb, unsigned flags)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(mdb, NULL, keys->is_read_only ? MDB_RDONLY : 0, &txn);
    if (code != 0) {
        return code;
    }
    code = mdb_dbi_open(txn, "keys", flags, &keys->rows);
    if (code == 0) {
        code = mdb_dbi_open(txn, "meta", flags, &keys->meta);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/* ── making ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err make_secrets(const struct sl_keys *keys, struct sl_diag *diag)
{
    char path[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys/secrets", path);
    if (err != SL_OK) {
        return err;
    }
    int fd = keys->ops->open(keys->ops, path, O_RDWR | O_CREAT);
    if (fd < 0) {
        return sl_file_error(errno, path, diag);
    }
    if (keys->ops->fsync(keys->ops, fd) != 0) {
        (void)sl_file_error(
            errno, path, diag); /* fills it; for whatever reason, this is not to be tried again */
        err = SL_E_IO;
    }
    close(fd);
    return err;
}

static void remove_half_made(const struct sl_keys *keys)
{
    static const char *const names[] = {"keys/new/lock.mdb", "keys/new/data.mdb", "keys/new"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[SL_KEYS_PATH_BYTES];
        if (path_of(keys, names[i], path) == SL_OK) {
            (void)remove(path); /* mostly it is not there, and harmless if it stays */
        }
    }
}

static enum sl_err make_env(struct sl_keys *keys, const char *path, struct sl_diag *diag)
{
    MDB_env *mdb;
    enum sl_err err = sl_env_open_small(path, false, &mdb, diag);
    if (err != SL_OK) {
        return err;
    }
    err = sl_env_error(open_tables(keys, mdb, MDB_CREATE), "keys: make the tables", diag);
    mdb_env_close(mdb);
    return err;
}

static enum sl_err put_in_place(const struct sl_keys *keys, const char *dir, struct sl_diag *diag)
{
    char from[SL_KEYS_PATH_BYTES];
    char to[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys/new/data.mdb", from);
    if (err == SL_OK) {
        err = path_of(keys, "keys/data.mdb", to);
    }
    if (err == SL_OK && rename(from, to) != 0) {
        err = sl_file_error(errno, to, diag);
    }
    return err == SL_OK ? sl_dir_sync(dir, diag) : err;
}

static enum sl_err make_files(struct sl_keys *keys, struct sl_diag *diag)
{
    char dir[SL_KEYS_PATH_BYTES];
    char aside[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys", dir);
    if (err == SL_OK) {
        err = path_of(keys, "keys/new", aside);
    }
    if (err == SL_OK) {
        err = sl_dir_make(dir, diag);
    }
    if (err == SL_OK && chmod(dir, DIR_MODE) != 0) {
        err = sl_file_error(errno, dir, diag);
    }
    if (err == SL_OK) {
        remove_half_made(keys);
        err = sl_dir_make(aside, diag);
    }
    if (err == SL_OK) {
        err = make_secrets(keys, diag);
    }
    if (err == SL_OK) {
        err = make_env(keys, aside, diag);
    }
    if (err == SL_OK) {
        err = put_in_place(keys, dir, diag);
    }
    remove_half_made(keys);
    return err;
}

/* ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Secrets of which nobody can tell whose they are must neither be overwritten nor taken for none. */
static enum sl_err look_for(const struct sl_keys *keys, bool *ret_is_made, struct sl_diag *diag)
{
    char path[SL_KEYS_PATH_BYTES];
    struct stat info;
    enum sl_err err = path_of(keys, "keys/data.mdb", path);
    if (err != SL_OK) {
        return err;
    }
    *ret_is_made = stat(path, &info) == 0;
    if (*ret_is_made) {
        return SL_OK;
    }
    err = errno == ENOENT ? path_of(keys, "keys/secrets", path) : sl_file_error(errno, path, diag);
    bool has_secrets = err == SL_OK && stat(path, &info) == 0;
    if (err == SL_OK && !has_secrets && errno != ENOENT) {
        return sl_file_error(errno, path, diag);
    }
    if (has_secrets && info.st_size > 0) {
        err = sl_refuse(diag, SL_E_CORRUPT, "",
                        "keys/secrets holds keys, and keys/data.mdb, which says whose, is gone");
    }
    return err;
}

static enum sl_err open_secrets(struct sl_keys *keys, struct sl_diag *diag)
{
    char path[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys/secrets", path);
    if (err == SL_OK) {
        keys->secrets_fd = keys->ops->open(keys->ops, path, keys->is_read_only ? O_RDONLY : O_RDWR);
        err = keys->secrets_fd >= 0 ? SL_OK : sl_file_error(errno, path, diag);
    }
    return err;
}

/* Before LMDB, which believes what it maps. */
static enum sl_err check_pages(const struct sl_keys *keys, struct sl_diag *diag)
{
    char path[SL_KEYS_PATH_BYTES];
    bool is_deep;
    enum sl_err err = path_of(keys, "keys/data.mdb", path);
    if (err == SL_OK) {
        uint64_t deep_bytes_max = keys->is_read_only ? UINT64_MAX : SL_LMDB_DEEP_BYTES_MAX;
        err = sl_lmdb_check(path, deep_bytes_max, &is_deep, diag);
    }
    return err;
}

enum sl_err
sl_keys_read_meta(struct sl_keys *keys, struct sl_keys_meta *ret_meta, struct sl_diag *diag)
{
    char name[] = "keys";
    MDB_val key = {sizeof name - 1, name};
    MDB_val value;
    int code = mdb_txn_renew(keys->reader);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", diag);
    }
    code = mdb_get(keys->reader, keys->meta, &key, &value);
    enum sl_err err = SL_OK;
    if (code == 0) {
        err = sl_keys_meta_get((struct sl_slice){value.mv_data, value.mv_size}, ret_meta);
    }
    mdb_txn_reset(keys->reader);
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "keys: the row of meta is damaged or of another version");
    }
    if (code == MDB_NOTFOUND) { /* nothing was ever written */
        *ret_meta = (struct sl_keys_meta){.has_sealed_rows = 1};
        return SL_OK;
    }
    return sl_env_error(code, "keys: read meta", diag);
}

static enum sl_err take_meta(struct sl_keys *keys, struct sl_diag *diag)
{
    static const uint8_t unknown[sizeof keys->ledger_id];
    enum sl_err err = sl_keys_read_meta(keys, &keys->state, diag);
    const uint8_t *id = keys->state.ledger_id;
    bool is_ours = memcmp(id, unknown, sizeof unknown) == 0 ||
                   memcmp(id, keys->ledger_id, sizeof unknown) == 0;
    keys->must_be_sealed = keys->state.has_sealed_rows != 0;
    keys->made = keys->state;
    if (err == SL_OK && !is_ours) {
        err = sl_refuse(diag, SL_E_CORRUPT, "", "keys/data.mdb belongs to another ledger");
    }
    return err;
}

static enum sl_err open_env(struct sl_keys *keys, struct sl_diag *diag)
{
    char path[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys", path);
    if (err == SL_OK) {
        err = check_pages(keys, diag);
    }
    if (err == SL_OK) {
        err = sl_env_open_small(path, keys->is_read_only, &keys->mdb, diag);
    }
    if (err != SL_OK) {
        sl_diag_wrap(diag, "keys");
    }
    if (err == SL_OK) {
        err = sl_env_error(open_tables(keys, keys->mdb, 0), "keys: open the tables", diag);
    }
    if (err == SL_OK) {
        int code = mdb_txn_begin(keys->mdb, NULL, MDB_RDONLY, &keys->reader);
        err = sl_env_error(code, "keys: begin", diag);
    }
    if (err == SL_OK) {
        mdb_txn_reset(keys->reader);
        err = take_meta(keys, diag);
    }
    return err == SL_E_NOT_FOUND ? sl_refuse(diag, SL_E_FORMAT, "", "keys: a table is missing")
                                 : err;
}

static enum sl_err open_batches(struct sl_keys *keys, struct sl_diag *diag)
{
    keys->gathering = sl_key_batch_open();
    keys->flight = sl_key_batch_open();
    bool is_open = keys->gathering != NULL && keys->flight != NULL;
    return is_open ? SL_OK : sl_file_error(errno, "keys", diag);
}

static void close_files(struct sl_keys *keys)
{
    if (keys->reader != NULL) {
        mdb_txn_abort(keys->reader);
    }
    if (keys->mdb != NULL) {
        mdb_env_close(keys->mdb);
    }
    if (keys->secrets_fd >= 0) {
        close(keys->secrets_fd);
    }
    sl_key_batch_close(keys->gathering);
    sl_key_batch_close(keys->flight);
    keys->reader = NULL;
    keys->mdb = NULL;
    keys->secrets_fd = -1;
    keys->gathering = NULL;
    keys->flight = NULL;
}

/* Whoever put them into their place may have been stopped just then. */
static enum sl_err sync_place(const struct sl_keys *keys, struct sl_diag *diag)
{
    char dir[SL_KEYS_PATH_BYTES];
    enum sl_err err = path_of(keys, "keys", dir);
    return err == SL_OK ? sl_dir_sync(dir, diag) : err;
}

static enum sl_err open_files(struct sl_keys *keys, struct sl_diag *diag)
{
    enum sl_err err = keys->is_read_only ? SL_OK : sync_place(keys, diag);
    if (err == SL_OK) {
        err = open_secrets(keys, diag);
    }
    if (err == SL_OK) {
        err = open_env(keys, diag);
    }
    if (err == SL_OK) {
        err = open_batches(keys, diag);
    }
    if (err == SL_OK && !keys->is_read_only) {
        err = sl_keys_finish_erasure(keys, diag);
    }
    if (err != SL_OK) {
        close_files(keys);
    }
    return err;
}

enum sl_err sl_keys_make(struct sl_keys *keys, struct sl_diag *diag)
{
    bool is_made = false;
    enum sl_err err = look_for(keys, &is_made, diag);
    if (err == SL_OK && !is_made) {
        err = make_files(keys, diag);
    }
    return err == SL_OK ? open_files(keys, diag) : err;
}

enum sl_err
sl_keys_open(const struct sl_keys_options *options, struct sl_keys **ret_keys, struct sl_diag *diag)
{
    struct sl_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "keys");
    }
    SL_ASSERT(strlen(options->dir) < sizeof keys->dir);
    memcpy(keys->dir, options->dir, strlen(options->dir) + 1);
    memcpy(keys->ledger_id, options->ledger_id, sizeof keys->ledger_id);
    keys->ops = options->ops;
    keys->is_read_only = options->is_read_only;
    keys->secrets_fd = -1;
    bool is_made = false;
    enum sl_err err = look_for(keys, &is_made, diag);
    if (err == SL_OK && is_made) {
        err = open_files(keys, diag);
    }
    if (err != SL_OK) {
        free(keys);
        return err;
    }
    *ret_keys = keys;
    return SL_OK;
}

void sl_keys_close(struct sl_keys *keys)
{
    if (keys != NULL) {
        close_files(keys);
        free(keys);
    }
}
