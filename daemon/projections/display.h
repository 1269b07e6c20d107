/* How numbers become text again in answers. Texts lie on the arena and die with it; an empty one
 * where it is full, since a name is never worth losing an answer for. */
#ifndef SL_PROJECTIONS_DISPLAY_H
#define SL_PROJECTIONS_DISPLAY_H

#include "domain/exact.h"
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

/* A fraction in int64, scaled. Exact where its lowest terms fit, else rounded for display: to a whole unit, half to even; where not even that
 * fits, the greatest number stands for what is greater still and the least for what is less. So one value that is too long to be
 * shown never costs an answer the others. Undefined gives denominator 0. */
struct sl_value
sl_display_fraction(struct sl_fraction fraction, int64_t scale, enum sl_measure_unit unit);
struct sl_value
sl_display_exact(const struct sl_exact *exact, int64_t scale, enum sl_measure_unit unit);

#endif
