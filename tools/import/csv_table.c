/* Reading a CSV file into memory: libcsv splits fields and rows, this file counts lines and keeps the limits. */
#include "import/csv_table.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"

#define CHUNK_BYTES         65536u
#define PARSER_GROWTH_BYTES 4096u /* libcsv grows its field buffer by this; its own 128 is slow */

struct loader {
    struct sl_csv_table *table;
    struct sl_diag *diag;
    struct sl_csv_row row; /* being gathered */
    size_t rows_max;
    bool keeps_raw;
    size_t raw_read;   /* bytes of the file up to the end of what is being parsed */
    size_t line;       /* of the bytes being parsed */
    size_t field_line; /* on which the field being parsed begins */
    size_t row_bytes;  /* since the row began */
    bool has_header;
    bool is_row_blank;
    bool ends_in_cr; /* what was fed last: a line feed that follows ends no line of its own */
    enum sl_err err; /* the first failure; callbacks do nothing after it */
};

static enum sl_err refuse(struct loader *l, enum sl_err err, const char *rule)
{
    l->err = sl_refuse(l->diag, err, "", "%s:%zu: %s", l->table->path, l->line, rule);
    return l->err;
}

/* What follows cannot be told apart into rows; `cut` is written already. */
static enum sl_err cut_here(struct loader *l, size_t line)
{
    l->table->is_cut = true;
    l->row.line = line;
    l->err = SL_E_MALFORMED;
    return l->err;
}

