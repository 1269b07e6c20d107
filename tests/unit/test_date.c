/* Days, periods and times: compared with a calendar that is walked day by day. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

/* A calendar that knows nothing of ours: it starts on Monday 1900-01-01 and moves one day at a time. */
struct walk {
    sl_day day;
    struct sl_civil civil;
    int weekday;
};

static struct walk walk_begin(void)
{
    return (struct walk){.day = {-25567}, .civil = {1900, 1, 1}, .weekday = 0};
}

static bool is_leap(int year)
{
    return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static void walk_next(struct walk *walk)
{
    walk->day.v++;
    walk->weekday = (walk->weekday + 1) % 7;
    walk->civil.day++;
    if (walk->civil.day > days_of_month(walk->civil.year, walk->civil.month)) {
        walk->civil.day = 1;
        walk->civil.month++;
    }
    if (walk->civil.month > 12) {
        walk->civil.month = 1;
        walk->civil.year++;
    }
}

static struct sl_period parse_fiscal(const char *name, int fiscal_start_month)
{
    struct sl_period period = {0};
    assert_ok(sl_period_parse(SLICE(name), fiscal_start_month, &period));
    return period;
}

static void assert_days(struct sl_period period, const char *start, const char *end)
{
    char text[SL_DAY_TEXT_MAX];
    (void)sl_day_format(period.start, text); /* always 10 bytes in range */
    assert_string_equal(text, start);
    (void)sl_day_format(period.end, text);
    assert_string_equal(text, end);
}

static void assert_same(struct sl_period a, struct sl_period b)
{
    assert_int_equal(a.start.v, b.start.v);
    assert_int_equal(a.end.v, b.end.v);
}

static void assert_name(struct sl_period period, int fiscal_start_month, const char *want)
{
    char text[SL_PERIOD_TEXT_MAX];
    size_t len = sl_period_format(period, fiscal_start_month, text);
    assert_string_equal(text, want);
    assert_int_equal(len, strlen(want));
}

static void every_day_of_1900_to_2999_converts_both_ways(void **state)
{
    (void)state;
    struct walk walk = walk_begin();
    for (; walk.civil.year < 3000; walk_next(&walk)) {
        struct sl_civil civil = sl_day_to_civil(walk.day);
        assert_memory_equal(&civil, &walk.civil, sizeof civil);
        assert_int_equal(sl_day_from_civil(walk.civil).v, walk.day.v);
        assert_int_equal(sl_day_weekday(walk.day), walk.weekday);
        assert_true(sl_day_is_in_range(walk.day));
    }
    assert_false(sl_day_is_in_range(walk.day));
    assert_false(sl_day_is_in_range((sl_day){walk_begin().day.v - 1}));
}

static void every_day_has_a_text_that_parses_back(void **state)
{
    (void)state;
    for (struct walk walk = walk_begin(); walk.civil.year < 3000; walk_next(&walk)) {
        char want[32];
        char text[SL_DAY_TEXT_MAX];
        (void)snprintf(want, /* fits: three small numbers */
                       sizeof want, "%d-%02d-%02d", walk.civil.year, walk.civil.month,
                       walk.civil.day);
        assert_int_equal(sl_day_format(walk.day, text), 10);
        assert_string_equal(text, want);
        assert_int_equal(DAY(text).v, walk.day.v);
    }
}

static void month_indexes_count_from_january_1970(void **state)
{
    (void)state;
    int32_t want = -70 * 12;
    for (struct walk walk = walk_begin(); walk.civil.year < 3000; walk_next(&walk)) {
        want += walk.civil.day == 1 && walk.day.v != walk_begin().day.v ? 1 : 0;
        assert_int_equal(sl_day_month_index(walk.day), want);
        if (walk.civil.day == 1) {
            assert_int_equal(sl_month_index_start(want).v, walk.day.v);
        }
    }
    assert_int_equal(sl_day_month_index(DAY("1970-01-01")), 0);
}

static void days_outside_the_range_still_convert(void **state)
{
    (void)state;
    static const int32_t days[] = {INT32_MIN, -719468, -719469, -1000000, 5000000, INT32_MAX};
    for (size_t i = 0; i < COUNT(days); i++) {
        char text[SL_DAY_TEXT_MAX];
        struct sl_civil civil = sl_day_to_civil((sl_day){days[i]});
        assert_int_equal(sl_day_from_civil(civil).v, days[i]);
        assert_true(sl_day_format((sl_day){days[i]}, text) < SL_DAY_TEXT_MAX);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const bad[] = {
        "",           "2017",       "2017-3-01",   "2017-03-1",   "2017-03-011",
        "2017/03/01", "2017-03-00", "2017-00-01",  "2017-13-01",  "2017-02-29",
        "1900-02-29", "2100-02-29", "2017-04-31",  "2017-03-32",  "1899-12-31",
        "3000-01-01", "0000-01-01", "20170301--",  " 2017-03-01", "2017-03-0 ",
        "-017-03-01", "2017-03-0a", "2017-03-01 ", "+017-03-01"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        sl_day day = {42};
        assert_err(SL_E_BAD_DATE, sl_day_parse(SLICE(bad[i]), &day));
        assert_int_equal(day.v, 42);
    }
}

static void leap_days_are_dates(void **state)
{
    (void)state;

    assert_int_equal(DAY("2000-02-29").v + 1, DAY("2000-03-01").v);
    assert_int_equal(DAY("2016-02-29").v + 1, DAY("2016-03-01").v);
}

static void each_kind_of_name_means_its_days(void **state)
{
    (void)state;

    assert_days(sl_test_period("2017"), "2017-01-01", "2018-01-01");
    assert_days(sl_test_period("2017-Q3"), "2017-07-01", "2017-10-01");
    assert_days(sl_test_period("2017-07"), "2017-07-01", "2017-08-01");
    assert_days(sl_test_period("2017-W31"), "2017-07-31", "2017-08-07");
    assert_days(sl_test_period("2017-07-14"), "2017-07-14", "2017-07-15");
    assert_days(sl_test_period("2017-07-01..2017-07-15"), "2017-07-01", "2017-07-15");
    assert_days(sl_test_period("all"), "1900-01-01", "3000-01-01");
}

static void the_fiscal_start_month_moves_years_and_quarters_only(void **state)
{
    (void)state;

    assert_days(parse_fiscal("2017", 4), "2017-04-01", "2018-04-01");
    assert_days(parse_fiscal("2017-Q1", 4), "2017-04-01", "2017-07-01");
    assert_days(parse_fiscal("2017-Q4", 4), "2018-01-01", "2018-04-01");
    assert_days(parse_fiscal("2017-Q2", 12), "2018-03-01", "2018-06-01");
    assert_days(parse_fiscal("2017-07", 4), "2017-07-01", "2017-08-01");
    assert_days(parse_fiscal("2017-W31", 4), "2017-07-31", "2017-08-07");
}

static void a_range_excludes_its_last_day(void **state)
{
    (void)state;
    struct sl_period period = sl_test_period("2017-07-01..2017-07-15");

    assert_false(sl_period_contains(period, DAY("2017-06-30")));
    assert_true(sl_period_contains(period, DAY("2017-07-01")));
    assert_true(sl_period_contains(period, DAY("2017-07-14")));
    assert_false(sl_period_contains(period, DAY("2017-07-15")));
}

static void what_is_no_period_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "ALL",
                                      "all ",
                                      "17",
                                      "1899",
                                      "3000",
                                      "2017-",
                                      "2017-Q0",
                                      "2017-Q5",
                                      "2017-q1",
                                      "2017-Q11",
                                      "2017-00",
                                      "2017-13",
                                      "2017-7",
                                      "2017-W00",
                                      "2017-W53",
                                      "2017-W5",
                                      "2017-w05",
                                      "2017-02-29",
                                      "2017-07-15..2017-07-01",
                                      "2017-07-01..2017-07-01",
                                      "2017-07-01..",
                                      "2017-07-01-2017-07-15",
                                      "2017-07-01..3000-01-02",
                                      "3000-01-01..3000-01-01",
                                      "2017-07-01..2017-07-15 "};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct sl_period period = {{1}, {2}};
        assert_err(SL_E_BAD_PERIOD, sl_period_parse(SLICE(bad[i]), 1, &period));
        assert_int_equal(period.start.v, 1);
        assert_int_equal(period.end.v, 2);
    }
}

