/* Blocks double from 4 KiB to 1 MiB; an allocation larger than the next block gets a block of its own size. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT       16u
#define BLOCK_BYTES_MIN 4096u
#define BLOCK_BYTES_MAX ((size_t)1024 * 1024)

struct sl_arena_block {
    struct sl_arena_block *next;
    size_t size; /* of `bytes` */
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

void sl_arena_init(struct sl_arena *arena, size_t bytes_max)
{
    *arena = (struct sl_arena){.bytes_max = bytes_max};
}

static void free_chain(struct sl_arena_block *block)
{
    while (block != NULL) {
        struct sl_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void sl_arena_deinit(struct sl_arena *arena)
{
    free_chain(arena->first);
    *arena = (struct sl_arena){.bytes_max = arena->bytes_max};
}

void sl_arena_reset(struct sl_arena *arena)
{
    if (arena->first != NULL) {
        free_chain(arena->first->next);
        arena->first->next = NULL;
    }
    arena->current = arena->first;
    arena->offset = 0;
    arena->bytes_used = 0;
    arena->was_full = false;
}

static bool add_block(struct sl_arena *arena, size_t size)
{
    size_t block_size = BLOCK_BYTES_MIN;
    if (arena->current != NULL) {
        size_t twice = arena->current->size * 2;
        block_size = twice > BLOCK_BYTES_MAX ? BLOCK_BYTES_MAX : twice;
    }
    if (block_size < size) {
        block_size = size;
    }
    struct sl_arena_block *block = malloc(sizeof *block + block_size);
    if (block == NULL) {
        return false;
    }
    block->next = NULL;
    block->size = block_size;
    if (arena->current != NULL) {
        arena->current->next = block;
    } else {
        arena->first = block;
    }
    arena->current = block;
    arena->offset = 0;
    return true;
}

void *sl_arena_alloc(struct sl_arena *arena, size_t size)
{
    size_t room = arena->bytes_max - arena->bytes_used;
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > room || rounded > room) {
        arena->was_full = true;
        return NULL;
    }
    if (arena->current == NULL || arena->current->size - arena->offset < rounded) {
        if (!add_block(arena, rounded)) {
            return NULL;
        }
    }
    void *result = arena->current->bytes + arena->offset;
    arena->offset += rounded;
    arena->bytes_used += rounded;
    return result;
}

void *sl_arena_calloc(struct sl_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    void *result = sl_arena_alloc(arena, bytes);
    if (result != NULL) {
        memset(result, 0, bytes);
    }
    return result;
}

bool sl_arena_dup(struct sl_arena *arena, struct sl_slice slice, struct sl_slice *ret_slice)
{
    uint8_t *copy = sl_arena_alloc(arena, slice.len);
    if (copy == NULL) {
        return false;
    }
    if (slice.len > 0) {
        memcpy(copy, slice.data, slice.len);
    }
    *ret_slice = (struct sl_slice){copy, slice.len};
    return true;
}

size_t sl_arena_used(const struct sl_arena *arena)
{
    return arena->bytes_used;
}
