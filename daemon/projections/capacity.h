/* Capacity: no sum the ledger keeps can ever overflow.
 *
 * The ledger counts the magnitude of all amounts, costs and quantities it has ever taken in. Every sum of facts is at most that, times
 * ten for a person's overlay credit. So a bound on the one number bounds them all, and sums need no check of their own. */
#ifndef SL_PROJECTIONS_CAPACITY_H
#define SL_PROJECTIONS_CAPACITY_H

#include "projections/internal.h"

/* What the body's lines take, and what there is room for. */
int64_t sl_capacity_magnitude(const struct sl_body *body);
int64_t sl_capacity_room(struct sl_ledger *ledger);

/* Counts them. */
void sl_capacity_take(struct sl_ledger *ledger, const struct sl_body *body);

#endif
