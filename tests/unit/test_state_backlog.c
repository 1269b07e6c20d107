/* The backlog of a state: whoever derives its rows, a reader or a checkpoint, at whatever moment, all read the same; and what cannot
 * be derived is never taken for written. */
#include "lib/test.h"

#include <stdlib.h>

#include "lib/backlog.h"
#include "store/env.h"
#include "store/state_impl.h"

#define KEYS 40u

/* ── a state over LMDB, and what it should hold ── */

struct model {
    struct sl_test_sums_row sums[KEYS];
    uint64_t last[KEYS];
};

struct fixture {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_env env;
    struct sl_state *state;
    struct sl_test_backlog backlog;
    struct model now, saved;
    struct sl_test_random random;
};

static void open_env(struct fixture *f, bool is_new)
{
    assert_ok(sl_env_open(&f->env, f->dir, is_new, NULL));
    assert_ok(sl_env_open_tables(&f->env, sl_test_backlog_specs, SL_TEST_TABLES, false, NULL));
    assert_ok(sl_state_open_over(&f->env, sl_test_backlog_specs, SL_TEST_TABLES, &f->state, NULL));
    sl_test_backlog_init(&f->backlog, f->state);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    sl_temp_dir_make(f->dir);
    open_env(f, true);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_state_close(f->state);
    sl_env_close(&f->env);
    sl_temp_dir_remove(f->dir);
    free(f);
    return 0;
}

static void close_and_open(struct fixture *f)
{
    sl_state_close(f->state);
    sl_env_close(&f->env);
    open_env(f, false);
}

static void add(struct fixture *f, unsigned index, uint64_t value)
{
    sl_test_backlog_add(&f->backlog, index, value);
    f->now.sums[index].sum += value;
    f->now.sums[index].count++;
    f->now.last[index] = value;
}

static void add_random(struct fixture *f, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = sl_test_random_below(&f->random, 4); /* a quarter take out */
        add(f, (unsigned)sl_test_random_below(&f->random, KEYS), value);
    }
}

static enum sl_err write_frozen(struct fixture *f)
{
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, 0, &txn), 0);
    enum sl_err err = sl_state_write_frozen(f->state, &f->env, txn);
    if (err == SL_OK) {
        assert_int_equal(mdb_txn_commit(txn), 0);
    } else {
        mdb_txn_abort(txn);
    }
    return err;
}

static void checkpoint(struct fixture *f)
{
    sl_state_freeze(f->state);
    assert_ok(write_frozen(f));
    assert_ok(sl_state_refresh(f->state));
}

static void save(struct fixture *f)
{
    f->saved = f->now;
    sl_test_backlog_savepoint(&f->backlog);
    sl_state_savepoint(f->state);
}

static void roll_back(struct fixture *f)
{
    sl_state_rollback(f->state);
    sl_test_backlog_rollback(&f->backlog);
    f->now = f->saved;
}

static void check_key(struct fixture *f, unsigned index)
{
    const struct sl_test_sums_row *sums =
        sl_state_get(f->state, SL_TEST_SUMS, sl_test_backlog_key(index));
    const uint64_t *last = sl_state_get(f->state, SL_TEST_LAST, sl_test_backlog_key(index));
    assert_int_equal(sums != NULL ? sums->sum : 0, f->now.sums[index].sum);
    assert_int_equal(sums != NULL ? sums->count : 0, f->now.sums[index].count);
    assert_int_equal(last != NULL ? *last : 0, f->now.last[index]);
}

static void check_last_in_order(struct fixture *f)
{
    struct sl_state_cursor cursor;
    sl_state_seek(f->state, SL_TEST_LAST, (struct sl_key){0, 0}, &cursor);
    for (unsigned i = 0; i < KEYS; i++) {
        if (f->now.last[i] != 0) {
            assert_non_null(cursor.row);
            assert_int_equal(sl_key_compare(cursor.key, sl_test_backlog_key(i)), 0);
            sl_state_next(f->state, &cursor);
        }
    }
    assert_null(cursor.row);
}

