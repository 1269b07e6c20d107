/* What one line of a statement earns: its facts, index, gates and factors, put to sl_evaluate. */
#include <string.h>

#include "domain/attainment.h"
#include "domain/text.h"
#include "projections/customer_age.h"
#include "projections/statement_parts.h"
#include "projections/target_origins.h"
#include "projections/target_pay.h"

static enum sl_err
refuse_facts(struct sl_statement_work *work, const struct sl_component *component, size_t count)
{
    char shown[SL_TEXT_SHOWN_MAX];
    return sl_refuse(
        work->diag, SL_E_TOO_BIG, "statement.period",
        "a component reads at most %zu facts, \"%s\" has more; ask for a shorter period", count,
        sl_text_show(component->id, shown));
}

enum sl_err sl_statement_facts(struct sl_statement_work *work,
                               const struct sl_plan *plan,
                               const struct sl_component *component,
                               struct sl_period days,
                               struct sl_component_facts *facts)
{
    enum sl_err err = sl_component_facts_get(work->ledger, component, work->payee, days, facts);
    if (err == SL_E_TOO_BIG) {
        err = refuse_facts(work, component, facts->count);
    }
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

/* What an index is measured by: its own measure, else the sum that the base is of. */
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
static enum sl_err own_value(struct sl_statement_work *work,
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
        *ret_value = sl_measure_value(measure, ratio);
    }
    return err;
}

struct line_target {
    bool is_set;
    int64_t amount;
    struct sl_target_origins origins; /* of the whole window's */
};

/* The target of the window; a part of the window gets what its days weigh, rounded once. */
static enum sl_err target_of(struct sl_statement_work *work,
                             const struct sl_line_work *line,
                             const struct sl_plan_index *index,
                             struct line_target *ret_target)
{
    struct sl_measure measure = index_measure(line->component, index);
    struct sl_target_kind kind = {&measure, line->whole, (enum sl_target_role)index->role};
    struct sl_target_days days;
    *ret_target = (struct line_target){0};
    enum sl_err err = sl_targets_days_of_person(work->ledger, work->payee, &kind, &days);
    if (err == SL_E_NOT_FOUND) {
        return SL_OK;
    }
    if (err == SL_E_TOO_BIG) {
        return sl_target_days_refuse(work->diag, "statement.period");
    }
    if (err == SL_OK) {
        ret_target->is_set = true;
        ret_target->amount = days.amount;
        err = sl_target_origins(work->ledger, &days, measure.is_ratio, work->arena,
                                &ret_target->origins);
    }
    bool is_whole =
        line->window.start.v == line->whole.start.v && line->window.end.v == line->whole.end.v;
    if (err != SL_OK || is_whole) {
        return err;
    }
    return sl_targets_prorate(work->ledger, work->payee, &kind, line->window, &ret_target->amount);
}

/* The base, or what the gate asks for instead, as a value to hold against the gate. */
static enum sl_err gate_value(struct sl_statement_work *work,
                              const struct sl_line_work *line,
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
    struct line_target target;
    enum sl_err err = target_of(work, line, &row->index, &target);
    input.has_target = target.is_set;
    input.target = target.amount;
    if (err == SL_OK && row->index.measure.len > 0) {
        err = own_value(work, &measure, line->window, &input.actual);
    }
    return err == SL_OK ? sl_attainment(&input, ret_value) : err;
}

/* Evaluates a component in its window. Its factors, which only a PAY component has, stand in the
 * input by now. */
static enum sl_err evaluate_line(struct sl_statement_work *work,
                                 const struct sl_line_work *line,
                                 struct sl_line_result *result)
{
    struct sl_evaluation_input *input = &result->input;
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
    struct sl_pay_window pay_window = {component->window, line->whole, line->window};
    if (err == SL_OK) {
        err = sl_target_pay(work->ledger, work->payee, &pay_window, &input->target_pay);
    }
    if (err == SL_OK && component->index.kind == SL_INDEX_ATTAINMENT) {
        struct line_target target;
        err = target_of(work, line, &component->index, &target);
        input->has_target = target.is_set;
        input->target = target.amount;
        result->target_origins = target.origins;
    }
    if (err == SL_OK && component->index.kind != SL_INDEX_RATIO &&
        component->index.measure.len > 0) {
        struct sl_measure measure = index_measure(component, &component->index);
        struct sl_fraction value;
        err = own_value(work, &measure, line->window, &value);
        input->has_index_total = err == SL_OK && value.denominator == 1;
        input->index_total = input->has_index_total ? (int64_t)value.numerator : 0;
    }
    result->parts = parts;
    return err == SL_OK ? sl_evaluate(input, &result->evaluation, parts, work->diag) : err;
}

