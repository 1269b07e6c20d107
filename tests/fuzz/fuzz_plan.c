/* Plans: what passes validation is evaluated without a word of our own asserts.
 *
 * The input fills a plan field by field, so that most of it is in the range of the enums, as the codec sees to. Properties: a plan that is
 * refused is so with words; one that is published and passes can be evaluated over any facts, exactly or SL_E_OVERFLOW; parts sum to
 * the line; a shut gate earns nothing. */
#include "fuzz.h"

#include "domain/evaluate.h"
#include "domain/measure.h"
#include "lib/test.h"

#define COMPONENTS 3u
#define ROWS       4u
#define GATES      2u
#define FACTS      6u
#define NAMES      4u

struct parts {
    struct sl_plan plan;
    struct sl_component components[COMPONENTS];
    struct sl_curve_row rows[COMPONENTS][ROWS];
    struct sl_gate_row gates[COMPONENTS][GATES];
    struct sl_slice factor_of[COMPONENTS];
    struct sl_assignee assignee;
    struct sl_exact factor; /* product of the FACTOR components so far */
    bool has_factor;
};

/* Small numbers, round ones, or the ends of what there is. */
static int64_t take_amount(struct fuzz_input *input)
{
    static const int64_t edges[] = {0,
                                    1,
                                    -1,
                                    SL_PPM,
                                    SL_AMOUNT_MINOR_MAX,
                                    -SL_AMOUNT_MINOR_MAX,
                                    SL_CAPACITY_MAX,
                                    -SL_CAPACITY_MAX,
                                    INT64_MAX,
                                    INT64_MIN,
                                    SL_PLAN_Y_PPM_MAX,
                                    SL_PLAN_Y_PPM_MAX + 1};
    unsigned kind = fuzz_below(input, 16);
    if (kind < COUNT(edges)) {
        return edges[kind];
    }
    return (int64_t)fuzz_number(input, kind == 15 ? 8 : kind - 11);
}

static struct sl_slice take_name(struct fuzz_input *input)
{
    static const char *const names[NAMES] = {"a", "b", "c", ""};
    return SLICE(names[fuzz_below(input, NAMES)]);
}

/* One of the table, also those that this version cannot compute. */
static struct sl_slice take_measure(struct fuzz_input *input)
{
    bool is_supported;
    size_t index = fuzz_below(input, 64);
    const char *name = sl_measure_name(index, &is_supported);
    return name != NULL ? SLICE(name) : (struct sl_slice){NULL, 0};
}

static sl_day take_day(struct fuzz_input *input)
{
    unsigned kind = fuzz_below(input, 4);
    return kind == 0 ? (sl_day){INT32_MIN} : (sl_day){17000 + (int32_t)fuzz_number(input, 1)};
}

static struct sl_plan_index take_index(struct fuzz_input *input)
{
    return (struct sl_plan_index){
        .kind = fuzz_below(input, SL_INDEX_REACHED + 1),
        .measure = take_measure(input),
        .role = fuzz_below(input, 4),
        .denominator = take_measure(input),
        .rank_type = fuzz_below(input, 4),
    };
}

static void take_curve(struct fuzz_input *input, struct sl_curve *curve, struct sl_curve_row *rows)
{
    *curve = (struct sl_curve){
        .rows = rows,
        .row_count = fuzz_below(input, ROWS + 1),
        .mode = fuzz_below(input, SL_CURVE_LINEAR + 1),
        .value = fuzz_below(input, SL_VALUE_FACTOR + 1),
        .edge = fuzz_below(input, SL_EDGE_GT + 1),
    };
    for (size_t i = 0; i < curve->row_count; i++) {
        rows[i] = (struct sl_curve_row){take_amount(input), take_amount(input)};
    }
}

static struct sl_plan_limit take_limit(struct fuzz_input *input)
{
    unsigned has = fuzz_below(input, 32);
    if (has == 0) {
        return (struct sl_plan_limit){0};
    }
    return (struct sl_plan_limit){
        .has_deal_min = has & 1,
        .has_deal_max = has & 2,
        .has_window_min = has & 4,
        .has_window_max = has & 8,
        .carry_excess = has & 16,
        .deal_min_minor = take_amount(input),
        .deal_max_minor = take_amount(input),
        .window_min_minor = take_amount(input),
        .window_max_minor = take_amount(input),
    };
}

static void take_filter(struct fuzz_input *input, struct sl_plan_filter *filter)
{
    *filter = (struct sl_plan_filter){.from = {INT32_MIN}, .to = {INT32_MIN}};
    unsigned kind = fuzz_below(input, SL_STREAMS * SL_QUANTITIES);
    filter->stream = kind / SL_QUANTITIES;
    filter->quantity = kind % SL_QUANTITIES;
    if (fuzz_below(input, 8) == 0) {
        filter->customer_age = fuzz_below(input, SL_CUSTOMER_EXISTING + 1);
        filter->from = take_day(input);
        filter->to = take_day(input);
        filter->has_line_min = fuzz_below(input, 2);
        filter->has_line_max = fuzz_below(input, 2);
        filter->line_min_minor = take_amount(input);
        filter->line_max_minor = take_amount(input);
    }
}

