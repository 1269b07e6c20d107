/* See service.h. */
#include "lib/service.h"

#include <stdlib.h>
#include <string.h>

#include "lib/test.h"
#include "service/ledger_dir.h"
#include "service/timezone.h"
#include "sl/frame.h"

#define ARENA_BYTES_MAX    ((size_t)256 * 1024 * 1024)
#define RECEIVED_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define SEGMENT_BYTES      ((uint64_t)1024 * 1024)
#define TURNS_MAX          100000u

/* ── the service ──────────────────────────────────────────────────────────────────────────────────────────────── */

static void fill_random(uint8_t *bytes, size_t len)
{
    static uint8_t next; /* ids only have to differ within a millisecond */
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(next + i * 7);
    }
    next++;
}

static void on_stopped(void *ctx, const struct sl_diag *why)
{
    struct sl_service *s = ctx;
    s->why = *why;
    s->stops++;
}

void sl_service_init(struct sl_service *s)
{
    *s = (struct sl_service){0};
    sl_temp_dir_make(s->dir);
    sl_faulty_ops_init(&s->ops);
    sl_fake_clock_init(&s->clock, AT(1498910400000000));
    sl_inline_init(&s->executor);
    sl_arena_init(&s->arena, ARENA_BYTES_MAX);
    sl_builder_init(&s->build, &s->arena);
    s->options = (struct sl_core_options){
        .dir = s->dir,
        .clock = &s->clock.base,
        .executor = &s->executor.base,
        .fill_random = fill_random,
        .on_stopped = on_stopped,
        .ctx = s,
        .segment_bytes = SEGMENT_BYTES,
        .free_bytes_min = 1,
        .file_ops = &s->ops.base,
    };
    struct sl_create_options create = {
        .dir = s->dir,
        .timezone = "UTC",
        .currency = "USD",
        .clock = &s->clock.base,
        .fill_random = fill_random,
    };
    assert_ok(sl_ledger_create(&create, NULL));
    assert_ok(sl_timezone_use("UTC", NULL));
}

void sl_service_open_with(struct sl_service *s)
{
    assert_ok(sl_core_open(&s->options, &s->core, NULL));
    sl_core_tick(s->core);
}

void sl_service_open(struct sl_service *s)
{
    sl_service_init(s);
    sl_service_open_with(s);
}

static void free_caller(struct sl_caller *caller)
{
    sl_caller_close(caller);
    for (size_t i = 0; i < caller->reply_count; i++) {
        salesledger__v1__reply__free_unpacked(caller->replies[i], NULL);
    }
    sl_bytes_deinit(&caller->received);
    free(caller);
}

static void free_callers(struct sl_service *s)
{
    for (size_t i = 0; i < s->caller_count; i++) {
        free_caller(s->callers[i]);
    }
    s->caller_count = 0;
}

void sl_service_close(struct sl_service *s)
{
    free_callers(s);
    sl_core_close(s->core);
    sl_arena_deinit(&s->arena);
    sl_temp_dir_remove(s->dir);
}

void sl_service_stop(struct sl_service *s)
{
    free_callers(s);
    sl_core_close(s->core);
    s->core = NULL;
}

void sl_service_restart(struct sl_service *s)
{
    sl_service_stop(s);
    sl_service_open_with(s);
}

void sl_service_crash(struct sl_service *s)
{
    char after[sizeof s->dir];
    sl_temp_dir_copy(s->dir, after);
    free_callers(s);
    sl_core_close(s->core);
    sl_temp_dir_remove(s->dir);
    memcpy(s->dir, after, sizeof s->dir);
    sl_service_open_with(s);
}

bool sl_service_turn(struct sl_service *s)
{
    return sl_core_turn(s->core);
}

void sl_service_settle(struct sl_service *s)
{
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        sl_inline_run_all(&s->executor);
        bool was_quiet = sl_core_is_quiet(s->core); /* then this turn tells what is durable */
        bool has_more = sl_core_turn(s->core);
        bool is_quiet = was_quiet && sl_core_is_quiet(s->core);
        if (!has_more && (is_quiet || sl_core_is_stopped(s->core))) {
            return;
        }
    }
    fail_msg("the core does not come to rest");
}

