/* Timelines of people, units and products, resolved from the masters table. */
#include "projections/org.h"

#include <stdlib.h>

static struct sl_timelines *timelines_of(struct sl_org *org, unsigned kind)
{
    switch (kind) {
    case SL_ENTITY_PERSON: return &org->people;
    case SL_ENTITY_UNIT: return &org->units;
    case SL_ENTITY_PRODUCT: return &org->products;
    default: return NULL;
    }
}

void sl_timelines_deinit(struct sl_timelines *timelines)
{
    free(timelines->segments);
    free(timelines->lines);
    *timelines = (struct sl_timelines){0};
}

void sl_org_deinit(struct sl_org *org)
{
    sl_timelines_deinit(&org->people);
    sl_timelines_deinit(&org->units);
    sl_timelines_deinit(&org->products);
    free(org->days);
    org->days = NULL;
    org->day_count = 0;
}

void sl_org_forget(struct sl_org *org, unsigned kind)
{
    struct sl_timelines *timelines = timelines_of(org, kind);
    if (timelines != NULL) {
        timelines->is_fresh = false;
    }
}

static enum sl_err push(struct sl_timelines *timelines, const struct sl_segment *segment)
{
    if (timelines->segment_count == timelines->segment_capacity) {
        size_t capacity = timelines->segment_capacity * 2 + 256;
        struct sl_segment *grown = realloc(timelines->segments, capacity * sizeof *grown);
        if (grown == NULL) {
            return SL_E_NO_MEMORY;
        }
        timelines->segments = grown;
        timelines->segment_capacity = capacity;
    }
    timelines->segments[timelines->segment_count++] = *segment;
    return SL_OK;
}

/* Of the rows that have begun and not ended the last one holds. Those that wait for it to end are kept, the last on top, where the
 * rows have been read already. */
enum sl_err sl_timelines_add(struct sl_timelines *timelines, struct sl_master_list *list)
{
    struct sl_master *rows = list->rows;
    enum sl_err err = SL_OK;
    size_t read = 0;
    size_t held = 0;
    int32_t day = INT32_MIN;
    while (err == SL_OK && day < INT32_MAX) {
        while (read < list->count && rows[read].row.from <= day) {
            rows[held++] = rows[read++];
        }
        while (held > 0 && rows[held - 1].row.to <= day) {
            held--;
        }
        int32_t next = read < list->count ? rows[read].row.from : INT32_MAX;
        if (held > 0) {
            const struct sl_master *top = &rows[held - 1];
            next = top->row.to < next ? top->row.to : next;
            err = push(timelines, &(struct sl_segment){day, next, top->row, top->seq});
        }
        day = next;
    }
    return err;
}

static enum sl_err build(struct sl_timelines *timelines, struct sl_state *state, unsigned kind)
{
    const struct sl_counter_row *counter =
        sl_state_get(state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    uint32_t number_max = counter != NULL ? (uint32_t)counter->last : 0;
    struct sl_timeline *lines = calloc((size_t)number_max + 1, sizeof *lines);
    struct sl_master_list rows = {0};
    enum sl_err err = lines == NULL ? SL_E_NO_MEMORY : SL_OK;
    free(timelines->lines);
    timelines->lines = lines;
    timelines->number_max = lines != NULL ? number_max : 0;
    timelines->segment_count = 0;
    for (uint32_t number = 1; err == SL_OK && number <= number_max; number++) {
        lines[number].first = (uint32_t)timelines->segment_count;
        err = sl_masters_read(state, kind, number, &rows);
        if (err == SL_OK) {
            err = sl_timelines_add(timelines, &rows);
        }
        lines[number].count = (uint32_t)timelines->segment_count - lines[number].first;
    }
    sl_master_list_deinit(&rows);
    timelines->is_fresh = err == SL_OK;
    return err;
}

static int compare_days(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

/* A define that says of parent and manager what the one before it said changes no tree. */
static bool goes_on(const struct sl_segment *before, const struct sl_segment *after)
{
    return before->to == after->from && before->row.parent == after->row.parent &&
           before->row.other == after->row.other;
}

/* The days, not in order, on which a unit's segments begin or end and make a difference. */
static size_t
add_days(const struct sl_segment *segments, uint32_t count, int32_t *days, size_t day_count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || !goes_on(&segments[i - 1], &segments[i])) {
            days[day_count++] = segments[i].from;
        }
        if (i + 1 == count || segments[i + 1].from > segments[i].to) {
            days[day_count++] = segments[i].to;
        }
    }
    return day_count;
}

