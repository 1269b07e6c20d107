/* Memory that may be huge pages: zeros, aligned where it matters, as large as asked for and given back whole. */
#include "lib/test.h"

#include <string.h>

#include "base/huge.h"

static void assert_zeros(const uint8_t *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        assert_int_equal(memory[i], 0);
    }
}

static void it_is_zeros_of_any_size(void **state)
{
    (void)state;
    const size_t sizes[] = {1,
                            4096,
                            SL_HUGE_PAGE_BYTES - 1,
                            SL_HUGE_PAGE_BYTES,
                            SL_HUGE_PAGE_BYTES + 1,
                            3 * SL_HUGE_PAGE_BYTES - 8};
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            uint8_t *memory = sl_huge_alloc(sizes[i]);
            assert_non_null(memory);
            assert_zeros(memory, sizes[i]);
            memset(memory, 0xa5, sizes[i]);
            sl_huge_free(memory, sizes[i]);
        }
    }
}

static void from_one_huge_page_on_it_is_aligned_for_them(void **state)
{
    (void)state;
    void *some[8];
    for (size_t i = 0; i < 8; i++) {
        some[i] = sl_huge_alloc(SL_HUGE_PAGE_BYTES + i * 4096);
        assert_int_equal((uintptr_t)some[i] % SL_HUGE_PAGE_BYTES, 0);
    }
    for (size_t i = 0; i < 8; i++) {
        sl_huge_free(some[i], SL_HUGE_PAGE_BYTES + i * 4096);
    }
}

static void what_cannot_be_had_is_null(void **state)
{
    (void)state;
    assert_null(sl_huge_alloc(SIZE_MAX));
    assert_null(sl_huge_alloc(SIZE_MAX - SL_HUGE_PAGE_BYTES));
    assert_null(sl_huge_alloc((size_t)1 << 60));
    sl_huge_free(NULL, 0);
    sl_huge_free(NULL, SL_HUGE_PAGE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_zeros_of_any_size),
        cmocka_unit_test(from_one_huge_page_on_it_is_aligned_for_them),
        cmocka_unit_test(what_cannot_be_had_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
