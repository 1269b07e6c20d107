/* Errors, receipts, pages of events, status.
 *
 * Receipts and pages are written by hand: one receipt leaves for every event that comes in, and a page hands on stored bytes.
 * Both are laid out twice, first to learn the sizes that precede the bytes, then to write. */
#include <string.h>

#include "codec/encoder.h"
#include "codec/figures_codec.h"
#include "codec/scan.h"
#include "codec/wire.h"
#include "domain/event.h"
#include "domain/text.h"
#include "sl/frame.h"

/* Field numbers of api.proto and event.proto; tests/unit/test_wire.c reads every reply back with protobuf-c. */
#define REPLY_TAG         1u
#define REPLY_SEQ         2u
#define REPLY_MORE        3u
#define REPLY_ERROR       4u
#define REPLY_APPEND      16u
#define REPLY_EVENTS      21u
#define APPEND_RECEIPTS   1u
#define ERROR_CODE        1u
#define ERROR_NAME        2u
#define ERROR_MESSAGE     4u
#define ERROR_MAY_RETRY   5u
#define RECEIPT_ID        1u
#define RECEIPT_SEQ       2u
#define RECEIPT_TIME      3u
#define RECEIPT_ERROR     4u
#define RECEIPT_DUPLICATE 5u
#define PAGE_EVENTS       1u
#define PAGE_NEXT         2u
#define EVENT_SEQ         1u
#define EVENT_TIME        2u
#define EVENT_DAY         4u
#define EVENT_ACTOR       5u
#define DAY_TEXT_BYTES    10u

#define ERROR_NAME_MAX 32u

/* The texts an error message points to; outlive its packing. */
struct error_texts {
    char name[ERROR_NAME_MAX];
    char field[sizeof((struct sl_diag *)0)->field];
    char message[sizeof((struct sl_diag *)0)->message];
};

static void clean(const char *text, char *buf)
{
    sl_text_clean((struct sl_slice){(const uint8_t *)text, strlen(text)}, buf);
}

static Salesledger__V1__Error
error_message(enum sl_err err, const struct sl_diag *diag, struct error_texts *texts)
{
    static const struct sl_diag no_detail;
    const struct sl_diag *detail = diag == NULL ? &no_detail : diag;
    const char *message = detail->message[0] == '\0' ? sl_err_text(err) : detail->message;
    clean(sl_err_name(err), texts->name);
    clean(detail->field, texts->field);
    clean(message, texts->message);
    Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
    error.has_code = 1;
    error.code = (int32_t)err;
    error.name = texts->name;
    error.field = texts->field[0] == '\0' ? NULL : texts->field;
    error.message = texts->message;
    error.has_may_retry = 1;
    error.may_retry = sl_err_may_retry(err);
    return error;
}

enum sl_err
sl_reply_error(const struct sl_reply *reply, enum sl_err err, const struct sl_diag *diag)
{
    struct error_texts texts;
    Salesledger__V1__Error error = error_message(err, diag, &texts);
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.error = &error;
    struct sl_encoder encoder = {.arena = reply->arena};
    return sl_encoder_send(&encoder, reply, &message);
}

uint8_t *sl_reply_begin(const struct sl_reply *reply,
                        uint32_t number,
                        size_t body_size,
                        enum sl_err *ret_err)
{
    size_t size = (reply->tag != 0 ? sl_uint_size(REPLY_TAG, reply->tag) : 0) +
                  sl_uint_size(REPLY_SEQ, reply->seq) +
                  (reply->has_more ? sl_uint_size(REPLY_MORE, 1) : 0) +
                  sl_bytes_size(number, body_size);
    *ret_err = size > SL_FRAME_BYTES_MAX
                   ? SL_E_TOO_BIG
                   : sl_bytes_reserve(reply->out, SL_FRAME_HEADER_BYTES + size);
    if (*ret_err != SL_OK) {
        return NULL;
    }
    uint8_t *at = sl_bytes_extend(reply->out, SL_FRAME_HEADER_BYTES + size);
    sl_frame_put_header(at, (uint32_t)size);
    at += SL_FRAME_HEADER_BYTES;
    if (reply->tag != 0) {
        at = sl_put_uint(at, REPLY_TAG, reply->tag);
    }
    at = sl_put_uint(at, REPLY_SEQ, reply->seq);
    if (reply->has_more) {
        at = sl_put_uint(at, REPLY_MORE, 1);
    }
    return sl_put_varint(sl_put_tag(at, number, SL_WIRE_BYTES), body_size);
}

