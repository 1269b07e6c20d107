/* Ordered reading: three sorted layers merged. At each step the smallest key wins; where layers hold the same key, the upper
 * one does, and a tombstone there hides the key altogether. */
#include <assert.h>
#include <string.h>

#include "store/state_impl.h"

struct merge {
    struct sl_layer_cursor active;
    struct sl_layer_cursor frozen;
    struct sl_disk_entry disk;
    uint64_t table;
};

static_assert(sizeof(struct merge) <= sizeof(((struct sl_state_cursor *)0)->private_words),
              "the merge lives inside the public cursor");

static struct merge *merge_of(struct sl_state_cursor *cursor)
{
    return (struct merge *)cursor->private_words;
}

static bool is_smaller(bool has, struct sl_key key, bool has_best, struct sl_key best)
{
    return has && (!has_best || sl_key_compare(key, best) < 0);
}

/* The smallest key of the three; false at the end of all. */
static bool smallest_key(const struct merge *merge, struct sl_key *ret_key)
{
    bool has = merge->active.row != NULL;
    struct sl_key best = merge->active.key;
    if (is_smaller(merge->frozen.row != NULL, merge->frozen.key, has, best)) {
        best = merge->frozen.key;
        has = true;
    }
    if (is_smaller(merge->disk.row != NULL, merge->disk.key, has, best)) {
        best = merge->disk.key;
        has = true;
    }
    *ret_key = best;
    return has;
}

static bool is_at(const void *row, struct sl_key key, struct sl_key wanted)
{
    return row != NULL && sl_key_compare(key, wanted) == 0;
}

/* The row the layers give for `key`; NULL if the upper one is a tombstone. */
static const void *visible_row(const struct merge *merge, struct sl_key key, size_t row_size)
{
    const void *row = NULL;
    if (is_at(merge->active.row, merge->active.key, key)) {
        row = merge->active.row;
    } else if (is_at(merge->frozen.row, merge->frozen.key, key)) {
        row = merge->frozen.row;
    } else {
        return merge->disk.row;
    }
    return sl_layer_is_tombstone(row, row_size) ? NULL : row;
}

static enum sl_err
step_past(struct sl_state *state, unsigned table, struct merge *merge, struct sl_key key)
{
    if (is_at(merge->active.row, merge->active.key, key)) {
        sl_layer_next(&state->tables[table].active, &merge->active);
    }
    if (is_at(merge->frozen.row, merge->frozen.key, key)) {
        sl_layer_next(&state->tables[table].frozen, &merge->frozen);
    }
    if (is_at(merge->disk.row, merge->disk.key, key)) {
        return sl_disk_next(&state->disk.tables[table], &merge->disk);
    }
    return SL_OK;
}

/* Stops at the first visible row from where the three stand. */
static void settle(struct sl_state *state, unsigned table, struct sl_state_cursor *cursor)
{
    struct merge *merge = merge_of(cursor);
    size_t row_size = state->tables[table].spec->row_size;
    enum sl_err err = SL_OK;
    cursor->row = NULL;
    while (err == SL_OK && smallest_key(merge, &cursor->key)) {
        cursor->row = visible_row(merge, cursor->key, row_size);
        if (cursor->row != NULL) {
            return;
        }
        err = step_past(state, table, merge, cursor->key);
    }
    if (err != SL_OK) {
        sl_state_fail_at(state, table, err);
    }
}

void sl_state_seek(struct sl_state *state,
                   unsigned table,
                   struct sl_key from,
                   struct sl_state_cursor *cursor)
{
    SL_ASSERT(table < state->table_count);
    struct merge *merge = merge_of(cursor);
    cursor->row = NULL;
    merge->table = table;
    if (state->error != SL_OK) {
        return;
    }
    enum sl_err err = sl_layer_seek(&state->tables[table].active, from, &merge->active);
    if (err == SL_OK) {
        err = sl_layer_seek(&state->tables[table].frozen, from, &merge->frozen);
    }
    if (err == SL_OK) {
        err = sl_disk_seek(&state->disk.tables[table], from, &merge->disk);
    }
    if (err != SL_OK) {
        sl_state_fail_at(state, table, err);
        return;
    }
    settle(state, table, cursor);
}

void sl_state_next(struct sl_state *state, struct sl_state_cursor *cursor)
{
    SL_ASSERT(cursor->row != NULL);
    cursor->row = NULL;
    if (state->error != SL_OK) {
        return;
    }
    struct merge *merge = merge_of(cursor);
    unsigned table = (unsigned)merge->table;
    enum sl_err err = step_past(state, table, merge, cursor->key);
    if (err != SL_OK) {
        sl_state_fail_at(state, table, err);
        return;
    }
    settle(state, table, cursor);
}

/* The largest key <= upto in any layer, tombstones included. */
static bool largest_key(struct sl_state *state,
                        unsigned table,
                        struct sl_key upto,
                        struct merge *merge,
                        struct sl_key *ret_key)
{
    enum sl_err err = sl_layer_seek_last(&state->tables[table].active, upto, &merge->active);
    if (err == SL_OK) {
        err = sl_layer_seek_last(&state->tables[table].frozen, upto, &merge->frozen);
    }
    if (err == SL_OK) {
        err = sl_disk_last(&state->disk.tables[table], upto, &merge->disk);
    }
    if (err != SL_OK) {
        sl_state_fail_at(state, table, err);
        return false;
    }
    bool has = merge->active.row != NULL;
    struct sl_key best = merge->active.key;
    if (merge->frozen.row != NULL && (!has || sl_key_compare(merge->frozen.key, best) > 0)) {
        best = merge->frozen.key;
        has = true;
    }
    if (merge->disk.row != NULL && (!has || sl_key_compare(merge->disk.key, best) > 0)) {
        best = merge->disk.key;
        has = true;
    }
    *ret_key = best;
    return has;
}

static bool step_down(struct sl_key *key)
{
    if (key->lo == 0 && key->hi == 0) {
        return false;
    }
    key->hi -= key->lo == 0;
    key->lo--;
    return true;
}

bool sl_state_last(struct sl_state *state,
                   unsigned table,
                   struct sl_key upto,
                   struct sl_key *ret_key,
                   const void **ret_row)
{
    SL_ASSERT(table < state->table_count);
    bool has_more = state->error == SL_OK;
    while (has_more) {
        struct merge merge;
        struct sl_key key;
        if (!largest_key(state, table, upto, &merge, &key)) {
            return false;
        }
        const void *row = visible_row(&merge, key, state->tables[table].spec->row_size);
        if (row != NULL) {
            *ret_key = key;
            *ret_row = row;
            return true;
        }
        upto = key;
        has_more = step_down(&upto);
    }
    return false;
}
