/* Pending writes and checkpoints: at every moment of a checkpoint a live ledger says the same as one that has none, and so do the
 * tables that are on disk afterwards. */
#include "lib/test.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/ledger_same.h"
#include "lib/random_history.h"
#include "projections/pending.h"

/* A live ledger, over the state of its store. */
struct live {
    struct sl_test_log log;
    struct sl_test_ledger t;
    uint64_t checkpoints; /* when the one under way began */
};

static int set_up(void **state)
{
    struct live *live = calloc(1, sizeof *live);
    assert_non_null(live);
    sl_test_log_init(&live->log);
    sl_test_ledger_init_stored(&live->t, &live->log);
    *state = live;
    return 0;
}

static int tear_down(void **state)
{
    struct live *live = *state;
    sl_test_ledger_deinit(&live->t);
    sl_test_log_deinit(&live->log);
    free(live);
    return 0;
}

static void close_and_open(struct live *live)
{
    sl_test_ledger_deinit(&live->t);
    sl_test_log_reopen(&live->log);
    sl_test_ledger_init_stored(&live->t, &live->log);
}

static uint64_t checkpoints(const struct live *live)
{
    struct sl_store_stats stats;
    sl_store_stats(live->log.store, &stats);
    return stats.checkpoints;
}

/* Freezes; the job waits in its lane. */
static void begin_checkpoint(struct live *live)
{
    struct sl_store *store = live->log.store;
    live->checkpoints = checkpoints(live);
    sl_store_checkpoint_soon(store);
    sl_store_submit(store);
    while (sl_inline_run_one(&live->log.executor, SL_LANE_JOURNAL)) {
    }
    sl_store_tick(store, sl_clock_now(&live->log.clock.base));
    assert_non_null(live->log.executor.first[SL_LANE_CHECKPOINT]);
}

static void end_checkpoint(struct live *live)
{
    assert_int_equal(checkpoints(live), live->checkpoints);
    sl_inline_run_all(&live->log.executor);
    assert_int_equal(checkpoints(live), live->checkpoints + 1);
    assert_ok(sl_state_error(live->t.state));
}

static uint64_t won(struct sl_test_ledger *t, const char *deal, int64_t amount)
{
    return ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .customer = "acme", .person = "ann",
                     .amount = amount);
}

static void assert_booked(struct live *live, int64_t amount)
{
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", WHOLE), amount);
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", OF_PERSON("ann")), amount);
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", OF_CUSTOMER("acme")), amount);
}

/* ── at each moment of a checkpoint ── */

static void a_question_sees_what_is_frozen_and_what_came_after(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);
    (void)won(&live->t, "D2", 2);

    assert_booked(live, 3);

    (void)won(&live->t, "D3", 4);
    end_checkpoint(live);
    assert_booked(live, 7);
}

/* The question leaves rows in the active layer, which the checkpoint freezes with the list that has gone on. */
static void after_a_checkpoint_nothing_settled_before_it_is_read(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    assert_booked(live, 1);
    (void)won(&live->t, "D2", 2);

    begin_checkpoint(live);
    end_checkpoint(live);

    assert_booked(live, 3);
}

static void a_question_while_it_runs_is_not_counted_twice_afterwards(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);
    (void)won(&live->t, "D2", 2);
    assert_booked(live, 3);
    end_checkpoint(live);
    begin_checkpoint(live);
    end_checkpoint(live);
    assert_booked(live, 3);

    close_and_open(live);

    assert_booked(live, 3);
}

static void what_was_frozen_and_settled_in_part_is_whole_afterwards(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    (void)won(&live->t, "D2", 2);
    begin_checkpoint(live);
    assert_false(sl_pending_settle_part(live->t.ledger, 1));
    while (!sl_pending_settle_part(live->t.ledger, 1)) {
    }

    end_checkpoint(live);

    assert_booked(live, 3);
    assert_true(sl_pending_settle_part(live->t.ledger, 1));
}

static void parts_come_to_an_end_and_leave_no_more_than_one(void **state)
{
    struct live *live = *state;
    unsigned parts = 0;
    for (unsigned i = 0; i < 10; i++) {
        (void)won(&live->t, "D1", 1);
        (void)ADD_CLOSE(&live->t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 1);
    }

    while (!sl_pending_settle_part(live->t.ledger, 7)) {
        parts++;
    }

    assert_in_range(parts, 3, 20);
    assert_booked(live, 0);
}

