/* Does a CSV file have every column that a mapping reads? Asked once per file, so that a wrong file is one message and not one
 * per row. */
#ifndef SL_IMPORT_CHECK_H
#define SL_IMPORT_CHECK_H

#include "import/import.h"

/* SL_E_MISSING_FIELD naming the file, the column and who reads it. Lookups must be open. */
SL_MUST_CHECK enum sl_err sl_import_check_columns(const struct sl_import *import,
                                                  const struct sl_csv_table *table,
                                                  struct sl_diag *diag);

#endif
