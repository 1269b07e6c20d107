/* Writing: one frame per batch, in one write and one flush; and the life of segments. */
#include "store/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "sl/stored/hash.h"
#include "store/journal_impl.h"
#include "store/ring.h"

#define ZERO_BLOCK_BYTES  ((size_t)1024 * 1024)
#define FLUSH_BYTES       ((uint64_t)4 * 1024 * 1024) /* a multiple of the zero block */
#define FREE_SEGMENTS_MAX 3u /* more than these are given back to the file system */
#define PARTS_MAX         (SL_BATCH_PARTS_MAX + 3u) /* segment header, frame header, zeros */
#define PAGE_BYTES        4096u                     /* of the page cache */

void sl_segment_path(const struct sl_journal_file *journal,
                     uint64_t name,
                     char path[SL_SEGMENT_PATH_MAX])
{
    int len = snprintf(path, SL_SEGMENT_PATH_MAX, "%s/%016" PRIx64 ".seg", journal->dir, name);
    SL_ASSERT(len > 0 && len < (int)SL_SEGMENT_PATH_MAX);
}

enum sl_err
sl_segment_error(const struct sl_segment *segment, int code, const char *what, struct sl_diag *diag)
{
    enum sl_err err = sl_file_error(code, what, diag);
    sl_diag_wrap(diag, "journal: %016" PRIx64 ".seg", segment->name);
    return err;
}

static struct sl_segment *find_free(const struct sl_journal_file *journal, uint64_t frame_bytes)
{
    for (size_t i = 0; i < journal->segment_count; i++) {
        struct sl_segment *segment = journal->segments[i];
        if (segment->state == SL_SEGMENT_FREE &&
            segment->bytes >= SL_SEGMENT_HEADER_BYTES + frame_bytes) {
            return segment;
        }
    }
    return NULL;
}

static size_t count_free(const struct sl_journal_file *journal)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->segment_count; i++) {
        count += journal->segments[i]->state == SL_SEGMENT_FREE;
    }
    return count;
}

static bool fits_active(const struct sl_journal_file *journal, uint64_t frame_bytes)
{
    return journal->active != NULL && journal->offset + frame_bytes <= journal->active->bytes;
}

/* Of the bytes of a segment that are left, the longest batch whose frame fits. */
static uint64_t batch_of(uint64_t left)
{
    return left > SL_FRAME_HEADER_BYTES ? left / 8 * 8 - SL_FRAME_HEADER_BYTES : 0;
}

static uint64_t left_of_active(const struct sl_journal_file *journal)
{
    return journal->active != NULL ? journal->active->bytes - journal->offset : 0;
}

/* The longest that fits a free segment but for `taken`, which may be NULL. */
static uint64_t left_of_free(const struct sl_journal_file *journal, const struct sl_segment *taken)
{
    uint64_t left = 0;
    for (size_t i = 0; i < journal->segment_count; i++) {
        const struct sl_segment *segment = journal->segments[i];
        if (segment->state == SL_SEGMENT_FREE && segment != taken && segment->bytes > left) {
            left = segment->bytes;
        }
    }
    return left > SL_SEGMENT_HEADER_BYTES ? left - SL_SEGMENT_HEADER_BYTES : 0;
}

static bool is_written(const struct sl_journal_file *journal, const struct sl_journal_batch *batch)
{
    return journal->active != NULL && journal->active->last_seq >= batch->first_seq;
}

static uint64_t file_room(struct sl_journal *base, const struct sl_journal_batch *ahead)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    pthread_mutex_lock(&journal->mutex);
    uint64_t left = left_of_active(journal);
    const struct sl_segment *taken = NULL;
    if (ahead != NULL && !is_written(journal, ahead)) {
        uint64_t frame_bytes = sl_frame_bytes(ahead->len);
        taken = fits_active(journal, frame_bytes) ? NULL : find_free(journal, frame_bytes);
        left = taken != NULL ? taken->bytes - SL_SEGMENT_HEADER_BYTES : left;
        left = left > frame_bytes ? left - frame_bytes : 0;
    }
    uint64_t left_free = left_of_free(journal, taken);
    pthread_mutex_unlock(&journal->mutex);
    return batch_of(left > left_free ? left : left_free);
}

