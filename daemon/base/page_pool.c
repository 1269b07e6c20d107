/* Slabs are chained in the order they were made; `current` is the last one in use. */
#include "base/page_pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "sl/err.h"

#define SLAB_BYTES_MIN ((size_t)32 * 1024)
#define SLAB_BYTES_MAX ((size_t)2 * 1024 * 1024) /* one huge page */
#define SLAB_PAGES_MIN 16u
#define PAGE_ALIGNMENT 64u
#define SLAB_ALIGNMENT 4096u

struct sl_slab {
    struct sl_slab *next;
    size_t bytes;
    uint32_t pages;
    bool is_mapped; /* or else from malloc */
};

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
        if (slab->is_mapped) {
            (void)munmap(slab, slab->bytes); /* cannot fail for a mapping of ours */
        } else {
            free(slab);
        }
        slab = next;
    }
}

void sl_page_pool_deinit(struct sl_page_pool *pool)
{
    free_chain(pool->first);
    *pool = (struct sl_page_pool){0};
}

void sl_page_pool_clear(struct sl_page_pool *pool)
{
    if (pool->current != NULL) {
        free_chain(pool->current->next);
        pool->current->next = NULL;
    }
    pool->current = pool->first;
    pool->taken = 0;
    pool->bytes = 0;
}

/* One huge page, at an address where the kernel can make it one: that saves most TLB misses of a large map. */
static void *map_huge(void)
{
    size_t bytes = 2 * SLAB_BYTES_MAX;
    uint8_t *wide = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (wide == MAP_FAILED) {
        return NULL;
    }
    size_t before = (SLAB_BYTES_MAX - (uintptr_t)wide % SLAB_BYTES_MAX) % SLAB_BYTES_MAX;
    if (before > 0) {
        (void)munmap(wide, before);
    }
    (void)munmap(wide + before + SLAB_BYTES_MAX, bytes - SLAB_BYTES_MAX - before);
    (void)madvise(wide + before, SLAB_BYTES_MAX, MADV_HUGEPAGE); /* a wish only */
    return wide + before;
}

static struct sl_slab *slab_new(const struct sl_page_pool *pool, size_t bytes)
{
    size_t least = PAGE_ALIGNMENT + SLAB_PAGES_MIN * pool->page_bytes;
    bytes = round_up(bytes < least ? least : bytes, SLAB_ALIGNMENT);
    bool is_huge = bytes == SLAB_BYTES_MAX;
    struct sl_slab *slab = is_huge ? map_huge() : aligned_alloc(SLAB_ALIGNMENT, bytes);
    if (slab == NULL) {
        return NULL;
    }
    *slab = (struct sl_slab){.bytes = bytes,
                             .pages = (uint32_t)((bytes - PAGE_ALIGNMENT) / pool->page_bytes),
                             .is_mapped = is_huge};
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
    uint8_t *pages = (uint8_t *)pool->current + PAGE_ALIGNMENT;
    void *page = pages + pool->taken * pool->page_bytes;
    pool->taken++;
    pool->bytes += pool->page_bytes;
    return page;
}

size_t sl_page_pool_bytes(const struct sl_page_pool *pool)
{
    return pool->bytes;
}
