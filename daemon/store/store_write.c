/* The way to disk: gather, submit, durable, freeze, checkpoint. All on the loop thread but the three `work` functions. */
#include <inttypes.h>
#include <string.h>

#include "store/store_impl.h"

#define FREE_CHECK_US    100000 /* a tick asks statvfs at most this often */
#define LOADED_INTERVALS 5
#define QUICK_FLUSH_US   1000
#define LOOK_BYTES                                                                                 \
    ((size_t)128 * 1024) /* space and layers are measured every so many bytes of records */

void sl_store_stop(struct sl_store *store, const struct sl_diag *why)
{
    if (store->is_stopped) {
        return;
    }
    store->is_stopped = true;
    if (store->options.on_stopped != NULL) {
        store->options.on_stopped(store->options.ctx, why);
    }
}

/* ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err check_condition(const struct sl_store *store)
{
    if (store->is_stopped) {
        return SL_E_STOPPED;
    }
    if (store->options.executor == NULL) {
        return SL_E_UNSUPPORTED; /* opened for reading */
    }
    if (store->scrub.status.errors > 0) {
        return SL_E_CORRUPT;
    }
    if (store->is_space_low || store->is_segment_refused) {
        return SL_E_NO_SPACE;
    }
    return SL_OK;
}

/* `bytes` as they will lie in the batch; the ring also holds the Merkle nodes. */
static enum sl_err check_room(const struct sl_store *store, size_t events, size_t bytes)
{
    size_t held = bytes + events * SL_RING_NODE_BYTES;
    if (bytes > store->batch_bytes_max || held > store->ring_bytes_max) {
        return SL_E_TOO_BIG;
    }
    if (!sl_keys_may_add(store->keys, events) ||
        store->ring.gathering.bytes + bytes > store->batch_bytes_max ||
        store->ring.bytes + held > store->ring_bytes_max ||
        store->state_bytes > store->options.state_bytes_max) {
        return SL_E_BUSY;
    }
    return SL_OK;
}

static void look_if_due(struct sl_store *store)
{
    if (store->bytes_since_look >= LOOK_BYTES || !store->has_measured ||
        store->state_bytes > store->options.state_bytes_max) {
        store->bytes_since_look = 0;
        sl_store_foresee_space(store);
        store->state_bytes = sl_state_bytes(store->state);
    }
}

enum sl_err sl_store_may_add(struct sl_store *store, size_t events, size_t bytes)
{
    look_if_due(store);
    enum sl_err err = check_condition(store);
    if (err != SL_OK) {
        return err;
    }
    size_t extra = SL_RECORD_PREFIX_BYTES + SL_RECORD_HEADER_BYTES;
    size_t total;
    if (__builtin_mul_overflow(events, extra, &total) ||
        __builtin_add_overflow(total, bytes, &total)) {
        return SL_E_TOO_BIG;
    }
    return check_room(store, events, total);
}

/* ── gathering ────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct sl_record
describe(const struct sl_draft *draft, sl_seq seq, sl_time recorded, struct sl_slice bytes)
{
    return (struct sl_record){
        .seq = seq,
        .recorded = recorded,
        .effective = draft->effective,
        .id = draft->id,
        .type = draft->type,
        .actor = {bytes.data + SL_RECORD_HEADER_BYTES, draft->actor.len},
        .event = {bytes.data + SL_RECORD_HEADER_BYTES + draft->actor.len, draft->event.len},
        .bytes = bytes,
    };
}

enum sl_err sl_store_add(struct sl_store *store,
                         sl_time now,
                         const struct sl_draft *draft,
                         struct sl_record *ret_record)
{
    SL_ASSERT(store->has_applied || store->options.executor == NULL);
    look_if_due(store);
    enum sl_err err = check_condition(store);
    if (err != SL_OK) {
        return err;
    }
    if (draft->event.len > SL_EVENT_BYTES_MAX || draft->actor.len > SL_ID_TEXT_BYTES_MAX) {
        return SL_E_TOO_BIG;
    }
    size_t size = sl_record_size(draft);
    store->bytes_since_look += size;
    err = check_room(store, 1, SL_RECORD_PREFIX_BYTES + size);
    if (err != SL_OK) {
        return err;
    }
    sl_seq seq = {store->ring.next_seq};
    uint8_t *bytes;
    err = sl_ring_add(&store->ring, size, &bytes);
    if (err != SL_OK) {
        return err;
    }
    sl_time recorded = now.v > store->last_recorded.v ? now : store->last_recorded;
    store->last_recorded = recorded;
    sl_record_encode(draft, recorded, bytes);
    *ret_record = describe(draft, seq, recorded, (struct sl_slice){bytes, size});
    return SL_OK;
}

void sl_store_retract(struct sl_store *store, sl_seq head)
{
    sl_ring_retract(&store->ring, head.v + 1);
    sl_keys_retract(store->keys, head.v + 1);
}

/* ── checkpoint ───────────────────────────────────────────────────────────────────────────────────────────────── */