static bool file_wants_prepare(struct sl_journal *base)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    pthread_mutex_lock(&journal->mutex);
    bool wants = count_free(journal) == 0 && journal->segment_count < SL_SEGMENTS_MAX;
    pthread_mutex_unlock(&journal->mutex);
    return wants;
}

/* The used segment that was begun last. */
static struct sl_segment *find_newest(const struct sl_journal_file *journal)
{
    struct sl_segment *newest = NULL;
    for (size_t i = 0; i < journal->segment_count; i++) {
        struct sl_segment *segment = journal->segments[i];
        if (segment->state != SL_SEGMENT_FREE &&
            (newest == NULL || segment->header.generation > newest->header.generation)) {
            newest = segment;
        }
    }
    return newest;
}

/* Makes a free segment the active one; its header goes out with the first frame. */
static enum sl_err activate(struct sl_journal_file *journal,
                            uint64_t frame_bytes,
                            uint64_t first_seq,
                            struct sl_diag *diag)
{
    struct sl_segment_header header = {.first_seq = first_seq};
    if (sl_random_fill(header.salt, sizeof header.salt) != 0) {
        return sl_file_error(errno, "journal: salt of a segment", diag);
    }
    memcpy(header.ledger_id, journal->ledger_id, sizeof header.ledger_id);
    pthread_mutex_lock(&journal->mutex);
    struct sl_segment *segment = find_free(journal, frame_bytes);
    if (segment != NULL) {
        journal->before = find_newest(journal);
        if (journal->active != NULL) {
            journal->active->state = SL_SEGMENT_FULL;
        }
        journal->generation_max++;
        header.generation = journal->generation_max;
        header.bytes = segment->bytes;
        segment->header = header;
        segment->state = SL_SEGMENT_ACTIVE;
        segment->last_seq = first_seq - 1;
        journal->active = segment;
        journal->offset = SL_SEGMENT_HEADER_BYTES;
    }
    pthread_mutex_unlock(&journal->mutex);
    if (segment == NULL) {
        return sl_refuse(diag, SL_E_NO_SPACE, "", "journal: no segment to begin");
    }
    sl_log(SL_LOG_DEBUG,
           "event=segment_begun name=%016" PRIx64 " generation=%" PRIu64 " seq=%" PRIu64,
           segment->name, header.generation, first_seq);
    journal->seed = sl_segment_seed(&header);
    journal->chain = journal->seed;
    sl_segment_header_encode(&header, journal->header_block);
    return SL_OK;
}

static uint32_t chain_of(const struct sl_journal_file *journal,
                         const struct sl_journal_batch *batch)
{
    uint32_t crc = sl_frame_chain_begin(journal->seed, journal->chain);
    for (int i = 0; i < batch->part_count; i++) {
        crc = sl_crc32c(crc, batch->parts[i].iov_base, batch->parts[i].iov_len);
    }
    return crc;
}

static enum sl_err
write_frame(struct sl_journal_file *journal, const struct sl_journal_batch *batch, uint32_t chain)
{
    struct sl_frame frame = {
        .first_seq = batch->first_seq,
        .count = batch->count,
        .len = batch->len,
        .previous = journal->chain,
        .chain = chain,
    };
    static uint8_t zeros[PAGE_BYTES]; /* never written to; an iovec cannot be const */
    uint8_t frame_header[SL_FRAME_HEADER_BYTES];
    sl_frame_encode(&frame, journal->active->header.generation, journal->seed, frame_header);

    struct iovec parts[PARTS_MAX];
    int count = 0;
    uint64_t offset = journal->offset;
    if (offset == SL_SEGMENT_HEADER_BYTES) {
        offset = 0;
        parts[count++] = (struct iovec){journal->header_block, sizeof journal->header_block};
    }
    parts[count++] = (struct iovec){frame_header, sizeof frame_header};
    memcpy(&parts[count], batch->parts, (size_t)batch->part_count * sizeof parts[0]);
    count += batch->part_count;
    /* The rest of the page, which nothing follows yet: a page that is written in part must be read first if memory has lost it, and that
     * waits behind all that a checkpoint is writing. */
    uint64_t end = journal->offset + SL_FRAME_HEADER_BYTES + batch->len;
    uint64_t rest = (PAGE_BYTES - end % PAGE_BYTES) % PAGE_BYTES;
    if (rest > 0) {
        parts[count++] = (struct iovec){zeros, (size_t)rest};
    }
    return sl_file_write_all(journal->ops, journal->active->fd, parts, count, (off_t)offset);
}

