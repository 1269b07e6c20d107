/* Walking a dotted path: once over the schema to check it, once per event over JSON to fill it. */
#include "import/path.h"

#include <ctype.h>
#include <salesledger/v1/event.pb-c.h>
#include <string.h>

struct step {
    char name[SL_PATH_NAME_BYTES_MAX + 1];
    int index; /* -1: no [n] */
};

struct steps {
    struct step items[SL_PATH_STEPS_MAX];
    size_t count;
};

/* Reads "name" or "name[12]" and moves past it. */
static bool read_step(const char **at, struct step *ret_step)
{
    size_t len = strcspn(*at, ".[");
    if (len == 0 || len > SL_PATH_NAME_BYTES_MAX) {
        return false;
    }
    memcpy(ret_step->name, *at, len);
    ret_step->name[len] = '\0';
    ret_step->index = -1;
    *at += len;
    if (**at != '[') {
        return true;
    }
    int index = 0;
    unsigned digits = 0;
    for (++*at; isdigit((unsigned char)**at) && digits < 3; ++*at, digits++) {
        index = index * 10 + (**at - '0');
    }
    if (digits == 0 || **at != ']') {
        return false;
    }
    ++*at;
    ret_step->index = index;
    return true;
}

static bool parse(const char *path, struct steps *ret_steps)
{
    ret_steps->count = 0;
    const char *at = path;
    while (ret_steps->count < SL_PATH_STEPS_MAX) {
        if (!read_step(&at, &ret_steps->items[ret_steps->count++])) {
            return false;
        }
        if (*at == '\0') {
            return true;
        }
        if (*at++ != '.') {
            return false;
        }
    }
    return false;
}

/* "sharePpm" -> "share_ppm": the JSON name's spelling in event.proto. */
static void to_proto_name(const char *json_name, char *buf, size_t size)
{
    size_t len = 0;
    for (const char *c = json_name; *c != '\0' && len + 3 < size; c++) {
        if (isupper((unsigned char)*c)) {
            buf[len++] = '_';
        }
        buf[len++] = (char)tolower((unsigned char)*c);
    }
    buf[len] = '\0';
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *message,
                                                  const struct step *step)
{
    char name[2 * SL_PATH_NAME_BYTES_MAX];
    if (message == NULL || strchr(step->name, '_') != NULL) {
        return NULL;
    }
    to_proto_name(step->name, name, sizeof name);
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message, name);
    if (field == NULL || (field->label == PROTOBUF_C_LABEL_REPEATED) != (step->index >= 0)) {
        return NULL;
    }
    return field;
}

enum sl_err sl_path_check(const char *path, struct sl_diag *diag)
{
    struct steps steps;
    if (!parse(path, &steps)) {
        return sl_refuse(diag, SL_E_MALFORMED, path, "not a path like close.lines[0].amountMinor");
    }
    const ProtobufCMessageDescriptor *message = &salesledger__v1__event__descriptor;
    const ProtobufCFieldDescriptor *field = NULL;
    for (size_t i = 0; i < steps.count; i++) {
        field = find_field(message, &steps.items[i]);
        if (field == NULL) {
            return sl_refuse(diag, SL_E_UNKNOWN_FIELD, path,
                             "\"%s\" is no field here, or has [n] where it must not or lacks it",
                             steps.items[i].name);
        }
        message = field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
    }
    if (message != NULL) {
        return sl_refuse(diag, SL_E_UNKNOWN_FIELD, path, "names a group of fields, not a value");
    }
    return SL_OK;
}

/* The container called `name`, made if missing. Borrowed from `object`. */
static json_t *get_or_make(json_t *object, const char *name, bool is_array)
{
    json_t *child = json_object_get(object, name);
    if (child == NULL) {
        child = is_array ? json_array() : json_object();
        if (json_object_set_new(object, name, child) != 0) {
            return NULL;
        }
    }
    return child;
}

/* The element `index` of an array, appended from `fresh` (stolen) if it is the next one. */
static json_t *element(json_t *array, size_t index, json_t *fresh)
{
    if (index == json_array_size(array)) {
        return json_array_append_new(array, fresh) == 0 ? json_array_get(array, index) : NULL;
    }
    json_decref(fresh);
    return json_array_get(array, index);
}

static json_t *enter(json_t *object, const struct step *step)
{
    json_t *child = get_or_make(object, step->name, step->index >= 0);
    if (child == NULL || step->index < 0) {
        return child;
    }
    return element(child, (size_t)step->index, json_object());
}

static bool put_last(json_t *object, const struct step *step, json_t *value)
{
    if (step->index < 0) {
        return json_object_set_new(object, step->name, value) == 0;
    }
    json_t *array = get_or_make(object, step->name, true);
    return element(array, (size_t)step->index, value) == value;
}

enum sl_err sl_path_put(json_t *event, const char *path, json_t *value, struct sl_diag *diag)
{
    struct steps steps;
    bool is_path = parse(path, &steps);
    json_t *object = event;
    for (size_t i = 0; is_path && object != NULL && i + 1 < steps.count; i++) {
        object = enter(object, &steps.items[i]);
    }
    if (!is_path || object == NULL) {
        json_decref(value);
    } else if (put_last(object, &steps.items[steps.count - 1], value)) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_MISSING_FIELD, path,
                     "elements must be given in order: [1] after [0]");
}
