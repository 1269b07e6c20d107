/* What the builders of replies share: generated messages need NUL-terminated strings and arrays of pointers, both made
 * on an arena. Running out is sticky: helpers then give NULL or absent fields, and the frame is refused at the end. */
#ifndef SL_CODEC_ENCODER_H
#define SL_CODEC_ENCODER_H

#include "base/arena.h"
#include "codec/wire.h"

#include <salesledger/v1/api.pb-c.h>

struct sl_encoder {
    struct sl_arena *arena;
    bool is_exhausted;
};

/* Zeroed memory for `count` elements; NULL when exhausted. `count` 0 gives NULL too. */
void *sl_encoder_array(struct sl_encoder *e, size_t count, size_t element_size);

/* The same for pointers, which lists of messages are arrays of. */
void *sl_encoder_pointers(struct sl_encoder *e, size_t count);

/* A terminated copy; NULL (an absent field) for {NULL, 0} and for NULL. */
char *sl_encoder_text(struct sl_encoder *e, struct sl_slice text);
char *sl_encoder_string(struct sl_encoder *e, const char *text);

/* A copy of `size` bytes. */
ProtobufCBinaryData sl_encoder_bytes(struct sl_encoder *e, const uint8_t *data, size_t size);

/* Absent for SL_NO_DAY. */
char *sl_encoder_day(struct sl_encoder *e, sl_day day);

/* Sets an optional number of a generated message. */
#define SL_PUT(message, field, number)                                                             \
    do {                                                                                           \
        (message)->has_##field = 1;                                                                \
        (message)->field = (number);                                                               \
    } while (0)

Salesledger__V1__Value *sl_encoder_value(struct sl_encoder *e, const struct sl_value *value);

/* Reserves a frame for a reply whose field `number` holds `body_size` bytes, writes everything before them, and gives the
 * place for them. NULL with the error; `out` is as before then. */
uint8_t *sl_reply_begin(const struct sl_reply *reply,
                        uint32_t number,
                        size_t body_size,
                        enum sl_err *ret_err);

/* Completes the reply with what `to` says and appends its frame. SL_E_TOO_BIG, SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_encoder_send(const struct sl_encoder *e,
                                          const struct sl_reply *to,
                                          Salesledger__V1__Reply *message);

#endif
