/* The state: layers over LMDB read like one sorted table, whatever was frozen, written, removed, rolled back or reopened; whether
 * rows lie on disk each by itself or packed. */
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/env.h"
#include "store/state_impl.h"

#define TABLES 2u
#define KEYS   700u

static struct sl_table_spec specs[TABLES];

/* How rows lie on disk. Small groups are split, emptied and begun anew all the time. */
static const struct form {
    const char *name;
    uint32_t packed_alpha, packed_beta;
} forms[] = {{"each by itself", 0, 0}, {"packed", 32, 16}, {"packed in small groups", 3, 1}};
static const struct form *form;

struct row {
    uint64_t value;
    uint64_t writes;
};

struct reference {
    struct row rows[KEYS];
    bool has[KEYS];
};

struct fixture {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_env env;
    struct sl_state *state;
    struct reference now;
    struct reference saved; /* at the savepoint */
};

static struct sl_key key_of(unsigned index)
{
    return (struct sl_key){index / 50, index % 50 * 1000000007ull};
}

static void open_env(struct fixture *fixture, bool is_new)
{
    assert_ok(sl_env_open(&fixture->env, fixture->dir, is_new, NULL));
    assert_ok(sl_env_open_tables(&fixture->env, specs, TABLES, false, NULL));
    assert_ok(sl_state_open_over(&fixture->env, specs, TABLES, &fixture->state, NULL));
}

static int set_up(void **state)
{
    specs[0] = (struct sl_table_spec){
        .name = "alpha", .row_size = 16, .version = 1, .packed_rows = form->packed_alpha};
    specs[1] = (struct sl_table_spec){
        .name = "beta", .row_size = 40, .version = 1, .packed_rows = form->packed_beta};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    sl_temp_dir_make(fixture->dir);
    open_env(fixture, true);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sl_state_close(fixture->state);
    sl_env_close(&fixture->env);
    sl_temp_dir_remove(fixture->dir);
    free(fixture);
    return 0;
}

static void write_frozen(struct fixture *fixture)
{
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(fixture->env.mdb, NULL, 0, &txn), 0);
    assert_ok(sl_state_write_frozen(fixture->state, &fixture->env, txn));
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void checkpoint(struct fixture *fixture)
{
    sl_state_freeze(fixture->state);
    write_frozen(fixture);
    assert_ok(sl_state_refresh(fixture->state));
}

static void put(struct fixture *fixture, unsigned index, uint64_t value)
{
    bool is_known_absent = !fixture->now.has[index] && value % 3 == 0;
    struct row *row = is_known_absent ? sl_state_insert(fixture->state, 0, key_of(index))
                                      : sl_state_upsert(fixture->state, 0, key_of(index));
    struct row *expected = &fixture->now.rows[index];
    if (!fixture->now.has[index]) {
        *expected = (struct row){0};
        fixture->now.has[index] = true;
    }
    assert_memory_equal(row, expected, sizeof *row);
    expected->value = value;
    expected->writes++;
    *row = *expected;
}

static void take(struct fixture *fixture, unsigned index)
{
    sl_state_remove(fixture->state, 0, key_of(index));
    fixture->now.has[index] = false;
}

static void check_one(struct fixture *fixture, unsigned index)
{
    const struct row *row = sl_state_get(fixture->state, 0, key_of(index));
    assert_int_equal(row != NULL, fixture->now.has[index]);
    if (row != NULL) {
        assert_memory_equal(row, &fixture->now.rows[index], sizeof *row);
    }
}

static void check_forward(struct fixture *fixture, unsigned from)
{
    struct sl_state_cursor cursor;
    sl_state_seek(fixture->state, 0, key_of(from), &cursor);
    for (unsigned i = from; i < KEYS; i++) {
        if (!fixture->now.has[i]) {
            continue;
        }
        assert_non_null(cursor.row);
        assert_int_equal(sl_key_compare(cursor.key, key_of(i)), 0);
        assert_memory_equal(cursor.row, &fixture->now.rows[i], sizeof(struct row));
        /* Looking elsewhere in between must not move the cursor. */
        check_one(fixture, (i * 7) % KEYS);
        sl_state_next(fixture->state, &cursor);
    }
    assert_null(cursor.row);
}