/* What is there, without settling. */
static void check_rows(struct fixture *f)
{
    for (unsigned i = 0; i < KEYS; i++) {
        check_key(f, i);
    }
    check_last_in_order(f);
    assert_ok(sl_state_error(f->state));
}

static void check(struct fixture *f)
{
    sl_state_settle(f->state);
    check_rows(f);
}

/* ── who derives the rows ── */

static void a_reader_has_the_rows_settled(void **state)
{
    struct fixture *f = *state;
    add(f, 3, 5);
    assert_null(sl_state_get(f->state, SL_TEST_SUMS, sl_test_backlog_key(3)));

    check(f);
}

static void a_checkpoint_writes_the_rows_that_a_reader_would_have(void **state)
{
    struct fixture *f = *state;
    struct sl_state *scratch;
    struct sl_test_backlog *other = calloc(1, sizeof *other);
    assert_non_null(other);
    assert_ok(sl_state_open_scratch(sl_test_backlog_specs, SL_TEST_TABLES, &scratch));
    sl_test_backlog_init(other, scratch);
    sl_test_random_init(&f->random);
    for (int round = 0; round < 20; round++) {
        add_random(f, (unsigned)sl_test_random_below(&f->random, 100));
        other->active = f->backlog.active;
        sl_state_settle(scratch);
        other->active.count = other->active.read = 0;

        checkpoint(f);
        sl_state_drop_cache(f->state);

        check_rows(f);
        for (unsigned table = SL_TEST_SUMS; table <= SL_TEST_LAST; table++) {
            uint8_t written[32];
            uint8_t settled[32];
            uint64_t counts[2];
            assert_ok(sl_state_digest(f->state, table, written, &counts[0]));
            assert_ok(sl_state_digest(scratch, table, settled, &counts[1]));
            assert_int_equal(counts[0], counts[1]);
            assert_memory_equal(written, settled, sizeof written);
        }
    }
    sl_test_backlog_end(other);
    sl_state_close(scratch);
    free(other);
}

static void a_digest_counts_what_waits(void **state)
{
    struct fixture *f = *state;
    uint8_t digest[32];
    uint64_t count;
    add(f, 1, 1);
    add(f, 2, 1);

    assert_ok(sl_state_digest(f->state, SL_TEST_SUMS, digest, &count));

    assert_int_equal(count, 2);
}

static void written_rows_are_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 7);
    check(f); /* in the active layer too */
    add(f, 1, 8);
    checkpoint(f);

    close_and_open(f);

    check_rows(f);
}

/* ── moments of a checkpoint ── */

static void between_freeze_and_refresh_a_reader_has_both_parts(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    sl_state_freeze(f->state);
    add(f, 1, 2);
    add(f, 2, 3);
    check(f);

    assert_ok(write_frozen(f));
    add(f, 2, 4);
    check(f);
    assert_ok(sl_state_refresh(f->state));

    check_rows(f);
}

/* A reader settles a part, more comes, and the frozen layer has the rows of that part alone. */
static void nothing_of_an_earlier_reader_is_seen_after_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    add(f, 2, 5);
    check(f);
    add(f, 1, 2);
    add(f, 2, 0);
    add(f, 3, 9);

    checkpoint(f);

    check_rows(f);
}

static bool one_in(struct fixture *f, uint64_t count)
{
    return sl_test_random_below(&f->random, count) == 0;
}

/* A batch that asks now and then, and is taken back or not. */
static void try_batch(struct fixture *f)
{
    save(f);
    add_random(f, (unsigned)sl_test_random_below(&f->random, 8));
    if (one_in(f, 2)) {
        check(f);
        add_random(f, 3);
    }
    if (one_in(f, 4)) {
        check(f);
    }
    if (one_in(f, 3)) {
        sl_state_release(f->state);
    } else {
        roll_back(f);
    }
}

