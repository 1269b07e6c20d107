/* The envelope, the choice of the body, and corrections. */
#include "codec/event_codec.h"

#include <string.h>

#include "codec/convert.h"
#include "codec/fast_codec.h"
#include "codec/pb_arena.h"
#include "domain/text.h"

/* The bodies an Event or a Replacement can hold; NULL where there is none. */
struct bodies {
    const Salesledger__V1__Contact *contact;
    const Salesledger__V1__Quote *quote;
    const Salesledger__V1__Close *close;
    const Salesledger__V1__Payout *payout;
    const Salesledger__V1__Define *define;
    const Salesledger__V1__Target *target;
    const Salesledger__V1__Plan *plan;
    const Salesledger__V1__Approve *approve;
    const Salesledger__V1__Correct *correct;
    const Salesledger__V1__Note *note;
};

static struct bodies bodies_of_event(const Salesledger__V1__Event *from)
{
    return (struct bodies){
        .contact = from->contact,
        .quote = from->quote,
        .close = from->close,
        .payout = from->payout,
        .define = from->define,
        .target = from->target,
        .plan = from->plan,
        .approve = from->approve,
        .correct = from->correct,
        .note = from->note,
    };
}

static struct bodies bodies_of_replacement(const Salesledger__V1__Replacement *from)
{
    return (struct bodies){
        .contact = from->contact,
        .quote = from->quote,
        .close = from->close,
        .payout = from->payout,
        .define = from->define,
        .target = from->target,
        .plan = from->plan,
        .note = from->note,
    };
}

/* The type of the only body; SL_EVENT_NONE after refusing none or several. */
static enum sl_event_type only_body(struct sl_decoder *d, const struct bodies *bodies)
{
    const struct {
        enum sl_event_type type;
        bool is_there;
    } candidates[] = {
        {SL_EVENT_CONTACT, bodies->contact != NULL}, {SL_EVENT_QUOTE, bodies->quote != NULL},
        {SL_EVENT_CLOSE, bodies->close != NULL},     {SL_EVENT_PAYOUT, bodies->payout != NULL},
        {SL_EVENT_DEFINE, bodies->define != NULL},   {SL_EVENT_TARGET, bodies->target != NULL},
        {SL_EVENT_PLAN, bodies->plan != NULL},       {SL_EVENT_APPROVE, bodies->approve != NULL},
        {SL_EVENT_CORRECT, bodies->correct != NULL}, {SL_EVENT_NOTE, bodies->note != NULL},
    };
    enum sl_event_type found = SL_EVENT_NONE;
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (candidates[i].is_there && found != SL_EVENT_NONE) {
            sl_decoder_fail(d, SL_E_MALFORMED, "", "must hold exactly one body, holds %s and %s",
                            sl_event_type_name(found), sl_event_type_name(candidates[i].type));
            return SL_EVENT_NONE;
        }
        found = candidates[i].is_there ? candidates[i].type : found;
    }
    if (found == SL_EVENT_NONE) {
        sl_decoder_fail(d, SL_E_MALFORMED, "", "must hold exactly one body, holds none");
    }
    return found;
}

/* Every body but correct, which has its own place in the event because it holds a body itself. */
static void convert_body(struct sl_decoder *d, const struct bodies *from, struct sl_body *ret_body)
{
    *ret_body = (struct sl_body){.type = only_body(d, from)};
    switch (ret_body->type) {
    case SL_EVENT_NONE: return;
    case SL_EVENT_CONTACT: sl_convert_contact(d, from->contact, &ret_body->u.contact); break;
    case SL_EVENT_QUOTE: sl_convert_quote(d, from->quote, &ret_body->u.quote); break;
    case SL_EVENT_CLOSE: sl_convert_close(d, from->close, &ret_body->u.close); break;
    case SL_EVENT_PAYOUT: sl_convert_payout(d, from->payout, &ret_body->u.payout); break;
    case SL_EVENT_DEFINE: sl_convert_define(d, from->define, &ret_body->u.define); break;
    case SL_EVENT_TARGET: sl_convert_target(d, from->target, &ret_body->u.target); break;
    case SL_EVENT_PLAN: ret_body->u.plan = sl_convert_plan(d, from->plan); break;
    case SL_EVENT_APPROVE: sl_convert_approve(d, from->approve, &ret_body->u.approve); break;
    case SL_EVENT_CORRECT: return;
    case SL_EVENT_NOTE: sl_convert_note(d, from->note, &ret_body->u.note); break;
    }
    sl_decoder_inside(d, sl_event_type_name(ret_body->type));
}

static const struct sl_body *convert_replacement(struct sl_decoder *d,
                                                 const Salesledger__V1__Replacement *from,
                                                 sl_day *ret_effective)
{
    *ret_effective = SL_NO_DAY;
    struct sl_body *body =
        sl_decoder_array(d, (struct sl_count){.count = 1, .max = 1}, sizeof *body, "");
    if (body == NULL) {
        return NULL;
    }
    sl_decoder_known(d, &from->base);
    *ret_effective = sl_decoder_day(d, from->effective_date, "effective_date");
    struct bodies bodies = bodies_of_replacement(from);
    if (d->err == SL_OK) {
        convert_body(d, &bodies, body);
    }
    sl_decoder_inside(d, "replacement");
    return body;
}

static void convert_correct(struct sl_decoder *d,
                            const Salesledger__V1__Correct *from,
                            struct sl_correct *ret_correct)
{
    sl_decoder_known(d, &from->base);
    *ret_correct = (struct sl_correct){
        .ref_seq = from->ref_seq,
        .is_void = from->void_ != 0,
        .effective = SL_NO_DAY,
        .reason = sl_decoder_text(d, from->reason, "reason"),
    };
    if (from->replacement != NULL) {
        ret_correct->replacement =
            convert_replacement(d, from->replacement, &ret_correct->effective);
    }
    sl_decoder_inside(d, "correct");
}

