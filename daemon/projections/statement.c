/* Statements: what a person has earned, line by line, with the facts behind each line.
 *
 *     for each plan span (one version, the days it holds)
 *       for each PAY component
 *         for each window that overlaps the period and holds facts     -> one line
 *
 * A window is evaluated whole even if the period covers only a part of it. Deal windows share one
 * line: the deals whose first fact lies in the period, each with its whole history, so that
 * adjoining periods add up. A version that changes inside a window makes two lines, each with its
 * days' part of the target. */
#include <stdlib.h>

#include "domain/period_refuse.h"
#include "projections/customer_age.h"
#include "projections/display.h"
#include "projections/source.h"
#include "projections/statement_parts.h"

/* The days of both; empty (start >= end) if there are none. */
static struct sl_period cut(struct sl_period a, struct sl_period b)
{
    struct sl_period both = {{a.start.v > b.start.v ? a.start.v : b.start.v},
                             {a.end.v < b.end.v ? a.end.v : b.end.v}};
    return both;
}

/* The window that holds the day; deal windows are cut from the period itself. */
static struct sl_period
window_at(const struct sl_statement_work *work, const struct sl_component *component, sl_day day)
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

/* Keeps the facts of deals whose first fact lies in the period; facts without a deal by their own
 * day. */
static enum sl_err keep_deals_of_period(struct sl_statement_work *work)
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

/* All deals of the period in one line. */
static enum sl_err deal_line(struct sl_statement_work *work, struct sl_line_work *line)
{
    enum sl_err err =
        sl_statement_facts(work, line->plan, line->component, line->span->days, &work->facts);
    if (err == SL_OK) { /* what the filter leaves out does not say where a deal belongs */
        err = sl_customer_age_keep(work->ledger, line->component, work->period, work->facts.facts,
                                   &work->facts.count);
    }
    if (err == SL_OK) {
        err = keep_deals_of_period(work);
    }
    if (err != SL_OK) {
        return err;
    }
    line->whole = line->window = cut(work->period, line->span->days);
    line->facts = work->facts.facts;
    line->fact_count = work->facts.count;
    return sl_statement_add_line(work, line);
}

/* A line for each window of the component that holds facts. */
static enum sl_err component_lines(struct sl_statement_work *work, struct sl_line_work *line)
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
    enum sl_err err = sl_statement_facts(work, line->plan, line->component, days, &work->facts);
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
        err = sl_statement_add_line(work, line);
        at = end;
    }
    return err;
}

/* The lines of one plan version, which is read from the log. */
static enum sl_err span_lines(struct sl_statement_work *work, const struct sl_plan_span *span)
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
        struct sl_line_work line = {.plan = plan, .span = span, .component = &plan->components[i]};
        if (line.component->kind == SL_COMPONENT_PAY) {
            err = component_lines(work, &line);
        }
    }
    return err;
}

static enum sl_err plan_lines(struct sl_statement_work *work, uint32_t plan)
{
    struct sl_plan_span spans[SL_PLAN_SPANS_MAX];
    size_t count = sl_plans_spans(work->ledger, plan, work->period, spans);
    enum sl_err err = SL_OK;
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        err = span_lines(work, &spans[i]);
    }
    return err;
}

static enum sl_err resolve(struct sl_statement_work *work, uint32_t *ret_plan)
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
        return sl_period_refuse(work->diag, "statement.period", query->period);
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
    struct sl_statement_work work = {
        .ledger = ledger, .query = query, .arena = arena, .answer = &answer, .diag = diag};
    enum sl_err err = resolve(&work, &plan);
    if (err != SL_OK) {
        return err;
    }
    answer.person = query->person;
    answer.period = query->period;
    answer.name = sl_display_name(ledger, SL_ENTITY_PERSON, work.payee, arena);
    answer.lines = sl_arena_calloc(arena, SL_STATEMENT_LINES_MAX, sizeof answer.lines[0]);
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
