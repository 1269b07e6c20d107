/* The way to disk: gather, submit, durable, and the next segment. All on the loop thread but the two `work` functions. */
#include "store/store_impl.h"

#define FREE_CHECK_US  100000 /* a tick asks statvfs at most this often */
#define QUICK_FLUSH_US 1000
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
    store->moves++;
    if (run->err != SL_OK && run->err != SL_E_NO_SPACE) {
        sl_store_stop(store, &run->diag);
    }
}

static void prepare_if_wanted(struct sl_store *store)
{
    struct sl_prepare_run *run = &store->prepare;
    if (run->is_running || store->is_stopped || !store->journal->wants_prepare(store->journal)) {
        return;
    }
    sl_store_measure_space(store);
    if (store->is_space_low) {
        return; /* a tick tries again */
    }
    run->is_running = true;
    run->job = (struct sl_job){.work = prepare_work, .done = prepare_done};
    store->options.executor->submit(store->options.executor, SL_LANE_SEGMENT, &run->job);
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
    if (sl_store_refuses_for_space(store)) {
        return SL_E_NO_SPACE;
    }
    return SL_OK;
}

/* Has the journal a place for the gathering batch with so many bytes, behind the one in flight? What is accepted must not have to wait for a
 * segment: there might never be space for one. */
static bool has_journal_room(struct sl_store *store, size_t bytes)
{
    uint64_t gathering = store->ring.gathering.bytes + bytes;
    if (gathering <= store->gathering_max) {
        return true;
    }
    const struct sl_batch *flying = store->flight.batch;
    struct sl_journal_batch ahead = {0};
    if (store->flight.is_flying) {
        ahead = (struct sl_journal_batch){.first_seq = flying->first_seq,
                                          .len = (uint32_t)flying->bytes};
    }
    store->gathering_max =
        store->journal->room(store->journal, store->flight.is_flying ? &ahead : NULL);
    if (gathering > store->gathering_max) {
        prepare_if_wanted(store);
    }
    return gathering <= store->gathering_max;
}

/* `bytes` as they will lie in the batch; the ring also holds the Merkle nodes. */
static enum sl_err check_room(struct sl_store *store, size_t events, size_t bytes)
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
    if (!has_journal_room(store, bytes)) {
        return sl_store_refuses_for_space(store) ? SL_E_NO_SPACE : SL_E_BUSY;
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
    sl_store_start_checkpoint(store);
    prepare_if_wanted(store);
    if (store->options.on_durable != NULL) {
        store->options.on_durable(store->options.ctx, (sl_seq){store->durable});
    }
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
        !sl_store_is_sound(store)) {
        return;
    }
    sl_store_foresee_space(store);
    struct sl_batch *batch;
    if (sl_ring_close_batch(&store->ring, &batch) != SL_OK) {
        return; /* out of memory: it goes on gathering until a later call */
    }
    store->gathering_max = 0;
    store->flight.is_flying = true;
    store->flight.batch = batch;
    store->flight.closed_us = sl_clock_monotonic_us(store->clock);
    sl_store_watch_close(store);
    store->flight.has_keys = sl_keys_close_batch(store->keys);
    store->flight.job = (struct sl_job){.work = flight_work, .done = flight_done};
    sl_store_freeze_if_due(store);
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
    sl_store_resume_checkpoint(store, now);
}

void sl_store_tick(struct sl_store *store, sl_time now)
{
    if (store->is_stopped || store->options.executor == NULL || !store->has_applied) {
        return;
    }
    look_at_space(store, now);
    sl_store_scrub(store, now);
    sl_store_checkpoint_in_time(store, now);
    store->has_ticked = true;
    /* While a batch gathers, the freeze waits for its submit. */
    if (store->ring.gathering.count == 0) {
        sl_store_freeze_if_due(store);
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
    /* If there was no memory for the last batch, the state is ahead of the journal and must not be written. Nor is a checkpoint that was put
     * off: its owner has closed by now, and with it the backlog that was frozen. The journal has all of it. */
    if (!store->is_stopped && store->ring.gathering.count == 0 && store->has_applied) {
        sl_store_freeze_last(store);
        sl_store_wait(store);
    }
    if (!store->is_stopped) {
        sl_env_give_back(&store->env,
                         sl_env_size(store->env.mdb).file); /* kept for checkpoints to come */
    }
}
