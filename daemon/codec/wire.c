/* Requests. The frame's own fields are scanned, so that an append hands on its events' bytes as they came; a question
 * is unpacked by protobuf-c and converted. */
#include "codec/wire.h"

#include "codec/convert.h"
#include "codec/decoder.h"
#include "codec/pb_arena.h"
#include "codec/scan.h"
#include "domain/text.h"

#include <salesledger/v1/api.pb-c.h>

/* Field numbers of api.proto; tests/unit/test_wire.c compares them with the generated descriptors. */
#define REQUEST_TAG           1u
#define APPEND_EVENTS         1u
#define APPEND_ALL_OR_NOTHING 2u

static const char *request_name(enum sl_request_kind kind)
{
    switch (kind) {
    case SL_REQUEST_NONE: return NULL;
    case SL_REQUEST_APPEND: return "append";
    case SL_REQUEST_MEASURES: return "measures";
    case SL_REQUEST_TARGETS: return "targets";
    case SL_REQUEST_RANK: return "rank";
    case SL_REQUEST_STATEMENT: return "statement";
    case SL_REQUEST_LOG: return "log";
    case SL_REQUEST_SUBSCRIBE: return "subscribe";
    case SL_REQUEST_CANCEL: return "cancel";
    case SL_REQUEST_STATUS: return "status";
    case SL_REQUEST_ERASE: return "erase";
    case SL_REQUEST_BACKUP: return "backup";
    }
    return NULL;
}

static enum sl_err refuse_bytes(struct sl_diag *diag, const char *message_name)
{
    return sl_refuse(diag, SL_E_MALFORMED, "", "the bytes are not a valid %s", message_name);
}

static enum sl_err
refuse_field(struct sl_diag *diag, const struct sl_field *field, const char *message_name)
{
    return sl_refuse(diag, SL_E_UNKNOWN_FIELD, "", "field number %u is not in message %s",
                     field->number, message_name);
}

/* One field of a Request: the tag, or the one request. */
static enum sl_err take_request_field(const struct sl_field *field,
                                      struct sl_request *request,
                                      struct sl_slice *body,
                                      struct sl_diag *diag)
{
    if (field->number == REQUEST_TAG && field->wire_type == SL_WIRE_VARINT) {
        request->tag = field->value;
        return SL_OK;
    }
    enum sl_request_kind kind = (enum sl_request_kind)field->number;
    if (field->number < SL_REQUEST_APPEND || request_name(kind) == NULL) {
        return field->number == REQUEST_TAG ? refuse_bytes(diag, "Request")
                                            : refuse_field(diag, field, "Request");
    }
    if (field->wire_type != SL_WIRE_BYTES) {
        return refuse_bytes(diag, "Request");
    }
    if (request->kind != SL_REQUEST_NONE) {
        return sl_refuse(diag, SL_E_MALFORMED, "", "must hold exactly one request, holds %s and %s",
                         request_name(request->kind), request_name(kind));
    }
    request->kind = kind;
    *body = field->bytes;
    return SL_OK;
}

/* Reads every field even after a bad one, as long as fields can be told apart: the tag may come last, and a refusal without it
 * cannot be matched to its request. */
static enum sl_err scan_request(struct sl_slice message,
                                struct sl_request *request,
                                struct sl_slice *ret_body,
                                struct sl_diag *diag)
{
    enum sl_err first_err = SL_OK;
    while (message.len > 0) {
        struct sl_field field;
        if (!sl_scan_field(&message, &field)) {
            return first_err != SL_OK ? first_err : refuse_bytes(diag, "Request");
        }
        struct sl_diag *once = first_err == SL_OK ? diag : NULL;
        enum sl_err err = take_request_field(&field, request, ret_body, once);
        first_err = first_err == SL_OK ? err : first_err;
    }
    if (first_err == SL_OK && request->kind == SL_REQUEST_NONE) {
        return sl_refuse(diag, SL_E_MALFORMED, "", "must hold exactly one request, holds none");
    }
    return first_err;
}

