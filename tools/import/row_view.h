/* What a value rule can see while one row is mapped: the row's columns, the extra column of a repeated event, and the
 * files that lookups open. */
#ifndef SL_IMPORT_ROW_VIEW_H
#define SL_IMPORT_ROW_VIEW_H

#include "import/csv_table.h"

/* Another CSV file and which of its rows has which key. */
struct sl_lookup {
    const char *name;
    struct sl_csv_table table;
    json_t *rows; /* key text -> row number; owned */
};

struct sl_row_view {
    const struct sl_csv_table *table;
    const struct sl_csv_row *row;
    const char *repeat_as; /* NULL: no extra column */
    const char *repeat_value;
    const struct sl_lookup *lookups;
    size_t lookup_count;
};

/* Text of a column, lives as long as the table. NULL if there is no such column. */
const char *sl_row_view_text(const struct sl_row_view *view, const char *column);

/* Text of `column` in the row of the lookup that has `key`. NULL if there is no such lookup, column or key. */
const char *sl_row_view_look_up(const struct sl_row_view *view,
                                const char *lookup,
                                const char *key,
                                const char *column);

/* Reads a lookup's file. A key that occurs twice is SL_E_MALFORMED. Errors otherwise as sl_csv_open(). */
SL_MUST_CHECK enum sl_err sl_lookup_open(const char *path,
                                         const char *key_column,
                                         struct sl_lookup *ret_lookup,
                                         struct sl_diag *diag);
void sl_lookup_close(struct sl_lookup *lookup);

#endif
