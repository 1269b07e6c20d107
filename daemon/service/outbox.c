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

/* May the last hold take the bytes over without letting them out later, or counting their answer otherwise? */
static bool is_like(const struct sl_hold *last, const struct sl_hold *hold)
{
    bool is_counted_alike = hold->answers == 0 || last->answers == 0 ||
                            (hold->kind == last->kind && hold->taken_us == last->taken_us);
    return last->seq.v >= hold->seq.v && is_counted_alike;
}

static void merge_into_last(struct sl_outbox *outbox, const struct sl_hold *hold)
{
    struct sl_hold *last = hold_at(outbox, outbox->hold_count - 1);
    last->end = hold->end;
    last->seq = hold->seq.v > last->seq.v ? hold->seq : last->seq;
    if (last->answers == 0) {
        last->kind = hold->kind;
        last->taken_us = hold->taken_us;
    }
    last->answers += hold->answers;
}

static void add(struct sl_outbox *outbox, const struct sl_hold *hold)
{
    bool has_last = outbox->hold_count > 0;
    if (has_last && is_like(hold_at(outbox, outbox->hold_count - 1), hold)) {
        merge_into_last(outbox, hold);
        return;
    }
    bool has_room = outbox->hold_count < outbox->hold_capacity || grow(outbox);
    if (!has_room) {
        merge_into_last(outbox, hold); /* a full ring is not empty: init made it */
        return;
    }
    *hold_at(outbox, outbox->hold_count) = *hold;
    outbox->hold_count++;
}

void sl_outbox_hold(struct sl_outbox *outbox, sl_seq seq, uint64_t now_us)
{
    add(outbox, &(struct sl_hold){
                    .end = outbox->base + outbox->bytes.len,
                    .seq = seq,
                    .since_us = now_us,
                });
}

void sl_outbox_answer(struct sl_outbox *outbox,
                      sl_seq seq,
                      uint64_t now_us,
                      enum sl_request_kind kind,
                      uint64_t taken_us)
{
    add(outbox, &(struct sl_hold){
                    .end = outbox->base + outbox->bytes.len,
                    .seq = seq,
                    .since_us = now_us,
                    .taken_us = taken_us,
                    .answers = 1,
                    .kind = kind,
                });
}

static uint64_t since(uint64_t us, uint64_t now_us)
{
    return now_us > us ? now_us - us : 0;
}

static void count(struct sl_metrics *metrics, const struct sl_hold *hold, uint64_t now_us)
{
    uint64_t held_us = since(hold->since_us, now_us);
    if (held_us > metrics->gate_held_us_max) {
        metrics->gate_held_us_max = held_us;
    }
    sl_metrics_answered(metrics, hold->kind, since(hold->taken_us, now_us), hold->answers);
}

uint32_t sl_outbox_release(struct sl_outbox *outbox,
                           sl_seq visible,
                           uint64_t now_us,
                           struct sl_metrics *metrics)
{
    uint32_t answers = 0;
    while (outbox->hold_count > 0) {
        const struct sl_hold *hold = hold_at(outbox, 0);
        if (hold->seq.v > visible.v) {
            break;
        }
        count(metrics, hold, now_us);
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
    } else if (gone > outbox->bytes.len / 2 || outbox->bytes.is_secret) {
        /* Each byte is moved at most once per halving, so the cost stays linear; but secrets go at once. */
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
