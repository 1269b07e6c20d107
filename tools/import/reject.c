/* Writing refused rows. */
#include "import/reject.h"

#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/reject_columns.h"

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
    SL_ASSERT(import->keeps_refusals);
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

/* The fields of the original columns, written anew. */
static void
put_fields(struct line *line, const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    for (size_t i = 0; i < row->field_count; i++) {
        if (!sl_reject_is_ours(table, i)) {
            put(line, sl_csv_cell(table, row, i));
        }
    }
}

/* Bytes that hold so many fields. */
static void put_raw(struct line *line, struct sl_slice raw, size_t count)
{
    line->count += count;
    line->is_written = line->is_written && fwrite(raw.data, 1, raw.len, line->out) == raw.len;
}

/* The beginning of a row that holds its first fields, of which there are more. */
static struct sl_slice first_fields(struct sl_slice raw, char delimiter, size_t count)
{
    bool is_quoted = false;
    size_t at = 0;
    for (; at < raw.len; at++) {
        char c = (char)raw.data[at];
        is_quoted = is_quoted != (c == '"');
        count -= c == delimiter && !is_quoted ? 1 : 0;
        if (count == 0) {
            break;
        }
    }
    return (struct sl_slice){raw.data, at};
}

static void put_header(struct line *line, const struct sl_csv_table *table)
{
    put_fields(line, table, &table->header);
    for (size_t i = 0; i < SL_REJECT_COLUMNS; i++) {
        put(line, sl_reject_columns[i]);
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

static bool has_our_columns(const struct sl_csv_table *table)
{
    return sl_csv_column(table, sl_reject_columns[0]) >= 0;
}

/* A row of as many fields as the header, or without the columns that an earlier run has added to it. */
static void
put_row(struct line *line, const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    struct sl_slice raw = sl_csv_raw(table, row);
    size_t own = sl_reject_own_count(table);
    if (!has_our_columns(table) || row->field_count == own) {
        put_raw(line, raw, row->field_count);
    } else if (own > 0) {
        put_raw(line, first_fields(raw, line->delimiter, own), own);
    } else {
        put_fields(line, table, row);
    }
}

/* A row of another number of fields: it is not known which field is missing or too many. All that it has is kept, an earlier reason
 * too, and its number of fields stays wrong, so that it is refused until it is mended. `width` is that of the header. */
static void put_ragged(struct line *line,
                       const struct sl_csv_table *table,
                       const struct sl_import_refusal *refusal,
                       size_t width)
{
    const struct sl_csv_row *row = &table->rows[refusal->row];
    put_raw(line, sl_csv_raw(table, row), row->field_count);
    if (!has_our_columns(table)) {
        put_reason(line, table, refusal);
    }
    while (line->count == width || line->count == width - SL_REJECT_COLUMNS) {
        put(line, "");
    }
}

static void put_note(struct line *line,
                     const struct sl_csv_table *table,
                     const struct sl_import_refusal *refusal,
                     size_t width)
{
    while (line->count < width - SL_REJECT_COLUMNS) {
        put(line, "");
    }
    put_reason(line, table, refusal);
}

static bool is_broken(const struct sl_import *import, const struct sl_import_refusal *refusal)
{
    const struct sl_csv_table *table = &import->files[refusal->file];
    return table->is_cut && refusal->row == table->row_count - 1;
}

static void put_refusal(struct line *line,
                        const struct sl_import *import,
                        const struct sl_import_refusal *refusal,
                        size_t width)
{
    const struct sl_csv_table *table = &import->files[refusal->file];
    const struct sl_csv_row *row = &table->rows[refusal->row];
    if (is_broken(import, refusal)) {
        put_note(line, table, refusal, width);
    } else if (row->field_count == table->header.field_count ||
               row->field_count == sl_reject_own_count(table)) {
        put_row(line, table, row);
        put_reason(line, table, refusal);
    } else {
        put_ragged(line, table, refusal, width);
    }
}

static bool end_line(const struct line *line)
{
    return line->is_written && fputs("\r\n", line->out) != EOF;
}

/* What is left of a file that was cut, with a line's end behind it. */
static bool write_tail(const struct sl_csv_table *table, FILE *out)
{
    struct sl_slice raw = sl_csv_raw(table, &table->rows[table->row_count - 1]);
    bool is_ended = raw.len > 0 && raw.data[raw.len - 1] == '\n';
    return fwrite(raw.data, 1, raw.len, out) == raw.len && (is_ended || fputs("\r\n", out) != EOF);
}

/* Those that are whole, or those that were cut. */
static bool write_some(const struct sl_import *import, FILE *out, size_t width, bool is_cut)
{
    bool is_written = true;
    for (size_t i = 0; i < import->refusal_count && is_written; i++) {
        const struct sl_import_refusal *refusal = &import->refusals[i];
        struct line line = {.out = out, .delimiter = import->mapping.delimiter, .is_written = true};
        if (is_broken(import, refusal) != is_cut) {
            continue;
        }
        put_refusal(&line, import, refusal, width);
        is_written = end_line(&line) && (!is_cut || write_tail(&import->files[refusal->file], out));
    }
    return is_written;
}

static bool write_all(const struct sl_import *import, FILE *out)
{
    struct line header = {.out = out, .delimiter = import->mapping.delimiter, .is_written = true};
    put_header(&header, &import->files[import->refusals[0].file]);
    return end_line(&header) && write_some(import, out, header.count, false) &&
           write_some(import, out, header.count, true);
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
