/* Frames are handled where they lie: in the reader's buffer as a rule; only what cannot be handled yet is copied. */
#include "service/client_session.h"

#include <stdio.h>

#include "service/dispatch.h"
#include "service/internal.h"
#include "service/session_queue.h"
#include "sl/frame.h"

/* Expensive questions: a session that has kept the loop this long gives way to the others. */
#define SHARE_US_MAX 2000u

#define KEEP_BYTES_MAX ((size_t)1024 * 1024)

/* A user for whom so large a part of the maximum is kept has less made for him ahead, and no empty buffers kept. */
#define MUCH_KEPT_PART   4u
#define OUTPUT_MARK_MUCH ((size_t)64 * 1024)

/* A session whose turn has yet to come is read on, up to here. */
#define DEFERRED_BYTES_MAX ((size_t)64 * 1024)

static void set_waiting(struct sl_client_session *session, bool is_waiting)
{
    sl_list_remove(&session->waiting_link);
    if (is_waiting) {
        sl_list_push_back(&session->core->waiting, &session->waiting_link);
    }
}

void sl_client_session_ready(struct sl_client_session *session)
{
    if (sl_list_is_empty(&session->ready_link)) {
        sl_list_push_back(&session->core->ready, &session->ready_link);
    }
}

static bool has_much(const struct sl_client_session *session)
{
    const struct sl_core *core = session->core;
    const struct sl_core_limits *limits = &core->options.limits;
    return session->user->kept > limits->kept_per_user_max / MUCH_KEPT_PART ||
           core->users.kept > limits->kept_max / MUCH_KEPT_PART;
}

size_t sl_client_session_mark(const struct sl_client_session *session)
{
    size_t high = session->core->options.limits.output_bytes_high;
    return has_much(session) && high > OUTPUT_MARK_MUCH ? OUTPUT_MARK_MUCH : high;
}

bool sl_client_session_is_above_mark(const struct sl_client_session *session)
{
    return sl_outbox_len(&session->outbox) > sl_client_session_mark(session);
}

/* May one more frame be handled now? If not, why not. */
static enum sl_stall stall_of(const struct sl_client_session *session)
{
    const struct sl_core *core = session->core;
    const struct sl_core_limits *limits = &core->options.limits;
    if (core->divided_by == session) {
        return SL_STALL_NONE; /* others wait for its end: whoever reads slowly must not hold them up */
    }
    if (session->in_flight >= limits->in_flight_max) {
        return SL_STALL_IN_FLIGHT;
    }
    if (sl_client_session_is_above_mark(session)) {
        return SL_STALL_OUTPUT;
    }
    if (sl_long_is_queued(session)) {
        return SL_STALL_LONG;
    }
    /* Behind those that wait already. */
    bool is_turn_full =
        sl_core_is_turn_full(core) || (!core->is_resuming && !sl_list_is_empty(&core->deferred));
    if (session->is_appending && is_turn_full) {
        return SL_STALL_TURN;
    }
    bool is_share_used = session->share_bytes >= limits->turn_bytes_max ||
                         session->share_us + (core->now_us - session->began_us) > SHARE_US_MAX;
    return is_share_used ? SL_STALL_SHARE : SL_STALL_NONE;
}

/* The framing is lost. */
static void refuse_frame(struct sl_client_session *session, enum sl_err err)
{
    char why[64];
    (void)snprintf(why, sizeof why, "a frame's length must be 1 to %u", SL_FRAME_BYTES_MAX);
    sl_client_session_end(session, err, why);
}

/* Behind those that wait already; but what has begun goes on first. */
static void defer(struct sl_client_session *session)
{
    struct sl_core *core = session->core;
    if (core->divided_by == session) {
        sl_list_remove(&session->deferred_link);
        sl_list_push_front(&core->deferred, &session->deferred_link);
    } else if (sl_list_is_empty(&session->deferred_link)) {
        sl_list_push_back(&core->deferred, &session->deferred_link);
    }
}

/* Something of the frame at its front is done already: it comes to its end, whatever else its user has. */
static bool has_begun(const struct sl_client_session *session)
{
    return session->core->divided_by == session || session->has_erased;
}

