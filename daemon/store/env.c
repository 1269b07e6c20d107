/* Opening the environment: the largest sparse map the system grants, stale readers swept, tables opened once. */
#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/dir.h"
#include "store/file_ops.h"

#define MAP_BYTES_MAX (1ull << 40) /* 1 TiB of address space; the file grows only as it is filled */
#define MAP_BYTES_MIN (1ull << 34) /* what other environments than the ledger's begin with */
#define DBS_MAX       192u /* the tables of the specs, those of an older version, and three of ours */
#define FILE_MODE     0600

#define GROW_FROM_BYTES  ((uint64_t)16 * 1024 * 1024)
#define GROW_AHEAD_BYTES ((uint64_t)64 * 1024 * 1024)
#define GROW_FREE_MIN                                                                              \
    ((uint64_t)2 * 1024 * 1024 * 1024) /* else the space is for what must be written */
#define GROW_PIECE_BYTES ((size_t)2 * 1024 * 1024)
#define GROW_ALIGNMENT   4096u /* of memory and offsets past the page cache; LMDB's pages have it */

#define CACHE_PIECE_BYTES ((uint64_t)512 * 1024) /* asked for at once */

#define STAT_BLOCK_BYTES 512u /* whatever the file system's are */

#define TABLE_NAME_MAX 64u
#define LOCK_BYTES     8192 /* lock.mdb of 126 readers, the default */

enum sl_err sl_env_error(int code, const char *what, struct sl_diag *diag)
{
    enum sl_err err;
    switch (code) {
    case MDB_SUCCESS: return SL_OK;
    case MDB_NOTFOUND: return SL_E_NOT_FOUND;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT: err = SL_E_NO_SPACE; break;
    case ENOMEM: err = SL_E_NO_MEMORY; break;
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_BAD_VALSIZE:
    case MDB_KEYEXIST: err = SL_E_CORRUPT; break;
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE: err = SL_E_FORMAT; break;
    default: err = SL_E_IO; break;
    }
    return sl_refuse(diag, err, "", "%s: %s", what, mdb_strerror(code));
}

static int open_with_map(MDB_env **ret_mdb, const char *dir, size_t map_bytes, unsigned flags)
{
    MDB_env *mdb;
    int code = mdb_env_create(&mdb);
    if (code != 0) {
        return code;
    }
    code = mdb_env_set_maxdbs(mdb, DBS_MAX);
    if (code == 0) {
        code = mdb_env_set_mapsize(mdb, map_bytes);
    }
    if (code == 0) {
        code = mdb_env_open(mdb, dir, MDB_NOTLS | flags, FILE_MODE);
    }
    if (code != 0) {
        mdb_env_close(mdb);
        return code;
    }
    *ret_mdb = mdb;
    return 0;
}

static unsigned txn_flags(const struct sl_env *env)
{
    return env->is_read_only ? MDB_RDONLY : 0;
}

static int open_base_tables(struct sl_env *env, unsigned flags)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->mdb, NULL, txn_flags(env), &txn);
    if (code != 0) {
        return code;
    }
    code = mdb_dbi_open(txn, "meta", flags, &env->meta);
    if (code == 0) {
        code = mdb_dbi_open(txn, "log", flags, &env->log);
    }
    if (code == 0) {
        code = mdb_dbi_open(txn, "tree", flags, &env->tree);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return code;
    }
    return mdb_txn_commit(txn);
}

/* LMDB makes lock.mdb sparse and writes it through a map: on a full disk that ends in SIGBUS. With its blocks there before, it
 * cannot. LMDB takes a file of this size as it is and, being its only user, fills it anew. */
static enum sl_err reserve_lock(const char *dir, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 16];
    enum sl_err err = sl_dir_path(dir, "lock.mdb", path, sizeof path);
    if (err != SL_OK) {
        return err;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return sl_file_error(errno, path, diag);
    }
    int code = EINTR;
    while (code == EINTR) {
        code = posix_fallocate(fd, 0, LOCK_BYTES);
    }
    close(fd);
    bool is_reserved =
        code == 0 || code == EOPNOTSUPP || code == EINVAL; /* cannot be known there */
    return is_reserved ? SL_OK : sl_file_error(code, path, diag);
}

