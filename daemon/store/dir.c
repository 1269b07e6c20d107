/* Directory work of create and open. */
#include "store/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/dir_access.h"
#include "store/file_ops.h"

#define DIR_MODE  0700
#define FILE_MODE 0600

enum sl_err sl_dir_path(const char *dir, const char *name, char *path, size_t size)
{
    int len = snprintf(path, size, "%s/%s", dir, name);
    return len > 0 && (size_t)len < size ? SL_OK : SL_E_TOO_BIG;
}

enum sl_err sl_dir_sync(const char *dir, struct sl_diag *diag)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return sl_file_error(errno, dir, diag);
    }
    enum sl_err err = SL_OK;
    if (fsync(fd) != 0) {
        (void)sl_file_error(
            errno, dir, diag); /* fills it; for whatever reason, this is not to be tried again */
        err = SL_E_IO;
    }
    close(fd);
    return err;
}

enum sl_err sl_dir_next(DIR *dir, const char *what, const char **ret_name, struct sl_diag *diag)
{
    const struct dirent *entry;
    do {
        errno = 0; /* the end is told from an error by this alone */
        entry = readdir(dir);
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (entry == NULL && errno != 0) {
        return sl_file_error(errno, what, diag);
    }
    *ret_name = entry == NULL ? NULL : entry->d_name;
    return SL_OK;
}

enum sl_err sl_dir_check_empty(const char *path, struct sl_diag *diag)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return sl_file_error(errno, path, diag);
    }
    const char *name = NULL;
    enum sl_err err = sl_dir_next(dir, path, &name, diag);
    if (err == SL_OK && name != NULL) {
        err = sl_refuse(diag, SL_E_EXISTS, "", "%s is not empty", path);
    }
    closedir(dir);
    return err;
}

static enum sl_err sync_parent(const char *dir, struct sl_diag *diag)
{
    char parent[SL_DIR_BYTES_MAX + 8];
    enum sl_err err = sl_dir_path(dir, "..", parent, sizeof parent);
    return err == SL_OK ? sl_dir_sync(parent, diag) : err;
}

enum sl_err sl_dir_make(const char *dir, struct sl_diag *diag)
{
    struct stat info;
    if (mkdir(dir, DIR_MODE) != 0 && errno != EEXIST) {
        return sl_dir_refuse(errno, dir, diag);
    }
    if (stat(dir, &info) == 0 && !S_ISDIR(info.st_mode)) {
        return sl_file_error(ENOTDIR, dir, diag);
    }
    enum sl_err err = sl_dir_check_access(dir, diag);
    return err == SL_OK ? sync_parent(dir, diag) : err;
}

bool sl_dir_is_network_magic(uint64_t magic)
{
    static const uint32_t magics[] = {
        0x00006969u, /* NFS */
        0xff534d42u, /* CIFS */
        0xfe534d42u, /* SMB2 */
        0x0000517bu, /* SMB */
        0x01021997u, /* 9p */
        0x5346414fu, /* AFS */
        0x6b414653u, /* kAFS */
        0x00c36400u, /* Ceph */
        0x0bd00bd0u, /* Lustre */
        0x73757245u, /* Coda */
    };
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if ((uint32_t)magic == magics[i]) {
            return true;
        }
    }
    return false;
}

