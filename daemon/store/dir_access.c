/* Asked with the effective user, as opening a file is. */
#include "store/dir_access.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"
#include "store/file_ops.h"

#define NAME_BYTES 64u

struct users {
    char owner[NAME_BYTES];
    char own[NAME_BYTES];
};

static struct users name_users(const struct stat *info)
{
    struct users users = {{0}, {0}};
    sl_account_name(info->st_uid, users.owner, sizeof users.owner);
    sl_account_name(geteuid(), users.own, sizeof users.own);
    return users;
}

static bool is_about_users(int code)
{
    return code == EACCES || code == EPERM;
}

enum sl_err sl_dir_refuse(int code, const char *path, struct sl_diag *diag)
{
    struct stat info;
    if (!is_about_users(code)) {
        return sl_file_error(code, path, diag);
    }
    char text[128] = "";
    const char *words = strerror_r(code, text, sizeof text);
    if (stat(path, &info) != 0) {
        char own[NAME_BYTES];
        sl_account_name(geteuid(), own, sizeof own);
        return sl_refuse(diag, SL_E_DENIED, "dir", "%s: %s for %s, as whom the daemon runs", path,
                         words, own);
    }
    struct users users = name_users(&info);
    return sl_refuse(diag, SL_E_DENIED, "dir",
                     "%s: %s: it belongs to %s and has mode %04o, the daemon runs as %s", path,
                     words, users.owner, info.st_mode & 07777u, users.own);
}

enum sl_err sl_dir_check_access(const char *dir, struct sl_diag *diag)
{
    struct stat info;
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return SL_OK; /* whoever opens it says so */
    }
    if (info.st_uid != geteuid()) {
        struct users users = name_users(&info);
        return sl_refuse(diag, SL_E_DENIED, "dir",
                         "%s must belong to %s, as whom the daemon runs, and belongs to %s: run it "
                         "as that user (root: --user %s)",
                         dir, users.own, users.owner, users.owner);
    }
    if ((info.st_mode & S_IWOTH) != 0) {
        return sl_refuse(diag, SL_E_DENIED, "dir",
                         "%s must not be writable by everyone, has mode %04o: chmod o-w", dir,
                         info.st_mode & 07777u);
    }
    if (faccessat(AT_FDCWD, dir, R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        return sl_dir_refuse(errno, dir, diag);
    }
    return SL_OK;
}
