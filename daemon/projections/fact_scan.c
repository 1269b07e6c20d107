/* Walking the facts table: slices a person has nothing in are jumped over. */
#include "projections/fact_scan.h"

static struct sl_period cut_to_all(struct sl_period period)
{
    struct sl_period all = sl_period_all();
    period.start.v = period.start.v < all.start.v ? all.start.v : period.start.v;
    period.end.v = period.end.v > all.end.v ? all.end.v : period.end.v;
    return period;
}

/* The day of a slice to look from: its first, or the period's first. */
static sl_day day_to_look_from(const struct sl_fact_scan *scan, int32_t slice)
{
    sl_day start = sl_fact_slice_start(slice);
    return start.v < scan->period.start.v ? scan->period.start : start;
}

/* Takes the cursor's fact, if it is one of those looked for; else gives the slice to look in next, or false at the end. */
static bool take(struct sl_fact_scan *scan, int32_t *ret_slice)
{
    struct sl_key key = scan->cursor.key;
    if (scan->cursor.row == NULL) {
        return false;
    }
    uint32_t person = sl_key_fact_person(key);
    sl_day day = sl_key_fact_day(key);
    int32_t slice = sl_key_fact_slice(key);
    if (slice > sl_fact_slice((sl_day){scan->period.end.v - 1})) {
        return false;
    }
    bool is_of_person = !scan->is_of_one || person == scan->person;
    if (is_of_person && sl_period_contains(scan->period, day)) {
        scan->key = key;
        scan->row = scan->cursor.row;
        return false;
    }
    bool is_past = scan->is_of_one && (person > scan->person || is_of_person);
    *ret_slice = is_past ? slice + 1 : slice;
    return true;
}

/* Goes on to the next fact of the one person, from where the cursor stands. */
static void look_for_person(struct sl_state *state, struct sl_fact_scan *scan)
{
    int32_t slice;
    while (take(scan, &slice)) {
        sl_day from = day_to_look_from(scan, slice);
        if (from.v >= scan->period.end.v) {
            return;
        }
        sl_state_seek(state, SL_TABLE_FACTS, sl_key_facts_from(scan->person, from), &scan->cursor);
    }
}

/* Facts of the first and last slice may lie outside the period: they are passed by. */
static void look_for_any(struct sl_state *state, struct sl_fact_scan *scan)
{
    int32_t slice;
    while (take(scan, &slice)) {
        sl_state_next(state, &scan->cursor);
    }
}

static void look(struct sl_state *state, struct sl_fact_scan *scan)
{
    scan->row = NULL;
    if (scan->is_of_one) {
        look_for_person(state, scan);
    } else {
        look_for_any(state, scan);
    }
}

static void begin(struct sl_state *state, struct sl_period period, struct sl_fact_scan *scan)
{
    scan->row = NULL;
    scan->period = cut_to_all(period);
    if (scan->period.start.v < scan->period.end.v) {
        sl_day from = scan->is_of_one ? scan->period.start
                                      : sl_fact_slice_start(sl_fact_slice(scan->period.start));
        sl_state_seek(state, SL_TABLE_FACTS, sl_key_facts_from(scan->person, from), &scan->cursor);
        look(state, scan);
    }
}

void sl_fact_scan_person(struct sl_state *state,
                         uint32_t person,
                         struct sl_period period,
                         struct sl_fact_scan *ret_scan)
{
    ret_scan->person = person;
    ret_scan->is_of_one = true;
    begin(state, period, ret_scan);
}

void sl_fact_scan_all(struct sl_state *state,
                      struct sl_period period,
                      struct sl_fact_scan *ret_scan)
{
    ret_scan->person = 0;
    ret_scan->is_of_one = false;
    begin(state, period, ret_scan);
}

void sl_fact_scan_next(struct sl_state *state, struct sl_fact_scan *scan)
{
    SL_ASSERT(scan->row != NULL);
    sl_state_next(state, &scan->cursor);
    look(state, scan);
}

/* The last key that the person can have in the slice of the day before `end`, up to that day. */
static struct sl_key last_key(uint32_t person, sl_day end)
{
    struct sl_key key = sl_key_facts_from(person, (sl_day){end.v - 1});
    key.lo = UINT64_MAX;
    return key;
}

bool sl_fact_last_slice(struct sl_state *state, struct sl_period period, struct sl_period *ret_days)
{
    struct sl_key key;
    const void *row;
    period = cut_to_all(period);
    if (period.start.v >= period.end.v ||
        !sl_state_last(state, SL_TABLE_FACTS, last_key(SL_FACT_PERSON_MAX, period.end), &key,
                       &row)) {
        return false;
    }
    int32_t slice = sl_key_fact_slice(key);
    struct sl_period days = {sl_fact_slice_start(slice), sl_fact_slice_start(slice + 1)};
    days.start.v = days.start.v > period.start.v ? days.start.v : period.start.v;
    days.end.v = days.end.v < period.end.v ? days.end.v : period.end.v;
    *ret_days = days;
    return days.start.v < days.end.v;
}

const struct sl_fact_row *sl_fact_last(struct sl_state *state,
                                       uint32_t person,
                                       struct sl_period period,
                                       struct sl_key upto,
                                       struct sl_key *ret_key)
{
    struct sl_key key;
    const void *row;
    period = cut_to_all(period);
    if (period.start.v >= period.end.v) {
        return NULL;
    }
    int32_t first = sl_fact_slice(period.start);
    struct sl_key last = last_key(person, period.end);
    upto = sl_key_compare(upto, last) < 0 ? upto : last;
    while (sl_state_last(state, SL_TABLE_FACTS, upto, &key, &row)) {
        uint32_t found = sl_key_fact_person(key);
        int32_t slice = sl_key_fact_slice(key);
        if (found == person && sl_key_fact_day(key).v >= period.start.v) {
            *ret_key = key;
            return row;
        }
        /* Nothing of the person in the slice found if what lies before is of a lower one. */
        slice -= found < person;
        if (found == person || slice < first) {
            return NULL;
        }
        upto = last_key(person, sl_fact_slice_start(slice + 1));
    }
    return NULL;
}
