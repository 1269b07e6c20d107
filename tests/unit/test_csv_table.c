/* CSV files as other programs write them: what is read, which line a row is on, and every limit. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/csv_table.h"

struct file {
    char path[64];
};

static struct file write_file(const char *bytes, size_t len)
{
    struct file file = {"/tmp/salesledger-csv-XXXXXX"};
    int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(close(fd), 0);
    return file;
}

static enum sl_err open_with(const char *bytes,
                             size_t len,
                             size_t rows_max,
                             struct sl_csv_table *table,
                             struct sl_diag *diag)
{
    struct file file = write_file(bytes, len);
    struct sl_csv_options options = {.delimiter = ',', .rows_max = rows_max};
    enum sl_err err = sl_csv_open(file.path, &options, table, diag);
    assert_int_equal(unlink(file.path), 0);
    return err;
}

static enum sl_err
open_bytes(const char *bytes, size_t len, struct sl_csv_table *table, struct sl_diag *diag)
{
    return open_with(bytes, len, 0, table, diag);
}

static void expect_error(enum sl_err expected, const char *bytes, size_t len, const char *hint)
{
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    assert_err(expected, open_bytes(bytes, len, &table, &diag));
    assert_non_null(strstr(diag.message, hint));
    assert_null(table.bytes);
}

#define OPEN(text, table, diag)      open_bytes((text), sizeof(text) - 1, (table), (diag))
#define REFUSE(expected, text, hint) expect_error((expected), (text), sizeof(text) - 1, (hint))

static const char *cell(const struct sl_csv_table *table, size_t row, const char *column)
{
    int number = sl_csv_column(table, column);
    assert_true(number >= 0);
    return sl_csv_cell(table, &table->rows[row], (size_t)number);
}

static void rows_are_read_by_column_name(void **state)
{
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};

    assert_ok(OPEN("id,name\n1,Ann\n2,Bob\n", &table, &diag));

    assert_int_equal(table.row_count, 2);
    assert_string_equal(cell(&table, 0, "name"), "Ann");
    assert_string_equal(cell(&table, 1, "id"), "2");
    assert_int_equal(sl_csv_column(&table, "nothing"), -1);
    sl_csv_close(&table);
}

static void mark_crlf_quotes_and_blanks_are_understood(void **state)
{
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};

    assert_ok(
        OPEN("\xef\xbb\xbfid,name\r\n 1 ,\" say \"\"hi\"\", \"\r\n\r\n,\r\n2,Bob", &table, &diag));

    assert_int_equal(table.row_count, 2);
    assert_string_equal(cell(&table, 0, "id"), "1");
    assert_string_equal(cell(&table, 0, "name"), "say \"hi\",");
    assert_string_equal(cell(&table, 1, "name"), "Bob");
    sl_csv_close(&table);
}

static void rows_know_the_line_they_start_on(void **state)
{
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};

    assert_ok(OPEN("id,text\n1,\"two\nlines\"\n\n2,x\n3,\"a\r\nb\r\nc\"\n4,y\n", &table, &diag));

    assert_int_equal(table.row_count, 4);
    assert_int_equal(table.rows[0].line, 2);
    assert_int_equal(table.rows[1].line, 5);
    assert_int_equal(table.rows[2].line, 6);
    assert_int_equal(table.rows[3].line, 9);
    sl_csv_close(&table);
}

static void a_carriage_return_alone_ends_a_line_too(void **state)
{
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};

    assert_ok(OPEN("id\r1\r\r\"2\r2\"\r\n3\r", &table, &diag));

    assert_int_equal(table.row_count, 3);
    assert_int_equal(table.rows[0].line, 2);
    assert_int_equal(table.rows[1].line, 4);
    assert_int_equal(table.rows[2].line, 6);
    sl_csv_close(&table);
}

/* Files are read in chunks of 65,536 bytes. */
static void a_line_end_of_two_bytes_is_one_wherever_it_lies(void **state)
{
    (void)state;
    static char bytes[70000];
    struct sl_csv_table table;
    struct sl_diag diag = {0};
    for (size_t at = 65530; at < 65540; at++) {
        memset(bytes, ' ', sizeof bytes);
        memcpy(bytes, "id\n1", 4);
        memcpy(bytes + at, "\r\n2\r\n3\r\n", 8);

        assert_ok(open_bytes(bytes, at + 8, &table, &diag));

        assert_int_equal(table.row_count, 3);
        assert_int_equal(table.rows[1].line, 3);
        assert_int_equal(table.rows[2].line, 4);
        sl_csv_close(&table);
    }
}

