/* Rows that an import refused, as a CSV file to be mended and imported again by the same mapping: the original columns, then
 * `reject_file`, `reject_line`, `reject_column` and `reject_reason`, in place of those that an earlier
 * run has added. A row of the wrong number of fields keeps what it has and stays of a wrong number. */
#ifndef SL_IMPORT_REJECT_H
#define SL_IMPORT_REJECT_H

#include <stdio.h>

#include "import/import.h"

/* Opens the file before anything is sent, so that a path that cannot be written is noticed in time. What is in the file stays until
 * sl_reject_write(). Owned by the caller. SL_E_USAGE: it is one of the files that the import reads. SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_reject_open(const struct sl_import *import,
                                         const char *mapping_path,
                                         const char *path,
                                         FILE **ret_file,
                                         struct sl_diag *diag);

/* Writes all refused rows in place of what the file held, and closes it. The header is the first file's: with keeps_refusals all have
 * the same columns. SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_reject_write(const struct sl_import *import, FILE *file);

#endif
