/* Mapping documents: what is accepted, and that each mistake is named where it is made. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/mapping.h"

#define HEAD "{\"source\":\"s\",\"events\":[{\"name\":\"e\",\"fields\":{"
#define TAIL "}}]}"

static void refuse(enum sl_err expected, const char *text, const char *field, const char *hint)
{
    struct sl_mapping mapping = {0};
    struct sl_diag diag = {0};
    assert_err(expected, sl_mapping_parse(text, &mapping, &diag));
    if (strstr(diag.field, field) == NULL || strstr(diag.message, hint) == NULL) {
        fail_msg("field \"%s\", message \"%s\"", diag.field, diag.message);
    }
    assert_null(mapping.document);
}

static void a_small_mapping_is_read(void **state)
{
    (void)state;
    struct sl_mapping mapping;
    struct sl_diag diag = {0};

    assert_ok(sl_mapping_parse(HEAD "\"effectiveDate\":{\"column\":\"d\",\"as\":\"date\"},"
                                    "\"close.lines[0].quantity\":1000,"
                                    "\"close.deal\":\"{id}\"" TAIL,
                               &mapping, &diag));

    assert_int_equal(mapping.event_count, 1);
    assert_int_equal(mapping.events[0].field_count, 3);
    assert_int_equal(mapping.events[0].fields[0].as, SL_AS_DATE);
    assert_int_equal(mapping.events[0].fields[1].from, SL_FROM_LITERAL);
    assert_int_equal(mapping.events[0].fields[2].from, SL_FROM_TEMPLATE);
    assert_int_equal(mapping.delimiter, ',');
    assert_false(mapping.is_ordered);
    sl_mapping_deinit(&mapping);
}

static void text_that_is_no_json_is_refused_with_its_line(void **state)
{
    (void)state;
    refuse(SL_E_MALFORMED, "{\n\"source\":", "", "line 2, column ");
    refuse(SL_E_MALFORMED, "[]", "", "object");
}

static void unknown_words_are_refused(void **state)
{
    (void)state;
    refuse(SL_E_UNKNOWN_FIELD, "{\"sauce\":\"s\"}", "sauce", "not a word");
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close.deal\":{\"colum\":\"x\"}" TAIL, "close.deal",
           "not a word");
}

static void paths_follow_the_schema(void **state)
{
    (void)state;
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close.dael\":\"x\"" TAIL, "close.dael", "dael");
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close.lines.product\":\"x\"" TAIL, "close.lines", "[n]");
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close.deal[0]\":\"x\"" TAIL, "close.deal", "[n]");
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close.contract_months\":1" TAIL, "contract_months",
           "no field");
    refuse(SL_E_UNKNOWN_FIELD, HEAD "\"close\":\"x\"" TAIL, "close", "group");
    refuse(SL_E_MALFORMED, HEAD "\"close..deal\":\"x\"" TAIL, "close..deal", "path");
    refuse(SL_E_MALFORMED, HEAD "\"close.lines[].product\":\"x\"" TAIL, "close.lines", "path");
}

static void a_value_has_one_source(void **state)
{
    (void)state;
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":{}" TAIL, "close.deal", "exactly one");
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":{\"column\":\"a\",\"template\":\"b\"}" TAIL,
           "close.deal", "exactly one");
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":[1]" TAIL, "close.deal", "whole number");
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":1.5" TAIL, "close.deal", "whole number");
}

static void braces_of_a_template_close_around_names_of_a_size(void **state)
{
    (void)state;
    char text[512];
    struct sl_diag diag = {0};
    struct sl_mapping mapping = {0};
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":\"D-{id\"" TAIL, "close.deal", "not closed");
    refuse(SL_E_MALFORMED, HEAD "\"close.deal\":\"{{{id\"" TAIL, "close.deal", "not closed");
    for (int len = SL_TEMPLATE_COLUMN_BYTES_MAX; len <= (int)SL_TEMPLATE_COLUMN_BYTES_MAX + 1;
         len++) {
        (void)snprintf(text, sizeof text, HEAD "\"close.deal\":\"{{ {%0*d}\"" TAIL, len, 0);
        assert_err(len > (int)SL_TEMPLATE_COLUMN_BYTES_MAX ? SL_E_TOO_BIG : SL_OK,
                   sl_mapping_parse(text, &mapping, &diag));
        sl_mapping_deinit(&mapping);
    }
    assert_string_equal(diag.field, "events[0].close.deal");
    assert_string_equal(diag.message, "a column's name has at most 127 bytes, this one 128");
}

static void conversions_are_checked_early(void **state)
{
    (void)state;
    refuse(SL_E_INVALID_FIELD, HEAD "\"close.deal\":{\"column\":\"a\",\"as\":\"float\"}" TAIL,
           "close.deal", "one of text");
    refuse(SL_E_MISSING_FIELD, HEAD "\"close.deal\":{\"column\":\"a\",\"as\":\"money\"}" TAIL,
           "close.deal", "currency");
    refuse(SL_E_UNKNOWN_CURRENCY,
           HEAD "\"close.deal\":{\"column\":\"a\",\"as\":\"money\",\"currency\":\"XXY\"}" TAIL,
           "close.deal", "XXY");
    refuse(SL_E_INVALID_FIELD,
           HEAD "\"close.deal\":{\"column\":\"a\",\"as\":\"date\",\"format\":[\"%Y\"]}" TAIL,
           "close.deal", "formats");
    refuse(SL_E_INVALID_FIELD,
           HEAD "\"close.deal\":{\"column\":\"a\",\"decimal\":\",\",\"group\":\",\"}" TAIL,
           "close.deal", "differ");
}

static void maps_and_lookups_must_exist(void **state)
{
    (void)state;
    refuse(SL_E_UNKNOWN_REFERENCE, HEAD "\"close.deal\":{\"column\":\"a\",\"map\":\"m\"}" TAIL,
           "close.deal", "valueMaps");
    refuse(SL_E_UNKNOWN_REFERENCE,
           HEAD "\"close.deal\":{\"lookup\":\"l\",\"key\":\"a\",\"take\":\"b\"}" TAIL, "close.deal",
           "\"l\"");
    refuse(SL_E_MISSING_FIELD, HEAD "\"close.deal\":{\"lookup\":\"l\"}" TAIL, "close.deal", "key");
}

static void conditions_are_whole(void **state)
{
    (void)state;
    static const char head[] =
        "{\"source\":\"s\",\"events\":[{\"name\":\"e\",\"fields\":{\"source\":\"x\"},";
    char text[256];
    const char *const wrong[] = {"\"when\":{}", "\"when\":[{\"column\":\"a\"}]",
                                 "\"when\":[{\"column\":\"a\",\"equals\":1}]",
                                 "\"when\":[{\"column\":\"a\",\"in\":[]}]",
                                 "\"when\":[{\"column\":\"a\",\"empty\":\"yes\"}]"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        (void)snprintf(text, sizeof text, "%s%s}]}", head, wrong[i]);
        refuse(SL_E_MALFORMED, text, "when", "");
    }
}

static void source_events_and_order_are_needed_in_form(void **state)
{
    (void)state;
    refuse(SL_E_MISSING_FIELD, "{\"events\":[]}", "source", "");
    static const char *const without[] = {"", ",\"events\":[]", ",\"events\":{}", ",\"events\":1"};
    for (size_t i = 0; i < COUNT(without); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"source\":\"s\"%s}", without[i]);
        refuse(SL_E_MISSING_FIELD, text, "events", "at least one event");
    }
    refuse(SL_E_MISSING_FIELD, "{\"source\":\"s\",\"events\":[{\"name\":\"e\"}]}", "fields",
           "at least one field");
    refuse(SL_E_MALFORMED,
           "{\"source\":\"s\",\"order\":[\"id\"],\"events\":[{\"name\":\"e\",\"fields\":{"
           "\"source\":\"x\"}}]}",
           "order", "effectiveDate");
}

/* A mapping with as many events, fields in each, conditions and columns to order by as are asked for. */
struct counts {
    size_t events, fields, conditions, order;
};