static enum sl_err cut_at_quote(struct loader *l)
{
    struct sl_diag *cut = &l->table->cut;
    if (l->field_line < l->line) {
        (void)sl_refuse(cut, SL_E_MALFORMED, "",
                        "a quoted field begins here and goes on to a quote on line %zu that is not "
                        "doubled",
                        l->line); /* kept in l->err */
    } else {
        (void)sl_refuse(
            cut, SL_E_MALFORMED, "",
            "a quote inside a field must be doubled and the field quoted"); /* the same */
    }
    return cut_here(l, l->field_line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Drops blanks around a field; libcsv does so only outside quotes. */
static const char *trim(const char *text, size_t *len)
{
    while (*len > 0 && is_blank(text[*len - 1])) {
        --*len;
    }
    while (*len > 0 && is_blank(*text)) {
        text++;
        --*len;
    }
    return text;
}

/* libcsv calls this at the end of each field. */
static void on_field(void *data, size_t len, void *context)
{
    struct loader *l = context;
    const char *text = trim(data, &len);
    if (l->err != SL_OK) {
        return;
    }
    if (len > SL_CSV_FIELD_BYTES_MAX || l->row.field_count == SL_CSV_COLUMNS_MAX) {
        (void)refuse(
            l, SL_E_TOO_BIG,
            "a field has over 65536 bytes or the row over 512 fields"); /* kept in l->err */
        return;
    }
    if (memchr(text, 0, len) != NULL) {
        (void)refuse(l, SL_E_MALFORMED,
                     "a NUL byte; save the file as UTF-8 CSV"); /* kept in l->err */
        return;
    }
    struct sl_csv_table *t = l->table;
    while (t->byte_count + len + 1 > t->byte_capacity) {
        t->bytes = sl_tool_grow(t->bytes, t->byte_capacity, &t->byte_capacity, 1);
    }
    t->cells = sl_tool_grow(t->cells, t->cell_count, &t->cell_capacity, sizeof *t->cells);
    t->cells[t->cell_count++] = t->byte_count;
    memcpy(t->bytes + t->byte_count, text, len);
    t->bytes[t->byte_count + len] = '\0';
    t->byte_count += len + 1;
    l->row.field_count++;
    l->field_line = l->line; /* of the next one, if the row goes on */
    l->is_row_blank = l->is_row_blank && len == 0;
}

static void start_row(struct loader *l)
{
    l->row = (struct sl_csv_row){.line = l->line, .first_cell = l->table->cell_count};
    l->row_bytes = 0;
    l->is_row_blank = true;
}

static void keep_row(struct loader *l)
{
    struct sl_csv_table *t = l->table;
    l->row.raw_size = l->raw_read - l->row.raw_begin;
    t->rows = sl_tool_grow(t->rows, t->row_count, &t->row_capacity, sizeof *t->rows);
    t->rows[t->row_count++] = l->row;
}

static enum sl_err take_header(struct loader *l)
{
    struct sl_csv_table *t = l->table;
    t->header = l->row;
    l->has_header = true;
    for (size_t i = 0; i < t->header.field_count; i++) {
        const char *name = sl_csv_cell(t, &t->header, i);
        if (name[0] == '\0') {
            continue; /* spreadsheets leave nameless columns at the right edge; nothing can refer to them */
        }
        if (json_object_get(t->index, name) != NULL) {
            return refuse(l, SL_E_MALFORMED, "two columns have the same name");
        }
        if (json_object_set_new(t->index, name, json_integer((json_int_t)i)) != 0) {
            return refuse(l, SL_E_MALFORMED, "the header is not UTF-8; save the file as UTF-8 CSV");
        }
    }
    return SL_OK;
}

/* libcsv calls this at the end of each row. */
static void on_row(int terminator, void *context)
{
    (void)terminator; /* every way to end a row is equal */
    struct loader *l = context;
    if (l->err != SL_OK) {
        return;
    }
    struct sl_csv_table *t = l->table;
    if (l->is_row_blank) {
        t->cell_count = l->row.first_cell;
    } else if (!l->has_header) {
        (void)take_header(l); /* kept in l->err */
    } else if (t->row_count == l->rows_max) {
        l->err = sl_refuse(l->diag, SL_E_TOO_BIG, "", "%s:%zu: over %zu rows; split the file",
                           t->path, l->line, l->rows_max);
    } else {
        keep_row(l);
    }
    start_row(l);
}

/* Feeds one line, or the part of it that a chunk holds. */
static enum sl_err feed(struct loader *l, struct csv_parser *parser, const char *bytes, size_t len)
{
    if (l->row_bytes == 0) {
        l->row.line = l->field_line = l->line;
        l->row.raw_begin = l->raw_read;
    }
    l->row_bytes += len;
    l->raw_read += len;
    if (l->row_bytes > SL_CSV_ROW_BYTES_MAX) {
        (void)sl_refuse(&l->table->cut, SL_E_TOO_BIG, "",
                        "a row has over %u bytes; is a quote left open?",
                        SL_CSV_ROW_BYTES_MAX); /* kept in l->err */
        return cut_here(l, l->field_line);
    }
    if (csv_parse(parser, bytes, len, on_field, on_row, l) != len) {
        return cut_at_quote(l);
    }
    bool is_empty_line =
        l->row.field_count == 0 && strspn(bytes, " \r\n") >= len && parser->quoted == 0;
    if (is_empty_line) {
        l->row_bytes = 0;
    }
    return l->err;
}

/* Up to the end of the first line and with it, or all. */
static size_t line_bytes(const char *bytes, size_t len)
{
    size_t end = 0;
    while (end < len && bytes[end] != '\n' && bytes[end] != '\r') {
        end++;
    }
    bool is_pair = end + 1 < len && bytes[end] == '\r' && bytes[end + 1] == '\n';
    return is_pair ? end + 2 : end + (end < len);
}

static enum sl_err
feed_chunk(struct loader *l, struct csv_parser *parser, const char *bytes, size_t len)
{
    enum sl_err err = SL_OK;
    for (size_t at = 0; at < len && err == SL_OK;) {
        size_t piece = line_bytes(bytes + at, len - at);
        char last = bytes[at + piece - 1];
        bool is_second = piece == 1 && last == '\n' && l->ends_in_cr; /* of a pair that was cut */
        err = feed(l, parser, bytes + at, piece);
        l->line += (last == '\n' || last == '\r') && !is_second;
        l->ends_in_cr = last == '\r';
        at += piece;
    }
    return err;
}

/* How many bytes of byte order mark to skip; refuses UTF-16, which Excel offers as "Unicode text". */
static enum sl_err check_mark(struct loader *l, const char *bytes, size_t len, size_t *ret_skip)
{
    if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        return refuse(l, SL_E_MALFORMED, "the file is UTF-16; save it as UTF-8 CSV");
    }
    *ret_skip = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return SL_OK;
}

static void keep_raw(struct loader *l, const char *bytes, size_t len)
{
    struct sl_csv_table *t = l->table;
    if (!l->keeps_raw || len == 0) {
        return;
    }
    while (len > t->raw_capacity - t->raw_count) {
        t->raw = sl_tool_grow(t->raw, t->raw_capacity, &t->raw_capacity, 1);
    }
    memcpy(t->raw + t->raw_count, bytes, len);
    t->raw_count += len;
}

/* Behind a cut: nothing is parsed any more, but it may be kept. */
static enum sl_err read_rest(struct loader *l, FILE *file)
{
    char chunk[CHUNK_BYTES];
    size_t len = 0;
    while (l->keeps_raw && (len = fread(chunk, 1, sizeof chunk, file)) > 0) {
        keep_raw(l, chunk, len);
    }
    l->raw_read = l->keeps_raw ? l->table->raw_count : l->raw_read;
    return ferror(file) ? refuse(l, SL_E_IO, "reading failed") : SL_OK;
}

static enum sl_err read_all(struct loader *l, struct csv_parser *parser, FILE *file)
{
    char chunk[CHUNK_BYTES + 1];
    enum sl_err err = SL_OK;
    for (bool is_first = true; err == SL_OK; is_first = false) {
        size_t len = fread(chunk, 1, CHUNK_BYTES, file);
        if (len == 0) {
            break;
        }
        chunk[len] = '\0'; /* stops strspn() */
        size_t skip = 0;
        err = is_first ? check_mark(l, chunk, len, &skip) : SL_OK;
        if (err == SL_OK) {
            keep_raw(l, chunk + skip, len - skip);
            err = feed_chunk(l, parser, chunk + skip, len - skip);
        }
    }
    if (err == SL_OK && ferror(file)) {
        return refuse(l, SL_E_IO, "reading failed");
    }
    if (err == SL_OK && csv_fini(parser, on_field, on_row, l) != 0) {
        (void)sl_refuse(&l->table->cut, SL_E_MALFORMED, "",
                        "a quoted field begins here and the file ends inside it"); /* the same */
        return cut_here(l, l->field_line);
    }
    err = err == SL_OK ? l->err : err;
    if (err == SL_OK && !l->has_header) {
        return refuse(l, SL_E_MALFORMED, "no header line");
    }
    return err;
}

/* A cut table is as good as its rows, but a header that is cut names no columns. */
static enum sl_err take_cut(struct loader *l, FILE *file)
{
    if (!l->has_header) {
        l->line = l->row.line;
        return refuse(l, SL_E_MALFORMED, l->table->cut.message);
    }
    enum sl_err err = read_rest(l, file);
    if (err == SL_OK) {
        keep_row(l);
    }
    return err;
}

enum sl_err sl_csv_check_whole(const struct sl_csv_table *table, struct sl_diag *diag)
{
    if (!table->is_cut) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_MALFORMED, "", "%s:%zu: %s", table->path,
                     table->rows[table->row_count - 1].line, table->cut.message);
}

