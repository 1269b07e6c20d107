/* The inside of the file journal, for journal_file.c (writing) and journal_replay.c (reading). */
#ifndef SL_STORE_JOURNAL_IMPL_H
#define SL_STORE_JOURNAL_IMPL_H

#include <pthread.h>

#include "store/journal_file.h"
#include "store/segment.h"

#define SL_SEGMENTS_MAX     256u
#define SL_SEGMENT_PATH_MAX 4352u

enum sl_segment_state {
    SL_SEGMENT_FREE,
    SL_SEGMENT_ACTIVE,
    SL_SEGMENT_FULL,
};

struct sl_segment {
    uint64_t name; /* of the file */
    int fd;
    enum sl_segment_state state;
    struct sl_segment_header header; /* of ACTIVE and FULL ones */
    uint64_t bytes;                  /* of the file */
    uint64_t last_seq;               /* of its last frame; first_seq - 1 if it has none */
    uint64_t successor;              /* as its note says; 0: none */
};

struct sl_journal_file {
    struct sl_journal base; /* first: cast back */
    char dir[4096];
    const struct sl_file_ops *ops;
    uint64_t segment_bytes;
    uint8_t ledger_id[16];
    bool is_read_only;

    pthread_mutex_t mutex; /* guards the list of segments and their states; not the files */
    struct sl_segment *segments[SL_SEGMENTS_MAX];
    size_t segment_count;
    struct sl_segment *active; /* NULL until the first submit */
    struct sl_segment
        *before;     /* the one that notes that `active` was begun; NULL: none, or it has */
    uint64_t offset; /* of the next frame in `active` */
    uint64_t generation_max;
    uint64_t name_max;

    /* Submit's own. */
    uint32_t seed; /* of `active` */
    uint32_t chain;
    uint8_t header_block[SL_SEGMENT_HEADER_BYTES];
};

static inline struct sl_journal_file *sl_journal_file_of(struct sl_journal *journal)
{
    return (struct sl_journal_file *)journal;
}

enum sl_err sl_journal_file_replay(struct sl_journal *base,
                                   const struct sl_journal_from *from,
                                   sl_journal_fn fn,
                                   void *ctx,
                                   struct sl_diag *diag);

/* "DIR/journal/<name>.seg" */
void sl_segment_path(const struct sl_journal_file *journal,
                     uint64_t name,
                     char path[SL_SEGMENT_PATH_MAX]);

/* Gives up files that are too small to be used: a kill while one was being made leaves such. Only after a replay: until then a file that
 * was cut short may be evidence. */
void sl_journal_file_drop_half_made(struct sl_journal_file *journal);

/* The error of errno `code` in "journal: <name>.seg: what". */
enum sl_err sl_segment_error(const struct sl_segment *segment,
                             int code,
                             const char *what,
                             struct sl_diag *diag);

/* Lists the files and reads their headers. */
enum sl_err sl_journal_file_scan_dir(struct sl_journal_file *journal, struct sl_diag *diag);

#endif
