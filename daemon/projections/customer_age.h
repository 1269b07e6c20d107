/* New and existing customers: when a customer booked first.
 *
 *     window            NEW                                 EXISTING
 *     deal              the first booking is this deal's    it is another's, not after the fact
 *     any other         it lies in the window               it lies before the window
 *
 * The first booking is the earliest effective WON, ties to the lower seq. Without a booking a
 * customer is neither. */
#ifndef SL_PROJECTIONS_CUSTOMER_AGE_H
#define SL_PROJECTIONS_CUSTOMER_AGE_H

#include "projections/component_facts.h"

/* Keeps of the `*count` facts, in place and in order, those of customers of the age that the
 * component's filter asks for; `*count` becomes how many. `window` is whole, as the calendar has
 * it. SL_E_TOO_MANY (events of a deal), and the codes of sl_source_load; `*count` is as before then, the facts are not. */
SL_MUST_CHECK enum sl_err sl_customer_age_keep(struct sl_ledger *ledger,
                                               const struct sl_component *component,
                                               struct sl_period window,
                                               struct sl_component_fact *facts,
                                               size_t *count);

#endif
