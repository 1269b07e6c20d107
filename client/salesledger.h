/* libsalesledger: talks to a ledger over its Unix socket.
 *
 * One engine, three ways to use it, freely mixed on one client:
 *
 *     blocking     sl_client_call, sl_client_append, ...      one question, one answer
 *     pipelined    sl_client_send, sl_client_receive          many under way, answers as they come
 *     callbacks    sl_client_submit, poll, sl_client_process  in an event loop, never blocks
 *
 * Subscriptions and long answers are replies with `more` set: read on with sl_client_next, or
 * let a callback have them.
 *
 * What may be relied on:
 *
 *  (1) Every request that was accepted for sending ends in exactly one last reply (`more` not
 *       set), whatever happens. If the connection is lost for good, the library makes that reply
 *       itself: `error` set, code CLOSED or UNREACHABLE. Only sl_client_cancel and a blocking
 *       call that runs out of time end a request without one.
 *  (2) An event without an id gets one (UUIDv7) before its first send. After a lost connection
 *       the same bytes with the same ids are sent again, so that an append is carried out once,
 *       however often it is sent.
 *  (3) A subscription or log request that was cut goes on where it stopped: no event is delivered
 *       twice, none is left out. (A subscription without `from` that is cut before its first page
 *       starts at the head again.) A daemon that ends an idle connection has lost nothing: the
 *       next request connects anew. Other answers that were cut between two of their replies end
 *       with CLOSED.
 *  (4) Memory is bounded: by the options for what is sent, by the same bytes for what was
 *       received and not yet taken. Beyond it a request is refused (TOO_MANY), and the socket is
 *       not read until replies are taken.
 *  (5) No global state. One client belongs to one thread at a time; sl_client_interrupt alone may
 *       be called from anywhere.
 *
 * Errors: every function gives an enum sl_err; `diag` (may be NULL) tells people which field,
 * which rule, what to do. Outputs are untouched on failure. Replies are freed with
 * sl_client_reply_free. Requests stay the caller's and are as before when the call returns;
 * their `tag` is ignored, the library chooses its own. */
#ifndef SALESLEDGER_H
#define SALESLEDGER_H

#include "salesledger/v1/api.pb-c.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SL_CLIENT_API __attribute__((visibility("default")))

struct sl_client;

#define SL_CLIENT_SOCKET_PATH_DEFAULT "/run/salesledger/salesledger.sock"

/* For timeout_ms: wait without limit. For attempt_count_max: never give up. */
#define SL_CLIENT_FOREVER UINT32_MAX

/* 0 or NULL in any field means its default. */
struct sl_client_options {
    const char *
        socket_path; /* copied, 1 to SL_SOCKET_PATH_BYTES_MAX bytes; SL_CLIENT_SOCKET_PATH_DEFAULT */
    uint32_t timeout_ms;        /* of one blocking call, reconnects included; 30 000 */
    uint32_t attempt_count_max; /* failures in a row without any reply before giving up; 5 */
    uint32_t backoff_ms;        /* wait before the second connect, doubled up to 1 000; 50 */
    uint32_t pending_max;     /* requests without their last reply; 512, SL_IN_FLIGHT_MAX at most */
    size_t pending_bytes_max; /* of these requests, and of replies not taken; 64 MiB */
};

/* Connects at once, one attempt. SL_E_UNREACHABLE (nobody there, with what to do), SL_E_DENIED
 * (no permission on the socket), SL_E_USAGE (an option out of range), SL_E_NO_MEMORY, SL_E_IO
 * (no file descriptor left). */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_open(const struct sl_client_options *options,
                                                       struct sl_client **ret_client,
                                                       struct sl_diag *diag);

/* Forgets all requests; their callbacks are not called. Never from inside a callback. NULL is
 * fine. */
SL_CLIENT_API void sl_client_close(struct sl_client *client);

/* Makes the blocking call that is under way, or the next one, return SL_E_CANCELLED. May be
 * called from a signal handler and from another thread. */
SL_CLIENT_API void sl_client_interrupt(struct sl_client *client);

