/* Events that wait to be sent or to be answered, in the order in which they were added. Those of a group stay together.
 *
 *     │ a │ b  b  b │ c │ d  d │ ...        drop takes from the front, put adds at the end */
#ifndef SL_CLI_SEND_QUEUE_H
#define SL_CLI_SEND_QUEUE_H

#include "salesledger.h"

/* What is given to one request, unless its first group alone is more. */
#define SL_SEND_REQUEST_EVENTS 256u
#define SL_SEND_REQUEST_BYTES  1048576u

#define SL_SEND_GROUP_EVENTS 1000u
#define SL_SEND_QUEUE_EVENTS (SL_SEND_REQUEST_EVENTS + 2 * SL_SEND_GROUP_EVENTS)

struct sl_send_queue {
    Salesledger__V1__Event *events[SL_SEND_QUEUE_EVENTS]; /* owned */
    uint64_t origins[SL_SEND_QUEUE_EVENTS];
    size_t sizes[SL_SEND_QUEUE_EVENTS];   /* bytes */
    bool is_joined[SL_SEND_QUEUE_EVENTS]; /* to the group of the event before it */
    size_t count;
};

/* Takes the events over; there is room for them. They are 1 to SL_SEND_GROUP_EVENTS, and together a group. */
void sl_send_queue_put(struct sl_send_queue *queue,
                       Salesledger__V1__Event *const *events,
                       size_t count,
                       uint64_t origin);

/* How many events from `first` on make whole groups of at most `events_max` and SL_SEND_REQUEST_BYTES; the first group in any case.
 * 0 at the end. */
size_t sl_send_queue_reach(const struct sl_send_queue *queue, size_t first, size_t events_max);

/* From `first` on, is there enough for a request? */
bool sl_send_queue_is_request(const struct sl_send_queue *queue, size_t first);

/* The first event of the group that the event at `place` belongs to. */
size_t sl_send_queue_group_begin(const struct sl_send_queue *queue, size_t place);

/* Frees the first events. */
void sl_send_queue_drop(struct sl_send_queue *queue, size_t count);

#endif
