/* Entities: which seqs touched a customer, deal, person, ... and what is undefined.
 *
 * One posting per (entity, seq), written blind: a sales event must not have to read its entities to say that it touched them. To
 * keep postings few, a sales event is posted under its deal, or under its customer if it has no deal; customer_deals tells a
 * customer's deals, and the facts tell whom it credits. Postings are written by sl_pending_posting: the readers below want them settled. Corrections and all other events are posted under every entity they name.
 *
 * Both indexes are kept in stretches (tables.h): a reader goes through them one by one, latest or oldest first. */
#ifndef SL_PROJECTIONS_ENTITIES_H
#define SL_PROJECTIONS_ENTITIES_H

#include "projections/tables.h"

struct sl_entity_ref {
    unsigned kind;
    uint32_t number;
};

/* A define of the entity came into force (+1) or was taken back (-1). */
void sl_entities_define(struct sl_state *state, unsigned kind, uint32_t number, int change);
bool sl_entities_is_defined(struct sl_state *state, unsigned kind, uint32_t number);

/* Last seq posted under it; 0 if none. */
uint64_t sl_entities_last_seq(struct sl_state *state, unsigned kind, uint32_t number);

/* How many seqs are posted under it. */
size_t sl_entities_count(struct sl_state *state, const struct sl_entity_ref *ref);

/* Up to `max` seqs >= from posted under it, ascending. */
size_t sl_entities_seqs(struct sl_state *state,
                        const struct sl_entity_ref *ref,
                        sl_seq from,
                        size_t max,
                        sl_seq *ret_seqs);

/* Up to `max` deals of the customer with numbers >= from, ascending. */
size_t sl_entities_deals(
    struct sl_state *state, uint32_t customer, uint32_t from, size_t max, uint32_t *ret_deals);

/* Used but not defined, of the kinds a strict ledger wants defined. */
uint64_t sl_entities_undefined(struct sl_state *state);

#endif
