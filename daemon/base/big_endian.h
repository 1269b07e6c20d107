/* Words as bytes whose order is that of memcmp. */
#ifndef SL_BASE_BIG_ENDIAN_H
#define SL_BASE_BIG_ENDIAN_H

#include "sl/types.h"

static inline void sl_be64_put(uint8_t *bytes, uint64_t value)
{
    value = __builtin_bswap64(value);
    __builtin_memcpy(bytes, &value, sizeof value);
}

static inline uint64_t sl_be64_get(const uint8_t *bytes)
{
    uint64_t value;
    __builtin_memcpy(&value, bytes, sizeof value);
    return __builtin_bswap64(value);
}

#endif
