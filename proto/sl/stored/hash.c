/* SHA-256 through libcrypto; CRC32C by the SSE4.2 instruction where the build has it. */
#include "sl/stored/hash.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

/* The general interface of libcrypto allocates with each digest that is begun, and the log must not need memory to go on. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

static_assert(sizeof(SHA256_CTX) <= sizeof(struct sl_sha256), "it lies in there");
static_assert(alignof(SHA256_CTX) <= alignof(struct sl_sha256), "it lies in there");

static SHA256_CTX *ctx_of(struct sl_sha256 *sha)
{
    return (SHA256_CTX *)sha->ctx;
}

enum sl_err sl_sha256_init(struct sl_sha256 *sha)
{
    *sha = (struct sl_sha256){0};
    return SL_OK;
}

void sl_sha256_deinit(struct sl_sha256 *sha)
{
    *sha = (struct sl_sha256){0};
}

void sl_sha256_begin(struct sl_sha256 *sha)
{
    int ok = SHA256_Init(ctx_of(sha));
    SL_ASSERT(ok == 1);
}

void sl_sha256_update(struct sl_sha256 *sha, const void *data, size_t size)
{
    int ok = SHA256_Update(ctx_of(sha), data, size);
    SL_ASSERT(ok == 1);
}

void sl_sha256_finish(struct sl_sha256 *sha, uint8_t ret_digest[SL_SHA256_BYTES])
{
    int ok = SHA256_Final(ret_digest, ctx_of(sha));
    SL_ASSERT(ok == 1);
}

#define CRC_POLYNOMIAL 0x82f63b78u /* Castagnoli, reflected */

/* Sixteen steps of four bits: a table of 64 bytes needs no start-up and no lock. */
static uint32_t crc_nibble(uint32_t low)
{
    for (unsigned bit = 0; bit < 4; bit++) {
        low = (low >> 1) ^ ((low & 1) != 0 ? CRC_POLYNOMIAL : 0);
    }
    return low;
}

uint32_t sl_crc32c_portable(uint32_t crc, const void *data, size_t size)
{
    uint32_t table[16];
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = crc_nibble(i);
    }
    const uint8_t *bytes = data;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

#ifdef __SSE4_2__
uint32_t sl_crc32c(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t wide = ~crc;
    while (size >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        wide = _mm_crc32_u64(wide, word);
        bytes += sizeof word;
        size -= sizeof word;
    }
    uint32_t narrow = (uint32_t)wide;
    while (size > 0) {
        narrow = _mm_crc32_u8(narrow, *bytes);
        bytes++;
        size--;
    }
    return ~narrow;
}
#else
uint32_t sl_crc32c(uint32_t crc, const void *data, size_t size)
{
    return sl_crc32c_portable(crc, data, size);
}
#endif