struct sl_env_size sl_env_size(MDB_env *mdb)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    if (mdb_env_info(mdb, &info) != 0 || mdb_env_stat(mdb, &stat) != 0 ||
        mdb_env_get_fd(mdb, &fd) != 0 || fstat(fd, &file) != 0) {
        return (struct sl_env_size){0};
    }
    return (struct sl_env_size){
        .used = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize,
        .file = (uint64_t)file.st_size,
    };
}

enum how { OPEN_NEW, OPEN_TO_WRITE, OPEN_TO_READ };

static enum sl_err
open_mdb(const char *dir, size_t map_bytes, enum how how, MDB_env **ret_mdb, struct sl_diag *diag)
{
    enum sl_err err = how == OPEN_TO_READ ? SL_OK : reserve_lock(dir, diag);
    if (err != SL_OK) {
        return err;
    }
    MDB_env *mdb = NULL;
    int code = ENOMEM;
    unsigned flags = how == OPEN_TO_READ ? MDB_RDONLY | MDB_NOLOCK : 0;
    for (size_t bytes = map_bytes; code == ENOMEM && bytes >= MAP_BYTES_MIN; bytes /= 2) {
        code = open_with_map(&mdb, dir, bytes, flags);
    }
    if (code != 0) {
        return sl_env_error(code, "open data.mdb", diag);
    }
    /* We hold the directory's lock, so every reader slot in use belongs to a process that died. */
    int dead = 0;
    err = sl_env_error(mdb_reader_check(mdb, &dead), "look for dead readers", diag);
    if (err != SL_OK) {
        mdb_env_close(mdb);
        return err;
    }
    *ret_mdb = mdb;
    return SL_OK;
}

enum sl_err
sl_env_open_small(const char *dir, bool is_read_only, MDB_env **ret_mdb, struct sl_diag *diag)
{
    return open_mdb(dir, MAP_BYTES_MIN, is_read_only ? OPEN_TO_READ : OPEN_TO_WRITE, ret_mdb, diag);
}

static enum sl_err open_env(struct sl_env *env, const char *dir, enum how how, struct sl_diag *diag)
{
    enum sl_err err = open_mdb(dir, MAP_BYTES_MAX, how, &env->mdb, diag);
    if (err != SL_OK) {
        return err;
    }
    int code = open_base_tables(env, how == OPEN_NEW ? MDB_CREATE : 0);
    if (code != 0) {
        sl_env_close(env);
        return code == MDB_NOTFOUND
                   ? sl_refuse(diag, SL_E_NOT_LEDGER, "", "data.mdb has no ledger tables")
                   : sl_env_error(code, "open the tables", diag);
    }
    return SL_OK;
}

enum sl_err sl_env_open(struct sl_env *env, const char *dir, bool is_new, struct sl_diag *diag)
{
    *env = (struct sl_env){0};
    return open_env(env, dir, is_new ? OPEN_NEW : OPEN_TO_WRITE, diag);
}

enum sl_err sl_env_open_read_only(struct sl_env *env, const char *dir, struct sl_diag *diag)
{
    *env = (struct sl_env){.is_read_only = true};
    return open_env(env, dir, OPEN_TO_READ, diag);
}

void sl_env_close(struct sl_env *env)
{
    if (env->mdb != NULL) {
        mdb_env_close(env->mdb);
    }
    *env = (struct sl_env){0};
}

/* Past the page cache, where the zeros would only take memory and the time to fill it; not every file system can. */
static int open_to_grow(const struct sl_env *env, const struct sl_file_ops *ops)
{
    char path[SL_DIR_BYTES_MAX + 16];
    const char *dir;
    if (mdb_env_get_path(env->mdb, &dir) != 0 ||
        sl_dir_path(dir, "data.mdb", path, sizeof path) != SL_OK) {
        return -1;
    }
    int fd = ops->open(ops, path, O_WRONLY | O_DIRECT);
    return fd >= 0 ? fd : ops->open(ops, path, O_WRONLY);
}

