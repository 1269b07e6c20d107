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
    /* Bytes that this user may still write to the file system of `path`. */
    int (*free_bytes)(const struct sl_file_ops *ops, const char *path, uint64_t *ret_bytes);
};

/* The system's. Static memory. */
const struct sl_file_ops *sl_file_ops_system(void);

/* Writes all parts, going on after a short write; changes `parts`. The error is that of errno, which still says why. */
SL_MUST_CHECK enum sl_err sl_file_write_all(
    const struct sl_file_ops *ops, int fd, struct iovec *parts, int count, off_t offset);

#endif
