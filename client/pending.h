/* Requests without their last reply: found by tag, kept in the order they were sent, with the
 * packed frame so that it can be sent again byte for byte. */
#ifndef SL_CLIENT_PENDING_H
#define SL_CLIENT_PENDING_H

#include "ids.h"
#include "inbox.h"
#include "salesledger.h"

/* What happens to the request when the connection is lost. */
enum sl_again {
    SL_AGAIN_SAME,   /* the same bytes, unless a part of the answer was delivered already */
    SL_AGAIN_CURSOR, /* a subscription or log request: from where it stopped */
    SL_AGAIN_NEVER,  /* a cancel request: what it ends is gone with the connection */
};

struct sl_pending {
    struct sl_pending *chain; /* next in the same bucket */
    struct sl_pending *prev;  /* in the order sent */
    struct sl_pending *next;
    uint64_t tag;
    uint64_t cancelled_tag;            /* of a cancel request; 0 otherwise */
    struct sl_client_handler handler;  /* callback NULL: replies go to the inbox */
    struct sl_inbox_entry *last_entry; /* kept for the last reply; NULL with a handler */
    enum sl_again again;
    bool is_sent;      /* wholly written on the present connection */
    bool is_dropped;   /* nobody wants the replies any more */
    bool is_failing;   /* is being told that it failed */
    bool is_delivered; /* a reply with `more` was delivered */
    uint64_t cursor;   /* SL_AGAIN_CURSOR: first seq not yet looked at, once is_delivered */
    uint64_t seen;     /* SL_AGAIN_CURSOR: events delivered */
    uint8_t *frame;    /* header and message, owned */
    size_t frame_len;
};

struct sl_pending_table {
    struct sl_pending **buckets;
    size_t mask; /* buckets - 1; their number is a power of two */
    struct sl_pending *first;
    struct sl_pending *last;
    size_t count;
    size_t dropped; /* of these */
    size_t bytes;   /* of all frames */
};

/* Room for about `count_max`; more is slower, not wrong. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_pending_table_init(struct sl_pending_table *table, size_t count_max);
void sl_pending_table_deinit(struct sl_pending_table *table);

/* Packs the request; see sl_encode_tagged for the errors. */
SL_MUST_CHECK enum sl_err sl_pending_new(Salesledger__V1__Request *request,
                                         uint64_t tag,
                                         struct sl_ids *ids,
                                         struct sl_pending **ret_pending,
                                         struct sl_diag *diag);

/* NULL if there is none. */
struct sl_pending *sl_pending_find(const struct sl_pending_table *table, uint64_t tag);
void sl_pending_put(struct sl_pending_table *table, struct sl_pending *pending);
void sl_pending_remove(struct sl_pending_table *table, struct sl_pending *pending);
void sl_pending_drop(struct sl_pending_table *table, struct sl_pending *pending);

/* True if a request waits for its replies in the inbox. */
bool sl_pending_expects(const struct sl_pending_table *table, uint64_t tag);

/* With its frame and entry; NULL is fine. */
void sl_pending_free(struct sl_pending *pending);

/* Replaces the frame by one that asks for what has not been delivered yet. SL_E_CLOSED if
 * nothing is left to ask for or the request cannot be resumed, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_pending_resume(struct sl_pending_table *table,
                                            struct sl_pending *pending);

#endif
