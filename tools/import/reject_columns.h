/* The columns that --reject adds, as they are found in a file that is imported again. */
#ifndef SL_IMPORT_REJECT_COLUMNS_H
#define SL_IMPORT_REJECT_COLUMNS_H

#include "import/csv_table.h"

#define SL_REJECT_COLUMNS 4u

extern const char *const sl_reject_columns[SL_REJECT_COLUMNS];

/* Is it one of them? */
bool sl_reject_is_ours(const struct sl_csv_table *table, size_t column);

/* Of a file with all four as its last columns, the number of those before; otherwise 0. */
size_t sl_reject_own_count(const struct sl_csv_table *table);

/* Is the row a note that says why a file was cut? */
bool sl_reject_is_note(const struct sl_csv_table *table, const struct sl_csv_row *row);

#endif
