/* plan: assignees and components. Field by field; what the fields mean together is sl_plan_validate's.
 *
 * Absent parts of a component are the defaults of their enums: own direct credit, booked amount, index over the base. */
#include "codec/convert.h"

#define LIST(from, name, maximum)                                                                  \
    (from)->name, (struct sl_count){.count = (from)->n_##name, .max = (maximum)}, #name

static void convert_filter(struct sl_decoder *d,
                           const Salesledger__V1__PlanFilter *from,
                           struct sl_plan_filter *ret_filter)
{
    *ret_filter = (struct sl_plan_filter){.from = SL_NO_DAY, .to = SL_NO_DAY};
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_filter = (struct sl_plan_filter){
        .stream = (enum sl_stream)sl_decoder_enum(d, (int)from->stream, SL_STREAM_LOST, "stream"),
        .quantity = (enum sl_quantity)sl_decoder_enum(d, (int)from->quantity, SL_QUANTITY_COUNT,
                                                      "quantity"),
        .customer_age = (enum sl_customer_age)sl_decoder_enum(d, (int)from->customer_age,
                                                              SL_CUSTOMER_EXISTING, "customer_age"),
        .from = sl_decoder_day(d, from->from, "from"),
        .to = sl_decoder_day(d, from->to, "to"),
        .has_line_min = from->has_line_min_minor != 0,
        .has_line_max = from->has_line_max_minor != 0,
        .line_min_minor = from->line_min_minor,
        .line_max_minor = from->line_max_minor,
    };
    ret_filter->products =
        sl_decoder_texts(d, LIST(from, products, SL_FILTER_VALUES_MAX), &ret_filter->product_count);
    ret_filter->lines =
        sl_decoder_texts(d, LIST(from, lines, SL_FILTER_VALUES_MAX), &ret_filter->line_count);
    ret_filter->customers = sl_decoder_texts(d, LIST(from, customers, SL_FILTER_VALUES_MAX),
                                             &ret_filter->customer_count);
    ret_filter->regions =
        sl_decoder_texts(d, LIST(from, regions, SL_FILTER_VALUES_MAX), &ret_filter->region_count);
    sl_decoder_inside(d, "filter");
}

static void convert_scope(struct sl_decoder *d,
                          const Salesledger__V1__PlanScope *from,
                          struct sl_component *component)
{
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    component->scope =
        (enum sl_scope_kind)sl_decoder_enum(d, (int)from->kind, SL_SCOPE_TEAM_POOL, "kind");
    component->scope_depth = from->depth;
    (void)sl_decoder_enum(/* only looked at: how a pool is shared is not evaluated */
                          d, (int)from->pool, SALESLEDGER__V1__PLAN_SCOPE__POOL__BY_CONTRIBUTION,
                          "pool");
    sl_decoder_inside(d, "scope");
}

static void convert_index(struct sl_decoder *d,
                          const Salesledger__V1__PlanIndex *from,
                          struct sl_plan_index *ret_index)
{
    *ret_index = (struct sl_plan_index){0};
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_index = (struct sl_plan_index){
        .kind = (enum sl_index_kind)sl_decoder_enum(d, (int)from->kind, SL_INDEX_REACHED, "kind"),
        .measure = sl_decoder_text(d, from->measure, "measure"),
        .role = sl_decoder_enum(d, (int)from->role, SL_ROLE_COMMIT, "role"),
        .denominator = sl_decoder_text(d, from->denominator, "denominator"),
        .rank_type = sl_decoder_enum(d, (int)from->rank_type,
                                     SALESLEDGER__V1__RANK_TYPE__FRACTIONAL, "rank_type"),
    };
    sl_decoder_inside(d, "index");
}

static void convert_gate(struct sl_decoder *d,
                         const Salesledger__V1__PlanComponent *from,
                         struct sl_component *component)
{
    struct sl_gate_row *gate =
        sl_decoder_array(d, (struct sl_count){.count = from->n_gate, .max = SL_CURVE_ROWS_MAX},
                         sizeof *gate, "gate");
    component->gate = gate;
    component->gate_count = gate == NULL ? 0 : from->n_gate;
    for (size_t i = 0; i < component->gate_count && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from->gate[i]->base);
        convert_index(d, from->gate[i]->index, &gate[i].index);
        gate[i].at_least = from->gate[i]->at_least;
        sl_decoder_inside_item(d, "gate", i);
    }
}

