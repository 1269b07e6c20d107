/* Capacity: no sum the ledger keeps can ever overflow.
 *
 * The ledger counts the magnitude of all amounts, costs and quantities it has ever taken in. Every sum of facts is at most that, times
 * ten for a person's overlay credit. So a bound on the one number bounds them all, and sums need no check of their own. */
#ifndef SL_PROJECTIONS_CAPACITY_H
#define SL_PROJECTIONS_CAPACITY_H

#include "projections/internal.h"

#define SL_CAPACITY_MAX 900000000000000000ll /* 9 x 10^17 minor units */

/* Is there room for the body's lines? */
bool sl_capacity_has_room(struct sl_ledger *ledger, const struct sl_body *body);

/* Counts them. */
void sl_capacity_take(struct sl_ledger *ledger, const struct sl_body *body);

#endif
