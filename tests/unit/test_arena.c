/* The arena: aligned, bounded, and as new after a reset. */
#include "lib/test.h"

#include <string.h>

#include "base/arena.h"

static void every_address_is_aligned_and_holds_its_bytes(void **state)
{
    (void)state;
    struct sl_arena arena;
    sl_arena_init(&arena, 1u << 20);
    uint8_t *parts[200];
    for (size_t i = 0; i < 200; i++) {
        parts[i] = sl_arena_alloc(&arena, i + 1);
        assert_non_null(parts[i]);
        assert_int_equal((uintptr_t)parts[i] % 16, 0);
        memset(parts[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(parts[i][0], (uint8_t)i);
        assert_int_equal(parts[i][i], (uint8_t)i);
    }
    sl_arena_deinit(&arena);
}

static void it_gives_exactly_its_maximum_and_not_a_byte_more(void **state)
{
    (void)state;
    struct sl_arena arena;
    sl_arena_init(&arena, 64);
    assert_non_null(sl_arena_alloc(&arena, 48));
    assert_null(sl_arena_alloc(&arena, 17));
    assert_null(sl_arena_alloc(&arena, SIZE_MAX));
    assert_non_null(sl_arena_alloc(&arena, 16));
    assert_null(sl_arena_alloc(&arena, 1));
    assert_int_equal(sl_arena_used(&arena), 64);
    sl_arena_deinit(&arena);
}

static void a_reset_gives_the_whole_maximum_back(void **state)
{
    (void)state;
    struct sl_arena arena;
    sl_arena_init(&arena, 100000);
    for (int round = 0; round < 5; round++) {
        assert_non_null(sl_arena_alloc(&arena, 60000));
        assert_non_null(sl_arena_alloc(&arena, 40000));
        assert_null(sl_arena_alloc(&arena, 1));
        sl_arena_reset(&arena);
        assert_int_equal(sl_arena_used(&arena), 0);
    }
    sl_arena_deinit(&arena);
}

static void calloc_clears_and_refuses_a_product_that_overflows(void **state)
{
    (void)state;
    struct sl_arena arena;
    sl_arena_init(&arena, 4096);
    uint8_t *bytes = sl_arena_alloc(&arena, 64);
    assert_non_null(bytes);
    memset(bytes, 0xff, 64);
    sl_arena_reset(&arena);
    bytes = sl_arena_calloc(&arena, 8, 8);
    assert_non_null(bytes);
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(bytes[i], 0);
    }
    assert_null(sl_arena_calloc(&arena, SIZE_MAX / 2, 3));
    sl_arena_deinit(&arena);
}

static void dup_copies_the_bytes(void **state)
{
    (void)state;
    struct sl_arena arena;
    struct sl_slice copy = {NULL, 0};
    char text[] = "hello";
    sl_arena_init(&arena, 64);
    assert_true(sl_arena_dup(&arena, (struct sl_slice){(uint8_t *)text, 5}, &copy));
    text[0] = 'x';
    assert_memory_equal(copy.data, "hello", 5);
    assert_false(sl_arena_dup(&arena, (struct sl_slice){(uint8_t *)text, 65}, &copy));
    assert_int_equal(copy.len, 5);
    sl_arena_deinit(&arena);
}

static void deinit_accepts_a_zeroed_arena(void **state)
{
    (void)state;
    struct sl_arena arena = {0};
    sl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_aligned_and_holds_its_bytes),
        cmocka_unit_test(it_gives_exactly_its_maximum_and_not_a_byte_more),
        cmocka_unit_test(a_reset_gives_the_whole_maximum_back),
        cmocka_unit_test(calloc_clears_and_refuses_a_product_that_overflows),
        cmocka_unit_test(dup_copies_the_bytes),
        cmocka_unit_test(deinit_accepts_a_zeroed_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
