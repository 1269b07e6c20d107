/* The few calls by which the store changes files other than LMDB's, as a table: a test puts its own in front and makes the
 * n-th call fail. Each is the call of the same name and reports by errno. */
#ifndef SL_STORE_FILE_OPS_H
#define SL_STORE_FILE_OPS_H

#include <sys/types.h>
#include <sys/uio.h>

#include "sl/err.h"
#include "sl/stored/file.h"
#include "sl/types.h"

struct sl_file_ops {
    int (*open)(const struct sl_file_ops *ops, const char *path, int flags);
    ssize_t (*pwritev)(
        const struct sl_file_ops *ops, int fd, const struct iovec *parts, int count, off_t offset);
    int (*fdatasync)(const struct sl_file_ops *ops, int fd);
    int (*fsync)(const struct sl_file_ops *ops, int fd);
    int (*unlink)(const struct sl_file_ops *ops, const char *path);
    /* Blocks for the file's first `bytes`, also behind its end: neither what it holds nor its size changes. ENOTSUP where the file system
     * knows no such thing. */
    int (*reserve)(const struct sl_file_ops *ops, int fd, off_t bytes);
    /* Bytes that this user may still write to the file system of `path`. */
    int (*free_bytes)(const struct sl_file_ops *ops, const char *path, uint64_t *ret_bytes);
};

/* The system's. Static memory. */
const struct sl_file_ops *sl_file_ops_system(void);

/* Writes all parts, going on after a short write; changes `parts`. The error is that of errno, which still says why. */
SL_MUST_CHECK enum sl_err sl_file_write_all(
    const struct sl_file_ops *ops, int fd, struct iovec *parts, int count, off_t offset);

/* Reserves the file's first `bytes` and some more, as above, unless *reserved says that they are; or the file system cannot: SL_OK in either
 * case. SL_E_NO_SPACE: neither what the file holds nor its size has changed. The error is that of errno, which still says why. */
SL_MUST_CHECK enum sl_err
sl_file_reserve(const struct sl_file_ops *ops, int fd, uint64_t bytes, uint64_t *reserved);

#endif
