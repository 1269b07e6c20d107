/* What an event will be looked up by, read from its bytes before it is decoded.
 *
 * Only hints, for asking memory in good time for what the event's turn will need: nothing is checked, and of bytes that are no event
 * anything or nothing may be found. Texts point into the bytes. */
#ifndef SL_CODEC_PEEK_H
#define SL_CODEC_PEEK_H

#include "sl/types.h"

struct sl_peek {
    struct sl_slice id; /* 16 bytes; empty: none seen, as for the others */
    struct sl_slice deal;
    struct sl_slice customer;
};

void sl_peek_event(struct sl_slice event, struct sl_peek *ret_peek);

/* The tag of a Request; 0: none seen. */
uint64_t sl_peek_tag(struct sl_slice message);

/* The first event of a Request to append; empty if it is none. */
struct sl_slice sl_peek_request(struct sl_slice message);

#endif
