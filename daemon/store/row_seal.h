/* What closes each value of a state table: a CRC32C that begins with the table's name and the key, so that neither a damaged row nor a sound
 * one in another's place is taken for what was written. Little-endian.
 *
 *     row      row, seal, four zeros     rows keep their alignment of 8
 *     group    rows, seal */
#ifndef SL_STORE_ROW_SEAL_H
#define SL_STORE_ROW_SEAL_H

#include <string.h>

#include "sl/stored/hash.h"

/* Of the layout above: a change is a change of all tables (meta.c). */
#define SL_ROW_SEAL_VERSION 1u
#define SL_ROW_SEAL_BYTES   8u
#define SL_GROUP_SEAL_BYTES 4u
#define SL_SEALED_KEY_BYTES 16u

static inline uint32_t sl_value_seal_begin(const char *table)
{
    return sl_crc32c(0, table, strlen(table));
}

static inline uint32_t
sl_value_seal(uint32_t begin, const uint8_t *key, const void *bytes, size_t len)
{
    return sl_crc32c(sl_crc32c(begin, key, SL_SEALED_KEY_BYTES), bytes, len);
}

/* Writes the seal of a row behind it. */
static inline void sl_row_seal(uint32_t begin, const uint8_t *key, void *row, size_t row_size)
{
    uint64_t seal = sl_value_seal(begin, key, row, row_size);
    memcpy((uint8_t *)row + row_size, &seal, sizeof seal);
}

static inline bool
sl_row_is_sealed(uint32_t begin, const uint8_t *key, const void *value, size_t row_size)
{
    uint64_t seal;
    memcpy(&seal, (const uint8_t *)value + row_size, sizeof seal);
    return seal == sl_value_seal(begin, key, value, row_size);
}

/* The same for a group of `len` bytes, its seal included. */
static inline bool
sl_group_is_sealed(uint32_t begin, const uint8_t *key, const void *value, size_t len)
{
    uint32_t seal;
    if (len < sizeof seal) {
        return false;
    }
    memcpy(&seal, (const uint8_t *)value + len - sizeof seal, sizeof seal);
    return seal == sl_value_seal(begin, key, value, len - sizeof seal);
}

#endif