static void
convert_curve(struct sl_decoder *d, const Salesledger__V1__Curve *from, struct sl_curve *ret_curve)
{
    *ret_curve = (struct sl_curve){0};
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_curve = (struct sl_curve){
        .mode = (enum sl_curve_mode)sl_decoder_enum(d, (int)from->mode, SL_CURVE_LINEAR, "mode"),
        .value =
            (enum sl_curve_value)sl_decoder_enum(d, (int)from->value, SL_VALUE_FACTOR, "value"),
        .edge = (enum sl_curve_edge)sl_decoder_enum(d, (int)from->edge, SL_EDGE_GT, "edge"),
    };
    struct sl_curve_row *rows =
        sl_decoder_array(d, (struct sl_count){.count = from->n_rows, .max = SL_CURVE_ROWS_MAX},
                         sizeof *rows, "rows");
    ret_curve->rows = rows;
    ret_curve->row_count = rows == NULL ? 0 : from->n_rows;
    for (size_t i = 0; i < ret_curve->row_count && d->err == SL_OK; i++) {
        sl_decoder_known(d, &from->rows[i]->base);
        rows[i] = (struct sl_curve_row){.from = from->rows[i]->from, .y = from->rows[i]->y};
        sl_decoder_inside_item(d, "rows", i);
    }
    sl_decoder_inside(d, "curve");
}

static void convert_limit(struct sl_decoder *d,
                          const Salesledger__V1__PlanLimit *from,
                          struct sl_plan_limit *ret_limit)
{
    *ret_limit = (struct sl_plan_limit){0};
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_limit = (struct sl_plan_limit){
        .has_deal_min = from->has_deal_min_minor != 0,
        .has_deal_max = from->has_deal_max_minor != 0,
        .has_window_min = from->has_window_min_minor != 0,
        .has_window_max = from->has_window_max_minor != 0,
        .deal_min_minor = from->deal_min_minor,
        .deal_max_minor = from->deal_max_minor,
        .window_min_minor = from->window_min_minor,
        .window_max_minor = from->window_max_minor,
        .carry_excess = from->carry_excess != 0,
    };
    sl_decoder_inside(d, "limit");
}

/* Kept in the log for drafts; a published plan with it is refused until it is computed (plan_support.c). */
static void keep_settle(struct sl_decoder *d,
                        const Salesledger__V1__PlanSettle *from,
                        struct sl_component *component)
{
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    component->has_settle = true;
    sl_decoder_known(d, &from->base);
    (void)sl_decoder_enum(d, (int)from->earn_point, SL_STREAM_LOST, "earn_point");
    sl_decoder_keep(d, from->clawback_rule, SL_ID_TEXT_BYTES_MAX, "clawback_rule");
    sl_decoder_keep(d, from->pay_unit, SL_ID_TEXT_BYTES_MAX, "pay_unit");
    sl_decoder_keep(d, from->fx_policy, SL_ID_TEXT_BYTES_MAX, "fx_policy");
    sl_decoder_inside(d, "settle");
}

