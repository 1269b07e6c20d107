/* Checked money arithmetic, the one rounding, the exact allocation, and the text form of decimals. */
#include "sl/money.h"

#include <string.h>

/* A mixed sum is a bug of the caller's data, so it is asked before overflow. */
enum sl_err sl_money_add(struct sl_money a, struct sl_money b, struct sl_money *ret_sum)
{
    struct sl_money sum = {.currency = a.currency};
    if (!sl_currency_equal(a.currency, b.currency)) {
        return SL_E_CURRENCY_MISMATCH;
    }
    if (__builtin_add_overflow(a.minor, b.minor, &sum.minor)) {
        return SL_E_OVERFLOW;
    }
    *ret_sum = sum;
    return SL_OK;
}

enum sl_err sl_money_sub(struct sl_money a, struct sl_money b, struct sl_money *ret_difference)
{
    struct sl_money difference = {.currency = a.currency};
    if (!sl_currency_equal(a.currency, b.currency)) {
        return SL_E_CURRENCY_MISMATCH;
    }
    if (__builtin_sub_overflow(a.minor, b.minor, &difference.minor)) {
        return SL_E_OVERFLOW;
    }
    *ret_difference = difference;
    return SL_OK;
}

/* Does the remainder push the quotient one away from zero? `rest` is a magnitude below `denominator`; it is
 * compared with what is missing to the next whole, because twice the rest might not fit. */
static bool
rounds_away(sl_int128 rest, sl_int128 denominator, bool quotient_is_odd, enum sl_rounding rounding)
{
    sl_int128 missing = denominator - rest;
    if (rest != missing) {
        return rest > missing;
    }
    switch (rounding) {
    case SL_ROUND_HALF_EVEN: return quotient_is_odd;
    case SL_ROUND_HALF_UP: return true;
    }
    return false;
}

enum sl_err sl_round_ratio(sl_int128 numerator,
                           sl_int128 denominator,
                           enum sl_rounding rounding,
                           int64_t *ret_value)
{
    SL_ASSERT(denominator > 0);
    sl_int128 quotient = numerator / denominator;
    sl_int128 rest = numerator % denominator;
    sl_int128 magnitude = rest < 0 ? -rest : rest;
    if (rounds_away(magnitude, denominator, quotient % 2 != 0, rounding)) {
        quotient += numerator < 0 ? -1 : 1;
    }
    if (quotient < INT64_MIN || quotient > INT64_MAX) {
        return SL_E_OVERFLOW;
    }
    *ret_value = (int64_t)quotient;
    return SL_OK;
}

#define FEW_SHARES 16u

/* One allocation: shares of `magnitude` by weight over `weight_sum`. */
struct allocation {
    sl_int128 magnitude;  /* of the total: 0 to 2^63 */
    sl_int128 weight_sum; /* above 0 */
    const int64_t *weights;
    size_t count;
};

static bool fits_word(sl_int128 value)
{
    return value >> 64 == 0;
}

/* The fractional part of one share, in units of 1 / weight_sum. Nearly all amounts fit a word, whose division costs a tenth. */
static sl_int128 share_rest(const struct allocation *a, size_t index)
{
    sl_int128 product = a->magnitude * a->weights[index];
    return fits_word(product) && fits_word(a->weight_sum)
               ? (sl_int128)((uint64_t)product % (uint64_t)a->weight_sum)
               : product % a->weight_sum;
}

static sl_int128 share_floor(const struct allocation *a, size_t index)
{
    sl_int128 product = a->magnitude * a->weights[index];
    return fits_word(product) && fits_word(a->weight_sum)
               ? (sl_int128)((uint64_t)product / (uint64_t)a->weight_sum)
               : product / a->weight_sum;
}

static size_t count_rests_above(const struct allocation *a, sl_int128 bound)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        count += share_rest(a, i) > bound ? 1 : 0;
    }
    return count;
}

