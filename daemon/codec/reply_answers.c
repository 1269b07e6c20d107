/* The answers to questions, filled into generated messages on the arena and packed once. */
#include "codec/encoder.h"
#include "codec/wire.h"
#include "domain/event.h"

static void fill_measures_row(struct sl_encoder *e,
                              const struct sl_measures_row *from,
                              size_t value_count,
                              Salesledger__V1__MeasuresRow *row)
{
    salesledger__v1__measures_row__init(row);
    row->key = sl_encoder_text(e, from->key);
    row->name = sl_encoder_text(e, from->name);
    row->values = sl_encoder_pointers(e, value_count);
    row->n_values = row->values == NULL ? 0 : value_count;
    for (size_t i = 0; i < row->n_values; i++) {
        row->values[i] = sl_encoder_value(e, &from->values[i]);
    }
}

enum sl_err sl_reply_measures(const struct sl_reply *reply,
                              const char *currency,
                              const struct sl_measures_answer *answer)
{
    struct sl_encoder e = {.arena = reply->arena};
    Salesledger__V1__MeasuresReply body = SALESLEDGER__V1__MEASURES_REPLY__INIT;
    body.currency = sl_encoder_string(&e, currency);
    Salesledger__V1__MeasuresRow *rows = sl_encoder_array(&e, answer->row_count, sizeof *rows);
    body.rows = sl_encoder_pointers(&e, answer->row_count);
    body.n_rows = body.rows == NULL ? 0 : answer->row_count;
    for (size_t i = 0; i < body.n_rows; i++) {
        fill_measures_row(&e, &answer->rows[i], answer->value_count, &rows[i]);
        body.rows[i] = &rows[i];
    }
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.measures = &body;
    return sl_encoder_send(&e, reply, &message);
}

static Salesledger__V1__Scope *fill_scope(struct sl_encoder *e, const struct sl_scope_ref *from)
{
    Salesledger__V1__Scope *scope = sl_encoder_array(e, 1, sizeof *scope);
    if (scope == NULL) {
        return NULL;
    }
    salesledger__v1__scope__init(scope);
    scope->person = sl_encoder_text(e, from->person);
    scope->unit = sl_encoder_text(e, from->unit);
    scope->product_line = sl_encoder_text(e, from->product_line);
    scope->product = sl_encoder_text(e, from->product);
    scope->customer = sl_encoder_text(e, from->customer);
    scope->region = sl_encoder_text(e, from->region);
    return scope;
}

static Salesledger__V1__TargetOrigin **
fill_origins(struct sl_encoder *e, const struct sl_target_origins *from, size_t *ret_count)
{
    Salesledger__V1__TargetOrigin *origins = sl_encoder_array(e, from->count, sizeof *origins);
    Salesledger__V1__TargetOrigin **pointers = sl_encoder_pointers(e, from->count);
    *ret_count = pointers == NULL ? 0 : from->count;
    for (size_t i = 0; i < *ret_count; i++) {
        const struct sl_target_origin *origin = &from->items[i];
        salesledger__v1__target_origin__init(&origins[i]);
        SL_PUT(&origins[i], target_seq, origin->target_seq);
        origins[i].period = sl_encoder_text(e, origin->period);
        origins[i].target = sl_encoder_text(e, origin->target);
        SL_PUT(&origins[i], amount, origin->amount);
        SL_PUT(&origins[i], part, origin->part);
        pointers[i] = &origins[i];
    }
    return pointers;
}

static void fill_target_row(struct sl_encoder *e,
                            const struct sl_target_row *from,
                            Salesledger__V1__TargetRow *row)
{
    salesledger__v1__target_row__init(row);
    row->scope = fill_scope(e, &from->scope);
    row->measure = sl_encoder_text(e, from->measure);
    row->period = sl_encoder_text(e, from->period);
    row->name = sl_encoder_text(e, from->name);
    SL_PUT(row, role, (Salesledger__V1__Target__Role)from->role);
    SL_PUT(row, target, from->target);
    row->actual = sl_encoder_value(e, &from->actual);
    row->attainment = sl_encoder_value(e, &from->attainment);
    row->pace = sl_encoder_value(e, &from->pace);
    row->required_per_day = sl_encoder_value(e, &from->required_per_day);
    if (from->has_gap) {
        SL_PUT(row, gap, from->gap);
    }
    if (from->is_derived) {
        SL_PUT(row, derived, true);
        row->origins = fill_origins(e, &from->origins, &row->n_origins);
    } else {
        SL_PUT(row, target_seq, from->target_seq);
    }
    if (from->has_effective) {
        row->effective = sl_encoder_value(e, &from->effective);
    }
    if (from->has_children) {
        SL_PUT(row, gap_to_children, from->gap_to_children);
        SL_PUT(row, children_sum, from->children_sum);
    }
}

