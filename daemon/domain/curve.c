/* Curve lookup, interpolation and integral. The integral is one sum of integers over one denominator. */
#include "domain/curve.h"

static bool is_reached(struct sl_fraction at, int64_t from, enum sl_curve_edge edge)
{
    int order = sl_fraction_compare(at, sl_fraction_of_int(from));
    switch (edge) {
    case SL_EDGE_GE: return order >= 0;
    case SL_EDGE_GT: return order > 0;
    }
    return false;
}

size_t sl_curve_row_at(const struct sl_curve *curve, struct sl_fraction at)
{
    SL_ASSERT(curve->row_count > 0);
    size_t row = curve->row_count - 1;
    while (row > 0 && !is_reached(at, curve->rows[row].from, curve->edge)) {
        row--;
    }
    return row;
}

/* y0 + (at - from0) x (y1 - y0) / (from1 - from0) */
static enum sl_err interpolate(const struct sl_curve_row *low,
                               const struct sl_curve_row *high,
                               struct sl_fraction at,
                               struct sl_fraction *ret_y)
{
    struct sl_fraction slope = {(sl_int128)high->y - low->y, (sl_int128)high->from - low->from};
    struct sl_fraction rise;
    enum sl_err err = sl_fraction_sub(at, sl_fraction_of_int(low->from), &rise);
    if (err == SL_OK) {
        err = sl_fraction_mul(rise, slope, &rise);
    }
    return err != SL_OK ? err : sl_fraction_add(sl_fraction_of_int(low->y), rise, ret_y);
}

enum sl_err
sl_curve_y_at(const struct sl_curve *curve, struct sl_fraction at, struct sl_fraction *ret_y)
{
    size_t row = sl_curve_row_at(curve, at);
    const struct sl_curve_row *low = &curve->rows[row];
    bool is_before = row == 0 && sl_fraction_compare(at, sl_fraction_of_int(low->from)) < 0;
    bool is_between = row + 1 < curve->row_count && !is_before;
    if (curve->mode == SL_CURVE_LINEAR && is_between) {
        return interpolate(low, low + 1, at, ret_y);
    }
    *ret_y = sl_fraction_of_int(low->y);
    return SL_OK;
}

/* Moves `value` to the nearest of [low, high]. */
static sl_int128 clamp(sl_int128 value, sl_int128 low, sl_int128 high)
{
    if (value < low) {
        return low;
    }
    return value > high ? high : value;
}

/* The part of 0..x inside a row, times the denominator of x; negative where x is. */
struct span {
    sl_int128 low, high; /* of 0..x, low <= high */
    sl_int128 sign;
};

static bool add_row(const struct sl_curve *curve,
                    size_t row,
                    struct span span,
                    sl_int128 denominator,
                    sl_int128 *sum)
{
    bool is_first = row == 0;
    bool is_last = row + 1 == curve->row_count;
    sl_int128 low = span.low;
    sl_int128 high = span.high;
    sl_int128 bound;
    sl_int128 product;
    if (!is_first) {
        if (__builtin_mul_overflow((sl_int128)curve->rows[row].from, denominator, &bound)) {
            return false;
        }
        low = clamp(bound, span.low, span.high);
    }
    if (!is_last) {
        if (__builtin_mul_overflow((sl_int128)curve->rows[row + 1].from, denominator, &bound)) {
            return false;
        }
        high = clamp(bound, span.low, span.high);
    }
    sl_int128 y = span.sign * curve->rows[row].y;
    return !__builtin_mul_overflow(high - low, y, &product) &&
           !__builtin_add_overflow(*sum, product, sum);
}

