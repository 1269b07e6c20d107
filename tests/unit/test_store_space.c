/* Room on the disk: what a checkpoint may add to data.mdb is never less than what it does, it is reserved before anything is written, and a
 * checkpoint that finds no room waits and goes on. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log_lines.h"
#include "lib/store_fixture.h"
#include "store/store_impl.h"

#define ROUNDS        6u
#define ROWS          40000u
#define KEYS_MAX      UINT64_C(1000000)
#define RECORDS_BYTES ((size_t)4 * 1024 * 1024) /* far more than what is allowed for beside them */
#define MUCH          ((off_t)64 * 1024 * 1024)

static struct sl_fixture fixture;
static struct sl_test_random rng;

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

/* What is in memory goes to the disk; as much as was said at most. */
static void checkpoint_within_bound(void)
{
    struct sl_store *store = fixture.store;
    uint64_t before = sl_env_used_bytes(&store->env);
    uint64_t checkpointed = sl_store_checkpointed(store).v;
    sl_fixture_run(&fixture);
    sl_fixture_checkpoint(&fixture);
    assert_true(sl_store_checkpointed(store).v > checkpointed);
    uint64_t grown = sl_env_used_bytes(&store->env) - before;
    printf("room for %llu, grown by %llu\n", (unsigned long long)store->checkpoint.plan.room_bytes,
           (unsigned long long)grown);
    assert_in_range(grown, 0, store->checkpoint.plan.room_bytes);
}

/* Beside the rows that records make. */
static void put_rows(unsigned table, unsigned count, bool is_in_order)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t number = is_in_order ? i * KEYS_MAX / count : sl_test_random_below(&rng, KEYS_MAX);
        uint64_t *row =
            sl_state_upsert(sl_store_state(fixture.store), table, (struct sl_key){number, 7});
        *row = number;
    }
    assert_ok(sl_fixture_add(&fixture));
}

static void remove_rows(unsigned table, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct sl_key key = {sl_test_random_below(&rng, KEYS_MAX), 7};
        sl_state_remove(sl_store_state(fixture.store), table, key);
    }
    assert_ok(sl_fixture_add(&fixture));
}

/* Pages that were filled in order are full: each row that comes between splits one. */
static void rows_between_others_stay_within_the_bound(void **state)
{
    (void)state;
    sl_test_random_init(&rng);
    static const unsigned tables[] = {SL_FIXTURE_LAST, SL_FIXTURE_PACKED};
    static const unsigned counts[] = {1, 30, 1000, 20000, 300};
    for (unsigned i = 0; i < 2; i++) {
        put_rows(tables[i], ROWS, true);
        checkpoint_within_bound();
        for (unsigned j = 0; j < sizeof counts / sizeof counts[0]; j++) {
            put_rows(tables[i], counts[j], false);
            checkpoint_within_bound();
        }
    }
}

static void rows_that_go_stay_within_the_bound(void **state)
{
    (void)state;
    sl_test_random_init(&rng);
    put_rows(SL_FIXTURE_LAST, ROWS, false);
    put_rows(SL_FIXTURE_PACKED, ROWS, false);
    checkpoint_within_bound();
    for (unsigned i = 0; i < ROUNDS; i++) {
        remove_rows(SL_FIXTURE_LAST, 5000 * i);
        remove_rows(SL_FIXTURE_PACKED, 5000 * i);
        put_rows(SL_FIXTURE_LAST, 10 * i, false);
        checkpoint_within_bound();
    }
}

static void add_big(size_t len)
{
    static uint8_t bytes[SL_EVENT_BYTES_MAX];
    struct sl_record record;
    struct sl_draft draft = {
        .type = 1,
        .effective = {17000},
        .actor = SL_SLICE_LIT("alice"),
        .event = {bytes, len},
    };
    memcpy(draft.id.bytes, &fixture.added, sizeof fixture.added);
    fixture.added++;
    assert_ok(sl_store_add(fixture.store, sl_clock_now(&fixture.clock.base), &draft, &record));
    assert_ok(sl_fixture_apply(sl_store_state(fixture.store), &record));
}