enum sl_err sl_reply_targets(const struct sl_reply *reply,
                             const char *currency,
                             const struct sl_targets_answer *answer)
{
    struct sl_encoder e = {.arena = reply->arena};
    Salesledger__V1__TargetsReply body = SALESLEDGER__V1__TARGETS_REPLY__INIT;
    body.currency = sl_encoder_string(&e, currency);
    Salesledger__V1__TargetRow *rows = sl_encoder_array(&e, answer->row_count, sizeof *rows);
    body.rows = sl_encoder_pointers(&e, answer->row_count);
    body.n_rows = body.rows == NULL ? 0 : answer->row_count;
    for (size_t i = 0; i < body.n_rows; i++) {
        fill_target_row(&e, &answer->rows[i], &rows[i]);
        body.rows[i] = &rows[i];
    }
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.targets = &body;
    return sl_encoder_send(&e, reply, &message);
}

static void
fill_rank_row(struct sl_encoder *e, const struct sl_rank_row *from, Salesledger__V1__RankRow *row)
{
    salesledger__v1__rank_row__init(row);
    SL_PUT(row, rank_milli, from->rank_milli);
    row->key = sl_encoder_text(e, from->key);
    row->name = sl_encoder_text(e, from->name);
    row->value = sl_encoder_value(e, &from->value);
    row->reached_date = sl_encoder_day(e, from->reached_day);
    row->has_reached_seq = from->reached_seq != 0;
    row->reached_seq = from->reached_seq;
}

enum sl_err sl_reply_rank(const struct sl_reply *reply,
                          const char *currency,
                          const struct sl_rank_answer *answer)
{
    struct sl_encoder e = {.arena = reply->arena};
    Salesledger__V1__RankReply body = SALESLEDGER__V1__RANK_REPLY__INIT;
    body.currency = sl_encoder_string(&e, currency);
    SL_PUT(&body, count, answer->count);
    Salesledger__V1__RankRow *rows = sl_encoder_array(&e, answer->row_count, sizeof *rows);
    body.rows = sl_encoder_pointers(&e, answer->row_count);
    body.n_rows = body.rows == NULL ? 0 : answer->row_count;
    for (size_t i = 0; i < body.n_rows; i++) {
        fill_rank_row(&e, &answer->rows[i], &rows[i]);
        body.rows[i] = &rows[i];
    }
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.rank = &body;
    return sl_encoder_send(&e, reply, &message);
}

static void fill_deal(struct sl_encoder *e,
                      const struct sl_statement_deal *from,
                      Salesledger__V1__StatementDeal *deal)
{
    salesledger__v1__statement_deal__init(deal);
    SL_PUT(deal, seq, from->seq);
    deal->effective_date = sl_encoder_day(e, from->day);
    deal->deal = sl_encoder_text(e, from->deal);
    deal->person = sl_encoder_text(e, from->person);
    deal->customer = sl_encoder_text(e, from->customer);
    deal->product = sl_encoder_text(e, from->product);
    SL_PUT(deal, share_ppm, from->share_ppm);
    SL_PUT(deal, base_value, from->base);
    SL_PUT(deal, base_after, from->base_after);
    SL_PUT(deal, earned_minor, from->earned_minor);
    SL_PUT(deal, uplift_minor, from->uplift_minor);
    SL_PUT(deal, rate_ppm, from->rate_ppm);
}