static void a_fact_taken_out_while_it_is_frozen_stays_out(void **state)
{
    struct live *live = *state;
    uint64_t seq = won(&live->t, "D1", 1);
    (void)won(&live->t, "D2", 2);
    begin_checkpoint(live);
    (void)sl_test_add_void(&live->t, seq);
    end_checkpoint(live);
    assert_booked(live, 2);

    begin_checkpoint(live);
    end_checkpoint(live);
    assert_booked(live, 2);
    close_and_open(live);

    assert_booked(live, 2);
}

/* ── rollback ── */

static void roll_back_to(struct live *live, sl_seq head)
{
    sl_ledger_rollback(live->t.ledger);
    sl_store_retract(live->log.store, head);
}

/* What the rollback gives back to a row must hold the frozen part, which the checkpoint is about to put below it. */
static void a_rollback_while_it_runs_hides_nothing_of_it(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);
    sl_seq head = sl_store_head(live->log.store);

    sl_ledger_savepoint(live->t.ledger);
    (void)won(&live->t, "D2", 100);
    sl_pending_settle(live->t.ledger);
    (void)won(&live->t, "D3", 100);
    roll_back_to(live, head);
    end_checkpoint(live);

    assert_booked(live, 1);
}

static void a_rollback_before_it_hides_nothing_of_it(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    sl_seq head = sl_store_head(live->log.store);

    sl_ledger_savepoint(live->t.ledger);
    (void)won(&live->t, "D2", 100);
    sl_pending_settle(live->t.ledger);
    roll_back_to(live, head);
    begin_checkpoint(live);
    (void)won(&live->t, "D4", 2);
    end_checkpoint(live);

    assert_booked(live, 3);
}

static void a_rollback_keeps_what_was_settled_of_the_time_before(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);
    (void)won(&live->t, "D2", 2);

    sl_ledger_savepoint(live->t.ledger);
    sl_pending_settle(live->t.ledger);
    sl_seq head = sl_store_head(live->log.store);
    (void)won(&live->t, "D3", 100);
    sl_pending_settle(live->t.ledger);
    roll_back_to(live, head);

    assert_booked(live, 3);
    end_checkpoint(live);
    assert_booked(live, 3);
}

static void a_released_savepoint_keeps_what_was_settled_in_it(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);

    sl_ledger_savepoint(live->t.ledger);
    (void)won(&live->t, "D2", 2);
    sl_pending_settle(live->t.ledger);
    (void)won(&live->t, "D3", 4);
    sl_ledger_release(live->t.ledger);

    assert_booked(live, 7);
    end_checkpoint(live);
    assert_booked(live, 7);
}

/* ── closing ── */

static void a_ledger_may_be_closed_while_it_runs(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);
    (void)won(&live->t, "D2", 2);

    close_and_open(live);

    assert_booked(live, 3);
}

/* Frozen with the batch in flight, so that the job is not even submitted yet. */
static void a_ledger_may_be_closed_while_it_waits_for_its_batch(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    sl_store_checkpoint_soon(live->log.store);
    sl_store_submit(live->log.store);
    assert_null(live->log.executor.first[SL_LANE_CHECKPOINT]);
    (void)won(&live->t, "D2", 2);
    assert_booked(live, 3);

    close_and_open(live);

    assert_booked(live, 3);
}

static void a_ledger_that_follows_another_writes_what_that_one_settled(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    sl_test_ledger_reopen(&live->t);
    (void)won(&live->t, "D2", 2);
    assert_booked(live, 3);
    (void)won(&live->t, "D3", 4);

    begin_checkpoint(live);
    (void)won(&live->t, "D4", 8);
    assert_booked(live, 15);
    end_checkpoint(live);
    assert_booked(live, 15);
    close_and_open(live);

    assert_booked(live, 15);
}

