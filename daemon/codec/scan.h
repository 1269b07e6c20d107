/* The protobuf wire format, one field at a time, without a schema; and the two ways to write a varint.
 *
 *     message = { tag varint, value }       tag = field number << 3 | wire type
 *     wire type 0 varint   1 eight bytes   2 length varint and bytes   5 four bytes   (3 and 4, groups, are refused)
 *
 * Inline because the append path runs through it once per field. Source: the Protocol Buffers encoding guide. */
#ifndef SL_CODEC_SCAN_H
#define SL_CODEC_SCAN_H

#include <string.h>

#include "sl/types.h"

#define SL_WIRE_VARINT  0u
#define SL_WIRE_FIXED64 1u
#define SL_WIRE_BYTES   2u
#define SL_WIRE_FIXED32 5u

#define SL_VARINT_BYTES_MAX 10u
#define SL_LENGTH_BYTES_MAX 5u /* of a tag, too: what protobuf's own library takes */
#define SL_FIELD_NUMBER_MAX ((1u << 29) - 1)

struct sl_field {
    uint32_t number;
    uint32_t wire_type;
    uint64_t value;        /* of a varint */
    struct sl_slice bytes; /* of the other types; borrowed from the message */
};

/* Takes a varint off the front of `rest`; false if it is cut or has more than so many bytes. */
static inline bool sl_scan_varint(struct sl_slice *rest, size_t bytes_max, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes_max && i < rest->len; i++) {
        value |= (uint64_t)(rest->data[i] & 0x7fu) << (7 * i);
        if (rest->data[i] < 0x80) {
            rest->data += i + 1;
            rest->len -= i + 1;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static inline bool sl_scan_bytes(struct sl_slice *rest, uint64_t len, struct sl_slice *ret_bytes)
{
    if (len > rest->len) {
        return false;
    }
    *ret_bytes = (struct sl_slice){rest->data, (size_t)len};
    rest->data += len;
    rest->len -= (size_t)len;
    return true;
}

/* Takes the next field off the front of `rest`, which is not empty; false if there is no valid one. */
static inline bool sl_scan_field(struct sl_slice *rest, struct sl_field *ret_field)
{
    uint64_t tag;
    *ret_field = (struct sl_field){0};
    if (!sl_scan_varint(rest, SL_LENGTH_BYTES_MAX, &tag) || tag >> 3 == 0 ||
        tag >> 3 > SL_FIELD_NUMBER_MAX) {
        return false;
    }
    ret_field->number = (uint32_t)(tag >> 3);
    ret_field->wire_type = (uint32_t)(tag & 7);
    switch (ret_field->wire_type) {
    case SL_WIRE_VARINT: return sl_scan_varint(rest, SL_VARINT_BYTES_MAX, &ret_field->value);
    case SL_WIRE_FIXED64: return sl_scan_bytes(rest, 8, &ret_field->bytes);
    case SL_WIRE_BYTES: {
        uint64_t len;
        return sl_scan_varint(rest, SL_LENGTH_BYTES_MAX, &len) &&
               sl_scan_bytes(rest, len, &ret_field->bytes);
    }
    case SL_WIRE_FIXED32: return sl_scan_bytes(rest, 4, &ret_field->bytes);
    default: return false;
    }
}

/* Bytes that a varint takes: 7 bits each, at least one. */
static inline size_t sl_varint_size(uint64_t value)
{
    return (size_t)(63 - __builtin_clzll(value | 1)) / 7 + 1;
}

/* Writes at `at` and gives the first byte behind. */
static inline uint8_t *sl_put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* A tag (field numbers up to 15 take one byte, up to 2047 two), and whole fields. */
static inline uint8_t *sl_put_tag(uint8_t *at, uint32_t number, uint32_t wire_type)
{
    return sl_put_varint(at, (uint64_t)number << 3 | wire_type);
}

static inline uint8_t *sl_put_uint(uint8_t *at, uint32_t number, uint64_t value)
{
    return sl_put_varint(sl_put_tag(at, number, SL_WIRE_VARINT), value);
}

static inline uint8_t *sl_put_bytes(uint8_t *at, uint32_t number, const void *data, size_t size)
{
    at = sl_put_varint(sl_put_tag(at, number, SL_WIRE_BYTES), size);
    if (size > 0) {
        memcpy(at, data, size);
    }
    return at + size;
}

/* Sizes of what the functions above write. */
static inline size_t sl_tag_size(uint32_t number)
{
    return sl_varint_size((uint64_t)number << 3);
}

static inline size_t sl_uint_size(uint32_t number, uint64_t value)
{
    return sl_tag_size(number) + sl_varint_size(value);
}

static inline size_t sl_bytes_size(uint32_t number, size_t size)
{
    return sl_tag_size(number) + sl_varint_size(size) + size;
}

#endif
