/* Calls that wait: the engine is run until the reply is there, the time is up or somebody
 * interrupts. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t deadline_after(uint32_t timeout_ms)
{
    return timeout_ms == SL_CLIENT_FOREVER ? INT64_MAX : sl_connection_now_ms() + timeout_ms;
}

/* Sleeps until there is something to process. SL_E_UNREACHABLE when the time is up,
 * SL_E_CANCELLED. */
static enum sl_err wait_for_work(struct sl_client *client, int64_t deadline_ms)
{
    struct pollfd fds[] = {{.fd = sl_client_fd(client), .events = POLLIN},
                           {.fd = client->interrupt_fd, .events = POLLIN}};
    int wait_ms = -1;
    if (deadline_ms != INT64_MAX) {
        int64_t left_ms = deadline_ms - sl_connection_now_ms();
        if (left_ms <= 0) {
            return SL_E_UNREACHABLE;
        }
        wait_ms = left_ms < INT32_MAX ? (int)left_ms : INT32_MAX;
    }
    int ready = poll(fds, 2, wait_ms);
    SL_ASSERT(ready >= 0 || errno == EINTR || errno == ENOMEM);
    if (atomic_exchange(&client->is_interrupted, false)) {
        uint64_t count;
        ssize_t ignored = read(client->interrupt_fd, &count, sizeof count);
        (void)ignored; /* empties the counter; it may not have been raised yet */
        return SL_E_CANCELLED;
    }
    return SL_OK;
}

static enum sl_err explain_wait(enum sl_err err, uint32_t timeout_ms, struct sl_diag *diag)
{
    if (err == SL_E_UNREACHABLE) {
        return sl_refuse(diag, err, "",
                         "no answer within %u ms; what was sent may still be carried out",
                         timeout_ms);
    }
    return sl_refuse(diag, err, "", "interrupted while waiting for an answer");
}

/* Is there any point in waiting for a reply to `tag` (0: to any)? */
static enum sl_err
check_expected(const struct sl_client *client, uint64_t tag, struct sl_diag *diag)
{
    if (!sl_pending_expects(&client->pending, tag)) {
        return sl_refuse(diag, SL_E_NOT_FOUND, "tag", "no reply is expected");
    }
    if (sl_engine_is_full(client)) {
        return sl_refuse(diag, SL_E_TOO_MANY, "tag",
                         "replies of other requests must be taken first");
    }
    return SL_OK;
}

/* `tag` 0 waits for any. */
static enum sl_err wait_for_reply(struct sl_client *client,
                                  uint64_t tag,
                                  uint32_t timeout_ms,
                                  Salesledger__V1__Reply **ret_reply,
                                  struct sl_diag *diag)
{
    if (client->is_processing) {
        return sl_refuse(diag, SL_E_USAGE, "", "a callback may not wait");
    }
    const int64_t deadline_ms = deadline_after(timeout_ms);
    enum sl_err err = sl_inbox_take(&client->inbox, tag, ret_reply);
    while (err == SL_E_NOT_FOUND) {
        err = check_expected(client, tag, diag);
        if (err != SL_OK) {
            return err;
        }
        err = wait_for_work(client, deadline_ms);
        if (err != SL_OK) {
            return explain_wait(err, timeout_ms, diag);
        }
        sl_engine_process(client);
        err = sl_inbox_take(&client->inbox, tag, ret_reply);
    }
    sl_engine_taken(client);
    return err;
}

enum sl_err sl_client_receive(struct sl_client *client,
                              Salesledger__V1__Reply **ret_reply,
                              struct sl_diag *diag)
{
    return wait_for_reply(client, 0, client->timeout_ms, ret_reply, diag);
}

enum sl_err sl_client_next(struct sl_client *client,
                           uint64_t tag,
                           uint32_t timeout_ms,
                           Salesledger__V1__Reply **ret_reply,
                           struct sl_diag *diag)
{
    if (tag == 0) {
        return sl_refuse(diag, SL_E_NOT_FOUND, "tag", "0 is no tag");
    }
    uint32_t wait_ms = timeout_ms != 0 ? timeout_ms : client->timeout_ms;
    return wait_for_reply(client, tag, wait_ms, ret_reply, diag);
}

/* Sends and waits, once. */
static enum sl_err try_call(struct sl_client *client,
                            Salesledger__V1__Request *request,
                            uint32_t timeout_ms,
                            Salesledger__V1__Reply **ret_reply,
                            struct sl_diag *diag)
{
    uint64_t tag;
    enum sl_err err = sl_client_send(client, request, &tag, diag);
    if (err != SL_OK) {
        return err;
    }
    Salesledger__V1__Reply *reply = NULL;
    err = wait_for_reply(client, tag, timeout_ms, &reply, diag);
    if (err != SL_OK) {
        sl_engine_cancel(client, tag);
        return err;
    }
    SL_ASSERT(reply != NULL);
    err = sl_client_reply_err(reply, diag);
    if (err != SL_OK) {
        sl_client_reply_free(reply);
        return err;
    }
    *ret_reply = reply;
    return SL_OK;
}

