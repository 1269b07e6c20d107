/* The tree in the store: what is kept of it and what is made again, and that nothing can be changed behind its back. */
#include "lib/test.h"

#include <string.h>

#include "lib/store_fixture.h"
#include "sl/stored/record.h"
#include "store/env.h"
#include "store/tree.h"

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

/* Whatever part of a block the checkpoint ends in, and whether the tree comes from LMDB alone or goes on in the journal. */
static void the_tree_goes_on_from_a_checkpoint_of_any_size(void **state)
{
    (void)state;
    struct sl_merkle whole = {0};
    struct sl_sha256 sha;
    struct sl_diag diag = {0};
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    assert_ok(sl_sha256_init(&sha));
    for (uint64_t size = 1; size <= 70; size++) {
        struct sl_page page;
        uint8_t expected[32];
        uint8_t root[32];
        uint64_t root_size;
        sl_fixture_batches(&fixture, 1, 1);
        assert_ok(sl_store_get(fixture.store, (sl_seq){size}, &page));
        (void)sl_merkle_append(&whole, &sha, page.records[0].bytes, nodes);
        sl_store_page_end(fixture.store, &page);
        sl_merkle_root(&whole, &sha, expected);
        if (size % 3 == 0) {
            sl_fixture_checkpoint(&fixture);
        }
        sl_fixture_kill(&fixture);
        sl_fixture_open(&fixture);
        sl_store_root(fixture.store, &root_size, root);
        assert_int_equal(root_size, size);
        assert_memory_equal(root, expected, 32);
        assert_ok(sl_store_verify(fixture.store, NULL, NULL, &diag));
    }
    sl_sha256_deinit(&sha);
}

static MDB_txn *begin_change(struct sl_env *env)
{
    MDB_txn *txn;
    assert_ok(sl_env_open(env, fixture.dir, false, NULL));
    assert_int_equal(mdb_txn_begin(env->mdb, NULL, 0, &txn), 0);
    return txn;
}

static void end_change(struct sl_env *env, MDB_txn *txn)
{
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_env_close(env);
}

/* Replaces the record of `seq` by another valid one, so that only the tree can tell. */
static void forge_record(uint64_t seq)
{
    struct sl_env env;
    uint8_t bytes[8];
    uint8_t record[128];
    struct sl_draft draft = {.type = 1, .event = SL_SLICE_LIT("forged")};
    sl_record_encode(&draft, (sl_time){1}, record);
    sl_be64_put(bytes, seq);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {sl_record_size(&draft), record};
    MDB_txn *txn = begin_change(&env);
    assert_int_equal(mdb_put(txn, env.log, &key, &value, 0), 0);
    end_change(&env, txn);
}

static void verify_finds_a_forged_record_by_its_block(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 1, 30);
    sl_fixture_close(&fixture);
    forge_record(5);
    sl_fixture_open(&fixture);
    assert_err(SL_E_CORRUPT, sl_store_verify(fixture.store, NULL, NULL, &diag));
    assert_non_null(strstr(diag.message, "seq 16")); /* the last of its block */
}

/* Of the last records no node is kept: the root of the checkpoint tells, and the store does not open. */
static void a_forged_record_after_the_last_block_keeps_the_store_shut(void **state)
{
    (void)state;
    struct sl_store *store = NULL;
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 1, 30);
    sl_fixture_close(&fixture);
    forge_record(17);
    assert_err(SL_E_CORRUPT, sl_store_open(&fixture.options, &store, &diag));
    assert_non_null(strstr(diag.message, "tree: the root of the last checkpoint"));
}

/* Flips a bit of the first node: the root of the first block, which no frontier holds. */
static void damage_nodes(void)
{
    struct sl_env env;
    uint8_t bytes[8];
    uint8_t group[SL_TREE_GROUP_NODES * SL_SHA256_BYTES];
    MDB_txn *txn = begin_change(&env);
    MDB_val value;
    sl_be64_put(bytes, 0);
    MDB_val key = {sizeof bytes, bytes};
    assert_int_equal(mdb_get(txn, env.tree, &key, &value), 0);
    assert_true(value.mv_size <= sizeof group);
    memcpy(group, value.mv_data, value.mv_size);
    group[0] ^= 1;
    value.mv_data = group;
    assert_int_equal(mdb_put(txn, env.tree, &key, &value, 0), 0);
    end_change(&env, txn);
}

static void verify_finds_a_damaged_node(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    sl_fixture_batches(&fixture, 1, 100);
    sl_fixture_close(&fixture);
    damage_nodes();
    sl_fixture_open(&fixture);
    assert_err(SL_E_CORRUPT, sl_store_verify(fixture.store, NULL, NULL, &diag));
    assert_non_null(strstr(diag.message, "node 0"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_tree_goes_on_from_a_checkpoint_of_any_size),
        T(verify_finds_a_forged_record_by_its_block),
        T(a_forged_record_after_the_last_block_keeps_the_store_shut),
        T(verify_finds_a_damaged_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
