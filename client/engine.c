/* What keeps requests moving: write, read, hand out, connect again, give up. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>

/* One round of processing reads at most so often, so that an event loop gets its turn. */
#define READS_PER_ROUND 16
/* A connection that stood this long was a good one: losing it starts the count of failures anew. */
#define GOOD_CONNECTION_MS 10000

bool sl_engine_is_full(const struct sl_client *client)
{
    return client->inbox.bytes > client->pending_bytes_max;
}

static void update_interest(struct sl_client *client)
{
    uint32_t in = sl_engine_is_full(client) ? 0 : EPOLLIN;
    uint32_t out = client->unsent != NULL ? EPOLLOUT : 0;
    sl_connection_set_interest(&client->connection, in | out);
}

void sl_engine_taken(struct sl_client *client)
{
    if (client->is_stalled && !sl_engine_is_full(client)) {
        /* The socket may stay silent, so the timer makes the descriptor readable. */
        sl_connection_arm_timer(&client->connection, 0);
    }
    update_interest(client);
}

/* Moves `unsent` behind what the socket took. */
static void advance(struct sl_client *client, size_t written)
{
    client->unsent_offset += written;
    while (client->unsent != NULL && client->unsent_offset >= client->unsent->frame_len) {
        client->unsent_offset -= client->unsent->frame_len;
        client->unsent->is_sent = true;
        client->unsent = client->unsent->next;
    }
}

/* Writes until everything is sent or the socket is full. SL_E_CLOSED. */
static enum sl_err flush(struct sl_client *client)
{
    while (client->unsent != NULL) {
        struct iovec parts[SL_CONNECTION_PARTS_MAX];
        size_t count = 0;
        size_t wanted = 0;
        size_t offset = client->unsent_offset;
        for (const struct sl_pending *pending = client->unsent;
             pending != NULL && count < SL_CONNECTION_PARTS_MAX; pending = pending->next) {
            parts[count].iov_base = pending->frame + offset;
            parts[count].iov_len = pending->frame_len - offset;
            wanted += parts[count++].iov_len;
            offset = 0;
        }
        size_t written = 0;
        enum sl_err err = sl_connection_write(&client->connection, parts, count, &written);
        if (err != SL_OK) {
            return err;
        }
        advance(client, written);
        if (written < wanted) {
            break;
        }
    }
    return SL_OK;
}

void sl_engine_send(struct sl_client *client, struct sl_pending *pending)
{
    sl_pending_put(&client->pending, pending);
    switch (client->link) {
    case SL_LINK_DOWN:
        client->link = SL_LINK_WAITING;
        sl_connection_arm_timer(&client->connection, 0);
        break;
    case SL_LINK_WAITING: break;
    case SL_LINK_UP:
        if (client->unsent == NULL) {
            client->unsent = pending;
            client->unsent_offset = 0;
            /* A lost connection is noticed by the next round, which can tell everybody. */
            (void)flush(client);
            update_interest(client);
        }
        break;
    }
}

/* A request that ends another one; nobody waits for its answer. */
static void send_cancel(struct sl_client *client, uint64_t cancelled_tag)
{
    Salesledger__V1__CancelRequest cancel = SALESLEDGER__V1__CANCEL_REQUEST__INIT;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    cancel.has_tag = true;
    cancel.tag = cancelled_tag;
    request.cancel = &cancel;
    struct sl_pending *pending;
    if (sl_pending_new(&request, client->tag_last + 1, &client->ids, &pending, NULL) != SL_OK) {
        return; /* without memory the daemon goes on answering, and the answers are dropped */
    }
    client->tag_last++;
    pending->again = SL_AGAIN_NEVER;
    pending->cancelled_tag = cancelled_tag;
    pending->is_dropped = true;
    sl_engine_send(client, pending);
}

void sl_engine_cancel(struct sl_client *client, uint64_t tag)
{
    sl_inbox_drop(&client->inbox, tag);
    struct sl_pending *pending = sl_pending_find(&client->pending, tag);
    if (pending != NULL && !pending->is_dropped) {
        if (client->link == SL_LINK_UP) {
            sl_pending_drop(&client->pending, pending);
            send_cancel(client, tag);
        } else {
            sl_pending_remove(&client->pending, pending);
            sl_pending_free(pending);
        }
    }
    sl_engine_taken(client);
}

