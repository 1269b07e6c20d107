/* What one line of a statement shows: its numbers, its factors, the facts behind it. */
#include "projections/display.h"
#include "projections/statement_parts.h"

/* The index in its unit: ppm of a target, or the base's own. */
static enum sl_err show_index(const struct sl_component *component,
                              const struct sl_evaluation *evaluation,
                              struct sl_value *ret_index)
{
    enum sl_sum sum = SL_SUM_BOOKED_AMOUNT;
    bool is_ratio = component->index.kind != SL_INDEX_BASE;
    enum sl_err err = sl_sum_of_stream(component->filter.stream, component->filter.quantity, &sum);
    if (err == SL_OK) {
        *ret_index = sl_display_fraction(evaluation->index, is_ratio ? SL_PPM : 1,
                                         is_ratio ? SL_UNIT_PPM : sl_sum_unit(sum));
    }
    return err;
}

/* A factor, or the product of several, in ppm for display; an undefined one pays nothing. A product of a million millions and more, which
 * may well give a sum that fits, is no reason to refuse the statement: what is shown then is the greatest number. */
static int64_t show_factor(const struct sl_exact *factor)
{
    struct sl_exact scaled;
    int64_t ppm;
    enum sl_err err = sl_exact_scale(factor, sl_fraction_of_int(SL_PPM), &scaled);
    if (err == SL_OK) {
        err = sl_exact_round(&scaled, SL_ROUND_HALF_EVEN, &ppm);
    }
    return err == SL_OK ? ppm : INT64_MAX;
}

enum sl_err sl_statement_show_factor(const struct sl_component *component,
                                     const struct sl_line_result *result,
                                     struct sl_statement_factor *ret_factor)
{
    struct sl_statement_factor factor = {
        .component = component->id,
        .base = result->evaluation.base_total,
        .target = result->input.target,
        .has_target = result->input.has_target,
        .target_origins = result->target_origins,
        .gate_open = result->evaluation.gate_open,
    };
    enum sl_err err = show_index(component, &result->evaluation, &factor.index);
    factor.factor_ppm = show_factor(&result->evaluation.factor);
    if (err == SL_OK) {
        *ret_factor = factor;
    }
    return err;
}

enum sl_err sl_statement_show_line(const struct sl_statement_work *work,
                                   const struct sl_line_work *line,
                                   const struct sl_line_result *result,
                                   struct sl_statement_line *out)
{
    const struct sl_component *component = line->component;
    const struct sl_evaluation_input *input = &result->input;
    const struct sl_evaluation *evaluation = &result->evaluation;
    enum sl_sum sum = SL_SUM_BOOKED_AMOUNT;
    enum sl_err err = sl_sum_of_stream(component->filter.stream, component->filter.quantity, &sum);
    out->plan = line->plan->id;
    out->component = component->id;
    out->window = sl_display_period(work->ledger, line->window, work->arena);
    out->plan_version = line->plan->version;
    out->plan_seq = line->span->seq.v;
    out->stream = component->filter.stream;
    out->quantity = component->filter.quantity;
    out->base_unit = sl_sum_unit(sum);
    out->base = evaluation->base_total;
    out->target = input->target;
    out->has_target = input->has_target;
    out->target_origins = result->target_origins;
    out->earned_minor = evaluation->earned_minor;
    out->limited_minor = evaluation->limited_minor;
    out->gate_open = evaluation->gate_open;
    if (err == SL_OK) {
        err = show_index(component, evaluation, &out->index);
    }
    out->factor_ppm = show_factor(input->factor);
    return err;
}

enum sl_err sl_statement_list_deals(struct sl_statement_work *work,
                                    const struct sl_line_work *line,
                                    const struct sl_line_result *result,
                                    struct sl_statement_line *out)
{
    struct sl_ledger *ledger = work->ledger;
    if (!work->query->explain) {
        return SL_OK;
    }
    work->deal_count += line->fact_count;
    if (work->deal_count > SL_STATEMENT_DEALS_MAX) {
        return sl_refuse(work->diag, SL_E_TOO_BIG, "statement.period",
                         "an explanation lists at most %u facts, has %zu or more; ask for a "
                         "shorter period or one "
                         "plan",
                         SL_STATEMENT_DEALS_MAX, work->deal_count);
    }
    out->deals = sl_arena_calloc(work->arena, line->fact_count + 1, sizeof out->deals[0]);
    if (out->deals == NULL) {
        return SL_E_NO_MEMORY;
    }
    out->deal_count = line->fact_count;
    for (size_t i = 0; i < line->fact_count; i++) {
        const struct sl_component_fact *fact = &line->facts[i];
        out->deals[i] = (struct sl_statement_deal){
            .seq = fact->base.seq.v,
            .day = fact->base.day,
            .deal = sl_display_id(ledger, SL_ENTITY_DEAL, fact->base.deal, work->arena),
            .person = sl_display_id(ledger, SL_ENTITY_PERSON, fact->person, work->arena),
            .customer = sl_display_id(ledger, SL_ENTITY_CUSTOMER, fact->customer, work->arena),
            .product = sl_display_id(ledger, SL_ENTITY_PRODUCT, fact->product, work->arena),
            .share_ppm = fact->share_ppm,
            .base = fact->base.base,
            .base_after = result->parts[i].base_after,
            .earned_minor = result->parts[i].earned_minor,
            .uplift_minor = result->parts[i].uplift_minor,
            .rate_ppm = result->parts[i].rate_ppm,
        };
    }
    return SL_OK;
}
