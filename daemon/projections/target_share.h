/* Shares of a target in day weights: how much of it is over, and how much of it falls on a person's active days. Targets are read
 * (sl_target_days_read). */
#ifndef SL_PROJECTIONS_TARGET_SHARE_H
#define SL_PROJECTIONS_TARGET_SHARE_H

#include "projections/target_days.h"

/* On the evening of `today`. Where several stored targets make up the target, each weighs as much as its part. Exact. */
struct sl_elapsed sl_target_elapsed(const struct sl_target_days *target,
                                    const struct sl_day_calendar *calendar,
                                    sl_day today);

/* What of it falls on `days`, by day weights: pro-rated, not the parts that they were given. Exact; where 128 bits do not hold one
 * target's part or the sum over several, it is one of whole units. SL_E_OVERFLOW: not even 64 hold that. */
SL_MUST_CHECK enum sl_err sl_target_prorate(const struct sl_target_days *target,
                                            const struct sl_day_calendar *calendar,
                                            struct sl_period days,
                                            struct sl_fraction *ret_part);

/* Somebody's target. */
struct sl_target_of {
    uint32_t person; /* number */
    const struct sl_target_days *target;
    const struct sl_day_calendar *calendar;
};

/* The target after pro-rating and ramp: each day's part counts if the person is active that day (a define holds, hired to left, both
 * included), times the factor of his tenure month by the define of that day. Undefined for somebody never defined. Exact as
 * above. The org is fresh. SL_E_OVERFLOW and the codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_target_effective(struct sl_ledger *ledger,
                                              const struct sl_target_of *of,
                                              struct sl_arena *arena,
                                              struct sl_fraction *ret_effective);

#endif
