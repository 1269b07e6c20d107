/* Pages from slabs: what a clear keeps and what it gives back. */
#include "lib/test.h"

#include <string.h>

#include "base/page_pool.h"

#define PAGE_BYTES                                                                                 \
    ((size_t)256 * 1024) /* eight to the largest slab, but a slab has sixteen at least */
#define PAGES (16u * 16u)

static void *take(struct sl_page_pool *pool)
{
    assert_true(sl_page_pool_reserve(pool, 1));
    return sl_page_pool_take(pool);
}

/* Writes to each page, and gives the first of the `at`th slab in *ret_page. */
static void use(struct sl_page_pool *pool, uint32_t pages, uint32_t at, void **ret_page)
{
    for (uint32_t i = 0; i < pages; i++) {
        void *page = take(pool);
        memset(page, 1, PAGE_BYTES);
        if (i == at * 16) {
            *ret_page = page;
        }
    }
    assert_int_equal(sl_page_pool_bytes(pool), pages * PAGE_BYTES);
}

static void a_clear_keeps_what_was_in_use(void **state)
{
    (void)state;
    struct sl_page_pool pool;
    void *last = NULL;
    void *again = NULL;
    sl_page_pool_init(&pool, PAGE_BYTES);
    use(&pool, PAGES, 15, &last);
    sl_page_pool_clear(&pool);
    assert_int_equal(sl_page_pool_bytes(&pool), 0);
    use(&pool, PAGES, 15, &again);
    assert_ptr_equal(again, last);
    sl_page_pool_deinit(&pool);
}

/* Of sixteen slabs and then one in use fifteen are too many: the last goes, then the last of those, and so on. */
static void a_clear_gives_back_one_slab_that_was_not(void **state)
{
    (void)state;
    struct sl_page_pool pool;
    void *last = NULL;
    void *middle = NULL;
    void *ignored = NULL;
    sl_page_pool_init(&pool, PAGE_BYTES);
    use(&pool, PAGES, 15, &last);
    sl_page_pool_clear(&pool);
    use(&pool, PAGES, 8, &middle);
    sl_page_pool_clear(&pool);

    use(&pool, 1, 1, &ignored);
    sl_page_pool_clear(&pool);
    assert_false(sl_test_is_mapped(last));
    assert_true(sl_test_is_mapped(middle));
    assert_int_equal(pool.slabs, 15);

    for (int i = 0; i < 20; i++) {
        use(&pool, 1, 1, &ignored);
        sl_page_pool_clear(&pool);
    }
    assert_false(sl_test_is_mapped(middle));
    assert_int_equal(pool.slabs, 1);
    sl_page_pool_deinit(&pool);
}

static void nothing_is_kept_of_what_was_never_used(void **state)
{
    (void)state;
    struct sl_page_pool pool;
    void *ignored = NULL;
    sl_page_pool_init(&pool, PAGE_BYTES);
    sl_page_pool_clear(&pool);
    assert_int_equal(pool.slabs, 0);
    use(&pool, 1, 1, &ignored);
    sl_page_pool_clear(&pool);
    sl_page_pool_clear(&pool);
    assert_int_equal(pool.slabs, 1); /* a page from it may be wanted at any time */
    sl_page_pool_deinit(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_keeps_what_was_in_use),
        cmocka_unit_test(a_clear_gives_back_one_slab_that_was_not),
        cmocka_unit_test(nothing_is_kept_of_what_was_never_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
