/* What is over of a target, and what of it is asked of somebody who was not there all the time. */
#include "projections/target_share.h"

#include "projections/source.h"
#include "sl/money.h"

static const struct sl_elapsed nothing = {0, 1, 1};

static struct sl_period up_to(struct sl_period days, sl_day today)
{
    int32_t end = today.v < days.end.v ? today.v + 1 : days.end.v;
    return (struct sl_period){days.start, {end > days.start.v ? end : days.start.v}};
}

/* The parts that are over, and the one that has begun. */
struct over {
    sl_int128 done;           /* parts */
    int64_t part;             /* of the one that has begun */
    struct sl_fraction share; /* of it that is over */
    int64_t days;             /* that carry weight, of all */
};

static void add_stretch(struct over *over,
                        const struct sl_target_stretch *stretch,
                        const struct sl_day_calendar *calendar,
                        sl_day today)
{
    struct sl_day_weights all = sl_spread_weights(&stretch->spread, calendar, stretch->days);
    struct sl_day_weights begun =
        sl_spread_weights(&stretch->spread, calendar, up_to(stretch->days, today));
    over->days += all.days;
    if (stretch->days.end.v <= today.v + 1) {
        over->done += stretch->part;
    } else if (stretch->days.start.v <= today.v && all.sum > 0) {
        over->part = stretch->part;
        over->share = sl_fraction_reduce((struct sl_fraction){begun.sum, all.sum});
    }
}

/* done + part x share, over the target. A share's denominator is at most what 400 months weigh (400 x SL_WEIGHT_MAX) times the days of
 * the three months that begin, end or cut the stretch: 54 bits, and 60 are those of the target. */
static struct sl_elapsed weigh(const struct over *over, int64_t target)
{
    return (struct sl_elapsed){
        .elapsed = over->done * over->share.denominator + over->part * over->share.numerator,
        .all = target * over->share.denominator,
        .days = over->days,
    };
}

struct sl_elapsed sl_target_elapsed(const struct sl_target_days *target,
                                    const struct sl_day_calendar *calendar,
                                    sl_day today)
{
    struct over over = {.share = {0, 1}};
    for (size_t i = 0; i < target->count; i++) {
        add_stretch(&over, &target->stretches[i], calendar, today);
    }
    if (target->amount <= 0 || over.days == 0) {
        return nothing; /* such a target has no pace */
    }
    return weigh(&over, target->amount);
}

/* The days of a target that are counted, by whose define, and what they come to so far. */
struct active_work {
    const struct sl_target_days *target;
    const struct sl_day_calendar *calendar;
    struct sl_period active;
    const struct sl_define *person; /* NULL: nobody, or no day of hire; so no ramp */
    struct sl_fraction amount;
};

/* Adds weight x factor of the days: millionths of a weight. */
static bool add_days(const struct active_work *work,
                     const struct sl_target_stretch *stretch,
                     struct sl_period days,
                     int64_t factor_ppm,
                     sl_int128 *sum)
{
    sl_int128 weight = sl_spread_weights(&stretch->spread, work->calendar, days).sum;
    return !__builtin_mul_overflow(weight, factor_ppm, &weight) &&
           !__builtin_add_overflow(*sum, weight, sum);
}

static struct sl_period cut(struct sl_period days, sl_day from, sl_day to)
{
    struct sl_period part = {
        .start = from.v > days.start.v ? from : days.start,
        .end = to.v < days.end.v ? to : days.end,
    };
    return part.start.v < part.end.v ? part : (struct sl_period){days.start, days.start};
}

/* Step by step of the ramp: what lies before the first, then what each holds for. */
static enum sl_err add_active(const struct active_work *work,
                              const struct sl_target_stretch *stretch,
                              sl_int128 *ret_sum)
{
    struct sl_period days = cut(stretch->days, work->active.start, work->active.end);
    const struct sl_ramp_step *steps = work->person != NULL ? work->person->ramp : NULL;
    size_t step_count = work->person != NULL ? work->person->ramp_count : 0;
    sl_day from = days.start;
    sl_int128 sum = 0;
    for (size_t i = 0; i <= step_count; i++) {
        sl_day to =
            i < step_count ? sl_tenure_day(work->person->hired, steps[i].from_month) : days.end;
        int64_t factor_ppm = sl_ramp_factor_ppm(steps, i, INT32_MAX); /* of the steps so far */
        if (!add_days(work, stretch, cut(days, from, to), factor_ppm, &sum)) {
            return SL_E_OVERFLOW;
        }
        from = to;
    }
    *ret_sum = sum;
    return SL_OK;
}

