/* Refused rows are kept byte for byte, so that they can be mended and imported again by the same mapping. */
#include "lib/test.h"

#include <string.h>

#include "import/reject.h"
#include "import_setup.h"

static void run_keeping(const struct folder *folder,
                        const char *mapping,
                        const char *csv,
                        struct sl_import *import)
{
    struct sl_diag diag = {0};
    write_text(folder->mapping, mapping);
    write_text(folder->csv, csv);
    assert_ok(sl_import_open(folder->mapping, import, &diag));
    import->keeps_refusals = true;
    assert_ok(sl_import_read(import, folder->csv, &diag));
    assert_ok(sl_import_finish(import));
}

static void write_rejects(const struct folder *folder, const struct sl_import *import)
{
    struct sl_diag diag = {0};
    FILE *file = NULL;
    assert_ok(sl_reject_open(import, folder->mapping, folder->other, &file, &diag));
    assert_ok(sl_reject_write(import, file));
}

/* The bytes of a file; owned by the caller. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 4096);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 4095, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static const char semicolons[] =
    "{\"source\":\"s\",\"delimiter\":\";\",\"events\":[{\"name\":\"e\",\"fields\":{"
    "\"effectiveDate\":{\"column\":\"day\",\"as\":\"date\"},\"close.deal\":\"{id}\"}}]}";

static void expect_rejects(const struct folder *folder, const char *csv, const char *want)
{
    struct sl_import import;
    run_keeping(folder, semicolons, csv, &import);
    write_rejects(folder, &import);
    assert_int_equal(import.event_count, 0);
    sl_import_close(&import);
    char *text = read_text(folder->other);
    if (strstr(text, want) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", want, text);
    }
    free(text);
}

static void refused_rows_can_be_imported_again_by_the_same_mapping(void **state)
{
    const struct folder *folder = *state;
    expect_rejects(folder, "id;day\na;never\n",
                   "\"id\";\"day\";\"reject_file\";\"reject_line\";\"reject_column\";"
                   "\"reject_reason\"\r\na;never;\"");
    char *once = read_text(folder->other);

    expect_rejects(folder, once, once); /* the same path and line again, since `run` writes there */

    free(once);
    struct sl_import import;
    run(folder, semicolons,
        "id;day;reject_file;reject_line;reject_column;reject_reason\na;2017-01-01;f;2;day;r\n",
        &import);
    assert_int_equal(import.event_count, 1);
    sl_import_close(&import);
}

static void a_row_of_the_wrong_number_of_fields_stays_so_where_it_is_kept(void **state)
{
    static const char *const rows[] = {"a", "a;2017-01-01;x", "a;2017-01-01;x;y;z;u;v",
                                       "a;2017-01-01;\"x\ny"};
    const struct folder *folder = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char csv[128];
        struct sl_diag diag = {0};
        struct sl_import import;
        (void)snprintf(csv, sizeof csv, "id;day\n%s\n", rows[i]);
        write_text(folder->mapping, semicolons);
        write_text(folder->csv, csv);
        for (unsigned round = 0; round < 3; round++) {
            assert_ok(sl_import_open(folder->mapping, &import, &diag));
            import.keeps_refusals = true;
            assert_ok(sl_import_read(&import, folder->csv, &diag));
            assert_ok(sl_import_finish(&import));
            assert_int_equal(import.event_count, 0);
            assert_int_equal(import.refusal_count, 1);
            write_rejects(folder, &import);
            sl_import_close(&import);
            char *kept = read_text(folder->other);
            assert_non_null(strstr(kept, rows[i]));
            write_text(folder->csv, kept);
            free(kept);
        }
    }
}

/* The whole file that is kept of `csv`, without its header line; owned by the caller. */
static char *keep(const struct folder *folder, const char *csv)
{
    struct sl_import import;
    run_keeping(folder, semicolons, csv, &import);
    write_rejects(folder, &import);
    sl_import_close(&import);
    char *text = read_text(folder->other);
    char *rows = strstr(text, "\r\n");
    assert_non_null(rows);
    memmove(text, rows + 2, strlen(rows + 2) + 1);
    return text;
}