enum phase {
    IDLE,
    FROZEN,
    WRITTEN,
};

static enum phase go_on_with_checkpoint(struct fixture *f, enum phase phase)
{
    switch (phase) {
    case IDLE: sl_state_freeze(f->state); return FROZEN;
    case FROZEN: assert_ok(write_frozen(f)); return WRITTEN;
    case WRITTEN: assert_ok(sl_state_refresh(f->state)); return IDLE;
    }
    return phase;
}

static void random_readers_and_checkpoints_agree_with_the_model(void **state)
{
    struct fixture *f = *state;
    enum phase phase = IDLE;
    sl_test_random_init(&f->random);
    for (int step = 0; step < 3000; step++) {
        uint64_t choice = sl_test_random_below(&f->random, 10);
        if (choice < 5) {
            add_random(f, (unsigned)sl_test_random_below(&f->random, 8));
        } else if (choice < 7) {
            check(f);
        } else if (choice == 7) {
            try_batch(f);
        } else {
            phase = go_on_with_checkpoint(f, phase);
        }
    }
    check(f);
}

/* ── savepoints ── */

static void a_rollback_takes_back_what_was_settled_since(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    save(f);
    add(f, 1, 2);
    add(f, 2, 3);
    sl_state_settle(f->state);
    add(f, 3, 4);
    sl_state_settle(f->state);

    roll_back(f);

    check_rows(f); /* what came before stays settled */
    check(f);
}

static void a_rollback_while_a_checkpoint_runs_hides_nothing_of_it(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    sl_state_freeze(f->state);
    save(f);
    add(f, 1, 2);
    sl_state_settle(f->state);
    roll_back(f);
    assert_ok(write_frozen(f));
    assert_ok(sl_state_refresh(f->state));

    check(f);
}

static void only_rows_of_what_came_since_the_savepoint_are_noted(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    sl_state_freeze(f->state);
    add(f, 2, 2);
    save(f);

    sl_state_settle(f->state);
    assert_int_equal(f->state->undo.len, 0);
    add(f, 3, 3);
    sl_state_settle(f->state);

    assert_true(f->state->undo.len > 0);
    roll_back(f);
    check(f);
}

/* ── what is said of it ── */

static void what_waits_counts_as_unclean_and_as_memory(void **state)
{
    struct fixture *f = *state;
    assert_true(sl_state_is_clean(f->state));
    size_t before = sl_state_bytes(f->state);
    size_t active_before = sl_state_active_bytes(f->state);

    add(f, 1, 1);
    assert_false(sl_state_is_clean(f->state));
    assert_int_equal(sl_state_bytes(f->state), before + sizeof(struct sl_test_item));
    assert_int_equal(sl_state_active_bytes(f->state), active_before + sizeof(struct sl_test_item));
    sl_state_freeze(f->state);
    assert_true(sl_state_is_clean(f->state));
    assert_int_equal(sl_state_active_bytes(f->state), active_before);
    assert_int_equal(sl_state_bytes(f->state), before + sizeof(struct sl_test_item));

    assert_ok(write_frozen(f));
    assert_ok(sl_state_refresh(f->state));
    assert_int_equal(sl_state_bytes(f->state), before);
}

static void what_waits_counts_as_pages_to_be_written_anew(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < KEYS; i++) {
        add(f, i, i);
    }
    checkpoint(f);
    sl_state_drop_cache(f->state);
    assert_int_equal(sl_state_rewrite_bytes(f->state, true), 0);

    add(f, 1, 1);
    uint64_t bytes_of_both = sl_state_rewrite_bytes(f->state, false);
    assert_true(bytes_of_both > 0);
    sl_state_freeze(f->state);

    assert_int_equal(sl_state_rewrite_bytes(f->state, false), 0);
    assert_int_equal(sl_state_rewrite_bytes(f->state, true), bytes_of_both);
}

