/* Packed rows: a fixed form, every value comes back, and bytes that are no group are refused. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "store/row_group.h"

#define ROWS      16u
#define WORDS     8u
#define ROW_BYTES (WORDS * 8)

struct rows {
    struct sl_key keys[ROWS];
    uint64_t words[ROWS][WORDS];
};

static uint8_t packed[ROWS * (5 + 16 + ROW_BYTES) + 8];

static size_t pack(const struct rows *rows, size_t count)
{
    return sl_group_pack(rows->keys, (const uint8_t *)rows->words, count, ROW_BYTES, packed);
}

static void
assert_unpacks_to(const struct rows *rows, size_t count, const uint8_t *bytes, size_t len)
{
    struct sl_group_reader reader;
    uint64_t row[WORDS];
    sl_group_read_begin(&reader, rows->keys[0], bytes, len, ROW_BYTES);
    for (size_t i = 0; i < count; i++) {
        assert_true(sl_group_has_next(&reader));
        assert_ok(sl_group_read_next(&reader, row));
        assert_int_equal(sl_key_compare(reader.key, rows->keys[i]), 0);
        assert_memory_equal(row, rows->words[i], ROW_BYTES);
    }
    assert_false(sl_group_has_next(&reader));
}

static enum sl_err
read_all(struct sl_key group, const uint8_t *bytes, size_t len, size_t row_size, size_t *ret_count)
{
    struct sl_group_reader reader;
    uint64_t row[SL_PACKED_ROW_BYTES_MAX / 8];
    enum sl_err err = SL_OK;
    *ret_count = 0;
    sl_group_read_begin(&reader, group, bytes, len, row_size);
    do {
        err = sl_group_read_next(&reader, row);
        *ret_count += err == SL_OK;
    } while (err == SL_OK && sl_group_has_next(&reader));
    return err;
}

static void the_bytes_are_as_drawn(void **state)
{
    (void)state;
    const struct sl_key keys[] = {{7, 1000}, {7, 1256}, {9, 5}};
    const uint64_t rows[] = {0, 0x1234, (uint64_t)-2};
    static const uint8_t expected[] = {
        0x00, 0x00,                         /* the group's own key, a row of zeros */
        0x20, 0x02, 0x00, 0x01, 0x34, 0x12, /* hi + 0, lo + 256; 0x1234 */
        0x11, 0x01, 0x02, 0x05, 0xfe,       /* hi + 2, lo 5; -2 */
    };
    uint8_t bytes[sizeof keys / sizeof keys[0] * (2 + 24) + 8];
    size_t len = sl_group_pack(keys, (const uint8_t *)rows, 3, 8, bytes);
    assert_int_equal(len, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void words_at_the_borders_of_their_lengths_come_back(void **state)
{
    (void)state;
    struct rows rows;
    uint64_t words[ROWS * WORDS];
    size_t count = 0;
    for (unsigned bits = 7; bits < 64 && count + 6 <= ROWS * WORDS; bits += 8) {
        uint64_t edge = (uint64_t)1 << bits;
        words[count++] = edge - 1;
        words[count++] = edge;
        words[count++] = edge + 1;
        words[count++] = ~edge;
        words[count++] = ~edge + 1;
        words[count++] = ~edge + 2;
    }
    while (count < ROWS * WORDS) {
        words[count] = UINT64_MAX - count;
        count++;
    }
    memcpy(rows.words, words, sizeof words);
    for (unsigned i = 0; i < ROWS; i++) {
        rows.keys[i] = (struct sl_key){i < 8 ? 3 : 0xffffffffffffff00ull + i,
                                       i == 7 ? UINT64_MAX : (uint64_t)i << 60 | i};
    }
    size_t len = pack(&rows, ROWS);
    assert_true(len <= ROWS * sl_group_row_bytes_max(ROW_BYTES));
    assert_unpacks_to(&rows, ROWS, packed, len);
}

/* As the tables have them: mostly small, at times anything. */
static void make_up(struct rows *rows, struct sl_test_random *random)
{
    struct sl_key key = {sl_test_random(random) >> sl_test_random_below(random, 64),
                         sl_test_random(random) >> sl_test_random_below(random, 64)};
    for (unsigned i = 0; i < ROWS; i++) {
        rows->keys[i] = key;
        for (unsigned k = 0; k < WORDS; k++) {
            uint64_t word = sl_test_random(random) >> sl_test_random_below(random, 64);
            rows->words[i][k] = sl_test_random_below(random, 3) == 0 ? (uint64_t)0 - word : word;
        }
        uint64_t step = 1 + (sl_test_random(random) >> (20 + sl_test_random_below(random, 43)));
        if (sl_test_random_below(random, 3) == 0 || key.lo + step < key.lo) {
            key = (struct sl_key){key.hi + step, sl_test_random(random)};
        } else {
            key.lo += step;
        }
    }
}

static void what_is_packed_comes_back(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 3000; round++) {
        struct rows rows;
        make_up(&rows, &random);
        rows.keys[0].hi >>= 1; /* room to ascend */
        for (unsigned i = 1; i < ROWS; i++) {
            rows.keys[i].hi >>= 1;
            if (sl_key_compare(rows.keys[i], rows.keys[i - 1]) <= 0) {
                rows.keys[i] = (struct sl_key){rows.keys[i - 1].hi + 1, rows.keys[i].lo};
            }
        }
        size_t count = 1 + sl_test_random_below(&random, ROWS);
        size_t len = pack(&rows, count);
        assert_true(len <= count * sl_group_row_bytes_max(ROW_BYTES));
        assert_unpacks_to(&rows, count, packed, len);
    }
}

