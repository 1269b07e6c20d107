/* Building frames around packed events. */
#include "frames.h"

#include "fail.h"
#include "sl/frame.h"
#include "wire.h"
#include <stdlib.h>
#include <string.h>

/* Keys of protobuf fields: number << 3 | type. */
#define KEY_TAG    0x08u           /* Request.tag, a varint */
#define KEY_APPEND (16u << 3 | 2u) /* Request.append, bytes */
#define KEY_EVENT  (1u << 3 | 2u)  /* AppendRequest.events, bytes */

#define HEADER_BYTES_MAX 32u

static void reserve(struct sl_buffer *buffer, size_t more)
{
    if (buffer->len + more <= buffer->cap) {
        return;
    }
    size_t cap = buffer->cap * 2 > buffer->len + more ? buffer->cap * 2 : buffer->len + more;
    buffer->bytes = sl_check_memory(realloc(buffer->bytes, cap));
    buffer->cap = cap;
}

void sl_buffer_put(struct sl_buffer *buffer, const uint8_t *bytes, size_t len)
{
    reserve(buffer, len);
    memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
}

/* Notes that the data now ends with one more frame. */
static void end_frame(struct sl_frames *frames)
{
    if (frames->count + 2 > frames->cap) {
        frames->cap = frames->cap < 32 ? 64 : frames->cap * 2;
        frames->offsets =
            sl_check_memory(realloc(frames->offsets, frames->cap * sizeof *frames->offsets));
        frames->offsets[0] = 0;
    }
    frames->count++;
    frames->offsets[frames->count] = frames->data.len;
}

void sl_frames_deinit(struct sl_frames *frames)
{
    free(frames->data.bytes);
    free(frames->offsets);
    free(frames->open.bytes);
    *frames = (struct sl_frames){0};
}

void sl_frames_add_event(struct sl_frames *frames, const Salesledger__V1__Event *event)
{
    size_t len = salesledger__v1__event__get_packed_size(event);
    struct sl_buffer *open = &frames->open;
    reserve(open, len + HEADER_BYTES_MAX);
    open->len += sl_wire_put_varint(open->bytes + open->len, KEY_EVENT);
    open->len += sl_wire_put_varint(open->bytes + open->len, len);
    open->len += salesledger__v1__event__pack(event, open->bytes + open->len);
    frames->open_events++;
    frames->event_bytes += len;
}

void sl_frames_end_append(struct sl_frames *frames)
{
    if (frames->open_events == 0) {
        return;
    }
    uint8_t header[HEADER_BYTES_MAX];
    size_t len = SL_FRAME_HEADER_BYTES;
    len += sl_wire_put_varint(header + len, KEY_TAG);
    len += sl_wire_put_varint(header + len, frames->count + 1);
    len += sl_wire_put_varint(header + len, KEY_APPEND);
    len += sl_wire_put_varint(header + len, frames->open.len);
    sl_frame_put_header(header, (uint32_t)(len - SL_FRAME_HEADER_BYTES + frames->open.len));
    sl_buffer_put(&frames->data, header, len);
    sl_buffer_put(&frames->data, frames->open.bytes, frames->open.len);
    frames->events += frames->open_events;
    frames->open.len = 0;
    frames->open_events = 0;
    end_frame(frames);
}

void sl_frames_add_request(struct sl_frames *frames, Salesledger__V1__Request *request)
{
    request->has_tag = true;
    request->tag = frames->count + 1;
    size_t len = salesledger__v1__request__get_packed_size(request);
    reserve(&frames->data, SL_FRAME_HEADER_BYTES + len);
    uint8_t *at = frames->data.bytes + frames->data.len;
    sl_frame_put_header(at, (uint32_t)len);
    (void)salesledger__v1__request__pack(request, at + SL_FRAME_HEADER_BYTES);
    frames->data.len += SL_FRAME_HEADER_BYTES + len;
    end_frame(frames);
}

static void
each_event_of(struct sl_slice request, void (*visit)(void *ctx, struct sl_slice event), void *ctx)
{
    struct sl_wire_field field;
    while (sl_wire_next(&request, &field)) {
        struct sl_slice append =
            field.number == KEY_APPEND >> 3 ? field.bytes : (struct sl_slice){0};
        while (sl_wire_next(&append, &field)) {
            visit(ctx, field.bytes);
        }
    }
}

void sl_frames_each_event(const struct sl_frames *frames,
                          void (*visit)(void *ctx, struct sl_slice event),
                          void *ctx)
{
    for (size_t i = 0; i < frames->count; i++) {
        uint64_t begin = frames->offsets[i] + SL_FRAME_HEADER_BYTES;
        struct sl_slice request = {.data = frames->data.bytes + begin,
                                   .len = (size_t)(frames->offsets[i + 1] - begin)};
        each_event_of(request, visit, ctx);
    }
}
