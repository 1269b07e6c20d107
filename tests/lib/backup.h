/* What a caller of a service does to make a backup: asks for it, takes its pages, writes them, which verifies them. */
#ifndef SL_LIB_BACKUP_H
#define SL_LIB_BACKUP_H

#include "lib/service.h"
#include "sl/stored/backup.h"

void sl_caller_backup(struct sl_caller *caller, uint64_t tag);
void sl_caller_backup_with_keys(struct sl_caller *caller, uint64_t tag);

struct sl_taken_backup {
    int fd; /* a file in memory, at its beginning once it is whole */
    struct sl_backup_writer writer;
    bool has_begun;
    bool is_whole;    /* the last page has come, and all is what the head says */
    size_t bytes_max; /* of one page's records */
    size_t pages;
    size_t key_pages; /* behind them */
};

void sl_taken_init(struct sl_taken_backup *taken);
void sl_taken_deinit(struct sl_taken_backup *taken);

/* Takes every reply there is; all of them must be pages of the backup `tag`, in order. */
void sl_take_backup(struct sl_taken_backup *taken, struct sl_caller *caller, uint64_t tag);

/* An event nearly as large as one may be. */
struct sl_slice sl_large_note(struct sl_service *s);

#endif
