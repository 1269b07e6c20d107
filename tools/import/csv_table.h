/* One CSV file in memory: RFC 4180 as spreadsheets and CRMs write it.
 *
 *     BOM? header line            names of the columns, unique, not empty
 *     row, row, ...               each remembers the line of the file it starts on; quoted newlines count as lines
 *
 * CRLF, LF and CR end a line; blank lines and rows of only empty fields are passed over. Fields lose the blanks around
 * them. A row may have another number of fields than the header: the reader of rows decides what that means.
 *
 * A quote that is left open, or stands where none may, leaves it open what is a row from there on. The rows before it are fine: the
 * table is then cut, and its last row is what could be read of the broken one. Its line is that on which the broken field begins.
 *
 * With keeps_raw the bytes of the file stay beside that, so that a row can be given back as it was: sl_csv_raw. */
#ifndef SL_IMPORT_CSV_TABLE_H
#define SL_IMPORT_CSV_TABLE_H

#include <jansson.h>

#include "sl/err.h"
#include "sl/limits.h"

struct sl_csv_row {
    size_t line;        /* where it starts in the file, from 1 */
    size_t first_cell;  /* index into `cells` */
    size_t field_count; /* may differ from the header's */
    size_t raw_begin;   /* in the file behind its byte order mark */
    size_t raw_size;    /* to the end of its last line; of a broken row to the end of the file */
};

struct sl_csv_table {
    char *path;  /* as given; owned */
    char *bytes; /* every field, NUL-terminated; owned */
    size_t byte_count, byte_capacity;
    size_t *cells; /* offsets into `bytes`; owned */
    size_t cell_count, cell_capacity;
    struct sl_csv_row header;
    struct sl_csv_row *rows; /* owned */
    size_t row_count, row_capacity;
    char *raw; /* the file behind its byte order mark; NULL without keeps_raw; owned */
    size_t raw_count, raw_capacity;
    bool is_cut;        /* the last row is broken, and what follows it was not read */
    struct sl_diag cut; /* why */
    json_t *index;      /* column name -> number; owned */
};

struct sl_csv_options {
    char delimiter;
    bool keeps_raw;
    size_t rows_max; /* 0: SL_CSV_ROWS_MAX */
};

/* Reads a whole file ("-": standard input). SL_E_IO, SL_E_TOO_BIG, SL_E_MALFORMED with `diag` naming file and line; a file that is cut
 * behind its header is no failure. On failure there is nothing to close. */
SL_MUST_CHECK enum sl_err sl_csv_open(const char *path,
                                      const struct sl_csv_options *options,
                                      struct sl_csv_table *ret_table,
                                      struct sl_diag *diag);

/* For readers that cannot use a part: refuses a cut table, naming file and line. SL_E_MALFORMED. */
SL_MUST_CHECK enum sl_err sl_csv_check_whole(const struct sl_csv_table *table,
                                             struct sl_diag *diag);

/* Accepts a zeroed table. */
void sl_csv_close(struct sl_csv_table *table);

/* Number of the column called `name`, or -1. */
int sl_csv_column(const struct sl_csv_table *table, const char *name);

/* Text of a field; lives as long as the table. NULL beyond the row's last field. */
const char *
sl_csv_cell(const struct sl_csv_table *table, const struct sl_csv_row *row, size_t column);

/* The bytes of a row as they are in the file, without the end of its last line; a broken row is all that is left of the file. For tables
 * with keeps_raw. */
struct sl_slice sl_csv_raw(const struct sl_csv_table *table, const struct sl_csv_row *row);

#endif
