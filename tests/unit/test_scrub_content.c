/* Sound pages that hold what the ledger never wrote: the scrubber names the place, in portions of any size. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/big_endian.h"
#include "lib/store_fixture.h"
#include "store/meta.h"
#include "store/row_seal.h"
#include "store/scrub.h"

#define RECORDS      300u
#define BIG          ((size_t)5000) /* more than a page keeps beside others */
#define READERS_MAX  1000u
#define PORTIONS_MAX 100000u

struct fixture {
    struct sl_fixture store;
    struct sl_env env;
    struct sl_scrub scrub;
};

static void open_env(struct fixture *f)
{
    assert_ok(sl_env_open(&f->env, f->store.dir, false, NULL));
    assert_ok(sl_env_open_tables(&f->env, sl_fixture_specs, SL_FIXTURE_TABLE_COUNT, true, NULL));
}

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    sl_fixture_init(&fixture.store);
    sl_fixture_open(&fixture.store);
    sl_fixture_batches(&fixture.store, 3, RECORDS / 3);
    sl_fixture_checkpoint(&fixture.store);
    sl_fixture_close(&fixture.store);
    open_env(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_scrub_close(&f->scrub);
    sl_env_close(&f->env);
    sl_fixture_deinit(&f->store);
    return 0;
}

/* ── rows as LMDB takes them ──────────────────────────────────────────────────────────────────────────────────── */

static void put(MDB_txn *txn, MDB_dbi table, MDB_val key, const void *bytes, size_t len)
{
    uint8_t copy[BIG];
    assert_true(len <= sizeof copy);
    memcpy(copy, bytes, len); /* what a get has given moves when something is put */
    MDB_val value = {len, copy};
    assert_int_equal(mdb_put(txn, table, &key, &value, 0), 0);
}

static MDB_val get(MDB_txn *txn, MDB_dbi table, MDB_val key)
{
    MDB_val value;
    assert_int_equal(mdb_get(txn, table, &key, &value), 0);
    return value;
}

/* Put anew with the first bytes as they were, as long as that. */
static void put_len(MDB_txn *txn, MDB_dbi table, MDB_val key, size_t len)
{
    uint8_t bytes[BIG] = {0};
    MDB_val value = get(txn, table, key);
    memcpy(bytes, value.mv_data, value.mv_size < len ? value.mv_size : len);
    put(txn, table, key, bytes, len);
}

static void flip(MDB_txn *txn, MDB_dbi table, MDB_val key, size_t at)
{
    uint8_t bytes[BIG];
    MDB_val value = get(txn, table, key);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[at] ^= 4;
    put(txn, table, key, bytes, value.mv_size);
}

static MDB_val number_key(uint8_t bytes[9], uint64_t number)
{
    sl_be64_put(bytes, number);
    bytes[8] = 0;
    return (MDB_val){8, bytes};
}

static MDB_val text_key(char *text)
{
    return (MDB_val){strlen(text), text};
}

/* The first of a table. */
static MDB_val first_key(MDB_txn *txn, MDB_dbi table, uint8_t bytes[SL_KEY_BYTES])
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    assert_int_equal(mdb_cursor_open(txn, table, &cursor), 0);
    assert_int_equal(mdb_cursor_get(cursor, &key, &value, MDB_FIRST), 0);
    assert_int_equal(key.mv_size, SL_KEY_BYTES);
    memcpy(bytes, key.mv_data, SL_KEY_BYTES);
    mdb_cursor_close(cursor);
    return (MDB_val){SL_KEY_BYTES, bytes};
}

