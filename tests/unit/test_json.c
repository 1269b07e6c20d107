/* The JSON form: what is written, what is read, and how each wrong input is named. */
#include "lib/test.h"

#include "salesledger/v1/api.pb-c.h"
#include "salesledger/v1/event.pb-c.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef Salesledger__V1__Event event;

/* Reads an Event; the caller frees it with free_event(). */
static event *read_event(const char *text)
{
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;
    enum sl_err err =
        sl_json_text_to_message(SLICE(text), &salesledger__v1__event__descriptor, &message, &diag);
    if (err != SL_OK) {
        print_error("%s: %s: %s\n", text, diag.field, diag.message);
    }
    assert_ok(err);
    return (event *)(void *)message;
}

static void free_event(event *read)
{
    protobuf_c_message_free_unpacked(&read->base, NULL);
}

/* What a text becomes after one trip into a message and back. */
static void
assert_rewritten(const ProtobufCMessageDescriptor *descriptor, const char *text, const char *want)
{
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;
    char *written = NULL;
    assert_ok(sl_json_text_to_message(SLICE(text), descriptor, &message, &diag));
    assert_ok(sl_json_text_from_message(message, &written, &diag));
    assert_string_equal(written, want);
    free(written);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void assert_event_rewritten(const char *text, const char *want)
{
    assert_rewritten(&salesledger__v1__event__descriptor, text, want);
}

static void assert_refused(const ProtobufCMessageDescriptor *descriptor,
                           const char *text,
                           enum sl_err want,
                           const char *field,
                           const char *words)
{
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;
    assert_err(want, sl_json_text_to_message(SLICE(text), descriptor, &message, &diag));
    assert_null(message);
    assert_string_equal(diag.field, field);
    if (strstr(diag.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", diag.message, words);
    }
}

static void assert_event_refused(const char *text, const char *field, const char *words)
{
    assert_refused(&salesledger__v1__event__descriptor, text, SL_E_INVALID_FIELD, field, words);
}

static void names_are_camel_case_in_the_order_of_field_numbers(void **state)
{
    (void)state;

    assert_event_rewritten("{\"source\":\"crm\",\"effectiveDate\":\"2017-03-01\",\"seq\":\"7\"}",
                           "{\"seq\":\"7\",\"effectiveDate\":\"2017-03-01\",\"source\":\"crm\"}");
}

static void names_of_the_schema_are_read_too(void **state)
{
    (void)state;

    assert_event_rewritten("{\"effective_date\":\"2017-03-01\",\"recorded_us\":5}",
                           "{\"recordedUs\":\"5\",\"effectiveDate\":\"2017-03-01\"}");
}

static void an_empty_message_is_an_empty_object(void **state)
{
    (void)state;

    assert_event_rewritten("{}", "{}");
    assert_event_rewritten("{\"close\":{}}", "{\"close\":{}}");
}

static void null_and_empty_arrays_are_absent(void **state)
{
    (void)state;

    assert_event_rewritten("{\"seq\":null,\"source\":null,\"close\":null}", "{}");
    assert_event_rewritten("{\"close\":{\"lines\":null,\"credits\":[]}}", "{\"close\":{}}");
}

static void zeros_and_empty_texts_that_were_given_stay(void **state)
{
    (void)state;

    assert_event_rewritten(
        "{\"seq\":0,\"id\":\"\",\"source\":\"\",\"correct\":{\"void\":false}}",
        "{\"seq\":\"0\",\"id\":\"\",\"source\":\"\",\"correct\":{\"void\":false}}");
}

static void integers_are_read_from_numbers_and_strings(void **state)
{
    static const char *const texts[] = {"12000", "\"12000\"", "12000.0",
                                        "1.2e4", "120000e-1", "\"0012000\""};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"recordedUs\":%s}", texts[i]); /* fits */
        event *read = read_event(text);
        assert_true(read->has_recorded_us);
        assert_int_equal(read->recorded_us, 12000);
        free_event(read);
    }
}

static void integers_reach_to_both_ends_of_their_type(void **state)
{
    (void)state;

    assert_event_rewritten("{\"recordedUs\":-9223372036854775808}",
                           "{\"recordedUs\":\"-9223372036854775808\"}");
    assert_event_rewritten("{\"recordedUs\":\"9223372036854775807\"}",
                           "{\"recordedUs\":\"9223372036854775807\"}");
    assert_event_rewritten("{\"seq\":\"18446744073709551615\"}",
                           "{\"seq\":\"18446744073709551615\"}");
    assert_event_rewritten("{\"close\":{\"contractMonths\":\"-2147483648\"}}",
                           "{\"close\":{\"contractMonths\":-2147483648}}");
    assert_event_rewritten("{\"close\":{\"contractMonths\":2147483647}}",
                           "{\"close\":{\"contractMonths\":2147483647}}");
    assert_rewritten(&salesledger__v1__rank_request__descriptor, "{\"top\":4294967295}",
                     "{\"top\":4294967295}");
}

