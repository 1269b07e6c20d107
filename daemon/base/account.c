/* The reentrant calls of libc, with as much memory as an entry takes: a group of thousands has a long one. */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES_FIRST ((size_t)4096)
#define ENTRY_BYTES_MAX   ((size_t)16 * 1024 * 1024)

enum by {
    BY_USER_NAME,
    BY_UID,
    BY_GROUP_NAME,
};

struct lookup {
    enum by by;
    const char *name;
    uid_t uid;
    struct passwd user;
    struct group group;
};

/* Gives an errno, 0 also where nothing was found. What was found points into `entry`. */
static int ask(struct lookup *lookup, char *entry, size_t size, bool *ret_is_found)
{
    struct passwd *user = NULL;
    struct group *group = NULL;
    int failed = EINVAL;
    switch (lookup->by) {
    case BY_USER_NAME: failed = getpwnam_r(lookup->name, &lookup->user, entry, size, &user); break;
    case BY_UID: failed = getpwuid_r(lookup->uid, &lookup->user, entry, size, &user); break;
    case BY_GROUP_NAME:
        failed = getgrnam_r(lookup->name, &lookup->group, entry, size, &group);
        break;
    }
    *ret_is_found = user != NULL || group != NULL;
    return failed;
}

/* The numbers with which the calls say that there is no such entry, says their manual. */
static bool is_absent(int failed)
{
    return failed == 0 || failed == ENOENT || failed == ESRCH || failed == EBADF || failed == EPERM;
}

/* After SL_OK *ret_entry is the caller's to free, when it needs nothing more of `lookup`. */
static enum sl_err look_up(struct lookup *lookup, char **ret_entry)
{
    int failed = ERANGE;
    bool is_found = false;
    char *entry = NULL;
    for (size_t size = ENTRY_BYTES_FIRST; failed == ERANGE && size <= ENTRY_BYTES_MAX; size *= 4) {
        free(entry);
        entry = malloc(size);
        if (entry == NULL) {
            return SL_E_NO_MEMORY;
        }
        do {
            failed = ask(lookup, entry, size, &is_found);
        } while (failed == EINTR);
    }
    if (is_found) {
        *ret_entry = entry;
        return SL_OK;
    }
    free(entry);
    return is_absent(failed) ? SL_E_NOT_FOUND : SL_E_IO;
}

enum sl_err sl_account_find_user(const char *name, struct sl_account *ret_account)
{
    struct lookup lookup = {.by = BY_USER_NAME, .name = name};
    char *entry = NULL;
    enum sl_err err = look_up(&lookup, &entry);
    if (err == SL_OK) {
        *ret_account = (struct sl_account){lookup.user.pw_uid, lookup.user.pw_gid};
        free(entry);
    }
    return err;
}

enum sl_err sl_account_find_group(const char *name, uint32_t *ret_gid)
{
    struct lookup lookup = {.by = BY_GROUP_NAME, .name = name};
    char *entry = NULL;
    enum sl_err err = look_up(&lookup, &entry);
    if (err == SL_OK) {
        *ret_gid = lookup.group.gr_gid;
        free(entry);
    }
    return err;
}

static bool is_plain(const char *name, size_t size)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if (name[i] <= ' ' || name[i] > '~') {
            return false;
        }
    }
    return len >= 1 && len < size;
}

static void put_number(uint32_t uid, char *ret_name, size_t size)
{
    (void)snprintf(ret_name, size, "uid:%lu", (unsigned long)uid);
}

enum sl_err sl_account_find_name(uint32_t uid, char *ret_name, size_t size)
{
    SL_ASSERT(size >= SL_ACCOUNT_NUMBER_BYTES);
    struct lookup lookup = {.by = BY_UID, .uid = uid};
    char *entry = NULL;
    enum sl_err err = look_up(&lookup, &entry);
    if (err == SL_OK && is_plain(lookup.user.pw_name, size)) {
        (void)snprintf(ret_name, size, "%s", lookup.user.pw_name); /* it fits */
    } else if (err == SL_OK || err == SL_E_NOT_FOUND) {
        put_number(uid, ret_name, size);
        err = SL_OK;
    }
    free(entry);
    return err;
}

void sl_account_name(uint32_t uid, char *ret_name, size_t size)
{
    if (sl_account_find_name(uid, ret_name, size) != SL_OK) {
        put_number(uid, ret_name, size);
    }
}
