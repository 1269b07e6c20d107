/* Counts in an array: ids of targets are numbered from 1 without gaps. */
#include "projections/target_ids.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64u

void sl_target_ids_deinit(struct sl_target_ids *ids)
{
    free(ids->counts);
    *ids = (struct sl_target_ids){0};
}

void sl_target_ids_forget(struct sl_target_ids *ids)
{
    ids->is_fresh = false;
}

static bool make_room(struct sl_target_ids *ids, uint32_t number)
{
    uint32_t capacity = ids->capacity == 0 ? FIRST_CAPACITY : ids->capacity;
    while (capacity <= number) {
        capacity *= 2;
    }
    if (ids->counts != NULL && capacity == ids->capacity) {
        return true;
    }
    uint32_t *counts = realloc(ids->counts, capacity * sizeof *counts);
    if (counts == NULL) {
        return false;
    }
    memset(counts + ids->capacity, 0, (capacity - ids->capacity) * sizeof *counts);
    ids->counts = counts;
    ids->capacity = capacity;
    return true;
}

void sl_target_ids_change(struct sl_target_ids *ids, uint32_t number, int change)
{
    if (!ids->is_fresh || number == 0) {
        return;
    }
    if (!make_room(ids, number)) {
        ids->is_fresh = false; /* whoever asks next has it read again, or is told */
        return;
    }
    ids->counts[number] += (uint32_t)change;
}

static enum sl_err refresh(struct sl_target_ids *ids, struct sl_state *state)
{
    struct sl_state_cursor cursor;
    if (ids->counts != NULL) {
        memset(ids->counts, 0, ids->capacity * sizeof *ids->counts);
    }
    sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){0, 0}, &cursor);
    while (cursor.row != NULL) {
        uint32_t own = ((const struct sl_stored_target *)cursor.row)->own;
        if (!make_room(ids, own)) {
            return SL_E_NO_MEMORY;
        }
        ids->counts[own]++; /* number 0: those without one */
        sl_state_next(state, &cursor);
    }
    ids->is_fresh = true;
    return SL_OK;
}

enum sl_err sl_target_ids_find(struct sl_target_ids *ids,
                               struct sl_state *state,
                               uint32_t number,
                               bool *ret_has)
{
    enum sl_err err = ids->is_fresh ? SL_OK : refresh(ids, state);
    *ret_has = err == SL_OK && number < ids->capacity && ids->counts[number] > 0;
    return err;
}
