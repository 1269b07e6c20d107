/* The helpers of the reply builders; see encoder.h. */
#include "codec/encoder.h"

#include <string.h>

#include "domain/event.h"
#include "sl/frame.h"

void *sl_encoder_array(struct sl_encoder *e, size_t count, size_t element_size)
{
    if (count == 0 || e->is_exhausted) {
        return NULL;
    }
    void *array = sl_arena_calloc(e->arena, count, element_size);
    e->is_exhausted = array == NULL;
    return array;
}

void *sl_encoder_pointers(struct sl_encoder *e, size_t count)
{
    return sl_encoder_array(e, count, sizeof(void *));
}

char *sl_encoder_text(struct sl_encoder *e, struct sl_slice text)
{
    if (text.data == NULL) {
        return NULL;
    }
    char *copy = sl_encoder_array(e, text.len + 1, 1);
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return copy;
}

char *sl_encoder_string(struct sl_encoder *e, const char *text)
{
    return text == NULL
               ? NULL
               : sl_encoder_text(e, (struct sl_slice){(const uint8_t *)text, strlen(text)});
}

ProtobufCBinaryData sl_encoder_bytes(struct sl_encoder *e, const uint8_t *data, size_t size)
{
    uint8_t *copy = sl_encoder_array(e, size, 1);
    if (copy == NULL) {
        return (ProtobufCBinaryData){0};
    }
    memcpy(copy, data, size);
    return (ProtobufCBinaryData){.data = copy, .len = size};
}

char *sl_encoder_day(struct sl_encoder *e, sl_day day)
{
    char text[SL_DAY_TEXT_MAX];
    if (day.v == SL_NO_DAY_V) {
        return NULL;
    }
    size_t len = sl_day_format(day, text);
    return sl_encoder_text(e, (struct sl_slice){(const uint8_t *)text, len});
}

Salesledger__V1__Value *sl_encoder_value(struct sl_encoder *e, const struct sl_value *value)
{
    Salesledger__V1__Value *message = sl_encoder_array(e, 1, sizeof *message);
    if (message == NULL) {
        return NULL;
    }
    salesledger__v1__value__init(message);
    SL_PUT(message, numerator, value->numerator);
    SL_PUT(message, denominator, value->denominator);
    SL_PUT(message, unit, (Salesledger__V1__UnitOfMeasure)value->unit);
    return message;
}

enum sl_err sl_encoder_send(const struct sl_encoder *e,
                            const struct sl_reply *to,
                            Salesledger__V1__Reply *message)
{
    if (e->is_exhausted) {
        return SL_E_NO_MEMORY;
    }
    message->has_tag = to->tag != 0;
    message->tag = to->tag;
    SL_PUT(message, seq, to->seq);
    message->has_more = to->has_more;
    message->more = to->has_more;
    size_t size = salesledger__v1__reply__get_packed_size(message);
    if (size > SL_FRAME_BYTES_MAX) {
        return SL_E_TOO_BIG;
    }
    enum sl_err err = sl_bytes_reserve(to->out, SL_FRAME_HEADER_BYTES + size);
    if (err != SL_OK) {
        return err;
    }
    uint8_t *frame = sl_bytes_extend(to->out, SL_FRAME_HEADER_BYTES + size);
    sl_frame_put_header(frame, (uint32_t)size);
    (void)salesledger__v1__reply__pack(message, frame + SL_FRAME_HEADER_BYTES); /* is `size` */
    return SL_OK;
}