/* A record that is just too long for a page gets two, and one that is just too long for half a page gets one of its own. */
static void records_of_any_length_stay_within_the_bound(void **state)
{
    (void)state;
    static const size_t lens[] = {1,
                                  100,
                                  1900,
                                  1950,
                                  2000,
                                  2050,
                                  4000,
                                  4020,
                                  4040,
                                  4090,
                                  8100,
                                  8200,
                                  SL_EVENT_BYTES_MAX - 1,
                                  SL_EVENT_BYTES_MAX};
    for (unsigned i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        for (size_t bytes = 0; bytes < RECORDS_BYTES; bytes += lens[i] + 100) {
            add_big(lens[i]);
            if (fixture.added % 50 == 0 || lens[i] > 2000) {
                sl_fixture_run(&fixture); /* a batch fits a segment */
            }
        }
        checkpoint_within_bound();
        add_big(lens[i]);
        checkpoint_within_bound();
    }
}

/* ── no room, though there seemed to be ── */

static void fail_to_reserve(int code)
{
    fixture.ops.call = code != 0 ? SL_FAULT_RESERVE : SL_FAULT_NONE;
    fixture.ops.code = code;
}

static void tick(int64_t at)
{
    sl_store_tick(fixture.store, AT(at));
    sl_inline_run_all(&fixture.executor);
}

/* One that takes the last bytes while a checkpoint begins. */
static void put_off(void)
{
    sl_fixture_batches(&fixture, 3, 10);
    tick(1000000);
    fail_to_reserve(ENOSPC);
    tick(10000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    assert_int_equal(fixture.stops, 0);
}

static void a_checkpoint_that_finds_no_room_waits_and_goes_on_when_there_is(void **state)
{
    (void)state;
    struct sl_log_lines log;
    sl_log_lines_begin(&log);
    put_off();
    tick(11000000);
    tick(20000000);
    sl_log_lines_end(&log);
    assert_int_equal(log.lines, 1);
    assert_non_null(strstr(log.text, "event=checkpoint_put_off "));
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    assert_err(SL_E_NO_SPACE, sl_store_may_add(fixture.store, 1, 1));
    sl_fixture_check(&fixture, 30); /* reads go on */

    fail_to_reserve(0);
    tick(21000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 30);
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_checkpoint(&fixture);
    sl_fixture_check(&fixture, 40);
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 40);
}

static unsigned reserve_calls;

/* LMDB writes much behind what is reserved, before the commit; and there is no room for the rest. */
static int reserve_and_grow(const struct sl_file_ops *ops, int fd, off_t bytes)
{
    reserve_calls++;
    if (reserve_calls == 1) {
        assert_int_equal(ftruncate(fd, bytes + MUCH), 0);
    }
    if (reserve_calls == 2) {
        assert_true(bytes > MUCH);
        errno = ENOSPC;
        return -1;
    }
    return sl_file_ops_system()->reserve(ops, fd, bytes);
}

static int refuse_to_reserve(const struct sl_file_ops *ops, int fd, off_t bytes)
{
    (void)ops;
    (void)fd;
    (void)bytes;
    reserve_calls++;
    errno = ENOSPC;
    return -1;
}

static void one_that_finds_no_room_before_its_commit_waits_as_well(void **state)
{
    (void)state;
    reserve_calls = 0;
    fixture.ops.base.reserve = reserve_and_grow;
    sl_fixture_batches(&fixture, 3, 10);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(reserve_calls, 2);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    tick(11000000);
    assert_int_equal(reserve_calls, 3);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 30);
    assert_int_equal(fixture.stops, 0);
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_check(&fixture, 40);
}

/* The state has its rows in two layers then, and both are written, one after the other. */
static void what_was_accepted_meanwhile_is_kept(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    tick(1000000);
    fail_to_reserve(ENOSPC);
    sl_store_tick(fixture.store, AT(10000000)); /* frozen, and under way */
    sl_fixture_add_many(&fixture, 10);
    sl_store_submit(fixture.store);
    sl_inline_run_all(&fixture.executor);
    assert_err(SL_E_NO_SPACE, sl_fixture_add(&fixture));
    assert_int_equal(sl_store_durable(fixture.store).v, 20);

    fail_to_reserve(0);
    tick(11000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 10);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 20);
    sl_fixture_check(&fixture, 20);
}