/* The smallest bound that at most `units` fractional parts exceed. Bisection needs neither memory nor a sorted
 * order, and takes log2(weight_sum) passes. */
static sl_int128 find_bound(const struct allocation *a, size_t units)
{
    sl_int128 low = 0;
    sl_int128 high = a->weight_sum - 1; /* no fractional part exceeds it */
    if (units == 0) {
        return high;
    }
    while (low < high) {
        sl_int128 middle = low + (high - low) / 2;
        if (count_rests_above(a, middle) <= units) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static enum sl_err sum_weights(const int64_t *weights, size_t count, sl_int128 *ret_sum)
{
    sl_int128 sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] < 0) {
            return SL_E_INVALID_FIELD;
        }
        sum += weights[i];
    }
    if (sum == 0) {
        return SL_E_INVALID_FIELD;
    }
    *ret_sum = sum;
    return SL_OK;
}

/* Units left after flooring every share; fewer than the shares with a fractional part. */
static size_t count_units_left(const struct allocation *a)
{
    sl_int128 left = a->magnitude;
    for (size_t i = 0; i < a->count; i++) {
        left -= share_floor(a, i);
    }
    return (size_t)left;
}

/* Few shares, such as credits: each is divided once, and the units left go one by one to the largest rest. */
static void allocate_few(const struct allocation *a, sl_int128 parts[FEW_SHARES])
{
    sl_int128 rests[FEW_SHARES];
    sl_int128 left = a->magnitude;
    for (size_t i = 0; i < a->count; i++) {
        parts[i] = share_floor(a, i);
        rests[i] = a->magnitude * a->weights[i] - parts[i] * a->weight_sum;
        left -= parts[i];
    }
    for (; left > 0; left--) {
        size_t largest = 0;
        for (size_t i = 1; i < a->count; i++) {
            largest = rests[i] > rests[largest] ? i : largest;
        }
        parts[largest]++;
        rests[largest] = -1; /* served */
    }
}

/* Any number of them, without memory for their rests. */
static void allocate_many(const struct allocation *a, bool is_negative, int64_t *ret_parts)
{
    size_t units = count_units_left(a);
    sl_int128 bound = find_bound(a, units);
    size_t units_at_bound = units - count_rests_above(a, bound); /* ties: the first ones win */
    for (size_t i = 0; i < a->count; i++) {
        sl_int128 rest = share_rest(a, i);
        bool wins_tie = rest == bound && units_at_bound > 0;
        units_at_bound -= wins_tie ? 1 : 0;
        sl_int128 part = share_floor(a, i) + (rest > bound || wins_tie ? 1 : 0);
        ret_parts[i] = (int64_t)(is_negative ? -part : part);
    }
}

enum sl_err sl_allocate(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts)
{
    struct allocation a = {.weights = weights, .count = count};
    enum sl_err err = sum_weights(weights, count, &a.weight_sum);
    if (err != SL_OK) {
        return err;
    }
    a.magnitude = total < 0 ? -(sl_int128)total : total;
    if (count > FEW_SHARES) {
        allocate_many(&a, total < 0, ret_parts);
        return SL_OK;
    }
    sl_int128 parts[FEW_SHARES];
    allocate_few(&a, parts);
    for (size_t i = 0; i < count; i++) {
        ret_parts[i] = (int64_t)(total < 0 ? -parts[i] : parts[i]);
    }
    return SL_OK;
}

size_t sl_money_format(struct sl_money money, char *buf)
{
    return sl_decimal_format(money.minor, sl_currency_decimals(money.currency), false, buf);
}

enum sl_err sl_money_parse(struct sl_slice text, sl_currency currency, struct sl_money *ret_money)
{
    struct sl_money money = {.currency = currency};
    enum sl_err err = sl_decimal_parse(text, sl_currency_decimals(currency), &money.minor);
    if (err == SL_OK) {
        *ret_money = money;
    }
    return err;
}

