/* Gathering the facts of a plan component. */
#include "projections/component_facts.h"

#include <stdlib.h>

#include "projections/fact_scan.h"
#include "projections/taken_back.h"

/* A filter's lists in numbers, to compare with those of facts. A value the ledger has never seen
 * gives a number that matches nothing. */
struct number_filter {
    const struct sl_plan_filter *rule;
    uint32_t products[SL_FILTER_VALUES_MAX];
    uint32_t lines[SL_FILTER_VALUES_MAX];
    uint32_t customers[SL_FILTER_VALUES_MAX];
    uint32_t regions[SL_FILTER_VALUES_MAX];
    enum sl_sum sum;
    bool is_by_line; /* it may let only some lines of an event pass */
    unsigned credit_kind;
};

struct gather {
    struct sl_ledger *ledger;
    struct number_filter filter;
    struct sl_component_facts *facts;
    struct sl_taken_back back;
    uint32_t payee;
    int32_t depth_max; /* 0: all levels */
    struct sl_period days;
};

void sl_component_facts_deinit(struct sl_component_facts *facts)
{
    free(facts->facts);
    *facts = (struct sl_component_facts){0};
}

static void resolve_list(struct sl_ledger *ledger,
                         unsigned kind,
                         const struct sl_slice *texts,
                         size_t count,
                         uint32_t numbers[SL_FILTER_VALUES_MAX])
{
    for (size_t i = 0; i < count && i < SL_FILTER_VALUES_MAX; i++) {
        uint32_t number = sl_names_find(&ledger->names, kind, texts[i]);
        numbers[i] = number != 0 ? number : UINT32_MAX;
    }
}

static bool in_list(const uint32_t *numbers, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return count == 0;
}

/* Does the fact pass all of the filter but its sizes? */
static bool passes(const struct gather *gather, sl_day day, const struct sl_fact_row *row)
{
    const struct number_filter *filter = &gather->filter;
    const struct sl_plan_filter *rule = filter->rule;
    const struct sl_segment *product = sl_org_on(&gather->ledger->org.products, row->product, day);
    return row->credit_kind == filter->credit_kind && row->share_ppm != 0 &&
           in_list(filter->products, rule->product_count, row->product) &&
           in_list(filter->lines, rule->line_count, product != NULL ? product->row.parent : 0) &&
           in_list(filter->customers, rule->customer_count, row->customer) &&
           in_list(filter->regions, rule->region_count, row->region) &&
           (rule->from.v == INT32_MIN || day.v >= rule->from.v) &&
           (rule->to.v == INT32_MIN || day.v < rule->to.v);
}

static bool has_sizes(const struct sl_plan_filter *rule)
{
    return rule->has_line_min || rule->has_line_max;
}

static bool is_of_size(const struct sl_plan_filter *rule, int64_t size)
{
    return (!rule->has_line_min || size >= rule->line_min_minor) &&
           (!rule->has_line_max || size <= rule->line_max_minor);
}

/* Is the line, or the one that it takes back from what is booked, as large as the filter wants it? */
static enum sl_err
has_size(struct gather *gather, sl_seq seq, const struct sl_fact_row *row, bool *ret_has)
{
    const struct sl_plan_filter *rule = gather->filter.rule;
    int64_t size = row->line_amount < 0 ? -row->line_amount : row->line_amount;
    enum sl_err err = SL_OK;
    if (has_sizes(rule) && rule->stream == SL_STREAM_BOOKED && sl_fact_takes_back(row)) {
        err = sl_taken_back_size(&gather->back, seq, row, &size);
    }
    *ret_has = is_of_size(rule, size);
    return err;
}

/* A line of the WON of a deal, on the day of the fact that takes back. */
struct won_line {
    const struct gather *gather;
    sl_day day;
};

static bool passes_as_line(void *context, const struct sl_fact_row *row)
{
    const struct won_line *won = context;
    return passes(won->gather, won->day, row) &&
           is_of_size(won->gather->filter.rule, row->line_amount);
}

/* Is the fact to be judged by the deal that it ends, and not by itself? */
static bool is_judged_by_deal(const struct gather *gather, const struct sl_fact_row *row)
{
    return gather->filter.is_by_line && gather->filter.sum == SL_SUM_BOOKED_COUNT_PPM &&
           sl_fact_takes_back(row);
}

