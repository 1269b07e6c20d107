/* An ordered map in memory: 16-byte key to a row of fixed size. A B+tree on its own pool of pages.
 *
 *     key    hi, lo      two unsigned words; order is (hi, lo), the same as memcmp over 16 big-endian bytes
 *     row    row_size    bytes, 8-byte aligned, zero-filled when new
 *
 * Invariants:
 *   (1) iteration gives keys in strictly ascending order;
 *   (2) a row pointer stays valid until the next sl_map_put on the same map, or its clear or close;
 *   (3) memory only grows until sl_map_clear, which gives all pages back to the pool.
 * Puts in ascending order are cheap: the leaf of the last put is remembered. There is no removal: the layer above writes tombstones. One thread writes; when nobody writes any number may read. */
#ifndef SL_BASE_MAP_H
#define SL_BASE_MAP_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_key {
    uint64_t hi;
    uint64_t lo;
};

struct sl_map; /* opaque */

SL_MUST_CHECK enum sl_err sl_map_open(size_t row_size, struct sl_map **ret_map);
void sl_map_close(struct sl_map *map); /* NULL is fine */
void sl_map_clear(struct sl_map *map);

/* NULL if absent. */
void *sl_map_get(const struct sl_map *map, struct sl_key key);

/* The row of `key`, made zero-filled if absent. SL_E_NO_MEMORY leaves the map as it was. */
SL_MUST_CHECK enum sl_err
sl_map_put(struct sl_map *map, struct sl_key key, void **ret_row, bool *ret_is_new);

uint64_t sl_map_count(const struct sl_map *map);
size_t sl_map_bytes(const struct sl_map *map); /* memory held, pages and all */

/* A position; dies with the next put or clear. `row` is NULL when there is nothing there. */
struct sl_map_cursor {
    struct sl_key key;
    void *row;
    void *leaf;     /* private */
    uint32_t index; /* private */
};

/* First entry with key >= `from`. */
void sl_map_seek(const struct sl_map *map, struct sl_key from, struct sl_map_cursor *cursor);
/* Last entry with key <= `upto`. */
void sl_map_seek_last(const struct sl_map *map, struct sl_key upto, struct sl_map_cursor *cursor);
void sl_map_next(const struct sl_map *map, struct sl_map_cursor *cursor);
void sl_map_previous(const struct sl_map *map, struct sl_map_cursor *cursor);

int sl_key_compare(struct sl_key a, struct sl_key b);

#endif
