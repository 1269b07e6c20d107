/* Questions about targets: attainment, pace, gaps. */
#include <stdlib.h>

#include "projections/display.h"
#include "projections/query_parts.h"
#include "projections/source.h"
#include "projections/target_actuals.h"
#include "projections/target_children.h"
#include "projections/target_origins.h"
#include "projections/target_share.h"

struct work {
    struct sl_ledger *ledger;
    const struct sl_targets_query *query;
    struct sl_arena *arena;
    struct sl_targets_answer *answer;
    struct sl_diag *diag;
    struct sl_period period;
    const struct sl_day_calendar *calendar;
    /* what is asked for, as numbers; 0: any */
    uint32_t scope_number, measure_number;
    struct sl_named_children named;
    struct sl_target_actuals actuals;
};

/* One target in the making. */
struct item {
    struct sl_target_days days;
    struct sl_target target; /* the event of its first stretch, for the names */
    struct sl_measure measure;
    struct sl_target_ask ask;
    struct sl_target_subject subject;
    uint32_t numbers[6]; /* of the scope, as in targets.h */
};

/* attainment, pace and required rate of one row. */
static enum sl_err fill_fractions(const struct work *work,
                                  const struct item *item,
                                  struct sl_fraction actual,
                                  struct sl_target_row *row)
{
    struct sl_attainment_input input = {
        .actual = actual,
        .has_target = true,
        .target = row->target,
        .lower_is_better = item->measure.lower_is_better,
    };
    struct sl_elapsed elapsed = sl_target_elapsed(&item->days, work->calendar, work->query->today);
    struct sl_fraction attainment;
    struct sl_exact pace;
    struct sl_exact required;
    enum sl_err err = sl_attainment(&input, &attainment);
    if (err != SL_OK) {
        return err;
    }
    input.has_target = !item->measure.is_ratio; /* a ratio does not grow with the days */
    err = sl_pace(&input, elapsed, &pace);
    if (err == SL_OK) {
        err = sl_required_rate(&input, elapsed, &required);
    }
    if (err == SL_OK) {
        row->attainment = sl_display_fraction(attainment, SL_PPM, SL_UNIT_PPM);
        row->pace = sl_display_exact(&pace, SL_PPM, SL_UNIT_PPM);
        row->required_per_day = sl_display_exact(&required, 1, item->measure.unit);
    }
    return err;
}

static enum sl_err
fill_actual(struct work *work, const struct item *item, struct sl_target_row *row)
{
    struct sl_sums_row sums;
    struct sl_ratio ratio = {0};
    enum sl_err err = sl_target_actuals_get(&work->actuals, &item->subject, &sums);
    if (err == SL_OK) {
        err = sl_measure_of_sums(&item->measure, sums.sums, &ratio);
    }
    if (err != SL_OK) {
        return err;
    }
    struct sl_fraction actual = sl_measure_value(&item->measure, ratio);
    row->actual = sl_display_fraction(actual, 1, item->measure.unit);
    row->has_gap = sl_fraction_is_defined(actual);
    row->gap = row->has_gap ? sl_target_gap(row->target, actual) : 0;
    return fill_fractions(work, item, actual, row);
}

/* Shown where it is another amount than the target; attainment stays that of the target. A ratio is asked of whoever is there. */
static enum sl_err
fill_effective(struct work *work, const struct item *item, struct sl_target_row *row)
{
    struct sl_target_of of = {item->numbers[0], &item->days, work->calendar};
    struct sl_fraction effective = {0, 0};
    enum sl_err err = SL_OK;
    if (of.person != 0 && !item->measure.is_ratio) {
        err = sl_target_effective(work->ledger, &of, &work->ledger->arena, &effective);
    }
    if (err != SL_OK || !sl_fraction_is_defined(effective)) {
        return err;
    }
    row->has_effective = sl_fraction_compare(effective, sl_fraction_of_int(item->days.amount)) != 0;
    row->effective = sl_display_fraction(sl_fraction_reduce(effective), 1, item->measure.unit);
    return SL_OK;
}