/* The first frame of a segment is durable: the segment before it, which no recycling takes before S has left it, notes that. */
static enum sl_err note_begun(struct sl_journal_file *journal, struct sl_diag *diag)
{
    struct sl_segment *before = journal->before;
    if (before == NULL) {
        return SL_OK;
    }
    uint8_t block
        [SL_SEGMENT_HEADER_BYTES]; /* a whole page, of which nothing need be read; as it was but for the note */
    journal->before = NULL;
    before->successor = journal->active->header.generation;
    sl_segment_header_encode(&before->header, block);
    sl_segment_note_encode(&before->header, before->successor, block + SL_SEGMENT_NOTE_AT);
    struct iovec part = {block, sizeof block};
    if (sl_file_write_all(journal->ops, before->fd, &part, 1, 0) != SL_OK) {
        return sl_segment_error(before, errno, "note the next segment", diag);
    }
    return journal->ops->fdatasync(journal->ops, before->fd) == 0
               ? SL_OK
               : sl_segment_error(before, errno, "note the next segment: flush", diag);
}

static enum sl_err file_submit(struct sl_journal *base,
                               const struct sl_journal_batch *batch,
                               uint64_t *ret_generation,
                               struct sl_diag *diag)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    uint64_t frame_bytes = sl_frame_bytes(batch->len);
    if (!fits_active(journal, frame_bytes)) {
        enum sl_err err = activate(journal, frame_bytes, batch->first_seq, diag);
        if (err != SL_OK) {
            return err;
        }
    }
    uint32_t chain = chain_of(journal, batch);
    if (write_frame(journal, batch, chain) != SL_OK) {
        char what[48];
        (void)snprintf(what, sizeof what, "write at seq %" PRIu64, batch->first_seq); /* it fits */
        return sl_segment_error(journal->active, errno, what, diag);
    }
    if (journal->ops->fdatasync(journal->ops, journal->active->fd) != 0) {
        return sl_segment_error(journal->active, errno, "flush", diag);
    }
    enum sl_err err = note_begun(journal, diag);
    if (err != SL_OK) {
        return err;
    }
    journal->chain = chain;
    *ret_generation = journal->active->header.generation;
    pthread_mutex_lock(&journal->mutex);
    journal->offset += frame_bytes;
    journal->active->last_seq = batch->first_seq + batch->count - 1;
    pthread_mutex_unlock(&journal->mutex);
    return SL_OK;
}

static enum sl_err write_zeros(const struct sl_journal_file *journal,
                               const struct sl_segment *segment,
                               struct sl_diag *diag)
{
    uint64_t bytes = segment->bytes;
    uint8_t *zeros = calloc(1, ZERO_BLOCK_BYTES);
    if (zeros == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "journal: new segment");
    }
    enum sl_err err = SL_OK;
    for (uint64_t at = 0; at < bytes && err == SL_OK; at += ZERO_BLOCK_BYTES) {
        uint64_t len = bytes - at < ZERO_BLOCK_BYTES ? bytes - at : ZERO_BLOCK_BYTES;
        struct iovec part = {zeros, (size_t)len};
        if (sl_file_write_all(journal->ops, segment->fd, &part, 1, (off_t)at) != SL_OK) {
            err = sl_segment_error(segment, errno, "fill", diag);
        }
        /* In pieces, because the flush of a batch meanwhile waits for all that the disk has been given. */
        bool is_piece = err == SL_OK && (at + len) % FLUSH_BYTES == 0;
        if (is_piece && journal->ops->fdatasync(journal->ops, segment->fd) != 0) {
            err = sl_segment_error(segment, errno, "fill: flush", diag);
        }
    }
    free(zeros);
    if (err == SL_OK && journal->ops->fsync(journal->ops, segment->fd) != 0) {
        err = sl_segment_error(segment, errno, "fill: fsync", diag);
    }
    return err;
}

