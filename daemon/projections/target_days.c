/* Stored targets laid over the days of any period. */
#include "projections/target_days.h"

#include "projections/source.h"

/* Days without work of the define in force; none without one. The codec lets no more of them in than fit. */
static enum sl_err
read_holidays(struct sl_ledger *ledger, struct sl_arena *arena, sl_day *days, size_t *ret_count)
{
    struct sl_master master;
    struct sl_sourced event;
    *ret_count = 0;
    if (!sl_masters_latest(ledger->state, SL_MASTER_CALENDAR, 0, &master)) {
        return SL_OK;
    }
    enum sl_err err = sl_source_load(ledger, master.seq, arena, &event);
    if (err != SL_OK) {
        return err;
    }
    const struct sl_define *define = &event.body.u.define;
    if (!event.is_there || event.body.type != SL_EVENT_DEFINE ||
        define->holiday_count > SL_WEIGHTS_MAX) {
        return SL_E_CORRUPT;
    }
    for (size_t i = 0; i < define->holiday_count; i++) {
        days[i] = define->holidays[i];
    }
    *ret_count = define->holiday_count;
    return SL_OK;
}

enum sl_err sl_targets_calendar(struct sl_ledger *ledger,
                                struct sl_arena *arena,
                                const struct sl_day_calendar **ret_calendar)
{
    struct sl_calendar_cache *cache = &ledger->calendar;
    if (!cache->is_fresh) {
        size_t count;
        enum sl_err err = read_holidays(ledger, arena, cache->days, &count);
        if (err != SL_OK) {
            return err;
        }
        cache->calendar = sl_day_calendar_of(cache->days, count);
        cache->is_fresh = true;
    }
    *ret_calendar = &cache->calendar;
    return SL_OK;
}

static struct sl_period period_of(const struct sl_target_candidate *candidate)
{
    return (struct sl_period){{candidate->row.start}, {candidate->row.end}};
}

static bool share_days(struct sl_period a, struct sl_period b)
{
    return a.start.v < b.end.v && b.start.v < a.end.v;
}

/* Into the cache's room; gives how many. */
static size_t find_candidates(struct sl_ledger *ledger, const struct sl_target_ask *ask)
{
    struct sl_target_periods *periods = &ledger->target_periods;
    struct sl_target_ref ref = {.scope = ask->scope, .measure = ask->measure, .role = ask->role};
    size_t count = 0;
    for (size_t i = 0; i < periods->count; i++) {
        struct sl_target_candidate *candidate = &periods->candidates[count];
        ref.period = periods->items[i].number;
        if (share_days(periods->items[i].days, ask->period) &&
            sl_targets_find(ledger, &ref, &candidate->row, &candidate->seq)) {
            count++;
        }
    }
    return count;
}

static bool lies_inside(const struct sl_target_candidate *candidate, struct sl_period period)
{
    return candidate->row.start >= period.start.v && candidate->row.end <= period.end.v;
}

/* The rule of the header: whose part do days take that both hold? */
static bool comes_before(const struct sl_target_candidate *a,
                         const struct sl_target_candidate *b,
                         struct sl_period asked)
{
    bool is_inside = lies_inside(a, asked);
    int32_t a_days = a->row.end - a->row.start;
    int32_t b_days = b->row.end - b->row.start;
    if (is_inside != lies_inside(b, asked)) {
        return is_inside;
    }
    if (a_days != b_days) {
        return is_inside ? a_days > b_days : a_days < b_days;
    }
    return a->seq.v > b->seq.v;
}

struct candidates {
    const struct sl_target_candidate *items;
    size_t count;
    struct sl_period asked;
};

/* Whose part the day takes; NULL if nobody holds it. */
static const struct sl_target_candidate *first_on(const struct candidates *all, sl_day day)
{
    const struct sl_target_candidate *first = NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct sl_target_candidate *candidate = &all->items[i];
        if (sl_period_contains(period_of(candidate), day) &&
            (first == NULL || comes_before(candidate, first, all->asked))) {
            first = candidate;
        }
    }
    return first;
}

/* The days from `start` on that take their part from `first`: until it ends, or one begins that comes before it. */
static struct sl_period
days_of(const struct candidates *all, const struct sl_target_candidate *first, sl_day start)
{
    int32_t end = first->row.end < all->asked.end.v ? first->row.end : all->asked.end.v;
    for (size_t i = 0; i < all->count; i++) {
        const struct sl_target_candidate *candidate = &all->items[i];
        if (candidate->row.start > start.v && candidate->row.start < end &&
            comes_before(candidate, first, all->asked)) {
            end = candidate->row.start;
        }
    }
    return (struct sl_period){start, {end}};
}

/* Fills in the stretches, if there is room for any; `*ret_count` is 0 where a day has no target. */
static enum sl_err
stretch_out(const struct candidates *all, struct sl_target_stretch *stretches, size_t *ret_count)
{
    size_t count = 0;
    sl_day day = all->asked.start;
    while (day.v < all->asked.end.v) {
        const struct sl_target_candidate *first = first_on(all, day);
        if (first == NULL) {
            *ret_count = 0;
            return SL_OK;
        }
        if (count == SL_TARGET_STRETCHES_MAX) {
            return SL_E_TOO_BIG;
        }
        struct sl_period days = days_of(all, first, day);
        if (stretches != NULL) {
            stretches[count] =
                (struct sl_target_stretch){.days = days, .seq = first->seq, .stored = first->row};
        }
        count++;
        day = days.end;
    }
    *ret_count = count;
    return SL_OK;
}

/* Earlier versions counted the days of a fiscal period as those of the calendar year's, and so took weights in that do not fit its
 * own. Those are as none. */
