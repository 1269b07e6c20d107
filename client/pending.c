/* The table of requests under way, and how a request asks for the rest of its answer. */
#include "pending.h"

#include "encode.h"
#include <stdlib.h>

enum sl_err sl_pending_table_init(struct sl_pending_table *table, size_t count_max)
{
    size_t buckets = 16;
    while (buckets < count_max) {
        buckets *= 2;
    }
    *table = (struct sl_pending_table){.mask = buckets - 1};
    table->buckets = calloc(buckets, sizeof(struct sl_pending *));
    return table->buckets == NULL ? SL_E_NO_MEMORY : SL_OK;
}

void sl_pending_table_deinit(struct sl_pending_table *table)
{
    struct sl_pending *next = NULL;
    for (struct sl_pending *pending = table->first; pending != NULL; pending = next) {
        next = pending->next;
        sl_pending_free(pending);
    }
    free(table->buckets);
    *table = (struct sl_pending_table){0};
}

enum sl_err sl_pending_new(Salesledger__V1__Request *request,
                           uint64_t tag,
                           struct sl_ids *ids,
                           struct sl_pending **ret_pending,
                           struct sl_diag *diag)
{
    struct sl_pending *pending = calloc(1, sizeof *pending);
    struct sl_inbox_entry *entry = calloc(1, sizeof *entry);
    struct sl_encoded frame = {0};
    enum sl_err err = SL_E_NO_MEMORY;
    if (pending != NULL && entry != NULL) {
        err = sl_encode_tagged(request, tag, ids, &frame, diag);
    }
    if (err != SL_OK) {
        free(pending);
        free(entry);
        return err;
    }
    bool has_cursor = request->subscribe != NULL || request->log != NULL;
    pending->tag = tag;
    pending->again = has_cursor ? SL_AGAIN_CURSOR : SL_AGAIN_SAME;
    pending->frame = frame.bytes;
    pending->frame_len = frame.len;
    pending->last_entry = entry;
    entry->tag = tag;
    *ret_pending = pending;
    return SL_OK;
}

void sl_pending_free(struct sl_pending *pending)
{
    if (pending == NULL) {
        return;
    }
    sl_inbox_entry_free(pending->last_entry);
    free(pending->frame);
    free(pending);
}

struct sl_pending *sl_pending_find(const struct sl_pending_table *table, uint64_t tag)
{
    struct sl_pending *pending = table->buckets[tag & table->mask];
    while (pending != NULL && pending->tag != tag) {
        pending = pending->chain;
    }
    return pending;
}

void sl_pending_put(struct sl_pending_table *table, struct sl_pending *pending)
{
    struct sl_pending **bucket = &table->buckets[pending->tag & table->mask];
    pending->chain = *bucket;
    *bucket = pending;
    pending->prev = table->last;
    pending->next = NULL;
    if (table->last == NULL) {
        table->first = pending;
    } else {
        table->last->next = pending;
    }
    table->last = pending;
    table->count++;
    table->dropped += pending->is_dropped ? 1 : 0;
    table->bytes += pending->frame_len;
}

void sl_pending_remove(struct sl_pending_table *table, struct sl_pending *pending)
{
    struct sl_pending **link = &table->buckets[pending->tag & table->mask];
    while (*link != pending) {
        link = &(*link)->chain;
    }
    *link = pending->chain;
    *(pending->prev != NULL ? &pending->prev->next : &table->first) = pending->next;
    *(pending->next != NULL ? &pending->next->prev : &table->last) = pending->prev;
    table->count--;
    table->dropped -= pending->is_dropped ? 1 : 0;
    table->bytes -= pending->frame_len;
}

void sl_pending_drop(struct sl_pending_table *table, struct sl_pending *pending)
{
    if (!pending->is_dropped) {
        pending->is_dropped = true;
        table->dropped++;
    }
}

static bool expects(const struct sl_pending *pending)
{
    return !pending->is_dropped && pending->handler.callback == NULL;
}

bool sl_pending_expects(const struct sl_pending_table *table, uint64_t tag)
{
    if (tag != 0) {
        const struct sl_pending *pending = sl_pending_find(table, tag);
        return pending != NULL && expects(pending);
    }
    const struct sl_pending *pending = table->first;
    while (pending != NULL && !expects(pending)) {
        pending = pending->next;
    }
    return pending != NULL;
}

/* The log request for what is left; false if that is nothing. */
static bool move_log(Salesledger__V1__LogRequest *log, const struct sl_pending *pending)
{
    if (log->has_limit && log->limit > 0) {
        if (pending->seen >= log->limit) {
            return false;
        }
        log->limit -= (uint32_t)pending->seen;
    }
    if (log->has_reverse && log->reverse) {
        log->has_to = true;
        log->to = pending->cursor;
        return pending->cursor > 0; /* `to` 0 would mean the head */
    }
    log->has_from = true;
    log->from = pending->cursor;
    return true;
}

/* Points the request at the cursor. */
static bool move_request(Salesledger__V1__Request *request, const struct sl_pending *pending)
{
    if (request->subscribe != NULL) {
        request->subscribe->has_from = true;
        request->subscribe->from = pending->cursor;
        return true;
    }
    return request->log != NULL && move_log(request->log, pending);
}

static enum sl_err replace_frame(struct sl_pending *pending)
{
    Salesledger__V1__Request *request = salesledger__v1__request__unpack(
        NULL, pending->frame_len - SL_FRAME_HEADER_BYTES, pending->frame + SL_FRAME_HEADER_BYTES);
    if (request == NULL) {
        return SL_E_NO_MEMORY;
    }
    enum sl_err err = SL_E_CLOSED;
    struct sl_encoded frame = {0};
    if (move_request(request, pending)) {
        err = sl_encode(request, &frame, NULL);
    }
    salesledger__v1__request__free_unpacked(request, NULL);
    if (err == SL_OK) {
        free(pending->frame);
        pending->frame = frame.bytes;
        pending->frame_len = frame.len;
        pending->seen = 0;
    }
    return err;
}

enum sl_err sl_pending_resume(struct sl_pending_table *table, struct sl_pending *pending)
{
    if (!pending->is_delivered) {
        return SL_OK;
    }
    if (pending->again != SL_AGAIN_CURSOR) {
        return SL_E_CLOSED;
    }
    size_t len_before = pending->frame_len;
    enum sl_err err = replace_frame(pending);
    table->bytes = table->bytes - len_before + pending->frame_len;
    return err;
}
