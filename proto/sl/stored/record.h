/* A record: what the log stores per event, and what the Merkle leaf covers, byte for byte.
 *
 *     offset  0   1   version (1)
 *             1   1   event type (enum sl_event_type of domain/event.h)
 *             2   1   actor length A, 0 to 64
 *             3   1   flags, 0
 *             4   4   CRC32C, little-endian, over the whole record with these four bytes zero
 *             8   8   recorded_us, little-endian
 *            16   4   effective day (days since 1970-01-01), little-endian
 *            20   4   length E of the event bytes, little-endian
 *            24  16   idempotency id
 *            40   A   actor, UTF-8
 *          40+A   E   the event's protobuf bytes as the client sent them, personal fields sealed (codec/personal.h)
 *
 * The seq is the key, not part of the record. */
#ifndef SL_STORED_RECORD_H
#define SL_STORED_RECORD_H

#include "sl/err.h"
#include "sl/types.h"

#define SL_RECORD_HEADER_BYTES 40u
#define SL_RECORD_VERSION      1u

/* What the service hands to the store. */
struct sl_draft {
    uint8_t type;
    sl_day effective;
    struct sl_id id;
    struct sl_slice actor; /* 0 to 64 bytes */
    struct sl_slice event; /* 1 to SL_EVENT_BYTES_MAX bytes */
};

/* A decoded record on loan: slices point into `bytes`. */
struct sl_record {
    sl_seq seq;
    sl_time recorded;
    sl_day effective;
    struct sl_id id;
    uint8_t type;
    struct sl_slice actor;
    struct sl_slice event;
    struct sl_slice bytes; /* the whole record */
};

size_t sl_record_size(const struct sl_draft *draft);
/* Writes exactly sl_record_size bytes. */
void sl_record_encode(const struct sl_draft *draft, sl_time recorded, uint8_t *buf);
/* Checks lengths, version, flags and CRC. SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err
sl_record_decode(sl_seq seq, struct sl_slice bytes, struct sl_record *ret_record);

#endif
