/* What the journal gives back after its files were damaged.
 *
 *     input     byte 0         how many batches the writer submits, and up to where they are checkpointed
 *               2 per batch    how long each is
 *               7 per damage   what, in which file, at which frame and how far from its begin, how much; 2 more for a whole frame
 *
 * The writer is the real one, so that every run has other salts: an input cannot learn what a checksum must be. Property: whatever
 * happened to the files, what comes back is what was written, from S + 1 on and in order, up to a place after which nothing comes; or
 * it is refused as damaged. Untouched files give everything back. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "lib/test.h"
#include "store/journal_file.h"
#include "store/segment.h"

#define SEGMENT_BYTES   SL_SEGMENT_BYTES_MIN
#define BATCHES_MAX     12u
#define BATCH_BYTES_MAX 65536u /* a dozen fill three segments */
#define FILES_MAX       16u
#define DAMAGES_MAX     8u

struct batch {
    uint64_t first_seq;
    uint32_t count;
    uint32_t len;
    uint64_t generation;
    uint64_t offset; /* in its segment */
    uint8_t bytes[BATCH_BYTES_MAX];
};

struct trial {
    char dir[SL_TEMP_DIR_BYTES];
    struct batch batches[BATCHES_MAX];
    size_t batch_count;
    struct sl_journal_from from;
    size_t next; /* the batch that must come back next */
    char files[FILES_MAX][SL_TEMP_DIR_BYTES + 280];
    size_t file_count;
};

static int no_flush(const struct sl_file_ops *ops, int fd)
{
    (void)ops;
    (void)fd;
    return 0;
}

static struct sl_journal *open_journal(const struct trial *t, enum sl_err *ret_err)
{
    static struct sl_file_ops ops;
    struct sl_journal *journal = NULL;
    ops = *sl_file_ops_system();
    ops.fsync = no_flush; /* nobody cuts the power */
    ops.fdatasync = no_flush;
    struct sl_journal_file_options options = {
        .dir = t->dir, .ops = &ops, .segment_bytes = SEGMENT_BYTES, .ledger_id = "fuzz"};
    *ret_err = sl_journal_file_open(&options, &journal, NULL);
    return journal;
}

static void submit(struct trial *t, struct sl_journal *journal, struct fuzz_input *input)
{
    struct batch *batch = &t->batches[t->batch_count];
    const struct batch *before = t->batch_count > 0 ? batch - 1 : NULL;
    uint32_t drawn = (uint32_t)fuzz_number(input, 2);
    batch->len = 1 + (drawn % 4 == 0 ? drawn : drawn % 1000); /* three of four are small */
    batch->count = 1 + batch->len % 5;
    batch->first_seq = before != NULL ? before->first_seq + before->count : 1;
    for (uint32_t i = 0; i < batch->len; i++) {
        batch->bytes[i] = (uint8_t)(i * 31 + batch->first_seq * 7);
    }
    struct iovec part = {batch->bytes, batch->len};
    struct sl_journal_batch out = {.first_seq = batch->first_seq,
                                   .count = batch->count,
                                   .len = batch->len,
                                   .parts = &part,
                                   .part_count = 1};
    if (journal->room(journal, NULL) < batch->len) {
        assert_ok(journal->prepare(journal, NULL));
    }
    assert_ok(journal->submit(journal, &out, &batch->generation, NULL));
    bool is_first = before == NULL || before->generation != batch->generation;
    batch->offset =
        is_first ? SL_SEGMENT_HEADER_BYTES : before->offset + sl_frame_bytes(before->len);
    t->batch_count++;
}

static void write_all(struct trial *t, struct fuzz_input *input)
{
    enum sl_err err;
    unsigned shape = fuzz_below(input, 256);
    size_t count = 1 + shape % BATCHES_MAX;
    size_t behind = shape / BATCHES_MAX % (count + 1); /* so many lie behind S */
    struct sl_journal *journal = open_journal(t, &err);
    assert_ok(err);
    while (t->batch_count < count) {
        submit(t, journal, input);
    }
    if (behind > 0) {
        const struct batch *last = &t->batches[behind - 1];
        t->from.checkpointed = last->first_seq + last->count - 1;
        t->from.required = last->generation;
        assert_ok(journal->recycle(journal, t->from.checkpointed, last->generation, NULL));
    }
    t->next = behind;
    journal->close(journal);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void list_files(struct trial *t)
{
    char path[sizeof t->dir];
    memcpy(path, t->dir, sizeof path); /* printed into the same struct */
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && t->file_count < FILES_MAX) {
            (void)snprintf(t->files[t->file_count], sizeof t->files[0], "%s/%s", path,
                           entry->d_name);
            t->file_count++;
        }
    }
    closedir(dir);
    qsort(t->files, t->file_count, sizeof t->files[0], by_name);
}

enum damage { FLIP, SET, ZERO_SECTOR, COPY_SECTORS, TRUNCATE, REMOVE, SWAP, COPY_FRAME, DAMAGES };

