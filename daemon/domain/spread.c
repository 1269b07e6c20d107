/* Spreading by weights and by days. */
#include "domain/spread.h"

#include "sl/money.h"

#define FRIDAY 4 /* sl_day_weekday: 0 is Monday */

static size_t month_days(int32_t month_index)
{
    return (size_t)(sl_month_index_start(month_index + 1).v - sl_month_index_start(month_index).v);
}

static bool is_among(sl_day day, const sl_day *days, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (days[i].v == day.v) {
            return true;
        }
    }
    return false;
}

struct sl_day_mask
sl_working_days(int32_t month_index, const sl_day *holidays, size_t holiday_count)
{
    struct sl_day_mask mask = {0};
    sl_day first = sl_month_index_start(month_index);
    size_t count = month_days(month_index);
    for (size_t i = 0; i < count; i++) {
        sl_day day = {first.v + (int32_t)i};
        bool works = sl_day_weekday(day) <= FRIDAY && !is_among(day, holidays, holiday_count);
        mask.bits |= (works ? 1u : 0u) << i;
    }
    return mask;
}

/* Without weights the first parts take the units left over, as largest remainder with ties by position does. */
static void spread_evenly(int64_t total, size_t count, int64_t *ret_parts)
{
    int64_t parts = (int64_t)count;
    int64_t rest = total % parts; /* has the sign of the total */
    int64_t unit = rest < 0 ? -1 : 1;
    for (int64_t i = 0; i < parts; i++) {
        ret_parts[i] = total / parts + (i < rest * unit ? unit : 0);
    }
}

enum sl_err sl_spread(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts)
{
    if (weights != NULL) {
        return sl_allocate(total, weights, count, ret_parts);
    }
    if (count == 0) {
        return SL_E_INVALID_FIELD;
    }
    spread_evenly(total, count, ret_parts);
    return SL_OK;
}

size_t sl_spread_month(int64_t amount,
                       int32_t month_index,
                       struct sl_day_mask mask,
                       int64_t ret_parts[SL_MONTH_DAYS_MAX])
{
    size_t count = month_days(month_index);
    uint32_t all = (uint32_t)((UINT64_C(1) << count) - 1);
    uint32_t bits = (mask.bits & all) != 0 ? mask.bits & all : all;
    int64_t shares[SL_MONTH_DAYS_MAX] = {0};
    size_t next = 0;

    spread_evenly(amount, (size_t)__builtin_popcount(bits), shares);
    for (size_t i = 0; i < count; i++) {
        bool counts = (bits >> i & 1) != 0;
        ret_parts[i] = counts ? shares[next] : 0;
        next += counts ? 1 : 0;
    }
    return count;
}

int64_t sl_spread_overlap(int64_t amount,
                          int32_t month_index,
                          struct sl_day_mask mask,
                          struct sl_period period)
{
    int64_t parts[SL_MONTH_DAYS_MAX];
    int32_t first = sl_month_index_start(month_index).v;
    size_t count = sl_spread_month(amount, month_index, mask, parts);
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_inside = sl_period_contains(period, (sl_day){first + (int32_t)i});
        sum += is_inside ? parts[i] : 0;
    }
    return sum;
}