/* NULL is fine. */
SL_CLIENT_API void sl_client_reply_free(Salesledger__V1__Reply *reply);

/* SL_OK, or the refusal's code with its field and message in `diag`. A code that this library
 * does not know is given as it is, with the daemon's name for it in the message. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_reply_err(const Salesledger__V1__Reply *reply,
                                                            struct sl_diag *diag);

/* The same for one receipt of an append: SL_OK if the event is recorded. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err
sl_client_receipt_err(const Salesledger__V1__Receipt *receipt, struct sl_diag *diag);

/* Sends and waits for the first reply. A refused request gives the refusal's code and no reply.
 * If the reply has `more` set, the others come from sl_client_next(client, reply->tag, ...).
 * A daemon that is BUSY has done nothing and is asked again, after longer and longer pauses, until
 * the call's time is up. (Of requests sent otherwise BUSY is a reply like any other: only who sent
 * them knows what has to stay in order.)
 *
 * Appends that have to be recorded in order: one at a time, the next one after the answer, each with all_or_nothing set. Of two that
 * are under way the daemon may put off the first and take the second, and the same goes for events of one append that is not all or
 * nothing. A receipt whose code may be retried (NO_SPACE, ...) is the caller's to send again: same ids, after a pause, first of all.
 *
 * Not sent at all: SL_E_TOO_BIG (frame above SL_FRAME_BYTES_MAX), SL_E_TOO_MANY (limits of the
 * options, or more than SL_BATCH_EVENTS_MAX events), SL_E_USAGE (called from a callback),
 * SL_E_NO_MEMORY. Outcome unknown, the same ids may be sent again: SL_E_UNREACHABLE (no answer
 * in time, or no connection any more), SL_E_CLOSED, SL_E_CANCELLED (sl_client_interrupt). */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_call(struct sl_client *client,
                                                       Salesledger__V1__Request *request,
                                                       Salesledger__V1__Reply **ret_reply,
                                                       struct sl_diag *diag);

/* The events of one append. */
struct sl_client_batch {
    Salesledger__V1__Event **events;
    size_t count;        /* 1 to SL_BATCH_EVENTS_MAX */
    bool all_or_nothing; /* otherwise each event has its own result */
};

/* SL_OK means the batch was answered: ret_reply->append->receipts has one receipt per event, in
 * order, and each is its own success or refusal (sl_client_receipt_err). An answer with another
 * number of receipts is SL_E_MALFORMED. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_append(struct sl_client *client,
                                                         const struct sl_client_batch *batch,
                                                         Salesledger__V1__Reply **ret_reply,
                                                         struct sl_diag *diag);

/* One question each, as sl_client_call; SL_OK also means that the reply holds the part asked for
 * (->measures, ->targets, ->rank, ->statement, ->events, ->status), SL_E_MALFORMED otherwise.
 *
 * An answer may be one page of many. A log is read on by asking again: forwards `from` =
 * events->next until it is beyond the head or `to`; backwards `to` = events->next until it is 0. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err
sl_client_measures(struct sl_client *client,
                   Salesledger__V1__MeasuresRequest *question,
                   Salesledger__V1__Reply **ret_reply,
                   struct sl_diag *diag);
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_targets(struct sl_client *client,
                                                          Salesledger__V1__TargetsRequest *question,
                                                          Salesledger__V1__Reply **ret_reply,
                                                          struct sl_diag *diag);
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_rank(struct sl_client *client,
                                                       Salesledger__V1__RankRequest *question,
                                                       Salesledger__V1__Reply **ret_reply,
                                                       struct sl_diag *diag);
SL_CLIENT_API SL_MUST_CHECK enum sl_err
sl_client_statement(struct sl_client *client,
                    Salesledger__V1__StatementRequest *question,
                    Salesledger__V1__Reply **ret_reply,
                    struct sl_diag *diag);
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_log(struct sl_client *client,
                                                      Salesledger__V1__LogRequest *question,
                                                      Salesledger__V1__Reply **ret_reply,
                                                      struct sl_diag *diag);
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_status(struct sl_client *client,
                                                         Salesledger__V1__Reply **ret_reply,
                                                         struct sl_diag *diag);

/* Makes the name and the personal fields of a customer unreadable for good (->erase); can be asked again, and then says that it was done. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_erase(struct sl_client *client,
                                                        Salesledger__V1__EraseRequest *question,
                                                        Salesledger__V1__Reply **ret_reply,
                                                        struct sl_diag *diag);

/* Queues the request and writes what the socket takes; does not wait. `ret_tag` names it from
 * now on. Errors: those of sl_client_call that say "not sent at all". */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_send(struct sl_client *client,
                                                       Salesledger__V1__Request *request,
                                                       uint64_t *ret_tag,
                                                       struct sl_diag *diag);

