/* Life cycle and turn of the core; what a single session does in its turn is in client_session.c. */
#include "service/internal.h"

#include <stdlib.h>
#include <string.h>

#include "service/timezone.h"

#define TURN_BYTES_DEFAULT ((size_t)256 * 1024)

#define SESSIONS_PER_RESERVED 64u /* of so many sessions one is for the operator */

/* A frame of the greatest size unpacks into structs and lists: sixteen times its bytes is beyond what it can need. */
#define REQUEST_ARENA_BYTES_MAX (16 * (size_t)SL_FRAME_BYTES_MAX)
#define ARENA_WARM_BYTES        ((size_t)512 * 1024)
#define US_PER_SECOND           1000000

void sl_core_look_at_clock(struct sl_core *core)
{
    core->now = sl_clock_now(core->options.clock);
    core->now_us = sl_clock_monotonic_us(core->options.clock);
}

void sl_core_fail(struct sl_core *core, enum sl_err err, const char *what)
{
    struct sl_diag why = {0};
    if (sl_state_explain(sl_store_state(core->store), &why) == SL_OK) {
        (void)sl_refuse(&why, err, "", "%s", sl_err_text(err)); /* only fills `why` */
    }
    sl_diag_wrap(&why, "%s", what);
    sl_store_stop(core->store, &why);
}

sl_day sl_core_day(struct sl_core *core, sl_time time)
{
    int64_t second = time.v / US_PER_SECOND;
    /* The zone rules are asked once a second, not once an event. */
    if (second != core->day_second) {
        core->day = core->options.day_of(time);
        core->day_second = second;
    }
    return core->day;
}

void sl_core_fill_random(struct sl_core *core, uint8_t ret_bytes[10])
{
    struct sl_random_pool *pool = &core->random;
    if (pool->used + 10 > sizeof pool->bytes) {
        core->options.fill_random(pool->bytes, sizeof pool->bytes);
        pool->used = 0;
    }
    memcpy(ret_bytes, pool->bytes + pool->used, 10);
    pool->used += 10;
}

static void store_stopped(void *ctx, const struct sl_diag *why)
{
    struct sl_core *core = ctx;
    SL_ASSERT(core->magic == SL_CORE_MAGIC);
    if (core->is_stopped) {
        return;
    }
    core->is_stopped = true;
    if (core->options.on_stopped != NULL) {
        core->options.on_stopped(core->options.ctx, why);
    }
}

enum sl_err sl_replay_apply(void *ctx, const struct sl_record *record)
{
    struct sl_replay *replay = ctx;
    if (replay->ledger == NULL) {
        enum sl_err err =
            sl_ledger_open(replay->store, sl_store_state(replay->store), &replay->ledger);
        if (err != SL_OK) {
            return err;
        }
    }
    return sl_ledger_replay(replay->ledger, record);
}

static void replay_progress(void *ctx, sl_seq done, sl_seq total)
{
    const struct sl_replay *replay = ctx;
    if (replay->progress != NULL) {
        replay->progress(replay->ctx, done, total);
    }
}

static enum sl_err open_store(struct sl_core *core, struct sl_diag *diag)
{
    struct sl_store_options options = {
        .dir = core->options.dir,
        .executor = core->options.executor,
        .checkpoint_bytes = core->options.checkpoint_bytes,
        .checkpoint_ms = core->options.checkpoint_ms,
        .segment_bytes = core->options.segment_bytes,
        .state_bytes_max = core->options.state_bytes_max,
        .free_bytes_min = core->options.free_bytes_min,
        .scrub_bytes_per_s = core->options.scrub_bytes_per_s,
        .on_stopped = store_stopped,
        .ctx = core,
        .file_ops = core->options.file_ops,
        .clock = core->options.clock,
    };
    options.specs = sl_ledger_specs(&options.spec_count);
    return sl_store_open(&options, &core->store, diag);
}

