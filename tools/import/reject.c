/* Writing refused rows. */
#include "import/reject.h"

#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is added to the original columns. */
static const char *const columns[] = {"reject_file", "reject_line", "reject_column",
                                      "reject_reason"};
#define COLUMNS (sizeof columns / sizeof columns[0])

/* Does `path` name the regular file that `reject` is? */
static bool is_same(const struct stat *reject, const char *path)
{
    struct stat found;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &found) : stat(path, &found);
    return failed == 0 && S_ISREG(found.st_mode) && found.st_dev == reject->st_dev &&
           found.st_ino == reject->st_ino;
}

static bool
is_read(const struct sl_import *import, const char *mapping_path, const struct stat *reject)
{
    bool is_found = is_same(reject, mapping_path);
    for (size_t i = 0; i < import->file_count && !is_found; i++) {
        is_found = is_same(reject, import->files[i].path);
    }
    for (size_t i = 0; i < import->lookup_count && !is_found; i++) {
        is_found = is_same(reject, import->lookups[i].table.path);
    }
    return is_found;
}

enum sl_err sl_reject_open(const struct sl_import *import,
                           const char *mapping_path,
                           const char *path,
                           FILE **ret_file,
                           struct sl_diag *diag)
{
    struct stat there;
    if (stat(path, &there) == 0 && is_read(import, mapping_path, &there)) {
        return sl_refuse(diag, SL_E_USAGE, "", "--reject %s is a file that is read; name another",
                         path);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (file == NULL && fd >= 0) {
        (void)close(fd); /* nothing was written */
    }
    if (file == NULL) {
        return sl_refuse(diag, SL_E_IO, "", "%s: cannot be written", path);
    }
    *ret_file = file;
    return SL_OK;
}

/* A line of the reject file; counts its fields. */
struct line {
    FILE *out;
    char delimiter;
    size_t count;
    bool is_written;
};

static void put(struct line *line, const char *text)
{
    bool is_first = line->count++ == 0;
    line->is_written = line->is_written && (is_first || fputc(line->delimiter, line->out) != EOF) &&
                       csv_fwrite(line->out, text, strlen(text)) == 0;
}

/* Is it one of the columns that an earlier run has added? */
static bool is_ours(const struct sl_csv_table *table, size_t column)
{
    bool is_found = false;
    for (size_t i = 0; i < COLUMNS; i++) {
        is_found = is_found || sl_csv_column(table, columns[i]) == (int)column;
    }
    return is_found;
}

/* The fields of the original columns. */
static void
put_fields(struct line *line, const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (!is_ours(table, i)) {
            put(line, sl_csv_cell(table, row, i));
        }
    }
}

static void put_header(struct line *line, const struct sl_csv_table *table)
{
    put_fields(line, table, &table->header);
    for (size_t i = 0; i < COLUMNS; i++) {
        put(line, columns[i]);
    }
}

static void put_reason(struct line *line,
                       const struct sl_csv_table *table,
                       const struct sl_import_refusal *refusal)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%zu", table->rows[refusal->row].line); /* fits */
    put(line, table->path);
    put(line, number);
    put(line, refusal->diag.field);
    put(line, refusal->diag.message);
}

/* A row of another number of fields than the header, or one that broke off: it is not known which field is missing or too many. All
 * that it has is kept, an earlier reason too, and its number of fields stays wrong, so that it is refused until it is mended. */
static void
put_ragged(struct line *line, const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        put(line, sl_csv_cell(table, row, i));
    }
}

static void put_refusal(struct line *line,
                        const struct sl_import *import,
                        const struct sl_import_refusal *refusal,
                        size_t width)
{
    const struct sl_csv_table *table = &import->files[refusal->file];
    const struct sl_csv_row *row = &table->rows[refusal->row];
    bool is_broken = table->is_cut && refusal->row == table->row_count - 1;
    bool is_ragged = is_broken || row->field_count != table->header.field_count;
    if (!is_ragged) {
        put_fields(line, table, row);
        put_reason(line, table, refusal);
        return;
    }
    put_ragged(line, table, row);
    if (sl_csv_column(table, columns[0]) < 0) {
        put_reason(line, table, refusal);
    }
    if (line->count == width) {
        put(line, "");
    }
}

static bool end_line(const struct line *line)
{
    return line->is_written && fputs("\r\n", line->out) != EOF;
}

static bool write_all(const struct sl_import *import, FILE *out)
{
    char delimiter = import->mapping.delimiter;
    struct line header = {.out = out, .delimiter = delimiter, .is_written = true};
    put_header(&header, &import->files[import->refusals[0].file]);
    bool is_written = end_line(&header);
    for (size_t i = 0; i < import->refusal_count && is_written; i++) {
        struct line line = {.out = out, .delimiter = delimiter, .is_written = true};
        put_refusal(&line, import, &import->refusals[i], header.count);
        is_written = end_line(&line);
    }
    return is_written;
}

/* Empties a regular file; a pipe or a terminal has nothing to be emptied of. */
static bool empty(FILE *out)
{
    struct stat found;
    return fstat(fileno(out), &found) == 0 &&
           (!S_ISREG(found.st_mode) || ftruncate(fileno(out), 0) == 0);
}

enum sl_err sl_reject_write(const struct sl_import *import, FILE *file)
{
    bool is_written = empty(file) && (import->refusal_count == 0 || write_all(import, file));
    bool is_closed = fclose(file) == 0;
    return is_written && is_closed ? SL_OK : SL_E_IO;
}
