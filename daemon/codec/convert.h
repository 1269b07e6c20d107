/* Generated messages to plain structs, one function per body; for the files of this folder only.
 *
 * Every converter reads what sl_pb_arena unpacked, writes all of its output, and reports through the decoder's sticky error with
 * a field path relative to its message. */
#ifndef SL_CODEC_CONVERT_H
#define SL_CODEC_CONVERT_H

#include "codec/decoder.h"
#include "domain/event.h"

#include <salesledger/v1/event.pb-c.h>

/* sales_codec.c */
void sl_convert_contact(struct sl_decoder *d,
                        const Salesledger__V1__Contact *from,
                        struct sl_contact *ret_contact);
void sl_convert_quote(struct sl_decoder *d,
                      const Salesledger__V1__Quote *from,
                      struct sl_quote *ret_quote);
void sl_convert_close(struct sl_decoder *d,
                      const Salesledger__V1__Close *from,
                      struct sl_close *ret_close);
void sl_convert_payout(struct sl_decoder *d,
                       const Salesledger__V1__Payout *from,
                       struct sl_payout *ret_payout);

/* judgement_codec.c */
void sl_convert_target(struct sl_decoder *d,
                       const Salesledger__V1__Target *from,
                       struct sl_target *ret_target);
void sl_convert_approve(struct sl_decoder *d,
                        const Salesledger__V1__Approve *from,
                        struct sl_approve *ret_approve);
void sl_convert_note(struct sl_decoder *d,
                     const Salesledger__V1__Note *from,
                     struct sl_note *ret_note);

/* Also part of requests; NULL gives the empty scope, the whole company. */
void sl_convert_scope(struct sl_decoder *d,
                      const Salesledger__V1__Scope *from,
                      struct sl_scope_ref *ret_scope);

/* define_codec.c: SL_E_MALFORMED unless there is exactly one record. */
void sl_convert_define(struct sl_decoder *d,
                       const Salesledger__V1__Define *from,
                       struct sl_define *ret_define);

/* event_codec.c: the event in protobuf-c's own order of fields, after `change`, which may be NULL; false when it cannot be unpacked or there
 * is no room. */
bool sl_event_encode_again(struct sl_slice bytes,
                           void (*change)(Salesledger__V1__Event *event),
                           struct sl_arena *arena,
                           struct sl_slice *ret_bytes);

/* plan_codec.c: the plan is on the arena; NULL after an error. */
const struct sl_plan *sl_convert_plan(struct sl_decoder *d, const Salesledger__V1__Plan *from);

#endif
