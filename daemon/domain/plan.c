/* Validation of a plan as a whole: its own fields, the assignees, and what components say of each other. */
#include "domain/plan.h"

#include "domain/event.h"
#include "domain/plan_rules.h"
#include "domain/text.h"

enum sl_err sl_plan_check_id(struct sl_slice id, const char *field, struct sl_diag *diag)
{
    if (id.len == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, field, "must have 1 to 64 bytes, is empty");
    }
    if (id.len > SL_ID_TEXT_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, field, "must have 1 to 64 bytes, has %zu", id.len);
    }
    if (!sl_text_is_plain(id)) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, field,
                         "must be UTF-8 without control characters");
    }
    return SL_OK;
}

enum sl_err sl_plan_check_days(sl_day from, sl_day to, const char *field, struct sl_diag *diag)
{
    bool has_both = from.v != SL_NO_DAY_V && to.v != SL_NO_DAY_V;
    if (!has_both || to.v > from.v) {
        return SL_OK;
    }
    char from_text[SL_DAY_TEXT_MAX];
    char to_text[SL_DAY_TEXT_MAX];
    (void)sl_day_format(from, from_text); /* the lengths do not matter here */
    (void)sl_day_format(to, to_text);
    return sl_refuse(diag, SL_E_PLAN_INVALID, field, "the first day after must be after %s, is %s",
                     from_text, to_text);
}

static enum sl_err check_assignee(const struct sl_assignee *assignee, struct sl_diag *diag)
{
    switch (assignee->kind) {
    case SL_ASSIGNEE_PERSON:
    case SL_ASSIGNEE_ROLE:
    case SL_ASSIGNEE_UNIT: return sl_plan_check_id(assignee->who, "who", diag);
    case SL_ASSIGNEE_EVERYONE:
    case SL_ASSIGNEE_MANAGERS: break;
    }
    if (assignee->who.len > 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "who",
                         "EVERYONE and MANAGERS name nobody in particular");
    }
    return SL_OK;
}

/* A draft may still be without people: it is simulated for anyone. */
static enum sl_err check_assignees(const struct sl_plan *plan, struct sl_diag *diag)
{
    if (plan->assignee_count > SL_ASSIGNEES_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "assignees", "at most %u, has %zu", SL_ASSIGNEES_MAX,
                         plan->assignee_count);
    }
    if (plan->assignee_count == 0 && plan->is_published) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "assignees",
                         "a published plan is assigned to someone");
    }
    for (size_t i = 0; i < plan->assignee_count; i++) {
        enum sl_err err = check_assignee(&plan->assignees[i], diag);
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "assignees[%zu]", i);
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err check_header(const struct sl_plan *plan, struct sl_diag *diag)
{
    enum sl_err err = sl_plan_check_id(plan->id, "plan", diag);
    if (err != SL_OK) {
        return err;
    }
    if (plan->version < 1 || plan->version > (int32_t)SL_PLAN_VERSIONS_MAX) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "version", "must be 1 to %u, is %d",
                         SL_PLAN_VERSIONS_MAX, (int)plan->version);
    }
    if (plan->lock_after < 0) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "lock_after", "must be 0 or more, is %d",
                         (int)plan->lock_after);
    }
    sl_currency currency;
    if (plan->currency.len > 0 && sl_currency_parse(plan->currency, &currency) != SL_OK) {
        char shown[SL_TEXT_SHOWN_MAX];
        return sl_refuse(diag, SL_E_UNKNOWN_CURRENCY, "currency",
                         "'%s' is not an active ISO 4217 currency",
                         sl_text_show(plan->currency, shown));
    }
    return sl_plan_check_days(plan->valid_from, plan->valid_to, "valid_to", diag);
}

/* The component with this id among the first `count`; NULL if none. */
static const struct sl_component *
find_component(const struct sl_plan *plan, size_t count, struct sl_slice id)
{
    for (size_t i = 0; i < count; i++) {
        if (sl_text_equal(plan->components[i].id, id)) {
            return &plan->components[i];
        }
    }
    return NULL;
}

