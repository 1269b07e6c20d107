/* Running a mapping over the rows of CSV files. */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/check.h"
#include "import/derive.h"
#include "import/memory.h"
#include "import/path.h"
#include "import/reject_columns.h"
#include "import/value.h"
#include "json/json.h"

/* One row on its way to events. */
struct row_work {
    struct sl_import *import;
    struct sl_row_view view;
    size_t file, row;
    json_t *fresh; /* `distinct` keys of this row; they count once the whole row is fine */
    struct sl_diag *diag;
};

enum sl_err
sl_import_open(const char *mapping_path, struct sl_import *ret_import, struct sl_diag *diag)
{
    struct sl_import import = {0};
    enum sl_err err = sl_mapping_load(mapping_path, &import.mapping, diag);
    if (err != SL_OK) {
        sl_diag_wrap(diag, "%s", mapping_path);
        return err;
    }
    import.lookups = sl_tool_alloc(import.mapping.lookup_count, sizeof *import.lookups);
    import.lookup_paths = sl_tool_alloc(import.mapping.lookup_count, sizeof *import.lookup_paths);
    import.seen = json_object();
    *ret_import = import;
    return SL_OK;
}

void sl_import_close(struct sl_import *import)
{
    for (size_t i = 0; i < import->event_count; i++) {
        free(import->events[i].bytes);
    }
    for (size_t i = 0; i < import->file_count; i++) {
        sl_csv_close(&import->files[i]);
    }
    for (size_t i = 0; i < import->lookup_count; i++) {
        sl_lookup_close(&import->lookups[i]);
    }
    for (size_t i = 0; i < import->mapping.lookup_count; i++) {
        free(import->lookup_paths[i]);
    }
    free(import->events);
    free(import->refusals);
    free(import->lookups);
    free(import->lookup_paths);
    json_decref(import->seen);
    sl_mapping_deinit(&import->mapping);
    *import = (struct sl_import){0};
}

enum sl_err sl_import_set_lookup(struct sl_import *import, const char *name, const char *path)
{
    for (size_t i = 0; i < import->mapping.lookup_count; i++) {
        if (strcmp(import->mapping.lookups[i].name, name) == 0) {
            free(import->lookup_paths[i]);
            import->lookup_paths[i] = sl_tool_dup(path, strlen(path));
            return SL_OK;
        }
    }
    return SL_E_NOT_FOUND;
}

/* `name` in the folder of `beside`; owned by the caller. */
static char *path_beside(const char *beside, const char *name)
{
    const char *slash = name[0] == '/' ? NULL : strrchr(beside, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - beside) + 1;
    size_t len = strlen(name);
    size_t size = folder + len + 1;
    char *path = sl_tool_alloc(size, 1);
    (void)snprintf(path, size, "%.*s%s", (int)folder, beside, name); /* is `size` */
    return path;
}

/* The file alone says neither why it is read nor how to read another one. */
static enum sl_err refuse_lookup(const struct sl_lookup_rule *rule, struct sl_diag *diag)
{
    struct sl_diag why = *diag;
    return sl_refuse(
        diag, SL_E_IO, "",
        "%s; the mapping's lookup \"%s\" is read from it: put it there or say --lookup "
        "%s=FILE",
        why.message, rule->name, rule->name);
}

static enum sl_err
open_lookups(struct sl_import *import, const char *csv_path, struct sl_diag *diag)
{
    while (import->lookup_count < import->mapping.lookup_count) {
        size_t i = import->lookup_count;
        const struct sl_lookup_rule *rule = &import->mapping.lookups[i];
        if (import->lookup_paths[i] == NULL) {
            import->lookup_paths[i] = path_beside(csv_path, rule->file);
        }
        import->lookups[i].name = rule->name;
        enum sl_err err =
            sl_lookup_open(import->lookup_paths[i], rule->key, &import->lookups[i], diag);
        if (err != SL_OK) {
            return err == SL_E_IO ? refuse_lookup(rule, diag) : err;
        }
        import->lookup_count++;
    }
    return SL_OK;
}

/* The JSON form of one event; new. */
static enum sl_err
make_json(const struct row_work *work, const struct sl_event_rule *rule, json_t **ret_json)
{
    json_t *json = json_object();
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < rule->field_count && err == SL_OK; i++) {
        json_t *value = NULL;
        err = sl_value_make(&rule->fields[i], &work->view, &value, work->diag);
        if (err == SL_OK && value != NULL) {
            err = sl_path_put(json, rule->fields[i].path, value, work->diag);
        }
    }
    if (err == SL_OK && json_object_get(json, "source") == NULL &&
        json_object_set_new(json, "source", json_string(work->import->mapping.source)) != 0) {
        err = SL_E_NO_MEMORY;
    }
    if (err != SL_OK) {
        json_decref(json);
        return err;
    }
    *ret_json = json;
    return SL_OK;
}

