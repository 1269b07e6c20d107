/* The JSON form under random messages of every type, and under damaged texts. */
#include "lib/test.h"

#include "salesledger/v1/api.pb-c.h"
#include "salesledger/v1/event.pb-c.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTORS_MAX 256
#define ROUNDS          40

/* Every message type that a Request or Reply can hold. */
struct descriptors {
    const ProtobufCMessageDescriptor *list[DESCRIPTORS_MAX];
    size_t count;
};

static void add_descriptor(struct descriptors *all, const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i] == descriptor) {
            return;
        }
    }
    assert_true(all->count < DESCRIPTORS_MAX);
    all->list[all->count++] = descriptor;
}

static void add_parts(struct descriptors *all, const ProtobufCMessageDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        if (descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
            add_descriptor(all, descriptor->fields[i].descriptor);
        }
    }
}

static void collect_descriptors(struct descriptors *all)
{
    add_descriptor(all, &salesledger__v1__request__descriptor);
    add_descriptor(all, &salesledger__v1__reply__descriptor);
    for (size_t i = 0; i < all->count; i++) {
        add_parts(all, all->list[i]);
    }
}

/* Random messages are made as JSON values: a second, independent statement of the mapping. */
static json_t *
random_message(struct sl_test_random *, const ProtobufCMessageDescriptor *, int depth);

static json_t *random_text(struct sl_test_random *random)
{
    static const char *const pieces[] = {"a",  "Z",      "0",      " ",         "\"",
                                         "\\", "\u00e9", "\u9500", "\U0001f600"};
    char text[64] = "";
    size_t len = 0;
    for (uint64_t i = sl_test_random_below(random, 10); i > 0; i--) {
        const char *piece = pieces[sl_test_random_below(random, COUNT(pieces))];
        memcpy(text + len, piece, strlen(piece) + 1);
        len += strlen(piece);
    }
    return json_string(text);
}

static json_t *random_base64(struct sl_test_random *random)
{
    char text[64] = "";
    size_t groups = sl_test_random_below(random, 12);
    for (size_t i = 0; i < groups * 4; i++) {
        text[i] = (char)('A' + sl_test_random_below(random, 26));
    }
    return json_string(text);
}

static json_t *random_integer(struct sl_test_random *random, bool is_signed, bool is_wide)
{
    char text[32];
    uint64_t bits = sl_test_random(random) >> sl_test_random_below(random, 64);
    bits = is_wide ? bits : bits & INT32_MAX;
    bool is_negative = is_signed && sl_test_random_below(random, 2) == 1;
    if (is_signed) {
        bits &= INT64_MAX;
    }
    (void)snprintf(text, /* fits: 20 digits and a sign */
                   sizeof text, "%s%llu", is_negative && bits != 0 ? "-" : "",
                   (unsigned long long)bits);
    return is_wide ? json_string(text) : json_integer(strtoll(text, NULL, 10));
}

static json_t *random_enum(struct sl_test_random *random, const ProtobufCEnumDescriptor *descriptor)
{
    return json_string(descriptor->values[sl_test_random_below(random, descriptor->n_values)].name);
}

static json_t *
random_value(struct sl_test_random *random, const ProtobufCFieldDescriptor *field, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32: return random_integer(random, true, false);
    case PROTOBUF_C_TYPE_UINT32: return random_integer(random, false, false);
    case PROTOBUF_C_TYPE_INT64: return random_integer(random, true, true);
    case PROTOBUF_C_TYPE_UINT64: return random_integer(random, false, true);
    case PROTOBUF_C_TYPE_BOOL: return json_boolean(sl_test_random_below(random, 2));
    case PROTOBUF_C_TYPE_ENUM: return random_enum(random, field->descriptor);
    case PROTOBUF_C_TYPE_STRING: return random_text(random);
    case PROTOBUF_C_TYPE_BYTES: return random_base64(random);
    case PROTOBUF_C_TYPE_MESSAGE: return random_message(random, field->descriptor, depth + 1);
    default: break;
    }
    fail_msg("%s has a type that the schemas do not use", field->name);
    return NULL;
}

static json_t *
random_field(struct sl_test_random *random, const ProtobufCFieldDescriptor *field, int depth)
{
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        return random_value(random, field, depth);
    }
    json_t *array = json_array();
    for (uint64_t i = 1 + sl_test_random_below(random, 3); i > 0; i--) {
        assert_int_equal(json_array_append_new(array, random_value(random, field, depth)), 0);
    }
    return array;
}

