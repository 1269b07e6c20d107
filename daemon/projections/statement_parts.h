/* The inside of a statement, for statement*.c.
 *
 *     statement.c            which lines there are: plan spans, components, windows and their facts
 *     statement_line.c       what one line earns: index, gates, factors, evaluation
 *     statement_explain.c    what one line shows: its numbers, and the facts behind it */
#ifndef SL_PROJECTIONS_STATEMENT_PARTS_H
#define SL_PROJECTIONS_STATEMENT_PARTS_H

#include "projections/component_facts.h"
#include "projections/plans.h"

/* One statement in the making. Everything of the answer lies on the arena. */
struct sl_statement_work {
    struct sl_ledger *ledger;
    const struct sl_statement_query *query;
    struct sl_arena *arena;
    struct sl_statement_answer *answer;
    struct sl_diag *diag;
    uint32_t payee; /* number */
    struct sl_period period;
    int fiscal_month;                /* 1 to 12 */
    size_t deal_count;               /* listed so far, in all lines */
    struct sl_component_facts facts; /* owned; of the component at hand */
};

/* One component in one window. */
struct sl_line_work {
    const struct sl_plan *plan;
    const struct sl_plan_span *span;
    const struct sl_component *component;
    struct sl_period whole;          /* the window as the calendar has it */
    struct sl_period window;         /* its part in the span */
    struct sl_component_fact *facts; /* borrowed of the work's */
    size_t fact_count;
};

/* What went into an evaluation and what came out. Zeroed is empty; what it points at is borrowed
 * for the line. */
struct sl_line_result {
    struct sl_evaluation_input input;
    struct sl_evaluation evaluation;
    struct sl_fact_part *parts; /* one per fact of the line */
    struct sl_target_origins target_origins;
};

/* The component's facts of those days on which the plan is assigned to the payee. Codes of
 * sl_component_facts_get. */
SL_MUST_CHECK enum sl_err sl_statement_facts(struct sl_statement_work *work,
                                             const struct sl_plan *plan,
                                             const struct sl_component *component,
                                             struct sl_period days,
                                             struct sl_component_facts *facts);

/* Evaluates one PAY component in one window and adds its line to the answer; a window without facts
 * adds none. May keep fewer of line->facts. SL_E_TOO_BIG (lines, facts of an explanation, arena),
 * SL_E_OVERFLOW, SL_E_UNSUPPORTED, SL_E_NO_MEMORY, and the codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_statement_add_line(struct sl_statement_work *work,
                                                struct sl_line_work *line);

/* One factor, as it is shown in the line that it multiplies. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_statement_show_factor(const struct sl_component *component,
                                                   const struct sl_line_result *result,
                                                   struct sl_statement_factor *ret_factor);

/* The line's own numbers; its factors and their count stand in it by now. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_statement_show_line(const struct sl_statement_work *work,
                                                 const struct sl_line_work *line,
                                                 const struct sl_line_result *result,
                                                 struct sl_statement_line *out);

/* The facts behind the line, if the question wants an explanation. SL_E_TOO_BIG. */
SL_MUST_CHECK enum sl_err sl_statement_list_deals(struct sl_statement_work *work,
                                                  const struct sl_line_work *line,
                                                  const struct sl_line_result *result,
                                                  struct sl_statement_line *out);

#endif