/* A segment that finds no space or memory is given up and tried again later; the directory cannot be. */
static enum sl_err sync_dir(const struct sl_journal_file *journal, struct sl_diag *diag)
{
    int fd = journal->ops->open(journal->ops, journal->dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        return sl_file_error(errno, "journal: open the directory", diag);
    }
    enum sl_err err = SL_OK;
    if (journal->ops->fsync(journal->ops, fd) != 0) {
        err = sl_file_error(errno, "journal: fsync the directory", diag);
    }
    close(fd);
    return err == SL_OK ? SL_OK : SL_E_IO;
}

static enum sl_err
make_file(const struct sl_journal_file *journal, struct sl_segment *segment, struct sl_diag *diag)
{
    char path[SL_SEGMENT_PATH_MAX];
    sl_segment_path(journal, segment->name, path);
    segment->fd = journal->ops->open(journal->ops, path, O_RDWR | O_CREAT | O_EXCL);
    if (segment->fd < 0) {
        return sl_file_error(errno, "journal: make a segment", diag);
    }
    enum sl_err err = write_zeros(journal, segment, diag);
    if (err == SL_OK) {
        err = sync_dir(journal, diag);
    }
    if (err != SL_OK) {
        close(segment->fd);
        (void)journal->ops->unlink(journal->ops, path); /* a rest has no header and does no harm */
    }
    return err;
}

static enum sl_err file_prepare(struct sl_journal *base, struct sl_diag *diag)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    SL_ASSERT(!journal->is_read_only);
    struct sl_segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "journal: new segment");
    }
    segment->bytes = journal->segment_bytes;
    segment->name = ++journal->name_max; /* only prepare counts names */
    enum sl_err err = make_file(journal, segment, diag);
    if (err != SL_OK) {
        free(segment);
        return err;
    }
    sl_log(SL_LOG_DEBUG, "event=segment_made name=%016" PRIx64 " bytes=%" PRIu64, segment->name,
           segment->bytes);
    pthread_mutex_lock(&journal->mutex);
    SL_ASSERT(journal->segment_count < SL_SEGMENTS_MAX);
    journal->segments[journal->segment_count] = segment;
    journal->segment_count++;
    pthread_mutex_unlock(&journal->mutex);
    return SL_OK;
}

/* A full segment that S has passed, unless S lies in it: that one shows a later start that nothing is missing. */
static struct sl_segment *
next_passed(struct sl_journal_file *journal, uint64_t checkpointed, uint64_t generation)
{
    struct sl_segment *passed = NULL;
    pthread_mutex_lock(&journal->mutex);
    for (size_t i = 0; i < journal->segment_count && passed == NULL; i++) {
        struct sl_segment *segment = journal->segments[i];
        if (segment->state == SL_SEGMENT_FULL && segment->last_seq <= checkpointed &&
            segment->header.generation < generation) {
            passed = segment;
        }
    }
    pthread_mutex_unlock(&journal->mutex);
    return passed;
}

static bool is_surplus(struct sl_journal_file *journal, const struct sl_segment *segment)
{
    pthread_mutex_lock(&journal->mutex);
    bool is_other_size = segment->bytes != journal->segment_bytes;
    bool surplus = is_other_size || count_free(journal) >= FREE_SEGMENTS_MAX;
    pthread_mutex_unlock(&journal->mutex);
    return surplus;
}

/* A failure to give a file back is harmless: its header is zeroed already. */
static void drop_segment(struct sl_journal_file *journal, struct sl_segment *segment)
{
    char path[SL_SEGMENT_PATH_MAX];
    sl_segment_path(journal, segment->name, path);
    pthread_mutex_lock(&journal->mutex);
    size_t at = 0;
    while (journal->segments[at] != segment) {
        at++;
    }
    journal->segment_count--;
    journal->segments[at] = journal->segments[journal->segment_count];
    pthread_mutex_unlock(&journal->mutex);
    (void)journal->ops->unlink(journal->ops, path);
    close(segment->fd);
    free(segment);
}

