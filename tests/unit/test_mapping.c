/* Mapping documents: what is accepted, and that each mistake is named where it is made. */
#include "lib/test.h"

#include <string.h>

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
    refuse(SL_E_MALFORMED, "{\n\"source\":", "", "line 2");
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
    refuse(SL_E_TOO_MANY, "{\"source\":\"s\",\"events\":[]}", "events", "1 to 64");
    refuse(SL_E_MALFORMED,
           "{\"source\":\"s\",\"order\":[\"id\"],\"events\":[{\"name\":\"e\",\"fields\":{"
           "\"source\":\"x\"}}]}",
           "order", "effectiveDate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_mapping_is_read),
        cmocka_unit_test(text_that_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(unknown_words_are_refused),
        cmocka_unit_test(paths_follow_the_schema),
        cmocka_unit_test(a_value_has_one_source),
        cmocka_unit_test(conversions_are_checked_early),
        cmocka_unit_test(maps_and_lookups_must_exist),
        cmocka_unit_test(conditions_are_whole),
        cmocka_unit_test(source_events_and_order_are_needed_in_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