static void remove_and_free(struct sl_client *client, struct sl_pending *pending)
{
    sl_pending_remove(&client->pending, pending);
    sl_pending_free(pending);
}

/* Gives the request its last reply, which says that there is none from the daemon. */
static void
fail_one(struct sl_client *client, struct sl_pending *pending, enum sl_err err, const char *message)
{
    sl_pending_remove(&client->pending, pending);
    if (!pending->is_dropped && pending->handler.callback != NULL) {
        char text[sizeof pending->last_entry->message];
        char name[32];
        (void)snprintf(text, sizeof text, "%s", message);
        (void)snprintf(name, sizeof name, "%s", sl_err_name(err));
        Salesledger__V1__Error error = SALESLEDGER__V1__ERROR__INIT;
        Salesledger__V1__Reply reply = SALESLEDGER__V1__REPLY__INIT;
        error.has_code = true;
        error.code = (int32_t)err;
        error.name = name;
        error.message = text;
        error.has_may_retry = true;
        error.may_retry = sl_err_may_retry(err);
        reply.has_tag = true;
        reply.tag = pending->tag;
        reply.error = &error;
        pending->handler.callback(pending->handler.ctx, &reply);
    } else if (!pending->is_dropped) {
        struct sl_inbox_entry *entry = pending->last_entry;
        pending->last_entry = NULL;
        entry->err = err;
        (void)snprintf(entry->message, sizeof entry->message, "%s", message);
        sl_inbox_put(&client->inbox, entry);
    }
    sl_pending_free(pending);
}

static struct sl_pending *first_failing(const struct sl_client *client)
{
    struct sl_pending *pending = client->pending.first;
    while (pending != NULL && !pending->is_failing) {
        pending = pending->next;
    }
    return pending;
}

/* A callback may send and cancel, so the search starts over after each. */
static void fail_marked(struct sl_client *client, enum sl_err err, const char *message)
{
    struct sl_pending *pending = first_failing(client);
    while (pending != NULL) {
        fail_one(client, pending, err, message);
        pending = first_failing(client);
    }
}

/* Those that a callback sends meanwhile are new and stay. */
static void fail_all(struct sl_client *client, enum sl_err err, const char *message)
{
    for (struct sl_pending *pending = client->pending.first; pending != NULL;
         pending = pending->next) {
        pending->is_failing = true;
    }
    fail_marked(client, err, message);
}

static void disconnect(struct sl_client *client, enum sl_link link)
{
    sl_connection_disconnect(&client->connection);
    client->unsent = NULL;
    client->unsent_offset = 0;
    client->is_stalled = false;
    client->link = link;
    if (link == SL_LINK_DOWN) {
        client->failure_count = 0;
    }
}

static void give_up(struct sl_client *client, enum sl_err err, const char *message)
{
    disconnect(client, SL_LINK_DOWN);
    fail_all(client, err, message);
}

/* Makes every request ready to be sent again; what cannot be is marked as failing. */
static void prepare_again(struct sl_client *client)
{
    struct sl_pending *next = NULL;
    for (struct sl_pending *pending = client->pending.first; pending != NULL; pending = next) {
        next = pending->next;
        pending->is_sent = false;
        if (pending->is_dropped) {
            remove_and_free(client, pending);
        } else if (sl_pending_resume(&client->pending, pending) != SL_OK) {
            pending->is_failing = true;
        }
    }
}

static bool is_exhausted(const struct sl_client *client)
{
    return client->attempt_count_max != SL_CLIENT_FOREVER &&
           client->failure_count >= client->attempt_count_max;
}

uint32_t sl_engine_backoff_ms(const struct sl_client *client, uint32_t count)
{
    uint64_t delay_ms = client->backoff_ms;
    for (uint32_t i = 1; i < count && delay_ms < SL_BACKOFF_MS_MAX; i++) {
        delay_ms *= 2;
    }
    return delay_ms < SL_BACKOFF_MS_MAX ? (uint32_t)delay_ms : SL_BACKOFF_MS_MAX;
}

static void count_failure(struct sl_client *client)
{
    client->failure_count += client->failure_count < UINT32_MAX ? 1 : 0;
}

