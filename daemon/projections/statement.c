/* Statements: what a person has earned, line by line, with the facts behind each line.
 *
 *     for each plan span (one version, the days it holds)
 *       for each PAY component
 *         for each window that overlaps the period and holds facts     -> one line
 *
 * A window is evaluated whole even if the period covers only a part of it. Deal windows share one line: the deals whose first
 * fact lies in the period, each with its whole history, so that adjoining periods add up. A version that changes inside a window
 * makes two lines, each with its days' part of the target. */
#include <stdlib.h>
#include <string.h>

#include "domain/attainment.h"
#include "projections/component_facts.h"
#include "projections/customer_age.h"
#include "projections/display.h"
#include "projections/plans.h"
#include "projections/source.h"
#include "projections/targets.h"

#define LINES_MAX 2000u
#define DEALS_MAX 30000u /* of one answer; about 5 MiB on the wire */

struct work {
    struct sl_ledger *ledger;
    const struct sl_statement_query *query;
    struct sl_arena *arena;
    struct sl_statement_answer *answer;
    struct sl_diag *diag;
    uint32_t payee;
    struct sl_period period;
    int fiscal_month;
    size_t deal_count;
    struct sl_component_facts facts;
};

/* One component in one window. */
struct line_work {
    const struct sl_plan *plan;
    const struct sl_plan_span *span;
    const struct sl_component *component;
    struct sl_period whole;  /* the window as the calendar has it */
    struct sl_period window; /* its part in the span */
    struct sl_component_fact *facts;
    size_t fact_count;
};

static struct sl_period cut(struct sl_period a, struct sl_period b)
{
    struct sl_period both = {{a.start.v > b.start.v ? a.start.v : b.start.v},
                             {a.end.v < b.end.v ? a.end.v : b.end.v}};
    return both;
}

static struct sl_period
window_at(const struct work *work, const struct sl_component *component, sl_day day)
{
    switch (component->window) {
    case SL_PLAN_WINDOW_WEEK: return sl_window_of(SL_WINDOW_WEEK, work->fiscal_month, day);
    case SL_PLAN_WINDOW_MONTH: return sl_window_of(SL_WINDOW_MONTH, work->fiscal_month, day);
    case SL_PLAN_WINDOW_QUARTER: return sl_window_of(SL_WINDOW_QUARTER, work->fiscal_month, day);
    case SL_PLAN_WINDOW_YEAR: return sl_window_of(SL_WINDOW_YEAR, work->fiscal_month, day);
    case SL_PLAN_WINDOW_FIXED:
        return (struct sl_period){component->window_from, component->window_to};
    case SL_PLAN_WINDOW_DEAL: return work->period;
    }
    return work->period;
}

static struct sl_measure index_measure(const struct sl_component *component,
                                       const struct sl_plan_index *index)
{
    struct sl_measure measure;
    enum sl_sum sum = SL_SUM_BOOKED_AMOUNT;
    if (index->measure.len > 0 && sl_measure_parse(index->measure, &measure, NULL) == SL_OK) {
        return measure;
    }
    /* A stored plan has passed validation, so stream and quantity have a sum. */
    if (sl_sum_of_stream(component->filter.stream, component->filter.quantity, &sum) != SL_OK) {
        sum = SL_SUM_BOOKED_AMOUNT;
    }
    return sl_measure_of_sum(sum);
}

/* The payee's own value of a measure in the window. Contacts of one kind need the general way. */
static enum sl_err own_value(struct work *work,
                             const struct sl_measure *measure,
                             struct sl_period window,
                             struct sl_fraction *ret_value)
{
    struct sl_totals_query query = {.period = window, .by = SL_BY_NONE};
    struct sl_totals totals;
    struct sl_ratio ratio;
    query.scope.has_person = true;
    query.scope.person = work->payee;
    query.scope.contact_kind = measure->contact_kind;
    enum sl_err err = sl_totals_get(work->ledger, &query, work->arena, &totals);
    if (err == SL_OK) {
        err = sl_measure_of_sums(measure, totals.rows[0].sums, &ratio);
    }
    if (err == SL_OK) {
        *ret_value = sl_fraction_of_ratio(ratio.numerator, ratio.denominator);
    }
    return err;
}