/* First pass over an append: what is in it. */
static enum sl_err
count_events(struct sl_slice body, struct sl_append *append, struct sl_diag *diag)
{
    while (body.len > 0) {
        struct sl_field field;
        if (!sl_scan_field(&body, &field)) {
            return refuse_bytes(diag, "AppendRequest");
        }
        if (field.number == APPEND_EVENTS && field.wire_type == SL_WIRE_BYTES) {
            append->count++;
        } else if (field.number == APPEND_ALL_OR_NOTHING && field.wire_type == SL_WIRE_VARINT) {
            append->all_or_nothing = field.value != 0;
        } else if (field.number > APPEND_ALL_OR_NOTHING) {
            return refuse_field(diag, &field, "AppendRequest");
        } else {
            return refuse_bytes(diag, "AppendRequest");
        }
    }
    if (append->count > SL_BATCH_EVENTS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "append.events", "must be at most %u, are %zu",
                         SL_BATCH_EVENTS_MAX, append->count);
    }
    return SL_OK;
}

static enum sl_err decode_append(struct sl_slice body,
                                 struct sl_arena *arena,
                                 struct sl_append *ret_append,
                                 struct sl_diag *diag)
{
    struct sl_append append = {0};
    enum sl_err err = count_events(body, &append, diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_slice *events = sl_arena_calloc(arena, append.count, sizeof *events);
    if (events == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "append.events", "no room for %zu", append.count);
    }
    size_t count = 0;
    struct sl_field field;
    while (body.len > 0 && sl_scan_field(&body, &field)) {
        if (field.number == APPEND_EVENTS) {
            events[count++] = field.bytes;
        }
    }
    append.events = events;
    *ret_append = append;
    return SL_OK;
}

static void convert_at(struct sl_decoder *d, const Salesledger__V1__At *from, struct sl_at *ret_at)
{
    *ret_at = (struct sl_at){0};
    if (from != NULL && d->err == SL_OK) {
        sl_decoder_known(d, &from->base);
        sl_decoder_inside(d, "at");
        ret_at->is_set = from->has_seq || from->has_recorded_us;
    }
}

static enum sl_dimension convert_dimension(struct sl_decoder *d, int value, const char *field)
{
    return (enum sl_dimension)sl_decoder_enum(d, value, SL_BY_PRODUCT_LINE, field);
}

static void convert_measures(struct sl_decoder *d,
                             const Salesledger__V1__MeasuresRequest *from,
                             struct sl_measures_query *query)
{
    sl_decoder_known(d, &from->base);
    if (from->n_measures > SL_QUERY_MEASURES_MAX) {
        sl_decoder_fail(d, SL_E_TOO_MANY, "measures", "must be at most %u, are %zu",
                        SL_QUERY_MEASURES_MAX, from->n_measures);
        return;
    }
    *query = (struct sl_measures_query){
        .measure_count = from->n_measures,
        .period = sl_decoder_text(d, from->period, "period"),
        .by = convert_dimension(d, (int)from->by, "by"),
        .as_is_now = from->as_is_now != 0,
    };
    for (size_t i = 0; i < from->n_measures; i++) {
        query->measures[i] = sl_decoder_text(d, from->measures[i], "measures");
    }
    sl_convert_scope(d, from->scope, &query->scope);
    convert_at(d, from->at, &query->at);
}

static enum sl_target_role convert_role(struct sl_decoder *d, int value)
{
    return (enum sl_target_role)sl_decoder_enum(d, value, SL_ROLE_COMMIT, "role");
}

static void convert_targets(struct sl_decoder *d,
                            const Salesledger__V1__TargetsRequest *from,
                            struct sl_targets_query *query)
{
    sl_decoder_known(d, &from->base);
    *query = (struct sl_targets_query){
        .period = sl_decoder_text(d, from->period, "period"),
        .has_scope = from->scope != NULL,
        .measure = sl_decoder_text(d, from->measure, "measure"),
        .role = convert_role(d, (int)from->role),
        .today = sl_decoder_day(d, from->today, "today"),
    };
    sl_convert_scope(d, from->scope, &query->scope);
    convert_at(d, from->at, &query->at);
}

