/* The store: what was called durable is there after any end, the state always fits the log, limits are refused. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/dir.h"
#include "store/meta.h"

static struct sl_fixture fixture;
static struct sl_page page;

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

static void reopen(void)
{
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
}

/* ── creating and opening ── */

static void a_new_ledger_is_empty_and_remembers_its_genesis(void **state)
{
    (void)state;
    const struct sl_genesis *genesis = sl_store_genesis(fixture.store);
    assert_int_equal(genesis->ledger_id[1], 2);
    assert_string_equal(genesis->timezone, "Europe/Paris");
    assert_string_equal(genesis->currency, "EUR");
    assert_int_equal(genesis->policy, 1);
    assert_int_equal(genesis->created.v, 1000);
    assert_int_equal(sl_store_head(fixture.store).v, 0);
    assert_int_equal(sl_store_last_recorded(fixture.store).v, 1000);
    assert_false(sl_store_needs_rebuild(fixture.store));
    sl_fixture_check(&fixture, 0);
}

static void create_refuses_a_directory_that_holds_anything(void **state)
{
    (void)state;
    struct sl_genesis genesis = {.timezone = "UTC", .currency = "EUR"};
    struct sl_diag diag = {0};
    assert_err(SL_E_EXISTS, sl_store_create(fixture.dir, &genesis, &diag));
    assert_err(SL_E_IO, sl_store_create("/proc/nowhere/ledger", &genesis, &diag));
}

