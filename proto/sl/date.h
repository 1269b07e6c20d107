/* Calendar days and periods. Days are the atom; a period is the half-open range [start, end) of days.
 *
 *   name of a period      meaning
 *   2017                  the year that starts in the fiscal start month, named by the calendar year it starts in
 *   2017-Q3               its third quarter
 *   2017-07               a calendar month
 *   2017-W31              the ISO 8601 week: Monday to Sunday, never split
 *   2017-07-14            one day
 *   2017-07-01..2017-07-15   from the first day up to, not including, the second (periods are half-open)
 *   all                   every day
 *
 * Proleptic Gregorian, days 1900-01-01 to 2999-12-31. Every period lies within them: a week or fiscal year that
 * reaches beyond is cut there. */
#ifndef SL_DATE_H
#define SL_DATE_H

#include "sl/err.h"
#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sl_civil {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

struct sl_period {
    sl_day start; /* first day inside */
    sl_day end;   /* first day after */
};

/* Exact for every sl_day, also outside the range. */
struct sl_civil sl_day_to_civil(sl_day day);
/* `civil` is a calendar date; a day beyond the end of its month counts on into the next one. */
sl_day sl_day_from_civil(struct sl_civil civil);

/* 1900-01-01 to 2999-12-31; what a day from outside must pass. */
bool sl_day_is_in_range(sl_day day);

/* The day that holds this moment in UTC. */
sl_day sl_day_of_time(sl_time time);

/* 0 Monday ... 6 Sunday. */
int sl_day_weekday(sl_day day);

/* Months since 1970-01; for keys of month sums. */
int32_t sl_day_month_index(sl_day day);
/* First day of that month. */
sl_day sl_month_index_start(int32_t month_index);

/* "YYYY-MM-DD" exactly. SL_E_BAD_DATE. */
SL_MUST_CHECK enum sl_err sl_day_parse(struct sl_slice text, sl_day *ret_day);

/* "2017-07-14", 10 bytes and a NUL. */
#define SL_DAY_TEXT_MAX 16
size_t sl_day_format(sl_day day, char *buf);

/* `fiscal_start_month` is 1..12 and moves years and quarters only. SL_E_BAD_PERIOD, also for an empty range. */
SL_MUST_CHECK enum sl_err
sl_period_parse(struct sl_slice text, int fiscal_start_month, struct sl_period *ret_period);

/* How many weeks its year has, of text that names one that it has not ("2017-W53": 52); 0 of any other text. */
int sl_period_weeks_missed(struct sl_slice text);

/* The shortest name that parses back to the same period (an empty period has none that does). NUL-terminated. */
#define SL_PERIOD_TEXT_MAX 32
size_t sl_period_format(struct sl_period period, int fiscal_start_month, char *buf);

bool sl_period_contains(struct sl_period period, sl_day day);

/* The period `all` means. */
struct sl_period sl_period_all(void);

/* The window of a kind that holds `day`, which is in range. */
enum sl_window_kind {
    SL_WINDOW_DAY,
    SL_WINDOW_WEEK,
    SL_WINDOW_MONTH,
    SL_WINDOW_QUARTER,
    SL_WINDOW_YEAR
};
struct sl_period sl_window_of(enum sl_window_kind kind, int fiscal_start_month, sl_day day);

/* The period that growth compares with, possibly empty at the edge of the range:
 *
 *   whole months      the same months a year before (as many years as the period spans)
 *   an ISO week       the same week number of the ISO year before; its last week for a W53 that it has not
 *   one day           the same date a year before; 28 February for 29 February
 *   anything else     the same number of days, directly before */
struct sl_period sl_period_previous(struct sl_period period);

/* Time of day, RFC 3339: "2017-03-01T09:00:00.000000Z", 27 bytes and a NUL. Input takes 0 to 6 decimals and `Z`,
 * `+hh:mm` or `-hh:mm`; no leap second, since microseconds of UTC cannot hold one. SL_E_INVALID_FIELD. */
#define SL_TIME_TEXT_MAX 32
size_t sl_time_format(sl_time time, char *buf);
SL_MUST_CHECK enum sl_err sl_time_parse(struct sl_slice text, sl_time *ret_time);

#ifdef __cplusplus
}
#endif
#endif
