/* Questions about measures: their values over a scope and period, in all or per key of a
 * dimension. */
#include <stdlib.h>
#include <string.h>

#include "projections/display.h"
#include "projections/query_parts.h"

struct work {
    struct sl_ledger *ledger;
    struct sl_arena *arena;
    struct sl_totals_query query; /* of the walk at hand */
    size_t measure_count;
    struct sl_measure measures[SL_QUERY_MEASURES_MAX];
    struct sl_totals
        totals[SL_QUERY_MEASURES_MAX]; /* per measure; several may be the same walk's */
};

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
static enum sl_err
list_keys(const struct work *work, struct keyed_row **ret_keys, size_t *ret_count)
{
    unsigned kind = sl_dimension_kind(work->query.by);
    size_t row_count = work->totals[0].row_count;
    struct keyed_row *keys = sl_arena_calloc(work->arena, row_count + 1, sizeof *keys);
    size_t count = 0;
    if (keys == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (uint32_t number = 1; number < row_count; number++) {
        struct sl_slice key = sl_display_id(work->ledger, kind, number, work->arena);
        if (key.len == 0) {
            return SL_E_TOO_BIG; /* the arena is full */
        }
        keys[count++] = (struct keyed_row){key, number};
    }
    qsort(keys, count, sizeof keys[0], compare_keys);
    *ret_keys = keys;
    *ret_count = count;
    return SL_OK;
}

/* The value of each measure asked in one row of totals. */
static enum sl_err
fill_values(const struct work *work, uint32_t number, struct sl_measures_row *row)
{
    for (size_t i = 0; i < work->measure_count; i++) {
        struct sl_ratio ratio;
        enum sl_err err =
            sl_measure_of_sums(&work->measures[i], work->totals[i].rows[number].sums, &ratio);
        if (err != SL_OK) {
            return err;
        }
        row->values[i] = sl_display_fraction(sl_measure_value(&work->measures[i], ratio), 1,
                                             work->measures[i].unit);
    }
    return SL_OK;
}

/* One walk serves all measures but those of one contact kind. */
static enum sl_err walk(struct work *work)
{
    const struct sl_measure *measures = work->measures;
    size_t plain = SIZE_MAX;
    work->query.amounts_only = true;
    for (size_t i = 0; i < work->measure_count; i++) {
        work->query.amounts_only =
            work->query.amounts_only && sl_measure_is_of_amounts(&measures[i]);
    }
    for (size_t i = 0; i < work->measure_count; i++) {
        if (measures[i].contact_kind == 0 && plain != SIZE_MAX) {
            work->totals[i] = work->totals[plain];
            continue;
        }
        work->query.scope.contact_kind = measures[i].contact_kind;
        enum sl_err err = sl_totals_get(work->ledger, &work->query, work->arena, &work->totals[i]);
        if (err != SL_OK) {
            return err;
        }
        plain = measures[i].contact_kind == 0 ? i : plain;
    }
    return SL_OK;
}

static enum sl_err
fill_row(const struct work *work, const struct keyed_row *keyed, struct sl_measures_row *row)
{
    row->key = keyed->key;
    if (keyed->number != 0) {
        row->name = sl_display_name(work->ledger, sl_dimension_kind(work->query.by), keyed->number,
                                    work->arena);
    }
    return fill_values(work, keyed->number, row);
}

static enum sl_err answer_rows(const struct work *work, struct sl_measures_answer *answer)
{
    struct keyed_row whole = {{NULL, 0}, 0};
    struct keyed_row *keys = &whole;
    size_t count = 1;
    enum sl_err err = SL_OK;
    if (work->query.by != SL_BY_NONE) {
        err = list_keys(work, &keys, &count);
    }
    if (err != SL_OK) {
        return err;
    }
    answer->rows = sl_arena_calloc(work->arena, count + 1, sizeof answer->rows[0]);
    if (answer->rows == NULL) {
        return SL_E_TOO_BIG;
    }
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        err = fill_row(work, &keys[i], &answer->rows[answer->row_count++]);
    }
    return err;
}

/* The question's parts, checked in the order in which they are refused. */
static enum sl_err
resolve(struct work *work, const struct sl_measures_query *query, struct sl_diag *diag)
{
    enum sl_err err = sl_query_at(&query->at, "measures.at", diag);
    if (err == SL_OK && query->measure_count == 0) {
        err = sl_refuse(diag, SL_E_MISSING_FIELD, "measures.measures",
                        "must name at least one measure");
    }
    for (size_t i = 0; err == SL_OK && i < query->measure_count; i++) {
        err = sl_query_measure(query->measures[i], "measures.measures", &work->measures[i], diag);
    }
    if (err == SL_OK) {
        err = sl_query_period(work->ledger, query->period, "measures.period", &work->query.period,
                              diag);
    }
    if (err == SL_OK) {
        err = sl_scope_resolve(work->ledger, &query->scope, &work->query.scope, diag);
    }
    work->query.scope.as_is_now = query->as_is_now;
    return err;
}

enum sl_err sl_ledger_measures(struct sl_ledger *ledger,
                               const struct sl_measures_query *query,
                               struct sl_arena *arena,
                               struct sl_measures_answer *ret_answer,
                               struct sl_diag *diag)
{
    struct work work = {.ledger = ledger,
                        .arena = arena,
                        .query = {.by = query->by},
                        .measure_count = query->measure_count};
    struct sl_measures_answer answer = {.value_count = query->measure_count};
    enum sl_err err = resolve(&work, query, diag);
    if (err == SL_OK) {
        err = walk(&work);
    }
    if (err == SL_OK) {
        err = answer_rows(&work, &answer);
    }
    if (err == SL_OK) {
        *ret_answer = answer;
    }
    return err;
}