enum sl_err sl_curve_integral_to(const struct sl_curve *curve,
                                 struct sl_fraction at,
                                 struct sl_fraction *ret_integral)
{
    SL_ASSERT(sl_fraction_is_defined(at));
    bool is_negative = at.numerator < 0;
    struct span span = {.low = is_negative ? at.numerator : 0,
                        .high = is_negative ? 0 : at.numerator,
                        .sign = is_negative ? -1 : 1};
    sl_int128 sum = 0;
    for (size_t row = 0; row < curve->row_count; row++) {
        if (!add_row(curve, row, span, at.denominator, &sum)) {
            return SL_E_OVERFLOW;
        }
    }
    *ret_integral = (struct sl_fraction){sum, at.denominator};
    return SL_OK;
}

enum sl_err sl_curve_value_of(const struct sl_curve_point *point,
                              struct sl_fraction y,
                              int64_t base,
                              struct sl_fraction *ret_value)
{
    struct sl_fraction per_y = {1, 1};
    switch (point->curve->value) {
    case SL_VALUE_RATE: per_y = (struct sl_fraction){base, SL_PPM}; break;
    case SL_VALUE_FIXED_AMOUNT: break;
    case SL_VALUE_PER_UNIT: per_y = (struct sl_fraction){base, point->unit}; break;
    case SL_VALUE_TARGET_PAY_SHARE:
        per_y = (struct sl_fraction){point->target_pay_minor, SL_PPM};
        break;
    case SL_VALUE_FACTOR: per_y.denominator = SL_PPM; break;
    }
    return sl_fraction_mul(y, per_y, ret_value);
}

/* Base per unit of the index: 1 when the index is the base, target / 1,000,000 for an attainment of the base itself. */
static struct sl_fraction base_per_index(const struct sl_curve_point *point)
{
    struct sl_fraction at = point->at;
    sl_int128 base = point->base;
    if (base != 0 && at.numerator % base == 0) {
        sl_int128 divisor = at.numerator / base;
        bool is_negative = divisor < 0;
        return (struct sl_fraction){is_negative ? -at.denominator : at.denominator,
                                    is_negative ? -divisor : divisor};
    }
    at = sl_fraction_reduce(at);
    bool is_negative = at.numerator < 0;
    return (struct sl_fraction){base * (is_negative ? -at.denominator : at.denominator),
                                is_negative ? -at.numerator : at.numerator};
}

/* Shares of target pay are per whole attainment; everything else is per base. An index of 0 has no parts, so the base takes
 * the row that holds at 0. */
static enum sl_err earn_marginal(const struct sl_curve_point *point, struct sl_fraction *ret_earned)
{
    struct sl_fraction integral;
    enum sl_err err = sl_curve_integral_to(point->curve, point->at, &integral);
    if (err != SL_OK) {
        return err;
    }
    if (point->curve->value == SL_VALUE_TARGET_PAY_SHARE) {
        err = sl_fraction_mul(integral, (struct sl_fraction){1, SL_PPM}, &integral);
        return err != SL_OK ? err : sl_curve_value_of(point, integral, 1, ret_earned);
    }
    if (point->at.numerator == 0) {
        size_t row = sl_curve_row_at(point->curve, point->at);
        struct sl_fraction y = sl_fraction_of_int(point->curve->rows[row].y);
        return sl_curve_value_of(point, y, point->base, ret_earned);
    }
    err = sl_fraction_mul(integral, base_per_index(point), &integral);
    return err != SL_OK ? err : sl_curve_value_of(point, integral, 1, ret_earned);
}

enum sl_err sl_curve_earned_at(const struct sl_curve_point *point, struct sl_fraction *ret_earned)
{
    struct sl_fraction y;
    if (!sl_fraction_is_defined(point->at)) {
        *ret_earned = sl_fraction_of_int(0);
        return SL_OK;
    }
    if (point->curve->mode == SL_CURVE_MARGINAL) {
        return earn_marginal(point, ret_earned);
    }
    enum sl_err err = sl_curve_y_at(point->curve, point->at, &y);
    return err != SL_OK ? err : sl_curve_value_of(point, y, point->base, ret_earned);
}
