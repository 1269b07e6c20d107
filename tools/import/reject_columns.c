/* Columns by name and place. */
#include "import/reject_columns.h"

const char *const sl_reject_columns[SL_REJECT_COLUMNS] = {"reject_file", "reject_line",
                                                          "reject_column", "reject_reason"};

bool sl_reject_is_ours(const struct sl_csv_table *table, size_t column)
{
    bool is_found = false;
    for (size_t i = 0; i < SL_REJECT_COLUMNS; i++) {
        is_found = is_found || sl_csv_column(table, sl_reject_columns[i]) == (int)column;
    }
    return is_found;
}

size_t sl_reject_own_count(const struct sl_csv_table *table)
{
    size_t count = table->header.field_count;
    bool is_found = count > SL_REJECT_COLUMNS;
    for (size_t i = 0; i < SL_REJECT_COLUMNS && is_found; i++) {
        is_found =
            sl_csv_column(table, sl_reject_columns[i]) == (int)(count - SL_REJECT_COLUMNS + i);
    }
    return is_found ? count - SL_REJECT_COLUMNS : 0;
}

bool sl_reject_is_note(const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    size_t own = sl_reject_own_count(table);
    bool is_note = own > 0 && row->field_count == table->header.field_count;
    for (size_t i = 0; i < own && is_note; i++) {
        is_note = sl_csv_cell(table, row, i)[0] == '\0';
    }
    return is_note;
}