/* Counts weeks by walking: a week belongs to the year of its Thursday, and numbers restart with the year. */
static void every_iso_week_name_matches_a_walked_calendar(void **state)
{
    (void)state;
    int year_before = 0;
    int week = 0;
    for (struct walk walk = walk_begin(); walk.civil.year < 3000; walk_next(&walk)) {
        if (walk.weekday != 0) {
            continue;
        }
        struct walk thursday = walk;
        for (int i = 0; i < 3; i++) {
            walk_next(&thursday);
        }
        week = thursday.civil.year == year_before ? week + 1 : 1;
        year_before = thursday.civil.year;
        if (thursday.civil.year > 2999) {
            break;
        }
        char want[32];
        struct sl_period period = {walk.day, {walk.day.v + 7}};
        (void)snprintf(want, sizeof want, "%d-W%02d", thursday.civil.year, week); /* fits */
        assert_name(period, 1, want);
        assert_same(sl_test_period(want), period);
        for (int i = 0; i < 7; i++) {
            sl_day day = {walk.day.v + i};
            assert_same(sl_window_of(SL_WINDOW_WEEK, 1, day), period);
        }
    }
}

static void only_long_years_have_a_week_53(void **state)
{
    (void)state;
    struct sl_period period;

    assert_days(sl_test_period("2020-W53"), "2020-12-28", "2021-01-04");
    assert_days(sl_test_period("2026-W53"), "2026-12-28", "2027-01-04");
    assert_err(SL_E_BAD_PERIOD, sl_period_parse(SLICE("2021-W53"), 1, &period));
    assert_err(SL_E_BAD_PERIOD, sl_period_parse(SLICE("2020-W54"), 1, &period));
    assert_int_equal(sl_period_weeks_missed(SLICE("2020-W54")), 53);
    assert_int_equal(sl_period_weeks_missed(SLICE("2021-W53")), 52);
    assert_int_equal(sl_period_weeks_missed(SLICE("2021-W00")), 52);
    assert_int_equal(sl_period_weeks_missed(SLICE("2020-W53")), 0);
    assert_int_equal(sl_period_weeks_missed(SLICE("2020-Wxx")), 0);
    assert_int_equal(sl_period_weeks_missed(SLICE("0020-W54")), 0);
    assert_int_equal(sl_period_weeks_missed(SLICE("2021-Q5")), 0);
}

