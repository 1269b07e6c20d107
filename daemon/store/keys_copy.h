/* Keys on their way into a backup and out of one (sl/stored/backup_key.h): those of the log up to a position.
 *
 *     made        which keys were made for events that were durable by then: they have numbers in the order of their events
 *     page        rows in the order of customers, as they are at the moment: what was erased since is erased there, too. A key that is
 *                 later than `made` is left out; of a customer whose earlier one was erased the tombstone is there
 *     put         into the keys of a ledger that is being made, which has none of these customers yet */
#ifndef SL_STORE_KEYS_COPY_H
#define SL_STORE_KEYS_COPY_H

#include "sl/stored/backup_key.h"
#include "store/keys.h"

/* Where reading has come to. */
struct sl_key_cursor {
    uint64_t count; /* of keys made by then */
    sl_seq since;   /* the event that the first one was made for; 0: there was none */
    uint8_t customer[SL_ID_TEXT_BYTES_MAX]; /* the last one looked at */
    size_t customer_len;
    bool is_at_end;
};

/* Rows looked at for a page: a look at the file of secrets each. */
#define SL_KEY_PAGE_ROWS 256u

/* Whoever has one wipes it. */
struct sl_key_page {
    struct sl_backup_key keys[SL_KEY_PAGE_ROWS];
    size_t count;
};

/* On the loop's thread: at the front of all keys made by now. */
struct sl_key_cursor sl_keys_cursor(const struct sl_keys *keys);

/* The next rows, of which perhaps none counts; nothing at the end. SL_E_IO, SL_E_CORRUPT, SL_E_NO_MEMORY; cursor and page mean nothing then. */
SL_MUST_CHECK enum sl_err
sl_keys_page(struct sl_keys *keys, struct sl_key_cursor *cursor, struct sl_key_page *ret_page);

/* While no lane runs: makes those of the page durable. Any failure is final. SL_E_NO_SPACE, SL_E_IO, and the errors of making the folder. */
SL_MUST_CHECK enum sl_err sl_keys_put(struct sl_keys *keys,
                                      sl_seq since,
                                      const struct sl_key_page *page,
                                      struct sl_diag *diag);

#endif