static enum sl_err
fill_children(struct work *work, const struct item *item, struct sl_target_row *row)
{
    struct sl_target_children children;
    if (item->measure.is_ratio) {
        return SL_OK; /* ratios of several do not add up */
    }
    struct sl_target_parent parent = {&item->ask, &item->days, item->numbers, &work->named};
    enum sl_err err = sl_target_children_get(work->ledger, &parent, &children);
    if (err != SL_OK) {
        return err;
    }
    row->has_children = children.has_any;
    row->children_sum = children.sum;
    if (children.has_any) {
        row->gap_to_children = sl_target_gap(row->target, sl_fraction_of_int(children.sum));
    }
    return SL_OK;
}

/* Where the target comes from: its own event, or those that it is derived from. */
static enum sl_err
fill_origins(struct work *work, const struct item *item, struct sl_target_row *row)
{
    row->is_derived = !item->days.is_own;
    if (item->days.is_own) {
        row->target_seq = item->days.stretches[0].seq.v;
        return SL_OK;
    }
    return sl_target_origins(work->ledger, &item->days, item->measure.is_ratio, work->arena,
                             &row->origins);
}

static void fill_names(struct work *work, const struct item *item, struct sl_target_row *row)
{
    const uint32_t *numbers = item->numbers;
    row->scope = item->target.scope;
    row->measure = item->target.measure;
    row->period = sl_display_period(work->ledger, work->period, work->arena);
    row->role = item->ask.role;
    row->target = item->days.amount;
    if (numbers[0] != 0) {
        row->name = sl_display_name(work->ledger, SL_ENTITY_PERSON, numbers[0], work->arena);
    } else if (numbers[1] != 0) {
        row->name = sl_display_name(work->ledger, SL_ENTITY_UNIT, numbers[1], work->arena);
    }
}

/* The event that the first stretch comes from: its texts go into the answer. */
static enum sl_err read_names(struct work *work, struct item *item)
{
    struct sl_sourced event;
    enum sl_err err =
        sl_source_load(work->ledger, item->days.stretches[0].seq, work->arena, &event);
    if (err != SL_OK) {
        return err;
    }
    if (!event.is_there || event.body.type != SL_EVENT_TARGET) {
        return SL_E_CORRUPT;
    }
    item->target = event.body.u.target;
    sl_target_stretch_read(&item->days.stretches[0], &item->target);
    return SL_OK;
}

static enum sl_err fill_row(struct work *work, struct item *item, struct sl_target_row *row)
{
    enum sl_err err = read_names(work, item);
    if (err == SL_OK) {
        err = sl_target_days_read(work->ledger, &item->days, &work->ledger->arena);
    }
    if (err == SL_OK) {
        fill_names(work, item, row);
        err = fill_origins(work, item, row);
    }
    if (err == SL_OK) {
        err = fill_actual(work, item, row);
    }
    if (err == SL_OK) {
        err = fill_effective(work, item, row);
    }
    return err == SL_OK ? fill_children(work, item, row) : err;
}

/* A scope and measure that some target of the role and of days of the period is for. */
struct subject {
    uint32_t scope, measure;
};

static bool is_asked(const struct work *work, struct sl_key key)
{
    return sl_targets_key_role(key) == work->query->role &&
           (work->scope_number == 0 || sl_targets_key_scope(key) == work->scope_number) &&
           (work->measure_number == 0 || sl_targets_key_measure(key) == work->measure_number);
}

/* Those of one stored period, each as often as it was set. Counts only, where there is no room for any. */
static size_t list_subjects(const struct work *work, uint32_t period, struct subject *subjects)
{
    struct sl_state *state = work->ledger->state;
    struct sl_state_cursor cursor;
    size_t count = 0;
    uint64_t last =
        (uint64_t)period << 32 | (work->scope_number != 0 ? work->scope_number : UINT32_MAX);
    sl_state_seek(state, SL_TABLE_TARGETS,
                  (struct sl_key){(uint64_t)period << 32 | work->scope_number, 0}, &cursor);
    while (cursor.row != NULL && cursor.key.hi <= last) {
        if (is_asked(work, cursor.key) && subjects != NULL) {
            subjects[count] = (struct subject){sl_targets_key_scope(cursor.key),
                                               sl_targets_key_measure(cursor.key)};
        }
        count += is_asked(work, cursor.key) ? 1 : 0;
        sl_state_next(state, &cursor);
    }
    return count;
}

