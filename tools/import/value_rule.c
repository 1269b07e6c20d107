/* Value rules and conditions of a mapping document. */
#include "import/value_rule.h"

#include <string.h>

#include "import/day_text.h"
#include "import/memory.h"

static const char *const value_members[] = {
    "column",  "template", "lookup",  "key",  "keyMap", "take",     "map",
    "mapElse", "optional", "default", "as",   "format", "currency", "currencyColumn",
    "decimal", "group",    "strip",   "when", NULL};

static const char *const condition_members[] = {"column", "equals", "in", "notIn", "empty", NULL};

static const char *const as_names[] = {
    [SL_AS_TEXT] = "text",         [SL_AS_DATE] = "date",         [SL_AS_MONEY] = "money",
    [SL_AS_INTEGER] = "integer",   [SL_AS_QUANTITY] = "quantity", [SL_AS_PERCENT] = "percent",
    [SL_AS_FRACTION] = "fraction",
};

static const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

enum sl_err
sl_mapping_check_members(const json_t *object, const char *const *names, struct sl_diag *diag)
{
    if (!json_is_object(object)) {
        return sl_refuse(diag, SL_E_MALFORMED, "", "must be an object { }");
    }
    /* jansson's iterator takes the object without const although it does not change it. */
    for (void *it = json_object_iter((json_t *)(uintptr_t)object); it != NULL;
         it = json_object_iter_next((json_t *)(uintptr_t)object, it)) {
        const char *key = json_object_iter_key(it);
        size_t i = 0;
        while (names[i] != NULL && strcmp(names[i], key) != 0) {
            i++;
        }
        if (names[i] == NULL) {
            return sl_refuse(diag, SL_E_UNKNOWN_FIELD, key, "not a word of mapping files");
        }
    }
    return SL_OK;
}

bool sl_mapping_is_texts(const json_t *json)
{
    bool is_texts = json_is_array(json) && json_array_size(json) > 0;
    for (size_t i = 0; i < json_array_size(json); i++) {
        is_texts = is_texts && json_is_string(json_array_get(json, i));
    }
    return is_texts;
}

static enum sl_err
read_condition(const json_t *json, struct sl_condition *ret_condition, struct sl_diag *diag)
{
    enum sl_err err = sl_mapping_check_members(json, condition_members, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_condition c = {.column = text_of(json, "column")};
    const json_t *empty = json_object_get(json, "empty");
    if (c.column == NULL || json_object_size(json) != 2) {
        return sl_refuse(diag, SL_E_MALFORMED, "when",
                         "needs \"column\" and one of \"equals\", \"in\", \"notIn\", \"empty\"");
    }
    if ((c.operand = json_object_get(json, "equals")) != NULL) {
        c.kind = SL_TEST_EQUALS;
    } else if ((c.operand = json_object_get(json, "in")) != NULL) {
        c.kind = SL_TEST_IN;
    } else if ((c.operand = json_object_get(json, "notIn")) != NULL) {
        c.kind = SL_TEST_NOT_IN;
    } else {
        c.kind = json_is_true(empty) ? SL_TEST_EMPTY : SL_TEST_FILLED;
    }
    bool is_list = c.kind == SL_TEST_IN || c.kind == SL_TEST_NOT_IN;
    bool is_fine = is_list                    ? sl_mapping_is_texts(c.operand)
                   : c.kind == SL_TEST_EQUALS ? json_is_string(c.operand)
                                              : json_is_boolean(empty);
    if (!is_fine) {
        return sl_refuse(diag, SL_E_MALFORMED, "when",
                         "\"equals\" takes a text, \"in\" and \"notIn\" lists of texts, \"empty\" "
                         "true or false");
    }
    *ret_condition = c;
    return SL_OK;
}

enum sl_err
sl_conditions_read(const json_t *json, struct sl_conditions *ret_conditions, struct sl_diag *diag)
{
    *ret_conditions = (struct sl_conditions){0};
    if (json == NULL) {
        return SL_OK;
    }
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count > SL_MAPPING_WHEN_MAX) {
        return sl_refuse(diag, SL_E_MALFORMED, "when",
                         "must be a list of at most %u conditions, are %zu", SL_MAPPING_WHEN_MAX,
                         count);
    }
    ret_conditions->items = sl_tool_alloc(count, sizeof *ret_conditions->items);
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < count && err == SL_OK; i++) {
        err = read_condition(json_array_get(json, i), &ret_conditions->items[i], diag);
        ret_conditions->count += err == SL_OK;
    }
    return err;
}

