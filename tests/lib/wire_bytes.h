/* Protobuf bytes by hand, for what no serialiser would write: unknown fields, wrong enum numbers, NULs in strings. */
#ifndef SL_LIB_WIRE_BYTES_H
#define SL_LIB_WIRE_BYTES_H

#include "base/arena.h"
#include "sl/types.h"

#include <protobuf-c/protobuf-c.h>

/* Field `number` as a varint, or holding `bytes`. */
struct sl_slice sl_wire_uint(struct sl_arena *arena, uint32_t number, uint64_t value);
struct sl_slice sl_wire_bytes(struct sl_arena *arena, uint32_t number, struct sl_slice bytes);

struct sl_slice sl_wire_concat(struct sl_arena *arena, struct sl_slice a, struct sl_slice b);

/* `count` copies of `bytes`, one after the other. */
struct sl_slice sl_wire_repeat(struct sl_arena *arena, struct sl_slice bytes, size_t count);

/* Field numbers from a message down to one of its parts, ended by 0: {18, 5, 0} is Event.close.credits. */
#define SL_WIRE_DEPTH_MAX 12
struct sl_wire_path {
    uint32_t numbers[SL_WIRE_DEPTH_MAX];
    const ProtobufCMessageDescriptor *descriptor; /* of the part at the end */
};

/* A message whose only content is, at the end of the path, `content`. */
struct sl_slice sl_wire_at(struct sl_arena *arena, const uint32_t *path, struct sl_slice content);

/* Every message that can be reached from `root`, itself included, each path once. Gives the count, at most `max`. */
size_t
sl_wire_walk(const ProtobufCMessageDescriptor *root, struct sl_wire_path *ret_paths, size_t max);

#endif
