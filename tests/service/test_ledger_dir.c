/* Making, checking and rebuilding a ledger that no daemon serves. */
#include <stdio.h>
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"
#include "projections/ledger.h"
#include "service/ledger_dir.h"
#include "store/env.h"

enum { EVENTS = 600 };

/* A closed ledger: half of it behind a checkpoint, the rest in the journal, as after a kill. */
static void make_ledger(struct sl_service *s, char ret_dir[SL_TEMP_DIR_BYTES])
{
    sl_service_open(s);
    struct sl_caller *ana = sl_caller_open(s, "ana");
    for (size_t i = 0; i < EVENTS; i++) {
        char deal[16];
        (void)snprintf(deal, sizeof deal, "deal-%zu", i);
        struct sl_slice event =
            BUILD_CLOSE(&s->build, .deal = deal, .customer = "ACME", .kind = SL_CLOSE_WON,
                        .date = "2017-03-01", .person = "ana", .amount = 100);
        sl_caller_append(ana, i + 1, &event, 1, false);
        if (i == EVENTS / 2) {
            sl_store_checkpoint_soon(sl_core_store(s->core));
            sl_core_tick(s->core);
            sl_service_settle(s);
        }
    }
    sl_service_settle(s);
    sl_temp_dir_copy(s->dir, ret_dir);
    sl_service_close(s);
}

static struct sl_offline_options options_of(const char *dir)
{
    return (struct sl_offline_options){.dir = dir};
}

static void a_sound_ledger_passes_the_check(void **state)
{
    (void)state;
    struct sl_service s;
    char dir[SL_TEMP_DIR_BYTES];
    make_ledger(&s, dir);
    struct sl_offline_options options = options_of(dir);
    struct sl_check_report report;
    struct sl_diag diag = {0};

    assert_ok(sl_ledger_check(&options, &report, &diag));

    assert_int_equal(report.head.v, EVENTS);
    assert_in_range(report.checkpointed.v, 1, EVENTS - 1);
    assert_int_equal(report.tree_size, EVENTS);
    assert_true(report.is_state_checked);
    assert_true(report.rows > EVENTS);
    sl_temp_dir_remove(dir);
}

static void a_rebuilt_ledger_is_the_same(void **state)
{
    (void)state;
    struct sl_service s;
    char dir[SL_TEMP_DIR_BYTES];
    make_ledger(&s, dir);
    struct sl_inline_executor executor;
    sl_inline_init(&executor);
    struct sl_offline_options options = options_of(dir);
    struct sl_check_report before;
    struct sl_check_report after;
    assert_ok(sl_ledger_check(&options, &before, NULL));

    options.executor = &executor.base;
    sl_seq head;
    assert_ok(sl_ledger_rebuild(&options, &head, NULL));

    assert_int_equal(head.v, EVENTS);
    options.executor = NULL;
    assert_ok(sl_ledger_check(&options, &after, NULL));
    assert_memory_equal(before.tree_root, after.tree_root, sizeof before.tree_root);
    assert_int_equal(before.rows, after.rows);
    sl_temp_dir_remove(dir);
}

