/* Just enough of the protobuf encoding to build append frames around packed events and to count
 * receipts: unpacking a million replies would take the time that is to be measured. */
#ifndef SL_BENCH_WIRE_H
#define SL_BENCH_WIRE_H

#include "sl/types.h"

enum sl_wire_type {
    SL_WIRE_VARINT = 0,
    SL_WIRE_FIXED64 = 1,
    SL_WIRE_BYTES = 2,
    SL_WIRE_FIXED32 = 5
};

struct sl_wire_field {
    uint32_t number;
    enum sl_wire_type type;
    uint64_t value;        /* of a varint */
    struct sl_slice bytes; /* of SL_WIRE_BYTES, lent from the message */
};

/* Takes the next field off `message`; false at its end or when the bytes are no message
 * (*ret_field.number is 0 then, and `message` is left as it was). */
bool sl_wire_next(struct sl_slice *message, struct sl_wire_field *ret_field);

/* Writes at most 10 bytes, gives their number. */
size_t sl_wire_put_varint(uint8_t *bytes, uint64_t value);

/* What a reply says. */
struct sl_wire_reply {
    uint64_t tag;
    uint32_t receipts;
    uint32_t refused;      /* of these; 1 if the whole request was refused */
    uint32_t duplicates;   /* of these */
    struct sl_slice error; /* the first Error message, lent */
};

/* False if the bytes are no Reply. */
bool sl_wire_scan_reply(struct sl_slice message, struct sl_wire_reply *ret_reply);

/* The whole request was refused for overload: it may be sent again. */
bool sl_wire_is_busy(const struct sl_wire_reply *reply);

#endif
