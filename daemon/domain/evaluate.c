/* Evaluation of one component: index, gate, curve over the facts, factors, rounding; limits are in fact_parts. */
#include "domain/evaluate.h"

#include <assert.h>

#include "domain/curve.h"
#include "domain/fact_parts.h"
#include "sl/limits.h"

/* The longest numerators of the table in the header. A product needs up to one limb more than its bits, a division another. */
#define DIFFERENCE_BITS 426u
#define FACTOR_BITS     144u
static_assert(DIFFERENCE_BITS + (SL_PLAN_COMPONENTS_MAX - 1) * FACTOR_BITS +
                      2 * SL_WIDE_LIMB_BITS <=
                  SL_WIDE_LIMBS_MAX * SL_WIDE_LIMB_BITS,
              "whatever a plan may ask is computed exactly");

/* What has been counted up to a fact. */
struct tally {
    int64_t base;
    int64_t amount;
};

static enum sl_err add_fact(struct tally *tally, const struct sl_base_fact *fact)
{
    bool overflows = __builtin_add_overflow(tally->base, fact->base, &tally->base) ||
                     __builtin_add_overflow(tally->amount, fact->amount, &tally->amount);
    return overflows ? SL_E_OVERFLOW : SL_OK;
}

static bool is_ppm_index(enum sl_index_kind kind)
{
    return kind == SL_INDEX_ATTAINMENT || kind == SL_INDEX_RATIO;
}

/* The index at a point of the window; undefined for what has no target or nothing to divide by. */
static struct sl_fraction index_at(const struct sl_evaluation_input *input, struct tally tally)
{
    int64_t total = input->has_index_total ? input->index_total : tally.base;
    bool has_target = input->has_target && input->target > 0;
    switch (input->component->index.kind) {
    case SL_INDEX_BASE: return sl_fraction_of_int(total);
    case SL_INDEX_ATTAINMENT: return sl_fraction_of_ratio(total, has_target ? input->target : 0);
    case SL_INDEX_RATIO: return sl_fraction_of_ratio(tally.base, tally.amount);
    case SL_INDEX_RANK:
    case SL_INDEX_SCORE:
    case SL_INDEX_TENURE:
    case SL_INDEX_REACHED: break;
    }
    return (struct sl_fraction){0, 0};
}

/* Base of one whole unit, for amounts per unit. */
static int64_t unit_of(enum sl_quantity quantity)
{
    switch (quantity) {
    case SL_QUANTITY_AMOUNT:
    case SL_QUANTITY_MARGIN: return 1;
    case SL_QUANTITY_UNITS: return 1000;
    case SL_QUANTITY_COUNT: return SL_PPM;
    case SL_QUANTITIES: break;
    }
    return 1;
}

static struct sl_curve_point curve_point_at(const struct sl_evaluation_input *input,
                                            struct tally tally)
{
    const struct sl_component *component = input->component;
    struct sl_curve_point point = {.curve = &component->curve,
                                   .base = tally.base,
                                   .at = index_at(input, tally),
                                   .unit = unit_of(component->filter.quantity),
                                   .target_pay = input->target_pay};
    if (is_ppm_index(component->index.kind)) {
        point.at.numerator *= SL_PPM; /* came from int64, so it fits */
    }
    return point;
}

/* The gate: every row's value is at least its bound. */

static bool is_row_open(const struct sl_gate_row *row, struct sl_fraction value)
{
    if (!sl_fraction_is_defined(value)) {
        return false;
    }
    struct sl_fraction bound = {row->at_least, is_ppm_index(row->index.kind) ? SL_PPM : 1};
    return sl_fraction_compare(value, bound) >= 0;
}

static bool is_gate_open(const struct sl_evaluation_input *input)
{
    const struct sl_component *component = input->component;
    SL_ASSERT(SL_IMPLIES(component->gate_count > 0, input->gate_values != NULL));
    for (size_t i = 0; i < component->gate_count; i++) {
        if (!is_row_open(&component->gate[i], input->gate_values[i])) {
            return false;
        }
    }
    return true;
}

