/* Blocks of an arena with their size in front; free does nothing, the arena's reset does it. */
#include "codec/pb_arena.h"

#include <string.h>

#define SIZE_BYTES sizeof(uint64_t)

static void *alloc_block(void *allocator_data, size_t size)
{
    struct sl_pb_arena *pb = allocator_data;
    uint8_t *block = NULL;
    if (size <= SIZE_MAX - SIZE_BYTES) {
        block = sl_arena_alloc(pb->arena, SIZE_BYTES + size);
    }
    if (block == NULL) {
        pb->is_exhausted = true;
        return NULL;
    }
    uint64_t kept = size;
    memcpy(block, &kept, SIZE_BYTES);
    return block + SIZE_BYTES;
}

static void free_nothing(void *allocator_data, void *block)
{
    (void)allocator_data;
    (void)block;
}

void sl_pb_arena_init(struct sl_pb_arena *pb, struct sl_arena *arena)
{
    *pb = (struct sl_pb_arena){
        .arena = arena,
        .allocator = {.alloc = alloc_block, .free = free_nothing, .allocator_data = pb},
    };
}

struct sl_slice sl_pb_text(const char *text)
{
    if (text == NULL) {
        return (struct sl_slice){NULL, 0};
    }
    uint64_t size;
    memcpy(&size, text - SIZE_BYTES, SIZE_BYTES);
    return (struct sl_slice){(const uint8_t *)text, (size_t)size - 1};
}
