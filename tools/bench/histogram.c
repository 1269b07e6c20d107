/*   value        0 .. 63     one bucket each
 *   2^k .. 2^k+1 - 1         64 buckets of 2^(k-6) each, k >= 6 */
#include "histogram.h"

#define SPLIT (1u << SL_HISTOGRAM_SPLIT_BITS)

static uint32_t bucket_of(uint64_t value)
{
    if (value < SPLIT) {
        return (uint32_t)value;
    }
    uint32_t power = 63u - (uint32_t)__builtin_clzll(value);
    uint32_t shift = power - SL_HISTOGRAM_SPLIT_BITS;
    return ((shift + 1) << SL_HISTOGRAM_SPLIT_BITS) + (uint32_t)((value >> shift) - SPLIT);
}

/* The largest value of the bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < SPLIT) {
        return bucket;
    }
    uint32_t shift = (bucket >> SL_HISTOGRAM_SPLIT_BITS) - 1;
    uint64_t mantissa = SPLIT + (bucket & (SPLIT - 1));
    return ((mantissa + 1) << shift) - 1;
}

void sl_histogram_add(struct sl_histogram *histogram, uint64_t value)
{
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
    histogram->max = value > histogram->max ? value : histogram->max;
}

void sl_histogram_merge(struct sl_histogram *sum, const struct sl_histogram *part)
{
    sum->count += part->count;
    sum->max = part->max > sum->max ? part->max : sum->max;
    for (uint32_t i = 0; i < SL_HISTOGRAM_BUCKETS; i++) {
        sum->buckets[i] += part->buckets[i];
    }
}

uint64_t sl_histogram_quantile(const struct sl_histogram *histogram, uint32_t permille)
{
    uint64_t wanted = (histogram->count * permille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < SL_HISTOGRAM_BUCKETS && wanted > 0; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted) {
            uint64_t end = bucket_end(i);
            return end < histogram->max ? end : histogram->max;
        }
    }
    return 0;
}