/* A row that no event gives. */
static void add_state_row(const char *dir)
{
    size_t count;
    const struct sl_table_spec *specs = sl_ledger_specs(&count);
    char name[64];
    uint8_t key[SL_KEY_BYTES] = {1};
    uint8_t row[256] = {0};
    struct sl_env env;
    MDB_txn *txn;
    MDB_dbi table;
    (void)snprintf(name, sizeof name, "state/%s", specs[0].name);
    assert_true(specs[0].row_size <= sizeof row);
    assert_ok(sl_env_open(&env, dir, false, NULL));
    assert_int_equal(mdb_txn_begin(env.mdb, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, name, 0, &table), 0);
    MDB_val k = {sizeof key, key};
    MDB_val v = {specs[0].row_size, row};
    assert_int_equal(mdb_put(txn, table, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    sl_env_close(&env);
}

/* What to do differs: the state can be made anew from the log, the log from nothing. */
static void a_wrong_state_over_a_sound_log_is_told_apart(void **state)
{
    (void)state;
    struct sl_service s;
    char dir[SL_TEMP_DIR_BYTES];
    make_ledger(&s, dir);
    struct sl_offline_options options = options_of(dir);
    struct sl_check_report report;
    struct sl_diag diag = {0};
    add_state_row(dir);

    assert_err(SL_E_CORRUPT, sl_ledger_check(&options, &report, &diag));
    assert_true(report.is_log_sound);

    struct sl_inline_executor executor;
    sl_inline_init(&executor);
    sl_seq head;
    options.executor = &executor.base;
    assert_ok(sl_ledger_rebuild(&options, &head, NULL));
    options.executor = NULL;
    assert_ok(sl_ledger_check(&options, &report, NULL));
    sl_temp_dir_remove(dir);
}

static void a_turned_byte_is_found_and_its_place_named(void **state)
{
    (void)state;
    struct sl_service s;
    char dir[SL_TEMP_DIR_BYTES];
    make_ledger(&s, dir);
    struct sl_offline_options options = options_of(dir);
    struct sl_check_report report;
    struct sl_diag diag = {0};

    sl_temp_dir_damage(dir, "data.mdb", "deal-77");

    assert_err(SL_E_CORRUPT, sl_ledger_check(&options, &report, &diag));
    assert_non_null(strstr(diag.message, "78")); /* deal-77 is event 78 */
    sl_temp_dir_remove(dir);
}

static void a_ledger_in_use_is_left_alone(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_offline_options options = options_of(s.dir);
    struct sl_check_report report;
    sl_seq head;

    assert_err(SL_E_LOCKED, sl_ledger_check(&options, &report, NULL));
    assert_err(SL_E_LOCKED, sl_ledger_rebuild(&options, &head, NULL));
    sl_service_close(&s);
}

static void what_is_no_ledger_is_told_so(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);
    struct sl_offline_options options = options_of(dir);
    struct sl_check_report report;

    assert_err(SL_E_NOT_LEDGER, sl_ledger_check(&options, &report, NULL));
    sl_temp_dir_remove(dir);
}

static void fill_random(uint8_t *bytes, size_t len)
{
    memset(bytes, 7, len);
}

static enum sl_err create(const char *dir, const char *timezone, const char *currency)
{
    struct sl_fake_clock clock;
    sl_fake_clock_init(&clock, AT(1498910400000000));
    struct sl_create_options options = {
        .dir = dir,
        .timezone = timezone,
        .currency = currency,
        .clock = &clock.base,
        .fill_random = fill_random,
    };
    return sl_ledger_create(&options, NULL);
}

static void a_ledger_is_made_of_a_zone_and_a_currency_and_only_once(void **state)
{
    (void)state;
    char dir[SL_TEMP_DIR_BYTES];
    sl_temp_dir_make(dir);

    assert_err(SL_E_INVALID_FIELD, create(dir, "Mars/Olympus", "USD"));
    assert_err(SL_E_UNKNOWN_CURRENCY, create(dir, "UTC", "XYZ"));
    assert_ok(create(dir, "UTC", "USD"));
    assert_err(SL_E_EXISTS, create(dir, "UTC", "USD"));

    sl_temp_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_ledger_passes_the_check),
        cmocka_unit_test(a_rebuilt_ledger_is_the_same),
        cmocka_unit_test(a_wrong_state_over_a_sound_log_is_told_apart),
        cmocka_unit_test(a_turned_byte_is_found_and_its_place_named),
        cmocka_unit_test(a_ledger_in_use_is_left_alone),
        cmocka_unit_test(what_is_no_ledger_is_told_so),
        cmocka_unit_test(a_ledger_is_made_of_a_zone_and_a_currency_and_only_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
