/* Questions to the projections: each is asked, and the answer encoded, in one go. */
#include "service/dispatch.h"
#include "service/internal.h"

static enum sl_err refuse_at(struct sl_exchange *exchange, const char *field)
{
    return sl_refuse(&exchange->diag, SL_E_UNSUPPORTED, field,
                     "questions about an earlier position are not answered by this version");
}

static const char *currency_of(const struct sl_exchange *exchange)
{
    return sl_store_genesis(exchange->core->store)->currency;
}

enum sl_err sl_handle_measures(struct sl_exchange *exchange)
{
    const struct sl_measures_query *query = &exchange->request.u.measures;
    if (query->at.is_set) {
        return refuse_at(exchange, "measures.at");
    }
    struct sl_measures_answer answer = {0};
    struct sl_core *core = exchange->core;
    enum sl_err err =
        sl_ledger_measures(core->ledger, query, &core->request_arena, &answer, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_measures(&reply, currency_of(exchange), &answer);
}

enum sl_err sl_handle_targets(struct sl_exchange *exchange)
{
    struct sl_targets_query *query = &exchange->request.u.targets;
    if (query->at.is_set) {
        return refuse_at(exchange, "targets.at");
    }
    struct sl_core *core = exchange->core;
    if (query->today.v == SL_NO_DAY_V) {
        query->today = sl_core_day(core, core->now);
    }
    struct sl_targets_answer answer = {0};
    enum sl_err err =
        sl_ledger_targets(core->ledger, query, &core->request_arena, &answer, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_targets(&reply, currency_of(exchange), &answer);
}

enum sl_err sl_handle_rank(struct sl_exchange *exchange)
{
    struct sl_rank_query *query = &exchange->request.u.rank;
    if (query->at.is_set) {
        return refuse_at(exchange, "rank.at");
    }
    struct sl_rank_answer answer = {0};
    struct sl_core *core = exchange->core;
    /* What is on disk will do, and the answer need not wait; but whoever appends sees his own events. */
    sl_seq own = exchange->session->last_added;
    query->least = own.v > core->visible.v ? own : core->visible;
    enum sl_err err =
        sl_ledger_rank(core->ledger, query, &core->request_arena, &answer, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    exchange->reflects = answer.reflects;
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_rank(&reply, currency_of(exchange), &answer);
}

enum sl_err sl_handle_statement(struct sl_exchange *exchange)
{
    const struct sl_statement_query *query = &exchange->request.u.statement;
    if (query->at.is_set) {
        return refuse_at(exchange, "statement.at");
    }
    struct sl_statement_answer answer = {0};
    struct sl_core *core = exchange->core;
    enum sl_err err =
        sl_ledger_statement(core->ledger, query, &core->request_arena, &answer, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_statement(&reply, currency_of(exchange), &answer);
}
