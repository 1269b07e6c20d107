/* Target pay: a walk over the window in stretches of days that are worth the same. */
#include "projections/target_pay.h"

#include "projections/internal.h"

/* What holds for some days in a row: from `day` on, up to `end`. */
struct stretch {
    sl_day day, end;
    int64_t yearly; /* minor units */
    int64_t parts;  /* days a year's pay is divided by */
};

/* The pay of a year by the define that holds on the day; between two by the one before, ahead of all by the first. */
static void look_up_pay(const struct sl_timelines *people, uint32_t person, struct stretch *stretch)
{
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(people, person, &count);
    stretch->yearly = count > 0 ? segments[0].row.pay_minor : 0;
    for (uint32_t i = 1; i < count; i++) {
        if (segments[i].from > stretch->day.v) {
            stretch->end.v = segments[i].from < stretch->end.v ? segments[i].from : stretch->end.v;
            return;
        }
        stretch->yearly = segments[i].row.pay_minor;
    }
}

static int64_t days_of(struct sl_period period)
{
    return period.end.v - period.start.v;
}

/* Of a year, quarter or month each day is the same part; of other windows it is a day of the year that it lies in. */
static void
look_up_parts(const struct sl_pay_window *window, int fiscal_month, struct stretch *stretch)
{
    struct sl_period year = sl_window_of(SL_WINDOW_YEAR, fiscal_month, stretch->day);
    switch (window->kind) {
    case SL_PLAN_WINDOW_YEAR: stretch->parts = days_of(window->whole); return;
    case SL_PLAN_WINDOW_QUARTER: stretch->parts = 4 * days_of(window->whole); return;
    case SL_PLAN_WINDOW_MONTH: stretch->parts = 12 * days_of(window->whole); return;
    case SL_PLAN_WINDOW_WEEK:
    case SL_PLAN_WINDOW_DEAL:
    case SL_PLAN_WINDOW_FIXED: break;
    }
    stretch->parts = days_of(year);
    stretch->end = year.end.v < stretch->end.v ? year.end : stretch->end;
}

enum sl_err sl_target_pay(struct sl_ledger *ledger,
                          uint32_t person,
                          const struct sl_pay_window *window,
                          struct sl_fraction *ret_pay)
{
    int fiscal_month = sl_ledger_fiscal_month(ledger);
    struct sl_fraction pay = sl_fraction_of_int(0);
    struct stretch stretch = {.end = window->part.start};
    enum sl_err err = SL_OK;
    while (err == SL_OK && stretch.end.v < window->part.end.v) {
        stretch.day = stretch.end;
        stretch.end = window->part.end;
        look_up_pay(&ledger->org.people, person, &stretch);
        look_up_parts(window, fiscal_month, &stretch);
        sl_int128 days = stretch.end.v - stretch.day.v;
        err =
            sl_fraction_add(pay, (struct sl_fraction){days * stretch.yearly, stretch.parts}, &pay);
        pay = sl_fraction_reduce(pay); /* years of 365 and 366 days: at most their product below */
    }
    *ret_pay = pay;
    return err;
}
