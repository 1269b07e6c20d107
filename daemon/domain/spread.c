/* Targets over days. */
#include "domain/spread.h"

#include <stdlib.h>

#include "domain/attainment.h"
#include "sl/money.h"

#define FRIDAY 4 /* sl_day_weekday: 0 is Monday */

/* Divisible by every number of days that a month can count, so that a day's part of a month's weight is whole. */
#define MONTH_SCALE 72201776446800ll /* the least common multiple of 1 to 31 */

static const struct sl_day_calendar every_day = {0};

static struct sl_period both(struct sl_period a, struct sl_period b)
{
    struct sl_period common = {
        .start = a.start.v > b.start.v ? a.start : b.start,
        .end = a.end.v < b.end.v ? a.end : b.end,
    };
    return common.start.v < common.end.v ? common : (struct sl_period){common.start, common.start};
}

static struct sl_period month_of(int32_t month_index)
{
    return (struct sl_period){sl_month_index_start(month_index),
                              sl_month_index_start(month_index + 1)};
}

/* Mondays to Fridays of days in a row. */
static int64_t count_weekdays(struct sl_period days)
{
    int64_t count = (int64_t)days.end.v - days.start.v;
    int64_t weekdays = count / 7 * (FRIDAY + 1);
    int first = sl_day_weekday(days.start);
    for (int64_t i = 0; i < count % 7; i++) {
        weekdays += (first + i) % 7 <= FRIDAY ? 1 : 0;
    }
    return weekdays;
}

static int compare_days(const void *a, const void *b)
{
    const sl_day *left = a;
    const sl_day *right = b;
    return (left->v > right->v) - (left->v < right->v);
}

struct sl_day_calendar sl_day_calendar_of(sl_day *days, size_t count)
{
    struct sl_day_calendar calendar = {.holidays = days, .has_working_days = count > 0};
    if (count > 0) {
        qsort(days, count, sizeof days[0], compare_days);
    }
    for (size_t i = 0; i < count; i++) {
        size_t kept = calendar.holiday_count;
        bool is_new = kept == 0 || days[kept - 1].v != days[i].v;
        if (is_new && sl_day_weekday(days[i]) <= FRIDAY) {
            days[calendar.holiday_count++] = days[i];
        }
    }
    return calendar;
}

/* How many holidays lie before the day. */
static int64_t count_before(const struct sl_day_calendar *calendar, sl_day day)
{
    size_t low = 0;
    size_t high = calendar->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle].v < day.v) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (int64_t)low;
}

int64_t sl_calendar_days(const struct sl_day_calendar *calendar, struct sl_period period)
{
    if (period.end.v <= period.start.v) {
        return 0;
    }
    if (!calendar->has_working_days) {
        return (int64_t)period.end.v - period.start.v;
    }
    return count_weekdays(period) -
           (count_before(calendar, period.end) - count_before(calendar, period.start));
}

/* The calendar by which the period has days at all. */
static const struct sl_day_calendar *calendar_for(const struct sl_day_calendar *calendar,
                                                  struct sl_period period)
{
    return sl_calendar_days(calendar, period) > 0 ? calendar : &every_day;
}

/* Of `count` even parts of the total: the sum of those from `first` on, `len` of them. The first parts of all take the units
 * left over, as largest remainder with ties by position does. */
static int64_t even_parts(int64_t total, int64_t count, int64_t first, int64_t len)
{
    SL_ASSERT(count > 0);
    int64_t rest = total % count; /* has the sign of the total */
    int64_t unit = rest < 0 ? -1 : 1;
    int64_t extra = rest * unit - first;
    extra = extra < 0 ? 0 : extra > len ? len : extra;
    return total / count * len + extra * unit;
}

enum sl_err sl_spread(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts)
{
    if (weights != NULL) {
        return sl_allocate(total, weights, count, ret_parts);
    }
    if (count == 0) {
        return SL_E_INVALID_FIELD;
    }
    for (size_t i = 0; i < count; i++) {
        ret_parts[i] = even_parts(total, (int64_t)count, (int64_t)i, 1);
    }
    return SL_OK;
}

/* `days` lie in the period. */
static int64_t within_evenly(int64_t amount,
                             struct sl_period period,
                             const struct sl_day_calendar *calendar,
                             struct sl_period days)
{
    calendar = calendar_for(calendar, period);
    int64_t before = sl_calendar_days(calendar, (struct sl_period){period.start, days.start});
    return even_parts(amount, sl_calendar_days(calendar, period), before,
                      sl_calendar_days(calendar, days));
}

