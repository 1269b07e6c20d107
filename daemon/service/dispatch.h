/* From a frame to its handler: decode on the request's arena, ask who may, call, and see that exactly one answer lies in the
 * outbox, held at the position it reflects. A new kind of request is one row of the table in dispatch.c. */
#ifndef SL_SERVICE_DISPATCH_H
#define SL_SERVICE_DISPATCH_H

#include "codec/wire.h"
#include "sl/err.h"
#include "sl/types.h"

struct sl_core;
struct sl_client_session;

/* One request being answered. */
struct sl_exchange {
    struct sl_core *core;
    struct sl_client_session *session;
    sl_seq reflects;   /* what the answer shows; 0: the head */
    bool must_wait;    /* nothing was done: the store has no room yet, ask again later */
    bool must_stand;   /* nothing was done: it stands in line (long_questions.h) */
    bool must_prepare; /* nothing was done: the state is being brought up to date for the answer */
    bool
        must_go_on; /* an append was done in part, or not at all because one of another session was */
    bool is_lost;   /* done, but the reply could not be written: the session must end */
    struct sl_diag diag;
    struct sl_request request;
};

/* The reply to this exchange: into the session's output, at the head as it is now. Each handler appends one frame. */
struct sl_reply sl_exchange_reply(const struct sl_exchange *exchange);

enum sl_dispatched {
    SL_DISPATCH_DONE, /* answered, also when refused */
    SL_DISPATCH_WAIT, /* nothing happened: hand the same frame in again when the store has room */
    SL_DISPATCH_PREPARE, /* likewise, in the next turn */
    SL_DISPATCH_STAND,   /* likewise, when the session is called */
    SL_DISPATCH_LATER, /* likewise, when the turn has time for more events; some of them may be done */
    SL_DISPATCH_LOST, /* the session cannot go on */
};

enum sl_dispatched sl_dispatch(struct sl_client_session *session, struct sl_slice message);

/* Appends wait for memory more than for the processor, so what events will look at is asked for while the two before them are handled:
 * `event`, empty for none, is the one after the next. Bytes once looked ahead to must stay until the next call. */
void sl_look_ahead(struct sl_core *core, struct sl_slice event);
void sl_look_ahead_anew(struct sl_core *core); /* what was looked ahead to does not come next */

/* The handlers. SL_OK: the reply has been appended. Else nothing was, and the error is the answer. */
typedef enum sl_err (*sl_handler)(struct sl_exchange *exchange);
enum sl_err sl_handle_append(struct sl_exchange *exchange);
enum sl_err sl_handle_measures(struct sl_exchange *exchange);
enum sl_err sl_handle_targets(struct sl_exchange *exchange);
enum sl_err sl_handle_rank(struct sl_exchange *exchange);
enum sl_err sl_handle_statement(struct sl_exchange *exchange);
enum sl_err sl_handle_log(struct sl_exchange *exchange);
enum sl_err sl_handle_subscribe(struct sl_exchange *exchange);
enum sl_err sl_handle_cancel(struct sl_exchange *exchange);
enum sl_err sl_handle_status(struct sl_exchange *exchange);
enum sl_err sl_handle_erase(struct sl_exchange *exchange);
enum sl_err sl_handle_backup(struct sl_exchange *exchange);

#endif
