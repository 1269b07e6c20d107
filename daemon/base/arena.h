/* A bump arena: memory for one request, given back all at once.
 *
 * Invariants:
 *   (1) every address is 16-byte aligned;
 *   (2) the sum of all sizes since the last reset, each rounded up to 16, never exceeds bytes_max;
 *   (3) there is no free: a reset keeps the first block and gives the others back.
 * Starts as {0} plus sl_arena_init; deinit accepts a zeroed arena. One thread at a time. */
#ifndef SL_BASE_ARENA_H
#define SL_BASE_ARENA_H

#include "sl/types.h"

struct sl_arena_block;

struct sl_arena {
    size_t bytes_max;
    size_t bytes_used;
    struct sl_arena_block *first;
    struct sl_arena_block *current;
    size_t offset; /* next free byte of the current block */
    bool was_full; /* bytes_max, not the system, has refused memory since the last reset */
};

void sl_arena_init(struct sl_arena *arena, size_t bytes_max);
void sl_arena_deinit(struct sl_arena *arena);
void sl_arena_reset(struct sl_arena *arena);

/* NULL beyond the maximum or when memory is exhausted; `size` 0 gives a valid address. Not cleared. */
void *sl_arena_alloc(struct sl_arena *arena, size_t size);

/* count * size zeroed bytes; NULL also when the product overflows. */
void *sl_arena_calloc(struct sl_arena *arena, size_t count, size_t size);

/* A copy of the bytes; false if there is no room. */
SL_MUST_CHECK bool
sl_arena_dup(struct sl_arena *arena, struct sl_slice slice, struct sl_slice *ret_slice);

size_t sl_arena_used(const struct sl_arena *arena);

#endif
