/* Exact values as text: for people ("75.00%", "1234.50"), and exactly for programs. Rounding, half to even, happens here and
 * only for display. */
#ifndef SL_CLI_SHOW_H
#define SL_CLI_SHOW_H

#include "cli/grid.h"

#define SL_SHOW_TEXT_MAX 64u

struct sl_shown {
    char shown[SL_SHOW_TEXT_MAX];
    char exact[SL_SHOW_TEXT_MAX];
};

/* Is the measure a sum, so that its values are whole? Otherwise it is a ratio, which CSV also gives as two integers. */
bool sl_measure_is_sum(const char *measure);

/* The unit that integers of the measure are in, such as a target's amount. */
Salesledger__V1__UnitOfMeasure sl_measure_unit(const char *measure);

/* An integer in a unit of measure. `measure` tells counts from ratios (both are ppm). */
struct sl_shown sl_show_integer(int64_t number,
                                Salesledger__V1__UnitOfMeasure unit,
                                const char *measure,
                                const char *currency);

/* A fraction in its unit. Undefined (denominator 0) or NULL is empty. */
struct sl_shown
sl_show_value(const Salesledger__V1__Value *value, const char *measure, const char *currency);

/* A ratio in ppm or, without a unit, as it is: "75.00%" and "0.750000". */
struct sl_shown sl_show_ratio(const Salesledger__V1__Value *value);

struct sl_shown sl_show_money(int64_t minor, const char *currency);
struct sl_shown sl_show_rate(int64_t ppm); /* as short as it gets: "8.125%" and "0.08125" */
struct sl_shown sl_show_decimal(int64_t number, unsigned places);

/* "3.4 MiB" and "3565158"; to a tenth, half up. */
struct sl_shown sl_show_bytes(uint64_t bytes);

/* A duration: "812 us", "3.4 ms", "17.2 s", "3d 04:05:06", and its microseconds. */
struct sl_shown sl_show_us(uint64_t us);

/* A moment: "2017-07-14 08:30:00 UTC", and its microseconds since 1970; "-" for 0, which is never. */
struct sl_shown sl_show_time(uint64_t us);

/* An undefined value as "-" for people, so that a table keeps a column that was asked for; empty for programs. */
struct sl_shown sl_show_or_dash(struct sl_shown value);

/* Puts a cell, or an empty one if not `has`. */
void sl_grid_put_shown(struct sl_grid *grid, bool has, struct sl_shown shown);

/* Puts numerator and denominator as two cells. */
void sl_grid_put_fraction(struct sl_grid *grid, const Salesledger__V1__Value *value);

#endif
