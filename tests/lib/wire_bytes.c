/* Built on the codec's own writer of varints; the tests read the results back with protobuf-c. */
#include "lib/wire_bytes.h"

#include <string.h>

#include "codec/scan.h"
#include "lib/test.h"

#define TAG_AND_LENGTH_MAX 20u

static uint8_t *room(struct sl_arena *arena, size_t size)
{
    uint8_t *buf = sl_arena_alloc(arena, size);
    assert_non_null(buf);
    return buf;
}

struct sl_slice sl_wire_uint(struct sl_arena *arena, uint32_t number, uint64_t value)
{
    uint8_t *buf = room(arena, TAG_AND_LENGTH_MAX);
    return (struct sl_slice){buf, (size_t)(sl_put_uint(buf, number, value) - buf)};
}

struct sl_slice sl_wire_bytes(struct sl_arena *arena, uint32_t number, struct sl_slice bytes)
{
    uint8_t *buf = room(arena, TAG_AND_LENGTH_MAX + bytes.len);
    return (struct sl_slice){buf, (size_t)(sl_put_bytes(buf, number, bytes.data, bytes.len) - buf)};
}

struct sl_slice sl_wire_concat(struct sl_arena *arena, struct sl_slice a, struct sl_slice b)
{
    uint8_t *buf = room(arena, a.len + b.len);
    if (a.len > 0) {
        memcpy(buf, a.data, a.len);
    }
    if (b.len > 0) {
        memcpy(buf + a.len, b.data, b.len);
    }
    return (struct sl_slice){buf, a.len + b.len};
}

struct sl_slice sl_wire_repeat(struct sl_arena *arena, struct sl_slice bytes, size_t count)
{
    uint8_t *buf = room(arena, bytes.len * count);
    for (size_t i = 0; i < count; i++) {
        memcpy(buf + i * bytes.len, bytes.data, bytes.len);
    }
    return (struct sl_slice){buf, bytes.len * count};
}

struct sl_slice sl_wire_at(struct sl_arena *arena, const uint32_t *path, struct sl_slice content)
{
    size_t depth = 0;
    while (path[depth] != 0) {
        depth++;
    }
    for (size_t i = depth; i > 0; i--) {
        content = sl_wire_bytes(arena, path[i - 1], content);
    }
    return content;
}

static size_t depth_of(const struct sl_wire_path *path)
{
    size_t depth = 0;
    while (path->numbers[depth] != 0) {
        depth++;
    }
    return depth;
}

/* Adds the parts of the message that `paths[at]` leads to. Gives the new count. */
static size_t add_parts(struct sl_wire_path *paths, size_t at, size_t count, size_t max)
{
    size_t depth = depth_of(&paths[at]);
    const ProtobufCMessageDescriptor *message = paths[at].descriptor;
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        assert_true(count < max && depth + 1 < SL_WIRE_DEPTH_MAX);
        paths[count] = paths[at];
        paths[count].numbers[depth] = field->id;
        paths[count].descriptor = field->descriptor;
        count++;
    }
    return count;
}

/* The paths found so far are the queue: each is looked into once. */
size_t
sl_wire_walk(const ProtobufCMessageDescriptor *root, struct sl_wire_path *ret_paths, size_t max)
{
    ret_paths[0] = (struct sl_wire_path){.descriptor = root};
    size_t count = 1;
    for (size_t at = 0; at < count; at++) {
        count = add_parts(ret_paths, at, count, max);
    }
    return count;
}