static void fill_deals(struct sl_encoder *e,
                       const struct sl_statement_line *from,
                       Salesledger__V1__StatementLine *line)
{
    Salesledger__V1__StatementDeal *deals = sl_encoder_array(e, from->deal_count, sizeof *deals);
    line->deals = sl_encoder_pointers(e, from->deal_count);
    line->n_deals = line->deals == NULL ? 0 : from->deal_count;
    for (size_t i = 0; i < line->n_deals; i++) {
        fill_deal(e, &from->deals[i], &deals[i]);
        line->deals[i] = &deals[i];
    }
}

static void fill_factors(struct sl_encoder *e,
                         const struct sl_statement_line *from,
                         Salesledger__V1__StatementLine *line)
{
    Salesledger__V1__StatementFactor *factors =
        sl_encoder_array(e, from->factor_count, sizeof *factors);
    line->factors = sl_encoder_pointers(e, from->factor_count);
    line->n_factors = line->factors == NULL ? 0 : from->factor_count;
    for (size_t i = 0; i < line->n_factors; i++) {
        const struct sl_statement_factor *factor = &from->factors[i];
        salesledger__v1__statement_factor__init(&factors[i]);
        factors[i].component = sl_encoder_text(e, factor->component);
        SL_PUT(&factors[i], base_value, factor->base);
        factors[i].index = sl_encoder_value(e, &factor->index);
        SL_PUT(&factors[i], factor_ppm, factor->factor_ppm);
        factors[i].has_target = factor->has_target;
        factors[i].target = factor->target;
        factors[i].target_origins =
            fill_origins(e, &factor->target_origins, &factors[i].n_target_origins);
        SL_PUT(&factors[i], gate_open, factor->gate_open);
        line->factors[i] = &factors[i];
    }
}

static void fill_line(struct sl_encoder *e,
                      const struct sl_statement_line *from,
                      Salesledger__V1__StatementLine *line)
{
    salesledger__v1__statement_line__init(line);
    line->plan = sl_encoder_text(e, from->plan);
    SL_PUT(line, plan_version, from->plan_version);
    SL_PUT(line, plan_seq, from->plan_seq);
    line->component = sl_encoder_text(e, from->component);
    line->window = sl_encoder_text(e, from->window);
    SL_PUT(line, base_value, from->base);
    line->index = sl_encoder_value(e, &from->index);
    SL_PUT(line, factor_ppm, from->factor_ppm);
    SL_PUT(line, earned_minor, from->earned_minor);
    SL_PUT(line, limited_minor, from->limited_minor);
    SL_PUT(line, gate_open, from->gate_open);
    line->has_target = from->has_target;
    line->target = from->target;
    line->target_origins = fill_origins(e, &from->target_origins, &line->n_target_origins);
    SL_PUT(line, stream, (Salesledger__V1__PlanFilter__Stream)from->stream);
    SL_PUT(line, quantity, (Salesledger__V1__PlanFilter__Quantity)from->quantity);
    SL_PUT(line, base_unit, (Salesledger__V1__UnitOfMeasure)from->base_unit);
    fill_factors(e, from, line);
    fill_deals(e, from, line);
}

enum sl_err sl_reply_statement(const struct sl_reply *reply,
                               const char *currency,
                               const struct sl_statement_answer *answer)
{
    struct sl_encoder e = {.arena = reply->arena};
    Salesledger__V1__StatementReply body = SALESLEDGER__V1__STATEMENT_REPLY__INIT;
    body.person = sl_encoder_text(&e, answer->person);
    body.name = sl_encoder_text(&e, answer->name);
    body.currency = sl_encoder_string(&e, currency);
    body.period = sl_encoder_text(&e, answer->period);
    SL_PUT(&body, total_minor, answer->total_minor);
    Salesledger__V1__StatementLine *lines = sl_encoder_array(&e, answer->line_count, sizeof *lines);
    body.lines = sl_encoder_pointers(&e, answer->line_count);
    body.n_lines = body.lines == NULL ? 0 : answer->line_count;
    for (size_t i = 0; i < body.n_lines; i++) {
        fill_line(&e, &answer->lines[i], &lines[i]);
        body.lines[i] = &lines[i];
    }
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.statement = &body;
    return sl_encoder_send(&e, reply, &message);
}
