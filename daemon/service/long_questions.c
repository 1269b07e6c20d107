/* The line, and the time between two questions. */
#include "service/long_questions.h"

#include "service/internal.h"

#define LONG_US   2000u    /* what takes less disturbs nobody */
#define REST_MAX  1000000u /* microseconds that one question gives the others */
#define LATELY_US 1000000u /* so long after a long question the next one may be another */
#define OTHERS_US 100000u /* so long after something was done for the others they are still there */

void sl_long_init(struct sl_long_questions *questions)
{
    *questions = (struct sl_long_questions){0};
    sl_list_init(&questions->line);
}

static bool asks_long(const struct sl_client_session *session)
{
    const struct sl_long_place *place = &session->long_place;
    return place->last == SL_ASKED_LONG && session->core->now_us - place->asked_us < LATELY_US;
}

/* How long the time is still the others'. */
static uint64_t rest_us(const struct sl_core *core)
{
    const struct sl_long_questions *questions = &core->long_questions;
    uint64_t gone_us = questions->others_us + OTHERS_US; /* the others, if no more comes */
    uint64_t until_us = questions->free_us < gone_us ? questions->free_us : gone_us;
    return questions->had_others && core->now_us < until_us ? until_us - core->now_us : 0;
}

bool sl_long_must_wait(const struct sl_client_session *session)
{
    const struct sl_core *core = session->core;
    const struct sl_long_questions *questions = &core->long_questions;
    if (questions->called == session || session->long_place.last == SL_ASKED_SHORT) {
        return false;
    }
    return asks_long(session) || !sl_list_is_empty(&questions->line) || rest_us(core) > 0;
}

void sl_long_queue(struct sl_client_session *session)
{
    if (sl_list_is_empty(&session->long_place.link)) {
        sl_list_push_back(&session->core->long_questions.line, &session->long_place.link);
    }
}

bool sl_long_is_queued(const struct sl_client_session *session)
{
    return !sl_list_is_empty(&session->long_place.link);
}

static void end_call(struct sl_client_session *session)
{
    struct sl_long_questions *questions = &session->core->long_questions;
    questions->called = questions->called == session ? NULL : questions->called;
}

void sl_long_remove(struct sl_client_session *session)
{
    sl_list_remove(&session->long_place.link);
    end_call(session);
}

void sl_long_asked(struct sl_client_session *session, uint64_t took_us)
{
    struct sl_core *core = session->core;
    struct sl_long_questions *questions = &core->long_questions;
    bool is_in_turn = questions->called == session || sl_list_is_empty(&questions->line);
    end_call(session);
    if (took_us < LONG_US) {
        session->long_place.last = SL_ASKED_SHORT;
        sl_long_others(session);
        return;
    }
    session->long_place.last = SL_ASKED_LONG;
    session->long_place.asked_us = core->now_us;
    if (is_in_turn) {
        questions->free_us = core->now_us + (took_us < REST_MAX ? took_us : REST_MAX);
    }
}

void sl_long_others(struct sl_client_session *session)
{
    if (!asks_long(session)) {
        session->core->long_questions.others_us = session->core->now_us;
        session->core->long_questions.had_others = true;
    }
}

void sl_long_turn(struct sl_core *core)
{
    struct sl_long_questions *questions = &core->long_questions;
    /* Whose answer is being prepared asks still; who has not asked by now cannot, and stands in line again when it can. */
    if (questions->called != NULL && questions->called->stall == SL_STALL_ANSWER) {
        return;
    }
    questions->called = NULL;
    struct sl_list *link = sl_list_first(&questions->line);
    if (link == NULL || rest_us(core) > 0) {
        return;
    }
    questions->called = sl_list_entry(link, struct sl_client_session, long_place.link);
    sl_list_remove(link);
    sl_client_session_ready(questions->called);
}

uint64_t sl_long_left_us(const struct sl_core *core)
{
    return sl_list_is_empty(&core->long_questions.line) ? UINT64_MAX : rest_us(core);
}
