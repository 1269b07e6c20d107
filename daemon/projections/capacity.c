/* The magnitude of everything taken in. */
#include "projections/capacity.h"

static int64_t magnitude(int64_t value)
{
    return value < 0 ? -value : value;
}

_Static_assert(SL_CAPACITY_MAX <= INT64_MAX / (SL_OVERLAY_SHARE_PPM_MAX / SL_PPM),
               "ten times all there is still fits");

/* A line is at most 10^15 each way, and an event has at most SL_LINES_MAX of them. */
int64_t sl_capacity_magnitude(const struct sl_body *body)
{
    const struct sl_line *lines = NULL;
    size_t count = 0;
    int64_t sum = 0;
    if (body->type == SL_EVENT_QUOTE) {
        lines = body->u.quote.lines;
        count = body->u.quote.line_count;
    } else if (body->type == SL_EVENT_CLOSE) {
        lines = body->u.close.lines;
        count = body->u.close.line_count;
    }
    for (size_t i = 0; i < count; i++) {
        sum += magnitude(lines[i].amount_minor) + magnitude(lines[i].cost_minor) +
               magnitude(lines[i].quantity);
    }
    return sum;
}

int64_t sl_capacity_room(struct sl_ledger *ledger)
{
    const struct sl_counter_row *row =
        sl_state_get(ledger->state, SL_TABLE_COUNTERS, sl_key_entity(SL_ENTITY_NONE, 0));
    int64_t taken = row != NULL ? (int64_t)row->last : 0;
    return SL_CAPACITY_MAX - taken;
}

void sl_capacity_take(struct sl_ledger *ledger, const struct sl_body *body)
{
    int64_t sum = sl_capacity_magnitude(body);
    if (sum > 0) {
        struct sl_counter_row *row =
            sl_state_upsert(ledger->state, SL_TABLE_COUNTERS, sl_key_entity(SL_ENTITY_NONE, 0));
        row->last += (uint64_t)sum;
    }
}
