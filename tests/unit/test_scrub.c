/* The scrubber: it reads everything over and over beside all other work, at its pace, and tells what is damaged. */
#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/store.h"

#define RATE      ((uint64_t)1024 * 1024)
#define SECOND_US 1000000u
#define TICK_US   100000u
#define FILE_MAX  ((size_t)8 * 1024 * 1024)
#define TICKS_MAX 2000u

static uint8_t file_bytes[FILE_MAX];

static int set_up(void **state)
{
    static struct sl_fixture fixture;
    sl_fixture_init(&fixture);
    fixture.options.scrub_bytes_per_s = RATE;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    sl_fixture_deinit(*state);
    return 0;
}

static struct sl_scrub_status status_of(const struct sl_fixture *f)
{
    struct sl_scrub_status status;
    sl_store_scrub_status(f->store, &status);
    return status;
}

static void tick(struct sl_fixture *f)
{
    sl_fake_clock_advance_us(&f->clock, TICK_US);
    sl_store_tick(f->store, sl_clock_now(&f->clock.base));
    sl_inline_run_all(&f->executor);
}

/* Until so many passes have ended. */
static void scrub(struct sl_fixture *f, uint64_t passes)
{
    for (unsigned i = 0; status_of(f).passes < passes; i++) {
        assert_true(i < TICKS_MAX);
        tick(f);
    }
    tick(f);
}

static void make_history(struct sl_fixture *f)
{
    sl_fixture_open(f);
    for (unsigned i = 0; i < 4; i++) {
        sl_fixture_batches(f, 2, 700);
        sl_fixture_checkpoint(f);
    }
}

static size_t path_and_size(const struct sl_fixture *f, char path[2 * SL_TEMP_DIR_BYTES])
{
    struct stat info;
    int len = snprintf(path, 2 * SL_TEMP_DIR_BYTES, "%s/data.mdb", f->dir);
    assert_true(len > 0);
    assert_int_equal(stat(path, &info), 0);
    assert_true((size_t)info.st_size <= FILE_MAX);
    return (size_t)info.st_size;
}

/* Wherever `needle` stands, flips a bit `skip` bytes behind its begin; tells how often. */
static unsigned flip_at(const struct sl_fixture *f, const void *needle, size_t len, size_t skip)
{
    char path[2 * SL_TEMP_DIR_BYTES];
    size_t size = path_and_size(f, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, file_bytes, size, 0), (ssize_t)size);
    unsigned found = 0;
    for (size_t at = 0; at + len + skip < size; at++) {
        if (memcmp(file_bytes + at, needle, len) == 0) {
            uint8_t byte = file_bytes[at + skip] ^ 4;
            assert_int_equal(pwrite(fd, &byte, 1, (off_t)(at + skip)), 1);
            found++;
        }
    }
    close(fd);
    return found;
}

static void assert_damage(const struct sl_fixture *f, const char *place)
{
    struct sl_scrub_status status = status_of(f);
    assert_true(status.errors > 0);
    assert_non_null(strstr(status.last_error, place));
}

static void it_reads_everything_over_and_over(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    scrub(f, 3);
    struct sl_scrub_status status = status_of(f);
    assert_int_equal(status.errors, 0);
    assert_int_equal(status.parts, 1 + SL_FIXTURE_TABLE_COUNT);
    assert_true(status.part < status.parts);
    assert_true(status.bytes > 3 * sl_store_checkpointed(f->store).v * 60);
    assert_true(status.passed.v > 0);
    assert_string_equal(status.last_error, "");
}

static void an_empty_ledger_is_read_as_well(void **state)
{
    struct sl_fixture *f = *state;
    sl_fixture_open(f);
    scrub(f, 2);
    assert_int_equal(status_of(f).errors, 0);
}

static void it_keeps_to_its_pace(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    uint64_t before = status_of(f).bytes;
    for (unsigned i = 0; i < 50; i++) {
        tick(f);
    }
    uint64_t read = status_of(f).bytes - before;
    assert_in_range(read, 3 * RATE,
                    6 * RATE); /* five seconds; pages are read whole, passes end early */
}

