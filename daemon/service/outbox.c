/* Offsets count the session's whole output and never go back, so moving the bytes to the front changes no hold. */
#include "service/outbox.h"

#include <stdlib.h>
#include <string.h>

#define HOLDS_MIN 16u
#define HOLDS_MAX 4096u /* more than a session can have in flight; beyond, holds merge */

/* A buffer that once held a large answer is given back instead of kept for ever. */
#define KEEP_BYTES_MAX ((size_t)1024 * 1024)

static struct sl_hold *hold_at(const struct sl_outbox *outbox, uint32_t index)
{
    return &outbox->holds[(outbox->hold_first + index) & (outbox->hold_capacity - 1)];
}

/* Doubles the ring; false leaves it as it was. */
static bool grow(struct sl_outbox *outbox)
{
    uint32_t capacity = outbox->hold_capacity == 0 ? HOLDS_MIN : outbox->hold_capacity * 2;
    if (capacity > HOLDS_MAX) {
        return false;
    }
    struct sl_hold *holds = malloc(capacity * sizeof *holds);
    if (holds == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < outbox->hold_count; i++) {
        holds[i] = *hold_at(outbox, i);
    }
    free(outbox->holds);
    outbox->holds = holds;
    outbox->hold_capacity = capacity;
    outbox->hold_first = 0;
    return true;
}

enum sl_err sl_outbox_init(struct sl_outbox *outbox, size_t bytes_max)
{
    *outbox = (struct sl_outbox){0};
    sl_bytes_init(&outbox->bytes, bytes_max);
    return grow(outbox) ? SL_OK : SL_E_NO_MEMORY;
}

void sl_outbox_deinit(struct sl_outbox *outbox)
{
    sl_bytes_deinit(&outbox->bytes);
    free(outbox->holds);
    outbox->holds = NULL;
    outbox->hold_capacity = 0;
    outbox->hold_count = 0;
}

static void merge_into_last(struct sl_outbox *outbox, const struct sl_hold *hold)
{
    struct sl_hold *last = hold_at(outbox, outbox->hold_count - 1);
    last->end = hold->end;
    last->seq = hold->seq.v > last->seq.v ? hold->seq : last->seq;
    last->answers += hold->answers;
}

void sl_outbox_hold(struct sl_outbox *outbox, sl_seq seq, uint64_t now_us, uint32_t answers)
{
    struct sl_hold hold = {outbox->base + outbox->bytes.len, seq, now_us, answers};
    bool has_last = outbox->hold_count > 0;
    if (has_last && hold_at(outbox, outbox->hold_count - 1)->seq.v >= seq.v) {
        merge_into_last(outbox, &hold);
        return;
    }
    bool has_room = outbox->hold_count < outbox->hold_capacity || grow(outbox);
    if (!has_room) {
        merge_into_last(outbox, &hold); /* a full ring is not empty: init made it */
        return;
    }
    *hold_at(outbox, outbox->hold_count) = hold;
    outbox->hold_count++;
}

uint32_t
sl_outbox_release(struct sl_outbox *outbox, sl_seq visible, uint64_t now_us, uint64_t *held_us_max)
{
    uint32_t answers = 0;
    while (outbox->hold_count > 0) {
        const struct sl_hold *hold = hold_at(outbox, 0);
        if (hold->seq.v > visible.v) {
            break;
        }
        uint64_t held_us = now_us > hold->since_us ? now_us - hold->since_us : 0;
        *held_us_max = held_us > *held_us_max ? held_us : *held_us_max;
        outbox->ready = hold->end;
        answers += hold->answers;
        outbox->hold_first = (outbox->hold_first + 1) & (outbox->hold_capacity - 1);
        outbox->hold_count--;
    }
    return answers;
}

struct sl_slice sl_outbox_ready(const struct sl_outbox *outbox)
{
    if (outbox->ready <= outbox->taken) {
        return (struct sl_slice){NULL, 0};
    }
    return (struct sl_slice){outbox->bytes.data + (outbox->taken - outbox->base),
                             (size_t)(outbox->ready - outbox->taken)};
}

void sl_outbox_take(struct sl_outbox *outbox, size_t len)
{
    SL_ASSERT(len <= outbox->ready - outbox->taken);
    outbox->taken += len;
    size_t gone = (size_t)(outbox->taken - outbox->base);
    if (gone == outbox->bytes.len) {
        sl_bytes_clear(&outbox->bytes);
        outbox->base = outbox->taken;
        if (outbox->bytes.capacity > KEEP_BYTES_MAX) {
            sl_bytes_deinit(&outbox->bytes);
        }
    } else if (gone > outbox->bytes.len / 2) {
        /* Each byte is moved at most once per halving, so the cost stays linear. */
        sl_bytes_consume(&outbox->bytes, gone);
        outbox->base = outbox->taken;
    }
}

size_t sl_outbox_len(const struct sl_outbox *outbox)
{
    return outbox->bytes.len - (size_t)(outbox->taken - outbox->base);
}

bool sl_outbox_has_holds(const struct sl_outbox *outbox)
{
    return outbox->hold_count > 0;
}
