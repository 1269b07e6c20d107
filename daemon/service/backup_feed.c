/* Pages of stored records go from the store's own memory into the session's output: one copy. */
#include "service/backup_feed.h"

#include <assert.h>
#include <string.h>

#include "service/dispatch.h"
#include "service/internal.h"

/* Per backup and turn, in which 256 events are taken in under load: of the loop's time a record sent takes a tenth of what an event taken in
 * does, so appends lose that much to each backup and not more. With four pages they lost a quarter, and a backup was no faster. */
#define PAGES_PER_TURN 1u

static struct sl_backup_feed *find(struct sl_client_session *session, uint64_t tag)
{
    struct sl_backup_feeds *backups = &session->core->backups;
    for (size_t i = 0; i < SL_BACKUPS_MAX; i++) {
        if (backups->feeds[i].session == session && backups->feeds[i].tag == tag) {
            return &backups->feeds[i];
        }
    }
    return NULL;
}

static struct sl_backup_feed *find_free(struct sl_backup_feeds *backups)
{
    for (size_t i = 0; i < SL_BACKUPS_MAX; i++) {
        if (backups->feeds[i].session == NULL) {
            return &backups->feeds[i];
        }
    }
    return NULL;
}

static void end(struct sl_backup_feed *backup)
{
    struct sl_core *core = backup->session->core;
    sl_key_feed_end(&backup->keys, backup->session->options.actor, backup->last);
    *backup = (struct sl_backup_feed){0};
    core->backups.count--;
}

static void end_early(struct sl_backup_feed *backup)
{
    sl_log(SL_LOG_NOTICE, "event=backup_cut_short seq=%llu of=%llu",
           (unsigned long long)(backup->next.v - 1), (unsigned long long)backup->last.v);
    end(backup);
}

bool sl_backup_feed_cancel(struct sl_client_session *session, uint64_t tag, sl_seq *ret_next)
{
    struct sl_backup_feed *backup = find(session, tag);
    if (backup == NULL) {
        return false;
    }
    *ret_next = backup->next;
    end_early(backup);
    return true;
}

void sl_backup_feed_cancel_all(struct sl_client_session *session)
{
    struct sl_backup_feeds *backups = &session->core->backups;
    for (size_t i = 0; i < SL_BACKUPS_MAX && backups->count > 0; i++) {
        if (backups->feeds[i].session == session) {
            end_early(&backups->feeds[i]);
        }
    }
}

static struct sl_reply reply_of(const struct sl_backup_feed *backup)
{
    struct sl_core *core = backup->session->core;
    return (struct sl_reply){
        .out = &backup->session->outbox.bytes,
        .arena = &core->request_arena,
        .tag = backup->tag,
        .seq = backup->last.v,
    };
}

/* How many of the page's records one reply takes. */
static size_t count_fitting(const struct sl_page *page)
{
    size_t count = 0;
    size_t bytes = 0;
    while (count < page->count && bytes < SL_PAGE_BYTES_HIGH) {
        bytes += page->records[count].bytes.len;
        count++;
    }
    return count;
}

/* Sends the next page and moves the cursor. */
static enum sl_err send_page(struct sl_backup_feed *backup)
{
    struct sl_core *core = backup->session->core;
    uint64_t left = backup->last.v + 1 - backup->next.v;
    size_t page_max = sizeof core->page.records / sizeof core->page.records[0];
    size_t want = left < page_max ? (size_t)left : page_max;
    enum sl_err err = sl_store_page(core->store, backup->next, want, &core->page);
    if (err != SL_OK) {
        return err;
    }
    size_t count = count_fitting(&core->page);
    if (count == 0) {
        err = SL_E_CORRUPT; /* durable records that are not there */
    } else {
        struct sl_reply reply = reply_of(backup);
        reply.has_more = count < left || backup->keys.is_wanted;
        err = sl_reply_backup_records(&reply, core->page.records, count);
    }
    sl_store_page_end(core->store, &core->page);
    if (err == SL_OK) {
        backup->next.v += count;
        sl_outbox_hold(&backup->session->outbox, backup->last, core->now_us);
    }
    return err;
}

static enum sl_err send_keys(struct sl_backup_feed *backup, struct sl_diag *diag)
{
    struct sl_core *core = backup->session->core;
    struct sl_reply reply = reply_of(backup);
    enum sl_err err =
        sl_key_feed_page(&backup->keys, core->store, &core->backups.page, &reply, diag);
    if (err == SL_OK) {
        sl_feed_spend(core, SL_KEY_PAGE_ROWS);
        sl_outbox_hold(&backup->session->outbox, backup->last, core->now_us);
    }
    return err;
}

static enum sl_err send_records(struct sl_backup_feed *backup, struct sl_diag *diag)
{
    sl_seq before = backup->next;
    enum sl_err err = send_page(backup);
    sl_feed_spend(backup->session->core, backup->next.v - before.v);
    return err == SL_OK
               ? SL_OK
               : sl_refuse(diag, err, "", "at seq %llu", (unsigned long long)backup->next.v);
}