static enum sl_err zero_header(const struct sl_journal_file *journal,
                               const struct sl_segment *segment,
                               struct sl_diag *diag)
{
    uint8_t zeros[SL_SEGMENT_HEADER_BYTES] = {0};
    struct iovec part = {zeros, sizeof zeros};
    if (sl_file_write_all(journal->ops, segment->fd, &part, 1, 0) != SL_OK) {
        return sl_segment_error(segment, errno, "recycle", diag);
    }
    return journal->ops->fdatasync(journal->ops, segment->fd) == 0
               ? SL_OK
               : sl_segment_error(segment, errno, "recycle: flush", diag);
}

static enum sl_err file_recycle(struct sl_journal *base,
                                uint64_t checkpointed,
                                uint64_t generation,
                                struct sl_diag *diag)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    SL_ASSERT(!journal->is_read_only);
    struct sl_segment *segment = next_passed(journal, checkpointed, generation);
    while (segment != NULL) {
        enum sl_err err = zero_header(journal, segment, diag);
        if (err != SL_OK) {
            return err;
        }
        bool is_kept = !is_surplus(journal, segment);
        sl_log(SL_LOG_DEBUG,
               "event=segment_freed name=%016" PRIx64 " generation=%" PRIu64 " kept=%d",
               segment->name, segment->header.generation, is_kept);
        if (!is_kept) {
            drop_segment(journal, segment);
        } else {
            pthread_mutex_lock(&journal->mutex);
            segment->state = SL_SEGMENT_FREE;
            pthread_mutex_unlock(&journal->mutex);
        }
        segment = next_passed(journal, checkpointed, generation);
    }
    return SL_OK;
}

static void file_look(struct sl_journal *base, struct sl_journal_state *ret_state)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    struct sl_journal_state state = {0};
    pthread_mutex_lock(&journal->mutex);
    state.segments = journal->segment_count;
    state.segments_free = count_free(journal);
    state.generation = journal->generation_max;
    for (size_t i = 0; i < journal->segment_count; i++) {
        state.segment_bytes += journal->segments[i]->bytes;
    }
    pthread_mutex_unlock(&journal->mutex);
    *ret_state = state;
}

/* No batch may wait for room in one. */
void sl_journal_file_drop_half_made(struct sl_journal_file *journal)
{
    size_t at = 0;
    while (at < journal->segment_count) {
        struct sl_segment *segment = journal->segments[at];
        if (segment->state == SL_SEGMENT_FREE && segment->bytes != journal->segment_bytes) {
            drop_segment(journal, segment); /* puts the last one in its place */
        } else {
            at++;
        }
    }
}

static void file_close(struct sl_journal *base)
{
    struct sl_journal_file *journal = sl_journal_file_of(base);
    for (size_t i = 0; i < journal->segment_count; i++) {
        close(journal->segments[i]->fd);
        free(journal->segments[i]);
    }
    (void)pthread_mutex_destroy(&journal->mutex);
    free(journal);
}

enum sl_err sl_journal_file_open(const struct sl_journal_file_options *options,
                                 struct sl_journal **ret_journal,
                                 struct sl_diag *diag)
{
    SL_ASSERT(options->segment_bytes >= SL_SEGMENT_BYTES_MIN);
    struct sl_journal_file *journal = calloc(1, sizeof *journal);
    if (journal == NULL || pthread_mutex_init(&journal->mutex, NULL) != 0) {
        free(journal);
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "journal");
    }
    journal->base = (struct sl_journal){
        .submit = file_submit,
        .room = file_room,
        .wants_prepare = file_wants_prepare,
        .prepare = file_prepare,
        .recycle = file_recycle,
        .replay = sl_journal_file_replay,
        .look = file_look,
        .close = file_close,
    };
    int len = snprintf(journal->dir, sizeof journal->dir, "%s", options->dir);
    SL_ASSERT(len > 0 && (size_t)len < sizeof journal->dir);
    journal->ops = options->ops;
    journal->segment_bytes = options->segment_bytes;
    journal->is_read_only = options->is_read_only;
    memcpy(journal->ledger_id, options->ledger_id, sizeof journal->ledger_id);
    enum sl_err err = sl_journal_file_scan_dir(journal, diag);
    if (err != SL_OK) {
        file_close(&journal->base);
        return err;
    }
    *ret_journal = &journal->base;
    return SL_OK;
}