static void put_file(const char *dir, const char *name)
{
    char path[SL_TEMP_DIR_BYTES + 32];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fputs("cut short", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void put_dir(const char *dir, const char *name)
{
    char path[SL_TEMP_DIR_BYTES + 32];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(mkdir(path, 0750), 0);
}

/* As a power cut may leave it: any of what is made before the ledger is there. */
static void what_is_left_of_a_ledger_half_made_is_made_again(void **state)
{
    (void)state;
    struct sl_genesis genesis = {.timezone = "UTC", .currency = "EUR"};
    for (unsigned left = 0; left < 64; left++) {
        char dir[SL_TEMP_DIR_BYTES];
        struct sl_store *store = NULL;
        struct sl_store_options options = fixture.options;
        bool has_new = (left & 4) != 0;
        sl_temp_dir_make(dir);
        options.dir = dir;
        if ((left & 1) != 0) {
            put_file(dir, "lock");
        }
        if ((left & 2) != 0) {
            put_dir(dir, "journal");
        }
        if (has_new) {
            put_dir(dir, "new");
        }
        if (has_new && (left & 8) != 0) {
            put_file(dir, "new/lock.mdb");
        }
        if (has_new && (left & 16) != 0) {
            put_file(dir, "new/data.mdb");
        }
        if (has_new && (left & 32) != 0) { /* a state was being made, too */
            put_file(dir, "new/lock");
            put_dir(dir, "new/journal");
        }
        assert_err(SL_E_NOT_LEDGER, sl_store_open(&options, &store, NULL));
        assert_ok(sl_store_create(dir, &genesis, NULL));
        assert_ok(sl_store_open(&options, &store, NULL));
        sl_store_close(store);
        sl_temp_dir_remove(dir);
    }
}

static void what_is_left_of_something_else_is_not_touched(void **state)
{
    (void)state;
    static const char *const names[] = {"letter", "data.mdb", "journal/0000000000000001.seg",
                                        "new/letter"};
    struct sl_genesis genesis = {.timezone = "UTC", .currency = "EUR"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char dir[SL_TEMP_DIR_BYTES];
        char path[SL_TEMP_DIR_BYTES + 32];
        struct stat info;
        sl_temp_dir_make(dir);
        put_dir(dir, "journal");
        put_dir(dir, "new");
        put_file(dir, names[i]);
        assert_err(SL_E_EXISTS, sl_store_create(dir, &genesis, NULL));
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(stat(path, &info), 0);
        sl_temp_dir_remove(dir);
    }
}

static void open_refuses_what_is_not_a_ledger(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_diag diag = {0};
    struct sl_store *store = NULL;
    struct sl_store_options options = fixture.options;
    sl_temp_dir_make(dir);
    options.dir = dir;
    assert_err(SL_E_NOT_LEDGER, sl_store_open(&options, &store, &diag));
    options.dir = "/nonexistent/ledger";
    assert_err(SL_E_NOT_LEDGER, sl_store_open(&options, &store, &diag));
    assert_null(store);
    sl_temp_dir_remove(dir);
}

static void what_cannot_be_looked_at_is_not_called_no_ledger(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    char path[SL_TEMP_DIR_BYTES + 16];
    struct sl_store *store = NULL;
    struct sl_store_options options = fixture.options;
    sl_temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/data.mdb", dir);
    assert_int_equal(symlink("data.mdb", path), 0); /* to itself */
    options.dir = dir;
    assert_err(SL_E_IO, sl_store_open(&options, &store, NULL));
    sl_temp_dir_remove(dir);
}

/* As copies do that leave out empty files. */
static void a_ledger_without_its_lock_file_opens(void **state)
{
    (void)state;
    char path[SL_DIR_BYTES_MAX + 8];
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_close(&fixture);
    assert_ok(sl_dir_path(fixture.dir, "lock", path, sizeof path));
    assert_int_equal(unlink(path), 0);

    sl_fixture_open(&fixture);

    sl_fixture_check(&fixture, 10);
}

static void a_ledger_has_one_owner(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    struct sl_store *store = NULL;
    assert_err(SL_E_LOCKED, sl_store_open(&fixture.options, &store, &diag));
    assert_null(store);
}

/* Changes the first four bytes of the genesis: the format. */
static void set_format(uint32_t format)
{
    struct sl_env env;
    MDB_txn *txn;
    char name[] = "genesis";
    MDB_val key = {strlen(name), name};
    MDB_val value;
    uint8_t row[256];
    assert_ok(sl_env_open(&env, fixture.dir, false, NULL));
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, env.meta, &key, &value), 0);
    assert_true(value.mv_size <= sizeof row);
    memcpy(row, value.mv_data, value.mv_size);
    memcpy(row, &format, sizeof format);
    value.mv_data = row;
    assert_int_equal(mdb_put(txn, env.meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_env_close(&env);
}

static void another_format_is_refused(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    struct sl_store *store = NULL;
    sl_fixture_close(&fixture);
    set_format(SL_FORMAT + 1);
    assert_err(SL_E_FORMAT, sl_store_open(&fixture.options, &store, &diag));
    assert_string_equal(diag.message, "it is 3, this version reads 2");
    set_format(SL_FORMAT);
    sl_fixture_open(&fixture);
}

/* ── adding ── */

static void records_become_durable_with_their_batch(void **state)
{
    (void)state;
    sl_fixture_add_many(&fixture, 5);
    assert_int_equal(sl_store_head(fixture.store).v, 5);
    assert_int_equal(sl_store_durable(fixture.store).v, 0);
    sl_store_submit(fixture.store);
    sl_fixture_add_many(&fixture, 2);
    sl_store_submit(fixture.store); /* one is in flight: nothing happens */
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    assert_int_equal(fixture.durable, 5);
    assert_int_equal(sl_store_durable(fixture.store).v, 5);
    sl_fixture_run(&fixture);
    assert_int_equal(fixture.durable, 7);
}

static void a_batch_costs_one_write_and_one_flush(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    unsigned writes = fixture.ops.writes;
    unsigned flushes = fixture.ops.flushes;
    sl_fixture_add_many(&fixture, 1000);
    sl_fixture_run(&fixture);
    assert_int_equal(fixture.ops.writes, writes + 1);
    assert_int_equal(fixture.ops.flushes, flushes + 1);
}

static void recorded_times_never_go_back(void **state)
{
    (void)state;
    struct sl_draft draft = {.type = 1, .event = SL_SLICE_LIT("x")};
    struct sl_record record;
    assert_ok(sl_store_add(fixture.store, AT(5000), &draft, &record));
    assert_int_equal(record.recorded.v, 5000);
    assert_ok(sl_store_add(fixture.store, AT(4000), &draft, &record));
    assert_int_equal(record.recorded.v, 5000);
    assert_ok(sl_store_add(fixture.store, AT(6000), &draft, &record));
    assert_int_equal(sl_store_last_recorded(fixture.store).v, 6000);
}

static void an_event_at_the_limit_is_taken_and_one_above_is_not(void **state)
{
    (void)state;
    static const uint8_t event[SL_EVENT_BYTES_MAX + 1];
    struct sl_draft draft = {.type = 1, .event = {event, SL_EVENT_BYTES_MAX + 1}};
    struct sl_record record;
    assert_err(SL_E_TOO_BIG, sl_store_add(fixture.store, AT(1), &draft, &record));
    assert_int_equal(sl_store_head(fixture.store).v, 0);
    draft.event.len--;
    assert_ok(sl_store_add(fixture.store, AT(1), &draft, &record));
    assert_int_equal(record.event.len, SL_EVENT_BYTES_MAX);
}

static void retract_takes_records_back_and_gives_their_seqs_again(void **state)
{
    (void)state;
    struct sl_state *live = sl_store_state(fixture.store);
    sl_fixture_add_many(&fixture, 3);
    sl_state_savepoint(live);
    sl_fixture_add_many(&fixture, 4);
    sl_state_rollback(live);
    sl_store_retract(fixture.store, (sl_seq){3});
    assert_int_equal(sl_store_head(fixture.store).v, 3);
    sl_fixture_add_many(&fixture, 2);
    sl_fixture_run(&fixture);
    sl_fixture_check(&fixture, 5);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 5);
}

/* ── ends and starts ── */

static void a_clean_close_keeps_everything_and_leaves_nothing_to_replay(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 3, 50);
    sl_fixture_add_many(&fixture, 7); /* not yet submitted */
    reopen();
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 157);
    sl_fixture_check(&fixture, 157);
}

