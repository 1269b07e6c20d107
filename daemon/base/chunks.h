/* A list of items of one size that only grows at its end, in chunks: items never move while it does.
 *
 * One thread adds; what was there when it stopped adding any number may read. */
#ifndef SL_BASE_CHUNKS_H
#define SL_BASE_CHUNKS_H

#include "base/page_pool.h"

#define SL_CHUNK_ITEMS 256u

struct sl_chunks {
    size_t item_bytes;
    size_t count;
    struct sl_page_pool memory; /* a chunk is a page of it */
    uint8_t **chunks;           /* owned; SL_CHUNK_ITEMS items each */
    size_t chunk_count, chunk_capacity;
};

void sl_chunks_init(struct sl_chunks *list, size_t item_bytes);
void sl_chunks_deinit(struct sl_chunks *list); /* and empty again, ready for use */

/* Room for one more item, not cleared; NULL when memory is exhausted, and the list as it was. */
void *sl_chunks_add(struct sl_chunks *list);

/* Forgets all items; keeps the memory they took since the last clear, and gives back a piece of what was kept beyond it. */
void sl_chunks_clear(struct sl_chunks *list);

/* Forgets the items from `count` on; keeps the memory. */
void sl_chunks_truncate(struct sl_chunks *list, size_t count);

size_t sl_chunks_bytes(const struct sl_chunks *list); /* of the items */

static inline const void *sl_chunks_at(const struct sl_chunks *list, size_t at)
{
    return list->chunks[at / SL_CHUNK_ITEMS] + at % SL_CHUNK_ITEMS * list->item_bytes;
}

#endif
