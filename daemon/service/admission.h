/* Overload: what waits is bounded, what does not fit is answered BUSY at once and costs next to nothing, so that the daemon goes on at
 * its best rate and is as quick as ever when less comes.
 *
 *     appends     │ a │ a │ b │ a │ c │ ...    bytes of requests that wait for their turn or for the store
 *                 └───┴───┴───┴───┴───┴─────┘  above waiting_max: no more for those who have their equal part of it
 *
 *     once an eighth of that waits, also no more behind an append that has waited too long (waiting_us). Questions are answered where they come in a turn; late in an
 *     overlong one those that cost something are refused.
 *
 * Whoever has nothing waiting is always let in: what others pour in brings nobody a BUSY.
 *
 * Requests of a connection that fill its own queue wait unread in its socket as long as there is room in all; only beyond is it read
 * on in order to refuse. While much waits, sessions that have some waiting are read once in so many milliseconds: a read costs as much as
 * an event, and so one brings many. */
#ifndef SL_SERVICE_ADMISSION_H
#define SL_SERVICE_ADMISSION_H

#include "sl/err.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

/* Of all sessions. */
struct sl_admission {
    size_t bytes;      /* of appends that wait */
    uint32_t sessions; /* that have some */
};

/* Of one session. Its queue is seen in two parts, each as old as its first byte: so the age of the front is known without a mark at each
 * request, at most twice as old as it is. */
struct sl_queue {
    size_t bytes;
    size_t front_bytes;
    uint64_t front_us; /* monotonic */
    uint64_t back_us;  /* 0: there is no second part */
};

/* So many bytes of the session's input now wait for their turn to append. */
void sl_admission_note(struct sl_client_session *session, size_t waiting);

/* How many more bytes may wait behind what waits for this session; 0: requests are refused. */
size_t sl_admission_room(const struct sl_client_session *session);

/* Answers a request BUSY without looking at more than its tag. SL_E_NO_MEMORY and the like: the answer could not be written. */
SL_MUST_CHECK enum sl_err sl_admission_refuse(struct sl_client_session *session,
                                              struct sl_slice message);

/* Bytes were kept behind what waits: it is not read for a while if much waits in all. */
void sl_admission_gather(struct sl_client_session *session);

/* Those are read on after a while, or when nothing else is to be done. */
void sl_admission_turn(struct sl_core *core);

/* A question that costs something comes now: has this turn no time for it? */
bool sl_admission_is_late(struct sl_core *core);

#endif
