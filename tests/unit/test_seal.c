/* Seals: a known answer, and that nothing of one can be changed unseen. */
#include "lib/test.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/seal.h"

#define PLAIN  SL_SLICE_LIT("Ada Lovelace, 12 St James's Square")
#define ABOUT  SL_SLICE_LIT("event 1, customer ACME")
#define SEALED (sizeof "Ada Lovelace, 12 St James's Square" - 1 + SL_SEAL_EXTRA_BYTES)

static struct sl_sealer sealer;
static size_t allocations; /* of libcrypto */
static size_t fails_at;    /* so many until one fails; 0: none does */

static bool fails(void)
{
    allocations++;
    return fails_at > 0 && --fails_at == 0;
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : malloc(size);
}

static void *reallocate(void *bytes, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(bytes, size);
}

static void release(void *bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    free(bytes);
}

static int set_up(void **state)
{
    (void)state;
    assert_ok(sl_sealer_init(&sealer));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_sealer_deinit(&sealer);
    sl_sealer_deinit(&sealer);
    return 0;
}

static struct sl_seal_key known_key(void)
{
    struct sl_seal_key key;
    for (size_t i = 0; i < sizeof key.id; i++) {
        key.id[i] = (uint8_t)(0xa0 + i);
    }
    for (size_t i = 0; i < sizeof key.secret; i++) {
        key.secret[i] = (uint8_t)i;
    }
    return key;
}

static void a_seal_is_the_known_answer(void **state)
{
    (void)state;
    /* Made by the cryptography and hmac packages of Python from the same key. */
    static const uint8_t known[SEALED] = {
        0x01, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xc7, 0xf2, 0xaf, 0xc0, 0x25, 0x66,
        0xab, 0xc1, 0x5a, 0x08, 0x8e, 0x1f, 0x2b, 0xd9, 0x78, 0x03, 0xfe, 0x58, 0x05, 0x90, 0xcf,
        0x46, 0x5b, 0x4a, 0x1d, 0x97, 0xc1, 0xbf, 0x8f, 0xfa, 0xaa, 0xaf, 0xdb, 0xf5, 0x41, 0x42,
        0x57, 0x87, 0x7a, 0xb3, 0x9f, 0x92, 0xf6, 0x60, 0x8d, 0x7f, 0x5b, 0xf9, 0x32, 0xe4, 0x44,
        0x4c, 0xea, 0x5d, 0x15, 0x96, 0x68, 0xfe, 0xde, 0x3a, 0x70, 0x5d};
    struct sl_seal_key key = known_key();
    uint8_t sealed[SEALED];
    uint8_t plain[SEALED];
    for (int round = 0; round < 2; round++) {
        assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed));
        assert_memory_equal(sealed, known, sizeof known);
        assert_ok(sl_unseal(&sealer, &key, ABOUT, (struct sl_slice){sealed, SEALED}, plain));
        assert_memory_equal(plain, PLAIN.data, PLAIN.len);
    }
    assert_ptr_equal(sl_seal_key_id((struct sl_slice){sealed, SEALED}), sealed + 1);
}

static void any_changed_bit_is_seen(void **state)
{
    (void)state;
    struct sl_seal_key key = known_key();
    uint8_t sealed[SEALED];
    uint8_t plain[SEALED];
    static const uint8_t wiped[SEALED];
    assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed));
    for (size_t bit = 0; bit < 8 * SEALED; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(plain, 0, sizeof plain);
        assert_err(SL_E_CORRUPT,
                   sl_unseal(&sealer, &key, ABOUT, (struct sl_slice){sealed, SEALED}, plain));
        assert_memory_equal(plain, wiped, sizeof wiped);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_ok(sl_unseal(&sealer, &key, ABOUT, (struct sl_slice){sealed, SEALED}, plain));
}

static void a_seal_opens_only_for_what_it_is_about_and_with_its_key(void **state)
{
    (void)state;
    struct sl_seal_key key = known_key();
    struct sl_seal_key other = known_key();
    uint8_t sealed[SEALED];
    uint8_t plain[SEALED];
    other.secret[0] ^= 1;
    assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed));
    struct sl_slice bytes = {sealed, SEALED};
    struct sl_slice about = SL_SLICE_LIT("event 2, customer ACME");

    assert_err(SL_E_CORRUPT, sl_unseal(&sealer, &key, about, bytes, plain));
    assert_err(SL_E_CORRUPT, sl_unseal(&sealer, &other, ABOUT, bytes, plain));
    other = known_key();
    other.id[7] ^= 1;
    assert_err(SL_E_CORRUPT, sl_unseal(&sealer, &other, ABOUT, bytes, plain));
}