static void convert_rank(struct sl_decoder *d,
                         const Salesledger__V1__RankRequest *from,
                         struct sl_rank_query *query)
{
    sl_decoder_known(d, &from->base);
    *query = (struct sl_rank_query){
        .dimension = convert_dimension(d, (int)from->dimension, "dimension"),
        .measure = sl_decoder_text(d, from->measure, "measure"),
        .period = sl_decoder_text(d, from->period, "period"),
        .by = (enum sl_rank_by)sl_decoder_enum(d, (int)from->by, SL_RANK_BY_ATTAINMENT, "by"),
        .role = convert_role(d, (int)from->role),
        .type = sl_decoder_enum(d, (int)from->type, SALESLEDGER__V1__RANK_TYPE__FRACTIONAL, "type"),
        .ties = (enum sl_tie_rule)sl_decoder_enum(d, (int)from->ties, SL_TIE_REACHED, "ties"),
        .top = from->top,
        .unit_level = from->unit_level,
        .around_count = from->around_count,
        .offset = from->offset,
        .around = sl_decoder_text(d, from->around, "around"),
        .one = sl_decoder_text(d, from->one, "one"),
    };
    sl_convert_scope(d, from->scope, &query->scope);
    convert_at(d, from->at, &query->at);
}

static void convert_statement(struct sl_decoder *d,
                              const Salesledger__V1__StatementRequest *from,
                              struct sl_statement_query *query)
{
    sl_decoder_known(d, &from->base);
    *query = (struct sl_statement_query){
        .person = sl_decoder_text(d, from->person, "person"),
        .period = sl_decoder_text(d, from->period, "period"),
        .plan = sl_decoder_text(d, from->plan, "plan"),
        .explain = from->explain != 0,
        .offset = from->offset,
    };
    convert_at(d, from->at, &query->at);
}

/* Type names to a set of bits; 0 for no names, which means every type. */
static uint32_t convert_types(struct sl_decoder *d, char *const *names, size_t count)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < count; i++) {
        struct sl_slice name = sl_decoder_text(d, names[i], "types");
        enum sl_event_type type = sl_event_type_of_name(name);
        if (type == SL_EVENT_NONE) {
            char shown[SL_TEXT_SHOWN_MAX];
            sl_decoder_fail(d, SL_E_INVALID_FIELD, "types",
                            "must be types of events, one is \"%s\"", sl_text_show(name, shown));
            return 0;
        }
        mask |= 1u << ((unsigned)type - SL_EVENT_CONTACT);
    }
    return mask;
}

static void convert_log(struct sl_decoder *d,
                        const Salesledger__V1__LogRequest *from,
                        struct sl_log_query *query)
{
    sl_decoder_known(d, &from->base);
    *query = (struct sl_log_query){
        .from = from->from,
        .to = from->to,
        .entity_kind = (enum sl_entity_kind)sl_decoder_enum(d, (int)from->entity_kind,
                                                            SL_ENTITY_REGION, "entity_kind"),
        .entity = sl_decoder_text(d, from->entity, "entity"),
        .types_mask = convert_types(d, from->types, from->n_types),
        .day_from = sl_decoder_day(d, from->date_from, "date_from"),
        .day_to = sl_decoder_day(d, from->date_to, "date_to"),
        .limit = from->limit,
        .is_reverse = from->reverse != 0,
    };
}

static void convert_subscribe(struct sl_decoder *d,
                              const Salesledger__V1__SubscribeRequest *from,
                              struct sl_subscribe_query *query)
{
    sl_decoder_known(d, &from->base);
    *query = (struct sl_subscribe_query){
        .from = from->from,
        .types_mask = convert_types(d, from->types, from->n_types),
    };
}

static void convert_erase(struct sl_decoder *d,
                          const Salesledger__V1__EraseRequest *from,
                          struct sl_request *request)
{
    sl_decoder_known(d, &from->base);
    sl_decoder_keep(d, from->customer, SL_ID_TEXT_BYTES_MAX, "customer");
    request->u.erase_customer = sl_decoder_text(d, from->customer, "customer");
}

