/* The small texts: days, periods, moments, money, numbers, measures, ids; and how spreadsheets write days and numbers.
 * Byte 0 chooses the kind, byte 1 its option.
 *
 * Property: what is read is written, and read again as the same. */
#include "fuzz.h"

#include <stdlib.h>

#include "domain/measure.h"
#include "import/day_text.h"
#include "import/number_text.h"
#include "lib/test.h"
#include "sl/id.h"

static void try_day(struct sl_slice text)
{
    sl_day day;
    sl_day again;
    char buf[SL_DAY_TEXT_MAX];
    if (sl_day_parse(text, &day) == SL_OK) {
        SL_ASSERT(sl_day_is_in_range(day));
        SL_ASSERT(sl_day_format(day, buf) == text.len);
        SL_ASSERT(memcmp(buf, text.data, text.len) == 0);
        assert_ok(sl_day_parse(SLICE(buf), &again));
        SL_ASSERT(again.v == day.v);
    }
}

static void try_period(struct sl_slice text, unsigned option)
{
    int fiscal = 1 + (int)(option % 12);
    struct sl_period period;
    struct sl_period again;
    char buf[SL_PERIOD_TEXT_MAX];
    SL_ASSERT(sl_period_weeks_missed(text) <= 53);
    if (sl_period_parse(text, fiscal, &period) == SL_OK) {
        SL_ASSERT(period.start.v < period.end.v);
        SL_ASSERT(sl_period_format(period, fiscal, buf) == strlen(buf));
        assert_ok(sl_period_parse(SLICE(buf), fiscal, &again));
        SL_ASSERT(again.start.v == period.start.v && again.end.v == period.end.v);
        struct sl_period previous = sl_period_previous(period);
        SL_ASSERT(previous.start.v <= previous.end.v);
    }
}

static void try_time(struct sl_slice text)
{
    sl_time time;
    sl_time again;
    char buf[SL_TIME_TEXT_MAX];
    if (sl_time_parse(text, &time) == SL_OK) {
        SL_ASSERT(sl_time_format(time, buf) == strlen(buf));
        assert_ok(sl_time_parse(SLICE(buf), &again));
        SL_ASSERT(again.v == time.v);
    }
}

static void try_money(struct sl_slice text, unsigned option)
{
    static const char *const codes[] = {"USD", "JPY", "KWD", "CLF"};
    sl_currency currency = sl_test_currency(codes[option % COUNT(codes)]);
    struct sl_money money;
    struct sl_money again;
    char buf[SL_MONEY_TEXT_MAX];
    if (sl_money_parse(text, currency, &money) == SL_OK) {
        SL_ASSERT(sl_money_format(money, buf) == strlen(buf));
        assert_ok(sl_money_parse(SLICE(buf), currency, &again));
        SL_ASSERT(again.minor == money.minor);
    }
}

static void try_decimal(struct sl_slice text, unsigned option)
{
    unsigned places = option % (SL_DECIMAL_PLACES_MAX + 1);
    int64_t value;
    int64_t again;
    char buf[SL_MONEY_TEXT_MAX];
    if (sl_decimal_parse(text, places, &value) == SL_OK) {
        for (unsigned trim = 0; trim < 2; trim++) {
            SL_ASSERT(sl_decimal_format(value, places, trim == 1, buf) == strlen(buf));
            assert_ok(sl_decimal_parse(SLICE(buf), places, &again));
            SL_ASSERT(again == value);
        }
    }
}

static void try_measure(struct sl_slice text)
{
    struct sl_measure measure;
    struct sl_diag diag = {0};
    char buf[SL_MEASURE_TEXT_MAX];
    enum sl_err err = sl_measure_parse(text, &measure, &diag);
    if (err != SL_OK) {
        fuzz_check_refusal(err, &diag);
        return;
    }
    SL_ASSERT(sl_measure_format(&measure, buf) == text.len);
    SL_ASSERT(memcmp(buf, text.data, text.len) == 0);
}

static void try_id(struct sl_slice text)
{
    struct sl_id id;
    struct sl_id again;
    char buf[SL_ID_TEXT_MAX];
    if (sl_id_parse(text, &id) == SL_OK) {
        (void)sl_id_format(id, buf);
        assert_ok(sl_id_parse(SLICE(buf), &again));
        SL_ASSERT(sl_id_compare(id, again) == 0);
    }
}

static void try_currency(struct sl_slice text)
{
    sl_currency currency;
    sl_currency again;
    if (sl_currency_parse(text, &currency) == SL_OK) {
        assert_ok(sl_currency_parse(SLICE(currency.code), &again));
        SL_ASSERT(sl_currency_equal(currency, again));
        SL_ASSERT(sl_currency_decimals(currency) <= 4);
        SL_ASSERT(sl_currency_numeric(currency) <= 999);
    }
}

/* "format NUL text". */
static void try_day_text(const char *format, struct sl_slice all)
{
    size_t len = strlen(format);
    const char *text = len < all.len ? format + len + 1 : "";
    sl_day day;
    if (sl_day_format_is_valid(format) && sl_day_text_read(text, format, &day) == SL_OK) {
        SL_ASSERT(sl_day_is_in_range(day));
    }
}

static void try_number_text(const char *text, unsigned option)
{
    static const struct sl_number_style styles[] = {
        {.strip = NULL, .decimal = '.', .group = 0},
        {.strip = "$ ", .decimal = '.', .group = ','},
        {.strip = NULL, .decimal = ',', .group = '.'},
        {.strip = "x", .decimal = ',', .group = ' '},
    };
    char buf[SL_NUMBER_TEXT_MAX];
    int64_t value;
    const struct sl_number_style *style = &styles[option % COUNT(styles)];
    if (sl_number_text_plain(text, style, option & 4, buf) == SL_OK) {
        enum sl_err err = sl_decimal_parse(SLICE(buf), SL_DECIMAL_PLACES_MAX, &value);
        SL_ASSERT(err == SL_OK || err == SL_E_OVERFLOW || err == SL_E_INVALID_FIELD);
        for (const char *c = buf; *c != '\0'; c++) {
            SL_ASSERT((*c >= '0' && *c <= '9') || *c == '.' || *c == '-');
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    unsigned kind = fuzz_below(&input, 10);
    unsigned option = fuzz_below(&input, 256);
    struct sl_slice text = {input.data, input.size};
    char *terminated = calloc(1, text.len + 1);
    assert_non_null(terminated);
    memcpy(terminated, text.data, text.len);
    switch (kind) {
    case 0: try_day(text); break;
    case 1: try_period(text, option); break;
    case 2: try_time(text); break;
    case 3: try_money(text, option); break;
    case 4: try_decimal(text, option); break;
    case 5: try_measure(text); break;
    case 6: try_id(text); break;
    case 7: try_currency(text); break;
    case 8: try_day_text(terminated, text); break;
    default: try_number_text(terminated, option); break;
    }
    free(terminated);
    return 0;
}
