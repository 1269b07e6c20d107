/* See histogram.h. */
#include "base/histogram.h"

#include "sl/err.h"

#define LAST_BUCKET (SL_HISTOGRAM_BUCKETS - 1)

void sl_histogram_add(struct sl_histogram *histogram, uint64_t value, uint64_t times)
{
    if (times == 0) {
        return;
    }
    uint32_t bucket = sl_bucket_of(value, SL_HISTOGRAM_SPLIT_BITS);
    histogram->buckets[bucket < LAST_BUCKET ? bucket : LAST_BUCKET] += times;
    histogram->count += times;
    histogram->sum += value * times;
    histogram->max = value > histogram->max ? value : histogram->max;
}

uint64_t sl_histogram_below(uint32_t bucket)
{
    SL_ASSERT(bucket < SL_HISTOGRAM_BUCKETS);
    return bucket < LAST_BUCKET ? sl_bucket_below(bucket, SL_HISTOGRAM_SPLIT_BITS) : UINT64_MAX;
}
