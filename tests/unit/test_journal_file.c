/* The journal in files: what was acknowledged comes back; a torn end is dropped; anything else odd is damage, named. */
#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/journal_file.h"
#include "store/segment.h"

#define SECTOR_BYTES  512u /* is written whole or not */
#define SEGMENT_BYTES SL_SEGMENT_BYTES_MIN

struct fixture {
    struct sl_file_ops ops; /* the system's, but for what is noted of writes */
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_journal *journal;
    struct sl_diag diag;
    uint64_t next_seq;   /* of the next batch */
    uint64_t generation; /* of the last batch */
    uint64_t replayed;   /* last seq of the last replay */
    uint64_t frames;
    enum sl_err open_err;
};

static uint64_t written_to; /* where the last write ended */

static ssize_t noted_pwritev(
    const struct sl_file_ops *ops, int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t written = sl_file_ops_system()->pwritev(ops, fd, parts, count, offset);
    written_to = (uint64_t)(offset + written);
    return written;
}

static void try_to_open(struct fixture *fixture)
{
    fixture->ops = *sl_file_ops_system();
    fixture->ops.pwritev = noted_pwritev;
    struct sl_journal_file_options options = {
        .dir = fixture->dir,
        .ops = &fixture->ops,
        .segment_bytes = SEGMENT_BYTES,
        .ledger_id = {9},
    };
    fixture->open_err = sl_journal_file_open(&options, &fixture->journal, &fixture->diag);
}

static void open_journal(struct fixture *fixture)
{
    try_to_open(fixture);
    assert_ok(fixture->open_err);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    sl_temp_dir_make(fixture->dir);
    open_journal(fixture);
    fixture->next_seq = 1;
    *state = fixture;
    return 0;
}

static void close_journal(struct fixture *fixture)
{
    if (fixture->journal != NULL) {
        fixture->journal->close(fixture->journal);
    }
    fixture->journal = NULL;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close_journal(fixture);
    sl_temp_dir_remove(fixture->dir);
    free(fixture);
    return 0;
}

static void reopen(struct fixture *fixture)
{
    close_journal(fixture);
    open_journal(fixture);
}

/* `open_err` tells what came of it. */
static void reopen_damaged(struct fixture *fixture)
{
    close_journal(fixture);
    try_to_open(fixture);
}

/* The payload of a batch: one length and record per seq, made from the seq. */
static size_t make_payload(uint8_t *payload, uint64_t first_seq, uint32_t count, uint32_t size)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++) {
        memcpy(payload + len, &size, sizeof size);
        memset(payload + len + sizeof size, (int)((first_seq + i) % 251), size);
        len += sizeof size + size;
    }
    return len;
}

static uint8_t payload_buf[1 << 20];

static void submit(struct fixture *fixture, uint32_t count, uint32_t size)
{
    size_t len = make_payload(payload_buf, fixture->next_seq, count, size);
    struct iovec parts[2] = {{payload_buf, len / 2}, {payload_buf + len / 2, len - len / 2}};
    struct sl_journal_batch batch = {fixture->next_seq, count, (uint32_t)len, parts, 2};
    if (fixture->journal->room(fixture->journal, NULL) < len) {
        assert_ok(fixture->journal->prepare(fixture->journal, &fixture->diag));
    }
    assert_ok(
        fixture->journal->submit(fixture->journal, &batch, &fixture->generation, &fixture->diag));
    fixture->next_seq += count;
}

static enum sl_err on_frame(
    void *ctx, uint64_t first_seq, uint32_t count, struct sl_slice payload, uint64_t generation)
{
    struct fixture *fixture = ctx;
    uint32_t size;
    assert_true(generation > 0);
    memcpy(&size, payload.data, sizeof size);
    size_t len = make_payload(payload_buf, first_seq, count, size);
    assert_int_equal(len, payload.len);
    assert_memory_equal(payload_buf, payload.data, len);
    fixture->replayed = first_seq + count - 1;
    fixture->frames++;
    return SL_OK;
}

static enum sl_err replay(struct fixture *fixture, uint64_t checkpointed, uint64_t required)
{
    struct sl_journal_from from = {checkpointed, required};
    fixture->replayed = checkpointed;
    fixture->frames = 0;
    return fixture->journal->replay(fixture->journal, &from, on_frame, fixture, &fixture->diag);
}

/* ── files as bytes ── */

