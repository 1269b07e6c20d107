/* The helpers of the converters; see decoder.h. */
#include "codec/decoder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/pb_arena.h"
#include "domain/text.h"

void sl_decoder_fail(struct sl_decoder *d, enum sl_err err, const char *field, const char *fmt, ...)
{
    if (d->err != SL_OK) {
        return;
    }
    char message[sizeof d->diag->message];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args); /* a cut message is still a message */
    va_end(args);
    d->err = sl_refuse(d->diag, err, field, "%s", message);
}

void sl_decoder_inside(struct sl_decoder *d, const char *name)
{
    if (d->err != SL_OK) {
        sl_diag_wrap_field(d->diag, "%s", name);
    }
}

void sl_decoder_inside_item(struct sl_decoder *d, const char *name, size_t index)
{
    if (d->err != SL_OK) {
        sl_diag_wrap_field(d->diag, "%s[%zu]", name, index);
    }
}

void sl_decoder_known(struct sl_decoder *d, const ProtobufCMessage *message)
{
    if (message->n_unknown_fields == 0 || d->mode == SL_DECODE_STORED) {
        return;
    }
    sl_decoder_fail(d, SL_E_UNKNOWN_FIELD, "", "field number %u is not in message %s",
                    (unsigned)message->unknown_fields[0].tag, message->descriptor->short_name);
}

struct sl_slice sl_decoder_text(struct sl_decoder *d, const char *text, const char *field)
{
    struct sl_slice slice = sl_pb_text(text);
    if (slice.len > 0 && memchr(slice.data, 0, slice.len) != NULL) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, field, "must not contain a NUL");
    }
    return slice;
}

sl_day sl_decoder_day(struct sl_decoder *d, const char *text, const char *field)
{
    sl_day day = SL_NO_DAY;
    struct sl_slice slice = sl_pb_text(text);
    if (text != NULL && sl_day_parse(slice, &day) != SL_OK) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_decoder_fail(d, SL_E_BAD_DATE, field,
                        "must be a day from 1900-01-01 to 2999-12-31, is \"%s\"",
                        sl_text_show(slice, shown));
    }
    return day;
}

uint32_t sl_decoder_enum(struct sl_decoder *d, int value, uint32_t max, const char *field)
{
    if (value >= 0 && (uint32_t)value <= max) {
        return (uint32_t)value;
    }
    sl_decoder_fail(d, SL_E_INVALID_FIELD, field, "must be one of 0 to %u, is %d", max, value);
    return 0;
}

void *sl_decoder_array(struct sl_decoder *d,
                       struct sl_count count,
                       size_t element_size,
                       const char *field)
{
    if (count.count == 0 || d->err != SL_OK) {
        return NULL;
    }
    if (count.count > count.max) {
        sl_decoder_fail(d, SL_E_TOO_MANY, field, "must be at most %zu, are %zu", count.max,
                        count.count);
        return NULL;
    }
    void *array = sl_arena_calloc(d->arena, count.count, element_size);
    if (array == NULL) {
        sl_decoder_fail(d, SL_E_NO_MEMORY, field, "no room for %zu elements", count.count);
    }
    return array;
}

const struct sl_slice *sl_decoder_texts(struct sl_decoder *d,
                                        char *const *texts,
                                        struct sl_count count,
                                        const char *field,
                                        size_t *ret_count)
{
    struct sl_slice *slices = sl_decoder_array(d, count, sizeof *slices, field);
    *ret_count = slices == NULL ? 0 : count.count;
    for (size_t i = 0; i < *ret_count; i++) {
        slices[i] = sl_decoder_text(d, texts[i], field);
    }
    return slices;
}

const sl_day *sl_decoder_days(struct sl_decoder *d,
                              char *const *texts,
                              struct sl_count count,
                              const char *field,
                              size_t *ret_count)
{
    sl_day *days = sl_decoder_array(d, count, sizeof *days, field);
    *ret_count = days == NULL ? 0 : count.count;
    for (size_t i = 0; i < *ret_count; i++) {
        days[i] = sl_decoder_day(d, texts[i], field);
    }
    return days;
}

void sl_decoder_keep(struct sl_decoder *d, const char *text, size_t bytes_max, const char *field)
{
    struct sl_slice slice = sl_pb_text(text);
    if (slice.len == 0 || d->mode == SL_DECODE_STORED) {
        return;
    }
    if (slice.len > bytes_max) {
        sl_decoder_fail(d, SL_E_TOO_BIG, field, "must have at most %zu bytes, has %zu", bytes_max,
                        slice.len);
    } else if (!sl_text_is_prose(slice)) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, field, "must be UTF-8 without control characters");
    }
}
