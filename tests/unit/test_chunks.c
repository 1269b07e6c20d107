/* The chunked list: items stay where they are while it grows, what is forgotten leaves its memory, exhausted memory harms nothing. */
#include "lib/test.h"

#include <sys/resource.h>

#include "base/chunks.h"

#define ITEMS (SL_CHUNK_ITEMS * 40 + 7) /* more chunks than the first table of chunks holds */

static void add(struct sl_chunks *list, uint64_t value)
{
    uint64_t *item = sl_chunks_add(list);
    assert_non_null(item);
    *item = value;
}

static uint64_t at(const struct sl_chunks *list, size_t index)
{
    const uint64_t *item = sl_chunks_at(list, index);
    return *item;
}

static void items_stay_where_they_are_while_the_list_grows(void **state)
{
    (void)state;
    static const void *places[ITEMS];
    struct sl_chunks list;
    sl_chunks_init(&list, sizeof(uint64_t));

    for (size_t i = 0; i < ITEMS; i++) {
        add(&list, i * 3);
        places[i] = sl_chunks_at(&list, i);
    }

    assert_int_equal(list.count, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        assert_ptr_equal(sl_chunks_at(&list, i), places[i]);
        assert_int_equal(at(&list, i), i * 3);
    }
    sl_chunks_deinit(&list);
}

static void fill(struct sl_chunks *list, size_t count)
{
    for (size_t i = list->count; i < count; i++) {
        add(list, i);
    }
}

static void what_is_forgotten_is_added_anew_in_the_same_memory(void **state)
{
    (void)state;
    struct sl_chunks list;
    sl_chunks_init(&list, sizeof(uint64_t));
    fill(&list, ITEMS);
    const void *last = sl_chunks_at(&list, ITEMS - 1);

    sl_chunks_truncate(&list, SL_CHUNK_ITEMS);
    assert_int_equal(list.count, SL_CHUNK_ITEMS);
    for (size_t i = SL_CHUNK_ITEMS; i < ITEMS; i++) {
        add(&list, i + 1);
    }

    assert_ptr_equal(sl_chunks_at(&list, ITEMS - 1), last);
    assert_int_equal(at(&list, SL_CHUNK_ITEMS - 1), SL_CHUNK_ITEMS - 1);
    assert_int_equal(at(&list, SL_CHUNK_ITEMS), SL_CHUNK_ITEMS + 1);
    assert_int_equal(at(&list, ITEMS - 1), ITEMS);
    sl_chunks_deinit(&list);
}

static void clearing_keeps_the_memory_of_its_items(void **state)
{
    (void)state;
    struct sl_chunks list;
    sl_chunks_init(&list, sizeof(uint64_t));
    sl_chunks_clear(&list);
    fill(&list, ITEMS);
    const void *first = sl_chunks_at(&list, 0);
    const void *last = sl_chunks_at(&list, ITEMS - 1);

    sl_chunks_clear(&list);
    assert_int_equal(list.count, 0);
    fill(&list, ITEMS);
    assert_ptr_equal(sl_chunks_at(&list, 0), first);
    assert_ptr_equal(sl_chunks_at(&list, ITEMS - 1), last);
    assert_int_equal(at(&list, ITEMS - 1), ITEMS - 1);
    sl_chunks_deinit(&list);
}

#define WIDE_ITEM                                                                                  \
    ((size_t)8 * 1024) /* so wide that memory is mapped, and can be seen to be there or not */
#define WIDE_ITEMS (SL_CHUNK_ITEMS * 33)

static void clearing_frees_what_its_items_did_not_take(void **state)
{
    (void)state;
    struct sl_chunks list;
    sl_chunks_init(&list, WIDE_ITEM);
    fill(&list, WIDE_ITEMS);
    const void *first = sl_chunks_at(&list, 0);
    const void *last = sl_chunks_at(&list, WIDE_ITEMS - 1);

    sl_chunks_clear(&list);
    assert_true(sl_test_is_mapped(first));
    assert_true(sl_test_is_mapped(last));
    fill(&list, SL_CHUNK_ITEMS);
    sl_chunks_clear(&list);

    assert_true(sl_test_is_mapped(first));
    assert_false(sl_test_is_mapped(last));
    fill(&list, WIDE_ITEMS);
    assert_int_equal(at(&list, WIDE_ITEMS - 1), WIDE_ITEMS - 1);
    sl_chunks_deinit(&list);
}