static void path_of(const struct fixture *fixture, unsigned name, char path[2 * SL_TEMP_DIR_BYTES])
{
    int len = snprintf(path, 2 * SL_TEMP_DIR_BYTES, "%s/%016x.seg", fixture->dir, name);
    assert_true(len > 0);
}

static void read_segment(const struct fixture *fixture, unsigned name, uint8_t *bytes)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of(fixture, name, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, bytes, SEGMENT_BYTES, 0), SEGMENT_BYTES);
    close(fd);
}

static void write_segment(const struct fixture *fixture, unsigned name, const uint8_t *bytes)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of(fixture, name, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, bytes, SEGMENT_BYTES, 0), SEGMENT_BYTES);
    close(fd);
}

static uint8_t whole[SEGMENT_BYTES];
static uint8_t damaged[SEGMENT_BYTES];

/* ── tests ── */

static void batches_come_back_in_order_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t i = 1; i <= 50; i++) {
        submit(fixture, i, 30 + i);
    }
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 50 * 51 / 2);
    assert_int_equal(fixture->frames, 50);
}

static void batches_up_to_the_checkpoint_are_skipped(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 10; i++) {
        submit(fixture, 10, 100);
    }
    reopen(fixture);
    assert_ok(replay(fixture, 70, fixture->generation));
    assert_int_equal(fixture->replayed, 100);
    assert_int_equal(fixture->frames, 3);
}

static void a_full_segment_is_followed_by_the_next_one(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 40; i++) {
        submit(fixture, 10, 5000);
    }
    assert_true(fixture->generation >= 8);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 400);
}

static void every_restart_begins_a_new_segment(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 1; i <= 5; i++) {
        submit(fixture, 3, 50);
        assert_int_equal(fixture->generation, i);
        reopen(fixture);
        assert_ok(replay(fixture, 0, 0));
        assert_int_equal(fixture->replayed, 3 * i);
    }
}

static void a_batch_of_the_largest_size_fits_an_empty_segment_exactly(void **state)
{
    struct fixture *fixture = *state;
    uint32_t room = SEGMENT_BYTES - SL_SEGMENT_HEADER_BYTES - SL_FRAME_HEADER_BYTES;
    submit(fixture, 1, 100);
    submit(fixture, 1, room - 4);
    assert_int_equal(fixture->generation, 2);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 2);
    assert_int_equal(fixture->journal->room(fixture->journal, NULL), 0);
}

static void a_last_frame_torn_at_any_byte_is_dropped_and_writing_goes_on(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 4, 20);
    read_segment(fixture, 1, damaged);
    submit(fixture, 5, 30);
    read_segment(fixture, 1, whole);
    size_t start = SL_SEGMENT_HEADER_BYTES + sl_frame_bytes(4ull * 24);
    size_t end = start + sl_frame_bytes(5ull * 34);
    for (size_t cut = start; cut < end - 8; cut++) {
        memcpy(damaged + start, whole + start, cut - start);
        memset(damaged + cut, 0, end - cut);
        if (memcmp(damaged, whole, SEGMENT_BYTES) == 0) {
            continue; /* the rest was zeros anyway */
        }
        write_segment(fixture, 1, damaged);
        reopen(fixture);
        assert_ok(replay(fixture, 0, 0));
        assert_int_equal(fixture->replayed, 4);
    }

    fixture->next_seq = 5;
    submit(fixture, 2, 10);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 6);
}

static void a_last_frame_whose_blocks_came_in_another_order_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 4, 20);
    size_t start = SL_SEGMENT_HEADER_BYTES + sl_frame_bytes(4ull * 24);
    submit(fixture, 5, 3000);
    read_segment(fixture, 1, whole);
    memset(whole + start, 0, 2000);
    write_segment(fixture, 1, whole);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 4);
}

static void a_torn_first_write_leaves_the_segment_unused(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 4, 20);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    read_segment(fixture, 1, damaged); /* what is noted in it comes after the write that was torn */
    submit(fixture, 5, 3000);
    write_segment(fixture, 1, damaged);
    read_segment(fixture, 2, whole);
    size_t end = SL_SEGMENT_HEADER_BYTES + sl_frame_bytes(5ull * 3004);
    for (size_t cut = 0; cut < end; cut += SECTOR_BYTES) {
        memcpy(damaged, whole, cut);
        memset(damaged + cut, 0, SEGMENT_BYTES - cut);
        write_segment(fixture, 2, damaged);
        reopen(fixture);
        assert_ok(replay(fixture, 0, 0));
        assert_int_equal(fixture->replayed, 4);
    }
}