/* Brings the state to the head of the log. */
static enum sl_err open_ledger(struct sl_core *core, struct sl_diag *diag)
{
    struct sl_replay replay = {
        .store = core->store,
        .progress = core->options.on_progress,
        .ctx = core->options.ctx,
    };
    enum sl_err err = SL_OK;
    if (sl_store_needs_rebuild(core->store)) {
        sl_log(SL_LOG_NOTICE, "event=rebuilding seq=%llu",
               (unsigned long long)sl_store_head(core->store).v);
        err = sl_store_rebuild(core->store, sl_replay_apply, replay_progress, &replay, diag);
    }
    if (err == SL_OK) {
        err = sl_store_recover(core->store, sl_replay_apply, &replay, diag);
    }
    core->ledger = replay.ledger;
    if (err == SL_OK && core->ledger == NULL) {
        err = sl_ledger_open(core->store, sl_store_state(core->store), &core->ledger);
    }
    return err == SL_OK ? sl_state_explain(sl_store_state(core->store), diag) : err;
}

static void set_u32(uint32_t *limit, uint32_t fallback)
{
    *limit = *limit == 0 ? fallback : *limit;
}

static void set_size(size_t *limit, size_t fallback)
{
    *limit = *limit == 0 ? fallback : *limit;
}

static void set_seconds(uint64_t *limit_us, uint64_t fallback_s)
{
    *limit_us = *limit_us == 0 ? fallback_s * US_PER_SECOND : *limit_us;
}

static void set_defaults(struct sl_core *core)
{
    struct sl_core_limits *limits = &core->options.limits;
    set_u32(&limits->sessions_max, SL_SESSIONS_MAX);
    set_u32(&limits->sessions_per_user_max, (limits->sessions_max + 1) / 2);
    set_u32(&limits->sessions_reserved, limits->sessions_max / SESSIONS_PER_RESERVED);
    set_u32(&limits->in_flight_max, SL_IN_FLIGHT_MAX);
    set_u32(&limits->subscriptions_max, SL_SUBSCRIPTIONS_MAX);
    set_size(&limits->output_bytes_high, SL_OUTPUT_BYTES_MAX);
    set_size(&limits->turn_bytes_max, TURN_BYTES_DEFAULT);
    set_size(&limits->kept_max, SL_KEPT_BYTES_MAX);
    set_size(&limits->kept_per_user_max, limits->kept_max / 2);
    set_size(&limits->waiting_max, SL_WAITING_BYTES_MAX);
    set_seconds(&limits->waiting_us, SL_WAITING_S_MAX);
    set_seconds(&limits->idle_us, SL_IDLE_S_MAX);
    set_seconds(&limits->frame_us, SL_FRAME_S_MAX);
    set_seconds(&limits->reader_us, SL_READER_S_MAX);
    SL_ASSERT(limits->subscriptions_max <= SL_SUBSCRIPTIONS_MAX);
    if (core->options.day_of == NULL) {
        core->options.day_of = sl_timezone_day;
    }
}

/* The first block of an arena stays over resets: a large one means that requests of usual size never allocate. */
static enum sl_err warm(struct sl_arena *arena, size_t bytes_max)
{
    sl_arena_init(arena, bytes_max);
    bool is_warm = sl_arena_alloc(arena, ARENA_WARM_BYTES) != NULL;
    sl_arena_reset(arena);
    return is_warm ? SL_OK : SL_E_NO_MEMORY;
}

static enum sl_err init_memory(struct sl_core *core)
{
    enum sl_err err = warm(&core->request_arena, REQUEST_ARENA_BYTES_MAX);
    if (err == SL_OK) {
        err = warm(&core->event_arena, SL_EVENT_MEMORY_MAX);
    }
    return err;
}