static json_t *fields_of(size_t count)
{
    json_t *fields = json_object();
    assert_int_equal(json_object_set_new(fields, "source", json_string("x")), 0);
    for (size_t i = 1; i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "close.lines[%zu].product", i - 1);
        assert_int_equal(json_object_set_new(fields, path, json_string("x")), 0);
    }
    return fields;
}

static json_t *list_of(json_t *first, json_t *other, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(json_array_append(list, i == 0 ? first : other), 0);
    }
    json_decref(first);
    json_decref(other);
    return list;
}

static enum sl_err parse_counts(const struct counts *counts, struct sl_diag *diag)
{
    json_t *when =
        list_of(json_pack("{ssso}", "column", "a", "empty", json_true()),
                json_pack("{ssso}", "column", "b", "empty", json_true()), counts->conditions);
    json_t *event =
        json_pack("{sssoso}", "name", "e", "fields", fields_of(counts->fields), "when", when);
    json_t *order = list_of(json_string("effectiveDate"), json_string("id"), counts->order);
    json_t *document = json_pack("{sssoso}", "source", "s", "order", order, "events",
                                 list_of(json_incref(event), event, counts->events));
    assert_non_null(document);
    char *text = json_dumps(document, JSON_COMPACT);
    assert_non_null(text);
    struct sl_mapping mapping = {0};
    enum sl_err err = sl_mapping_parse(text, &mapping, diag);
    sl_mapping_deinit(&mapping);
    free(text);
    json_decref(document);
    return err;
}

