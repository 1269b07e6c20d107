/* A backup as a file, on the side of the daemon: a ledger is made of one, or one is verified. No daemon serves either. */
#ifndef SL_SERVICE_BACKUP_FILE_H
#define SL_SERVICE_BACKUP_FILE_H

#include "sl/err.h"
#include "sl/stored/backup.h"
#include "sl/types.h"

struct sl_backup_file_options {
    const char *dir; /* where the ledger is made */
    int fd;          /* of the backup; may be a pipe */
    void (*loaded)(void *ctx,
                   sl_seq done,
                   sl_seq total); /* records read and verified; may be NULL */
    void (*rebuilt)(void *ctx, sl_seq done, sl_seq total); /* the state made of them; may be NULL */
    void *ctx;
};

struct sl_backup_found {
    struct sl_backup_head head;
    struct sl_backup_keys keys;
};

/* Makes the ledger in `dir`: the log as it was, with its ids, seqs and times, and the state anew; with the
 * keys that the backup holds, else personal fields read "erased". Nothing of it is there unless all of the
 * file was as it should be. The errors of sl_store_create and of sl_backup_next; SL_E_INVALID_FIELD (a time zone that this system does
 * not know), SL_E_UNKNOWN_CURRENCY. `*ret_found` says of what. */
SL_MUST_CHECK enum sl_err sl_ledger_restore(const struct sl_backup_file_options *options,
                                            struct sl_backup_found *ret_found,
                                            struct sl_diag *diag);

/* Reads it to the end. The errors of sl_backup_next. */
SL_MUST_CHECK enum sl_err sl_backup_file_check(const struct sl_backup_file_options *options,
                                               struct sl_backup_found *ret_found,
                                               struct sl_diag *diag);

#endif
