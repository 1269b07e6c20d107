/* Making a ledger of records that there are already, for who restores a backup: the same genesis, seqs, times, bytes and so the same tree.
 * It is made aside like every ledger (making.h) and put into its place last, so that a power cut at any moment leaves either none, and the
 * same can be done again, or the whole.
 *
 * Keys, if the backup holds any, are durable in their place before that: nobody looks at them while there is no ledger.
 *
 *     begin ─▶ put, put, ..., keys ─▶ seal ─▶ state: a store on DIR/new, for its owner to rebuild ─▶ end, given up or put into its place */
#ifndef SL_STORE_RESTORE_H
#define SL_STORE_RESTORE_H

#include "sl/err.h"
#include "sl/stored/backup_key.h"
#include "sl/stored/hash.h"
#include "store/store.h"

struct sl_restore; /* opaque */

/* As sl_store_create, and its errors. */
SL_MUST_CHECK enum sl_err sl_restore_begin(const char *dir,
                                           const struct sl_genesis *genesis,
                                           struct sl_restore **ret_restore,
                                           struct sl_diag *diag);

/* The next record; the first one is of seq 1. Only `bytes` and `recorded` are looked at. SL_E_NO_SPACE, SL_E_IO. */
SL_MUST_CHECK enum sl_err
sl_restore_put(struct sl_restore *restore, const struct sl_record *record, struct sl_diag *diag);

/* The next key; `since` is the same for all. SL_E_NO_MEMORY, SL_E_NO_SPACE, SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_restore_put_key(struct sl_restore *restore,
                                             sl_seq since,
                                             const struct sl_backup_key *key,
                                             struct sl_diag *diag);

/* All records and keys are there: makes them durable and gives the root of their tree. */
SL_MUST_CHECK enum sl_err sl_restore_seal(struct sl_restore *restore,
                                          uint8_t ret_root[SL_SHA256_BYTES],
                                          struct sl_diag *diag);

/* Opens what was sealed as a store, whose state the caller has to rebuild, and then to close it. `options->dir` and `executor` are not
 * looked at: everything is done on this thread. */
SL_MUST_CHECK enum sl_err sl_restore_open(struct sl_restore *restore,
                                          const struct sl_store_options *options,
                                          struct sl_store **ret_store,
                                          struct sl_diag *diag);

/* The end: `err` SL_OK puts the ledger into its place, durable on return. Anything else, or a failure of that, leaves nothing of it.
 * Gives `err`, or the failure. A disk that is full is told as SL_E_NO_SPACE, whatever LMDB called it. NULL is fine. */
SL_MUST_CHECK enum sl_err
sl_restore_end(struct sl_restore *restore, enum sl_err err, struct sl_diag *diag);

#endif
