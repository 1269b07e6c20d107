/* Records: what was encoded is what is decoded, byte by byte as drawn, and no damaged byte goes unnoticed. */
#include "lib/test.h"

#include <string.h>

#include "sl/limits.h"
#include "sl/stored/hash.h"
#include "sl/stored/record.h"

static struct sl_draft sample(void)
{
    return (struct sl_draft){
        .type = 7,
        .effective = {-3},
        .id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
        .actor = SL_SLICE_LIT("alice"),
        .event = SL_SLICE_LIT("the event"),
    };
}

static void a_record_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct sl_draft draft = sample();
    uint8_t buf[128];
    struct sl_record record;
    assert_int_equal(sl_record_size(&draft), 40 + 5 + 9);
    sl_record_encode(&draft, (sl_time){123456789}, buf);
    assert_ok(sl_record_decode((sl_seq){42}, (struct sl_slice){buf, 54}, &record));
    assert_int_equal(record.seq.v, 42);
    assert_int_equal(record.recorded.v, 123456789);
    assert_int_equal(record.effective.v, -3);
    assert_int_equal(record.type, 7);
    assert_memory_equal(record.id.bytes, draft.id.bytes, 16);
    assert_int_equal(record.actor.len, 5);
    assert_memory_equal(record.actor.data, "alice", 5);
    assert_int_equal(record.event.len, 9);
    assert_memory_equal(record.event.data, "the event", 9);
    assert_int_equal(record.bytes.len, 54);
}

static void the_fields_lie_where_the_header_draws_them(void **state)
{
    (void)state;
    struct sl_draft draft = sample();
    uint8_t buf[128];
    sl_record_encode(&draft, (sl_time){0x0102030405060708}, buf);
    const uint8_t head[4] = {1, 7, 5, 0};
    const uint8_t recorded[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    const uint8_t effective[4] = {0xfd, 0xff, 0xff, 0xff};
    const uint8_t event_len[4] = {9, 0, 0, 0};
    assert_memory_equal(buf, head, 4);
    assert_memory_equal(buf + 8, recorded, 8);
    assert_memory_equal(buf + 16, effective, 4);
    assert_memory_equal(buf + 20, event_len, 4);
    assert_memory_equal(buf + 24, draft.id.bytes, 16);
    assert_memory_equal(buf + 40, "alicethe event", 14);
}

static void any_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct sl_draft draft = sample();
    uint8_t buf[128];
    struct sl_record record;
    sl_record_encode(&draft, (sl_time){5}, buf);
    for (size_t bit = 0; bit < 54 * 8; bit++) {
        buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(SL_E_CORRUPT,
                   sl_record_decode((sl_seq){1}, (struct sl_slice){buf, 54}, &record));
        buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void any_other_length_is_noticed(void **state)
{
    (void)state;
    struct sl_draft draft = sample();
    uint8_t buf[128] = {0};
    struct sl_record record;
    sl_record_encode(&draft, (sl_time){5}, buf);
    for (size_t len = 0; len < 100; len++) {
        enum sl_err expected = len == 54 ? SL_OK : SL_E_CORRUPT;
        assert_err(expected, sl_record_decode((sl_seq){1}, (struct sl_slice){buf, len}, &record));
    }
}

static void the_largest_event_and_actor_fit(void **state)
{
    (void)state;
    static uint8_t event[SL_EVENT_BYTES_MAX];
    static uint8_t actor[SL_ID_TEXT_BYTES_MAX];
    static uint8_t buf[SL_EVENT_BYTES_MAX + SL_ID_TEXT_BYTES_MAX + SL_RECORD_HEADER_BYTES];
    struct sl_draft draft = {.event = {event, sizeof event}, .actor = {actor, sizeof actor}};
    struct sl_record record;
    assert_int_equal(sl_record_size(&draft), sizeof buf);
    sl_record_encode(&draft, (sl_time){5}, buf);
    assert_ok(sl_record_decode((sl_seq){1}, (struct sl_slice){buf, sizeof buf}, &record));
    assert_int_equal(record.event.len, sizeof event);
}

/* Nobody has set one yet, so one that is set means something that this version would pass over. */
static void a_flag_is_refused_even_under_a_right_crc(void **state)
{
    (void)state;
    struct sl_draft draft = sample();
    uint8_t buf[128];
    struct sl_record record;
    sl_record_encode(&draft, (sl_time){5}, buf);
    buf[3] = 1;
    memset(buf + 4, 0, 4);
    uint32_t crc = sl_crc32c(0, buf, 54);
    memcpy(buf + 4, &crc, sizeof crc);
    assert_err(SL_E_CORRUPT, sl_record_decode((sl_seq){1}, (struct sl_slice){buf, 54}, &record));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was_written),
        cmocka_unit_test(the_fields_lie_where_the_header_draws_them),
        cmocka_unit_test(any_flipped_bit_is_noticed),
        cmocka_unit_test(any_other_length_is_noticed),
        cmocka_unit_test(the_largest_event_and_actor_fit),
        cmocka_unit_test(a_flag_is_refused_even_under_a_right_crc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
