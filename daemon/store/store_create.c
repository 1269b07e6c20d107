/* Making a ledger's directory. A power cut may come at any moment, so the ledger is made aside and put into its place last:
 *
 *     DIR/lock                      whoever makes it holds it
 *     DIR/journal/                  empty
 *     DIR/new/data.mdb, lock.mdb    being made, up to the genesis
 *         │ rename
 *     DIR/data.mdb                  now there is a ledger
 *
 * A directory with data.mdb is a ledger, whole or damaged; one that holds nothing but what stands above it was being made, and is made
 * again. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dir.h"
#include "store/env.h"
#include "store/file_ops.h"
#include "store/meta.h"
#include "store/store.h"

#define PATH_BYTES_MAX (SL_DIR_BYTES_MAX + 16)

/* What may be there of a ledger that is being made, in the order in which it can be taken away. The first ones are of no use afterwards,
 * and harmless where a power cut leaves them. */
static const char *const half_made[] = {"new/lock.mdb", "new/data.mdb", "new", "journal", "lock"};
#define HALF_MADE      (sizeof half_made / sizeof half_made[0])
#define HALF_MADE_NEW  3u
#define HALF_MADE_LOCK 1u

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < HALF_MADE; i++) {
        if (strcmp(half_made[i], name) == 0) {
            return true;
        }
    }
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Nothing but what may be left of an attempt to make a ledger. */
static enum sl_err check_new(const char *path, struct sl_diag *diag)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return sl_file_error(errno, path, diag);
    }
    enum sl_err err = SL_OK;
    struct dirent *entry = readdir(dir);
    while (entry != NULL && err == SL_OK) {
        if (strcmp(entry->d_name, "data.mdb") == 0) {
            err = sl_refuse(diag, SL_E_EXISTS, "", "%s holds a ledger", path);
        } else if (!is_ours(entry->d_name)) {
            err = sl_refuse(diag, SL_E_EXISTS, "", "%s is not empty", path);
        }
        entry = readdir(dir);
    }
    closedir(dir);
    return err;
}

/* The first `count` of them. A journal with segments stays: there was a ledger once. */
static void remove_half_made(const char *dir, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char path[PATH_BYTES_MAX];
        if (sl_dir_path(dir, half_made[i], path, sizeof path) == SL_OK) {
            (void)remove(path); /* mostly it is not there; what stays is told by what comes next */
        }
    }
}

static enum sl_err make_empty(const char *dir, const char *name, struct sl_diag *diag)
{
    char path[PATH_BYTES_MAX];
    enum sl_err err = sl_dir_path(dir, name, path, sizeof path);
    if (err == SL_OK) {
        err = sl_dir_make(path, diag);
    }
    return err == SL_OK ? sl_dir_check_empty(path, diag) : err;
}

/* DIR/new/data.mdb, durable. */
static enum sl_err make_env(const char *dir, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    char path[PATH_BYTES_MAX];
    struct sl_env env = {0};
    enum sl_err err = sl_dir_path(dir, "new", path, sizeof path);
    if (err == SL_OK) {
        err = sl_env_open(&env, path, true, diag);
    }
    if (err == SL_OK) {
        err = sl_meta_create(&env, genesis, diag);
    }
    sl_env_close(&env);
    return err;
}

static enum sl_err put_in_place(const char *dir, struct sl_diag *diag)
{
    char from[PATH_BYTES_MAX];
    char to[PATH_BYTES_MAX];
    enum sl_err err = sl_dir_path(dir, "new/data.mdb", from, sizeof from);
    if (err == SL_OK) {
        err = sl_dir_path(dir, "data.mdb", to, sizeof to);
    }
    if (err == SL_OK && rename(from, to) != 0) {
        err = sl_file_error(errno, to, diag);
    }
    return err == SL_OK ? sl_dir_sync(dir, diag) : err;
}

static enum sl_err
make_ledger(const char *dir, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    remove_half_made(dir, HALF_MADE - HALF_MADE_LOCK);
    enum sl_err err = make_empty(dir, "journal", diag);
    if (err == SL_OK) {
        err = make_empty(dir, "new", diag);
    }
    if (err == SL_OK) {
        err = make_env(dir, genesis, diag);
    }
    if (err == SL_OK) {
        err = put_in_place(dir, diag);
    }
    remove_half_made(dir, err == SL_OK ? HALF_MADE_NEW : HALF_MADE);
    return err;
}

enum sl_err sl_store_create(const char *dir, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    if (strlen(dir) >= SL_DIR_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, "", "the directory's path is too long");
    }
    int lock_fd = -1;
    enum sl_err err = sl_dir_make(dir, diag);
    if (err == SL_OK) {
        err = check_new(dir, diag);
    }
    if (err == SL_OK) {
        err = sl_dir_check_fs(dir, diag);
    }
    if (err == SL_OK) {
        err = sl_dir_lock(dir, true, &lock_fd, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    err = check_new(dir, diag); /* once more: nobody else can make one now */
    if (err == SL_OK) {
        err = make_ledger(dir, genesis, diag);
    }
    close(lock_fd);
    return err;
}
