/* Backups under way. A backup is a cursor over the log like a subscription (feed.h), but one that ends: at what was durable when it was
 * asked for. It reads pages while the session's output is below its mark, so it is of one position however much is recorded meanwhile,
 * holds nothing but its place, and waits for a slow reader as long as it takes.
 *
 *     log     1 2 3 4 5 6 7 8 9 10 11 12
 *                   ▲ next       ▲ last, with the root of the tree there; then its keys, if it was asked for them (key_feed.h)
 *
 * Its pages come out of the share of a turn that all feeds have together. Each backup reads the whole log, so there are few of them at a time,
 * of all connections together. */
#ifndef SL_SERVICE_BACKUP_FEED_H
#define SL_SERVICE_BACKUP_FEED_H

#include "service/key_feed.h"
#include "sl/err.h"
#include "sl/limits.h"
#include "sl/types.h"

struct sl_client_session;

struct sl_backup_feed {
    struct sl_client_session *session; /* NULL: free */
    uint64_t tag;
    sl_seq next; /* cursor */
    sl_seq last;
    struct sl_key_feed keys;
};

struct sl_backup_feeds {
    struct sl_backup_feed feeds[SL_BACKUPS_MAX];
    struct sl_key_page page; /* the one at hand */
    uint32_t count;
};

/* Ends it; false if the session has none with this tag. */
bool sl_backup_feed_cancel(struct sl_client_session *session, uint64_t tag, sl_seq *ret_next);

void sl_backup_feed_cancel_all(struct sl_client_session *session);

/* A share of pages for each of the session's, as far as core->feed_left goes. */
void sl_backup_feed_run(struct sl_client_session *session);

/* Has the session one with something to send? */
bool sl_backup_feed_has_more(const struct sl_client_session *session);

#endif
