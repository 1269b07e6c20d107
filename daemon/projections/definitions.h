/* Events that give the others their meaning: defines, targets, plans. Each becomes one row at its seq; the caches that it may have made
 * stale are forgotten; and a customer's define moves old facts, since region and owner lie in them. */
#ifndef SL_PROJECTIONS_DEFINITIONS_H
#define SL_PROJECTIONS_DEFINITIONS_H

#include "projections/internal.h"
#include "projections/source.h"

/* Puts the event in (sign +1) or takes it out (-1); one of another type has nothing to put. Codes of loading a history. */
SL_MUST_CHECK enum sl_err
sl_definition_put(struct sl_ledger *ledger, const struct sl_sourced *event, int sign);

/* Forgets what is remembered of the masters of a kind. */
void sl_definitions_forget(struct sl_ledger *ledger, unsigned kind);

#endif
