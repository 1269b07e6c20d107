/* Plain arrays: a queue is short, and moved forward once for each request. */
#include "cli/send_queue.h"

void sl_send_queue_put(struct sl_send_queue *queue,
                       Salesledger__V1__Event *const *events,
                       size_t count,
                       uint64_t origin)
{
    SL_ASSERT(count > 0);
    SL_ASSERT(count <= SL_SEND_QUEUE_EVENTS - queue->count);
    for (size_t i = 0; i < count; i++) {
        size_t place = queue->count++;
        queue->events[place] = events[i];
        queue->origins[place] = origin;
        queue->sizes[place] = salesledger__v1__event__get_packed_size(events[i]);
        queue->is_joined[place] = i > 0;
    }
}

size_t sl_send_queue_reach(const struct sl_send_queue *queue, size_t first, size_t events_max)
{
    size_t reach = first;
    size_t bytes = 0;
    for (size_t end = first; end < queue->count; end++) {
        if (!queue->is_joined[end]) {
            reach = end;
        }
        bytes += queue->sizes[end];
        bool is_too_much = end - first >= events_max || bytes > SL_SEND_REQUEST_BYTES;
        if (is_too_much && reach > first) {
            return reach - first;
        }
    }
    return queue->count - first;
}

bool sl_send_queue_is_request(const struct sl_send_queue *queue, size_t first)
{
    size_t bytes = 0;
    for (size_t i = first; i < queue->count; i++) {
        bytes += queue->sizes[i];
    }
    return queue->count - first >= SL_SEND_REQUEST_EVENTS || bytes >= SL_SEND_REQUEST_BYTES;
}

size_t sl_send_queue_group_begin(const struct sl_send_queue *queue, size_t place)
{
    while (queue->is_joined[place]) {
        place--;
    }
    return place;
}

void sl_send_queue_drop(struct sl_send_queue *queue, size_t count)
{
    size_t left = queue->count - count;
    for (size_t i = 0; i < count; i++) {
        salesledger__v1__event__free_unpacked(queue->events[i], NULL);
    }
    for (size_t i = 0; i < left; i++) {
        queue->events[i] = queue->events[i + count];
        queue->origins[i] = queue->origins[i + count];
        queue->sizes[i] = queue->sizes[i + count];
        queue->is_joined[i] = queue->is_joined[i + count];
    }
    queue->count = left;
}