/* The last year is left out: it is cut at the edge, where two names may mean the same days. */
static void every_quarter_name_round_trips_under_every_fiscal_start(void **state)
{
    (void)state;
    for (int fiscal = 1; fiscal <= 12; fiscal++) {
        for (int quarter = 4 * 1900; quarter < 4 * 2999; quarter++) {
            char name[32];
            (void)snprintf(name, sizeof name, "%d-Q%d", quarter / 4, quarter % 4 + 1); /* fits */
            assert_name(parse_fiscal(name, fiscal), fiscal, name);
        }
    }
}

static void every_month_name_round_trips_under_every_fiscal_start(void **state)
{
    (void)state;
    for (int fiscal = 1; fiscal <= 12; fiscal++) {
        for (int month = 12 * 1900; month < 12 * 2999; month++) {
            char name[32];
            (void)snprintf(name, sizeof name, "%d-%02d", month / 12, month % 12 + 1); /* fits */
            assert_name(parse_fiscal(name, fiscal), fiscal, name);
        }
    }
}

static void every_year_name_round_trips_under_every_fiscal_start(void **state)
{
    (void)state;
    for (int fiscal = 1; fiscal <= 12; fiscal++) {
        for (int year = 1900; year < 3000; year++) {
            char name[32];
            (void)snprintf(name, sizeof name, "%d", year); /* fits */
            assert_name(parse_fiscal(name, fiscal), fiscal, name);
        }
    }
}

