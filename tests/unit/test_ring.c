/* The ring: records stay where they are, batches are whole, retract and trim give back exactly what they should. */
#include "lib/test.h"

#include <string.h>

#include "store/ring.h"

static void fill(uint8_t *bytes, size_t size, uint64_t seq)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(seq * 31 + i);
    }
}

static void add(struct sl_ring *ring, size_t size)
{
    uint8_t *bytes;
    uint64_t seq = ring->next_seq;
    assert_ok(sl_ring_add(ring, size, &bytes));
    fill(bytes, size, seq);
}

static void check_bytes(struct sl_slice bytes, size_t size, uint64_t seq)
{
    assert_int_equal(bytes.len, size);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(bytes.data[i], (uint8_t)(seq * 31 + i));
    }
}

static size_t size_of(uint64_t seq)
{
    return 40 + seq * 7919 % 65000;
}

/* Every record of a closed batch, read as a lane reads it, and the parts of its one write. */
static void check_batch(const struct sl_batch *batch)
{
    struct sl_batch_reader reader;
    struct iovec parts[SL_BATCH_PARTS_MAX];
    sl_batch_read_begin(&reader, batch);
    for (uint32_t i = 0; i < batch->count; i++) {
        uint64_t seq = batch->first_seq + i;
        check_bytes(sl_batch_read_next(&reader), size_of(seq), seq);
    }
    size_t total = 0;
    int count = sl_batch_parts(batch, parts);
    for (int i = 0; i < count; i++) {
        total += parts[i].iov_len;
    }
    assert_int_equal(total, batch->bytes);
}

static void records_come_back_by_seq_and_by_batch_across_chunks(void **state)
{
    (void)state;
    struct sl_ring ring;
    assert_ok(sl_ring_init(&ring, 101, 1u << 20));
    for (int round = 0; round < 6; round++) {
        struct sl_batch *batch;
        for (int i = 0; i < 100; i++) {
            add(&ring, size_of(ring.next_seq));
        }
        assert_ok(sl_ring_close_batch(&ring, &batch));
        check_batch(batch);
    }
    for (uint64_t seq = ring.first_seq; seq < ring.next_seq; seq++) {
        check_bytes(sl_ring_get(&ring, seq), size_of(seq), seq);
    }
    sl_ring_deinit(&ring);
}

static void retract_takes_back_the_end_of_the_gathering_batch(void **state)
{
    (void)state;
    struct sl_ring ring;
    struct sl_batch *batch;
    assert_ok(sl_ring_init(&ring, 1, 1u << 20));
    for (int i = 0; i < 50; i++) {
        add(&ring, size_of(ring.next_seq));
    }
    size_t bytes = ring.bytes;
    for (int i = 0; i < 80; i++) {
        add(&ring, size_of(ring.next_seq));
    }

    sl_ring_retract(&ring, 51);
    sl_ring_retract(&ring, 51);

    assert_int_equal(ring.next_seq, 51);
    assert_int_equal(ring.bytes, bytes);
    for (int i = 0; i < 80; i++) {
        add(&ring, size_of(ring.next_seq));
    }
    assert_ok(sl_ring_close_batch(&ring, &batch));
    assert_int_equal(batch->count, 130);
    check_batch(batch);
    sl_ring_deinit(&ring);
}

static void retracting_all_leaves_an_empty_batch(void **state)
{
    (void)state;
    struct sl_ring ring;
    assert_ok(sl_ring_init(&ring, 1, 1u << 20));
    for (int i = 0; i < 100; i++) {
        add(&ring, size_of(ring.next_seq));
    }
    sl_ring_retract(&ring, 1);
    assert_int_equal(ring.gathering.count, 0);
    assert_int_equal(ring.bytes, 0);
    add(&ring, 50);
    check_bytes(sl_ring_get(&ring, 1), 50, 1);
    sl_ring_deinit(&ring);
}

static void trim_forgets_whole_batches_and_keeps_the_rest(void **state)
{
    (void)state;
    struct sl_ring ring;
    struct sl_batch *batch;
    assert_ok(sl_ring_init(&ring, 1, 1u << 20));
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 20; i++) {
            add(&ring, size_of(ring.next_seq));
        }
        assert_ok(sl_ring_close_batch(&ring, &batch));
        add(&ring, size_of(ring.next_seq));
        if (round % 3 == 2) {
            sl_ring_trim(&ring, batch->first_seq + batch->count - 1);
            assert_null(ring.first_batch);
        }
        for (uint64_t seq = ring.first_seq; seq < ring.next_seq; seq++) {
            check_bytes(sl_ring_get(&ring, seq), size_of(seq), seq);
        }
    }
    sl_ring_deinit(&ring);
}

static void bytes_are_zero_again_when_all_is_trimmed(void **state)
{
    (void)state;
    struct sl_ring ring;
    struct sl_batch *batch;
    assert_ok(sl_ring_init(&ring, 1, 1u << 20));
    for (int i = 0; i < 10000; i++) {
        add(&ring, 100);
    }
    assert_ok(sl_ring_close_batch(&ring, &batch));
    sl_ring_trim(&ring, 10000);
    assert_int_equal(ring.bytes, 0);
    assert_int_equal(ring.first_seq, 10001);
    sl_ring_deinit(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_by_seq_and_by_batch_across_chunks),
        cmocka_unit_test(retract_takes_back_the_end_of_the_gathering_batch),
        cmocka_unit_test(retracting_all_leaves_an_empty_batch),
        cmocka_unit_test(trim_forgets_whole_batches_and_keeps_the_rest),
        cmocka_unit_test(bytes_are_zero_again_when_all_is_trimmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
