/* Durations counted in buckets (sl/bucket.h): constant memory, one increment each, whole numbers throughout.
 *
 * A power of two has eight buckets, so what is read from them is at most an eighth too high. Whatever is 2^36 or more, which in
 * microseconds is 19 hours, shares the last bucket. Zeroed is empty; one thread. */
#ifndef SL_BASE_HISTOGRAM_H
#define SL_BASE_HISTOGRAM_H

#include "sl/bucket.h"
#include "sl/types.h"

#define SL_HISTOGRAM_SPLIT_BITS 3u
#define SL_HISTOGRAM_POWERS     36u
#define SL_HISTOGRAM_BUCKETS    (SL_BUCKET_COUNT(SL_HISTOGRAM_POWERS, SL_HISTOGRAM_SPLIT_BITS) + 1)

struct sl_histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t max;
    uint64_t buckets[SL_HISTOGRAM_BUCKETS];
};

/* `value`, so many times. */
void sl_histogram_add(struct sl_histogram *histogram, uint64_t value, uint64_t times);

/* The least value above those of the bucket; UINT64_MAX for the last, which has none. */
uint64_t sl_histogram_below(uint32_t bucket);

#endif
