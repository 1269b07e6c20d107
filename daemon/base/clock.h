/* Time, as a table of functions so that a test can stand still. Nothing else asks the system what time it is. */
#ifndef SL_BASE_CLOCK_H
#define SL_BASE_CLOCK_H

#include "sl/types.h"

struct sl_clock {
    /* Wall clock: what goes into records. May jump; the store makes recorded times monotone. */
    sl_time (*now)(const struct sl_clock *clock);
    /* Microseconds of a clock that never jumps, for durations only. */
    uint64_t (*monotonic_us)(const struct sl_clock *clock);
};

/* The system's clocks. Static memory. */
const struct sl_clock *sl_clock_system(void);

/* A clock that stands still until told: for tests and replays. */
struct sl_fake_clock {
    struct sl_clock base;
    sl_time at;
    uint64_t monotonic_us;
};
void sl_fake_clock_init(struct sl_fake_clock *clock, sl_time at);
void sl_fake_clock_advance_us(struct sl_fake_clock *clock, uint64_t by_us);

static inline sl_time sl_clock_now(const struct sl_clock *clock)
{
    return clock->now(clock);
}

static inline uint64_t sl_clock_monotonic_us(const struct sl_clock *clock)
{
    return clock->monotonic_us(clock);
}

#endif
