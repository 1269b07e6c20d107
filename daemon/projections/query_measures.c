/* Questions about measures. */
#include <stdlib.h>
#include <string.h>

#include "projections/display.h"
#include "projections/masters.h"
#include "projections/query_parts.h"

enum sl_err sl_query_period(struct sl_ledger *ledger,
                            struct sl_slice text,
                            const char *field,
                            struct sl_period *ret_period,
                            struct sl_diag *diag)
{
    if (text.len == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, field, "must be a period such as 2017-Q3");
    }
    enum sl_err err = sl_period_parse(text, sl_ledger_fiscal_month(ledger), ret_period);
    if (err != SL_OK) {
        return sl_refuse(diag, err, field, "must be a period such as 2017-Q3, is %.*s",
                         (int)text.len, (const char *)text.data);
    }
    return SL_OK;
}

enum sl_err sl_query_at(const struct sl_at *at, const char *field, struct sl_diag *diag)
{
    return at->is_set ? sl_refuse(diag, SL_E_UNSUPPORTED, field, "not yet: answers are as of now")
                      : SL_OK;
}

enum sl_err sl_query_measure(struct sl_slice text,
                             const char *field,
                             struct sl_measure *ret_measure,
                             struct sl_diag *diag)
{
    enum sl_err err = sl_measure_parse(text, ret_measure, diag);
    if (err != SL_OK) {
        sl_diag_wrap_field(diag, "%s", field);
    }
    return err;
}

struct keyed_row {
    struct sl_slice key;
    uint32_t number;
};

static int compare_keys(const void *a, const void *b)
{
    const struct sl_slice *left = &((const struct keyed_row *)a)->key;
    const struct sl_slice *right = &((const struct keyed_row *)b)->key;
    int order = memcmp(left->data, right->data, left->len < right->len ? left->len : right->len);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* Every key of the dimension that is defined or has facts, by the bytes of its id. */
static enum sl_err list_keys(struct sl_ledger *ledger,
                             enum sl_dimension by,
                             const struct sl_totals *totals,
                             struct sl_arena *arena,
                             struct keyed_row **ret_keys,
                             size_t *ret_count)
{
    unsigned kind = sl_dimension_kind(by);
    struct keyed_row *keys = sl_arena_calloc(arena, totals->row_count + 1, sizeof *keys);
    size_t count = 0;
    if (keys == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (uint32_t number = 1; number < totals->row_count; number++) {
        struct sl_slice key = sl_display_id(ledger, kind, number, arena);
        if (key.len == 0) {
            return SL_E_TOO_BIG;
        }
        keys[count++] = (struct keyed_row){key, number};
    }
    qsort(keys, count, sizeof keys[0], compare_keys);
    *ret_keys = keys;
    *ret_count = count;
    return SL_OK;
}

/* The value of each measure asked in one row of totals. */
static enum sl_err fill_values(const struct sl_measure *measures,
                               size_t count,
                               const struct sl_totals *totals,
                               const uint32_t *numbers,
                               struct sl_measures_row *row)
{
    for (size_t i = 0; i < count; i++) {
        struct sl_ratio ratio;
        enum sl_err err = sl_measure_of_sums(&measures[i], totals[i].rows[numbers[i]].sums, &ratio);
        if (err != SL_OK) {
            return err;
        }
        row->values[i] = (struct sl_value){ratio.numerator, ratio.denominator, ratio.unit};
    }
    return SL_OK;
}

/* One walk serves all measures but those of one contact kind. */
static enum sl_err walk(struct sl_ledger *ledger,
                        struct sl_totals_query *query,
                        const struct sl_measure *measures,
                        size_t count,
                        struct sl_arena *arena,
                        struct sl_totals *totals)
{
    size_t plain = SIZE_MAX;
    query->amounts_only = true;
    for (size_t i = 0; i < count; i++) {
        query->amounts_only = query->amounts_only && sl_measure_is_of_amounts(&measures[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (measures[i].contact_kind == 0 && plain != SIZE_MAX) {
            totals[i] = totals[plain];
            continue;
        }
        query->scope.contact_kind = measures[i].contact_kind;
        enum sl_err err = sl_totals_get(ledger, query, arena, &totals[i]);
        if (err != SL_OK) {
            return err;
        }
        plain = measures[i].contact_kind == 0 ? i : plain;
    }
    return SL_OK;
}

static enum sl_err answer_rows(struct sl_ledger *ledger,
                               const struct sl_totals_query *query,
                               const struct sl_measure *measures,
                               const struct sl_totals *totals,
                               struct sl_measures_answer *answer,
                               struct sl_arena *arena)
{
    struct keyed_row whole = {{NULL, 0}, 0};
    struct keyed_row *keys = &whole;
    size_t count = 1;
    enum sl_err err = SL_OK;
    if (query->by != SL_BY_NONE) {
        err = list_keys(ledger, query->by, &totals[0], arena, &keys, &count);
    }
    answer->rows = err == SL_OK ? sl_arena_calloc(arena, count + 1, sizeof answer->rows[0]) : NULL;
    if (answer->rows == NULL) {
        return err != SL_OK ? err : SL_E_TOO_BIG;
    }
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        struct sl_measures_row *row = &answer->rows[answer->row_count++];
        uint32_t numbers[SL_QUERY_MEASURES_MAX];
        for (size_t k = 0; k < answer->value_count; k++) {
            numbers[k] = keys[i].number;
        }
        row->key = keys[i].key;
        if (keys[i].number != 0) {
            row->name =
                sl_display_name(ledger, sl_dimension_kind(query->by), keys[i].number, arena);
        }
        err = fill_values(measures, answer->value_count, totals, numbers, row);
    }
    return err;
}

enum sl_err sl_ledger_measures(struct sl_ledger *ledger,
                               const struct sl_measures_query *query,
                               struct sl_arena *arena,
                               struct sl_measures_answer *ret_answer,
                               struct sl_diag *diag)
{
    struct sl_measure measures[SL_QUERY_MEASURES_MAX];
    struct sl_totals totals[SL_QUERY_MEASURES_MAX];
    struct sl_totals_query walk_query = {.by = query->by};
    struct sl_measures_answer answer = {.value_count = query->measure_count};
    enum sl_err err = sl_query_at(&query->at, "measures.at", diag);
    if (err == SL_OK && query->measure_count == 0) {
        err = sl_refuse(diag, SL_E_MISSING_FIELD, "measures.measures",
                        "must name at least one measure");
    }
    for (size_t i = 0; err == SL_OK && i < query->measure_count; i++) {
        err = sl_query_measure(query->measures[i], "measures.measures", &measures[i], diag);
    }
    if (err == SL_OK) {
        err = sl_query_period(ledger, query->period, "measures.period", &walk_query.period, diag);
    }
    if (err == SL_OK) {
        err = sl_scope_resolve(ledger, &query->scope, &walk_query.scope, diag);
    }
    walk_query.scope.as_is_now = query->as_is_now;
    if (err == SL_OK) {
        err = walk(ledger, &walk_query, measures, query->measure_count, arena, totals);
    }
    if (err == SL_OK) {
        err = answer_rows(ledger, &walk_query, measures, totals, &answer, arena);
    }
    if (err == SL_OK) {
        *ret_answer = answer;
    }
    return err;
}