/* False if the frame must stay. */
static bool handle_frame(struct sl_client_session *session, struct sl_slice message)
{
    struct sl_core *core = session->core;
    session->share_bytes += message.len + SL_FRAME_HEADER_BYTES;
    session->frames++;
    if (sl_users_is_over(&core->users, &core->options.limits, session->user, 0) &&
        !has_begun(session)) {
        (void)sl_session_queue_refuse(session, message); /* else it is broken */
        return true;
    }
    switch (sl_dispatch(session, message)) {
    case SL_DISPATCH_DONE: return true;
    case SL_DISPATCH_WAIT: session->stall = SL_STALL_STORE; return false;
    case SL_DISPATCH_PREPARE: session->stall = SL_STALL_ANSWER; return false;
    case SL_DISPATCH_STAND:
        session->stall = SL_STALL_LONG;
        sl_long_queue(session);
        return false;
    case SL_DISPATCH_LATER:
        session->stall = SL_STALL_TURN;
        defer(session);
        return false;
    case SL_DISPATCH_LOST: sl_client_session_break(session); return true;
    }
    return true;
}

/* Looks ahead to the frame at `at` and gives where the one behind it begins; behind the last whole one it stays. */
static size_t look_ahead(struct sl_client_session *session, struct sl_slice bytes, size_t at)
{
    struct sl_slice message = {NULL, 0};
    size_t frame_bytes = 0;
    if (sl_frame_peek(sl_slice_behind(bytes, at), &message, &frame_bytes) != SL_OK ||
        frame_bytes == 0) {
        message.len = 0;
    }
    sl_look_ahead(session->core, sl_peek_request(message));
    return at + frame_bytes;
}

/* What others ask between takes nothing of the session's share. */
static void glance(struct sl_client_session *session)
{
    struct sl_core *core = session->core;
    uint64_t before_us = core->now_us;
    sl_askers_glance(core);
    session->began_us += core->now_us - before_us;
}

/* Handles whole frames from the front; gives the bytes used. session->stall says why it ended before the last one. */
static size_t handle_frames(struct sl_client_session *session, struct sl_slice bytes)
{
    size_t used = 0;
    bool has_waited = session->stall != SL_STALL_NONE;
    session->stall = SL_STALL_NONE;
    sl_core_look_at_clock(session->core);
    uint64_t began_us = session->core->now_us;
    session->began_us = began_us;
    session->taken_us = has_waited ? session->taken_us : began_us;
    sl_look_ahead_anew(session->core);
    size_t ahead = look_ahead(session, bytes, 0);
    ahead = look_ahead(session, bytes, ahead);
    while (session->state == SL_SESSION_OPEN && !session->core->is_stopped) {
        struct sl_slice rest = {bytes.data + used, bytes.len - used};
        struct sl_slice message;
        size_t frame_bytes = 0;
        enum sl_err err = sl_frame_peek(rest, &message, &frame_bytes);
        if (err != SL_OK) {
            refuse_frame(session, err);
            break;
        }
        if (frame_bytes == 0) {
            break;
        }
        session->stall = stall_of(session);
        if (session->stall == SL_STALL_TURN) {
            defer(session);
        } else {
            ahead = look_ahead(session, bytes, ahead);
        }
        if (session->stall != SL_STALL_NONE || !handle_frame(session, message)) {
            break;
        }
        used += frame_bytes;
        if (session->is_appending) {
            glance(session);
        }
    }
    session->share_us += session->core->now_us - session->began_us;
    session->taken_us = used > 0 ? began_us : session->taken_us; /* of what is left */
    sl_look_ahead_anew(session->core); /* the bytes may be gone when the next one looks ahead */
    return used;
}

static struct sl_slice waiting_input(const struct sl_client_session *session)
{
    return (struct sl_slice){session->input.data + session->input_used,
                             session->input.len - session->input_used};
}

