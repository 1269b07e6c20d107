/* Event bytes to plain structs. This layer is the only one that sees the generated protobuf headers.
 *
 * Every slice of the result points into `bytes` or the arena; both must outlive it. */
#ifndef SL_CODEC_EVENT_CODEC_H
#define SL_CODEC_EVENT_CODEC_H

#include "base/arena.h"
#include "domain/event.h"

enum sl_decode_mode {
    SL_DECODE_COMMAND, /* from a client: unknown fields and ledger-given fields (seq, recorded_us, actor) are refused */
    SL_DECODE_STORED, /* from the log: accepted once, unknown fields are skipped */
};

/* SL_E_MALFORMED (not protobuf, no body, two bodies, no or two define records, wrong id length), SL_E_UNKNOWN_FIELD (its number and
 * message), SL_E_INVALID_FIELD (an enum number out of range, a NUL inside a text, a ledger-given field), SL_E_BAD_DATE, SL_E_TOO_BIG (more
 * than SL_EVENT_BYTES_MAX), SL_E_TOO_MANY (a list above its maximum), SL_E_NO_MEMORY (arena at its cap); *ret_event is as before then.
 * Rules of meaning are domain/decide.h's. Never more than a few times the event's size is taken from the arena for contact, quote and
 * close; what protobuf-c builds for a hostile event may take a hundred times its size, so cap the arena. `diag` may be NULL. */
SL_MUST_CHECK enum sl_err sl_event_decode(struct sl_slice bytes,
                                          enum sl_decode_mode mode,
                                          struct sl_arena *arena,
                                          struct sl_event *ret_event,
                                          struct sl_diag *diag);

/* Do two encodings say the same? Compares bytes first, then canonical re-encodings (another serialiser may order fields otherwise).
 * Both must have been decoded without an error before; an explicit default and an absent field differ. False also when the arena is at its
 * cap. */
bool sl_event_same_content(struct sl_slice a, struct sl_slice b, struct sl_arena *arena);

#endif
