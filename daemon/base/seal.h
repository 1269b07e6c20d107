/* Sealing: bytes that only the holder of a key can read, and that nobody can change unseen (AES-256-GCM, NIST SP 800-38D).
 *
 *     offset  size
 *          0     1   1, the version of this layout
 *          1     8   id of the key, a random number
 *          9    12   nonce
 *         21         as many bytes as were sealed
 *                16   tag: over all of this, and over what the seal is about, which is not in it
 *
 * The nonce is the beginning of HMAC-SHA256(nonce key; bytes 0 to 8, length of `about` in 8 bytes big-endian, `about`, plain text): nothing
 * has to be remembered or drawn so that it never comes twice for different texts, and the same text about the same thing gives the same seal. */
#ifndef SL_BASE_SEAL_H
#define SL_BASE_SEAL_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_SEAL_KEY_ID_BYTES ((size_t)8)
#define SL_SEAL_SECRET_BYTES ((size_t)64)
#define SL_SEAL_EXTRA_BYTES  ((size_t)(1 + 8 + 12 + 16)) /* a seal is so much longer than its text */

/* All of it is drawn at random. Whoever holds one wipes it. */
struct sl_seal_key {
    uint8_t id[SL_SEAL_KEY_ID_BYTES];     /* no secret */
    uint8_t secret[SL_SEAL_SECRET_BYTES]; /* 32 bytes for AES, 32 for the nonces */
};

/* Holds what libcrypto fetches once. One thread at a time. */
struct sl_sealer {
    struct evp_cipher_st *cipher;
    struct evp_cipher_ctx_st *ctx;
    struct evp_mac_st *mac;
    struct evp_mac_ctx_st *mac_ctx;
};

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_sealer_init(struct sl_sealer *sealer);
void sl_sealer_deinit(struct sl_sealer *sealer); /* a zeroed one is fine */

/* Writes plain.len + SL_SEAL_EXTRA_BYTES bytes. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_seal(struct sl_sealer *sealer,
                                  const struct sl_seal_key *key,
                                  struct sl_slice about,
                                  struct sl_slice plain,
                                  uint8_t *ret_sealed);

/* Writes sealed.len - SL_SEAL_EXTRA_BYTES bytes. SL_E_CORRUPT: not sealed with this key and about this, or changed since; what was written
 * is wiped then, as for SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_unseal(struct sl_sealer *sealer,
                                    const struct sl_seal_key *key,
                                    struct sl_slice about,
                                    struct sl_slice sealed,
                                    uint8_t *ret_plain);

/* Which key it wants; NULL if it is no seal of this layout. */
const uint8_t *sl_seal_key_id(struct sl_slice sealed);

/* Zeros that no compiler leaves out. */
void sl_wipe(void *data, size_t size);

#endif