static void nothing_is_read_where_it_is_switched_off(void **state)
{
    struct sl_fixture *f = *state;
    f->options.scrub_bytes_per_s = 0;
    make_history(f);
    for (unsigned i = 0; i < 50; i++) {
        tick(f);
    }
    assert_int_equal(status_of(f).bytes, 0);
}

/* Portions as small as they get, and between any two a checkpoint that writes all tables anew. */
static void checkpoints_between_its_portions_are_no_damage(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    for (unsigned i = 0; status_of(f).passes < 3; i++) {
        assert_true(i < TICKS_MAX);
        sl_fixture_batches(f, 1, 40);
        sl_fixture_checkpoint(f);
        tick(f);
    }
    assert_int_equal(status_of(f).errors, 0);
}

/* A portion waits in its lane while a checkpoint is written and more is added. */
static void a_portion_under_way_keeps_nobody_waiting(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    sl_fake_clock_advance_us(&f->clock, SECOND_US);
    sl_store_tick(f->store, sl_clock_now(&f->clock.base));
    while (sl_inline_run_one(&f->executor, SL_LANE_CHECKPOINT)) {
    }
    uint64_t before = sl_store_checkpointed(f->store).v;
    sl_fixture_add_many(f, 10);
    sl_store_submit(f->store);
    while (sl_inline_run_one(&f->executor, SL_LANE_JOURNAL)) {
    }
    sl_store_checkpoint_soon(f->store);
    sl_store_tick(f->store, sl_clock_now(&f->clock.base));
    while (sl_inline_run_one(&f->executor, SL_LANE_CHECKPOINT)) {
    }
    assert_int_equal(sl_store_checkpointed(f->store).v, before + 10);
    sl_inline_run_all(&f->executor);
    assert_int_equal(status_of(f).errors, 0);
}

static void a_damaged_record_is_told_and_appends_are_refused(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    assert_true(flip_at(f, "event 2001", 10, 9) > 0);
    scrub(f, 1);

    assert_damage(f, "log: seq 2");
    assert_err(SL_E_CORRUPT, sl_fixture_add(f));
    assert_err(SL_E_CORRUPT, sl_store_may_add(f->store, 1, 10));
    static struct sl_page page;
    assert_ok(sl_store_page(f->store, (sl_seq){1}, 100, &page));
    assert_int_equal(page.count, 100);
    sl_store_page_end(f->store, &page);
}

static void damage_that_stays_is_counted_in_each_pass(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    assert_true(flip_at(f, "event 2001", 10, 9) > 0);
    scrub(f, 4);
    assert_int_equal(status_of(f).errors, 4);
}

static void a_damaged_node_of_the_tree_is_told(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    /* The third group of nodes: 512 bytes, no flags, a key of 8 bytes. */
    static const uint8_t group[] = {0, 2, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 2};
    assert_true(flip_at(f, group, sizeof group, sizeof group) > 0);
    scrub(f, 1);
    assert_damage(f, "tree: node 32");
}

static void a_damaged_row_is_told(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    /* The key of a row of `last`, {100, 1}. */
    static const uint8_t key[] = {0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 1};
    assert_true(flip_at(f, key, sizeof key, sizeof key) > 0);
    scrub(f, 1);
    assert_damage(f, "state table last");
}

static void pages_that_were_zeroed_are_told(void **state)
{
    struct sl_fixture *f = *state;
    make_history(f);
    char path[2 * SL_TEMP_DIR_BYTES];
    (void)path_and_size(f, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    size_t kept = 5 * (size_t)4096;
    uint8_t zeros[4096] = {0};
    for (size_t at = kept; at < path_and_size(f, path); at += sizeof zeros) {
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, (off_t)at), sizeof zeros);
    }
    close(fd);
    scrub(f, 1);
    assert_damage(f, "data.mdb page");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(it_reads_everything_over_and_over),
        T(an_empty_ledger_is_read_as_well),
        T(it_keeps_to_its_pace),
        T(nothing_is_read_where_it_is_switched_off),
        T(checkpoints_between_its_portions_are_no_damage),
        T(a_portion_under_way_keeps_nobody_waiting),
        T(a_damaged_record_is_told_and_appends_are_refused),
        T(damage_that_stays_is_counted_in_each_pass),
        T(a_damaged_node_of_the_tree_is_told),
        T(a_damaged_row_is_told),
        T(pages_that_were_zeroed_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