static void a_period_has_the_shortest_of_its_names(void **state)
{
    (void)state;

    assert_name(sl_test_period("2017-01-01..2018-01-01"), 1, "2017");
    assert_name(sl_test_period("2017-07-01..2017-10-01"), 1, "2017-Q3");
    assert_name(sl_test_period("2017-07-01..2017-08-01"), 1, "2017-07");
    assert_name(sl_test_period("2017-07-31..2017-08-07"), 1, "2017-W31");
    assert_name(sl_test_period("2017-07-14..2017-07-15"), 1, "2017-07-14");
    assert_name(sl_test_period("1900-01-01..3000-01-01"), 1, "all");
    assert_name(sl_test_period("2017-07-01..2017-07-15"), 1, "2017-07-01..2017-07-15");
}

static void a_calendar_year_is_a_range_under_another_fiscal_start(void **state)
{
    (void)state;

    assert_name(sl_test_period("2017"), 4, "2017-01-01..2018-01-01");
    assert_name(sl_test_period("2017-Q2"), 4, "2017-Q1");
    assert_name(sl_test_period("2017-Q1"), 2, "2017-01-01..2017-04-01");
}

static void random_ranges_and_windows_have_names_that_parse_back(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    struct sl_period all = sl_period_all();
    for (int round = 0; round < 100000; round++) {
        char text[SL_PERIOD_TEXT_MAX];
        int fiscal = (int)sl_test_random_between(&random, 1, 12);
        sl_day day = {(int32_t)sl_test_random_between(&random, all.start.v, all.end.v - 1)};
        int64_t last = day.v + 800 < all.end.v ? day.v + 800 : all.end.v;
        int64_t kind = sl_test_random_between(&random, SL_WINDOW_DAY, SL_WINDOW_YEAR + 1);
        struct sl_period period = {day,
                                   {(int32_t)sl_test_random_between(&random, day.v + 1, last)}};
        if (kind <= SL_WINDOW_YEAR) {
            period = sl_window_of((enum sl_window_kind)kind, fiscal, day);
            assert_true(sl_period_contains(period, day));
        }

        size_t len = sl_period_format(period, fiscal, text);

        assert_true(len < SL_PERIOD_TEXT_MAX);
        assert_same(parse_fiscal(text, fiscal), period);
    }
}

static void windows_of_each_kind_hold_their_day(void **state)
{
    (void)state;
    sl_day day = DAY("2017-02-14");

    assert_days(sl_window_of(SL_WINDOW_DAY, 4, day), "2017-02-14", "2017-02-15");
    assert_days(sl_window_of(SL_WINDOW_WEEK, 4, day), "2017-02-13", "2017-02-20");
    assert_days(sl_window_of(SL_WINDOW_MONTH, 4, day), "2017-02-01", "2017-03-01");
    assert_days(sl_window_of(SL_WINDOW_QUARTER, 4, day), "2017-01-01", "2017-04-01");
    assert_days(sl_window_of(SL_WINDOW_YEAR, 4, day), "2016-04-01", "2017-04-01");
    assert_days(sl_window_of(SL_WINDOW_QUARTER, 2, day), "2017-02-01", "2017-05-01");
    assert_days(sl_window_of(SL_WINDOW_YEAR, 1, DAY("1960-07-01")), "1960-01-01", "1961-01-01");
}

static void windows_are_cut_at_the_edges_of_the_range(void **state)
{
    (void)state;
    struct sl_period period;

    assert_days(sl_window_of(SL_WINDOW_YEAR, 4, DAY("1900-02-01")), "1900-01-01", "1900-04-01");
    assert_days(sl_window_of(SL_WINDOW_YEAR, 4, DAY("2999-12-31")), "2999-04-01", "3000-01-01");
    assert_days(sl_window_of(SL_WINDOW_WEEK, 1, DAY("2999-12-31")), "2999-12-30", "3000-01-01");
    assert_name(sl_window_of(SL_WINDOW_WEEK, 1, DAY("2999-12-31")), 1, "2999-12-30..3000-01-01");
    assert_days(parse_fiscal("2999", 4), "2999-04-01", "3000-01-01");
    assert_err(SL_E_BAD_PERIOD, sl_period_parse(SLICE("2999-Q4"), 4, &period));
}

