/* Reading: which segments there are, and the frames after S in them.
 *
 *     generation   7            8            9               begin with the last one whose first seq is <= S + 1; from there on
 *     first seq    1          501          901               each must begin where the one before ended, and the one that
 *                        S = 640 ▲                            held S must still be there, unless nothing was needed */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dir.h"
#include "store/journal_impl.h"

#define NAME_DIGITS 16u

static bool parse_name(const char *text, uint64_t *ret_name)
{
    if (strlen(text) != NAME_DIGITS + 4 || strcmp(text + NAME_DIGITS, ".seg") != 0) {
        return false;
    }
    char *end;
    errno = 0;
    *ret_name = strtoull(text, &end, 16);
    return errno == 0 && end == text + NAME_DIGITS;
}

/* 0, or -1 with errno. */
static int read_fully(int fd, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, bytes + done, size - done, (off_t)done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0) {
            errno = EIO; /* shorter than it was */
        }
        if (got <= 0) {
            return -1;
        }
        done += (size_t)got;
    }
    return 0;
}

/* A segment is free when its header is zeros. */
static enum sl_err
explain_header(const struct sl_segment *segment, const uint8_t *block, struct sl_diag *diag)
{
    if (sl_segment_header_is_blank(block)) {
        return SL_OK;
    }
    if (sl_segment_header_is_foreign(block)) {
        return sl_refuse(diag, SL_E_FORMAT, "",
                         "journal: %016" PRIx64 ".seg is of version %c, this one reads 1",
                         segment->name, isprint(block[6]) != 0 ? block[6] : '?');
    }
    return sl_refuse(diag, SL_E_CORRUPT, "",
                     "journal: %016" PRIx64 ".seg: neither copy of its header is whole",
                     segment->name);
}

static enum sl_err
read_header(struct sl_journal_file *journal, struct sl_segment *segment, struct sl_diag *diag)
{
    struct stat info;
    if (fstat(segment->fd, &info) != 0) {
        return sl_file_error(errno, "journal: stat", diag);
    }
    segment->bytes = (uint64_t)info.st_size;
    if (segment->bytes < SL_SEGMENT_HEADER_BYTES) {
        segment->bytes = 0; /* its making was cut short: too small for any frame */
        return SL_OK;
    }
    uint8_t block[SL_SEGMENT_HEADER_BYTES];
    if (read_fully(segment->fd, block, sizeof block) != 0) {
        return sl_segment_error(segment, errno, "read", diag);
    }
    if (!sl_segment_header_decode(block, &segment->header)) {
        return explain_header(segment, block, diag);
    }
    if (memcmp(segment->header.ledger_id, journal->ledger_id, sizeof journal->ledger_id) != 0) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "journal: %016" PRIx64 ".seg belongs to another ledger", segment->name);
    }
    if (sl_segment_note_decode(&segment->header, block, &segment->successor) != SL_OK) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "journal: %016" PRIx64 ".seg: its note of the next segment is damaged",
                         segment->name);
    }
    segment->state = SL_SEGMENT_FULL;
    segment->last_seq = segment->header.first_seq - 1;
    if (segment->header.generation > journal->generation_max) {
        journal->generation_max = segment->header.generation;
    }
    return SL_OK;
}

static enum sl_err add_file(struct sl_journal_file *journal, uint64_t name, struct sl_diag *diag)
{
    if (journal->segment_count == SL_SEGMENTS_MAX) {
        return sl_refuse(diag, SL_E_TOO_MANY, "", "journal: more than %u segments",
                         SL_SEGMENTS_MAX);
    }
    struct sl_segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "journal");
    }
    char path[SL_SEGMENT_PATH_MAX];
    sl_segment_path(journal, name, path);
    segment->name = name;
    segment->fd = journal->ops->open(journal->ops, path, journal->is_read_only ? O_RDONLY : O_RDWR);
    if (segment->fd < 0) {
        free(segment);
        return sl_file_error(errno, "journal: open a segment", diag);
    }
    journal->segments[journal->segment_count] = segment;
    journal->segment_count++;
    journal->name_max = name > journal->name_max ? name : journal->name_max;
    return read_header(journal, segment, diag);
}

static int by_generation(const void *a, const void *b)
{
    const struct sl_segment *left = *(const struct sl_segment *const *)a;
    const struct sl_segment *right = *(const struct sl_segment *const *)b;
    return (left->header.generation > right->header.generation) -
           (left->header.generation < right->header.generation);
}

enum sl_err sl_journal_file_scan_dir(struct sl_journal_file *journal, struct sl_diag *diag)
{
    DIR *dir = opendir(journal->dir);
    if (dir == NULL) {
        return sl_file_error(errno, "journal: open the directory", diag);
    }
    const char *entry = NULL;
    enum sl_err err = sl_dir_next(dir, "journal: list the segments", &entry, diag);
    while (err == SL_OK && entry != NULL) {
        uint64_t name;
        if (parse_name(entry, &name)) {
            err = add_file(journal, name, diag);
        }
        if (err == SL_OK) {
            err = sl_dir_next(dir, "journal: list the segments", &entry, diag);
        }
    }
    closedir(dir);
    return err;
}

/* What one pass over the segments carries along. */
struct replay {
    struct sl_journal_file *journal;
    const struct sl_journal_from *from;
    sl_journal_fn fn;
    void *ctx;
    struct sl_diag *diag;
    uint64_t next_seq;
};