static void a_ledger_opened_while_it_runs_goes_on_from_there(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    sl_ledger_close(live->t.ledger);
    begin_checkpoint(live);
    assert_ok(sl_ledger_open(live->log.store, live->t.state, &live->t.ledger));
    (void)won(&live->t, "D2", 2);
    assert_booked(live, 3);
    end_checkpoint(live);
    assert_booked(live, 3);

    begin_checkpoint(live);
    end_checkpoint(live);
    close_and_open(live);

    assert_booked(live, 3);
}

static void a_scratch_ledger_is_closed_without_waiting_for_the_store(void **state)
{
    struct live *live = *state;
    struct sl_test_ledger scratch;
    sl_test_ledger_init(&scratch, &live->log);
    (void)won(&live->t, "D1", 1);
    begin_checkpoint(live);

    sl_test_ledger_deinit(&scratch);

    end_checkpoint(live);
}

/* ── random histories ── */

static void assert_same_tables(struct sl_test_ledger *a, struct sl_test_ledger *b)
{
    for (unsigned table = 0; table < SL_TABLES; table++) {
        sl_test_assert_same_table(a, b, table);
    }
}

static void begin_history(struct live *live, struct sl_test_history *history)
{
    sl_test_history_begin(history, &live->t);
    history->with_defines = true;
    history->with_corrections = true;
}

static enum sl_err apply(void *ctx, const struct sl_record *record)
{
    struct live *live = ctx;
    enum sl_err err = SL_OK;
    if (live->t.ledger == NULL) {
        err = sl_ledger_open(live->log.store, sl_store_state(live->log.store), &live->t.ledger);
    }
    return err == SL_OK ? sl_ledger_replay(live->t.ledger, record) : err;
}

/* As the daemon does: one ledger for the whole rebuild, which then goes on. */
static void rebuild(struct live *live)
{
    struct sl_diag diag = {0};
    sl_ledger_close(live->t.ledger);
    live->t.ledger = NULL;
    sl_test_log_reopen(&live->log);
    live->t.state = sl_store_state(live->log.store);
    assert_ok(sl_store_rebuild(live->log.store, apply, NULL, live, &diag));
}

static void tables_are_the_same_whoever_derived_them(void **state)
{
    struct live *live = *state;
    static const uint64_t none[] = {0};
    struct sl_test_ledger by_reader;
    struct sl_test_history history;
    begin_history(live, &history);
    for (unsigned i = 0; i < 1200;
         i++) { /* a checkpoint now and then, and some corrections settle */
        sl_test_history_step(&history);
    }
    sl_test_ledger_init(&by_reader, &live->log);
    sl_test_take_all(&by_reader, 0, none);
    assert_same_tables(&live->t, &by_reader);

    begin_checkpoint(live);
    end_checkpoint(live);
    close_and_open(live);
    sl_test_ledger_reopen(&by_reader);
    assert_same_tables(&live->t, &by_reader);

    rebuild(live);
    sl_test_ledger_reopen(&by_reader);
    assert_same_tables(&live->t, &by_reader);
    close_and_open(live);
    sl_test_ledger_reopen(&by_reader);
    assert_same_tables(&live->t, &by_reader);
    sl_test_ledger_deinit(&by_reader);
}

/* Steps, which another ledger takes too. */
static void step_both(struct sl_test_history *history, struct sl_test_ledger *other, uint64_t count)
{
    struct sl_store *store = history->t->log->store;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t before = sl_store_head(store).v;
        sl_test_history_step(history);
        if (sl_store_head(store).v > before) {
            sl_test_take(other, before + 1);
        }
    }
}

/* A batch of which nothing is left; some corrections in it settle. */
static void step_in_vain(struct live *live, struct sl_test_history *history, uint64_t count)
{
    sl_seq head = sl_store_head(live->log.store);
    size_t seq_count = history->count;
    sl_ledger_savepoint(live->t.ledger);
    for (uint64_t i = 0; i < count; i++) {
        sl_test_history_step(history);
    }
    roll_back_to(live, head);
    history->count = seq_count;
}

/* The fixture submits, and may not do so within a batch. */
static bool has_room_for_batch(struct live *live, uint64_t count)
{
    uint64_t since = sl_store_head(live->log.store).v % 64;
    return since > 0 && since + count < 64;
}

