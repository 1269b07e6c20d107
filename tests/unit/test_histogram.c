/* Buckets: where each begins and ends, and that nothing falls between two or off the end. */
#include "lib/test.h"

#include "base/histogram.h"

static void small_values_have_a_bucket_each(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < 16; value++) {
        assert_int_equal(sl_bucket_of(value, 3), value);
        assert_int_equal(sl_bucket_below((uint32_t)value, 3), value + 1);
    }
    assert_int_equal(sl_bucket_of(17, 3), sl_bucket_of(16, 3));
    assert_int_equal(sl_bucket_of(18, 3), sl_bucket_of(16, 3) + 1);
}

/* Whichever way a power of two is split: each bucket begins where the one before ends, and there are as many as SL_BUCKET_COUNT says. */
static void buckets_follow_each_other_without_a_gap(void **state)
{
    (void)state;
    for (uint32_t bits = 1; bits <= 8; bits++) {
        uint32_t buckets = SL_BUCKET_COUNT(64u, bits);
        uint64_t begin = 0;
        for (uint32_t bucket = 0; bucket < buckets; bucket++) {
            uint64_t end = sl_bucket_below(bucket, bits) - 1;
            assert_int_equal(sl_bucket_of(begin, bits), bucket);
            assert_int_equal(sl_bucket_of(end, bits), bucket);
            assert_true(end - begin <= begin >> bits);
            begin = end + 1;
        }
        assert_int_equal(begin, 0); /* 2^64 */
        assert_int_equal(sl_bucket_of(UINT64_MAX, bits), buckets - 1);
    }
}

static void powers_of_two_are_bounds(void **state)
{
    (void)state;
    for (uint32_t power = 0; power < SL_HISTOGRAM_POWERS; power++) {
        uint64_t bound = (uint64_t)1 << power;
        uint32_t bucket = sl_bucket_of(bound, SL_HISTOGRAM_SPLIT_BITS);
        assert_int_equal(sl_histogram_below(bucket - 1), bound);
    }
}

static void a_value_is_counted_once_in_its_bucket(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_histogram histogram = {0};
    uint64_t sum = 0;
    uint64_t max = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t value = sl_test_random(&random) >> sl_test_random_between(&random, 29, 63);
        uint32_t bucket = sl_bucket_of(value, SL_HISTOGRAM_SPLIT_BITS);
        uint64_t before = histogram.buckets[bucket];
        sl_histogram_add(&histogram, value, 1);
        assert_int_equal(histogram.buckets[bucket], before + 1);
        assert_true(value < sl_histogram_below(bucket));
        assert_true(bucket == 0 || value >= sl_histogram_below(bucket - 1));
        sum += value;
        max = value > max ? value : max;
    }
    uint64_t counted = 0;
    for (uint32_t i = 0; i < SL_HISTOGRAM_BUCKETS; i++) {
        counted += histogram.buckets[i];
    }
    assert_int_equal(counted, 10000);
    assert_int_equal(histogram.count, 10000);
    assert_int_equal(histogram.sum, sum);
    assert_int_equal(histogram.max, max);
}

static void many_at_once_count_as_many(void **state)
{
    (void)state;
    struct sl_histogram histogram = {0};
    sl_histogram_add(&histogram, 7, 3);
    sl_histogram_add(&histogram, 9, 0);
    assert_int_equal(histogram.buckets[7], 3);
    assert_int_equal(histogram.count, 3);
    assert_int_equal(histogram.sum, 21);
    assert_int_equal(histogram.max, 7);
}

static void what_is_too_large_shares_the_last_bucket(void **state)
{
    (void)state;
    struct sl_histogram histogram = {0};
    uint64_t end = (uint64_t)1 << SL_HISTOGRAM_POWERS;
    sl_histogram_add(&histogram, end - 1, 1);
    assert_int_equal(histogram.buckets[SL_HISTOGRAM_BUCKETS - 2], 1);
    assert_int_equal(sl_histogram_below(SL_HISTOGRAM_BUCKETS - 2), end);
    sl_histogram_add(&histogram, end, 1);
    sl_histogram_add(&histogram, (uint64_t)1 << 50, 1);
    assert_int_equal(histogram.buckets[SL_HISTOGRAM_BUCKETS - 1], 2);
    assert_true(sl_histogram_below(SL_HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
    assert_true(histogram.max == (uint64_t)1 << 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_have_a_bucket_each),
        cmocka_unit_test(buckets_follow_each_other_without_a_gap),
        cmocka_unit_test(powers_of_two_are_bounds),
        cmocka_unit_test(a_value_is_counted_once_in_its_bucket),
        cmocka_unit_test(many_at_once_count_as_many),
        cmocka_unit_test(what_is_too_large_shares_the_last_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