static enum sl_err build_days(struct sl_org *org)
{
    size_t count = 0;
    int32_t *days = realloc(org->days, (org->units.segment_count * 2 + 1) * sizeof *days);
    if (days == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (uint32_t unit = 1; unit <= org->units.number_max; unit++) {
        const struct sl_timeline *line = &org->units.lines[unit];
        if (line->count > 0) {
            count = add_days(&org->units.segments[line->first], line->count, days, count);
        }
    }
    qsort(days, count, sizeof *days, compare_days);
    org->days = days;
    org->day_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || days[i] != days[i - 1]) {
            days[org->day_count++] = days[i];
        }
    }
    return SL_OK;
}

static enum sl_err refresh_units(struct sl_org *org, struct sl_state *state)
{
    if (org->units.is_fresh) {
        return SL_OK;
    }
    enum sl_err err = build(&org->units, state, SL_ENTITY_UNIT);
    if (err == SL_OK) {
        err = build_days(org);
    }
    org->units.is_fresh = err == SL_OK;
    return err;
}

enum sl_err sl_org_refresh(struct sl_org *org, struct sl_state *state)
{
    enum sl_err err = refresh_units(org, state);
    if (err == SL_OK && !org->people.is_fresh) {
        err = build(&org->people, state, SL_ENTITY_PERSON);
    }
    if (err == SL_OK && !org->products.is_fresh) {
        err = build(&org->products, state, SL_ENTITY_PRODUCT);
    }
    return err;
}

const struct sl_segment *
sl_org_segments(const struct sl_timelines *timelines, uint32_t number, uint32_t *ret_count)
{
    *ret_count = 0;
    if (number == 0 || number > timelines->number_max || timelines->lines[number].count == 0) {
        return NULL;
    }
    *ret_count = timelines->lines[number].count;
    return &timelines->segments[timelines->lines[number].first];
}

const struct sl_segment *
sl_org_on(const struct sl_timelines *timelines, uint32_t number, sl_day day)
{
    uint32_t begun = 0; /* segments before it have begun by the day, those from `end` on have not */
    uint32_t end;
    const struct sl_segment *segments = sl_org_segments(timelines, number, &end);
    while (begun < end) {
        uint32_t middle = begun + (end - begun) / 2;
        if (segments[middle].from <= day.v) {
            begun = middle + 1;
        } else {
            end = middle;
        }
    }
    return begun > 0 && day.v < segments[begun - 1].to ? &segments[begun - 1] : NULL;
}

const struct sl_segment *sl_org_latest(const struct sl_timelines *timelines, uint32_t number)
{
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(timelines, number, &count);
    return count > 0 ? &segments[count - 1] : NULL;
}

struct sl_period sl_segment_within(const struct sl_segment *segment, struct sl_period period)
{
    struct sl_period within = {
        {segment->from > period.start.v ? segment->from : period.start.v},
        {segment->to < period.end.v ? segment->to : period.end.v},
    };
    return within;
}

size_t sl_org_chain(const struct sl_org *org,
                    uint32_t unit,
                    sl_day day,
                    uint32_t ret_units[SL_UNIT_DEPTH_MAX])
{
    size_t count = 0;
    while (unit != 0 && count < SL_UNIT_DEPTH_MAX) {
        ret_units[count++] = unit;
        const struct sl_segment *segment = sl_org_on(&org->units, unit, day);
        unit = segment != NULL ? segment->row.parent : 0;
    }
    return count;
}

int sl_org_depth(const struct sl_org *org, uint32_t unit, uint32_t root, sl_day day)
{
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    size_t count = sl_org_chain(org, unit, day, chain);
    for (size_t i = 0; i < count; i++) {
        if (chain[i] == root) {
            return (int)i;
        }
    }
    return -1;
}

int32_t sl_org_next_change(const struct sl_org *org, sl_day day)
{
    size_t past = 0; /* the days before it are not after the day, those from `end` on are */
    size_t end = org->day_count;
    while (past < end) {
        size_t middle = past + (end - past) / 2;
        if (org->days[middle] <= day.v) {
            past = middle + 1;
        } else {
            end = middle;
        }
    }
    return past < org->day_count ? org->days[past] : INT32_MAX;
}

struct sl_period sl_org_next_part(const struct sl_org *org, struct sl_period *rest)
{
    struct sl_period part = *rest;
    int32_t change = sl_org_next_change(org, rest->start);
    part.end.v = change < rest->end.v ? change : rest->end.v;
    rest->start = part.end;
    return part;
}

bool sl_org_is_below(const struct sl_org *org, uint32_t unit, uint32_t root, struct sl_period days)
{
    for (sl_day day = days.start; day.v < days.end.v; day.v = sl_org_next_change(org, day)) {
        if (sl_org_depth(org, unit, root, day) >= 0) {
            return true;
        }
    }
    return false;
}