/* Does the fact, of a line that passes but for its size, lie in the filter? */
static enum sl_err
lies_in(struct gather *gather, struct sl_key key, const struct sl_fact_row *row, bool *ret_lies)
{
    sl_seq seq = sl_key_fact_seq(key);
    struct won_line won = {gather, sl_key_fact_day(key)};
    struct sl_taken_back_asker asker = {passes_as_line, &won};
    if (!is_judged_by_deal(gather, row)) {
        return has_size(gather, seq, row, ret_lies);
    }
    if (!has_sizes(gather->filter.rule) && sl_taken_back_ends_all(row)) {
        *ret_lies = true;
        return SL_OK;
    }
    return sl_taken_back_ends(&gather->back, seq, row, &asker, ret_lies);
}

static enum sl_err grow(struct sl_component_facts *facts)
{
    size_t capacity = facts->capacity * 2 + 1024;
    struct sl_component_fact *grown = realloc(facts->facts, capacity * sizeof *grown);
    if (grown == NULL) {
        return SL_E_NO_MEMORY;
    }
    facts->facts = grown;
    facts->capacity = capacity;
    return SL_OK;
}

static enum sl_err push(struct sl_component_facts *facts, const struct sl_component_fact *fact)
{
    size_t count_max = facts->count_max == 0 ? SL_COMPONENT_FACTS_MAX : facts->count_max;
    if (facts->count == count_max) {
        return SL_E_TOO_BIG;
    }
    enum sl_err err = facts->count == facts->capacity ? grow(facts) : SL_OK;
    if (err == SL_OK) {
        SL_ASSERT(facts->facts != NULL); /* there is a capacity, so there is an array */
        facts->facts[facts->count++] = *fact;
    }
    return err;
}

/* What the fact's base is held against as a ratio: a line without a known cost has no margin, so its amount waters none down. */
static int64_t ratio_amount(const struct sl_fact_row *row)
{
    return (row->flags & SL_FACT_HAS_COST) != 0 ? row->amount : 0;
}

/* A fact that passes: added to the fact before if that is of the same event and person, else one of
 * its own. */
static enum sl_err take(struct gather *gather, struct sl_key key, const struct sl_fact_row *row)
{
    struct sl_fact_sums sums;
    struct sl_component_facts *facts = gather->facts;
    struct sl_component_fact *last = facts->count > 0 ? &facts->facts[facts->count - 1] : NULL;
    if (last != NULL &&
        (last->base.seq.v != sl_key_fact_seq(key).v || last->person != sl_key_fact_person(key))) {
        last = NULL;
    }
    /* Of the lines that pass, the first counts the event. */
    enum sl_count_rule in_filter = last == NULL ? SL_COUNT_ALWAYS : SL_COUNT_NEVER;
    sl_fact_sums(row, gather->filter.is_by_line ? in_filter : SL_COUNT_PER_EVENT, &sums);
    for (unsigned i = 0; i < sums.count; i++) {
        if (sums.parts[i].sum != gather->filter.sum) {
            continue;
        }
        if (last != NULL) {
            last->base.base += sums.parts[i].value;
            last->base.amount += ratio_amount(row);
            return SL_OK;
        }
        struct sl_component_fact fact = {
            .base = {.seq = sl_key_fact_seq(key),
                     .day = sl_key_fact_day(key),
                     .deal = row->deal,
                     .base = sums.parts[i].value,
                     .amount = ratio_amount(row)},
            .person = sl_key_fact_person(key),
            .customer = row->customer,
            .product = row->product,
            .share_ppm = row->share_ppm,
            .position = sl_key_fact_credit(key),
        };
        return push(facts, &fact);
    }
    return SL_OK;
}

/* What one person's facts of the days give. */
static enum sl_err gather_person(struct gather *gather, uint32_t person, struct sl_period days)
{
    struct sl_state *state = gather->ledger->state;
    struct sl_fact_scan scan;
    enum sl_err err = SL_OK;
    sl_fact_scan_person(state, person, days, &scan);
    while (err == SL_OK && scan.row != NULL) {
        bool is_in = passes(gather, sl_key_fact_day(scan.key), scan.row);
        if (is_in) {
            err = lies_in(gather, scan.key, scan.row, &is_in);
        }
        if (err == SL_OK && is_in) {
            err = take(gather, scan.key, scan.row);
        }
        sl_fact_scan_next(state, &scan);
    }
    return err;
}