/* One window on its way through the facts. */
struct walk {
    const struct sl_evaluation_input *input;
    struct sl_fact_parts list;
    struct sl_curve_point final; /* at the end of the window */
    struct sl_exact y_final;     /* rates only; undefined: earns nothing */
    struct tally tally;          /* up to and with the current fact */
    struct sl_exact y_before;    /* rates only: before the current fact */
    struct sl_exact line;        /* the payable line before the current fact */
    int64_t rounded_before;      /* the same, rounded */
};

/* Minor units of an exact amount times the factors; what is undefined earns nothing. */
static enum sl_err
round_earned(const struct walk *walk, const struct sl_exact *earned, int64_t *ret_minor)
{
    const struct sl_exact *factor = walk->input->factor;
    struct sl_exact product;
    if (factor == NULL) {
        return sl_exact_round(earned, walk->input->rounding, ret_minor);
    }
    enum sl_err err = sl_exact_mul(earned, factor, &product);
    return err != SL_OK ? err : sl_exact_round(&product, walk->input->rounding, ret_minor);
}

/* A rate of the whole base, as opposed to slices of it or amounts that do not depend on it. */
static bool pays_by_rate(const struct sl_curve *curve)
{
    bool is_rate = curve->value == SL_VALUE_RATE || curve->value == SL_VALUE_PER_UNIT;
    return is_rate && curve->mode != SL_CURVE_MARGINAL;
}

static enum sl_err y_at(const struct sl_curve_point *point, struct sl_exact *ret_y)
{
    if (!sl_fraction_is_defined(point->at)) {
        sl_exact_set(ret_y, point->at);
        return SL_OK;
    }
    return sl_curve_y_at(point->curve, point->at, ret_y);
}

/* The y to show for a point. The last slice of a marginal curve ends in the row below a bound, whatever the edge. */
static enum sl_err
shown_y(const struct walk *walk, const struct sl_curve_point *point, int64_t *ret_ppm)
{
    struct sl_curve curve = *point->curve;
    struct sl_curve_point shown = *point;
    struct sl_exact y;
    shown.curve = &curve;
    if (curve.mode == SL_CURVE_MARGINAL) {
        curve.edge = SL_EDGE_GT;
    }
    enum sl_err err = y_at(&shown, &y);
    return err != SL_OK ? err : sl_exact_round(&y, walk->input->rounding, ret_ppm);
}

static void begin_line(struct walk *walk)
{
    sl_exact_set(&walk->line, sl_fraction_of_int(0));
    walk->rounded_before = 0;
}

/* The part is what the rounded line grows by. */
static enum sl_err
earn_growth(struct walk *walk, const struct sl_exact *line_after, struct sl_fact_part *part)
{
    int64_t rounded;
    enum sl_err err = round_earned(walk, line_after, &rounded);
    if (err != SL_OK) {
        return err;
    }
    if (__builtin_sub_overflow(rounded, walk->rounded_before, &part->earned_minor)) {
        return SL_E_OVERFLOW;
    }
    walk->rounded_before = rounded;
    return SL_OK;
}

static bool is_window_line(const struct walk *walk)
{
    return walk->input->component->round_at == SL_ROUND_AT_WINDOW;
}

static enum sl_err step_by_slice(struct walk *walk, struct sl_fact_part *part)
{
    struct sl_curve_point point = curve_point_at(walk->input, walk->tally);
    struct sl_exact after;
    enum sl_err err = shown_y(walk, &point, &part->rate_ppm);
    if (err != SL_OK || !is_window_line(walk)) {
        return err;
    }
    err = sl_curve_earned_at(&point, &after);
    return err != SL_OK ? err : earn_growth(walk, &after, part);
}

/* What the change of rate from y_before to `y` means for the base before this fact. */
static enum sl_err
explain_uplift(struct walk *walk, const struct sl_exact *y, int64_t base_before, int64_t *ret_minor)
{
    struct sl_exact uplift;
    enum sl_err err = sl_exact_sub(y, &walk->y_before, &uplift);
    sl_exact_copy(&walk->y_before, y);
    if (err == SL_OK) {
        err = sl_curve_value_of(&walk->final, &uplift, base_before, &uplift);
    }
    return err != SL_OK ? err : round_earned(walk, &uplift, ret_minor);
}

