/* Calendar days and times of day.
 *
 * The calendar counts from a March, so that the leap day is the last day of its year and months have a regular
 * rhythm: 153 days for every five months (31 30 31 30 31). Leap years repeat every 400 years. */
#include "sl/date.h"

#include <stdio.h>

#define DAYS_PER_400_YEARS 146097
#define EPOCH_SHIFT        719468   /* days from 0000-03-01 to 1970-01-01 */
#define DAY_MIN            (-25567) /* 1900-01-01 */
#define DAY_MAX            376199   /* 2999-12-31 */
#define US_PER_SECOND      1000000ll
#define SECONDS_PER_DAY    86400ll
#define US_PER_DAY         (SECONDS_PER_DAY * US_PER_SECOND)

/* Rounds towards the past, where C's division rounds towards zero. `divisor` is above 0. */
static int64_t floor_div(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0 ? 1 : 0);
}

static int64_t floor_mod(int64_t value, int64_t divisor)
{
    int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
}

struct sl_civil sl_day_to_civil(sl_day day)
{
    int64_t since = (int64_t)day.v + EPOCH_SHIFT;
    int64_t cycle = floor_div(since, DAYS_PER_400_YEARS);
    int64_t in_cycle = floor_mod(since, DAYS_PER_400_YEARS);
    /* Take out the leap days before it (each 4th year, not each 100th, but the 400th) and each year has 365. */
    int64_t year = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    int64_t in_year = in_cycle - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153; /* 0 is March */
    int64_t month_start = (153 * month + 2) / 5;
    bool is_next_year = month >= 10; /* January and February */
    return (struct sl_civil){
        .year = (int32_t)(cycle * 400 + year + (is_next_year ? 1 : 0)),
        .month = (int32_t)(is_next_year ? month - 9 : month + 3),
        .day = (int32_t)(in_year - month_start + 1),
    };
}

sl_day sl_day_from_civil(struct sl_civil civil)
{
    bool is_next_year = civil.month <= 2;
    int64_t year = (int64_t)civil.year - (is_next_year ? 1 : 0);
    int64_t month = is_next_year ? civil.month + 9 : civil.month - 3;
    int64_t year_start =
        365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400);
    int64_t month_start = (153 * month + 2) / 5;
    return (sl_day){(int32_t)(year_start + month_start + civil.day - 1 - EPOCH_SHIFT)};
}

bool sl_day_is_in_range(sl_day day)
{
    return day.v >= DAY_MIN && day.v <= DAY_MAX;
}

sl_day sl_day_of_time(sl_time time)
{
    return (sl_day){(int32_t)floor_div(time.v, US_PER_DAY)};
}

/* 1970-01-01 was a Thursday. */
int sl_day_weekday(sl_day day)
{
    return (int)floor_mod((int64_t)day.v + 3, 7);
}

int32_t sl_day_month_index(sl_day day)
{
    struct sl_civil civil = sl_day_to_civil(day);
    return (civil.year - 1970) * 12 + civil.month - 1;
}

sl_day sl_month_index_start(int32_t month_index)
{
    return sl_day_from_civil((struct sl_civil){
        .year = (int32_t)(1970 + floor_div(month_index, 12)),
        .month = (int32_t)(1 + floor_mod(month_index, 12)),
        .day = 1,
    });
}