static int64_t within_weighted_days(const struct sl_spread *spread, struct sl_period days)
{
    int64_t parts[SL_WEIGHTS_MAX];
    int64_t sum = 0;
    enum sl_err err = sl_allocate(spread->amount, spread->weights, spread->weight_count, parts);
    SL_ASSERT(err == SL_OK);
    for (int32_t day = days.start.v; day < days.end.v; day++) {
        sum += parts[day - spread->period.start.v];
    }
    return sum;
}

static int64_t within_months(const struct sl_spread *spread,
                             const struct sl_day_calendar *calendar,
                             struct sl_period days)
{
    int64_t parts[SL_WEIGHTS_MAX];
    int64_t months = (int64_t)sl_period_months(spread->period);
    int32_t first = sl_day_month_index(spread->period.start);
    int64_t sum = 0;
    if (spread->weight_count > 0) {
        enum sl_err err = sl_allocate(spread->amount, spread->weights, spread->weight_count, parts);
        SL_ASSERT(err == SL_OK);
    }
    for (int32_t index = sl_day_month_index(days.start); sl_month_index_start(index).v < days.end.v;
         index++) {
        int64_t amount = spread->weight_count > 0
                             ? parts[index - first]
                             : even_parts(spread->amount, months, index - first, 1);
        sum += within_evenly(amount, month_of(index), calendar, both(month_of(index), days));
    }
    return sum;
}

static bool is_by_day(const struct sl_spread *spread)
{
    return spread->weight_count > 0 && spread->weight_count != sl_period_months(spread->period);
}

int64_t sl_spread_within(const struct sl_spread *spread,
                         const struct sl_day_calendar *calendar,
                         struct sl_period days)
{
    SL_ASSERT(spread->weight_count <= SL_WEIGHTS_MAX);
    days = both(days, spread->period);
    if (days.start.v == days.end.v) {
        return 0;
    }
    if (is_by_day(spread)) {
        return within_weighted_days(spread, days);
    }
    if (sl_period_months(spread->period) > 0) {
        return within_months(spread, calendar, days);
    }
    return within_evenly(spread->amount, spread->period, calendar, days);
}

static struct sl_day_weights weights_of_days(const struct sl_spread *spread, struct sl_period days)
{
    struct sl_day_weights weights = {0, 0};
    for (int32_t day = days.start.v; day < days.end.v; day++) {
        int64_t weight = spread->weights[day - spread->period.start.v];
        weights.sum += weight;
        weights.days += weight > 0 ? 1 : 0;
    }
    return weights;
}

static struct sl_day_weights weights_of_months(const struct sl_spread *spread,
                                               const struct sl_day_calendar *calendar,
                                               struct sl_period days)
{
    struct sl_day_weights weights = {0, 0};
    int32_t first = sl_day_month_index(spread->period.start);
    for (int32_t index = sl_day_month_index(days.start); sl_month_index_start(index).v < days.end.v;
         index++) {
        int64_t weight = spread->weights[index - first];
        const struct sl_day_calendar *used = calendar_for(calendar, month_of(index));
        int64_t inside = sl_calendar_days(used, both(month_of(index), days));
        int64_t days_of_month = sl_calendar_days(used, month_of(index));
        SL_ASSERT(days_of_month > 0); /* calendar_for saw to it */
        int64_t per_day = MONTH_SCALE / days_of_month;
        weights.sum += (sl_int128)weight * per_day * inside;
        weights.days += weight > 0 ? inside : 0;
    }
    return weights;
}

struct sl_day_weights sl_spread_weights(const struct sl_spread *spread,
                                        const struct sl_day_calendar *calendar,
                                        struct sl_period days)
{
    days = both(days, spread->period);
    if (days.start.v == days.end.v) {
        return (struct sl_day_weights){0, 0};
    }
    if (is_by_day(spread)) {
        return weights_of_days(spread, days);
    }
    if (spread->weight_count > 0) {
        return weights_of_months(spread, calendar, days);
    }
    int64_t count = sl_calendar_days(calendar_for(calendar, spread->period), days);
    return (struct sl_day_weights){count, count};
}
