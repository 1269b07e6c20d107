/* Rows that an import refused, as a CSV file to be mended and imported again by the same mapping:
 *
 *     original columns, reject_file, reject_line, reject_column, reject_reason
 *     the bytes of a row as they were,"rows.csv","7","amount","is no number"
 *     "","",...,"rows.csv","9","","a quoted field begins here and the file ends inside it"
 *     the bytes of the file from that row to its end
 *
 * (1) What is written of a row is what was read of it, byte for byte, but for the four columns that an earlier run has added: they are replaced.
 *     Only where they stand elsewhere than at the end, the other fields are written anew.
 * (2) Of a quote that is left open nobody knows where its row ends. All from that row on is kept, as the last in the file, behind a note that
 *     says why. Notes are passed over when the file is imported.
 * (3) What is kept so lacks the four columns. Its rows are taken without them, once the quote is mended.
 * (4) A row of the wrong number of fields keeps what it has, an earlier reason too, and stays of a wrong number. */
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
