/* Questions about targets: attainment, pace, gaps. */
#include <stdlib.h>

#include "domain/attainment.h"
#include "domain/spread.h"
#include "projections/display.h"
#include "projections/query_parts.h"
#include "projections/source.h"
#include "projections/targets.h"

#define TARGET_ROWS_MAX 20000u

struct work {
    struct sl_ledger *ledger;
    const struct sl_targets_query *query;
    struct sl_arena *arena;
    struct sl_targets_answer *answer;
    struct sl_diag *diag;
    struct sl_period period;
    struct sl_scope_numbers scope;
    struct sl_measure measure;
    bool has_measure;
    /* actuals of people of one measure, so that a list of people is one walk */
    bool has_people;
    struct sl_measure people_measure;
    struct sl_totals people;
};

/* The scope's numbers, in the order person, unit, line, product, customer, region; 0: not named. */
static void
scope_numbers(const struct sl_target *target, struct sl_ledger *ledger, uint32_t numbers[6])
{
    struct sl_names *names = &ledger->names;
    numbers[0] = sl_names_find(names, SL_ENTITY_PERSON, target->scope.person);
    numbers[1] = sl_names_find(names, SL_ENTITY_UNIT, target->scope.unit);
    numbers[2] = sl_names_find(names, SL_ENTITY_PRODUCT_LINE, target->scope.product_line);
    numbers[3] = sl_names_find(names, SL_ENTITY_PRODUCT, target->scope.product);
    numbers[4] = sl_names_find(names, SL_ENTITY_CUSTOMER, target->scope.customer);
    numbers[5] = sl_names_find(names, SL_ENTITY_REGION, target->scope.region);
}

static bool scope_is_asked(const struct work *work, const uint32_t numbers[6])
{
    const struct sl_scope_numbers *scope = &work->scope;
    return !work->query->has_scope ||
           (numbers[0] == scope->person && numbers[1] == scope->unit && numbers[2] == scope->line &&
            numbers[3] == scope->product && numbers[4] == scope->customer &&
            numbers[5] == scope->region);
}

static bool only_person(const uint32_t numbers[6])
{
    return numbers[0] != 0 && numbers[1] == 0 && numbers[2] == 0 && numbers[3] == 0 &&
           numbers[4] == 0 && numbers[5] == 0;
}

static bool same_measure(const struct sl_measure *a, const struct sl_measure *b)
{
    return a->name == b->name && a->contact_kind == b->contact_kind && a->is_ratio == b->is_ratio &&
           a->denominators[1] == b->denominators[1];
}

/* Sums of one person over the period. The walk serves all people of the measure, as a list of
 * targets mostly asks for them. */
static enum sl_err person_sums(struct work *work,
                               const struct sl_measure *measure,
                               uint32_t person,
                               struct sl_sums_row *ret_row)
{
    if (!work->has_people || !same_measure(&work->people_measure, measure)) {
        struct sl_totals_query query = {.period = work->period, .by = SL_BY_PERSON};
        query.scope.contact_kind = measure->contact_kind;
        enum sl_err err = sl_totals_get(work->ledger, &query, work->arena, &work->people);
        if (err != SL_OK) {
            return err;
        }
        work->has_people = true;
        work->people_measure = *measure;
    }
    *ret_row = work->people.rows[person];
    return SL_OK;
}

/* Sums of the target's scope over its period. */
static enum sl_err scope_sums(struct work *work,
                              const struct sl_target *target,
                              const struct sl_measure *measure,
                              const uint32_t numbers[6],
                              struct sl_sums_row *ret_row)
{
    struct sl_totals_query query = {.period = work->period, .by = SL_BY_NONE};
    struct sl_totals totals;
    if (only_person(numbers)) {
        return person_sums(work, measure, numbers[0], ret_row);
    }
    enum sl_err err = sl_scope_resolve(work->ledger, &target->scope, &query.scope, work->diag);
    query.scope.contact_kind = measure->contact_kind;
    if (err == SL_OK) {
        err = sl_totals_get(work->ledger, &query, work->arena, &totals);
    }
    if (err == SL_OK) {
        *ret_row = totals.rows[0];
    }
    return err;
}

