/* Who keeps the daemon waiting is let go after a time:
 *
 *     idle      nothing has come, and nothing is due to it      TIMED_OUT, then the end; the client connects anew when it needs to
 *     frame     a request has begun to come and is not whole    the same
 *     reader    there is output, and the peer takes none        the end; a subscriber goes on from its cursor later
 *
 * Requests in flight, subscriptions and input that the daemon itself lets wait are not idle. A frame is timed while the daemon reads.
 *
 * Each of the three has one length for all sessions, so that a list in the order in which they began is in the order of their ends: any
 * activity moves a session to the end of a list, and a tick looks at the first ones. Time passes with the ticks, a second at most with
 * each: a daemon that stood still holds that against nobody. */
#ifndef SL_SERVICE_DEADLINES_H
#define SL_SERVICE_DEADLINES_H

#include "base/list.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

/* In one of the lists, or in none. */
struct sl_deadline {
    struct sl_list link;
    uint64_t since_us; /* by the time of the ticks */
};

struct sl_deadlines {
    struct sl_list idle;
    struct sl_list frames;
    struct sl_list readers;
    uint64_t now_us;    /* passes with the ticks */
    uint64_t ticked_us; /* monotonic: the last tick */
};

/* Of one session. */
struct sl_patience {
    struct sl_deadline idle;
    struct sl_deadline frame;
    struct sl_deadline reader;
    uint64_t frame_number; /* which one is timed: so many came before it */
};

void sl_deadlines_init(struct sl_deadlines *deadlines, uint64_t now_us);

/* A session begins, and ends. */
void sl_deadlines_add(struct sl_client_session *session);
void sl_deadlines_remove(struct sl_client_session *session);

/* It has sent something, or was answered. */
void sl_deadlines_active(struct sl_client_session *session);

/* Is it in the middle of a frame, the one behind `number` others? Tells also when it is no more. */
void sl_deadlines_frame(struct sl_client_session *session, bool is_partial, uint64_t number);

/* It took `len` bytes, and more is there to be taken, or not. */
void sl_deadlines_taken(struct sl_client_session *session, size_t len, bool has_more);

/* Ends those whose time is over. */
void sl_deadlines_tick(struct sl_core *core);

#endif
