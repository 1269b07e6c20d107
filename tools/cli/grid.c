/* Printing rows: libsmartcols lays out tables, libcsv quotes fields. */
#include "cli/grid.h"

#include <csv.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"

struct sl_grid sl_grid_start(const struct sl_grid_column *columns, size_t column_count)
{
    return (struct sl_grid){.columns = columns, .column_count = column_count};
}

static void put_one(struct sl_grid *grid, const char *text)
{
    const char *given = text == NULL ? "" : text;
    grid->cells =
        sl_tool_grow(grid->cells, grid->cell_count, &grid->cell_capacity, sizeof *grid->cells);
    grid->cells[grid->cell_count++] = sl_tool_dup(given, strlen(given));
}

void sl_grid_put(struct sl_grid *grid, const char *shown, const char *exact)
{
    put_one(grid, shown);
    put_one(grid, exact);
}

void sl_grid_put_text(struct sl_grid *grid, const char *text)
{
    sl_grid_put(grid, text, text);
}

void sl_grid_put_number(struct sl_grid *grid, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number); /* 20 digits fit */
    sl_grid_put_text(grid, text);
}

static size_t row_count(const struct sl_grid *grid)
{
    return grid->cell_count / (2 * grid->column_count);
}

static const char *cell(const struct sl_grid *grid, size_t row, size_t column, bool is_exact)
{
    return grid->cells[2 * (row * grid->column_count + column) + is_exact];
}

/* Is the column worth its width in a table? Columns without any text are left out. */
static bool is_shown(const struct sl_grid *grid, size_t column)
{
    size_t rows = row_count(grid);
    bool has_text = rows == 0;
    for (size_t row = 0; row < rows && !has_text; row++) {
        has_text = cell(grid, row, column, false)[0] != '\0';
    }
    return has_text && grid->columns[column].where != SL_IN_CSV;
}

/* A table column for each shown column of the grid; NULL for the others. */
static enum sl_err fill_columns(const struct sl_grid *grid,
                                struct libscols_table *table,
                                struct libscols_column **ret_columns)
{
    for (size_t i = 0; i < grid->column_count; i++) {
        if (!is_shown(grid, i)) {
            continue;
        }
        int flags = grid->columns[i].is_number ? SCOLS_FL_RIGHT : 0;
        ret_columns[i] = scols_table_new_column(table, grid->columns[i].heading, 0, flags);
        if (ret_columns[i] == NULL) {
            return SL_E_NO_MEMORY;
        }
    }
    return SL_OK;
}

static enum sl_err fill_row(const struct sl_grid *grid,
                            struct libscols_table *table,
                            size_t row,
                            struct libscols_column *const *columns)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);
    if (line == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < grid->column_count; i++) {
        const char *text = cell(grid, row, i, false);
        if (columns[i] != NULL && scols_line_set_column_data(line, columns[i], text) != 0) {
            return SL_E_NO_MEMORY;
        }
    }
    return SL_OK;
}

static enum sl_err print_table(const struct sl_grid *grid)
{
    struct libscols_table *table = scols_new_table();
    if (table == NULL) {
        return SL_E_NO_MEMORY;
    }
    struct libscols_column **columns = sl_tool_alloc(grid->column_count, sizeof(void *));
    (void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER); /* fails only without a table */
    enum sl_err err = fill_columns(grid, table, columns);
    for (size_t row = 0; row < row_count(grid) && err == SL_OK; row++) {
        err = fill_row(grid, table, row, columns);
    }
    if (err == SL_OK && scols_print_table(table) != 0) {
        err = SL_E_IO;
    }
    free(columns);
    scols_unref_table(table);
    return err;
}

static bool print_csv_row(const struct sl_grid *grid, size_t row, bool is_header)
{
    bool is_first = true;
    bool is_written = true;
    for (size_t i = 0; i < grid->column_count && is_written; i++) {
        if (grid->columns[i].where == SL_IN_TABLE) {
            continue;
        }
        const char *text = is_header ? grid->columns[i].name : cell(grid, row, i, true);
        bool needs_quotes = text[strcspn(text, ",\"\r\n")] != '\0';
        is_written = is_first || putchar(',') != EOF;
        is_written = is_written && (needs_quotes ? csv_fwrite(stdout, text, strlen(text)) == 0
                                                 : fputs(text, stdout) != EOF);
        is_first = false;
    }
    return is_written && fputs("\r\n", stdout) != EOF;
}

static enum sl_err print_csv(const struct sl_grid *grid)
{
    bool is_written = print_csv_row(grid, 0, true);
    for (size_t row = 0; row < row_count(grid) && is_written; row++) {
        is_written = print_csv_row(grid, row, false);
    }
    return is_written ? SL_OK : SL_E_IO;
}

enum sl_err sl_grid_print(const struct sl_grid *grid, enum sl_output output)
{
    if (output == SL_OUTPUT_CSV) {
        return print_csv(grid);
    }
    if (grid->cell_count == 0) {
        (void)fputs("nothing found\n", stderr); /* for people only; the answer is empty */
        return SL_OK;
    }
    return print_table(grid);
}

void sl_grid_free(struct sl_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++) {
        free(grid->cells[i]);
    }
    free(grid->cells);
    *grid = (struct sl_grid){0};
}