static void without_room_the_end_leaves_it_to_the_journal(void **state)
{
    (void)state;
    put_off();
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 30);
}

/* Its owner has closed by then, and the frozen backlog with it. */
static void with_room_again_the_end_leaves_it_to_the_journal_as_well(void **state)
{
    (void)state;
    put_off();
    fail_to_reserve(0);
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 30);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 30);
}

static void one_that_waits_is_begun_again_by_the_clock_alone(void **state)
{
    (void)state;
    put_off();
    fixture.ops.base.reserve = refuse_to_reserve;
    reserve_calls = 0;
    for (unsigned i = 0; i < 100; i++) {
        tick(11000000 + i);
    }
    assert_int_equal(reserve_calls, 1);
    /* Each try waits twice as long, up to 6.4 s, as long as the disk seems to have room. */
    for (int64_t at = 11000000; at < 71000000; at += 100000) {
        tick(at);
    }
    assert_in_range(reserve_calls, 7 + 6, 7 + 9);
    fixture.ops.base.reserve = sl_file_ops_system()->reserve;
    fixture.ops.call = SL_FAULT_NONE;
    tick(78000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 30);
}

/* Zeros that the file was grown by are none of what a checkpoint reserves. */
static void a_file_that_was_grown_is_not_taken_for_room(void **state)
{
    (void)state;
    char path[2 * SL_TEMP_DIR_BYTES];
    sl_fixture_batches(&fixture, 1, 10);
    tick(1000000);
    (void)snprintf(path, sizeof path, "%s/data.mdb", fixture.dir);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, MUCH), 0);
    close(fd);
    fixture.ops.free_bytes = 1;
    fixture.ops.base.reserve = refuse_to_reserve;
    reserve_calls = 0;
    tick(10000000);
    tick(20000000);
    assert_int_equal(reserve_calls, 0);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
}

static void a_status_says_that_appends_are_refused(void **state)
{
    (void)state;
    struct sl_figures *figures = calloc(1, sizeof *figures);
    assert_non_null(figures);
    put_off();
    sl_store_figures(fixture.store, figures);
    assert_true(figures->refuses_for_space);
    assert_false(figures->checkpoint.is_running);
    free(figures);
}

static void one_that_waits_is_not_begun_while_the_disk_says_that_it_is_full(void **state)
{
    (void)state;
    put_off();
    fail_to_reserve(0);
    fixture.ops.free_bytes = 1;
    tick(11000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    fixture.ops.free_bytes = UINT64_MAX;
    tick(12000000);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 30);
}

static void a_stopped_store_does_not_begin_one_that_waits(void **state)
{
    (void)state;
    put_off();
    fail_to_reserve(0);
    struct sl_diag why = {.message = "for another reason"};
    sl_store_stop(fixture.store, &why);
    tick(11000000);
    sl_fixture_close(&fixture);
    fixture.stops = 0;
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 30);
}

static void room_that_cannot_be_asked_for_is_hoped_for(void **state)
{
    (void)state;
    static const int codes[] = {ENOTSUP, ENOSYS};
    for (unsigned i = 0; i < 2; i++) {
        fail_to_reserve(codes[i]);
        sl_fixture_batches(&fixture, 1, 10);
        sl_fixture_checkpoint(&fixture);
        assert_int_equal(sl_store_checkpointed(fixture.store).v, 10 * (i + 1));
    }
}

static void any_other_failure_to_reserve_stops_the_store(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    fail_to_reserve(EIO);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(fixture.stops, 1);
    assert_string_equal(fixture.why.message,
                        "checkpoint: reserve space in data.mdb: Input/output error");
    sl_fixture_close(&fixture);
    fail_to_reserve(0);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 10);
}

static uint64_t reserved(void)
{
    const struct sl_env *env = &fixture.store->env;
    return sl_env_reserved_bytes(env, sl_env_used_bytes(env));
}

