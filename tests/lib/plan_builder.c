/* Fills the generated messages of a plan; each part lives beside its parent until it is packed. */
#include "lib/plan_builder.h"

#include <string.h>

#include "lib/test.h"

/* One component with the messages it points to. */
struct component_parts {
    Salesledger__V1__PlanComponent component;
    Salesledger__V1__PlanFilter filter;
    Salesledger__V1__PlanScope scope;
    Salesledger__V1__PlanIndex index;
    Salesledger__V1__PlanIndex gate_indexes[SL_BUILD_GATES_MAX];
    Salesledger__V1__GateRow gates[SL_BUILD_GATES_MAX];
    Salesledger__V1__GateRow *gate_pointers[SL_BUILD_GATES_MAX];
    Salesledger__V1__Curve curve;
    Salesledger__V1__CurveRow rows[SL_BUILD_LINES_MAX];
    Salesledger__V1__CurveRow *row_pointers[SL_BUILD_LINES_MAX];
    Salesledger__V1__PlanLimit limit;
    char *product, *line, *customer, *region, *factor_of; /* lists of one */
};

/* The generated structs want `char *`; packing only reads. */
static char *text_of(const char *text)
{
    char *out;
    memcpy(&out, &text, sizeof out);
    return out;
}

static void fill_filter(struct component_parts *parts, const struct sl_build_component *from)
{
    Salesledger__V1__PlanFilter *filter = &parts->filter;
    salesledger__v1__plan_filter__init(filter);
    filter->has_stream = 1;
    filter->stream = (Salesledger__V1__PlanFilter__Stream)from->stream;
    filter->has_quantity = 1;
    filter->quantity = (Salesledger__V1__PlanFilter__Quantity)from->quantity;
    parts->product = text_of(from->product);
    parts->line = text_of(from->line);
    parts->customer = text_of(from->customer);
    parts->region = text_of(from->region);
    filter->products = &parts->product;
    filter->n_products = from->product != NULL;
    filter->lines = &parts->line;
    filter->n_lines = from->line != NULL;
    filter->customers = &parts->customer;
    filter->n_customers = from->customer != NULL;
    filter->regions = &parts->region;
    filter->n_regions = from->region != NULL;
    filter->has_customer_age = 1;
    filter->customer_age = (Salesledger__V1__PlanFilter__CustomerAge)from->customer_age;
    filter->from = text_of(from->filter_from);
    filter->to = text_of(from->filter_to);
    filter->has_line_min_minor = from->line_min != 0;
    filter->line_min_minor = from->line_min;
    filter->has_line_max_minor = from->line_max != 0;
    filter->line_max_minor = from->line_max;
}

static void fill_index(Salesledger__V1__PlanIndex *index, const struct sl_build_index *from)
{
    salesledger__v1__plan_index__init(index);
    index->has_kind = 1;
    index->kind = (Salesledger__V1__PlanIndex__Kind)from->kind;
    index->measure = text_of(from->measure);
    index->denominator = text_of(from->denominator);
    index->has_role = 1;
    index->role = (Salesledger__V1__Target__Role)from->role;
}

static void fill_gates(struct component_parts *parts, const struct sl_build_component *from)
{
    for (size_t i = 0; i < from->gate_count; i++) {
        fill_index(&parts->gate_indexes[i], &from->gates[i].index);
        salesledger__v1__gate_row__init(&parts->gates[i]);
        parts->gates[i].index = &parts->gate_indexes[i];
        parts->gates[i].has_at_least = 1;
        parts->gates[i].at_least = from->gates[i].at_least;
        parts->gate_pointers[i] = &parts->gates[i];
    }
    parts->component.gate = parts->gate_pointers;
    parts->component.n_gate = from->gate_count;
}

static void fill_curve(struct component_parts *parts, const struct sl_build_component *from)
{
    Salesledger__V1__Curve *curve = &parts->curve;
    salesledger__v1__curve__init(curve);
    for (size_t i = 0; i < from->row_count; i++) {
        salesledger__v1__curve_row__init(&parts->rows[i]);
        parts->rows[i].has_from = 1;
        parts->rows[i].from = from->rows[i].from;
        parts->rows[i].has_y = 1;
        parts->rows[i].y = from->rows[i].y;
        parts->row_pointers[i] = &parts->rows[i];
    }
    curve->rows = parts->row_pointers;
    curve->n_rows = from->row_count;
    curve->has_mode = 1;
    curve->mode = (Salesledger__V1__Curve__Mode)from->mode;
    curve->has_value = 1;
    curve->value = (Salesledger__V1__Curve__Value)from->value;
    curve->has_edge = 1;
    curve->edge = (Salesledger__V1__Curve__Edge)from->edge;
}