/* ── callers ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_frames(struct sl_caller *caller)
{
    for (;;) {
        struct sl_slice message;
        size_t frame_bytes;
        assert_ok(sl_frame_peek(sl_bytes_slice(&caller->received), &message, &frame_bytes));
        if (frame_bytes == 0) {
            return;
        }
        Salesledger__V1__Reply *reply =
            salesledger__v1__reply__unpack(NULL, message.len, message.data);
        assert_non_null(reply);
        assert_true(caller->reply_count < SL_CALLER_REPLIES_MAX);
        caller->replies[caller->reply_count] = reply;
        caller->reply_count++;
        sl_bytes_consume(&caller->received, frame_bytes);
    }
}

static void close_done(struct sl_caller *caller)
{
    if (sl_client_session_is_done(caller->session)) {
        sl_client_session_close(caller->session);
        caller->session = NULL;
    }
}

static void take_output(struct sl_caller *caller)
{
    struct sl_slice output = sl_client_session_output(caller->session);
    if (output.len > 0) {
        assert_ok(sl_bytes_append(&caller->received, output.data, output.len));
        sl_client_session_taken(caller->session, output.len);
        take_frames(caller);
    }
    close_done(caller);
}

static void on_wake(void *ctx)
{
    struct sl_caller *caller = ctx;
    if (!caller->is_deaf) {
        take_output(caller);
    } else {
        sl_client_session_taken(caller->session, 0); /* its socket is full */
        close_done(caller);
    }
}

static void on_glance(void *ctx)
{
    struct sl_caller *caller = ctx;
    struct sl_service *s = caller->service;
    assert_false(s->is_glancing); /* no glance within a glance */
    s->is_glancing = true;
    caller->glances++;
    if (caller->is_gone) {
        sl_caller_close(caller);
    } else if (caller->in_socket.len > 0 && caller->glances >= caller->arrives_at &&
               sl_client_session_wants_input(caller->session)) {
        struct sl_slice bytes = caller->in_socket;
        size_t replies = caller->reply_count;
        uint8_t *lent = malloc(bytes.len); /* a sanitizer sees who keeps it */
        assert_non_null(lent);
        memcpy(lent, bytes.data, bytes.len);
        caller->in_socket = (struct sl_slice){NULL, 0};
        caller->seen_at = sl_core_head(s->core).v;
        sl_client_session_input(caller->session, (struct sl_slice){lent, bytes.len});
        free(lent);
        take_output(caller);
        caller->told += caller->reply_count - replies;
    }
    s->is_glancing = false;
}

/* Each name is a user. */
static uint32_t uid_of(const char *actor)
{
    uint32_t uid = 1000;
    for (; *actor != '\0'; actor++) {
        uid = uid * 31 + (uint8_t)*actor;
    }
    return uid;
}

struct sl_caller *sl_caller_open(struct sl_service *s, const char *actor)
{
    return sl_caller_open_as(s, actor, &(struct sl_credentials){.uid = uid_of(actor)});
}

struct sl_caller *
sl_caller_open_as(struct sl_service *s, const char *actor, const struct sl_credentials *peer)
{
    struct sl_caller *caller = calloc(1, sizeof *caller);
    assert_non_null(caller);
    caller->service = s;
    sl_bytes_init(&caller->received, RECEIVED_BYTES_MAX);
    struct sl_client_options options = {
        .actor = SLICE(actor), .peer = *peer, .wake = on_wake, .glance = on_glance, .ctx = caller};
    assert_ok(sl_client_session_open(s->core, &options, &caller->session, NULL));
    assert_true(s->caller_count < SL_SERVICE_CALLERS_MAX);
    s->callers[s->caller_count] = caller;
    s->caller_count++;
    return caller;
}

void sl_caller_close(struct sl_caller *caller)
{
    sl_client_session_close(caller->session);
    caller->session = NULL;
}

void sl_caller_listen(struct sl_caller *caller)
{
    caller->is_deaf = false;
    take_output(caller);
}

void sl_caller_send(struct sl_caller *caller, const void *bytes, size_t len)
{
    sl_client_session_input(caller->session, (struct sl_slice){bytes, len});
}

struct sl_slice sl_request_frame(struct sl_service *s, const Salesledger__V1__Request *request)
{
    size_t size = salesledger__v1__request__get_packed_size(request);
    uint8_t *frame = sl_arena_alloc(&s->arena, SL_FRAME_HEADER_BYTES + size);
    assert_non_null(frame);
    sl_frame_put_header(frame, (uint32_t)size);
    (void)salesledger__v1__request__pack(request, frame + SL_FRAME_HEADER_BYTES);
    return (struct sl_slice){frame, SL_FRAME_HEADER_BYTES + size};
}