/* What is wrong with a template is wrong for every row, so it is said before the first. */
static enum sl_err check_template(const char *at, struct sl_diag *diag)
{
    while ((at = strchr(at, '{')) != NULL) {
        const char *close = strchr(at, '}');
        if (at[1] == '{') {
            at += 2; /* a brace that stands for itself */
            continue;
        }
        if (close == NULL) {
            return sl_refuse(diag, SL_E_MALFORMED, "", "a brace is not closed");
        }
        size_t len = (size_t)(close - at) - 1;
        if (len > SL_TEMPLATE_COLUMN_BYTES_MAX) {
            return sl_refuse(diag, SL_E_TOO_BIG, "",
                             "a column's name has at most %u bytes, this one %zu",
                             SL_TEMPLATE_COLUMN_BYTES_MAX, len);
        }
        at = close + 1;
    }
    return SL_OK;
}

/* Sets where the text comes from; exactly one of column, template and lookup. */
static enum sl_err read_from(const json_t *json,
                             const struct sl_mapping_names *names,
                             struct sl_value_rule *rule,
                             struct sl_diag *diag)
{
    const char *column = text_of(json, "column");
    const char *template = text_of(json, "template");
    const char *lookup = text_of(json, "lookup");
    if ((column != NULL) + (template != NULL) + (lookup != NULL) != 1) {
        return sl_refuse(diag, SL_E_MALFORMED, "",
                         "needs exactly one of \"column\", \"template\", \"lookup\"");
    }
    if (lookup == NULL) {
        rule->from = column != NULL ? SL_FROM_COLUMN : SL_FROM_TEMPLATE;
        rule->text = column != NULL ? column : template;
        return column != NULL ? SL_OK : check_template(template, diag);
    }
    rule->from = SL_FROM_LOOKUP;
    rule->lookup = lookup;
    rule->key = text_of(json, "key");
    rule->text = text_of(json, "take");
    if (rule->key == NULL || rule->text == NULL) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "lookup",
                         "needs \"key\" (a column of this file) and \"take\" (one of the other)");
    }
    if (json_object_get(names->lookups, lookup) == NULL) {
        return sl_refuse(diag, SL_E_UNKNOWN_REFERENCE, "lookup", "no lookup is called \"%s\"",
                         lookup);
    }
    return SL_OK;
}

/* A map by name or spelled out in place. */
static enum sl_err read_map(const json_t *json,
                            const struct sl_mapping_names *names,
                            const json_t **ret_map,
                            struct sl_diag *diag)
{
    const json_t *map =
        json_is_string(json) ? json_object_get(names->value_maps, json_string_value(json)) : json;
    if (json != NULL && !json_is_object(map)) {
        return sl_refuse(diag, SL_E_UNKNOWN_REFERENCE, "map",
                         "neither an object nor a name in valueMaps");
    }
    *ret_map = map;
    return SL_OK;
}

static enum sl_err
read_currency(const json_t *json, struct sl_value_rule *rule, struct sl_diag *diag)
{
    const char *code = text_of(json, "currency");
    rule->currency_column = text_of(json, "currencyColumn");
    if (rule->as != SL_AS_MONEY) {
        return SL_OK;
    }
    if ((code == NULL) == (rule->currency_column == NULL)) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "currency",
                         "money needs either \"currency\" or \"currencyColumn\"");
    }
    struct sl_slice slice = {(const uint8_t *)code, code == NULL ? 0 : strlen(code)};
    if (code != NULL && sl_currency_parse(slice, &rule->currency) != SL_OK) {
        return sl_refuse(diag, SL_E_UNKNOWN_CURRENCY, "currency",
                         "\"%s\" is not an active ISO 4217 code", code);
    }
    return SL_OK;
}

