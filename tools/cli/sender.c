/* One request after the other. */
#include "cli/sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "import/memory.h"

#define TELL_EVERY_MS_LINES    10000
#define TELL_EVERY_MS_TERMINAL 200

static int64_t now_ms(const struct sl_sender *sender)
{
    const struct sl_patience_clock *clock = &sender->options.patience.clock;
    return clock->now_ms(clock->ctx);
}

struct sl_sender sl_sender_start(const struct sl_sender_options *options)
{
    struct sl_sender sender = {
        .options = *options,
        .queue = sl_tool_alloc(1, sizeof(struct sl_send_queue)),
        .events_max = SL_SEND_REQUEST_EVENTS,
        .is_terminal = isatty(STDERR_FILENO) == 1,
    };
    sender.told_ms = now_ms(&sender);
    sender.told_wait_ms = sender.told_ms - TELL_EVERY_MS_LINES;
    return sender;
}

/* Progress is for people who wait: in place on a terminal, otherwise a line now and then. */
static void tell(struct sl_sender *sender)
{
    int64_t every = sender->is_terminal ? TELL_EVERY_MS_TERMINAL : TELL_EVERY_MS_LINES;
    int64_t now = now_ms(sender);
    if (now - sender->told_ms < every) {
        return;
    }
    sender->told_ms = now;
    (void)fprintf(
        stderr, "%s%" PRIu64 " recorded, %" PRIu64 " already there, %" PRIu64 " refused%s",
        sender->is_terminal ? "\r" : "", sender->recorded, sender->already, sender->refused,
        sender->is_terminal ? "" : "\n"); /* progress that cannot be shown is no failure */
}

static void clear_progress(const struct sl_sender *sender)
{
    if (sender->is_terminal) {
        (void)fputs("\r\033[K", stderr); /* the same */
    }
}

/* Once for each time that nothing is taken. A busy daemon puts off many a request for a moment: of that a line now and then is enough. */
static void tell_wait(struct sl_sender *sender, enum sl_err err)
{
    int64_t now = now_ms(sender);
    if (sender->has_told_wait || now - sender->told_wait_ms < TELL_EVERY_MS_LINES) {
        return;
    }
    sender->has_told_wait = true;
    sender->told_wait_ms = now;
    clear_progress(sender);
    sl_cli_tell("salesledger %s: %s (%s); %" PRIu64
                " recorded so far, trying again for up to %" PRIu32 " s",
                sender->options.cli->command, sl_err_text(err), sl_err_name(err), sender->recorded,
                sender->options.patience.retry_for_s);
}

/* Will it do later what it does not now with an event? There TOO_MANY is about its own parts; of a whole request it is about connections. */
static bool is_event_for_now(enum sl_err err)
{
    return sl_err_may_retry(err) && err != SL_E_TOO_MANY;
}

static enum sl_err interrupted(struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_CANCELLED, "", "interrupted");
}

/* The request was not taken, for a reason that may pass: pauses, or gives the reason back when the time is up. */
static enum sl_err put_off(struct sl_sender *sender, enum sl_err err, struct sl_diag *diag)
{
    struct sl_patience *patience = &sender->options.patience;
    if (sender->is_interrupted) {
        return interrupted(diag);
    }
    if (patience->retry_for_s > 0) {
        tell_wait(sender, err);
    }
    if (sl_patience_wait(patience)) {
        sender->is_interrupted = sl_interrupt_is_there();
        return sender->is_interrupted ? interrupted(diag) : SL_OK;
    }
    bool is_answered = err != SL_E_UNREACHABLE && err != SL_E_CLOSED;
    sender->refused += is_answered ? sender->sent : 0;
    struct sl_diag why = *diag;
    const char *reason = why.message[0] == '\0' ? sl_err_text(err) : why.message;
    return patience->retry_for_s == 0 ? err
                                      : sl_refuse(diag, err, "", "%s, still after %" PRIu32 " s",
                                                  reason, patience->retry_for_s);
}

/* The first events are answered for good. */
static void drop(struct sl_sender *sender, size_t count)
{
    sl_send_queue_drop(sender->queue, count);
    sender->sent -= count;
    sl_patience_renew(&sender->options.patience);
    sender->has_told_wait = false;
    tell(sender);
}

static void take_recorded(struct sl_sender *sender, const Salesledger__V1__AppendReply *reply)
{
    for (size_t i = 0; i < reply->n_receipts; i++) {
        sender->already += reply->receipts[i]->duplicate ? 1 : 0;
        sender->recorded += reply->receipts[i]->duplicate ? 0 : 1;
    }
    drop(sender, sender->sent);
    size_t more = 2 * sender->events_max;
    sender->events_max = more < SL_SEND_REQUEST_EVENTS ? more : SL_SEND_REQUEST_EVENTS;
}

/* The group at the front is refused for good; what is left of the request is sent again, in a smaller one. */
static void take_refusal(struct sl_sender *sender, enum sl_err err, const struct sl_diag *diag)
{
    size_t count = sl_send_queue_reach(sender->queue, 0, 1);
    sender->refused += count;
    sender->options.on_refused(sender->options.ctx, sender->queue->origins[0], err, diag);
    drop(sender, count);
}

static void shrink(struct sl_sender *sender)
{
    sender->events_max = sender->events_max > 1 ? sender->events_max / 2 : 1;
}

/* What is left of the present request, as far as it is not too much for one by now. */
static void send_less(struct sl_sender *sender)
{
    size_t reach = sl_send_queue_reach(sender->queue, 0, sender->events_max);
    sender->sent = sender->sent < reach ? sender->sent : reach;
}