/* Bytes of one file to a place in another. */
static void copy_bytes(int from, int to, off_t from_offset, off_t to_offset)
{
    uint8_t bytes[1024];
    ssize_t got = pread(from, bytes, sizeof bytes, from_offset);
    if (got > 0) {
        assert_int_equal(pwrite(to, bytes, (size_t)got, to_offset), got);
    }
}

static void change_byte(int fd, off_t offset, uint8_t value, bool is_flip)
{
    uint8_t byte = 0;
    (void)!pread(fd, &byte, 1, offset); /* beyond the end there are zeros */
    byte = is_flip ? byte ^ (uint8_t)(value | 1) : value;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
}

/* A whole frame to where another one begins. */
static void copy_frame(const struct trial *t, int fd, struct fuzz_input *input)
{
    static uint8_t bytes[SL_FRAME_HEADER_BYTES + BATCH_BYTES_MAX + 8];
    const struct batch *from = &t->batches[fuzz_below(input, (unsigned)t->batch_count)];
    const struct batch *to = &t->batches[fuzz_below(input, (unsigned)t->batch_count)];
    size_t len = (size_t)sl_frame_bytes(from->len);
    if (to->offset + len <= SEGMENT_BYTES &&
        pread(fd, bytes, len, (off_t)from->offset) == (ssize_t)len) {
        assert_int_equal(pwrite(fd, bytes, len, (off_t)to->offset), (ssize_t)len);
    }
}

static void swap_files(const char *a, const char *b, const char *dir)
{
    char aside[SL_TEMP_DIR_BYTES + 8];
    (void)snprintf(aside, sizeof aside, "%s/aside", dir);
    if (strcmp(a, b) != 0) {
        (void)rename(a, aside); /* one may be gone already */
        (void)rename(b, a);
        (void)rename(aside, b);
    }
}

/* Around the begin of a frame, or of the segment. */
static off_t draw_offset(const struct trial *t, struct fuzz_input *input)
{
    size_t index = fuzz_below(input, (unsigned)t->batch_count + 1);
    uint64_t begin = index < t->batch_count ? t->batches[index].offset : 64;
    return (off_t)((begin - 64 + fuzz_number(input, 2)) % SEGMENT_BYTES);
}

static void damage(struct trial *t, struct fuzz_input *input)
{
    static const uint8_t zeros[512];
    enum damage kind = fuzz_below(input, DAMAGES);
    const char *path = t->files[fuzz_below(input, (unsigned)t->file_count)];
    off_t offset = draw_offset(t, input);
    uint8_t value = (uint8_t)fuzz_number(input, 1);
    const char *other = t->files[fuzz_below(input, (unsigned)t->file_count)];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int other_fd = open(other, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || other_fd < 0) {
        kind = DAMAGES; /* it was removed before */
    }
    switch (kind) {
    case FLIP:
    case SET: change_byte(fd, offset, value, kind == FLIP); break;
    case ZERO_SECTOR:
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, offset / 512 * 512), sizeof zeros);
        break;
    case COPY_SECTORS: copy_bytes(other_fd, fd, (off_t)value * 32, offset / 8 * 8); break;
    case TRUNCATE: assert_int_equal(ftruncate(fd, offset), 0); break;
    case REMOVE: (void)remove(path); break;
    case SWAP: swap_files(path, other, t->dir); break;
    case COPY_FRAME: copy_frame(t, fd, input); break;
    case DAMAGES: break;
    }
    (void)close(fd); /* -1 is harmless */
    (void)close(other_fd);
}

static enum sl_err take_back(
    void *ctx, uint64_t first_seq, uint32_t count, struct sl_slice payload, uint64_t generation)
{
    struct trial *t = ctx;
    SL_ASSERT(t->next < t->batch_count);
    const struct batch *batch = &t->batches[t->next];
    SL_ASSERT(first_seq == batch->first_seq);
    SL_ASSERT(count == batch->count);
    SL_ASSERT(generation == batch->generation);
    SL_ASSERT(payload.len == batch->len);
    SL_ASSERT(memcmp(payload.data, batch->bytes, batch->len) == 0);
    t->next++;
    return SL_OK;
}

static void recover(struct trial *t, bool is_whole)
{
    enum sl_err err;
    struct sl_diag diag = {0};
    struct sl_journal *journal = open_journal(t, &err);
    if (err == SL_OK) {
        err = journal->replay(journal, &t->from, take_back, t, &diag);
    }
    SL_ASSERT(err == SL_OK || err == SL_E_CORRUPT);
    if (is_whole) {
        SL_ASSERT(err == SL_OK);
        SL_ASSERT(t->next == t->batch_count);
    }
    if (journal != NULL) {
        journal->close(journal);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct trial *t = calloc(1, sizeof *t);
    assert_non_null(t);
    sl_temp_dir_make(t->dir);
    write_all(t, &input);
    list_files(t);
    bool is_whole = input.size == 0;
    for (unsigned i = 0; i < DAMAGES_MAX && input.size > 0; i++) {
        damage(t, &input);
    }
    recover(t, is_whole);
    sl_temp_dir_remove(t->dir);
    free(t);
    return 0;
}
