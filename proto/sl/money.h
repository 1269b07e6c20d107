/* Money: int64 minor units of one ISO 4217 currency. Arithmetic only through these functions, each
 * of which refuses overflow and mixed currencies. No floating point anywhere.
 *
 * The exponent (0, 2, 3 or 4 decimals) comes from the currency table (money's source: ISO 4217 list one). */
#ifndef SL_MONEY_H
#define SL_MONEY_H

#include "sl/err.h"
#include "sl/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Three capital letters, e.g. "USD"; not NUL-terminated inside messages, NUL-terminated here. */
typedef struct {
    char code[4];
} sl_currency;

struct sl_money {
    int64_t minor;
    sl_currency currency;
};

enum sl_rounding {
    SL_ROUND_HALF_EVEN, /* the default of every payable line */
    SL_ROUND_HALF_UP,   /* half away from zero */
};

/* An active code with a minor unit. SL_E_UNKNOWN_CURRENCY otherwise. `text` need not be terminated. */
SL_MUST_CHECK enum sl_err sl_currency_parse(struct sl_slice text, sl_currency *ret_currency);

bool sl_currency_equal(sl_currency a, sl_currency b);

/* Decimals of the currency: 0, 2, 3 or 4. The currency has come from sl_currency_parse. */
unsigned sl_currency_decimals(sl_currency currency);

/* The three digits of ISO 4217, e.g. 840 for USD; for banks and exports. Same condition. */
unsigned sl_currency_numeric(sl_currency currency);

/* SL_E_OVERFLOW, SL_E_CURRENCY_MISMATCH. */
SL_MUST_CHECK enum sl_err
sl_money_add(struct sl_money a, struct sl_money b, struct sl_money *ret_sum);
SL_MUST_CHECK enum sl_err
sl_money_sub(struct sl_money a, struct sl_money b, struct sl_money *ret_difference);

/* numerator / denominator (denominator > 0), rounded once. SL_E_OVERFLOW if it does not fit. */
SL_MUST_CHECK enum sl_err sl_round_ratio(sl_int128 numerator,
                                         sl_int128 denominator,
                                         enum sl_rounding rounding,
                                         int64_t *ret_value);

/* Shares `total` by `weights` (each >= 0, their sum > 0) so that the parts add up exactly: floor of the
 * magnitude each, the remaining units to the largest fractional parts, ties by position. A negative
 * total gives the negated parts of its magnitude. `ret_parts` takes `count` parts and does not overlap `weights`.
 * SL_E_INVALID_FIELD if no weight is above 0 or one is negative. */
SL_MUST_CHECK enum sl_err
sl_allocate(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts);

/* "1234.50" for 123450 USD, "-0.05", "1234" for JPY: no grouping, a dot, exactly the currency's decimals.
 * Gives the length; `buf` takes at least SL_MONEY_TEXT_MAX bytes, NUL-terminated. */
#define SL_MONEY_TEXT_MAX 32
size_t sl_money_format(struct sl_money money, char *buf);

/* Parses "1234.5" or "-3" exactly into minor units of `currency`. SL_E_INVALID_FIELD if it is no number or has
 * more decimals than the currency (trailing zeros are accepted), SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_money_parse(struct sl_slice text, sl_currency currency, struct sl_money *ret_money);

/* A decimal with a fixed number of places, for ppm, thousandths and quantities: sl_decimal_format(1500, 3) is
 * "1.5" when trim is set, "1.500" otherwise. At most SL_DECIMAL_PLACES_MAX places (an fx rate has 8);
 * `buf` takes SL_MONEY_TEXT_MAX bytes. */
#define SL_DECIMAL_PLACES_MAX 8u
size_t sl_decimal_format(int64_t value, unsigned places, bool trim, char *buf);

/* The exact inverse: an optional minus, digits, optionally a dot and digits; nothing else. SL_E_INVALID_FIELD if it is
 * no such number or has more places (trailing zeros are accepted), SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_decimal_parse(struct sl_slice text, unsigned places, int64_t *ret_value);

#ifdef __cplusplus
}
#endif
#endif
