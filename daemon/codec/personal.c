/* The way down to a customer's fields is the same on the way in and out: a list of field numbers. */
#include "codec/personal.h"

#include <string.h>

#include "codec/convert.h"
#include "codec/scan.h"
#include "domain/text.h"
#include "sl/limits.h"

/* Field numbers of event.proto; tests/unit/test_personal.c compares them with the generated descriptors. */
#define EVENT_DEFINE        20u
#define EVENT_CORRECT       24u
#define CORRECT_REPLACEMENT 3u
#define DEFINE_CUSTOMER     19u
#define CUSTOMER_ID         1u
#define CUSTOMER_NAME       2u
#define CUSTOMER_PERSONAL   6u
#define CUSTOMER_SEALED     7u
#define CUSTOMER_ERASED     8u

#define DEPTH_MAX 4u

struct path {
    uint32_t numbers[DEPTH_MAX];
    size_t depth;
};

static const struct path definition = {{EVENT_DEFINE, DEFINE_CUSTOMER}, 2};
static const struct path replacement = {
    {EVENT_CORRECT, CORRECT_REPLACEMENT, EVENT_DEFINE, DEFINE_CUSTOMER}, 4};

static const struct path *path_of(bool is_replacement)
{
    return is_replacement ? &replacement : &definition;
}

/* A message around the customer: what stands before and behind the field that leads on. */
struct around {
    struct sl_slice before;
    struct sl_slice behind;
};

/* Looks for the field; gives its value, and how often it is there. What cannot be scanned ends the message. */
static unsigned
find_field(struct sl_slice message, uint32_t number, struct around *around, struct sl_slice *value)
{
    const uint8_t *begin = message.data;
    const uint8_t *end = message.data + message.len;
    unsigned count = 0;
    while (message.len > 0) {
        const uint8_t *at = message.data;
        struct sl_field field;
        if (!sl_scan_field(&message, &field)) {
            break;
        }
        if (field.number == number && field.wire_type == SL_WIRE_BYTES) {
            count++;
            *value = field.bytes;
            *around = (struct around){
                .before = {begin, (size_t)(at - begin)},
                .behind = {message.data, (size_t)(end - message.data)},
            };
        }
    }
    return count;
}

/* Goes down to the customer; false if a message on the way is not there exactly once. */
static bool go_down(struct sl_slice event,
                    const struct path *path,
                    struct around around[DEPTH_MAX],
                    struct sl_slice *ret_customer)
{
    struct sl_slice message = event;
    for (size_t i = 0; i < path->depth; i++) {
        if (find_field(message, path->numbers[i], &around[i], &message) != 1) {
            return false;
        }
    }
    *ret_customer = message;
    return true;
}

static bool is_personal(uint32_t number)
{
    return number == CUSTOMER_NAME || number == CUSTOMER_PERSONAL;
}

/* Parts a customer's fields: the personal ones into `plain`, the others into `rest`, each with room for all. */
static void part(struct sl_slice customer, uint8_t **plain, uint8_t **rest)
{
    while (customer.len > 0) {
        const uint8_t *at = customer.data;
        struct sl_field field;
        bool is_scanned = sl_scan_field(&customer, &field);
        SL_ASSERT(is_scanned); /* it has been decoded */
        size_t len = (size_t)(customer.data - at);
        uint8_t **to = is_personal(field.number) ? plain : rest;
        memcpy(*to, at, len);
        *to += len;
    }
}

static size_t message_size(const struct path *path,
                           const struct around around[DEPTH_MAX],
                           size_t customer_len,
                           size_t ret_lens[DEPTH_MAX])
{
    size_t len = customer_len;
    for (size_t i = path->depth; i > 0; i--) {
        ret_lens[i - 1] = len;
        len = around[i - 1].before.len + sl_bytes_size(path->numbers[i - 1], len) +
              around[i - 1].behind.len;
    }
    return len;
}

static uint8_t *put(uint8_t *at, struct sl_slice bytes)
{
    if (bytes.len > 0) {
        memcpy(at, bytes.data, bytes.len);
    }
    return at + bytes.len;
}

/* Writes the messages around a customer of `customer_len` bytes; gives the place for these, NULL without memory. */
static uint8_t *wrap(const struct path *path,
                     const struct around around[DEPTH_MAX],
                     size_t customer_len,
                     struct sl_arena *arena,
                     struct sl_slice *ret_bytes)
{
    size_t lens[DEPTH_MAX];
    size_t size = message_size(path, around, customer_len, lens);
    uint8_t *bytes = sl_arena_alloc(arena, size);
    if (bytes == NULL) {
        return NULL;
    }
    uint8_t *at = bytes;
    for (size_t i = 0; i < path->depth; i++) {
        at = put(at, around[i].before);
        at = sl_put_varint(sl_put_tag(at, path->numbers[i], SL_WIRE_BYTES), lens[i]);
    }
    uint8_t *behind = at + customer_len;
    for (size_t i = path->depth; i > 0; i--) {
        behind = put(behind, around[i - 1].behind);
    }
    SL_ASSERT(behind == bytes + size);
    *ret_bytes = (struct sl_slice){bytes, size};
    return at;
}

const struct sl_define *sl_personal_of(const struct sl_event *event)
{
    const struct sl_body *body = &event->body;
    if (body->type == SL_EVENT_CORRECT) {
        body = event->correct.replacement;
    }
    bool is_there = body != NULL && body->type == SL_EVENT_DEFINE &&
                    body->u.define.kind == SL_DEFINE_CUSTOMER && body->u.define.has_personal;
    return is_there ? &body->u.define : NULL;
}

