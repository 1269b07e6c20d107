/* Columns that a mapping reads, looked for in the header. */
#include "import/check.h"

#include <string.h>

#include "import/value.h"

struct check {
    const struct sl_import *import;
    const struct sl_csv_table *table;
    const char *repeat_as; /* of the event under check */
    struct sl_diag *diag;
};

static enum sl_err need(const struct check *c, const char *column, const char *reader)
{
    bool is_there = column == NULL || sl_csv_column(c->table, column) >= 0 ||
                    (c->repeat_as != NULL && strcmp(c->repeat_as, column) == 0);
    if (is_there) {
        return SL_OK;
    }
    return sl_refuse(c->diag, SL_E_MISSING_FIELD, "", "%s: no column is called \"%s\" (read by %s)",
                     c->table->path, column, reader);
}

static enum sl_err need_all(const struct check *c, const json_t *columns, const char *reader)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < json_array_size(columns) && err == SL_OK; i++) {
        err = need(c, json_string_value(json_array_get(columns, i)), reader);
    }
    return err;
}

static enum sl_err need_when(const struct check *c, const struct sl_conditions *when)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < when->count && err == SL_OK; i++) {
        err = need(c, when->items[i].column, "\"when\"");
    }
    return err;
}

static enum sl_err need_template(const struct check *c, const struct sl_value_rule *rule)
{
    char column[SL_TEMPLATE_COLUMN_BYTES_MAX + 1];
    const char *at = rule->text;
    enum sl_err err = SL_OK;
    while (err == SL_OK && sl_template_next_column(&at, column, sizeof column)) {
        err = need(c, column, rule->path);
    }
    return err;
}

static enum sl_err need_lookup(const struct check *c, const struct sl_value_rule *rule)
{
    for (size_t i = 0; i < c->import->lookup_count; i++) {
        const struct sl_lookup *lookup = &c->import->lookups[i];
        if (strcmp(lookup->name, rule->lookup) == 0 &&
            sl_csv_column(&lookup->table, rule->text) < 0) {
            return sl_refuse(c->diag, SL_E_MISSING_FIELD, "",
                             "%s: no column is called \"%s\" (read by %s)", lookup->table.path,
                             rule->text, rule->path);
        }
    }
    return need(c, rule->key, rule->path);
}

/* A field that may be left out may lack its column too: exports differ in what they bring along. */
static enum sl_err need_source(const struct check *c, const struct sl_value_rule *rule)
{
    if (rule->is_optional || rule->fallback != NULL) {
        return SL_OK;
    }
    switch (rule->from) {
    case SL_FROM_LITERAL: return SL_OK;
    case SL_FROM_TEMPLATE: return need_template(c, rule);
    case SL_FROM_COLUMN: return need(c, rule->text, rule->path);
    case SL_FROM_LOOKUP: return need_lookup(c, rule);
    }
    return SL_OK;
}

static enum sl_err need_fields(const struct check *c, const struct sl_event_rule *event)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < event->field_count && err == SL_OK; i++) {
        const struct sl_value_rule *rule = &event->fields[i];
        err = need_when(c, &rule->when);
        err = err == SL_OK ? need_source(c, rule) : err;
        err = err == SL_OK ? need(c, rule->currency_column, rule->path) : err;
    }
    return err;
}

enum sl_err sl_import_check_columns(const struct sl_import *import,
                                    const struct sl_csv_table *table,
                                    struct sl_diag *diag)
{
    struct check c = {.import = import, .table = table, .diag = diag};
    enum sl_err err = need_all(&c, import->mapping.columns, "\"columns\"");
    for (size_t i = 0; i < import->mapping.order_count && err == SL_OK; i++) {
        err = need(&c, import->mapping.order[i], "\"order\"");
    }
    for (size_t i = 0; i < import->mapping.event_count && err == SL_OK; i++) {
        const struct sl_event_rule *event = &import->mapping.events[i];
        c.repeat_as = event->repeat_as;
        err = need_when(&c, &event->when);
        err = err == SL_OK ? need_all(&c, event->distinct, "\"distinct\"") : err;
        err = err == SL_OK ? need_fields(&c, event) : err;
    }
    return err;
}
