/* Sessions that have asked lately. Their sockets are looked at between two parts of a turn's work:
 *
 *     one turn:  events of others taken in ─▶ what has become durable, followed ─▶ answers of others sent
 *                 ▲     ▲     ▲     ▲           ▲     ▲     ▲     ▲     ▲             ▲     ▲     ▲
 *                 └─────┴─────┴─────┴───────────┴─────┴── glances ┴─────┴─────────────┴─────┴─────┘
 *
 * So a question waits for a glance and not for the milliseconds of the turn, and a turn can be as large as the flood needs. Only the first
 * question after a while waits for the turn: nobody looks at a thousand silent sockets.
 *
 * A glance hands in input as reading does, and the question is answered within it, between two events, two sessions or two portions of
 * what is followed: the state is whole there. A session whose latest request was to append is not looked at: its input may be at hand
 * just now. So input is handled within the handling of other input, and no deeper: there is no glance within a glance. */
#ifndef SL_SERVICE_ASKERS_H
#define SL_SERVICE_ASKERS_H

#include "base/list.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

struct sl_askers {
    struct sl_list sessions; /* whoever was looked at longest ago comes first */
    size_t count;            /* of them */
    uint64_t looked_us;      /* monotonic: the last glance */
    uint64_t asked_us;       /* monotonic: the last question of all */
    bool was_asked;          /* there has been one */
    bool is_looking;         /* no glance within a glance */
};

void sl_askers_init(struct sl_askers *askers);

/* The session has asked just now, by the core's clock. */
void sl_askers_add(struct sl_client_session *session);

/* It asks no more: it is being closed. */
void sl_askers_remove(struct sl_client_session *session);

/* Has anybody asked lately? */
bool sl_askers_are_there(const struct sl_core *core);

/* Looks at the sockets of those who have asked lately, if the last glance is long enough ago. */
void sl_askers_glance(struct sl_core *core);

#endif
