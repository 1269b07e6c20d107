/* The system's clocks and the one that stands still. */
#include "base/clock.h"

#include <time.h>

#define US_PER_S  1000000
#define NS_PER_US 1000

static sl_time system_now(const struct sl_clock *clock)
{
    (void)clock;
    struct timespec at = {0};
    (void)clock_gettime(CLOCK_REALTIME, &at); /* cannot fail for this clock */
    return (sl_time){(int64_t)at.tv_sec * US_PER_S + at.tv_nsec / NS_PER_US};
}

static uint64_t system_monotonic_us(const struct sl_clock *clock)
{
    (void)clock;
    struct timespec at = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return (uint64_t)at.tv_sec * US_PER_S + (uint64_t)at.tv_nsec / NS_PER_US;
}

const struct sl_clock *sl_clock_system(void)
{
    static const struct sl_clock clock = {system_now, system_monotonic_us};
    return &clock;
}

static sl_time fake_now(const struct sl_clock *clock)
{
    return ((const struct sl_fake_clock *)clock)->at;
}

static uint64_t fake_monotonic_us(const struct sl_clock *clock)
{
    return ((const struct sl_fake_clock *)clock)->monotonic_us;
}

void sl_fake_clock_init(struct sl_fake_clock *clock, sl_time at)
{
    *clock = (struct sl_fake_clock){.base = {fake_now, fake_monotonic_us}, .at = at};
}

void sl_fake_clock_advance_us(struct sl_fake_clock *clock, uint64_t by_us)
{
    clock->at.v += (int64_t)by_us;
    clock->monotonic_us += by_us;
}
