/* From JSON to message. Recursion follows the input and the schema; its depth is bounded by a count.
 *
 * A message is filled field by field, arrays element by element, and is at every moment one that
 * protobuf_c_message_free_unpacked() can free: that is how every failure cleans up. */
#include "json/json.h"

#include "json/json_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define EXACT_DOUBLE_MAX 9007199254740992.0 /* 2^53: up to here a double holds every integer */
#define SHOWN_NAMES_MAX  160 /* bytes of the names of an enum; all of ours are shorter */
#define SHOWN_VALUE_MAX  60  /* bytes of a wrong value in its message */

struct reader {
    struct sl_diag *diag; /* may be NULL */
    unsigned depth;       /* messages around the current one */
};

static enum sl_err read_message(struct reader *reader,
                                const ProtobufCMessageDescriptor *descriptor,
                                json_t *json,
                                ProtobufCMessage **ret_message);

/* "must be a day, is [1,2]": rule and value; the path is added on the way out. */
static enum sl_err refuse_value(struct reader *reader, const char *rule, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    enum sl_err err = sl_refuse(reader->diag, SL_E_INVALID_FIELD, "", "must be %s, is %.*s", rule,
                                SHOWN_VALUE_MAX, text != NULL ? text : "something else");
    free(text);
    return err;
}

static void *member_of(ProtobufCMessage *message, unsigned offset)
{
    return (char *)message + offset;
}

/* What an integer field can hold, and how a refusal says it. */
struct integer_range {
    sl_int128 min;
    sl_int128 max;
    const char *rule;
};

static struct integer_range range_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return (struct integer_range){INT64_MIN, INT64_MAX, "a 64-bit integer"};
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return (struct integer_range){0, UINT64_MAX, "a 64-bit integer of at least 0"};
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return (struct integer_range){0, UINT32_MAX, "a 32-bit integer of at least 0"};
    default: return (struct integer_range){INT32_MIN, INT32_MAX, "a 32-bit integer"};
    }
}

/* "-123" exactly; 20 digits always fit 128 bits. */
static bool parse_integer(const char *text, size_t len, sl_int128 *ret_value)
{
    bool is_negative = len > 0 && text[0] == '-';
    size_t at = is_negative ? 1 : 0;
    sl_int128 value = 0;
    if (len == at || len - at > 20) {
        return false;
    }
    for (; at < len; at++) {
        if (text[at] < '0' || text[at] > '9') {
            return false;
        }
        value = value * 10 + (text[at] - '0');
    }
    *ret_value = is_negative ? -value : value;
    return true;
}

/* A number with a dot or an exponent arrives as a double, which is exact for integers up to 2^53 only. */
static bool parse_real(double real, sl_int128 *ret_value)
{
    if (!(real >= -EXACT_DOUBLE_MAX && real <= EXACT_DOUBLE_MAX)) {
        return false;
    }
    int64_t value = (int64_t)real;
    *ret_value = value;
    return real >= (double)value && real <= (double)value;
}

static enum sl_err
read_integer(struct reader *reader, ProtobufCType type, json_t *json, sl_int128 *ret_value)
{
    struct integer_range range = range_of(type);
    sl_int128 value = 0;
    bool is_integer = false;
    if (json_is_integer(json)) {
        value = json_integer_value(json);
        is_integer = true;
    } else if (json_is_real(json)) {
        is_integer = parse_real(json_real_value(json), &value);
    } else if (json_is_string(json)) {
        is_integer = parse_integer(json_string_value(json), json_string_length(json), &value);
    }
    if (!is_integer || value < range.min || value > range.max) {
        return refuse_value(reader, range.rule, json);
    }
    *ret_value = value;
    return SL_OK;
}

static enum sl_err read_int32(struct reader *reader, ProtobufCType type, json_t *json, void *at)
{
    sl_int128 value = 0;
    enum sl_err err = read_integer(reader, type, json, &value);
    if (err == SL_OK) {
        uint32_t bits = (uint32_t)value; /* signed or not: the field is 32 bits wide */
        memcpy(at, &bits, sizeof bits);
    }
    return err;
}