/* Reads exactly `len` digits at `at`; false if one of them is none or the text ends before. */
static bool read_digits(struct sl_slice text, size_t at, size_t len, int32_t *ret_value)
{
    int32_t value = 0;
    if (text.len < at + len) {
        return false;
    }
    for (size_t i = at; i < at + len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool has_byte(struct sl_slice text, size_t at, char byte)
{
    return at < text.len && text.data[at] == (uint8_t)byte;
}

/* A date that does not exist (30 February) turns into another one on the way through day numbers. */
static bool is_calendar_date(struct sl_civil civil)
{
    if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.day > 31) {
        return false;
    }
    struct sl_civil back = sl_day_to_civil(sl_day_from_civil(civil));
    return back.month == civil.month && back.day == civil.day;
}

enum sl_err sl_day_parse(struct sl_slice text, sl_day *ret_day)
{
    struct sl_civil civil = {0};
    bool is_shaped = text.len == 10 && has_byte(text, 4, '-') && has_byte(text, 7, '-') &&
                     read_digits(text, 0, 4, &civil.year) &&
                     read_digits(text, 5, 2, &civil.month) && read_digits(text, 8, 2, &civil.day);
    if (!is_shaped || !is_calendar_date(civil)) {
        return SL_E_BAD_DATE;
    }
    sl_day day = sl_day_from_civil(civil);
    if (!sl_day_is_in_range(day)) {
        return SL_E_BAD_DATE;
    }
    *ret_day = day;
    return SL_OK;
}

size_t sl_day_format(sl_day day, char *buf)
{
    struct sl_civil civil = sl_day_to_civil(day);
    return (size_t)snprintf(buf, SL_DAY_TEXT_MAX, "%04d-%02d-%02d", civil.year, civil.month,
                            civil.day);
}

size_t sl_time_format(sl_time time, char *buf)
{
    size_t len = sl_day_format(sl_day_of_time(time), buf);
    int64_t us = floor_mod(time.v, US_PER_DAY);
    int64_t seconds = us / US_PER_SECOND;
    int written =
        snprintf(buf + len, SL_TIME_TEXT_MAX - len, "T%02d:%02d:%02d.%06dZ", (int)(seconds / 3600),
                 (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(us % US_PER_SECOND));
    return len + (size_t)written;
}

/* "hh:mm" at `at`, as minutes. */
static bool read_hours_minutes(struct sl_slice text, size_t at, int32_t *ret_minutes)
{
    int32_t hours = 0;
    int32_t minutes = 0;
    bool is_good = read_digits(text, at, 2, &hours) && has_byte(text, at + 2, ':') &&
                   read_digits(text, at + 3, 2, &minutes) && hours <= 23 && minutes <= 59;
    *ret_minutes = hours * 60 + minutes;
    return is_good;
}

/* ".5" or ".000123" or nothing at `*at`, as microseconds; moves `*at` past it. */
static bool read_fraction(struct sl_slice text, size_t *at, int32_t *ret_us)
{
    *ret_us = 0;
    if (!has_byte(text, *at, '.')) {
        return true;
    }
    size_t places = 0;
    int32_t digit;
    for (*at += 1; places < 6 && read_digits(text, *at, 1, &digit); places++, *at += 1) {
        *ret_us = *ret_us * 10 + digit;
    }
    for (size_t i = places; i < 6; i++) {
        *ret_us *= 10;
    }
    return places > 0;
}

/* "Z" or "+hh:mm" as the rest of the text: minutes to take away. */
static bool read_offset(struct sl_slice text, size_t at, int32_t *ret_minutes)
{
    *ret_minutes = 0;
    if (has_byte(text, at, 'Z')) {
        return text.len == at + 1;
    }
    bool is_west = has_byte(text, at, '-');
    bool is_good = (is_west || has_byte(text, at, '+')) && text.len == at + 6 &&
                   read_hours_minutes(text, at + 1, ret_minutes);
    *ret_minutes = is_west ? -*ret_minutes : *ret_minutes;
    return is_good;
}

enum sl_err sl_time_parse(struct sl_slice text, sl_time *ret_time)
{
    sl_day day;
    int32_t minutes;
    int32_t seconds;
    int32_t us;
    int32_t offset_minutes;
    size_t at = 19;
    struct sl_slice date = {.data = text.data, .len = text.len < 10 ? text.len : 10};
    if (sl_day_parse(date, &day) != SL_OK || !has_byte(text, 10, 'T') ||
        !read_hours_minutes(text, 11, &minutes) || !has_byte(text, 16, ':') ||
        !read_digits(text, 17, 2, &seconds) || seconds > 59 || !read_fraction(text, &at, &us) ||
        !read_offset(text, at, &offset_minutes)) {
        return SL_E_INVALID_FIELD;
    }
    int64_t of_day = (int64_t)(minutes - offset_minutes) * 60 + seconds;
    *ret_time = (sl_time){(day.v * SECONDS_PER_DAY + of_day) * US_PER_SECOND + us};
    return SL_OK;
}
