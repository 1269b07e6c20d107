/* The organisation in memory: people's units, the unit tree, products' lines, as resolved segments
 * of time.
 *
 *     defines    |── unit A ─────────────────▶          segments    |─ A ─|── B ──|── A ──▶
 *                      |── unit B ──|                  (ascending, no overlap, perhaps gaps)
 *
 * A cache over the masters table: dropped when one of these defines changes, built again by the
 * next question in one pass.
 *
 * Segments are lent: they die with the next sl_org_forget, sl_org_refresh or sl_org_deinit. */
#ifndef SL_PROJECTIONS_ORG_H
#define SL_PROJECTIONS_ORG_H

#include "projections/masters.h"

/* What holds from `from` up to, not including, `to`. Segments of one number are ascending and do
 * not overlap. */
struct sl_segment {
    int32_t from, to; /* days */
    struct sl_master_row row;
    sl_seq seq; /* of the define that holds */
};

struct sl_timeline {
    uint32_t first; /* index of the first segment */
    uint32_t count;
};

struct sl_timelines {
    struct sl_segment *segments; /* owned */
    size_t segment_count, segment_capacity;
    struct sl_timeline *lines; /* owned; by number, 0 to number_max */
    uint32_t number_max;
    bool is_fresh; /* says what the masters say */
};

struct sl_org {
    struct sl_timelines people, units, products;
    /* Owned; ascending, each once: on these a unit begins, ends, or gets another parent or manager. */
    int32_t *days;
    size_t day_count;
};

/* Resolves the rows of one number, and appends what holds when; the rows are used up. SL_E_NO_MEMORY:
 * segments may have been appended. */
SL_MUST_CHECK enum sl_err sl_timelines_add(struct sl_timelines *timelines,
                                           struct sl_master_list *list);
void sl_timelines_deinit(struct sl_timelines *timelines); /* zeroed is fine */

void sl_org_deinit(struct sl_org *org); /* zeroed is fine */
/* Forgets the timelines of an entity kind; kinds without any are fine. */
void sl_org_forget(struct sl_org *org, unsigned kind);
/* Builds what is not fresh. SL_E_NO_MEMORY: what could not be built stays not fresh and is empty or
 * cut short. */
SL_MUST_CHECK enum sl_err sl_org_refresh(struct sl_org *org, struct sl_state *state);

/* The segments of a number; none for an unknown one. */
const struct sl_segment *
sl_org_segments(const struct sl_timelines *timelines, uint32_t number, uint32_t *ret_count);
/* What holds on the day; NULL if nothing. */
const struct sl_segment *
sl_org_on(const struct sl_timelines *timelines, uint32_t number, sl_day day);
/* Its last segment, whether over or yet to begin; NULL if it has none. */
const struct sl_segment *sl_org_latest(const struct sl_timelines *timelines, uint32_t number);

/* The days of the period that lie in the segment; empty (start >= end) if none do. */
struct sl_period sl_segment_within(const struct sl_segment *segment, struct sl_period period);

/* Takes the first part of `rest` over which the unit tree and its managers stay as they are; `rest`, which is not
 * empty, becomes what follows. */
struct sl_period sl_org_next_part(const struct sl_org *org, struct sl_period *rest);

/* Levels from `unit` up to `root` on the day: 0 if they are the same, -1 if `root` is not above
 * it. */
int sl_org_depth(const struct sl_org *org, uint32_t unit, uint32_t root, sl_day day);

/* Is `unit` the same as `root` or below it on any of the days? */
bool sl_org_is_below(const struct sl_org *org, uint32_t unit, uint32_t root, struct sl_period days);

/* The unit and all above it on the day, nearest first; gives the count, at most
 * SL_UNIT_DEPTH_MAX. */
size_t sl_org_chain(const struct sl_org *org,
                    uint32_t unit,
                    sl_day day,
                    uint32_t ret_units[SL_UNIT_DEPTH_MAX]);

/* The next day after `day` on which the unit tree changes, managers included; INT32_MAX if never. */
int32_t sl_org_next_change(const struct sl_org *org, sl_day day);

#endif