static void checkpoint_work(struct sl_job *job)
{
    struct sl_checkpoint_run *run = (struct sl_checkpoint_run *)job;
    run->err = sl_checkpoint_write(&run->plan, &run->diag);
}

void sl_store_trim(struct sl_store *store)
{
    if (store->pages_open > 0) {
        store->is_trim_wanted = true;
        return;
    }
    store->is_trim_wanted = false;
    sl_ring_trim(&store->ring, store->meta.checkpointed);
}

static void checkpoint_done(struct sl_job *job)
{
    struct sl_checkpoint_run *run = (struct sl_checkpoint_run *)job;
    struct sl_store *store = run->store;
    run->phase = SL_CHECKPOINT_IDLE;
    if (store->is_stopped) {
        return; /* perhaps within a batch that nobody will take back: the state stays as it is */
    }
    enum sl_err err = run->err;
    if (err == SL_OK) {
        err = sl_state_refresh(store->state);
        sl_diag_wrap(&run->diag, "checkpoint: look at the new state");
    }
    if (err != SL_OK) {
        sl_store_stop(store, &run->diag);
        return;
    }
    uint64_t before = store->meta.checkpointed;
    store->meta = run->plan.head;
    sl_store_trim(store);
    store->is_flooded = store->ring.bytes >= store->options.checkpoint_bytes / 4 * 3;
    sl_store_measure_space(store); /* less is to be written now, and less is free */
    sl_store_watch_checkpoint(store, before);
    if (store->is_segment_refused && !store->journal->wants_prepare(store->journal)) {
        store->is_segment_refused = false; /* a recycled segment will do */
    }
    if (store->is_submit_wanted) {
        sl_store_submit(store);
    }
}

static void start_checkpoint_if_durable(struct sl_store *store)
{
    struct sl_checkpoint_run *run = &store->checkpoint;
    if (run->phase != SL_CHECKPOINT_WAITING || run->plan.head.checkpointed > store->durable) {
        return;
    }
    SL_ASSERT(store->tree_durable.size == run->plan.head.checkpointed);
    sl_merkle_root(&store->tree_durable, &store->sha_loop, run->plan.head.root);
    run->plan.head.generation =
        run->plan.last != NULL ? run->plan.last->generation : store->meta.generation;
    run->phase = SL_CHECKPOINT_RUNNING;
    run->started_us = sl_clock_monotonic_us(store->clock);
    run->job = (struct sl_job){.work = checkpoint_work, .done = checkpoint_done};
    store->options.executor->submit(store->options.executor, SL_LANE_CHECKPOINT, &run->job);
}

/* What the last checkpoint added to the file, as the next one is likely to. In a flood it would be a thirtieth of the throughput, and
 * those who wait then wait for other things. */
static uint64_t bytes_to_cache(struct sl_store *store)
{
    uint64_t before = store->used_bytes;
    uint64_t used = sl_env_used_bytes(&store->env);
    store->used_bytes = used;
    return before == 0 || used < before || store->is_flooded ? 0 : used - before;
}