/* "<row>;<file>;<line>;<column>..." */
static void
expect_kept_as_it_is(const struct folder *folder, const char *csv, const char *row, unsigned line)
{
    char want[256];
    char *kept = keep(folder, csv);
    (void)snprintf(want, sizeof want, "%s;\"%s\";\"%u\";\"day\";\"", row, folder->csv, line);
    if (strncmp(kept, want, strlen(want)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", kept, want);
    }
    free(kept);
}

static void a_row_is_kept_byte_for_byte(void **state)
{
    static const char *const rows[] = {
        "a;never",
        " a ;  \"never\" ",
        "\"a\";\"never; \"\"or\"\" now\"",
        "\"a\nb\r\nc\";\tnever ",
        "\"a\n\n\";\"ne\n ver\"",
        "\xc3\xa4;n\xc3\xa9ver",
    };
    static const char *const ends[] = {"\n", "\r\n", "\r", ""};
    for (size_t i = 0; i < COUNT(rows) * COUNT(ends); i++) {
        char csv[256];
        (void)snprintf(csv, sizeof csv, "\xef\xbb\xbfid;day\nb;2017-01-01\n\n ; \n%s%s",
                       rows[i % COUNT(rows)], ends[i / COUNT(rows)]);
        expect_kept_as_it_is(*state, csv, rows[i % COUNT(rows)], 5);
    }
}

static void a_row_is_kept_byte_for_byte_again(void **state)
{
    static const char row[] = " \"a;\n \"\"\" ; never ";
    char csv[256];
    (void)snprintf(
        csv, sizeof csv,
        "id;day;reject_file;reject_line;reject_column;reject_reason\n%s;f;7;day;\"r;\"\n", row);
    expect_kept_as_it_is(*state, csv, row, 2);
}

static void columns_that_were_moved_are_still_replaced(void **state)
{
    expect_kept_as_it_is(
        *state, "reject_file;id;reject_line;day;reject_column;reject_reason\nf;a;7;never;day;r\n",
        "\"a\";\"never\"", 2);
}

/* Rows lie in the file across the pieces in which it is read. */
static void a_row_is_kept_wherever_it_lies(void **state)
{
    const struct folder *folder = *state;
    enum { ROWS = 20000, SIZE = 16 * (ROWS + 1) };
    struct sl_import import;
    char *csv = calloc(1, SIZE);
    assert_non_null(csv);
    size_t len = (size_t)snprintf(csv, SIZE, "id;day\r\n");
    for (unsigned i = 0; i < ROWS; i++) {
        len += (size_t)snprintf(csv + len, SIZE - len, "a%u;\"%u\"\r\n", i, i % 97);
    }
    run_keeping(folder, semicolons, csv, &import);
    assert_int_equal(import.refusal_count, ROWS);

    for (unsigned i = 0; i < ROWS; i++) {
        char want[32];
        (void)snprintf(want, sizeof want, "a%u;\"%u\"", i, i % 97);
        struct sl_slice raw = sl_csv_raw(&import.files[0], &import.files[0].rows[i]);
        assert_int_equal(raw.len, strlen(want));
        assert_memory_equal(raw.data, want, raw.len);
    }
    sl_import_close(&import);
    free(csv);
}

static const char broken_tail[] = "b; \"2017-01-02\n\nc;2017-01-03\n\"d\";\"2017-\"\"01\"";

/* The note, and then all that was in the file. */
static void
expect_tail(const struct folder *folder, const char *csv, unsigned line, const char *tail)
{
    char want[256];
    char *kept = keep(folder, csv);
    (void)snprintf(want, sizeof want, "\"\";\"\";\"%s\";\"%u\";\"\";\"a quote", folder->csv, line);
    assert_memory_equal(kept, want, strlen(want));
    const char *rest = strstr(kept, "\r\n");
    assert_non_null(rest);
    assert_memory_equal(rest + 2, tail, strlen(tail));
    assert_string_equal(rest + 2 + strlen(tail), "\r\n");
    free(kept);
}

static void of_an_open_quote_all_from_its_row_on_is_kept(void **state)
{
    char csv[256];
    (void)snprintf(csv, sizeof csv, "id;day\na;2017-01-01\n%s", broken_tail);
    expect_tail(*state, csv, 3, broken_tail);
    expect_tail(*state, "id;day\na;2017-01-01\n \"b\nb\";x\"y\nc;d", 4, " \"b\nb\";x\"y\nc;d");
}

static void all_that_follows_an_open_quote_is_kept_however_much_it_is(void **state)
{
    static const char head[] = "id;day\na;2017-01-01\n";
    enum { SIZE = 300000 };
    struct sl_import import;
    char *csv = calloc(1, SIZE + 1);
    assert_non_null(csv);
    memset(csv, 'x', SIZE);
    memcpy(csv, head, strlen(head));
    memcpy(csv + strlen(head), "b;c\"", 4);

    run_keeping(*state, semicolons, csv, &import);

    const struct sl_csv_table *table = &import.files[0];
    struct sl_slice raw = sl_csv_raw(table, &table->rows[table->row_count - 1]);
    assert_true(table->is_cut);
    assert_int_equal(raw.len, SIZE - strlen(head));
    assert_memory_equal(raw.data, csv + strlen(head), raw.len);
    sl_import_close(&import);
    free(csv);
}

static void what_an_open_quote_has_hidden_can_be_mended_and_imported(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    char csv[256];
    (void)snprintf(csv, sizeof csv, "id;day\na;2017-01-01\n%s",
                   "b;\"2017-01-02\nc;2017-01-03\nd;2017-01-04\n");
    free(keep(folder, csv));
    char *kept = read_text(folder->other);
    char *again = strdup(kept);
    assert_non_null(again);
    run_keeping(folder, semicolons, again, &import);
    assert_int_equal(import.event_count, 0); /* unmended, it is as it was */
    assert_int_equal(import.refusal_count, 1);
    sl_import_close(&import);

    char *quote = strstr(kept, "b;\"") + 2;
    memmove(quote, quote + 1, strlen(quote));
    run(folder, semicolons, kept, &import);

    assert_int_equal(import.event_count, 3);
    assert_int_equal(import.refusal_count, 0);
    sl_import_close(&import);
    free(again);
    free(kept);
}

/* Those that are whole come first: behind an open quote nothing could be told apart. */
static void what_was_cut_is_kept_as_the_last(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    write_text(folder->mapping, semicolons);
    write_text(folder->csv, "id;day\na;\"2017-01-01\n");
    write_text(folder->other, "id;day\nb;never\nc;\"2017");
    assert_ok(sl_import_open(folder->mapping, &import, &diag));
    import.keeps_refusals = true;
    assert_ok(sl_import_read(&import, folder->csv, &diag));
    assert_ok(sl_import_read(&import, folder->other, &diag));
    assert_int_equal(unlink(folder->other), 0);
    write_rejects(folder, &import);
    sl_import_close(&import);

    char *kept = read_text(folder->other);
    const char *b = strstr(kept, "\r\nb;never;");
    const char *a = strstr(kept, "\r\na;\"2017-01-01\n\"\";\"\";");
    const char *c = strstr(kept, "\r\nc;\"2017\r\n");
    assert_true(b != NULL && a != NULL && c != NULL && b < a && a < c);
    free(kept);
}

/* Short by the four columns, it must not be taken for a row that was never given them. */
static void a_row_that_lacks_four_fields_is_not_completed_by_the_reason(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    run_keeping(folder, semicolons, "id;day;x;y;z;u\na;2017-01-01\n", &import);
    assert_int_equal(import.refusal_count, 1);
    write_rejects(folder, &import);
    sl_import_close(&import);
    char *kept = read_text(folder->other);

    run_keeping(folder, semicolons, kept, &import);

    assert_int_equal(import.event_count, 0);
    assert_int_equal(import.refusal_count, 1);
    sl_import_close(&import);
    free(kept);
}

static void the_reject_file_is_none_that_is_read(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    FILE *file = NULL;
    run_keeping(folder, sales, SALES_HEADER "1,2017-01-01,,x,1,ann,\n", &import);
    assert_int_equal(link(folder->csv, folder->other), 0); /* another name of the same file */

    assert_err(SL_E_USAGE, sl_reject_open(&import, folder->mapping, folder->other, &file, &diag));
    assert_err(SL_E_USAGE, sl_reject_open(&import, folder->mapping, folder->mapping, &file, &diag));

    assert_null(file);
    sl_import_close(&import);
}

static void a_reject_file_that_cannot_be_written_is_noticed(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    FILE *file = NULL;
    run_keeping(folder, sales, SALES_HEADER "1,2017-01-01,,x,1,ann,\n", &import);

    assert_err(SL_E_IO, sl_reject_open(&import, folder->mapping, folder->path, &file, &diag));

    assert_non_null(strstr(diag.message, "cannot be written"));
    sl_import_close(&import);
}

static void files_of_other_columns_are_refused_where_refused_rows_are_kept(void **state)
{
    const struct folder *folder = *state;
    static const char *const headers[] = {"who,id,day,customer,product,amount,share\n",
                                          "id,day,customer,product,amount,who,share,more\n"};
    for (size_t i = 0; i < 2 * COUNT(headers); i++) {
        struct sl_import import;
        struct sl_diag diag = {0};
        bool is_kept = i < COUNT(headers);
        write_text(folder->mapping, sales);
        write_text(folder->csv, SALES_HEADER);
        write_text(folder->other, headers[i % COUNT(headers)]);
        assert_ok(sl_import_open(folder->mapping, &import, &diag));
        import.keeps_refusals = is_kept;
        assert_ok(sl_import_read(&import, folder->csv, &diag));

        assert_err(is_kept ? SL_E_MALFORMED : SL_OK, sl_import_read(&import, folder->other, &diag));

        assert_true(!is_kept || strstr(diag.message, "other columns") != NULL);
        sl_import_close(&import);
    }
}

static void refused_rows_are_kept_with_their_reason(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_csv_table kept;
    struct sl_diag diag = {0};
    run_keeping(folder, sales, SALES_HEADER "1,never,\"a, b\",x,1,ann,\n", &import);

    write_rejects(folder, &import);

    const struct sl_csv_options options = {.delimiter = ','};
    assert_ok(sl_csv_open(folder->other, &options, &kept, &diag));
    assert_int_equal(kept.row_count, 1);
    assert_string_equal(sl_csv_cell(&kept, &kept.rows[0], 2), "a, b");
    assert_string_equal(
        sl_csv_cell(&kept, &kept.rows[0], (size_t)sl_csv_column(&kept, "reject_line")), "2");
    assert_string_equal(
        sl_csv_cell(&kept, &kept.rows[0], (size_t)sl_csv_column(&kept, "reject_column")), "day");
    sl_csv_close(&kept);
    sl_import_close(&import);
}

#define CUT                                                                                        \
    SALES_HEADER "1,2017-01-01,,x,1,ann,\n2,2017-01-01,,\"x,1,ann,\n3,2017-01-01,,x,1,ann,\n"

static void a_file_cut_by_an_open_quote_is_refused_with_the_line_it_begins_on(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    char reason[256];
    write_text(folder->mapping, sales);
    write_text(folder->csv, CUT);
    assert_ok(sl_import_open(folder->mapping, &import, &diag));

    assert_err(SL_E_MALFORMED, sl_import_read(&import, folder->csv, &diag));

    (void)snprintf(reason, sizeof reason,
                   "%s:3: a quoted field begins here and the file ends inside it; --reject FILE "
                   "keeps the rows before it",
                   folder->csv);
    assert_string_equal(diag.message, reason);
    assert_int_equal(import.file_count, 0);
    sl_import_close(&import);
}

static void where_refused_rows_are_kept_those_before_an_open_quote_are_read(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    write_text(folder->mapping, sales);
    write_text(folder->csv, CUT);
    assert_ok(sl_import_open(folder->mapping, &import, &diag));
    import.keeps_refusals = true;

    assert_ok(sl_import_read(&import, folder->csv, &diag));

    assert_int_equal(import.event_count, 1);
    assert_int_equal(import.row_count, 2);
    assert_int_equal(import.refusal_count, 1);
    const struct sl_import_refusal *refusal = &import.refusals[0];
    assert_int_equal(import.files[0].rows[refusal->row].line, 3);
    assert_string_equal(refusal->diag.message,
                        "a quoted field begins here and the file ends inside it");
    write_rejects(folder, &import);
    sl_import_close(&import);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refused_rows_are_kept_with_their_reason),
        TEST(refused_rows_can_be_imported_again_by_the_same_mapping),
        TEST(a_row_of_the_wrong_number_of_fields_stays_so_where_it_is_kept),
        TEST(a_row_is_kept_byte_for_byte),
        TEST(a_row_is_kept_byte_for_byte_again),
        TEST(columns_that_were_moved_are_still_replaced),
        TEST(a_row_is_kept_wherever_it_lies),
        TEST(of_an_open_quote_all_from_its_row_on_is_kept),
        TEST(all_that_follows_an_open_quote_is_kept_however_much_it_is),
        TEST(what_an_open_quote_has_hidden_can_be_mended_and_imported),
        TEST(what_was_cut_is_kept_as_the_last),
        TEST(a_row_that_lacks_four_fields_is_not_completed_by_the_reason),
        TEST(the_reject_file_is_none_that_is_read),
        TEST(a_reject_file_that_cannot_be_written_is_noticed),
        TEST(files_of_other_columns_are_refused_where_refused_rows_are_kept),
        TEST(a_file_cut_by_an_open_quote_is_refused_with_the_line_it_begins_on),
        TEST(where_refused_rows_are_kept_those_before_an_open_quote_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
