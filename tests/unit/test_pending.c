/* Pending writes: whoever asks sees them, a rollback forgets them, and the tables do not tell in which portions they were written. */
#include "lib/test.h"

#include "lib/ledger_same.h"
#include "lib/random_history.h"
#include "projections/pending.h"

static uint64_t rows_of(struct sl_test_ledger *t, unsigned table)
{
    uint8_t digest[32];
    uint64_t rows;
    assert_ok(sl_state_digest(t->state, table, digest, &rows));
    return rows;
}

static void assert_same_tables(struct sl_test_ledger *a, struct sl_test_ledger *b)
{
    for (unsigned table = 0; table < SL_TABLES; table++) {
        sl_test_assert_same_table(a, b, table);
    }
}

static void facts_reach_their_tables_when_settled(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);

    sl_pending_settle(t->ledger);

    assert_int_equal(rows_of(t, SL_TABLE_FACTS), 1);
    assert_int_equal(rows_of(t, SL_TABLE_PERSON_MONTHS), 1);
}

static void settling_twice_writes_once(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);

    sl_pending_settle(t->ledger);
    sl_pending_settle(t->ledger);

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 5);
}

static void every_question_sees_what_is_pending(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_entity_query query = {
        .kind = SL_ENTITY_PERSON, .id = SLICE("ann"), .from = {1}, .max = 1};
    sl_seq seqs[1];
    (void)ADD_PERSON(t, "ann", .unit = "north", .from = "2025-01-01");
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 10);
    (void)sl_test_add(t,
                      BUILD_PLAN(&t->builder, .plan = "p", .rows = {{0, 1000000}}, .row_count = 1));

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_UNIT("north")), 1);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .amount = 2);
    assert_int_equal(RANK(t, .top = 1).rows[0].value.numerator, 3);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .person = "ann", .amount = 4);
    assert_int_equal(sl_test_target(t, "2025", OF_PERSON("ann"), "2025-02-01").actual.numerator, 7);
    (void)ADD_CLOSE(t, .deal = "D4", .kind = SL_CLOSE_WON, .person = "ann", .amount = 8);
    assert_int_equal(sl_test_statement(t, "ann", "2025").total_minor, 15);
    uint64_t last = ADD_CLOSE(t, .deal = "D5", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1);

    query.from.v = last;
    size_t count;
    assert_ok(sl_ledger_entity_seqs(t->ledger, &query, seqs, &count));
    assert_int_equal(count, 1);
}

static void a_rollback_forgets_only_what_came_after_the_savepoint(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);

    sl_ledger_savepoint(t->ledger);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);
    sl_ledger_rollback(t->ledger);

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 5);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PERSON("ann")), 5);
}

static void a_rollback_takes_back_what_was_settled_after_the_savepoint(void **state)
{
    struct sl_test_ledger *t = *state;

    sl_ledger_savepoint(t->ledger);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);
    sl_pending_settle(t->ledger);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);
    sl_ledger_rollback(t->ledger);

    sl_pending_settle(t->ledger);
    assert_int_equal(rows_of(t, SL_TABLE_FACTS), 0);
    assert_int_equal(rows_of(t, SL_TABLE_DAY_SUMS), 0);
    assert_int_equal(rows_of(t, SL_TABLE_ENTITY_SEQS), 0);
}

static void closing_a_ledger_leaves_nothing_behind(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);

    sl_test_ledger_reopen(t);

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 5);
}

static void a_checkpoint_holds_what_was_pending(void **state)
{
    struct sl_test_log log;
    struct sl_test_ledger t;
    (void)state;
    sl_test_log_init(&log);
    sl_test_ledger_init_stored(&t, &log);
    (void)ADD_CLOSE(&t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);

    sl_store_submit(log.store);
    sl_inline_run_all(&log.executor);
    sl_store_checkpoint_soon(log.store);
    sl_store_tick(log.store, sl_clock_now(&log.clock.base));
    sl_inline_run_all(&log.executor);
    sl_test_ledger_deinit(&t);
    sl_test_log_reopen(&log);

    sl_test_ledger_init_stored(&t, &log);
    assert_int_equal(sl_test_sum(&t, "booked.amount", "2025", OF_PERSON("ann")), 5);
    sl_test_ledger_deinit(&t);
    sl_test_log_deinit(&log);
}

/* A reader inside a savepoint derives rows of the frozen list; taking the savepoint back must not hide what the checkpoint then
 * puts on disk. */
static void a_rollback_hides_nothing_that_a_checkpoint_was_writing(void **state)
{
    struct sl_test_log log;
    struct sl_test_ledger t;
    (void)state;
    sl_test_log_init(&log);
    sl_test_ledger_init_stored(&t, &log);
    (void)ADD_CLOSE(&t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5);
    sl_store_submit(log.store);
    assert_true(sl_inline_run_one(&log.executor, SL_LANE_JOURNAL));
    sl_store_checkpoint_soon(log.store);
    sl_store_tick(log.store, sl_clock_now(&log.clock.base));

    sl_ledger_savepoint(t.ledger);
    assert_int_equal(sl_test_sum(&t, "booked.amount", "2025", OF_PERSON("ann")), 5);
    sl_ledger_rollback(t.ledger);
    sl_inline_run_all(&log.executor);

    assert_int_equal(sl_test_sum(&t, "booked.amount", "2025", OF_PERSON("ann")), 5);
    assert_int_equal(rows_of(&t, SL_TABLE_FACTS), 1);
    assert_int_equal(rows_of(&t, SL_TABLE_ENTITY_SEQS), 1);
    sl_test_ledger_deinit(&t);
    sl_test_log_deinit(&log);
}

/* More facts than wait at once, corrections among them. */
static void tables_are_the_same_in_whatever_portions_they_were_written(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_test_ledger often;
    struct sl_test_ledger never;
    struct sl_test_history history;
    uint64_t before = sl_store_head(t->log->store).v;
    sl_test_history_begin(&history, t);
    history.with_defines = true;
    history.with_corrections = true;
    for (unsigned i = 0; i < 1500; i++) {
        sl_test_history_step(&history);
    }

    sl_test_ledger_init(&often, t->log);
    sl_test_ledger_init(&never, t->log);
    uint64_t head = sl_store_head(t->log->store).v;
    for (uint64_t seq = before + 1; seq <= head; seq++) {
        sl_test_take(&often, seq);
        sl_pending_settle(often.ledger);
        sl_test_take(&never, seq);
    }

    assert_same_tables(&often, &never);
    assert_same_tables(&often, t);
    sl_test_ledger_deinit(&never);
    sl_test_ledger_deinit(&often);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(facts_reach_their_tables_when_settled),
        LEDGER_TEST(settling_twice_writes_once),
        LEDGER_TEST(every_question_sees_what_is_pending),
        LEDGER_TEST(a_rollback_forgets_only_what_came_after_the_savepoint),
        LEDGER_TEST(a_rollback_takes_back_what_was_settled_after_the_savepoint),
        LEDGER_TEST(closing_a_ledger_leaves_nothing_behind),
        cmocka_unit_test(a_checkpoint_holds_what_was_pending),
        cmocka_unit_test(a_rollback_hides_nothing_that_a_checkpoint_was_writing),
        LEDGER_TEST(tables_are_the_same_in_whatever_portions_they_were_written),
    };
    return RUN_LEDGER_TESTS(tests);
}
