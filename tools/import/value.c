/* From a row to one field's value:  when -> text -> map -> empty? -> as. */
#include "import/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/day_text.h"
#include "import/memory.h"
#include "import/number_text.h"

static bool is_among(const json_t *texts, const char *text)
{
    for (size_t i = 0; i < json_array_size(texts); i++) {
        if (strcmp(json_string_value(json_array_get(texts, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool condition_holds(const struct sl_condition *condition, const struct sl_row_view *view)
{
    const char *text = sl_row_view_text(view, condition->column);
    if (text == NULL) {
        return false;
    }
    switch (condition->kind) {
    case SL_TEST_EQUALS: return strcmp(text, json_string_value(condition->operand)) == 0;
    case SL_TEST_IN: return is_among(condition->operand, text);
    case SL_TEST_NOT_IN: return !is_among(condition->operand, text);
    case SL_TEST_EMPTY: return text[0] == '\0';
    case SL_TEST_FILLED: return text[0] != '\0';
    }
    return false;
}

bool sl_conditions_hold(const struct sl_conditions *conditions, const struct sl_row_view *view)
{
    bool hold = true;
    for (size_t i = 0; i < conditions->count && hold; i++) {
        hold = condition_holds(&conditions->items[i], view);
    }
    return hold;
}

bool sl_template_next_column(const char **at, char *buf, size_t size)
{
    const char *open = strchr(*at, '{');
    while (open != NULL && open[1] == '{') {
        open = strchr(open + 2, '{');
    }
    const char *close = open == NULL ? NULL : strchr(open, '}');
    size_t len = close == NULL ? 0 : (size_t)(close - open) - 1;
    if (close == NULL || len >= size) {
        return false;
    }
    memcpy(buf, open + 1, len);
    buf[len] = '\0';
    *at = close + 1;
    return true;
}

/* The literal part of a template up to the next column, "{{" and "}}" taken as one brace. Gives how far it got. */
static const char *write_literal(FILE *out, const char *at)
{
    while (*at != '\0' && !(at[0] == '{' && at[1] != '{')) {
        (void)fputc(*at, out); /* into memory; fclose() reports */
        bool is_doubled = (at[0] == '{' || at[0] == '}') && at[1] == at[0];
        at += is_doubled ? 2 : 1;
    }
    return at;
}

static enum sl_err
fill_template(const char *text, const struct sl_row_view *view, FILE *out, struct sl_diag *diag)
{
    char column[SL_TEMPLATE_COLUMN_BYTES_MAX + 1];
    const char *at = write_literal(out, text);
    while (*at != '\0') {
        if (!sl_template_next_column(&at, column, sizeof column)) {
            return sl_refuse(diag, SL_E_MALFORMED, text, "a brace is not closed");
        }
        const char *value = sl_row_view_text(view, column);
        if (value == NULL || value[0] == '\0') {
            return sl_refuse(diag, SL_E_MISSING_FIELD, column, "is empty");
        }
        (void)fputs(value, out); /* into memory; fclose() reports */
        at = write_literal(out, at);
    }
    return SL_OK;
}

static enum sl_err make_template(const struct sl_value_rule *rule,
                                 const struct sl_row_view *view,
                                 char **ret_text,
                                 struct sl_diag *diag)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return SL_E_NO_MEMORY;
    }
    enum sl_err err = fill_template(rule->text, view, out, diag);
    if (fclose(out) != 0 && err == SL_OK) {
        err = SL_E_NO_MEMORY;
    }
    bool is_left_out = err == SL_E_MISSING_FIELD && (rule->is_optional || rule->fallback != NULL);
    if (err != SL_OK) {
        free(text);
        text = is_left_out ? sl_tool_dup("", 0) : NULL;
    }
    *ret_text = text;
    return is_left_out ? SL_OK : err;
}

/* The text that `map` has for `text`; `text` itself if there is none or no map. */
static const char *respell(const json_t *map, const char *text)
{
    const char *mapped = json_string_value(json_object_get(map, text));
    return mapped == NULL ? text : mapped;
}

static enum sl_err look_up(const struct sl_value_rule *rule,
                           const struct sl_row_view *view,
                           const char **ret_text,
                           struct sl_diag *diag)
{
    const char *key = sl_row_view_text(view, rule->key);
    if (key == NULL || key[0] == '\0') {
        *ret_text = "";
        return SL_OK;
    }
    key = respell(rule->key_map, key);
    const char *text = sl_row_view_look_up(view, rule->lookup, key, rule->text);
    if (text == NULL && !rule->is_optional && rule->fallback == NULL) {
        return sl_refuse(diag, SL_E_UNKNOWN_REFERENCE, rule->key, "\"%s\" is not in lookup \"%s\"",
                         key, rule->lookup);
    }
    *ret_text = text == NULL ? "" : text;
    return SL_OK;
}

/* The rule's text before any conversion, owned by the caller. */
static enum sl_err make_text(const struct sl_value_rule *rule,
                             const struct sl_row_view *view,
                             char **ret_text,
                             struct sl_diag *diag)
{
    if (rule->from == SL_FROM_TEMPLATE) {
        return make_template(rule, view, ret_text, diag);
    }
    const char *text = "";
    if (rule->from == SL_FROM_LOOKUP) {
        enum sl_err err = look_up(rule, view, &text, diag);
        if (err != SL_OK) {
            return err;
        }
    } else {
        text = sl_row_view_text(view, rule->text);
    }
    text = text == NULL ? "" : text;
    if (rule->is_map_complete && text[0] != '\0' && json_object_get(rule->map, text) == NULL) {
        return sl_refuse(diag, SL_E_UNKNOWN_REFERENCE, rule->text,
                         "\"%.80s\" is not in the value map", text);
    }
    text = respell(rule->map, text);
    *ret_text = sl_tool_dup(text, strlen(text));
    return SL_OK;
}

static enum sl_err as_date(const struct sl_value_rule *rule, const char *text, json_t **ret_value)
{
    static const char iso[] = "%Y-%m-%d";
    sl_day day;
    size_t count = rule->formats == NULL ? 1 : json_array_size(rule->formats);
    enum sl_err err = SL_E_BAD_DATE;
    for (size_t i = 0; i < count && err != SL_OK; i++) {
        const char *format =
            rule->formats == NULL ? iso : json_string_value(json_array_get(rule->formats, i));
        err = sl_day_text_read(text, format, &day);
    }
    if (err == SL_OK) {
        char buf[SL_DAY_TEXT_MAX];
        *ret_value = json_stringn(buf, sl_day_format(day, buf));
    }
    return err;
}

static enum sl_err money_of(const struct sl_value_rule *rule,
                            const struct sl_row_view *view,
                            struct sl_slice plain,
                            int64_t *ret_minor)
{
    sl_currency currency = rule->currency;
    if (rule->currency_column != NULL) {
        const char *code = sl_row_view_text(view, rule->currency_column);
        struct sl_slice slice = {(const uint8_t *)code, code == NULL ? 0 : strlen(code)};
        enum sl_err err = sl_currency_parse(slice, &currency);
        if (err != SL_OK) {
            return err;
        }
    }
    struct sl_money money;
    enum sl_err err = sl_money_parse(plain, currency, &money);
    if (err == SL_OK) {
        *ret_minor = money.minor;
    }
    return err;
}

static unsigned places_of(enum sl_value_as as)
{
    switch (as) {
    case SL_AS_QUANTITY: return 3;
    case SL_AS_PERCENT: return 4; /* 1 % is 10,000 ppm */
    case SL_AS_FRACTION: return 6;
    case SL_AS_TEXT:
    case SL_AS_DATE:
    case SL_AS_MONEY:
    case SL_AS_INTEGER: break;
    }
    return 0;
}

static enum sl_err as_number(const struct sl_value_rule *rule,
                             const struct sl_row_view *view,
                             const char *text,
                             json_t **ret_value)
{
    char plain[SL_NUMBER_TEXT_MAX];
    enum sl_err err = sl_number_text_plain(text, &rule->number, rule->as == SL_AS_PERCENT, plain);
    if (err != SL_OK) {
        return err;
    }
    struct sl_slice slice = {(const uint8_t *)plain, strlen(plain)};
    int64_t number = 0;
    err = rule->as == SL_AS_MONEY ? money_of(rule, view, slice, &number)
                                  : sl_decimal_parse(slice, places_of(rule->as), &number);
    if (err == SL_OK) {
        *ret_value =
            json_sprintf("%lld", (long long)number); /* 64-bit integers travel as strings */
    }
    return err;
}

static enum sl_err convert(const struct sl_value_rule *rule,
                           const struct sl_row_view *view,
                           const char *text,
                           json_t **ret_value)
{
    *ret_value = NULL;
    enum sl_err err = SL_OK;
    if (rule->as == SL_AS_TEXT) {
        *ret_value = json_string(text);
    } else if (rule->as == SL_AS_DATE) {
        err = as_date(rule, text, ret_value);
    } else {
        err = as_number(rule, view, text, ret_value);
    }
    return err == SL_OK && *ret_value == NULL ? SL_E_MALFORMED
                                              : err; /* jansson refuses what is not UTF-8 */
}

static const char *column_of(const struct sl_value_rule *rule)
{
    return rule->from == SL_FROM_TEMPLATE ? rule->path : rule->text;
}

/* What is wrong with a text that should be a date or a number. */
static const char *complaint(enum sl_value_as as, enum sl_err err)
{
    if (err == SL_E_OVERFLOW || err == SL_E_TOO_BIG) {
        return "is too large";
    }
    switch (as) {
    case SL_AS_DATE: return "is no calendar day in the mapping's format";
    case SL_AS_MONEY:
        return "is no amount, has more decimals than the currency or misplaced group signs";
    case SL_AS_INTEGER: return "is no whole number";
    case SL_AS_QUANTITY: return "is no number with at most 3 decimals";
    case SL_AS_PERCENT: return "is no percentage with at most 4 decimals";
    case SL_AS_FRACTION: return "is no number with at most 6 decimals";
    case SL_AS_TEXT: break;
    }
    return "is refused";
}

static enum sl_err
explain(const struct sl_value_rule *rule, enum sl_err err, const char *text, struct sl_diag *diag)
{
    const char *column = column_of(rule);
    if (err == SL_E_MALFORMED) {
        return sl_refuse(diag, err, column, "is not UTF-8; save the file as UTF-8 CSV");
    }
    if (err == SL_E_UNKNOWN_CURRENCY) {
        return sl_refuse(diag, err, rule->currency_column, "is not an active ISO 4217 currency");
    }
    return sl_refuse(diag, err, column, "\"%.80s\" %s", text, complaint(rule->as, err));
}

enum sl_err sl_value_make(const struct sl_value_rule *rule,
                          const struct sl_row_view *view,
                          json_t **ret_value,
                          struct sl_diag *diag)
{
    if (!sl_conditions_hold(&rule->when, view)) {
        *ret_value = NULL;
        return SL_OK;
    }
    if (rule->from == SL_FROM_LITERAL) {
        *ret_value = json_deep_copy(rule->literal);
        return *ret_value == NULL ? SL_E_NO_MEMORY : SL_OK;
    }
    char *text = NULL;
    enum sl_err err = make_text(rule, view, &text, diag);
    if (err != SL_OK) {
        return err;
    }
    SL_ASSERT(text != NULL);
    const char *used = text[0] == '\0' && rule->fallback != NULL ? rule->fallback : text;
    if (used[0] == '\0' && rule->is_optional) {
        *ret_value = NULL;
    } else if (used[0] == '\0') {
        err = sl_refuse(diag, SL_E_MISSING_FIELD, column_of(rule), "is empty");
    } else {
        json_t *value = NULL;
        err = convert(rule, view, used, &value);
        if (err == SL_OK) {
            *ret_value = value;
        } else {
            err = explain(rule, err, used, diag);
        }
    }
    free(text);
    return err;
}