/* At a batch boundary: the state reflects exactly the closed batches. */
static void freeze(struct sl_store *store)
{
    SL_ASSERT(store->ring.gathering.count == 0);
    SL_ASSERT(store->checkpoint.phase == SL_CHECKPOINT_IDLE);
    struct sl_checkpoint_run *run = &store->checkpoint;
    sl_store_trim(store); /* so that the first batch of the ring is the first after S */
    run->plan = (struct sl_checkpoint){
        .env = &store->env,
        .state = store->state,
        .ops = store->is_space_low ? NULL : store->ops,
        .cache_bytes = bytes_to_cache(store),
        .journal = store->journal,
        .last = store->ring.last_batch,
        .head = store->meta,
    };
    struct sl_batch *first = store->ring.first_batch;
    while (first != NULL && first->first_seq <= store->meta.checkpointed) {
        first = first->next; /* kept for open pages only */
    }
    run->plan.first = first;
    run->plan.last = first != NULL ? store->ring.last_batch : NULL;
    run->plan.head.checkpointed = store->ring.next_seq - 1;
    run->plan.head.last_recorded = store->last_recorded.v;
    run->closed_bytes = store->watch.closed_bytes;
    run->frozen_us = sl_clock_monotonic_us(store->clock);
    run->diag = (struct sl_diag){0};
    sl_state_freeze(store->state);
    run->phase = SL_CHECKPOINT_WAITING;
    store->is_checkpoint_wanted = false;
    start_checkpoint_if_durable(store);
}

/* A checkpoint's bytes reach the disk at once, and the flush of a batch waits behind them. In a flood, where much of a large one has
 * come when one ends, large ones copy fewer pages; else they are a quarter as large, so that nobody waits as long. */
static uint64_t due_bytes(const struct sl_store *store)
{
    return store->options.checkpoint_bytes / (store->is_flooded ? 1 : 4);
}

static bool has_news(const struct sl_store *store)
{
    return store->ring.next_seq - 1 > store->meta.checkpointed;
}

static bool is_due(const struct sl_store *store)
{
    if (store->checkpoint.phase != SL_CHECKPOINT_IDLE) {
        return false;
    }
    /* Rows of the layer before go only with the freeze after theirs. Those of a batch that was taken back are no news, and the next is to
     * find half of the memory free (sl_store_share_max). */
    size_t bytes = sl_state_bytes(store->state);
    size_t max = store->options.state_bytes_max;
    if (!has_news(store)) {
        return bytes >= max / 2;
    }
    return store->is_checkpoint_wanted || store->ring.bytes >= due_bytes(store) ||
           sl_state_active_bytes(store->state) >= max / 4 || bytes >= max / 4 * 3;
}

void sl_store_checkpoint_soon(struct sl_store *store)
{
    store->is_checkpoint_wanted = true;
}

/* ── the next segment ─────────────────────────────────────────────────────────────────────────────────────────── */

static void prepare_work(struct sl_job *job)
{
    struct sl_prepare_run *run = (struct sl_prepare_run *)job;
    run->err = run->store->journal->prepare(run->store->journal, &run->diag);
}

static void prepare_done(struct sl_job *job)
{
    struct sl_prepare_run *run = (struct sl_prepare_run *)job;
    struct sl_store *store = run->store;
    run->is_running = false;
    store->is_segment_refused = run->err == SL_E_NO_SPACE;
    if (run->err == SL_E_NO_MEMORY) {
        return; /* given up; a tick tries again, and whoever waits goes on waiting */
    }
    if (run->err != SL_OK && run->err != SL_E_NO_SPACE) {
        sl_store_stop(store, &run->diag);
        return;
    }
    if (store->is_submit_wanted) {
        sl_store_submit(store);
    }
}

