/* Rows that an import refused, as a CSV file to be mended and imported again: the original columns, then `reject_file`,
 * `reject_line`, `reject_column` and `reject_reason`. */
#ifndef SL_IMPORT_REJECT_H
#define SL_IMPORT_REJECT_H

#include "import/import.h"

/* The header is the first file's that has a refused row. SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_reject_write(const struct sl_import *import, const char *path);

#endif
