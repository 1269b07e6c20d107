/* How the daemon is: positions, sizes, counts. */
#include <string.h>

#include "service/dispatch.h"
#include "service/internal.h"
#include "service/version.h"

static size_t session_bytes(const struct sl_core *core)
{
    size_t bytes = 0;
    sl_list_each (link, &core->sessions) {
        const struct sl_client_session *session =
            sl_list_entry(link, struct sl_client_session, link);
        bytes += sizeof *session + session->input.capacity + session->outbox.bytes.capacity +
                 session->outbox.hold_capacity * sizeof(struct sl_hold);
    }
    return bytes;
}

static void fill_from_store(const struct sl_core *core, struct sl_status *status)
{
    const struct sl_genesis *genesis = sl_store_genesis(core->store);
    memcpy(status->ledger_id, genesis->ledger_id, sizeof status->ledger_id);
    status->timezone = genesis->timezone;
    status->currency = genesis->currency;
    status->head = sl_store_head(core->store).v;
    status->durable = sl_store_durable(core->store).v;
    status->checkpointed = sl_store_checkpointed(core->store).v;
    sl_store_root(core->store, &status->tree_size, status->tree_root);

    struct sl_store_stats stats = {0};
    sl_store_stats(core->store, &stats);
    status->batches = stats.batches;
    status->checkpoints = stats.checkpoints;
    status->checkpoint_us_last = stats.checkpoint_us_last;
    status->disk_free_bytes = stats.free_bytes;
    status->memory_bytes = stats.ring_bytes + stats.state_bytes;
}

enum sl_err sl_handle_status(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    struct sl_status status = {
        .version = SL_VERSION,
        .sessions = core->stats.sessions,
        .subscriptions = core->stats.subscriptions,
        .refusals = core->stats.refusals,
        .gate_held_us_max = core->stats.gate_held_us_max,
        .policy = sl_ledger_policy(core->ledger),
        .undefined = sl_ledger_undefined_count(core->ledger),
        .actor = exchange->session->options.actor,
        .uptime_us = (int64_t)(core->now_us - core->opened_us),
    };
    fill_from_store(core, &status);
    status.memory_bytes += session_bytes(core);
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_status(&reply, &status);
}
