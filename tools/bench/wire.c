/* Protobuf wire format: https://protobuf.dev/programming-guides/encoding */
#include "wire.h"

#include "sl/err.h"

enum reply_field { REPLY_TAG = 1, REPLY_ERROR = 4, REPLY_APPEND = 16 };
enum receipt_field { RECEIPT_ERROR = 4, RECEIPT_DUPLICATE = 5 };

static bool take_varint(struct sl_slice *message, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < message->len && i < 10; i++) {
        value |= (uint64_t)(message->data[i] & 0x7f) << (7 * i);
        if ((message->data[i] & 0x80) == 0) {
            message->data += i + 1;
            message->len -= i + 1;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct sl_slice *message, uint64_t len, struct sl_slice *ret_bytes)
{
    if (len > message->len) {
        return false;
    }
    *ret_bytes = (struct sl_slice){.data = message->data, .len = (size_t)len};
    message->data += len;
    message->len -= (size_t)len;
    return true;
}

static bool take_value(struct sl_slice *message, struct sl_wire_field *field)
{
    uint64_t len = 0;
    switch (field->type) {
    case SL_WIRE_VARINT: return take_varint(message, &field->value);
    case SL_WIRE_FIXED64: return take_bytes(message, 8, &field->bytes);
    case SL_WIRE_FIXED32: return take_bytes(message, 4, &field->bytes);
    case SL_WIRE_BYTES:
        return take_varint(message, &len) && take_bytes(message, len, &field->bytes);
    }
    return false;
}

bool sl_wire_next(struct sl_slice *message, struct sl_wire_field *ret_field)
{
    struct sl_slice rest = *message;
    uint64_t key;
    *ret_field = (struct sl_wire_field){0};
    if (rest.len == 0 || !take_varint(&rest, &key)) {
        return false;
    }
    struct sl_wire_field field = {.type = (enum sl_wire_type)(key & 7)};
    if (!take_value(&rest, &field)) {
        return false;
    }
    field.number = (uint32_t)(key >> 3);
    *message = rest;
    *ret_field = field;
    return true;
}

size_t sl_wire_put_varint(uint8_t *bytes, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        bytes[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[len++] = (uint8_t)value;
    return len;
}

static void scan_receipt(struct sl_slice receipt, struct sl_wire_reply *reply)
{
    struct sl_wire_field field;
    reply->receipts++;
    while (sl_wire_next(&receipt, &field)) {
        if (field.number == RECEIPT_ERROR) {
            reply->refused++;
            reply->error = reply->error.len == 0 ? field.bytes : reply->error;
        } else if (field.number == RECEIPT_DUPLICATE) {
            reply->duplicates += field.value != 0 ? 1 : 0;
        }
    }
}

static void scan_receipts(struct sl_slice append, struct sl_wire_reply *reply)
{
    struct sl_wire_field field;
    while (sl_wire_next(&append, &field)) {
        if (field.number == 1) {
            scan_receipt(field.bytes, reply);
        }
    }
}

bool sl_wire_scan_reply(struct sl_slice message, struct sl_wire_reply *ret_reply)
{
    struct sl_wire_reply reply = {0};
    struct sl_wire_field field;
    while (sl_wire_next(&message, &field)) {
        if (field.number == REPLY_TAG) {
            reply.tag = field.value;
        } else if (field.number == REPLY_ERROR) {
            reply.refused++;
            reply.error = field.bytes;
        } else if (field.number == REPLY_APPEND) {
            scan_receipts(field.bytes, &reply);
        }
    }
    *ret_reply = reply;
    return message.len == 0;
}

bool sl_wire_is_busy(const struct sl_wire_reply *reply)
{
    enum { CODE = 1 };
    struct sl_slice error = reply->error;
    struct sl_wire_field field;
    return reply->receipts == 0 && reply->refused == 1 && sl_wire_next(&error, &field) &&
           field.number == CODE && field.value == SL_E_BUSY;
}
