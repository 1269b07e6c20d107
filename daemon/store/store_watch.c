/* Looking on: how long batches and checkpoints took, what waits, and what whoever runs the daemon should know of. */
#include <inttypes.h>

#include "base/log.h"
#include "store/store_impl.h"

#define SLOW_FLUSH_US 100000u   /* a flush that people notice */
#define SLOW_TELL_US  10000000u /* at most one line for them in this time */

static void tell_slow_flush(struct sl_store *store, uint64_t now_us)
{
    struct sl_store_watch *watch = &store->watch;
    bool was_told = watch->slow_told_us != 0 && now_us - watch->slow_told_us < SLOW_TELL_US;
    if (was_told) {
        watch->slow_untold++;
        return;
    }
    sl_log(SL_LOG_WARNING,
           "event=slow_flush seq=%" PRIu64 " bytes=%zu us=%" PRIu64 " untold=%" PRIu64,
           store->durable, store->flight.batch->bytes, store->flight.flush_us, watch->slow_untold);
    watch->slow_told_us = now_us;
    watch->slow_untold = 0;
}

void sl_store_watch_close(struct sl_store *store)
{
    struct sl_store_watch *watch = &store->watch;
    bool is_first = watch->closed_bytes == watch->checkpointed_bytes;
    watch->waiting_us = is_first ? store->flight.closed_us : watch->waiting_us;
    watch->closed_bytes += store->flight.batch->bytes;
}

void sl_store_watch_flight(struct sl_store *store)
{
    const struct sl_flight *flight = &store->flight;
    uint64_t now_us = sl_clock_monotonic_us(store->clock);
    sl_histogram_add(&store->watch.commit_us, now_us - flight->closed_us, 1);
    sl_histogram_add(&store->watch.flush_us, flight->flush_us, 1);
    if (flight->flush_us >= SLOW_FLUSH_US) {
        tell_slow_flush(store, now_us);
    }
}

void sl_store_watch_checkpoint(struct sl_store *store, uint64_t before)
{
    const struct sl_checkpoint_run *run = &store->checkpoint;
    struct sl_store_watch *watch = &store->watch;
    struct sl_store_stats *stats = &store->stats;
    uint64_t now_us = sl_clock_monotonic_us(store->clock);
    uint64_t took_us = now_us - run->started_us;
    stats->checkpoints++;
    stats->checkpoint_us_last = took_us;
    if (took_us > stats->checkpoint_us_max) {
        stats->checkpoint_us_max = took_us;
    }
    sl_log(SL_LOG_DEBUG,
           "event=checkpoint seq=%" PRIu64 " events=%" PRIu64 " bytes=%" PRIu64 " us=%" PRIu64,
           store->meta.checkpointed, store->meta.checkpointed - before,
           run->closed_bytes - watch->checkpointed_bytes, took_us);
    watch->checkpoint_bytes = run->closed_bytes - watch->checkpointed_bytes;
    watch->checkpointed_bytes = run->closed_bytes;
    watch->checkpointed_us = now_us;
    watch->waiting_us = run->frozen_us; /* what waits was closed since */
}

static void fill_queues(const struct sl_store *store, struct sl_queue_figures *queues)
{
    const struct sl_batch *batch = store->flight.is_flying ? store->flight.batch : NULL;
    queues->gathering_events = store->ring.gathering.count;
    queues->gathering_bytes = store->ring.gathering.bytes;
    queues->flying_events = batch == NULL ? 0 : batch->count;
    queues->flying_bytes = batch == NULL ? 0 : batch->bytes;
}

static void fill_journal(const struct sl_store *store, struct sl_journal_figures *figures)
{
    struct sl_journal_state state;
    store->journal->look(store->journal, &state);
    uint64_t closed = store->ring.next_seq - store->ring.gathering.count - 1;
    uint64_t age_us = sl_clock_monotonic_us(store->clock) - store->watch.waiting_us;
    *figures = (struct sl_journal_figures){
        .waiting_events = closed - store->meta.checkpointed,
        .waiting_bytes = store->watch.closed_bytes - store->watch.checkpointed_bytes,
        .segments = state.segments,
        .segments_free = state.segments_free,
        .segment_bytes = state.segment_bytes,
        .generation = state.generation,
        .age_us = closed > store->meta.checkpointed ? age_us : 0,
    };
}

static void fill_checkpoint(const struct sl_store *store, struct sl_checkpoint_figures *figures)
{
    *figures = (struct sl_checkpoint_figures){
        .age_us = sl_clock_monotonic_us(store->clock) - store->watch.checkpointed_us,
        .us_max = store->stats.checkpoint_us_max,
        .is_running = store->checkpoint.phase == SL_CHECKPOINT_WAITING ||
                      store->checkpoint.phase == SL_CHECKPOINT_RUNNING,
        .ring_bytes = store->ring.bytes,
        .ring_bytes_max = store->ring_bytes_max,
        .state_bytes = sl_state_bytes(store->state),
        .state_bytes_max = store->options.state_bytes_max,
        .bytes_last = store->watch.checkpoint_bytes,
    };
}

static void
add_latency(struct sl_figures *figures, const char *name, const struct sl_histogram *histogram)
{
    SL_ASSERT(figures->latency_count < SL_LATENCIES_MAX);
    figures->latencies[figures->latency_count] = (struct sl_latency){name, NULL, histogram};
    figures->latency_count++;
}

void sl_store_figures(const struct sl_store *store, struct sl_figures *figures)
{
    figures->events = store->stats.events;
    figures->event_bytes = store->stats.journal_bytes;
    figures->disk_needed_bytes = store->watch.needed_bytes;
    figures->refuses_for_space = sl_store_refuses_for_space(store);
    add_latency(figures, "commit", &store->watch.commit_us);
    add_latency(figures, "flush", &store->watch.flush_us);
    fill_queues(store, &figures->queues);
    fill_journal(store, &figures->journal);
    fill_checkpoint(store, &figures->checkpoint);
    sl_env_look(&store->env, &figures->database);
}

uint64_t sl_store_recovered_batches(const struct sl_store *store)
{
    return store->watch.recovered_batches;
}
