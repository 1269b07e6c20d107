/* One table says what can be asked and who answers. */
#include "service/dispatch.h"

#include "service/internal.h"

struct route {
    sl_handler handle;
    const char *question; /* its field, where the answer may be too big; NULL: it cannot be */
    /* The clock is looked at afterwards, for the session's share of the turn, and more questions are expected from it. */
    bool may_be_long;
};

static const struct route routes[] = {
    [SL_REQUEST_APPEND] = {sl_handle_append, NULL, false},
    [SL_REQUEST_MEASURES] = {sl_handle_measures, "measures", true},
    [SL_REQUEST_TARGETS] = {sl_handle_targets, "targets", true},
    [SL_REQUEST_RANK] = {sl_handle_rank, "rank", true},
    [SL_REQUEST_STATEMENT] = {sl_handle_statement, "statement", true},
    [SL_REQUEST_LOG] = {sl_handle_log, "log", true},
    [SL_REQUEST_SUBSCRIBE] = {sl_handle_subscribe, NULL, false},
    [SL_REQUEST_CANCEL] = {sl_handle_cancel, NULL, false},
    [SL_REQUEST_STATUS] = {sl_handle_status, NULL, false},
    [SL_REQUEST_ERASE] = {sl_handle_erase, NULL, false},
    [SL_REQUEST_BACKUP] = {sl_handle_backup, NULL, false},
};
#define ROUTES (sizeof routes / sizeof routes[0])

/* The reply is held until this is visible (core.h). */
static sl_seq reflected(const struct sl_exchange *exchange)
{
    return exchange->reflects.v != 0 ? exchange->reflects : sl_store_head(exchange->core->store);
}

struct sl_reply sl_exchange_reply(const struct sl_exchange *exchange)
{
    return (struct sl_reply){
        .out = &exchange->session->outbox.bytes,
        .arena = &exchange->core->request_arena,
        .tag = exchange->request.tag,
        .seq = reflected(exchange).v,
    };
}

static enum sl_err ask_leave(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    enum sl_right right = sl_access_right_of(exchange->request.kind);
    if ((exchange->session->rights & SL_RIGHT_BIT(right)) != 0) {
        return SL_OK;
    }
    sl_denials_add(&core->denials, exchange->session->options.actor, right, core->now_us);
    return sl_refuse(&exchange->diag, SL_E_DENIED, "", "the right \"%s\" is missing",
                     sl_right_name(right));
}

/* Answers are added up from tables in which what came in a flood may not be yet, a second's worth of work. It is done in portions, one
 * a turn, so that the other sessions go on meanwhile. Rankings of people follow what comes in and want none of it. */
static bool wants_tables(const struct sl_request *request)
{
    switch (request->kind) {
    case SL_REQUEST_MEASURES:
    case SL_REQUEST_TARGETS:
    case SL_REQUEST_STATEMENT: return true;
    case SL_REQUEST_RANK:
        return request->u.rank.dimension != SL_BY_NONE && request->u.rank.dimension != SL_BY_PERSON;
    case SL_REQUEST_LOG: return request->u.log.entity_kind != SL_ENTITY_NONE;
    case SL_REQUEST_NONE:
    case SL_REQUEST_APPEND:
    case SL_REQUEST_SUBSCRIBE:
    case SL_REQUEST_CANCEL:
    case SL_REQUEST_STATUS:
    case SL_REQUEST_ERASE:
    case SL_REQUEST_BACKUP: break;
    }
    return false;
}

static bool is_prepared(struct sl_core *core)
{
    if (core->is_preparing) {
        return false; /* this turn has had its portion */
    }
    core->is_preparing = !sl_ledger_prepare(core->ledger);
    return !core->is_preparing;
}

static uint64_t look_at_clock(struct sl_core *core)
{
    sl_core_look_at_clock(core);
    return core->now_us;
}

