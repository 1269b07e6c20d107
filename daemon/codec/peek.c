/* Hints of an event; the numbers are those of event.proto and api.proto. */
#include "codec/peek.h"

#include "codec/scan.h"
#include "codec/wire.h"

#define REQUEST_TAG   1u
#define EVENT_ID      3u
#define APPEND_EVENTS 1u

#define CONTACT_CUSTOMER 1u
#define CONTACT_DEAL     4u
#define SALE_DEAL        1u /* of quote and close */
#define SALE_CUSTOMER    2u

/* Looked at of a message: whoever sends thousands of fields is not looked ahead to. */
#define FIELDS_MAX 32u

static void peek_body(struct sl_slice body, enum sl_event_type type, struct sl_peek *peek)
{
    uint32_t deal = type == SL_EVENT_CONTACT ? CONTACT_DEAL : SALE_DEAL;
    uint32_t customer = type == SL_EVENT_CONTACT ? CONTACT_CUSTOMER : SALE_CUSTOMER;
    struct sl_field field;
    for (unsigned i = 0; i < FIELDS_MAX && body.len > 0 && sl_scan_field(&body, &field) &&
                         field.number <= CONTACT_DEAL;
         i++) {
        if (field.number == deal) {
            peek->deal = field.bytes;
        } else if (field.number == customer) {
            peek->customer = field.bytes;
        }
    }
}

void sl_peek_event(struct sl_slice event, struct sl_peek *ret_peek)
{
    *ret_peek = (struct sl_peek){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct sl_field field;
    for (unsigned i = 0; i < FIELDS_MAX && event.len > 0 && sl_scan_field(&event, &field); i++) {
        if (field.number == EVENT_ID && field.bytes.len == sizeof(struct sl_id)) {
            ret_peek->id = field.bytes;
        } else if (field.number == SL_EVENT_CONTACT || field.number == SL_EVENT_QUOTE ||
                   field.number == SL_EVENT_CLOSE) {
            peek_body(field.bytes, (enum sl_event_type)field.number, ret_peek);
        }
    }
}

uint64_t sl_peek_tag(struct sl_slice message)
{
    struct sl_field field = {0};
    for (unsigned i = 0; field.number != REQUEST_TAG; i++) {
        if (i == FIELDS_MAX || message.len == 0 || !sl_scan_field(&message, &field)) {
            return 0;
        }
    }
    return field.value;
}

struct sl_slice sl_peek_request(struct sl_slice message)
{
    struct sl_slice none = {NULL, 0};
    struct sl_field field = {0};
    for (unsigned i = 0; field.number != (uint32_t)SL_REQUEST_APPEND; i++) {
        if (i == FIELDS_MAX || message.len == 0 || !sl_scan_field(&message, &field)) {
            return none;
        }
    }
    struct sl_slice append = field.bytes;
    bool has_event =
        append.len > 0 && sl_scan_field(&append, &field) && field.number == APPEND_EVENTS;
    return has_event ? field.bytes : none;
}
