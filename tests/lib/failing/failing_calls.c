/* See failing_calls.h. */
#include "lib/failing_calls.h"

#include <dirent.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

struct failing {
    const char *name; /* NULL: disarmed */
    bool is_lasting;
    unsigned left; /* uses before the one that fails */
    bool has_failed;
};

static struct failing failing; /* the wrapped calls have no other way to know */

void sl_failing_arm(const char *name, unsigned n, bool is_lasting)
{
    failing = (struct failing){.name = name, .is_lasting = is_lasting, .left = n};
}

bool sl_failing_disarm(void)
{
    failing.name = NULL;
    return failing.has_failed;
}

static bool is_failing(const char *name)
{
    if (failing.name == NULL || strcmp(failing.name, name) != 0) {
        return false;
    }
    if (failing.has_failed) {
        return failing.is_lasting;
    }
    if (failing.left > 0) {
        failing.left--;
        return false;
    }
    failing.has_failed = true;
    return true;
}

/* What a wrapped call is: __real_x is the library's, __wrap_x stands in front of it. */
#define WRAP(type, name, parameters, arguments, failure)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (is_failing(#name)) {                                                                   \
            return failure;                                                                        \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }
#define WRAP_LMDB(name, parameters, arguments) WRAP(int, name, parameters, arguments, EIO)
#define WRAP_SYSTEM(type, name, parameters, arguments, failure)                                    \
    WRAP(type, name, parameters, arguments, (errno = EIO, (failure)))
#define WRAP_MEMORY(name, parameters, arguments)                                                   \
    WRAP(void *, name, parameters, arguments, (errno = ENOMEM, NULL))

WRAP_LMDB(mdb_env_create, (MDB_env * *env), (env))
WRAP_LMDB(mdb_env_set_maxdbs, (MDB_env * env, MDB_dbi count), (env, count))
WRAP_LMDB(mdb_env_set_mapsize, (MDB_env * env, size_t size), (env, size))
WRAP_LMDB(mdb_env_open,
          (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
          (env, path, flags, mode))
WRAP_LMDB(mdb_env_info, (MDB_env * env, MDB_envinfo *info), (env, info))
WRAP_LMDB(mdb_env_stat, (MDB_env * env, MDB_stat *stat), (env, stat))
WRAP_LMDB(mdb_env_get_fd, (MDB_env * env, mdb_filehandle_t *fd), (env, fd))
WRAP_LMDB(mdb_env_get_path, (MDB_env * env, const char **path), (env, path))
WRAP_LMDB(mdb_reader_check, (MDB_env * env, int *dead), (env, dead))
WRAP_LMDB(mdb_txn_begin,
          (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
          (env, parent, flags, txn))
WRAP_LMDB(mdb_txn_renew, (MDB_txn * txn), (txn))
WRAP_LMDB(mdb_dbi_open,
          (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi),
          (txn, name, flags, dbi))
WRAP_LMDB(mdb_drop, (MDB_txn * txn, MDB_dbi dbi, int is_deleted), (txn, dbi, is_deleted))
WRAP_LMDB(mdb_stat, (MDB_txn * txn, MDB_dbi dbi, MDB_stat *stat), (txn, dbi, stat))
WRAP_LMDB(mdb_get,
          (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value),
          (txn, dbi, key, value))
WRAP_LMDB(mdb_put,
          (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned flags),
          (txn, dbi, key, value, flags))
WRAP_LMDB(mdb_cursor_open, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
WRAP_LMDB(mdb_cursor_renew, (MDB_txn * txn, MDB_cursor *cursor), (txn, cursor))
WRAP_LMDB(mdb_cursor_get,
          (MDB_cursor * cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op),
          (cursor, key, value, op))
WRAP_LMDB(mdb_cursor_put,
          (MDB_cursor * cursor, MDB_val *key, MDB_val *value, unsigned flags),
          (cursor, key, value, flags))
WRAP_LMDB(mdb_cursor_del, (MDB_cursor * cursor, unsigned flags), (cursor, flags))

/* A commit ends its transaction, whether it fails or not. */
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (is_failing("mdb_txn_commit")) {
        mdb_txn_abort(txn);
        return EIO;
    }
    return __real_mdb_txn_commit(txn);
}

WRAP_SYSTEM(int, fstat, (int fd, struct stat *info), (fd, info), -1)
WRAP_SYSTEM(int, statfs, (const char *path, struct statfs *info), (path, info), -1)
WRAP_SYSTEM(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
WRAP_SYSTEM(int, flock, (int fd, int how), (fd, how), -1)
WRAP_SYSTEM(int, rename, (const char *from, const char *to), (from, to), -1)
WRAP_SYSTEM(int, fsync, (int fd), (fd), -1)
WRAP_SYSTEM(int, fdatasync, (int fd), (fd), -1)
WRAP_SYSTEM(int, posix_fallocate, (int fd, off_t from, off_t len), (fd, from, len), EIO)
WRAP_SYSTEM(int, fallocate, (int fd, int mode, off_t from, off_t len), (fd, mode, from, len), -1)
WRAP_SYSTEM(ssize_t, pread, (int fd, void *to, size_t len, off_t at), (fd, to, len, at), -1)
WRAP_SYSTEM(ssize_t, getrandom, (void *to, size_t len, unsigned flags), (to, len, flags), -1)
WRAP_SYSTEM(DIR *, opendir, (const char *path), (path), NULL)

WRAP_MEMORY(malloc, (size_t size), (size))
WRAP_MEMORY(calloc, (size_t count, size_t size), (count, size))
WRAP_MEMORY(realloc, (void *old, size_t size), (old, size))
WRAP_MEMORY(aligned_alloc, (size_t alignment, size_t size), (alignment, size))

const char *const sl_failing_calls[] = {"mdb_env_create",
                                        "mdb_env_set_maxdbs",
                                        "mdb_env_set_mapsize",
                                        "mdb_env_open",
                                        "mdb_env_info",
                                        "mdb_env_stat",
                                        "mdb_env_get_fd",
                                        "mdb_env_get_path",
                                        "mdb_reader_check",
                                        "mdb_txn_begin",
                                        "mdb_txn_renew",
                                        "mdb_dbi_open",
                                        "mdb_drop",
                                        "mdb_stat",
                                        "mdb_get",
                                        "mdb_put",
                                        "mdb_cursor_open",
                                        "mdb_cursor_renew",
                                        "mdb_cursor_get",
                                        "mdb_cursor_put",
                                        "mdb_cursor_del",
                                        "mdb_txn_commit",
                                        "fstat",
                                        "statfs",
                                        "mkdir",
                                        "flock",
                                        "rename",
                                        "fsync",
                                        "fdatasync",
                                        "posix_fallocate",
                                        "fallocate",
                                        "pread",
                                        "getrandom",
                                        "opendir",
                                        "malloc",
                                        "calloc",
                                        "realloc",
                                        "aligned_alloc",
                                        NULL};
