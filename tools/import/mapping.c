/* Loading a mapping document and checking all of it that does not need a row. */
#include "import/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"
#include "import/path.h"
#include "import/value_rule.h"

static const char *const document_members[] = {"about",     "source",    "delimiter", "columns",
                                               "unmatched", "valueMaps", "lookups",   "events",
                                               "order",     NULL};
static const char *const event_members[] = {"name",   "about",  "when", "distinct",
                                            "repeat", "fields", NULL};
static const char *const lookup_members[] = {"file", "key", NULL};
static const char *const repeat_members[] = {"as", "values", NULL};

static enum sl_err read_lookups(struct sl_mapping *mapping, struct sl_diag *diag)
{
    json_t *lookups = json_object_get(mapping->document, "lookups");
    if (lookups == NULL) {
        return SL_OK;
    }
    mapping->lookups = sl_tool_alloc(json_object_size(lookups), sizeof *mapping->lookups);
    const char *name;
    json_t *lookup;
    json_object_foreach(lookups, name, lookup)
    {
        enum sl_err err = sl_mapping_check_members(lookup, lookup_members, diag);
        if (err != SL_OK) {
            return err;
        }
        struct sl_lookup_rule *rule = &mapping->lookups[mapping->lookup_count++];
        rule->name = name;
        rule->file = json_string_value(json_object_get(lookup, "file"));
        rule->key = json_string_value(json_object_get(lookup, "key"));
        if (rule->file == NULL || rule->key == NULL) {
            return sl_refuse(diag, SL_E_MISSING_FIELD, "lookups",
                             "\"%s\" needs \"file\" and \"key\"", name);
        }
    }
    return SL_OK;
}

static enum sl_err read_fields(json_t *fields,
                               const struct sl_mapping_names *names,
                               struct sl_event_rule *event,
                               struct sl_diag *diag)
{
    size_t count = json_object_size(fields);
    if (count == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "fields",
                         "each event needs an object of at least one field");
    }
    if (count > SL_MAPPING_FIELDS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "fields", "must be 1 to %u fields, are %zu",
                         SL_MAPPING_FIELDS_MAX, count);
    }
    event->fields = sl_tool_alloc(count, sizeof *event->fields);
    const char *path;
    json_t *value;
    json_object_foreach(fields, path, value)
    {
        struct sl_value_rule *rule = &event->fields[event->field_count++];
        rule->path = path;
        enum sl_err err = sl_path_check(path, diag);
        if (err != SL_OK) {
            return err;
        }
        err = sl_value_rule_read(value, names, rule, diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "%s", path);
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err
read_repeat(const json_t *repeat, struct sl_event_rule *event, struct sl_diag *diag)
{
    if (repeat == NULL) {
        return SL_OK;
    }
    enum sl_err err = sl_mapping_check_members(repeat, repeat_members, diag);
    event->repeat_as = json_string_value(json_object_get(repeat, "as"));
    event->repeat_values = json_object_get(repeat, "values");
    bool is_fine = event->repeat_as != NULL && sl_mapping_is_texts(event->repeat_values);
    if (err == SL_OK && !is_fine) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "repeat",
                         "needs \"as\", a name, and \"values\", a list of texts");
    }
    return err;
}

static enum sl_err read_event(const json_t *json,
                              const struct sl_mapping_names *names,
                              struct sl_event_rule *event,
                              struct sl_diag *diag)
{
    enum sl_err err = sl_mapping_check_members(json, event_members, diag);
    if (err != SL_OK) {
        return err;
    }
    event->name = json_string_value(json_object_get(json, "name"));
    event->distinct = json_object_get(json, "distinct");
    if (event->name == NULL) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "name", "each event needs a name, for reports");
    }
    if (event->distinct != NULL && !sl_mapping_is_texts(event->distinct)) {
        return sl_refuse(diag, SL_E_MALFORMED, "distinct", "must be a list of columns");
    }
    err = sl_conditions_read(json_object_get(json, "when"), &event->when, diag);
    err = err == SL_OK ? read_repeat(json_object_get(json, "repeat"), event, diag) : err;
    return err == SL_OK ? read_fields(json_object_get(json, "fields"), names, event, diag) : err;
}

