/* Frames and requests as the daemon decodes them.
 *
 * Properties: a request never exceeds the limits; the events of an append lie in the message, in order, and are as many as protobuf's own
 * library finds; a request it cannot read is refused, with words; what is decoded once is decoded alike from its canonical encoding. */
#include "fuzz.h"

#include <stdlib.h>

#include "codec/peek.h"
#include "codec/wire.h"
#include "sl/frame.h"

#include <salesledger/v1/api.pb-c.h>

#define ARENA_BYTES_MAX (16 * (size_t)SL_FRAME_BYTES_MAX)

static bool lies_in(struct sl_slice part, struct sl_slice whole)
{
    return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

static void check_append(const struct sl_append *append, struct sl_slice message)
{
    struct sl_slice first = sl_peek_request(message);
    const uint8_t *end = message.data;
    SL_ASSERT(append->count <= SL_BATCH_EVENTS_MAX);
    SL_ASSERT(first.len == 0 || (append->count > 0 && first.data == append->events[0].data));
    for (size_t i = 0; i < append->count; i++) {
        SL_ASSERT(append->events[i].len == 0 || lies_in(append->events[i], message));
        SL_ASSERT(append->events[i].len == 0 || append->events[i].data >= end);
        end = append->events[i].len == 0 ? end : append->events[i].data + append->events[i].len;
    }
}

static void check_limits(const struct sl_request *request, struct sl_slice message)
{
    switch (request->kind) {
    case SL_REQUEST_APPEND: check_append(&request->u.append, message); break;
    case SL_REQUEST_MEASURES:
        SL_ASSERT(request->u.measures.measure_count <= SL_QUERY_MEASURES_MAX);
        break;
    case SL_REQUEST_LOG:
    case SL_REQUEST_TARGETS:
    case SL_REQUEST_RANK:
    case SL_REQUEST_STATEMENT:
    case SL_REQUEST_SUBSCRIBE:
    case SL_REQUEST_CANCEL:
    case SL_REQUEST_STATUS:
    case SL_REQUEST_BACKUP: break;
    case SL_REQUEST_ERASE: SL_ASSERT(request->u.erase_customer.len <= SL_ID_TEXT_BYTES_MAX); break;
    case SL_REQUEST_NONE: SL_ASSERT(request->kind != SL_REQUEST_NONE); break;
    }
    if (request->kind != SL_REQUEST_APPEND) {
        SL_ASSERT(message.len <= SL_EVENT_BYTES_MAX);
    }
}

/* What protobuf's own library makes of the message: as many events, and the same tag. */
static void compare_with_library(const struct sl_request *request,
                                 struct sl_slice message,
                                 struct sl_arena *arena)
{
    Salesledger__V1__Request *plain =
        salesledger__v1__request__unpack(NULL, message.len, message.data);
    if (plain == NULL) {
        SL_ASSERT(request->kind == SL_REQUEST_APPEND); /* its events are not looked into here */
        return;
    }
    SL_ASSERT(plain->tag == request->tag);
    if (request->kind == SL_REQUEST_APPEND) {
        SL_ASSERT(plain->append->n_events == request->u.append.count);
        SL_ASSERT(!plain->append->all_or_nothing == !request->u.append.all_or_nothing);
    }
    size_t len = salesledger__v1__request__get_packed_size(plain);
    uint8_t *again = malloc(len + 1);
    SL_ASSERT(again != NULL);
    SL_ASSERT(salesledger__v1__request__pack(plain, again) == len);
    struct sl_request second;
    if (len <= message.len) {
        SL_ASSERT(sl_request_decode((struct sl_slice){again, len}, arena, &second, NULL) == SL_OK);
        SL_ASSERT(second.kind == request->kind);
        SL_ASSERT(second.tag == request->tag);
    }
    free(again);
    salesledger__v1__request__free_unpacked(plain, NULL);
}

static void run_message(struct sl_slice message)
{
    struct sl_arena arena;
    struct sl_request request;
    struct sl_diag diag = {0};
    sl_arena_init(&arena, ARENA_BYTES_MAX);
    enum sl_err err = sl_request_decode(message, &arena, &request, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
    } else {
        check_limits(&request, message);
        compare_with_library(&request, message, &arena);
    }
    sl_arena_deinit(&arena);
}

/* The input as a message, and as a stream of frames. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sl_slice rest = {data, size};
    size_t frame_bytes = 1;
    run_message(rest);
    while (frame_bytes > 0) {
        struct sl_slice message;
        if (sl_frame_peek(rest, &message, &frame_bytes) != SL_OK) {
            return 0;
        }
        if (frame_bytes > 0) {
            SL_ASSERT(message.len >= 1 && message.len <= SL_FRAME_BYTES_MAX);
            SL_ASSERT(frame_bytes == message.len + SL_FRAME_HEADER_BYTES);
            SL_ASSERT(frame_bytes <= rest.len);
            run_message(message);
            rest.data += frame_bytes;
            rest.len -= frame_bytes;
        }
    }
    return 0;
}