static void closing_an_idle_ledger_writes_nothing(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 5);
    reopen();
    unsigned writes = fixture.ops.writes;
    reopen();
    reopen();
    assert_int_equal(fixture.ops.writes, writes);
    sl_fixture_check(&fixture, 5);
}

static void after_a_kill_the_durable_batches_are_replayed(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 4, 25);
    sl_fixture_add_many(&fixture, 9); /* never written */
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    assert_int_equal(sl_store_durable(fixture.store).v, 100);
    sl_fixture_check(&fixture, 100);
}

static void after_a_kill_between_freeze_and_commit_nothing_is_lost(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 25);
    sl_fixture_add_many(&fixture, 25);
    sl_store_checkpoint_soon(fixture.store);
    sl_store_submit(fixture.store); /* freezes at 75 */
    sl_fixture_add_many(&fixture, 5);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    sl_store_submit(fixture.store);
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL));
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_check(&fixture, 80);
}

static void a_checkpoint_takes_the_freeze_point_and_later_batches_are_replayed(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 25);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 50);
    sl_fixture_check(&fixture, 50);
    sl_fixture_batches(&fixture, 3, 10);
    sl_fixture_check(&fixture, 80);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 50);
    sl_fixture_check(&fixture, 80);
}

static void a_freeze_while_a_batch_gathers_waits_for_its_submit(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_add_many(&fixture, 5);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fixture_run(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 15);
    sl_fixture_check(&fixture, 15);
}

static void a_checkpoint_is_due_after_its_time(void **state)
{
    (void)state;
    struct sl_clock *clock = &fixture.clock.base;
    sl_store_tick(fixture.store, sl_clock_now(clock));
    sl_fixture_batches(&fixture, 1, 10);
    sl_fake_clock_advance_us(&fixture.clock, 999999);
    sl_store_tick(fixture.store, sl_clock_now(clock));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 0);
    sl_fake_clock_advance_us(&fixture.clock, 1);
    sl_store_tick(fixture.store, sl_clock_now(clock));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 10);
}

