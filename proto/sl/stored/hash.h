/* Hashes: SHA-256 where someone might want to deceive us, CRC32C where only the hardware might.
 *
 * CRC32C is the Castagnoli polynomial of RFC 3720; crc("123456789") = 0xe3069283. */
#ifndef SL_STORED_HASH_H
#define SL_STORED_HASH_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_SHA256_BYTES ((size_t)32)

/* Room for libcrypto's own. One thread at a time. */
struct sl_sha256 {
    uint64_t ctx[16];
};

/* Neither this nor what follows allocates; a libcrypto whose digests do would say SL_E_NO_MEMORY here. */
SL_MUST_CHECK enum sl_err sl_sha256_init(struct sl_sha256 *sha);
void sl_sha256_deinit(struct sl_sha256 *sha); /* a zeroed one is fine */

/* Streaming: begin, update any number of times, finish; then begin again. */
void sl_sha256_begin(struct sl_sha256 *sha);
void sl_sha256_update(struct sl_sha256 *sha, const void *data, size_t size);
void sl_sha256_finish(struct sl_sha256 *sha, uint8_t ret_digest[SL_SHA256_BYTES]);

/* Goes on from `crc`, the result over the bytes before; 0 to begin. */
uint32_t sl_crc32c(uint32_t crc, const void *data, size_t size);

/* The table-driven form, for machines without the instruction; equal to sl_crc32c. */
uint32_t sl_crc32c_portable(uint32_t crc, const void *data, size_t size);

#endif
