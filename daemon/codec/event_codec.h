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

/* SL_E_MALFORMED (not protobuf, no body, two bodies, wrong id length, bad enum number), SL_E_UNKNOWN_FIELD, SL_E_BAD_DATE,
 * SL_E_TOO_BIG, SL_E_TOO_MANY, SL_E_NO_MEMORY (arena at its cap). Rules of meaning are domain/decide.h's. */
SL_MUST_CHECK enum sl_err sl_event_decode(struct sl_slice bytes,
                                          enum sl_decode_mode mode,
                                          struct sl_arena *arena,
                                          struct sl_event *ret_event,
                                          struct sl_diag *diag);

/* Do two encodings say the same? Compares bytes first, then canonical re-encodings (another serialiser may order fields otherwise). */
bool sl_event_same_content(struct sl_slice a, struct sl_slice b, struct sl_arena *arena);

#endif
