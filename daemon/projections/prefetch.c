/* Asking memory for what events will need, one step before each look: a sale is mostly looks into tables far larger than a processor's
 * cache, each of which would wait for the one before. Three steps, since each needs what the one before has asked for:
 *
 *     two events ahead    the id's slots; the places of deal and customer in the cache of names
 *     one event ahead     with their numbers: the deal's slots, the customer's entry
 *     at the event        the deal's row; the places of its people's names
 *
 * Nothing is changed, and what is not found at once is left to the event itself. */
#include <string.h>

#include "projections/facts.h"
#include "projections/internal.h"
#include "projections/ledger.h"
#include "projections/touch.h"

static uint32_t cached(struct sl_ledger *ledger, unsigned kind, struct sl_slice text)
{
    return sl_names_cached(&ledger->names, kind, text);
}

void sl_ledger_prefetch_names(struct sl_ledger *ledger, const struct sl_peek *peek)
{
    if (peek->id.len == sizeof(struct sl_id)) {
        struct sl_id id;
        memcpy(id.bytes, peek->id.data, sizeof id.bytes);
        sl_state_prefetch(ledger->state, SL_TABLE_IDS, sl_key_id(id));
    }
    sl_names_prefetch(&ledger->names, SL_ENTITY_DEAL, peek->deal);
    sl_names_prefetch(&ledger->names, SL_ENTITY_CUSTOMER, peek->customer);
}

void sl_ledger_prefetch_slots(struct sl_ledger *ledger, const struct sl_peek *peek)
{
    uint32_t deal = cached(ledger, SL_ENTITY_DEAL, peek->deal);
    if (deal != 0) {
        sl_state_prefetch(ledger->state, SL_TABLE_DEALS, sl_key_entity(0, deal));
    }
    sl_customers_prefetch(&ledger->customers, cached(ledger, SL_ENTITY_CUSTOMER, peek->customer));
}

void sl_ledger_prefetch_rows(struct sl_ledger *ledger, const struct sl_body *body)
{
    if (sl_facts_has(body)) {
        uint32_t deal = cached(ledger, SL_ENTITY_DEAL, sl_body_deal(body));
        if (deal != 0) {
            sl_state_prefetch_row(ledger->state, SL_TABLE_DEALS, sl_key_entity(0, deal));
        }
        sl_touch_prefetch(&ledger->names, body);
    }
}
