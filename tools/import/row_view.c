/* Columns by name, and lookups in other files. */
#include "import/row_view.h"

#include <string.h>

const char *sl_row_view_text(const struct sl_row_view *view, const char *column)
{
    if (view->repeat_as != NULL && strcmp(view->repeat_as, column) == 0) {
        return view->repeat_value;
    }
    int number = sl_csv_column(view->table, column);
    return number < 0 ? NULL : sl_csv_cell(view->table, view->row, (size_t)number);
}

static const struct sl_lookup *find(const struct sl_row_view *view, const char *name)
{
    for (size_t i = 0; i < view->lookup_count; i++) {
        if (strcmp(view->lookups[i].name, name) == 0) {
            return &view->lookups[i];
        }
    }
    return NULL;
}

const char *sl_row_view_look_up(const struct sl_row_view *view,
                                const char *lookup,
                                const char *key,
                                const char *column)
{
    const struct sl_lookup *found = find(view, lookup);
    const json_t *row = found == NULL ? NULL : json_object_get(found->rows, key);
    int number = found == NULL ? -1 : sl_csv_column(&found->table, column);
    if (row == NULL || number < 0) {
        return NULL;
    }
    return sl_csv_cell(&found->table, &found->table.rows[json_integer_value(row)], (size_t)number);
}

static enum sl_err index_rows(struct sl_lookup *lookup, size_t key_column, struct sl_diag *diag)
{
    for (size_t i = 0; i < lookup->table.row_count; i++) {
        const struct sl_csv_row *row = &lookup->table.rows[i];
        const char *key = sl_csv_cell(&lookup->table, row, key_column);
        if (key == NULL || json_object_get(lookup->rows, key) != NULL ||
            json_object_set_new(lookup->rows, key, json_integer((json_int_t)i)) != 0) {
            return sl_refuse(diag, SL_E_MALFORMED, "",
                             "%s:%zu: the key is missing, not UTF-8 or there twice",
                             lookup->table.path, row->line);
        }
    }
    return SL_OK;
}

enum sl_err sl_lookup_open(const char *path,
                           const char *key_column,
                           struct sl_lookup *ret_lookup,
                           struct sl_diag *diag)
{
    struct sl_lookup lookup = {.name = ret_lookup->name};
    const struct sl_csv_options options = {.delimiter = ','};
    enum sl_err err = sl_csv_open(path, &options, &lookup.table, diag);
    if (err != SL_OK) {
        return err;
    }
    lookup.rows = json_object();
    int key = sl_csv_column(&lookup.table, key_column);
    err = sl_csv_check_whole(&lookup.table, diag);
    if (err == SL_OK && key < 0) {
        err = sl_refuse(diag, SL_E_MISSING_FIELD, "", "%s: no column is called \"%s\"", path,
                        key_column);
    } else if (err == SL_OK) {
        err = index_rows(&lookup, (size_t)key, diag);
    }
    if (err != SL_OK) {
        sl_lookup_close(&lookup);
        return err;
    }
    *ret_lookup = lookup;
    return SL_OK;
}

void sl_lookup_close(struct sl_lookup *lookup)
{
    sl_csv_close(&lookup->table);
    json_decref(lookup->rows);
    lookup->rows = NULL;
}
