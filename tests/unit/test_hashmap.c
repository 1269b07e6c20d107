/* The hash map: it has what was put since the last clear and nothing else, however often it has been cleared, and gives it sorted. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashmap.h"

#define ROW_BYTES 24u
#define KEYS      4000u
#define CLEARS    600
#define ROUNDS    255 /* of the slots, before they begin anew */

static struct sl_key key_of(uint64_t number)
{
    return (struct sl_key){number % 7, number * 0x9e3779b97f4a7c15ull};
}

static struct sl_hashmap *open_map(void)
{
    struct sl_hashmap *map;
    assert_ok(sl_hashmap_open(ROW_BYTES, &map));
    return map;
}

static void put(struct sl_hashmap *map, uint64_t number, uint64_t value, bool expects_new)
{
    static const uint8_t zeros[ROW_BYTES];
    void *row;
    bool is_new;
    assert_ok(sl_hashmap_put(map, key_of(number), &row, &is_new));
    assert_int_equal(is_new, expects_new);
    if (is_new) {
        assert_memory_equal(row, zeros, ROW_BYTES);
    }
    memcpy((uint8_t *)row + ROW_BYTES - sizeof value, &value, sizeof value);
}

/* 0: not there. */
static uint64_t get(const struct sl_hashmap *map, uint64_t number)
{
    uint64_t value = 0;
    const uint8_t *row = sl_hashmap_get(map, key_of(number));
    if (row != NULL) {
        memcpy(&value, row + ROW_BYTES - sizeof value, sizeof value);
    }
    return value;
}

static void it_has_what_was_put_since_the_last_clear(void **state)
{
    (void)state;
    static uint64_t values[KEYS]; /* 0: not there */
    struct sl_test_random random;
    struct sl_hashmap *map = open_map();
    sl_test_random_init(&random);
    for (int clear = 0; clear < CLEARS; clear++) {
        uint64_t puts = sl_test_random_below(&random, clear % 50 == 0 ? 8 * KEYS : 200);
        size_t count = 0;
        for (uint64_t i = 0; i < puts; i++) {
            uint64_t number = sl_test_random_below(&random, KEYS);
            count += values[number] == 0;
            put(map, number, i + 1, values[number] == 0);
            values[number] = i + 1;
        }
        assert_int_equal(sl_hashmap_count(map), count);
        for (uint64_t number = 0; number < KEYS; number++) {
            assert_int_equal(get(map, number), values[number]);
        }
        sl_hashmap_clear(map);
        assert_int_equal(sl_hashmap_count(map), 0);
        memset(values, 0, sizeof values);
    }
    sl_hashmap_close(map);
}

/* Slots that nobody has used since the same round came last. */
static void what_was_put_a_round_of_rounds_ago_does_not_come_back(void **state)
{
    (void)state;
    struct sl_hashmap *map = open_map();
    for (int round = 0; round < 2 * ROUNDS; round++) {
        put(map, 0, 1, true);
        for (uint64_t number = 1; number <= 20; number++) {
            assert_int_equal(get(map, number), 0);
        }
        for (uint64_t number = 1; round == 0 && number <= 20; number++) {
            put(map, number, number, true);
        }
        sl_hashmap_clear(map);
    }
    sl_hashmap_close(map);
}

static void a_row_stays_where_it_is_while_the_map_grows(void **state)
{
    (void)state;
    struct sl_hashmap *map = open_map();
    put(map, 0, 7, true);
    const void *row = sl_hashmap_get(map, key_of(0));
    for (uint64_t number = 1; number < KEYS; number++) {
        put(map, number, 1, true);
    }
    assert_ptr_equal(sl_hashmap_get(map, key_of(0)), row);
    assert_int_equal(get(map, 0), 7);
    sl_hashmap_close(map);
}

static void items_come_in_the_order_of_their_keys(void **state)
{
    (void)state;
    struct sl_hashmap *map = open_map();
    uint32_t *order;
    assert_ok(sl_hashmap_sort(map, &order));
    assert_null(order);
    for (uint64_t number = 0; number < KEYS; number++) {
        put(map, number, number + 1, true);
    }
    assert_ok(sl_hashmap_sort(map, &order));
    for (uint32_t i = 1; i < KEYS; i++) {
        struct sl_key before = sl_hashmap_key(map, order[i - 1]);
        assert_true(sl_key_compare(before, sl_hashmap_key(map, order[i])) < 0);
    }
    free(order);
    sl_hashmap_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_what_was_put_since_the_last_clear),
        cmocka_unit_test(what_was_put_a_round_of_rounds_ago_does_not_come_back),
        cmocka_unit_test(a_row_stays_where_it_is_while_the_map_grows),
        cmocka_unit_test(items_come_in_the_order_of_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
