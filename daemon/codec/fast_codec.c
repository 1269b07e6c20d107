/* A table per message says where each field goes; the numbers are those of event.proto. */
#include "codec/fast_codec.h"

#include <assert.h>
#include <string.h>

#include "codec/scan.h"

enum slot_kind { SLOT_NONE, SLOT_TEXT, SLOT_INT64, SLOT_INT32, SLOT_ENUM, SLOT_DAY, SLOT_LIST };

/* Where a field goes. */
struct slot {
    enum slot_kind kind;
    uint32_t enum_max;
    size_t offset;
    size_t flag_offset; /* of its `has_x`; 0: none, since no struct begins with one */
    const struct list *list;
};

/* A list's elements: flat messages of texts and numbers. */
struct list {
    const struct slot *slots;
    size_t slot_count;
    size_t element_size;
    size_t count_max;
    size_t count_offset; /* in the struct that has the list */
    const void *initial; /* what an element holds before its fields are read */
};

#define TEXT(type, member)                                                                         \
    {                                                                                              \
        .kind = SLOT_TEXT, .offset = offsetof(type, member)                                        \
    }
#define DAY(type, member)                                                                          \
    {                                                                                              \
        .kind = SLOT_DAY, .offset = offsetof(type, member)                                         \
    }
#define INT32(type, member)                                                                        \
    {                                                                                              \
        .kind = SLOT_INT32, .offset = offsetof(type, member)                                       \
    }
#define INT64(type, member)                                                                        \
    {                                                                                              \
        .kind = SLOT_INT64, .offset = offsetof(type, member)                                       \
    }
#define ENUM(type, member, max_)                                                                   \
    {                                                                                              \
        .kind = SLOT_ENUM, .enum_max = (max_), .offset = offsetof(type, member)                    \
    }
#define OPTIONAL_INT64(type, member, flag)                                                         \
    {                                                                                              \
        .kind = SLOT_INT64, .offset = offsetof(type, member), .flag_offset = offsetof(type, flag)  \
    }
#define LIST(type, member, list_)                                                                  \
    {                                                                                              \
        .kind = SLOT_LIST, .offset = offsetof(type, member), .list = &(list_)                      \
    }
#define SLOT_COUNT(slots) (sizeof(slots) / sizeof(slots)[0])

static_assert(sizeof(enum sl_close_kind) == sizeof(uint32_t), "enums are stored as 32 bits");
static_assert(sizeof(enum sl_credit_kind) == sizeof(uint32_t), "enums are stored as 32 bits");

static const struct slot line_slots[] = {
    [1] = TEXT(struct sl_line, product),
    [2] = INT64(struct sl_line, quantity),
    [3] = INT64(struct sl_line, amount_minor),
    [4] = INT64(struct sl_line, discount_minor),
    [5] = OPTIONAL_INT64(struct sl_line, cost_minor, has_cost),
};
static const struct sl_line initial_line = {.quantity = SL_QUANTITY_DEFAULT};

static const struct slot credit_slots[] = {
    [1] = TEXT(struct sl_credit, person),
    [2] = TEXT(struct sl_credit, role),
    [3] = INT64(struct sl_credit, share_ppm),
    [4] = ENUM(struct sl_credit, kind, SL_CREDIT_OVERLAY),
};
static const struct sl_credit initial_credit;

#define LINES_OF(type)                                                                             \
    {                                                                                              \
        .slots = line_slots, .slot_count = SLOT_COUNT(line_slots),                                 \
        .element_size = sizeof(struct sl_line), .count_max = SL_LINES_MAX,                         \
        .count_offset = offsetof(type, line_count), .initial = &initial_line                       \
    }
#define CREDITS_OF(type)                                                                           \
    {                                                                                              \
        .slots = credit_slots, .slot_count = SLOT_COUNT(credit_slots),                             \
        .element_size = sizeof(struct sl_credit), .count_max = SL_CREDITS_MAX,                     \
        .count_offset = offsetof(type, credit_count), .initial = &initial_credit                   \
    }
static const struct list quote_lines = LINES_OF(struct sl_quote);
static const struct list quote_credits = CREDITS_OF(struct sl_quote);
static const struct list close_lines = LINES_OF(struct sl_close);
static const struct list close_credits = CREDITS_OF(struct sl_close);

static const struct slot contact_slots[] = {
    [1] = TEXT(struct sl_contact, customer),  [2] = TEXT(struct sl_contact, person),
    [3] = ENUM(struct sl_contact, kind, 9),   [4] = TEXT(struct sl_contact, deal),
    [5] = TEXT(struct sl_contact, stage),     [6] = TEXT(struct sl_contact, channel),
    [7] = INT64(struct sl_contact, score),    [8] = INT64(struct sl_contact, willingness),
    [9] = INT64(struct sl_contact, ability),  [10] = INT64(struct sl_contact, cost_minor),
    [11] = TEXT(struct sl_contact, currency), [12] = DAY(struct sl_contact, next_due),
    [13] = TEXT(struct sl_contact, text),
};

