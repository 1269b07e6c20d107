/* The byte buffer: grows up to its maximum, and a refusal changes nothing. */
#include "lib/test.h"

#include <string.h>

#include "base/bytes.h"

static void appended_bytes_come_back_in_order(void **state)
{
    (void)state;
    struct sl_bytes bytes;
    sl_bytes_init(&bytes, 100000);
    for (uint32_t i = 0; i < 10000; i++) {
        assert_ok(sl_bytes_append(&bytes, &i, sizeof i));
    }
    for (uint32_t i = 0; i < 10000; i++) {
        assert_memory_equal(bytes.data + i * sizeof i, &i, sizeof i);
    }
    sl_bytes_deinit(&bytes);
}

static void it_takes_its_maximum_and_refuses_one_more(void **state)
{
    (void)state;
    static const uint8_t zeros[1000];
    struct sl_bytes bytes;
    sl_bytes_init(&bytes, 1000);
    assert_err(SL_E_TOO_BIG, sl_bytes_reserve(&bytes, 1001));
    assert_ok(sl_bytes_append(&bytes, zeros, 999));
    assert_err(SL_E_TOO_BIG, sl_bytes_append(&bytes, zeros, 2));
    assert_int_equal(bytes.len, 999);
    assert_ok(sl_bytes_append(&bytes, zeros, 1));
    assert_null(sl_bytes_extend(&bytes, 1));
    assert_true(bytes.capacity <= 1000);
    sl_bytes_deinit(&bytes);
}

static void consume_drops_from_the_front(void **state)
{
    (void)state;
    struct sl_bytes bytes;
    sl_bytes_init(&bytes, 100);
    assert_ok(sl_bytes_append(&bytes, "abcdef", 6));
    sl_bytes_consume(&bytes, 2);
    assert_int_equal(sl_bytes_slice(&bytes).len, 4);
    assert_memory_equal(bytes.data, "cdef", 4);
    sl_bytes_consume(&bytes, 4);
    assert_int_equal(bytes.len, 0);
    sl_bytes_deinit(&bytes);
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct sl_bytes bytes;
    sl_bytes_init(&bytes, 100);
    assert_non_null(sl_bytes_extend(&bytes, 50));
    size_t capacity = bytes.capacity;
    sl_bytes_clear(&bytes);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(bytes.capacity, capacity);
    sl_bytes_deinit(&bytes);
}

static void fill_secret(struct sl_bytes *bytes)
{
    sl_bytes_init(bytes, 1000);
    bytes->is_secret = true;
    assert_ok(sl_bytes_append(bytes, "abcdefgh", 8));
}

static void a_secret_is_not_left_where_it_was_consumed_or_cleared(void **state)
{
    (void)state;
    struct sl_bytes bytes;
    fill_secret(&bytes);
    sl_bytes_consume(&bytes, 3);
    assert_memory_equal(bytes.data, "defgh\0\0\0", 8);
    sl_bytes_clear(&bytes);
    assert_memory_equal(bytes.data, "\0\0\0\0\0\0\0\0", 8);
    sl_bytes_deinit(&bytes);
    assert_true(bytes.is_secret);
}

static void a_secret_moves_whole_when_it_grows(void **state)
{
    (void)state;
    struct sl_bytes bytes;
    fill_secret(&bytes);
    assert_non_null(sl_bytes_extend(&bytes, 900));
    assert_true(bytes.capacity > 256);
    assert_memory_equal(bytes.data, "abcdefgh", 8);
    sl_bytes_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_bytes_come_back_in_order),
        cmocka_unit_test(it_takes_its_maximum_and_refuses_one_more),
        cmocka_unit_test(consume_drops_from_the_front),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(a_secret_is_not_left_where_it_was_consumed_or_cleared),
        cmocka_unit_test(a_secret_moves_whole_when_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
