/* How numbers become text again in answers. Texts lie on the arena and die with it; an empty one
 * where it is full, since a name is never worth losing an answer for. */
#ifndef SL_PROJECTIONS_DISPLAY_H
#define SL_PROJECTIONS_DISPLAY_H

#include "domain/fraction.h"
#include "projections/internal.h"

/* The id of a number; empty for 0. */
struct sl_slice
sl_display_id(struct sl_ledger *ledger, unsigned kind, uint32_t number, struct sl_arena *arena);

/* The name its latest define gives it; empty if undefined or nameless. */
struct sl_slice
sl_display_name(struct sl_ledger *ledger, unsigned kind, uint32_t number, struct sl_arena *arena);

/* The shortest name of a period: "2017-Q3" rather than its days. */
struct sl_slice
sl_display_period(struct sl_ledger *ledger, struct sl_period period, struct sl_arena *arena);

/* A fraction in int64, scaled; rounded to a whole unit where the exact one does not fit,
 * SL_E_OVERFLOW where even that does not. Undefined gives denominator 0. */
SL_MUST_CHECK enum sl_err sl_display_fraction(struct sl_fraction fraction,
                                              int64_t scale,
                                              enum sl_measure_unit unit,
                                              struct sl_value *ret_value);

#endif
