/* Pages go from the store's own memory into the session's output: one copy. */
#include "service/feed.h"

#include "service/dispatch.h"
#include "service/internal.h"

/* Per feed and turn: enough to fill a socket, few enough for the others. */
#define PAGES_PER_TURN 4u
#define PAGE_COST_MIN  16u

/* A feed that finds nothing of its types still tells now and then how far it has looked. */
#define SKIPPED_MAX 65536u

static struct sl_feed *find(struct sl_client_session *session, uint64_t tag)
{
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX; i++) {
        struct sl_feed *feed = &session->feeds.feeds[i];
        if (feed->is_live && feed->tag == tag) {
            return feed;
        }
    }
    return NULL;
}

static struct sl_feed *find_free(struct sl_client_session *session)
{
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX; i++) {
        if (!session->feeds.feeds[i].is_live) {
            return &session->feeds.feeds[i];
        }
    }
    return NULL;
}

static void end(struct sl_client_session *session, struct sl_feed *feed)
{
    feed->is_live = false;
    session->feeds.count--;
    session->core->stats.subscriptions--;
}

enum sl_err sl_feed_open(struct sl_client_session *session,
                         uint64_t tag,
                         const struct sl_subscribe_query *query,
                         struct sl_diag *diag)
{
    struct sl_core *core = session->core;
    uint32_t maximum = core->options.limits.subscriptions_max;
    if (session->feeds.count >= maximum) {
        return sl_refuse(diag, SL_E_TOO_MANY, "subscribe",
                         "a connection has at most %u subscriptions", maximum);
    }
    if (find(session, tag) != NULL) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "tag", "%llu has a live subscription",
                         (unsigned long long)tag);
    }
    uint64_t next_seq = sl_store_head(core->store).v + 1;
    if (query->from > next_seq) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "subscribe.from",
                         "must be at most %llu, the next seq, is %llu",
                         (unsigned long long)next_seq, (unsigned long long)query->from);
    }
    struct sl_feed *feed = find_free(session);
    SL_ASSERT(feed != NULL);
    *feed = (struct sl_feed){
        .is_live = true,
        .tag = tag,
        .next = {query->from == 0 ? next_seq : query->from},
        .types_mask = query->types_mask,
    };
    session->feeds.count++;
    core->stats.subscriptions++;
    return SL_OK;
}

bool sl_feed_cancel(struct sl_client_session *session, uint64_t tag, sl_seq *ret_next)
{
    struct sl_feed *feed = find(session, tag);
    if (feed == NULL) {
        return false;
    }
    *ret_next = feed->next;
    end(session, feed);
    return true;
}

void sl_feed_cancel_all(struct sl_client_session *session)
{
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX && session->feeds.count > 0; i++) {
        if (session->feeds.feeds[i].is_live) {
            end(session, &session->feeds.feeds[i]);
        }
    }
}

/* Takes what the feed wants from the page into core->items and moves the cursor. Of an event that cannot be shown the page after the ones
 * before it tells. */
static enum sl_err pick(struct sl_core *core, struct sl_feed *feed, size_t *ret_count)
{
    size_t count = 0;
    size_t bytes = 0;
    enum sl_err err = SL_OK;
    sl_arena_reset(&core->request_arena);
    for (size_t i = 0; i < core->page.count && bytes < SL_PAGE_BYTES_HIGH; i++) {
        const struct sl_record *record = &core->page.records[i];
        struct sl_page_event item = sl_page_event_of(record);
        bool is_wanted = sl_record_has_type(record, feed->types_mask);
        if (is_wanted) {
            err = sl_sealing_more(&core->sealing, record, &core->request_arena, &item.more);
        }
        if (err != SL_OK) {
            break;
        }
        feed->next.v = record->seq.v + 1;
        if (is_wanted) {
            core->items[count] = item;
            count++;
            bytes += record->bytes.len + item.more.len;
        } else {
            feed->skipped++;
        }
    }
    *ret_count = count;
    return count > 0 ? SL_OK : err;
}

/* A page shows what is visible, so nothing but the replies before it holds it. */
static struct sl_reply reply_of(struct sl_client_session *session, const struct sl_feed *feed)
{
    struct sl_core *core = session->core;
    return (struct sl_reply){
        .out = &session->outbox.bytes,
        .arena = &core->request_arena,
        .tag = feed->tag,
        .seq = core->visible.v,
        .has_more = true,
    };
}

/* The log could not be read: the subscriber is told, whoever runs the daemon too. */
static void end_in_error(struct sl_client_session *session, struct sl_feed *feed, enum sl_err err)
{
    struct sl_core *core = session->core;
    struct sl_diag diag = {0};
    (void)sl_refuse(&diag, err, "", "at seq %llu", (unsigned long long)feed->next.v);
    sl_log(SL_LOG_ERROR, "event=read_failed seq=%llu err=%s", (unsigned long long)feed->next.v,
           sl_err_name(err));
    struct sl_reply reply = reply_of(session, feed);
    reply.has_more = false;
    if (sl_reply_error(&reply, err, &diag) == SL_OK) {
        sl_metrics_refused(&core->metrics, err);
        sl_outbox_hold(&session->outbox, (sl_seq){reply.seq}, core->now_us);
    }
    end(session, feed);
}

