/* From open to broken, and what a session is taken out of on the way. */
#include <stdlib.h>
#include <string.h>

#include "service/internal.h"
#include "sl/frame.h"

/* One frame that waits in part, and one read of the layer above that comes on top of it. */
#define INPUT_BYTES_MAX ((size_t)SL_FRAME_BYTES_MAX + SL_FRAME_HEADER_BYTES + (size_t)1024 * 1024)

/* Above the mark, room for one answer of the greatest size and one page of a feed. */
#define OUTPUT_BYTES_ROOM (2 * (size_t)SL_FRAME_BYTES_MAX)

static const bool may_move[SL_SESSION_STATES][SL_SESSION_STATES] = {
    [SL_SESSION_OPEN] = {[SL_SESSION_DRAINING] = true, [SL_SESSION_BROKEN] = true},
    [SL_SESSION_DRAINING] = {[SL_SESSION_BROKEN] = true},
};

/* What is in the log stays there; nobody is told. */
static void forget_divided(struct sl_client_session *session)
{
    struct sl_core *core = session->core;
    if (core->divided_by == session) {
        core->divided_by = NULL;
        core->divided_done = 0;
    }
}

static void move(struct sl_client_session *session, enum sl_session_state state)
{
    SL_ASSERT(may_move[session->state][state]);
    session->state = state;
    session->stall = SL_STALL_NONE;
    forget_divided(session);
    sl_list_remove(&session->deferred_link);
    sl_long_remove(session);
    sl_bytes_clear(&session->input);
    session->input_used = 0;
    session->input_seen = 0;
    sl_admission_note(session, 0);
    sl_deadlines_frame(session, false, 0);
    sl_feed_cancel_all(session);
    sl_backup_feed_cancel_all(session);
    sl_client_session_ready(session);
}

static enum sl_err open_session(struct sl_core *core,
                                const struct sl_client_options *options,
                                struct sl_client_session **ret_session,
                                struct sl_diag *diag)
{
    SL_ASSERT(options->actor.len >= 1);
    SL_ASSERT(options->actor.len <= SL_ACTOR_BYTES_MAX);
    struct sl_client_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return SL_E_NO_MEMORY;
    }
    size_t output_bytes_max = core->options.limits.output_bytes_high + OUTPUT_BYTES_ROOM;
    enum sl_err err = sl_outbox_init(&session->outbox, output_bytes_max);
    if (err == SL_OK) {
        err = sl_users_enter(&core->users, &core->options.limits, options, &session->user, diag);
    }
    if (err != SL_OK) {
        sl_outbox_deinit(&session->outbox);
        free(session);
        return err;
    }
    session->magic = SL_SESSION_MAGIC;
    session->core = core;
    session->options = *options;
    memcpy(session->actor, options->actor.data, options->actor.len);
    session->options.actor = (struct sl_slice){session->actor, options->actor.len};
    session->rights = sl_access_rights(core->options.access, &options->peer);
    session->options.peer.groups = NULL; /* lent, and not asked for again */
    session->options.peer.group_count = 0;
    sl_bytes_init(&session->input, INPUT_BYTES_MAX);
    sl_list_init(&session->ready_link);
    sl_list_init(&session->deferred_link);
    sl_list_init(&session->waiting_link);
    sl_list_init(&session->feed_link);
    sl_list_init(&session->asker_link);
    sl_list_init(&session->gather_link);
    sl_list_init(&session->long_place.link);
    sl_list_push_back(&core->sessions, &session->link);
    sl_deadlines_add(session);
    core->stats.sessions++;
    *ret_session = session;
    return SL_OK;
}

void sl_client_session_close(struct sl_client_session *session)
{
    if (session == NULL) {
        return;
    }
    SL_ASSERT(session->magic == SL_SESSION_MAGIC);
    forget_divided(session);
    sl_feed_cancel_all(session);
    sl_backup_feed_cancel_all(session);
    sl_list_remove(&session->link);
    sl_list_remove(&session->ready_link);
    sl_list_remove(&session->deferred_link);
    sl_list_remove(&session->waiting_link);
    sl_list_remove(&session->feed_link);
    sl_list_remove(&session->gather_link);
    sl_askers_remove(session);
    sl_long_remove(session);
    sl_deadlines_remove(session);
    sl_admission_note(session, 0);
    sl_users_keep(&session->core->users, session->user, session->kept, 0);
    sl_users_leave(&session->core->users, session->user);
    session->core->stats.sessions--;
    sl_outbox_deinit(&session->outbox);
    sl_bytes_deinit(&session->input);
    session->magic = 0;
    free(session);
}

enum sl_err sl_client_session_open(struct sl_core *core,
                                   const struct sl_client_options *options,
                                   struct sl_client_session **ret_session,
                                   struct sl_diag *diag)
{
    enum sl_err err = open_session(core, options, ret_session, diag);
    sl_metrics_connected(&core->metrics, err);
    return err;
}

void sl_client_session_end(struct sl_client_session *session, enum sl_err err, const char *why)
{
    struct sl_diag diag = {0};
    (void)sl_refuse(&diag, err, "", "%s", why); /* only fills `diag` */
    struct sl_core *core = session->core;
    if (session->state != SL_SESSION_OPEN) {
        return;
    }
    struct sl_reply reply = {.out = &session->outbox.bytes, .arena = &core->request_arena};
    if (sl_reply_error(&reply, err, &diag) != SL_OK) {
        move(session, SL_SESSION_BROKEN);
        return;
    }
    sl_metrics_refused(&core->metrics, err);
    sl_outbox_hold(&session->outbox, (sl_seq){0}, core->now_us);
    move(session, SL_SESSION_DRAINING);
}

void sl_client_session_break(struct sl_client_session *session)
{
    if (session->state != SL_SESSION_BROKEN) {
        move(session, SL_SESSION_BROKEN);
    }
}

void sl_client_session_drain(struct sl_client_session *session)
{
    move(session, SL_SESSION_DRAINING);
}

bool sl_client_session_is_idle(const struct sl_client_session *session)
{
    return session->state == SL_SESSION_OPEN && session->stall == SL_STALL_NONE &&
           session->in_flight == 0 && session->feeds.count == 0 &&
           sl_outbox_len(&session->outbox) == 0;
}