enum sl_err sl_reply_busy(const struct sl_reply *reply)
{
    const char *name = sl_err_name(SL_E_BUSY);
    const char *text = sl_err_text(SL_E_BUSY);
    size_t name_len = strlen(name);
    size_t text_len = strlen(text);
    size_t size = sl_uint_size(ERROR_CODE, SL_E_BUSY) + sl_bytes_size(ERROR_NAME, name_len) +
                  sl_bytes_size(ERROR_MESSAGE, text_len) + sl_uint_size(ERROR_MAY_RETRY, 1);
    enum sl_err err;
    uint8_t *at = sl_reply_begin(reply, REPLY_ERROR, size, &err);
    if (at != NULL) {
        at = sl_put_uint(at, ERROR_CODE, SL_E_BUSY);
        at = sl_put_bytes(at, ERROR_NAME, name, name_len);
        at = sl_put_bytes(at, ERROR_MESSAGE, text, text_len);
        (void)sl_put_uint(at, ERROR_MAY_RETRY, 1); /* the frame ends here */
    }
    return err;
}

static Salesledger__V1__Error receipt_error(const struct sl_receipt *receipt,
                                            struct error_texts *texts)
{
    Salesledger__V1__Error error = error_message(receipt->err, &receipt->diag, texts);
    error.has_current_seq = receipt->current_seq != 0;
    error.current_seq = receipt->current_seq;
    return error;
}

static size_t receipt_size(const struct sl_receipt *receipt)
{
    size_t size = receipt->has_id ? sl_bytes_size(RECEIPT_ID, sizeof receipt->id.bytes) : 0;
    if (receipt->err != SL_OK) {
        struct error_texts texts;
        Salesledger__V1__Error error = receipt_error(receipt, &texts);
        return size + sl_bytes_size(RECEIPT_ERROR, salesledger__v1__error__get_packed_size(&error));
    }
    return size + sl_uint_size(RECEIPT_SEQ, receipt->seq) +
           sl_uint_size(RECEIPT_TIME, (uint64_t)receipt->recorded.v) +
           (receipt->is_duplicate ? sl_uint_size(RECEIPT_DUPLICATE, 1) : 0);
}

static uint8_t *put_receipt(uint8_t *at, const struct sl_receipt *receipt)
{
    if (receipt->has_id) {
        at = sl_put_bytes(at, RECEIPT_ID, receipt->id.bytes, sizeof receipt->id.bytes);
    }
    if (receipt->err != SL_OK) {
        struct error_texts texts;
        Salesledger__V1__Error error = receipt_error(receipt, &texts);
        at = sl_put_tag(at, RECEIPT_ERROR, SL_WIRE_BYTES);
        at = sl_put_varint(at, salesledger__v1__error__get_packed_size(&error));
        return at + salesledger__v1__error__pack(&error, at);
    }
    at = sl_put_uint(at, RECEIPT_SEQ, receipt->seq);
    at = sl_put_uint(at, RECEIPT_TIME, (uint64_t)receipt->recorded.v);
    return receipt->is_duplicate ? sl_put_uint(at, RECEIPT_DUPLICATE, 1) : at;
}

enum sl_err
sl_reply_append(const struct sl_reply *reply, const struct sl_receipt *receipts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += sl_bytes_size(APPEND_RECEIPTS, receipt_size(&receipts[i]));
    }
    enum sl_err err;
    uint8_t *at = sl_reply_begin(reply, REPLY_APPEND, size, &err);
    if (at == NULL) {
        return err;
    }
    const uint8_t *end = at + size;
    for (size_t i = 0; i < count; i++) {
        at = sl_put_tag(at, APPEND_RECEIPTS, SL_WIRE_BYTES);
        at = sl_put_varint(at, receipt_size(&receipts[i]));
        at = put_receipt(at, &receipts[i]);
    }
    SL_ASSERT(at == end);
    return SL_OK;
}

/* The event's size once the ledger's fields follow the stored bytes. */
static size_t event_size(const struct sl_page_event *event)
{
    return event->event.len + event->more.len + sl_uint_size(EVENT_SEQ, event->seq.v) +
           sl_uint_size(EVENT_TIME, (uint64_t)event->recorded.v) +
           sl_bytes_size(EVENT_DAY, DAY_TEXT_BYTES) + sl_bytes_size(EVENT_ACTOR, event->actor.len);
}

static uint8_t *put_event(uint8_t *at, const struct sl_page_event *event)
{
    char day[SL_DAY_TEXT_MAX];
    size_t day_len = sl_day_format(event->effective, day);
    SL_ASSERT(day_len == DAY_TEXT_BYTES);
    if (event->event.len > 0) {
        memcpy(at, event->event.data, event->event.len);
    }
    at += event->event.len;
    if (event->more.len > 0) {
        memcpy(at, event->more.data, event->more.len);
    }
    at = sl_put_uint(at + event->more.len, EVENT_SEQ, event->seq.v);
    at = sl_put_uint(at, EVENT_TIME, (uint64_t)event->recorded.v);
    at = sl_put_bytes(at, EVENT_DAY, day, DAY_TEXT_BYTES);
    return sl_put_bytes(at, EVENT_ACTOR, event->actor.data, event->actor.len);
}