static void on_lost(struct sl_client *client)
{
    if (sl_connection_now_ms() - client->connection.since_ms >= GOOD_CONNECTION_MS) {
        client->failure_count = 0;
    }
    count_failure(client);
    prepare_again(client);
    if (client->pending.count == 0) {
        disconnect(client, SL_LINK_DOWN);
        return;
    }
    if (is_exhausted(client)) {
        give_up(client, SL_E_CLOSED,
                "the daemon closed the connection again and again without an answer");
        return;
    }
    disconnect(client, SL_LINK_WAITING);
    /* A restarted daemon is back already: the first attempt is immediate. */
    uint32_t count = client->failure_count;
    sl_connection_arm_timer(&client->connection,
                            count > 1 ? sl_engine_backoff_ms(client, count - 1) : 0);
    fail_marked(client, SL_E_CLOSED, "the connection was closed in the middle of the answer");
}

static void connect_again(struct sl_client *client)
{
    struct sl_diag diag = {0};
    enum sl_err err = sl_connection_connect(&client->connection, &diag);
    if (err == SL_OK) {
        client->link = SL_LINK_UP;
        client->unsent = client->pending.first;
        client->unsent_offset = 0;
        return;
    }
    count_failure(client);
    if (err == SL_E_DENIED || is_exhausted(client)) {
        give_up(client, err, diag.message);
        return;
    }
    sl_connection_arm_timer(&client->connection,
                            sl_engine_backoff_ms(client, client->failure_count));
}

/* Where the request would go on if the connection were lost now. */
static void note_progress(struct sl_pending *pending, const Salesledger__V1__Reply *reply)
{
    const Salesledger__V1__EventPage *page = reply->events;
    pending->is_delivered = true;
    if (page == NULL) {
        return;
    }
    pending->seen += page->n_events;
    if (page->has_next) {
        pending->cursor = page->next;
    } else if (page->n_events > 0 && page->events[page->n_events - 1]->has_seq) {
        pending->cursor = page->events[page->n_events - 1]->seq + 1;
    }
}

static void put_inbox(struct sl_client *client,
                      struct sl_inbox_entry *entry,
                      Salesledger__V1__Reply *reply,
                      size_t bytes)
{
    *entry = (struct sl_inbox_entry){.tag = reply->tag, .bytes = bytes, .reply = reply};
    sl_inbox_put(&client->inbox, entry);
}

static void hand_out_page(struct sl_client *client,
                          struct sl_pending *pending,
                          Salesledger__V1__Reply *reply,
                          size_t bytes)
{
    note_progress(pending, reply);
    if (pending->handler.callback != NULL) {
        pending->handler.callback(pending->handler.ctx, reply); /* may have freed `pending` */
        salesledger__v1__reply__free_unpacked(reply, NULL);
        return;
    }
    struct sl_inbox_entry *entry = malloc(sizeof *entry);
    if (entry != NULL) {
        put_inbox(client, entry, reply, bytes);
        return;
    }
    salesledger__v1__reply__free_unpacked(reply, NULL);
    uint64_t tag = pending->tag;
    fail_one(client, pending, SL_E_NO_MEMORY, "no memory for a page of the answer");
    send_cancel(client, tag);
}

static void hand_out_last(struct sl_client *client,
                          struct sl_pending *pending,
                          Salesledger__V1__Reply *reply,
                          size_t bytes)
{
    sl_pending_remove(&client->pending, pending);
    if (pending->handler.callback != NULL) {
        pending->handler.callback(pending->handler.ctx, reply);
        salesledger__v1__reply__free_unpacked(reply, NULL);
    } else {
        put_inbox(client, pending->last_entry, reply, bytes);
        pending->last_entry = NULL;
    }
    sl_pending_free(pending);
}

/* The answer to a cancel request is the end of the cancelled one too. */
static void end_dropped(struct sl_client *client, struct sl_pending *pending)
{
    uint64_t cancelled_tag = pending->cancelled_tag;
    remove_and_free(client, pending);
    struct sl_pending *cancelled = sl_pending_find(&client->pending, cancelled_tag);
    if (cancelled_tag != 0 && cancelled != NULL && cancelled->is_sent) {
        remove_and_free(client, cancelled);
    }
}

