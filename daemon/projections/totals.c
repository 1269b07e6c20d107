/* Walking facts and kept sums for what a scope holds in a period. */
#include "projections/totals.h"

#include "projections/fact_scan.h"
#include "projections/line_count.h"

#define CREDIT_KINDS 2u
#define KINDS_DIRECT 1u
#define KINDS_OWN    3u

static void add_row(struct sl_sums_row *to, const struct sl_sums_row *from)
{
    for (unsigned i = 0; i < SL_SUMS; i++) {
        to->sums[i] += from->sums[i];
    }
}

static void add_fact(struct sl_sums_row *to, const struct sl_fact_row *row, enum sl_count_rule rule)
{
    struct sl_fact_sums sums;
    sl_fact_sums(row, rule, &sums);
    for (unsigned i = 0; i < sums.count; i++) {
        to->sums[sums.parts[i].sum] += sums.parts[i].value;
    }
}

/* Facts of one person and stretch of days; false if there are none. */
static bool add_facts(struct sl_ledger *ledger,
                      uint32_t person,
                      struct sl_period days,
                      unsigned kinds,
                      struct sl_sums_row *sums)
{
    struct sl_fact_scan scan;
    bool has_any = false;
    sl_fact_scan_person(ledger->state, person, days, &scan);
    while (scan.row != NULL) {
        if ((kinds & (1u << scan.row->credit_kind)) != 0) {
            add_fact(sums, scan.row, SL_COUNT_PER_EVENT);
            has_any = true;
        }
        sl_fact_scan_next(ledger->state, &scan);
    }
    return has_any;
}

/* One person's whole month. */
static void add_month(struct sl_ledger *ledger,
                      uint32_t person,
                      int32_t month,
                      unsigned kinds,
                      struct sl_sums_row *sums)
{
    for (unsigned kind = 0; kind < CREDIT_KINDS; kind++) {
        struct sl_key key = sl_key_person_month(month, person, kind);
        bool is_wanted = (kinds & (1u << kind)) != 0;
        const struct sl_sums_row *row =
            is_wanted ? sl_state_get(ledger->state, SL_TABLE_PERSON_MONTHS, key) : NULL;
        if (row != NULL) {
            add_row(sums, row);
        }
    }
}

/* A period as whole months with odd days before and after; if it has no whole month, all its days are `head`. */
struct month_parts {
    struct sl_period head, tail;
    int32_t from, to; /* months; to is the first that is not whole */
};

static struct month_parts part_by_months(struct sl_period period)
{
    struct sl_period all = sl_period_all();
    struct month_parts parts = {.head = period, .tail = {period.end, period.end}};
    period.start.v = period.start.v < all.start.v ? all.start.v : period.start.v;
    period.end.v = period.end.v > all.end.v ? all.end.v : period.end.v;
    if (period.start.v >= period.end.v) {
        return parts;
    }
    int32_t from = sl_day_month_index((sl_day){period.start.v - 1}) + 1;
    int32_t to = sl_day_month_index(period.end);
    if (from < to) {
        parts.from = from;
        parts.to = to;
        parts.head = (struct sl_period){period.start, sl_month_index_start(from)};
        parts.tail = (struct sl_period){sl_month_index_start(to), period.end};
    }
    return parts;
}

/* Adds one person's facts over the period, of the credit kinds in `kinds`: bit 1 << enum sl_credit_kind. */
static void add_person(struct sl_ledger *ledger,
                       uint32_t person,
                       struct sl_period period,
                       unsigned kinds,
                       struct sl_sums_row *sums)
{
    struct month_parts parts = part_by_months(period);
    (void)add_facts(ledger, person, parts.head, kinds, sums);
    (void)add_facts(ledger, person, parts.tail, kinds, sums);
    for (int32_t month = parts.from; month < parts.to; month++) {
        add_month(ledger, person, month, kinds, sums);
    }
}