/* Read from a block of exactly their size, so that a look beyond the end is seen where memory is checked. */
static void a_group_cut_short_is_damage(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct rows rows;
    make_up(&rows, &random);
    rows.keys[0] = (struct sl_key){1, 1};
    rows.keys[1] = (struct sl_key){2, 0x123456};
    rows.words[1][WORDS - 1] = 0x778899;
    size_t one = pack(&rows, 1);
    size_t two = pack(&rows, 2);
    for (size_t len = 0; len < two; len++) {
        uint8_t *exact = malloc(len + 1);
        assert_non_null(exact);
        uint8_t *bytes = exact + 1; /* ends where the block ends */
        memcpy(bytes, packed, len);
        size_t count;
        enum sl_err err = read_all(rows.keys[0], bytes, len, ROW_BYTES, &count);
        assert_int_equal(err, len == one ? SL_OK : SL_E_CORRUPT);
        free(exact);
    }
}

static void bytes_that_no_packer_writes_are_damage(void **state)
{
    (void)state;
    size_t count;
    const struct sl_key group = {5, 5};
    static const uint8_t too_long_a_word[] = {0x90, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_err(SL_E_CORRUPT, read_all(group, too_long_a_word, sizeof too_long_a_word, 8, &count));
    static const uint8_t begins_elsewhere[] = {0x10, 0x00, 1};
    assert_err(SL_E_CORRUPT, read_all(group, begins_elsewhere, sizeof begins_elsewhere, 8, &count));
    static const uint8_t repeats_a_key[] = {0x00, 0x00, 0x00, 0x00};
    assert_err(SL_E_CORRUPT, read_all(group, repeats_a_key, sizeof repeats_a_key, 8, &count));
    assert_int_equal(count, 1);
    static const uint8_t descends[] = {0x00, 0x00, 0x10, 0x00, 0xff};
    assert_err(SL_E_CORRUPT, read_all(group, descends, sizeof descends, 8, &count));
}

static void random_bytes_are_rows_or_damage(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[64];
        size_t len = sl_test_random_below(&random, sizeof bytes + 1);
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)(sl_test_random(&random) & 0x33);
        }
        size_t count;
        enum sl_err err = read_all((struct sl_key){0, 0}, bytes, len, 16, &count);
        assert_true(err == SL_OK || err == SL_E_CORRUPT);
        assert_true(count <= len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_as_drawn),
        cmocka_unit_test(words_at_the_borders_of_their_lengths_come_back),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(a_group_cut_short_is_damage),
        cmocka_unit_test(bytes_that_no_packer_writes_are_damage),
        cmocka_unit_test(random_bytes_are_rows_or_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
