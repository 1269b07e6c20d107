/* Which entities an event touches: for the index, for strict references. */
#ifndef SL_PROJECTIONS_TOUCH_H
#define SL_PROJECTIONS_TOUCH_H

#include "projections/internal.h"

/* Indexes `seq` under every entity the body names, and under the deal's customer if the body names none. */
void sl_touch_body(struct sl_ledger *ledger, const struct sl_body *body, sl_seq seq);

/* The first reference of a strict ledger that is not defined: its path and value. False if all are. */
bool sl_touch_unknown(struct sl_ledger *ledger,
                      const struct sl_body *body,
                      char field[96],
                      struct sl_slice *ret_value);

#endif