#define NEARLY_NOTHING ((uint64_t)16 * 1024) /* what the file system itself needs for a file */

static void what_was_reserved_is_given_back(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 10);
    assert_in_range(reserved(), 0, NEARLY_NOTHING);
    assert_true(fixture.ops.reserved_bytes > sl_env_used_bytes(&fixture.store->env));
}

/* So many events that the next checkpoint is due at once. */
static void add_load(void)
{
    sl_fixture_add_many(&fixture, 1000);
    sl_fixture_run(&fixture);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, sl_store_head(fixture.store).v);
    assert_true(reserved() > NEARLY_NOTHING);
}

static void under_load_it_is_kept_until_the_load_or_the_daemon_ends(void **state)
{
    (void)state;
    char path[2 * SL_TEMP_DIR_BYTES];
    struct stat info;
    fixture.options.checkpoint_bytes = 100ull * 1024;
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    add_load();
    sl_fixture_add_many(&fixture, 1);
    sl_fixture_run(&fixture);
    fixture.ops.free_bytes = 0; /* what is kept is not needed once more */
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 1001);
    assert_in_range(reserved(), 0, NEARLY_NOTHING);

    fixture.ops.free_bytes = UINT64_MAX;
    add_load();
    sl_fixture_close(&fixture);
    (void)snprintf(path, sizeof path, "%s/data.mdb", fixture.dir);
    assert_int_equal(stat(path, &info), 0);
    assert_in_range(info.st_blocks * 512, 0, info.st_size + (off_t)NEARLY_NOTHING);
    sl_fixture_open(&fixture);
}

/* ── segments ── */

/* Until the next one is to be made; whichever is not the last is. */
static void fill_segments(unsigned count)
{
    unsigned begun = 0;
    while (begun < count) {
        sl_fixture_add_many(&fixture, 500);
        sl_store_submit(fixture.store);
        assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
        begun += fixture.store->prepare.is_running;
        if (fixture.store->prepare.is_running && begun < count) {
            assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
        }
    }
}

/* While it is being made a checkpoint recycles another, which will do. */
static void a_segment_that_finds_no_space_is_not_missed_when_another_is_free(void **state)
{
    (void)state;
    tick(1000000);
    fill_segments(4);
    sl_store_checkpoint_soon(fixture.store);
    sl_store_tick(fixture.store, AT(1000001));
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_CHECKPOINT));
    assert_int_equal(sl_store_checkpointed(fixture.store).v, sl_store_head(fixture.store).v);
    fixture.ops.call = SL_FAULT_FSYNC;
    fixture.ops.code = ENOSPC;
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
    fixture.ops.call = SL_FAULT_NONE;
    sl_fixture_batches(&fixture, 1, 100);
    assert_int_equal(fixture.durable, sl_store_head(fixture.store).v);
    assert_int_equal(fixture.stops, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(rows_between_others_stay_within_the_bound),
        T(rows_that_go_stay_within_the_bound),
        T(records_of_any_length_stay_within_the_bound),
        T(a_checkpoint_that_finds_no_room_waits_and_goes_on_when_there_is),
        T(one_that_finds_no_room_before_its_commit_waits_as_well),
        T(what_was_accepted_meanwhile_is_kept),
        T(without_room_the_end_leaves_it_to_the_journal),
        T(with_room_again_the_end_leaves_it_to_the_journal_as_well),
        T(one_that_waits_is_begun_again_by_the_clock_alone),
        T(a_file_that_was_grown_is_not_taken_for_room),
        T(a_status_says_that_appends_are_refused),
        T(one_that_waits_is_not_begun_while_the_disk_says_that_it_is_full),
        T(a_stopped_store_does_not_begin_one_that_waits),
        T(room_that_cannot_be_asked_for_is_hoped_for),
        T(any_other_failure_to_reserve_stops_the_store),
        T(what_was_reserved_is_given_back),
        T(a_segment_that_finds_no_space_is_not_missed_when_another_is_free),
        T(under_load_it_is_kept_until_the_load_or_the_daemon_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