/* Does the factor multiply the component of that id? */
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

/* One factor over the line's own window, and how it came about. */
static enum sl_err factor_of(struct sl_statement_work *work,
                             const struct sl_line_work *line,
                             const struct sl_component *component,
                             struct sl_exact *ret_factor,
                             struct sl_statement_factor *ret_shown)
{
    struct sl_component_facts facts = {0};
    struct sl_line_work factor_line = *line;
    struct sl_line_result result = {0};
    factor_line.component = component;
    enum sl_err err = sl_statement_facts(work, line->plan, component, line->window, &facts);
    factor_line.facts = facts.facts;
    factor_line.fact_count = facts.count;
    if (err == SL_OK) {
        err = sl_customer_age_keep(work->ledger, component, line->whole, facts.facts,
                                   &factor_line.fact_count);
    }
    if (err == SL_OK) {
        err = evaluate_line(work, &factor_line, &result);
    }
    if (err == SL_OK) {
        err = sl_statement_show_factor(component, &result, ret_shown);
    }
    if (err == SL_OK) {
        sl_exact_copy(ret_factor, &result.evaluation.factor);
    }
    sl_component_facts_deinit(&facts);
    return err;
}

/* All factors of the plan that name the line's component, in the plan's order, and their product; 1
 * if there are none. */
static enum sl_err factors_of(struct sl_statement_work *work,
                              const struct sl_line_work *line,
                              struct sl_exact *ret_product,
                              struct sl_statement_line *out)
{
    struct sl_exact factor;
    sl_exact_set(ret_product, sl_fraction_of_int(1));
    out->factors =
        sl_arena_calloc(work->arena, line->plan->component_count, sizeof out->factors[0]);
    if (out->factors == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < line->plan->component_count; i++) {
        const struct sl_component *component = &line->plan->components[i];
        bool is_factor = component->kind == SL_COMPONENT_FACTOR &&
                         names_component(component, line->component->id);
        if (!is_factor) {
            continue;
        }
        enum sl_err err =
            factor_of(work, line, component, &factor, &out->factors[out->factor_count]);
        if (err == SL_OK) {
            err = sl_exact_mul(ret_product, &factor, ret_product);
        }
        if (err != SL_OK) {
            return err;
        }
        out->factor_count++;
    }
    sl_exact_reduce(ret_product);
    return SL_OK;
}

enum sl_err sl_statement_add_line(struct sl_statement_work *work, struct sl_line_work *line)
{
    struct sl_statement_answer *answer = work->answer;
    struct sl_exact factor;
    struct sl_line_result result = {0};
    enum sl_err err = sl_customer_age_keep(work->ledger, line->component, line->whole, line->facts,
                                           &line->fact_count);
    if (err != SL_OK || line->fact_count == 0) {
        return err; /* a window without facts has no line */
    }
    if (answer->line_count == SL_STATEMENT_LINES_MAX) {
        return sl_refuse(
            work->diag, SL_E_TOO_BIG, "statement.period",
            "a statement has at most %u lines, there are more; ask for a shorter period",
            SL_STATEMENT_LINES_MAX);
    }
    struct sl_statement_line *out = &answer->lines[answer->line_count];
    *out = (struct sl_statement_line){0};
    err = factors_of(work, line, &factor, out);
    result.input.factor = &factor;
    if (err == SL_OK) {
        err = evaluate_line(work, line, &result);
    }
    if (err == SL_OK) {
        err = sl_statement_show_line(work, line, &result, out);
    }
    if (err == SL_OK) {
        err = sl_statement_list_deals(work, line, &result, out);
    }
    if (err == SL_OK &&
        __builtin_add_overflow(answer->total_minor, out->earned_minor, &answer->total_minor)) {
        err = SL_E_OVERFLOW;
    }
    answer->line_count += err == SL_OK;
    return err;
}