static enum sl_err
read_formats(const json_t *json, struct sl_value_rule *rule, struct sl_diag *diag)
{
    rule->formats = json_object_get(json, "format");
    if (rule->formats == NULL) {
        return SL_OK;
    }
    bool is_fine = rule->as == SL_AS_DATE && sl_mapping_is_texts(rule->formats);
    for (size_t i = 0; is_fine && i < json_array_size(rule->formats); i++) {
        is_fine = sl_day_format_is_valid(json_string_value(json_array_get(rule->formats, i)));
    }
    if (!is_fine) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "format",
                         "with \"as\": \"date\", a list of formats such as [\"%%m/%%d/%%Y\"]");
    }
    return SL_OK;
}

static enum sl_err read_as(const json_t *json, struct sl_value_rule *rule, struct sl_diag *diag)
{
    const char *as = text_of(json, "as");
    rule->as = SL_AS_TEXT;
    for (size_t i = 0; i < sizeof as_names / sizeof as_names[0] && as != NULL; i++) {
        if (strcmp(as, as_names[i]) == 0) {
            rule->as = (enum sl_value_as)i;
        }
    }
    if (as != NULL && strcmp(as, as_names[rule->as]) != 0) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "as",
                         "one of text, date, money, integer, quantity, percent, fraction");
    }
    return SL_OK;
}

/* One character, or `fallback` if the member is absent; -1 if it is something else. */
static int character_of(const json_t *json, const char *member, char fallback)
{
    const json_t *value = json_object_get(json, member);
    if (value == NULL) {
        return fallback;
    }
    return json_string_length(value) == 1 ? json_string_value(value)[0] : -1;
}

static enum sl_err
read_options(const json_t *json, struct sl_value_rule *rule, struct sl_diag *diag)
{
    const char *map_else = text_of(json, "mapElse");
    int decimal = character_of(json, "decimal", '.');
    int group = character_of(json, "group", '\0');
    if (decimal < 0 || group < 0 || decimal == group) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "decimal",
                         "decimal and group are one character each, and differ");
    }
    if (map_else != NULL && strcmp(map_else, "keep") != 0 && strcmp(map_else, "refuse") != 0) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "mapElse", "\"keep\" or \"refuse\"");
    }
    rule->number.decimal = (char)decimal;
    rule->number.group = (char)group;
    rule->number.strip = text_of(json, "strip");
    rule->is_map_complete = map_else != NULL && strcmp(map_else, "refuse") == 0;
    rule->is_optional = json_is_true(json_object_get(json, "optional"));
    rule->fallback = text_of(json, "default");
    return SL_OK;
}

static enum sl_err read_spelled_out(const json_t *json,
                                    const struct sl_mapping_names *names,
                                    struct sl_value_rule *rule,
                                    struct sl_diag *diag)
{
    enum sl_err err = sl_mapping_check_members(json, value_members, diag);
    err = err == SL_OK ? read_from(json, names, rule, diag) : err;
    err = err == SL_OK ? read_map(json_object_get(json, "map"), names, &rule->map, diag) : err;
    err =
        err == SL_OK ? read_map(json_object_get(json, "keyMap"), names, &rule->key_map, diag) : err;
    err = err == SL_OK ? read_as(json, rule, diag) : err;
    err = err == SL_OK ? read_currency(json, rule, diag) : err;
    err = err == SL_OK ? read_formats(json, rule, diag) : err;
    err = err == SL_OK ? read_options(json, rule, diag) : err;
    return err == SL_OK ? sl_conditions_read(json_object_get(json, "when"), &rule->when, diag)
                        : err;
}

enum sl_err sl_value_rule_read(const json_t *json,
                               const struct sl_mapping_names *names,
                               struct sl_value_rule *ret_rule,
                               struct sl_diag *diag)
{
    if (json_is_string(json)) {
        ret_rule->from = SL_FROM_TEMPLATE;
        ret_rule->text = json_string_value(json);
        return check_template(ret_rule->text, diag);
    }
    if (json_is_integer(json) || json_is_boolean(json)) {
        ret_rule->from = SL_FROM_LITERAL;
        ret_rule->literal = json;
        return SL_OK;
    }
    if (json_is_object(json)) {
        return read_spelled_out(json, names, ret_rule, diag);
    }
    return sl_refuse(diag, SL_E_MALFORMED, "",
                     "a value is a text, a whole number, true, false or { }");
}
