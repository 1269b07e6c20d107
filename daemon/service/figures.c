/* How the daemon is doing, gathered when somebody asks: a walk over all sessions and their subscriptions. */
#include "base/resident.h"
#include "service/internal.h"

static void add_session(const struct sl_client_session *session, struct sl_figures *figures)
{
    size_t buffers = session->input.capacity + session->outbox.bytes.capacity +
                     session->outbox.hold_capacity * sizeof(struct sl_hold);
    figures->memory.session_bytes += sizeof *session + buffers;
    figures->queues.replies_held += session->in_flight;
    figures->queues.output_bytes += sl_outbox_len(&session->outbox);
    figures->queues.input_bytes += session->input.len - session->input_used;
    figures->queues.sessions_deferred += !sl_list_is_empty(&session->deferred_link);
    figures->queues.sessions_stalled += session->stall != SL_STALL_NONE;
}

static void add_feeds(const struct sl_client_session *session,
                      sl_seq visible,
                      struct sl_subscriber_figures *subscribers)
{
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX; i++) {
        const struct sl_feed *feed = &session->feeds.feeds[i];
        if (!feed->is_live || feed->next.v > visible.v) {
            continue;
        }
        uint64_t lag = visible.v + 1 - feed->next.v;
        subscribers->behind++;
        subscribers->lag_sum += lag;
        subscribers->lag_max = lag > subscribers->lag_max ? lag : subscribers->lag_max;
    }
}

void sl_core_note_rates(struct sl_core *core)
{
    struct sl_store_stats stats = {0};
    sl_store_stats(core->store, &stats);
    struct sl_counters now = {stats.events, stats.journal_bytes, core->metrics.requests};
    sl_rates_note(&core->rates, core->now_us, &now);
}

void sl_core_figures(struct sl_core *core, struct sl_figures *figures)
{
    *figures = (struct sl_figures){0};
    sl_metrics_fill(&core->metrics, figures);
    sl_store_figures(core->store, figures);
    sl_core_note_rates(core);
    sl_rates_fill(&core->rates, figures);
    sl_list_each (link, &core->sessions) {
        const struct sl_client_session *session =
            sl_list_entry(link, struct sl_client_session, link);
        add_session(session, figures);
        add_feeds(session, core->visible, &figures->subscribers);
    }
    sl_resident(&figures->memory.resident_bytes, &figures->memory.anonymous_bytes);
}