static void handle_waiting_input(struct sl_client_session *session)
{
    size_t used = handle_frames(session, waiting_input(session));
    if (session->state != SL_SESSION_OPEN) {
        return; /* the move has dropped the input */
    }
    session->input_used += used;
    if (session->input_used == session->input.len) {
        sl_bytes_clear(&session->input);
        session->input_used = 0;
        session->input_seen = 0;
        if (session->input.capacity > KEEP_BYTES_MAX || has_much(session)) {
            sl_bytes_deinit(&session->input);
        }
    } else if (session->input_used > session->input.len / 2) {
        sl_bytes_consume(&session->input, session->input_used);
        session->input_seen -=
            session->input_seen > session->input_used ? session->input_used : session->input_seen;
        session->input_used = 0;
    }
}

static size_t kept(const struct sl_client_session *session)
{
    return session->input.capacity + session->outbox.bytes.capacity;
}

void sl_client_session_count_kept(struct sl_client_session *session)
{
    size_t bytes = kept(session);
    sl_users_keep(&session->core->users, session->user, session->kept, bytes);
    session->kept = bytes;
}

/* Tells the books what the session has now: memory, a queue, a frame in part. */
static void count(struct sl_client_session *session)
{
    size_t waiting = session->input.len - session->input_used;
    bool is_queued = session->stall == SL_STALL_TURN || session->stall == SL_STALL_STORE;
    sl_client_session_count_kept(session);
    sl_admission_note(session, is_queued ? waiting : 0);
    sl_deadlines_frame(session, waiting > 0 && session->stall == SL_STALL_NONE, session->frames);
}

/* Completes the frame that waits in part, byte-exactly, so that the rest can be handled where it lies. */
static struct sl_slice complete_waiting(struct sl_client_session *session, struct sl_slice bytes)
{
    while (bytes.len > 0 && session->state == SL_SESSION_OPEN && session->stall == SL_STALL_NONE &&
           session->input.len > session->input_used) {
        size_t missing = sl_session_queue_missing(waiting_input(session));
        size_t take = missing < bytes.len ? missing : bytes.len;
        sl_session_queue_keep(session, (struct sl_slice){bytes.data, take});
        bytes = sl_slice_behind(bytes, take);
        if (session->state == SL_SESSION_OPEN) {
            handle_waiting_input(session);
        }
    }
    return bytes;
}

static void release(struct sl_client_session *session)
{
    struct sl_core *core = session->core;
    uint32_t answered =
        sl_outbox_release(&session->outbox, core->visible, core->now_us, &core->metrics);
    SL_ASSERT(answered <= session->in_flight);
    session->in_flight -= answered;
    if (answered > 0) {
        sl_deadlines_active(session);
    }
}

void sl_client_session_input(struct sl_client_session *session, struct sl_slice bytes)
{
    SL_ASSERT(session->magic == SL_SESSION_MAGIC);
    if (session->state != SL_SESSION_OPEN || session->core->is_stopped) {
        return;
    }
    sl_client_session_ready(session);
    bytes = complete_waiting(session, bytes);
    if (session->state == SL_SESSION_OPEN && session->input.len == 0) {
        bytes = sl_slice_behind(bytes, handle_frames(session, bytes));
    }
    if (session->state == SL_SESSION_OPEN && bytes.len > 0) {
        if (session->stall == SL_STALL_NONE) {
            sl_session_queue_keep(session, bytes);
        } else {
            sl_session_queue_add(session, bytes);
        }
    }
    count(session);
    sl_deadlines_active(session);
    if (session->is_appending) {
        sl_askers_glance(
            session->core); /* also where the turn is full and all is kept for the next */
    } else {
        release(session); /* an answer need not wait for what the turn does for others */
    }
}

void sl_client_session_ended(struct sl_client_session *session)
{
    SL_ASSERT(session->magic == SL_SESSION_MAGIC);
    if (session->state != SL_SESSION_OPEN) {
        return;
    }
    session->has_ended = true;
    bool has_frames = session->stall != SL_STALL_NONE && !session->core->is_draining;
    if (!has_frames) {
        sl_client_session_drain(session);
    }
}

bool sl_client_session_wants_input(const struct sl_client_session *session)
{
    bool is_queued = session->stall == SL_STALL_TURN || session->stall == SL_STALL_STORE;
    bool is_read_on = is_queued && !sl_client_session_is_above_mark(session) &&
                      sl_list_is_empty(&session->gather_link) &&
                      (session->input.len - session->input_used < DEFERRED_BYTES_MAX ||
                       sl_admission_room(session) == 0);
    return session->state == SL_SESSION_OPEN && !session->has_ended &&
           (session->stall == SL_STALL_NONE || is_read_on);
}