/* Those of all stored periods that share days with the period. */
static size_t list_all_subjects(const struct work *work, struct subject *subjects)
{
    const struct sl_target_periods *periods = &work->ledger->target_periods;
    size_t count = 0;
    for (size_t i = 0; i < periods->count; i++) {
        const struct sl_target_period *period = &periods->items[i];
        if (period->days.start.v < work->period.end.v &&
            work->period.start.v < period->days.end.v) {
            count +=
                list_subjects(work, period->number, subjects != NULL ? subjects + count : NULL);
        }
    }
    return count;
}

/* By measure first, so that the walk for all people serves one after the other. */
static int compare_subjects(const void *a, const void *b)
{
    const struct subject *left = a;
    const struct subject *right = b;
    if (left->measure != right->measure) {
        return left->measure < right->measure ? -1 : 1;
    }
    return (left->scope > right->scope) - (left->scope < right->scope);
}

/* The measure that has the number: its name was canonical when it got it. */
static enum sl_err measure_of(struct sl_ledger *ledger, uint32_t number, struct sl_measure *ret)
{
    char text[SL_ID_TEXT_BYTES_MAX];
    size_t len = sl_names_text(&ledger->names, SL_NAME_MEASURE, number, text);
    struct sl_slice name = {(const uint8_t *)text, len};
    return sl_measure_parse(name, ret, NULL) == SL_OK ? SL_OK : SL_E_CORRUPT;
}

static void put_numbers(const struct sl_scope_numbers *scope, uint32_t ret_numbers[6])
{
    ret_numbers[0] = scope->person;
    ret_numbers[1] = scope->unit;
    ret_numbers[2] = scope->line;
    ret_numbers[3] = scope->product;
    ret_numbers[4] = scope->customer;
    ret_numbers[5] = scope->region;
}

/* The names of a subject as numbers. */
static enum sl_err read_subject(struct sl_ledger *ledger, struct subject subject, struct item *item)
{
    enum sl_err err = measure_of(ledger, subject.measure, &item->measure);
    if (err == SL_OK) {
        err = sl_targets_scope_numbers(ledger, subject.scope, &item->subject.scope);
    }
    if (err == SL_OK) {
        item->subject.scope.contact_kind = item->measure.contact_kind;
        item->subject.is_of_amounts = sl_measure_is_of_amounts(&item->measure);
        put_numbers(&item->subject.scope, item->numbers);
    }
    return err;
}

/* The subject's target becomes a row, if every day of the period has its part. */
static enum sl_err add_target(struct work *work, struct subject subject)
{
    struct sl_ledger *ledger = work->ledger;
    struct item item = {.ask = {.scope = subject.scope,
                                .measure = subject.measure,
                                .role = work->query->role,
                                .period = work->period,
                                .calendar = work->calendar}};
    sl_arena_reset(&ledger->arena); /* what the row before needed */
    enum sl_err err = read_subject(ledger, subject, &item);
    if (err == SL_OK) {
        item.ask.is_ratio = item.measure.is_ratio;
        err = sl_target_days_get(ledger, &item.ask, &ledger->arena, &item.days);
    }
    if (err == SL_E_TOO_BIG) {
        return sl_target_days_refuse(work->diag, "targets.period");
    }
    if (err != SL_OK || item.days.count == 0) {
        return err;
    }
    if (work->answer->row_count == SL_TARGET_ROWS_MAX) {
        return sl_refuse(
            work->diag, SL_E_TOO_BIG, "targets.scope",
            "an answer has at most %u targets, there are more; ask for one scope or measure",
            SL_TARGET_ROWS_MAX);
    }
    err = fill_row(work, &item, &work->answer->rows[work->answer->row_count]);
    work->answer->row_count += err == SL_OK;
    return err;
}

/* Sorted, each once; gives how many are left. */
static size_t put_in_order(struct subject *subjects, size_t count)
{
    size_t kept = 0;
    if (count > 0) {
        qsort(subjects, count, sizeof subjects[0], compare_subjects);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_subjects(&subjects[kept - 1], &subjects[i]) != 0) {
            subjects[kept++] = subjects[i];
        }
    }
    return kept;
}