void sl_caller_request(struct sl_caller *caller, const Salesledger__V1__Request *request)
{
    struct sl_slice frame = sl_request_frame(caller->service, request);
    sl_caller_send(caller, frame.data, frame.len);
}

static size_t put_varint(uint8_t *to, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        to[len] = (uint8_t)(value | 0x80);
        value >>= 7;
        len++;
    }
    to[len] = (uint8_t)value;
    return len + 1;
}

enum { VARINT_MAX = 10, KEY_TAG = 0x08, KEY_EVENTS = 0x0a, KEY_ALL_OR_NOTHING = 0x10 };
static const uint8_t key_append[2] = {0x82, 0x01}; /* field 16, length-delimited */

struct sl_slice sl_append_frame(struct sl_service *s,
                                uint64_t tag,
                                const struct sl_slice *events,
                                size_t count,
                                bool all_or_nothing)
{
    size_t size_max = 64;
    for (size_t i = 0; i < count; i++) {
        size_max += events[i].len + 1 + VARINT_MAX;
    }
    uint8_t *body = sl_arena_alloc(&s->arena, size_max);
    uint8_t *frame = sl_arena_alloc(&s->arena, size_max + 64);
    assert_non_null(body);
    assert_non_null(frame);
    size_t body_len = 0;
    for (size_t i = 0; i < count; i++) {
        body[body_len++] = KEY_EVENTS;
        body_len += put_varint(body + body_len, events[i].len);
        memcpy(body + body_len, events[i].data, events[i].len);
        body_len += events[i].len;
    }
    if (all_or_nothing) {
        body[body_len++] = KEY_ALL_OR_NOTHING;
        body[body_len++] = 1;
    }
    size_t len = SL_FRAME_HEADER_BYTES;
    frame[len++] = KEY_TAG;
    len += put_varint(frame + len, tag);
    memcpy(frame + len, key_append, sizeof key_append);
    len += sizeof key_append;
    len += put_varint(frame + len, body_len);
    memcpy(frame + len, body, body_len);
    len += body_len;
    sl_frame_put_header(frame, (uint32_t)(len - SL_FRAME_HEADER_BYTES));
    return (struct sl_slice){frame, len};
}

void sl_caller_append(struct sl_caller *caller,
                      uint64_t tag,
                      const struct sl_slice *events,
                      size_t count,
                      bool all_or_nothing)
{
    struct sl_slice frame = sl_append_frame(caller->service, tag, events, count, all_or_nothing);
    sl_caller_send(caller, frame.data, frame.len);
}

struct sl_slice sl_visit(struct sl_service *s)
{
    return BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana");
}

static struct sl_slice visit_frame(struct sl_service *s, uint64_t tag)
{
    struct sl_slice event = sl_visit(s);
    return sl_append_frame(s, tag, &event, 1, false);
}

static struct sl_slice
many(struct sl_service *s, size_t count, struct sl_slice (*frame_of)(struct sl_service *, uint64_t))
{
    struct sl_bytes all;
    struct sl_slice frames;
    sl_bytes_init(&all, ARENA_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct sl_slice frame = frame_of(s, i + 1);
        assert_ok(sl_bytes_append(&all, frame.data, frame.len));
    }
    assert_true(sl_arena_dup(&s->arena, sl_bytes_slice(&all), &frames));
    sl_bytes_deinit(&all);
    return frames;
}

struct sl_slice sl_many_visits(struct sl_service *s, size_t count)
{
    return many(s, count, visit_frame);
}

void sl_caller_status(struct sl_caller *caller, uint64_t tag)
{
    Salesledger__V1__StatusRequest status = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.has_tag = 1;
    request.tag = tag;
    request.status = &status;
    sl_caller_request(caller, &request);
}

struct sl_slice sl_rank_frame(struct sl_service *s, uint64_t tag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    Salesledger__V1__RankRequest rank = SALESLEDGER__V1__RANK_REQUEST__INIT;
    char measure[] = "contact.count";
    char period[] = "2017";
    rank.measure = measure;
    rank.period = period;
    request.has_tag = true;
    request.tag = tag;
    request.rank = &rank;
    return sl_request_frame(s, &request);
}

