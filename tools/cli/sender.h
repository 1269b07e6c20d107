/* Sends many events: in requests, many of them under way at once, each answer traced back to where the event came from.
 *
 *     add | add_group ── ... ── finish        refusals arrive through the callback, in no particular order
 *
 * (1) An event that was recorded before, by its id, counts as `already` and changes nothing.
 * (2) After a failure the same input can be sent again: ids make that safe.
 * (3) The first refusal that may be retried (a full disk, a stopped store, too much work) ends the sending, since what
 *     follows would fare alike: the answers under way are awaited and counted, then that refusal is the result. It and
 *     those after it count as `refused` but do not reach the callback: nothing may be wrong with those events.
 * (4) A group is recorded whole or not at all. If it is refused, the callback is called once, with what was wrong with the one
 *     event that is to blame; all its events count as `refused`.
 * (5) Events arrive in the order in which they were added. */
#ifndef SL_CLI_SENDER_H
#define SL_CLI_SENDER_H

#include "salesledger.h"

#define SL_SENDER_BATCH_EVENTS 1000u
#define SL_SENDER_BATCH_BYTES  1048576u

/* Under way at once: small requests need to be many, so that none waits for the disk alone; large ones need not. */
#define SL_SENDER_REQUESTS         256u
#define SL_SENDER_EVENTS_UNDER_WAY 8000u
#define SL_SENDER_BYTES_UNDER_WAY  8388608u

/* `origin` is what add() was given. */
typedef void (*sl_sender_on_refused)(void *ctx,
                                     uint64_t origin,
                                     enum sl_err err,
                                     const struct sl_diag *diag);

/* Events that travel together. */
struct sl_sender_batch {
    Salesledger__V1__Event *events[SL_SENDER_BATCH_EVENTS];
    uint64_t origins[SL_SENDER_BATCH_EVENTS];
    size_t count;
    size_t bytes;
    bool is_group; /* all or nothing */
};

struct sl_sender {
    struct sl_client *client;
    sl_sender_on_refused on_refused;
    void *ctx;
    struct sl_sender_batch *batches;   /* SL_SENDER_REQUESTS of them; owned */
    uint64_t tags[SL_SENDER_REQUESTS]; /* of each batch; 0: not under way */
    size_t filling;                    /* the batch that add() fills */
    size_t events_under_way, bytes_under_way;
    uint64_t recorded, already, refused;
    enum sl_err stop; /* the first refusal that may be retried; SL_OK: none */
    struct sl_diag stop_diag;
    bool is_terminal; /* progress is rewritten in place */
    int64_t told_ms;  /* when progress was last shown */
};

struct sl_sender
sl_sender_start(struct sl_client *client, sl_sender_on_refused on_refused, void *ctx);

/* Takes the event over, also on failure. Errors of sl_client_send() and sl_client_receive(), of a refused batch,
 * and of a refusal that may be retried; after any of them only sl_sender_free() and sl_sender_print() make sense. */
SL_MUST_CHECK enum sl_err sl_sender_add(struct sl_sender *sender,
                                        Salesledger__V1__Event *event,
                                        uint64_t origin,
                                        struct sl_diag *diag);

/* 1 to SL_SENDER_BATCH_EVENTS events that are recorded together or not at all. Takes the events over, also on failure; the array
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
struct sl_cli;
void sl_sender_print(const struct sl_sender *sender, const struct sl_cli *cli);

#endif
