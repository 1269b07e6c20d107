/* Entities: which seqs touched a person, deal, customer, ... and how much is undefined.
 *
 * Seqs lie in chunks of SL_CHUNK_SEQS, ascending. The last chunk is part of the entity's row; a chunk gets a row of its own once
 * the next one begins, and never changes again. */
#ifndef SL_PROJECTIONS_ENTITIES_H
#define SL_PROJECTIONS_ENTITIES_H

#include "projections/tables.h"

/* Notes that `seq` touched the entity. Once per (entity, seq); repeated calls with the same seq do nothing. */
void sl_entities_touch(struct sl_state *state, unsigned kind, uint32_t number, sl_seq seq);

/* A define of the entity came into force (+1) or was taken back (-1). */
void sl_entities_define(struct sl_state *state, unsigned kind, uint32_t number, int change);

/* Last seq that touched it; 0 if none. */
uint64_t sl_entities_last_seq(struct sl_state *state, unsigned kind, uint32_t number);
bool sl_entities_is_defined(struct sl_state *state, unsigned kind, uint32_t number);

struct sl_entity_ref {
    unsigned kind;
    uint32_t number;
};

/* Up to `max` seqs >= from in ascending order. */
size_t sl_entities_seqs(struct sl_state *state,
                        const struct sl_entity_ref *ref,
                        sl_seq from,
                        size_t max,
                        sl_seq *ret_seqs);

#endif