static void integers_beyond_their_type_are_refused(void **state)
{
    (void)state;

    assert_event_refused("{\"recordedUs\":\"9223372036854775808\"}", "recorded_us", "64-bit");
    assert_event_refused("{\"recordedUs\":\"-9223372036854775809\"}", "recorded_us", "64-bit");
    assert_event_refused("{\"seq\":\"18446744073709551616\"}", "seq", "at least 0");
    assert_event_refused("{\"seq\":\"99999999999999999999999\"}", "seq", "at least 0");
    assert_event_refused("{\"seq\":-1}", "seq", "at least 0, is -1");
    assert_event_refused("{\"close\":{\"contractMonths\":2147483648}}", "close.contract_months",
                         "32-bit");
    assert_event_refused("{\"close\":{\"contractMonths\":\"-2147483649\"}}",
                         "close.contract_months", "32-bit");
    assert_refused(&salesledger__v1__rank_request__descriptor, "{\"top\":4294967296}",
                   SL_E_INVALID_FIELD, "top", "32-bit");
    assert_refused(&salesledger__v1__rank_request__descriptor, "{\"top\":-1}", SL_E_INVALID_FIELD,
                   "top", "at least 0");
}

static void what_is_no_integer_is_refused(void **state)
{
    static const char *const bad[] = {"1.5",    "\"1.5\"", "\"1e3\"", "\"\"", "\"-\"",
                                      "\" 1\"", "\"+1\"",  "\"x\"",   "true", "[]",
                                      "{}",     "1e16",    "-1e300"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"recordedUs\":%s}", bad[i]); /* fits */
        assert_event_refused(text, "recorded_us", "must be a 64-bit integer, is ");
    }
}

/* Beyond 2^53 a double may stand for another integer than the one that was written. */
static void doubles_are_integers_up_to_two_to_the_53(void **state)
{
    (void)state;

    assert_event_rewritten("{\"recordedUs\":9007199254740992.0}",
                           "{\"recordedUs\":\"9007199254740992\"}");
    assert_event_rewritten("{\"recordedUs\":-9007199254740992.0}",
                           "{\"recordedUs\":\"-9007199254740992\"}");
    assert_event_refused("{\"recordedUs\":9007199254740994.0}", "recorded_us", "64-bit");
}

static void enums_are_names_and_read_from_numbers(void **state)
{
    (void)state;

    assert_event_rewritten("{\"close\":{\"kind\":\"WON\"}}", "{\"close\":{\"kind\":\"WON\"}}");
    assert_event_rewritten("{\"close\":{\"kind\":6}}", "{\"close\":{\"kind\":\"COLLECTED\"}}");
}

static void what_is_no_value_of_the_enum_is_refused(void **state)
{
    static const char *const bad[] = {"\"won\"", "\"\"", "99", "1.5", "true", "\"1\"", "{}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"close\":{\"kind\":%s}}", bad[i]); /* fits */
        assert_event_refused(text, "close.kind", "must be ");
    }
}

static void a_number_without_a_name_is_written_as_a_number(void **state)
{
    (void)state;
    Salesledger__V1__Close close = SALESLEDGER__V1__CLOSE__INIT;
    char *text = NULL;
    close.has_kind = 1;
    close.kind = (Salesledger__V1__Close__Kind)99;

    assert_ok(sl_json_text_from_message(&close.base, &text, NULL));

    assert_string_equal(text, "{\"kind\":99}");
    free(text);
}

static void bytes_of_every_length_are_padded_base64(void **state)
{
    static const char *const want[] = {"", "+w==", "+/8=", "+//+"};
    static uint8_t bytes[] = {0xfb, 0xff, 0xfe};
    (void)state;
    for (size_t len = 0; len < COUNT(want); len++) {
        Salesledger__V1__Receipt receipt = SALESLEDGER__V1__RECEIPT__INIT;
        char *text = NULL;
        char expected[64];
        receipt.has_id = 1;
        receipt.id = (ProtobufCBinaryData){.len = len, .data = bytes};
        (void)snprintf(expected, sizeof expected, "{\"id\":\"%s\"}", want[len]); /* fits */
        assert_ok(sl_json_text_from_message(&receipt.base, &text, NULL));
        assert_string_equal(text, expected);
        free(text);
    }
}

static void bytes_are_read_url_safe_and_unpadded_too(void **state)
{
    (void)state;

    assert_event_rewritten("{\"id\":\"-__-\"}", "{\"id\":\"+//+\"}");
    assert_event_rewritten("{\"id\":\"-w\"}", "{\"id\":\"+w==\"}");
    assert_event_rewritten("{\"id\":\"+/8\"}", "{\"id\":\"+/8=\"}");
}