static void a_row_may_have_another_number_of_fields(void **state)
{
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};

    assert_ok(OPEN("a,b\n1\n1,2,3\n", &table, &diag));

    assert_int_equal(table.rows[0].field_count, 1);
    assert_null(cell(&table, 0, "b"));
    assert_int_equal(table.rows[1].field_count, 3);
    sl_csv_close(&table);
}

static void damaged_files_are_refused_with_their_line(void **state)
{
    (void)state;
    REFUSE(SL_E_MALFORMED, "a,\"b\n1,2\n", ":1: a quoted field begins here");
    REFUSE(SL_E_MALFORMED, "a,b\"c\n1,2\n", ":1: a quote inside a field");
    REFUSE(SL_E_MALFORMED, "a,b\n1,x\0y\n", "NUL");
    REFUSE(SL_E_MALFORMED, "a,a\n1,2\n", "same name");
    REFUSE(SL_E_MALFORMED,
           "\xff\xfe"
           "a\0",
           "UTF-16");
    REFUSE(SL_E_MALFORMED, "\xd0\xd5\xc3\xfb,b\n1,2\n", "UTF-8");
    REFUSE(SL_E_MALFORMED, "", "header");
    REFUSE(SL_E_MALFORMED, "\n\n", "header");
}

/* The file is cut at a row on this line, after `whole` rows; the reason begins like this. */
static void assert_cut(const char *text, size_t whole, size_t line, const char *reason)
{
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    assert_ok(open_bytes(text, strlen(text), &table, &diag));
    assert_true(table.is_cut);
    assert_int_equal(table.row_count, whole + 1);
    assert_int_equal(table.rows[whole].line, line);
    if (strncmp(table.cut.message, reason, strlen(reason)) != 0) {
        fail_msg("%s", table.cut.message);
    }
    sl_csv_close(&table);
}

static void a_quote_left_open_cuts_the_file_where_its_field_begins(void **state)
{
    (void)state;
    assert_cut("a,b\n1,2\n3,\"open\n4,5\n", 1, 3,
               "a quoted field begins here and the file ends inside it");
    assert_cut("a,b\n1,\"open", 0, 2, "a quoted field begins here and the file ends inside it");
    assert_cut("a,b\n1,2\n3,\"open\n4,\"five\"\n6,7\n", 1, 3,
               "a quoted field begins here and goes on to a quote on line 4 that is not doubled");
    assert_cut("a,b,c\n\"two\nlines\",\"open\n1,2,3\n", 0, 3, "a quoted field begins here");
    assert_cut("a,b\n1,2\n3,x\"y\n", 1, 3,
               "a quote inside a field must be doubled and the field quoted");
}

static void what_was_read_of_a_cut_row_is_kept(void **state)
{
    (void)state;
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};

    assert_ok(OPEN("a,b,c\n1,2,\"open\n", &table, &diag));

    assert_int_equal(table.rows[0].field_count, 2);
    assert_string_equal(cell(&table, 0, "b"), "2");
    sl_csv_close(&table);
}

static void a_missing_file_is_refused(void **state)
{
    struct sl_csv_options options = {.delimiter = ','};
    (void)state;
    struct sl_csv_table table;
    struct sl_diag diag = {0};
    assert_err(SL_E_IO, sl_csv_open("/nonexistent/file.csv", &options, &table, &diag));
}

/* "a\n" and a second row of one field with `len` bytes. */
static enum sl_err open_field_of(size_t len)
{
    char *text = malloc(len + 3);
    assert_non_null(text);
    memcpy(text, "a\n", 2);
    memset(text + 2, 'x', len);
    text[len + 2] = '\n';
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    enum sl_err err = open_bytes(text, len + 3, &table, &diag);
    if (err == SL_OK) {
        sl_csv_close(&table);
    }
    free(text);
    return err;
}

