/* A key or value of LMDB that has another size than it can have is found, in every table and at its ends: when the ledger is opened, read
 * or verified. */
#include "lib/test.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store_fixture.h"

#define MAP_BYTES ((size_t)1 << 30)
#define TABLES    32u

enum damage { VALUE_CUT, VALUE_LONGER, VALUE_EMPTY, KEY_CUT, DAMAGES };
enum place { FIRST, SECOND, LAST, PLACES };

static struct sl_fixture whole;

static int set_up(void **state)
{
    (void)state;
    sl_fixture_init(&whole);
    sl_fixture_open(&whole);
    sl_fixture_batches(&whole, 10, 50);
    sl_fixture_checkpoint(&whole);
    sl_fixture_close(&whole);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_temp_dir_remove(whole.dir);
    return 0;
}

/* False if the table has no such entry. */
static bool damage_entry(MDB_txn *txn, const char *table, enum place place, enum damage damage)
{
    static uint8_t bytes[1 << 16];
    uint8_t key_bytes[64];
    MDB_dbi dbi;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    int code = mdb_cursor_get(cursor, &key, &value, place == LAST ? MDB_LAST : MDB_FIRST);
    if (code == 0 && place == SECOND) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (code != 0) {
        return false;
    }
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    memcpy(key_bytes, key.mv_data, key.mv_size);
    key.mv_data = key_bytes;
    value.mv_data = bytes;
    assert_int_equal(mdb_cursor_del(cursor, 0), 0);
    switch (damage) {
    case VALUE_CUT: value.mv_size--; break;
    case VALUE_LONGER: value.mv_size++; break;
    case VALUE_EMPTY: value.mv_size = 0; break;
    case KEY_CUT: key.mv_size--; break;
    case DAMAGES: break;
    }
    assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
    mdb_cursor_close(cursor);
    return true;
}

static bool damage_ledger(const char *dir, const char *table, enum place place, enum damage damage)
{
    MDB_env *env;
    MDB_txn *txn;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, TABLES), 0);
    assert_int_equal(mdb_env_set_mapsize(env, MAP_BYTES), 0);
    assert_int_equal(mdb_env_open(env, dir, MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    bool is_done = damage_entry(txn, table, place, damage);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    return is_done;
}

/* The last entry of meta says which state tables there are: where it cannot be read they are made anew. And a key of a state table that
 * is cut may lie before all that is ever looked for: that a row is missing then, only a replay tells. */
static bool is_found_otherwise(const char *table, enum place place, enum damage damage)
{
    bool is_state = strncmp(table, "state/", 6) == 0;
    return (strcmp(table, "meta") == 0 && place == LAST) || (is_state && damage == KEY_CUT);
}

/* What a start, a reader of everything and a check say. */
static enum sl_err look_at(struct sl_fixture *f, struct sl_diag *diag)
{
    enum sl_err err = sl_fixture_try_open(f, diag);
    if (err == SL_OK) {
        err = sl_fixture_try_read(f);
    }
    return err == SL_OK ? sl_store_verify(f->store, NULL, NULL, diag) : err;
}

static void try_damage(const char *table, enum place place, enum damage damage)
{
    struct sl_diag diag = {0};
    struct sl_fixture f = {
        .options = {.specs = sl_fixture_specs, .spec_count = SL_FIXTURE_TABLE_COUNT}};
    sl_temp_dir_copy(whole.dir, f.dir);
    if (damage_ledger(f.dir, table, place, damage)) {
        enum sl_err err = look_at(&f, &diag);
        if (err != SL_E_CORRUPT && err != SL_E_FORMAT && err != SL_E_NOT_LEDGER) {
            fail_msg("%s: damage %d at %d: %s", table, (int)damage, (int)place, sl_err_name(err));
        }
    }
    sl_fixture_deinit(&f);
}

static void sizes_are_checked_everywhere(void **state)
{
    (void)state;
    static const char *const tables[] = {"log",          "tree",       "meta",
                                         "state/totals", "state/last", "state/packed"};
    for (size_t i = 0; i < COUNT(tables); i++) {
        for (enum place place = FIRST; place < PLACES; place++) {
            for (enum damage damage = VALUE_CUT; damage < DAMAGES; damage++) {
                if (!is_found_otherwise(tables[i], place, damage)) {
                    try_damage(tables[i], place, damage);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sizes_are_checked_everywhere, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