static enum sl_err read_int64(struct reader *reader, ProtobufCType type, json_t *json, void *at)
{
    sl_int128 value = 0;
    enum sl_err err = read_integer(reader, type, json, &value);
    if (err == SL_OK) {
        uint64_t bits = (uint64_t)value; /* signed or not: the field is 64 bits wide */
        memcpy(at, &bits, sizeof bits);
    }
    return err;
}

static enum sl_err read_bool(struct reader *reader, json_t *json, protobuf_c_boolean *ret_value)
{
    if (!json_is_boolean(json)) {
        return refuse_value(reader, "true or false", json);
    }
    *ret_value = json_is_true(json) ? 1 : 0;
    return SL_OK;
}

/* "must be one of WON, LOST, AMENDED; is "SOLD"". Names that only stand for "not said" are no choice. */
static enum sl_err
refuse_name(struct reader *reader, const ProtobufCEnumDescriptor *descriptor, json_t *json)
{
    char rule[SHOWN_NAMES_MAX] = "one of ";
    const char *separator = "";
    size_t len = strlen(rule);
    for (unsigned i = 0; i < descriptor->n_values && len < sizeof rule; i++) {
        const char *name = descriptor->values[i].name;
        if (strstr(name, "_UNSPECIFIED") == NULL) {
            int added = snprintf(rule + len, sizeof rule - len, "%s%s", separator, name);
            len += added > 0 ? (size_t)added : 0;
            separator = ", ";
        }
    }
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    enum sl_err err = sl_refuse(reader->diag, SL_E_INVALID_FIELD, "", "must be %s; is %.*s", rule,
                                SHOWN_VALUE_MAX, text != NULL ? text : "something else");
    free(text);
    return err;
}

static enum sl_err read_enum(struct reader *reader,
                             const ProtobufCEnumDescriptor *descriptor,
                             json_t *json,
                             int32_t *ret_value)
{
    const ProtobufCEnumValue *value = NULL;
    sl_int128 number = 0;
    if (json_is_string(json)) {
        value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, json_string_value(json));
    } else if (json_is_number(json)) {
        enum sl_err err = read_integer(reader, PROTOBUF_C_TYPE_INT32, json, &number);
        if (err != SL_OK) {
            return err;
        }
        value = protobuf_c_enum_descriptor_get_value(descriptor, (int)number);
    }
    if (value == NULL) {
        return refuse_name(reader, descriptor, json);
    }
    *ret_value = value->value;
    return SL_OK;
}

/* Messages hold NUL-terminated text, so a NUL inside would silently end it. */
static enum sl_err read_string(struct reader *reader, json_t *json, char **ret_text)
{
    if (!json_is_string(json)) {
        return refuse_value(reader, "a string", json);
    }
    const char *text = json_string_value(json);
    if (strlen(text) != json_string_length(json)) {
        return refuse_value(reader, "a string without NUL", json);
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        return SL_E_NO_MEMORY;
    }
    *ret_text = copy;
    return SL_OK;
}

/* Value of a base64 digit of either alphabet, or -1. */
static int base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    if (digit == '+' || digit == '-') {
        return 62;
    }
    return digit == '/' || digit == '_' ? 63 : -1;
}

/* Gives the number of bytes, or -1. `bytes` takes 3 for every 4 digits begun. Left-over bits must be 0, so that no two
 * texts mean the same bytes. */
static ssize_t decode_base64(const char *text, size_t len, uint8_t *bytes)
{
    size_t padding = len > 0 && text[len - 1] == '=' ? 1 : 0;
    padding += padding == 1 && len > 1 && text[len - 2] == '=' ? 1 : 0;
    size_t digits = len - padding;
    if ((padding > 0 && len % 4 != 0) || digits % 4 == 1) {
        return -1;
    }
    uint32_t bits = 0;
    int bit_count = 0;
    ssize_t count = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = base64_value(text[i]);
        if (value < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[count++] = (uint8_t)(bits >> bit_count);
        }
    }
    bool has_left_over = (bits & ((1u << bit_count) - 1)) != 0;
    return has_left_over ? -1 : count;
}