/* Lets the time pass until then, while other requests go on. SL_E_CANCELLED. */
static enum sl_err pause_until(struct sl_client *client, int64_t until_ms, struct sl_diag *diag)
{
    enum sl_err err = wait_for_work(client, until_ms);
    while (err == SL_OK) {
        sl_engine_process(client);
        err = wait_for_work(client, until_ms);
    }
    return err == SL_E_UNREACHABLE ? SL_OK : explain_wait(err, 0, diag);
}

/* Of a call's time; no less than a millisecond. */
static uint32_t left_ms(const struct sl_client *client, int64_t deadline_ms)
{
    int64_t left = deadline_ms - sl_connection_now_ms();
    if (client->timeout_ms == SL_CLIENT_FOREVER) {
        return SL_CLIENT_FOREVER;
    }
    return left < 1 ? 1 : (uint32_t)left;
}

/* A daemon that has too much to do has done nothing: it is asked again later, as long as there is time. */
enum sl_err sl_client_call(struct sl_client *client,
                           Salesledger__V1__Request *request,
                           Salesledger__V1__Reply **ret_reply,
                           struct sl_diag *diag)
{
    if (client->is_processing) {
        return sl_refuse(diag, SL_E_USAGE, "", "a callback may not wait");
    }
    const int64_t deadline_ms = deadline_after(client->timeout_ms);
    uint32_t count = 1;
    enum sl_err err = try_call(client, request, client->timeout_ms, ret_reply, diag);
    while (err == SL_E_BUSY) {
        int64_t until_ms = sl_connection_now_ms() + sl_engine_backoff_ms(client, count);
        if (until_ms >= deadline_ms) {
            return err;
        }
        err = pause_until(client, until_ms, diag);
        if (err == SL_OK) {
            err = try_call(client, request, left_ms(client, deadline_ms), ret_reply, diag);
        }
        count++;
    }
    return err;
}

/* Does the reply hold what the question asked for? */
static bool is_answer(const Salesledger__V1__Request *request, const Salesledger__V1__Reply *reply)
{
    bool wants_events = request->log != NULL || request->subscribe != NULL;
    return SL_IMPLIES(request->append != NULL, reply->append != NULL) &&
           SL_IMPLIES(request->measures != NULL, reply->measures != NULL) &&
           SL_IMPLIES(request->targets != NULL, reply->targets != NULL) &&
           SL_IMPLIES(request->rank != NULL, reply->rank != NULL) &&
           SL_IMPLIES(request->statement != NULL, reply->statement != NULL) &&
           SL_IMPLIES(wants_events, reply->events != NULL) &&
           SL_IMPLIES(request->status != NULL, reply->status != NULL) &&
           SL_IMPLIES(request->erase != NULL, reply->erase != NULL) &&
           SL_IMPLIES(request->append != NULL && reply->append != NULL,
                      reply->append->n_receipts == request->append->n_events);
}

/* A call whose answer has to fit the question. */
static enum sl_err ask(struct sl_client *client,
                       Salesledger__V1__Request *request,
                       Salesledger__V1__Reply **ret_reply,
                       struct sl_diag *diag)
{
    Salesledger__V1__Reply *reply = NULL;
    enum sl_err err = sl_client_call(client, request, &reply, diag);
    if (err != SL_OK) {
        return err;
    }
    SL_ASSERT(reply != NULL);
    if (!is_answer(request, reply)) {
        sl_engine_cancel(client, reply->tag);
        sl_client_reply_free(reply);
        return sl_refuse(diag, SL_E_MALFORMED, "", "the answer does not fit the question");
    }
    *ret_reply = reply;
    return SL_OK;
}

enum sl_err sl_client_append(struct sl_client *client,
                             const struct sl_client_batch *batch,
                             Salesledger__V1__Reply **ret_reply,
                             struct sl_diag *diag)
{
    Salesledger__V1__AppendRequest append = SALESLEDGER__V1__APPEND_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    append.n_events = batch->count;
    append.events = batch->events;
    append.has_all_or_nothing = batch->all_or_nothing;
    append.all_or_nothing = batch->all_or_nothing;
    request.append = &append;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_measures(struct sl_client *client,
                               Salesledger__V1__MeasuresRequest *question,
                               Salesledger__V1__Reply **ret_reply,
                               struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.measures = question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_targets(struct sl_client *client,
                              Salesledger__V1__TargetsRequest *question,
                              Salesledger__V1__Reply **ret_reply,
                              struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.targets = question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_rank(struct sl_client *client,
                           Salesledger__V1__RankRequest *question,
                           Salesledger__V1__Reply **ret_reply,
                           struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.rank = question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_statement(struct sl_client *client,
                                Salesledger__V1__StatementRequest *question,
                                Salesledger__V1__Reply **ret_reply,
                                struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.statement = question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_log(struct sl_client *client,
                          Salesledger__V1__LogRequest *question,
                          Salesledger__V1__Reply **ret_reply,
                          struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.log = question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err
sl_client_status(struct sl_client *client, Salesledger__V1__Reply **ret_reply, struct sl_diag *diag)
{
    Salesledger__V1__StatusRequest question = SALESLEDGER__V1__STATUS_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.status = &question;
    return ask(client, &request, ret_reply, diag);
}

enum sl_err sl_client_erase(struct sl_client *client,
                            Salesledger__V1__EraseRequest *question,
                            Salesledger__V1__Reply **ret_reply,
                            struct sl_diag *diag)
{
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.erase = question;
    return ask(client, &request, ret_reply, diag);
}
