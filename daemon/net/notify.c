/* A path begins with "/"; "@" stands for the zero byte of a name that is in no file system. */
#include "net/notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static enum sl_err refuse_errno(struct sl_diag *diag, const char *path)
{
    char text[128] = "";
    int code = errno;
    return sl_refuse(diag, SL_E_IO, "NOTIFY_SOCKET", "%s: %s", path,
                     strerror_r(code, text, sizeof text));
}

enum sl_err sl_notify(const char *path, const char *state, struct sl_diag *diag)
{
    if (path == NULL || path[0] == '\0') {
        return SL_OK;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len >= sizeof address.sun_path) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "NOTIFY_SOCKET",
                         "must be the path of a Unix socket, is \"%s\"", path);
    }
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return refuse_errno(diag, path);
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    enum sl_err err = sent < 0 ? refuse_errno(diag, path) : SL_OK;
    (void)close(fd); /* the datagram has gone, or not */
    return err;
}