/* ── failures ── */

static void a_sink_that_fails_fails_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    sl_state_freeze(f->state);
    f->backlog.write_err = SL_E_NO_MEMORY;

    assert_err(SL_E_NO_MEMORY, write_frozen(f));

    check(f); /* what was not written is still read */
}

static void a_sink_that_fails_under_a_reader_fails_the_state(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    f->backlog.settle_err = SL_E_NO_MEMORY;

    sl_state_settle(f->state);

    assert_err(SL_E_NO_MEMORY, sl_state_error(f->state));
    assert_null(sl_state_get(f->state, SL_TEST_SUMS, sl_test_backlog_key(1)));
    sl_state_settle(f->state);
    assert_int_equal(f->backlog.settles, 1);
}

static void a_row_of_the_wrong_size_on_disk_fails_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    MDB_txn *txn;
    uint8_t key_bytes[SL_KEY_BYTES];
    uint8_t short_row[8] = {0};
    sl_key_put(key_bytes, sl_test_backlog_key(1));
    MDB_val key = {sizeof key_bytes, key_bytes};
    MDB_val value = {sizeof short_row, short_row};
    assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, f->env.tables[SL_TEST_SUMS], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    add(f, 1, 1);
    sl_state_freeze(f->state);

    assert_err(SL_E_CORRUPT, write_frozen(f));
}

/* ── beginning and end ── */

static void rows_of_an_ended_backlog_are_written_from_the_layers(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    checkpoint(f);
    add(f, 1, 2);
    add(f, 2, 3);
    sl_test_backlog_end(&f->backlog);

    checkpoint(f);
    sl_state_drop_cache(f->state);

    check_rows(f);
}

static void a_backlog_that_follows_another_keeps_its_rows(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    add(f, 2, 3);
    sl_test_backlog_end(&f->backlog);
    sl_test_backlog_init(&f->backlog, f->state);
    add(f, 1, 2);
    check(f);
    add(f, 1, 4);

    checkpoint(f);
    check_rows(f);
    add(f, 2, 5);
    checkpoint(f);

    check_rows(f);
}

/* The layer that is frozen would lack rows that nothing else can give any more. */
static void rows_left_by_another_backlog_are_not_written_in_part(void **state)
{
    struct fixture *f = *state;
    add(f, 1, 1);
    sl_test_backlog_end(&f->backlog);
    sl_test_backlog_init(&f->backlog, f->state);
    add(f, 1, 2);
    f->backlog.settle_err = SL_E_NO_MEMORY;

    sl_state_freeze(f->state);

    assert_err(SL_E_NO_MEMORY, write_frozen(f));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_reader_has_the_rows_settled),
        T(a_checkpoint_writes_the_rows_that_a_reader_would_have),
        T(a_digest_counts_what_waits),
        T(written_rows_are_there_after_reopening),
        T(between_freeze_and_refresh_a_reader_has_both_parts),
        T(nothing_of_an_earlier_reader_is_seen_after_the_checkpoint),
        T(random_readers_and_checkpoints_agree_with_the_model),
        T(a_rollback_takes_back_what_was_settled_since),
        T(a_rollback_while_a_checkpoint_runs_hides_nothing_of_it),
        T(only_rows_of_what_came_since_the_savepoint_are_noted),
        T(what_waits_counts_as_unclean_and_as_memory),
        T(what_waits_counts_as_pages_to_be_written_anew),
        T(a_sink_that_fails_fails_the_checkpoint),
        T(a_sink_that_fails_under_a_reader_fails_the_state),
        T(a_row_of_the_wrong_size_on_disk_fails_the_checkpoint),
        T(rows_of_an_ended_backlog_are_written_from_the_layers),
        T(a_backlog_that_follows_another_keeps_its_rows),
        T(rows_left_by_another_backlog_are_not_written_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
