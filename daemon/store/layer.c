/* A layer over either kind of map. */
#include "store/layer.h"

#include <stdlib.h>

enum sl_err sl_layer_open(struct sl_layer *layer, size_t row_size, bool is_point)
{
    *layer = (struct sl_layer){0};
    return is_point ? sl_hashmap_open(row_size, &layer->hash) : sl_map_open(row_size, &layer->map);
}

static void forget_order(struct sl_layer *layer)
{
    free(layer->order);
    layer->order = NULL;
    layer->order_count = 0;
}

void sl_layer_close(struct sl_layer *layer)
{
    forget_order(layer);
    sl_map_close(layer->map);
    sl_hashmap_close(layer->hash);
    *layer = (struct sl_layer){0};
}

void sl_layer_clear(struct sl_layer *layer)
{
    forget_order(layer);
    if (layer->map != NULL) {
        sl_map_clear(layer->map);
    } else {
        sl_hashmap_clear(layer->hash);
    }
}

void *sl_layer_get(const struct sl_layer *layer, struct sl_key key)
{
    return layer->map != NULL ? sl_map_get(layer->map, key) : sl_hashmap_get(layer->hash, key);
}

enum sl_err
sl_layer_put(struct sl_layer *layer, struct sl_key key, void **ret_row, bool *ret_is_new)
{
    return layer->map != NULL ? sl_map_put(layer->map, key, ret_row, ret_is_new)
                              : sl_hashmap_put(layer->hash, key, ret_row, ret_is_new);
}

uint64_t sl_layer_count(const struct sl_layer *layer)
{
    return layer->map != NULL ? sl_map_count(layer->map) : sl_hashmap_count(layer->hash);
}

size_t sl_layer_bytes(const struct sl_layer *layer)
{
    return layer->map != NULL ? sl_map_bytes(layer->map) : sl_hashmap_bytes(layer->hash);
}

/* Keys are never removed, so an order is stale only when there are more. */
static enum sl_err refresh_order(struct sl_layer *layer)
{
    if (layer->order_count == sl_hashmap_count(layer->hash)) {
        return SL_OK;
    }
    forget_order(layer);
    enum sl_err err = sl_hashmap_sort(layer->hash, &layer->order);
    layer->order_count = err == SL_OK ? sl_hashmap_count(layer->hash) : 0;
    return err;
}

static void take_from_map(struct sl_layer_cursor *cursor)
{
    cursor->key = cursor->in_map.key;
    cursor->row = cursor->in_map.row;
}

static void take_from_hash(const struct sl_layer *layer, struct sl_layer_cursor *cursor)
{
    cursor->row = NULL;
    if (cursor->at < sl_hashmap_count(layer->hash)) {
        uint32_t item = cursor->order[cursor->at];
        cursor->key = sl_hashmap_key(layer->hash, item);
        cursor->row = sl_hashmap_row(layer->hash, item);
    }
}

/* How many keys are below the bound, or with `is_upto` not above it. */
static uint64_t count_below(const struct sl_layer *layer, struct sl_key bound, bool is_upto)
{
    uint64_t low = 0;
    uint64_t high = layer->order_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = sl_key_compare(sl_hashmap_key(layer->hash, layer->order[middle]), bound);
        if (order < 0 || (is_upto && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum sl_err
sl_layer_seek(struct sl_layer *layer, struct sl_key from, struct sl_layer_cursor *cursor)
{
    cursor->row = NULL;
    if (layer->map != NULL) {
        sl_map_seek(layer->map, from, &cursor->in_map);
        take_from_map(cursor);
        return SL_OK;
    }
    enum sl_err err = refresh_order(layer);
    if (err == SL_OK) {
        cursor->order = layer->order;
        cursor->at = count_below(layer, from, false);
        take_from_hash(layer, cursor);
    }
    return err;
}

enum sl_err
sl_layer_seek_last(struct sl_layer *layer, struct sl_key upto, struct sl_layer_cursor *cursor)
{
    cursor->row = NULL;
    if (layer->map != NULL) {
        sl_map_seek_last(layer->map, upto, &cursor->in_map);
        take_from_map(cursor);
        return SL_OK;
    }
    enum sl_err err = refresh_order(layer);
    if (err == SL_OK) {
        cursor->order = layer->order;
        cursor->at = count_below(layer, upto, true) - 1; /* none: far beyond the last */
        take_from_hash(layer, cursor);
    }
    return err;
}

void sl_layer_next(const struct sl_layer *layer, struct sl_layer_cursor *cursor)
{
    if (layer->map != NULL) {
        sl_map_next(layer->map, &cursor->in_map);
        take_from_map(cursor);
    } else {
        cursor->at++;
        take_from_hash(layer, cursor);
    }
}

enum sl_err sl_layer_read_begin(const struct sl_layer *layer, struct sl_layer_cursor *cursor)
{
    *cursor = (struct sl_layer_cursor){0};
    if (layer->map != NULL) {
        sl_map_seek(layer->map, (struct sl_key){0, 0}, &cursor->in_map);
        take_from_map(cursor);
        return SL_OK;
    }
    uint32_t *order;
    enum sl_err err = sl_hashmap_sort(layer->hash, &order);
    if (err == SL_OK) {
        cursor->order = order;
        take_from_hash(layer, cursor);
    }
    return err;
}

void sl_layer_read_end(struct sl_layer_cursor *cursor)
{
    free((uint32_t *)(uintptr_t)cursor->order);
    cursor->order = NULL;
}
