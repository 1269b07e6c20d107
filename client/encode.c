/* Packing requests. Missing ids are lent to the events only while they are packed, so that the
 * caller's structs never point into memory of the library. */
#include "encode.h"

#include <stdlib.h>

enum sl_err sl_encode(const Salesledger__V1__Request *request,
                      struct sl_encoded *ret_frame,
                      struct sl_diag *diag)
{
    size_t len = salesledger__v1__request__get_packed_size(request);
    if (len > SL_FRAME_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, "request",
                         "must have at most %u bytes, has %zu: send smaller batches",
                         SL_FRAME_BYTES_MAX, len);
    }
    /* An empty request has no bytes, and no frame may be empty: the tag is always there. */
    SL_ASSERT(len > 0);
    uint8_t *bytes = malloc(SL_FRAME_HEADER_BYTES + len);
    if (bytes == NULL) {
        return SL_E_NO_MEMORY;
    }
    sl_frame_put_header(bytes, (uint32_t)len);
    (void)salesledger__v1__request__pack(request, bytes + SL_FRAME_HEADER_BYTES);
    *ret_frame = (struct sl_encoded){.bytes = bytes, .len = SL_FRAME_HEADER_BYTES + len};
    return SL_OK;
}

static enum sl_err
count_missing(const Salesledger__V1__AppendRequest *append, size_t *ret_count, struct sl_diag *diag)
{
    if (append->n_events > SL_BATCH_EVENTS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "append.events",
                         "must be at most %u, are %zu: send smaller batches", SL_BATCH_EVENTS_MAX,
                         append->n_events);
    }
    size_t count = 0;
    for (size_t i = 0; i < append->n_events; i++) {
        if (append->events[i] == NULL) {
            return sl_refuse(diag, SL_E_USAGE, "append.events", "number %zu is NULL", i);
        }
        count += append->events[i]->has_id ? 0 : 1;
    }
    *ret_count = count;
    return SL_OK;
}

/* Gives up to `count` events one of the new ids each. */
static void lend_ids(Salesledger__V1__AppendRequest *append, struct sl_id *ids, size_t count)
{
    size_t next = 0;
    for (size_t i = 0; i < append->n_events && next < count; i++) {
        Salesledger__V1__Event *event = append->events[i];
        if (!event->has_id) {
            event->id = (ProtobufCBinaryData){.len = sizeof ids->bytes, .data = ids[next++].bytes};
            event->has_id = true;
        }
    }
}

/* An event stands for itself: its id is ours exactly if it points into our array. */
static void take_ids_back(Salesledger__V1__AppendRequest *append, struct sl_id *ids, size_t count)
{
    const uintptr_t begin = (uintptr_t)ids;
    const uintptr_t end = (uintptr_t)(ids + count);
    for (size_t i = 0; i < append->n_events; i++) {
        Salesledger__V1__Event *event = append->events[i];
        uintptr_t at = (uintptr_t)event->id.data;
        if (event->has_id && at >= begin && at < end) {
            event->id = (ProtobufCBinaryData){0};
            event->has_id = false;
        }
    }
}

static enum sl_err make_ids(struct sl_ids *source, struct sl_id *ret_ids, size_t count)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < count && err == SL_OK; i++) {
        err = sl_ids_next(source, &ret_ids[i]);
    }
    return err;
}

static enum sl_err encode_with_ids(Salesledger__V1__Request *request,
                                   struct sl_ids *source,
                                   struct sl_encoded *ret_frame,
                                   struct sl_diag *diag)
{
    size_t count = 0;
    enum sl_err err = SL_OK;
    if (request->append != NULL) {
        err = count_missing(request->append, &count, diag);
    }
    if (err != SL_OK || count == 0) {
        return err != SL_OK ? err : sl_encode(request, ret_frame, diag);
    }
    struct sl_id *ids = calloc(count, sizeof *ids);
    if (ids == NULL) {
        return SL_E_NO_MEMORY;
    }
    err = make_ids(source, ids, count);
    if (err == SL_OK) {
        lend_ids(request->append, ids, count);
        err = sl_encode(request, ret_frame, diag);
        take_ids_back(request->append, ids, count);
    }
    free(ids);
    return err;
}

enum sl_err sl_encode_tagged(Salesledger__V1__Request *request,
                             uint64_t tag,
                             struct sl_ids *ids,
                             struct sl_encoded *ret_frame,
                             struct sl_diag *diag)
{
    protobuf_c_boolean has_tag_before = request->has_tag;
    uint64_t tag_before = request->tag;
    request->has_tag = true;
    request->tag = tag;
    enum sl_err err = encode_with_ids(request, ids, ret_frame, diag);
    request->has_tag = has_tag_before;
    request->tag = tag_before;
    return err;
}
