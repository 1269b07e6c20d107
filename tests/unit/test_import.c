/* Imports: rows become events in order, equal input gives equal ids, and a row that does not fit is left out whole. */
#include "lib/test.h"

#include <salesledger/v1/event.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_setup.h"
#include "sl/id.h"

static Salesledger__V1__Event *unpack(const struct sl_import *import, size_t index)
{
    const struct sl_import_event *event = &import->events[index];
    Salesledger__V1__Event *message =
        salesledger__v1__event__unpack(NULL, event->size, event->bytes);
    assert_non_null(message);
    return message;
}

static void a_row_becomes_an_event(void **state)
{
    struct sl_import import;

    run(*state, sales, SALES_HEADER "1,3/1/2017,,Gold,\"1,234.5\",ann,12.5%\n", &import);

    assert_int_equal(import.event_count, 1);
    Salesledger__V1__Event *event = unpack(&import, 0);
    assert_string_equal(event->effective_date, "2017-03-01");
    assert_string_equal(event->source, "shop");
    assert_string_equal(event->close->deal, "D-1");
    assert_null(event->close->customer);
    assert_string_equal(event->close->lines[0]->product, "gold");
    assert_int_equal(event->close->lines[0]->amount_minor, 123450);
    assert_int_equal(event->close->credits[0]->share_ppm, 125000);
    assert_false(event->has_id);
    salesledger__v1__event__free_unpacked(event, NULL);
    sl_import_close(&import);
}

static void events_are_sorted_by_day_then_by_column_bytewise(void **state)
{
    struct sl_import import;

    run(*state, sales,
        SALES_HEADER "b,2017-01-02,,x,1,ann,\nB,2017-01-02,,x,1,ann,\nz,2017-01-01,,x,1,ann,\na,"
                     "2017-01-02,,x,1,ann,\n",
        &import);

    static const char *const want[] = {"D-z", "D-B", "D-a", "D-b"};
    for (size_t i = 0; i < COUNT(want); i++) {
        Salesledger__V1__Event *event = unpack(&import, i);
        assert_string_equal(event->close->deal, want[i]);
        salesledger__v1__event__free_unpacked(event, NULL);
    }
    sl_import_close(&import);
}

static void ids_follow_content_and_not_position(void **state)
{
    struct sl_import first;
    struct sl_import second;

    run(*state, sales, SALES_HEADER "1,2017-01-01,,x,1,ann,\n2,2017-01-02,,x,1,ann,\n", &first);
    run(*state, sales,
        SALES_HEADER "\n0,2016-01-01,,x,1,ann,\n2,2017-01-02,,x,1,ann,\n1,2017-01-01,,x,1,ann,\n",
        &second);

    assert_int_equal(sl_id_compare(first.events[0].id, second.events[1].id), 0);
    assert_int_equal(sl_id_compare(first.events[1].id, second.events[2].id), 0);
    assert_int_not_equal(sl_id_compare(first.events[0].id, first.events[1].id), 0);
    sl_import_close(&first);
    sl_import_close(&second);
}

static void equal_rows_are_two_events(void **state)
{
    struct sl_import import;

    run(*state, sales, SALES_HEADER "1,2017-01-01,,x,1,ann,\n1,2017-01-01,,x,1,ann,\n", &import);

    assert_int_equal(import.event_count, 2);
    assert_int_not_equal(sl_id_compare(import.events[0].id, import.events[1].id), 0);
    sl_import_close(&import);
}

