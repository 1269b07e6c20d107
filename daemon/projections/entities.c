/* The index from entities to the seqs that touched them. */
#include "projections/entities.h"

/* Only these kinds are master data that a strict ledger wants defined. */
static bool wants_define(unsigned kind)
{
    return kind == SL_ENTITY_PERSON || kind == SL_ENTITY_PRODUCT || kind == SL_ENTITY_CUSTOMER ||
           kind == SL_ENTITY_UNIT;
}

static void count_undefined(struct sl_state *state, unsigned kind, int64_t change)
{
    struct sl_counter_row *row = sl_state_upsert(state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
    row->undefined = (uint64_t)((int64_t)row->undefined + change);
}

void sl_entities_touch(struct sl_state *state, unsigned kind, uint32_t number, sl_seq seq)
{
    if (number == 0) {
        return;
    }
    struct sl_entity_row *entity =
        sl_state_upsert(state, SL_TABLE_ENTITIES, sl_key_entity(kind, number));
    if (entity->last_seq == seq.v) {
        return;
    }
    bool is_first = entity->count == 0;
    uint32_t index = entity->count++;
    entity->last_seq = seq.v;
    bool is_undefined = entity->defines == 0;
    struct sl_key key = sl_key_chunk(kind, number, index / SL_CHUNK_SEQS);
    uint32_t place = index % SL_CHUNK_SEQS;
    if (place == 0) {
        struct sl_chunk_row *chunk = sl_state_insert(state, SL_TABLE_ENTITY_SEQS, key);
        chunk->first = seq.v;
        chunk->count = 1;
    } else {
        struct sl_chunk_row *chunk = sl_state_upsert(state, SL_TABLE_ENTITY_SEQS, key);
        /* A gap beyond 2^32 events inside one chunk cannot happen before SL_SEQ_MAX / 2^32 chunks. */
        chunk->deltas[place - 1] = (uint32_t)(seq.v - chunk->first);
        chunk->count = place + 1;
    }
    if (is_first && is_undefined && wants_define(kind)) {
        count_undefined(state, kind, 1);
    }
}

void sl_entities_define(struct sl_state *state, unsigned kind, uint32_t number, int change)
{
    if (number == 0) {
        return;
    }
    struct sl_entity_row *entity =
        sl_state_upsert(state, SL_TABLE_ENTITIES, sl_key_entity(kind, number));
    uint32_t before = entity->defines;
    uint32_t count = entity->count;
    entity->defines = (uint32_t)((int32_t)before + change);
    uint32_t after = entity->defines;
    if (count == 0 || !wants_define(kind)) {
        return;
    }
    if (before == 0 && after > 0) {
        count_undefined(state, kind, -1);
    } else if (before > 0 && after == 0) {
        count_undefined(state, kind, 1);
    }
}

static const struct sl_entity_row *
entity_get(struct sl_state *state, unsigned kind, uint32_t number)
{
    return number == 0 ? NULL : sl_state_get(state, SL_TABLE_ENTITIES, sl_key_entity(kind, number));
}

uint64_t sl_entities_last_seq(struct sl_state *state, unsigned kind, uint32_t number)
{
    const struct sl_entity_row *row = entity_get(state, kind, number);
    return row != NULL ? row->last_seq : 0;
}

bool sl_entities_is_defined(struct sl_state *state, unsigned kind, uint32_t number)
{
    const struct sl_entity_row *row = entity_get(state, kind, number);
    return row != NULL && row->defines > 0;
}

static uint64_t chunk_seq(const struct sl_chunk_row *chunk, uint32_t place)
{
    return place == 0 ? chunk->first : chunk->first + chunk->deltas[place - 1];
}

size_t sl_entities_seqs(struct sl_state *state,
                        unsigned kind,
                        uint32_t number,
                        sl_seq from,
                        size_t max,
                        sl_seq *ret_seqs)
{
    const struct sl_entity_row *entity = entity_get(state, kind, number);
    if (entity == NULL || entity->count == 0) {
        return 0;
    }
    /* Binary search for the last chunk that begins at or before `from`. */
    uint64_t chunks = (entity->count + SL_CHUNK_SEQS - 1) / SL_CHUNK_SEQS;
    uint64_t low = 0;
    uint64_t high = chunks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        const struct sl_chunk_row *chunk =
            sl_state_get(state, SL_TABLE_ENTITY_SEQS, sl_key_chunk(kind, number, middle));
        if (chunk == NULL || chunk->first > from.v) {
            high = middle;
        } else {
            low = middle;
        }
    }
    size_t found = 0;
    for (uint64_t at = low; at < chunks && found < max; at++) {
        const struct sl_chunk_row *chunk =
            sl_state_get(state, SL_TABLE_ENTITY_SEQS, sl_key_chunk(kind, number, at));
        for (uint32_t place = 0; chunk != NULL && place < chunk->count && found < max; place++) {
            if (chunk_seq(chunk, place) >= from.v) {
                ret_seqs[found++] = (sl_seq){chunk_seq(chunk, place)};
            }
        }
    }
    return found;
}
