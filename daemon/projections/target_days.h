/* The target of any period, made of those that were set.
 *
 * The rule, which holds wherever a target is needed: each day of the period takes its part from one stored target of the same scope,
 * measure and role. That is
 *
 *     (1) the longest of those that lie inside the period, else
 *     (2) the shortest of those that hold the day and reach beyond the period;
 *     (3) of two as long, the one set last.
 *
 * The target is the sum of these parts (domain/spread.h); if a day has none, there is no target. Hence
 *
 *     set for just this period       it is the target, whatever else there is
 *     the year is set                a month, week or day of it has its part of the year
 *     the months are set             a quarter is their sum; a week across two of them has days of both
 *     a year and its January         Q1 is January as it was set, and February and March as parts of the year
 *
 * and the targets of periods without a target of their own always add up.
 *
 * A ratio is no sum: half a year's win rate is asked of its half years too. Each day takes the whole amount, and there is a target if
 * all days take the same. */
#ifndef SL_PROJECTIONS_TARGET_DAYS_H
#define SL_PROJECTIONS_TARGET_DAYS_H

#include "domain/attainment.h"
#include "domain/spread.h"
#include "projections/targets.h"

#define SL_TARGET_STRETCHES_MAX 1000u /* stretches of one target */

/* Which target. */
struct sl_target_ask {
    uint32_t scope, measure; /* numbers, as of sl_target_ref; 0: no target */
    enum sl_target_role role;
    bool is_ratio; /* the measure's */
    struct sl_period period;
    const struct sl_day_calendar *calendar; /* of sl_targets_calendar */
};

/* Days in a row that take their part from one stored target. */
struct sl_target_stretch {
    struct sl_period days;
    int64_t part; /* of a ratio: the whole */
    sl_seq seq;   /* the stored target's position */
    struct sl_stored_target stored;
    struct sl_spread spread; /* the stored target with its weights, once it is read */
    bool has_spread;
};

struct sl_target_days {
    int64_t amount;
    bool is_own;                         /* set for just this period: one stretch */
    struct sl_target_stretch *stretches; /* ascending, without a gap; on the arena */
    size_t count;                        /* 0: no target */
};

/* The days that count, by the calendar in force. Lent until the next define. Takes `arena` for a moment. Codes of
 * sl_source_load. */
SL_MUST_CHECK enum sl_err sl_targets_calendar(struct sl_ledger *ledger,
                                              struct sl_arena *arena,
                                              const struct sl_day_calendar **ret_calendar);

/* What SL_E_TOO_BIG of sl_target_days_get means, for the field that names the period. Gives SL_E_TOO_BIG. */
enum sl_err sl_target_days_refuse(struct sl_diag *diag, const char *field);

/* SL_E_TOO_BIG (more stretches than allowed), SL_E_NO_MEMORY and the codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_target_days_get(struct sl_ledger *ledger,
                                             const struct sl_target_ask *ask,
                                             struct sl_arena *arena,
                                             struct sl_target_days *ret_target);

/* Takes the weights over from the stretch's event, which the caller has read and whose arena they stay on. */
void sl_target_stretch_read(struct sl_target_stretch *stretch, const struct sl_target *target);

/* Reads the weights of all its stretches that have not been read. Codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_target_days_read(struct sl_ledger *ledger,
                                              struct sl_target_days *target,
                                              struct sl_arena *arena);

#endif