enum sl_err sl_csv_open(const char *path,
                        const struct sl_csv_options *options,
                        struct sl_csv_table *ret_table,
                        struct sl_diag *diag)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    if (file == NULL) {
        return sl_refuse(diag, SL_E_IO, "", "%s: cannot be opened", path);
    }
    struct sl_csv_table table = {.path = sl_tool_dup(path, strlen(path)), .index = json_object()};
    struct loader l = {.table = &table, .diag = diag, .line = 1};
    l.keeps_raw = options->keeps_raw;
    l.rows_max = options->rows_max == 0 ? SL_CSV_ROWS_MAX : options->rows_max;
    start_row(&l);
    struct csv_parser parser;
    enum sl_err err = SL_E_NO_MEMORY;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0) {
        csv_set_delim(&parser, (unsigned char)options->delimiter);
        csv_set_blk_size(&parser, PARSER_GROWTH_BYTES);
        err = read_all(&l, &parser, file);
        err = table.is_cut ? take_cut(&l, file) : err;
        csv_free(&parser);
    }
    if (!is_stdin) {
        (void)fclose(file); /* only read from */
    }
    if (err != SL_OK) {
        sl_csv_close(&table);
        return err;
    }
    *ret_table = table;
    return SL_OK;
}

void sl_csv_close(struct sl_csv_table *table)
{
    free(table->path);
    free(table->bytes);
    free(table->cells);
    free(table->rows);
    free(table->raw);
    json_decref(table->index);
    *table = (struct sl_csv_table){0};
}

int sl_csv_column(const struct sl_csv_table *table, const char *name)
{
    const json_t *number = json_object_get(table->index, name);
    return number == NULL ? -1 : (int)json_integer_value(number);
}

const char *
sl_csv_cell(const struct sl_csv_table *table, const struct sl_csv_row *row, size_t column)
{
    if (column >= row->field_count) {
        return NULL;
    }
    return table->bytes + table->cells[row->first_cell + column];
}

struct sl_slice sl_csv_raw(const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    struct sl_slice raw = {(const uint8_t *)table->raw + row->raw_begin, row->raw_size};
    bool is_broken = table->is_cut && row == &table->rows[table->row_count - 1];
    while (!is_broken && raw.len > 0 &&
           (raw.data[raw.len - 1] == '\n' || raw.data[raw.len - 1] == '\r')) {
        raw.len--;
    }
    return raw;
}
