/* Latencies in logarithmic buckets: each power of two is split into 64, so a quantile is at most
 * 1.6 % too high. */
#ifndef SL_BENCH_HISTOGRAM_H
#define SL_BENCH_HISTOGRAM_H

#include <stdint.h>

#include "sl/bucket.h"

#define SL_HISTOGRAM_SPLIT_BITS 6u
#define SL_HISTOGRAM_BUCKETS    SL_BUCKET_COUNT(64u, SL_HISTOGRAM_SPLIT_BITS)

/* Zeroed is empty. */
struct sl_histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[SL_HISTOGRAM_BUCKETS];
};

void sl_histogram_add(struct sl_histogram *histogram, uint64_t value);

void sl_histogram_merge(struct sl_histogram *sum, const struct sl_histogram *part);

/* The smallest bucket end that `permille` thousandths of the values do not exceed; never above
 * the maximum. 0 if empty. */
uint64_t sl_histogram_quantile(const struct sl_histogram *histogram, uint32_t permille);

#endif