/* Whoever makes the backup is told, whoever runs the daemon too. */
static void end_in_error(struct sl_backup_feed *backup, enum sl_err err, const struct sl_diag *why)
{
    struct sl_core *core = backup->session->core;
    if (err != SL_E_BUSY) {
        sl_log(SL_LOG_ERROR, "event=read_failed seq=%llu err=%s",
               (unsigned long long)backup->next.v, sl_err_name(err));
    }
    struct sl_reply reply = reply_of(backup);
    if (sl_reply_error(&reply, err, why) == SL_OK) {
        sl_metrics_refused(&core->metrics, err);
        sl_outbox_hold(&backup->session->outbox, backup->last, core->now_us);
    }
    end_early(backup);
}

static bool is_whole(const struct sl_backup_feed *backup)
{
    bool has_keys = !backup->keys.is_wanted || backup->keys.is_done;
    return backup->next.v > backup->last.v && has_keys;
}

static void run(struct sl_backup_feed *backup)
{
    struct sl_client_session *session = backup->session;
    struct sl_core *core = session->core;
    size_t high = core->options.limits.output_bytes_high;
    for (unsigned i = 0; i < PAGES_PER_TURN && core->feed_left > 0; i++) {
        if (sl_outbox_len(&session->outbox) > high) {
            return;
        }
        struct sl_diag diag = {0};
        bool has_records = backup->next.v <= backup->last.v;
        enum sl_err err = has_records ? send_records(backup, &diag) : send_keys(backup, &diag);
        if (err != SL_OK) {
            end_in_error(backup, err, &diag);
            return;
        }
        if (is_whole(backup)) {
            sl_log(SL_LOG_NOTICE, "event=backup_sent of=%llu", (unsigned long long)backup->last.v);
            end(backup);
            return;
        }
    }
}

void sl_backup_feed_run(struct sl_client_session *session)
{
    struct sl_backup_feeds *backups = &session->core->backups;
    for (size_t i = 0; i < SL_BACKUPS_MAX && backups->count > 0; i++) {
        if (backups->feeds[i].session == session) {
            run(&backups->feeds[i]);
        }
    }
}

bool sl_backup_feed_has_more(const struct sl_client_session *session)
{
    const struct sl_backup_feeds *backups = &session->core->backups;
    for (size_t i = 0; i < SL_BACKUPS_MAX && backups->count > 0; i++) {
        if (backups->feeds[i].session == session) {
            return true;
        }
    }
    return false;
}

static enum sl_err check(const struct sl_exchange *exchange, struct sl_diag *diag)
{
    uint64_t tag = exchange->request.tag;
    if (find(exchange->session, tag) != NULL) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "tag", "%llu has a backup under way",
                         (unsigned long long)tag);
    }
    if (exchange->core->backups.count >= SL_BACKUPS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "backup", "at most %u at a time, all are under way",
                         SL_BACKUPS_MAX);
    }
    return SL_OK;
}

static struct sl_backup_head head_of(const struct sl_core *core)
{
    const struct sl_genesis *genesis = sl_store_genesis(core->store);
    struct sl_backup_head head = {.policy = genesis->policy, .created = genesis->created};
    static_assert(sizeof head.timezone == sizeof genesis->timezone, "the same text");
    static_assert(sizeof head.currency == sizeof genesis->currency, "the same text");
    memcpy(head.ledger_id, genesis->ledger_id, sizeof head.ledger_id);
    memcpy(head.timezone, genesis->timezone, sizeof head.timezone);
    memcpy(head.currency, genesis->currency, sizeof head.currency);
    sl_store_root(core->store, &head.last.v, head.root);
    return head;
}

enum sl_err sl_handle_backup(struct sl_exchange *exchange)
{
    struct sl_core *core = exchange->core;
    enum sl_err err = check(exchange, &exchange->diag);
    if (err != SL_OK) {
        return err;
    }
    struct sl_backup_head head = head_of(core);
    exchange->reflects = head.last;
    struct sl_reply reply = sl_exchange_reply(exchange);
    bool with_keys = exchange->request.u.backup_with_keys;
    reply.has_more = head.last.v > 0 || with_keys;
    err = sl_reply_backup_head(&reply, &head);
    if (err == SL_OK && reply.has_more) {
        struct sl_backup_feed *backup = find_free(&core->backups);
        SL_ASSERT(backup != NULL);
        *backup = (struct sl_backup_feed){
            .session = exchange->session,
            .tag = exchange->request.tag,
            .next = {1},
            .last = head.last,
        };
        if (with_keys) {
            backup->keys = sl_key_feed_of(core->store);
            exchange->session->outbox.bytes.is_secret = true;
        }
        core->backups.count++;
        sl_log(SL_LOG_NOTICE, "event=backup_begun of=%llu", (unsigned long long)head.last.v);
    }
    return err;
}