static void prepare_if_wanted(struct sl_store *store)
{
    struct sl_prepare_run *run = &store->prepare;
    if (run->is_running || store->is_stopped || !store->journal->wants_prepare(store->journal)) {
        return;
    }
    if (!store->is_submit_wanted) {
        sl_store_measure_space(store);
        if (store->is_space_low) {
            return; /* a tick tries again; only a batch that waits may draw on the reserve */
        }
    }
    run->is_running = true;
    run->job = (struct sl_job){.work = prepare_work, .done = prepare_done};
    store->options.executor->submit(store->options.executor, SL_LANE_SEGMENT, &run->job);
}

/* ── flight ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void flight_work(struct sl_job *job)
{
    struct sl_flight *flight = (struct sl_flight *)job;
    struct sl_store *store = flight->store;
    struct sl_batch *batch = flight->batch;
    uint64_t begun_us = sl_clock_monotonic_us(store->clock);
    sl_batch_hash(batch, &store->tree_lane, &store->sha_lane);
    struct iovec parts[SL_BATCH_PARTS_MAX];
    struct sl_journal_batch frame = {
        .first_seq = batch->first_seq,
        .count = batch->count,
        .len = (uint32_t)batch->bytes,
        .parts = parts,
        .part_count = sl_batch_parts(batch, parts),
    };
    flight->err = flight->has_keys ? sl_keys_commit(store->keys, &flight->diag) : SL_OK;
    uint64_t hashed_us = sl_clock_monotonic_us(store->clock);
    if (flight->err == SL_OK) {
        flight->err =
            store->journal->submit(store->journal, &frame, &batch->generation, &flight->diag);
    }
    uint64_t ended_us = sl_clock_monotonic_us(store->clock);
    flight->flush_us = ended_us - hashed_us;
    flight->took_us = ended_us - begun_us;
}

static void flight_done(struct sl_job *job)
{
    struct sl_flight *flight = (struct sl_flight *)job;
    struct sl_store *store = flight->store;
    const struct sl_batch *batch = flight->batch;
    flight->is_flying = false;
    if (flight->err != SL_OK) {
        sl_store_stop(store, &flight->diag);
        return;
    }
    if (flight->has_keys) {
        sl_keys_committed(store->keys);
    }
    store->durable = batch->first_seq + batch->count - 1;
    store->tree_durable = store->tree_lane;
    store->stats.batches++;
    store->stats.flushes++;
    store->stats.events += batch->count;
    store->stats.journal_bytes += batch->bytes;
    sl_store_watch_flight(store);
    start_checkpoint_if_durable(store);
    prepare_if_wanted(store);
    if (store->options.on_durable != NULL) {
        store->options.on_durable(store->options.ctx, (sl_seq){store->durable});
    }
    if (store->is_submit_wanted) {
        sl_store_submit(store);
    }
}

/* What is made durable must rest on a state that could be read. */
static bool is_state_sound(struct sl_store *store)
{
    struct sl_diag diag = {0};
    if (sl_state_explain(store->state, &diag) == SL_OK) {
        return true;
    }
    sl_store_stop(store, &diag);
    return false;
}

/* To hand a batch to the lane and to learn that it is done takes two threads' waking up, which is about as long as a flush. For a few
 * events the loop is quicker by itself, and who writes meanwhile would have to wait for that flush anyway. Not where the flush may take
 * long: behind the writes of others, or on a disk that was slow the last time; nor where keys are to be written first. */
static bool may_write_itself(const struct sl_store *store, uint32_t own_events_max)
{
    return store->flight.batch->count <= own_events_max && !store->flight.has_keys &&
           store->checkpoint.phase != SL_CHECKPOINT_RUNNING && !store->prepare.is_running &&
           store->flight.took_us <= QUICK_FLUSH_US;
}

void sl_store_submit(struct sl_store *store)
{
    sl_store_submit_own(store, 0);
}

