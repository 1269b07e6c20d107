/* What a plan may say and this version cannot evaluate yet. A draft may use it, a published plan may not: better refused
 * with the field's name than paid wrongly. */
#include "domain/measure.h"
#include "domain/plan_rules.h"
#include "domain/text.h"

static enum sl_err refuse(struct sl_diag *diag, const char *field, const char *what)
{
    return sl_refuse(diag, SL_E_UNSUPPORTED, field, "this version does not evaluate %s", what);
}

static enum sl_err check_policies(const struct sl_plan *plan, struct sl_diag *diag)
{
    if (plan->late != 0) {
        return refuse(diag, "late", "late facts in the CURRENT window");
    }
    if (plan->cancel != 0) {
        return refuse(diag, "cancel", "reversal of the ORIGINAL commission");
    }
    if (plan->lock_after != 0) {
        return refuse(diag, "lock_after", "locked windows");
    }
    return SL_OK;
}

static enum sl_err check_kind(enum sl_index_kind kind, struct sl_diag *diag)
{
    switch (kind) {
    case SL_INDEX_BASE:
    case SL_INDEX_ATTAINMENT:
    case SL_INDEX_RATIO: break;
    case SL_INDEX_RANK: return refuse(diag, "kind", "an index by RANK");
    case SL_INDEX_SCORE: return refuse(diag, "kind", "an index by SCORE");
    case SL_INDEX_TENURE: return refuse(diag, "kind", "an index by TENURE");
    case SL_INDEX_REACHED: return refuse(diag, "kind", "an index by REACHED");
    }
    return SL_OK;
}

/* A component's index is one number over the window, actual over target; a gate row may be any measure. */
static enum sl_err
check_measure(const struct sl_plan_index *index, bool is_gate, struct sl_diag *diag)
{
    struct sl_measure measure;
    if (index->measure.len == 0) {
        return SL_OK;
    }
    enum sl_err err = sl_measure_parse(index->measure, &measure, diag);
    if (err != SL_OK) {
        sl_diag_wrap_field(diag, "measure");
        return err;
    }
    if (!is_gate && measure.is_ratio) {
        return refuse(diag, "measure", "a ratio of sums as index, only as gate");
    }
    if (!is_gate && measure.lower_is_better) {
        return refuse(diag, "measure", "an index of which lower is better");
    }
    return SL_OK;
}

/* The one ratio that the facts themselves hold. */
static enum sl_err check_ratio(const struct sl_component *component, struct sl_diag *diag)
{
    const struct sl_plan_filter *filter = &component->filter;
    const struct sl_plan_index *index = &component->index;
    bool is_booked_margin =
        filter->stream == SL_STREAM_BOOKED && filter->quantity == SL_QUANTITY_MARGIN;
    if (!is_booked_margin || !sl_text_equal(index->measure, SL_SLICE_LIT("booked.margin")) ||
        !sl_text_equal(index->denominator, SL_SLICE_LIT("booked.amount"))) {
        return sl_refuse(diag, SL_E_UNSUPPORTED, "index.measure",
                         "the only RATIO this version evaluates is booked.margin / booked.amount "
                         "over a base of booked margin");
    }
    return SL_OK;
}

static enum sl_err check_index(const struct sl_component *component, struct sl_diag *diag)
{
    const struct sl_plan_index *index = &component->index;
    if (index->kind == SL_INDEX_RATIO) {
        return check_ratio(component, diag);
    }
    enum sl_err err = check_kind(index->kind, diag);
    if (err == SL_OK) {
        err = check_measure(index, false, diag);
    }
    if (err != SL_OK) {
        sl_diag_wrap_field(diag, "index");
    }
    return err;
}

static enum sl_err check_gate_row(const struct sl_gate_row *row, struct sl_diag *diag)
{
    if (row->index.kind == SL_INDEX_RATIO) {
        return refuse(diag, "kind", "a RATIO as gate, only measures that are ratios");
    }
    enum sl_err err = check_kind(row->index.kind, diag);
    return err != SL_OK ? err : check_measure(&row->index, true, diag);
}

static enum sl_err check_gate(const struct sl_component *component, struct sl_diag *diag)
{
    for (size_t i = 0; i < component->gate_count; i++) {
        enum sl_err err = check_gate_row(&component->gate[i], diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "gate[%zu].index", i);
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err check_component(const struct sl_component *component, struct sl_diag *diag)
{
    enum sl_sum sum;
    if (sl_sum_of_stream(component->filter.stream, component->filter.quantity, &sum) != SL_OK) {
        return refuse(diag, "filter.quantity", "this quantity of the stream");
    }
    if (component->scope == SL_SCOPE_TEAM_POOL) {
        return refuse(diag, "scope.kind", "a TEAM_POOL");
    }
    if (component->limit.carry_excess) {
        return refuse(diag, "limit.carry_excess", "excess carried to the next window");
    }
    if (component->has_settle) {
        return refuse(diag, "settle", "settlement: holdback, clawback, draw, guarantee, pay units");
    }
    enum sl_err err = check_index(component, diag);
    return err != SL_OK ? err : check_gate(component, diag);
}

enum sl_err sl_plan_check_support(const struct sl_plan *plan, struct sl_diag *diag)
{
    enum sl_err err = check_policies(plan, diag);
    for (size_t i = 0; i < plan->component_count && err == SL_OK; i++) {
        err = check_component(&plan->components[i], diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "components[%zu]", i);
        }
    }
    return err;
}
