/* The line, and the time between two questions. */
#include "service/long_questions.h"

#include "service/internal.h"

#define LONG_US   2000u    /* what takes less disturbs nobody */
#define REST_MAX  1000000u /* microseconds that one question gives the others */
#define LATELY_US 1000000u /* so long after a long question the next one may be another */
#define OTHERS_US 100000u  /* so long after their last input the others are still there */

void sl_long_init(struct sl_long_questions *questions)
{
    *questions = (struct sl_long_questions){0};
    sl_list_init(&questions->line);
}

static bool asks_long(const struct sl_client_session *session)
{
    const struct sl_long_place *place = &session->long_place;
    return place->has_asked && session->core->now_us - place->asked_us < LATELY_US;
}

void sl_long_asked(struct sl_client_session *session, uint64_t took_us)
{
    struct sl_core *core = session->core;
    session->long_place.is_called = false;
    if (took_us >= LONG_US) {
        session->long_place.has_asked = true;
        session->long_place.asked_us = core->now_us;
        core->long_questions.free_us = core->now_us + (took_us < REST_MAX ? took_us : REST_MAX);
    }
}

void sl_long_seen(struct sl_client_session *session)
{
    struct sl_long_questions *questions = &session->core->long_questions;
    if (!asks_long(session)) {
        questions->others_us = session->core->now_us;
        questions->had_others = true;
    }
}

bool sl_long_must_wait(const struct sl_client_session *session)
{
    const struct sl_long_place *place = &session->long_place;
    bool is_in_line = !sl_list_is_empty(&place->link);
    return is_in_line || (!place->is_called && asks_long(session));
}

void sl_long_queue(struct sl_client_session *session)
{
    if (sl_list_is_empty(&session->long_place.link)) {
        sl_list_push_back(&session->core->long_questions.line, &session->long_place.link);
    }
}

void sl_long_remove(struct sl_client_session *session)
{
    sl_list_remove(&session->long_place.link);
}

void sl_long_turn(struct sl_core *core)
{
    struct sl_list *link = sl_list_first(&core->long_questions.line);
    if (link == NULL || sl_long_left_us(core) > 0) {
        return;
    }
    struct sl_client_session *session =
        sl_list_entry(link, struct sl_client_session, long_place.link);
    sl_list_remove(link);
    session->long_place.is_called = true;
    sl_client_session_ready(session);
}

uint64_t sl_long_left_us(const struct sl_core *core)
{
    const struct sl_long_questions *questions = &core->long_questions;
    if (sl_list_is_empty(&questions->line)) {
        return UINT64_MAX;
    }
    uint64_t gone_us = questions->others_us + OTHERS_US; /* the others, if no more comes */
    bool has_others = questions->had_others && core->now_us < gone_us;
    uint64_t until_us = questions->free_us < gone_us ? questions->free_us : gone_us;
    return has_others && core->now_us < until_us ? until_us - core->now_us : 0;
}