static void the_previous_period_is_the_same_one_a_year_before(void **state)
{
    (void)state;

    assert_same(sl_period_previous(sl_test_period("2017")), sl_test_period("2016"));
    assert_same(sl_period_previous(sl_test_period("2017-Q3")), sl_test_period("2016-Q3"));
    assert_same(sl_period_previous(sl_test_period("2016-02")), sl_test_period("2015-02"));
    assert_same(sl_period_previous(sl_test_period("2017-03")), sl_test_period("2016-03"));
    assert_same(sl_period_previous(parse_fiscal("2017", 4)), parse_fiscal("2016", 4));
    assert_same(sl_period_previous(sl_test_period("2017-W31")), sl_test_period("2016-W31"));
    assert_same(sl_period_previous(sl_test_period("2020-W53")), sl_test_period("2019-W52"));
    assert_same(sl_period_previous(sl_test_period("2016-W01")), sl_test_period("2015-W01"));
    assert_same(sl_period_previous(sl_test_period("2017-07-14")), sl_test_period("2016-07-14"));
    assert_same(sl_period_previous(sl_test_period("2016-02-29")), sl_test_period("2015-02-28"));
}

static void a_free_range_is_preceded_by_its_own_length(void **state)
{
    (void)state;

    assert_days(sl_period_previous(sl_test_period("2017-07-11..2017-07-21")), "2017-07-01",
                "2017-07-11");
    assert_days(sl_period_previous(sl_test_period("2017-07-11..2017-07-18")), "2017-07-04",
                "2017-07-11");
}

static void whole_months_longer_than_a_year_step_back_by_whole_years(void **state)
{
    (void)state;

    assert_days(sl_period_previous(sl_test_period("2016-01-01..2018-01-01")), "2014-01-01",
                "2016-01-01");
    assert_days(sl_period_previous(sl_test_period("2016-07-01..2017-10-01")), "2014-07-01",
                "2015-10-01");
}

static void before_everything_there_is_an_empty_period(void **state)
{
    (void)state;

    assert_days(sl_period_previous(sl_period_all()), "1900-01-01", "1900-01-01");
}

static void a_fiscal_start_outside_1_to_12(void)
{
    (void)sl_window_of(SL_WINDOW_YEAR, 13, (sl_day){0}); /* must not come back */
}

static void a_fiscal_start_of_zero(void)
{
    struct sl_period period;
    enum sl_err err = sl_period_parse(SL_SLICE_LIT("2017"), 0, &period);
    (void)err; /* must not get here */
}

static void a_fiscal_start_that_is_no_month_aborts(void **state)
{
    (void)state;

    assert_aborts(a_fiscal_start_outside_1_to_12);
    assert_aborts(a_fiscal_start_of_zero);
}

static void assert_time_text(int64_t us, const char *want)
{
    char text[SL_TIME_TEXT_MAX];
    size_t len = sl_time_format(AT(us), text);
    assert_string_equal(text, want);
    assert_int_equal(len, strlen(want));
}

static int64_t parse_time(const char *text)
{
    sl_time time = {0};
    assert_ok(sl_time_parse(SLICE(text), &time));
    return time.v;
}

static void times_print_microseconds_of_utc(void **state)
{
    (void)state;

    assert_time_text(0, "1970-01-01T00:00:00.000000Z");
    assert_time_text(1488358800000000, "2017-03-01T09:00:00.000000Z");
    assert_time_text(-1, "1969-12-31T23:59:59.999999Z");
    assert_time_text(INT64_MAX, "294247-01-10T04:00:54.775807Z");
    assert_time_text(INT64_MIN, "-290308-12-21T19:59:05.224192Z");
}

