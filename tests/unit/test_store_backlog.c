/* A backlog in a store: its checkpoints write it, a failed one stops the store and loses nothing, and it may end at any time. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>

#include "lib/backlog.h"

struct stored {
    struct sl_fixture base;
    struct sl_test_backlog backlog;
};

static int set_up(void **state)
{
    struct stored *s = calloc(1, sizeof *s);
    assert_non_null(s);
    sl_fixture_init(&s->base);
    s->base.options.specs = sl_test_backlog_specs;
    s->base.options.spec_count = SL_TEST_TABLES;
    sl_fixture_open(&s->base);
    sl_test_backlog_init(&s->backlog, sl_store_state(s->base.store));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stored *s = *state;
    sl_fixture_deinit(&s->base);
    free(s);
    return 0;
}

/* Records, and an item for each. */
static void store_items(struct stored *s, unsigned count)
{
    sl_fixture_add_many(&s->base, count);
    for (unsigned i = 0; i < count; i++) {
        sl_test_backlog_add(&s->backlog, 1, 1);
    }
}

static uint64_t stored_sum(struct stored *s)
{
    struct sl_state *state = sl_store_state(s->base.store);
    sl_state_settle(state);
    const struct sl_test_sums_row *row = sl_state_get(state, SL_TEST_SUMS, sl_test_backlog_key(1));
    return row != NULL ? row->sum : 0;
}

static void reopen_store(struct stored *s)
{
    sl_fixture_close(&s->base);
    sl_fixture_open(&s->base);
    sl_test_backlog_init(&s->backlog, sl_store_state(s->base.store));
}

static void a_failed_sink_stops_the_store_and_nothing_is_written(void **state)
{
    struct stored *s = *state;
    store_items(s, 10);
    sl_fixture_run(&s->base);
    s->backlog.write_err = SL_E_NO_MEMORY;

    sl_fixture_checkpoint(&s->base);

    assert_int_equal(s->base.stops, 1);
    assert_non_null(strstr(s->base.why.message, "checkpoint: state"));
    assert_int_equal(sl_store_checkpointed(s->base.store).v, 0);
    assert_int_equal(s->backlog.frozen.count, 10);
    assert_err(SL_E_STOPPED, sl_fixture_add(&s->base));
}

static void a_stopped_store_still_reads_what_was_frozen(void **state)
{
    struct stored *s = *state;
    store_items(s, 10);
    sl_fixture_run(&s->base);
    store_items(s, 5);
    s->backlog.write_err = SL_E_IO;
    sl_fixture_checkpoint(&s->base);
    sl_fixture_run(&s->base);

    assert_int_equal(stored_sum(s), 15);
    sl_test_backlog_end(&s->backlog);
    const struct sl_test_sums_row *row =
        sl_state_get(sl_store_state(s->base.store), SL_TEST_SUMS, sl_test_backlog_key(1));
    assert_non_null(row);
    assert_int_equal(row->sum, 15);
}

static void the_last_checkpoint_of_a_store_writes_an_ended_backlog(void **state)
{
    struct stored *s = *state;
    store_items(s, 10);
    sl_fixture_run(&s->base);
    sl_fixture_checkpoint(&s->base);
    store_items(s, 5);
    sl_test_backlog_end(&s->backlog);

    reopen_store(s);

    assert_int_equal(sl_store_checkpointed(s->base.store).v, 15);
    assert_int_equal(stored_sum(s), 15);
}

static void the_last_checkpoint_of_a_store_writes_a_backlog_that_has_not_ended(void **state)
{
    struct stored *s = *state;
    store_items(s, 10);
    sl_fixture_run(&s->base);
    store_items(s, 5);

    reopen_store(s);

    assert_int_equal(stored_sum(s), 15);
}

static void a_backlog_ends_after_waiting_for_the_checkpoint_under_way(void **state)
{
    struct stored *s = *state;
    store_items(s, 10);
    sl_fixture_run(&s->base);
    sl_store_checkpoint_soon(s->base.store);
    sl_store_tick(s->base.store, sl_clock_now(&s->base.clock.base));
    assert_int_equal(s->backlog.frozen.count, 10);
    store_items(s, 5);
    assert_int_equal(stored_sum(s), 15);

    sl_store_wait(s->base.store);
    assert_int_equal(s->backlog.frozen.count, 0);
    sl_test_backlog_end(&s->backlog);
    reopen_store(s);

    assert_int_equal(stored_sum(s), 15);
}

/* The sanitizer of threads sees whether the two sides keep to their own. */
static void a_reader_settles_while_another_thread_writes(void **state)
{
    struct stored *s = *state;
    struct sl_threads *threads;
    struct sl_store_stats stats;
    uint64_t sum = 0;
    sl_fixture_close(&s->base);
    assert_ok(sl_threads_open(&threads));
    s->base.options.executor = sl_threads_executor(threads);
    sl_fixture_open(&s->base);
    sl_test_backlog_init(&s->backlog, sl_store_state(s->base.store));

    for (unsigned round = 0; round < 300; round++) {
        store_items(s, 10);
        sum += 10;
        sl_store_submit(s->base.store);
        sl_store_checkpoint_soon(s->base.store);
        sl_store_tick(s->base.store, sl_clock_now(&s->base.clock.base));
        assert_int_equal(stored_sum(s), sum);
        sl_threads_drain(threads);
        assert_int_equal(stored_sum(s), sum);
        if (round % 50 == 49) {
            sl_store_wait(s->base.store);
        }
    }
    sl_store_stats(s->base.store, &stats);
    assert_true(stats.checkpoints > 5);
    reopen_store(s);
    assert_int_equal(stored_sum(s), sum);

    sl_fixture_close(&s->base);
    sl_threads_close(threads);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_failed_sink_stops_the_store_and_nothing_is_written),
        T(a_stopped_store_still_reads_what_was_frozen),
        T(the_last_checkpoint_of_a_store_writes_an_ended_backlog),
        T(the_last_checkpoint_of_a_store_writes_a_backlog_that_has_not_ended),
        T(a_backlog_ends_after_waiting_for_the_checkpoint_under_way),
        T(a_reader_settles_while_another_thread_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
