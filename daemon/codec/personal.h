/* Personal fields of customers, in and out of an event's bytes; the encryption itself is base/seal.h's.
 *
 *     Event{ define{ customer{ customer, name, segment, personal, personal } } }            as sent, or in a correct's replacement
 *       │ take
 *     Event{ define{ customer{ customer, segment, sealed } } }  +  { name, personal, personal }      as stored, and what is sealed
 *       │ more
 *     Event{ define{ customer{ customer, segment, sealed } } define{ customer{ name, personal, personal } } }      as answered
 *
 * What is stored is the sent bytes without these fields; nothing else of them changes but the lengths around them. In answers the stored
 * bytes are whole, and what had been taken out follows: parsers merge the two, and whoever wants the hash finds its bytes. */
#ifndef SL_CODEC_PERSONAL_H
#define SL_CODEC_PERSONAL_H

#include "base/arena.h"
#include "domain/event.h"
#include "sl/err.h"

/* The definition of a customer that the event, or its replacement, is; NULL if it is none or has no personal fields in the clear. */
const struct sl_define *sl_personal_of(const struct sl_event *event);

struct sl_personal_taken {
    struct sl_slice plain; /* the fields taken out, one behind the other; on the arena */
    struct sl_slice bytes; /* the event with `sealed` in their place, on the arena */
    uint8_t *sealed;       /* within `bytes`: to be filled with as many bytes as were asked for */
};

/* `bytes` was decoded as a command, and sl_personal_of is not NULL. `extra`: how much longer a seal is than what is sealed.
 * SL_E_TOO_BIG (SL_PERSONAL_EVENT_BYTES_MAX), SL_E_MALFORMED (a message around the fields is there twice: which is to hold the seal?),
 * SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_personal_take(struct sl_slice bytes,
                                           size_t extra,
                                           struct sl_arena *arena,
                                           struct sl_personal_taken *ret_taken,
                                           struct sl_diag *diag);

/* What a stored event has sealed; its slices point into the event. */
struct sl_personal_sealed {
    struct sl_slice sealed;
    struct sl_slice customer;
    bool is_replacement;
};
/* False if the event, which is of type define or correct, has nothing sealed. */
bool sl_personal_find(struct sl_slice event, struct sl_personal_sealed *ret_sealed);

/* What is to follow the event in an answer: these fields, or without them (NULL) that they are erased. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_personal_more(const struct sl_personal_sealed *found,
                                           const struct sl_slice *plain,
                                           struct sl_arena *arena,
                                           struct sl_slice *ret_more);

/* Does a command say the same as a stored event that has something sealed? Without the plain fields (NULL), which are erased then, the rest
 * is compared, and whether there were any. False also when the arena is at its cap. */
bool sl_personal_same_content(struct sl_slice stored,
                              const struct sl_slice *plain,
                              struct sl_slice command,
                              struct sl_arena *arena);

#endif