static const struct slot quote_slots[] = {
    [1] = TEXT(struct sl_quote, deal),
    [2] = TEXT(struct sl_quote, customer),
    [3] = LIST(struct sl_quote, lines, quote_lines),
    [4] = TEXT(struct sl_quote, currency),
    [5] = TEXT(struct sl_quote, stage),
    [6] = OPTIONAL_INT64(struct sl_quote, probability_ppm, has_probability),
    [7] = DAY(struct sl_quote, expected_close),
    [8] = ENUM(struct sl_quote, category, 3),
    [9] = LIST(struct sl_quote, credits, quote_credits),
    [10] = DAY(struct sl_quote, valid_until),
};

static const struct slot close_slots[] = {
    [1] = TEXT(struct sl_close, deal),
    [2] = TEXT(struct sl_close, customer),
    [3] = ENUM(struct sl_close, kind, SL_CLOSE_RETURNED),
    [4] = LIST(struct sl_close, lines, close_lines),
    [5] = LIST(struct sl_close, credits, close_credits),
    [6] = TEXT(struct sl_close, currency),
    [7] = TEXT(struct sl_close, reason),
    [8] = TEXT(struct sl_close, competitor),
    [9] = INT32(struct sl_close, contract_months),
};

/* A varint of at most so many bytes, most often one. */
static inline bool take_varint(struct sl_slice *rest, size_t bytes_max, uint64_t *ret_value)
{
    if (rest->len == 0) {
        return false;
    }
    if (rest->data[0] < 0x80) {
        *ret_value = rest->data[0];
        rest->data++;
        rest->len--;
        return true;
    }
    return sl_scan_varint(rest, bytes_max, ret_value);
}

static inline bool take_field(struct sl_slice *rest, struct sl_field *ret_field)
{
    uint64_t tag;
    if (!take_varint(rest, 2, &tag)) {
        return false;
    }
    ret_field->number = (uint32_t)(tag >> 3);
    ret_field->wire_type = (uint32_t)(tag & 7);
    if (ret_field->wire_type == SL_WIRE_VARINT) {
        return take_varint(rest, SL_VARINT_BYTES_MAX, &ret_field->value);
    }
    uint64_t len;
    return ret_field->wire_type == SL_WIRE_BYTES && take_varint(rest, 3, &len) &&
           sl_scan_bytes(rest, len, &ret_field->bytes);
}

static inline bool take_text(const struct sl_field *field, struct sl_slice *ret_text)
{
    if (field->wire_type != SL_WIRE_BYTES ||
        (field->bytes.len > 0 && memchr(field->bytes.data, 0, field->bytes.len) != NULL)) {
        return false;
    }
    *ret_text = field->bytes;
    return true;
}

static bool take_day(const struct sl_field *field, sl_day *ret_day)
{
    return field->wire_type == SL_WIRE_BYTES && sl_day_parse(field->bytes, ret_day) == SL_OK;
}

/* Numbers keep the low bits, as protobuf prescribes for fields narrower than the varint. */
static inline bool
put_number(const struct sl_field *field, const struct slot *slot, uint8_t *message)
{
    if (field->wire_type != SL_WIRE_VARINT) {
        return false;
    }
    uint32_t low = (uint32_t)field->value;
    if (slot->kind == SLOT_ENUM && low > slot->enum_max) {
        return false;
    }
    if (slot->kind == SLOT_INT64) {
        memcpy(message + slot->offset, &field->value, sizeof field->value);
    } else {
        memcpy(message + slot->offset, &low, sizeof low);
    }
    if (slot->flag_offset != 0) {
        bool flag = true;
        memcpy(message + slot->flag_offset, &flag, sizeof flag);
    }
    return true;
}

static inline bool put_flat(const struct sl_field *field, const struct slot *slot, uint8_t *message)
{
    void *member = message + slot->offset;
    switch (slot->kind) {
    case SLOT_TEXT: return take_text(field, member);
    case SLOT_DAY: return take_day(field, member);
    case SLOT_INT64:
    case SLOT_INT32:
    case SLOT_ENUM: return put_number(field, slot, message);
    case SLOT_NONE:
    case SLOT_LIST: break;
    }
    return false;
}

static bool scan_element(struct sl_slice rest, const struct list *list, uint8_t *element)
{
    memcpy(element, list->initial, list->element_size);
    struct sl_field field;
    while (rest.len > 0) {
        if (!take_field(&rest, &field) || field.number >= list->slot_count ||
            !put_flat(&field, &list->slots[field.number], element)) {
            return false;
        }
    }
    return true;
}

/* Elements that follow `first` in the rest without another field between. */
static size_t count_run(const struct sl_field *first, struct sl_slice rest)
{
    size_t count = 1;
    struct sl_field field;
    while (rest.len > 0 && take_field(&rest, &field) && field.number == first->number) {
        count++;
    }
    return count;
}

