/* What the converters from generated messages to plain structs share: the arena and the first error.
 *
 * The error is sticky: after the first one every further call is harmless and changes nothing, so that a converter is a
 * straight list of fields, and only its last caller asks. Field paths grow outward: "share_ppm", "credits[1].share_ppm",
 * "close.credits[1].share_ppm". */
#ifndef SL_CODEC_DECODER_H
#define SL_CODEC_DECODER_H

#include "base/arena.h"
#include "codec/event_codec.h"
#include "sl/err.h"
#include "sl/types.h"

#include <protobuf-c/protobuf-c.h>

struct sl_decoder {
    struct sl_arena *arena;
    struct sl_diag *diag; /* may be NULL */
    enum sl_decode_mode mode;
    enum sl_err err;
};

/* Records the error unless there is one already. */
void sl_decoder_fail(struct sl_decoder *d, enum sl_err err, const char *field, const char *fmt, ...)
    SL_PRINTF(4, 5);

/* If an error was recorded, its field lies inside `name` (or `name[index]`). To be called right after the nested
 * conversion, which itself began without an error. */
void sl_decoder_inside(struct sl_decoder *d, const char *name);
void sl_decoder_inside_item(struct sl_decoder *d, const char *name, size_t index);

/* SL_E_UNKNOWN_FIELD for a command whose message holds fields this version does not know. Each converter begins with it. */
void sl_decoder_known(struct sl_decoder *d, const ProtobufCMessage *message);

/* The text with its true length. SL_E_INVALID_FIELD when it holds a NUL. */
struct sl_slice sl_decoder_text(struct sl_decoder *d, const char *text, const char *field);

/* SL_NO_DAY for NULL. SL_E_BAD_DATE. */
sl_day sl_decoder_day(struct sl_decoder *d, const char *text, const char *field);

/* All our enums run from 0 to `max` without a gap. SL_E_INVALID_FIELD, naming field and value. */
uint32_t sl_decoder_enum(struct sl_decoder *d, int value, uint32_t max, const char *field);

/* `count` zeroed elements; NULL after an error, and for 0. SL_E_TOO_MANY above `max`, SL_E_NO_MEMORY. */
struct sl_count {
    size_t count;
    size_t max;
};
void *sl_decoder_array(struct sl_decoder *d,
                       struct sl_count count,
                       size_t element_size,
                       const char *field);

/* Lists of strings and of days. `ret_count` is 0 after an error. */
const struct sl_slice *sl_decoder_texts(struct sl_decoder *d,
                                        char *const *texts,
                                        struct sl_count count,
                                        const char *field,
                                        size_t *ret_count);
const sl_day *sl_decoder_days(struct sl_decoder *d,
                              char *const *texts,
                              struct sl_count count,
                              const char *field,
                              size_t *ret_count);

/* For strings that this version keeps in the log without interpreting them, so that no rule of the domain will ever see
 * them: a command's must be printable UTF-8 of at most `bytes_max` bytes. SL_E_INVALID_FIELD, SL_E_TOO_BIG. */
void sl_decoder_keep(struct sl_decoder *d, const char *text, size_t bytes_max, const char *field);

#endif