/* Small parts of what is pending, as a question does that comes upon much of it. */
static void settle_parts(struct live *live, struct sl_test_history *history)
{
    for (uint64_t i = sl_test_random_below(&history->random, 4); i > 0; i--) {
        size_t items = 1 + sl_test_random_below(&history->random, 25);
        (void)sl_pending_settle_part(live->t.ledger, items);
    }
}

static void ask_both(struct live *live, struct sl_test_ledger *other)
{
    sl_test_assert_same_answers(&live->t, other);
    sl_test_ledger_forget_answers(&live->t);
    sl_test_ledger_forget_answers(other);
}

static void a_live_ledger_says_the_same_as_one_without_checkpoints(void **state)
{
    struct live *live = *state;
    static const uint64_t none[] = {0};
    struct sl_test_ledger other;
    struct sl_test_history history;
    unsigned halves = 0;
    begin_history(live, &history);
    sl_test_ledger_init(&other, &live->log);
    sl_test_take_all(&other, 0, none);
    for (unsigned round = 0; round < 40; round++) {
        step_both(&history, &other, 1 + sl_test_random_below(&history.random, 60));
        if (sl_test_random_below(&history.random, 2) == 0) {
            sl_pending_settle(live->t.ledger);
        }
        step_both(&history, &other, 1 + sl_test_random_below(&history.random, 9));
        settle_parts(live, &history);
        begin_checkpoint(live);
        settle_parts(live, &history);
        step_both(&history, &other, sl_test_random_below(&history.random, 9));
        if (round % 2 == 0 && has_room_for_batch(live, 12)) {
            step_in_vain(live, &history, 12);
        }
        if (round % 4 < 2) {
            ask_both(live, &other);
        }
        settle_parts(live, &history);
        halves += checkpoints(live) == live->checkpoints;
        sl_inline_run_all(&live->log.executor);
        settle_parts(live, &history);
        ask_both(live, &other);
    }
    assert_true(halves > 10);
    assert_same_tables(&live->t, &other);
    close_and_open(live);
    sl_test_ledger_reopen(&other);
    assert_same_tables(&live->t, &other);
    sl_test_ledger_deinit(&other);
}

/* What was frozen of it ends with its owner, before the store; the journal has all of it. */
static void one_that_found_no_room_is_not_written_without_its_backlog(void **state)
{
    struct live *live = *state;
    (void)won(&live->t, "D1", 1);
    (void)won(&live->t, "D2", 2);
    live->log.ops.call = SL_FAULT_RESERVE;
    live->log.ops.code = ENOSPC;
    begin_checkpoint(live);
    sl_inline_run_all(&live->log.executor);
    assert_int_equal(checkpoints(live), live->checkpoints);
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", WHOLE), 3);
    live->log.ops.call = SL_FAULT_NONE; /* there is room again, but no tick comes any more */
    close_and_open(live);
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", WHOLE), 3);
    begin_checkpoint(live);
    sl_inline_run_all(&live->log.executor);
    close_and_open(live);
    assert_int_equal(sl_test_sum(&live->t, "booked.amount", "2025", WHOLE), 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_question_sees_what_is_frozen_and_what_came_after),
        T(after_a_checkpoint_nothing_settled_before_it_is_read),
        T(a_question_while_it_runs_is_not_counted_twice_afterwards),
        T(what_was_frozen_and_settled_in_part_is_whole_afterwards),
        T(parts_come_to_an_end_and_leave_no_more_than_one),
        T(a_fact_taken_out_while_it_is_frozen_stays_out),
        T(a_rollback_while_it_runs_hides_nothing_of_it),
        T(a_rollback_before_it_hides_nothing_of_it),
        T(a_rollback_keeps_what_was_settled_of_the_time_before),
        T(a_released_savepoint_keeps_what_was_settled_in_it),
        T(a_ledger_may_be_closed_while_it_runs),
        T(a_ledger_may_be_closed_while_it_waits_for_its_batch),
        T(a_ledger_that_follows_another_writes_what_that_one_settled),
        T(a_ledger_opened_while_it_runs_goes_on_from_there),
        T(a_scratch_ledger_is_closed_without_waiting_for_the_store),
        T(tables_are_the_same_whoever_derived_them),
        T(one_that_found_no_room_is_not_written_without_its_backlog),
        T(a_live_ledger_says_the_same_as_one_without_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