static void convert_component(struct sl_decoder *d,
                              const Salesledger__V1__PlanComponent *from,
                              struct sl_component *ret_component)
{
    sl_decoder_known(d, &from->base);
    *ret_component = (struct sl_component){
        .id = sl_decoder_text(d, from->component, "component"),
        .kind = (enum sl_component_kind)sl_decoder_enum(d, (int)from->kind, SL_COMPONENT_FACTOR,
                                                        "kind"),
        .window = (enum sl_plan_window)sl_decoder_enum(d, (int)from->window, SL_PLAN_WINDOW_FIXED,
                                                       "window"),
        .window_from = sl_decoder_day(d, from->window_from, "window_from"),
        .window_to = sl_decoder_day(d, from->window_to, "window_to"),
        .round_at = (enum sl_round_at)sl_decoder_enum(d, (int)from->round_at, SL_ROUND_AT_WINDOW,
                                                      "round_at"),
    };
    ret_component->factor_of = sl_decoder_texts(d, LIST(from, factor_of, SL_PLAN_COMPONENTS_MAX),
                                                &ret_component->factor_of_count);
    convert_filter(d, from->filter, &ret_component->filter);
    convert_scope(d, from->scope, ret_component);
    convert_index(d, from->index, &ret_component->index);
    convert_gate(d, from, ret_component);
    convert_curve(d, from->curve, &ret_component->curve);
    convert_limit(d, from->limit, &ret_component->limit);
    keep_settle(d, from->settle, ret_component);
}

static void
convert_components(struct sl_decoder *d, const Salesledger__V1__Plan *from, struct sl_plan *plan)
{
    struct sl_component *components = sl_decoder_array(
        d, (struct sl_count){.count = from->n_components, .max = SL_PLAN_COMPONENTS_MAX},
        sizeof *components, "components");
    plan->components = components;
    plan->component_count = components == NULL ? 0 : from->n_components;
    for (size_t i = 0; i < plan->component_count && d->err == SL_OK; i++) {
        convert_component(d, from->components[i], &components[i]);
        sl_decoder_inside_item(d, "components", i);
    }
}

static void
convert_assignees(struct sl_decoder *d, const Salesledger__V1__Plan *from, struct sl_plan *plan)
{
    struct sl_assignee *assignees =
        sl_decoder_array(d, (struct sl_count){.count = from->n_assignees, .max = SL_ASSIGNEES_MAX},
                         sizeof *assignees, "assignees");
    plan->assignees = assignees;
    plan->assignee_count = assignees == NULL ? 0 : from->n_assignees;
    for (size_t i = 0; i < plan->assignee_count && d->err == SL_OK; i++) {
        const Salesledger__V1__Assignee *assignee = from->assignees[i];
        sl_decoder_known(d, &assignee->base);
        assignees[i] = (struct sl_assignee){
            .kind = (enum sl_assignee_kind)sl_decoder_enum(d, (int)assignee->kind,
                                                           SL_ASSIGNEE_MANAGERS, "kind"),
            .who = sl_decoder_text(d, assignee->who, "who"),
        };
        sl_decoder_inside_item(d, "assignees", i);
    }
}

const struct sl_plan *sl_convert_plan(struct sl_decoder *d, const Salesledger__V1__Plan *from)
{
    struct sl_plan *plan =
        sl_decoder_array(d, (struct sl_count){.count = 1, .max = 1}, sizeof *plan, "");
    if (plan == NULL) {
        return NULL;
    }
    sl_decoder_known(d, &from->base);
    *plan = (struct sl_plan){
        .id = sl_decoder_text(d, from->plan, "plan"),
        .version = from->version,
        .valid_from = sl_decoder_day(d, from->valid_from, "valid_from"),
        .valid_to = sl_decoder_day(d, from->valid_to, "valid_to"),
        .late = sl_decoder_enum(d, (int)from->late, SALESLEDGER__V1__PLAN__LATE__CURRENT, "late"),
        .cancel = sl_decoder_enum(d, (int)from->cancel, SALESLEDGER__V1__PLAN__CANCEL__ORIGINAL,
                                  "cancel"),
        .lock_after = from->lock_after,
        .currency = sl_decoder_text(d, from->currency, "currency"),
        .rounding =
            (enum sl_rounding)sl_decoder_enum(d, (int)from->rounding, SL_ROUND_HALF_UP, "rounding"),
        .is_published = sl_decoder_enum(d, (int)from->state,
                                        SALESLEDGER__V1__PLAN__STATE__PUBLISHED, "state") != 0,
    };
    convert_assignees(d, from, plan);
    convert_components(d, from, plan);
    return d->err == SL_OK ? plan : NULL;
}