/* Says what is going to be asked for, so that few walks answer it. */
static enum sl_err begin_actuals(struct work *work, const struct subject *subjects, size_t count)
{
    work->actuals = (struct sl_target_actuals){
        .ledger = work->ledger, .arena = work->arena, .period = work->period};
    struct sl_target_subject *wanted = sl_arena_calloc(work->arena, count, sizeof *wanted);
    if (wanted == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct item item;
        enum sl_err err = read_subject(work->ledger, subjects[i], &item);
        if (err != SL_OK) {
            return err;
        }
        wanted[i] = item.subject;
    }
    return sl_target_actuals_begin(&work->actuals, wanted, count);
}

static enum sl_err add_targets(struct work *work)
{
    struct sl_ledger *ledger = work->ledger;
    enum sl_err err = sl_target_periods_refresh(&ledger->target_periods, ledger->state);
    if (err == SL_OK) {
        err = sl_named_children_collect(ledger, work->period, work->query->role, work->arena,
                                        &work->named);
    }
    if (err != SL_OK) {
        return err;
    }
    size_t count = list_all_subjects(work, NULL);
    struct subject *subjects = sl_arena_calloc(work->arena, count, sizeof *subjects);
    if (subjects == NULL) {
        return SL_E_NO_MEMORY;
    }
    (void)list_all_subjects(work, subjects); /* as many as were counted */
    count = put_in_order(subjects, count);
    err = begin_actuals(work, subjects, count);
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        err = add_target(work, subjects[i]);
    }
    return err;
}

/* The scope's number; false if nothing was ever set for it. */
static bool resolve_scope(struct work *work, const struct sl_scope_numbers *scope)
{
    uint32_t numbers[6];
    put_numbers(scope, numbers);
    work->scope_number = sl_targets_scope(work->ledger, numbers);
    return work->scope_number != 0;
}

/* `*ret_has_any` is false if nothing was ever set for what is asked. */
static enum sl_err resolve(struct work *work, bool *ret_has_any)
{
    const struct sl_targets_query *query = work->query;
    struct sl_scope_numbers scope = {0};
    struct sl_measure measure;
    bool has_any = true;
    enum sl_err err = sl_query_at(&query->at, "targets.at", work->diag);
    if (err == SL_OK) {
        err = sl_query_period(work->ledger, query->period, "targets.period", &work->period,
                              work->diag);
    }
    if (err == SL_OK && query->has_scope) {
        err = sl_scope_resolve(work->ledger, &query->scope, &scope, work->diag);
        has_any = err == SL_OK && resolve_scope(work, &scope);
    }
    if (err == SL_OK && query->measure.len > 0) {
        err = sl_query_measure(query->measure, "targets.measure", &measure, work->diag);
        work->measure_number = err == SL_OK ? sl_targets_measure(work->ledger, &measure) : 0;
        has_any = has_any && work->measure_number != 0;
    }
    if (err == SL_OK) {
        err = sl_targets_calendar(work->ledger, work->arena, &work->calendar);
    }
    *ret_has_any = has_any;
    return err == SL_OK ? sl_org_refresh(&work->ledger->org, work->ledger->state) : err;
}

/* The position of what made the target last what it is. */
static uint64_t last_seq(const struct sl_target_row *row)
{
    uint64_t last = row->target_seq;
    for (size_t i = 0; i < row->origins.count; i++) {
        last = row->origins.items[i].target_seq > last ? row->origins.items[i].target_seq : last;
    }
    return last;
}

/* No two rows have it in common: a stored target is of one scope and measure. */
static int compare_rows(const void *a, const void *b)
{
    uint64_t left = last_seq(a);
    uint64_t right = last_seq(b);
    return (left > right) - (left < right);
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
    bool has_any;
    enum sl_err err = resolve(&work, &has_any);
    if (err != SL_OK) {
        return err;
    }
    answer.rows = sl_arena_calloc(arena, SL_TARGET_ROWS_MAX, sizeof answer.rows[0]);
    if (answer.rows == NULL) {
        return SL_E_NO_MEMORY;
    }
    err = has_any ? add_targets(&work) : SL_OK;
    if (err != SL_OK) {
        return err;
    }
    qsort(answer.rows, answer.row_count, sizeof answer.rows[0], compare_rows);
    *ret_answer = answer;
    return sl_state_error(ledger->state);
}
