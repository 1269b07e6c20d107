/* Ids derived from what an event says, so that sending the same file again changes nothing.
 *
 *     id = sl_id_from_digest(day, SHA-256("salesledger event id 1\n" date "\n" source "\n" ordinal "\n" content))
 *
 * date is YYYY-MM-DD or empty, ordinal is decimal, content is the event's protobuf bytes without an id: how numbers and
 * fields were spelled in JSON makes no difference. A missing date counts as 1970-01-01 for the id's leading time. */
#ifndef SL_IMPORT_DERIVE_H
#define SL_IMPORT_DERIVE_H

#include <salesledger/v1/event.pb-c.h>

#include "sl/err.h"
#include "sl/types.h"

#define SL_DIGEST_BYTES 32u

/* `content` is the packed event without id. `ordinal` tells equal events apart: a line number, or the how-manieth occurrence.
 * SL_E_IO if libcrypto fails. */
SL_MUST_CHECK enum sl_err sl_derive_digest(const Salesledger__V1__Event *event,
                                           struct sl_slice content,
                                           uint64_t ordinal,
                                           uint8_t ret_digest[SL_DIGEST_BYTES]);

/* The event's effective day, or 1970-01-01 if it has none or none that is a day. */
sl_day sl_derive_day(const Salesledger__V1__Event *event);

/* Puts all of it together for an event without id. */
SL_MUST_CHECK enum sl_err
sl_derive_id(const Salesledger__V1__Event *event, uint64_t ordinal, struct sl_id *ret_id);

#endif
