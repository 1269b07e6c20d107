/* Reading and writing a descriptor to the end, and the one place where errno of a file becomes an error of ours. */
#ifndef SL_STORED_FILE_H
#define SL_STORED_FILE_H

#include "sl/err.h"
#include "sl/types.h"

/* The error of errno, with "what: text" as its detail: SL_E_NO_SPACE, SL_E_NO_MEMORY, SL_E_IO. */
enum sl_err sl_file_error(int code, const char *what, struct sl_diag *diag);

/* All bytes, going on after a short write. */
SL_MUST_CHECK enum sl_err
sl_file_write(int fd, struct sl_slice bytes, const char *what, struct sl_diag *diag);

/* `size` bytes, or as many as there are before the end: *ret_len. */
SL_MUST_CHECK enum sl_err
sl_file_read(int fd, uint8_t *buf, size_t size, size_t *ret_len, struct sl_diag *diag);

#endif