static void a_list_may_be_emptied_at_any_length(void **state)
{
    (void)state;
    struct sl_chunks list;
    sl_chunks_init(&list, sizeof(uint64_t));
    sl_chunks_truncate(&list, 0);
    for (size_t count = SL_CHUNK_ITEMS - 1; count <= SL_CHUNK_ITEMS + 1; count++) {
        for (size_t i = 0; i < count; i++) {
            add(&list, count + i);
        }
        assert_int_equal(at(&list, count - 1), 2 * count - 1);
        sl_chunks_truncate(&list, 0);
    }
    sl_chunks_deinit(&list);
}

static void its_bytes_are_those_of_its_items(void **state)
{
    (void)state;
    const size_t item_bytes = 24;
    struct sl_chunks list;
    sl_chunks_init(&list, item_bytes);
    assert_int_equal(sl_chunks_bytes(&list), 0);

    for (size_t i = 0; i < SL_CHUNK_ITEMS + 1; i++) {
        assert_non_null(sl_chunks_add(&list));
        assert_int_equal(sl_chunks_bytes(&list), (i + 1) * item_bytes);
    }

    sl_chunks_truncate(&list, 1);
    assert_int_equal(sl_chunks_bytes(&list), item_bytes);
    sl_chunks_deinit(&list);
    assert_int_equal(sl_chunks_bytes(&list), 0);
}

static void it_is_empty_and_ready_after_deinit(void **state)
{
    (void)state;
    struct sl_chunks list;
    sl_chunks_init(&list, sizeof(uint64_t));
    add(&list, 1);

    sl_chunks_deinit(&list);
    assert_int_equal(list.count, 0);
    add(&list, 2);

    assert_int_equal(at(&list, 0), 2);
    sl_chunks_deinit(&list);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_MALLOC 1 /* which maps terabytes, and ends the process rather than give NULL */
#else
#define HAS_OWN_MALLOC 0
#endif

#define LARGE_ITEM                                                                                 \
    ((size_t)64 * 1024) /* a chunk of them is 16 MiB, of which a test touches little */
#define MEMORY_BYTES ((size_t)1024 * 1024 * 1024)

static void set_memory(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
}

static void exhausted_memory_leaves_the_list_as_it_was(void **state)
{
    (void)state;
    struct sl_chunks list;
    if (HAS_OWN_MALLOC) {
        skip();
    }
    sl_chunks_init(&list, LARGE_ITEM);
    set_memory(MEMORY_BYTES);
    uint64_t *item;
    while ((item = sl_chunks_add(&list)) != NULL && list.count < MEMORY_BYTES / LARGE_ITEM) {
        *item = list.count;
    }
    set_memory(RLIM_INFINITY);
    size_t count = list.count;

    assert_null(item);
    assert_true(count > 0 && count % SL_CHUNK_ITEMS == 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(at(&list, i), i + 1);
    }
    assert_non_null(sl_chunks_add(&list));
    assert_int_equal(list.count, count + 1);
    sl_chunks_deinit(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_where_they_are_while_the_list_grows),
        cmocka_unit_test(what_is_forgotten_is_added_anew_in_the_same_memory),
        cmocka_unit_test(a_list_may_be_emptied_at_any_length),
        cmocka_unit_test(clearing_keeps_the_memory_of_its_items),
        cmocka_unit_test(clearing_frees_what_its_items_did_not_take),
        cmocka_unit_test(its_bytes_are_those_of_its_items),
        cmocka_unit_test(it_is_empty_and_ready_after_deinit),
        cmocka_unit_test(exhausted_memory_leaves_the_list_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
