/* The outbox: a session's encoded replies, first in first out, each held until what it reflects is on disk.
 *
 *     bytes     │ taken │   ready    │ held at seq 7 │ held at seq 9 │
 *               └───────┴────────────┴───────────────┴───────────────┘
 *     by the socket      ▲ may be sent               ▲ the encoders write here
 *
 * Invariants:
 *   (1) bytes leave in the order they were written;
 *   (2) a byte is ready only once its hold's seq is visible (core.h), and that of every hold before it;
 *   (3) taken <= ready end <= bytes.len; every byte behind the ready end is covered by a hold once sl_outbox_hold was called.
 * After init nothing fails: when there is no room for one more hold the last one takes the bytes over, at the greater seq, and its answers
 * are counted as if they were of the same kind.
 * Pure memory; the loop thread only. */
#ifndef SL_SERVICE_OUTBOX_H
#define SL_SERVICE_OUTBOX_H

#include "base/bytes.h"
#include "service/metrics.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_hold {
    uint64_t end;      /* offset in the session's whole output, first byte behind the hold */
    sl_seq seq;        /* visible first */
    uint64_t since_us; /* monotonic */
    uint64_t taken_us; /* the same: when what is answered was taken in */
    uint32_t answers;  /* requests answered by these bytes; all of one kind, and taken in at once */
    enum sl_request_kind kind;
};

struct sl_outbox {
    struct sl_bytes bytes;
    uint64_t base;         /* offset of bytes.data[0] in the session's whole output */
    uint64_t taken;        /* offset: the socket has everything before */
    uint64_t ready;        /* offset: everything before may be sent */
    struct sl_hold *holds; /* ring */
    uint32_t hold_capacity;
    uint32_t hold_first;
    uint32_t hold_count;
};

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_outbox_init(struct sl_outbox *outbox, size_t bytes_max);
void sl_outbox_deinit(struct sl_outbox *outbox); /* a zeroed one is fine */

/* Holds what was appended to `outbox->bytes` since the last call, which ends none of the requests in flight. */
void sl_outbox_hold(struct sl_outbox *outbox, sl_seq seq, uint64_t now_us);

/* The same, but it ends one, of that kind, taken in at that time. */
void sl_outbox_answer(struct sl_outbox *outbox,
                      sl_seq seq,
                      uint64_t now_us,
                      enum sl_request_kind kind,
                      uint64_t taken_us);

/* Frees every hold up to `visible`. Gives how many requests are thereby answered, and counts them and how long they took. */
uint32_t sl_outbox_release(struct sl_outbox *outbox,
                           sl_seq visible,
                           uint64_t now_us,
                           struct sl_metrics *metrics);

/* What may be sent now; borrowed until the next append to `bytes` or sl_outbox_take. */
struct sl_slice sl_outbox_ready(const struct sl_outbox *outbox);

/* The socket took the first `len` bytes of the ready ones. */
void sl_outbox_take(struct sl_outbox *outbox, size_t len);

/* Bytes not yet taken, ready or held. */
size_t sl_outbox_len(const struct sl_outbox *outbox);

bool sl_outbox_has_holds(const struct sl_outbox *outbox);

#endif
