/* Inside libsalesledger: the client and the engine that all three ways of calling share.
 *
 *              a request                connected
 *     ┌──────┐ ────────▶ ┌─────────┐ ────────────▶ ┌────┐
 *     │ DOWN │           │ WAITING │               │ UP │
 *     └──────┘ ◀──────── └─────────┘ ◀──────────── └────┘
 *         ▲     too many   │     ▲        lost        │
 *         │     failures   └─────┘                    │
 *         │                try later                  │
 *         └───────────────────────────────────────────┘
 *           lost with nothing under way; too many failures; bytes that are no reply
 *
 * Invariants:
 *  (1) While UP, `unsent` is the first request in `pending` that is not wholly written on this
 *      connection, NULL if all are; the requests before it have `is_sent`, the others do not.
 *      While not UP it is NULL.
 *  (2) Only sl_engine_process reads, connects, fails requests and calls callbacks; sending and
 *      cancelling never do.
 *  (3) A request leaves `pending` with its last reply, or when it is failed, or when it is
 *      cancelled while not UP. */
#ifndef SL_CLIENT_CLIENT_H
#define SL_CLIENT_CLIENT_H

#include "connection.h"
#include "ids.h"
#include "inbox.h"
#include "pending.h"
#include "salesledger.h"
#include <stdatomic.h>

#define SL_BACKOFF_MS_MAX 1000u

enum sl_link {
    SL_LINK_DOWN,    /* no socket; the next request connects */
    SL_LINK_WAITING, /* no socket; the timer says when to connect */
    SL_LINK_UP,
};

struct sl_client {
    enum sl_link link;
    bool is_processing;         /* a callback may be on the stack */
    uint32_t timeout_ms;        /* of one blocking call */
    uint32_t attempt_count_max; /* SL_CLIENT_FOREVER: no limit */
    uint32_t failure_count;     /* lost or refused connections since the last reply */
    uint32_t backoff_ms;        /* before the second connect */
    size_t pending_max;         /* requests */
    size_t pending_bytes_max;   /* of requests; and of replies in the inbox */
    uint64_t tag_last;          /* tags count up from 1 */
    struct sl_connection connection;
    struct sl_pending_table pending;
    struct sl_pending *unsent; /* see invariant 1 */
    size_t unsent_offset;      /* bytes of it that are written */
    struct sl_inbox inbox;
    bool is_stalled; /* whole frames wait in the input for room in the inbox */
    struct sl_ids ids;
    int interrupt_fd; /* eventfd, waited for by blocking calls only */
    atomic_bool is_interrupted;
};

/* Queues a packed request and writes what the socket takes. Takes the pending over. */
void sl_engine_send(struct sl_client *client, struct sl_pending *pending);

/* One round of connecting, writing, reading and calling back; never waits. */
void sl_engine_process(struct sl_client *client);

/* See sl_client_cancel. */
void sl_engine_cancel(struct sl_client *client, uint64_t tag);

/* To be called after replies were taken: there may be room for more. */
void sl_engine_taken(struct sl_client *client);

/* The pause before one more attempt, after `count` in a row: longer and longer. */
uint32_t sl_engine_backoff_ms(const struct sl_client *client, uint32_t count);

/* Too many bytes of replies wait to be taken. */
bool sl_engine_is_full(const struct sl_client *client);

#endif