static void take_component(struct fuzz_input *input, struct parts *p, size_t i)
{
    struct sl_component *c = &p->components[i];
    c->id = take_name(input);
    c->kind = fuzz_below(input, SL_COMPONENT_FACTOR + 1);
    p->factor_of[i] = take_name(input);
    c->factor_of = &p->factor_of[i];
    c->factor_of_count = fuzz_below(input, 2);
    take_filter(input, &c->filter);
    c->scope = fuzz_below(input, SL_SCOPE_TEAM_POOL + 1);
    c->scope_depth = (int32_t)fuzz_below(input, 4) - 1;
    c->window = fuzz_below(input, SL_PLAN_WINDOW_FIXED + 1);
    c->window_from = take_day(input);
    c->window_to = take_day(input);
    c->index = take_index(input);
    c->gate = p->gates[i];
    c->gate_count = fuzz_below(input, GATES + 1);
    for (size_t k = 0; k < c->gate_count; k++) {
        p->gates[i][k] = (struct sl_gate_row){take_index(input), take_amount(input)};
    }
    take_curve(input, &c->curve, p->rows[i]);
    c->limit = take_limit(input);
    c->round_at = fuzz_below(input, SL_ROUND_AT_WINDOW + 1);
    c->has_settle = fuzz_below(input, 8) == 7;
}

static void take_plan(struct fuzz_input *input, struct parts *p)
{
    static const char *const currencies[] = {"USD", "JPY", "XXX", ""};
    unsigned kind = fuzz_below(input, 256);
    p->assignee =
        (struct sl_assignee){fuzz_below(input, SL_ASSIGNEE_MANAGERS + 1), take_name(input)};
    p->plan = (struct sl_plan){
        .id = SLICE("plan"),
        .version = 1 + (kind % 8 == 7),
        .valid_from = take_day(input),
        .valid_to = take_day(input),
        .assignees = &p->assignee,
        .assignee_count = 1,
        .components = p->components,
        .component_count = kind / 8 % (COMPONENTS + 1),
        .currency = SLICE(kind / 64 == 0 ? currencies[kind / 8 % 4] : "USD"),
        .rounding = kind / 32 % 2,
        .is_published = kind % 16 != 0,
    };
    for (size_t i = 0; i < p->plan.component_count; i++) {
        take_component(input, p, i);
    }
}

static void check_result(const struct sl_component *component,
                         const struct sl_evaluation *result,
                         const struct sl_fact_part *parts,
                         size_t count)
{
    sl_int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += parts[i].earned_minor;
    }
    if (component->kind == SL_COMPONENT_PAY) {
        SL_ASSERT(SL_IMPLIES(count > 0, sum == result->earned_minor));
        SL_ASSERT(SL_IMPLIES(!result->gate_open, result->earned_minor == 0));
    }
}

static struct sl_fraction take_fraction(struct fuzz_input *input)
{
    int64_t denominator = (int64_t)fuzz_number(input, 1);
    return sl_fraction_of_ratio(take_amount(input), denominator);
}

static void
evaluate(struct fuzz_input *input, struct parts *p, const struct sl_component *component)
{
    struct sl_base_fact facts[FACTS];
    struct sl_fact_part parts[FACTS];
    struct sl_fraction gate_values[GATES] = {take_fraction(input), take_fraction(input)};
    size_t count = fuzz_below(input, FACTS + 1);
    for (size_t i = 0; i < count; i++) {
        facts[i] = (struct sl_base_fact){.seq = {i + 1},
                                         .day = {17000 + (int32_t)i},
                                         .deal = fuzz_below(input, 3),
                                         .base = take_amount(input),
                                         .amount = take_amount(input)};
    }
    unsigned has = fuzz_below(input, 4);
    struct sl_evaluation_input in = {.component = component,
                                     .rounding = p->plan.rounding,
                                     .facts = facts,
                                     .fact_count = count,
                                     .has_index_total = has & 1,
                                     .index_total = take_amount(input),
                                     .has_target = has & 2,
                                     .target = take_amount(input),
                                     .target_pay = take_fraction(input),
                                     .factor = p->has_factor ? &p->factor : NULL,
                                     .gate_values = gate_values};
    struct sl_evaluation result;
    struct sl_diag diag = {0};
    enum sl_err err = sl_evaluate(&in, &result, parts, &diag);
    if (err != SL_OK) {
        SL_ASSERT(err == SL_E_OVERFLOW);
        return;
    }
    check_result(component, &result, parts, count);
    if (component->kind == SL_COMPONENT_FACTOR && !p->has_factor) {
        sl_exact_copy(&p->factor, &result.factor);
        p->has_factor = true;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct parts p = {0};
    struct sl_diag diag = {0};
    take_plan(&input, &p);
    enum sl_err err = sl_plan_validate(&p.plan, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        return 0;
    }
    for (unsigned kind = SL_COMPONENT_PAY; p.plan.is_published && kind <= SL_COMPONENT_FACTOR;
         kind++) {
        for (size_t i = 0; i < p.plan.component_count; i++) {
            if ((p.components[i].kind == SL_COMPONENT_PAY) == (kind == SL_COMPONENT_FACTOR)) {
                evaluate(&input, &p, &p.components[i]); /* factors first */
            }
        }
    }
    return 0;
}