/* What a walk over facts or sums adds up. */
struct gather {
    struct sl_ledger *ledger;
    const struct sl_totals_query *query;
    sl_totals_take *take;
    void *ctx;         /* for `take` */
    struct sl_key key; /* of the fact at hand, where facts are walked */
    struct sl_line_count lines;
};

bool sl_measure_is_of_amounts(const struct sl_measure *measure)
{
    for (unsigned i = 0; i < measure->numerator_count + measure->denominator_count; i++) {
        bool is_upper = i < measure->numerator_count;
        enum sl_sum sum =
            is_upper ? measure->numerators[i] : measure->denominators[i - measure->numerator_count];
        bool is_count = sum == SL_SUM_BOOKED_COUNT_PPM || sum == SL_SUM_WON_COUNT_PPM ||
                        sum == SL_SUM_LOST_COUNT_PPM || sum == SL_SUM_QUOTE_COUNT_PPM ||
                        sum == SL_SUM_CONTACT_COUNT_PPM || sum == SL_SUM_CYCLE_DAYS_WON_PPM ||
                        sum == SL_SUM_CYCLE_DAYS_LOST_PPM;
        if (is_count) {
            return false;
        }
    }
    return true;
}

static void reach(struct gather *gather, uint32_t number, const struct sl_sums_row *sums)
{
    gather->take(gather->ctx, number, gather->key, sums);
}

/* A unit's sums are those of all units above it too. */
static void
reach_chain(struct gather *gather, uint32_t unit, sl_day day, const struct sl_sums_row *sums)
{
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    sl_day tree_day = sl_scope_tree_day(&gather->query->scope, day);
    size_t count = sl_org_chain(&gather->ledger->org, unit, tree_day, chain);
    for (size_t i = 0; i < count; i++) {
        reach(gather, chain[i], sums);
    }
}

static void reach_fact(struct gather *gather, struct sl_key key, const struct sl_fact_row *row)
{
    const struct sl_scope_numbers *scope = &gather->query->scope;
    sl_day day = sl_key_fact_day(key);
    uint32_t line = sl_scope_line_of(gather->ledger, row->product, day);
    uint32_t person = sl_key_fact_person(key);
    struct sl_sums_row sums = {0};
    enum sl_count_rule rule = SL_COUNT_PER_EVENT;
    if (scope->has_product || gather->query->by == SL_BY_PRODUCT) {
        rule = SL_COUNT_PER_PRODUCT;
    } else if (scope->has_line || gather->query->by == SL_BY_PRODUCT_LINE) {
        rule = sl_line_count_rule(&gather->lines, key, row, line);
    }
    add_fact(&sums, row, rule);
    switch (gather->query->by) {
    case SL_BY_NONE:
    case SL_DIMENSIONS: reach(gather, 0, &sums); break;
    case SL_BY_PERSON: reach(gather, person, &sums); break;
    case SL_BY_REGION: reach(gather, row->region, &sums); break;
    case SL_BY_PRODUCT: reach(gather, row->product, &sums); break;
    case SL_BY_PRODUCT_LINE: reach(gather, line, &sums); break;
    case SL_BY_UNIT:
        reach_chain(gather, sl_scope_unit_of(gather->ledger, scope, person, day), day, &sums);
        break;
    }
}

/* One fact of the period: adds it if it lies in the scope. By person, each is asked about all that
 * is his own. */
static void take_fact(struct gather *gather, struct sl_key key, const struct sl_fact_row *row)
{
    struct sl_scope_numbers scope = gather->query->scope;
    if (gather->query->by == SL_BY_PERSON && !scope.has_unit) {
        scope.has_person = true;
        scope.person = sl_key_fact_person(key);
    }
    /* A person's OVERLAY is his own, and no unit's. */
    bool is_for_units = gather->query->by == SL_BY_UNIT && row->credit_kind != SL_CREDIT_DIRECT;
    if (!is_for_units && sl_scope_has(gather->ledger, &scope, key, row)) {
        gather->key = key;
        reach_fact(gather, key, row);
    }
}