static enum sl_err read_events(struct sl_mapping *mapping, struct sl_diag *diag)
{
    const json_t *events = json_object_get(mapping->document, "events");
    const struct sl_mapping_names names = {
        .value_maps = json_object_get(mapping->document, "valueMaps"),
        .lookups = json_object_get(mapping->document, "lookups"),
    };
    size_t count = json_array_size(events);
    if (count == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "events",
                         "a list of what rows become, with at least one event");
    }
    if (count > SL_MAPPING_EVENTS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "events", "must be a list of 1 to %u, are %zu",
                         SL_MAPPING_EVENTS_MAX, count);
    }
    mapping->events = sl_tool_alloc(count, sizeof *mapping->events);
    for (size_t i = 0; i < count; i++) {
        struct sl_event_rule *event = &mapping->events[mapping->event_count++];
        enum sl_err err = read_event(json_array_get(events, i), &names, event, diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "events[%zu]", i);
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err read_order(struct sl_mapping *mapping, struct sl_diag *diag)
{
    const json_t *order = json_object_get(mapping->document, "order");
    if (order == NULL) {
        return SL_OK;
    }
    size_t count = json_array_size(order);
    if (!sl_mapping_is_texts(order) || count > SL_MAPPING_ORDER_MAX ||
        strcmp(json_string_value(json_array_get(order, 0)), "effectiveDate") != 0) {
        return sl_refuse(diag, SL_E_MALFORMED, "order",
                         "must be [\"effectiveDate\", columns...], at most %u, are %zu",
                         SL_MAPPING_ORDER_MAX, count);
    }
    mapping->is_ordered = true;
    for (size_t i = 1; i < count; i++) {
        mapping->order[mapping->order_count++] = json_string_value(json_array_get(order, i));
    }
    return SL_OK;
}

static enum sl_err read_head(struct sl_mapping *mapping, struct sl_diag *diag)
{
    const json_t *document = mapping->document;
    const json_t *delimiter = json_object_get(document, "delimiter");
    const char *unmatched = json_string_value(json_object_get(document, "unmatched"));
    mapping->source = json_string_value(json_object_get(document, "source"));
    mapping->columns = json_object_get(document, "columns");
    if (mapping->source == NULL) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "source",
                         "the name of the system the rows come from");
    }
    if (mapping->columns != NULL && !sl_mapping_is_texts(mapping->columns)) {
        return sl_refuse(diag, SL_E_MALFORMED, "columns", "must be a list of names");
    }
    if (delimiter != NULL && json_string_length(delimiter) != 1) {
        return sl_refuse(diag, SL_E_MALFORMED, "delimiter", "must be one character");
    }
    if (unmatched != NULL && strcmp(unmatched, "refuse") != 0 && strcmp(unmatched, "ignore") != 0) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "unmatched", "\"refuse\" or \"ignore\"");
    }
    const char *character = delimiter == NULL ? "," : json_string_value(delimiter);
    mapping->delimiter = character[0];
    mapping->is_unmatched_fine = unmatched != NULL && strcmp(unmatched, "ignore") == 0;
    return SL_OK;
}

/* Takes the document over. */
static enum sl_err
take_document(json_t *document, struct sl_mapping *ret_mapping, struct sl_diag *diag)
{
    struct sl_mapping mapping = {.document = document};
    enum sl_err err = sl_mapping_check_members(document, document_members, diag);
    err = err == SL_OK ? read_head(&mapping, diag) : err;
    err = err == SL_OK ? read_lookups(&mapping, diag) : err;
    err = err == SL_OK ? read_events(&mapping, diag) : err;
    err = err == SL_OK ? read_order(&mapping, diag) : err;
    if (err != SL_OK) {
        sl_mapping_deinit(&mapping);
        return err;
    }
    *ret_mapping = mapping;
    return SL_OK;
}

enum sl_err sl_mapping_parse(const char *text, struct sl_mapping *ret_mapping, struct sl_diag *diag)
{
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        return sl_refuse(diag, SL_E_MALFORMED, "", "line %d, column %d: %s", error.line,
                         error.column, error.text);
    }
    return take_document(document, ret_mapping, diag);
}

enum sl_err sl_mapping_load(const char *path, struct sl_mapping *ret_mapping, struct sl_diag *diag)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return sl_refuse(diag, SL_E_IO, "", "cannot be opened");
    }
    char *text = sl_tool_alloc(SL_MAPPING_BYTES_MAX + 2, 1);
    size_t len = fread(text, 1, SL_MAPPING_BYTES_MAX + 1, file);
    enum sl_err err = SL_OK;
    if (ferror(file)) {
        err = sl_refuse(diag, SL_E_IO, "", "cannot be read");
    } else if (len > SL_MAPPING_BYTES_MAX) {
        err = sl_refuse(diag, SL_E_TOO_BIG, "", "over %u bytes", SL_MAPPING_BYTES_MAX);
    } else {
        err = sl_mapping_parse(text, ret_mapping, diag);
    }
    (void)fclose(file); /* only read from */
    free(text);
    return err;
}

void sl_mapping_deinit(struct sl_mapping *mapping)
{
    for (size_t i = 0; i < mapping->event_count; i++) {
        struct sl_event_rule *event = &mapping->events[i];
        for (size_t j = 0; j < event->field_count; j++) {
            free(event->fields[j].when.items);
        }
        free(event->fields);
        free(event->when.items);
    }
    free(mapping->events);
    free(mapping->lookups);
    json_decref(mapping->document);
    *mapping = (struct sl_mapping){0};
}