/* A sum of fractions with nothing in common may not fit; whole units are then as exact as the answer can be. */
static enum sl_err add_fraction(struct sl_fraction *sum, struct sl_fraction more)
{
    int64_t whole_sum;
    int64_t whole_more;
    if (sl_fraction_add(*sum, more, sum) == SL_OK) {
        return SL_OK;
    }
    enum sl_err err =
        sl_round_ratio(sum->numerator, sum->denominator, SL_ROUND_HALF_EVEN, &whole_sum);
    if (err == SL_OK) {
        err = sl_round_ratio(more.numerator, more.denominator, SL_ROUND_HALF_EVEN, &whole_more);
    }
    return err == SL_OK
               ? sl_fraction_add(sl_fraction_of_int(whole_sum), sl_fraction_of_int(whole_more), sum)
               : err;
}

/* part x active / all, of whole units where 128 bits do not hold it. */
static enum sl_err
prorate(int64_t part, sl_int128 active, sl_int128 all, struct sl_fraction *ret_part)
{
    struct sl_exact exact;
    int64_t whole;
    if (sl_prorate(part, active, all, ret_part) == SL_OK) {
        return SL_OK;
    }
    sl_exact_set(&exact, (struct sl_fraction){active, all});
    enum sl_err err = sl_exact_scale(&exact, sl_fraction_of_int(part), &exact);
    if (err == SL_OK) {
        err = sl_exact_round(&exact, SL_ROUND_HALF_EVEN, &whole);
    }
    if (err == SL_OK) {
        *ret_part = sl_fraction_of_int(whole);
    }
    return err;
}

/* part x active weights / weights. */
static enum sl_err add_stretch_of(struct active_work *work, const struct sl_target_stretch *stretch)
{
    sl_int128 all = sl_spread_weights(&stretch->spread, work->calendar, stretch->days).sum;
    sl_int128 sum;
    struct sl_fraction part;
    if (all == 0) {
        return SL_OK; /* days without weight have no part */
    }
    enum sl_err err = add_active(work, stretch, &sum);
    if (err == SL_OK && __builtin_mul_overflow(all, SL_PPM, &all)) {
        err = SL_E_OVERFLOW;
    }
    if (err == SL_OK) {
        err = prorate(stretch->part, sum, all, &part);
    }
    return err == SL_OK ? add_fraction(&work->amount, part) : err;
}

static enum sl_err add_stretches(struct active_work *work)
{
    enum sl_err err = SL_OK;
    for (size_t i = 0; err == SL_OK && i < work->target->count; i++) {
        err = add_stretch_of(work, &work->target->stretches[i]);
    }
    return err;
}

enum sl_err sl_target_prorate(const struct sl_target_days *target,
                              const struct sl_day_calendar *calendar,
                              struct sl_period days,
                              struct sl_fraction *ret_part)
{
    struct active_work work = {
        .target = target, .calendar = calendar, .active = days, .amount = sl_fraction_of_int(0)};
    enum sl_err err = add_stretches(&work);
    if (err == SL_OK) {
        *ret_part = work.amount;
    }
    return err;
}

/* The days of the target on which the segment's define holds and the person is there. */
static struct sl_period active_days(const struct sl_target_days *target,
                                    const struct sl_segment *segment)
{
    struct sl_period days = {target->stretches[0].days.start,
                             target->stretches[target->count - 1].days.end};
    days = cut(days, (sl_day){segment->from}, (sl_day){segment->to});
    return sl_active_days(days, (sl_day){segment->row.hired}, (sl_day){segment->row.left});
}

/* Adds to `amount` what falls on the active days of one segment. */
static enum sl_err add_segment(struct sl_ledger *ledger,
                               const struct sl_target_of *of,
                               const struct sl_segment *segment,
                               struct sl_arena *arena,
                               struct sl_fraction *amount)
{
    struct active_work work = {.target = of->target,
                               .calendar = of->calendar,
                               .active = active_days(of->target, segment),
                               .amount = *amount};
    struct sl_sourced define;
    enum sl_err err = SL_OK;
    if (work.active.start.v == work.active.end.v) {
        return SL_OK;
    }
    if (segment->row.hired != SL_NO_DAY_V) {
        err = sl_source_load(ledger, segment->seq, arena, &define);
        if (err == SL_OK && (!define.is_there || define.body.type != SL_EVENT_DEFINE)) {
            err = SL_E_CORRUPT;
        }
        work.person = &define.body.u.define;
    }
    if (err == SL_OK) {
        err = add_stretches(&work);
    }
    *amount = work.amount;
    return err;
}

enum sl_err sl_target_effective(struct sl_ledger *ledger,
                                const struct sl_target_of *of,
                                struct sl_arena *arena,
                                struct sl_fraction *ret_effective)
{
    struct sl_fraction amount = sl_fraction_of_int(0);
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(&ledger->org.people, of->person, &count);
    enum sl_err err = SL_OK;
    for (uint32_t i = 0; err == SL_OK && i < count; i++) {
        err = add_segment(ledger, of, &segments[i], arena, &amount);
    }
    if (err == SL_OK) {
        *ret_effective = count > 0 ? amount : (struct sl_fraction){0, 0};
    }
    return err;
}
