/* One memory layer of one table: an ordered map, or for tables that are only ever read by key a hash map.
 *
 * A layer row is the table's row, then one word that says whether it is a tombstone (state_layer.h). */
#ifndef SL_STORE_LAYER_H
#define SL_STORE_LAYER_H

#include "base/hashmap.h"
#include "base/map.h"

struct sl_layer {
    struct sl_map *map; /* one of the two */
    struct sl_hashmap *hash;
    uint32_t *order;      /* owned; of the hash map, for the owner's thread; NULL: none made */
    uint64_t order_count; /* how many there were when it was made */
};

SL_MUST_CHECK enum sl_err sl_layer_open(struct sl_layer *layer, size_t row_size, bool is_point);
void sl_layer_close(struct sl_layer *layer); /* zeroed is fine */
void sl_layer_clear(struct sl_layer *layer);

void *sl_layer_get(const struct sl_layer *layer, struct sl_key key);
SL_MUST_CHECK enum sl_err
sl_layer_put(struct sl_layer *layer, struct sl_key key, void **ret_row, bool *ret_is_new);
uint64_t sl_layer_count(const struct sl_layer *layer);
size_t sl_layer_bytes(const struct sl_layer *layer);

/* A position; dies with the next put or clear. `row` is NULL when there is nothing there. */
struct sl_layer_cursor {
    struct sl_key key;
    void *row;
    struct sl_map_cursor in_map;
    uint64_t at; /* in `order` */
    const uint32_t *order;
};

/* First entry with key >= from; last entry with key <= upto. SL_E_NO_MEMORY when a hash map cannot be sorted. The owner's thread. */
SL_MUST_CHECK enum sl_err
sl_layer_seek(struct sl_layer *layer, struct sl_key from, struct sl_layer_cursor *cursor);
SL_MUST_CHECK enum sl_err
sl_layer_seek_last(struct sl_layer *layer, struct sl_key upto, struct sl_layer_cursor *cursor);
void sl_layer_next(const struct sl_layer *layer, struct sl_layer_cursor *cursor);

/* Everything in order, on any thread while nobody writes: begin, then sl_layer_next until row is NULL, then end. */
SL_MUST_CHECK enum sl_err sl_layer_read_begin(const struct sl_layer *layer,
                                              struct sl_layer_cursor *cursor);
void sl_layer_read_end(struct sl_layer_cursor *cursor);

#endif