/* Two keys of the same period, scope, measure and role? */
static bool same_target(struct sl_key a, struct sl_key b)
{
    return a.hi == b.hi && (a.lo & ~SL_SEQ_MAX) == (b.lo & ~SL_SEQ_MAX);
}

/* Children: targets that name this one as their parent; else, for a unit, those of its people and
 * of the units right below. */
struct children {
    bool has_any;
    int64_t sum;
};

static void add_child(struct children *children, int64_t amount)
{
    children->has_any = true;
    if (__builtin_add_overflow(children->sum, amount, &children->sum)) {
        children->sum = INT64_MAX;
    }
}

/* Is the key's target of the parent's measure and role, and inside its period? Only such amounts add up. */
static bool is_like(const struct work *work,
                    const struct sl_target_ref *ref,
                    struct sl_key key,
                    const struct sl_stored_target *row)
{
    return (uint32_t)(key.lo >> 44) == ref->measure &&
           ((key.lo >> 40) & 15u) == (unsigned)ref->role && row->start >= work->period.start.v &&
           row->end <= work->period.end.v;
}

/* A child may have another period than its parent, as months of a year do, so all targets are
 * looked at. */
static void named_children(struct work *work,
                           uint32_t own,
                           const struct sl_target_ref *ref,
                           struct children *children)
{
    struct sl_state_cursor cursor;
    struct sl_ledger *ledger = work->ledger;
    struct sl_key from = {0, 0};
    sl_state_seek(ledger->state, SL_TABLE_TARGETS, from, &cursor);
    struct sl_key last = {UINT64_MAX, UINT64_MAX};
    int64_t amount = 0;
    bool is_child = false;
    while (cursor.row != NULL) {
        const struct sl_stored_target *row = cursor.row;
        if (is_child && !same_target(cursor.key, last)) {
            add_child(children, amount);
        }
        last = cursor.key;
        is_child = row->parent == own && is_like(work, ref, cursor.key, row);
        amount = row->amount;
        sl_state_next(ledger->state, &cursor);
    }
    if (is_child) {
        add_child(children, amount);
    }
}

/* Adds the targets of one kind's members right below the unit on the period's last day. */
static void members_children(struct work *work,
                             const struct sl_timelines *members,
                             uint32_t unit,
                             const struct sl_target_ref *of,
                             struct children *children)
{
    struct sl_ledger *ledger = work->ledger;
    struct sl_target_ref ref = *of;
    bool are_people = members == &ledger->org.people;
    sl_day day = {work->period.end.v - 1};
    for (uint32_t number = 1; number <= members->number_max; number++) {
        const struct sl_segment *segment = sl_org_on(members, number, day);
        struct sl_stored_target row;
        sl_seq seq;
        if (segment == NULL || segment->row.parent != unit) {
            continue;
        }
        ref.scope = are_people ? sl_targets_scope_of_person(ledger, number)
                               : sl_targets_scope_of_unit(ledger, number);
        if (sl_targets_find(ledger, &ref, &row, &seq)) {
            add_child(children, row.amount);
        }
    }
}

static void unit_children(struct work *work,
                          uint32_t unit,
                          const struct sl_target_ref *of,
                          struct children *children)
{
    members_children(work, &work->ledger->org.people, unit, of, children);
    members_children(work, &work->ledger->org.units, unit, of, children);
}

/* What is over of the target's own weights on the evening of `today`. */
static struct sl_elapsed
elapsed_of(const struct work *work, const struct sl_target *target, sl_day today)
{
    static const struct sl_day_calendar every_day = {0};
    struct sl_spread spread = {work->period, target->amount, target->weights, target->weight_count};
    struct sl_period over = {work->period.start, {today.v + 1}};
    struct sl_day_weights all = sl_spread_weights(&spread, &every_day, work->period);
    return (struct sl_elapsed){
        .elapsed = sl_spread_weights(&spread, &every_day, over).sum,
        .all = all.sum,
        .days = all.days,
    };
}