static enum sl_err read_bytes(struct reader *reader, json_t *json, ProtobufCBinaryData *ret_bytes)
{
    if (!json_is_string(json)) {
        return refuse_value(reader, "base64", json);
    }
    size_t len = json_string_length(json);
    uint8_t *bytes = malloc(len / 4 * 3 + 3);
    if (bytes == NULL) {
        return SL_E_NO_MEMORY;
    }
    ssize_t count = decode_base64(json_string_value(json), len, bytes);
    if (count < 0) {
        free(bytes);
        return refuse_value(reader, "base64", json);
    }
    *ret_bytes = (ProtobufCBinaryData){.len = (size_t)count, .data = bytes};
    return SL_OK;
}

/* One value into `at`: the field in its message, or one element of its array. Nothing is written on failure. */
static enum sl_err
read_value(struct reader *reader, const ProtobufCFieldDescriptor *field, json_t *json, void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: return read_int32(reader, field->type, json, at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return read_int64(reader, field->type, json, at);
    case PROTOBUF_C_TYPE_BOOL: return read_bool(reader, json, at);
    case PROTOBUF_C_TYPE_ENUM: return read_enum(reader, field->descriptor, json, at);
    case PROTOBUF_C_TYPE_STRING: return read_string(reader, json, at);
    case PROTOBUF_C_TYPE_BYTES: return read_bytes(reader, json, at);
    case PROTOBUF_C_TYPE_MESSAGE: return read_message(reader, field->descriptor, json, at);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: break; /* the schemas have none */
    }
    return SL_E_UNSUPPORTED;
}

/* The count grows with each element, so that a failure frees exactly what is there. */
static enum sl_err read_array(struct reader *reader,
                              const ProtobufCFieldDescriptor *field,
                              json_t *json,
                              ProtobufCMessage *message)
{
    if (!json_is_array(json)) {
        enum sl_err err = refuse_value(reader, "an array", json);
        sl_diag_wrap_field(reader->diag, "%s", field->name);
        return err;
    }
    size_t size = sl_json_element_size(field->type);
    size_t *count = member_of(message, field->quantifier_offset);
    if (json_array_size(json) == 0) {
        return SL_OK;
    }
    char *elements = calloc(json_array_size(json), size);
    if (elements == NULL) {
        return SL_E_NO_MEMORY;
    }
    *(void **)member_of(message, field->offset) = elements;
    for (size_t i = 0; i < json_array_size(json); i++) {
        enum sl_err err = read_value(reader, field, json_array_get(json, i), elements + i * size);
        if (err != SL_OK) {
            sl_diag_wrap_field(reader->diag, "%s[%zu]", field->name, i);
            return err;
        }
        *count += 1;
    }
    return SL_OK;
}

/* Strings and messages are there if their pointer is; everything else has a flag beside it. */
static enum sl_err read_single(struct reader *reader,
                               const ProtobufCFieldDescriptor *field,
                               json_t *json,
                               ProtobufCMessage *message)
{
    enum sl_err err = read_value(reader, field, json, member_of(message, field->offset));
    bool has_flag = field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE;
    if (err == SL_OK && has_flag) {
        *(protobuf_c_boolean *)member_of(message, field->quantifier_offset) = 1;
    }
    if (err != SL_OK) {
        sl_diag_wrap_field(reader->diag, "%s", field->name);
    }
    return err;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor,
                                                  const char *key)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char name[SL_JSON_NAME_MAX];
        sl_json_field_name(&descriptor->fields[i], name);
        if (strcmp(key, name) == 0 || strcmp(key, descriptor->fields[i].name) == 0) {
            return &descriptor->fields[i];
        }
    }
    return NULL;
}

