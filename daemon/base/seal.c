/* AES-256-GCM and HMAC-SHA256 through libcrypto. */
#include "base/seal.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#include "base/big_endian.h"
#include "sl/stored/hash.h"

#define VERSION     1u
#define NONCE_BYTES ((size_t)12)
#define TAG_BYTES   ((size_t)16)
#define HEAD_BYTES  (1 + SL_SEAL_KEY_ID_BYTES)
#define TEXT_OFFSET (HEAD_BYTES + NONCE_BYTES)
#define AES_BYTES   ((size_t)32)
#define LEN_MAX     ((size_t)1 << 30) /* libcrypto counts in int */

static_assert(SL_SEAL_EXTRA_BYTES == TEXT_OFFSET + TAG_BYTES, "the layout of the header");
static_assert(sizeof(struct sl_seal_key) == SL_SEAL_KEY_ID_BYTES + SL_SEAL_SECRET_BYTES,
              "drawn as a whole");

/* Fetched here, and not with the first seal: where memory ends amid that, libcrypto says until the process ends that there is no SHA-256. */
static bool choose_digest(EVP_MAC_CTX *ctx)
{
    static const char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(ctx, params) == 1;
}

enum sl_err sl_sealer_init(struct sl_sealer *sealer)
{
    *sealer = (struct sl_sealer){
        .cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL),
        .ctx = EVP_CIPHER_CTX_new(),
        .mac = EVP_MAC_fetch(NULL, "HMAC", NULL),
    };
    sealer->mac_ctx = sealer->mac != NULL ? EVP_MAC_CTX_new(sealer->mac) : NULL;
    if (sealer->cipher == NULL || sealer->ctx == NULL || sealer->mac_ctx == NULL ||
        !choose_digest(sealer->mac_ctx)) {
        sl_sealer_deinit(sealer);
        return SL_E_NO_MEMORY;
    }
    return SL_OK;
}

void sl_sealer_deinit(struct sl_sealer *sealer)
{
    EVP_MAC_CTX_free(sealer->mac_ctx);
    EVP_MAC_free(sealer->mac);
    EVP_CIPHER_CTX_free(sealer->ctx);
    EVP_CIPHER_free(sealer->cipher);
    *sealer = (struct sl_sealer){0};
}

void sl_wipe(void *data, size_t size)
{
    OPENSSL_cleanse(data, size);
}

const uint8_t *sl_seal_key_id(struct sl_slice sealed)
{
    bool is_known = sealed.len >= SL_SEAL_EXTRA_BYTES && sealed.data[0] == VERSION;
    return is_known ? sealed.data + 1 : NULL;
}

/* The nonce of a seal whose header is there. */
static bool make_nonce(struct sl_sealer *sealer,
                       const struct sl_seal_key *key,
                       struct sl_slice about,
                       struct sl_slice plain,
                       uint8_t *sealed)
{
    uint8_t about_len[sizeof(uint64_t)];
    sl_be64_put(about_len, about.len);
    uint8_t code[SL_SHA256_BYTES];
    size_t code_len = 0;
    EVP_MAC_CTX *ctx = sealer->mac_ctx;
    bool is_made =
        EVP_MAC_init(ctx, key->secret + AES_BYTES, SL_SEAL_SECRET_BYTES - AES_BYTES, NULL) == 1 &&
        EVP_MAC_update(ctx, sealed, HEAD_BYTES) == 1 &&
        EVP_MAC_update(ctx, about_len, sizeof about_len) == 1 &&
        EVP_MAC_update(ctx, about.data, about.len) == 1 &&
        EVP_MAC_update(ctx, plain.data, plain.len) == 1 &&
        EVP_MAC_final(ctx, code, &code_len, sizeof code) == 1;
    if (is_made) {
        memcpy(sealed + HEAD_BYTES, code, NONCE_BYTES);
    }
    sl_wipe(code, sizeof code);
    return is_made;
}

/* Key, nonce, and what is authenticated without being encrypted. */
static bool begin(struct sl_sealer *sealer,
                  const struct sl_seal_key *key,
                  struct sl_slice about,
                  const uint8_t *sealed,
                  int is_sealing)
{
    int len;
    return EVP_CipherInit_ex2(sealer->ctx, sealer->cipher, key->secret, sealed + HEAD_BYTES,
                              is_sealing, NULL) == 1 &&
           EVP_CipherUpdate(sealer->ctx, NULL, &len, sealed, (int)HEAD_BYTES) == 1 &&
           EVP_CipherUpdate(sealer->ctx, NULL, &len, about.data, (int)about.len) == 1;
}

/* libcrypto's context must not keep the key. */
static void end(struct sl_sealer *sealer)
{
    (void)EVP_CIPHER_CTX_reset(sealer->ctx); /* what it cannot free it keeps */
}

enum sl_err sl_seal(struct sl_sealer *sealer,
                    const struct sl_seal_key *key,
                    struct sl_slice about,
                    struct sl_slice plain,
                    uint8_t *ret_sealed)
{
    SL_ASSERT(plain.len <= LEN_MAX);
    SL_ASSERT(about.len <= LEN_MAX);
    ret_sealed[0] = VERSION;
    memcpy(ret_sealed + 1, key->id, sizeof key->id);
    int len = 0;
    uint8_t *text = ret_sealed + TEXT_OFFSET;
    bool is_sealed = make_nonce(sealer, key, about, plain, ret_sealed) &&
                     begin(sealer, key, about, ret_sealed, 1) &&
                     EVP_CipherUpdate(sealer->ctx, text, &len, plain.data, (int)plain.len) == 1 &&
                     EVP_CipherFinal_ex(sealer->ctx, text + plain.len, &len) == 1 &&
                     EVP_CIPHER_CTX_ctrl(sealer->ctx, EVP_CTRL_AEAD_GET_TAG, (int)TAG_BYTES,
                                         text + plain.len) == 1;
    end(sealer);
    return is_sealed ? SL_OK : SL_E_NO_MEMORY;
}

enum sl_err sl_unseal(struct sl_sealer *sealer,
                      const struct sl_seal_key *key,
                      struct sl_slice about,
                      struct sl_slice sealed,
                      uint8_t *ret_plain)
{
    const uint8_t *id = sl_seal_key_id(sealed);
    if (id == NULL || memcmp(id, key->id, sizeof key->id) != 0 || sealed.len > LEN_MAX) {
        return SL_E_CORRUPT;
    }
    size_t text_len = sealed.len - SL_SEAL_EXTRA_BYTES;
    const uint8_t *text = sealed.data + TEXT_OFFSET;
    uint8_t tag[TAG_BYTES];
    memcpy(tag, text + text_len, sizeof tag);
    int len = 0;
    uint8_t none;
    bool is_read =
        begin(sealer, key, about, sealed.data, 0) &&
        EVP_CipherUpdate(sealer->ctx, ret_plain, &len, text, (int)text_len) == 1 &&
        EVP_CIPHER_CTX_ctrl(sealer->ctx, EVP_CTRL_AEAD_SET_TAG, (int)TAG_BYTES, tag) == 1;
    bool is_open = is_read && EVP_CipherFinal_ex(sealer->ctx, &none, &len) == 1;
    end(sealer);
    if (!is_open) {
        sl_wipe(ret_plain, text_len);
    }
    return is_open   ? SL_OK
           : is_read ? SL_E_CORRUPT
                     : SL_E_NO_MEMORY; /* the tag is looked at last */
}