static const ProtobufCMessageDescriptor *question_descriptor(enum sl_request_kind kind)
{
    switch (kind) {
    case SL_REQUEST_NONE:
    case SL_REQUEST_APPEND: return NULL;
    case SL_REQUEST_MEASURES: return &salesledger__v1__measures_request__descriptor;
    case SL_REQUEST_TARGETS: return &salesledger__v1__targets_request__descriptor;
    case SL_REQUEST_RANK: return &salesledger__v1__rank_request__descriptor;
    case SL_REQUEST_STATEMENT: return &salesledger__v1__statement_request__descriptor;
    case SL_REQUEST_LOG: return &salesledger__v1__log_request__descriptor;
    case SL_REQUEST_SUBSCRIBE: return &salesledger__v1__subscribe_request__descriptor;
    case SL_REQUEST_CANCEL: return &salesledger__v1__cancel_request__descriptor;
    case SL_REQUEST_STATUS: return &salesledger__v1__status_request__descriptor;
    case SL_REQUEST_ERASE: return &salesledger__v1__erase_request__descriptor;
    case SL_REQUEST_BACKUP: return &salesledger__v1__backup_request__descriptor;
    }
    return NULL;
}

/* `message` is of the kind's type. */
static void
convert_question(struct sl_decoder *d, const ProtobufCMessage *message, struct sl_request *request)
{
    const void *from = message;
    switch (request->kind) {
    case SL_REQUEST_NONE:
    case SL_REQUEST_APPEND: return;
    case SL_REQUEST_MEASURES: convert_measures(d, from, &request->u.measures); break;
    case SL_REQUEST_TARGETS: convert_targets(d, from, &request->u.targets); break;
    case SL_REQUEST_RANK: convert_rank(d, from, &request->u.rank); break;
    case SL_REQUEST_STATEMENT: convert_statement(d, from, &request->u.statement); break;
    case SL_REQUEST_LOG: convert_log(d, from, &request->u.log); break;
    case SL_REQUEST_SUBSCRIBE: convert_subscribe(d, from, &request->u.subscribe); break;
    case SL_REQUEST_CANCEL:
        sl_decoder_known(d, message);
        request->u.cancel_tag = ((const Salesledger__V1__CancelRequest *)from)->tag;
        break;
    case SL_REQUEST_STATUS: sl_decoder_known(d, message); break;
    case SL_REQUEST_BACKUP:
        sl_decoder_known(d, message);
        request->u.backup_with_keys =
            ((const Salesledger__V1__BackupRequest *)from)->with_keys != 0;
        break;
    case SL_REQUEST_ERASE: convert_erase(d, from, request); break;
    }
    sl_decoder_inside(d, request_name(request->kind));
}

static enum sl_err decode_question(struct sl_slice body,
                                   struct sl_arena *arena,
                                   struct sl_request *request,
                                   struct sl_diag *diag)
{
    const char *name = request_name(request->kind);
    if (body.len > SL_EVENT_BYTES_MAX) {
        return sl_refuse(diag, SL_E_TOO_BIG, name, "must have at most %u bytes, has %zu",
                         SL_EVENT_BYTES_MAX, body.len);
    }
    const ProtobufCMessageDescriptor *descriptor = question_descriptor(request->kind);
    struct sl_pb_arena pb;
    sl_pb_arena_init(&pb, arena);
    const ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &pb.allocator, body.len, body.data);
    if (message == NULL) {
        return pb.is_exhausted ? sl_refuse(diag, SL_E_NO_MEMORY, name, "does not fit in memory")
                               : refuse_bytes(diag, descriptor->short_name);
    }
    struct sl_decoder decoder = {.arena = arena, .diag = diag, .mode = SL_DECODE_COMMAND};
    convert_question(&decoder, message, request);
    return decoder.err;
}

enum sl_err sl_request_decode(struct sl_slice message,
                              struct sl_arena *arena,
                              struct sl_request *ret_request,
                              struct sl_diag *diag)
{
    *ret_request = (struct sl_request){0};
    struct sl_slice body = {NULL, 0};
    enum sl_err err = scan_request(message, ret_request, &body, diag);
    if (err == SL_OK && ret_request->kind == SL_REQUEST_APPEND) {
        return decode_append(body, arena, &ret_request->u.append, diag);
    }
    return err == SL_OK ? decode_question(body, arena, ret_request, diag) : err;
}