static void what_is_no_base64_is_refused(void **state)
{
    static const char *const bad[] = {"\"A\"",    "\"AAAAA\"", "\"+w=\"",  "\"=\"",
                                      "\"====\"", "\"A===\"",  "\"+x==\"", "\"AA A\"",
                                      "\"AA*A\"", "\"A=AA\"",  "5",        "[\"+w==\"]"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"id\":%s}", bad[i]); /* fits */
        assert_event_refused(text, "id", "must be base64, is ");
    }
}

static void texts_keep_every_character(void **state)
{
    (void)state;

    assert_event_rewritten("{\"source\":\"\\u9500\\u552e \\ud83d\\ude00 \\\"q\\\" \\n\"}",
                           "{\"source\":\"\u9500\u552e \U0001f600 \\\"q\\\" \\n\"}");
}

static void wrong_types_are_refused_with_the_path(void **state)
{
    (void)state;

    assert_event_refused("{\"source\":5}", "source", "must be a string, is 5");
    assert_event_refused("{\"correct\":{\"void\":1}}", "correct.void", "must be true or false");
    assert_event_refused("{\"correct\":{\"void\":\"true\"}}", "correct.void", "true or false");
    assert_event_refused("{\"close\":[]}", "close", "must be an object, is []");
    assert_event_refused("{\"close\":{\"lines\":{}}}", "close.lines", "must be an array, is {}");
    assert_event_refused("{\"close\":{\"lines\":[1]}}", "close.lines[0]", "must be an object");
    assert_event_refused("{\"close\":{\"lines\":[{},null]}}", "close.lines[1]", "is null");
    assert_event_refused("[]", "", "must be an object, is []");
}

static void the_path_leads_through_arrays(void **state)
{
    (void)state;

    assert_event_refused("{\"close\":{\"credits\":[{\"sharePpm\":1},{\"sharePpm\":\"half\"}]}}",
                         "close.credits[1].share_ppm", "must be a 64-bit integer, is \"half\"");
    assert_event_refused("{\"correct\":{\"replacement\":{\"plan\":{\"components\":[{\"gate\":[{}, "
                         "{\"index\":{\"kind\":\"?\"}}]}]}}}}",
                         "correct.replacement.plan.components[0].gate[1].index.kind",
                         "must be one of");
}

static void an_unknown_field_is_refused_with_its_path(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *descriptor = &salesledger__v1__event__descriptor;

    assert_refused(descriptor, "{\"amount\":1}", SL_E_UNKNOWN_FIELD, "amount", "Event has no");
    assert_refused(descriptor, "{\"close\":{\"lines\":[{\"Amount\":1}]}}", SL_E_UNKNOWN_FIELD,
                   "close.lines[0].Amount", "Line has no");
}

static void a_field_given_twice_is_refused(void **state)
{
    (void)state;

    assert_event_refused("{\"recordedUs\":1,\"recorded_us\":1}", "recorded_us", "given twice");
    assert_refused(&salesledger__v1__event__descriptor, "{\"seq\":1,\"seq\":1}", SL_E_MALFORMED, "",
                   "duplicate");
}

static void a_long_wrong_value_is_cut_in_the_refusal(void **state)
{
    (void)state;
    char text[600] = "{\"seq\":\"";
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;
    memset(text + strlen(text), 'x', 500);
    memcpy(text + 508, "\"}", 3);

    assert_err(
        SL_E_INVALID_FIELD,
        sl_json_text_to_message(SLICE(text), &salesledger__v1__event__descriptor, &message, &diag));

    assert_in_range(strlen(diag.message), 60, 120);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "{}{}",
                                      "{\"seq\":}",
                                      "{seq:1}",
                                      "{\"seq\":9223372036854775808}",
                                      "{\"source\":\"\xff\"}"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_refused(&salesledger__v1__event__descriptor, bad[i], SL_E_MALFORMED, "", "column ");
    }
}

static void of_several_lines_the_one_is_told(void **state)
{
    (void)state;
    assert_refused(&salesledger__v1__event__descriptor, "{\n\"seq\":}\n", SL_E_MALFORMED, "",
                   "line 2, column 7: ");
    assert_refused(&salesledger__v1__event__descriptor, "{\"seq\":\r\n", SL_E_MALFORMED, "",
                   "column 7: ");
}

static void a_text_with_nul_inside_is_refused(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;
    json_t *json = json_object();
    assert_int_equal(json_object_set_new(json, "source", json_stringn("a\0b", 3)), 0);

    assert_err(SL_E_INVALID_FIELD,
               sl_json_to_message(json, &salesledger__v1__event__descriptor, &message, &diag));

    assert_string_equal(diag.field, "source");
    json_decref(json);
}

