/* A question is not interrupted. Whoever has asked one that took long stands in line for the next: one of the line asks in a turn, and then
 * the others have as much time as that took, if there are others.
 *
 *     loop │ question of A, 40 ms │ appends, short questions: 40 ms │ question of B, 25 ms │ ... 25 ms │ question of A ...
 *
 * So half of the time is left for the others however many stand in line, and whoever comes meanwhile waits for the end of one question.
 * Those who stand in line are no others to each other: among themselves they lose nothing. */
#ifndef SL_SERVICE_LONG_QUESTIONS_H
#define SL_SERVICE_LONG_QUESTIONS_H

#include "base/list.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

/* Of all sessions. */
struct sl_long_questions {
    struct sl_list line; /* whoever has stood in it longest comes first */
    uint64_t free_us;    /* monotonic: until then the time is the others' */
    uint64_t others_us;  /* monotonic: the last input of one of them */
    bool had_others;     /* there was one */
};

/* Of one session. */
struct sl_long_place {
    struct sl_list link; /* sl_long_questions.line */
    uint64_t asked_us;   /* monotonic: its last long question */
    bool has_asked;      /* there was one */
    bool is_called;      /* its turn in the line has come, for one question */
};

void sl_long_init(struct sl_long_questions *questions);

/* The session's question, which was answered or refused just now, took so long. */
void sl_long_asked(struct sl_client_session *session, uint64_t took_us);

/* Input came from the session. */
void sl_long_seen(struct sl_client_session *session);

/* Must what it sends wait in line? */
bool sl_long_must_wait(const struct sl_client_session *session);
/* It stands in line from now on, if it does not yet. */
void sl_long_queue(struct sl_client_session *session);
/* It is being closed, or asks no more. */
void sl_long_remove(struct sl_client_session *session);

/* Calls the first of the line, if it is time. */
void sl_long_turn(struct sl_core *core);

/* Microseconds until the first of the line may be called; UINT64_MAX: there is no line. */
uint64_t sl_long_left_us(const struct sl_core *core);

#endif
