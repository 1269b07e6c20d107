/* Values to text. */
#include "cli/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sl/date.h"
#include "sl/money.h"

#define PERCENT_PLACES  2u
#define FRACTION_PLACES 6u
#define DAYS_PLACES     4u

#define US_PER_MS       ((uint64_t)1000)
#define US_PER_SECOND   ((uint64_t)1000000)
#define SECONDS_PER_DAY ((uint64_t)86400)
#define LAST_DAY        ((uint64_t)2932896) /* 9999-12-31: no more fit the form */
#define TENTHS_UNTIL_S  600u                /* longer durations are shown as days and time */

static void copy_text(char *buf, const char *text)
{
    (void)snprintf(buf, SL_SHOW_TEXT_MAX, "%s", text); /* formatted numbers are shorter */
}

/* Does the name end with `suffix`, not counting a kind after a colon? */
static bool has_suffix(const char *measure, const char *suffix)
{
    size_t len = strcspn(measure, ":");
    size_t tail = strlen(suffix);
    return len >= tail && memcmp(measure + len - tail, suffix, tail) == 0;
}

static bool is_count(const char *measure)
{
    return has_suffix(measure, ".count") || strcmp(measure, "customer.new") == 0 ||
           strcmp(measure, "customer.active") == 0;
}

bool sl_measure_is_sum(const char *measure)
{
    return is_count(measure) || has_suffix(measure, ".amount") || has_suffix(measure, ".units") ||
           has_suffix(measure, ".margin");
}

Salesledger__V1__UnitOfMeasure sl_measure_unit(const char *measure)
{
    if (has_suffix(measure, ".amount") || has_suffix(measure, ".margin") ||
        strcmp(measure, "deal.size") == 0) {
        return SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR;
    }
    return has_suffix(measure, ".units") ? SALESLEDGER__V1__UNIT_OF_MEASURE__THOUSANDTHS
                                         : SALESLEDGER__V1__UNIT_OF_MEASURE__PPM;
}

struct sl_shown sl_show_decimal(int64_t number, unsigned places)
{
    char text[SL_MONEY_TEXT_MAX];
    (void)sl_decimal_format(number, places, true, text); /* only the length, which is not needed */
    struct sl_shown shown = {0};
    copy_text(shown.shown, text);
    copy_text(shown.exact, text);
    return shown;
}

struct sl_shown sl_show_money(int64_t minor, const char *currency)
{
    struct sl_money money = {.minor = minor};
    const char *code = currency == NULL ? "" : currency;
    if (sl_currency_parse((struct sl_slice){(const uint8_t *)code, strlen(code)},
                          &money.currency) != SL_OK) {
        return sl_show_decimal(minor, 0); /* a currency this version does not know: minor units */
    }
    char text[SL_MONEY_TEXT_MAX];
    (void)sl_money_format(money, text); /* only the length, which is not needed */
    struct sl_shown shown = {0};
    copy_text(shown.shown, text);
    copy_text(shown.exact, text);
    return shown;
}

struct sl_shown sl_show_rate(int64_t ppm)
{
    char text[SL_MONEY_TEXT_MAX];
    struct sl_shown shown = sl_show_decimal(ppm, FRACTION_PLACES);
    size_t len = sl_decimal_format(ppm, FRACTION_PLACES - PERCENT_PLACES, true, text);
    (void)snprintf(shown.shown, sizeof shown.shown, "%.*s%%", (int)len, text); /* short */
    return shown;
}

/* numerator / (denominator x divisor), rounded half to even; false if it does not fit. */
static bool
divide(const Salesledger__V1__Value *value, sl_int128 factor, sl_int128 divisor, int64_t *ret)
{
    return sl_round_ratio((sl_int128)value->numerator * factor,
                          (sl_int128)value->denominator * divisor, SL_ROUND_HALF_EVEN,
                          ret) == SL_OK;
}

struct sl_shown sl_show_ratio(const Salesledger__V1__Value *value)
{
    struct sl_shown shown = {0};
    if (value == NULL || value->denominator <= 0) {
        return shown;
    }
    bool is_ppm = value->unit == SALESLEDGER__V1__UNIT_OF_MEASURE__PPM;
    int64_t hundredths = 0; /* of a percent */
    int64_t ppm = 0;
    if (!divide(value, is_ppm ? 1 : 10000, is_ppm ? 100 : 1, &hundredths) ||
        !divide(value, is_ppm ? 1 : SL_PPM, 1, &ppm)) {
        return shown;
    }
    char text[SL_MONEY_TEXT_MAX];
    size_t len = sl_decimal_format(hundredths, PERCENT_PLACES, false, text);
    (void)snprintf(shown.shown, sizeof shown.shown, "%.*s%%", (int)len, text); /* short */
    (void)sl_decimal_format(ppm, FRACTION_PLACES, false, text);                /* only the length */
    copy_text(shown.exact, text);
    return shown;
}

static struct sl_shown show_days(const Salesledger__V1__Value *value)
{
    struct sl_shown shown = {0};
    int64_t parts = 0;
    if (divide(value, 10000, 1, &parts)) {
        char text[SL_MONEY_TEXT_MAX];
        (void)sl_decimal_format(parts, DAYS_PLACES, false, text); /* only the length */
        copy_text(shown.exact, text);
    }
    if (divide(value, 10, 1, &parts)) {
        char text[SL_MONEY_TEXT_MAX];
        (void)sl_decimal_format(parts, 1, false, text); /* only the length */
        copy_text(shown.shown, text);
    }
    return shown;
}