void sl_store_submit_own(struct sl_store *store, uint32_t own_events_max)
{
    if (store->is_stopped || store->flight.is_flying || store->ring.gathering.count == 0 ||
        !is_state_sound(store)) {
        return;
    }
    sl_store_foresee_space(store);
    if (!store->journal->has_room(store->journal, store->ring.gathering.bytes)) {
        store->is_submit_wanted = true;
        prepare_if_wanted(store);
        return;
    }
    struct sl_batch *batch;
    if (sl_ring_close_batch(&store->ring, &batch) != SL_OK) {
        store->is_submit_wanted = true; /* out of memory: it goes on gathering until a later call */
        return;
    }
    store->is_submit_wanted = false;
    store->flight.is_flying = true;
    store->flight.batch = batch;
    store->flight.closed_us = sl_clock_monotonic_us(store->clock);
    sl_store_watch_close(store);
    store->flight.has_keys = sl_keys_close_batch(store->keys);
    store->flight.job = (struct sl_job){.work = flight_work, .done = flight_done};
    if (is_due(store) && sl_store_has_checkpoint_room(store)) {
        freeze(store);
    }
    if (may_write_itself(store, own_events_max)) {
        flight_work(&store->flight.job);
        flight_done(&store->flight.job);
        return;
    }
    store->options.executor->submit(store->options.executor, SL_LANE_JOURNAL, &store->flight.job);
}

/* ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void look_at_space(struct sl_store *store, sl_time now)
{
    bool was_asked = store->has_ticked && now.v - store->space_at.v < FREE_CHECK_US;
    if (was_asked && now.v >= store->space_at.v) {
        return;
    }
    store->space_at = now;
    sl_store_measure_space(store);
    if (store->is_space_low) {
        store->is_checkpoint_wanted = true; /* what it writes needs no room in reserve any more */
    } else {
        prepare_if_wanted(store); /* put off or failed while space was low */
    }
}

/* Under steady load the bytes decide: a checkpoint each second would write the same pages over and over, and every journal
 * flush waits behind its writes. */
static int64_t interval_us(const struct sl_store *store)
{
    bool is_loaded = store->ring.bytes > store->options.checkpoint_bytes / 8;
    return (int64_t)store->options.checkpoint_ms * 1000 * (is_loaded ? LOADED_INTERVALS : 1);
}

void sl_store_tick(struct sl_store *store, sl_time now)
{
    if (store->is_stopped || store->options.executor == NULL || !store->has_applied) {
        return;
    }
    look_at_space(store, now);
    sl_store_scrub(store, now);
    if (!store->has_ticked || now.v < store->checkpoint_at.v) {
        store->checkpoint_at = now; /* the first tick, or the clock was set back */
    }
    store->has_ticked = true;
    int64_t age_us = now.v - store->checkpoint_at.v;
    if (age_us >= interval_us(store)) {
        store->is_checkpoint_wanted = true;
        store->checkpoint_at = now;
    }
    /* While a batch gathers, the freeze waits for its submit. */
    if (store->ring.gathering.count == 0 && is_due(store) && is_state_sound(store) &&
        sl_store_has_checkpoint_room(store)) {
        freeze(store);
    }
}

/* ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool has_jobs(const struct sl_store *store)
{
    return store->flight.is_flying || store->prepare.is_running || store->scrub.is_running ||
           store->checkpoint.phase == SL_CHECKPOINT_RUNNING || store->erase.is_running;
}

void sl_store_wait(struct sl_store *store)
{
    bool has_waited = true;
    while (has_waited && has_jobs(store)) {
        has_waited = store->options.executor->wait(store->options.executor);
    }
}

void sl_store_finish(struct sl_store *store)
{
    sl_store_wait(store);
    sl_store_submit(store);
    sl_store_wait(store);
    /* If the last batch found no room, the state is ahead of the journal and must not be written. */
    bool is_at_boundary = store->ring.gathering.count == 0 && store->has_applied;
    if (!store->is_stopped && is_at_boundary && has_news(store) && is_state_sound(store) &&
        sl_store_has_checkpoint_room(store)) {
        freeze(store);
        sl_store_wait(store);
    }
}
