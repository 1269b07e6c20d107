/* The buckets of histograms: each power of two is split into 2^split_bits of them, so a bucket is at most 1/2^split_bits of its values
 * wide. With 3 bits:
 *
 *     bucket      0   1   2  ...  7     8   9  ...  15    16       17       ...   23        24
 *     values      0   1   2       7     8   9       15    16..17   18..19         30..31    32..35
 *
 * Where one ends another begins; a value's bucket is known at once. Whoever counts, and whoever reads what was counted, has it from here. */
#ifndef SL_BUCKET_H
#define SL_BUCKET_H

#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many buckets there are for values below 2^powers, powers >= split_bits. */
#define SL_BUCKET_COUNT(powers, split_bits) (((powers) - (split_bits) + 1u) << (split_bits))

static inline uint32_t sl_bucket_of(uint64_t value, uint32_t split_bits)
{
    if (value >> split_bits == 0) {
        return (uint32_t)value;
    }
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - split_bits;
    return (shift << split_bits) + (uint32_t)(value >> shift);
}

/* The least value above those of the bucket; 0 where that is 2^64. */
static inline uint64_t sl_bucket_below(uint32_t bucket, uint32_t split_bits)
{
    uint32_t power = bucket >> split_bits;
    if (power == 0) {
        return (uint64_t)bucket + 1;
    }
    uint32_t shift = power - 1;
    return ((uint64_t)bucket + 1 - ((uint64_t)shift << split_bits)) << shift;
}

#ifdef __cplusplus
}
#endif
#endif