/* ── damages ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void lose_a_record(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, 100);
    assert_int_equal(mdb_del(txn, env->log, &key, NULL), 0);
}

static void lose_the_last_record(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, RECORDS);
    assert_int_equal(mdb_del(txn, env->log, &key, NULL), 0);
}

static void lose_all_records(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->log, 0), 0);
}

static void add_a_record_under_a_longer_key(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, 100);
    MDB_val record = get(txn, env->log, key);
    put(txn, env->log, (MDB_val){9, bytes}, record.mv_data, record.mv_size);
}

static void damage_a_record(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    flip(txn, env->log, number_key(bytes, 100), 30);
}

static void swap_a_record(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val record = get(txn, env->log, number_key(bytes, 101));
    put(txn, env->log, number_key(bytes, 100), record.mv_data, record.mv_size);
}

static void lose_a_group_of_nodes(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, 1);
    assert_int_equal(mdb_del(txn, env->tree, &key, NULL), 0);
}

static void lose_all_nodes(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->tree, 0), 0);
}

static void lose_the_last_group_of_nodes(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, (sl_merkle_node_count(RECORDS) - 1) / SL_TREE_GROUP_NODES);
    assert_int_equal(mdb_del(txn, env->tree, &key, NULL), 0);
}

static void add_a_group_under_a_longer_key(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    MDB_val key = number_key(bytes, 1);
    MDB_val nodes = get(txn, env->tree, key);
    put(txn, env->tree, (MDB_val){9, bytes}, nodes.mv_data, nodes.mv_size);
    assert_int_equal(mdb_del(txn, env->tree, &key, NULL), 0);
}

static void cut_a_group_of_nodes(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    put_len(txn, env->tree, number_key(bytes, 1), SL_SHA256_BYTES - 1);
}

static void lengthen_a_group_of_nodes(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[9];
    put_len(txn, env->tree, number_key(bytes, 1), BIG);
}

static void lose_the_tree(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->tree, 1), 0);
}

static void make_the_tree_a_value(const struct sl_env *env, MDB_txn *txn)
{
    MDB_dbi tables;
    char name[] = "tree";
    assert_int_equal(mdb_drop(txn, env->tree, 1), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &tables), 0);
    put(txn, tables, text_key(name), "oak", 3);
}

static void lose_the_log(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->log, 1), 0);
}

static void lose_meta(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->meta, 1), 0);
}

static void lose_the_head(const struct sl_env *env, MDB_txn *txn)
{
    char name[] = "head";
    MDB_val key = text_key(name);
    assert_int_equal(mdb_del(txn, env->meta, &key, NULL), 0);
}

static void cut_the_head(const struct sl_env *env, MDB_txn *txn)
{
    char name[] = "head";
    put_len(txn, env->meta, text_key(name), sizeof(struct sl_meta_head) - 1);
}

static void lengthen_the_head(const struct sl_env *env, MDB_txn *txn)
{
    char name[] = "head";
    put_len(txn, env->meta, text_key(name), BIG);
}

static void name_another_length(const struct sl_env *env, MDB_txn *txn)
{
    char name[] = "head";
    flip(txn, env->meta, text_key(name), offsetof(struct sl_meta_head, checkpointed));
}

static void name_another_root(const struct sl_env *env, MDB_txn *txn)
{
    char name[] = "head";
    flip(txn, env->meta, text_key(name), offsetof(struct sl_meta_head, root));
}

static void lose_a_table(const struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_drop(txn, env->tables[SL_FIXTURE_LAST], 1), 0);
}

static void lose_a_row_and_add_another(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_LAST];
    MDB_val key = first_key(txn, table, bytes);
    MDB_val value = get(txn, table, key);
    put(txn, table, (MDB_val){SL_KEY_BYTES - 1, bytes}, value.mv_data, value.mv_size);
    assert_int_equal(mdb_del(txn, table, &key, NULL), 0);
}

static void add_a_row_under_a_longer_key(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES + 1] = {0};
    MDB_dbi table = env->tables[SL_FIXTURE_LAST];
    MDB_val value = get(txn, table, first_key(txn, table, bytes));
    put(txn, table, (MDB_val){sizeof bytes, bytes}, value.mv_data, value.mv_size);
}

static void cut_a_row(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_LAST];
    put_len(txn, table, first_key(txn, table, bytes), 9);
}

static void lengthen_a_row(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_LAST];
    put_len(txn, table, first_key(txn, table, bytes), BIG);
}

static void damage_a_row(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_LAST];
    flip(txn, table, first_key(txn, table, bytes), 0);
}

static void cut_a_group_of_rows(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_PACKED];
    put_len(txn, table, first_key(txn, table, bytes), 3);
}

static void damage_a_group_of_rows(const struct sl_env *env, MDB_txn *txn)
{
    uint8_t bytes[SL_KEY_BYTES];
    MDB_dbi table = env->tables[SL_FIXTURE_PACKED];
    flip(txn, table, first_key(txn, table, bytes), 0);
}

static const struct damage {
    void (*make)(const struct sl_env *env, MDB_txn *txn);
    const char *told;
} damages[] = {
    {lose_a_record, "log: seq 100: it is missing"},
    {lose_the_last_record, "log: it ends at seq 299 "},
    {lose_all_records, "log: it ends at seq 0 "},
    {add_a_record_under_a_longer_key,
     "log: "}, /* at once, or at the end if a portion began behind it */
    {damage_a_record, "log: seq 100: the record is damaged"},
    {swap_a_record, "tree: node 10, which seq 112 completes, differs"},
    {lose_a_group_of_nodes, "tree: node 16,"},
    {lose_all_nodes, "tree: node 0,"},
    {lose_the_last_group_of_nodes, "tree: node 32,"},
    {add_a_group_under_a_longer_key, "tree: node 16,"},
    {cut_a_group_of_nodes, "tree: node 16,"},
    {lengthen_a_group_of_nodes, "tree: node 16,"},
    {lose_the_tree, "data.mdb (table of tables): tree is missing"},
    {make_the_tree_a_value, "data.mdb: tree is no table"},
    {lose_the_log, "data.mdb (table of tables): log is missing"},
    {lose_meta, "data.mdb (table of tables): meta is missing"},
    {lose_the_head, "data.mdb (table meta): head is missing"},
    {cut_the_head, "log: it ends at seq 300 "},
    {lengthen_the_head, "log: it ends at seq 300 "},
    {name_another_length, "log: it ends at seq 300 "},
    {name_another_root, "log: it ends at seq 300 "},
    {lose_a_table, "data.mdb (table of tables): state/last is missing"},
    {lose_a_row_and_add_another, "state table last has 33 values and should have 34"},
    {add_a_row_under_a_longer_key, "state table last"}, /* its value 2, or their number */
    {cut_a_row, "state table last: its value 1 "},
    {lengthen_a_row, "state table last: its value 1 "},
    {damage_a_row, "state table last: its value 1 "},
    {cut_a_group_of_rows, "state table packed: its value 1 "},
    {damage_a_group_of_rows, "state table packed: its value 1 "},
};

/* ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────── */

/* One pass: the number of errors, and the first. */
static unsigned scrub_all(struct fixture *f, uint64_t portion, struct sl_diag *ret_first)
{
    unsigned errors = 0;
    sl_scrub_close(&f->scrub);
    assert_ok(sl_scrub_open(&f->scrub, &f->env, sl_fixture_specs, SL_FIXTURE_TABLE_COUNT, NULL));
    for (unsigned i = 0; f->scrub.passes == 0; i++) {
        struct sl_diag diag = {0};
        assert_true(i < PORTIONS_MAX);
        enum sl_err err = sl_scrub_portion(&f->scrub, portion, &diag);
        if (err != SL_OK) {
            assert_err(SL_E_CORRUPT, err);
            *ret_first = errors++ == 0 ? diag : *ret_first;
        }
    }
    return errors;
}

static void each_damage_is_told_with_its_place(void **state)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct fixture *f = *state;
        MDB_txn *txn;
        assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, 0, &txn), 0);
        damages[i].make(&f->env, txn);
        assert_int_equal(mdb_txn_commit(txn), 0);
        for (uint64_t portion = 1; portion <= 1u << 20; portion <<= 20) {
            struct sl_diag diag = {0};
            unsigned errors = scrub_all(f, portion, &diag);
            if (errors == 0 || strstr(diag.message, damages[i].told) == NULL) {
                fail_msg("told was \"%s\" and not \"%s\"", diag.message, damages[i].told);
            }
        }
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void a_sound_ledger_passes(void **state)
{
    struct sl_diag diag;
    for (uint64_t portion = 1; portion <= 1u << 20; portion <<= 20) {
        assert_int_equal(scrub_all(*state, portion, &diag), 0);
    }
}

/* Above the last key there is none to go on with. */
static void the_greatest_key_ends_its_table(void **state)
{
    struct fixture *f = *state;
    const struct sl_table_spec *spec = &sl_fixture_specs[SL_FIXTURE_LAST];
    uint8_t key[SL_KEY_BYTES];
    uint8_t row[64] = {1};
    struct sl_diag diag;
    memset(key, 0xff, sizeof key);
    sl_row_seal(sl_value_seal_begin(spec->name), key, row, spec->row_size);
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, 0, &txn), 0);
    put(txn, f->env.tables[SL_FIXTURE_LAST], (MDB_val){sizeof key, key}, row,
        spec->row_size + SL_ROW_SEAL_BYTES);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(scrub_all(f, 1, &diag), 0);
}

static void where_no_reader_has_room_it_waits(void **state)
{
    struct fixture *f = *state;
    MDB_txn *readers[READERS_MAX];
    unsigned count = 0;
    assert_ok(sl_scrub_open(&f->scrub, &f->env, sl_fixture_specs, SL_FIXTURE_TABLE_COUNT, NULL));
    while (count < READERS_MAX &&
           mdb_txn_begin(f->env.mdb, NULL, MDB_RDONLY, &readers[count]) == 0) {
        count++;
    }
    assert_err(SL_E_BUSY, sl_scrub_portion(&f->scrub, 1, NULL));
    for (unsigned i = 0; i < count; i++) {
        mdb_txn_abort(readers[i]);
    }
    assert_ok(sl_scrub_portion(&f->scrub, 1, NULL));
}

static void without_its_file_it_cannot_be_opened(void **state)
{
    struct fixture *f = *state;
    char path[SL_TEMP_DIR_BYTES + 16];
    struct sl_diag diag = {0};
    (void)snprintf(path, sizeof path, "%s/data.mdb", f->store.dir);
    assert_int_equal(unlink(path), 0);
    assert_err(SL_E_IO,
               sl_scrub_open(&f->scrub, &f->env, sl_fixture_specs, SL_FIXTURE_TABLE_COUNT, &diag));
    assert_non_null(strstr(diag.message, "data.mdb"));
    sl_scrub_close(&f->scrub);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_sound_ledger_passes),
        T(each_damage_is_told_with_its_place),
        T(the_greatest_key_ends_its_table),
        T(where_no_reader_has_room_it_waits),
        T(without_its_file_it_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
