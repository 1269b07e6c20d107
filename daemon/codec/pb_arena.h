/* protobuf-c's allocator over an arena, and the true length of the strings it made.
 *
 *     block    8 bytes   size asked for
 *              size      what protobuf-c was given
 *
 * protobuf-c hands out strings as NUL-terminated `char *` and forgets how long they were, so a NUL inside would cut the
 * text short without a word. It asks for exactly length + 1 bytes per string; the size kept in front of the block
 * is therefore the length, and nothing needs strlen. tests/unit/test_event_codec.c pins this. */
#ifndef SL_CODEC_PB_ARENA_H
#define SL_CODEC_PB_ARENA_H

#include "base/arena.h"
#include "sl/types.h"

#include <protobuf-c/protobuf-c.h>

struct sl_pb_arena {
    struct sl_arena *arena;
    bool is_exhausted; /* an allocation was refused, so a NULL message means SL_E_NO_MEMORY */
    ProtobufCAllocator allocator;
};

/* `pb` must stay where it is while its allocator is in use. */
void sl_pb_arena_init(struct sl_pb_arena *pb, struct sl_arena *arena);

/* The bytes of a string that was unpacked with such an allocator; {NULL, 0} for NULL. */
struct sl_slice sl_pb_text(const char *text);

#endif
