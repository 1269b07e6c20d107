/* Pages of one size, cut from slabs that double up to 2 MiB; all given back at once.
 *
 * A clear keeps the slabs that were in use since the last clear, and of the others all but one: a map that is filled and emptied in
 * turn, now more and now less, neither faults its memory in again each time nor holds its peak for ever. No more than one, because
 * giving two megabytes back takes a tenth of a millisecond, and maps are cleared between two answers. */
#ifndef SL_BASE_PAGE_POOL_H
#define SL_BASE_PAGE_POOL_H

#include "sl/types.h"

struct sl_slab;

struct sl_page_pool {
    size_t page_bytes; /* a multiple of 64 */
    struct sl_slab *first;
    struct sl_slab *current; /* pages are taken from here */
    uint32_t slabs;          /* all of them */
    uint32_t taken;          /* pages taken of the current slab */
    size_t bytes;            /* of all pages taken */
};

void sl_page_pool_init(struct sl_page_pool *pool, size_t page_bytes);
void sl_page_pool_deinit(struct sl_page_pool *pool);
void sl_page_pool_clear(struct sl_page_pool *pool);

/* Makes sure that the next `pages` takes succeed; at most 16. False when memory is exhausted. */
SL_MUST_CHECK bool sl_page_pool_reserve(struct sl_page_pool *pool, uint32_t pages);

/* A reserved page, 64-byte aligned, not cleared. */
void *sl_page_pool_take(struct sl_page_pool *pool);

size_t sl_page_pool_bytes(const struct sl_page_pool *pool);

#endif
