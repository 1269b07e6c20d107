/* The chunked list. */
#include "base/chunks.h"

#include "sl/err.h"

#include <stdlib.h>

void sl_chunks_init(struct sl_chunks *list, size_t item_bytes)
{
    *list = (struct sl_chunks){.item_bytes = item_bytes};
    sl_page_pool_init(&list->memory, SL_CHUNK_ITEMS * item_bytes);
}

void sl_chunks_deinit(struct sl_chunks *list)
{
    sl_page_pool_deinit(&list->memory);
    free(list->chunks);
    sl_chunks_init(list, list->item_bytes);
}

static bool add_chunk(struct sl_chunks *list)
{
    if (list->chunk_count == list->chunk_capacity) {
        size_t capacity = list->chunk_capacity * 2 + 16;
        uint8_t **grown = realloc(list->chunks, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        list->chunks = grown;
        list->chunk_capacity = capacity;
    }
    if (!sl_page_pool_reserve(&list->memory, 1)) {
        return false;
    }
    list->chunks[list->chunk_count++] = sl_page_pool_take(&list->memory);
    return true;
}

void *sl_chunks_add(struct sl_chunks *list)
{
    if (list->count == list->chunk_count * SL_CHUNK_ITEMS && !add_chunk(list)) {
        return NULL;
    }
    size_t at = list->count++;
    return list->chunks[at / SL_CHUNK_ITEMS] + at % SL_CHUNK_ITEMS * list->item_bytes;
}

void sl_chunks_clear(struct sl_chunks *list)
{
    sl_page_pool_clear(&list->memory);
    list->chunk_count = 0;
    list->count = 0;
}

void sl_chunks_truncate(struct sl_chunks *list, size_t count)
{
    SL_ASSERT(count <= list->count);
    list->count = count;
}

size_t sl_chunks_bytes(const struct sl_chunks *list)
{
    return list->count * list->item_bytes;
}
