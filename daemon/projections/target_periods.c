/* The periods of the targets table, one look each. */
#include "projections/target_periods.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64u

void sl_target_periods_deinit(struct sl_target_periods *periods)
{
    free(periods->items);
    free(periods->candidates);
    *periods = (struct sl_target_periods){0};
}

void sl_target_periods_forget(struct sl_target_periods *periods)
{
    periods->is_fresh = false;
}

static bool make_room(struct sl_target_periods *periods)
{
    if (periods->count < periods->capacity) {
        return true;
    }
    size_t capacity = periods->capacity == 0 ? FIRST_CAPACITY : periods->capacity * 2;
    struct sl_target_period *items = realloc(periods->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    periods->items = items;
    struct sl_target_candidate *candidates =
        realloc(periods->candidates, capacity * sizeof *candidates);
    if (candidates == NULL) {
        return false;
    }
    periods->candidates = candidates;
    periods->capacity = capacity;
    return true;
}

enum sl_err sl_target_periods_refresh(struct sl_target_periods *periods, struct sl_state *state)
{
    struct sl_state_cursor cursor;
    if (periods->is_fresh) {
        return SL_OK;
    }
    periods->count = 0;
    sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){0, 0}, &cursor);
    while (cursor.row != NULL) {
        const struct sl_stored_target *row = cursor.row;
        uint64_t number = cursor.key.hi >> 32;
        if (!make_room(periods)) {
            return SL_E_NO_MEMORY;
        }
        periods->items[periods->count++] =
            (struct sl_target_period){(uint32_t)number, {{row->start}, {row->end}}};
        sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){(number + 1) << 32, 0}, &cursor);
    }
    periods->is_fresh = true;
    return SL_OK;
}
