/* See making.h. */
#include "store/making.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/file_ops.h"
#include "store/meta.h"

#define PATH_BYTES_MAX (SL_DIR_BYTES_MAX + 32)

/* What may be there of a ledger that is being made, in the order in which it can be taken away: DIR/new stays as long as keys are there that
 * nobody else may take away. What lies in it is of no use afterwards, and harmless where a power cut leaves it. */
static const char *const half_made[] = {
    "keys/new/lock.mdb",
    "keys/new/data.mdb",
    "keys/new",
    "keys/lock.mdb",
    "keys/data.mdb",
    "keys/secrets",
    "keys",
    "new/lock.mdb",
    "new/lock",
    "new/journal",
    "new/data.mdb",
    "new",
    "journal",
    "lock",
};
#define HALF_MADE       (sizeof half_made / sizeof half_made[0])
#define HALF_MADE_FIRST 7u /* of what lies in DIR/new */
#define HALF_MADE_NEW   5u
#define HALF_MADE_LOCK  1u

/* What a directory holds in which no ledger is yet. */
struct found {
    bool has_new;
    bool has_journal;
    bool has_keys;
};

/* False for what is not of a ledger that is being made. */
static bool note(struct found *found, const char *name)
{
    bool is_new = strcmp(name, "new") == 0;
    bool is_journal = strcmp(name, "journal") == 0;
    bool is_keys = strcmp(name, "keys") == 0;
    found->has_new = found->has_new || is_new;
    found->has_journal = found->has_journal || is_journal;
    found->has_keys = found->has_keys || is_keys;
    return is_new || is_journal || is_keys || strcmp(name, "lock") == 0;
}

static enum sl_err refuse_not_empty(const char *path, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_EXISTS, "", "%s is not empty", path);
}

/* Keys that are not sure to be of the same attempt are somebody's. */
static enum sl_err check_keys(const struct found *found, const char *dir, struct sl_diag *diag)
{
    char path[PATH_BYTES_MAX];
    if (!found->has_keys) {
        return SL_OK;
    }
    if (!found->has_new || !found->has_journal) {
        return refuse_not_empty(dir, diag);
    }
    enum sl_err err = sl_dir_path(dir, "journal", path, sizeof path);
    return err == SL_OK ? sl_dir_check_empty(path, diag) : err;
}

/* Nothing but what may be left of an attempt to make a ledger. */
static enum sl_err check_new(const char *path, struct sl_diag *diag)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return sl_file_error(errno, path, diag);
    }
    struct found found = {0};
    const char *name = NULL;
    enum sl_err err = sl_dir_next(dir, path, &name, diag);
    while (err == SL_OK && name != NULL) {
        if (strcmp(name, "data.mdb") == 0) {
            err = sl_refuse(diag, SL_E_EXISTS, "", "%s holds a ledger", path);
        } else if (!note(&found, name)) {
            err = refuse_not_empty(path, diag);
        } else {
            err = sl_dir_next(dir, path, &name, diag);
        }
    }
    closedir(dir);
    return err == SL_OK ? check_keys(&found, path, diag) : err;
}

/* So many of them. A journal with segments stays: there was a ledger once. */
static void remove_half_made(const char *dir, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        char path[PATH_BYTES_MAX];
        if (sl_dir_path(dir, half_made[i], path, sizeof path) == SL_OK) {
            (void)remove(path); /* mostly it is not there; what stays is told by what comes next */
        }
    }
}

enum sl_err sl_making_folder(const char *dir, const char *name, struct sl_diag *diag)
{
    char path[PATH_BYTES_MAX];
    enum sl_err err = sl_dir_path(dir, name, path, sizeof path);
    if (err == SL_OK) {
        err = sl_dir_make(path, diag);
    }
    return err == SL_OK ? sl_dir_check_empty(path, diag) : err;
}

/* DIR/new/data.mdb with the genesis, durable. */
static enum sl_err
make_env(struct sl_making *making, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    enum sl_err err = sl_dir_path(making->dir, "new", making->aside, sizeof making->aside);
    if (err == SL_OK) {
        err = sl_env_open(&making->env, making->aside, true, diag);
    }
    return err == SL_OK ? sl_meta_create(&making->env, genesis, diag) : err;
}

/* Taken back if it cannot be made durable: who was told that there is no ledger finds none. */
static enum sl_err put_in_place(const char *dir, bool *ret_is_in_place, struct sl_diag *diag)
{
    char from[PATH_BYTES_MAX];
    char to[PATH_BYTES_MAX];
    enum sl_err err = sl_dir_path(dir, "new/data.mdb", from, sizeof from);
    if (err == SL_OK) {
        err = sl_dir_path(dir, "data.mdb", to, sizeof to);
    }
    if (err != SL_OK) {
        return err;
    }
    if (rename(from, to) != 0) {
        return sl_file_error(errno, to, diag);
    }
    err = sl_dir_sync(dir, diag);
    *ret_is_in_place = err == SL_OK || rename(to, from) != 0;
    return err;
}

static enum sl_err
begin(struct sl_making *making, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    remove_half_made(making->dir, 0, HALF_MADE - HALF_MADE_LOCK);
    enum sl_err err = sl_making_folder(making->dir, "journal", diag);
    if (err == SL_OK) {
        err = sl_making_folder(making->dir, "new", diag);
    }
    return err == SL_OK ? make_env(making, genesis, diag) : err;
}

static enum sl_err take_dir(struct sl_making *making, struct sl_diag *diag)
{
    const char *dir = making->dir;
    enum sl_err err = sl_dir_make(dir, diag);
    if (err == SL_OK) {
        err = check_new(dir, diag);
    }
    if (err == SL_OK) {
        err = sl_dir_check_fs(dir, diag);
    }
    return err == SL_OK ? sl_dir_lock(dir, true, &making->lock_fd, diag) : err;
}

enum sl_err sl_making_begin(struct sl_making *making,
                            const char *dir,
                            const struct sl_genesis *genesis,
                            struct sl_diag *diag)
{
    if (strlen(dir) >= SL_DIR_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, "", "the directory's path is too long");
    }
    *making = (struct sl_making){.lock_fd = -1};
    memcpy(making->dir, dir, strlen(dir) + 1);
    enum sl_err err = take_dir(making, diag);
    if (err != SL_OK) {
        return err;
    }
    err = check_new(dir, diag); /* once more: nobody else can make one now */
    if (err != SL_OK) {
        close(making->lock_fd);
        return err;
    }
    err = begin(making, genesis, diag);
    return err == SL_OK ? SL_OK : sl_making_end(making, err, diag);
}

enum sl_err sl_making_end(struct sl_making *making, enum sl_err err, struct sl_diag *diag)
{
    sl_env_close(&making->env);
    bool is_in_place = false;
    if (err == SL_OK) {
        err = put_in_place(making->dir, &is_in_place, diag);
    }
    remove_half_made(making->dir, is_in_place ? HALF_MADE_FIRST : 0,
                     is_in_place ? HALF_MADE_NEW : HALF_MADE);
    close(making->lock_fd);
    making->lock_fd = -1;
    return err;
}

enum sl_err sl_store_create(const char *dir, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    struct sl_making making;
    enum sl_err err = sl_making_begin(&making, dir, genesis, diag);
    return err == SL_OK ? sl_making_end(&making, SL_OK, diag) : err;
}
