/* Periods: their names, the windows that hold a day, and the period before. */
#include "sl/date.h"

#include <stdio.h>
#include <string.h>

#define YEAR_MIN 1900
#define YEAR_MAX 2999

/* Exactly `len` digits at `at`. */
static bool read_number(struct sl_slice text, size_t at, size_t len, int32_t *ret_value)
{
    int32_t value = 0;
    for (size_t i = at; i < at + len; i++) {
        if (i >= text.len || text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    *ret_value = value;
    return true;
}

static bool text_is(struct sl_slice text, size_t at, const char *expected)
{
    size_t len = strlen(expected);
    return text.len >= at + len && memcmp(text.data + at, expected, len) == 0;
}

static sl_day first_of_month(int32_t year, int32_t month)
{
    return sl_day_from_civil((struct sl_civil){.year = year, .month = month, .day = 1});
}

struct sl_period sl_period_all(void)
{
    return (struct sl_period){
        .start = first_of_month(YEAR_MIN, 1),
        .end = first_of_month(YEAR_MAX + 1, 1),
    };
}

static sl_day clamp(sl_day day)
{
    struct sl_period all = sl_period_all();
    return day.v < all.start.v ? all.start : day.v > all.end.v ? all.end : day;
}

static struct sl_period cut_to_range(sl_day start, sl_day end)
{
    return (struct sl_period){.start = clamp(start), .end = clamp(end)};
}

/* `count` whole months from a month index on. */
static struct sl_period months_from(int32_t month_index, int32_t count)
{
    return cut_to_range(sl_month_index_start(month_index),
                        sl_month_index_start(month_index + count));
}

static struct sl_period days_from(sl_day start, int32_t count)
{
    return cut_to_range(start, (sl_day){start.v + count});
}

static sl_day monday_of(sl_day day)
{
    return (sl_day){day.v - sl_day_weekday(day)};
}

/* The week with 4 January is week 1 (ISO 8601). */
static sl_day first_monday(int32_t iso_year)
{
    return monday_of(sl_day_from_civil((struct sl_civil){.year = iso_year, .month = 1, .day = 4}));
}

static int32_t weeks_of_year(int32_t iso_year)
{
    return (first_monday(iso_year + 1).v - first_monday(iso_year).v) / 7;
}

/* A week belongs to the year that holds its Thursday. */
static int32_t iso_year_of(sl_day monday)
{
    return sl_day_to_civil((sl_day){monday.v + 3}).year;
}

bool sl_period_contains(struct sl_period period, sl_day day)
{
    return day.v >= period.start.v && day.v < period.end.v;
}

/* The block of `months` months, counted from the fiscal start month, that holds `day`. */
static struct sl_period fiscal_block(int32_t months, int fiscal_start_month, sl_day day)
{
    int32_t index = sl_day_month_index(day);
    int32_t into_block = (index - (fiscal_start_month - 1)) % months;
    into_block += into_block < 0 ? months : 0;
    return months_from(index - into_block, months);
}

struct sl_period sl_window_of(enum sl_window_kind kind, int fiscal_start_month, sl_day day)
{
    SL_ASSERT(fiscal_start_month >= 1);
    SL_ASSERT(fiscal_start_month <= 12);
    switch (kind) {
    case SL_WINDOW_DAY: return days_from(day, 1);
    case SL_WINDOW_WEEK: return days_from(monday_of(day), 7);
    case SL_WINDOW_MONTH: return months_from(sl_day_month_index(day), 1);
    case SL_WINDOW_QUARTER: return fiscal_block(3, fiscal_start_month, day);
    case SL_WINDOW_YEAR: return fiscal_block(12, fiscal_start_month, day);
    }
    return days_from(day, 1);
}

/* "2017" */
static bool parse_year(struct sl_slice text, int32_t year, int start, struct sl_period *ret)
{
    if (text.len != 4) {
        return false;
    }
    *ret = months_from((year - 1970) * 12 + start - 1, 12);
    return true;
}

/* "2017-Q3" */
static bool parse_quarter(struct sl_slice text, int32_t year, int start, struct sl_period *ret)
{
    int32_t quarter = 0;
    if (text.len != 7 || !text_is(text, 4, "-Q") || !read_number(text, 6, 1, &quarter) ||
        quarter < 1 || quarter > 4) {
        return false;
    }
    *ret = months_from((year - 1970) * 12 + start - 1 + (quarter - 1) * 3, 3);
    return true;
}

/* "2017-07" */
static bool parse_month(struct sl_slice text, int32_t year, struct sl_period *ret)
{
    int32_t month = 0;
    if (text.len != 7 || !text_is(text, 4, "-") || !read_number(text, 5, 2, &month) || month < 1 ||
        month > 12) {
        return false;
    }
    *ret = months_from((year - 1970) * 12 + month - 1, 1);
    return true;
}

/* "2017-W31" */
static bool read_week(struct sl_slice text, int32_t *ret_week)
{
    return text.len == 8 && text_is(text, 4, "-W") && read_number(text, 6, 2, ret_week);
}

static bool parse_week(struct sl_slice text, int32_t year, struct sl_period *ret)
{
    int32_t week = 0;
    if (!read_week(text, &week) || week < 1 || week > weeks_of_year(year)) {
        return false;
    }
    *ret = days_from((sl_day){first_monday(year).v + (week - 1) * 7}, 7);
    return true;
}

int sl_period_weeks_missed(struct sl_slice text)
{
    int32_t week = 0;
    int32_t year = 0;
    bool is_week = read_week(text, &week) && read_number(text, 0, 4, &year) && year >= YEAR_MIN &&
                   year <= YEAR_MAX;
    bool is_there = is_week && week >= 1 && week <= weeks_of_year(year);
    return is_week && !is_there ? weeks_of_year(year) : 0;
}

/* "2017-07-14" */
static bool parse_day(struct sl_slice text, struct sl_period *ret)
{
    sl_day day;
    if (sl_day_parse(text, &day) != SL_OK) {
        return false;
    }
    *ret = days_from(day, 1);
    return true;
}

/* "2017-07-01..2017-07-15". The end may be 3000-01-01, the one day that no period holds but the last one ends at. */
static bool parse_range(struct sl_slice text, struct sl_period *ret)
{
    struct sl_period range;
    if (text.len != 22 || !text_is(text, 10, "..")) {
        return false;
    }
    struct sl_slice start = {.data = text.data, .len = 10};
    struct sl_slice end = {.data = text.data + 12, .len = 10};
    if (sl_day_parse(start, &range.start) != SL_OK) {
        return false;
    }
    if (text_is(end, 0, "3000-01-01")) {
        range.end = sl_period_all().end;
    } else if (sl_day_parse(end, &range.end) != SL_OK) {
        return false;
    }
    *ret = range;
    return true;
}

enum sl_err
sl_period_parse(struct sl_slice text, int fiscal_start_month, struct sl_period *ret_period)
{
    SL_ASSERT(fiscal_start_month >= 1);
    SL_ASSERT(fiscal_start_month <= 12);
    if (text.len == 3 && text_is(text, 0, "all")) {
        *ret_period = sl_period_all();
        return SL_OK;
    }
    int32_t year;
    if (!read_number(text, 0, 4, &year) || year < YEAR_MIN || year > YEAR_MAX) {
        return SL_E_BAD_PERIOD;
    }
    struct sl_period period;
    bool is_period = parse_year(text, year, fiscal_start_month, &period) ||
                     parse_quarter(text, year, fiscal_start_month, &period) ||
                     parse_month(text, year, &period) || parse_week(text, year, &period) ||
                     parse_day(text, &period) || parse_range(text, &period);
    if (!is_period ||
        period.start.v >= period.end.v) { /* cut to nothing at the edge of the range */
        return SL_E_BAD_PERIOD;
    }
    *ret_period = period;
    return SL_OK;
}

static bool is_same(struct sl_period a, struct sl_period b)
{
    return a.start.v == b.start.v && a.end.v == b.end.v;
}

/* The name of the kind of window that holds the first day; it may be the period's own name or not. */
static void format_window(enum sl_window_kind kind, int fiscal_start_month, sl_day day, char *buf)
{
    sl_day monday = monday_of(day);
    int32_t fiscal_month = sl_day_month_index(day) - (fiscal_start_month - 1) + (1970 * 12);
    struct sl_civil civil = sl_day_to_civil(day);
    int len = 0;
    switch (kind) {
    case SL_WINDOW_DAY: len = (int)sl_day_format(day, buf); break;
    case SL_WINDOW_WEEK:
        len = snprintf(buf, SL_PERIOD_TEXT_MAX, "%04d-W%02d", iso_year_of(monday),
                       (monday.v - first_monday(iso_year_of(monday)).v) / 7 + 1);
        break;
    case SL_WINDOW_MONTH:
        len = snprintf(buf, SL_PERIOD_TEXT_MAX, "%04d-%02d", civil.year, civil.month);
        break;
    case SL_WINDOW_QUARTER:
        len = snprintf(buf, SL_PERIOD_TEXT_MAX, "%04d-Q%d", fiscal_month / 12,
                       fiscal_month % 12 / 3 + 1);
        break;
    case SL_WINDOW_YEAR: len = snprintf(buf, SL_PERIOD_TEXT_MAX, "%04d", fiscal_month / 12); break;
    }
    SL_ASSERT(len < SL_PERIOD_TEXT_MAX);
}

/* Names are tried from the shortest on and kept if they parse back: one rule, also at the edges of the range. */
size_t sl_period_format(struct sl_period period, int fiscal_start_month, char *buf)
{
    static const enum sl_window_kind kinds[] = {SL_WINDOW_YEAR, SL_WINDOW_QUARTER, SL_WINDOW_MONTH,
                                                SL_WINDOW_WEEK, SL_WINDOW_DAY};
    struct sl_period back;
    if (is_same(period, sl_period_all())) {
        memcpy(buf, "all", 4);
        return 3;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        format_window(kinds[i], fiscal_start_month, period.start, buf);
        struct sl_slice name = {.data = (const uint8_t *)buf, .len = strlen(buf)};
        if (sl_period_parse(name, fiscal_start_month, &back) == SL_OK && is_same(back, period)) {
            return name.len;
        }
    }
    size_t len = sl_day_format(period.start, buf);
    buf[len++] = '.';
    buf[len++] = '.';
    return len + sl_day_format(period.end, buf + len);
}

static bool is_month_start(sl_day day)
{
    return sl_day_to_civil(day).day == 1;
}

static struct sl_period previous_week(sl_day monday)
{
    int32_t iso_year = iso_year_of(monday);
    int32_t week = (monday.v - first_monday(iso_year).v) / 7;
    int32_t last_week = weeks_of_year(iso_year - 1) - 1;
    int32_t same_week = week < last_week ? week : last_week;
    return days_from((sl_day){first_monday(iso_year - 1).v + same_week * 7}, 7);
}

static struct sl_period previous_day(sl_day day)
{
    struct sl_civil civil = sl_day_to_civil(day);
    bool is_leap_day = civil.month == 2 && civil.day == 29;
    civil.year -= 1;
    civil.day -= is_leap_day ? 1 : 0;
    return days_from(sl_day_from_civil(civil), 1);
}

struct sl_period sl_period_previous(struct sl_period period)
{
    int32_t days = period.end.v - period.start.v;
    if (days > 0 && is_month_start(period.start) && is_month_start(period.end)) {
        int32_t start = sl_day_month_index(period.start);
        int32_t months = sl_day_month_index(period.end) - start;
        return months_from(start - (months + 11) / 12 * 12, months);
    }
    if (days == 7 && sl_day_weekday(period.start) == 0) {
        return previous_week(period.start);
    }
    if (days == 1) {
        return previous_day(period.start);
    }
    return days_from((sl_day){period.start.v - days}, days);
}
