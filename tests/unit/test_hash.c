/* The hashes: known answers, and that streaming and the portable form agree with the whole. */
#include "lib/test.h"

#include <string.h>

#include "sl/stored/hash.h"

static void sha256_gives_the_published_answers(void **state)
{
    (void)state;
    /* FIPS 180-2, appendix B: "abc". */
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    struct sl_sha256 sha;
    uint8_t digest[32];
    assert_ok(sl_sha256_init(&sha));
    for (int round = 0; round < 2; round++) {
        sl_sha256_begin(&sha);
        sl_sha256_update(&sha, "a", 1);
        sl_sha256_update(&sha, "bc", 2);
        sl_sha256_finish(&sha, digest);
        assert_memory_equal(digest, abc, sizeof abc);
    }
    sl_sha256_deinit(&sha);
    sl_sha256_deinit(&sha);
}

static void crc32c_gives_the_published_answers(void **state)
{
    (void)state;
    uint8_t bytes[32];
    assert_int_equal(sl_crc32c(0, "123456789", 9), 0xe3069283u);
    /* RFC 3720, appendix B.4. */
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(sl_crc32c(0, bytes, sizeof bytes), 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(sl_crc32c(0, bytes, sizeof bytes), 0x62a8ab43u);
    assert_int_equal(sl_crc32c(0, bytes, 0), 0);
}

static void crc32c_agrees_with_its_portable_form_however_it_is_cut(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)sl_test_random(&random);
    }
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint32_t whole = sl_crc32c(0, bytes, len);
        size_t cut = sl_test_random_below(&random, len + 1);
        uint32_t parts = sl_crc32c(sl_crc32c(0, bytes, cut), bytes + cut, len - cut);
        assert_int_equal(parts, whole);
        assert_int_equal(sl_crc32c_portable(0, bytes, len), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_published_answers),
        cmocka_unit_test(crc32c_gives_the_published_answers),
        cmocka_unit_test(crc32c_agrees_with_its_portable_form_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
