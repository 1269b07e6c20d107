/* How the daemon is: positions, sizes, counts. */
#include <string.h>

#include "service/dispatch.h"
#include "service/internal.h"
#include "service/version.h"

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

static void fill_from_scrub(const struct sl_scrub_status *scrub, struct sl_status *status)
{
    status->scrub_seq = scrub->seq;
    status->scrub_part = scrub->part;
    status->scrub_parts = scrub->parts;
    status->scrub_passes = scrub->passes;
    status->scrub_bytes = scrub->bytes;
    status->scrub_errors = scrub->errors;
    status->scrub_last_error = scrub->last_error;
    status->scrub_last_pass_us = scrub->passed.v;
}

enum sl_err sl_handle_status(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    struct sl_status status = {
        .version = SL_VERSION,
        .sessions = core->stats.sessions,
        .subscriptions = core->stats.subscriptions,
        .refusals = sl_metrics_refusals(&core->metrics),
        .gate_held_us_max = core->metrics.gate_held_us_max,
        .policy = sl_ledger_policy(core->ledger),
        .undefined = sl_ledger_undefined_count(core->ledger),
        .actor = exchange->session->options.actor,
        .uptime_us = (int64_t)(core->now_us - core->opened_us),
    };
    struct sl_scrub_status scrub;
    sl_store_scrub_status(core->store, &scrub);
    fill_from_store(core, &status);
    sl_core_figures(core, &status.figures);
    status.memory_bytes += status.figures.memory.session_bytes;
    fill_from_scrub(&scrub, &status);
    struct sl_reply reply = sl_exchange_reply(exchange);
    return sl_reply_status(&reply, &status);
}
