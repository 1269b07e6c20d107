/* The key of a name: its text where that fits, else what its locality and its hash make of it. */
#include "projections/name_key.h"

#include <string.h>

#include "base/big_endian.h"

#define HALF        sizeof(uint64_t)
#define KIND_SHIFT  4u /* in the first byte; below it the length, 0 if the key is not exact */
#define STEM_BYTES  3u
#define COUNT_BYTES 4u /* in order: they are what counts upwards */
#define LAST_BYTES  3u /* out of order: a thousand neighbours, or a check sum */

#define UUID_TEXT_BYTES   36u
#define UUID_VERSION_AT   14u
#define UUID_TIME_DIGITS  12u
#define UUID_FIRST_DIGITS 8u /* before the first dash */
#define DASHES            4u

_Static_assert(SL_NAME_KINDS <= 16, "a kind has four bits in the key");
_Static_assert(SL_NAME_KEY_TEXT == sizeof(struct sl_key) - 1, "the first byte is taken");
_Static_assert(SL_NAME_KEY_TEXT < 16, "a length has four bits in the key");
_Static_assert(SL_NAME_KEY_TEXT >= COUNT_BYTES + LAST_BYTES, "longer texts have a stem");
_Static_assert(1 + STEM_BYTES + COUNT_BYTES == HALF, "no bits to spare");

static struct sl_key exact_key(unsigned kind, struct sl_slice text)
{
    uint8_t bytes[sizeof(struct sl_key)] = {(uint8_t)((kind << KIND_SHIFT) | text.len)};
    memcpy(bytes + 1, text.data, text.len);
    return (struct sl_key){sl_be64_get(bytes), sl_be64_get(bytes + HALF)};
}

static uint64_t hash_of(struct sl_sha256 *sha, struct sl_slice text)
{
    uint8_t digest[SL_SHA256_BYTES];
    sl_sha256_begin(sha);
    sl_sha256_update(sha, text.data, text.len);
    sl_sha256_finish(sha, digest);
    return sl_be64_get(digest);
}

/* -1 for what is no hexadecimal digit. */
static int digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The shape is enough: a text that only looks like one still gets a key of its own text. */
static bool has_uuid7_shape(const uint8_t *text, size_t len)
{
    static const uint8_t dashes_at[DASHES] = {8, 13, 18, 23};
    bool has = len == UUID_TEXT_BYTES && text[UUID_VERSION_AT] == '7';
    for (size_t i = 0; has && i < DASHES; i++) {
        has = text[dashes_at[i]] == '-';
    }
    return has;
}

/* False if the text is no UUID that begins with its time. */
static bool time_of(struct sl_slice text, uint64_t *ret_time)
{
    const uint8_t *bytes = text.data;
    if (!has_uuid7_shape(bytes, text.len)) {
        return false;
    }
    uint64_t time = 0;
    for (size_t i = 0; i < UUID_TIME_DIGITS; i++) {
        int digit = digit_of(bytes[i < UUID_FIRST_DIGITS ? i : i + 1]);
        if (digit < 0) {
            return false;
        }
        time = (time << 4) | (uint64_t)digit;
    }
    *ret_time = time;
    return true;
}

/* Stem and counting bytes, 56 bits. */
static uint64_t place_of(struct sl_slice text)
{
    const uint8_t *bytes = text.data;
    size_t stem = text.len - COUNT_BYTES - LAST_BYTES;
    uint64_t place = sl_crc32c(0, bytes, stem) >> (32 - 8 * STEM_BYTES);
    for (size_t i = stem; i < stem + COUNT_BYTES; i++) {
        place = (place << 8) | bytes[i];
    }
    return place;
}

struct sl_key sl_name_key(struct sl_sha256 *sha, unsigned kind, struct sl_slice text)
{
    SL_ASSERT(kind < SL_NAME_KINDS);
    SL_ASSERT(text.len > 0 && text.len <= SL_ID_TEXT_BYTES_MAX);
    if (sl_name_key_is_exact(text)) {
        return exact_key(kind, text);
    }
    uint64_t place;
    if (!time_of(text, &place)) {
        place = place_of(text);
    }
    return (struct sl_key){((uint64_t)kind << (56 + KIND_SHIFT)) | place, hash_of(sha, text)};
}

bool sl_name_key_is_exact(struct sl_slice text)
{
    return text.len <= SL_NAME_KEY_TEXT;
}

struct sl_key sl_name_key_next(struct sl_key key)
{
    return (struct sl_key){key.hi, key.lo + 1};
}
