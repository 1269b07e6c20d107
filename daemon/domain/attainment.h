/* Attainment, pace, run rate, pro-rating and ramp: what a target means for an actual. All exact.
 *
 *     A          actual / target                    target / actual where lower is better
 *     pace       A / (elapsed weights / weights)    1 is on schedule; as A, but with what should have been by now
 *     required   (target - actual) / remaining      per day of average weight, e.g. per working day
 *     gap        target - actual                    rounded to a whole unit, half to even, where the actual is a ratio
 *     pro-rated  Q x active weights / weights       both end days count as active
 *     ramped     Q x factor of the tenure month
 *
 * Missing or zero target means "no target": undefined, never 0 % and never infinite. A negative target counts as missing too,
 * since reaching it would mean selling less. Fractions are in lowest terms; pace and required rate, whose weights may be long, are wide
 * where 128 bits do not hold those. Pure functions. */
#ifndef SL_DOMAIN_ATTAINMENT_H
#define SL_DOMAIN_ATTAINMENT_H

#include "domain/event.h"
#include "domain/exact.h"
#include "sl/date.h"

struct sl_attainment_input {
    struct sl_fraction actual; /* in the measure's unit; undefined gives undefined */
    int64_t target;
    bool has_target;
    bool lower_is_better;
};

/* 1 is 100 %. Lower is better and nothing spent, or less: undefined too, there is nothing to compare. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_attainment(const struct sl_attainment_input *input,
                                        struct sl_fraction *ret_attainment);

/* How much of a period is over, in day weights (domain/spread.h). */
struct sl_elapsed {
    sl_int128 elapsed; /* 0 to all */
    sl_int128 all;     /* above 0 */
    int64_t days;      /* how many days carry the weights; above 0 */
};

/* How many parts a target's monthly weights have: the months of a period of whole months; 0 for other periods. */
size_t sl_period_months(struct sl_period period);

/* A ÷ share of the period that is over; undefined before its first day. Where lower is better it is the target's part so far
 * over the actual. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_pace(const struct sl_attainment_input *input,
                                  struct sl_elapsed elapsed,
                                  struct sl_exact *ret_pace);

/* Per day that weighs as much as the average one: where all weigh the same, per day that remains. Below 0 once the target is passed,
 * undefined when nothing remains or there is no target. Where lower is better it is what may still be used. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_required_rate(const struct sl_attainment_input *input,
                                           struct sl_elapsed elapsed,
                                           struct sl_exact *ret_rate);

/* Of a defined actual. The greatest number stands for what is greater still, the least for what is less. */
int64_t sl_target_gap(int64_t target, struct sl_fraction actual);

/* quota x active / all, exact; `all` is above 0. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_prorate(int64_t quota, sl_int128 active, sl_int128 all, struct sl_fraction *ret_quota);

/* The days of `period` on which somebody hired and leaving on these days is active, perhaps none (start = end); SL_NO_DAY: no bound.
 * Both end days count. */
struct sl_period sl_active_days(struct sl_period period, sl_day hired, sl_day left);

/* Full months from `hired` to `day`: 15 July to 14 August is 0, to 15 August is 1. Below 0 before. From the 31st, a month is
 * full on the last day of a shorter month. */
int32_t sl_tenure_months(sl_day hired, sl_day day);

/* The first day from `hired` on with so many full months; the end of all periods if none has. */
sl_day sl_tenure_day(sl_day hired, int32_t months);

/* The factor of the last step not after this month, 1,000,000 before the first and without steps. Steps ascend. */
int64_t sl_ramp_factor_ppm(const struct sl_ramp_step *steps, size_t step_count, int32_t months);

#endif
