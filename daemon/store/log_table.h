/* The log in LMDB: records up to S, by seq. What came after S is in the ring (ring.h).
 *
 * A reader has its own read txn and may be used on any one thread; records it gives die with its next renew or reset. */
#ifndef SL_STORE_LOG_TABLE_H
#define SL_STORE_LOG_TABLE_H

#include "sl/stored/record.h"
#include "store/env.h"
#include "store/ring.h"

struct sl_log_reader {
    MDB_txn *txn;
    MDB_cursor *cursor;
    bool is_active; /* the txn is live, not reset */
};

SL_MUST_CHECK enum sl_err sl_log_reader_open(struct sl_log_reader *reader,
                                             const struct sl_env *env);
void sl_log_reader_close(struct sl_log_reader *reader); /* zeroed is fine */

/* To the newest commit; gives it up again, so that old pages can be reused. */
SL_MUST_CHECK enum sl_err sl_log_reader_renew(struct sl_log_reader *reader);
void sl_log_reader_reset(struct sl_log_reader *reader);

/* Up to `max` consecutive records from `from`; *ret_count may be less only at the end. SL_E_CORRUPT: a record is
 * damaged or missing, its seq is *ret_count behind `from`. */
SL_MUST_CHECK enum sl_err sl_log_read(struct sl_log_reader *reader,
                                      sl_seq from,
                                      size_t max,
                                      struct sl_record *records,
                                      size_t *ret_count);

/* Appends one record by a cursor of the log; LMDB's code. */
int sl_log_put(MDB_cursor *cursor, uint64_t seq, struct sl_slice record);

/* Appends the records of the closed batches from `first` to `last`. */
SL_MUST_CHECK enum sl_err sl_log_append(const struct sl_env *env,
                                        MDB_txn *txn,
                                        const struct sl_batch *first,
                                        const struct sl_batch *last);

#endif