static void a_message_that_is_not_utf8_is_refused_with_its_path(void **state)
{
    (void)state;
    Salesledger__V1__Credit credit = SALESLEDGER__V1__CREDIT__INIT;
    Salesledger__V1__Close close = SALESLEDGER__V1__CLOSE__INIT;
    Salesledger__V1__Credit *credits[] = {&credit};
    char person[] = "\xff";
    char *text = NULL;
    struct sl_diag diag = {0};
    credit.person = person;
    close.n_credits = 1;
    close.credits = credits;

    assert_err(SL_E_INVALID_FIELD, sl_json_text_from_message(&close.base, &text, &diag));

    assert_null(text);
    assert_string_equal(diag.field, "credits[0].person");
}

static void a_missing_diag_is_no_trouble(void **state)
{
    (void)state;
    ProtobufCMessage *message = NULL;

    assert_err(SL_E_INVALID_FIELD,
               sl_json_text_to_message(SLICE("{\"close\":{\"lines\":[1]}}"),
                                       &salesledger__v1__event__descriptor, &message, NULL));
}

/* Our schemas never nest as deep as the limit, so the limit needs a message that contains itself. */
struct node {
    ProtobufCMessage base;
    struct node *child;
};

static const ProtobufCMessageDescriptor node_descriptor;

static const ProtobufCFieldDescriptor node_fields[] = {
    {.name = "child",
     .id = 1,
     .label = PROTOBUF_C_LABEL_OPTIONAL,
     .type = PROTOBUF_C_TYPE_MESSAGE,
     .offset = offsetof(struct node, child),
     .descriptor = &node_descriptor},
};

static void init_node(ProtobufCMessage *message)
{
    message->descriptor = &node_descriptor;
}

static const ProtobufCMessageDescriptor node_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "Node",
    .short_name = "Node",
    .sizeof_message = sizeof(struct node),
    .n_fields = 1,
    .fields = node_fields,
    .message_init = init_node,
};

static enum sl_err read_nodes(int depth, ProtobufCMessage **ret_message, struct sl_diag *diag)
{
    json_t *json = json_object();
    for (int i = 1; i < depth; i++) {
        json_t *outer = json_object();
        assert_int_equal(json_object_set_new(outer, "child", json), 0);
        json = outer;
    }
    enum sl_err err = sl_json_to_message(json, &node_descriptor, ret_message, diag);
    json_decref(json);
    return err;
}

static void nesting_is_accepted_up_to_its_maximum_and_refused_beyond(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    ProtobufCMessage *message = NULL;

    assert_err(SL_E_INVALID_FIELD, read_nodes(SL_JSON_DEPTH_MAX + 1, &message, &diag));
    assert_null(message);
    assert_non_null(strstr(diag.message, "at most 16 deep"));

    assert_ok(read_nodes(SL_JSON_DEPTH_MAX, &message, &diag));
    protobuf_c_message_free_unpacked(message, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_camel_case_in_the_order_of_field_numbers),
        cmocka_unit_test(names_of_the_schema_are_read_too),
        cmocka_unit_test(an_empty_message_is_an_empty_object),
        cmocka_unit_test(null_and_empty_arrays_are_absent),
        cmocka_unit_test(zeros_and_empty_texts_that_were_given_stay),
        cmocka_unit_test(integers_are_read_from_numbers_and_strings),
        cmocka_unit_test(integers_reach_to_both_ends_of_their_type),
        cmocka_unit_test(integers_beyond_their_type_are_refused),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(doubles_are_integers_up_to_two_to_the_53),
        cmocka_unit_test(enums_are_names_and_read_from_numbers),
        cmocka_unit_test(what_is_no_value_of_the_enum_is_refused),
        cmocka_unit_test(a_number_without_a_name_is_written_as_a_number),
        cmocka_unit_test(bytes_of_every_length_are_padded_base64),
        cmocka_unit_test(bytes_are_read_url_safe_and_unpadded_too),
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(texts_keep_every_character),
        cmocka_unit_test(wrong_types_are_refused_with_the_path),
        cmocka_unit_test(the_path_leads_through_arrays),
        cmocka_unit_test(an_unknown_field_is_refused_with_its_path),
        cmocka_unit_test(a_field_given_twice_is_refused),
        cmocka_unit_test(a_long_wrong_value_is_cut_in_the_refusal),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(of_several_lines_the_one_is_told),
        cmocka_unit_test(a_text_with_nul_inside_is_refused),
        cmocka_unit_test(a_message_that_is_not_utf8_is_refused_with_its_path),
        cmocka_unit_test(a_missing_diag_is_no_trouble),
        cmocka_unit_test(nesting_is_accepted_up_to_its_maximum_and_refused_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
