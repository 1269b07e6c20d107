/* The system's file calls, and the loop around a short write. */
#include "store/file_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FILE_MODE    0600
#define RESERVE_STEP ((uint64_t)256 * 1024)

static int system_open(const struct sl_file_ops *ops, const char *path, int flags)
{
    (void)ops;
    return open(path, flags | O_CLOEXEC, FILE_MODE);
}

static ssize_t system_pwritev(
    const struct sl_file_ops *ops, int fd, const struct iovec *parts, int count, off_t offset)
{
    (void)ops;
    return pwritev(fd, parts, count, offset);
}

static int system_fdatasync(const struct sl_file_ops *ops, int fd)
{
    (void)ops;
    return fdatasync(fd);
}

static int system_fsync(const struct sl_file_ops *ops, int fd)
{
    (void)ops;
    return fsync(fd);
}

static int system_unlink(const struct sl_file_ops *ops, const char *path)
{
    (void)ops;
    return unlink(path);
}

static int system_reserve(const struct sl_file_ops *ops, int fd, off_t bytes)
{
    (void)ops;
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, bytes);
}

static int system_free_bytes(const struct sl_file_ops *ops, const char *path, uint64_t *ret_bytes)
{
    (void)ops;
    struct statvfs fs;
    if (statvfs(path, &fs) != 0) {
        return -1;
    }
    *ret_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

const struct sl_file_ops *sl_file_ops_system(void)
{
    static const struct sl_file_ops ops = {
        .open = system_open,
        .pwritev = system_pwritev,
        .fdatasync = system_fdatasync,
        .fsync = system_fsync,
        .unlink = system_unlink,
        .reserve = system_reserve,
        .free_bytes = system_free_bytes,
    };
    return &ops;
}

/* Drops the first `written` bytes of the parts; gives how many parts are done with. */
static int skip_written(struct iovec *parts, int count, size_t written)
{
    int done = 0;
    while (done < count && written >= parts[done].iov_len) {
        written -= parts[done].iov_len;
        done++;
    }
    if (done < count) {
        parts[done].iov_base = (uint8_t *)parts[done].iov_base + written;
        parts[done].iov_len -= written;
    }
    return done;
}

enum sl_err sl_file_write_all(
    const struct sl_file_ops *ops, int fd, struct iovec *parts, int count, off_t offset)
{
    while (count > 0) {
        ssize_t written = ops->pwritev(ops, fd, parts, count, offset);
        if (written < 0 && errno == EINTR) {
            continue; /* nothing was written yet: not a failed write */
        }
        if (written < 0) {
            return sl_file_error(errno, "write", NULL);
        }
        if (written == 0) {
            errno = EIO;
            return SL_E_IO;
        }
        int done = skip_written(parts, count, (size_t)written);
        parts += done;
        count -= done;
        offset += written;
    }
    return SL_OK;
}

enum sl_err
sl_file_reserve(const struct sl_file_ops *ops, int fd, uint64_t bytes, uint64_t *reserved)
{
    if (bytes <= *reserved) {
        return SL_OK;
    }
    uint64_t end = (bytes + RESERVE_STEP - 1) / RESERVE_STEP * RESERVE_STEP;
    int failed;
    do {
        failed = ops->reserve(ops, fd, (off_t)end);
    } while (failed != 0 && errno == EINTR);
    if (failed != 0 && errno != ENOTSUP && errno != ENOSYS) {
        return sl_file_error(errno, "reserve", NULL);
    }
    *reserved = end;
    return SL_OK;
}
