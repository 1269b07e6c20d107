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
    if (has_target(input)) {
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

struct sl_elapsed sl_elapsed_days(struct sl_period period, sl_day today)
{
    int64_t all = (int64_t)period.end.v - period.start.v;
    int64_t elapsed = (int64_t)today.v + 1 - period.start.v;
    if (elapsed < 0) {
        elapsed = 0;
    }
    return (struct sl_elapsed){.elapsed = elapsed < all ? elapsed : all, .all = all};
}

size_t sl_period_months(struct sl_period period)
{
    size_t count = 0;
    sl_day day = period.start;
    while (day.v < period.end.v) {
        struct sl_period month = sl_window_of(SL_WINDOW_MONTH, 1, day);
        if (month.start.v != day.v || month.end.v > period.end.v) {
            return 0;
        }
        day = month.end;
        count++;
    }
    return count;
}

/* Divisible by 28, 29, 30 and 31, so that a day's part of any month's weight is whole. */
#define MONTH_SCALE 377580

static struct sl_elapsed
elapsed_months(struct sl_period period, const int64_t *weights, sl_day today)
{
    struct sl_elapsed elapsed = {0, 0};
    size_t index = 0;
    for (sl_day day = period.start; day.v < period.end.v; index++) {
        struct sl_period month = sl_window_of(SL_WINDOW_MONTH, 1, day);
        int64_t days = month.end.v - month.start.v;
        int64_t over = today.v + 1 - month.start.v;
        over = over < 0 ? 0 : over > days ? days : over;
        elapsed.elapsed += weights[index] * (MONTH_SCALE / days) * over;
        elapsed.all += weights[index] * MONTH_SCALE;
        day = month.end;
    }
    return elapsed;
}

struct sl_elapsed
sl_elapsed_weights(struct sl_period period, const int64_t *weights, size_t count, sl_day today)
{
    if (count == 0) {
        return sl_elapsed_days(period, today);
    }
    if (count == sl_period_months(period)) {
        return elapsed_months(period, weights, today);
    }
    SL_ASSERT(count == (size_t)(period.end.v - period.start.v));
    struct sl_elapsed elapsed = {0, 0};
    for (size_t i = 0; i < count; i++) {
        bool is_over = period.start.v + (int32_t)i <= today.v;
        elapsed.elapsed += is_over ? weights[i] : 0;
        elapsed.all += weights[i];
    }
    return elapsed;
}

enum sl_err sl_pace(const struct sl_attainment_input *input,
                    struct sl_elapsed elapsed,
                    struct sl_fraction *ret_pace)
{
    struct sl_fraction due;
    enum sl_err err = sl_prorate(input->target, elapsed.elapsed, elapsed.all, &due);
    if (err != SL_OK) {
        return err;
    }
    if (elapsed.elapsed <= 0) {
        *ret_pace = undefined;
        return SL_OK;
    }
    return compare_with(input, due, ret_pace);
}

enum sl_err sl_required_rate(const struct sl_attainment_input *input,
                             struct sl_elapsed elapsed,
                             struct sl_fraction *ret_rate)
{
    struct sl_fraction rate = undefined;
    int64_t remaining = elapsed.all - elapsed.elapsed;
    enum sl_err err = SL_OK;
    if (has_target(input) && remaining > 0) {
        err = sl_fraction_sub(sl_fraction_of_int(input->target), input->actual, &rate);
    }
    if (err == SL_OK) {
        err = sl_fraction_div(rate, sl_fraction_of_int(remaining), &rate);
    }
    if (err == SL_OK) {
        *ret_rate = sl_fraction_reduce(rate);
    }
    return err;
}

enum sl_err sl_target_gap(int64_t target, int64_t actual, int64_t *ret_gap)
{
    int64_t gap;
    if (__builtin_sub_overflow(target, actual, &gap)) {
        return SL_E_OVERFLOW;
    }
    *ret_gap = gap;
    return SL_OK;
}

enum sl_err sl_prorate(int64_t quota, int64_t active, int64_t all, struct sl_fraction *ret_quota)
{
    SL_ASSERT(all > 0);
    struct sl_fraction part;
    enum sl_err err =
        sl_fraction_mul(sl_fraction_of_int(quota), sl_fraction_of_ratio(active, all), &part);
    if (err == SL_OK) {
        *ret_quota = sl_fraction_reduce(part);
    }
    return err;
}

int64_t sl_active_days(struct sl_period period, sl_day hired, sl_day left)
{
    int64_t start = period.start.v;
    int64_t end = period.end.v;
    if (hired.v != SL_NO_DAY_V && hired.v > start) {
        start = hired.v;
    }
    if (left.v != SL_NO_DAY_V && (int64_t)left.v + 1 < end) {
        end = (int64_t)left.v + 1;
    }
    return end > start ? end - start : 0;
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

int64_t sl_ramp_factor_ppm(const struct sl_ramp_step *steps, size_t step_count, int32_t months)
{
    int64_t factor = SL_PPM;
    for (size_t i = 0; i < step_count && steps[i].from_month <= months; i++) {
        factor = steps[i].factor_ppm;
    }
    return factor;
}
