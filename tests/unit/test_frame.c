/* Frames: when one is whole, and which lengths are refused. */
#include "lib/test.h"

#include "sl/frame.h"

#include <string.h>

static void a_header_is_the_length_little_endian(void **state)
{
    (void)state;
    uint8_t header[SL_FRAME_HEADER_BYTES];

    sl_frame_put_header(header, 0x00030201);

    assert_memory_equal(header, ((uint8_t[]){1, 2, 3, 0}), sizeof header);
}

static void a_whole_frame_gives_its_message(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {3, 0, 0, 0, 'a', 'b', 'c', 9, 9};
    struct sl_slice message;
    size_t frame_bytes;

    assert_ok(sl_frame_peek((struct sl_slice){bytes, sizeof bytes}, &message, &frame_bytes));

    assert_int_equal(frame_bytes, 7);
    assert_int_equal(message.len, 3);
    assert_ptr_equal(message.data, bytes + 4);
}

static void every_shorter_piece_asks_for_more(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {3, 0, 0, 0, 'a', 'b', 'c'};
    for (size_t len = 0; len < sizeof bytes; len++) {
        struct sl_slice message;
        size_t frame_bytes = 42;
        assert_ok(sl_frame_peek((struct sl_slice){bytes, len}, &message, &frame_bytes));
        assert_int_equal(frame_bytes, 0);
        assert_int_equal(message.len, 0);
    }
}

static void a_length_of_zero_is_malformed(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 0, 0, 0, 1};
    struct sl_slice message;
    size_t frame_bytes = 42;

    assert_err(SL_E_MALFORMED,
               sl_frame_peek((struct sl_slice){bytes, sizeof bytes}, &message, &frame_bytes));

    assert_int_equal(frame_bytes, 42);
}

static void a_length_above_the_maximum_is_refused_before_its_body_arrives(void **state)
{
    (void)state;
    uint8_t header[SL_FRAME_HEADER_BYTES];
    uint32_t above = SL_FRAME_BYTES_MAX + 1;
    struct sl_slice message;
    size_t frame_bytes = 42;
    for (size_t i = 0; i < sizeof header; i++) {
        header[i] = (uint8_t)(above >> (8 * i));
    }

    assert_err(SL_E_TOO_BIG,
               sl_frame_peek((struct sl_slice){header, sizeof header}, &message, &frame_bytes));
    memset(header, 0xff, sizeof header);
    assert_err(SL_E_TOO_BIG,
               sl_frame_peek((struct sl_slice){header, sizeof header}, &message, &frame_bytes));

    assert_int_equal(frame_bytes, 42);
}

static void frames_at_and_below_the_maximum_pass(void **state)
{
    (void)state;
    static uint8_t bytes[SL_FRAME_HEADER_BYTES + SL_FRAME_BYTES_MAX];
    for (uint32_t len = SL_FRAME_BYTES_MAX - 1; len <= SL_FRAME_BYTES_MAX; len++) {
        struct sl_slice message;
        size_t frame_bytes;
        sl_frame_put_header(bytes, len);
        assert_ok(sl_frame_peek((struct sl_slice){bytes, sizeof bytes}, &message, &frame_bytes));
        assert_int_equal(message.len, len);
        assert_int_equal(frame_bytes, len + SL_FRAME_HEADER_BYTES);
    }
}

static void a_message_of_one_byte_is_the_smallest(void **state)
{
    (void)state;
    uint8_t bytes[SL_FRAME_HEADER_BYTES + 1] = {0};
    struct sl_slice message;
    size_t frame_bytes;
    sl_frame_put_header(bytes, 1);

    assert_ok(sl_frame_peek((struct sl_slice){bytes, sizeof bytes}, &message, &frame_bytes));

    assert_int_equal(message.len, 1);
}

static void put_an_empty_header(void)
{
    uint8_t header[SL_FRAME_HEADER_BYTES];
    sl_frame_put_header(header, 0);
}

static void put_an_oversized_header(void)
{
    uint8_t header[SL_FRAME_HEADER_BYTES];
    sl_frame_put_header(header, SL_FRAME_BYTES_MAX + 1);
}

static void a_writer_that_breaks_the_limits_aborts(void **state)
{
    (void)state;

    assert_aborts(put_an_empty_header);
    assert_aborts(put_an_oversized_header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_is_the_length_little_endian),
        cmocka_unit_test(a_whole_frame_gives_its_message),
        cmocka_unit_test(every_shorter_piece_asks_for_more),
        cmocka_unit_test(a_length_of_zero_is_malformed),
        cmocka_unit_test(a_length_above_the_maximum_is_refused_before_its_body_arrives),
        cmocka_unit_test(frames_at_and_below_the_maximum_pass),
        cmocka_unit_test(a_message_of_one_byte_is_the_smallest),
        cmocka_unit_test(a_writer_that_breaks_the_limits_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
