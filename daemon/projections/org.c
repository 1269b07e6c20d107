/* Timelines of people, units and products, resolved from the masters table. */
#include "projections/org.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_FIRST 64u /* room for one number's rows, doubled when it is not enough */

static struct sl_timelines *timelines_of(struct sl_org *org, unsigned kind)
{
    switch (kind) {
    case SL_ENTITY_PERSON: return &org->people;
    case SL_ENTITY_UNIT: return &org->units;
    case SL_ENTITY_PRODUCT: return &org->products;
    default: return NULL;
    }
}

void sl_org_deinit(struct sl_org *org)
{
    struct sl_timelines *all[] = {&org->people, &org->units, &org->products};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]->segments);
        free(all[i]->lines);
        *all[i] = (struct sl_timelines){0};
    }
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

/* Of rows in order of (from, seq), the last one that has begun and not ended on the day. */
static const struct sl_master *holder(const struct sl_master *rows, size_t count, int32_t day)
{
    for (size_t i = count; i-- > 0;) {
        if (rows[i].row.from <= day && day < rows[i].row.to) {
            return &rows[i];
        }
    }
    return NULL;
}

/* The first day after `day` on which any row begins or ends. */
static int32_t next_bound(const struct sl_master *rows, size_t count, int32_t day)
{
    int32_t next = INT32_MAX;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].row.from > day && rows[i].row.from < next) {
            next = rows[i].row.from;
        }
        if (rows[i].row.to > day && rows[i].row.to < next) {
            next = rows[i].row.to;
        }
    }
    return next;
}

/* One number's rows, which may overlap, as segments, which do not. */
static enum sl_err
resolve(struct sl_timelines *timelines, const struct sl_master *rows, size_t count)
{
    enum sl_err err = SL_OK;
    int32_t day = INT32_MIN;
    while (err == SL_OK && day < INT32_MAX) {
        int32_t next = next_bound(rows, count, day);
        const struct sl_master *row = holder(rows, count, day);
        if (row != NULL) {
            struct sl_segment segment = {day, next, row->row, row->seq};
            err = push(timelines, &segment);
        }
        day = next;
    }
    return err;
}

/* All rows of one number, in a buffer that grows. */
struct row_buf {
    struct sl_master *rows;
    size_t capacity;
};

static enum sl_err read_rows(
    struct sl_state *state, unsigned kind, uint32_t number, struct row_buf *buf, size_t *ret_count)
{
    for (;;) {
        size_t count =
            buf->rows == NULL ? 0 : sl_masters_all(state, kind, number, buf->capacity, buf->rows);
        if (buf->rows != NULL && count < buf->capacity) {
            *ret_count = count;
            return SL_OK;
        }
        size_t capacity = buf->rows == NULL ? ROWS_FIRST : buf->capacity * 2;
        struct sl_master *grown = realloc(buf->rows, capacity * sizeof *grown);
        if (grown == NULL) {
            return SL_E_NO_MEMORY;
        }
        *buf = (struct row_buf){grown, capacity};
    }
}

static enum sl_err build(struct sl_timelines *timelines, struct sl_state *state, unsigned kind)
{
    const struct sl_counter_row *counter =
        sl_state_get(state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    uint32_t number_max = counter != NULL ? (uint32_t)counter->last : 0;
    struct sl_timeline *lines = calloc((size_t)number_max + 1, sizeof *lines);
    struct row_buf buf = {NULL, 0};
    enum sl_err err = lines == NULL ? SL_E_NO_MEMORY : SL_OK;
    free(timelines->lines);
    timelines->lines = lines;
    timelines->number_max = lines != NULL ? number_max : 0;
    timelines->segment_count = 0;
    for (uint32_t number = 1; err == SL_OK && number <= number_max; number++) {
        size_t count = 0;
        lines[number].first = (uint32_t)timelines->segment_count;
        err = read_rows(state, kind, number, &buf, &count);
        if (err == SL_OK) {
            err = resolve(timelines, buf.rows, count);
        }
        lines[number].count = (uint32_t)timelines->segment_count - lines[number].first;
    }
    free(buf.rows);
    timelines->is_fresh = err == SL_OK;
    return err;
}

enum sl_err sl_org_refresh(struct sl_org *org, struct sl_state *state)
{
    const struct {
        struct sl_timelines *timelines;
        unsigned kind;
    } all[] = {{&org->people, SL_ENTITY_PERSON},
               {&org->units, SL_ENTITY_UNIT},
               {&org->products, SL_ENTITY_PRODUCT}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        enum sl_err err =
            all[i].timelines->is_fresh ? SL_OK : build(all[i].timelines, state, all[i].kind);
        if (err != SL_OK) {
            return err;
        }
    }
    return SL_OK;
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
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(timelines, number, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (segments[i].from <= day.v && day.v < segments[i].to) {
            return &segments[i];
        }
    }
    return NULL;
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
    int32_t next = INT32_MAX;
    for (size_t i = 0; i < org->units.segment_count; i++) {
        const struct sl_segment *segment = &org->units.segments[i];
        if (segment->from > day.v && segment->from < next) {
            next = segment->from;
        }
        if (segment->to > day.v && segment->to < next) {
            next = segment->to;
        }
    }
    return next;
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
