/* A map in memory for reading by key: 16-byte key to a row of fixed size. Open addressing over rows that never move.
 *
 *     slots    tag 24 │ round 8 │ item 32         a power of two of them, at most half of them used
 *     items    key │ row                          in the order they came
 *
 * A slot is free unless it is of the present round, so a clear begins a new round and need not touch the slots: with a layer that
 * would take a millisecond. Only every 255th does.
 *
 * The same keys and rows as a map (map.h), at two cache misses a look instead of a way down a tree. Order costs a sort, and so is for
 * whoever reads everything at once. No removal: the layer above writes tombstones. One thread writes; when nobody writes any number may read. */
#ifndef SL_BASE_HASHMAP_H
#define SL_BASE_HASHMAP_H

#include "base/map.h"

struct sl_hashmap; /* opaque */

SL_MUST_CHECK enum sl_err sl_hashmap_open(size_t row_size, struct sl_hashmap **ret_map);
void sl_hashmap_close(struct sl_hashmap *map); /* NULL is fine */
void sl_hashmap_clear(struct sl_hashmap *map); /* keeps the memory that was in use */

/* NULL if absent. A row stays where it is until clear or close. */
void *sl_hashmap_get(const struct sl_hashmap *map, struct sl_key key);

/* The row of `key`, made zero-filled if absent. SL_E_NO_MEMORY leaves the map as it was. */
SL_MUST_CHECK enum sl_err
sl_hashmap_put(struct sl_hashmap *map, struct sl_key key, void **ret_row, bool *ret_is_new);

/* Asks for the key's slot from memory, so that a look soon after need not wait for it. */
void sl_hashmap_prefetch(const struct sl_hashmap *map, struct sl_key key);
/* The same for its item, by way of the slot, which should be there by now. */
void sl_hashmap_prefetch_item(const struct sl_hashmap *map, struct sl_key key);

uint64_t sl_hashmap_count(const struct sl_hashmap *map);
size_t sl_hashmap_bytes(const struct sl_hashmap *map);

/* Items 0 to count - 1, in the order they came. */
struct sl_key sl_hashmap_key(const struct sl_hashmap *map, uint32_t item);
void *sl_hashmap_row(const struct sl_hashmap *map, uint32_t item);

/* The items' numbers in the order of their keys: `count` of them into *ret_order, which the caller frees. NULL when there are none.
 * SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_hashmap_sort(const struct sl_hashmap *map, uint32_t **ret_order);

#endif