/* Sends the next page; false when the feed has come to rest. */
static bool run_page(struct sl_client_session *session, struct sl_feed *feed, sl_seq visible)
{
    struct sl_core *core = session->core;
    uint64_t left = visible.v + 1 - feed->next.v;
    size_t page_max = sizeof core->page.records / sizeof core->page.records[0];
    size_t want = left < page_max ? (size_t)left : page_max;
    enum sl_err err = sl_store_page(core->store, feed->next, want, &core->page);
    if (err != SL_OK) {
        end_in_error(session, feed, err);
        return false;
    }
    size_t count;
    err = pick(core, feed, &count);
    bool is_empty = core->page.count == 0;
    if (err == SL_OK && (count > 0 || feed->skipped >= SKIPPED_MAX)) {
        struct sl_reply reply = reply_of(session, feed);
        err = sl_reply_events(&reply, core->items, count, feed->next.v);
        feed->skipped = 0;
    }
    sl_store_page_end(core->store, &core->page);
    if (err != SL_OK || is_empty) {
        /* Durable records that are not there, or output that cannot be had. */
        end_in_error(session, feed, is_empty ? SL_E_CORRUPT : err);
        return false;
    }
    sl_outbox_hold(&session->outbox, visible, core->now_us);
    return true;
}

void sl_feed_spend(struct sl_core *core, uint64_t looked_at)
{
    uint64_t cost = looked_at > PAGE_COST_MIN ? looked_at : PAGE_COST_MIN;
    core->feed_left -= cost < core->feed_left ? cost : core->feed_left;
}

static void run_feed(struct sl_client_session *session, struct sl_feed *feed)
{
    sl_seq visible = session->core->visible;
    size_t high = sl_client_session_mark(session);
    struct sl_core *core = session->core;
    for (unsigned i = 0; i < PAGES_PER_TURN && core->feed_left > 0; i++) {
        bool may_go_on = feed->next.v <= visible.v && sl_outbox_len(&session->outbox) <= high;
        uint64_t before = feed->next.v;
        if (!may_go_on || !run_page(session, feed, visible)) {
            return;
        }
        sl_feed_spend(core, feed->next.v - before);
    }
}

void sl_feed_run(struct sl_client_session *session)
{
    if (session->feeds.count == 0) {
        return;
    }
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX; i++) {
        if (session->feeds.feeds[i].is_live) {
            run_feed(session, &session->feeds.feeds[i]);
        }
    }
}

bool sl_feed_has_more(const struct sl_client_session *session)
{
    if (session->feeds.count == 0) {
        return false;
    }
    sl_seq visible = session->core->visible;
    for (size_t i = 0; i < SL_SUBSCRIPTIONS_MAX; i++) {
        const struct sl_feed *feed = &session->feeds.feeds[i];
        if (feed->is_live && feed->next.v <= visible.v) {
            return true;
        }
    }
    return false;
}

enum sl_err sl_handle_subscribe(struct sl_exchange *exchange)
{
    struct sl_client_session *session = exchange->session;
    const struct sl_request *request = &exchange->request;
    enum sl_err err = sl_feed_open(session, request->tag, &request->u.subscribe, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    reply.has_more = true;
    uint64_t from = request->u.subscribe.from == 0 ? reply.seq + 1 : request->u.subscribe.from;
    err = sl_reply_events(&reply, NULL, 0, from);
    if (err != SL_OK) {
        sl_seq next;
        (void)sl_feed_cancel(session, request->tag, &next); /* it was opened just now */
    }
    return err;
}

/* Two answers: the last one of what is cancelled, which for a subscription says where it stood, then the one to the cancel request. */
enum sl_err sl_handle_cancel(struct sl_exchange *exchange)
{
    struct sl_client_session *session = exchange->session;
    uint64_t tag = exchange->request.u.cancel_tag;
    sl_seq next;
    bool is_backup = sl_backup_feed_cancel(session, tag, &next);
    if (!is_backup && !sl_feed_cancel(session, tag, &next)) {
        return sl_refuse(&exchange->diag, SL_E_NOT_FOUND, "cancel.tag",
                         "%llu has no live subscription and no backup under way",
                         (unsigned long long)tag);
    }
    struct sl_reply reply = sl_exchange_reply(exchange);
    struct sl_reply last_page = reply;
    last_page.tag = tag;
    enum sl_err err = is_backup ? sl_reply_error(&last_page, SL_E_CANCELLED, NULL)
                                : sl_reply_events(&last_page, NULL, 0, next.v);
    if (err == SL_OK) {
        err = sl_reply_events(&reply, NULL, 0, next.v);
    }
    exchange->is_lost = err != SL_OK;
    return err;
}
