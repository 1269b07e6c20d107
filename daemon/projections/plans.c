/* Plan versions as rows, and their spans. */
#include "projections/plans.h"

struct version {
    uint32_t number;
    sl_seq seq;
    struct sl_plan_row row;
};

static struct sl_key plan_key(uint32_t plan, uint32_t version, sl_seq seq)
{
    return (struct sl_key){((uint64_t)plan << 32) | version, seq.v};
}

void sl_plans_put(struct sl_ledger *ledger, const struct sl_plan *plan, sl_seq seq, int sign)
{
    uint32_t number = sl_names_intern(&ledger->names, SL_ENTITY_PLAN, plan->id);
    struct sl_key key = plan_key(number, (uint32_t)plan->version, seq);
    if (sign < 0) {
        sl_state_remove(ledger->state, SL_TABLE_PLANS, key);
        return;
    }
    struct sl_plan_row *row = sl_state_upsert(ledger->state, SL_TABLE_PLANS, key);
    row->from = plan->valid_from.v;
    row->to = plan->valid_to.v == INT32_MIN ? INT32_MAX : plan->valid_to.v;
    row->is_published = plan->is_published;
}

/* The last event of each version, ascending; gives the count. */
static size_t
versions_of(struct sl_ledger *ledger, uint32_t plan, struct version versions[SL_PLAN_VERSIONS_MAX])
{
    struct sl_state_cursor cursor;
    size_t count = 0;
    sl_state_seek(ledger->state, SL_TABLE_PLANS, plan_key(plan, 0, (sl_seq){0}), &cursor);
    while (cursor.row != NULL && cursor.key.hi >> 32 == plan) {
        uint32_t number = (uint32_t)cursor.key.hi;
        if ((count == 0 || versions[count - 1].number != number) && count < SL_PLAN_VERSIONS_MAX) {
            count++;
        }
        versions[count - 1] =
            (struct version){number, {cursor.key.lo}, *(const struct sl_plan_row *)cursor.row};
        sl_state_next(ledger->state, &cursor);
    }
    return count;
}

uint32_t sl_plans_version_max(struct sl_ledger *ledger, uint32_t plan, bool *ret_is_published)
{
    struct version versions[SL_PLAN_VERSIONS_MAX];
    size_t count = plan != 0 ? versions_of(ledger, plan, versions) : 0;
    *ret_is_published = count > 0 && versions[count - 1].row.is_published != 0;
    return count > 0 ? versions[count - 1].number : 0;
}

/* The greatest published version that is valid on the day; NULL if none is. */
static const struct version *holder(const struct version *versions, size_t count, int32_t day)
{
    for (size_t i = count; i-- > 0;) {
        if (versions[i].row.is_published != 0 && versions[i].row.from <= day &&
            day < versions[i].row.to) {
            return &versions[i];
        }
    }
    return NULL;
}

/* The first day after `day` on which a published version begins or ends; a draft bounds nothing. */
static int32_t next_bound(const struct version *versions, size_t count, int32_t day)
{
    int32_t next = INT32_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct sl_plan_row *row = &versions[i].row;
        if (row->is_published != 0 && row->from > day && row->from < next) {
            next = row->from;
        }
        if (row->is_published != 0 && row->to > day && row->to < next) {
            next = row->to;
        }
    }
    return next;
}

/* The whole stretch from `day` on in which one version holds, or none. */
static struct sl_period
stretch_from(const struct version *versions, size_t count, const struct version *held, int32_t day)
{
    struct sl_period stretch = {{day}, {next_bound(versions, count, day)}};
    while (stretch.end.v != INT32_MAX && holder(versions, count, stretch.end.v) == held) {
        stretch.end.v = next_bound(versions, count, stretch.end.v);
    }
    return stretch;
}

size_t sl_plans_spans(struct sl_ledger *ledger,
                      uint32_t plan,
                      struct sl_period period,
                      struct sl_plan_span *ret_spans)
{
    struct version versions[SL_PLAN_VERSIONS_MAX];
    size_t version_count = versions_of(ledger, plan, versions);
    size_t count = 0;
    int32_t day = INT32_MIN;
    while (day < period.end.v) {
        const struct version *held = holder(versions, version_count, day);
        struct sl_period stretch = stretch_from(versions, version_count, held, day);
        if (held != NULL && stretch.end.v > period.start.v) {
            SL_ASSERT(count < SL_PLAN_SPANS_MAX); /* each version begins and ends once */
            ret_spans[count++] = (struct sl_plan_span){plan, held->seq, stretch};
        }
        day = stretch.end.v;
    }
    return count;
}

/* Does the person manage a unit on any of the days? */
static bool manages_any(struct sl_ledger *ledger, uint32_t person, struct sl_period days)
{
    const struct sl_timelines *units = &ledger->org.units;
    for (size_t i = 0; i < units->segment_count; i++) {
        const struct sl_segment *segment = &units->segments[i];
        if (segment->row.other == person && segment->from < days.end.v &&
            segment->to > days.start.v) {
            return true;
        }
    }
    return false;
}

/* Does this stretch of membership put the person below `root` on any of the days? */
static bool in_unit(struct sl_ledger *ledger,
                    const struct sl_segment *segment,
                    uint32_t root,
                    struct sl_period days)
{
    return sl_org_is_below(&ledger->org, segment->row.parent, root,
                           sl_segment_within(segment, days));
}

/* Does one line of the assignments mean the person on any of the days? */
static bool matches(struct sl_ledger *ledger,
                    const struct sl_assignee *assignee,
                    uint32_t person,
                    struct sl_period days)
{
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(&ledger->org.people, person, &count);
    uint32_t role = sl_names_find(&ledger->names, SL_NAME_ROLE, assignee->who);
    uint32_t unit = sl_names_find(&ledger->names, SL_ENTITY_UNIT, assignee->who);
    if (assignee->kind == SL_ASSIGNEE_EVERYONE) {
        return true;
    }
    if (assignee->kind == SL_ASSIGNEE_MANAGERS) {
        return manages_any(ledger, person, days);
    }
    if (assignee->kind == SL_ASSIGNEE_PERSON) {
        return sl_names_find(&ledger->names, SL_ENTITY_PERSON, assignee->who) == person;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool overlaps = segments[i].from < days.end.v && segments[i].to > days.start.v;
        bool is_it = assignee->kind == SL_ASSIGNEE_ROLE
                         ? role != 0 && segments[i].row.other == role
                         : unit != 0 && in_unit(ledger, &segments[i], unit, days);
        if (overlaps && is_it) {
            return true;
        }
    }
    return false;
}

bool sl_plans_assigned(struct sl_ledger *ledger,
                       const struct sl_plan *plan,
                       uint32_t person,
                       struct sl_period days)
{
    for (size_t i = 0; i < plan->assignee_count; i++) {
        if (matches(ledger, &plan->assignees[i], person, days)) {
            return true;
        }
    }
    return false;
}