/* A window's line goes by the rate so far, a deal's by the final one. */
static enum sl_err
step_by_rate(struct walk *walk, const struct sl_base_fact *fact, struct sl_fact_part *part)
{
    struct sl_curve_point point = curve_point_at(walk->input, walk->tally);
    bool is_window = is_window_line(walk);
    struct sl_exact y;
    struct sl_exact earned;
    enum sl_err err = y_at(&point, &y);
    if (err == SL_OK) {
        err = explain_uplift(walk, &y, walk->tally.base - fact->base, &part->uplift_minor);
    }
    const struct sl_exact *rate = is_window ? &y : &walk->y_final;
    if (err == SL_OK) {
        err = sl_exact_round(rate, walk->input->rounding, &part->rate_ppm);
    }
    if (err != SL_OK || !is_window) {
        return err;
    }
    err = sl_curve_value_of(&walk->final, rate, walk->tally.base, &earned);
    return err != SL_OK ? err : earn_growth(walk, &earned, part);
}

/* Deals as payable lines. */

/* E(after) - E(before) of one fact; nothing was earned before a window's first. */
static enum sl_err
slice_of(const struct walk *walk, size_t index, bool is_first, struct sl_exact *ret_slice)
{
    const struct sl_base_fact *fact = &walk->list.facts[index];
    const struct sl_fact_part *part = &walk->list.parts[index];
    struct tally tally = {.base = part->base_after, .amount = part->amount_after};
    struct sl_curve_point point = curve_point_at(walk->input, tally);
    struct sl_exact before;
    enum sl_err err = sl_curve_earned_at(&point, ret_slice);
    if (err != SL_OK || is_first) {
        return err;
    }
    /* They were added before, so taking them off fits. */
    tally = (struct tally){tally.base - fact->base, tally.amount - fact->amount};
    point = curve_point_at(walk->input, tally);
    err = sl_curve_earned_at(&point, &before);
    return err != SL_OK ? err : sl_exact_sub(ret_slice, &before, ret_slice);
}

/* In lowest terms where denominators differ, so that the sums of many slices stay short. */
static enum sl_err add_to_line(struct walk *walk, struct sl_exact *slice)
{
    bool is_small = !walk->line.is_wide && !slice->is_wide;
    if (is_small && walk->line.small.denominator != slice->small.denominator) {
        sl_exact_reduce(&walk->line);
        sl_exact_reduce(slice);
    }
    return sl_exact_add(&walk->line, slice, &walk->line);
}

/* One deal of the window: `first` is the window's first fact. */
static enum sl_err price_deal(struct walk *walk, struct sl_fact_run run, size_t first)
{
    bool by_rate = pays_by_rate(&walk->input->component->curve);
    int64_t base = 0;
    enum sl_err err = SL_OK;
    begin_line(walk);
    for (size_t i = run.first; i < run.first + run.count && err == SL_OK; i++) {
        size_t index = walk->list.parts[i].order;
        struct sl_exact slice;
        if (by_rate) {
            bool fits = !__builtin_add_overflow(base, walk->list.facts[index].base, &base);
            err = fits ? sl_curve_value_of(&walk->final, &walk->y_final, base, &walk->line)
                       : SL_E_OVERFLOW;
        } else {
            err = slice_of(walk, index, index == first, &slice);
            err = err == SL_OK ? add_to_line(walk, &slice) : err;
        }
        if (err == SL_OK) {
            err = earn_growth(walk, &walk->line, &walk->list.parts[index]);
        }
    }
    return err;
}

/* The window's end first, since a rate over the whole window is known only there. */
static enum sl_err begin_window(struct walk *walk, struct sl_fact_run run)
{
    struct tally total = {0};
    for (size_t i = run.first; i < run.first + run.count; i++) {
        enum sl_err err = add_fact(&total, &walk->list.facts[walk->list.parts[i].order]);
        if (err != SL_OK) {
            return err;
        }
    }
    walk->final = curve_point_at(walk->input, total);
    walk->tally = (struct tally){0};
    sl_exact_set(&walk->y_before, (struct sl_fraction){0, 0});
    begin_line(walk);
    return y_at(&walk->final, &walk->y_final);
}

