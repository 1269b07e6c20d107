/* A small batch that the store writes itself, without a lane: when it does, and when the disk may be slow and it does not. */
#include "lib/test.h"

#include "lib/store_fixture.h"

#define OWN_MAX 8u

static struct sl_fixture fixture;

static int set_up(void **state)
{
    (void)state;
    sl_fixture_init(&fixture);
    fixture.ops.clock = &fixture.clock;
    sl_fixture_open(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sl_fixture_deinit(&fixture);
    return 0;
}

/* Adds and submits; was all of it durable before any lane ran? */
static bool is_written_at_once(unsigned count)
{
    sl_fixture_add_many(&fixture, count);
    sl_store_submit_own(fixture.store, OWN_MAX);
    return fixture.durable == sl_store_head(fixture.store).v;
}

static void a_small_batch_is_durable_when_submit_returns(void **state)
{
    (void)state;
    assert_true(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor); /* the next segment is made */
    assert_true(is_written_at_once(OWN_MAX));
    assert_int_equal(fixture.durable, 1 + OWN_MAX);
    sl_fixture_kill(&fixture);
    sl_fixture_open(&fixture);
    sl_fixture_check(&fixture, 1 + OWN_MAX);
}

static void a_larger_batch_goes_to_the_lane(void **state)
{
    (void)state;
    assert_false(is_written_at_once(OWN_MAX + 1));
    assert_int_equal(fixture.ops.flushes, 0);
    /* One is in flight: the next gathers, however small it is. */
    assert_false(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(fixture.durable, OWN_MAX + 1);
    sl_fixture_run(&fixture);
    sl_fixture_check(&fixture, OWN_MAX + 2);
}

static void unless_asked_to_every_batch_goes_to_the_lane(void **state)
{
    (void)state;
    sl_fixture_add_many(&fixture, 1);
    sl_store_submit(fixture.store);
    assert_int_equal(fixture.durable, 0);
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(fixture.durable, 1);
}

static void while_a_segment_is_made_it_goes_to_the_lane(void **state)
{
    (void)state;
    assert_true(is_written_at_once(1));
    assert_false(is_written_at_once(1)); /* the first flush had the next segment made */
    sl_inline_run_all(&fixture.executor);
    assert_true(is_written_at_once(1));
    sl_fixture_check(&fixture, 3);
}

static void behind_a_checkpoint_it_goes_to_the_lane(void **state)
{
    (void)state;
    assert_true(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor);
    sl_store_checkpoint_soon(fixture.store);
    sl_store_tick(fixture.store, sl_clock_now(&fixture.clock.base));
    assert_false(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor);
    assert_int_equal(fixture.durable, 2);
    assert_true(is_written_at_once(1));
    sl_fixture_check(&fixture, 3);
}

static void after_a_slow_flush_it_goes_to_the_lane_until_one_is_quick(void **state)
{
    (void)state;
    fixture.ops.flush_us = 1001;
    assert_true(is_written_at_once(1)); /* nothing was known of the disk */
    assert_true(sl_inline_run_one(&fixture.executor, SL_LANE_SEGMENT));
    assert_false(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor);
    assert_false(is_written_at_once(1));
    fixture.ops.flush_us = 1000;
    sl_inline_run_all(&fixture.executor);
    assert_true(is_written_at_once(1));
    sl_fixture_check(&fixture, 4);
}

static void a_failed_flush_stops_the_store_before_submit_returns(void **state)
{
    (void)state;
    assert_true(is_written_at_once(1));
    sl_inline_run_all(&fixture.executor);
    unsigned flushes = fixture.ops.flushes;
    fixture.ops.call = SL_FAULT_FDATASYNC;
    assert_false(is_written_at_once(1));
    assert_int_equal(fixture.stops, 1);
    assert_int_equal(fixture.durable, 1);
    assert_err(SL_E_STOPPED, sl_fixture_add(&fixture));
    assert_int_equal(fixture.ops.flushes, flushes + 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_small_batch_is_durable_when_submit_returns),
        T(a_larger_batch_goes_to_the_lane),
        T(unless_asked_to_every_batch_goes_to_the_lane),
        T(while_a_segment_is_made_it_goes_to_the_lane),
        T(behind_a_checkpoint_it_goes_to_the_lane),
        T(after_a_slow_flush_it_goes_to_the_lane_until_one_is_quick),
        T(a_failed_flush_stops_the_store_before_submit_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
