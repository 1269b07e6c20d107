/* Erasing a customer's personal fields: his key is destroyed on the journal's lane, and the request is handed in again when that is done.
 *
 *     an erasure is under way      the request waits, whoever it is of
 *     no key                       the customer is known: nothing to erase; unknown: NOT_FOUND
 *     key in memory                it waits until the batch that brought it is on disk
 *     key on disk                  the erasure begins; then the request comes again and is answered
 *     tombstone                    it was erased already */
#include <string.h>

#include "service/dispatch.h"
#include "service/internal.h"

static enum sl_err answer(struct sl_exchange *exchange, const struct sl_erased *erased)
{
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_erase(&reply, erased);
}

static enum sl_err
answer_erased(struct sl_exchange *exchange, const struct sl_key_found *found, bool was_already)
{
    struct sl_erased erased = {
        .customer = exchange->request.u.erase_customer,
        .had_data = true,
        .when = found->erased,
        .was_already = was_already,
    };
    return answer(exchange, &erased);
}

static enum sl_err answer_nothing(struct sl_exchange *exchange)
{
    struct sl_slice customer = exchange->request.u.erase_customer;
    if (!sl_ledger_knows(exchange->core->ledger, SL_ENTITY_CUSTOMER, customer)) {
        return sl_refuse(&exchange->diag, SL_E_NOT_FOUND, "erase.customer",
                         "no event names this customer");
    }
    struct sl_erased erased = {.customer = customer};
    return answer(exchange, &erased);
}

static enum sl_err begin(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    struct sl_slice customer = exchange->request.u.erase_customer;
    struct sl_slice actor = exchange->session->options.actor;
    struct sl_erasure erasure = {
        .customer_len = customer.len,
        .actor_len = actor.len,
        .when = core->now,
    };
    memcpy(erasure.customer, customer.data, customer.len);
    memcpy(erasure.actor, actor.data, actor.len);
    enum sl_err err = sl_store_erase(core->store, &erasure);
    exchange->session->has_erased = err == SL_OK;
    exchange->must_wait = err == SL_OK || err == SL_E_BUSY;
    return exchange->must_wait ? SL_OK : err;
}

enum sl_err sl_handle_erase(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    struct sl_slice customer = exchange->request.u.erase_customer;
    if (customer.len == 0) {
        return sl_refuse(&exchange->diag, SL_E_MISSING_FIELD, "erase.customer", "which customer");
    }
    if (sl_store_is_erasing(core->store)) {
        exchange->must_wait = true;
        return SL_OK;
    }
    bool is_ours = exchange->session->has_erased;
    exchange->session->has_erased = false;
    struct sl_key_found found;
    enum sl_err err = sl_store_key_find(core->store, customer, &found, NULL);
    if (err != SL_OK) {
        return err;
    }
    if (is_ours && found.erased.v != 0) {
        return answer_erased(exchange, &found, false); /* also if there is a new key by now */
    }
    switch (found.state) {
    case SL_KEY_NONE: return answer_nothing(exchange);
    case SL_KEY_LIVE: return begin(exchange);
    case SL_KEY_ERASED: return answer_erased(exchange, &found, true);
    }
    return SL_OK;
}