/* Two segments in use; the second one becomes what `change` makes of it. */
static enum sl_err replay_with(struct fixture *fixture, void (*change)(uint8_t *bytes))
{
    submit(fixture, 4, 20);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    submit(fixture, 5, 3000);
    read_segment(fixture, 2, whole);
    change(whole);
    write_segment(fixture, 2, whole);
    reopen_damaged(fixture);
    return fixture->open_err != SL_OK ? fixture->open_err : replay(fixture, 0, 0);
}

static void zero_header(uint8_t *bytes)
{
    memset(bytes, 0, SL_SEGMENT_HEADER_BYTES);
}

static void a_segment_that_was_begun_and_lost_its_header_is_missed(void **state)
{
    struct fixture *fixture = *state;
    assert_err(SL_E_CORRUPT, replay_with(fixture, zero_header));
    assert_non_null(strstr(fixture->diag.message, "begun after 0000000000000001.seg"));
}

static void spoil_header(uint8_t *bytes)
{
    bytes[20] ^= 1;
    bytes[2048 + 20] ^= 1;
}

static void a_header_of_which_no_copy_is_whole_is_damage(void **state)
{
    struct fixture *fixture = *state;
    assert_err(SL_E_CORRUPT, replay_with(fixture, spoil_header));
    assert_non_null(strstr(fixture->diag.message, "0000000000000002.seg"));
}

static void make_newer(uint8_t *bytes)
{
    bytes[6] = '2';
    bytes[2048 + 6] = '2';
}

static void a_segment_of_another_version_is_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_err(SL_E_FORMAT, replay_with(fixture, make_newer));
    assert_non_null(strstr(fixture->diag.message, "version 2"));
}

static void a_damaged_note_is_damage(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 4, 20);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    submit(fixture, 5, 3000);
    read_segment(fixture, 1, whole);
    for (size_t at = 0; at < SL_SEGMENT_NOTE_BYTES; at++) {
        memcpy(damaged, whole, SEGMENT_BYTES);
        damaged[SL_SEGMENT_NOTE_AT + at] ^= 4;
        write_segment(fixture, 1, damaged);
        reopen_damaged(fixture);
        assert_err(SL_E_CORRUPT, fixture->open_err);
    }
    write_segment(fixture, 1, whole);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
}

static void a_frame_that_was_begun_shows_that_the_one_before_it_was_durable(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 3, 20);
    submit(fixture, 3, 20);
    read_segment(fixture, 1, whole);
    whole[SL_SEGMENT_HEADER_BYTES + 60] ^= 1;
    whole[SL_SEGMENT_HEADER_BYTES + sl_frame_bytes(3ull * 24) + 60] ^= 1;
    write_segment(fixture, 1, whole);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 0, 0));
}

static void a_flipped_bit_in_any_frame_but_the_last_is_damage(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 3; i++) {
        submit(fixture, 3, 20);
    }
    read_segment(fixture, 1, whole);
    size_t last = SL_SEGMENT_HEADER_BYTES + 2 * sl_frame_bytes(3ull * 24);
    for (size_t at = SL_SEGMENT_HEADER_BYTES; at < last; at++) {
        memcpy(damaged, whole, SEGMENT_BYTES);
        damaged[at] ^= (uint8_t)(1u << at % 8);
        write_segment(fixture, 1, damaged);
        reopen(fixture);
        assert_err(SL_E_CORRUPT, replay(fixture, 0, 0));
        assert_non_null(strstr(fixture->diag.message, "0000000000000001.seg"));
    }
}

static void a_flipped_bit_in_a_last_frame_before_another_segment_is_damage(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 3, 20);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    submit(fixture, 3, 20);
    read_segment(fixture, 1, whole);
    whole[SL_SEGMENT_HEADER_BYTES + 50] ^= 1;
    write_segment(fixture, 1, whole);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 0, 0));
}

/* Nothing that was written is gone, but nobody can tell by what is left. */
static void a_segment_that_was_cut_short_behind_its_frames_is_damage(void **state)
{
    struct fixture *fixture = *state;
    char path[2 * SL_TEMP_DIR_BYTES];
    submit(fixture, 3, 20);
    path_of(fixture, 1, path);
    assert_int_equal(truncate(path, SEGMENT_BYTES - 8), 0);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 0, 0));
    assert_non_null(strstr(fixture->diag.message, "0000000000000001.seg"));
}