static bool weights_fit(const struct sl_spread *spread)
{
    size_t days = (size_t)(spread->period.end.v - spread->period.start.v);
    return spread->weight_count == days || spread->weight_count == sl_period_months(spread->period);
}

void sl_target_stretch_read(struct sl_target_stretch *stretch, const struct sl_target *target)
{
    stretch->spread = (struct sl_spread){
        .period = {{stretch->stored.start}, {stretch->stored.end}},
        .amount = stretch->stored.amount,
        .weights = target->weights,
        .weight_count = target->weight_count,
    };
    if (!weights_fit(&stretch->spread)) {
        stretch->spread.weight_count = 0;
    }
    stretch->has_spread = true;
}

static enum sl_err
read_spread(struct sl_ledger *ledger, struct sl_target_stretch *stretch, struct sl_arena *arena)
{
    struct sl_sourced event;
    if (stretch->has_spread) {
        return SL_OK;
    }
    enum sl_err err = sl_source_load(ledger, stretch->seq, arena, &event);
    if (err != SL_OK) {
        return err;
    }
    if (!event.is_there || event.body.type != SL_EVENT_TARGET) {
        return SL_E_CORRUPT;
    }
    sl_target_stretch_read(stretch, &event.body.u.target);
    return SL_OK;
}

/* A stored target that is taken whole need not be read. */
static enum sl_err fill_part(struct sl_ledger *ledger,
                             const struct sl_day_calendar *calendar,
                             struct sl_target_stretch *stretch,
                             struct sl_arena *arena)
{
    stretch->part = stretch->stored.amount;
    if (stretch->days.start.v == stretch->stored.start &&
        stretch->days.end.v == stretch->stored.end) {
        return SL_OK;
    }
    enum sl_err err = read_spread(ledger, stretch, arena);
    if (err == SL_OK) {
        stretch->part = sl_spread_within(&stretch->spread, calendar, stretch->days);
    }
    return err;
}

_Static_assert(SL_TARGET_STRETCHES_MAX <= INT64_MAX / SL_AMOUNT_MINOR_MAX, "parts never overflow");

static enum sl_err add_parts(struct sl_ledger *ledger,
                             const struct sl_day_calendar *calendar,
                             struct sl_target_days *target,
                             struct sl_arena *arena)
{
    for (size_t i = 0; i < target->count; i++) {
        enum sl_err err = fill_part(ledger, calendar, &target->stretches[i], arena);
        if (err != SL_OK) {
            return err;
        }
        target->amount += target->stretches[i].part;
    }
    return SL_OK;
}

/* Of a ratio. Without an amount that all days have in common there is no target. */
static void share_amount(struct sl_target_days *target)
{
    target->amount = target->stretches[0].stored.amount;
    for (size_t i = 0; i < target->count; i++) {
        target->stretches[i].part = target->stretches[i].stored.amount;
        if (target->stretches[i].part != target->amount) {
            *target = (struct sl_target_days){0};
        }
    }
}

static bool is_own(const struct sl_target_days *target, struct sl_period period)
{
    return target->count == 1 && target->stretches[0].stored.start == period.start.v &&
           target->stretches[0].stored.end == period.end.v;
}

/* The target that was set for just this period is by far the most common, and one look finds it. */
static size_t find_own(struct sl_ledger *ledger, const struct sl_target_ask *ask)
{
    struct sl_target_candidate *room = ledger->target_periods.candidates;
    struct sl_target_ref ref = {.period = sl_targets_period(ledger, ask->period),
                                .scope = ask->scope,
                                .measure = ask->measure,
                                .role = ask->role};
    bool has_room = ledger->target_periods.count > 0;
    return has_room && sl_targets_find(ledger, &ref, &room->row, &room->seq) ? 1 : 0;
}

enum sl_err sl_target_days_refuse(struct sl_diag *diag, const char *field)
{
    return sl_refuse(
        diag, SL_E_TOO_BIG, field,
        "a target is made of at most %u others, one has more; ask for a shorter period",
        SL_TARGET_STRETCHES_MAX);
}

enum sl_err sl_target_days_get(struct sl_ledger *ledger,
                               const struct sl_target_ask *ask,
                               struct sl_arena *arena,
                               struct sl_target_days *ret_target)
{
    struct sl_target_days target = {0};
    enum sl_err err = sl_target_periods_refresh(&ledger->target_periods, ledger->state);
    if (err != SL_OK) {
        return err;
    }
    struct candidates all = {.asked = ask->period, .count = find_own(ledger, ask)};
    if (all.count == 0) {
        all.count = find_candidates(ledger, ask);
    }
    all.items = ledger->target_periods.candidates;
    err = stretch_out(&all, NULL, &target.count);
    if (err != SL_OK || target.count == 0) {
        *ret_target = target;
        return err;
    }
    target.stretches = sl_arena_calloc(arena, target.count, sizeof *target.stretches);
    if (target.stretches == NULL) {
        return SL_E_NO_MEMORY;
    }
    err = stretch_out(&all, target.stretches, &target.count);
    if (err == SL_OK && ask->is_ratio) {
        share_amount(&target);
    } else if (err == SL_OK) {
        err = add_parts(ledger, ask->calendar, &target, arena);
    }
    if (err == SL_OK) {
        target.is_own = is_own(&target, ask->period);
        *ret_target = target;
    }
    return err;
}

enum sl_err
sl_target_days_read(struct sl_ledger *ledger, struct sl_target_days *target, struct sl_arena *arena)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; err == SL_OK && i < target->count; i++) {
        err = read_spread(ledger, &target->stretches[i], arena);
    }
    return err;
}