/* Waits, by the options' timeout_ms, for the next reply to anything sent with sl_client_send, in
 * order of arrival. SL_OK gives a reply that may carry a refusal: see sl_client_reply_err;
 * reply->tag says whose it is. SL_E_UNREACHABLE (none in time; the requests stay under way),
 * SL_E_CANCELLED, SL_E_NOT_FOUND (nothing is under way), SL_E_USAGE. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_receive(struct sl_client *client,
                                                          Salesledger__V1__Reply **ret_reply,
                                                          struct sl_diag *diag);

/* The same for one tag; `timeout_ms` as in the options, SL_CLIENT_FOREVER to wait without limit.
 * SL_E_TOO_MANY: the replies of other requests fill the buffer and must be taken first.
 * SL_E_NOT_FOUND: no such request, or its last reply was taken. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_next(struct sl_client *client,
                                                       uint64_t tag,
                                                       uint32_t timeout_ms,
                                                       Salesledger__V1__Reply **ret_reply,
                                                       struct sl_diag *diag);

/* Ends a request: no reply to it is delivered any more, its callback is not called again,
 * replies not taken are dropped. An append may still be carried out. An unknown tag is fine. */
SL_CLIENT_API void sl_client_cancel(struct sl_client *client, uint64_t tag);

/* Requests whose last reply has not arrived. */
SL_CLIENT_API size_t sl_client_pending_count(const struct sl_client *client);

/* Follows the log; pages come from sl_client_next(client, tag, ...) as reply->events. A page may
 * be empty. Ends by sl_client_cancel. `question->from` absent means from the head on. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err
sl_client_subscribe(struct sl_client *client,
                    Salesledger__V1__SubscribeRequest *question,
                    uint64_t *ret_tag,
                    struct sl_diag *diag);

/* Called from sl_client_process (or from a blocking call on the same client) once per reply; the
 * one without `more` is the last. `reply` is lent until the callback returns. It may send,
 * submit and cancel; it may not block, process or close. */
typedef void (*sl_client_callback)(void *ctx, const Salesledger__V1__Reply *reply);

struct sl_client_handler {
    sl_client_callback callback; /* not NULL */
    void *ctx;
};

/* As sl_client_send, answered to the handler. `ret_tag` may be NULL. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_submit(struct sl_client *client,
                                                         Salesledger__V1__Request *request,
                                                         struct sl_client_handler handler,
                                                         uint64_t *ret_tag,
                                                         struct sl_diag *diag);

/* The descriptor to wait for: the same for the client's life, also over reconnects. */
SL_CLIENT_API int sl_client_fd(const struct sl_client *client);

/* What to wait for, as poll(2) names it. Always POLLIN: the descriptor becomes readable whenever
 * sl_client_process has something to do, be it reading, writing or connecting again. */
SL_CLIENT_API short sl_client_events(const struct sl_client *client);

/* Reads, writes, reconnects and calls callbacks as far as possible without waiting. Failures
 * reach the requests they concern; the client stays usable, the next request connects anew.
 * SL_E_USAGE: called from a callback. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_process(struct sl_client *client);

/* A fresh UUIDv7, for who wants to keep an event's id before sending it. SL_E_IO if the system
 * gives no random bytes. */
SL_CLIENT_API SL_MUST_CHECK enum sl_err sl_client_make_id(struct sl_client *client,
                                                          struct sl_id *ret_id);

#ifdef __cplusplus
}
#endif
#endif
