/* Validation of one component by itself: kind, filter, scope, window, gate, limit. */
#include "domain/event.h"
#include "domain/plan_rules.h"

static enum sl_err
check_count(size_t count, size_t maximum, const char *field, struct sl_diag *diag)
{
    if (count > maximum) {
        return sl_refuse(diag, SL_E_TOO_MANY, field, "at most %zu, has %zu", maximum, count);
    }
    return SL_OK;
}

static enum sl_err check_pay_kind(const struct sl_component *component, struct sl_diag *diag)
{
    if (component->factor_of_count > 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "factor_of", "only a FACTOR multiplies others");
    }
    if (component->curve.value == SL_VALUE_FACTOR) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "curve.value",
                         "FACTOR is for components of kind FACTOR");
    }
    return SL_OK;
}

static enum sl_err check_factor_kind(const struct sl_component *component, struct sl_diag *diag)
{
    const struct sl_plan_limit *limit = &component->limit;
    bool has_limit = limit->has_deal_min || limit->has_deal_max || limit->has_window_min ||
                     limit->has_window_max || limit->carry_excess;
    if (component->factor_of_count == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "factor_of",
                         "a FACTOR names the components it multiplies");
    }
    if (component->curve.value != SL_VALUE_FACTOR) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "curve.value",
                         "must be FACTOR in a component of kind FACTOR");
    }
    if (component->window == SL_PLAN_WINDOW_DEAL) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "window",
                         "a FACTOR has a window of time; a factor by deal is a WHOLE curve");
    }
    if (has_limit) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "limit", "a FACTOR has no amount to limit");
    }
    return check_count(component->factor_of_count, SL_PLAN_COMPONENTS_MAX, "factor_of", diag);
}

static enum sl_err check_kind(const struct sl_component *component, struct sl_diag *diag)
{
    switch (component->kind) {
    case SL_COMPONENT_PAY: return check_pay_kind(component, diag);
    case SL_COMPONENT_FACTOR: return check_factor_kind(component, diag);
    }
    return SL_OK;
}

static enum sl_err check_filter(const struct sl_plan_filter *filter, struct sl_diag *diag)
{
    enum sl_err err = check_count(filter->product_count, SL_FILTER_VALUES_MAX, "products", diag);
    if (err == SL_OK) {
        err = check_count(filter->line_count, SL_FILTER_VALUES_MAX, "lines", diag);
    }
    if (err == SL_OK) {
        err = check_count(filter->customer_count, SL_FILTER_VALUES_MAX, "customers", diag);
    }
    if (err == SL_OK) {
        err = check_count(filter->region_count, SL_FILTER_VALUES_MAX, "regions", diag);
    }
    if (err == SL_OK) {
        err = sl_plan_check_days(filter->from, filter->to, "to", diag);
    }
    bool has_both = filter->has_line_min && filter->has_line_max;
    if (err == SL_OK && has_both && filter->line_min_minor > filter->line_max_minor) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "line_max_minor",
                         "must be at least line_min_minor %lld, is %lld",
                         (long long)filter->line_min_minor, (long long)filter->line_max_minor);
    }
    return err;
}

static enum sl_err check_scope(const struct sl_component *component, struct sl_diag *diag)
{
    bool fits = component->scope_depth >= 0 && component->scope_depth <= (int)SL_UNIT_DEPTH_MAX;
    if (!fits) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "scope.depth", "must be 0 to %u, is %d",
                         SL_UNIT_DEPTH_MAX, (int)component->scope_depth);
    }
    bool is_own = component->scope == SL_SCOPE_OWN || component->scope == SL_SCOPE_OWN_OVERLAY;
    if (is_own && component->scope_depth != 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "scope.depth",
                         "only a subtree or team has a depth");
    }
    return SL_OK;
}

static enum sl_err check_no_days(bool has_from, bool has_to, struct sl_diag *diag)
{
    const char *reason = "only a FIXED window has days of its own";
    if (has_from) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "window_from", "%s", reason);
    }
    return has_to ? sl_refuse(diag, SL_E_PLAN_INVALID, "window_to", "%s", reason) : SL_OK;
}

static enum sl_err check_window(const struct sl_component *component, struct sl_diag *diag)
{
    bool has_from = component->window_from.v != SL_NO_DAY_V;
    bool has_to = component->window_to.v != SL_NO_DAY_V;
    if (component->window != SL_PLAN_WINDOW_FIXED) {
        return check_no_days(has_from, has_to, diag);
    }
    if (!has_from || !has_to) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, has_from ? "window_to" : "window_from",
                         "a FIXED window needs both days");
    }
    return sl_plan_check_days(component->window_from, component->window_to, "window_to", diag);
}

static enum sl_err check_gate(const struct sl_component *component, struct sl_diag *diag)
{
    enum sl_err err = check_count(component->gate_count, SL_CURVE_ROWS_MAX, "gate", diag);
    if (err != SL_OK) {
        return err;
    }
    if (component->gate_count > 0 && component->window == SL_PLAN_WINDOW_DEAL) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "gate",
                         "a deal window has no gate: use a row with y 0");
    }
    for (size_t i = 0; i < component->gate_count; i++) {
        err = sl_plan_check_index(component, &component->gate[i].index, diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "gate[%zu].index", i);
            return err;
        }
    }
    return SL_OK;
}

/* A minimum and a maximum; `field` is the name of the maximum. */
static enum sl_err check_bounds(
    bool has_min, bool has_max, const int64_t bounds[2], const char *field, struct sl_diag *diag)
{
    if (has_max && bounds[1] < 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, field, "must be 0 or more, is %lld",
                         (long long)bounds[1]);
    }
    if (has_min && has_max && bounds[0] > bounds[1]) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, field,
                         "must be at least the minimum %lld, is %lld", (long long)bounds[0],
                         (long long)bounds[1]);
    }
    return SL_OK;
}

static enum sl_err check_limit(const struct sl_plan_limit *limit, struct sl_diag *diag)
{
    int64_t of_deal[2] = {limit->deal_min_minor, limit->deal_max_minor};
    int64_t of_window[2] = {limit->window_min_minor, limit->window_max_minor};
    enum sl_err err =
        check_bounds(limit->has_deal_min, limit->has_deal_max, of_deal, "deal_max_minor", diag);
    if (err != SL_OK) {
        return err;
    }
    return check_bounds(limit->has_window_min, limit->has_window_max, of_window, "window_max_minor",
                        diag);
}

/* Wraps the field path of a part that was refused. */
static enum sl_err inside(const char *part, enum sl_err err, struct sl_diag *diag)
{
    if (err != SL_OK) {
        sl_diag_wrap_field(diag, "%s", part);
    }
    return err;
}

enum sl_err sl_plan_check_component(const struct sl_component *component, struct sl_diag *diag)
{
    enum sl_err err = sl_plan_check_id(component->id, "component", diag);
    if (err == SL_OK) {
        err = inside("filter", check_filter(&component->filter, diag), diag);
    }
    if (err == SL_OK) {
        err = check_scope(component, diag);
    }
    if (err == SL_OK) {
        err = check_window(component, diag);
    }
    if (err == SL_OK) {
        err = check_kind(component, diag);
    }
    if (err == SL_OK) {
        err = inside("index", sl_plan_check_index(component, &component->index, diag), diag);
    }
    if (err == SL_OK) {
        err = check_gate(component, diag);
    }
    if (err == SL_OK) {
        err = inside("curve", sl_plan_check_curve(component, diag), diag);
    }
    if (err == SL_OK) {
        err = inside("limit", check_limit(&component->limit, diag), diag);
    }
    return err;
}
