/* One connection as the core sees it: bytes in, bytes out. The layer above owns the socket and the two calls back.
 *
 *          ┌────────── input waits: too much output, too many unanswered, share of the turn used up, the turn full, store full,
 *          │           others before the next long question (long_questions.h);
 *          │           beyond what may wait it is refused (admission.h)
 *          ▼     │
 *         OPEN ──┴──▶ DRAINING    the peer has ended its side, a frame that cannot be, a time is over (deadlines.h), or the core drains:
 *          │             │        no more requests; held replies still go out, subscriptions have ended
 *          ▼             ▼
 *        BROKEN ◀────────┘        a reply could not be written, or nobody takes it: nothing more goes out
 *
 * Done: DRAINING with all output taken, or BROKEN.
 *
 * `wake` is called at the end of a turn when there is output to take, input is wanted again, or the session is done; it
 * may take output and may close this session, no other.
 *
 * `glance` is called for a session that has asked lately, amid a turn, a drain, or the input of another session (askers.h): what lies in
 * its socket is handed in now, if input is wanted, and what it brings is taken. It does not wait, and may close this session, no other. */
#ifndef SL_SERVICE_CLIENT_SESSION_H
#define SL_SERVICE_CLIENT_SESSION_H

#include "service/access.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session; /* opaque */

#define SL_ACTOR_BYTES_MAX 64u

struct sl_client_options {
    struct sl_slice actor;      /* who: 1 to SL_ACTOR_BYTES_MAX bytes, copied */
    struct sl_credentials peer; /* what rights are decided by; groups are borrowed for the call */
    bool is_operator;           /* may have the last connections */
    void (*wake)(void *ctx);
    void (*glance)(void *ctx); /* NULL: its input comes when the layer above reads it */
    void *ctx;
};

/* SL_E_TOO_MANY (connections in all or of the user; `diag` says how many are allowed), SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_client_session_open(struct sl_core *core,
                                                 const struct sl_client_options *options,
                                                 struct sl_client_session **ret_session,
                                                 struct sl_diag *diag);

/* Forgets what was not sent. Not from within a handler; from `wake` or `glance` is fine. NULL is fine. */
void sl_client_session_close(struct sl_client_session *session);

/* Bytes from the socket, borrowed for the call; handled at once as far as the session's share of the turn goes. Answers to questions may
 * be there afterwards; the turn brings the others. May glance at other sessions. */
void sl_client_session_input(struct sl_client_session *session, struct sl_slice bytes);

/* The peer will send no more. */
void sl_client_session_ended(struct sl_client_session *session);

/* Should the socket be read? */
bool sl_client_session_wants_input(const struct sl_client_session *session);

/* What may be written to the socket now; borrowed until taken, the next turn or input of any session. */
struct sl_slice sl_client_session_output(const struct sl_client_session *session);
/* Who copies of it wipes what he has copied. */
bool sl_client_session_has_secrets(const struct sl_client_session *session);
/* The socket took `len` bytes of it, perhaps none. Told of each attempt: who never takes any is let go. */
void sl_client_session_taken(struct sl_client_session *session, size_t len);

/* Nothing more will come: close the socket. */
bool sl_client_session_is_done(const struct sl_client_session *session);

#endif
