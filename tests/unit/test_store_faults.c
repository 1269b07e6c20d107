/* The failure rule: after a failed write, flush or commit the store is stopped for good, says so once, and never retries; a
 * full disk is foreseen and passes. */
#include "lib/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/store_fixture.h"

static struct sl_fixture fixture;

static int set_up(void **state)
{
    (void)state;
    sl_fixture_init(&fixture);
    sl_fixture_open(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_fixture_deinit(&fixture);
    return 0;
}

static void break_call(enum sl_fault_call call, unsigned after, int code)
{
    fixture.ops.call = call;
    fixture.ops.after = after;
    fixture.ops.code = code;
}

static void expect_stopped(uint64_t durable)
{
    assert_int_equal(fixture.stops, 1);
    assert_true(fixture.why.message[0] != '\0');
    assert_int_equal(sl_store_durable(fixture.store).v, durable);
    assert_err(SL_E_STOPPED, sl_fixture_add(&fixture));
    assert_err(SL_E_STOPPED, sl_store_may_add(fixture.store, 1, 1));
    unsigned writes = fixture.ops.writes;
    unsigned flushes = fixture.ops.flushes;
    break_call(SL_FAULT_NONE, 0, 0);
    sl_store_submit(fixture.store);
    sl_store_tick(fixture.store, AT(INT64_MAX / 2));
    sl_inline_run_all(&fixture.executor);
    sl_fixture_close(&fixture);
    assert_int_equal(fixture.ops.writes, writes);
    assert_int_equal(fixture.ops.flushes, flushes);
    assert_int_equal(fixture.stops, 1);
}

static void a_failed_journal_write_stops_the_store(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 10);
    break_call(SL_FAULT_WRITE, 0, EIO);
    sl_fixture_batches(&fixture, 1, 10);
    expect_stopped(20);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 20);
}

static void a_failed_flush_stops_the_store_and_is_not_retried(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 10);
    break_call(SL_FAULT_FDATASYNC, 0, EIO);
    sl_fixture_batches(&fixture, 1, 10);
    expect_stopped(20);
    /* The bytes had been written: whether they are there is for the restart to see. */
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 30);
}

static void a_full_disk_in_the_middle_of_a_frame_is_a_failed_write(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    break_call(SL_FAULT_WRITE, 0, ENOSPC);
    sl_fixture_batches(&fixture, 1, 10);
    expect_stopped(10);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 10);
}

static void a_failed_recycling_stops_the_store(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 6, 1000);
    break_call(SL_FAULT_FDATASYNC, 0, EIO);
    sl_fixture_checkpoint(&fixture);
    expect_stopped(6000);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 6000);
    sl_fixture_check(&fixture, 6000);
}

static void a_failed_checkpoint_commit_stops_the_store(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 5, 1000);
    break_call(SL_FAULT_RESERVE, 0, ENOTSUP); /* or this would be what fails */
    /* LMDB's own writes: no file may grow any more. */
    char path[2 * SL_TEMP_DIR_BYTES];
    struct stat info;
    struct rlimit before;
    int len = snprintf(path, sizeof path, "%s/data.mdb", fixture.dir);
    assert_true(len > 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = {(rlim_t)info.st_size, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    assert_non_null(strstr(fixture.why.message, "checkpoint: commit: "));
    expect_stopped(5000);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 5000);
}

static void short_writes_are_continued(void **state)
{
    (void)state;
    fixture.ops.is_short = true;
    sl_fixture_batches(&fixture, 5, 100);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(fixture.stops, 0);
    sl_fixture_check(&fixture, 500);
}

static enum sl_err add_until_it_fails(void)
{
    enum sl_err err = SL_OK;
    for (unsigned add = 0; add < 6000 && err == SL_OK; add++) {
        err = sl_fixture_add(&fixture);
        if (add % 500 == 499) {
            sl_fixture_run(&fixture);
        }
    }
    return err;
}

