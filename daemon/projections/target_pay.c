/* Target pay, day by day. */
#include "projections/target_pay.h"

#include "projections/internal.h"
#include "sl/money.h"

#define COMMON_YEAR_DAYS ((int64_t)365)
#define LEAP_YEAR_DAYS   ((int64_t)366)

/* A year's pay by the define that holds on the day; between two by the one before, ahead of all by the first. */
static int64_t yearly_pay(const struct sl_timelines *people, uint32_t person, sl_day day)
{
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(people, person, &count);
    int64_t pay = count > 0 ? segments[0].row.pay_minor : 0;
    for (uint32_t i = 0; i < count && segments[i].from <= day.v; i++) {
        pay = segments[i].row.pay_minor;
    }
    return pay;
}

static int64_t days_of(struct sl_period period)
{
    return period.end.v - period.start.v;
}

/* How many parts of this size a year's pay has: a day of the window is one of them. */
static int64_t days_per_year(const struct sl_pay_window *window, int fiscal_month, sl_day day)
{
    switch (window->kind) {
    case SL_PLAN_WINDOW_YEAR: return days_of(window->whole);
    case SL_PLAN_WINDOW_QUARTER: return 4 * days_of(window->whole);
    case SL_PLAN_WINDOW_MONTH: return 12 * days_of(window->whole);
    case SL_PLAN_WINDOW_WEEK:
    case SL_PLAN_WINDOW_DEAL:
    case SL_PLAN_WINDOW_FIXED: break;
    }
    return days_of(sl_window_of(SL_WINDOW_YEAR, fiscal_month, day));
}

int64_t sl_target_pay(struct sl_ledger *ledger, uint32_t person, const struct sl_pay_window *window)
{
    int fiscal_month = sl_ledger_fiscal_month(ledger);
    /* Divides by every number of days there is: the days of a year, or those of this window. */
    int64_t own = days_per_year(window, fiscal_month, window->part.start);
    bool is_of_years = own == COMMON_YEAR_DAYS || own == LEAP_YEAR_DAYS;
    int64_t denominator = is_of_years ? COMMON_YEAR_DAYS * LEAP_YEAR_DAYS : own;
    sl_int128 numerator = 0;
    for (sl_day day = window->part.start; day.v < window->part.end.v; day.v++) {
        int64_t weight = denominator / days_per_year(window, fiscal_month, day);
        numerator += (sl_int128)yearly_pay(&ledger->org.people, person, day) * weight;
    }
    int64_t pay;
    return sl_round_ratio(numerator, denominator, SL_ROUND_HALF_EVEN, &pay) == SL_OK ? pay
                                                                                     : INT64_MAX;
}
