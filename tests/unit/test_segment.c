/* The bytes of a segment, made by hand: each check of a frame meets one that is wrong in what this check alone tells, and right in all
 * else. tests/power/mutants.py takes the checks away, one at a time, and sees these tests fail. */
#include "lib/test.h"

#include <string.h>

#include "sl/stored/hash.h"
#include "store/segment.h"

#define SEGMENT_BYTES 8192u
#define FIRST_SEQ     501u
#define GENERATION    7u

static const struct sl_segment_header header = {
    .generation = GENERATION,
    .salt = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    .first_seq = FIRST_SEQ,
    .bytes = SEGMENT_BYTES,
    .ledger_id = {9},
};

static const uint8_t payload[24] = "0123456789abcdefghijklm";

/* One frame of `payload`, and what its place in the segment makes of it. */
struct made {
    struct sl_frame frame;
    uint64_t generation;
    uint32_t seed;
};

struct fixture {
    uint8_t bytes[SEGMENT_BYTES];
    size_t size;       /* of the segment, as the scan is told */
    struct made first; /* two frames, both as they should be */
    struct made second;
};

static size_t offset_of(unsigned number)
{
    return SL_SEGMENT_HEADER_BYTES + number * sl_frame_bytes(sizeof payload);
}

/* By the drawing in segment.h, not by its functions. */
static uint32_t checksum(uint32_t seed, uint32_t previous)
{
    return sl_crc32c(sl_crc32c(seed, &previous, sizeof previous), payload, sizeof payload);
}

static uint32_t seed_of_header(void)
{
    uint64_t generation = GENERATION;
    uint32_t crc = sl_crc32c(0, header.salt, sizeof header.salt);
    return sl_crc32c(crc, &generation, sizeof generation);
}

static struct made made_after(uint32_t previous, uint64_t first_seq)
{
    uint32_t seed = seed_of_header();
    return (struct made){
        .frame = {.first_seq = first_seq,
                  .count = 2,
                  .len = sizeof payload,
                  .previous = previous,
                  .chain = checksum(seed, previous)},
        .generation = GENERATION,
        .seed = seed,
    };
}

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    fixture.size = sizeof fixture.bytes;
    sl_segment_header_encode(&header, fixture.bytes);
    fixture.first = made_after(seed_of_header(), FIRST_SEQ);
    fixture.second = made_after(fixture.first.frame.chain, FIRST_SEQ + 2);
    *state = &fixture;
    return 0;
}

static void put(struct fixture *fixture, unsigned number, const struct made *made)
{
    uint8_t *at = fixture->bytes + offset_of(number);
    sl_frame_encode(&made->frame, made->generation, made->seed, at);
    memcpy(at + SL_FRAME_HEADER_BYTES, payload, sizeof payload);
}

static void put_both(struct fixture *fixture)
{
    put(fixture, 0, &fixture->first);
    put(fixture, 1, &fixture->second);
}

/* So many frames are given before the scan ends with `last`. */
static void assert_scan(struct fixture *fixture, unsigned count, enum sl_err last)
{
    struct sl_segment_scan scan;
    struct sl_frame frame;
    struct sl_slice found;
    sl_segment_scan_begin(&scan, fixture->bytes, fixture->size, &header);
    for (unsigned i = 0; i < count; i++) {
        assert_ok(sl_segment_scan_next(&scan, &frame, &found));
        assert_int_equal(frame.first_seq, FIRST_SEQ + 2 * i);
        assert_int_equal(found.len, sizeof payload);
    }
    assert_err(last, sl_segment_scan_next(&scan, &frame, &found));
}

/* ── frames ── */

static void frames_that_follow_each_other_are_given(void **state)
{
    struct fixture *fixture = *state;
    put_both(fixture);
    assert_scan(fixture, 2, SL_E_NOT_FOUND);
}

/* Of the salt, the generation and the frame before: whatever of them were left out, both sides would agree again. */
static void the_bytes_of_a_frame_are_these(void **state)
{
    static const uint8_t expected[SL_FRAME_HEADER_BYTES] = {
        0x53, 0x4c, 0x4a, 0x46, 0x62, 0x0b, 0x1f, 0x79, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0xf7, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
        0x18, 0x00, 0x00, 0x00, 0xba, 0xb6, 0xad, 0xba, 0x06, 0xc8, 0xe7, 0x61};
    struct fixture *fixture = *state;
    assert_int_equal(sl_segment_seed(&header), seed_of_header());
    uint32_t previous = fixture->first.frame.chain;
    assert_int_equal(
        sl_crc32c(sl_frame_chain_begin(seed_of_header(), previous), payload, sizeof payload),
        checksum(seed_of_header(), previous));
    put_both(fixture);
    assert_memory_equal(expected, fixture->bytes + offset_of(1), sizeof expected);
}

