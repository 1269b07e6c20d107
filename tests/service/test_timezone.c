/* Which day a moment belongs to, and which names are zones. Zones other than UTC need tzdata; without it they are skipped. */
#include "lib/test.h"
#include "service/timezone.h"
#include "sl/date.h"

static sl_time moment(const char *text)
{
    sl_time time;
    assert_ok(sl_time_parse(SLICE(text), &time));
    return time;
}

static void names_that_are_no_zone_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "Europe",
        "Europe/Nowhere",
        "../../../etc/passwd",
        "/etc/localtime",
        "Europe/../UTC",
        "right/UTC",
        "EST5EDT,M3.2.0,M11.1.0",
        "zone1970.tab",
        "a-name-that-is-longer-than-sixty-three-bytes-is-not-a-zone-either-xx",
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct sl_diag diag = {0};
        assert_err(SL_E_INVALID_FIELD, sl_timezone_check(names[i], &diag));
        assert_err(SL_E_INVALID_FIELD, sl_timezone_use(names[i], &diag));
        assert_string_equal(diag.field, "timezone");
    }
}

static void utc_is_always_known(void **state)
{
    (void)state;
    assert_ok(sl_timezone_use("UTC", NULL));

    sl_day last = sl_timezone_day(moment("2017-06-30T23:59:59.999999Z"));
    sl_day next = sl_timezone_day(moment("2017-07-01T00:00:00Z"));

    assert_int_equal(last.v, DAY("2017-06-30").v);
    assert_int_equal(next.v, DAY("2017-07-01").v);
}

static void days_before_1970_are_right_to_the_microsecond(void **state)
{
    (void)state;
    assert_ok(sl_timezone_use("UTC", NULL));
    assert_int_equal(sl_timezone_day((sl_time){-1}).v, DAY("1969-12-31").v);
    assert_int_equal(sl_timezone_day((sl_time){0}).v, DAY("1970-01-01").v);
}

static void a_zone_has_its_own_midnight_summer_and_winter(void **state)
{
    (void)state;
    if (sl_timezone_use("Europe/Berlin", NULL) != SL_OK) {
        skip();
    }
    assert_int_equal(sl_timezone_day(moment("2017-07-01T21:59:59Z")).v, DAY("2017-07-01").v);
    assert_int_equal(sl_timezone_day(moment("2017-07-01T22:00:00Z")).v, DAY("2017-07-02").v);
    assert_int_equal(sl_timezone_day(moment("2017-12-01T22:59:59Z")).v, DAY("2017-12-01").v);
    assert_int_equal(sl_timezone_day(moment("2017-12-01T23:00:00Z")).v, DAY("2017-12-02").v);
    assert_ok(sl_timezone_use("America/New_York", NULL));
    assert_int_equal(sl_timezone_day(moment("2017-07-01T03:59:59Z")).v, DAY("2017-06-30").v);
    assert_ok(sl_timezone_use("UTC", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_no_zone_are_refused),
        cmocka_unit_test(utc_is_always_known),
        cmocka_unit_test(days_before_1970_are_right_to_the_microsecond),
        cmocka_unit_test(a_zone_has_its_own_midnight_summer_and_winter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