/* The target of the window; a part of the window gets its days' part, rounded once. */
static enum sl_err target_of(struct work *work,
                             const struct line_work *line,
                             const struct sl_plan_index *index,
                             bool *ret_has_target,
                             int64_t *ret_target)
{
    struct sl_measure measure = index_measure(line->component, index);
    int64_t target = 0;
    *ret_has_target = sl_targets_of_person(work->ledger, work->payee, &measure, line->whole,
                                           (enum sl_target_role)index->role, &target);
    *ret_target = target;
    int64_t all = line->whole.end.v - line->whole.start.v;
    int64_t part = line->window.end.v - line->window.start.v;
    if (!*ret_has_target || part == all) {
        return SL_OK;
    }
    return sl_round_ratio((sl_int128)target * part, all, SL_ROUND_HALF_EVEN, ret_target);
}

static enum sl_err gate_value(struct work *work,
                              const struct line_work *line,
                              const struct sl_gate_row *row,
                              struct sl_fraction *ret_value)
{
    int64_t base = 0;
    for (size_t i = 0; i < line->fact_count; i++) {
        base += line->facts[i].base.base;
    }
    *ret_value = sl_fraction_of_int(base);
    struct sl_measure measure = index_measure(line->component, &row->index);
    if (row->index.kind == SL_INDEX_BASE) {
        return row->index.measure.len > 0 ? own_value(work, &measure, line->window, ret_value)
                                          : SL_OK;
    }
    struct sl_attainment_input input = {.actual = *ret_value,
                                        .lower_is_better = measure.lower_is_better};
    enum sl_err err = target_of(work, line, &row->index, &input.has_target, &input.target);
    if (err == SL_OK && row->index.measure.len > 0) {
        err = own_value(work, &measure, line->window, &input.actual);
    }
    return err == SL_OK ? sl_attainment(&input, ret_value) : err;
}

/* Variable pay of the window: the year's by twelfths and quarters, other windows by days of 365. */
static int64_t target_pay(struct work *work, const struct line_work *line)
{
    const struct sl_segment *person =
        sl_org_on(&work->ledger->org.people, work->payee, line->window.start);
    int64_t yearly = person != NULL ? person->row.pay_minor : 0;
    int64_t pay = yearly;
    int64_t days = line->window.end.v - line->window.start.v;
    bool is_whole = days == line->whole.end.v - line->whole.start.v;
    enum sl_plan_window kind = line->component->window;
    enum sl_err err = SL_OK;
    if (is_whole && kind == SL_PLAN_WINDOW_QUARTER) {
        err = sl_round_ratio(yearly, 4, SL_ROUND_HALF_EVEN, &pay);
    } else if (is_whole && kind == SL_PLAN_WINDOW_MONTH) {
        err = sl_round_ratio(yearly, 12, SL_ROUND_HALF_EVEN, &pay);
    } else if (!is_whole || kind != SL_PLAN_WINDOW_YEAR) {
        err = sl_round_ratio((sl_int128)yearly * days, 365, SL_ROUND_HALF_EVEN, &pay);
    }
    return err == SL_OK ? pay : 0; /* a part of an int64 fits */
}