/* Digits come out last first, so the text grows from the end of a scratch buffer. */
size_t sl_decimal_format(int64_t value, unsigned places, bool trim, char *buf)
{
    SL_ASSERT(places <= SL_DECIMAL_PLACES_MAX);
    char scratch[SL_MONEY_TEXT_MAX];
    size_t start = sizeof scratch;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    for (unsigned i = 0; i < places; i++, rest /= 10) {
        bool is_kept = !trim || rest % 10 != 0 || start != sizeof scratch;
        if (is_kept) {
            scratch[--start] = (char)('0' + rest % 10);
        }
    }
    if (start != sizeof scratch) {
        scratch[--start] = '.';
    }
    do {
        scratch[--start] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        scratch[--start] = '-';
    }

    size_t len = sizeof scratch - start;
    memcpy(buf, scratch + start, len);
    buf[len] = '\0';
    return len;
}

/* A decimal text split into its digits, before any value is computed. */
struct decimal_text {
    bool is_negative;
    struct sl_slice whole;    /* at least one digit */
    struct sl_slice fraction; /* without trailing zeros; may be empty */
};

/* Moves past leading digits and gives them. */
static struct sl_slice take_digits(struct sl_slice *text)
{
    struct sl_slice digits = {.data = text->data, .len = 0};
    while (digits.len < text->len && digits.data[digits.len] >= '0' &&
           digits.data[digits.len] <= '9') {
        digits.len++;
    }
    text->data += digits.len;
    text->len -= digits.len;
    return digits;
}

static bool take_byte(struct sl_slice *text, char byte)
{
    if (text->len == 0 || text->data[0] != (uint8_t)byte) {
        return false;
    }
    text->data++;
    text->len--;
    return true;
}

static bool split_decimal(struct sl_slice text, struct decimal_text *ret_split)
{
    ret_split->is_negative = take_byte(&text, '-');
    ret_split->whole = take_digits(&text);
    ret_split->fraction = (struct sl_slice){.data = text.data, .len = 0};
    if (ret_split->whole.len == 0) {
        return false;
    }
    if (take_byte(&text, '.')) {
        ret_split->fraction = take_digits(&text);
        if (ret_split->fraction.len == 0) {
            return false;
        }
    }
    struct sl_slice *fraction = &ret_split->fraction;
    while (fraction->len > 0 && fraction->data[fraction->len - 1] == '0') {
        fraction->len--;
    }
    return text.len == 0;
}

/* Appends a digit to a value kept at or below zero: that side of int64 reaches one further. */
static bool push_digit(int64_t *value, int digit)
{
    return !__builtin_mul_overflow(*value, (int64_t)10, value) &&
           !__builtin_sub_overflow(*value, (int64_t)digit, value);
}

/* The digits of the text as one number with `places` decimals, negated. */
static bool compute_negated(const struct decimal_text *split, unsigned places, int64_t *ret_value)
{
    bool fits = true;
    *ret_value = 0;
    for (size_t i = 0; i < split->whole.len && fits; i++) {
        fits = push_digit(ret_value, split->whole.data[i] - '0');
    }
    for (size_t i = 0; i < places && fits; i++) {
        int digit = i < split->fraction.len ? split->fraction.data[i] - '0' : 0;
        fits = push_digit(ret_value, digit);
    }
    return fits;
}

enum sl_err sl_decimal_parse(struct sl_slice text, unsigned places, int64_t *ret_value)
{
    SL_ASSERT(places <= SL_DECIMAL_PLACES_MAX);
    struct decimal_text split;
    if (!split_decimal(text, &split) || split.fraction.len > places) {
        return SL_E_INVALID_FIELD;
    }
    int64_t value;
    if (!compute_negated(&split, places, &value)) {
        return SL_E_OVERFLOW;
    }
    if (!split.is_negative && __builtin_sub_overflow((int64_t)0, value, &value)) {
        return SL_E_OVERFLOW;
    }
    *ret_value = value;
    return SL_OK;
}