static enum sl_err price_window(struct walk *walk, struct sl_fact_run run)
{
    bool by_rate = pays_by_rate(&walk->input->component->curve);
    enum sl_err err = begin_window(walk, run);
    for (size_t i = run.first; i < run.first + run.count && err == SL_OK; i++) {
        size_t index = walk->list.parts[i].order;
        const struct sl_base_fact *fact = &walk->list.facts[index];
        struct sl_fact_part *part = &walk->list.parts[index];
        err = add_fact(&walk->tally, fact);
        part->base_after = walk->tally.base;
        part->amount_after = walk->tally.amount;
        if (err == SL_OK) {
            err = by_rate ? step_by_rate(walk, fact, part) : step_by_slice(walk, part);
        }
    }
    return err;
}

/* Without facts there is no part to carry what the curve gives at 0. */
static enum sl_err price_empty(struct walk *walk, int64_t *ret_minor)
{
    struct sl_exact earned;
    struct sl_curve_point point = curve_point_at(walk->input, (struct tally){0});
    enum sl_err err = sl_curve_earned_at(&point, &earned);
    return err != SL_OK ? err : round_earned(walk, &earned, ret_minor);
}

/* All facts are one window; its deals are priced once its end is known. */
static enum sl_err price_all(struct walk *walk)
{
    struct sl_fact_run run = {.first = 0, .count = walk->list.count};
    sl_fact_parts_order_plainly(&walk->list);
    enum sl_err err = price_window(walk, run);
    if (is_window_line(walk)) {
        return err;
    }
    sl_fact_parts_order_by_deal(&walk->list);
    for (size_t i = 0; i < walk->list.count && err == SL_OK; i += run.count) {
        run = sl_fact_parts_deal_at(&walk->list, i);
        err = price_deal(walk, run, 0);
    }
    return err;
}

/* Each deal is a window. */
static enum sl_err price_deals(struct walk *walk)
{
    enum sl_err err = SL_OK;
    struct sl_fact_run run = {0};
    sl_fact_parts_order_by_deal(&walk->list);
    for (size_t i = 0; i < walk->list.count && err == SL_OK; i += run.count) {
        run = sl_fact_parts_deal_at(&walk->list, i);
        err = price_window(walk, run);
        if (err == SL_OK && !is_window_line(walk)) {
            err = price_deal(walk, run, walk->list.parts[i].order);
        }
    }
    return err;
}

static enum sl_err limit_deals(const struct sl_fact_parts *list,
                               const struct sl_limit_bounds *bounds)
{
    enum sl_err err = SL_OK;
    struct sl_fact_run run = {0};
    if (!bounds->has_min && !bounds->has_max) {
        return SL_OK;
    }
    sl_fact_parts_order_by_deal(list);
    for (size_t i = 0; i < list->count && err == SL_OK; i += run.count) {
        run = sl_fact_parts_deal_at(list, i);
        err = sl_fact_parts_limit(list, run, bounds);
    }
    return err;
}

/* Deals first, then windows; a deal window is both. */
static enum sl_err apply_limits(const struct walk *walk)
{
    const struct sl_component *component = walk->input->component;
    struct sl_limit_bounds of_deal = sl_limit_of_deal(&component->limit);
    struct sl_limit_bounds of_window = sl_limit_of_window(&component->limit);
    enum sl_err err = limit_deals(&walk->list, &of_deal);
    if (err != SL_OK) {
        return err;
    }
    if (component->window == SL_PLAN_WINDOW_DEAL) {
        of_window.is_deal = true;
        return limit_deals(&walk->list, &of_window);
    }
    struct sl_fact_run run = {.first = 0, .count = walk->list.count};
    sl_fact_parts_order_plainly(&walk->list);
    return sl_fact_parts_limit(&walk->list, run, &of_window);
}

static enum sl_err set_totals(sl_int128 before, sl_int128 after, struct sl_evaluation *evaluation)
{
    sl_int128 limited = after - before;
    bool fits =
        after >= INT64_MIN && after <= INT64_MAX && limited >= INT64_MIN && limited <= INT64_MAX;
    if (!fits) {
        return SL_E_OVERFLOW;
    }
    evaluation->earned_minor = (int64_t)after;
    evaluation->limited_minor = (int64_t)limited;
    return SL_OK;
}

/* A deal window without facts does not exist; any other has its line. */
static enum sl_err pay_empty(struct walk *walk, struct sl_evaluation *evaluation)
{
    const struct sl_component *component = walk->input->component;
    int64_t earned = 0;
    if (component->window == SL_PLAN_WINDOW_DEAL) {
        return SL_OK;
    }
    enum sl_err err = price_empty(walk, &earned);
    struct sl_limit_bounds of_window = sl_limit_of_window(&component->limit);
    return err != SL_OK ? err : set_totals(earned, sl_limit_apply(&of_window, earned), evaluation);
}