/* Evaluates a component; parts are on the arena. */
static enum sl_err evaluate_line(struct work *work,
                                 const struct line_work *line,
                                 struct sl_evaluation_input *input,
                                 struct sl_evaluation *ret_evaluation,
                                 struct sl_fact_part **ret_parts)
{
    const struct sl_component *component = line->component;
    struct sl_base_fact *bases = sl_arena_calloc(work->arena, line->fact_count + 1, sizeof *bases);
    struct sl_fact_part *parts = sl_arena_calloc(work->arena, line->fact_count + 1, sizeof *parts);
    struct sl_fraction *gates =
        sl_arena_calloc(work->arena, component->gate_count + 1, sizeof *gates);
    if (bases == NULL || parts == NULL || gates == NULL) {
        return SL_E_TOO_BIG;
    }
    for (size_t i = 0; i < line->fact_count; i++) {
        bases[i] = line->facts[i].base;
    }
    enum sl_err err = SL_OK;
    for (size_t i = 0; err == SL_OK && i < component->gate_count; i++) {
        err = gate_value(work, line, &component->gate[i], &gates[i]);
    }
    input->component = component;
    input->rounding = line->plan->rounding;
    input->facts = bases;
    input->fact_count = line->fact_count;
    input->gate_values = gates;
    input->target_pay_minor = target_pay(work, line);
    if (err == SL_OK && component->index.kind == SL_INDEX_ATTAINMENT) {
        err = target_of(work, line, &component->index, &input->has_target, &input->target);
    }
    if (err == SL_OK && component->index.measure.len > 0) {
        struct sl_measure measure = index_measure(component, &component->index);
        struct sl_fraction value;
        err = own_value(work, &measure, line->window, &value);
        input->has_index_total = err == SL_OK && value.denominator == 1;
        input->index_total = input->has_index_total ? (int64_t)value.numerator : 0;
    }
    *ret_parts = parts;
    return err == SL_OK ? sl_evaluate(input, ret_evaluation, parts, work->diag) : err;
}

