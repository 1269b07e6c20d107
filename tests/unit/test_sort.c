/* The radix sort: the order that comparing (word, position) gives, whichever bytes differ and however many passes that takes. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/sort.h"

#define COUNT_MAX 5000u

struct sorting {
    struct sl_test_random random;
    struct sl_sorted entries[COUNT_MAX];
    struct sl_sorted spare[COUNT_MAX];
    struct sl_sorted expected[COUNT_MAX];
};

static struct sorting sorting;

/* Indexes are given in order, so whoever sorts by them too sorts stably. */
static int compare(const void *left, const void *right)
{
    const struct sl_sorted *a = left;
    const struct sl_sorted *b = right;
    if (a->word != b->word) {
        return a->word < b->word ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static void check(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sorting.entries[i].index = (uint32_t)i;
        sorting.expected[i] = sorting.entries[i];
    }
    qsort(sorting.expected, count, sizeof sorting.expected[0], compare);

    sl_sort(sorting.entries, sorting.spare, count);

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sorting.entries[i].word, sorting.expected[i].word);
        assert_int_equal(sorting.entries[i].index, sorting.expected[i].index);
    }
}

static void check_random(uint64_t mask, uint64_t base, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sorting.entries[i].word = base ^ (sl_test_random(&sorting.random) & mask);
    }
    check(count);
}

static void random_words_come_in_the_order_of_word_and_position(void **state)
{
    (void)state;
    sl_test_random_init(&sorting.random);
    for (int round = 0; round < 50; round++) {
        size_t count = (size_t)sl_test_random_below(&sorting.random, COUNT_MAX + 1);
        check_random(UINT64_MAX, 0, count);
    }
}

/* An odd and an even number of passes end in different arrays. */
static void any_set_of_bytes_may_differ(void **state)
{
    (void)state;
    sl_test_random_init(&sorting.random);
    for (unsigned set = 0; set < 256; set++) {
        uint64_t mask = 0;
        for (unsigned byte = 0; byte < 8; byte++) {
            mask |= (set >> byte & 1) != 0 ? (uint64_t)0xff << byte * 8 : 0;
        }
        check_random(mask, sl_test_random(&sorting.random), 300);
    }
}

static void any_single_bit_may_differ(void **state)
{
    (void)state;
    sl_test_random_init(&sorting.random);
    for (unsigned bit = 0; bit < 64; bit++) {
        check_random((uint64_t)1 << bit, sl_test_random(&sorting.random), 100);
    }
}

static void words_that_differ_only_in_the_top_byte_are_sorted_stably(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_MAX; i++) {
        sorting.entries[i].word = (uint64_t)(255 - i * 7 % 256) << 56 | 0x123456;
    }
    check(COUNT_MAX);
}

static void equal_words_stay_as_they_came(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_MAX; i++) {
        sorting.entries[i].word = UINT64_MAX;
    }
    check(COUNT_MAX);
}

static void words_in_order_and_against_it_are_sorted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_MAX; i++) {
        sorting.entries[i].word = i * 1000003;
    }
    check(COUNT_MAX);
    for (size_t i = 0; i < COUNT_MAX; i++) {
        sorting.entries[i].word = UINT64_MAX - i * 1000003;
    }
    check(COUNT_MAX);
}

static void nothing_and_one_are_sorted_already(void **state)
{
    (void)state;
    struct sl_sorted one = {42, 7};
    struct sl_sorted spare = {0};

    sl_sort(NULL, NULL, 0);
    sl_sort(&one, &spare, 0);
    sl_sort(&one, &spare, 1);

    assert_int_equal(one.word, 42);
    assert_int_equal(one.index, 7);
}

static void nothing_behind_the_entries_is_touched(void **state)
{
    (void)state;
    static const struct sl_sorted guard = {0xdead, 0xbeef};
    for (size_t i = 0; i < 100; i++) {
        sorting.entries[i].word = 100 - i;
    }
    sorting.entries[100] = guard;
    sorting.spare[100] = guard;

    check(100);

    assert_memory_equal(&sorting.entries[100], &guard, sizeof guard);
    assert_memory_equal(&sorting.spare[100], &guard, sizeof guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_words_come_in_the_order_of_word_and_position),
        cmocka_unit_test(any_set_of_bytes_may_differ),
        cmocka_unit_test(any_single_bit_may_differ),
        cmocka_unit_test(words_that_differ_only_in_the_top_byte_are_sorted_stably),
        cmocka_unit_test(equal_words_stay_as_they_came),
        cmocka_unit_test(words_in_order_and_against_it_are_sorted),
        cmocka_unit_test(nothing_and_one_are_sorted_already),
        cmocka_unit_test(nothing_behind_the_entries_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
