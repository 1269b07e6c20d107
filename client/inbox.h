/* Replies that have arrived and wait to be taken, in order of arrival.
 *
 * An entry holds a reply, or the reason why there is none; in the second case the reply that
 * says so is made when it is taken. Entries are made by their request beforehand, so that a
 * failure can always be told. */
#ifndef SL_CLIENT_INBOX_H
#define SL_CLIENT_INBOX_H

#include "salesledger/v1/api.pb-c.h"
#include "sl/err.h"

struct sl_inbox_entry {
    struct sl_inbox_entry *next;
    uint64_t tag;
    size_t bytes;                  /* of the reply on the wire */
    Salesledger__V1__Reply *reply; /* owned; NULL: failed for the reason below */
    enum sl_err err;
    char message[sizeof((struct sl_diag *)0)->message];
};

struct sl_inbox {
    struct sl_inbox_entry *first;
    struct sl_inbox_entry *last;
    size_t bytes;
};

/* Takes the entry over. */
void sl_inbox_put(struct sl_inbox *inbox, struct sl_inbox_entry *entry);

/* Removes and gives the oldest entry of the tag, of any tag for 0. SL_E_NOT_FOUND;
 * SL_E_NO_MEMORY leaves it there. */
SL_MUST_CHECK enum sl_err
sl_inbox_take(struct sl_inbox *inbox, uint64_t tag, Salesledger__V1__Reply **ret_reply);

/* Drops the entries of one tag, or all for 0. */
void sl_inbox_drop(struct sl_inbox *inbox, uint64_t tag);

/* NULL is fine. */
void sl_inbox_entry_free(struct sl_inbox_entry *entry);

#endif
