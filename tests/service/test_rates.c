/* How much came in the last second, ten seconds, minute: whole seconds, counted by the clock that is handed in. */
#include "lib/test.h"

#include "service/rates.h"

enum { SECOND = 1000000, BEGAN = 77 };

static struct sl_rates rates;

static void note(uint64_t us, uint64_t events)
{
    struct sl_counters now = {.events = events, .bytes = 100 * events, .requests = 2 * events};
    sl_rates_note(&rates, BEGAN + us, &now);
}

static void assert_rate(size_t at, uint32_t seconds, uint64_t events)
{
    struct sl_figures figures = {0};
    sl_rates_fill(&rates, &figures);
    assert_int_equal(figures.rate_count, 3);
    assert_int_equal(figures.rates[at].seconds, seconds);
    assert_int_equal(figures.rates[at].events, events);
    assert_int_equal(figures.rates[at].bytes, 100 * events);
    assert_int_equal(figures.rates[at].requests, 2 * events);
}

static void a_second_counts_once_it_has_ended(void **state)
{
    (void)state;
    sl_rates_begin(&rates, BEGAN);
    note(SECOND - 1, 5);
    assert_rate(0, 0, 0);
    note(SECOND, 6);
    assert_rate(0, 1, 6);
    assert_rate(2, 1, 6);
    note(2 * SECOND - 1, 100);
    assert_rate(0, 1, 6);
}

static void each_span_has_its_own_seconds(void **state)
{
    (void)state;
    sl_rates_begin(&rates, BEGAN);
    for (uint64_t second = 1; second <= 200; second++) {
        note(second * SECOND, second * second);
    }
    assert_rate(0, 1, 200 * 200 - 199 * 199);
    assert_rate(1, 10, 200 * 200 - 190 * 190);
    assert_rate(2, 60, 200 * 200 - 140 * 140);
}

/* Nobody looked for a while: what came meanwhile counts for the first of those seconds, and is gone a minute later. */
static void seconds_that_nobody_saw_end_are_there(void **state)
{
    (void)state;
    sl_rates_begin(&rates, BEGAN);
    note(SECOND, 10);
    note(5 * SECOND, 50);
    assert_rate(0, 1, 0);
    assert_rate(1, 5, 50);
    note(62 * SECOND, 50);
    assert_rate(2, 60, 0);
    note(10000 * (uint64_t)SECOND, 90);
    assert_rate(0, 1, 0);
    assert_rate(2, 60, 0);
    note(10001 * (uint64_t)SECOND, 91);
    assert_rate(2, 60, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_counts_once_it_has_ended),
        cmocka_unit_test(each_span_has_its_own_seconds),
        cmocka_unit_test(seconds_that_nobody_saw_end_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
