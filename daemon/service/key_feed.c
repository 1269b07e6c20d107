/* See key_feed.h. */
#include "service/key_feed.h"

#include <stdio.h>

#include "base/log.h"

struct sl_key_feed sl_key_feed_of(const struct sl_store *store)
{
    return (struct sl_key_feed){.is_wanted = true, .cursor = sl_store_key_cursor(store)};
}

static enum sl_err send_page(struct sl_key_feed *feed,
                             struct sl_store *store,
                             struct sl_key_page *page,
                             struct sl_reply *reply)
{
    enum sl_err err = sl_store_key_page(store, &feed->cursor, page);
    if (err != SL_OK) {
        return err;
    }
    reply->has_more = !feed->cursor.is_at_end;
    err = sl_reply_backup_keys(reply, feed->cursor.since, page->keys, page->count);
    for (size_t i = 0; i < page->count; i++) {
        feed->live += page->keys[i].is_live;
        feed->erased += !page->keys[i].is_live;
    }
    sl_wipe(page, sizeof *page);
    feed->is_done = !reply->has_more;
    return err;
}

enum sl_err sl_key_feed_page(struct sl_key_feed *feed,
                             struct sl_store *store,
                             struct sl_key_page *page,
                             struct sl_reply *reply,
                             struct sl_diag *diag)
{
    uint64_t erasures = sl_store_erasures(store);
    if (!feed->has_begun) {
        feed->has_begun = true;
        feed->erasures = erasures;
    }
    if (feed->erasures != erasures) {
        return sl_refuse(diag, SL_E_BUSY, "backup.with_keys",
                         "a customer was erased while keys were sent");
    }
    enum sl_err err = send_page(feed, store, page, reply);
    return err == SL_OK ? SL_OK : sl_refuse(diag, err, "backup.with_keys", "keys");
}

void sl_key_feed_end(const struct sl_key_feed *feed, struct sl_slice user, sl_seq last)
{
    char name[SL_ID_TEXT_BYTES_MAX + 1];
    if (feed->has_begun) {
        (void)snprintf(name, sizeof name, "%.*s", (int)user.len, (const char *)user.data);
        sl_log(SL_LOG_NOTICE, "event=keys_given user=%s of=%llu keys=%llu erased=%llu",
               sl_log_quote(name).text, (unsigned long long)last.v, (unsigned long long)feed->live,
               (unsigned long long)feed->erased);
    }
}
