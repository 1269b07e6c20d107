/* Idempotency ids: making, reading and ordering them. */
#include "sl/id.h"

#include <string.h>

#define US_PER_MS  1000
#define MS_PER_DAY (24ll * 60 * 60 * 1000)

enum uuid_version { UUID_V7 = 7, UUID_V8 = 8 };

/* RFC 9562:  byte 0..5  milliseconds, big-endian
 *            byte 6     version (4 bits), filler
 *            byte 8     variant 10 (2 bits), filler
 *            the rest   filler
 * Times before 1970 wrap into the top of the 48 bits: still unique, only their order is lost. */
static struct sl_id make_id(int64_t ms, enum uuid_version version, const uint8_t filler[10])
{
    struct sl_id id;
    for (int i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
    }
    memcpy(id.bytes + 6, filler, 10);
    id.bytes[6] = (uint8_t)((filler[0] & 0x0f) | (version << 4));
    id.bytes[8] = (uint8_t)((filler[2] & 0x3f) | 0x80);
    return id;
}

struct sl_id sl_id_from_time(sl_time time, const uint8_t random[10])
{
    int64_t ms = time.v / US_PER_MS - (time.v % US_PER_MS < 0 ? 1 : 0);
    return make_id(ms, UUID_V7, random);
}

struct sl_id sl_id_from_digest(sl_day day, const uint8_t digest[10])
{
    return make_id(day.v * MS_PER_DAY, UUID_V8, digest);
}

static bool has_dash_before(size_t byte_index)
{
    return byte_index == 4 || byte_index == 6 || byte_index == 8 || byte_index == 10;
}

size_t sl_id_format(struct sl_id id, char *buf)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        if (has_dash_before(i)) {
            buf[len++] = '-';
        }
        buf[len++] = digits[id.bytes[i] >> 4];
        buf[len++] = digits[id.bytes[i] & 15];
    }
    buf[len] = '\0';
    return len;
}

/* 0 to 15, or -1 if it is no hexadecimal digit. */
static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum sl_err sl_id_parse(struct sl_slice text, struct sl_id *ret_id)
{
    bool is_dashed = text.len == 36;
    if (!is_dashed && text.len != 32) {
        return SL_E_INVALID_FIELD;
    }
    struct sl_id id;
    size_t at = 0;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        if (is_dashed && has_dash_before(i) && text.data[at++] != '-') {
            return SL_E_INVALID_FIELD;
        }
        int high = hex_value(text.data[at++]);
        int low = hex_value(text.data[at++]);
        if (high < 0 || low < 0) {
            return SL_E_INVALID_FIELD;
        }
        id.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *ret_id = id;
    return SL_OK;
}

int sl_id_compare(struct sl_id a, struct sl_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}
