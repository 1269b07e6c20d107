/* Checkpoints: when one is due, its freeze, its way to the disk, and what follows. On the loop's thread, but for checkpoint_work. */
#include "store/store_impl.h"

#define LOADED_INTERVALS  5
#define RETRY_US          INT64_C(100000)
#define RETRY_DOUBLED_MAX 6u
#define RETRY_US_MAX      (RETRY_US << RETRY_DOUBLED_MAX)

/* What is made durable must rest on a state that could be read. */
bool sl_store_is_sound(struct sl_store *store)
{
    struct sl_diag diag = {0};
    if (sl_state_explain(store->state, &diag) == SL_OK) {
        return true;
    }
    sl_store_stop(store, &diag);
    return false;
}

static void checkpoint_work(struct sl_job *job)
{
    struct sl_checkpoint_run *run = (struct sl_checkpoint_run *)job;
    run->err = sl_checkpoint_write(&run->plan, &run->finds_no_room, &run->diag);
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
    store->moves++;
    if (store->is_stopped) {
        return; /* perhaps within a batch that nobody will take back: the state stays as it is */
    }
    if (run->finds_no_room) {
        run->phase = SL_CHECKPOINT_PUT_OFF;
        sl_store_tell_put_off(store);
        return;
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
    store->is_put_off = false;
    run->tries = 0;
    run->ready_at = (sl_time){0};
    sl_store_trim(store);
    store->is_flooded = store->ring.bytes >= store->options.checkpoint_bytes / 4 * 3;
    sl_store_measure_space(store); /* less is to be written now, and less is free */
    sl_store_watch_checkpoint(store, before);
}

static void hand_over(struct sl_store *store)
{
    struct sl_checkpoint_run *run = &store->checkpoint;
    run->phase = SL_CHECKPOINT_RUNNING;
    run->started_us = sl_clock_monotonic_us(store->clock);
    run->diag = (struct sl_diag){0};
    run->job = (struct sl_job){.work = checkpoint_work, .done = checkpoint_done};
    store->options.executor->submit(store->options.executor, SL_LANE_CHECKPOINT, &run->job);
}

void sl_store_start_checkpoint(struct sl_store *store)
{
    struct sl_checkpoint_run *run = &store->checkpoint;
    if (run->phase != SL_CHECKPOINT_WAITING || run->plan.head.checkpointed > store->durable) {
        return;
    }
    SL_ASSERT(store->tree_durable.size == run->plan.head.checkpointed);
    sl_merkle_root(&store->tree_durable, &store->sha_loop, run->plan.head.root);
    run->plan.head.generation =
        run->plan.last != NULL ? run->plan.last->generation : store->meta.generation;
    hand_over(store);
}

/* Where it finds none although the disk seems to have some (a quota, or more than LMDB keeps in memory), each try waits twice as long. */
void sl_store_resume_checkpoint(struct sl_store *store, sl_time now)
{
    struct sl_checkpoint_run *run = &store->checkpoint;
    bool is_waiting = now.v < run->ready_at.v && run->ready_at.v - now.v <= RETRY_US_MAX;
    if (run->phase != SL_CHECKPOINT_PUT_OFF || is_waiting || !sl_store_has_checkpoint_room(store)) {
        return;
    }
    unsigned doubled = run->tries < RETRY_DOUBLED_MAX ? run->tries : RETRY_DOUBLED_MAX;
    run->ready_at = (sl_time){now.v + (RETRY_US << doubled)};
    run->tries++;
    hand_over(store);
}

/* What the last checkpoint added to the file, as the next one is likely to. In a flood it would be a thirtieth of the throughput, and
 * those who wait then wait for other things. */
static uint64_t bytes_to_cache(struct sl_store *store)
{
    uint64_t before = store->used_bytes;
    store->end_bytes = sl_env_end(&store->env);
    uint64_t used = sl_env_used_bytes(&store->env);
    store->used_bytes = used;
    return before == 0 || used < before || store->is_flooded ? 0 : used - before;
}

static bool is_loaded(const struct sl_store *store)
{
    return store->ring.bytes > store->options.checkpoint_bytes / 8;
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
        .ops = store->ops,
        .room_bytes = sl_store_checkpoint_bytes_max(store),
        .keeps_room = is_loaded(store),
        .may_grow = !store->is_space_low,
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
    sl_state_freeze(store->state);
    run->phase = SL_CHECKPOINT_WAITING;
    store->is_checkpoint_wanted = false;
    sl_store_start_checkpoint(store);
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

void sl_store_freeze_if_due(struct sl_store *store)
{
    if (is_due(store) && sl_store_is_sound(store) && sl_store_has_checkpoint_room(store)) {
        freeze(store);
    }
}

void sl_store_freeze_last(struct sl_store *store)
{
    if (store->checkpoint.phase == SL_CHECKPOINT_IDLE && has_news(store) &&
        sl_store_is_sound(store) && sl_store_has_checkpoint_room(store)) {
        freeze(store);
    }
}

void sl_store_checkpoint_soon(struct sl_store *store)
{
    store->is_checkpoint_wanted = true;
}

/* Under steady load the bytes decide: a checkpoint each second would write the same pages over and over, and every journal
 * flush waits behind its writes. */
static int64_t interval_us(const struct sl_store *store)
{
    int64_t us = (int64_t)store->options.checkpoint_ms * 1000;
    return is_loaded(store) ? us * LOADED_INTERVALS : us;
}

void sl_store_checkpoint_in_time(struct sl_store *store, sl_time now)
{
    if (!store->has_ticked || now.v < store->checkpoint_at.v) {
        store->checkpoint_at = now; /* the first tick, or the clock was set back */
    }
    if (now.v - store->checkpoint_at.v >= interval_us(store)) {
        store->is_checkpoint_wanted = true;
        store->checkpoint_at = now;
    }
}