/* Zeros into [from, to), flushed in pieces. */
static enum sl_err
fill(const struct sl_file_ops *ops, int fd, uint64_t from, uint64_t to, struct sl_diag *diag)
{
    uint8_t *zeros = aligned_alloc(GROW_ALIGNMENT, GROW_PIECE_BYTES);
    if (zeros == NULL) {
        return SL_OK;
    }
    memset(zeros, 0, GROW_PIECE_BYTES);
    enum sl_err err = SL_OK;
    bool has_room = true;
    while (err == SL_OK && has_room && from < to) {
        uint64_t len = to - from < GROW_PIECE_BYTES ? to - from : GROW_PIECE_BYTES;
        struct iovec part = {zeros, (size_t)len};
        has_room = sl_file_write_all(ops, fd, &part, 1, (off_t)from) == SL_OK;
        if (ops->fdatasync(ops, fd) != 0) {
            err = sl_file_error(errno, "grow data.mdb: flush", diag);
        }
        from += len;
    }
    free(zeros);
    return err;
}

enum sl_err
sl_env_grow_ahead(const struct sl_env *env, const struct sl_file_ops *ops, struct sl_diag *diag)
{
    struct sl_env_size now = sl_env_size(env->mdb);
    uint64_t used = now.used; /* 0: not known is not needed */
    uint64_t ahead = used / 4 < GROW_AHEAD_BYTES ? used / 4 : GROW_AHEAD_BYTES;
    uint64_t size = now.file > used ? now.file : used;
    if (used < GROW_FROM_BYTES || size - used >= ahead / 2) {
        return SL_OK;
    }
    const char *dir;
    uint64_t bytes_free;
    bool has_plenty = mdb_env_get_path(env->mdb, &dir) == 0 &&
                      ops->free_bytes(ops, dir, &bytes_free) == 0 && bytes_free >= GROW_FREE_MIN;
    int fd = has_plenty ? open_to_grow(env, ops) : -1;
    if (fd < 0) {
        return SL_OK;
    }
    enum sl_err err = fill(ops, fd, size, used + ahead, diag);
    close(fd);
    return err;
}

enum sl_err sl_env_reserve(MDB_env *mdb,
                           const struct sl_file_ops *ops,
                           uint64_t end,
                           uint64_t *reserved,
                           struct sl_diag *diag)
{
    int fd;
    if (mdb_env_get_fd(mdb, &fd) != 0 || sl_file_reserve(ops, fd, end, reserved) == SL_OK) {
        return SL_OK;
    }
    return sl_file_error(errno, "reserve space in data.mdb", diag);
}

void sl_env_give_back(const struct sl_env *env, uint64_t end)
{
    struct sl_env_size now = sl_env_size(env->mdb);
    bool is_behind_pages = now.file > 0 && (end >= now.used || end == now.file);
    int fd;
    if (!is_behind_pages || mdb_env_get_fd(env->mdb, &fd) != 0) {
        return;
    }
    if (ftruncate(fd, (off_t)end) != 0) {
        sl_log(SL_LOG_DEBUG, "event=reserve_kept errno=%d", errno);
    }
}

uint64_t sl_env_end(const struct sl_env *env)
{
    struct sl_env_size now = sl_env_size(env->mdb);
    return now.file > now.used ? now.file : now.used;
}

uint64_t sl_env_reserved_bytes(const struct sl_env *env, uint64_t end)
{
    struct stat file;
    int fd;
    if (mdb_env_get_fd(env->mdb, &fd) != 0 || fstat(fd, &file) != 0) {
        return 0;
    }
    uint64_t held = (uint64_t)file.st_blocks * STAT_BLOCK_BYTES;
    return held > end ? held - end : 0;
}