static enum sl_err damaged(const struct replay *replay,
                           const struct sl_segment *segment,
                           size_t offset,
                           const char *what)
{
    return sl_refuse(replay->diag, SL_E_CORRUPT, "",
                     "journal: %016" PRIx64 ".seg offset %zu, expected seq %" PRIu64 ": %s",
                     segment->name, offset, replay->next_seq, what);
}

static enum sl_err
replay_frames(struct replay *replay, struct sl_segment *segment, const uint8_t *bytes)
{
    struct sl_segment_scan scan;
    sl_segment_scan_begin(&scan, bytes, (size_t)segment->bytes, &segment->header);
    for (;;) {
        struct sl_frame frame;
        struct sl_slice payload;
        enum sl_err err = sl_segment_scan_next(&scan, &frame, &payload);
        if (err == SL_E_NOT_FOUND) {
            return SL_OK;
        }
        if (err != SL_OK) {
            return damaged(replay, segment, scan.offset, "not a frame, but valid frames follow");
        }
        replay->next_seq = scan.next_seq;
        segment->last_seq = scan.next_seq - 1;
        if (segment->last_seq <= replay->from->checkpointed) {
            continue;
        }
        err = replay->fn(replay->ctx, frame.first_seq, frame.count, payload,
                         segment->header.generation);
        if (err != SL_OK) {
            return err;
        }
    }
}

static enum sl_err replay_segment(struct replay *replay, struct sl_segment *segment)
{
    if (segment->header.first_seq != replay->next_seq) {
        return damaged(replay, segment, 0, "the segment begins elsewhere");
    }
    if (segment->bytes < segment->header.bytes) {
        return damaged(replay, segment, (size_t)segment->bytes, "the file is cut short");
    }
    uint8_t *bytes = malloc((size_t)segment->bytes);
    if (bytes == NULL) {
        return sl_refuse(replay->diag, SL_E_NO_MEMORY, "", "journal: replay");
    }
    enum sl_err err = read_fully(segment->fd, bytes, (size_t)segment->bytes) == 0
                          ? replay_frames(replay, segment, bytes)
                          : sl_segment_error(segment, errno, "read", replay->diag);
    free(bytes);
    return err;
}

static bool has_generation(const struct sl_journal_file *journal, uint64_t generation)
{
    for (size_t i = 0; i < journal->segment_count; i++) {
        if (journal->segments[i]->state != SL_SEGMENT_FREE &&
            journal->segments[i]->header.generation == generation) {
            return true;
        }
    }
    return false;
}

/* From the one that held S on, none that was begun may be missing. */
static enum sl_err
check_successors(const struct sl_journal_file *journal, uint64_t required, struct sl_diag *diag)
{
    for (size_t i = 0; i < journal->segment_count; i++) {
        const struct sl_segment *segment = journal->segments[i];
        bool is_needed = segment->state != SL_SEGMENT_FREE && segment->successor != 0 &&
                         segment->header.generation >= required;
        if (is_needed && !has_generation(journal, segment->successor)) {
            return sl_refuse(diag, SL_E_CORRUPT, "",
                             "journal: the segment of generation %" PRIu64
                             ", which was begun after %016" PRIx64 ".seg, is missing",
                             segment->successor, segment->name);
        }
    }
    return SL_OK;
}

/* The last used segment that begins at S + 1 or before; segment_count if there is none. Those before it lie wholly
 * behind S, and are marked so. */
static size_t find_start(struct sl_journal_file *journal, uint64_t checkpointed)
{
    size_t start = journal->segment_count;
    for (size_t i = 0; i < journal->segment_count; i++) {
        struct sl_segment *segment = journal->segments[i];
        if (segment->state != SL_SEGMENT_FREE && segment->header.first_seq <= checkpointed + 1) {
            start = i;
            segment->last_seq = segment->header.first_seq - 1;
        }
    }
    return start;
}

enum sl_err sl_journal_file_replay(struct sl_journal *base,
                                   const struct sl_journal_from *from,
                                   sl_journal_fn fn,
                                   void *ctx,
                                   struct sl_diag *diag)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    struct replay replay = {journal, from, fn, ctx, diag, from->checkpointed + 1};
    if (from->required != 0 && !has_generation(journal, from->required)) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "journal: the segment of generation %" PRIu64 ", which held seq %" PRIu64
                         ", is missing",
                         from->required, from->checkpointed);
    }
    enum sl_err err = check_successors(journal, from->required, diag);
    if (journal->segment_count > 0) {
        qsort(journal->segments, journal->segment_count, sizeof(void *), by_generation);
    }
    size_t start = find_start(journal, from->checkpointed);
    if (start < journal->segment_count) {
        replay.next_seq = journal->segments[start]->header.first_seq;
    }
    for (size_t i = 0; i < journal->segment_count && err == SL_OK; i++) {
        struct sl_segment *segment = journal->segments[i];
        bool is_behind = start < journal->segment_count && i < start;
        if (segment->state != SL_SEGMENT_FREE && !is_behind) {
            err = replay_segment(&replay, segment);
        }
    }
    if (err == SL_OK && from->required != 0 && replay.next_seq <= from->checkpointed) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "journal: ends at seq %" PRIu64 ", before the checkpoint at %" PRIu64,
                         replay.next_seq - 1, from->checkpointed);
    }
    if (err == SL_OK && !journal->is_read_only && journal->active == NULL) {
        sl_journal_file_drop_half_made(journal);
    }
    return err;
}