static void
convert_id(struct sl_decoder *d, const Salesledger__V1__Event *from, struct sl_event *event)
{
    if (!from->has_id) {
        return;
    }
    if (from->id.len != sizeof event->id.bytes) {
        sl_decoder_fail(d, SL_E_MALFORMED, "id", "must have %zu bytes, has %zu",
                        sizeof event->id.bytes, from->id.len);
        return;
    }
    event->has_id = true;
    memcpy(event->id.bytes, from->id.data, sizeof event->id.bytes);
}

static void convert_expect(struct sl_decoder *d,
                           const Salesledger__V1__Expect *from,
                           struct sl_expect *ret_expect)
{
    if (from == NULL || d->err != SL_OK) {
        return;
    }
    sl_decoder_known(d, &from->base);
    *ret_expect = (struct sl_expect){
        .is_set = true,
        .kind = (enum sl_entity_kind)sl_decoder_enum(d, (int)from->kind, SL_ENTITY_REGION, "kind"),
        .entity = sl_decoder_text(d, from->entity, "entity"),
        .seq = from->seq,
    };
    sl_decoder_inside(d, "expect");
}

/* The log's own copy never has these, so only a command can bring them. */
static void refuse_ledger_fields(struct sl_decoder *d, const Salesledger__V1__Event *from)
{
    static const char message[] = "is given by the ledger, must be absent";
    if (d->mode == SL_DECODE_STORED) {
        return;
    }
    if (from->has_seq) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, "seq", message);
    }
    if (from->has_recorded_us) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, "recorded_us", message);
    }
    if (from->actor != NULL) {
        sl_decoder_fail(d, SL_E_INVALID_FIELD, "actor", message);
    }
}

static void
convert_event(struct sl_decoder *d, const Salesledger__V1__Event *from, struct sl_event *ret_event)
{
    sl_decoder_known(d, &from->base);
    refuse_ledger_fields(d, from);
    *ret_event = (struct sl_event){
        .effective = sl_decoder_day(d, from->effective_date, "effective_date"),
        .source = sl_decoder_text(d, from->source, "source"),
        .correlation = sl_decoder_text(d, from->correlation, "correlation"),
    };
    convert_id(d, from, ret_event);
    convert_expect(d, from->expect, &ret_event->expect);
    struct bodies bodies = bodies_of_event(from);
    if (d->err == SL_OK) {
        convert_body(d, &bodies, &ret_event->body);
    }
    if (ret_event->body.type == SL_EVENT_CORRECT && d->err == SL_OK) {
        convert_correct(d, from->correct, &ret_event->correct);
    }
}

enum sl_err sl_full_decode(struct sl_slice bytes,
                           enum sl_decode_mode mode,
                           struct sl_arena *arena,
                           struct sl_event *ret_event,
                           struct sl_diag *diag)
{
    struct sl_pb_arena pb;
    sl_pb_arena_init(&pb, arena);
    const Salesledger__V1__Event *message =
        salesledger__v1__event__unpack(&pb.allocator, bytes.len, bytes.data);
    if (message == NULL) {
        return pb.is_exhausted
                   ? sl_refuse(diag, SL_E_NO_MEMORY, "", "the event does not fit in memory")
                   : sl_refuse(diag, SL_E_MALFORMED, "", "the bytes are not an Event");
    }
    struct sl_decoder decoder = {.arena = arena, .diag = diag, .mode = mode};
    struct sl_event event;
    convert_event(&decoder, message, &event);
    if (decoder.err == SL_OK) {
        *ret_event = event;
    }
    return decoder.err;
}

enum sl_err sl_event_decode(struct sl_slice bytes,
                            enum sl_decode_mode mode,
                            struct sl_arena *arena,
                            struct sl_event *ret_event,
                            struct sl_diag *diag)
{
    if (bytes.len > SL_EVENT_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, "", "an event has at most %u bytes, this has %zu",
                         SL_EVENT_BYTES_MAX, bytes.len);
    }
    if (sl_fast_decode(bytes, arena, ret_event)) {
        return SL_OK;
    }
    return sl_full_decode(bytes, mode, arena, ret_event, diag);
}

bool sl_event_encode_again(struct sl_slice bytes,
                           void (*change)(Salesledger__V1__Event *event),
                           struct sl_arena *arena,
                           struct sl_slice *ret_bytes)
{
    struct sl_pb_arena pb;
    sl_pb_arena_init(&pb, arena);
    Salesledger__V1__Event *message =
        salesledger__v1__event__unpack(&pb.allocator, bytes.len, bytes.data);
    if (message == NULL) {
        return false;
    }
    if (change != NULL) {
        change(message);
    }
    size_t size = salesledger__v1__event__get_packed_size(message);
    uint8_t *buf = sl_arena_alloc(arena, size);
    if (buf == NULL) {
        return false;
    }
    *ret_bytes = (struct sl_slice){buf, salesledger__v1__event__pack(message, buf)};
    return true;
}

bool sl_event_same_content(struct sl_slice a, struct sl_slice b, struct sl_arena *arena)
{
    if (sl_text_equal(a, b)) {
        return true;
    }
    struct sl_slice a_again;
    struct sl_slice b_again;
    return sl_event_encode_again(a, NULL, arena, &a_again) &&
           sl_event_encode_again(b, NULL, arena, &b_again) && sl_text_equal(a_again, b_again);
}