/* The general way: every fact of the period, or of one person in it. */
static void walk_facts(struct gather *gather)
{
    struct sl_state *state = gather->ledger->state;
    const struct sl_totals_query *query = gather->query;
    struct sl_fact_scan scan;
    if (query->scope.has_person) {
        sl_fact_scan_person(state, query->scope.person, query->period, &scan);
    } else {
        sl_fact_scan_all(state, query->period, &scan);
    }
    while (scan.row != NULL) {
        take_fact(gather, scan.key, scan.row);
        sl_fact_scan_next(state, &scan);
    }
}

/* What a person of the unit did counts for it and for the units above, if it lies in the scope at all. */
static void reach_member(struct gather *gather,
                         uint32_t person,
                         uint32_t unit,
                         sl_day day,
                         const struct sl_sums_row *sums)
{
    const struct sl_totals_query *query = gather->query;
    struct sl_org *org = &gather->ledger->org;
    if (unit == 0 ||
        (query->scope.has_unit && sl_org_depth(org, unit, query->scope.unit, day) < 0)) {
        return;
    }
    if (query->by == SL_BY_UNIT) {
        reach_chain(gather, unit, day, sums);
    } else {
        reach(gather, query->by == SL_BY_PERSON ? person : 0, sums);
    }
}

/* Days in which neither the member's unit nor the unit tree changes. */
static void
reach_by_facts(struct gather *gather, uint32_t person, uint32_t unit, struct sl_period days)
{
    struct sl_sums_row sums = {0};
    if (add_facts(gather->ledger, person, days, KINDS_DIRECT, &sums)) {
        reach_member(gather, person, unit, days.start, &sums);
    }
}

/* A member's odd days, by the unit and the unit tree of each part of them. */
static void walk_membership(struct gather *gather, uint32_t person, struct sl_period days)
{
    const struct sl_org *org = &gather->ledger->org;
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(&org->people, person, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct sl_period rest = sl_segment_within(&segments[i], days);
        while (segments[i].row.parent != 0 && rest.start.v < rest.end.v) {
            struct sl_period part = sl_org_next_part(org, &rest);
            reach_by_facts(gather, person, segments[i].row.parent, part);
        }
    }
}

/* Did the person stay in one unit, and the tree as it was, for the whole month? */
static bool
is_steady(const struct gather *gather, const struct sl_segment *at, struct sl_period month)
{
    return at->from <= month.start.v && at->to >= month.end.v &&
           sl_org_next_change(&gather->ledger->org, month.start) >= month.end.v;
}

static void
walk_member_month(struct gather *gather, struct sl_key key, const struct sl_sums_row *sums)
{
    uint32_t person = sl_key_month_person(key);
    int32_t index = sl_key_month_month(key);
    struct sl_period month = {sl_month_index_start(index), sl_month_index_start(index + 1)};
    const struct sl_segment *at = sl_org_on(&gather->ledger->org.people, person, month.start);
    if (sl_key_month_credit_kind(key) != SL_CREDIT_DIRECT) {
        return; /* overlay never enters totals */
    }
    if (at != NULL && is_steady(gather, at, month)) {
        reach_member(gather, person, at->row.parent, month.start, sums);
    } else {
        walk_membership(gather, person, month);
    }
}

/* Everybody's whole months of the period, in one pass. */
static void
walk_months(struct gather *gather,
            const struct month_parts *parts,
            void (*take)(struct gather *gather, struct sl_key key, const struct sl_sums_row *sums))
{
    struct sl_state_cursor cursor;
    struct sl_state *state = gather->ledger->state;
    struct sl_key from = sl_key_person_month(parts->from, 0, 0);
    uint64_t end = sl_key_person_month(parts->to, 0, 0).hi;
    if (parts->from == parts->to) {
        return;
    }
    sl_state_seek(state, SL_TABLE_PERSON_MONTHS, from, &cursor);
    while (cursor.row != NULL && cursor.key.hi < end) {
        take(gather, cursor.key, cursor.row);
        sl_state_next(state, &cursor);
    }
}

