/* A glance costs half a microsecond for each socket, and they take turns, so that it never costs more than a tenth of the time. */
#include "service/askers.h"

#include "service/internal.h"

#define LATELY_US  1000000u /* so long after a question the next one is expected */
#define GLANCE_US  50u
#define GLANCE_MAX 8u /* sessions */

void sl_askers_init(struct sl_askers *askers)
{
    *askers = (struct sl_askers){0};
    sl_list_init(&askers->sessions);
}

void sl_askers_add(struct sl_client_session *session)
{
    struct sl_askers *askers = &session->core->askers;
    askers->was_asked = true;
    askers->asked_us = session->core->now_us;
    session->asked_us = session->core->now_us;
    if (session->options.glance != NULL && sl_list_is_empty(&session->asker_link)) {
        sl_list_push_back(&askers->sessions, &session->asker_link);
        askers->count++;
    }
}

void sl_askers_remove(struct sl_client_session *session)
{
    if (!sl_list_is_empty(&session->asker_link)) {
        sl_list_remove(&session->asker_link);
        session->core->askers.count--;
    }
}

bool sl_askers_are_there(const struct sl_core *core)
{
    return core->askers.was_asked && core->now_us - core->askers.asked_us < LATELY_US;
}

/* The next one moves to the end, or out of the list if it has not asked for long. */
static void look_at_next(struct sl_askers *askers, uint64_t now_us)
{
    struct sl_list *link = askers->sessions.next; /* the list is not empty */
    struct sl_client_session *session = sl_list_entry(link, struct sl_client_session, asker_link);
    if (now_us - session->asked_us >= LATELY_US) {
        sl_askers_remove(session);
        return;
    }
    sl_list_remove(link);
    sl_list_push_back(&askers->sessions, link);
    if (!session->is_appending) {
        session->options.glance(session->options.ctx); /* last: it may close the session */
    }
}

void sl_askers_glance(struct sl_core *core)
{
    struct sl_askers *askers = &core->askers;
    if (sl_list_is_empty(&askers->sessions) || askers->is_looking) {
        return;
    }
    if (sl_clock_monotonic_us(core->options.clock) - askers->looked_us < GLANCE_US) {
        return;
    }
    bool is_resuming = core->is_resuming;
    size_t count = askers->count < GLANCE_MAX ? askers->count : GLANCE_MAX;
    /* An append among what is seen comes behind those that wait, as ever. */
    core->is_resuming = false;
    askers->is_looking = true;
    for (size_t i = 0; i < count && askers->count > 0 && !core->is_stopped; i++) {
        look_at_next(askers, sl_clock_monotonic_us(core->options.clock));
    }
    askers->is_looking = false;
    core->is_resuming = is_resuming;
    askers->looked_us = sl_clock_monotonic_us(core->options.clock);
}