static bool names_component(const struct sl_component *factor, struct sl_slice id)
{
    for (size_t i = 0; i < factor->factor_of_count; i++) {
        if (factor->factor_of[i].len == id.len &&
            memcmp(factor->factor_of[i].data, id.data, id.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The component's facts of days on which the plan is assigned to the payee. */
static enum sl_err facts_of(struct work *work,
                            const struct sl_plan *plan,
                            const struct sl_component *component,
                            struct sl_period days,
                            struct sl_component_facts *facts)
{
    enum sl_err err = sl_component_facts_get(work->ledger, component, work->payee, days, facts);
    size_t kept = 0;
    sl_day day = SL_NO_DAY;
    bool is_assigned = false;
    for (size_t i = 0; err == SL_OK && i < facts->count; i++) {
        if (facts->facts[i].base.day.v != day.v) {
            day = facts->facts[i].base.day;
            struct sl_period on_day = {day, {day.v + 1}};
            is_assigned = sl_plans_assigned(work->ledger, plan, work->payee, on_day);
        }
        if (is_assigned) {
            facts->facts[kept++] = facts->facts[i];
        }
    }
    facts->count = err == SL_OK ? kept : 0;
    return err;
}

/* The index in its unit: ppm of a target, or the base's own. */
static enum sl_err show_index(const struct sl_component *component,
                              const struct sl_evaluation *evaluation,
                              struct sl_value *ret_index)
{
    enum sl_sum sum = SL_SUM_BOOKED_AMOUNT;
    bool is_ratio = component->index.kind != SL_INDEX_BASE;
    enum sl_err err = sl_sum_of_stream(component->filter.stream, component->filter.quantity, &sum);
    return err == SL_OK ? sl_display_fraction(evaluation->index, is_ratio ? SL_PPM : 1,
                                              is_ratio ? SL_UNIT_PPM : sl_sum_unit(sum), ret_index)
                        : err;
}

/* The product of the factors in ppm, for display; an undefined one pays nothing. */
static enum sl_err show_factor(const struct sl_fraction *factors, size_t count, int64_t *ret_ppm)
{
    struct sl_fraction product = sl_fraction_of_int(SL_PPM);
    for (size_t i = 0; i < count; i++) {
        enum sl_err err = sl_fraction_mul(product, factors[i], &product);
        if (err != SL_OK) {
            return err;
        }
    }
    if (!sl_fraction_is_defined(product)) {
        *ret_ppm = 0;
        return SL_OK;
    }
    return sl_round_ratio(product.numerator, product.denominator, SL_ROUND_HALF_EVEN, ret_ppm);
}

/* One factor over the line's own window, and how it came about. */
static enum sl_err factor_of(struct work *work,
                             const struct line_work *line,
                             const struct sl_component *component,
                             struct sl_fraction *ret_factor,
                             struct sl_statement_factor *out)
{
    struct sl_component_facts facts = {0};
    struct line_work factor_line = *line;
    struct sl_evaluation_input input = {0};
    struct sl_evaluation evaluation = {0};
    struct sl_fact_part *parts;
    factor_line.component = component;
    enum sl_err err = facts_of(work, line->plan, component, line->window, &facts);
    factor_line.facts = facts.facts;
    factor_line.fact_count = facts.count;
    if (err == SL_OK) {
        err = sl_customer_age_keep(work->ledger, component, line->whole, facts.facts,
                                   &factor_line.fact_count);
    }
    if (err == SL_OK) {
        err = evaluate_line(work, &factor_line, &input, &evaluation, &parts);
    }
    sl_component_facts_deinit(&facts);
    if (err != SL_OK) {
        return err;
    }
    *ret_factor = evaluation.factor;
    *out = (struct sl_statement_factor){
        .component = component->id,
        .base = evaluation.base_total,
        .target = input.target,
        .has_target = input.has_target,
        .gate_open = evaluation.gate_open,
    };
    err = show_index(component, &evaluation, &out->index);
    return err == SL_OK ? show_factor(&evaluation.factor, 1, &out->factor_ppm) : err;
}

static enum sl_err factors_of(struct work *work,
                              const struct line_work *line,
                              struct sl_fraction factors[SL_PLAN_COMPONENTS_MAX],
                              struct sl_statement_line *out)
{
    out->factors =
        sl_arena_calloc(work->arena, line->plan->component_count, sizeof out->factors[0]);
    if (out->factors == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < line->plan->component_count; i++) {
        const struct sl_component *component = &line->plan->components[i];
        bool is_factor = component->kind == SL_COMPONENT_FACTOR &&
                         names_component(component, line->component->id);
        size_t at = out->factor_count;
        enum sl_err err =
            is_factor ? factor_of(work, line, component, &factors[at], &out->factors[at]) : SL_OK;
        if (err != SL_OK) {
            return err;
        }
        out->factor_count += is_factor;
    }
    return SL_OK;
}

static enum sl_err list_deals(struct work *work,
                              const struct line_work *line,
                              const struct sl_fact_part *parts,
                              struct sl_statement_line *out)
{
    struct sl_ledger *ledger = work->ledger;
    if (!work->query->explain) {
        return SL_OK;
    }
    work->deal_count += line->fact_count;
    out->deals = sl_arena_calloc(work->arena, line->fact_count + 1, sizeof out->deals[0]);
    if (out->deals == NULL || work->deal_count > DEALS_MAX) {
        return sl_refuse(
            work->diag, SL_E_TOO_BIG, "statement.period",
            "an explanation lists at most %u facts; ask for a shorter period or one plan",
            DEALS_MAX);
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
            .base_after = parts[i].base_after,
            .earned_minor = parts[i].earned_minor,
            .uplift_minor = parts[i].uplift_minor,
            .rate_ppm = parts[i].rate_ppm,
        };
    }
    return SL_OK;
}

static enum sl_err fill_line(struct work *work,
                             const struct line_work *line,
                             const struct sl_evaluation_input *input,
                             const struct sl_evaluation *evaluation,
                             struct sl_statement_line *out)
{
    const struct sl_component *component = line->component;
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
    out->earned_minor = evaluation->earned_minor;
    out->limited_minor = evaluation->limited_minor;
    out->gate_open = evaluation->gate_open;
    if (err == SL_OK) {
        err = show_index(component, evaluation, &out->index);
    }
    return err == SL_OK ? show_factor(input->factors, input->factor_count, &out->factor_ppm) : err;
}

static enum sl_err add_line(struct work *work, struct line_work *line)
{
    struct sl_statement_answer *answer = work->answer;
    struct sl_fraction factors[SL_PLAN_COMPONENTS_MAX];
    struct sl_evaluation_input input = {0};
    struct sl_evaluation evaluation;
    struct sl_fact_part *parts;
    enum sl_err err = sl_customer_age_keep(work->ledger, line->component, line->whole, line->facts,
                                           &line->fact_count);
    if (err != SL_OK || line->fact_count == 0) {
        return err; /* a window without facts has no line */
    }
    if (answer->line_count == LINES_MAX) {
        return sl_refuse(work->diag, SL_E_TOO_BIG, "statement.period",
                         "a statement has at most %u lines; ask for a shorter period", LINES_MAX);
    }
    struct sl_statement_line *out = &answer->lines[answer->line_count];
    *out = (struct sl_statement_line){0};
    err = factors_of(work, line, factors, out);
    input.factors = factors;
    input.factor_count = out->factor_count;
    if (err == SL_OK) {
        err = evaluate_line(work, line, &input, &evaluation, &parts);
    }
    if (err == SL_OK) {
        err = fill_line(work, line, &input, &evaluation, out);
    }
    if (err == SL_OK) {
        err = list_deals(work, line, parts, out);
    }
    if (err == SL_OK &&
        __builtin_add_overflow(answer->total_minor, out->earned_minor, &answer->total_minor)) {
        err = SL_E_OVERFLOW;
    }
    answer->line_count += err == SL_OK;
    return err;
}

/* Keeps the facts of deals whose first fact lies in the period; facts without a deal by their own day. */
static enum sl_err keep_deals_of_period(struct work *work)
{
    uint32_t deal_max = sl_names_count(&work->ledger->names, SL_ENTITY_DEAL);
    uint8_t *verdicts = calloc((size_t)deal_max + 1, 1); /* 0 unseen, 1 in, 2 out */
    size_t kept = 0;
    if (verdicts == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < work->facts.count; i++) {
        const struct sl_component_fact *fact = &work->facts.facts[i];
        uint8_t *verdict = &verdicts[fact->base.deal];
        if (*verdict == 0 || fact->base.deal == 0) {
            *verdict = sl_period_contains(work->period, fact->base.day) ? 1 : 2;
        }
        if (*verdict == 1) {
            work->facts.facts[kept++] = *fact;
        }
    }
    work->facts.count = kept;
    free(verdicts);
    return SL_OK;
}

static enum sl_err deal_line(struct work *work, struct line_work *line)
{
    enum sl_err err = facts_of(work, line->plan, line->component, line->span->days, &work->facts);
    if (err == SL_OK) {
        err = keep_deals_of_period(work);
    }
    if (err != SL_OK) {
        return err;
    }
    line->whole = line->window = cut(work->period, line->span->days);
    line->facts = work->facts.facts;
    line->fact_count = work->facts.count;
    return add_line(work, line);
}

static enum sl_err component_lines(struct work *work, struct line_work *line)
{
    struct sl_period asked = cut(cut(work->period, line->span->days), sl_period_all());
    if (line->component->window == SL_PLAN_WINDOW_DEAL) {
        return deal_line(work, line);
    }
    if (line->component->window == SL_PLAN_WINDOW_FIXED) {
        asked = cut(asked,
                    (struct sl_period){line->component->window_from, line->component->window_to});
    }
    if (asked.start.v >= asked.end.v) {
        return SL_OK;
    }
    /* All facts once, then window by window: they come in order of day. */
    struct sl_period first = window_at(work, line->component, asked.start);
    struct sl_period last = window_at(work, line->component, (sl_day){asked.end.v - 1});
    struct sl_period days = cut((struct sl_period){first.start, last.end}, line->span->days);
    enum sl_err err = facts_of(work, line->plan, line->component, days, &work->facts);
    size_t at = 0;
    while (err == SL_OK && at < work->facts.count) {
        line->whole = window_at(work, line->component, work->facts.facts[at].base.day);
        line->window = cut(line->whole, line->span->days);
        size_t end = at;
        while (end < work->facts.count && work->facts.facts[end].base.day.v < line->window.end.v) {
            end++;
        }
        line->facts = &work->facts.facts[at];
        line->fact_count = end - at;
        err = add_line(work, line);
        at = end;
    }
    return err;
}

static enum sl_err span_lines(struct work *work, const struct sl_plan_span *span)
{
    struct sl_sourced event;
    struct sl_ledger *ledger = work->ledger;
    enum sl_err err = sl_source_load(ledger, span->seq, work->arena, &event);
    if (err != SL_OK) {
        return err;
    }
    if (!event.is_there || event.body.type != SL_EVENT_PLAN) {
        return SL_E_CORRUPT;
    }
    const struct sl_plan *plan = event.body.u.plan;
    for (size_t i = 0; err == SL_OK && i < plan->component_count; i++) {
        struct line_work line = {.plan = plan, .span = span, .component = &plan->components[i]};
        if (line.component->kind == SL_COMPONENT_PAY) {
            err = component_lines(work, &line);
        }
    }
    return err;
}

static enum sl_err plan_lines(struct work *work, uint32_t plan)
{
    struct sl_plan_span spans[SL_PLAN_SPANS_MAX];
    size_t count = sl_plans_spans(work->ledger, plan, work->period, spans);
    enum sl_err err = SL_OK;
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        err = span_lines(work, &spans[i]);
    }
    return err;
}

static enum sl_err resolve(struct work *work, uint32_t *ret_plan)
{
    const struct sl_statement_query *query = work->query;
    struct sl_ledger *ledger = work->ledger;
    if (query->at.is_set) {
        return sl_refuse(work->diag, SL_E_UNSUPPORTED, "statement.at",
                         "not yet: answers are as of now");
    }
    if (query->person.len == 0) {
        return sl_refuse(work->diag, SL_E_MISSING_FIELD, "statement.person", "must name a person");
    }
    work->payee = sl_names_find(&ledger->names, SL_ENTITY_PERSON, query->person);
    if (work->payee == 0) {
        return sl_refuse(work->diag, SL_E_NOT_FOUND, "statement.person",
                         "must be known to the ledger, is %.*s", (int)query->person.len,
                         (const char *)query->person.data);
    }
    *ret_plan = sl_names_find(&ledger->names, SL_ENTITY_PLAN, query->plan);
    if (query->plan.len > 0 && *ret_plan == 0) {
        return sl_refuse(work->diag, SL_E_NOT_FOUND, "statement.plan",
                         "must be known to the ledger, is %.*s", (int)query->plan.len,
                         (const char *)query->plan.data);
    }
    work->fiscal_month = sl_ledger_fiscal_month(ledger);
    if (sl_period_parse(query->period, work->fiscal_month, &work->period) != SL_OK) {
        return sl_refuse(work->diag, SL_E_BAD_PERIOD, "statement.period",
                         "must be a period such as 2017-Q3, is %.*s", (int)query->period.len,
                         (const char *)query->period.data);
    }
    return sl_org_refresh(&ledger->org, ledger->state);
}

enum sl_err sl_ledger_statement(struct sl_ledger *ledger,
                                const struct sl_statement_query *query,
                                struct sl_arena *arena,
                                struct sl_statement_answer *ret_answer,
                                struct sl_diag *diag)
{
    uint32_t plan = 0;
    struct sl_statement_answer answer = {0};
    struct work work = {
        .ledger = ledger, .query = query, .arena = arena, .answer = &answer, .diag = diag};
    enum sl_err err = resolve(&work, &plan);
    if (err != SL_OK) {
        return err;
    }
    answer.person = query->person;
    answer.period = query->period;
    answer.name = sl_display_name(ledger, SL_ENTITY_PERSON, work.payee, arena);
    answer.lines = sl_arena_calloc(arena, LINES_MAX, sizeof answer.lines[0]);
    if (answer.lines == NULL) {
        return SL_E_NO_MEMORY;
    }
    uint32_t last = plan != 0 ? plan : sl_names_count(&ledger->names, SL_ENTITY_PLAN);
    for (uint32_t at = plan != 0 ? plan : 1; err == SL_OK && at <= last; at++) {
        err = plan_lines(&work, at);
    }
    sl_component_facts_deinit(&work.facts);
    if (err == SL_OK) {
        err = sl_state_error(ledger->state);
    }
    if (err == SL_OK) {
        *ret_answer = answer;
    }
    return err;
}
