/* Pauses before one more attempt: longer and longer, within bounds, until the time is up. */
#include "lib/test.h"

#include "cli/patience.h"

struct time {
    int64_t now_ms;
    uint32_t random;
    uint32_t last_ms; /* the pause before */
    unsigned pauses;
};

static int64_t now_ms(void *ctx)
{
    return ((struct time *)ctx)->now_ms;
}

static void pause_ms(void *ctx, uint32_t ms)
{
    struct time *time = ctx;
    time->now_ms += ms;
    time->last_ms = ms;
    time->pauses++;
}

static uint32_t number(void *ctx)
{
    return ((struct time *)ctx)->random;
}

static struct sl_patience start(struct time *time, uint32_t retry_for_s)
{
    *time = (struct time){.now_ms = 1234567};
    struct sl_patience patience = {.retry_for_s = retry_for_s};
    patience.clock = (struct sl_patience_clock){
        .now_ms = now_ms, .pause = pause_ms, .random = number, .ctx = time};
    return patience;
}

static void pauses_grow_twofold_up_to_a_maximum(void **state)
{
    (void)state;
    struct time time;
    struct sl_patience patience = start(&time, 60);

    for (uint32_t want = SL_PATIENCE_MS_MIN; want < SL_PATIENCE_MS_MAX; want *= 2) {
        assert_true(sl_patience_wait(&patience));
        assert_int_equal(time.last_ms, want);
    }
    for (int i = 0; i < 3; i++) {
        assert_true(sl_patience_wait(&patience));
        assert_int_equal(time.last_ms, SL_PATIENCE_MS_MAX);
    }
}

static void up_to_half_of_each_is_left_out(void **state)
{
    (void)state;
    struct time time;
    struct sl_patience patience = start(&time, 60);

    time.random = SL_PATIENCE_MS_MIN / 2;
    assert_true(sl_patience_wait(&patience));
    assert_int_equal(time.last_ms, SL_PATIENCE_MS_MIN / 2);
    time.random = UINT32_MAX;
    for (int i = 0; i < 20; i++) {
        uint32_t longest = SL_PATIENCE_MS_MIN << (i < 5 ? i + 1 : 6);
        longest = longest < SL_PATIENCE_MS_MAX ? longest : SL_PATIENCE_MS_MAX;
        assert_true(sl_patience_wait(&patience));
        assert_in_range(time.last_ms, longest / 2, longest);
    }
}

static void the_last_attempt_is_made_when_the_time_is_up(void **state)
{
    (void)state;
    struct time time;
    struct sl_patience patience = start(&time, 7);
    int64_t began_ms = time.now_ms;

    while (sl_patience_wait(&patience)) {
        assert_true(time.pauses < 100);
    }

    assert_int_equal(time.now_ms - began_ms, 7000);
    assert_false(sl_patience_wait(&patience));
    assert_int_equal(time.now_ms - began_ms, 7000);
}

static void what_is_taken_begins_the_time_anew(void **state)
{
    (void)state;
    struct time time;
    struct sl_patience patience = start(&time, 1);
    while (sl_patience_wait(&patience)) {
        assert_true(time.pauses < 100);
    }

    sl_patience_renew(&patience);

    assert_true(sl_patience_wait(&patience));
    assert_int_equal(time.last_ms, SL_PATIENCE_MS_MIN);
}

static void no_time_is_no_attempt(void **state)
{
    (void)state;
    struct time time;
    struct sl_patience patience = start(&time, 0);

    assert_false(sl_patience_wait(&patience));

    assert_int_equal(time.pauses, 0);
}

static void the_system_has_a_clock_that_does_not_go_back(void **state)
{
    (void)state;
    struct sl_patience patience = sl_patience_start();
    int64_t before_ms = patience.clock.now_ms(patience.clock.ctx);

    patience.clock.pause(patience.clock.ctx, 0);

    assert_true(patience.clock.now_ms(patience.clock.ctx) >= before_ms);
    assert_int_equal(patience.retry_for_s, SL_PATIENCE_S_DEFAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_twofold_up_to_a_maximum),
        cmocka_unit_test(up_to_half_of_each_is_left_out),
        cmocka_unit_test(the_last_attempt_is_made_when_the_time_is_up),
        cmocka_unit_test(what_is_taken_begins_the_time_anew),
        cmocka_unit_test(no_time_is_no_attempt),
        cmocka_unit_test(the_system_has_a_clock_that_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
