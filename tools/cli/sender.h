/* Sends many events in their order: one request is under way while the next one is gathered, and each refusal is traced back to where
 * the event came from.
 *
 *     add | add_group ── ... ── finish        refusals arrive through the callback, in the order of the events
 *
 * (1) An event that was recorded before, by its id, counts as `already` and changes nothing.
 * (2) After a failure the same input can be sent again: ids make that safe.
 * (3) What the daemon cannot take now (BUSY, NO_SPACE, out of reach, ...) is sent again with the same ids after a pause, before anything
 *     that comes after it; see patience.h. When the time is up, that refusal is the result. Events that were answered with it count
 *     as `refused` but do not reach the callback: nothing may be wrong with them.
 * (4) A group is recorded whole or not at all. If it is refused, the callback is called once, with what was wrong with the one
 *     event that is to blame, or TOO_BIG where it is too much for one request; all its events count as `refused`.
 * (5) Events are recorded in the order in which they were added. So a request is recorded whole or not at all, and the next one waits
 *     for its answer: of two that are under way the daemon could put off the first and take the second.
 * (6) A group is refused for good only as the first of its request, when all before it is answered for. Where another one is to
 *     blame, the request is sent again up to there; the more are refused, the fewer go into one request.
 * (7) An interruption (Ctrl-C) ends it once the request under way is answered; a second one does not wait for that. */
#ifndef SL_CLI_SENDER_H
#define SL_CLI_SENDER_H

#include "cli/cli.h"
#include "cli/patience.h"
#include "cli/send_queue.h"
#include "salesledger.h"

/* `origin` is what add() was given. */
typedef void (*sl_sender_on_refused)(void *ctx,
                                     uint64_t origin,
                                     enum sl_err err,
                                     const struct sl_diag *diag);

struct sl_sender_options {
    const struct sl_cli *cli; /* names the command, and how its counts are printed */
    struct sl_client *client;
    struct sl_patience patience;
    sl_sender_on_refused on_refused;
    void *ctx;
};

struct sl_sender {
    struct sl_sender_options options;
    struct sl_send_queue *queue; /* owned */
    size_t sent;                 /* the first so many of the queue are the present request */
    uint64_t tag;                /* its own; 0: it is to be sent, for the first time or again */
    size_t events_max;           /* of the next request, see (6) */
    uint64_t recorded, already, refused;
    bool is_interrupted;
    bool has_told_wait;   /* that it sends again, since something was taken */
    bool is_terminal;     /* progress is rewritten in place */
    int64_t told_ms;      /* when progress was last shown */
    int64_t told_wait_ms; /* and when it was last said that it sends again */
};

struct sl_sender sl_sender_start(const struct sl_sender_options *options);

/* Takes the event over, also on failure. Errors of sl_client_send() and sl_client_next(), of a refused request,
 * of a refusal that may be retried once the time for that is up, and SL_E_CANCELLED for an interruption; after any of them only
 * sl_sender_free() and sl_sender_print() make sense. */
SL_MUST_CHECK enum sl_err sl_sender_add(struct sl_sender *sender,
                                        Salesledger__V1__Event *event,
                                        uint64_t origin,
                                        struct sl_diag *diag);

/* 1 to SL_SEND_GROUP_EVENTS events that are recorded together or not at all. Takes the events over, also on failure; the array
 * stays the caller's. Errors of sl_sender_add(). */
SL_MUST_CHECK enum sl_err sl_sender_add_group(struct sl_sender *sender,
                                              Salesledger__V1__Event *const *events,
                                              size_t count,
                                              uint64_t origin,
                                              struct sl_diag *diag);

/* Sends what is left and waits for every answer. Errors of sl_sender_add(). */
SL_MUST_CHECK enum sl_err sl_sender_finish(struct sl_sender *sender, struct sl_diag *diag);

void sl_sender_free(struct sl_sender *sender);

/* The three counts on stdout: words for people, one JSON object, or CSV. */
void sl_sender_print(const struct sl_sender *sender);

#endif
