/* Laying a target over the days of its period, so that whatever is cut out of it, the parts add up: largest remainder, see
 * sl_allocate.
 *
 *     weights                     parts
 *     one per day                 by weights over the days
 *     one per month               by weights over the months; each month evenly over its days
 *     none, whole months          equal months; each month evenly over its days
 *     none, any other period      evenly over its days
 *
 * A part of a period is the sum of its days. So a week across two months holds the days of both, and the weeks of a year sum to its
 * target.
 *
 * "Evenly" is over the days that count: all of them or, where the calendar lists days without work, the working days. A period without
 * any day that counts counts all, so that nothing is lost. Pure functions. */
#ifndef SL_DOMAIN_SPREAD_H
#define SL_DOMAIN_SPREAD_H

#include "sl/date.h"
#include "sl/err.h"
#include "sl/limits.h"

/* Which days count. Zeroed: every day. */
struct sl_day_calendar {
    const sl_day *holidays; /* ascending, each once, none on a weekend */
    size_t holiday_count;
    bool has_working_days; /* Mondays to Fridays count that are no holidays */
};

/* The calendar that lists these days without work, in any order; none at all: every day counts. Sorts `days` and lends them. */
struct sl_day_calendar sl_day_calendar_of(sl_day *days, size_t count);

/* How many days of the period count; 0 for an empty one. */
int64_t sl_calendar_days(const struct sl_day_calendar *calendar, struct sl_period period);

/* Parts by weight. NULL weights: evenly. Each weight is 0 or more. SL_E_INVALID_FIELD if no weight is above 0. */
SL_MUST_CHECK enum sl_err
sl_spread(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts);

/* A target as it was set. Weights, if any, are one per month of whole months or one per day, at most SL_WEIGHTS_MAX, each 0 to
 * SL_WEIGHT_MAX, not all 0: what sl_check_target lets in. */
struct sl_spread {
    struct sl_period period; /* not empty */
    int64_t amount;
    const int64_t *weights; /* borrowed */
    size_t weight_count;
};

/* The part of it that falls on `days`; days outside its period have none. */
int64_t sl_spread_within(const struct sl_spread *spread,
                         const struct sl_day_calendar *calendar,
                         struct sl_period days);

/* What days weigh, to compare with other days of the same target only. */
struct sl_day_weights {
    sl_int128 sum;
    int64_t days; /* how many carry it */
};

/* The weights of its days among `days`: a day's own, or its part of its month's. Without weights all days that count weigh the
 * same, also those of months of unequal length: half of a year's days are half of the year. */
struct sl_day_weights sl_spread_weights(const struct sl_spread *spread,
                                        const struct sl_day_calendar *calendar,
                                        struct sl_period days);

#endif