static void one_bad_copy_of_a_segment_header_is_survived(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 3, 20);
    read_segment(fixture, 1, whole);
    memset(whole, 0xff, 512);
    write_segment(fixture, 1, whole);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 3);
}

static void bytes_of_an_older_frame_behind_the_end_are_not_believed(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        submit(fixture, 10, 100);
    }
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    submit(fixture, 10, 100); /* a second segment, which holds S */
    assert_ok(
        fixture->journal->recycle(fixture->journal, 210, fixture->generation, &fixture->diag));
    reopen(fixture);
    assert_ok(replay(fixture, 210, fixture->generation));
    submit(fixture, 2, 100); /* into the recycled first one, over its old frames */
    reopen(fixture);
    assert_ok(replay(fixture, 210, fixture->generation));
    assert_int_equal(fixture->replayed, 212);
    assert_int_equal(fixture->frames, 1);
}

static void a_frame_copied_into_a_payload_is_not_believed(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 3, 20);
    read_segment(fixture, 1, whole);
    size_t frame_bytes = sl_frame_bytes(3ull * 24);

    /* A client that could read the file puts the true first frame inside an event; then that batch is torn. */
    uint32_t len = (uint32_t)(frame_bytes * 4);
    memcpy(payload_buf, &len, 4);
    for (size_t i = 0; i < 4; i++) {
        memcpy(payload_buf + 4 + 4 + i * frame_bytes, whole + SL_SEGMENT_HEADER_BYTES, frame_bytes);
    }
    struct iovec part = {payload_buf, 8 + len};
    struct sl_journal_batch batch = {4, 1, 8 + len, &part, 1};
    fixture->journal->close(fixture->journal);
    open_journal(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_ok(fixture->journal->prepare(fixture->journal, &fixture->diag));
    assert_ok(
        fixture->journal->submit(fixture->journal, &batch, &fixture->generation, &fixture->diag));
    read_segment(fixture, 2, whole);
    whole[SL_SEGMENT_HEADER_BYTES + 20] ^= 1;
    write_segment(fixture, 2, whole);

    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, 3);
}

static void a_gap_between_the_checkpoint_and_the_journal_is_damage(void **state)
{
    struct fixture *fixture = *state;
    char path[2 * SL_TEMP_DIR_BYTES];
    submit(fixture, 10, 20);
    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));
    submit(fixture, 10, 20);
    path_of(fixture, 1, path);
    assert_int_equal(unlink(path), 0);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 5, 0));
    assert_ok(replay(fixture, 10, 0));
    assert_int_equal(fixture->replayed, 20);
}

static void the_segment_that_held_the_checkpoint_must_be_there(void **state)
{
    struct fixture *fixture = *state;
    char path[2 * SL_TEMP_DIR_BYTES];
    submit(fixture, 10, 20);
    path_of(fixture, 1, path);
    assert_int_equal(unlink(path), 0);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 10, fixture->generation));
    assert_non_null(strstr(fixture->diag.message, "missing"));
    assert_err(SL_E_CORRUPT, replay(fixture, 4, fixture->generation));
}

static void a_journal_that_ends_before_the_checkpoint_is_damage(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 10, 20);
    reopen(fixture);
    assert_err(SL_E_CORRUPT, replay(fixture, 11, fixture->generation));
}

static void segments_of_another_ledger_are_refused(void **state)
{
    struct fixture *fixture = *state;
    submit(fixture, 1, 20);
    struct sl_journal *other = NULL;
    struct sl_journal_file_options options = {
        .dir = fixture->dir,
        .ops = sl_file_ops_system(),
        .segment_bytes = SEGMENT_BYTES,
        .ledger_id = {8},
    };
    assert_err(SL_E_CORRUPT, sl_journal_file_open(&options, &other, &fixture->diag));
}

static unsigned count_files(const struct fixture *fixture)
{
    unsigned count = 0;
    for (unsigned name = 1; name < 100; name++) {
        char path[2 * SL_TEMP_DIR_BYTES];
        struct stat info;
        path_of(fixture, name, path);
        count += stat(path, &info) == 0;
    }
    return count;
}