/* gap, attainment, pace and required rate of one row. */
static enum sl_err fill_fractions(const struct work *work,
                                  const struct sl_measure *measure,
                                  const struct sl_ratio *actual,
                                  const struct sl_target *target,
                                  struct sl_target_row *row)
{
    struct sl_attainment_input input = {
        .actual = sl_fraction_of_ratio(actual->numerator, actual->denominator),
        .has_target = true,
        .target = row->target,
        .lower_is_better = measure->lower_is_better,
    };
    struct sl_elapsed elapsed = elapsed_of(work, target, work->query->today);
    struct sl_fraction attainment;
    struct sl_fraction pace;
    struct sl_fraction required;
    enum sl_err err = sl_attainment(&input, &attainment);
    if (err == SL_OK) {
        err = sl_pace(&input, elapsed, &pace);
    }
    if (err == SL_OK) {
        err = sl_required_rate(&input, elapsed, &required);
    }
    if (err == SL_OK) {
        err = sl_display_fraction(attainment, SL_PPM, SL_UNIT_PPM, &row->attainment);
    }
    if (err == SL_OK) {
        err = sl_display_fraction(pace, SL_PPM, SL_UNIT_PPM, &row->pace);
    }
    if (err == SL_OK) {
        err = sl_display_fraction(required, 1, measure->unit, &row->required_per_day);
    }
    if (err == SL_OK && actual->denominator == 1) {
        err = sl_target_gap(row->target, actual->numerator, &row->gap);
    }
    return err;
}

static enum sl_err fill_row(struct work *work,
                            const struct sl_target *target,
                            const struct sl_measure *measure,
                            const uint32_t numbers[6],
                            struct sl_target_row *row)
{
    struct sl_sums_row sums;
    struct sl_ratio actual;
    enum sl_err err = scope_sums(work, target, measure, numbers, &sums);
    if (err == SL_OK) {
        err = sl_measure_of_sums(measure, sums.sums, &actual);
    }
    if (err != SL_OK) {
        return err;
    }
    row->scope = target->scope;
    row->measure = target->measure;
    row->period = sl_display_period(work->ledger, work->period, work->arena);
    row->role = target->role;
    row->target = target->amount;
    row->actual = (struct sl_value){actual.numerator, actual.denominator, actual.unit};
    if (numbers[0] != 0) {
        row->name = sl_display_name(work->ledger, SL_ENTITY_PERSON, numbers[0], work->arena);
    } else if (numbers[1] != 0) {
        row->name = sl_display_name(work->ledger, SL_ENTITY_UNIT, numbers[1], work->arena);
    }
    return fill_fractions(work, measure, &actual, target, row);
}

static enum sl_err fill_children(struct work *work,
                                 const struct sl_stored_target *stored,
                                 const struct sl_target_ref *ref,
                                 const uint32_t numbers[6],
                                 struct sl_target_row *row)
{
    struct children children = {false, 0};
    bool only_unit = numbers[1] != 0 && numbers[0] == 0 && numbers[2] == 0 && numbers[3] == 0 &&
                     numbers[4] == 0 && numbers[5] == 0;
    if (stored->own != 0) {
        named_children(work, stored->own, ref, &children);
    }
    if (!children.has_any && only_unit) {
        unit_children(work, numbers[1], ref, &children);
    }
    row->has_children = children.has_any;
    row->children_sum = children.sum;
    return children.has_any ? sl_target_gap(row->target, children.sum, &row->gap_to_children)
                            : SL_OK;
}