bool sl_dir_is_network_fuse(const char *type)
{
    static const char *const types[] = {"fuse.sshfs",     "fuse.rclone", "fuse.s3fs",
                                        "fuse.glusterfs", "fuse.davfs",  "fuse.curlftpfs"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* One line of mountinfo: "36 35 98:0 /root /mount options ... - type source super-options". */
static bool is_network_line(const char *line, dev_t device)
{
    const char *separator = strstr(line, " - ");
    const char *at = strchr(line, ' ');
    at = at != NULL ? strchr(at + 1, ' ') : NULL;
    if (separator == NULL || at == NULL) {
        return false;
    }
    char *end;
    unsigned long major_number = strtoul(at + 1, &end, 10);
    if (*end != ':') {
        return false;
    }
    unsigned long minor_number = strtoul(end + 1, &end, 10);
    if (makedev((unsigned)major_number, (unsigned)minor_number) != device) {
        return false;
    }
    char type[64];
    const char *word = separator + strlen(" - ");
    int len = snprintf(type, sizeof type, "%.*s", (int)strcspn(word, " \n"), word);
    return len > 0 && sl_dir_is_network_fuse(type);
}

/* FUSE has one magic number for all; what is behind it, only the mount table tells. Unknown is allowed. */
static bool is_network_mount(const char *dir)
{
    struct stat info;
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (mounts == NULL) {
        return false;
    }
    bool is_network = false;
    char line[8192];
    if (stat(dir, &info) == 0) {
        while (!is_network && fgets(line, sizeof line, mounts) != NULL) {
            is_network = is_network_line(line, info.st_dev);
        }
    }
    (void)fclose(mounts); /* only read from */
    return is_network;
}

enum sl_err sl_dir_check_fs(const char *dir, struct sl_diag *diag)
{
    struct statfs fs;
    if (statfs(dir, &fs) != 0) {
        return sl_file_error(errno, dir, diag);
    }
    if (sl_dir_is_network_magic((uint64_t)fs.f_type) || is_network_mount(dir)) {
        return sl_refuse(diag, SL_E_NETWORK_FS, "", "%s is on a network file system", dir);
    }
    return SL_OK;
}

/* Why there is no lock file to open. */
static enum sl_err refuse_dir(const char *dir, struct sl_diag *diag)
{
    struct stat info;
    if (stat(dir, &info) != 0) {
        return errno == ENOENT ? sl_refuse(diag, SL_E_NOT_LEDGER, "", "%s does not exist", dir)
                               : sl_file_error(errno, dir, diag);
    }
    return S_ISDIR(info.st_mode)
               ? sl_refuse(diag, SL_E_NOT_LEDGER, "", "%s holds no ledger", dir)
               : sl_refuse(diag, SL_E_NOT_LEDGER, "", "%s is not a directory", dir);
}

/* The lock, or the error of having it; `fd` is closed then. */
static enum sl_err take_lock(int fd, int how, const char *dir, int *ret_fd, struct sl_diag *diag)
{
    if (flock(fd, how | LOCK_NB) != 0) {
        int code = errno;
        close(fd);
        return code == EWOULDBLOCK
                   ? sl_refuse(diag, SL_E_LOCKED, "", "%s is in use by another process", dir)
                   : sl_file_error(code, dir, diag);
    }
    *ret_fd = fd;
    return SL_OK;
}

enum sl_err sl_dir_lock_shared(const char *dir, int *ret_fd, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 8];
    enum sl_err err = sl_dir_path(dir, "lock", path, sizeof path);
    if (err != SL_OK) {
        return err;
    }
    err = sl_dir_check_access(dir, diag);
    bool is_fixed =
        err == SL_E_IO; /* a read-only file system: nothing can be made there, nor need it */
    if (err != SL_OK && !is_fixed) {
        return err;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | (is_fixed ? 0 : O_CREAT), FILE_MODE);
    if (fd < 0 && is_fixed && errno == ENOENT) {
        return SL_OK;
    }
    return fd < 0 ? sl_dir_refuse(errno, path, diag) : take_lock(fd, LOCK_SH, dir, ret_fd, diag);
}

enum sl_err sl_dir_lock(const char *dir, bool may_create, int *ret_fd, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 8];
    enum sl_err err = sl_dir_path(dir, "lock", path, sizeof path);
    if (err == SL_OK) {
        err = sl_dir_check_access(dir, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC | (may_create ? O_CREAT : 0), FILE_MODE);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? refuse_dir(dir, diag)
                                                   : sl_dir_refuse(errno, path, diag);
    }
    return take_lock(fd, LOCK_EX, dir, ret_fd, diag);
}