static void while_events_pour_in_a_checkpoint_waits_for_five_times_its_time(void **state)
{
    (void)state;
    struct sl_clock *clock = &fixture.clock.base;
    struct sl_store_stats stats;
    sl_fixture_batches(&fixture, 1, 100);
    sl_store_stats(fixture.store, &stats);
    fixture.options.checkpoint_bytes = stats.ring_bytes * 3;
    reopen();
    sl_fixture_batches(&fixture, 1, 100);
    sl_store_tick(fixture.store, sl_clock_now(clock));
    uint64_t before = sl_store_checkpointed(fixture.store).v;

    sl_fake_clock_advance_us(&fixture.clock, 4999999);
    sl_store_tick(fixture.store, sl_clock_now(clock));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, before);

    sl_fake_clock_advance_us(&fixture.clock, 1);
    sl_store_tick(fixture.store, sl_clock_now(clock));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 200);
}

static void a_checkpoint_is_due_after_its_bytes_and_segments_are_recycled(void **state)
{
    (void)state;
    fixture.options.checkpoint_bytes = 64ull * 1024;
    reopen();
    sl_fixture_batches(&fixture, 200, 100);
    struct sl_store_stats stats;
    sl_store_stats(fixture.store, &stats);
    assert_true(stats.checkpoints > 10);
    assert_true(stats.ring_bytes < 128ull * 1024);
    assert_int_equal(stats.batches, 200);
    assert_int_equal(stats.events, 20000);
    sl_fixture_check(&fixture, 20000);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 20000);
}

/* ── reading ── */

static void pages_run_from_lmdb_into_the_ring_without_a_seam(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 3, 100);
    sl_fixture_checkpoint(&fixture);
    sl_fixture_batches(&fixture, 3, 100);
    uint64_t next = 1;
    while (next <= 600) {
        assert_ok(sl_store_page(fixture.store, (sl_seq){next}, 37, &page));
        for (size_t i = 0; i < page.count; i++) {
            char expected[64];
            int len = snprintf(expected, sizeof expected, "event %u", (unsigned)(next + i - 1));
            assert_int_equal(page.records[i].seq.v, next + i);
            assert_int_equal(page.records[i].event.len, len);
            assert_memory_equal(page.records[i].event.data, expected, (size_t)len);
        }
        next += page.count;
        sl_store_page_end(fixture.store, &page);
    }
    assert_ok(sl_store_page(fixture.store, (sl_seq){601}, 37, &page));
    assert_int_equal(page.count, 0);
    sl_store_page_end(fixture.store, &page);
}

static void an_open_page_outlives_a_checkpoint(void **state)
{
    (void)state;
    static struct sl_page old;
    sl_fixture_batches(&fixture, 1, 50);
    sl_fixture_checkpoint(&fixture);
    sl_fixture_batches(&fixture, 1, 50);
    assert_ok(sl_store_page(fixture.store, (sl_seq){1}, 50, &old));
    assert_ok(sl_store_page(fixture.store, (sl_seq){51}, 50, &page));
    sl_fixture_checkpoint(&fixture);
    sl_fixture_batches(&fixture, 3, 50);
    sl_fixture_checkpoint(&fixture);
    assert_int_equal(sl_store_checkpointed(fixture.store).v, 250);
    assert_memory_equal(old.records[49].event.data, "event 49", 8);
    assert_memory_equal(page.records[49].event.data, "event 99", 8);
    sl_store_page_end(fixture.store, &page);
    sl_store_page_end(fixture.store, &old);
    sl_store_page_end(fixture.store, &old);
    sl_fixture_check(&fixture, 250);
}

static void get_gives_one_record_or_not_found(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 1, 3);
    assert_ok(sl_store_get(fixture.store, (sl_seq){2}, &page));
    assert_int_equal(page.count, 1);
    assert_int_equal(page.records[0].seq.v, 2);
    sl_store_page_end(fixture.store, &page);
    assert_err(SL_E_NOT_FOUND, sl_store_get(fixture.store, (sl_seq){4}, &page));
    assert_err(SL_E_NOT_FOUND, sl_store_get(fixture.store, (sl_seq){0}, &page));
}

