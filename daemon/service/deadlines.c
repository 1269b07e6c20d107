/* Three lists, each in the order of its ends. */
#include "service/deadlines.h"

#include "service/internal.h"

/* Between two ticks: what is longer was no time for clients to act in. */
#define STEP_US_MAX 1000000u

void sl_deadlines_init(struct sl_deadlines *deadlines, uint64_t now_us)
{
    *deadlines = (struct sl_deadlines){.ticked_us = now_us};
    sl_list_init(&deadlines->idle);
    sl_list_init(&deadlines->frames);
    sl_list_init(&deadlines->readers);
}

/* From now on, behind all that have begun before. */
static void
begin(struct sl_deadlines *deadlines, struct sl_list *list, struct sl_deadline *deadline)
{
    sl_list_remove(&deadline->link);
    sl_list_push_back(list, &deadline->link);
    deadline->since_us = deadlines->now_us;
}

void sl_deadlines_add(struct sl_client_session *session)
{
    sl_list_init(&session->patience.idle.link);
    sl_list_init(&session->patience.frame.link);
    sl_list_init(&session->patience.reader.link);
    sl_deadlines_active(session);
}

void sl_deadlines_remove(struct sl_client_session *session)
{
    sl_list_remove(&session->patience.idle.link);
    sl_list_remove(&session->patience.frame.link);
    sl_list_remove(&session->patience.reader.link);
}

void sl_deadlines_active(struct sl_client_session *session)
{
    struct sl_deadlines *deadlines = &session->core->deadlines;
    begin(deadlines, &deadlines->idle, &session->patience.idle);
}

void sl_deadlines_frame(struct sl_client_session *session, bool is_partial, uint64_t number)
{
    struct sl_patience *patience = &session->patience;
    struct sl_deadlines *deadlines = &session->core->deadlines;
    bool is_timed = !sl_list_is_empty(&patience->frame.link);
    if (!is_partial) {
        sl_list_remove(&patience->frame.link);
    } else if (!is_timed || patience->frame_number != number) {
        begin(deadlines, &deadlines->frames, &patience->frame);
        patience->frame_number = number;
    }
}

void sl_deadlines_taken(struct sl_client_session *session, size_t len, bool has_more)
{
    struct sl_deadline *reader = &session->patience.reader;
    struct sl_deadlines *deadlines = &session->core->deadlines;
    if (!has_more) {
        sl_list_remove(&reader->link);
    } else if (len > 0 || sl_list_is_empty(&reader->link)) {
        begin(deadlines, &deadlines->readers, reader);
    }
}

/* The first of the list if its time is over, NULL else. */
static struct sl_list *
expired(const struct sl_deadlines *deadlines, const struct sl_list *list, uint64_t max_us)
{
    struct sl_list *link = sl_list_first(list);
    if (link == NULL) {
        return NULL;
    }
    const struct sl_deadline *deadline = sl_list_entry(link, struct sl_deadline, link);
    return deadlines->now_us - deadline->since_us >= max_us ? link : NULL;
}

/* A list holds no session twice, and whoever is looked at leaves it or goes to its end, with the present time. */
static unsigned end_idle(struct sl_core *core)
{
    struct sl_deadlines *deadlines = &core->deadlines;
    uint64_t max_us = core->options.limits.idle_us;
    unsigned ended = 0;
    struct sl_list *link = expired(deadlines, &deadlines->idle, max_us);
    while (link != NULL) {
        struct sl_client_session *session =
            sl_list_entry(link, struct sl_client_session, patience.idle.link);
        if (sl_client_session_is_idle(session)) {
            sl_list_remove(link);
            sl_client_session_end(session, SL_E_TIMED_OUT, "nothing was sent for a long time");
            ended++;
        } else {
            begin(deadlines, &deadlines->idle, &session->patience.idle);
        }
        link = expired(deadlines, &deadlines->idle, max_us);
    }
    return ended;
}

static unsigned end_frames(struct sl_core *core)
{
    struct sl_deadlines *deadlines = &core->deadlines;
    uint64_t max_us = core->options.limits.frame_us;
    unsigned ended = 0;
    struct sl_list *link = expired(deadlines, &deadlines->frames, max_us);
    while (link != NULL) {
        sl_list_remove(link);
        sl_client_session_end(sl_list_entry(link, struct sl_client_session, patience.frame.link),
                              SL_E_TIMED_OUT, "a request that has begun must come whole in time");
        ended++;
        link = expired(deadlines, &deadlines->frames, max_us);
    }
    return ended;
}

static unsigned end_readers(struct sl_core *core)
{
    struct sl_deadlines *deadlines = &core->deadlines;
    uint64_t max_us = core->options.limits.reader_us;
    unsigned ended = 0;
    struct sl_list *link = expired(deadlines, &deadlines->readers, max_us);
    while (link != NULL) {
        sl_list_remove(link);
        sl_client_session_break(
            sl_list_entry(link, struct sl_client_session, patience.reader.link));
        ended++;
        link = expired(deadlines, &deadlines->readers, max_us);
    }
    return ended;
}

void sl_deadlines_tick(struct sl_core *core)
{
    struct sl_deadlines *deadlines = &core->deadlines;
    uint64_t step_us = core->now_us - deadlines->ticked_us;
    deadlines->now_us += step_us < STEP_US_MAX ? step_us : STEP_US_MAX;
    deadlines->ticked_us = core->now_us;
    unsigned idle = end_idle(core);
    unsigned frames = end_frames(core);
    unsigned readers = end_readers(core);
    if (idle + frames + readers > 0) {
        sl_log(SL_LOG_INFO, "event=timed_out idle=%u frame=%u reader=%u", idle, frames, readers);
    }
}
