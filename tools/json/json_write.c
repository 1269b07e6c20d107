/* From message to JSON. Recursion follows the schema, in which no message contains itself; its depth is bounded. */
#include "json/json.h"

#include "json/json_field.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the writer is: enough to name the place of an error. */
struct writer {
    struct sl_diag *diag; /* may be NULL */
    unsigned depth;       /* messages around the current one */
};

static enum sl_err write_message(struct writer *, const ProtobufCMessage *, json_t **ret_json);

static const void *member_of(const ProtobufCMessage *message, unsigned offset)
{
    return (const char *)message + offset;
}

static enum sl_err new_or_no_memory(json_t *json, json_t **ret_json)
{
    *ret_json = json;
    return json != NULL ? SL_OK : SL_E_NO_MEMORY;
}

static json_t *new_int64(int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value); /* fits: 20 digits */
    return json_string(text);
}

static json_t *new_uint64(uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value); /* fits: 20 digits */
    return json_string(text);
}

/* A number without a name, from a newer version, stays a number. */
static json_t *new_enum(const ProtobufCFieldDescriptor *field, int32_t number)
{
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(field->descriptor, number);
    return value != NULL ? json_string(value->name) : json_integer(number);
}

/* jansson refuses what is not UTF-8. */
static enum sl_err write_string(struct writer *writer, const char *text, json_t **ret_json)
{
    *ret_json = json_string(text != NULL ? text : "");
    return *ret_json != NULL
               ? SL_OK
               : sl_refuse(writer->diag, SL_E_INVALID_FIELD, "", "must be UTF-8, is not");
}

/* One to three bytes become two to four digits, padded to four. */
static void put_group(const uint8_t *bytes, size_t count, char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++) {
        group = group << 8 | (i < count ? bytes[i] : 0u);
    }
    for (size_t i = 0; i < 4; i++) {
        text[i] = '=';
        if (i <= count) {
            text[i] = digits[group >> (18 - 6 * i) & 63];
        }
    }
}

static enum sl_err write_bytes(const ProtobufCBinaryData *bytes, json_t **ret_json)
{
    size_t groups = (bytes->len + 2) / 3;
    char *text = malloc(groups * 4 + 1);
    if (text == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < groups; i++) {
        put_group(bytes->data + 3 * i, bytes->len - 3 * i, text + 4 * i);
    }
    text[groups * 4] = '\0';
    enum sl_err err = new_or_no_memory(json_string(text), ret_json);
    free(text);
    return err;
}

/* One value; `at` points to the field in its message, or to one element of its array. */
static enum sl_err write_value(struct writer *writer,
                               const ProtobufCFieldDescriptor *field,
                               const void *at,
                               json_t **ret_json)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return new_or_no_memory(json_integer(*(const int32_t *)at), ret_json);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return new_or_no_memory(json_integer(*(const uint32_t *)at), ret_json);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return new_or_no_memory(new_int64(*(const int64_t *)at), ret_json);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return new_or_no_memory(new_uint64(*(const uint64_t *)at), ret_json);
    case PROTOBUF_C_TYPE_BOOL:
        return new_or_no_memory(json_boolean(*(const protobuf_c_boolean *)at), ret_json);
    case PROTOBUF_C_TYPE_ENUM:
        return new_or_no_memory(new_enum(field, *(const int32_t *)at), ret_json);
    case PROTOBUF_C_TYPE_STRING: return write_string(writer, *(char *const *)at, ret_json);
    case PROTOBUF_C_TYPE_BYTES: return write_bytes(at, ret_json);
    case PROTOBUF_C_TYPE_MESSAGE:
        return write_message(writer, *(ProtobufCMessage *const *)at, ret_json);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: break; /* the schemas have none */
    }
    return SL_E_UNSUPPORTED;
}

static enum sl_err write_array(struct writer *writer,
                               const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message,
                               json_t **ret_json)
{
    size_t count = *(const size_t *)member_of(message, field->quantifier_offset);
    const char *elements = *(char *const *)member_of(message, field->offset);
    json_t *array = json_array();
    enum sl_err err = array != NULL ? SL_OK : SL_E_NO_MEMORY;
    for (size_t i = 0; i < count && err == SL_OK; i++) {
        json_t *element = NULL;
        err =
            write_value(writer, field, elements + i * sl_json_element_size(field->type), &element);
        if (err == SL_OK && json_array_append_new(array, element) != 0) {
            err = SL_E_NO_MEMORY;
        }
        if (err != SL_OK) {
            sl_diag_wrap_field(writer->diag, "%s[%zu]", field->name, i);
        }
    }
    if (err != SL_OK) {
        json_decref(array);
        return err;
    }
    *ret_json = array;
    return SL_OK;
}

/* Strings and messages are there if their pointer is; everything else has a flag beside it. */
static bool is_present(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const void *at = member_of(message, field->offset);
    const void *quantifier = member_of(message, field->quantifier_offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)quantifier > 0;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *pointer = *(void *const *)at;
        return pointer != NULL && pointer != field->default_value;
    }
    return *(const protobuf_c_boolean *)quantifier != 0;
}

static enum sl_err write_field(struct writer *writer,
                               const ProtobufCFieldDescriptor *field,
                               const ProtobufCMessage *message,
                               json_t *object)
{
    char name[SL_JSON_NAME_MAX];
    json_t *json = NULL;
    enum sl_err err;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        err = write_array(writer, field, message, &json);
    } else {
        err = write_value(writer, field, member_of(message, field->offset), &json);
        if (err != SL_OK) {
            sl_diag_wrap_field(writer->diag, "%s", field->name);
        }
    }
    if (err != SL_OK) {
        return err;
    }
    sl_json_field_name(field, name);
    return json_object_set_new(object, name, json) == 0 ? SL_OK : SL_E_NO_MEMORY;
}

static enum sl_err
write_message(struct writer *writer, const ProtobufCMessage *message, json_t **ret_json)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    json_t *object = json_object();
    enum sl_err err = object != NULL ? SL_OK : SL_E_NO_MEMORY;
    SL_ASSERT(writer->depth < SL_JSON_DEPTH_MAX);
    writer->depth++;
    for (unsigned i = 0; i < descriptor->n_fields && err == SL_OK; i++) {
        if (is_present(&descriptor->fields[i], message)) {
            err = write_field(writer, &descriptor->fields[i], message, object);
        }
    }
    writer->depth--;
    if (err != SL_OK) {
        json_decref(object);
        return err;
    }
    *ret_json = object;
    return SL_OK;
}

enum sl_err
sl_json_from_message(const ProtobufCMessage *message, json_t **ret_json, struct sl_diag *diag)
{
    struct writer writer = {.diag = diag};
    return write_message(&writer, message, ret_json);
}

enum sl_err
sl_json_text_from_message(const ProtobufCMessage *message, char **ret_text, struct sl_diag *diag)
{
    json_t *json = NULL;
    enum sl_err err = sl_json_from_message(message, &json, diag);
    if (err != SL_OK) {
        return err;
    }
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL) {
        return SL_E_NO_MEMORY;
    }
    *ret_text = text;
    return SL_OK;
}
