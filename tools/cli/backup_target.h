/* Where a backup goes: a file in a folder, or a stream.
 *
 *     DIR/NAME.slb.part     being written, locked by who writes it
 *         │ flushed, read again and found to be right, renamed
 *     DIR/NAME.slb          a whole backup: there is no other kind of file with this name
 *
 * NAME is the ledger's id and the last seq, and says so if it holds keys. A part that was left behind by somebody who was killed is written over. */
#ifndef SL_CLI_BACKUP_TARGET_H
#define SL_CLI_BACKUP_TARGET_H

#include <limits.h>

#include "sl/stored/backup.h"

struct sl_backup_target {
    const char *dir; /* borrowed; NULL: a stream */
    char part[PATH_MAX];
    char path[PATH_MAX];
    int fd;
};

struct sl_backup_what {
    const struct sl_backup_head *head;
    bool with_keys;
};

/* Opens the file, or takes standard output for `where` "-". SL_E_EXISTS (there is this backup already), SL_E_LOCKED (it is being made),
 * SL_E_TOO_BIG (the path), SL_E_NO_SPACE, SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_backup_target_open(struct sl_backup_target *target,
                                                const char *where,
                                                const struct sl_backup_what *what,
                                                struct sl_diag *diag);

/* Is `where` a folder that can be written to, or a stream that can be? Asked before the daemon is. SL_E_USAGE, SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_backup_target_check(const char *where, struct sl_diag *diag);

/* All was written by `writer`: flushes it, reads it again from the disk, and gives it its name. `is_wanted` is asked now and then; without it it ends with
 * SL_E_CANCELLED. A stream is only ended. SL_E_CORRUPT: what the disk gives back is not what was written. */
SL_MUST_CHECK enum sl_err sl_backup_target_finish(struct sl_backup_target *target,
                                                  const struct sl_backup_writer *writer,
                                                  bool (*is_wanted)(void),
                                                  struct sl_diag *diag);

/* Closes it; the part is gone. After finish there is none. A zeroed one with `fd` -1 is fine. */
void sl_backup_target_close(struct sl_backup_target *target);

#endif
