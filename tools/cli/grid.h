/* Rows and columns of an answer, printed as a table for people or as CSV for programs. Each cell has two texts: as
 * shown ("12.50%") and exact ("0.125000"). */
#ifndef SL_CLI_GRID_H
#define SL_CLI_GRID_H

#include "cli/cli.h"

enum sl_where { SL_IN_BOTH, SL_IN_TABLE, SL_IN_CSV };

struct sl_grid_column {
    const char *name;    /* in CSV; never changes */
    const char *heading; /* in tables */
    bool is_number;      /* right aligned */
    enum sl_where where;
};

struct sl_grid {
    const struct sl_grid_column *columns; /* borrowed */
    size_t column_count;
    char **cells; /* shown, exact, shown, exact, ...; owned */
    size_t cell_count, cell_capacity;
};

struct sl_grid sl_grid_start(const struct sl_grid_column *columns, size_t column_count);

/* The next cell, row after row; both texts are copied. NULL is empty. */
void sl_grid_put(struct sl_grid *grid, const char *shown, const char *exact);

/* The next cell, whose two texts are the same. */
void sl_grid_put_text(struct sl_grid *grid, const char *text);
void sl_grid_put_number(struct sl_grid *grid, uint64_t number);

/* To stdout. `output` is table or CSV; a table leaves out columns that are empty throughout. SL_E_IO, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_grid_print(const struct sl_grid *grid, enum sl_output output);

void sl_grid_free(struct sl_grid *grid);

#endif