enum sl_err
sl_core_open(const struct sl_core_options *options, struct sl_core **ret_core, struct sl_diag *diag)
{
    struct sl_core *core = calloc(1, sizeof *core);
    if (core == NULL) {
        return SL_E_NO_MEMORY;
    }
    core->magic = SL_CORE_MAGIC;
    core->options = *options;
    set_defaults(core);
    sl_list_init(&core->sessions);
    sl_list_init(&core->ready);
    sl_list_init(&core->deferred);
    sl_list_init(&core->waiting);
    sl_list_init(&core->feeding);
    sl_list_init(&core->gathering);
    sl_askers_init(&core->askers);
    sl_users_init(&core->users);
    sl_long_init(&core->long_questions);
    core->random.used = sizeof core->random.bytes;
    core->day_second = INT64_MIN;
    enum sl_err err = init_memory(core);
    if (err == SL_OK) {
        err = open_store(core, diag);
    }
    if (err == SL_OK) {
        core->sealing.store = core->store;
        core->sealing.fill_random = core->options.fill_random;
        err = sl_sealer_init(&core->sealing.sealer);
    }
    if (err == SL_OK) {
        err = open_ledger(core, diag);
    }
    if (err != SL_OK) {
        core->is_stopped = true; /* on_stopped is for what has run */
        sl_core_close(core);
        return err;
    }
    sl_core_look_at_clock(core);
    core->opened_us = core->now_us;
    sl_rates_begin(&core->rates, core->now_us);
    core->turn_began_us = core->now_us;
    sl_deadlines_init(&core->deadlines, core->now_us);
    core->visible = sl_store_durable(core->store);
    core->seen_moves = sl_store_moves(core->store);
    *ret_core = core;
    return SL_OK;
}

void sl_core_close(struct sl_core *core)
{
    if (core == NULL) {
        return;
    }
    SL_ASSERT(core->magic == SL_CORE_MAGIC);
    SL_ASSERT(sl_list_is_empty(&core->sessions));
    sl_denials_flush(&core->denials);
    sl_ledger_close(core->ledger);
    sl_store_close(core->store);
    sl_sealer_deinit(&core->sealing.sealer);
    sl_arena_deinit(&core->request_arena);
    sl_arena_deinit(&core->event_arena);
    free(core->receipts);
    core->magic = 0;
    free(core);
}

/* Rankings in memory follow what has become durable, a portion at a time; what they show by then may be told. */
static void follow_durable(struct sl_core *core)
{
    sl_seq durable = sl_store_durable(core->store);
    sl_seq shown = sl_ledger_durable(core->ledger, durable);
    while (shown.v < durable.v && !core->is_stopped) {
        core->visible = shown.v > core->visible.v ? shown : core->visible;
        sl_askers_glance(core);
        shown = sl_ledger_durable(core->ledger, durable);
    }
    core->visible = shown.v > core->visible.v ? shown : core->visible;
}

/* Whoever waits for the store has its turn when the store has moved. */
static void wake_waiting(struct sl_core *core)
{
    sl_seq before = core->visible;
    follow_durable(core);
    uint64_t moves = sl_store_moves(core->store);
    bool has_moved = core->visible.v > before.v || moves != core->seen_moves;
    if (!has_moved || core->is_stopped) {
        return;
    }
    core->seen_moves = moves;
    sl_core_look_at_clock(core); /* the turn's own flush, and following it, took some time */
    sl_list_each (link, &core->waiting) {
        sl_client_session_ready(sl_list_entry(link, struct sl_client_session, waiting_link));
    }
    sl_store_tick(core->store, core->now);
}

/* One turn for each session that is ready now; those that become ready meanwhile have theirs in the next round. */
static void run_ready(struct sl_core *core)
{
    struct sl_list round;
    sl_list_init(&round);
    struct sl_list *link = sl_list_first(&core->ready);
    while (link != NULL) {
        sl_list_remove(link);
        sl_list_push_back(&round, link);
        link = sl_list_first(&core->ready);
    }
    link = sl_list_first(&round);
    while (link != NULL) {
        sl_list_remove(link);
        sl_client_session_turn(sl_list_entry(link, struct sl_client_session, ready_link));
        sl_askers_glance(core);
        link = sl_list_first(&round);
    }
}

bool sl_core_is_turn_full(const struct sl_core *core)
{
    return core->turn_events >=
           (core->is_preparing ? SL_TURN_EVENTS_PREPARING : SL_TURN_EVENTS_MAX);
}