static void check_last(struct fixture *fixture, unsigned upto)
{
    struct sl_key key;
    const void *row;
    bool found = sl_state_last(fixture->state, 0, key_of(upto), &key, &row);
    unsigned count = upto + 1;
    while (count > 0 && !fixture->now.has[count - 1]) {
        count--;
    }
    assert_int_equal(found, count > 0);
    if (found) {
        assert_int_equal(sl_key_compare(key, key_of(count - 1)), 0);
        assert_memory_equal(row, &fixture->now.rows[count - 1], sizeof(struct row));
    }
}

static void check(struct fixture *fixture, struct sl_test_random *random)
{
    assert_ok(sl_state_error(fixture->state));
    check_forward(fixture, 0);
    check_forward(fixture, (unsigned)sl_test_random_below(random, KEYS));
    for (int i = 0; i < 20; i++) {
        check_last(fixture, (unsigned)sl_test_random_below(random, KEYS));
    }
}

static void change(struct fixture *fixture, struct sl_test_random *random, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned index = (unsigned)sl_test_random_below(random, KEYS);
        if (sl_test_random_below(random, 4) == 0) {
            take(fixture, index);
        } else {
            put(fixture, index, sl_test_random(random) % 1000);
        }
        check_one(fixture, (unsigned)sl_test_random_below(random, KEYS));
    }
}

static void layers_over_lmdb_read_like_one_table(void **state)
{
    struct fixture *fixture = *state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 60; round++) {
        change(fixture, &random, (unsigned)sl_test_random_below(&random, 300));
        check(fixture, &random);
        sl_state_freeze(fixture->state);
        change(fixture, &random, 40);
        check(fixture, &random); /* frozen, not written */
        write_frozen(fixture);
        change(fixture, &random, 40);
        check(fixture, &random); /* written, not looked at */
        assert_ok(sl_state_refresh(fixture->state));
        check(fixture, &random); /* a clean cache */
        if (round % 7 == 0) {
            sl_state_drop_cache(fixture->state);
            check(fixture, &random);
        }
    }
}

static void a_rollback_restores_every_row(void **state)
{
    struct fixture *fixture = *state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 60; round++) {
        change(fixture, &random, 30);
        fixture->saved = fixture->now;
        sl_state_savepoint(fixture->state);
        change(fixture, &random, 60);
        if (round % 2 == 0) {
            sl_state_rollback(fixture->state);
            fixture->now = fixture->saved;
        } else {
            sl_state_release(fixture->state);
        }
        check(fixture, &random);
        if (round % 5 == 0) {
            checkpoint(fixture);
            check(fixture, &random);
        }
    }
}

static void a_rolled_back_insert_gives_back_the_row_that_lay_below(void **state)
{
    struct fixture *fixture = *state;
    struct sl_key key = {7, 7};
    uint64_t *row = sl_state_insert(fixture->state, 0, key);
    *row = 41;
    checkpoint(fixture);

    sl_state_savepoint(fixture->state);
    row = sl_state_insert(fixture->state, 0, key);
    assert_int_equal(*row, 0);
    *row = 42;
    sl_state_rollback(fixture->state);

    const uint64_t *stored = sl_state_get(fixture->state, 0, key);
    assert_non_null(stored);
    assert_int_equal(*stored, 41);
}

static void a_checkpointed_state_is_there_after_reopening(void **state)
{
    struct fixture *fixture = *state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 10; round++) {
        change(fixture, &random, 200);
        checkpoint(fixture);
        sl_state_close(fixture->state);
        sl_env_close(&fixture->env);
        open_env(fixture, false);
        check(fixture, &random);
    }
}

