/* Curves: from an index to what a base earns, as an exact fraction of minor units.
 *
 * A row (from, y) holds from its bound up to the next row's; the last has no end and the first has no beginning: whatever lies
 * below its bound, negative totals too, uses the first row. Which row holds exactly on a bound is the edge: GE takes the upper
 * row, GT the lower one.
 *
 *     mode        y at the index x                      earned, for value RATE
 *     MARGINAL    each row for the part of x inside it  integral of y from 0 to x, over the base
 *     WHOLE       the row of x                          y x the whole base
 *     STEP        the row of x                          the same lookup; for amounts, "an amount reached"
 *     LINEAR      straight lines between the points,    y x the whole base
 *                 flat before the first and after the last
 *
 * The integral runs backwards for x < 0, so a negative total takes back what the same positive total earns in the first row.
 * Where the index is not the base itself, a row's part of the base is base x (part of x inside the row) / x.
 * Pure functions; nothing rounds. SL_E_OVERFLOW is for what sl_exact does not hold: no plan that passes validation comes near. */
#ifndef SL_DOMAIN_CURVE_H
#define SL_DOMAIN_CURVE_H

#include "domain/exact.h"
#include "domain/plan.h"

/* What the curve is asked. */
struct sl_curve_point {
    const struct sl_curve *curve;
    int64_t base;          /* in the filter's quantity */
    struct sl_fraction at; /* the index in the unit of the rows' `from`; undefined earns nothing */
    int64_t unit;          /* SL_VALUE_PER_UNIT: the base of one whole unit, above 0 */
    struct sl_fraction target_pay; /* SL_VALUE_TARGET_PAY_SHARE: minor units, exact */
};

/* The row that holds at this index. `at` is defined; the curve has at least one row. */
size_t sl_curve_row_at(const struct sl_curve *curve, struct sl_fraction at);

/* y at this index: of its row, or interpolated in LINEAR mode. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_curve_y_at(const struct sl_curve *curve, struct sl_fraction at, struct sl_exact *ret_y);

/* The integral of y from 0 to `at`, whatever the mode. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_curve_integral_to(const struct sl_curve *curve,
                                               struct sl_fraction at,
                                               struct sl_exact *ret_integral);

/* Minor units earned; for SL_VALUE_FACTOR the factor. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_curve_earned_at(const struct sl_curve_point *point,
                                             struct sl_exact *ret_earned);

/* What `base` earns at one y, outside MARGINAL mode; the point's own base does not matter. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_curve_value_of(const struct sl_curve_point *point,
                                            const struct sl_exact *y,
                                            int64_t base,
                                            struct sl_exact *ret_value);

#endif