static void fill_limit(struct component_parts *parts, const struct sl_build_component *from)
{
    Salesledger__V1__PlanLimit *limit = &parts->limit;
    salesledger__v1__plan_limit__init(limit);
    limit->has_deal_max_minor = from->deal_max != 0;
    limit->deal_max_minor = from->deal_max;
    limit->has_window_min_minor = from->window_min != 0;
    limit->window_min_minor = from->window_min;
    limit->has_window_max_minor = from->window_max != 0;
    limit->window_max_minor = from->window_max;
}

static void fill_component(struct component_parts *parts, const struct sl_build_component *from)
{
    Salesledger__V1__PlanComponent *component = &parts->component;
    salesledger__v1__plan_component__init(component);
    fill_filter(parts, from);
    fill_index(&parts->index, &from->index);
    fill_gates(parts, from);
    fill_curve(parts, from);
    fill_limit(parts, from);
    salesledger__v1__plan_scope__init(&parts->scope);
    parts->scope.has_kind = 1;
    parts->scope.kind = (Salesledger__V1__PlanScope__Kind)from->scope;
    parts->scope.has_depth = from->depth != 0;
    parts->scope.depth = from->depth;
    component->component = text_of(from->id != NULL ? from->id : "pay");
    component->has_kind = 1;
    component->kind = (Salesledger__V1__PlanComponent__Kind)from->kind;
    parts->factor_of = text_of(from->factor_of);
    component->factor_of = &parts->factor_of;
    component->n_factor_of = from->factor_of != NULL;
    component->filter = &parts->filter;
    component->scope = &parts->scope;
    component->has_window = 1;
    component->window = (Salesledger__V1__PlanComponent__Window)from->window;
    component->window_from = text_of(from->window_from);
    component->window_to = text_of(from->window_to);
    component->index = &parts->index;
    component->curve = &parts->curve;
    component->limit = &parts->limit;
    component->has_round_at = 1;
    component->round_at = (Salesledger__V1__PlanComponent__RoundAt)from->round_at;
}

/* Everyone, unless the plan names somebody. */
static size_t fill_assignees(const struct sl_build_full_plan *from,
                             Salesledger__V1__Assignee *assignees,
                             Salesledger__V1__Assignee **pointers)
{
    struct sl_build_assignee everyone = {.kind = SL_ASSIGNEE_EVERYONE};
    size_t count = from->assignee_count > 0 ? from->assignee_count : 1;
    const struct sl_build_assignee *list = from->assignee_count > 0 ? from->assignees : &everyone;
    for (size_t i = 0; i < count; i++) {
        salesledger__v1__assignee__init(&assignees[i]);
        assignees[i].has_kind = 1;
        assignees[i].kind = (Salesledger__V1__Assignee__Kind)list[i].kind;
        assignees[i].who = text_of(list[i].who);
        pointers[i] = &assignees[i];
    }
    return count;
}

struct sl_slice sl_build_full_plan(struct sl_builder *b, const struct sl_build_full_plan *plan)
{
    struct component_parts parts[SL_BUILD_COMPONENTS_MAX];
    Salesledger__V1__PlanComponent *components[SL_BUILD_COMPONENTS_MAX];
    Salesledger__V1__Assignee assignees[SL_BUILD_ASSIGNEES_MAX];
    Salesledger__V1__Assignee *pointers[SL_BUILD_ASSIGNEES_MAX];
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    Salesledger__V1__Plan body = SALESLEDGER__V1__PLAN__INIT;
    size_t count = 0;
    while (count < SL_BUILD_COMPONENTS_MAX && plan->components[count].row_count > 0) {
        fill_component(&parts[count], &plan->components[count]);
        components[count] = &parts[count].component;
        count++;
    }
    body.plan = text_of(plan->plan != NULL ? plan->plan : "plan");
    body.has_version = 1;
    body.version = plan->version != 0 ? plan->version : 1;
    body.valid_from = text_of(plan->from);
    body.valid_to = text_of(plan->to);
    body.n_assignees = fill_assignees(plan, assignees, pointers);
    body.assignees = pointers;
    body.components = components;
    body.n_components = count;
    body.currency = text_of("USD");
    body.has_rounding = 1;
    body.rounding = (Salesledger__V1__Plan__Rounding)plan->rounding;
    body.has_state = 1;
    body.state = plan->is_draft ? SALESLEDGER__V1__PLAN__STATE__DRAFT
                                : SALESLEDGER__V1__PLAN__STATE__PUBLISHED;
    event.plan = &body;
    event.effective_date = text_of(plan->date);
    return sl_build_event(b, &event);
}
