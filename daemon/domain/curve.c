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
                               struct sl_exact *ret_y)
{
    struct sl_fraction slope = {(sl_int128)high->y - low->y, (sl_int128)high->from - low->from};
    struct sl_exact start;
    struct sl_exact y;
    sl_exact_set(&start, sl_fraction_of_int(low->from));
    sl_exact_set(&y, at);
    enum sl_err err = sl_exact_sub(&y, &start, &y);
    if (err == SL_OK) {
        err = sl_exact_scale(&y, slope, &y);
    }
    sl_exact_set(&start, sl_fraction_of_int(low->y));
    return err != SL_OK ? err : sl_exact_add(&start, &y, ret_y);
}

enum sl_err
sl_curve_y_at(const struct sl_curve *curve, struct sl_fraction at, struct sl_exact *ret_y)
{
    size_t row = sl_curve_row_at(curve, at);
    const struct sl_curve_row *low = &curve->rows[row];
    bool is_before = row == 0 && sl_fraction_compare(at, sl_fraction_of_int(low->from)) < 0;
    bool is_between = row + 1 < curve->row_count && !is_before;
    if (curve->mode == SL_CURVE_LINEAR && is_between) {
        return interpolate(low, low + 1, at, ret_y);
    }
    sl_exact_set(ret_y, sl_fraction_of_int(low->y));
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

/* From 0 to x, times the denominator of x. */
struct span {
    sl_int128 low, high; /* low <= high */
    sl_int128 denominator;
    sl_int128 sign; /* of x */
};

/* The part of the span inside a row; negative where x is. */
static bool
find_part(const struct sl_curve *curve, size_t row, struct span span, sl_int128 *ret_part)
{
    sl_int128 low = span.low;
    sl_int128 high = span.high;
    sl_int128 bound;
    if (row > 0) {
        if (__builtin_mul_overflow((sl_int128)curve->rows[row].from, span.denominator, &bound)) {
            return false;
        }
        low = clamp(bound, span.low, span.high);
    }
    if (row + 1 < curve->row_count) {
        const struct sl_curve_row *next = &curve->rows[row + 1];
        if (__builtin_mul_overflow((sl_int128)next->from, span.denominator, &bound)) {
            return false;
        }
        high = clamp(bound, span.low, span.high);
    }
    *ret_part = span.sign * (high - low);
    return true;
}

/* In 128 bits; false where the sum does not fit. */
static bool
integrate_plainly(const struct sl_curve *curve, struct span span, struct sl_exact *ret_integral)
{
    sl_int128 sum = 0;
    for (size_t row = 0; row < curve->row_count; row++) {
        sl_int128 part;
        if (!find_part(curve, row, span, &part) ||
            __builtin_mul_overflow(part, (sl_int128)curve->rows[row].y, &part) ||
            __builtin_add_overflow(sum, part, &sum)) {
            return false;
        }
    }
    sl_exact_set(ret_integral, (struct sl_fraction){sum, span.denominator});
    return true;
}

static enum sl_err
integrate_widely(const struct sl_curve *curve, struct span span, struct sl_exact *ret_integral)
{
    struct sl_exact sum;
    struct sl_exact slice;
    enum sl_err err = SL_OK;
    sl_exact_set(&sum, sl_fraction_of_int(0));
    for (size_t row = 0; row < curve->row_count && err == SL_OK; row++) {
        sl_int128 part;
        if (!find_part(curve, row, span, &part)) {
            return SL_E_OVERFLOW;
        }
        sl_exact_set(&slice, (struct sl_fraction){part, 1});
        err = sl_exact_scale(&slice, sl_fraction_of_int(curve->rows[row].y), &slice);
        if (err == SL_OK) {
            err = sl_exact_add(&sum, &slice, &sum);
        }
    }
    struct sl_fraction per_unit = {1, span.denominator};
    return err != SL_OK ? err : sl_exact_scale(&sum, per_unit, ret_integral);
}

enum sl_err sl_curve_integral_to(const struct sl_curve *curve,
                                 struct sl_fraction at,
                                 struct sl_exact *ret_integral)
{
    SL_ASSERT(sl_fraction_is_defined(at));
    bool is_negative = at.numerator < 0;
    struct span span = {.low = is_negative ? at.numerator : 0,
                        .high = is_negative ? 0 : at.numerator,
                        .denominator = at.denominator,
                        .sign = is_negative ? -1 : 1};
    return integrate_plainly(curve, span, ret_integral)
               ? SL_OK
               : integrate_widely(curve, span, ret_integral);
}

enum sl_err sl_curve_value_of(const struct sl_curve_point *point,
                              const struct sl_exact *y,
                              int64_t base,
                              struct sl_exact *ret_value)
{
    struct sl_fraction per_y = {1, 1};
    switch (point->curve->value) {
    case SL_VALUE_RATE: per_y = (struct sl_fraction){base, SL_PPM}; break;
    case SL_VALUE_FIXED_AMOUNT: break;
    case SL_VALUE_PER_UNIT: per_y = (struct sl_fraction){base, point->unit}; break;
    case SL_VALUE_TARGET_PAY_SHARE:
        per_y = (struct sl_fraction){point->target_pay.numerator,
                                     point->target_pay.denominator * SL_PPM};
        break;
    case SL_VALUE_FACTOR: per_y.denominator = SL_PPM; break;
    }
    return sl_exact_scale(y, per_y, ret_value);
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
static enum sl_err earn_marginal(const struct sl_curve_point *point, struct sl_exact *ret_earned)
{
    struct sl_exact y;
    bool is_share = point->curve->value == SL_VALUE_TARGET_PAY_SHARE;
    if (point->at.numerator == 0 && !is_share) {
        size_t row = sl_curve_row_at(point->curve, point->at);
        sl_exact_set(&y, sl_fraction_of_int(point->curve->rows[row].y));
        return sl_curve_value_of(point, &y, point->base, ret_earned);
    }
    enum sl_err err = sl_curve_integral_to(point->curve, point->at, &y);
    if (err == SL_OK) {
        struct sl_fraction per_index =
            is_share ? (struct sl_fraction){1, SL_PPM} : base_per_index(point);
        err = sl_exact_scale(&y, per_index, &y);
    }
    return err != SL_OK ? err : sl_curve_value_of(point, &y, 1, ret_earned);
}

enum sl_err sl_curve_earned_at(const struct sl_curve_point *point, struct sl_exact *ret_earned)
{
    struct sl_exact y;
    if (!sl_fraction_is_defined(point->at)) {
        sl_exact_set(ret_earned, sl_fraction_of_int(0));
        return SL_OK;
    }
    if (point->curve->mode == SL_CURVE_MARGINAL) {
        return earn_marginal(point, ret_earned);
    }
    enum sl_err err = sl_curve_y_at(point->curve, point->at, &y);
    return err != SL_OK ? err : sl_curve_value_of(point, &y, point->base, ret_earned);
}
