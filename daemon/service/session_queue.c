/* Frames are told by their lengths alone here: what waits is not decoded. */
#include "service/session_queue.h"

#include "service/internal.h"
#include "sl/frame.h"

bool sl_session_queue_refuse(struct sl_client_session *session, struct sl_slice message)
{
    bool is_said = sl_admission_refuse(session, message) == SL_OK;
    if (!is_said) {
        sl_client_session_break(session);
    }
    return is_said;
}

size_t sl_session_queue_missing(struct sl_slice part)
{
    if (part.len < SL_FRAME_HEADER_BYTES) {
        return SL_FRAME_HEADER_BYTES - part.len;
    }
    size_t len = (size_t)part.data[0] | (size_t)part.data[1] << 8 | (size_t)part.data[2] << 16 |
                 (size_t)part.data[3] << 24;
    return SL_FRAME_HEADER_BYTES + len - part.len;
}

void sl_session_queue_keep(struct sl_client_session *session, struct sl_slice bytes)
{
    const struct sl_core *core = session->core;
    if (bytes.len > session->input.capacity - session->input.len &&
        sl_users_is_over(&core->users, &core->options.limits, session->user, bytes.len)) {
        sl_client_session_end(session, SL_E_BUSY, "too much is kept for unfinished requests");
        return;
    }
    if (bytes.len > 0 && sl_bytes_append(&session->input, bytes.data, bytes.len) != SL_OK) {
        sl_client_session_break(session);
    }
    sl_client_session_count_kept(session);
}

/* Of the input that waits, the last frame if it is not whole. Looks only at what came since the last time. */
static struct sl_slice last_part(struct sl_client_session *session)
{
    struct sl_slice message;
    size_t frame_bytes = 1;
    size_t seen =
        session->input_seen > session->input_used ? session->input_seen : session->input_used;
    while (frame_bytes > 0 && sl_frame_peek(sl_slice_behind(sl_bytes_slice(&session->input), seen),
                                            &message, &frame_bytes) == SL_OK) {
        seen += frame_bytes;
    }
    session->input_seen = seen;
    return sl_slice_behind(sl_bytes_slice(&session->input), seen);
}

/* The frame at `start` of the input has become whole after there was no more room: it goes, unless nothing else waits. */
static void refuse_last(struct sl_client_session *session, size_t start)
{
    struct sl_slice frame = {session->input.data + start, session->input.len - start};
    bool is_alone = start == session->input_used;
    if (!is_alone && !sl_client_session_is_above_mark(session) &&
        sl_session_queue_refuse(session, sl_slice_behind(frame, SL_FRAME_HEADER_BYTES))) {
        session->input.len = start;
        session->input_seen = start;
    }
}

/* Completes the last frame that waits; gives what is behind it. */
static struct sl_slice complete_last(struct sl_client_session *session, struct sl_slice bytes)
{
    struct sl_slice part = last_part(session);
    size_t start = session->input.len - part.len;
    if (part.len == 0) {
        return bytes;
    }
    while (bytes.len > 0 && part.len > 0 && session->state == SL_SESSION_OPEN) {
        size_t missing = sl_session_queue_missing(part);
        size_t take = missing < bytes.len ? missing : bytes.len;
        sl_session_queue_keep(session, (struct sl_slice){bytes.data, take});
        bytes = sl_slice_behind(bytes, take);
        part = last_part(session);
    }
    if (part.len == 0 && session->state == SL_SESSION_OPEN) {
        refuse_last(session, start);
    }
    return bytes;
}

/* Gives what is behind the last whole frame, or cannot be refused now. */
static struct sl_slice refuse_frames(struct sl_client_session *session, struct sl_slice bytes)
{
    struct sl_slice message;
    size_t frame_bytes = 1;
    while (frame_bytes > 0 && !sl_client_session_is_above_mark(session) &&
           sl_frame_peek(bytes, &message, &frame_bytes) == SL_OK && frame_bytes > 0 &&
           sl_session_queue_refuse(session, message)) {
        bytes = sl_slice_behind(bytes, frame_bytes);
    }
    return bytes;
}

void sl_session_queue_add(struct sl_client_session *session, struct sl_slice bytes)
{
    size_t room = sl_admission_room(session);
    size_t take = room < bytes.len ? room : bytes.len;
    sl_session_queue_keep(session, (struct sl_slice){bytes.data, take});
    bytes = sl_slice_behind(bytes, take);
    if (bytes.len > 0 && session->state == SL_SESSION_OPEN) {
        bytes = complete_last(session, bytes);
    }
    if (session->state == SL_SESSION_OPEN) {
        sl_session_queue_keep(session, refuse_frames(session, bytes));
    }
    sl_admission_gather(session);
}
