/* The ordered map: what it gives back is what a sorted array would, in either direction, at any size. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

#define ROW_BYTES 24u
#define ENTRIES   5000u

struct entry {
    struct sl_key key;
    uint64_t value;
};

struct reference {
    struct entry entries[ENTRIES];
    size_t count;
};

/* Index of the first entry with a key not below `key`. */
static size_t reference_find(const struct reference *reference, struct sl_key key)
{
    size_t low = 0;
    size_t high = reference->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sl_key_compare(reference->entries[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool reference_has(const struct reference *reference, size_t at, struct sl_key key)
{
    return at < reference->count && sl_key_compare(reference->entries[at].key, key) == 0;
}

static void reference_put(struct reference *reference, struct sl_key key, uint64_t value)
{
    size_t at = reference_find(reference, key);
    if (!reference_has(reference, at, key)) {
        memmove(&reference->entries[at + 1], &reference->entries[at],
                (reference->count - at) * sizeof reference->entries[0]);
        reference->count++;
    }
    reference->entries[at] = (struct entry){key, value};
}

static uint64_t value_of(const void *row)
{
    uint64_t value;
    memcpy(&value, row, sizeof value);
    return value;
}

static void put(struct sl_map *map, struct sl_key key, uint64_t value)
{
    void *row;
    bool is_new;
    assert_ok(sl_map_put(map, key, &row, &is_new));
    memcpy(row, &value, sizeof value);
}

static struct sl_key random_key(struct sl_test_random *random)
{
    /* Few high words, so that runs of equal ones occur, and some at the very ends. */
    struct sl_key key = {sl_test_random_below(random, 40), sl_test_random_below(random, 500)};
    if (sl_test_random_below(random, 50) == 0) {
        key.lo = UINT64_MAX;
    }
    return key;
}

static void check_all(const struct sl_map *map, const struct reference *reference)
{
    struct sl_map_cursor cursor;
    assert_int_equal(sl_map_count(map), reference->count);
    sl_map_seek(map, (struct sl_key){0, 0}, &cursor);
    for (size_t i = 0; i < reference->count; i++) {
        assert_non_null(cursor.row);
        assert_int_equal(sl_key_compare(cursor.key, reference->entries[i].key), 0);
        assert_int_equal(value_of(cursor.row), reference->entries[i].value);
        sl_map_next(map, &cursor);
    }
    assert_null(cursor.row);
    sl_map_seek_last(map, (struct sl_key){UINT64_MAX, UINT64_MAX}, &cursor);
    for (size_t i = reference->count; i > 0; i--) {
        assert_int_equal(sl_key_compare(cursor.key, reference->entries[i - 1].key), 0);
        sl_map_previous(map, &cursor);
    }
    assert_null(cursor.row);
}

static void
check_around(const struct sl_map *map, const struct reference *reference, struct sl_key key)
{
    struct sl_map_cursor cursor;
    size_t at = reference_find(reference, key);
    sl_map_seek(map, key, &cursor);
    assert_int_equal(cursor.row != NULL, at < reference->count);
    if (cursor.row != NULL) {
        assert_int_equal(sl_key_compare(cursor.key, reference->entries[at].key), 0);
    }
    size_t upto = at + reference_has(reference, at, key);
    sl_map_seek_last(map, key, &cursor);
    assert_int_equal(cursor.row != NULL, upto > 0);
    if (cursor.row != NULL) {
        assert_int_equal(sl_key_compare(cursor.key, reference->entries[upto - 1].key), 0);
    }
    assert_int_equal(sl_map_get(map, key) != NULL, reference_has(reference, at, key));
}

static void it_holds_what_a_sorted_array_would_under_random_puts(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_map *map;
    struct reference *reference = calloc(1, sizeof *reference);
    assert_non_null(reference);
    assert_ok(sl_map_open(ROW_BYTES, &map));

    for (size_t i = 0; i < ENTRIES; i++) {
        struct sl_key key = random_key(&random);
        put(map, key, i);
        reference_put(reference, key, i);
        check_around(map, reference, random_key(&random));
    }

    check_all(map, reference);
    sl_map_close(map);
    free(reference);
}

static void check_sequence(uint64_t count, uint64_t (*nth)(uint64_t i, uint64_t count))
{
    struct sl_map *map;
    assert_ok(sl_map_open(8, &map));
    for (uint64_t i = 0; i < count; i++) {
        put(map, (struct sl_key){7, nth(i, count)}, nth(i, count));
    }
    struct sl_map_cursor cursor;
    sl_map_seek(map, (struct sl_key){0, 0}, &cursor);
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(cursor.key.lo, i);
        assert_int_equal(value_of(cursor.row), i);
        sl_map_next(map, &cursor);
    }
    assert_null(cursor.row);
    sl_map_close(map);
}

static uint64_t up(uint64_t i, uint64_t count)
{
    (void)count;
    return i;
}

static uint64_t down(uint64_t i, uint64_t count)
{
    return count - 1 - i;
}

static uint64_t ends_in_turn(uint64_t i, uint64_t count)
{
    return i % 2 == 0 ? i / 2 : count - 1 - i / 2;
}

static void ascending_descending_and_alternating_keys_come_back_in_order(void **state)
{
    (void)state;
    check_sequence(100000, up);
    check_sequence(100000, down);
    check_sequence(100000, ends_in_turn);
}

static void ascending_keys_leave_full_leaves(void **state)
{
    (void)state;
    struct sl_map *map;
    assert_ok(sl_map_open(48, &map));
    for (uint64_t i = 0; i < 100000; i++) {
        put(map, (struct sl_key){i, 0}, i);
    }
    assert_true(sl_map_bytes(map) < 100000 * (48 + 16) * 5 / 4);
    sl_map_close(map);
}

static void a_new_row_is_zero_even_where_an_older_one_lay(void **state)
{
    (void)state;
    static const uint8_t zeros[ROW_BYTES];
    struct sl_map *map;
    void *row;
    bool is_new;
    assert_ok(sl_map_open(ROW_BYTES, &map));
    assert_ok(sl_map_put(map, (struct sl_key){1, 1}, &row, &is_new));
    memset(row, 0xff, ROW_BYTES);

    sl_map_clear(map);
    assert_null(sl_map_get(map, (struct sl_key){1, 1}));
    assert_ok(sl_map_put(map, (struct sl_key){1, 1}, &row, &is_new));

    assert_true(is_new);
    assert_memory_equal(row, zeros, ROW_BYTES);
    sl_map_close(map);
}

static void a_put_of_a_known_key_gives_its_row(void **state)
{
    (void)state;
    struct sl_map *map;
    void *first;
    void *second;
    bool is_new;
    assert_ok(sl_map_open(8, &map));
    assert_ok(sl_map_put(map, (struct sl_key){1, 2}, &first, &is_new));
    assert_true(is_new);
    assert_ok(sl_map_put(map, (struct sl_key){1, 2}, &second, &is_new));
    assert_false(is_new);
    assert_ptr_equal(first, second);
    assert_int_equal(sl_map_count(map), 1);
    sl_map_close(map);
}

static void an_empty_map_has_nothing_anywhere(void **state)
{
    (void)state;
    struct sl_map *map;
    struct sl_map_cursor cursor;
    assert_ok(sl_map_open(8, &map));
    assert_null(sl_map_get(map, (struct sl_key){0, 0}));
    sl_map_seek(map, (struct sl_key){0, 0}, &cursor);
    assert_null(cursor.row);
    sl_map_seek_last(map, (struct sl_key){UINT64_MAX, UINT64_MAX}, &cursor);
    assert_null(cursor.row);
    assert_int_equal(sl_map_bytes(map), 0);
    sl_map_close(map);
    sl_map_close(NULL);
}

static void keys_are_ordered_as_unsigned_words_high_first(void **state)
{
    (void)state;
    assert_true(sl_key_compare((struct sl_key){1, UINT64_MAX}, (struct sl_key){2, 0}) < 0);
    assert_true(sl_key_compare((struct sl_key){UINT64_MAX, 0}, (struct sl_key){1, 5}) > 0);
    assert_int_equal(sl_key_compare((struct sl_key){3, 4}, (struct sl_key){3, 4}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_a_sorted_array_would_under_random_puts),
        cmocka_unit_test(ascending_descending_and_alternating_keys_come_back_in_order),
        cmocka_unit_test(ascending_keys_leave_full_leaves),
        cmocka_unit_test(a_new_row_is_zero_even_where_an_older_one_lay),
        cmocka_unit_test(a_put_of_a_known_key_gives_its_row),
        cmocka_unit_test(an_empty_map_has_nothing_anywhere),
        cmocka_unit_test(keys_are_ordered_as_unsigned_words_high_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
