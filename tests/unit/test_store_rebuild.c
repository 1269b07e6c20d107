/* Rebuild: the state tables come out of the log again, whatever they were before and however often it was cut short. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/env.h"

static struct sl_fixture fixture;
static struct sl_table_spec changed[SL_FIXTURE_TABLE_COUNT];

static int set_up(void **state)
{
    (void)state;
    sl_fixture_init(&fixture);
    sl_fixture_open(&fixture);
    memcpy(changed, sl_fixture_specs, sizeof changed);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_fixture_deinit(&fixture);
    return 0;
}

static enum sl_err open_raw(void)
{
    struct sl_diag diag = {0};
    fixture.options.dir = fixture.dir;
    return sl_store_open(&fixture.options, &fixture.store, &diag);
}

static void a_new_version_of_a_table_asks_for_a_rebuild_which_sets_it_right(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 5, 100);
    sl_fixture_close(&fixture);
    changed[0].version = 2;
    fixture.options.specs = changed;
    assert_ok(open_raw());
    assert_true(sl_store_needs_rebuild(fixture.store));
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    assert_false(sl_store_needs_rebuild(fixture.store));
    sl_fixture_check(&fixture, 500);
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 500);
}

/* Takes a state table away, as damage to its name does. */
static void lose_table(const char *name)
{
    struct sl_env env;
    MDB_txn *txn;
    MDB_dbi table;
    assert_ok(sl_env_open(&env, fixture.dir, false, NULL));
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, name, 0, &table), 0);
    assert_int_equal(mdb_drop(txn, table, 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_env_close(&env);
}

static void a_lost_table_is_no_empty_one(void **state)
{
    (void)state;
    char name[64];
    sl_fixture_batches(&fixture, 5, 100);
    sl_fixture_close(&fixture);
    (void)snprintf(name, sizeof name, "state/%s", sl_fixture_specs[0].name);
    lose_table(name);

    for (int i = 0; i < 2; i++) { /* also when the first start ends before the rebuild */
        assert_ok(open_raw());
        assert_true(sl_store_needs_rebuild(fixture.store));
        sl_fixture_kill(&fixture);
    }
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 500);
}

static void a_file_cut_short_is_refused(void **state)
{
    (void)state;
    char path[4096];
    struct stat info;
    sl_fixture_batches(&fixture, 5, 100);
    sl_fixture_close(&fixture);
    (void)snprintf(path, sizeof path, "%s/data.mdb", fixture.dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size / 8), 0);

    assert_err(SL_E_CORRUPT, open_raw());
}

static enum sl_err apply_nothing(void *ctx, const struct sl_record *record)
{
    (void)ctx;
    (void)record;
    return SL_OK;
}

static void tables_that_are_gone_are_dropped_and_new_ones_filled(void **state)
{
    (void)state;
    static const struct sl_table_spec other[] = {{.name = "other", .row_size = 16, .version = 1}};
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_close(&fixture);

    fixture.options.specs = other;
    fixture.options.spec_count = 1;
    assert_ok(open_raw());
    assert_true(sl_store_needs_rebuild(fixture.store));
    assert_ok(sl_store_rebuild(fixture.store, apply_nothing, NULL, NULL, &diag));
    sl_fixture_close(&fixture);

    fixture.options.specs = sl_fixture_specs;
    fixture.options.spec_count = SL_FIXTURE_TABLE_COUNT;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 200);
}

static void what_the_journal_holds_is_applied_after_the_rebuild(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_checkpoint(&fixture);
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_kill(&fixture);
    changed[1].version = 9;
    fixture.options.specs = changed;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 400);
    sl_fixture_batches(&fixture, 1, 10);
    sl_fixture_check(&fixture, 410);
}

static void a_rebuild_may_be_asked_for_at_any_start(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_close(&fixture);
    assert_ok(open_raw());
    assert_false(sl_store_needs_rebuild(fixture.store));
    assert_ok(sl_store_rebuild(fixture.store, sl_fixture_apply, NULL, sl_store_state(fixture.store),
                               &diag));
    sl_fixture_check(&fixture, 200);
}

static void an_executor_is_not_needed(void **state)
{
    (void)state;
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_close(&fixture);
    changed[0].version = 2;
    fixture.options.specs = changed;
    fixture.options.executor = NULL;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 200);
}

static enum sl_err apply_until_150(void *ctx, const struct sl_record *record)
{
    return record->seq.v == 150 ? SL_E_OVERFLOW : sl_fixture_apply(ctx, record);
}

static void a_rebuild_cut_short_is_asked_for_again(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 2, 100);
    sl_fixture_close(&fixture);
    assert_ok(open_raw());
    assert_err(SL_E_OVERFLOW, sl_store_rebuild(fixture.store, apply_until_150, NULL,
                                               sl_store_state(fixture.store), &diag));
    assert_non_null(strstr(diag.message, "seq 150"));
    sl_fixture_close(&fixture);

    assert_ok(open_raw());
    assert_true(sl_store_needs_rebuild(fixture.store));
    sl_fixture_close(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 200);
}

static void count_progress(void *ctx, sl_seq done, sl_seq total)
{
    (void)ctx;
    static uint64_t before;
    assert_true(done.v > before || before > total.v);
    assert_true(done.v <= total.v);
    before = done.v;
}

static void rebuild_on_threads_overlaps_and_gives_the_same(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    struct sl_threads *threads;
    sl_fixture_batches(&fixture, 20, 1000);
    sl_fixture_close(&fixture);
    assert_ok(sl_threads_open(&threads));
    fixture.options.executor = sl_threads_executor(threads);
    assert_ok(open_raw());
    struct sl_state *live = sl_store_state(fixture.store);
    assert_ok(sl_store_rebuild(fixture.store, sl_fixture_apply, count_progress, live, &diag));
    sl_fixture_check(&fixture, 20000);
    sl_fixture_close(&fixture);
    sl_threads_close(threads);
    fixture.options.executor = &fixture.executor.base;
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 20000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_new_version_of_a_table_asks_for_a_rebuild_which_sets_it_right),
        T(a_lost_table_is_no_empty_one),
        T(a_file_cut_short_is_refused),
        T(tables_that_are_gone_are_dropped_and_new_ones_filled),
        T(what_the_journal_holds_is_applied_after_the_rebuild),
        T(a_rebuild_may_be_asked_for_at_any_start),
        T(an_executor_is_not_needed),
        T(a_rebuild_cut_short_is_asked_for_again),
        T(rebuild_on_threads_overlaps_and_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
