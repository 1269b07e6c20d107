/* Queues are counted in bytes: what a request costs is not known before it is decoded. */
#include "service/admission.h"

#include "codec/peek.h"
#include "service/internal.h"

/* Questions of one turn, and the time since it began, beyond which those that follow are refused. The first ones are answered however
 * long they take: what else should be waited for? */
#define TURN_QUESTIONS_MIN 32u
#define TURN_US_MAX        1000000u

/* Age counts once so large a part of what may wait is there: a disk that stands still for some seconds is no reason to refuse the little
 * that those have in flight who wait for their answers. */
#define AGE_PART 8u

/* Between two reads of a session that waits, once so large a part of what may wait is there. */
#define GATHER_US   20000u
#define GATHER_PART 4u

static void count(struct sl_admission *admission, struct sl_queue *queue, size_t bytes)
{
    admission->bytes += bytes - queue->bytes; /* wraps where it is less, and so fits again */
    admission->sessions += (bytes > 0 ? 1u : 0u) - (queue->bytes > 0 ? 1u : 0u);
}

void sl_admission_note(struct sl_client_session *session, size_t waiting)
{
    struct sl_queue *queue = &session->queue;
    uint64_t now_us = session->core->now_us;
    if (waiting == queue->bytes) {
        return;
    }
    count(&session->core->admission, queue, waiting);
    size_t gone = queue->bytes > waiting ? queue->bytes - waiting : 0;
    if (queue->bytes == 0) {
        *queue = (struct sl_queue){.front_bytes = waiting, .front_us = now_us};
    } else if (gone == 0) {
        queue->back_us = queue->back_us == 0 ? now_us : queue->back_us;
    } else if (gone < queue->front_bytes) {
        queue->front_bytes -= gone;
    } else {
        queue->front_bytes = waiting;
        queue->front_us = queue->back_us == 0 ? queue->front_us : queue->back_us;
        queue->back_us = 0;
    }
    queue->bytes = waiting;
}

size_t sl_admission_room(const struct sl_client_session *session)
{
    const struct sl_core *core = session->core;
    const struct sl_core_limits *limits = &core->options.limits;
    const struct sl_queue *queue = &session->queue;
    if (sl_users_is_over(&core->users, limits, session->user, 0)) {
        return 0;
    }
    if (session->stall != SL_STALL_TURN && session->stall != SL_STALL_STORE) {
        return SIZE_MAX; /* its own doing; it is not read on */
    }
    size_t bytes = core->admission.bytes;
    bool is_much = bytes > limits->waiting_max / AGE_PART;
    if (is_much && queue->bytes > 0 && core->now_us - queue->front_us >= limits->waiting_us) {
        return 0;
    }
    size_t left = limits->waiting_max > bytes ? limits->waiting_max - bytes : 0;
    size_t part = limits->waiting_max / (core->admission.sessions + (queue->bytes == 0 ? 1u : 0u));
    size_t own_left = part > queue->bytes ? part - queue->bytes : 0;
    return left > own_left ? left : own_left;
}

enum sl_err sl_admission_refuse(struct sl_client_session *session, struct sl_slice message)
{
    struct sl_core *core = session->core;
    struct sl_reply reply = {
        .out = &session->outbox.bytes,
        .tag = sl_peek_tag(message),
        .seq = core->visible.v,
    };
    enum sl_err err = sl_reply_busy(&reply);
    if (err == SL_OK) {
        sl_metrics_refused(&core->metrics, SL_E_BUSY);
        sl_outbox_hold(&session->outbox, (sl_seq){0}, core->now_us);
    }
    return err;
}

void sl_admission_gather(struct sl_client_session *session)
{
    struct sl_core *core = session->core;
    bool is_much = core->admission.bytes > core->options.limits.waiting_max / GATHER_PART;
    if (is_much && sl_list_is_empty(&session->gather_link)) {
        sl_list_push_back(&core->gathering, &session->gather_link);
    }
}

void sl_admission_turn(struct sl_core *core)
{
    bool is_early = core->now_us - core->gathered_us < GATHER_US;
    if (sl_list_is_empty(&core->gathering) || (is_early && !sl_list_is_empty(&core->deferred))) {
        return;
    }
    core->gathered_us = core->now_us;
    sl_list_each (link, &core->gathering) {
        sl_list_remove(link);
        sl_client_session_ready(sl_list_entry(link, struct sl_client_session, gather_link));
    }
}

bool sl_admission_is_late(struct sl_core *core)
{
    core->turn_questions++;
    return core->turn_questions > TURN_QUESTIONS_MIN &&
           core->now_us - core->turn_began_us > TURN_US_MAX;
}
