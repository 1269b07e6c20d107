/* The keys of a backup that was asked to hold them (backup_feed.h): pages behind those of its records.
 *
 *     asked for   which keys belong to the backup is known: those of what is durable
 *     begun       the records are sent. An erasure that ended before is seen as such; one that ends from here on ends the backup, since its
 *                 key may have been sent
 *     at the end  the last page is made and queued. What is erased from here on is not seen any more, though the page has yet to arrive
 *
 * So no backup holds a key of which somebody was told, before the last page was made, that it is erased. One that was told later may be in it:
 * after an erasure the older backups with keys are to be destroyed. The log says to whom keys were given. */
#ifndef SL_SERVICE_KEY_FEED_H
#define SL_SERVICE_KEY_FEED_H

#include "codec/wire.h"
#include "store/store.h"

struct sl_key_feed {
    bool is_wanted;
    bool has_begun;
    bool is_done;
    struct sl_key_cursor cursor;
    uint64_t erasures; /* had ended when it was begun */
    uint64_t live;     /* sent so far */
    uint64_t erased;
};

struct sl_key_feed sl_key_feed_of(const struct sl_store *store);

/* Encodes the next page; `reply->has_more` says whether it is the last. `page` is scratch, and wiped. SL_E_BUSY: somebody was erased; the errors
 * of sl_store_key_page and of replies. */
SL_MUST_CHECK enum sl_err sl_key_feed_page(struct sl_key_feed *feed,
                                           struct sl_store *store,
                                           struct sl_key_page *page,
                                           struct sl_reply *reply,
                                           struct sl_diag *diag);

/* At its end, early or not: tells the log, if any page was made. */
void sl_key_feed_end(const struct sl_key_feed *feed, struct sl_slice user, sl_seq last);

#endif
