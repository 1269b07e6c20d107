/* Mapped by itself from one huge page on, from malloc below. */
#include "base/huge.h"

#include <stdlib.h>
#include <sys/mman.h>

static size_t mapped_bytes(size_t bytes)
{
    return (bytes + SL_HUGE_PAGE_BYTES - 1) & ~(SL_HUGE_PAGE_BYTES - 1);
}

/* More is mapped than is wanted, and what lies before and behind the aligned part is given back. */
static void *map_aligned(size_t bytes)
{
    size_t wide_bytes = bytes + SL_HUGE_PAGE_BYTES;
    uint8_t *wide =
        mmap(NULL, wide_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (wide == MAP_FAILED) {
        return NULL;
    }
    size_t before =
        (SL_HUGE_PAGE_BYTES - (uintptr_t)wide % SL_HUGE_PAGE_BYTES) % SL_HUGE_PAGE_BYTES;
    if (before > 0) {
        (void)munmap(wide, before);
    }
    (void)munmap(wide + before + bytes, SL_HUGE_PAGE_BYTES - before);
    (void)madvise(wide + before, bytes, MADV_HUGEPAGE);
    return wide + before;
}

void *sl_huge_alloc(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) {
        return NULL;
    }
    return bytes < SL_HUGE_PAGE_BYTES ? calloc(1, bytes) : map_aligned(mapped_bytes(bytes));
}

void sl_huge_free(void *memory, size_t bytes)
{
    if (bytes < SL_HUGE_PAGE_BYTES) {
        free(memory);
    } else if (memory != NULL) {
        (void)munmap(memory, mapped_bytes(bytes)); /* cannot fail for a mapping of ours */
    }
}
