/* Targets against actuals as exact fractions. */
#include "domain/attainment.h"

static const struct sl_fraction undefined = {0, 0};

static bool has_target(const struct sl_attainment_input *input)
{
    return input->has_target && input->target > 0 && sl_fraction_is_defined(input->actual);
}

/* The bigger the better: actual over target, or the other way round. */
static enum sl_err compare_with(const struct sl_attainment_input *input,
                                struct sl_fraction target,
                                struct sl_fraction *ret)
{
    struct sl_fraction above = input->lower_is_better ? target : input->actual;
    struct sl_fraction below = input->lower_is_better ? input->actual : target;
    struct sl_fraction result = undefined;
    enum sl_err err = SL_OK;
    bool is_comparable = !input->lower_is_better || input->actual.numerator > 0;
    if (has_target(input) && is_comparable) {
        err = sl_fraction_div(above, below, &result);
    }
    if (err == SL_OK) {
        *ret = sl_fraction_reduce(result);
    }
    return err;
}

enum sl_err sl_attainment(const struct sl_attainment_input *input,
                          struct sl_fraction *ret_attainment)
{
    return compare_with(input, sl_fraction_of_int(input->target), ret_attainment);
}

static bool is_month_start(sl_day day)
{
    return sl_day_to_civil(day).day == 1;
}

size_t sl_period_months(struct sl_period period)
{
    if (!is_month_start(period.start) || !is_month_start(period.end)) {
        return 0;
    }
    return (size_t)(sl_day_month_index(period.end) - sl_day_month_index(period.start));
}

/* In lowest terms, and wide where 128 bits do not hold those. */
static enum sl_err
multiply(const struct sl_exact *a, struct sl_fraction b, struct sl_exact *ret_product)
{
    struct sl_fraction product;
    if (a->is_wide || sl_fraction_mul(a->small, b, &product) != SL_OK) {
        return sl_exact_scale(a, b, ret_product);
    }
    sl_exact_set(ret_product, sl_fraction_reduce(product));
    return SL_OK;
}

enum sl_err sl_pace(const struct sl_attainment_input *input,
                    struct sl_elapsed elapsed,
                    struct sl_exact *ret_pace)
{
    struct sl_fraction attainment;
    struct sl_exact pace;
    struct sl_fraction inverse = {elapsed.all, elapsed.elapsed}; /* of the share that is over */
    if (input->lower_is_better) {
        inverse = (struct sl_fraction){elapsed.elapsed, elapsed.all};
    }
    if (elapsed.elapsed <= 0) {
        sl_exact_set(ret_pace, undefined);
        return SL_OK;
    }
    enum sl_err err = sl_attainment(input, &attainment);
    if (err == SL_OK) {
        sl_exact_set(&pace, attainment);
        err = multiply(&pace, inverse, ret_pace);
    }
    return err;
}

enum sl_err sl_required_rate(const struct sl_attainment_input *input,
                             struct sl_elapsed elapsed,
                             struct sl_exact *ret_rate)
{
    struct sl_fraction rest = undefined;
    struct sl_fraction inverse = {elapsed.all, elapsed.all - elapsed.elapsed}; /* of what remains */
    struct sl_exact rate;
    enum sl_err err = SL_OK;
    if (has_target(input) && inverse.denominator > 0) {
        err = sl_fraction_sub(sl_fraction_of_int(input->target), input->actual, &rest);
    }
    sl_exact_set(&rate, rest);
    if (err == SL_OK) {
        err = multiply(&rate, sl_fraction_of_ratio(1, elapsed.days), &rate);
    }
    return err == SL_OK ? multiply(&rate, inverse, ret_rate) : err;
}

int64_t sl_target_gap(int64_t target, struct sl_fraction actual)
{
    struct sl_fraction gap = {0, 1};
    struct sl_exact exact;
    int64_t rounded = 0;
    SL_ASSERT(sl_fraction_is_defined(actual));
    enum sl_err err = sl_fraction_sub(sl_fraction_of_int(target), actual, &gap);
    sl_exact_set(&exact, gap);
    if (err == SL_OK) {
        err = sl_exact_round(&exact, SL_ROUND_HALF_EVEN, &rounded);
    }
    if (err == SL_OK) {
        return rounded;
    }
    return sl_fraction_compare(sl_fraction_of_int(target), actual) < 0 ? INT64_MIN : INT64_MAX;
}

enum sl_err
sl_prorate(int64_t quota, sl_int128 active, sl_int128 all, struct sl_fraction *ret_quota)
{
    SL_ASSERT(all > 0);
    struct sl_fraction part;
    struct sl_fraction share = sl_fraction_reduce((struct sl_fraction){active, all});
    enum sl_err err = sl_fraction_mul(sl_fraction_of_int(quota), share, &part);
    if (err == SL_OK) {
        *ret_quota = sl_fraction_reduce(part);
    }
    return err;
}

struct sl_period sl_active_days(struct sl_period period, sl_day hired, sl_day left)
{
    struct sl_period active = period;
    if (hired.v != SL_NO_DAY_V && hired.v > active.start.v) {
        active.start = hired;
    }
    if (left.v != SL_NO_DAY_V && left.v < active.end.v) {
        active.end.v = left.v + 1 < active.end.v ? left.v + 1 : active.end.v;
    }
    return active.start.v < active.end.v ? active : (struct sl_period){period.start, period.start};
}

/* The day after the last of its month is in another month. */
static bool is_last_of_month(sl_day day)
{
    return sl_day_month_index((sl_day){day.v + 1}) != sl_day_month_index(day);
}

int32_t sl_tenure_months(sl_day hired, sl_day day)
{
    int32_t months = sl_day_month_index(day) - sl_day_month_index(hired);
    int32_t hired_day = sl_day_to_civil(hired).day;
    int32_t this_day = sl_day_to_civil(day).day;
    bool is_full = this_day >= hired_day || is_last_of_month(day);
    return is_full ? months : months - 1;
}

sl_day sl_tenure_day(sl_day hired, int32_t months)
{
    sl_day end = sl_period_all().end;
    if (months > sl_day_month_index(end) - sl_day_month_index(hired)) {
        return end;
    }
    /* It is in the month that many months later, or the first of the one after. */
    sl_day first = sl_month_index_start(sl_day_month_index(hired) + months);
    sl_day day = first.v > hired.v ? first : hired;
    while (sl_tenure_months(hired, day) < months) {
        day.v++;
    }
    return day;
}

int64_t sl_ramp_factor_ppm(const struct sl_ramp_step *steps, size_t step_count, int32_t months)
{
    int64_t factor = SL_PPM;
    for (size_t i = 0; i < step_count && steps[i].from_month <= months; i++) {
        factor = steps[i].factor_ppm;
    }
    return factor;
}