/* Members of units: whole months, and the odd days of each. */
static void walk_members(struct gather *gather)
{
    struct month_parts parts = part_by_months(gather->query->period);
    const struct sl_timelines *people = &gather->ledger->org.people;
    bool has_odd_days =
        parts.head.start.v < parts.head.end.v || parts.tail.start.v < parts.tail.end.v;
    for (uint32_t person = 1; has_odd_days && person <= people->number_max; person++) {
        walk_membership(gather, person, parts.head);
        walk_membership(gather, person, parts.tail);
    }
    walk_months(gather, &parts, walk_member_month);
}

/* Day sums of one number of a dimension, into one row. */
static void add_days(
    struct gather *gather, unsigned dimension, uint32_t number, struct sl_period days, uint32_t row)
{
    struct sl_state_cursor cursor;
    struct sl_state *state = gather->ledger->state;
    if (days.start.v >= days.end.v) {
        return;
    }
    struct sl_key end = sl_key_day_sum(dimension, number, days.end);
    sl_state_seek(state, SL_TABLE_DAY_SUMS, sl_key_day_sum(dimension, number, days.start), &cursor);
    while (cursor.row != NULL && cursor.key.hi == end.hi && cursor.key.lo < end.lo) {
        reach(gather, row, cursor.row);
        sl_state_next(state, &cursor);
    }
}

/* A product's days in each of its lines. */
static void walk_product_lines(struct gather *gather, uint32_t product)
{
    const struct sl_totals_query *query = gather->query;
    uint32_t count;
    const struct sl_segment *segments =
        sl_org_segments(&gather->ledger->org.products, product, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t line = segments[i].row.parent;
        if (line != 0 && (!query->scope.has_line || query->scope.line == line)) {
            add_days(gather, SL_BY_PRODUCT, product, sl_segment_within(&segments[i], query->period),
                     query->by == SL_BY_PRODUCT_LINE ? line : 0);
        }
    }
}

static void walk_lines(struct gather *gather)
{
    for (uint32_t product = 1; product <= gather->ledger->org.products.number_max; product++) {
        walk_product_lines(gather, product);
    }
}

static void walk_dimension(struct gather *gather, unsigned dimension)
{
    const struct sl_totals_query *query = gather->query;
    uint32_t last = sl_names_count(&gather->ledger->names, sl_dimension_kind(query->by));
    for (uint32_t number = 0; number <= last; number++) {
        add_days(gather, dimension, number, query->period, number);
    }
}

static void
walk_person_month(struct gather *gather, struct sl_key key, const struct sl_sums_row *sums)
{
    if (sl_key_month_person(key) != 0) {
        reach(gather, sl_key_month_person(key), sums);
    }
}

static void walk_people_days(struct gather *gather, struct sl_period days)
{
    struct sl_fact_scan scan;
    sl_fact_scan_all(gather->ledger->state, days, &scan);
    while (scan.row != NULL) {
        struct sl_sums_row sums = {0};
        add_fact(&sums, scan.row, SL_COUNT_PER_EVENT);
        if (sl_key_fact_person(scan.key) != 0) {
            reach(gather, sl_key_fact_person(scan.key), &sums);
        }
        sl_fact_scan_next(gather->ledger->state, &scan);
    }
}

static void walk_people(struct gather *gather)
{
    struct month_parts parts = part_by_months(gather->query->period);
    walk_months(gather, &parts, walk_person_month);
    walk_people_days(gather, parts.head);
    walk_people_days(gather, parts.tail);
}

/* The fast ways, where scope and dimension name one thing at most, or a unit's own members and
 * units; false if the general way is needed. */