static void tables_do_not_mix(void **state)
{
    struct fixture *fixture = *state;
    struct sl_key key = {5, 5};
    uint64_t *alpha = sl_state_upsert(fixture->state, 0, key);
    uint64_t *beta = sl_state_upsert(fixture->state, 1, key);
    *alpha = 1;
    *beta = 2;
    checkpoint(fixture);
    sl_state_remove(fixture->state, 0, key);
    assert_null(sl_state_get(fixture->state, 0, key));
    const uint64_t *row = sl_state_get(fixture->state, 1, key);
    assert_int_equal(*row, 2);
}

static void an_upserted_row_begins_with_zeros_or_with_what_stood_there(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t zeros[40];
    struct sl_key key = {1, 2};
    uint8_t *row = sl_state_upsert(fixture->state, 1, key);
    assert_memory_equal(row, zeros, sizeof zeros);
    memset(row, 7, 40);
    checkpoint(fixture);
    sl_state_drop_cache(fixture->state);
    row = sl_state_upsert(fixture->state, 1, key);
    assert_int_equal(row[39], 7);
    sl_state_remove(fixture->state, 1, key);
    row = sl_state_upsert(fixture->state, 1, key);
    assert_memory_equal(row, zeros, sizeof zeros);
}

static void a_row_made_and_removed_between_checkpoints_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    (void)sl_state_upsert(fixture->state, 0, (struct sl_key){1, 1});
    sl_state_remove(fixture->state, 0, (struct sl_key){1, 1});
    sl_state_remove(fixture->state, 0, (struct sl_key){1, 2});
    checkpoint(fixture);
    sl_state_drop_cache(fixture->state);
    uint8_t digest[32];
    uint64_t rows;
    assert_ok(sl_state_digest(fixture->state, 0, digest, &rows));
    assert_int_equal(rows, 0);
}

static void rows_in_lmdb_are_aligned_for_direct_use(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t i = 0; i < 5000; i++) {
        uint64_t *row = sl_state_insert(fixture->state, 1, (struct sl_key){i * 7919 % 5000, i});
        *row = i;
    }
    checkpoint(fixture);
    sl_state_drop_cache(fixture->state);
    for (uint64_t i = 0; i < 5000; i++) {
        const uint64_t *row = sl_state_get(fixture->state, 1, (struct sl_key){i * 7919 % 5000, i});
        assert_non_null(row);
        assert_int_equal((uintptr_t)row % 8, 0);
        assert_int_equal(*row, i);
    }
}