bool sl_client_session_has_secrets(const struct sl_client_session *session)
{
    return session->outbox.bytes.is_secret;
}

struct sl_slice sl_client_session_output(const struct sl_client_session *session)
{
    bool is_mute = session->state == SL_SESSION_BROKEN || session->core->is_stopped;
    return is_mute ? (struct sl_slice){NULL, 0} : sl_outbox_ready(&session->outbox);
}

static bool has_more_pages(const struct sl_client_session *session)
{
    return sl_feed_has_more(session) || sl_backup_feed_has_more(session);
}

void sl_client_session_taken(struct sl_client_session *session, size_t len)
{
    sl_outbox_take(&session->outbox, len);
    sl_deadlines_taken(session, len, sl_outbox_ready(&session->outbox).len > 0);
    if (session->outbox.bytes.len == 0 && has_much(session)) {
        sl_bytes_deinit(&session->outbox.bytes);
    }
    sl_client_session_count_kept(session);
    bool has_waited = session->stall == SL_STALL_OUTPUT || has_more_pages(session);
    if (has_waited && !sl_client_session_is_above_mark(session)) {
        sl_client_session_ready(session);
    }
}

bool sl_client_session_is_done(const struct sl_client_session *session)
{
    return session->state == SL_SESSION_BROKEN ||
           (session->state == SL_SESSION_DRAINING && sl_outbox_len(&session->outbox) == 0);
}

/* Could another turn achieve something right away? */
static bool has_work(const struct sl_client_session *session)
{
    switch (session->stall) {
    case SL_STALL_SHARE:
    case SL_STALL_ANSWER: return true;
    case SL_STALL_IN_FLIGHT:
        return session->in_flight < session->core->options.limits.in_flight_max;
    case SL_STALL_OUTPUT: return !sl_client_session_is_above_mark(session);
    case SL_STALL_NONE:
    case SL_STALL_TURN: /* core->deferred brings it back */
    case SL_STALL_LONG: /* the line does */
    case SL_STALL_STORE: return false;
    }
    return false;
}

/* Into the line of those who are fed, if there is something for it. */
static void queue_for_feeding(struct sl_client_session *session)
{
    if (!sl_client_session_is_above_mark(session) && has_more_pages(session) &&
        sl_list_is_empty(&session->feed_link)) {
        sl_list_push_back(&session->core->feeding, &session->feed_link);
    }
}

static void wait_for_store(struct sl_client_session *session)
{
    set_waiting(session, sl_outbox_has_holds(&session->outbox) || session->feeds.count > 0 ||
                             session->stall == SL_STALL_STORE);
}

void sl_client_session_feed(struct sl_client_session *session)
{
    SL_ASSERT(session->magic == SL_SESSION_MAGIC);
    sl_feed_run(session);
    sl_backup_feed_run(session);
    release(session);
    sl_client_session_count_kept(session);
    wait_for_store(session);
    queue_for_feeding(session);
    session->options.wake(session->options.ctx); /* last: it may close the session */
}

void sl_client_session_turn(struct sl_client_session *session)
{
    SL_ASSERT(session->magic == SL_SESSION_MAGIC);
    struct sl_core *core = session->core;
    release(session);
    if (session->stall != SL_STALL_NONE && session->stall != SL_STALL_TURN) {
        handle_waiting_input(session);
    }
    if (session->state == SL_SESSION_OPEN && session->has_ended &&
        session->stall == SL_STALL_NONE) {
        sl_client_session_drain(session);
    }
    if (core->is_stopped) {
        return;
    }
    release(session);
    session->share_bytes = 0;
    session->share_us = 0;
    count(session);
    wait_for_store(session);
    queue_for_feeding(session);
    if (has_work(session)) {
        sl_client_session_ready(session);
    }
    session->options.wake(session->options.ctx); /* last: it may close the session */
}

void sl_client_session_resume(struct sl_client_session *session)
{
    SL_ASSERT(session->stall == SL_STALL_TURN);
    handle_waiting_input(session);
    count(session);
    sl_client_session_ready(session);
}
