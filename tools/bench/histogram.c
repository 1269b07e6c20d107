/* Buckets are those of sl/bucket.h; the last value of one is what a quantile gives. */
#include "histogram.h"

void sl_histogram_add(struct sl_histogram *histogram, uint64_t value)
{
    histogram->buckets[sl_bucket_of(value, SL_HISTOGRAM_SPLIT_BITS)]++;
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
            uint64_t end = sl_bucket_below(i, SL_HISTOGRAM_SPLIT_BITS) - 1; /* also of 2^64 */
            return end < histogram->max ? end : histogram->max;
        }
    }
    return 0;
}