static enum sl_err handle(struct sl_exchange *exchange, struct sl_slice message)
{
    struct sl_core *core = exchange->core;
    enum sl_err err =
        sl_request_decode(message, &core->request_arena, &exchange->request, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    size_t kind = (size_t)exchange->request.kind;
    if (kind >= ROUTES || routes[kind].handle == NULL) {
        return sl_refuse(&exchange->diag, SL_E_UNSUPPORTED, "", "a request of kind %zu", kind);
    }
    exchange->session->is_appending = exchange->request.kind == SL_REQUEST_APPEND;
    err = ask_leave(exchange);
    if (err == SL_OK && routes[kind].may_be_long && sl_long_must_wait(exchange->session)) {
        exchange->must_stand = true;
        return SL_OK;
    }
    if (err == SL_OK && routes[kind].may_be_long && sl_admission_is_late(core)) {
        err = SL_E_BUSY;
    }
    uint64_t began_us = routes[kind].may_be_long ? look_at_clock(core) : 0;
    if (err == SL_OK && wants_tables(&exchange->request)) {
        exchange->must_prepare = !is_prepared(core);
    }
    if (err == SL_OK && !exchange->must_prepare) {
        err = routes[kind].handle(exchange);
    }
    if (routes[kind].may_be_long) {
        uint64_t took_us = look_at_clock(core) - began_us;
        sl_askers_add(exchange->session);
        if (!exchange->must_prepare) {
            sl_long_asked(exchange->session, took_us);
        }
    } else {
        sl_long_others(exchange->session);
    }
    return err;
}

/* A read that failed for good leaves answers no one should trust, also those that took it for nothing found. */
static void check_state(struct sl_core *core)
{
    enum sl_err err = sl_state_error(sl_store_state(core->store));
    if (err != SL_OK) {
        sl_core_fail(core, err, "the state cannot be read");
    }
}

/* An answer that fits neither the memory for one nor a frame is no lack of memory, and whoever asked can do something about it. */
static enum sl_err explain_size(struct sl_exchange *exchange, enum sl_err err)
{
    const struct sl_arena *arena = &exchange->core->request_arena;
    size_t kind = (size_t)exchange->request.kind;
    const char *question = kind < ROUTES ? routes[kind].question : NULL;
    bool is_too_big = err == SL_E_TOO_BIG || (err == SL_E_NO_MEMORY && arena->was_full);
    if (question == NULL || !is_too_big || exchange->diag.message[0] != '\0') {
        return err;
    }
    return sl_refuse(
        &exchange->diag, SL_E_TOO_BIG, question,
        "an answer has at most %u bytes, and %zu MiB of memory to be made in; ask for a "
        "shorter period, a narrower scope or fewer measures",
        SL_FRAME_BYTES_MAX, arena->bytes_max >> 20);
}

static void refuse(struct sl_exchange *exchange, enum sl_err err)
{
    err = explain_size(exchange, err);
    sl_metrics_refused(&exchange->core->metrics, err);
    if (!exchange->is_lost) {
        struct sl_reply reply = sl_exchange_reply(exchange);
        exchange->is_lost = sl_reply_error(&reply, err, &exchange->diag) != SL_OK;
    }
}

enum sl_dispatched sl_dispatch(struct sl_client_session *session, struct sl_slice message)
{
    struct sl_core *core = session->core;
    sl_arena_reset(&core->request_arena);
    struct sl_exchange exchange;
    exchange.core = core;
    exchange.session = session;
    exchange.reflects = (sl_seq){0};
    exchange.must_wait = false;
    exchange.must_prepare = false;
    exchange.must_stand = false;
    exchange.must_go_on = false;
    exchange.is_lost = false;
    exchange.diag.field[0] = '\0';
    exchange.diag.message[0] = '\0';
    exchange.request.tag = 0;
    exchange.request.kind = SL_REQUEST_NONE;

    enum sl_err err = handle(&exchange, message);
    check_state(core);
    if (exchange.must_wait) {
        return SL_DISPATCH_WAIT;
    }
    if (exchange.must_go_on) {
        return SL_DISPATCH_LATER;
    }
    if (exchange.must_stand) {
        return SL_DISPATCH_STAND;
    }
    if (exchange.must_prepare) {
        return SL_DISPATCH_PREPARE;
    }
    if (err != SL_OK) {
        refuse(&exchange, err);
    } else {
        check_state(core); /* nothing leaves that was made of rows which could not be read */
    }
    sl_arena_reset(&core->request_arena);
    if (exchange.is_lost) {
        return SL_DISPATCH_LOST;
    }
    session->in_flight++;
    sl_outbox_answer(&session->outbox, reflected(&exchange), core->now_us, exchange.request.kind,
                     session->taken_us);
    return SL_DISPATCH_DONE;
}