static void whichever_call_fails_first_nothing_durable_is_lost(void **state)
{
    (void)state;
    static const enum sl_fault_call calls[] = {SL_FAULT_OPEN, SL_FAULT_WRITE, SL_FAULT_FDATASYNC,
                                               SL_FAULT_FSYNC};
    fixture.options.checkpoint_bytes = 100ull * 1024;
    for (unsigned i = 0; i < 48; i++) {
        sl_fixture_close(&fixture);
        fixture.stops = 0;
        sl_fixture_open(&fixture);
        break_call(calls[i % 4], i / 4, EIO);
        enum sl_err err = add_until_it_fails();
        assert_true(err == SL_OK || err == SL_E_STOPPED);
        assert_int_equal(fixture.stops, err == SL_E_STOPPED);
        uint64_t durable = sl_store_durable(fixture.store).v;
        break_call(SL_FAULT_NONE, 0, 0);
        sl_fixture_kill(&fixture);
        sl_fixture_open(&fixture);
        assert_true(sl_store_durable(fixture.store).v >= durable);
    }
    sl_fixture_check(&fixture, sl_store_head(fixture.store).v);
}

static void below_the_watermark_appends_are_refused_and_above_it_they_go_on(void **state)
{
    (void)state;
    struct sl_store_stats stats;
    sl_fixture_batches(&fixture, 1, 10);
    fixture.ops.free_bytes = 256ull * 1024 * 1024 - 1;
    sl_store_tick(fixture.store, AT(1000000));
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    assert_err(SL_E_NO_SPACE, sl_store_may_add(fixture.store, 1, 1));
    sl_store_stats(fixture.store, &stats);
    assert_int_equal(stats.free_bytes, fixture.ops.free_bytes);
    sl_fixture_check(&fixture, 10);

    sl_inline_run_all(&fixture.executor);
    fixture.ops.free_bytes += (uint64_t)4 * 1024 * 1024;
    sl_store_tick(fixture.store, AT(1099999));
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    sl_store_tick(fixture.store, AT(1100000));
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_check(&fixture, 20);
    assert_int_equal(fixture.stops, 0);
}

static void a_checkpoint_without_room_waits_and_the_end_does_without(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    fixture.ops.free_bytes = 1;
    sl_store_tick(fixture.store, AT(1000000));
    sl_store_tick(fixture.store, AT(10000000));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 10);

    fixture.ops.free_bytes = 1024ull * 1024 * 1024;
    sl_store_tick(fixture.store, AT(11000000));
    sl_store_tick(fixture.store, AT(20000000));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 10);
    assert_int_equal(fixture.stops, 0);
}

static void room_is_kept_for_what_checkpoints_still_have_to_write(void **state)
{
    (void)state;
    enum { RESERVE = 8 * 1024 * 1024 };
    struct sl_store_stats stats;
    sl_store_tick(fixture.store, AT(1000000));
    fixture.ops.free_bytes = 256ull * 1024 * 1024 + RESERVE;

    enum sl_err err = SL_OK;
    for (unsigned add = 0; add < 200000 && err == SL_OK; add++) {
        err = sl_fixture_add(&fixture);
        if (add % 100 == 99) {
            sl_store_submit(fixture.store); /* no tick: the growth alone asks statvfs */
            (void)sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL);
            (void)sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT);
            (void)sl_inline_run_one(&fixture.executor, SL_LANE_CHECKPOINT);
        }
    }

    assert_err(SL_E_NO_SPACE, err);
    sl_store_stats(fixture.store, &stats);
    assert_in_range(2 * stats.ring_bytes, RESERVE / 4, RESERVE);
    uint64_t head = sl_store_head(fixture.store).v;
    sl_fixture_run(&fixture);
    sl_fixture_check(&fixture, head); /* reads go on */

    /* The checkpoint has written what the room was kept for; the tick of the refusal asked for it. */
    sl_store_tick(fixture.store, AT(1200000));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, head);
    sl_store_tick(fixture.store, AT(1300000));
    sl_inline_run_all(&fixture.executor);
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_check(&fixture, head + 10);
    assert_int_equal(fixture.stops, 0);
}