static void times_parse_with_fractions_and_offsets(void **state)
{
    (void)state;

    assert_int_equal(parse_time("2017-03-01T09:00:00Z"), 1488358800000000);
    assert_int_equal(parse_time("2017-03-01T09:00:00.5Z"), 1488358800500000);
    assert_int_equal(parse_time("2017-03-01T09:00:00.000001Z"), 1488358800000001);
    assert_int_equal(parse_time("2017-03-01T11:30:00+02:30"), 1488358800000000);
    assert_int_equal(parse_time("2017-02-28T23:00:00-10:00"), 1488358800000000);
    assert_int_equal(parse_time("1970-01-01T00:00:00-00:00"), 0);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "2017-03-01",
                                      "2017-03-01T09:00:00",
                                      "2017-03-01 09:00:00Z",
                                      "2017-03-01T09:00Z",
                                      "2017-03-01T24:00:00Z",
                                      "2017-03-01T09:60:00Z",
                                      "2017-03-01T09:00:60Z",
                                      "2017-02-29T09:00:00Z",
                                      "2017-03-01T09:00:00.Z",
                                      "2017-03-01T09:00:00.1234567Z",
                                      "2017-03-01T09:00:00+0200",
                                      "2017-03-01T09:00:00+24:00",
                                      "2017-03-01T09:00:00+02:60",
                                      "2017-03-01T09:00:00Zulu",
                                      "2017-03-01T09:00:00+02:000",
                                      "1899-12-31T09:00:00Z",
                                      "2017-03-01T9:00:00Z",
                                      "2017-03-01T09:00:00+02:00 ",
                                      "2017-03-01T09-00-00Z"};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        sl_time time = {42};
        assert_err(SL_E_INVALID_FIELD, sl_time_parse(SLICE(bad[i]), &time));
        assert_int_equal(time.v, 42);
    }
}

static void random_times_come_back_and_lie_in_their_day(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    const int64_t us_per_day = 86400000000;
    for (int round = 0; round < 50000; round++) {
        char text[SL_TIME_TEXT_MAX];
        int64_t us = sl_test_random_between(&random, -25567 * us_per_day, 376200 * us_per_day - 1);

        assert_int_equal(sl_time_format(AT(us), text), 27);

        assert_int_equal(parse_time(text), us);
        text[10] = '\0';
        assert_int_equal(DAY(text).v, sl_day_of_time(AT(us)).v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_1900_to_2999_converts_both_ways),
        cmocka_unit_test(every_day_has_a_text_that_parses_back),
        cmocka_unit_test(month_indexes_count_from_january_1970),
        cmocka_unit_test(days_outside_the_range_still_convert),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(leap_days_are_dates),
        cmocka_unit_test(each_kind_of_name_means_its_days),
        cmocka_unit_test(the_fiscal_start_month_moves_years_and_quarters_only),
        cmocka_unit_test(a_range_excludes_its_last_day),
        cmocka_unit_test(what_is_no_period_is_refused),
        cmocka_unit_test(every_iso_week_name_matches_a_walked_calendar),
        cmocka_unit_test(only_long_years_have_a_week_53),
        cmocka_unit_test(every_quarter_name_round_trips_under_every_fiscal_start),
        cmocka_unit_test(every_month_name_round_trips_under_every_fiscal_start),
        cmocka_unit_test(every_year_name_round_trips_under_every_fiscal_start),
        cmocka_unit_test(a_period_has_the_shortest_of_its_names),
        cmocka_unit_test(a_calendar_year_is_a_range_under_another_fiscal_start),
        cmocka_unit_test(random_ranges_and_windows_have_names_that_parse_back),
        cmocka_unit_test(windows_of_each_kind_hold_their_day),
        cmocka_unit_test(windows_are_cut_at_the_edges_of_the_range),
        cmocka_unit_test(the_previous_period_is_the_same_one_a_year_before),
        cmocka_unit_test(a_free_range_is_preceded_by_its_own_length),
        cmocka_unit_test(whole_months_longer_than_a_year_step_back_by_whole_years),
        cmocka_unit_test(before_everything_there_is_an_empty_period),
        cmocka_unit_test(a_fiscal_start_that_is_no_month_aborts),
        cmocka_unit_test(times_print_microseconds_of_utc),
        cmocka_unit_test(times_parse_with_fractions_and_offsets),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(random_times_come_back_and_lie_in_their_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