static bool has_same_window(const struct sl_component *a, const struct sl_component *b)
{
    return a->window == b->window && a->window_from.v == b->window_from.v &&
           a->window_to.v == b->window_to.v;
}

/* A factor multiplies a PAY component over the same window: of another window's factor nobody could say which applies. */
static enum sl_err check_named(const struct sl_plan *plan,
                               const struct sl_component *factor,
                               struct sl_slice id,
                               struct sl_diag *diag)
{
    char shown[SL_TEXT_SHOWN_MAX];
    const struct sl_component *named = find_component(plan, plan->component_count, id);
    sl_text_show(id, shown);
    if (named == NULL) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "", "the plan has no component '%s'", shown);
    }
    if (named->kind == SL_COMPONENT_FACTOR) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "",
                         "'%s' is a FACTOR; factors multiply PAY components", shown);
    }
    if (!has_same_window(factor, named)) {
        return sl_refuse(diag, SL_E_PLAN_INVALID, "",
                         "'%s' has another window; a factor has that of what it multiplies", shown);
    }
    return SL_OK;
}

static bool is_named_before(const struct sl_component *factor, size_t count, struct sl_slice id)
{
    for (size_t i = 0; i < count; i++) {
        if (sl_text_equal(factor->factor_of[i], id)) {
            return true;
        }
    }
    return false;
}

static enum sl_err
check_factor_of(const struct sl_plan *plan, const struct sl_component *factor, struct sl_diag *diag)
{
    for (size_t i = 0; i < factor->factor_of_count; i++) {
        struct sl_slice id = factor->factor_of[i];
        enum sl_err err = check_named(plan, factor, id, diag);
        if (err == SL_OK && is_named_before(factor, i, id)) {
            err = sl_refuse(diag, SL_E_PLAN_INVALID, "", "the component is named twice");
        }
        if (err != SL_OK) {
            sl_diag_wrap_field(diag, "factor_of[%zu]", i);
            return err;
        }
    }
    return SL_OK;
}

/* People know a component by its id, so the message begins with it; the field path has its index. */
static void name_component(const struct sl_component *component, size_t index, struct sl_diag *diag)
{
    sl_diag_wrap_field(diag, "components[%zu]", index);
    if (component->id.len > 0) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_diag_wrap(diag, "component '%s'", sl_text_show(component->id, shown));
    }
}

static enum sl_err check_components(const struct sl_plan *plan, struct sl_diag *diag)
{
    for (size_t i = 0; i < plan->component_count; i++) {
        const struct sl_component *component = &plan->components[i];
        enum sl_err err = sl_plan_check_component(component, diag);
        if (err == SL_OK && find_component(plan, i, component->id) != NULL) {
            err =
                sl_refuse(diag, SL_E_PLAN_INVALID, "component", "an earlier component has this id");
        }
        if (err == SL_OK) {
            err = check_factor_of(plan, component, diag);
        }
        if (err != SL_OK) {
            name_component(component, i, diag);
            return err;
        }
    }
    return SL_OK;
}

static enum sl_err check_component_count(const struct sl_plan *plan, struct sl_diag *diag)
{
    if (plan->component_count == 0) {
        return sl_refuse(diag, SL_E_MISSING_FIELD, "components",
                         "a plan has at least one component");
    }
    if (plan->component_count > SL_PLAN_COMPONENTS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "components", "at most %u, has %zu",
                         SL_PLAN_COMPONENTS_MAX, plan->component_count);
    }
    return SL_OK;
}

/* Shape before support: a broken draft is refused like a broken plan, an unsupported draft is kept. */
enum sl_err sl_plan_validate(const struct sl_plan *plan, struct sl_diag *diag)
{
    enum sl_err err = check_header(plan, diag);
    if (err == SL_OK) {
        err = check_assignees(plan, diag);
    }
    if (err == SL_OK) {
        err = check_component_count(plan, diag);
    }
    if (err == SL_OK) {
        err = check_components(plan, diag);
    }
    if (err == SL_OK && plan->is_published) {
        err = sl_plan_check_support(plan, diag);
    }
    return err;
}
