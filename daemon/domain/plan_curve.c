/* Validation of indexes and curves: names, rows, and which mode, value and index go together. */
#include "domain/event.h"
#include "domain/measure.h"
#include "domain/plan_rules.h"

/* Known names pass, computed or not: whether this version computes them is a matter of support. */
static enum sl_err check_measure(struct sl_slice name, const char *field, struct sl_diag *diag)
{
    struct sl_measure measure;
    enum sl_err err = sl_measure_parse(name, &measure, diag);
    if (err == SL_OK || err == SL_E_UNSUPPORTED) {
        return SL_OK;
    }
    sl_diag_wrap_field(diag, "%s", field);
    return err;
}

static bool needs_measure(enum sl_index_kind kind)
{
    return kind == SL_INDEX_RATIO || kind == SL_INDEX_RANK || kind == SL_INDEX_REACHED;
}

static enum sl_err check_measures(const struct sl_plan_index *index, struct sl_diag *diag)
{
    bool is_ratio = index->kind == SL_INDEX_RATIO;
    if (!is_ratio && index->denominator.len > 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "denominator", "only a RATIO has a denominator");
    }
    if (index->measure.len > 0 || needs_measure(index->kind)) {
        enum sl_err err = check_measure(index->measure, "measure", diag);
        if (err != SL_OK) {
            return err;
        }
    }
    return is_ratio ? check_measure(index->denominator, "denominator", diag) : SL_OK;
}

/* A deal has no target and no place in a ranking; its index is what the deal itself holds. */
static bool is_of_deal(const struct sl_plan_index *index)
{
    bool is_own_base = index->kind == SL_INDEX_BASE && index->measure.len == 0;
    return is_own_base || index->kind == SL_INDEX_RATIO || index->kind == SL_INDEX_TENURE;
}

enum sl_err sl_plan_check_index(const struct sl_component *component,
                                const struct sl_plan_index *index,
                                struct sl_diag *diag)
{
    if (component->window == SL_PLAN_WINDOW_DEAL && !is_of_deal(index)) {
        return sl_refuse(
            diag, SL_E_PLAN_INVALID, "kind",
            "a deal window takes its index from the deal: its base, a ratio or tenure");
    }
    if (index->role >= SL_TARGET_ROLES) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "role", "must be 0 to %d, is %u",
                         SL_TARGET_ROLES - 1, index->role);
    }
    return check_measures(index, diag);
}

/* Rows. */

static enum sl_err
check_row(const struct sl_curve *curve, size_t index, int64_t y_max, struct sl_diag *diag)
{
    const struct sl_curve_row *row = &curve->rows[index];
    bool fits = row->y <= y_max && row->y >= -y_max;
    bool is_known = row->from <= SL_AMOUNT_MINOR_MAX && row->from >= -SL_AMOUNT_MINOR_MAX;
    if (!is_known) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "from", "must be within +-%lld, is %lld",
                         SL_AMOUNT_MINOR_MAX, (long long)row->from);
    }
    if (!fits) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "y", "must be within +-%lld, is %lld",
                         (long long)y_max, (long long)row->y);
    }
    if (curve->value == SL_VALUE_FACTOR && row->y < 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "y", "a factor must be 0 or more, is %lld",
                         (long long)row->y);
    }
    if (index > 0 && row->from <= row[-1].from) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "from",
                         "must be above %lld of the row before, is %lld", (long long)row[-1].from,
                         (long long)row->from);
    }
    return SL_OK;
}

static int64_t y_max_of(enum sl_curve_value value)
{
    switch (value) {
    case SL_VALUE_RATE:
    case SL_VALUE_TARGET_PAY_SHARE:
    case SL_VALUE_FACTOR: return SL_PLAN_Y_PPM_MAX;
    case SL_VALUE_FIXED_AMOUNT:
    case SL_VALUE_PER_UNIT: return SL_AMOUNT_MINOR_MAX;
    }
    return 0;
}

/* Ranks count from 1, everything else from 0. What lies below the first bound, negative totals, uses the first row. */
static enum sl_err check_first_row(const struct sl_component *component, struct sl_diag *diag)
{
    bool is_rank = component->index.kind == SL_INDEX_RANK;
    int64_t minimum = is_rank ? 1 : 0;
    int64_t from = component->curve.rows[0].from;
    if (from > minimum) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "rows[0].from",
                         "the first row must cover the minimum %lld, begins at %lld",
                         (long long)minimum, (long long)from);
    }
    return SL_OK;
}

static enum sl_err check_rows(const struct sl_component *component, struct sl_diag *diag)
{
    const struct sl_curve *curve = &component->curve;
    if (curve->row_count == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "rows", "a curve has at least one row");
    }
    if (curve->row_count > SL_CURVE_ROWS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "rows", "at most %u, has %zu", SL_CURVE_ROWS_MAX,
                         curve->row_count);
    }
    int64_t y_max = y_max_of(curve->value);
    for (size_t i = 0; i < curve->row_count; i++) {
        enum sl_err err = check_row(curve, i, y_max, diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "rows[%zu]", i);
            return err;
        }
    }
    return check_first_row(component, diag);
}

/* What goes together. */

static enum sl_err check_marginal(const struct sl_component *component, struct sl_diag *diag)
{
    enum sl_index_kind index = component->index.kind;
    enum sl_curve_value value = component->curve.value;
    if (index != SL_INDEX_BASE && index != SL_INDEX_ATTAINMENT) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "mode",
                         "MARGINAL needs an index that grows with the base: BASE or ATTAINMENT");
    }
    if (value == SL_VALUE_FIXED_AMOUNT || value == SL_VALUE_FACTOR) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "mode",
                         "MARGINAL pays parts of a base; amounts and factors are STEP or LINEAR");
    }
    if (value == SL_VALUE_TARGET_PAY_SHARE && index != SL_INDEX_ATTAINMENT) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "value",
                         "a MARGINAL share of target pay needs the index ATTAINMENT");
    }
    return SL_OK;
}

static bool is_money(enum sl_quantity quantity)
{
    return quantity == SL_QUANTITY_AMOUNT || quantity == SL_QUANTITY_MARGIN;
}

static enum sl_err check_value(const struct sl_component *component, struct sl_diag *diag)
{
    bool has_money = is_money(component->filter.quantity);
    enum sl_curve_value value = component->curve.value;
    if (value == SL_VALUE_RATE && !has_money) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "value",
                         "a RATE needs the quantity AMOUNT or MARGIN: use PER_UNIT");
    }
    if (value == SL_VALUE_PER_UNIT && has_money) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "value",
                         "PER_UNIT needs the quantity UNITS or COUNT: use RATE");
    }
    if (value == SL_VALUE_TARGET_PAY_SHARE && component->window == SL_PLAN_WINDOW_DEAL) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "value",
                         "a deal window has no target pay to share");
    }
    return SL_OK;
}

enum sl_err sl_plan_check_curve(const struct sl_component *component, struct sl_diag *diag)
{
    enum sl_err err = check_rows(component, diag);
    if (err == SL_OK) {
        err = check_value(component, diag);
    }
    if (err == SL_OK && component->curve.mode == SL_CURVE_MARGINAL) {
        err = check_marginal(component, diag);
    }
    return err;
}