uint64_t sl_env_page_bytes(const struct sl_env *env)
{
    MDB_stat stat = {0};
    (void)mdb_env_stat(env->mdb, &stat); /* fails for no env alone */
    return stat.ms_psize;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t sl_env_rewrite_bytes(const MDB_stat *table, uint64_t rows)
{
    uint64_t copies =
        least(rows, table->ms_leaf_pages) + least(rows * table->ms_depth, table->ms_branch_pages);
    return 2 * copies * table->ms_psize;
}

int sl_env_look_at_free_list(MDB_txn *txn, MDB_stat *ret_list)
{
    static const MDB_dbi free_list = 0;
    return mdb_stat(txn, free_list, ret_list);
}

uint64_t sl_env_free_list_bytes(const MDB_stat *list)
{
    return 2 * (list->ms_branch_pages + list->ms_leaf_pages + list->ms_overflow_pages) *
           list->ms_psize;
}

uint64_t sl_env_used_bytes(const struct sl_env *env)
{
    return sl_env_size(env->mdb).used;
}

void sl_env_cache_ahead(const struct sl_env *env, uint64_t bytes)
{
    struct sl_env_size now = sl_env_size(env->mdb);
    int fd;
    if (now.used >= now.file || mdb_env_get_fd(env->mdb, &fd) != 0) {
        return;
    }
    uint64_t end = now.file - now.used < bytes ? now.file : now.used + bytes;
    for (uint64_t at = now.used; at < end; at += CACHE_PIECE_BYTES) {
        uint64_t len = end - at < CACHE_PIECE_BYTES ? end - at : CACHE_PIECE_BYTES;
        uint8_t last;
        bool is_asked = posix_fadvise(fd, (off_t)at, (off_t)len, POSIX_FADV_WILLNEED) == 0;
        if (!is_asked || pread(fd, &last, 1, (off_t)(at + len - 1)) != 1) {
            return; /* the commit does without */
        }
    }
}

static void table_name(char name[TABLE_NAME_MAX], const struct sl_table_spec *spec)
{
    int len = snprintf(name, TABLE_NAME_MAX, "state/%s", spec->name);
    SL_ASSERT(len > 0 && (size_t)len < TABLE_NAME_MAX);
}

enum sl_err sl_env_open_tables(struct sl_env *env,
                               const struct sl_table_spec *specs,
                               size_t count,
                               bool must_exist,
                               struct sl_diag *diag)
{
    SL_ASSERT(count <= SL_STATE_TABLES_MAX);
    MDB_txn *txn;
    int code = mdb_txn_begin(env->mdb, NULL, txn_flags(env), &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", diag);
    }
    for (size_t i = 0; i < count && code == 0; i++) {
        char name[TABLE_NAME_MAX];
        table_name(name, &specs[i]);
        code = mdb_dbi_open(txn, name, must_exist ? 0 : MDB_CREATE, &env->tables[i]);
    }
    if (code == 0) {
        code = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    env->table_count = count;
    return code == MDB_NOTFOUND ? SL_E_NOT_FOUND
                                : sl_env_error(code, "open the state tables", diag);
}

static bool is_of_specs(const struct sl_table_spec *specs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        char known[TABLE_NAME_MAX];
        table_name(known, &specs[i]);
        if (strcmp(known, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Names of tables are keys of LMDB's main table. Gives the first stale one at or after `name`. */
static int next_stale(const struct sl_env *env,
                      MDB_txn *txn,
                      const struct sl_table_spec *specs,
                      char name[TABLE_NAME_MAX])
{
    MDB_dbi main_table;
    int code = mdb_dbi_open(txn, NULL, 0, &main_table);
    MDB_cursor *cursor = NULL;
    if (code == 0) {
        code = mdb_cursor_open(txn, main_table, &cursor);
    }
    if (code != 0) {
        return code;
    }
    MDB_val key = {strlen(name), name};
    MDB_val value;
    bool found = false;
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && !found) {
        if (key.mv_size >= TABLE_NAME_MAX || memcmp(key.mv_data, "state/", 6) != 0) {
            code = MDB_NOTFOUND;
            break;
        }
        memcpy(name, key.mv_data, key.mv_size);
        name[key.mv_size] = '\0';
        found = !is_of_specs(specs, env->table_count, name);
        if (!found) {
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    return code;
}

enum sl_err sl_env_drop_tables(struct sl_env *env, MDB_txn *txn, const struct sl_table_spec *specs)
{
    int code = 0;
    for (size_t i = 0; i < env->table_count && code == 0; i++) {
        code = mdb_drop(txn, env->tables[i], 0);
    }
    char name[TABLE_NAME_MAX] = "state/";
    while (code == 0) {
        code = next_stale(env, txn, specs, name);
        MDB_dbi stale;
        if (code == 0) {
            code = mdb_dbi_open(txn, name, 0, &stale);
        }
        if (code == 0) {
            code = mdb_drop(txn, stale, 1);
        }
    }
    return code == MDB_NOTFOUND ? SL_OK : sl_env_error(code, "drop the state tables", NULL);
}