static void the_root_is_the_same_after_a_kill_and_after_a_checkpoint(void **state)
{
    (void)state;
    uint8_t before[32];
    uint8_t after[32];
    uint64_t size;
    sl_fixture_batches(&fixture, 7, 13);
    sl_store_root(fixture.store, &size, before);
    assert_int_equal(size, 91);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    sl_store_root(fixture.store, &size, after);
    assert_int_equal(size, 91);
    assert_memory_equal(before, after, 32);
    reopen();
    sl_store_root(fixture.store, &size, after);
    assert_int_equal(size, 91);
    assert_memory_equal(before, after, 32);
}

/* ── verification ── */

static void verify_accepts_what_the_store_wrote(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    assert_ok(sl_store_verify(fixture.store, NULL, NULL, &diag));
    for (int i = 0; i < 5; i++) {
        sl_fixture_batches(&fixture, 3, 33);
        sl_fixture_checkpoint(&fixture);
    }
    sl_fixture_batches(&fixture, 3, 33);
    assert_ok(sl_store_verify(fixture.store, NULL, NULL, &diag));
}

/* ── back-pressure ── */

static void a_full_ring_is_busy_until_a_checkpoint_has_room(void **state)
{
    (void)state;
    fixture.options.checkpoint_bytes = 32ull * 1024;
    reopen();
    enum sl_err err = SL_OK;
    for (int i = 0; i < 10000 && err == SL_OK; i++) {
        err = sl_fixture_add(&fixture);
        sl_store_submit(fixture.store);
        (void)sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL);
    }
    assert_err(SL_E_BUSY, err);
    assert_err(SL_E_BUSY, sl_store_may_add(fixture.store, 1, 100));
    struct sl_store_stats stats;
    sl_store_stats(fixture.store, &stats);
    assert_true(stats.ring_bytes <= 4ull * 32 * 1024);

    uint64_t head = sl_store_head(fixture.store).v;
    sl_inline_run_all(&fixture.executor);
    sl_fixture_checkpoint(&fixture);
    assert_ok(sl_store_may_add(fixture.store, 1, 100));
    sl_fixture_batches(&fixture, 1, 1);
    sl_fixture_check(&fixture, head + 1);
}

static void may_add_tells_what_can_never_fit_from_what_must_wait(void **state)
{
    (void)state;
    assert_ok(sl_store_may_add(fixture.store, 10, 100000));
    assert_err(SL_E_TOO_BIG, sl_store_may_add(fixture.store, 1, 256ull * 1024));
    assert_err(SL_E_TOO_BIG, sl_store_may_add(fixture.store, SIZE_MAX / 2, 1));
    sl_fixture_add_many(&fixture, 1500);
    assert_err(SL_E_BUSY, sl_store_may_add(fixture.store, 10, 200000));
    sl_fixture_run(&fixture);
    assert_ok(sl_store_may_add(fixture.store, 10, 200000));
}

static void the_gathering_batch_never_outgrows_a_segment(void **state)
{
    (void)state;
    enum sl_err err = SL_OK;
    for (int i = 0; i < 10000 && err == SL_OK; i++) {
        err = sl_fixture_add(&fixture);
    }
    assert_err(SL_E_BUSY, err);
    uint64_t head = sl_store_head(fixture.store).v;
    sl_fixture_run(&fixture);
    assert_int_equal(fixture.durable, head);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, head);
}

/* ── without an executor ── */

static void a_ledger_opened_for_reading_takes_no_records(void **state)
{
    (void)state;
    struct sl_draft draft = {.type = 1, .event = SL_SLICE_LIT("x")};
    struct sl_record record;
    sl_fixture_batches(&fixture, 2, 10);
    sl_fixture_kill(&fixture);
    fixture.options.executor = NULL;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 20);
    assert_err(SL_E_UNSUPPORTED, sl_store_add(fixture.store, AT(1), &draft, &record));
    sl_fixture_close(&fixture);
    fixture.options.executor = &fixture.executor.base;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 20);
}

