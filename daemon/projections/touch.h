/* Which entities an event touches: for the index, for strict references. */
#ifndef SL_PROJECTIONS_TOUCH_H
#define SL_PROJECTIONS_TOUCH_H

#include "projections/internal.h"

/* Posts `seq` under one entity; number 0 is nobody. */
void sl_touch_entity(struct sl_ledger *ledger, unsigned kind, uint32_t number, sl_seq seq);

/* Posts `seq` under every entity the body names: for corrections, whose two bodies both count. */
void sl_touch_body(struct sl_ledger *ledger, const struct sl_body *body, sl_seq seq);

/* Posts a new event where entities.h says: a sales event under its deal or customer only. */
void sl_touch_event(struct sl_ledger *ledger, const struct sl_body *body, sl_seq seq);

/* Prefetches the names of a sales event's people. */
void sl_touch_prefetch(struct sl_names *names, const struct sl_body *body);

/* The first reference of a strict ledger that is not defined: its path and value. False if all are. */
struct sl_unknown {
    char field[96];
    struct sl_slice value;
};
bool sl_touch_unknown(struct sl_ledger *ledger,
                      const struct sl_body *body,
                      struct sl_unknown *ret_unknown);

#endif