static enum sl_err pay(struct walk *walk, struct sl_evaluation *evaluation)
{
    if (walk->list.count == 0) {
        return pay_empty(walk, evaluation);
    }
    bool is_deal_window = walk->input->component->window == SL_PLAN_WINDOW_DEAL;
    enum sl_err err = is_deal_window ? price_deals(walk) : price_all(walk);
    if (err != SL_OK) {
        return err;
    }
    sl_int128 before = sl_fact_parts_sum(&walk->list);
    err = apply_limits(walk);
    return err != SL_OK ? err : set_totals(before, sl_fact_parts_sum(&walk->list), evaluation);
}

/* Counts the facts without earning anything: what is left behind a shut gate and for a FACTOR. */
static enum sl_err count_facts(const struct sl_evaluation_input *input,
                               struct sl_fact_part *parts,
                               struct tally *ret_total)
{
    struct tally tally = {0};
    for (size_t i = 0; i < input->fact_count; i++) {
        enum sl_err err = add_fact(&tally, &input->facts[i]);
        if (err != SL_OK) {
            return err;
        }
        parts[i] = (struct sl_fact_part){.base_after = tally.base, .order = i};
    }
    *ret_total = tally;
    return SL_OK;
}

static enum sl_err find_factor(const struct sl_evaluation_input *input,
                               struct tally total,
                               struct sl_evaluation *evaluation)
{
    struct sl_curve_point point = curve_point_at(input, total);
    struct sl_exact *factor = &evaluation->factor;
    if (!evaluation->gate_open) {
        return SL_OK;
    }
    enum sl_err err = y_at(&point, factor);
    if (err == SL_OK) {
        err = sl_curve_value_of(&point, factor, total.base, factor);
    }
    if (err == SL_OK) {
        sl_exact_reduce(factor);
    }
    return err;
}

/* Without an index, or with a factor that has none, nothing is earned, whatever the limits say, as behind a shut gate. Deals of a deal
 * window each have their own. */
static bool is_paid(const struct sl_evaluation_input *input, const struct sl_evaluation *evaluation)
{
    bool has_index = input->component->window == SL_PLAN_WINDOW_DEAL ||
                     sl_fraction_is_defined(evaluation->index);
    bool has_factor = input->factor == NULL || sl_exact_is_defined(input->factor);
    return evaluation->gate_open && has_index && has_factor;
}

static enum sl_err evaluate_counted(const struct sl_evaluation_input *input,
                                    struct tally total,
                                    struct sl_fact_part *parts,
                                    struct sl_evaluation *evaluation)
{
    struct walk walk = {
        .input = input,
        .list = {.facts = input->facts, .parts = parts, .count = input->fact_count}};
    if (input->component->kind == SL_COMPONENT_FACTOR) {
        return find_factor(input, total, evaluation);
    }
    return is_paid(input, evaluation) ? pay(&walk, evaluation) : SL_OK;
}

static bool is_supported(enum sl_index_kind kind)
{
    return kind == SL_INDEX_BASE || kind == SL_INDEX_ATTAINMENT || kind == SL_INDEX_RATIO;
}

enum sl_err sl_evaluate(const struct sl_evaluation_input *input,
                        struct sl_evaluation *ret_evaluation,
                        struct sl_fact_part *ret_parts,
                        struct sl_diag *diag)
{
    if (!is_supported(input->component->index.kind)) {
        return sl_refuse(diag, SL_E_UNSUPPORTED, "index.kind",
                         "this version does not evaluate this index");
    }
    struct tally total;
    struct sl_evaluation evaluation = {.factor = {.small = {1, 1}}};
    enum sl_err err = count_facts(input, ret_parts, &total);
    if (err == SL_OK) {
        evaluation.base_total = total.base;
        evaluation.index = sl_fraction_reduce(index_at(input, total));
        evaluation.gate_open = is_gate_open(input);
        err = evaluate_counted(input, total, ret_parts, &evaluation);
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "an amount of the evaluation does not fit");
    }
    *ret_evaluation = evaluation;
    return SL_OK;
}
