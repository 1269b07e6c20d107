/* See backup_key.h. */
#include "sl/stored/backup_key.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

#define AT_STATE         0u
#define AT_CUSTOMER_LEN  1u
#define AT_ERASED_BY_LEN 2u
#define AT_ZERO          3u
#define AT_ID            8u
#define AT_ERASED        16u
#define AT_SECRET        24u
#define AT_CUSTOMER      88u
#define AT_ERASED_BY     152u

static_assert(AT_ZERO + 5 == AT_ID, "no gap");
static_assert(AT_SECRET + SL_BACKUP_KEY_SECRET_BYTES == AT_CUSTOMER, "no gap");
static_assert(AT_CUSTOMER + SL_ID_TEXT_BYTES_MAX == AT_ERASED_BY, "no gap");
static_assert(AT_ERASED_BY + SL_ID_TEXT_BYTES_MAX == SL_BACKUP_KEY_BYTES, "who erased ends it");

enum key_state { KEY_LIVE = 1, KEY_ERASED = 2 };

void sl_backup_wipe(void *data, size_t size)
{
    OPENSSL_cleanse(data, size);
}

void sl_backup_key_encode(const struct sl_backup_key *key, uint8_t ret_bytes[SL_BACKUP_KEY_BYTES])
{
    memset(ret_bytes, 0, SL_BACKUP_KEY_BYTES);
    ret_bytes[AT_STATE] = key->is_live ? KEY_LIVE : KEY_ERASED;
    ret_bytes[AT_CUSTOMER_LEN] = (uint8_t)key->customer_len;
    ret_bytes[AT_ERASED_BY_LEN] = (uint8_t)key->erased_by_len;
    memcpy(ret_bytes + AT_ID, key->id, sizeof key->id);
    memcpy(ret_bytes + AT_ERASED, &key->erased.v, sizeof key->erased.v);
    if (key->is_live) {
        memcpy(ret_bytes + AT_SECRET, key->secret, sizeof key->secret);
    }
    memcpy(ret_bytes + AT_CUSTOMER, key->customer, key->customer_len);
    memcpy(ret_bytes + AT_ERASED_BY, key->erased_by, key->erased_by_len);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* An id of that length, and nothing behind it. */
static bool is_text(const uint8_t text[SL_ID_TEXT_BYTES_MAX], size_t len)
{
    return len <= SL_ID_TEXT_BYTES_MAX && is_zero(text + len, SL_ID_TEXT_BYTES_MAX - len);
}

static bool is_key(const uint8_t bytes[SL_BACKUP_KEY_BYTES], int64_t erased)
{
    uint8_t state = bytes[AT_STATE];
    uint8_t erased_by_len = bytes[AT_ERASED_BY_LEN];
    bool is_whole = is_zero(bytes + AT_ZERO, AT_ID - AT_ZERO) && bytes[AT_CUSTOMER_LEN] > 0 &&
                    is_text(bytes + AT_CUSTOMER, bytes[AT_CUSTOMER_LEN]) &&
                    is_text(bytes + AT_ERASED_BY, erased_by_len);
    bool is_erased = state == KEY_ERASED && erased != 0 &&
                     is_zero(bytes + AT_SECRET, SL_BACKUP_KEY_SECRET_BYTES);
    return is_whole && (state == KEY_LIVE || is_erased) && (erased != 0 || erased_by_len == 0);
}

static bool is_behind(const struct sl_backup_keys *keys, const struct sl_backup_key *key)
{
    size_t len = keys->customer_len < key->customer_len ? keys->customer_len : key->customer_len;
    int order = memcmp(key->customer, keys->customer, len);
    return order > 0 || (order == 0 && key->customer_len > keys->customer_len);
}

enum sl_err sl_backup_key_take(struct sl_backup_keys *keys,
                               const uint8_t bytes[SL_BACKUP_KEY_BYTES],
                               struct sl_backup_key *ret_key)
{
    int64_t erased;
    memcpy(&erased, bytes + AT_ERASED, sizeof erased);
    if (!is_key(bytes, erased)) {
        return SL_E_CORRUPT;
    }
    struct sl_backup_key key = {
        .is_live = bytes[AT_STATE] == KEY_LIVE,
        .erased = {erased},
        .customer_len = bytes[AT_CUSTOMER_LEN],
        .erased_by_len = bytes[AT_ERASED_BY_LEN],
    };
    memcpy(key.id, bytes + AT_ID, sizeof key.id);
    memcpy(key.customer, bytes + AT_CUSTOMER, sizeof key.customer);
    memcpy(key.erased_by, bytes + AT_ERASED_BY, sizeof key.erased_by);
    if (!is_behind(keys, &key)) {
        return SL_E_CORRUPT;
    }
    *ret_key = key;
    memcpy(ret_key->secret, bytes + AT_SECRET, sizeof ret_key->secret);
    keys->live += key.is_live;
    keys->erased += !key.is_live;
    memcpy(keys->customer, key.customer, sizeof keys->customer);
    keys->customer_len = key.customer_len;
    return SL_OK;
}