/* A daemon that cannot even read a request, or has no room for the connection, says so without a
 * tag. */
static enum sl_err refuse_untagged(const Salesledger__V1__Reply *reply, struct sl_diag *diag)
{
    enum sl_err err = sl_client_reply_err(reply, diag);
    return err != SL_OK ? err : sl_refuse(diag, SL_E_MALFORMED, "", "a reply has no tag");
}

/* Takes the reply over. */
static enum sl_err hand_out(struct sl_client *client,
                            Salesledger__V1__Reply *reply,
                            size_t bytes,
                            struct sl_diag *diag)
{
    struct sl_pending *pending = sl_pending_find(&client->pending, reply->tag);
    bool is_last = !reply->has_more || !reply->more || reply->error != NULL;
    if (!reply->has_tag || reply->tag == 0) {
        enum sl_err err = refuse_untagged(reply, diag);
        salesledger__v1__reply__free_unpacked(reply, NULL);
        return err;
    }
    if (pending != NULL) {
        client->failure_count = 0;
    }
    /* A reply to nothing belongs to a request that was cancelled meanwhile, and is no progress. */
    if (pending == NULL || !pending->is_sent || pending->is_dropped) {
        salesledger__v1__reply__free_unpacked(reply, NULL);
        if (pending != NULL && pending->is_sent && is_last) {
            end_dropped(client, pending);
        }
    } else if (is_last) {
        hand_out_last(client, pending, reply, bytes);
    } else {
        hand_out_page(client, pending, reply, bytes);
    }
    return SL_OK;
}

static enum sl_err hand_out_input(struct sl_client *client, struct sl_diag *diag)
{
    struct sl_slice message;
    enum sl_err err = SL_OK;
    client->is_stalled = false;
    while (err == SL_OK) {
        if (sl_engine_is_full(client)) {
            client->is_stalled = true;
            return SL_OK;
        }
        err = sl_connection_next_message(&client->connection, &message);
        if (err != SL_OK) {
            return sl_refuse(diag, err, "", "the daemon sent a frame of an impossible length");
        }
        if (message.len == 0) {
            return SL_OK;
        }
        Salesledger__V1__Reply *reply =
            salesledger__v1__reply__unpack(NULL, message.len, message.data);
        if (reply == NULL) {
            return sl_refuse(diag, SL_E_MALFORMED, "", "the daemon sent bytes that are no reply");
        }
        err = hand_out(client, reply, message.len, diag);
    }
    return err;
}

/* SL_E_CLOSED means lost, and so do the errors with which the daemon ends a connection that may be made anew; anything else that the
 * connection is of no use. */
static enum sl_err read_replies(struct sl_client *client, struct sl_diag *diag)
{
    enum sl_err err = client->is_stalled ? hand_out_input(client, diag) : SL_OK;
    bool has_more = true;
    for (int i = 0; i < READS_PER_ROUND && has_more && err == SL_OK; i++) {
        if (sl_engine_is_full(client)) {
            break;
        }
        err = sl_connection_read(&client->connection, &has_more);
        if (err == SL_OK) {
            err = hand_out_input(client, diag);
        }
    }
    return err;
}

/* Reads even if writing failed: the last replies may be waiting. */
static void exchange(struct sl_client *client)
{
    struct sl_diag diag = {0};
    enum sl_err write_err = flush(client);
    enum sl_err err = read_replies(client, &diag);
    if (err == SL_OK && !client->is_stalled) {
        err = write_err;
    }
    if (err == SL_E_CLOSED || err == SL_E_TIMED_OUT || err == SL_E_BUSY) {
        on_lost(client);
    } else if (err != SL_OK) {
        give_up(client, err, diag.message[0] != '\0' ? diag.message : sl_err_text(err));
    }
}

void sl_engine_process(struct sl_client *client)
{
    client->is_processing = true;
    bool is_timed = client->link != SL_LINK_UP || client->is_stalled;
    bool is_expired = is_timed && sl_connection_timer_expired(&client->connection);
    if (client->link == SL_LINK_WAITING && is_expired) {
        connect_again(client);
    }
    if (client->link == SL_LINK_UP) {
        exchange(client);
    }
    update_interest(client);
    client->is_processing = false;
}