static void
keep_event(const struct row_work *work, size_t rule, const Salesledger__V1__Event *event)
{
    struct sl_import *import = work->import;
    import->events = sl_tool_grow(import->events, import->event_count, &import->event_capacity,
                                  sizeof *import->events);
    size_t size = salesledger__v1__event__get_packed_size(event);
    uint8_t *bytes = sl_tool_alloc(size, 1);
    import->events[import->event_count] = (struct sl_import_event){
        .bytes = bytes,
        .size = salesledger__v1__event__pack(event, bytes),
        .day = sl_derive_day(event),
        .file = work->file,
        .row = work->row,
        .rule = rule,
        .place = import->event_count,
    };
    import->event_count++;
}

static enum sl_err make_event(const struct row_work *work, size_t rule)
{
    json_t *json = NULL;
    enum sl_err err = make_json(work, &work->import->mapping.events[rule], &json);
    if (err != SL_OK) {
        return err;
    }
    ProtobufCMessage *message = NULL;
    err = sl_json_to_message(json, &salesledger__v1__event__descriptor, &message, work->diag);
    json_decref(json);
    if (err != SL_OK) {
        return err;
    }
    keep_event(work, rule, (const Salesledger__V1__Event *)message);
    protobuf_c_message_free_unpacked(message, NULL);
    return SL_OK;
}

/* "<rule>␟<value>␟<value>": what must be new for a rule with `distinct`. Owned by the caller; NULL without memory. */
static char *distinct_key(const struct row_work *work, size_t rule)
{
    char *key = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&key, &len);
    if (out == NULL) {
        return NULL;
    }
    const json_t *columns = work->import->mapping.events[rule].distinct;
    (void)fprintf(out, "%zu", rule); /* into memory; fclose() reports */
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const char *text =
            sl_row_view_text(&work->view, json_string_value(json_array_get(columns, i)));
        (void)fprintf(out, "\x1f%s", text == NULL ? "" : text); /* into memory; fclose() reports */
    }
    if (fclose(out) != 0) {
        free(key);
        return NULL;
    }
    return key;
}

/* Is this the first time? If so, remembers it for the row. */
static enum sl_err check_distinct(const struct row_work *work, size_t rule, bool *ret_is_new)
{
    *ret_is_new = true;
    if (work->import->mapping.events[rule].distinct == NULL) {
        return SL_OK;
    }
    char *key = distinct_key(work, rule);
    if (key == NULL) {
        return SL_E_NO_MEMORY;
    }
    *ret_is_new = json_object_get(work->import->seen, key) == NULL &&
                  json_object_get(work->fresh, key) == NULL;
    int failed = json_object_set_new(work->fresh, key, json_true());
    free(key);
    return failed == 0 ? SL_OK
                       : sl_refuse(work->diag, SL_E_MALFORMED, "",
                                   "is not UTF-8; save the file as UTF-8 CSV");
}

/* One rule, once or once per repeated value. */
static enum sl_err run_rule(struct row_work *work, size_t rule, bool *ret_applied)
{
    const struct sl_event_rule *event = &work->import->mapping.events[rule];
    size_t times = event->repeat_as == NULL ? 1 : json_array_size(event->repeat_values);
    work->view.repeat_as = event->repeat_as;
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < times && err == SL_OK; i++) {
        work->view.repeat_value = json_string_value(json_array_get(event->repeat_values, i));
        if (!sl_conditions_hold(&event->when, &work->view)) {
            continue;
        }
        *ret_applied = true;
        bool is_new = false;
        err = check_distinct(work, rule, &is_new);
        err = err == SL_OK && is_new ? make_event(work, rule) : err;
    }
    return err;
}

/* Names the first column that a condition looks at: most likely the one with a value nobody foresaw. */
static enum sl_err refuse_unmatched(const struct row_work *work)
{
    const struct sl_conditions *when = &work->import->mapping.events[0].when;
    const char *column = when->count == 0 ? "" : when->items[0].column;
    const char *text = sl_row_view_text(&work->view, column);
    return sl_refuse(work->diag, SL_E_INVALID_FIELD, column,
                     "\"%.80s\": no event of the mapping applies", text == NULL ? "" : text);
}

/* A row's events are one request, so they have to fit into it. */
static enum sl_err check_request(const struct row_work *work, size_t first)
{
    enum { EVENT_FRAME_BYTES = 32, REQUEST_BYTES = 64 }; /* id, tags and lengths, generously */
    const struct sl_import *import = work->import;
    size_t count = import->event_count - first;
    if (count > SL_IMPORT_ROW_EVENTS_MAX) {
        return sl_refuse(work->diag, SL_E_TOO_MANY, "", "gives %zu events, at most %u are possible",
                         count, SL_IMPORT_ROW_EVENTS_MAX);
    }
    size_t bytes = REQUEST_BYTES;
    for (size_t i = first; i < import->event_count; i++) {
        bytes += import->events[i].size + EVENT_FRAME_BYTES;
    }
    if (bytes > SL_FRAME_BYTES_MAX) {
        return sl_refuse(work->diag, SL_E_TOO_BIG, "",
                         "gives events of %zu bytes, at most %u are possible", bytes,
                         SL_FRAME_BYTES_MAX);
    }
    return SL_OK;
}