/* Is a unit of the chain managed by the payee, near enough? */
static bool is_below_payee(const struct gather *gather, uint32_t unit, sl_day day)
{
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    const struct sl_org *org = &gather->ledger->org;
    size_t count = sl_org_chain(org, unit, day, chain);
    for (size_t i = 0; i < count; i++) {
        const struct sl_segment *segment = sl_org_on(&org->units, chain[i], day);
        bool near = gather->depth_max == 0 || (int32_t)i <= gather->depth_max;
        if (near && segment != NULL && segment->row.other == gather->payee) {
            return true;
        }
    }
    return false;
}

/* One stretch of membership, cut where the unit tree changes: the parts in which the payee is
 * above. */
static enum sl_err
gather_membership(struct gather *gather, uint32_t person, const struct sl_segment *at)
{
    const struct sl_org *org = &gather->ledger->org;
    struct sl_period rest = sl_segment_within(at, gather->days);
    enum sl_err err = SL_OK;
    while (err == SL_OK && rest.start.v < rest.end.v) {
        struct sl_period part = sl_org_next_part(org, &rest);
        if (is_below_payee(gather, at->row.parent, part.start)) {
            err = gather_person(gather, person, part);
        }
    }
    return err;
}

/* Members of the payee's units, each for the days of membership. */
static enum sl_err gather_subtree(struct gather *gather)
{
    const struct sl_timelines *people = &gather->ledger->org.people;
    enum sl_err err = SL_OK;
    for (uint32_t person = 1; err == SL_OK && person <= people->number_max; person++) {
        uint32_t count;
        const struct sl_segment *segments = sl_org_segments(people, person, &count);
        for (uint32_t i = 0; err == SL_OK && i < count; i++) {
            err = gather_membership(gather, person, &segments[i]);
        }
    }
    return err;
}

static int compare_facts(const void *a, const void *b)
{
    const struct sl_component_fact *left = a;
    const struct sl_component_fact *right = b;
    if (left->base.day.v != right->base.day.v) {
        return left->base.day.v < right->base.day.v ? -1 : 1;
    }
    if (left->base.seq.v != right->base.seq.v) {
        return left->base.seq.v < right->base.seq.v ? -1 : 1;
    }
    return (left->position > right->position) - (left->position < right->position);
}

static void sort_facts(struct sl_component_facts *facts)
{
    if (facts->count > 0) {
        qsort(facts->facts, facts->count, sizeof facts->facts[0], compare_facts);
    }
}

/* SL_E_UNSUPPORTED: the stream keeps no sum of that quantity. */
static enum sl_err resolve_filter(struct sl_ledger *ledger,
                                  const struct sl_component *component,
                                  struct number_filter *filter)
{
    const struct sl_plan_filter *rule = &component->filter;
    filter->rule = rule;
    filter->is_by_line = rule->product_count > 0 || rule->line_count > 0 || has_sizes(rule);
    filter->credit_kind =
        component->scope == SL_SCOPE_OWN_OVERLAY ? SL_CREDIT_OVERLAY : SL_CREDIT_DIRECT;
    resolve_list(ledger, SL_ENTITY_PRODUCT, rule->products, rule->product_count, filter->products);
    resolve_list(ledger, SL_ENTITY_PRODUCT_LINE, rule->lines, rule->line_count, filter->lines);
    resolve_list(ledger, SL_ENTITY_CUSTOMER, rule->customers, rule->customer_count,
                 filter->customers);
    resolve_list(ledger, SL_ENTITY_REGION, rule->regions, rule->region_count, filter->regions);
    return sl_sum_of_stream(rule->stream, rule->quantity, &filter->sum);
}

enum sl_err sl_component_facts_get(struct sl_ledger *ledger,
                                   const struct sl_component *component,
                                   uint32_t payee,
                                   struct sl_period days,
                                   struct sl_component_facts *facts)
{
    struct gather gather = {.ledger = ledger,
                            .facts = facts,
                            .back = {.ledger = ledger},
                            .payee = payee,
                            .depth_max = component->scope_depth,
                            .days = days};
    facts->count = 0;
    sl_pending_settle(ledger);
    enum sl_err err = resolve_filter(ledger, component, &gather.filter);
    if (err != SL_OK) {
        return err;
    }
    err = component->scope == SL_SCOPE_SUBTREE ? gather_subtree(&gather)
                                               : gather_person(&gather, payee, days);
    sl_taken_back_deinit(&gather.back);
    if (err == SL_OK) {
        sort_facts(facts);
    }
    return err;
}