/* The camelCase name by another road than the library's: letter by letter from the end. */
static void camel_name(const char *name, char *camel)
{
    size_t len = strlen(name);
    memcpy(camel, name, len + 1);
    for (size_t i = len; i-- > 0;) {
        if (camel[i] == '_') {
            memmove(camel + i, camel + i + 1, strlen(camel + i));
            camel[i] = (char)(camel[i] >= 'a' && camel[i] <= 'z' ? camel[i] - 32 : camel[i]);
        }
    }
}

static json_t *random_message(struct sl_test_random *random,
                              const ProtobufCMessageDescriptor *descriptor,
                              int depth)
{
    json_t *object = json_object();
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[64];
        if (sl_test_random_below(random, depth < 3 ? 2 : 4) != 0) {
            continue;
        }
        camel_name(descriptor->fields[i].name, name);
        json_t *value = random_field(random, &descriptor->fields[i], depth);
        assert_int_equal(json_object_set_new(object, name, value), 0);
    }
    return object;
}

/* Packs, so that two messages can be compared byte by byte. */
static uint8_t *pack(const ProtobufCMessage *message, size_t *ret_len)
{
    *ret_len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(*ret_len + 1);
    assert_non_null(bytes);
    assert_int_equal(protobuf_c_message_pack(message, bytes), *ret_len);
    return bytes;
}

/* JSON -> message -> bytes -> message -> JSON -> message -> bytes: both JSON values and both byte strings are equal. */
static void assert_round_trip(const ProtobufCMessageDescriptor *descriptor, json_t *json)
{
    struct sl_diag diag = {0};
    ProtobufCMessage *first = NULL;
    ProtobufCMessage *third = NULL;
    json_t *json_back = NULL;
    size_t len;
    size_t len_back;

    assert_ok(sl_json_to_message(json, descriptor, &first, &diag));
    uint8_t *bytes = pack(first, &len);
    ProtobufCMessage *second = protobuf_c_message_unpack(descriptor, NULL, len, bytes);
    assert_non_null(second);
    assert_ok(sl_json_from_message(second, &json_back, &diag));
    assert_ok(sl_json_to_message(json_back, descriptor, &third, &diag));
    uint8_t *bytes_back = pack(third, &len_back);

    assert_true(json_equal(json, json_back));
    assert_int_equal(len, len_back);
    assert_memory_equal(bytes, bytes_back, len);
    free(bytes);
    free(bytes_back);
    json_decref(json_back);
    protobuf_c_message_free_unpacked(first, NULL);
    protobuf_c_message_free_unpacked(second, NULL);
    protobuf_c_message_free_unpacked(third, NULL);
}

static void random_messages_of_every_type_survive_the_round_trip(void **state)
{
    (void)state;
    struct sl_test_random random;
    struct descriptors all = {0};
    sl_test_random_init(&random);
    collect_descriptors(&all);
    assert_true(all.count > 50);
    for (size_t i = 0; i < all.count; i++) {
        for (int round = 0; round < ROUNDS; round++) {
            json_t *json = random_message(&random, all.list[i], 0);
            assert_round_trip(all.list[i], json);
            json_decref(json);
        }
    }
}

/* A damaged text is either refused or read; it never harms, and what is read can be written again. */
static void damaged_texts_do_no_harm(void **state)
{
    (void)state;
    static const char junk[] = "{}[]\",:0123456789-.eEtrufalsn\\\x01\xff";
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 3000; round++) {
        const ProtobufCMessageDescriptor *descriptor = &salesledger__v1__event__descriptor;
        json_t *json = random_message(&random, descriptor, 2);
        char *text = json_dumps(json, JSON_COMPACT);
        char *written = NULL;
        ProtobufCMessage *message = NULL;
        struct sl_diag diag = {0};
        for (uint64_t i = 1 + sl_test_random_below(&random, 3); i > 0; i--) {
            text[sl_test_random_below(&random, strlen(text))] =
                junk[sl_test_random_below(&random, sizeof junk - 1)];
        }
        if (sl_json_text_to_message(SLICE(text), descriptor, &message, &diag) == SL_OK) {
            assert_ok(sl_json_text_from_message(message, &written, &diag));
            free(written);
            protobuf_c_message_free_unpacked(message, NULL);
        }
        free(text);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_messages_of_every_type_survive_the_round_trip),
        cmocka_unit_test(damaged_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
