/* BUSY leaves in floods, and is written by hand. */
#include "codec/wire.h"
#include "lib/test.h"

static void busy_is_the_error_that_protobuf_would_write(void **state)
{
    (void)state;
    struct sl_arena arena;
    struct sl_bytes out;
    struct sl_reply reply = {.out = &out, .arena = &arena, .tag = 7, .seq = 300};
    sl_arena_init(&arena, 1u << 16);
    sl_bytes_init(&out, 4096);

    assert_ok(sl_reply_error(&reply, SL_E_BUSY, NULL));
    size_t len = out.len;
    assert_ok(sl_reply_busy(&reply));

    assert_int_equal(out.len, 2 * len);
    assert_memory_equal(out.data, out.data + len, len);
    sl_bytes_deinit(&out);
    sl_arena_deinit(&arena);
}

static void without_room_nothing_is_written(void **state)
{
    (void)state;
    struct sl_bytes out;
    struct sl_reply reply = {.out = &out, .tag = 7, .seq = 300};
    sl_bytes_init(&out, 16);

    assert_err(SL_E_TOO_BIG, sl_reply_busy(&reply));

    assert_int_equal(out.len, 0);
    sl_bytes_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_is_the_error_that_protobuf_would_write),
        cmocka_unit_test(without_room_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