static enum sl_err run_rules(struct row_work *work)
{
    size_t count = work->view.row->field_count;
    const struct sl_csv_table *table = work->view.table;
    if (count != table->header.field_count && count != sl_reject_own_count(table)) {
        return sl_refuse(work->diag, SL_E_MALFORMED, "", "has %zu fields, the header has %zu",
                         count, table->header.field_count);
    }
    bool is_applied = false;
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < work->import->mapping.event_count && err == SL_OK; i++) {
        err = run_rule(work, i, &is_applied);
    }
    if (err == SL_OK && !is_applied && !work->import->mapping.is_unmatched_fine) {
        err = refuse_unmatched(work);
    }
    return err;
}

void sl_import_refuse(struct sl_import *import, size_t file, size_t row, const struct sl_diag *diag)
{
    import->refusals = sl_tool_grow(import->refusals, import->refusal_count,
                                    &import->refusal_capacity, sizeof *import->refusals);
    import->refusals[import->refusal_count++] =
        (struct sl_import_refusal){.file = file, .row = row, .diag = *diag};
}

static void map_row(struct sl_import *import, size_t file, size_t row)
{
    struct sl_diag diag = {0};
    const struct sl_csv_table *table = &import->files[file];
    struct row_work work = {
        .import = import,
        .view = {.table = table,
                 .row = &table->rows[row],
                 .lookups = import->lookups,
                 .lookup_count = import->lookup_count},
        .file = file,
        .row = row,
        .fresh = json_object(),
        .diag = &diag,
    };
    size_t before = import->event_count;
    enum sl_err err = run_rules(&work);
    err = err == SL_OK ? check_request(&work, before) : err;
    if (err == SL_OK && json_object_update(import->seen, work.fresh) != 0) {
        err = sl_refuse(&diag, SL_E_NO_MEMORY, "", "%s", sl_err_text(SL_E_NO_MEMORY));
    }
    if (err != SL_OK) {
        while (import->event_count > before) {
            free(import->events[--import->event_count].bytes);
        }
        if (diag.message[0] == '\0') {
            (void)sl_refuse(&diag, err, diag.field, "%s",
                            sl_err_text(err)); /* `err` is on record already */
        }
        sl_import_refuse(import, file, row, &diag);
    }
    json_decref(work.fresh);
}

static enum sl_err open_file(const struct sl_import *import,
                             const char *csv_path,
                             struct sl_csv_table *ret_table,
                             struct sl_diag *diag)
{
    const struct sl_csv_options options = {.delimiter = import->mapping.delimiter,
                                           .keeps_raw = import->keeps_refusals};
    enum sl_err err = sl_csv_open(csv_path, &options, ret_table, diag);
    if (err != SL_OK || import->keeps_refusals) {
        return err;
    }
    err = sl_csv_check_whole(ret_table, diag);
    if (err != SL_OK) {
        struct sl_diag why = *diag;
        (void)sl_refuse(diag, err, "", "%s; --reject FILE keeps the rows before it",
                        why.message); /* is `err` already */
        sl_csv_close(ret_table);
    }
    return err;
}

/* Refused rows of all files are kept in one, under one header. */
static enum sl_err
check_header(const struct sl_import *import, const struct sl_csv_table *table, struct sl_diag *diag)
{
    const struct sl_csv_table *first = &import->files[0];
    size_t count = table->header.field_count;
    bool is_same = count == first->header.field_count;
    for (size_t i = 0; i < count && is_same; i++) {
        is_same = strcmp(sl_csv_cell(table, &table->header, i),
                         sl_csv_cell(first, &first->header, i)) == 0;
    }
    if (is_same || !import->keeps_refusals) {
        return SL_OK;
    }
    return sl_refuse(
        diag, SL_E_MALFORMED, "",
        "%s: has other columns than %s, or in another order; with --reject FILE import "
        "each by itself",
        table->path, first->path);
}

enum sl_err sl_import_read(struct sl_import *import, const char *csv_path, struct sl_diag *diag)
{
    if (import->file_count == SL_IMPORT_FILES_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "", "at most %u files at once", SL_IMPORT_FILES_MAX);
    }
    enum sl_err err = open_lookups(import, csv_path, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_csv_table *table = &import->files[import->file_count];
    err = open_file(import, csv_path, table, diag);
    if (err != SL_OK) {
        return err;
    }
    size_t file = import->file_count++;
    import->first_rows[file] = import->row_count;
    err = check_header(import, table, diag);
    err = err == SL_OK ? sl_import_check_columns(import, table, diag) : err;
    for (size_t row = 0; row < table->row_count && err == SL_OK; row++) {
        if (table->is_cut && row == table->row_count - 1) {
            sl_import_refuse(import, file, row, &table->cut);
        } else if (!sl_reject_is_note(table, &table->rows[row])) {
            map_row(import, file, row);
        }
        import->row_count++;
    }
    return err;
}
