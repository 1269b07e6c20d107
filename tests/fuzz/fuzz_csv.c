/* CSV files. Byte 0 chooses the delimiter.
 *
 * Properties: what is read keeps to the limits and lies in order; written out again with every field in quotes it is read as the same
 * table; a file that cannot be used is refused with words. */
#include "fuzz.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "import/csv_table.h"
#include "lib/test.h"
#include "memory_file.h"

#define WRITTEN_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define ROWS_MAX          1000u

static void check_row(const struct sl_csv_table *table, const struct sl_csv_row *row)
{
    SL_ASSERT(row->field_count <= SL_CSV_COLUMNS_MAX);
    SL_ASSERT(row->first_cell + row->field_count <= table->cell_count);
    for (size_t i = 0; i < row->field_count; i++) {
        SL_ASSERT(strlen(sl_csv_cell(table, row, i)) <= SL_CSV_FIELD_BYTES_MAX);
    }
    SL_ASSERT(sl_csv_cell(table, row, row->field_count) == NULL);
}

static void check_table(const struct sl_csv_table *table)
{
    size_t line = table->header.line;
    SL_ASSERT(table->row_count <= ROWS_MAX);
    check_row(table, &table->header);
    for (size_t i = 0; i < table->header.field_count; i++) {
        const char *name = sl_csv_cell(table, &table->header, i);
        SL_ASSERT(name[0] == '\0' || sl_csv_column(table, name) == (int)i);
    }
    size_t end = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        const struct sl_csv_row *row = &table->rows[i];
        check_row(table, row);
        SL_ASSERT(row->raw_begin >= end);
        end = row->raw_begin + row->raw_size;
        SL_ASSERT(end <= table->raw_count);
        SL_ASSERT(table->rows[i].line > line || table->is_cut);
        line = table->rows[i].line;
    }
    SL_ASSERT(SL_IMPLIES(table->is_cut, end == table->raw_count));
    SL_ASSERT(SL_IMPLIES(table->is_cut, table->cut.message[0] != '\0'));
}

static void put_row(struct sl_bytes *out,
                    const struct sl_csv_table *table,
                    const struct sl_csv_row *row,
                    char delimiter)
{
    for (size_t i = 0; i < row->field_count; i++) {
        const char *cell = sl_csv_cell(table, row, i);
        if (i > 0) {
            assert_ok(sl_bytes_append(out, &delimiter, 1));
        }
        assert_ok(sl_bytes_append(out, "\"", 1));
        for (; *cell != '\0'; cell++) {
            assert_ok(sl_bytes_append(out, *cell == '"' ? "\"\"" : cell, *cell == '"' ? 2 : 1));
        }
        assert_ok(sl_bytes_append(out, "\"", 1));
    }
    assert_ok(sl_bytes_append(out, "\r\n", 2));
}

static void check_same_row(const struct sl_csv_table *a,
                           const struct sl_csv_row *a_row,
                           const struct sl_csv_table *b,
                           const struct sl_csv_row *b_row)
{
    assert_int_equal(a_row->field_count, b_row->field_count);
    for (size_t i = 0; i < a_row->field_count; i++) {
        assert_string_equal(sl_csv_cell(a, a_row, i), sl_csv_cell(b, b_row, i));
    }
}

static void check_round_trip(const struct sl_csv_table *table, const struct sl_csv_options *options)
{
    static struct memory_file file;
    struct sl_bytes out;
    struct sl_csv_table again;
    struct sl_diag diag = {0};
    sl_bytes_init(&out, WRITTEN_BYTES_MAX);
    put_row(&out, table, &table->header, options->delimiter);
    for (size_t i = 0; i < table->row_count; i++) {
        put_row(&out, table, &table->rows[i], options->delimiter);
    }
    assert_ok(sl_csv_open(memory_file_set(&file, sl_bytes_slice(&out)), options, &again, &diag));
    check_same_row(table, &table->header, &again, &again.header);
    assert_int_equal(table->row_count, again.row_count);
    for (size_t i = 0; i < table->row_count; i++) {
        check_same_row(table, &table->rows[i], &again, &again.rows[i]);
    }
    sl_csv_close(&again);
    sl_bytes_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {',', ';', '\t', '|'};
    static struct memory_file file;
    struct fuzz_input input = {data, size};
    struct sl_csv_options options = {.delimiter = delimiters[fuzz_below(&input, sizeof delimiters)],
                                     .keeps_raw = true,
                                     .rows_max = ROWS_MAX};
    struct sl_csv_table table;
    struct sl_diag diag = {0};
    const char *path = memory_file_set(&file, (struct sl_slice){input.data, input.size});
    enum sl_err err = sl_csv_open(path, &options, &table, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        return 0;
    }
    check_table(&table);
    if (!table.is_cut) {
        check_round_trip(&table, &options);
    }
    sl_csv_close(&table);
    return 0;
}