static void rows_that_do_not_fit_are_left_out_with_line_and_column(void **state)
{
    static const struct {
        const char *row;
        const char *column;
        const char *hint;
    } cases[] = {
        {"1,2017-02-30,,x,1,ann,\n", "day", "2017-02-30"},
        {"1,2017-01-01,,x,1.005,ann,\n", "amount", "1.005"},
        {"1,2017-01-01,,x,,ann,\n", "amount", "empty"},
        {"1,2017-01-01,,x,\"1,50\",ann,\n", "amount", "\"1,50\""},
        {"1,2017-01-01,,x,+-5,ann,\n", "amount", "+-5"},
        {"1,2017-01-01,,x,99999999999999999999,ann,\n", "amount", "large"},
        {"1,2017-01-01,,x,1,,\n", "who", "empty"},
        {"1,2017-01-01,,x,1,ann,abc\n", "share", "percentage"},
        {"1,2017-01-01,,x,1,ann\n", "", "6 fields"},
        {"1,2017-01-01,\xd0\xd5,x,1,ann,\n", "customer", "UTF-8"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sl_import import;
        char csv[256];
        (void)snprintf(csv, sizeof csv, "%s%s2,2017-01-01,,x,1,ann,\n", SALES_HEADER, cases[i].row);

        run(*state, sales, csv, &import);

        assert_int_equal(import.event_count, 1);
        assert_int_equal(import.refusal_count, 1);
        assert_int_equal(import.files[0].rows[import.refusals[0].row].line, 2);
        assert_string_equal(import.refusals[0].diag.field, cases[i].column);
        assert_non_null(strstr(import.refusals[0].diag.message, cases[i].hint));
        sl_import_close(&import);
    }
}

static const char teams[] =
    "{\"source\":\"s\",\"events\":["
    "{\"name\":\"unit\",\"distinct\":[\"unit\"],\"fields\":{\"define.unit.unit\":\"{unit}\"}},"
    "{\"name\":\"quota\",\"repeat\":{\"as\":\"q\",\"values\":[\"2017-Q1\",\"2017-Q2\"]},\"fields\":"
    "{"
    "\"target.scope.person\":\"{person}\",\"target.period\":\"{q}\","
    "\"target.amount\":{\"column\":\"quota\",\"as\":\"integer\"}}}]}";

static void distinct_is_once_per_value_and_repeat_once_per_given_value(void **state)
{
    struct sl_import import;

    run(*state, teams, "person,unit,quota\nann,East,1\nbob,East,2\ncid,West,3\n", &import);

    assert_int_equal(import.event_count, 2 + 3 * 2);
    Salesledger__V1__Event *event = unpack(&import, 2);
    assert_string_equal(event->target->period, "2017-Q2");
    assert_string_equal(event->target->scope->person, "ann");
    salesledger__v1__event__free_unpacked(event, NULL);
    sl_import_close(&import);
}

static void a_refused_row_does_not_use_up_a_distinct_value(void **state)
{
    struct sl_import import;

    run(*state, teams, "person,unit,quota\nann,East,none\nbob,East,2\n", &import);

    assert_int_equal(import.refusal_count, 1);
    assert_int_equal(import.event_count, 3);
    sl_import_close(&import);
}

static const char offers[] =
    "{\"source\":\"s\",\"order\":[\"effectiveDate\"],\"events\":["
    "{\"name\":\"offer\",\"fields\":{\"effectiveDate\":\"{made}\",\"quote.deal\":\"{id}\"}},"
    "{\"name\":\"won\",\"when\":[{\"column\":\"closed\",\"empty\":false}],\"fields\":{"
    "\"effectiveDate\":\"{closed}\",\"close.deal\":\"{id}\"}}]}";

static void the_events_of_a_row_stand_together_where_its_last_one_belongs(void **state)
{
    struct sl_import import;

    run(*state, offers,
        "id,made,closed\na,2017-01-01,2017-01-09\nb,2017-01-02,2017-01-08\nc,2017-01-03,\n",
        &import);

    static const size_t rows[] = {2, 1, 1, 0, 0};
    static const size_t rules[] = {0, 0, 1, 0, 1};
    assert_int_equal(import.event_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(import.events[i].row, rows[i]);
        assert_int_equal(import.events[i].rule, rules[i]);
    }
    sl_import_close(&import);
}

/* A mapping that repeats an event `count` times for each row; owned by the caller. */
static char *make_repeated(size_t count)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_true(fputs("{\"source\":\"s\",\"events\":[{\"name\":\"e\",\"repeat\":{\"as\":\"n\","
                      "\"values\":[\"0\"",
                      out) >= 0);
    for (size_t i = 1; i < count; i++) {
        assert_true(fprintf(out, ",\"%zu\"", i) > 0);
    }
    assert_true(fputs("]},\"fields\":{\"note.subject\":\"{n}{id}\"}}]}", out) >= 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_row_gives_as_many_events_as_the_maximum(void **state)
{
    for (size_t count = SL_IMPORT_ROW_EVENTS_MAX - 1; count <= SL_IMPORT_ROW_EVENTS_MAX + 1;
         count++) {
        struct sl_import import;
        bool is_fine = count <= SL_IMPORT_ROW_EVENTS_MAX;
        char *mapping = make_repeated(count);

        run(*state, mapping, "id\na\n", &import);

        assert_int_equal(import.event_count, is_fine ? count : 0);
        assert_int_equal(import.refusal_count, is_fine ? 0 : 1);
        free(mapping);
        sl_import_close(&import);
    }
}

static void a_row_whose_events_are_larger_than_a_request_is_refused(void **state)
{
    enum { ID_BYTES = 60000, COPIES = 140 };
    struct sl_import import;
    char *mapping = make_repeated(COPIES);
    char *csv = calloc(1, ID_BYTES + 16);
    assert_non_null(csv);
    (void)snprintf(csv, ID_BYTES + 16, "id\n%0*d\n", ID_BYTES, 0);

    run(*state, mapping, csv, &import);

    assert_int_equal(import.event_count, 0);
    assert_int_equal(import.refusal_count, 1);
    assert_non_null(strstr(import.refusals[0].diag.message, "bytes"));
    free(csv);
    free(mapping);
    sl_import_close(&import);
}

static const char staged[] =
    "{\"source\":\"s\",\"lookups\":{\"prices\":{\"file\":\"other.csv\",\"key\":\"product\"}},"
    "\"events\":[{\"name\":\"open\",\"when\":[{\"column\":\"stage\",\"in\":[\"A\",\"B\"]},{"
    "\"column\":\"gone\","
    "\"empty\":true}],\"fields\":{\"quote.deal\":\"{id}\",\"quote.lines[0].amountMinor\":{"
    "\"lookup\":\"prices\","
    "\"key\":\"product\",\"keyMap\":{\"G\":\"gold\"},\"take\":\"price\",\"as\":\"money\","
    "\"currency\":\"USD\"}}}]}";

static void lookups_join_another_file(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    write_text(folder->other, "product,price\ngold,12.50\n");

    run(folder, staged, "id,stage,product,gone\n1,A,gold,\n2,B,G,\n3,A,tin,\n", &import);

    assert_int_equal(import.event_count, 2);
    Salesledger__V1__Event *event = unpack(&import, 1);
    assert_int_equal(event->quote->lines[0]->amount_minor, 1250);
    salesledger__v1__event__free_unpacked(event, NULL);
    assert_string_equal(import.refusals[0].diag.field, "product");
    assert_non_null(strstr(import.refusals[0].diag.message, "tin"));
    sl_import_close(&import);
}

static void a_row_to_which_no_event_applies_is_refused(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    write_text(folder->other, "product,price\ngold,12.50\n");

    run(folder, staged, "id,stage,product,gone\n1,Z,gold,\n2,A,gold,yes\n", &import);

    assert_int_equal(import.event_count, 0);
    assert_int_equal(import.refusal_count, 2);
    assert_non_null(strstr(import.refusals[0].diag.message, "\"Z\""));
    sl_import_close(&import);
}

static void a_file_without_a_column_is_refused_once(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    write_text(folder->mapping, sales);
    write_text(folder->csv, "id,day\n1,2017-01-01\n");
    assert_ok(sl_import_open(folder->mapping, &import, &diag));

    assert_err(SL_E_MISSING_FIELD, sl_import_read(&import, folder->csv, &diag));

    assert_non_null(strstr(diag.message, "\"product\""));
    sl_import_close(&import);
}

static void a_lookup_that_is_not_there_says_how_to_name_it(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    char reason[256];
    write_text(folder->mapping, staged);
    write_text(folder->csv, "id,stage,product,gone\n1,A,gold,\n");
    assert_ok(sl_import_open(folder->mapping, &import, &diag));

    assert_err(SL_E_IO, sl_import_read(&import, folder->csv, &diag));

    (void)snprintf(reason, sizeof reason,
                   "%s: cannot be opened; the mapping's lookup \"prices\" is read from it: put it "
                   "there or say --lookup prices=FILE",
                   folder->other);
    assert_string_equal(diag.message, reason);
    sl_import_close(&import);
}

static void an_import_takes_as_many_files_as_its_maximum(void **state)
{
    const struct folder *folder = *state;
    struct sl_import import;
    struct sl_diag diag = {0};
    write_text(folder->mapping, sales);
    write_text(folder->csv, SALES_HEADER "1,2017-01-01,,x,1,ann,\n");
    assert_ok(sl_import_open(folder->mapping, &import, &diag));
    for (size_t i = 0; i < SL_IMPORT_FILES_MAX; i++) {
        assert_ok(sl_import_read(&import, folder->csv, &diag));
    }

    assert_err(SL_E_TOO_MANY, sl_import_read(&import, folder->csv, &diag));

    assert_string_equal(diag.message, "at most 64 files at once");
    sl_import_close(&import);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_becomes_an_event),
        TEST(events_are_sorted_by_day_then_by_column_bytewise),
        TEST(ids_follow_content_and_not_position),
        TEST(equal_rows_are_two_events),
        TEST(rows_that_do_not_fit_are_left_out_with_line_and_column),
        TEST(distinct_is_once_per_value_and_repeat_once_per_given_value),
        TEST(a_refused_row_does_not_use_up_a_distinct_value),
        TEST(the_events_of_a_row_stand_together_where_its_last_one_belongs),
        TEST(a_row_gives_as_many_events_as_the_maximum),
        TEST(a_row_whose_events_are_larger_than_a_request_is_refused),
        TEST(lookups_join_another_file),
        TEST(a_row_to_which_no_event_applies_is_refused),
        TEST(a_file_without_a_column_is_refused_once),
        TEST(a_lookup_that_is_not_there_says_how_to_name_it),
        TEST(an_import_takes_as_many_files_as_its_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
