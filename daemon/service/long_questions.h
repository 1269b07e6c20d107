/* A question is not interrupted. Whoever has asked one that took long stands in line for the next: one of the line asks in a turn, and then
 * the others have as much time as that took, if there are others.
 *
 *     loop │ question of A, 40 ms │ appends, short questions: 40 ms │ question of B, 25 ms │ ... 25 ms │ question of A ...
 *
 * So half of the time is left for the others however many stand in line, and whoever comes meanwhile waits for the end of one question.
 * Those who ask so are no others to each other: among themselves they lose nothing.
 *
 *     last question     the next one
 *     short             is answered at once
 *     long              stands in line
 *     none, or a second ago or more and long: stands in line as well while there is one, or while the time is the others'
 *
 * Questions that come from outside the line and turn out to be long do not hold it up. Only questions wait, and what the same session
 * sends behind them. */
#ifndef SL_SERVICE_LONG_QUESTIONS_H
#define SL_SERVICE_LONG_QUESTIONS_H

#include "base/list.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

/* Of all sessions. */
struct sl_long_questions {
    struct sl_list line;              /* whoever has stood in it longest comes first */
    struct sl_client_session *called; /* its turn has come, for one question; NULL: nobody's */
    uint64_t free_us;                 /* monotonic: until then the time is the others' */
    uint64_t others_us;               /* monotonic: the last that was done for one of them */
    bool had_others;                  /* there was something */
};

enum sl_last_question { SL_ASKED_NOTHING, SL_ASKED_SHORT, SL_ASKED_LONG };

/* Of one session. */
struct sl_long_place {
    struct sl_list link;        /* sl_long_questions.line */
    enum sl_last_question last; /* how long its last question took */
    uint64_t asked_us;          /* monotonic: when that was, if it was long */
};

void sl_long_init(struct sl_long_questions *questions);

/* Must its question wait in line? */
bool sl_long_must_wait(const struct sl_client_session *session);
/* It stands in line from now on, if it does not yet. */
void sl_long_queue(struct sl_client_session *session);
bool sl_long_is_queued(const struct sl_client_session *session);
/* It is being closed, or asks no more. */
void sl_long_remove(struct sl_client_session *session);

/* The session's question, which was answered or refused just now, took so long. */
void sl_long_asked(struct sl_client_session *session, uint64_t took_us);
/* Something else was done for it. */
void sl_long_others(struct sl_client_session *session);

/* Calls the first of the line, if it is time. */
void sl_long_turn(struct sl_core *core);

/* Microseconds until the first of the line may be called; UINT64_MAX: there is no line. */
uint64_t sl_long_left_us(const struct sl_core *core);

#endif