static void every_length_is_sealed_and_what_is_too_short_is_none(void **state)
{
    (void)state;
    enum { LONGEST = 70000 };
    static uint8_t text[LONGEST];
    static uint8_t sealed[LONGEST + SL_SEAL_EXTRA_BYTES];
    static uint8_t plain[LONGEST];
    static const size_t lens[] = {0, 1, 15, 16, 17, 4096, LONGEST};
    struct sl_seal_key key = known_key();
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < COUNT(lens); i++) {
        struct sl_slice bytes = {sealed, lens[i] + SL_SEAL_EXTRA_BYTES};
        assert_ok(sl_seal(&sealer, &key, ABOUT, (struct sl_slice){text, lens[i]}, sealed));
        assert_ok(sl_unseal(&sealer, &key, ABOUT, bytes, plain));
        assert_memory_equal(plain, text, lens[i]);
    }
    for (size_t len = 0; len < SL_SEAL_EXTRA_BYTES; len++) {
        struct sl_slice bytes = {sealed, len};
        assert_null(sl_seal_key_id(bytes));
        assert_err(SL_E_CORRUPT, sl_unseal(&sealer, &key, ABOUT, bytes, plain));
    }
    sealed[0] = 2;
    assert_null(sl_seal_key_id((struct sl_slice){sealed, SL_SEAL_EXTRA_BYTES}));
}

static void other_texts_and_other_matters_have_other_nonces(void **state)
{
    (void)state;
    enum { NONCE_AT = 9, NONCE = 12 };
    struct sl_seal_key key = known_key();
    uint8_t sealed[3][SEALED];
    assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed[0]));
    assert_ok(
        sl_seal(&sealer, &key, (struct sl_slice){ABOUT.data, ABOUT.len - 1}, PLAIN, sealed[1]));
    assert_ok(
        sl_seal(&sealer, &key, ABOUT, (struct sl_slice){PLAIN.data, PLAIN.len - 1}, sealed[2]));
    assert_memory_not_equal(sealed[0] + NONCE_AT, sealed[1] + NONCE_AT, NONCE);
    assert_memory_not_equal(sealed[0] + NONCE_AT, sealed[2] + NONCE_AT, NONCE);
}

/* Of what libcrypto fetches while memory ends, it says until the process ends that there is none. */
static void all_is_fetched_before_the_first_seal_of_a_process(void **state)
{
    (void)state;
    struct sl_seal_key key = known_key();
    uint8_t sealed[SEALED];
    size_t counts[2];
    for (size_t i = 0; i < COUNT(counts); i++) {
        size_t before = allocations;
        assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed));
        counts[i] = allocations - before;
    }
    assert_in_range(counts[0], 1, counts[1]);
}

static void without_memory_a_seal_is_not_called_damaged(void **state)
{
    (void)state;
    struct sl_seal_key key = known_key();
    uint8_t sealed[SEALED];
    uint8_t plain[SEALED];
    static const uint8_t wiped[SEALED];
    assert_ok(sl_seal(&sealer, &key, ABOUT, PLAIN, sealed));
    enum sl_err err = SL_E_NO_MEMORY;
    size_t nth;
    for (nth = 1; err != SL_OK; nth++) {
        fails_at = nth;
        memset(plain, 0, sizeof plain);
        err = sl_unseal(&sealer, &key, ABOUT, (struct sl_slice){sealed, SEALED}, plain);
        fails_at = 0;
        if (err != SL_OK) {
            assert_err(SL_E_NO_MEMORY, err);
            assert_memory_equal(plain, wiped, sizeof plain);
        }
    }
    assert_true(nth > 2);
    assert_memory_equal(plain, PLAIN.data, PLAIN.len);
}

int main(void)
{
    (void)CRYPTO_set_mem_functions(allocate, reallocate, release);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_fetched_before_the_first_seal_of_a_process),
        cmocka_unit_test(without_memory_a_seal_is_not_called_damaged),
        cmocka_unit_test(a_seal_is_the_known_answer),
        cmocka_unit_test(any_changed_bit_is_seen),
        cmocka_unit_test(a_seal_opens_only_for_what_it_is_about_and_with_its_key),
        cmocka_unit_test(every_length_is_sealed_and_what_is_too_short_is_none),
        cmocka_unit_test(other_texts_and_other_matters_have_other_nonces),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