/* In the order in which they were deferred, as far as the turn has time for more events. Whoever has more left goes to the end. */
static void resume_deferred(struct sl_core *core)
{
    core->is_resuming = true;
    core->turn_events = 0; /* whatever came meanwhile from connections that had not waited */
    struct sl_list *link = sl_list_first(&core->deferred);
    while (link != NULL && !sl_core_is_turn_full(core) && !core->is_stopped) {
        sl_list_remove(link);
        sl_client_session_resume(sl_list_entry(link, struct sl_client_session, deferred_link));
        link = sl_list_first(&core->deferred);
    }
    core->is_resuming = false;
}

/* Whoever has waited longest first, as far as the turn has time for it. */
static void run_feeds(struct sl_core *core)
{
    core->feed_left = SL_TURN_FED_MAX;
    struct sl_list *link = sl_list_first(&core->feeding);
    while (link != NULL && core->feed_left > 0) {
        sl_list_remove(link);
        sl_client_session_feed(sl_list_entry(link, struct sl_client_session, feed_link));
        sl_askers_glance(core);
        link = sl_list_first(&core->feeding);
    }
}

/* Who asks does not wait for a flush that the journal lane can do. */
static void submit(struct sl_core *core)
{
    sl_store_submit_own(core->store, sl_askers_are_there(core) ? 0 : core->options.own_events_max);
}

bool sl_core_turn(struct sl_core *core)
{
    SL_ASSERT(core->magic == SL_CORE_MAGIC);
    if (core->is_stopped) {
        return false;
    }
    sl_core_look_at_clock(core);
    core->is_preparing = false;
    submit(core); /* first, so that the disk works while replies are sent */
    sl_admission_turn(core);
    wake_waiting(core);
    sl_long_turn(core);
    run_ready(core); /* answers leave before more events are taken in */
    resume_deferred(core);
    if (core->is_stopped) {
        return false;
    }
    core->turn_events = 0;
    submit(core); /* input that waited for its turn may have added more */
    run_feeds(core);
    core->turn_questions = 0;
    core->turn_began_us = sl_clock_monotonic_us(core->options.clock);
    return !sl_list_is_empty(&core->ready) || !sl_list_is_empty(&core->deferred) ||
           !sl_list_is_empty(&core->feeding) || sl_long_left_us(core) == 0 ||
           core->visible.v < sl_store_durable(core->store).v;
}

uint64_t sl_core_rests_us(const struct sl_core *core)
{
    return core->is_stopped ? UINT64_MAX : sl_long_left_us(core);
}

void sl_core_tick(struct sl_core *core)
{
    if (core->is_stopped) {
        return;
    }
    sl_core_look_at_clock(core);
    sl_core_note_rates(core);
    sl_store_tick(core->store, core->now);
    sl_denials_tick(&core->denials, core->now_us);
    sl_deadlines_tick(core);
}

void sl_core_drain(struct sl_core *core)
{
    core->is_draining = true; /* and so nothing is divided any more */
    if (core->divided_by != NULL && !core->is_stopped) {
        sl_list_remove(&core->divided_by->deferred_link);
        sl_client_session_resume(core->divided_by);
    }
    sl_list_each (link, &core->sessions) {
        sl_client_session_ended(sl_list_entry(link, struct sl_client_session, link));
    }
}

bool sl_core_is_quiet(const struct sl_core *core)
{
    return core->visible.v == sl_store_head(core->store).v;
}

void sl_core_turned_away(struct sl_core *core, enum sl_err err)
{
    sl_metrics_connected(&core->metrics, err);
}

bool sl_core_is_stopped(const struct sl_core *core)
{
    return core->is_stopped;
}

const struct sl_genesis *sl_core_genesis(const struct sl_core *core)
{
    return sl_store_genesis(core->store);
}

sl_seq sl_core_head(const struct sl_core *core)
{
    return sl_store_head(core->store);
}

struct sl_store *sl_core_store(struct sl_core *core)
{
    return core->store;
}