enum sl_err sl_personal_take(struct sl_slice bytes,
                             size_t extra,
                             struct sl_arena *arena,
                             struct sl_personal_taken *ret_taken,
                             struct sl_diag *diag)
{
    if (bytes.len > SL_PERSONAL_EVENT_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, "",
                         "an event with personal fields has at most %u bytes, not %zu",
                         SL_PERSONAL_EVENT_BYTES_MAX, bytes.len);
    }
    struct around around[DEPTH_MAX];
    struct sl_slice customer;
    const struct path *path = &definition;
    if (!go_down(bytes, path, around, &customer)) {
        path = &replacement;
        if (!go_down(bytes, path, around, &customer)) {
            return sl_refuse(diag, SL_E_MALFORMED, "",
                             "a customer with personal fields must be there in one piece");
        }
    }
    uint8_t *plain = sl_arena_alloc(arena, customer.len);
    uint8_t *rest = sl_arena_alloc(arena, customer.len);
    if (plain == NULL || rest == NULL) {
        return SL_E_NO_MEMORY;
    }
    uint8_t *plain_end = plain;
    uint8_t *rest_end = rest;
    part(customer, &plain_end, &rest_end);
    size_t plain_len = (size_t)(plain_end - plain);
    struct sl_slice kept = {rest, (size_t)(rest_end - rest)};
    size_t sealed_len = plain_len + extra;
    size_t len = kept.len + sl_bytes_size(CUSTOMER_SEALED, sealed_len);
    uint8_t *at = wrap(path, around, len, arena, &ret_taken->bytes);
    if (at == NULL) {
        return SL_E_NO_MEMORY;
    }
    at = put(at, kept);
    ret_taken->sealed = sl_put_varint(sl_put_tag(at, CUSTOMER_SEALED, SL_WIRE_BYTES), sealed_len);
    ret_taken->plain = (struct sl_slice){plain, plain_len};
    return SL_OK;
}

bool sl_personal_find(struct sl_slice event, struct sl_personal_sealed *ret_sealed)
{
    struct around around[DEPTH_MAX];
    struct sl_slice customer;
    struct sl_personal_sealed found = {{NULL, 0}, {NULL, 0}, false};
    if (!go_down(event, &definition, around, &customer)) {
        found.is_replacement = true;
        if (!go_down(event, &replacement, around, &customer)) {
            return false;
        }
    }
    (void)find_field(customer, CUSTOMER_ID, around, &found.customer); /* empty if it has none */
    if (find_field(customer, CUSTOMER_SEALED, around, &found.sealed) == 0) {
        return false;
    }
    *ret_sealed = found;
    return true;
}

enum sl_err sl_personal_more(const struct sl_personal_sealed *found,
                             const struct sl_slice *plain,
                             struct sl_arena *arena,
                             struct sl_slice *ret_more)
{
    static const char erased[] = "erased";
    uint8_t fields[2 + sizeof erased + 2];
    uint8_t *end = sl_put_bytes(fields, CUSTOMER_NAME, erased, sizeof erased - 1);
    end = sl_put_uint(end, CUSTOMER_ERASED, 1);
    SL_ASSERT(end <= fields + sizeof fields);
    struct sl_slice content =
        plain != NULL ? *plain : (struct sl_slice){fields, (size_t)(end - fields)};
    static const struct around nothing[DEPTH_MAX];
    uint8_t *at = wrap(path_of(found->is_replacement), nothing, content.len, arena, ret_more);
    if (at == NULL) {
        return SL_E_NO_MEMORY;
    }
    (void)put(at, content); /* the end of it is known */
    return SL_OK;
}

static Salesledger__V1__Customer *customer_of(Salesledger__V1__Event *event)
{
    Salesledger__V1__Define *define = event->define;
    if (event->correct != NULL && event->correct->replacement != NULL) {
        define = event->correct->replacement->define;
    }
    return define != NULL ? define->customer : NULL;
}

static void leave_out_sealed(Salesledger__V1__Event *event)
{
    Salesledger__V1__Customer *customer = customer_of(event);
    if (customer != NULL) {
        customer->has_sealed = 0;
    }
}

/* As if they had been sealed, so that it is seen whether there were any. */
static void leave_out_personal(Salesledger__V1__Event *event)
{
    Salesledger__V1__Customer *customer = customer_of(event);
    if (customer == NULL) {
        return;
    }
    customer->has_sealed =
        customer->has_sealed || customer->name != NULL || customer->n_personal > 0;
    customer->sealed = (ProtobufCBinaryData){0, NULL};
    customer->name = NULL;
    customer->n_personal = 0;
}

bool sl_personal_same_content(struct sl_slice stored,
                              const struct sl_slice *plain,
                              struct sl_slice command,
                              struct sl_arena *arena)
{
    void (*change)(Salesledger__V1__Event *) =
        plain != NULL ? leave_out_sealed : leave_out_personal;
    struct sl_slice whole = stored;
    struct sl_personal_sealed found;
    if (plain != NULL && sl_personal_find(stored, &found)) {
        struct sl_slice more;
        uint8_t *bytes;
        if (sl_personal_more(&found, plain, arena, &more) != SL_OK) {
            return false;
        }
        bytes = sl_arena_alloc(arena, stored.len + more.len);
        if (bytes == NULL) {
            return false;
        }
        (void)put(put(bytes, stored), more); /* the end of it is known */
        whole = (struct sl_slice){bytes, stored.len + more.len};
    }
    struct sl_slice whole_again;
    struct sl_slice command_again;
    return sl_event_encode_again(whole, change, arena, &whole_again) &&
           sl_event_encode_again(command, change, arena, &command_again) &&
           sl_text_equal(whole_again, command_again);
}
