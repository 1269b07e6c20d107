/* Requests of events, pipelined. */
#include "cli/sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "import/memory.h"

#define TELL_EVERY_MS_LINES    10000
#define TELL_EVERY_MS_TERMINAL 200

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock is always there */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct sl_sender
sl_sender_start(struct sl_client *client, sl_sender_on_refused on_refused, void *ctx)
{
    return (struct sl_sender){
        .client = client,
        .on_refused = on_refused,
        .ctx = ctx,
        .batches = sl_tool_alloc(SL_SENDER_REQUESTS, sizeof(struct sl_sender_batch)),
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .told_ms = now_ms(),
    };
}

static void empty_batch(struct sl_sender_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        salesledger__v1__event__free_unpacked(batch->events[i], NULL);
    }
    batch->count = 0;
    batch->bytes = 0;
    batch->is_group = false;
}

/* Progress is for people who wait: in place on a terminal, otherwise a line now and then. */
static void tell(struct sl_sender *sender)
{
    int64_t every = sender->is_terminal ? TELL_EVERY_MS_TERMINAL : TELL_EVERY_MS_LINES;
    int64_t now = now_ms();
    if (now - sender->told_ms < every) {
        return;
    }
    sender->told_ms = now;
    (void)fprintf(
        stderr, "%s%" PRIu64 " recorded, %" PRIu64 " already there, %" PRIu64 " refused%s",
        sender->is_terminal ? "\r" : "", sender->recorded, sender->already, sender->refused,
        sender->is_terminal ? "" : "\n"); /* progress that cannot be shown is no failure */
}

/* The first one says it for all. What is refused after it may only miss what it left out, and is told by the next run. */
static void note_stop(struct sl_sender *sender, enum sl_err err, const struct sl_diag *diag)
{
    if (sender->stop == SL_OK) {
        sender->stop = err;
        sender->stop_diag = *diag;
    }
}

/* Would those that follow fare alike, and the same event better later? Of an event, TOO_MANY is about its own parts. */
static bool ends_sending(enum sl_err err)
{
    return sl_err_may_retry(err) && err != SL_E_TOO_MANY;
}

static void take_refusal(struct sl_sender *sender,
                         uint64_t origin,
                         size_t count,
                         enum sl_err err,
                         const struct sl_diag *diag)
{
    sender->refused += count;
    if (ends_sending(err) || sender->stop != SL_OK) {
        note_stop(sender, err, diag);
    } else {
        sender->on_refused(sender->ctx, origin, err, diag);
    }
}

/* Of a group that was refused: what is wrong with the event that is to blame. The others say only that they were taken along. */
static enum sl_err blame(const Salesledger__V1__AppendReply *reply, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; i < reply->n_receipts && (err == SL_OK || err == SL_E_BATCH_ABORTED); i++) {
        enum sl_err one = sl_client_receipt_err(reply->receipts[i], diag);
        err = one == SL_OK ? err : one;
    }
    return err;
}

static void take_receipts(struct sl_sender *sender,
                          const struct sl_sender_batch *batch,
                          const Salesledger__V1__AppendReply *reply)
{
    struct sl_diag diag = {0};
    enum sl_err err = batch->is_group ? blame(reply, &diag) : SL_OK;
    if (err != SL_OK) {
        take_refusal(sender, batch->origins[0], batch->count, err, &diag);
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const Salesledger__V1__Receipt *receipt = reply->receipts[i];
        err = sl_client_receipt_err(receipt, &diag);
        if (err != SL_OK) {
            take_refusal(sender, batch->origins[i], 1, err, &diag);
        } else if (receipt->duplicate) {
            sender->already++;
        } else {
            sender->recorded++;
        }
    }
}

/* The place of a batch by its tag, 0 for one that is not under way; SL_SENDER_REQUESTS if there is none. */
static size_t find_batch(const struct sl_sender *sender, uint64_t tag)
{
    size_t place = 0;
    while (place < SL_SENDER_REQUESTS && sender->tags[place] != tag) {
        place++;
    }
    return place;
}

static void end_batch(struct sl_sender *sender, size_t place)
{
    struct sl_sender_batch *batch = &sender->batches[place];
    sender->events_under_way -= batch->count;
    sender->bytes_under_way -= batch->bytes;
    sender->tags[place] = 0;
    empty_batch(batch);
}