static void a_frame_of_another_magic_is_none(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, 0, &fixture->first);
    fixture->bytes[offset_of(0)] ^= 1; /* the checksum does not cover it */
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_frame_of_another_generation_is_none_whatever_its_checksums(void **state)
{
    struct fixture *fixture = *state;
    fixture->first.generation = GENERATION - 1;
    put(fixture, 0, &fixture->first);
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_flipped_bit_in_the_count_is_told_by_the_headers_checksum(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, 0, &fixture->first);
    fixture->bytes[offset_of(0) + 24] ^= 1; /* the payload's does not cover it */
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_flipped_bit_in_the_payload_is_told_by_its_checksum(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, 0, &fixture->first);
    fixture->bytes[offset_of(0) + SL_FRAME_HEADER_BYTES + 3] ^= 1;
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_frame_of_no_records_is_none(void **state)
{
    struct fixture *fixture = *state;
    fixture->first.frame.count = 0;
    put(fixture, 0, &fixture->first);
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_frame_that_ends_behind_the_segment_is_none(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, 0, &fixture->first);
    fixture->size = offset_of(1);
    assert_scan(fixture, 1, SL_E_NOT_FOUND);
    fixture->size = offset_of(1) - 8; /* its bytes are all there to be read */
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

static void a_frame_that_does_not_go_on_from_the_one_before_is_damage(void **state)
{
    struct fixture *fixture = *state;
    fixture->second = made_after(fixture->first.frame.chain + 1, FIRST_SEQ + 2);
    put_both(fixture);
    assert_scan(fixture, 1, SL_E_CORRUPT);
}

static void a_frame_whose_seq_is_not_the_next_one_is_damage(void **state)
{
    struct fixture *fixture = *state;
    fixture->second = made_after(fixture->first.frame.chain, FIRST_SEQ + 3);
    put_both(fixture);
    assert_scan(fixture, 1, SL_E_CORRUPT);
}

static void two_frames_in_each_others_places_are_damage(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, 0, &fixture->second);
    put(fixture, 1, &fixture->first);
    assert_scan(fixture, 0, SL_E_CORRUPT);
}

static void a_torn_frame_is_the_end_unless_another_was_begun_behind_it(void **state)
{
    struct fixture *fixture = *state;
    put_both(fixture);
    fixture->bytes[offset_of(1) + SL_FRAME_HEADER_BYTES] ^= 1;
    assert_scan(fixture, 1, SL_E_NOT_FOUND);
    fixture->bytes[offset_of(0) + SL_FRAME_HEADER_BYTES] ^= 1;
    assert_scan(fixture, 0, SL_E_CORRUPT);
}

/* Whoever writes an event knows all of it. */
static void behind_a_torn_frame_a_header_without_the_salt_is_none(void **state)
{
    struct fixture *fixture = *state;
    uint64_t generation = GENERATION;
    put_both(fixture);
    fixture->second.seed = sl_crc32c(0, &generation, sizeof generation);
    put(fixture, 1, &fixture->second);
    fixture->bytes[offset_of(0) + SL_FRAME_HEADER_BYTES] ^= 1;
    assert_scan(fixture, 0, SL_E_NOT_FOUND);
}

/* ── the header of a segment ── */

static void each_copy_of_a_header_is_told_by_its_checksum_and_one_is_enough(void **state)
{
    struct fixture *fixture = *state;
    for (size_t at = 0; at < 68; at++) {
        struct sl_segment_header found;
        uint8_t block[SL_SEGMENT_HEADER_BYTES];
        memcpy(block, fixture->bytes, sizeof block);
        block[at] ^= 4;
        assert_true(sl_segment_header_decode(block, &found));
        assert_memory_equal(&header, &found, sizeof header);
        block[2048 + at] ^= 4;
        assert_false(sl_segment_header_decode(block, &found));
        assert_false(sl_segment_header_is_blank(block));
        block[at] ^= 4;
        assert_true(sl_segment_header_decode(block, &found));
        assert_memory_equal(&header, &found, sizeof header);
    }
}

static void a_header_of_another_version_is_none_whatever_its_checksum(void **state)
{
    struct fixture *fixture = *state;
    struct sl_segment_header found;
    for (size_t copy = 0; copy <= 2048; copy += 2048) {
        fixture->bytes[copy + 6] = '2';
        uint32_t crc = sl_crc32c(0, fixture->bytes + copy, 64);
        memcpy(fixture->bytes + copy + 64, &crc, sizeof crc);
    }
    assert_false(sl_segment_header_decode(fixture->bytes, &found));
}

static void only_zeros_in_both_places_are_a_free_segment(void **state)
{
    (void)state;
    uint8_t block[SL_SEGMENT_HEADER_BYTES] = {0};
    assert_true(sl_segment_header_is_blank(block));
    block[67] = 1;
    assert_false(sl_segment_header_is_blank(block));
    block[67] = 0;
    block[2048] = 1;
    assert_false(sl_segment_header_is_blank(block));
}

static void a_version_is_foreign_only_if_both_places_say_so(void **state)
{
    struct fixture *fixture = *state;
    assert_false(sl_segment_header_is_foreign(fixture->bytes));
    fixture->bytes[6] = '2';
    assert_false(sl_segment_header_is_foreign(fixture->bytes));
    fixture->bytes[2048 + 6] = '2';
    assert_true(sl_segment_header_is_foreign(fixture->bytes));
    fixture->bytes[2048 + 7] = 'x';
    assert_false(sl_segment_header_is_foreign(fixture->bytes));
}

static void a_note_of_the_next_segment_is_told_by_its_checksum(void **state)
{
    struct fixture *fixture = *state;
    uint64_t successor = 1;
    assert_ok(sl_segment_note_decode(&header, fixture->bytes, &successor));
    assert_int_equal(successor, 0);
    uint8_t *note = fixture->bytes + SL_SEGMENT_NOTE_AT;
    sl_segment_note_encode(&header, GENERATION + 1, note);
    assert_ok(sl_segment_note_decode(&header, fixture->bytes, &successor));
    assert_int_equal(successor, GENERATION + 1);
    for (size_t at = 0; at < SL_SEGMENT_NOTE_BYTES; at++) {
        note[at] ^= 4;
        assert_err(SL_E_CORRUPT, sl_segment_note_decode(&header, fixture->bytes, &successor));
        note[at] ^= 4;
    }
    struct sl_segment_header other = header;
    other.salt[0]++;
    assert_err(SL_E_CORRUPT, sl_segment_note_decode(&other, fixture->bytes, &successor));
}

static void a_note_of_another_magic_is_damage_whatever_its_checksum(void **state)
{
    struct fixture *fixture = *state;
    uint64_t successor;
    uint8_t *note = fixture->bytes + SL_SEGMENT_NOTE_AT;
    sl_segment_note_encode(&header, GENERATION + 1, note);
    note[0] ^= 1;
    uint32_t crc = sl_crc32c(seed_of_header(), note, 16);
    memcpy(note + 16, &crc, sizeof crc);
    assert_err(SL_E_CORRUPT, sl_segment_note_decode(&header, fixture->bytes, &successor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_that_follow_each_other_are_given, set_up),
        cmocka_unit_test_setup(the_bytes_of_a_frame_are_these, set_up),
        cmocka_unit_test_setup(a_frame_of_another_magic_is_none, set_up),
        cmocka_unit_test_setup(a_frame_of_another_generation_is_none_whatever_its_checksums,
                               set_up),
        cmocka_unit_test_setup(a_flipped_bit_in_the_count_is_told_by_the_headers_checksum, set_up),
        cmocka_unit_test_setup(a_flipped_bit_in_the_payload_is_told_by_its_checksum, set_up),
        cmocka_unit_test_setup(a_frame_of_no_records_is_none, set_up),
        cmocka_unit_test_setup(a_frame_that_ends_behind_the_segment_is_none, set_up),
        cmocka_unit_test_setup(a_frame_that_does_not_go_on_from_the_one_before_is_damage, set_up),
        cmocka_unit_test_setup(a_frame_whose_seq_is_not_the_next_one_is_damage, set_up),
        cmocka_unit_test_setup(two_frames_in_each_others_places_are_damage, set_up),
        cmocka_unit_test_setup(a_torn_frame_is_the_end_unless_another_was_begun_behind_it, set_up),
        cmocka_unit_test_setup(behind_a_torn_frame_a_header_without_the_salt_is_none, set_up),
        cmocka_unit_test_setup(each_copy_of_a_header_is_told_by_its_checksum_and_one_is_enough,
                               set_up),
        cmocka_unit_test_setup(a_header_of_another_version_is_none_whatever_its_checksum, set_up),
        cmocka_unit_test_setup(only_zeros_in_both_places_are_a_free_segment, set_up),
        cmocka_unit_test_setup(a_version_is_foreign_only_if_both_places_say_so, set_up),
        cmocka_unit_test_setup(a_note_of_the_next_segment_is_told_by_its_checksum, set_up),
        cmocka_unit_test_setup(a_note_of_another_magic_is_damage_whatever_its_checksum, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
