/* Spreading a target over the parts of its period so that the parts always add up: largest remainder, see sl_allocate.
 *
 *     year or quarter -> months    by weights (even without)
 *     month -> days                evenly over its days, or over its working days
 *     any other part of a month    the sum of its days
 *
 * So a week across two months holds the days of both, and the weeks of a year sum to its target. Pure functions. */
#ifndef SL_DOMAIN_SPREAD_H
#define SL_DOMAIN_SPREAD_H

#include "sl/date.h"
#include "sl/err.h"
#include "sl/limits.h"

#define SL_MONTH_DAYS_MAX 31u

/* Which days of a month count. */
struct sl_day_mask {
    uint32_t bits; /* bit 0 is the first day; 0: every day counts */
};

/* Every day of the month but Saturdays, Sundays and `holidays` (any order, other months' too). */
struct sl_day_mask
sl_working_days(int32_t month_index, const sl_day *holidays, size_t holiday_count);

/* Parts by weight. NULL weights: evenly. Each weight is 0 or more. SL_E_INVALID_FIELD if no weight is above 0. */
SL_MUST_CHECK enum sl_err
sl_spread(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts);

/* One month's amount over its days: ret_parts[0] is the first, days that do not count get 0. Gives the number of days. A mask
 * without any day of this month counts every day, so that nothing is lost. */
size_t sl_spread_month(int64_t amount,
                       int32_t month_index,
                       struct sl_day_mask mask,
                       int64_t ret_parts[SL_MONTH_DAYS_MAX]);

/* What of one month's amount falls into `period`. */
int64_t sl_spread_overlap(int64_t amount,
                          int32_t month_index,
                          struct sl_day_mask mask,
                          struct sl_period period);

#endif