/* A field has two names; both at once would leave it to chance which one counts. */
static bool is_given_twice(const ProtobufCFieldDescriptor *field, json_t *object)
{
    char name[SL_JSON_NAME_MAX];
    sl_json_field_name(field, name);
    return strcmp(name, field->name) != 0 && json_object_get(object, name) != NULL &&
           json_object_get(object, field->name) != NULL;
}

static enum sl_err read_field(struct reader *reader,
                              const ProtobufCFieldDescriptor *field,
                              json_t *json,
                              ProtobufCMessage *message)
{
    if (json_is_null(json)) {
        return SL_OK;
    }
    return field->label == PROTOBUF_C_LABEL_REPEATED ? read_array(reader, field, json, message)
                                                     : read_single(reader, field, json, message);
}

static enum sl_err read_fields(struct reader *reader, json_t *object, ProtobufCMessage *message)
{
    const char *key;
    json_t *json;
    json_object_foreach(object, key, json)
    {
        const ProtobufCFieldDescriptor *field = find_field(message->descriptor, key);
        if (field == NULL) {
            return sl_refuse(reader->diag, SL_E_UNKNOWN_FIELD, key, "%s has no such field",
                             message->descriptor->short_name);
        }
        if (is_given_twice(field, object)) {
            return sl_refuse(reader->diag, SL_E_INVALID_FIELD, field->name, "is given twice");
        }
        enum sl_err err = read_field(reader, field, json, message);
        if (err != SL_OK) {
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err read_message(struct reader *reader,
                                const ProtobufCMessageDescriptor *descriptor,
                                json_t *json,
                                ProtobufCMessage **ret_message)
{
    if (!json_is_object(json)) {
        return refuse_value(reader, "an object", json);
    }
    if (reader->depth == SL_JSON_DEPTH_MAX) {
        return sl_refuse(reader->diag, SL_E_INVALID_FIELD, "", "must be nested at most %u deep",
                         SL_JSON_DEPTH_MAX);
    }
    ProtobufCMessage *message = calloc(1, descriptor->sizeof_message);
    if (message == NULL) {
        return SL_E_NO_MEMORY;
    }
    protobuf_c_message_init(descriptor, message);
    reader->depth++;
    enum sl_err err = read_fields(reader, json, message);
    reader->depth--;
    if (err != SL_OK) {
        protobuf_c_message_free_unpacked(message, NULL);
        return err;
    }
    *ret_message = message;
    return SL_OK;
}

enum sl_err sl_json_to_message(json_t *json,
                               const ProtobufCMessageDescriptor *descriptor,
                               ProtobufCMessage **ret_message,
                               struct sl_diag *diag)
{
    struct reader reader = {.diag = diag};
    return read_message(&reader, descriptor, json, ret_message);
}

static enum sl_err
refuse_text(struct sl_slice text, const json_error_t *problem, struct sl_diag *diag)
{
    bool has_lines = text.len > 0 && memchr(text.data, '\n', text.len) != NULL;
    if (has_lines) {
        return sl_refuse(diag, SL_E_MALFORMED, "", "line %d, column %d: %s", problem->line,
                         problem->column, problem->text);
    }
    return sl_refuse(diag, SL_E_MALFORMED, "", "column %d: %s", problem->column, problem->text);
}

/* Without the end of the last line, behind which nothing can be wrong. */
static struct sl_slice trim_end(struct sl_slice text)
{
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r')) {
        text.len--;
    }
    return text;
}

enum sl_err sl_json_text_to_message(struct sl_slice text,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    ProtobufCMessage **ret_message,
                                    struct sl_diag *diag)
{
    json_error_t problem;
    text = trim_end(text);
    json_t *json = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &problem);
    if (json == NULL) {
        return refuse_text(text, &problem, diag);
    }
    enum sl_err err = sl_json_to_message(json, descriptor, ret_message, diag);
    json_decref(json);
    return err;
}