size_t sl_page_event_bytes(const struct sl_page_event *event)
{
    return sl_bytes_size(PAGE_EVENTS, event_size(event));
}

enum sl_err sl_reply_events(const struct sl_reply *reply,
                            const struct sl_page_event *events,
                            size_t count,
                            uint64_t next)
{
    size_t size = sl_uint_size(PAGE_NEXT, next);
    for (size_t i = 0; i < count; i++) {
        size += sl_page_event_bytes(&events[i]);
    }
    enum sl_err err;
    uint8_t *at = sl_reply_begin(reply, REPLY_EVENTS, size, &err);
    if (at == NULL) {
        return err;
    }
    const uint8_t *end = at + size;
    for (size_t i = 0; i < count; i++) {
        at = sl_put_tag(at, PAGE_EVENTS, SL_WIRE_BYTES);
        at = put_event(sl_put_varint(at, event_size(&events[i])), &events[i]);
    }
    at = sl_put_uint(at, PAGE_NEXT, next);
    SL_ASSERT(at == end);
    return SL_OK;
}

static void put_counters(Salesledger__V1__StatusReply *message, const struct sl_status *status)
{
    SL_PUT(message, head, status->head);
    SL_PUT(message, durable, status->durable);
    SL_PUT(message, checkpointed, status->checkpointed);
    SL_PUT(message, tree_size, status->tree_size);
    SL_PUT(message, sessions, status->sessions);
    SL_PUT(message, subscriptions, status->subscriptions);
    SL_PUT(message, memory_bytes, status->memory_bytes);
    SL_PUT(message, batches, status->batches);
    SL_PUT(message, checkpoints, status->checkpoints);
    SL_PUT(message, checkpoint_us_last, status->checkpoint_us_last);
    SL_PUT(message, refusals, status->refusals);
    SL_PUT(message, disk_free_bytes, status->disk_free_bytes);
    SL_PUT(message, undefined, status->undefined);
    SL_PUT(message, uptime_us, status->uptime_us);
    SL_PUT(message, gate_held_us_max, status->gate_held_us_max);
    SL_PUT(message, scrub_seq, status->scrub_seq);
    SL_PUT(message, scrub_part, status->scrub_part);
    SL_PUT(message, scrub_parts, status->scrub_parts);
    SL_PUT(message, scrub_passes, status->scrub_passes);
    SL_PUT(message, scrub_bytes, status->scrub_bytes);
    SL_PUT(message, scrub_errors, status->scrub_errors);
    if (status->scrub_last_pass_us != 0) {
        SL_PUT(message, scrub_last_pass_us, status->scrub_last_pass_us);
    }
    SL_PUT(message, policy, (Salesledger__V1__Settings__Policy)status->policy);
}

enum sl_err sl_reply_status(const struct sl_reply *reply, const struct sl_status *status)
{
    struct sl_encoder encoder = {.arena = reply->arena};
    Salesledger__V1__StatusReply body = SALESLEDGER__V1__STATUS_REPLY__INIT;
    put_counters(&body, status);
    sl_figures_put(&encoder, &status->figures, &body);
    body.version = sl_encoder_string(&encoder, status->version);
    body.timezone = sl_encoder_string(&encoder, status->timezone);
    body.currency = sl_encoder_string(&encoder, status->currency);
    body.actor = sl_encoder_text(&encoder, status->actor);
    if (status->scrub_last_error != NULL && status->scrub_last_error[0] != '\0') {
        body.scrub_last_error = sl_encoder_string(&encoder, status->scrub_last_error);
    }
    SL_PUT(&body, ledger_id,
           sl_encoder_bytes(&encoder, status->ledger_id, sizeof status->ledger_id));
    SL_PUT(&body, tree_root,
           sl_encoder_bytes(&encoder, status->tree_root, sizeof status->tree_root));
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.status = &body;
    return sl_encoder_send(&encoder, reply, &message);
}

enum sl_err sl_reply_erase(const struct sl_reply *reply, const struct sl_erased *erased)
{
    struct sl_encoder encoder = {.arena = reply->arena};
    Salesledger__V1__EraseReply body = SALESLEDGER__V1__ERASE_REPLY__INIT;
    body.customer = sl_encoder_text(&encoder, erased->customer);
    if (erased->had_data) {
        SL_PUT(&body, erased_us, erased->when.v);
        SL_PUT(&body, was_already, erased->was_already);
    } else {
        SL_PUT(&body, had_no_data, true);
    }
    Salesledger__V1__Reply message = SALESLEDGER__V1__REPLY__INIT;
    message.erase = &body;
    return sl_encoder_send(&encoder, reply, &message);
}
