/* A row in a memory layer: the table's row, then one word that says whether it is a tombstone. */
#ifndef SL_STORE_STATE_LAYER_H
#define SL_STORE_STATE_LAYER_H

#include <string.h>

#include "sl/types.h"

#define SL_LAYER_WORD_BYTES 8u
#define SL_LAYER_TOMBSTONE  1u

static inline bool sl_layer_is_tombstone(const void *row, size_t row_size)
{
    uint64_t word;
    memcpy(&word, (const uint8_t *)row + row_size, sizeof word);
    return word == SL_LAYER_TOMBSTONE;
}

static inline void sl_layer_set_tombstone(void *row, size_t row_size, bool is_tombstone)
{
    uint64_t word = is_tombstone ? SL_LAYER_TOMBSTONE : 0;
    memcpy((uint8_t *)row + row_size, &word, sizeof word);
}

#endif