/* One target in force becomes one row, if it is asked for. */
static enum sl_err
add_target(struct work *work, struct sl_key key, const struct sl_stored_target *stored)
{
    struct sl_ledger *ledger = work->ledger;
    struct sl_sourced event;
    struct sl_measure measure;
    uint32_t numbers[6];
    struct sl_target_ref ref = {.period = (uint32_t)(key.hi >> 32),
                                .measure = (uint32_t)(key.lo >> 44),
                                .role = work->query->role};
    enum sl_err err = sl_source_load(ledger, (sl_seq){key.lo & SL_SEQ_MAX}, work->arena, &event);
    if (err != SL_OK) {
        return err;
    }
    if (!event.is_there || event.body.type != SL_EVENT_TARGET) {
        return SL_E_CORRUPT;
    }
    scope_numbers(&event.body.u.target, ledger, numbers);
    err = sl_measure_parse(event.body.u.target.measure, &measure, NULL);
    if (err != SL_OK || !scope_is_asked(work, numbers) ||
        (work->has_measure && !same_measure(&measure, &work->measure))) {
        return err;
    }
    if (work->answer->row_count == TARGET_ROWS_MAX) {
        return sl_refuse(work->diag, SL_E_TOO_BIG, "targets.scope",
                         "more than %u targets; ask for one scope or measure", TARGET_ROWS_MAX);
    }
    struct sl_target_row *row = &work->answer->rows[work->answer->row_count];
    err = fill_row(work, &event.body.u.target, &measure, numbers, row);
    row->target_seq = key.lo & SL_SEQ_MAX;
    if (err == SL_OK) {
        err = fill_children(work, stored, &ref, numbers, row);
    }
    work->answer->row_count += err == SL_OK;
    return err;
}

/* Targets of the period in key order; of each (scope, measure, role) the last one is in force. */
static enum sl_err walk_targets(struct work *work)
{
    struct sl_state *state = work->ledger->state;
    struct sl_state_cursor cursor;
    uint32_t period = sl_targets_period(work->ledger, work->period);
    enum sl_err err = SL_OK;
    if (period == 0) {
        return SL_OK;
    }
    sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){(uint64_t)period << 32, 0}, &cursor);
    while (err == SL_OK && cursor.row != NULL && cursor.key.hi >> 32 == period) {
        struct sl_key key = cursor.key;
        struct sl_stored_target stored = *(const struct sl_stored_target *)cursor.row;
        sl_state_next(state, &cursor);
        bool is_last = cursor.row == NULL || !same_target(cursor.key, key);
        bool is_role = ((key.lo >> 40) & 15u) == (unsigned)work->query->role;
        if (is_last && is_role) {
            err = add_target(work, key, &stored);
        }
    }
    return err;
}

static enum sl_err resolve(struct work *work)
{
    const struct sl_targets_query *query = work->query;
    enum sl_err err = sl_query_at(&query->at, "targets.at", work->diag);
    if (err == SL_OK) {
        err = sl_query_period(work->ledger, query->period, "targets.period", &work->period,
                              work->diag);
    }
    if (err == SL_OK && query->has_scope) {
        err = sl_scope_resolve(work->ledger, &query->scope, &work->scope, work->diag);
    }
    work->has_measure = query->measure.len > 0;
    if (err == SL_OK && work->has_measure) {
        err = sl_query_measure(query->measure, "targets.measure", &work->measure, work->diag);
    }
    return err == SL_OK ? sl_org_refresh(&work->ledger->org, work->ledger->state) : err;
}

static int compare_rows(const void *a, const void *b)
{
    const struct sl_target_row *left = a;
    const struct sl_target_row *right = b;
    return (left->target_seq > right->target_seq) - (left->target_seq < right->target_seq);
}

enum sl_err sl_ledger_targets(struct sl_ledger *ledger,
                              const struct sl_targets_query *query,
                              struct sl_arena *arena,
                              struct sl_targets_answer *ret_answer,
                              struct sl_diag *diag)
{
    struct sl_targets_answer answer = {0};
    struct work work = {
        .ledger = ledger, .query = query, .arena = arena, .answer = &answer, .diag = diag};
    enum sl_err err = resolve(&work);
    if (err != SL_OK) {
        return err;
    }
    answer.rows = sl_arena_calloc(arena, TARGET_ROWS_MAX, sizeof answer.rows[0]);
    if (answer.rows == NULL) {
        return SL_E_NO_MEMORY;
    }
    err = walk_targets(&work);
    if (err != SL_OK) {
        return err;
    }
    qsort(answer.rows, answer.row_count, sizeof answer.rows[0], compare_rows);
    *ret_answer = answer;
    return sl_state_error(ledger->state);
}