/* The receipt of the event for which the request was refused, the others being taken along; its end if there is none. */
static size_t
find_blame(const Salesledger__V1__AppendReply *reply, enum sl_err *ret_err, struct sl_diag *diag)
{
    size_t place = 0;
    *ret_err = SL_OK;
    for (; place < reply->n_receipts; place++) {
        *ret_err = sl_client_receipt_err(reply->receipts[place], diag);
        if (*ret_err != SL_OK && *ret_err != SL_E_BATCH_ABORTED) {
            break;
        }
    }
    return place;
}

static enum sl_err take_receipts(struct sl_sender *sender,
                                 const Salesledger__V1__AppendReply *reply,
                                 struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    size_t place = find_blame(reply, &err, diag);
    if (err == SL_OK) {
        take_recorded(sender, reply);
        return SL_OK;
    }
    if (err == SL_E_BATCH_ABORTED || is_event_for_now(err)) {
        return err;
    }
    shrink(sender);
    size_t begin = sl_send_queue_group_begin(sender->queue, place);
    if (begin > 0) {
        sender->sent = begin;
        return SL_OK;
    }
    take_refusal(sender, err, diag);
    send_less(sender);
    return SL_OK;
}

/* Where only the request as a whole is refused for its size, a smaller one may do; a group alone is refused for good. */
static enum sl_err divide(struct sl_sender *sender, enum sl_err err, const struct sl_diag *diag)
{
    if (err != SL_E_TOO_BIG) {
        return err;
    }
    shrink(sender);
    if (sender->sent == sl_send_queue_reach(sender->queue, 0, 1)) {
        take_refusal(sender, err, diag);
    }
    send_less(sender);
    return SL_OK;
}

static enum sl_err
take_reply(struct sl_sender *sender, const Salesledger__V1__Reply *reply, struct sl_diag *diag)
{
    enum sl_err err = sl_client_reply_err(reply, diag);
    if (err != SL_OK) {
        return divide(sender, err, diag);
    }
    if (reply->append == NULL || reply->append->n_receipts != sender->sent) {
        return sl_refuse(diag, SL_E_MALFORMED, "",
                         "the answer does not fit the batch that was sent");
    }
    return take_receipts(sender, reply->append, diag);
}

/* Waits for the answer. An interruption is remembered, and the answer awaited, once. */
static enum sl_err receive(struct sl_sender *sender, struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_next(sender->options.client, sender->tag, 0, &reply, diag);
    if (err == SL_E_CANCELLED && !sender->is_interrupted) {
        sender->is_interrupted = true;
        return SL_OK;
    }
    if (err == SL_OK) {
        err = take_reply(sender, reply, diag);
        sl_client_reply_free(reply);
    } else {
        sl_client_cancel(sender->options.client, sender->tag);
    }
    sender->tag = 0;
    return sl_err_may_retry(err) ? put_off(sender, err, diag) : err;
}

/* Sends the present request, for the first time or again. The library itself refuses what fits into no frame. */
static enum sl_err send_front(struct sl_sender *sender, struct sl_diag *diag)
{
    Salesledger__V1__AppendRequest append = SALESLEDGER__V1__APPEND_REQUEST__INIT;
    append.n_events = sender->sent;
    append.events = sender->queue->events;
    append.has_all_or_nothing = true;
    append.all_or_nothing = true;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.append = &append;
    return divide(sender, sl_client_send(sender->options.client, &request, &sender->tag, diag),
                  diag);
}

/* Until all of the present request is answered for good. After an interruption nothing is sent any more. */
static enum sl_err settle(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = SL_OK;
    while (err == SL_OK && sender->sent > 0) {
        if (sender->tag != 0) {
            err = receive(sender, diag);
        } else {
            err = sender->is_interrupted ? interrupted(diag) : send_front(sender, diag);
        }
    }
    sender->is_interrupted = sender->is_interrupted || sl_interrupt_is_there();
    bool is_left = sender->queue->count > 0;
    return err == SL_OK && is_left && sender->is_interrupted ? interrupted(diag) : err;
}

/* Makes the next request of what is gathered, once the present one is answered. */
static enum sl_err send_next(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = settle(sender, diag);
    if (err == SL_OK) {
        sender->sent = sl_send_queue_reach(sender->queue, 0, sender->events_max);
        err = send_front(sender, diag);
    }
    return err;
}

enum sl_err sl_sender_add(struct sl_sender *sender,
                          Salesledger__V1__Event *event,
                          uint64_t origin,
                          struct sl_diag *diag)
{
    return sl_sender_add_group(sender, &event, 1, origin, diag);
}

enum sl_err sl_sender_add_group(struct sl_sender *sender,
                                Salesledger__V1__Event *const *events,
                                size_t count,
                                uint64_t origin,
                                struct sl_diag *diag)
{
    SL_ASSERT(count > 0);
    SL_ASSERT(count <= SL_SEND_GROUP_EVENTS);
    sl_send_queue_put(sender->queue, events, count, origin);
    enum sl_err err = SL_OK;
    while (err == SL_OK && sl_send_queue_is_request(sender->queue, sender->sent)) {
        err = send_next(sender, diag);
    }
    return err;
}

enum sl_err sl_sender_finish(struct sl_sender *sender, struct sl_diag *diag)
{
    enum sl_err err = settle(sender, diag);
    while (err == SL_OK && sender->queue->count > 0) {
        err = send_next(sender, diag);
        err = err == SL_OK ? settle(sender, diag) : err;
    }
    return err;
}

void sl_sender_free(struct sl_sender *sender)
{
    if (sender->queue != NULL) {
        sl_send_queue_drop(sender->queue, sender->queue->count);
    }
    free(sender->queue);
    sender->queue = NULL;
}

void sl_sender_print(const struct sl_sender *sender)
{
    clear_progress(sender);
    switch (sender->options.cli->output) {
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
