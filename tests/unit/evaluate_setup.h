/* Builders for tests of plan evaluation: one component, its facts and what came out. Amounts are in cents. */
#ifndef SL_UNIT_EVALUATE_SETUP_H
#define SL_UNIT_EVALUATE_SETUP_H

#include "lib/test.h"

#include "domain/evaluate.h"

#define FACTS_MAX 8

/* One evaluation with everything at its default: booked amount, own window, WHOLE rate over the base. */
struct setup {
    struct sl_component component;
    struct sl_evaluation_input input;
    struct sl_base_fact facts[FACTS_MAX];
    struct sl_fact_part parts[FACTS_MAX];
    struct sl_evaluation result;
};

static inline struct setup
setup_of(enum sl_curve_mode mode, const struct sl_curve_row *rows, size_t row_count)
{
    return (struct setup){
        .component = {.window = SL_PLAN_WINDOW_QUARTER,
                      .curve = {.rows = rows, .row_count = row_count, .mode = mode}}};
}
#define SETUP(mode, rows) setup_of((mode), (rows), COUNT(rows))

/* A fact of its own deal, base in cents. */
static inline void add_fact(struct setup *s, int64_t base)
{
    size_t i = s->input.fact_count++;
    assert_true(i < FACTS_MAX);
    s->facts[i] = (struct sl_base_fact){
        .seq = {i + 1}, .deal = (uint32_t)i + 1, .base = base, .amount = base};
}

static inline int64_t evaluate(struct setup *s)
{
    s->input.component = &s->component;
    s->input.facts = s->facts;
    assert_ok(sl_evaluate(&s->input, &s->result, s->parts, NULL));
    return s->result.earned_minor;
}

static inline int64_t sum_of_parts(const struct setup *s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s->input.fact_count; i++) {
        sum += s->parts[i].earned_minor;
    }
    return sum;
}

static inline void aim_at(struct setup *s, int64_t target)
{
    s->component.index.kind = SL_INDEX_ATTAINMENT;
    s->input.has_target = true;
    s->input.target = target;
}

#endif