/* Reads the whole run of elements that begins with `first`; the list must still be empty. */
static bool scan_list(const struct sl_field *first,
                      const struct slot *slot,
                      struct sl_slice *rest,
                      struct sl_arena *arena,
                      uint8_t *message)
{
    const struct list *list = slot->list;
    size_t had;
    memcpy(&had, message + list->count_offset, sizeof had);
    size_t count = count_run(first, *rest);
    uint8_t *elements = had == 0 && count <= list->count_max
                            ? sl_arena_alloc(arena, count * list->element_size)
                            : NULL;
    if (elements == NULL) {
        return false;
    }
    struct sl_field field = *first;
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && !take_field(rest, &field)) || field.wire_type != SL_WIRE_BYTES ||
            !scan_element(field.bytes, list, elements + i * list->element_size)) {
            return false;
        }
    }
    memcpy(message + slot->offset, &elements, sizeof elements);
    memcpy(message + list->count_offset, &count, sizeof count);
    return true;
}

static bool scan_body(struct sl_slice rest,
                      const struct slot *slots,
                      size_t slot_count,
                      struct sl_arena *arena,
                      void *message)
{
    struct sl_field field = {0};
    while (rest.len > 0) {
        if (!take_field(&rest, &field) || field.number >= slot_count) {
            return false;
        }
        const struct slot *slot = &slots[field.number];
        bool is_good = slot->kind == SLOT_LIST ? scan_list(&field, slot, &rest, arena, message)
                                               : put_flat(&field, slot, message);
        if (!is_good) {
            return false;
        }
    }
    return true;
}

static bool take_body(const struct sl_field *field, struct sl_arena *arena, struct sl_body *body)
{
    if (field->wire_type != SL_WIRE_BYTES || body->type != SL_EVENT_NONE) {
        return false;
    }
    body->type = (enum sl_event_type)field->number;
    if (field->number == SL_EVENT_CLOSE) {
        body->u.close = (struct sl_close){0};
        return scan_body(field->bytes, close_slots, SLOT_COUNT(close_slots), arena, &body->u.close);
    }
    if (field->number == SL_EVENT_QUOTE) {
        body->u.quote = (struct sl_quote){.expected_close = SL_NO_DAY, .valid_until = SL_NO_DAY};
        return scan_body(field->bytes, quote_slots, SLOT_COUNT(quote_slots), arena, &body->u.quote);
    }
    body->u.contact = (struct sl_contact){.next_due = SL_NO_DAY};
    return scan_body(field->bytes, contact_slots, SLOT_COUNT(contact_slots), arena,
                     &body->u.contact);
}

static bool take_id(const struct sl_field *field, struct sl_event *event)
{
    if (field->wire_type != SL_WIRE_BYTES || field->bytes.len != sizeof event->id.bytes) {
        return false;
    }
    memcpy(event->id.bytes, field->bytes.data, sizeof event->id.bytes);
    event->has_id = true;
    return true;
}

/* Expectations are for careful single writers, not for floods, and go the long way. */
static bool
take_event_field(const struct sl_field *field, struct sl_arena *arena, struct sl_event *event)
{
    switch (field->number) {
    case 3: return take_id(field, event);
    case 4: return take_day(field, &event->effective);
    case 6: return take_text(field, &event->source);
    case 7: return take_text(field, &event->correlation);
    case SL_EVENT_CONTACT:
    case SL_EVENT_QUOTE:
    case SL_EVENT_CLOSE: return take_body(field, arena, &event->body);
    default: return false;
    }
}

/* Most of a struct sl_event is room for the largest body; only what is in use is copied. */
static void copy_event(const struct sl_event *from, struct sl_event *ret_event)
{
    ret_event->has_id = from->has_id;
    ret_event->id = from->id;
    ret_event->effective = from->effective;
    ret_event->source = from->source;
    ret_event->correlation = from->correlation;
    ret_event->expect = (struct sl_expect){0};
    ret_event->correct = (struct sl_correct){0};
    ret_event->body.type = from->body.type;
    if (from->body.type == SL_EVENT_CLOSE) {
        ret_event->body.u.close = from->body.u.close;
    } else if (from->body.type == SL_EVENT_QUOTE) {
        ret_event->body.u.quote = from->body.u.quote;
    } else {
        ret_event->body.u.contact = from->body.u.contact;
    }
}

bool sl_fast_decode(struct sl_slice bytes, struct sl_arena *arena, struct sl_event *ret_event)
{
    struct sl_event event; /* not cleared as a whole, for the same reason */
    event.has_id = false;
    event.id = (struct sl_id){{0}};
    event.effective = SL_NO_DAY;
    event.source = (struct sl_slice){NULL, 0};
    event.correlation = (struct sl_slice){NULL, 0};
    event.body.type = SL_EVENT_NONE;
    while (bytes.len > 0) {
        struct sl_field field;
        if (!take_field(&bytes, &field) || !take_event_field(&field, arena, &event)) {
            return false;
        }
    }
    if (event.body.type == SL_EVENT_NONE) {
        return false;
    }
    copy_event(&event, ret_event);
    return true;
}
