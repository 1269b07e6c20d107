/* Keys of names: ids that follow one another lie side by side, and names of one key are told from names of another. */
#include "lib/test.h"

#include <string.h>

#include "projections/name_key.h"

static struct sl_sha256 sha;

static int set_up(void **state)
{
    (void)state;
    return sl_sha256_init(&sha) == SL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    sl_sha256_deinit(&sha);
    return 0;
}

static struct sl_key key_of(const char *text)
{
    return sl_name_key(&sha, SL_ENTITY_DEAL, SLICE(text));
}

static int compare(struct sl_key a, struct sl_key b)
{
    if (a.hi != b.hi) {
        return a.hi < b.hi ? -1 : 1;
    }
    return a.lo == b.lo ? 0 : a.lo < b.lo ? -1 : 1;
}

static void assert_ascending(const char *const *texts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(compare(key_of(texts[i - 1]), key_of(texts[i])), -1);
    }
}

static void short_ids_that_count_upwards_lie_in_that_order(void **state)
{
    (void)state;
    static const char *const padded[] = {"D000099", "D000100", "D000101", "D100000"};
    static const char *const plain[] = {"deal-9", "deal-10", "deal-99", "deal-100"};
    static const char *const longest[] = {"OPP-2025-000999", "OPP-2025-001000"};

    assert_ascending(padded, COUNT(padded));
    assert_ascending(plain, COUNT(plain));
    assert_ascending(longest, COUNT(longest));
}

static void a_short_id_is_its_key(void **state)
{
    (void)state;

    struct sl_key key = key_of("D000123-456789x");

    assert_int_equal(key.hi, ((uint64_t)SL_ENTITY_DEAL << 60) | 0x0f44303030313233u);
    assert_int_equal(key.lo, 0x2d34353637383978u);
}

static void the_longest_exact_id_has_fifteen_bytes(void **state)
{
    (void)state;

    assert_true(sl_name_key_is_exact(SLICE("12345678901234")));
    assert_true(sl_name_key_is_exact(SLICE("123456789012345")));
    assert_false(sl_name_key_is_exact(SLICE("1234567890123456")));
}

static void zeros_at_the_end_of_an_id_count(void **state)
{
    (void)state;

    struct sl_key bare = sl_name_key(&sha, 1, (struct sl_slice){(const uint8_t *)"a\0", 1});
    struct sl_key padded = sl_name_key(&sha, 1, (struct sl_slice){(const uint8_t *)"a\0", 2});

    assert_int_not_equal(compare(bare, padded), 0);
}

static void long_ids_that_differ_in_the_last_three_bytes_share_the_first_word(void **state)
{
    (void)state;

    struct sl_key first = key_of("OPP-2025-EMEA-00000042");
    struct sl_key second = key_of("OPP-2025-EMEA-00000999");

    assert_int_equal(first.hi, second.hi);
    assert_int_not_equal(first.lo, second.lo);
}

static void long_ids_that_count_upwards_lie_in_that_order_by_the_thousand(void **state)
{
    (void)state;
    static const char *const texts[] = {"OPP-2025-EMEA-00000999", "OPP-2025-EMEA-00001000",
                                        "OPP-2025-EMEA-00010000", "OPP-2025-EMEA-09999999"};

    assert_ascending(texts, COUNT(texts));
}

static void long_ids_that_differ_before_the_last_seven_bytes_lie_apart(void **state)
{
    (void)state;

    struct sl_key first = key_of("OPP-2025-EMEA-00000042");
    struct sl_key second = key_of("OPP-2025-APAC-00000042");

    assert_int_not_equal(first.hi >> 32, second.hi >> 32);
    assert_int_equal((uint32_t)first.hi, (uint32_t)second.hi);
    assert_int_not_equal(first.lo, second.lo);
}

static void uuids_that_begin_with_their_time_lie_in_its_order(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0198c0de-8a3f-7fff-9c52-2f6d1f0a9b77", "0198C0DE-8A40-7000-8000-2F6D1F0A9B77",
        "0198c0de-ffff-7b11-9c52-000000000000", "0198c0df-0000-7b11-9c52-2f6d1f0a9b77"};

    struct sl_key key = key_of(texts[0]);

    assert_ascending(texts, COUNT(texts));
    assert_int_equal(key.hi, ((uint64_t)SL_ENTITY_DEAL << 60) | 0x0198c0de8a3fu);
}

/* In each something is wrong: a digit, a digit again, a dash, the version. */
static void what_only_resembles_such_a_uuid_lies_as_any_long_id(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"0198c0dg-8a3f-7b11-9c52-2f6d1f0a9b77", "0198c0dg-8a3f-7b11-9c52-2f6d1f0a9000"},
        {"0198c0de-8-3f-7b11-9c52-2f6d1f0a9b77", "0198c0de-8-3f-7b11-9c52-2f6d1f0a9000"},
        {"0198c0de-8a3f-7b11-9c5202f6d1f0a9b77", "0198c0de-8a3f-7b11-9c5202f6d1f0a9000"},
        {"0198c0de-8a3f-4b11-9c52-2f6d1f0a9b77", "0198c0de-8a3f-4b11-9c52-2f6d1f0a9000"}};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sl_key key = key_of(texts[i][0]);
        assert_int_equal(key.hi, key_of(texts[i][1]).hi);
        assert_int_equal((uint32_t)key.hi, 0x66306139u); /* "f0a9" */
    }
}

static void kinds_have_keys_of_their_own(void **state)
{
    (void)state;
    static const char *const texts[] = {"north", "customers/of/the/north/0001"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sl_key unit = sl_name_key(&sha, SL_ENTITY_UNIT, SLICE(texts[i]));
        struct sl_key target = sl_name_key(&sha, SL_NAME_TARGET, SLICE(texts[i]));
        assert_int_equal(unit.hi >> 60, SL_ENTITY_UNIT);
        assert_int_equal(target.hi >> 60, SL_NAME_TARGET);
        assert_int_equal(unit.lo, target.lo);
    }
}

static void the_key_after_the_last_is_the_first(void **state)
{
    (void)state;

    struct sl_key key = sl_name_key_next((struct sl_key){7, UINT64_MAX});

    assert_int_equal(key.hi, 7);
    assert_int_equal(key.lo, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_ids_that_count_upwards_lie_in_that_order),
        cmocka_unit_test(a_short_id_is_its_key),
        cmocka_unit_test(the_longest_exact_id_has_fifteen_bytes),
        cmocka_unit_test(zeros_at_the_end_of_an_id_count),
        cmocka_unit_test(long_ids_that_differ_in_the_last_three_bytes_share_the_first_word),
        cmocka_unit_test(long_ids_that_count_upwards_lie_in_that_order_by_the_thousand),
        cmocka_unit_test(long_ids_that_differ_before_the_last_seven_bytes_lie_apart),
        cmocka_unit_test(uuids_that_begin_with_their_time_lie_in_its_order),
        cmocka_unit_test(what_only_resembles_such_a_uuid_lies_as_any_long_id),
        cmocka_unit_test(kinds_have_keys_of_their_own),
        cmocka_unit_test(the_key_after_the_last_is_the_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
