/* The socket file. It is made under another name, given its mode and group, and then renamed into place, so that nobody can
 * connect before the mode holds. What stands at the path is replaced only if nobody listens there. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/account.h"
#include "net/internal.h"

#define SUFFIX ".new"

static_assert(SL_SOCKET_PATH_BYTES_MAX + sizeof SUFFIX <=
                  sizeof(((struct sockaddr_un *)0)->sun_path),
              "the path and its suffix fit into a socket address");

static enum sl_err
refuse_errno(struct sl_diag *diag, const char *what, const char *path, int number)
{
    enum sl_err err = number == EACCES || number == EPERM ? SL_E_DENIED : SL_E_IO;
    return sl_refuse(diag, err, "socket", "%s %s: %s", what, path, strerror(number));
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    SL_ASSERT(len < sizeof address.sun_path);
    memcpy(address.sun_path, path, len);
    return address;
}

/* Does anyone accept connections there? A full backlog counts as someone. */
static bool is_alive(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return true; /* unknown: better to refuse than to take a socket away */
    }
    struct sockaddr_un address = address_of(path);
    int result = connect(fd, (const struct sockaddr *)&address, sizeof address);
    bool is_refused = result != 0 && (errno == ECONNREFUSED || errno == ENOENT);
    (void)close(fd); /* only asked */
    return !is_refused;
}

static enum sl_err check_length(const char *path, struct sl_diag *diag)
{
    return strlen(path) <= SL_SOCKET_PATH_BYTES_MAX
               ? SL_OK
               : sl_refuse(
                     diag, SL_E_INVALID_FIELD, "socket",
                     "a socket path has at most %u bytes, this one %zu: choose a shorter one with "
                     "--socket",
                     SL_SOCKET_PATH_BYTES_MAX, strlen(path));
}

static enum sl_err find_group(const char *name, gid_t *ret_group, struct sl_diag *diag)
{
    enum sl_err err = sl_account_find_group(name, ret_group);
    if (err == SL_E_NOT_FOUND) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "socket-group", "no such group: %s", name);
    }
    return err == SL_OK ? SL_OK : sl_refuse(diag, err, "socket-group", "cannot look up %s", name);
}

static enum sl_err check_group(const struct sl_server_options *options, struct sl_diag *diag)
{
    gid_t group;
    if ((options->socket_mode & S_IWGRP) == 0) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "socket-group",
                         "%s may not connect with --socket-mode %04o", options->socket_group,
                         options->socket_mode);
    }
    return find_group(options->socket_group, &group, diag);
}

enum sl_err sl_server_check(const struct sl_server_options *options, struct sl_diag *diag)
{
    enum sl_err err = check_length(options->socket_path, diag);
    return err == SL_OK && options->socket_group != NULL ? check_group(options, diag) : err;
}

static enum sl_err check_path(const char *path, struct sl_diag *diag)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno == ENOENT ? SL_OK : refuse_errno(diag, "cannot look at", path, errno);
    }
    if (!S_ISSOCK(info.st_mode)) {
        return sl_refuse(diag, SL_E_EXISTS, "socket",
                         "%s is no socket: remove it or choose another path with --socket", path);
    }
    if (is_alive(path)) {
        return sl_refuse(diag, SL_E_LOCKED, "socket",
                         "someone listens on %s: stop it or choose another path with --socket",
                         path);
    }
    return SL_OK;
}

static enum sl_err set_group(const char *path, const char *group, struct sl_diag *diag)
{
    if (group == NULL) {
        return SL_OK;
    }
    gid_t number = 0;
    enum sl_err err = find_group(group, &number, diag);
    if (err != SL_OK) {
        return err;
    }
    if (chown(path, (uid_t)-1, number) != 0) {
        return refuse_errno(diag, "cannot change the group of", path, errno);
    }
    return SL_OK;
}

/* Mode, group and final name of the socket just bound at `temporary`. */
static enum sl_err put_in_place(struct sl_socket_file *file,
                                const char *temporary,
                                const struct sl_server_options *options,
                                struct sl_diag *diag)
{
    if (chmod(temporary, options->socket_mode) != 0) {
        return refuse_errno(diag, "cannot set the mode of", temporary, errno);
    }
    enum sl_err err = set_group(temporary, options->socket_group, diag);
    if (err != SL_OK) {
        return err;
    }
    struct stat info;
    if (rename(temporary, file->path) != 0 || lstat(file->path, &info) != 0) {
        return refuse_errno(diag, "cannot make", file->path, errno);
    }
    file->device = info.st_dev;
    file->inode = info.st_ino;
    file->is_ours = true;
    return SL_OK;
}

enum sl_err sl_listener_bind(struct sl_socket_file *file,
                             const struct sl_server_options *options,
                             int *ret_fd,
                             struct sl_diag *diag)
{
    enum sl_err err = check_length(options->socket_path, diag);
    if (err == SL_OK) {
        err = check_path(options->socket_path, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    memcpy(file->path, options->socket_path, strlen(options->socket_path) + 1);
    char temporary[sizeof file->path + sizeof SUFFIX];
    (void)snprintf(temporary, sizeof temporary, "%s" SUFFIX, file->path); /* it fits */
    (void)unlink(temporary); /* left behind by a crash, or not there */

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return refuse_errno(diag, "cannot open a socket for", file->path, errno);
    }
    struct sockaddr_un address = address_of(temporary);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        err = refuse_errno(diag, "cannot make", temporary, errno);
    } else {
        err = put_in_place(file, temporary, options, diag);
    }
    if (err != SL_OK) {
        (void)unlink(temporary); /* if it is still there */
        (void)close(fd);         /* nobody has connected */
        return err;
    }
    *ret_fd = fd;
    return SL_OK;
}

void sl_listener_unlink(struct sl_socket_file *file)
{
    struct stat info;
    bool is_there = file->is_ours && lstat(file->path, &info) == 0;
    if (is_there && info.st_dev == file->device && info.st_ino == file->inode) {
        (void)unlink(file->path); /* a file left behind is replaced at the next start */
    }
    file->is_ours = false;
}