static void passed_segments_are_used_again_and_their_number_stays_small(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 300; i++) {
        submit(fixture, 10, 5000);
        if (i % 10 == 9) {
            assert_ok(fixture->journal->recycle(fixture->journal, fixture->next_seq - 1,
                                                fixture->generation, &fixture->diag));
        }
    }
    assert_true(count_files(fixture) <= 6);
    reopen(fixture);
    assert_ok(replay(fixture, fixture->next_seq - 1, fixture->generation));
    assert_int_equal(fixture->frames, 0);
}

static void a_segment_with_frames_after_the_checkpoint_is_not_recycled(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        submit(fixture, 10, 5000);
    }
    assert_ok(fixture->journal->recycle(fixture->journal, 73, fixture->generation, &fixture->diag));
    reopen(fixture);
    assert_ok(replay(fixture, 73, 0));
    assert_int_equal(fixture->replayed, 200);
}

/* What a kill in the middle of making a segment leaves behind. */
static void make_file_of(const struct fixture *fixture, unsigned name, off_t bytes)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    path_of(fixture, name, path);
    int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, bytes), 0);
    assert_int_equal(close(fd), 0);
}

static void a_half_made_segment_is_dropped_and_a_whole_one_asked_for(void **state)
{
    struct fixture *fixture = *state;
    make_file_of(fixture, 1, 0);
    make_file_of(fixture, 2, SEGMENT_BYTES / 2);

    reopen(fixture);
    assert_ok(replay(fixture, 0, 0));

    assert_int_equal(fixture->journal->room(fixture->journal, NULL), 0);
    assert_true(fixture->journal->wants_prepare(fixture->journal));
    assert_ok(fixture->journal->prepare(fixture->journal, &fixture->diag));
    assert_true(fixture->journal->room(fixture->journal, NULL) >= 100);
}

static void new_segments_are_written_zeros(void **state)
{
    struct fixture *fixture = *state;
    char path[2 * SL_TEMP_DIR_BYTES];
    struct stat info;
    assert_true(fixture->journal->wants_prepare(fixture->journal));
    assert_ok(fixture->journal->prepare(fixture->journal, &fixture->diag));
    assert_false(fixture->journal->wants_prepare(fixture->journal));
    path_of(fixture, 1, path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, SEGMENT_BYTES);
    assert_true((uint64_t)info.st_blocks * 512 >= SEGMENT_BYTES);
}

/* So that no page has to be read before it is written to. */
static void a_batch_is_written_to_the_end_of_its_page(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t size = 1; size < 3 * 4096; size += 97) {
        submit(fixture, 1, size);
        assert_int_equal(written_to % 4096, 0);
    }
    assert_ok(replay(fixture, 0, 0));
    assert_int_equal(fixture->replayed, fixture->next_seq - 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_batch_is_written_to_the_end_of_its_page),
        T(batches_come_back_in_order_after_a_restart),
        T(batches_up_to_the_checkpoint_are_skipped),
        T(a_full_segment_is_followed_by_the_next_one),
        T(every_restart_begins_a_new_segment),
        T(a_batch_of_the_largest_size_fits_an_empty_segment_exactly),
        T(a_last_frame_torn_at_any_byte_is_dropped_and_writing_goes_on),
        T(a_last_frame_whose_blocks_came_in_another_order_is_dropped),
        T(a_torn_first_write_leaves_the_segment_unused),
        T(a_segment_that_was_begun_and_lost_its_header_is_missed),
        T(a_header_of_which_no_copy_is_whole_is_damage),
        T(a_segment_of_another_version_is_refused),
        T(a_damaged_note_is_damage),
        T(a_frame_that_was_begun_shows_that_the_one_before_it_was_durable),
        T(a_flipped_bit_in_any_frame_but_the_last_is_damage),
        T(a_flipped_bit_in_a_last_frame_before_another_segment_is_damage),
        T(a_segment_that_was_cut_short_behind_its_frames_is_damage),
        T(one_bad_copy_of_a_segment_header_is_survived),
        T(bytes_of_an_older_frame_behind_the_end_are_not_believed),
        T(a_frame_copied_into_a_payload_is_not_believed),
        T(a_gap_between_the_checkpoint_and_the_journal_is_damage),
        T(the_segment_that_held_the_checkpoint_must_be_there),
        T(a_journal_that_ends_before_the_checkpoint_is_damage),
        T(segments_of_another_ledger_are_refused),
        T(passed_segments_are_used_again_and_their_number_stays_small),
        T(a_segment_with_frames_after_the_checkpoint_is_not_recycled),
        T(a_half_made_segment_is_dropped_and_a_whole_one_asked_for),
        T(new_segments_are_written_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