/* Waits for one answer. */
static enum sl_err receive(struct sl_sender *sender, struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_receive(sender->client, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    size_t place = reply->tag == 0 ? SL_SENDER_REQUESTS : find_batch(sender, reply->tag);
    err = sl_client_reply_err(reply, diag);
    bool is_whole = err == SL_OK && place < SL_SENDER_REQUESTS && reply->append != NULL &&
                    reply->append->n_receipts == sender->batches[place].count;
    if (is_whole) {
        take_receipts(sender, &sender->batches[place], reply->append);
        end_batch(sender, place);
        tell(sender);
    } else if (err == SL_OK) {
        err =
            sl_refuse(diag, SL_E_MALFORMED, "", "the answer does not fit the batch that was sent");
    }
    sl_client_reply_free(reply);
    return err;
}

/* Waits for all answers; then a refusal that may be retried is the result of it all. */
static enum sl_err receive_rest(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    while (err == SL_OK && sender->events_under_way > 0) {
        err = receive(sender, diag);
    }
    if (err == SL_OK && sender->stop != SL_OK) {
        *diag = sender->stop_diag;
        err = sender->stop;
    }
    return err;
}

static bool is_room(const struct sl_sender *sender)
{
    return sender->events_under_way < SL_SENDER_EVENTS_UNDER_WAY &&
           sender->bytes_under_way < SL_SENDER_BYTES_UNDER_WAY &&
           find_batch(sender, 0) < SL_SENDER_REQUESTS;
}

/* Finds a batch that is not under way, waiting for answers if need be. */
static enum sl_err next_batch(struct sl_sender *sender, struct sl_diag *diag)
{
    while (!is_room(sender)) {
        enum sl_err err = receive(sender, diag);
        if (err != SL_OK) {
            return err;
        }
    }
    sender->filling = find_batch(sender, 0);
    return sender->stop == SL_OK ? SL_OK : receive_rest(sender, diag);
}

static enum sl_err send_batch(struct sl_sender *sender, struct sl_diag *diag)
{
    struct sl_sender_batch *batch = &sender->batches[sender->filling];
    Salesledger__V1__AppendRequest append = SALESLEDGER__V1__APPEND_REQUEST__INIT;
    append.n_events = batch->count;
    append.events = batch->events;
    append.has_all_or_nothing = batch->is_group;
    append.all_or_nothing = batch->is_group;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.append = &append;
    enum sl_err err =
        sl_client_send(sender->client, &request, &sender->tags[sender->filling], diag);
    if (err == SL_OK) {
        sender->events_under_way += batch->count;
        sender->bytes_under_way += batch->bytes;
    }
    return err;
}

/* Sends what is gathered and finds room for more. */
static enum sl_err flush(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = send_batch(sender, diag);
    return err == SL_OK ? next_batch(sender, diag) : err;
}

static void put(struct sl_sender_batch *batch, Salesledger__V1__Event *event, uint64_t origin)
{
    batch->events[batch->count] = event;
    batch->origins[batch->count] = origin;
    batch->bytes += salesledger__v1__event__get_packed_size(event);
    batch->count++;
}

enum sl_err sl_sender_add(struct sl_sender *sender,
                          Salesledger__V1__Event *event,
                          uint64_t origin,
                          struct sl_diag *diag)
{
    struct sl_sender_batch *batch = &sender->batches[sender->filling];
    put(batch, event, origin);
    bool is_full = batch->count >= SL_SENDER_BATCH_EVENTS || batch->bytes >= SL_SENDER_BATCH_BYTES;
    return is_full ? flush(sender, diag) : SL_OK;
}

enum sl_err sl_sender_add_group(struct sl_sender *sender,
                                Salesledger__V1__Event *const *events,
                                size_t count,
                                uint64_t origin,
                                struct sl_diag *diag)
{
    SL_ASSERT(count > 0);
    SL_ASSERT(count <= SL_SENDER_BATCH_EVENTS);
    if (count == 1) {
        return sl_sender_add(sender, events[0], origin, diag);
    }
    bool is_gathering = sender->batches[sender->filling].count > 0;
    enum sl_err err = is_gathering ? flush(sender, diag) : SL_OK;
    struct sl_sender_batch *batch = &sender->batches[sender->filling];
    for (size_t i = 0; i < count; i++) {
        if (err == SL_OK) {
            put(batch, events[i], origin);
        } else {
            salesledger__v1__event__free_unpacked(events[i], NULL);
        }
    }
    batch->is_group = err == SL_OK;
    return err == SL_OK ? flush(sender, diag) : err;
}

enum sl_err sl_sender_finish(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    if (sender->batches[sender->filling].count > 0) {
        err = send_batch(sender, diag);
    }
    return err == SL_OK ? receive_rest(sender, diag) : err;
}

void sl_sender_free(struct sl_sender *sender)
{
    for (size_t i = 0; i < SL_SENDER_REQUESTS && sender->batches != NULL; i++) {
        empty_batch(&sender->batches[i]);
    }
    free(sender->batches);
    sender->batches = NULL;
}

void sl_sender_print(const struct sl_sender *sender, const struct sl_cli *cli)
{
    if (sender->is_terminal) {
        (void)fputs("\r\033[K", stderr); /* clears the progress line */
    }
    switch (cli->output) {
    case SL_OUTPUT_TABLE:
        (void)printf("%" PRIu64 " recorded, %" PRIu64 " already there, %" PRIu64 " refused\n",
                     sender->recorded, sender->already, sender->refused); /* main() checks stdout */
        break;
    case SL_OUTPUT_JSON:
        (void)printf("{\"recorded\":%" PRIu64 ",\"already\":%" PRIu64 ",\"refused\":%" PRIu64 "}\n",
                     sender->recorded, sender->already, sender->refused); /* main() checks stdout */
        break;
    case SL_OUTPUT_CSV:
        (void)printf("recorded,already,refused\r\n%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\r\n",
                     sender->recorded, sender->already, sender->refused); /* main() checks stdout */
        break;
    }
}
