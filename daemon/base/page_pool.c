/* Slabs are chained in the order they were made; `current` is the last one in use. */
#include "base/page_pool.h"

#include <sys/mman.h>

#include "sl/err.h"

#define SLAB_BYTES_MIN ((size_t)32 * 1024)
#define SLAB_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define SLAB_PAGES_MIN 16u

#define PAGE_ALIGNMENT 64u
#define SLAB_ALIGNMENT 4096u
#define HEADER_BYTES   PAGE_ALIGNMENT /* the slab's own words; a mapping begins at a page */

struct sl_slab {
    struct sl_slab *next;
    size_t bytes;
    uint32_t pages;
};

_Static_assert(sizeof(struct sl_slab) <= PAGE_ALIGNMENT,
               "a slab's words fit before its first page");

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) / to * to;
}

void sl_page_pool_init(struct sl_page_pool *pool, size_t page_bytes)
{
    *pool = (struct sl_page_pool){.page_bytes = round_up(page_bytes, PAGE_ALIGNMENT)};
}

static void free_chain(struct sl_slab *slab)
{
    while (slab != NULL) {
        struct sl_slab *next = slab->next;
        (void)munmap(slab, slab->bytes); /* cannot fail for a mapping of ours */
        slab = next;
    }
}

void sl_page_pool_deinit(struct sl_page_pool *pool)
{
    free_chain(pool->first);
    *pool = (struct sl_page_pool){0};
}

/* Frees the slabs behind the first `count`. */
static void trim(struct sl_page_pool *pool, uint32_t count)
{
    struct sl_slab **end = &pool->first;
    for (uint32_t i = 0; i < count; i++) {
        end = &(*end)->next;
    }
    free_chain(*end);
    *end = NULL;
    pool->slabs = count;
}

void sl_page_pool_clear(struct sl_page_pool *pool)
{
    uint32_t used = 0;
    for (struct sl_slab *slab = pool->first; pool->current != NULL; slab = slab->next) {
        used++;
        if (slab == pool->current) {
            break;
        }
    }
    if (used < pool->slabs) {
        trim(pool, pool->slabs - 1);
    }
    pool->current = pool->first;
    pool->taken = 0;
    pool->bytes = 0;
}

/* Taken from the system page by page, as it is written: whoever writes to a huge page first may wait five milliseconds for it. */
static struct sl_slab *slab_new(const struct sl_page_pool *pool, size_t bytes)
{
    size_t least = HEADER_BYTES + SLAB_PAGES_MIN * pool->page_bytes;
    bytes = round_up(bytes < least ? least : bytes, SLAB_ALIGNMENT);
    struct sl_slab *slab =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(slab, bytes, MADV_NOHUGEPAGE); /* a wish: the system may do as it likes */
    *slab = (struct sl_slab){.bytes = bytes,
                             .pages = (uint32_t)((bytes - HEADER_BYTES) / pool->page_bytes)};
    return slab;
}

bool sl_page_pool_reserve(struct sl_page_pool *pool, uint32_t pages)
{
    SL_ASSERT(pages <= SLAB_PAGES_MIN);
    struct sl_slab *current = pool->current;
    if (current != NULL && (current->pages - pool->taken >= pages || current->next != NULL)) {
        return true;
    }
    size_t bytes = SLAB_BYTES_MIN;
    if (current != NULL) {
        bytes = current->bytes * 2 > SLAB_BYTES_MAX ? SLAB_BYTES_MAX : current->bytes * 2;
    }
    struct sl_slab *slab = slab_new(pool, bytes);
    if (slab == NULL) {
        return false;
    }
    pool->slabs++;
    if (current == NULL) {
        pool->first = slab;
        pool->current = slab;
        pool->taken = 0;
    } else {
        current->next = slab;
    }
    return true;
}

void *sl_page_pool_take(struct sl_page_pool *pool)
{
    if (pool->taken == pool->current->pages) {
        pool->current = pool->current->next;
        pool->taken = 0;
        SL_ASSERT(pool->current != NULL);
    }
    uint8_t *slab = (uint8_t *)pool->current;
    void *page = slab + HEADER_BYTES + pool->taken * pool->page_bytes;
    pool->taken++;
    pool->bytes += pool->page_bytes;
    return page;
}

size_t sl_page_pool_bytes(const struct sl_page_pool *pool)
{
    return pool->bytes;
}
