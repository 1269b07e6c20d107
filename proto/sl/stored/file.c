/* Short reads and writes go on, a signal is no failure. */
#include "sl/stored/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum sl_err sl_file_error(int code, const char *what, struct sl_diag *diag)
{
    enum sl_err err = SL_E_IO;
    if (code == ENOSPC || code == EDQUOT) {
        err = SL_E_NO_SPACE;
    } else if (code == ENOMEM) {
        err = SL_E_NO_MEMORY;
    }
    char text[128] = "";
    const char *words = strerror_r(code, text, sizeof text);
    return sl_refuse(diag, err, "", "%s: %s", what, words);
}

enum sl_err sl_file_write(int fd, struct sl_slice bytes, const char *what, struct sl_diag *diag)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return sl_file_error(errno, what, diag);
        }
        bytes.data += written;
        bytes.len -= (size_t)written;
    }
    return SL_OK;
}

enum sl_err sl_file_read(int fd, uint8_t *buf, size_t size, size_t *ret_len, struct sl_diag *diag)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(fd, buf + len, size - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return sl_file_error(errno, "read", diag);
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    *ret_len = len;
    return SL_OK;
}