static void a_segment_that_finds_no_space_refuses_appends_until_there_is_some(void **state)
{
    (void)state;
    break_call(SL_FAULT_FSYNC, 0, ENOSPC);
    sl_fixture_batches(&fixture, 1, 10); /* takes the prepared segment; the next one fails */
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    assert_int_equal(fixture.stops, 0);
    sl_fixture_check(&fixture, 10);

    break_call(SL_FAULT_NONE, 0, 0);
    sl_store_tick(fixture.store, AT(9000000));
    sl_inline_run_all(&fixture.executor);
    sl_fixture_batches(&fixture, 10, 1000);
    sl_fixture_check(&fixture, 10010);
}

/* The lanes stand still: the segment that was begun fills up, and so does the one behind it. */
static unsigned add_until_busy(void)
{
    unsigned added = 0;
    enum sl_err err = SL_OK;
    while (err == SL_OK) {
        err = sl_fixture_add(&fixture);
        added += err == SL_OK;
        if (added == 1000) {
            sl_store_submit(fixture.store);
        }
    }
    assert_err(SL_E_BUSY, err);
    assert_err(SL_E_BUSY, sl_store_may_add(fixture.store, 1, 1));
    return added;
}

static void what_has_no_place_in_the_journal_waits_until_there_is_a_segment(void **state)
{
    (void)state;
    unsigned added = add_until_busy();
    assert_true(added > 1000);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    sl_store_submit(fixture.store); /* what was accepted has its place */
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    assert_int_equal(fixture.durable, added);
    assert_err(SL_E_BUSY, sl_fixture_add(&fixture));
    uint64_t moves = sl_store_moves(fixture.store);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
    assert_true(sl_store_moves(fixture.store) > moves);
    sl_fixture_batches(&fixture, 1, 100);
    assert_int_equal(fixture.durable, added + 100);
}

/* Nothing that was accepted waits for the space: somebody waits for its answer. */
static void what_was_accepted_is_written_without_the_segment_that_finds_no_space(void **state)
{
    (void)state;
    break_call(SL_FAULT_FSYNC, 0, ENOSPC);
    unsigned added = add_until_busy();
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    sl_store_submit(fixture.store);
    uint64_t moves = sl_store_moves(fixture.store);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
    assert_true(sl_store_moves(fixture.store) > moves);
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(fixture.durable, added);
    sl_fixture_check(&fixture, added);

    break_call(SL_FAULT_NONE, 0, 0);
    sl_store_tick(fixture.store, AT(9000000));
    sl_inline_run_all(&fixture.executor);
    sl_fixture_batches(&fixture, 1, 100);
    sl_fixture_check(&fixture, added + 100);
}

/* Woken at once, whoever waits would ask for the next try, and so on without a pause. */
static void who_waits_for_a_segment_is_not_woken_by_one_that_finds_no_memory(void **state)
{
    (void)state;
    break_call(SL_FAULT_OPEN, 0, ENOMEM);
    unsigned added = add_until_busy();
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    uint64_t moves = sl_store_moves(fixture.store);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
    assert_int_equal(sl_store_moves(fixture.store), moves);
    assert_int_equal(fixture.stops, 0);

    break_call(SL_FAULT_NONE, 0, 0);
    sl_store_tick(fixture.store, AT(9000000));
    sl_inline_run_all(&fixture.executor);
    assert_true(sl_store_moves(fixture.store) > moves);
    sl_fixture_run(&fixture);
    sl_fixture_batches(&fixture, 1, 100);
    sl_fixture_check(&fixture, added + 100);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_failed_journal_write_stops_the_store),
        T(a_failed_flush_stops_the_store_and_is_not_retried),
        T(a_full_disk_in_the_middle_of_a_frame_is_a_failed_write),
        T(a_failed_recycling_stops_the_store),
        T(a_failed_checkpoint_commit_stops_the_store),
        T(short_writes_are_continued),
        T(whichever_call_fails_first_nothing_durable_is_lost),
        T(below_the_watermark_appends_are_refused_and_above_it_they_go_on),
        T(a_checkpoint_without_room_waits_and_the_end_does_without),
        T(room_is_kept_for_what_checkpoints_still_have_to_write),
        T(a_segment_that_finds_no_space_refuses_appends_until_there_is_some),
        T(what_has_no_place_in_the_journal_waits_until_there_is_a_segment),
        T(what_was_accepted_is_written_without_the_segment_that_finds_no_space),
        T(who_waits_for_a_segment_is_not_woken_by_one_that_finds_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