static void a_field_has_a_maximum(void **state)
{
    (void)state;
    assert_ok(open_field_of(SL_CSV_FIELD_BYTES_MAX - 1));
    assert_ok(open_field_of(SL_CSV_FIELD_BYTES_MAX));
    assert_err(SL_E_TOO_BIG, open_field_of(SL_CSV_FIELD_BYTES_MAX + 1));
}

/* A row of this many bytes in fields of a size that is fine; gives how many rows were whole. */
static size_t rows_whole_of(size_t len)
{
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    char *text = malloc(len + 2);
    assert_non_null(text);
    memset(text, 'x', len + 2);
    memcpy(text, "a\n", 2);
    for (size_t at = 4096; at < len; at += 4096) {
        text[2 + at] = ',';
    }
    text[len + 1] = '\n';
    assert_ok(open_bytes(text, len + 2, &table, &diag));
    size_t whole = table.row_count - table.is_cut;
    if (table.is_cut) {
        assert_string_equal(table.cut.message,
                            "a row has over 1048576 bytes; is a quote left open?");
    }
    free(text);
    sl_csv_close(&table);
    return whole;
}

static void a_row_has_a_maximum(void **state)
{
    (void)state;
    assert_int_equal(rows_whole_of(SL_CSV_ROW_BYTES_MAX), 1);
    assert_int_equal(rows_whole_of(SL_CSV_ROW_BYTES_MAX + 1), 0);
}

static void rows_have_a_maximum(void **state)
{
    (void)state;
    static const char rows[] = "a\n1\n2\n3\n4\n";
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    for (size_t rows_max = 4; rows_max <= 5; rows_max++) {
        assert_ok(open_with(rows, sizeof rows - 1, rows_max, &table, &diag));
        sl_csv_close(&table);
    }

    assert_err(SL_E_TOO_BIG, open_with(rows, sizeof rows - 1, 3, &table, &diag));

    assert_non_null(strstr(diag.message, ":5: over 3 rows; split the file"));
}

static enum sl_err open_columns(size_t count)
{
    char *text = calloc(count * 8 + 1, 1);
    assert_non_null(text);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, 8, "%sc%zu", i == 0 ? "" : ",", i);
    }
    struct sl_csv_table table = {0};
    struct sl_diag diag = {0};
    enum sl_err err = open_bytes(text, len, &table, &diag);
    if (err == SL_OK) {
        sl_csv_close(&table);
    }
    free(text);
    return err;
}

static void columns_have_a_maximum(void **state)
{
    (void)state;
    assert_ok(open_columns(SL_CSV_COLUMNS_MAX - 1));
    assert_ok(open_columns(SL_CSV_COLUMNS_MAX));
    assert_err(SL_E_TOO_BIG, open_columns(SL_CSV_COLUMNS_MAX + 1));
}

static void another_delimiter_can_be_chosen(void **state)
{
    (void)state;
    struct file file = write_file("a;b\n1,5;2\n", 10);
    struct sl_csv_table table;
    struct sl_diag diag = {0};
    struct sl_csv_options options = {.delimiter = ';'};
    assert_ok(sl_csv_open(file.path, &options, &table, &diag));
    assert_string_equal(cell(&table, 0, "a"), "1,5");
    sl_csv_close(&table);
    assert_int_equal(unlink(file.path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_by_column_name),
        cmocka_unit_test(mark_crlf_quotes_and_blanks_are_understood),
        cmocka_unit_test(rows_know_the_line_they_start_on),
        cmocka_unit_test(a_carriage_return_alone_ends_a_line_too),
        cmocka_unit_test(a_line_end_of_two_bytes_is_one_wherever_it_lies),
        cmocka_unit_test(a_row_may_have_another_number_of_fields),
        cmocka_unit_test(damaged_files_are_refused_with_their_line),
        cmocka_unit_test(a_quote_left_open_cuts_the_file_where_its_field_begins),
        cmocka_unit_test(what_was_read_of_a_cut_row_is_kept),
        cmocka_unit_test(a_missing_file_is_refused),
        cmocka_unit_test(a_field_has_a_maximum),
        cmocka_unit_test(a_row_has_a_maximum),
        cmocka_unit_test(rows_have_a_maximum),
        cmocka_unit_test(columns_have_a_maximum),
        cmocka_unit_test(another_delimiter_can_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