static void a_mapping_takes_as_much_as_the_limits_say(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    const struct counts most = {SL_MAPPING_EVENTS_MAX, SL_MAPPING_FIELDS_MAX, SL_MAPPING_WHEN_MAX,
                                SL_MAPPING_ORDER_MAX};
    struct counts more = most;
    assert_ok(parse_counts(&most, &diag));

    more.events++;
    assert_err(SL_E_TOO_MANY, parse_counts(&more, &diag));
    assert_string_equal(diag.field, "events");
    assert_string_equal(diag.message, "must be a list of 1 to 64, are 65");
    more = most;
    more.fields++;
    assert_err(SL_E_TOO_MANY, parse_counts(&more, &diag));
    assert_string_equal(diag.field, "events[0].fields");
    assert_string_equal(diag.message, "must be 1 to 128 fields, are 129");
    more = most;
    more.conditions++;
    assert_err(SL_E_MALFORMED, parse_counts(&more, &diag));
    assert_string_equal(diag.field, "events[0].when");
    assert_string_equal(diag.message, "must be a list of at most 16 conditions, are 17");
    more = most;
    more.order++;
    assert_err(SL_E_MALFORMED, parse_counts(&more, &diag));
    assert_string_equal(diag.field, "order");
    assert_string_equal(diag.message, "must be [\"effectiveDate\", columns...], at most 8, are 9");
}

/* A mapping file of this many bytes, filled up with blanks. */
static enum sl_err load_file_of(size_t size, struct sl_diag *diag)
{
    static const char text[] = HEAD "\"close.deal\":\"x\"" TAIL;
    char path[] = "/tmp/salesledger-mapping-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%*s", text, (int)(size - strlen(text)), "") == (int)size);
    assert_int_equal(fclose(file), 0);
    struct sl_mapping mapping = {0};
    enum sl_err err = sl_mapping_load(path, &mapping, diag);
    sl_mapping_deinit(&mapping);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void a_mapping_file_has_a_maximum(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    assert_ok(load_file_of(SL_MAPPING_BYTES_MAX, &diag));

    assert_err(SL_E_TOO_BIG, load_file_of(SL_MAPPING_BYTES_MAX + 1, &diag));

    assert_non_null(strstr(diag.message, "over 1048576 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_mapping_is_read),
        cmocka_unit_test(text_that_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(unknown_words_are_refused),
        cmocka_unit_test(paths_follow_the_schema),
        cmocka_unit_test(a_value_has_one_source),
        cmocka_unit_test(braces_of_a_template_close_around_names_of_a_size),
        cmocka_unit_test(conversions_are_checked_early),
        cmocka_unit_test(maps_and_lookups_must_exist),
        cmocka_unit_test(conditions_are_whole),
        cmocka_unit_test(source_events_and_order_are_needed_in_form),
        cmocka_unit_test(a_mapping_takes_as_much_as_the_limits_say),
        cmocka_unit_test(a_mapping_file_has_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
