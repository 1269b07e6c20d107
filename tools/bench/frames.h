/* Requests packed beforehand, one after the other in one piece of memory: sending is then one
 * write for any number of them.
 *
 *     bytes      │len│Request tag 0│len│Request tag 1│ ...
 *     offsets    0                 ^1                ^2      count + 1 of them
 *
 * Tags are the frames' positions plus 1. */
#ifndef SL_BENCH_FRAMES_H
#define SL_BENCH_FRAMES_H

#include "salesledger/v1/api.pb-c.h"
#include "sl/types.h"

struct sl_buffer {
    uint8_t *bytes;
    size_t len;
    size_t cap;
};

void sl_buffer_put(struct sl_buffer *buffer, const uint8_t *bytes, size_t len);

/* Zeroed is empty. */
struct sl_frames {
    struct sl_buffer data;
    uint64_t *offsets;
    size_t count;
    size_t cap;
    uint64_t events;       /* in all frames */
    uint64_t event_bytes;  /* of these, packed */
    struct sl_buffer open; /* the events of the frame being built */
    uint32_t open_events;
};

void sl_frames_deinit(struct sl_frames *frames);

/* Puts the event into the frame being built. Memory that runs out ends the program: nothing was
 * measured yet. */
void sl_frames_add_event(struct sl_frames *frames, const Salesledger__V1__Event *event);

/* Ends the frame being built, if it has events. */
void sl_frames_end_append(struct sl_frames *frames);

/* A frame with another question; its tag is set here. */
void sl_frames_add_request(struct sl_frames *frames, Salesledger__V1__Request *request);

/* Calls `visit` with the packed bytes of every event. */
void sl_frames_each_event(const struct sl_frames *frames,
                          void (*visit)(void *ctx, struct sl_slice event),
                          void *ctx);

#endif