static bool walk_fast(struct gather *gather)
{
    const struct sl_scope_numbers *scope = &gather->query->scope;
    enum sl_dimension by = gather->query->by;
    unsigned named = (unsigned)scope->has_person + scope->has_unit + scope->has_line +
                     scope->has_product + scope->has_customer + scope->has_region;
    if (scope->contact_kind != 0 || scope->as_is_now || scope->has_customer) {
        return false; /* no sums are kept for these */
    }
    if (named == 1 && scope->has_unit && (by == SL_BY_UNIT || by == SL_BY_PERSON)) {
        walk_members(gather);
        return true;
    }
    if (named + (by != SL_BY_NONE) > 1) {
        return false;
    }
    struct sl_period period = gather->query->period;
    if (scope->has_person) {
        struct sl_sums_row sums = {0};
        add_person(gather->ledger, scope->person, period, KINDS_OWN, &sums);
        reach(gather, 0, &sums);
    } else if (scope->has_unit || by == SL_BY_UNIT) {
        walk_members(gather);
    } else if (scope->has_line || by == SL_BY_PRODUCT_LINE) {
        if (!gather->query->amounts_only) {
            return false;
        }
        walk_lines(gather);
    } else if (scope->has_product) {
        add_days(gather, SL_BY_PRODUCT, scope->product, period, 0);
    } else if (scope->has_region) {
        add_days(gather, SL_BY_REGION, scope->region, period, 0);
    } else if (by == SL_BY_PERSON) {
        walk_people(gather);
    } else if (by == SL_BY_REGION || by == SL_BY_PRODUCT) {
        walk_dimension(gather, by);
    } else {
        add_days(gather, SL_BY_NONE, 0, period, 0);
    }
    return true;
}

/* Numbers given after the rows were counted have nothing that is asked for here. */
static void add_up(void *ctx, uint32_t number, struct sl_key key, const struct sl_sums_row *sums)
{
    struct sl_totals *totals = ctx;
    (void)key;
    if (number < totals->row_count) {
        add_row(&totals->rows[number], sums);
        totals->was_reached[number] = true;
    }
}

static void begin(struct gather *gather,
                  struct sl_ledger *ledger,
                  const struct sl_totals_query *query,
                  struct sl_taken_back *back)
{
    gather->ledger = ledger;
    gather->query = query;
    gather->key = (struct sl_key){0, 0};
    sl_line_count_init(&gather->lines, back, query->amounts_only);
}

enum sl_err sl_totals_get(struct sl_ledger *ledger,
                          const struct sl_totals_query *query,
                          struct sl_arena *arena,
                          struct sl_totals *ret_totals)
{
    if (!query->as_settled) {
        sl_pending_settle(ledger);
    }
    enum sl_err err = sl_org_refresh(&ledger->org, ledger->state);
    if (err != SL_OK) {
        return err;
    }
    size_t count = query->by == SL_BY_NONE
                       ? 1
                       : (size_t)sl_names_count(&ledger->names, sl_dimension_kind(query->by)) + 1;
    struct sl_totals totals = {.row_count = count};
    totals.rows = sl_arena_calloc(arena, count, sizeof totals.rows[0]);
    totals.was_reached = sl_arena_calloc(arena, count, sizeof totals.was_reached[0]);
    if (totals.rows == NULL || totals.was_reached == NULL) {
        return SL_E_NO_MEMORY;
    }
    struct sl_taken_back back = {.ledger = ledger};
    struct gather gather;
    begin(&gather, ledger, query, &back);
    gather.take = add_up;
    gather.ctx = &totals;
    if (!walk_fast(&gather)) {
        walk_facts(&gather);
    }
    sl_taken_back_deinit(&back);
    *ret_totals = totals;
    return gather.lines.err != SL_OK ? gather.lines.err : sl_state_error(ledger->state);
}

enum sl_err sl_totals_each(struct sl_ledger *ledger,
                           const struct sl_totals_query *query,
                           sl_totals_take *take,
                           void *ctx)
{
    struct sl_taken_back back = {.ledger = ledger};
    struct gather gather;
    begin(&gather, ledger, query, &back);
    gather.take = take;
    gather.ctx = ctx;
    walk_facts(&gather);
    sl_taken_back_deinit(&back);
    return gather.lines.err != SL_OK ? gather.lines.err : sl_state_error(ledger->state);
}