struct sl_slice sl_many_ranks(struct sl_service *s, size_t count)
{
    return many(s, count, sl_rank_frame);
}

void sl_caller_rank(struct sl_caller *caller, uint64_t tag)
{
    struct sl_slice frame = sl_rank_frame(caller->service, tag);
    sl_caller_send(caller, frame.data, frame.len);
}

int64_t sl_first_ranked(const Salesledger__V1__Reply *reply)
{
    assert_null(reply->error);
    assert_non_null(reply->rank);
    return reply->rank->n_rows > 0 ? reply->rank->rows[0]->value->numerator : 0;
}

void sl_caller_measure(struct sl_caller *caller, uint64_t tag, Salesledger__V1__Dimension by)
{
    char measure[] = "contact.count";
    char period[] = "2017";
    char *measures[] = {measure};
    Salesledger__V1__MeasuresRequest question = SALESLEDGER__V1__MEASURES_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    question.n_measures = 1;
    question.measures = measures;
    question.period = period;
    question.has_by = true;
    question.by = by;
    request.has_tag = true;
    request.tag = tag;
    request.measures = &question;
    sl_caller_request(caller, &request);
}

void sl_caller_record_contacts(struct sl_caller *caller, size_t count)
{
    static struct sl_slice events[SL_BATCH_EVENTS_MAX];
    struct sl_service *s = caller->service;
    for (uint64_t tag = 1; tag <= count / SL_BATCH_EVENTS_MAX; tag++) {
        for (size_t i = 0; i < SL_BATCH_EVENTS_MAX; i++) {
            events[i] =
                BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana", .date = "2017-06-30");
        }
        sl_caller_append(caller, tag, events, SL_BATCH_EVENTS_MAX, true);
        sl_service_settle(s);
        assert_int_equal(sl_caller_expect(caller)->tag, tag);
    }
}

void sl_caller_subscribe(struct sl_caller *caller, uint64_t tag, uint64_t from)
{
    Salesledger__V1__SubscribeRequest subscribe = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    subscribe.has_from = from != 0;
    subscribe.from = from;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.has_tag = 1;
    request.tag = tag;
    request.subscribe = &subscribe;
    sl_caller_request(caller, &request);
}

void sl_caller_cancel(struct sl_caller *caller, uint64_t tag, uint64_t of)
{
    Salesledger__V1__CancelRequest body = SALESLEDGER__V1__CANCEL_REQUEST__INIT;
    body.has_tag = 1;
    body.tag = of;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.has_tag = 1;
    request.tag = tag;
    request.cancel = &body;
    sl_caller_request(caller, &request);
}

const Salesledger__V1__Reply *sl_caller_reply(struct sl_caller *caller)
{
    if (caller->reply_taken == caller->reply_count) {
        return NULL;
    }
    caller->reply_taken++;
    return caller->replies[caller->reply_taken - 1];
}

size_t sl_caller_pending(const struct sl_caller *caller)
{
    return caller->reply_count - caller->reply_taken;
}

const Salesledger__V1__Reply *sl_caller_expect(struct sl_caller *caller)
{
    const Salesledger__V1__Reply *reply = sl_caller_reply(caller);
    SL_ASSERT(reply != NULL);
    return reply;
}

const Salesledger__V1__Receipt *sl_receipt_of(const Salesledger__V1__Reply *reply, size_t index)
{
    SL_ASSERT(reply->append != NULL);
    SL_ASSERT(index < reply->append->n_receipts);
    return reply->append->receipts[index];
}

const Salesledger__V1__Receipt *sl_caller_record(struct sl_caller *caller, struct sl_slice event)
{
    sl_caller_append(caller, 0, &event, 1, false);
    sl_service_settle(caller->service);
    assert_int_equal(sl_caller_pending(caller), 1);
    return sl_receipt_of(sl_caller_expect(caller), 0);
}

const Salesledger__V1__StatusReply *sl_caller_ask_status(struct sl_caller *caller)
{
    sl_caller_status(caller, 0);
    sl_service_settle(caller->service);
    assert_int_equal(sl_caller_pending(caller), 1);
    const Salesledger__V1__Reply *reply = sl_caller_expect(caller);
    SL_ASSERT(reply->status != NULL);
    return reply->status;
}

enum sl_err sl_error_of(const Salesledger__V1__Error *error)
{
    return error == NULL ? SL_OK : (enum sl_err)error->code;
}