struct sl_shown
sl_show_value(const Salesledger__V1__Value *value, const char *measure, const char *currency)
{
    struct sl_shown empty = {0};
    if (value == NULL || value->denominator <= 0) {
        return empty;
    }
    bool is_ratio = value->unit == SALESLEDGER__V1__UNIT_OF_MEASURE__PPM && !is_count(measure);
    if (is_ratio) {
        return sl_show_ratio(value);
    }
    if (value->unit == SALESLEDGER__V1__UNIT_OF_MEASURE__DAYS_RATIO) {
        return show_days(value);
    }
    int64_t number = 0;
    if (!divide(value, 1, 1, &number)) {
        return empty;
    }
    return sl_show_integer(number, value->unit, measure, currency);
}

struct sl_shown sl_show_integer(int64_t number,
                                Salesledger__V1__UnitOfMeasure unit,
                                const char *measure,
                                const char *currency)
{
    switch ((int)unit) {
    case SALESLEDGER__V1__UNIT_OF_MEASURE__MINOR: return sl_show_money(number, currency);
    case SALESLEDGER__V1__UNIT_OF_MEASURE__THOUSANDTHS: return sl_show_decimal(number, 3);
    case SALESLEDGER__V1__UNIT_OF_MEASURE__PPM:
        return is_count(measure) ? sl_show_decimal(number, 6) : sl_show_rate(number);
    default: return sl_show_decimal(number, 0);
    }
}

struct sl_shown sl_show_or_dash(struct sl_shown value)
{
    if (value.shown[0] == '\0') {
        copy_text(value.shown, "-");
    }
    return value;
}

void sl_grid_put_shown(struct sl_grid *grid, bool has, struct sl_shown shown)
{
    sl_grid_put(grid, has ? shown.shown : "", has ? shown.exact : "");
}

void sl_grid_put_fraction(struct sl_grid *grid, const Salesledger__V1__Value *value)
{
    char text[24] = "";
    bool is_defined = value != NULL && value->denominator > 0;
    if (is_defined) {
        (void)snprintf(text, sizeof text, "%" PRId64, value->numerator); /* 20 characters fit */
    }
    sl_grid_put_text(grid, text);
    if (is_defined) {
        (void)snprintf(text, sizeof text, "%" PRId64, value->denominator); /* 20 characters fit */
    }
    sl_grid_put_text(grid, text);
}

/* In so many of `unit`, to a tenth. Values that large that ten of them do not fit are no use to anybody. */
static void show_tenths(struct sl_shown *shown, uint64_t value, uint64_t unit, const char *name)
{
    uint64_t tenths = value / unit * 10 + (value % unit * 10 + unit / 2) / unit;
    (void)snprintf(shown->shown, sizeof shown->shown, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10,
                   tenths % 10, name); /* it fits */
}

struct sl_shown sl_show_bytes(uint64_t bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    struct sl_shown shown;
    (void)snprintf(shown.exact, sizeof shown.exact, "%" PRIu64, bytes); /* 20 digits fit */
    (void)snprintf(shown.shown, sizeof shown.shown, "%" PRIu64 " B", bytes);
    unsigned power = 0;
    while (power + 1 < sizeof names / sizeof names[0] && bytes >> (10 * (power + 1)) > 0) {
        power++;
    }
    if (power > 0) {
        show_tenths(&shown, bytes, (uint64_t)1 << (10 * power), names[power]);
    }
    return shown;
}

static void show_long(struct sl_shown *shown, uint64_t seconds)
{
    uint64_t of_day = seconds % SECONDS_PER_DAY;
    (void)snprintf(shown->shown, sizeof shown->shown,
                   "%" PRIu64 "d %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / SECONDS_PER_DAY,
                   of_day / 3600, of_day / 60 % 60, of_day % 60); /* it fits */
}

struct sl_shown sl_show_time(uint64_t us)
{
    struct sl_shown shown;
    uint64_t seconds = us / US_PER_SECOND;
    uint64_t of_day = seconds % SECONDS_PER_DAY;
    (void)snprintf(shown.exact, sizeof shown.exact, "%" PRIu64, us); /* 20 digits fit */
    if (us == 0) {
        (void)snprintf(shown.shown, sizeof shown.shown, "-");
    } else if (seconds / SECONDS_PER_DAY > LAST_DAY) {
        (void)snprintf(shown.shown, sizeof shown.shown, "%s", shown.exact);
    } else {
        char day[SL_DAY_TEXT_MAX];
        (void)sl_day_format((sl_day){(int32_t)(seconds / SECONDS_PER_DAY)}, day);
        (void)snprintf(shown.shown, sizeof shown.shown,
                       "%s %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " UTC", day, of_day / 3600,
                       of_day / 60 % 60, of_day % 60); /* 23 bytes fit */
    }
    return shown;
}

struct sl_shown sl_show_us(uint64_t us)
{
    struct sl_shown shown;
    (void)snprintf(shown.exact, sizeof shown.exact, "%" PRIu64, us); /* 20 digits fit */
    if (us < US_PER_MS) {
        (void)snprintf(shown.shown, sizeof shown.shown, "%" PRIu64 " us", us);
    } else if (us < US_PER_SECOND) {
        show_tenths(&shown, us, US_PER_MS, "ms");
    } else if (us < TENTHS_UNTIL_S * US_PER_SECOND) {
        show_tenths(&shown, us, US_PER_SECOND, "s");
    } else {
        show_long(&shown, us / US_PER_SECOND);
    }
    return shown;
}