/* ── everything at once ── */

static void random_step(struct sl_test_random *random)
{
    switch (sl_test_random_below(random, 12)) {
    case 0:
    case 1:
    case 2:
    case 3: sl_fixture_add_many(&fixture, (unsigned)sl_test_random_below(random, 40)); break;
    case 4:
    case 5: sl_store_submit(fixture.store); break;
    case 6:
    case 7: (void)sl_inline_run_one(&fixture.executor, SL_LANE_JOURNAL); break;
    case 8:
        (void)sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT);
        (void)sl_inline_run_one(&fixture.executor, SL_LANE_CHECKPOINT);
        break;
    case 9:
        sl_fake_clock_advance_us(&fixture.clock, 300000);
        sl_store_tick(fixture.store, sl_clock_now(&fixture.clock.base));
        break;
    case 10: sl_store_checkpoint_soon(fixture.store); break;
    default: sl_fixture_run(&fixture); break;
    }
}

static void whatever_happens_and_whenever_it_is_killed_nothing_durable_is_lost(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int life = 0; life < 40; life++) {
        for (int step = 0; step < 60; step++) {
            random_step(&random);
        }
        uint64_t durable = sl_store_durable(fixture.store).v;
        sl_fixture_check(&fixture, sl_store_head(fixture.store).v);
        if (life % 4 == 3) {
            sl_fixture_close(&fixture);
            durable = fixture.durable;
        } else {
            sl_fixture_kill(&fixture);
        }
        sl_fixture_open(&fixture);
        sl_fixture_check(&fixture, durable);
        struct sl_diag diag = {0};
        assert_ok(sl_store_verify(fixture.store, NULL, NULL, &diag));
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_new_ledger_is_empty_and_remembers_its_genesis),
        T(create_refuses_a_directory_that_holds_anything),
        T(what_is_left_of_a_ledger_half_made_is_made_again),
        T(what_is_left_of_something_else_is_not_touched),
        T(open_refuses_what_is_not_a_ledger),
        T(what_cannot_be_looked_at_is_not_called_no_ledger),
        T(a_ledger_without_its_lock_file_opens),
        T(a_ledger_has_one_owner),
        T(another_format_is_refused),
        T(records_become_durable_with_their_batch),
        T(a_batch_costs_one_write_and_one_flush),
        T(recorded_times_never_go_back),
        T(an_event_at_the_limit_is_taken_and_one_above_is_not),
        T(retract_takes_records_back_and_gives_their_seqs_again),
        T(a_clean_close_keeps_everything_and_leaves_nothing_to_replay),
        T(closing_an_idle_ledger_writes_nothing),
        T(after_a_kill_the_durable_batches_are_replayed),
        T(after_a_kill_between_freeze_and_commit_nothing_is_lost),
        T(a_checkpoint_takes_the_freeze_point_and_later_batches_are_replayed),
        T(a_freeze_while_a_batch_gathers_waits_for_its_submit),
        T(a_checkpoint_is_due_after_its_time),
        T(while_events_pour_in_a_checkpoint_waits_for_five_times_its_time),
        T(a_checkpoint_is_due_after_its_bytes_and_segments_are_recycled),
        T(pages_run_from_lmdb_into_the_ring_without_a_seam),
        T(an_open_page_outlives_a_checkpoint),
        T(get_gives_one_record_or_not_found),
        T(the_root_is_the_same_after_a_kill_and_after_a_checkpoint),
        T(verify_accepts_what_the_store_wrote),
        T(a_full_ring_is_busy_until_a_checkpoint_has_room),
        T(may_add_tells_what_can_never_fit_from_what_must_wait),
        T(the_gathering_batch_never_outgrows_a_segment),
        T(a_ledger_opened_for_reading_takes_no_records),
        T(whatever_happens_and_whenever_it_is_killed_nothing_durable_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