static void a_row_of_the_wrong_size_on_disk_is_damage_and_sticks(void **state)
{
    struct fixture *fixture = *state;
    (void)sl_state_insert(fixture->state, 0, (struct sl_key){9, 9});
    checkpoint(fixture);
    MDB_txn *txn;
    uint8_t bytes[SL_KEY_BYTES];
    uint8_t short_row[8];
    memset(short_row, 0xff, sizeof short_row); /* no group either */
    sl_key_put(bytes, (struct sl_key){1, 1});
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {sizeof short_row, short_row};
    assert_int_equal(mdb_txn_begin(fixture->env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, fixture->env.tables[0], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_ok(sl_state_refresh(fixture->state));

    assert_null(sl_state_get(fixture->state, 0, (struct sl_key){1, 1}));
    assert_err(SL_E_CORRUPT, sl_state_error(fixture->state));
    uint64_t *spare = sl_state_upsert(fixture->state, 0, (struct sl_key){2, 2});
    assert_non_null(spare);
    *spare = 1;
    assert_null(sl_state_get(fixture->state, 0, (struct sl_key){2, 2}));
    assert_err(SL_E_CORRUPT, sl_state_error(fixture->state));
}

/* Has the bytes of a stored value flipped at one place, or moved to another key. */
static void
change_value(struct fixture *fixture, struct sl_key from, struct sl_key to, size_t flip_at)
{
    MDB_txn *txn;
    uint8_t bytes[SL_KEY_BYTES];
    uint8_t copy[256];
    sl_key_put(bytes, from);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    assert_int_equal(mdb_txn_begin(fixture->env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, fixture->env.tables[0], &key, &value), 0);
    assert_true(value.mv_size <= sizeof copy);
    memcpy(copy, value.mv_data, value.mv_size);
    if (flip_at < value.mv_size) {
        copy[flip_at] ^= 1;
    }
    value.mv_data = copy;
    assert_int_equal(mdb_del(txn, fixture->env.tables[0], &key, NULL), 0);
    sl_key_put(bytes, to);
    assert_int_equal(mdb_put(txn, fixture->env.tables[0], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_state_drop_cache(fixture->state);
    enum sl_err err =
        sl_state_refresh(fixture->state); /* of a packed table it reads the last group */
    assert_true(err == SL_OK || err == SL_E_CORRUPT);
}

static void a_flipped_bit_of_a_stored_row_is_damage(void **state)
{
    struct fixture *fixture = *state;
    struct sl_key key = {9, 9};
    memset(sl_state_insert(fixture->state, 0, key), 0x5a, 16);
    checkpoint(fixture);
    sl_state_drop_cache(fixture->state);
    assert_non_null(sl_state_get(fixture->state, 0, key));

    change_value(fixture, key, key, 3);

    assert_null(sl_state_get(fixture->state, 0, key));
    assert_err(SL_E_CORRUPT, sl_state_error(fixture->state));
}

static void a_sound_row_in_the_place_of_another_is_damage(void **state)
{
    struct fixture *fixture = *state;
    memset(sl_state_insert(fixture->state, 0, (struct sl_key){9, 9}), 0x5a, 16);
    checkpoint(fixture);

    change_value(fixture, (struct sl_key){9, 9}, (struct sl_key){9, 8}, SIZE_MAX);

    assert_null(sl_state_get(fixture->state, 0, (struct sl_key){9, 8}));
    assert_err(SL_E_CORRUPT, sl_state_error(fixture->state));
}

static void an_open_cursor_ends_when_the_disk_below_it_has_become_empty(void **state)
{
    struct fixture *fixture = *state;
    struct sl_state_cursor cursor;
    (void)sl_state_insert(fixture->state, 0, (struct sl_key){9, 9});
    checkpoint(fixture);
    sl_state_drop_cache(fixture->state);
    sl_state_remove(fixture->state, 0, (struct sl_key){9, 9});
    sl_state_freeze(fixture->state);
    (void)sl_state_insert(fixture->state, 0, (struct sl_key){5, 5});
    write_frozen(fixture);

    sl_state_seek(fixture->state, 0, (struct sl_key){0, 0}, &cursor);
    assert_non_null(cursor.row);
    assert_ok(sl_state_refresh(fixture->state));
    sl_state_next(fixture->state, &cursor);

    assert_null(cursor.row);
    assert_ok(sl_state_error(fixture->state));
}

/* Puts a group of alpha under the key, sealed. */
static void put_group(struct fixture *fixture, struct sl_key key, const uint8_t *bytes, size_t len)
{
    MDB_txn *txn;
    uint8_t key_bytes[SL_KEY_BYTES];
    uint8_t sealed[SL_GROUP_BYTES_MAX];
    sl_key_put(key_bytes, key);
    memcpy(sealed, bytes, len);
    uint32_t seal = sl_value_seal(sl_value_seal_begin("alpha"), key_bytes, bytes, len);
    memcpy(sealed + len, &seal, sizeof seal);
    MDB_val mdb_key = {sizeof key_bytes, key_bytes};
    MDB_val value = {len + sizeof seal, sealed};
    assert_int_equal(mdb_txn_begin(fixture->env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, fixture->env.tables[0], &mdb_key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

/* Writing the row of one more key into it must unpack the group. */
static enum sl_err write_beside(struct fixture *fixture, struct sl_key key)
{
    MDB_txn *txn;
    (void)sl_state_insert(fixture->state, 0, key);
    sl_state_freeze(fixture->state);
    assert_int_equal(mdb_txn_begin(fixture->env.mdb, NULL, 0, &txn), 0);
    enum sl_err err = sl_state_write_frozen(fixture->state, &fixture->env, txn);
    mdb_txn_abort(txn);
    return err;
}

static void groups_that_overlap_are_damage_to_readers_and_writers(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t far[] = {0x00, 0x00, 0x10, 0x00, 0x63}; /* its own key; lo + 99 */
    static const uint8_t near[] = {0x00, 0x00};
    struct sl_state_cursor cursor;
    if (form->packed_alpha == 0) {
        skip();
    }
    put_group(fixture, (struct sl_key){1, 1}, far, sizeof far);
    put_group(fixture, (struct sl_key){1, 50}, near, sizeof near);
    assert_ok(sl_state_refresh(fixture->state));

    assert_err(SL_E_CORRUPT, write_beside(fixture, (struct sl_key){1, 2}));

    sl_state_seek(fixture->state, 0, (struct sl_key){1, 90}, &cursor);
    while (cursor.row != NULL) {
        sl_state_next(fixture->state, &cursor);
    }
    sl_state_seek(fixture->state, 0, (struct sl_key){1, 1}, &cursor);
    while (cursor.row != NULL) {
        sl_state_next(fixture->state, &cursor);
    }
    assert_err(SL_E_CORRUPT, sl_state_error(fixture->state));
}

static void a_group_of_more_rows_than_any_may_have_is_damage(void **state)
{
    struct fixture *fixture = *state;
    uint8_t rows[2 + SL_GROUP_ROWS_MAX * 3] = {0x00, 0x00}; /* its own key */
    if (form->packed_alpha == 0) {
        skip();
    }
    for (size_t i = 0; i < SL_GROUP_ROWS_MAX; i++) {
        rows[2 + i * 3] = 0x10; /* lo + 1, a row of zeros */
        rows[2 + i * 3 + 2] = 0x01;
    }
    put_group(fixture, (struct sl_key){1, 1}, rows, sizeof rows - 3);
    assert_ok(sl_state_refresh(fixture->state));
    assert_ok(write_beside(fixture, (struct sl_key){1, 1000}));

    put_group(fixture, (struct sl_key){1, 1}, rows, sizeof rows);
    assert_ok(sl_state_refresh(fixture->state));
    assert_err(SL_E_CORRUPT, write_beside(fixture, (struct sl_key){1, 1000}));
}

static void a_scratch_state_needs_no_disk(void **state)
{
    (void)state;
    struct sl_state *scratch;
    assert_ok(sl_state_open_scratch(specs, TABLES, &scratch));
    uint64_t *row = sl_state_upsert(scratch, 0, (struct sl_key){1, 1});
    *row = 9;
    const uint64_t *same = sl_state_get(scratch, 0, (struct sl_key){1, 1});
    assert_int_equal(*same, 9);
    struct sl_key key;
    const void *last;
    assert_true(sl_state_last(scratch, 0, (struct sl_key){UINT64_MAX, 0}, &key, &last));
    assert_int_equal(key.hi, 1);
    sl_state_close(scratch);
    sl_state_close(NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(layers_over_lmdb_read_like_one_table),
        T(a_rollback_restores_every_row),
        T(a_rolled_back_insert_gives_back_the_row_that_lay_below),
        T(a_checkpointed_state_is_there_after_reopening),
        T(tables_do_not_mix),
        T(an_upserted_row_begins_with_zeros_or_with_what_stood_there),
        T(a_row_made_and_removed_between_checkpoints_leaves_nothing),
        T(rows_in_lmdb_are_aligned_for_direct_use),
        T(a_row_of_the_wrong_size_on_disk_is_damage_and_sticks),
        T(a_flipped_bit_of_a_stored_row_is_damage),
        T(a_sound_row_in_the_place_of_another_is_damage),
        T(an_open_cursor_ends_when_the_disk_below_it_has_become_empty),
        T(groups_that_overlap_are_damage_to_readers_and_writers),
        T(a_group_of_more_rows_than_any_may_have_is_damage),
        T(a_scratch_state_needs_no_disk),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        form = &forms[i];
        failed += cmocka_run_group_tests_name(form->name, tests, NULL, NULL);
    }
    return failed;
}
