/* The index from entities to the seqs that touched them. */
#include "projections/entities.h"

#include <string.h>

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

static void
close_chunk(struct sl_state *state, struct sl_key key, const struct sl_entity_row *entity)
{
    struct sl_chunk_row *chunk = sl_state_insert(state, SL_TABLE_ENTITY_SEQS, key);
    chunk->first = entity->tail_first;
    memcpy(chunk->deltas, entity->tail_deltas, sizeof chunk->deltas);
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
    uint32_t index = entity->count++;
    uint32_t place = index % SL_CHUNK_SEQS;
    bool is_undefined = entity->defines == 0;
    entity->last_seq = seq.v;
    if (place == 0) {
        if (index > 0) {
            close_chunk(state, sl_key_chunk(kind, number, index / SL_CHUNK_SEQS - 1), entity);
        }
        entity->tail_first = seq.v;
    } else {
        /* A gap beyond 2^32 events inside one chunk would need a ledger of 2^32 events. */
        entity->tail_deltas[place - 1] = (uint32_t)(seq.v - entity->tail_first);
    }
    if (index == 0 && is_undefined && wants_define(kind)) {
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

/* A chunk by number: the last one from the entity's row, the others from theirs. */
static bool chunk_get(struct sl_state *state,
                      struct sl_key key,
                      const struct sl_entity_row *entity,
                      struct sl_chunk_row *ret_chunk)
{
    if (key.lo == (entity->count - 1) / SL_CHUNK_SEQS) {
        ret_chunk->first = entity->tail_first;
        memcpy(ret_chunk->deltas, entity->tail_deltas, sizeof ret_chunk->deltas);
        return true;
    }
    const struct sl_chunk_row *chunk = sl_state_get(state, SL_TABLE_ENTITY_SEQS, key);
    if (chunk != NULL) {
        *ret_chunk = *chunk;
    }
    return chunk != NULL;
}

static uint64_t chunk_seq(const struct sl_chunk_row *chunk, uint32_t place)
{
    return place == 0 ? chunk->first : chunk->first + chunk->deltas[place - 1];
}

/* Binary search for the last chunk that begins at or before `from`. */
static uint64_t
chunk_of(struct sl_state *state, struct sl_key key, const struct sl_entity_row *entity, sl_seq from)
{
    uint64_t low = 0;
    uint64_t high = (entity->count + SL_CHUNK_SEQS - 1) / SL_CHUNK_SEQS;
    while (high - low > 1) {
        struct sl_chunk_row chunk;
        key.lo = low + (high - low) / 2;
        if (!chunk_get(state, key, entity, &chunk) || chunk.first > from.v) {
            high = key.lo;
        } else {
            low = key.lo;
        }
    }
    return low;
}

size_t sl_entities_seqs(struct sl_state *state,
                        const struct sl_entity_ref *ref,
                        sl_seq from,
                        size_t max,
                        sl_seq *ret_seqs)
{
    const struct sl_entity_row *row = entity_get(state, ref->kind, ref->number);
    if (row == NULL || row->count == 0) {
        return 0;
    }
    struct sl_entity_row entity = *row;
    struct sl_key key = sl_key_chunk(ref->kind, ref->number, 0);
    uint32_t index = (uint32_t)chunk_of(state, key, &entity, from) * SL_CHUNK_SEQS;
    struct sl_chunk_row chunk = {0};
    size_t found = 0;
    for (; index < entity.count && found < max; index++) {
        key.lo = index / SL_CHUNK_SEQS;
        if (index % SL_CHUNK_SEQS == 0 && !chunk_get(state, key, &entity, &chunk)) {
            return found;
        }
        if (chunk_seq(&chunk, index % SL_CHUNK_SEQS) >= from.v) {
            ret_seqs[found++] = (sl_seq){chunk_seq(&chunk, index % SL_CHUNK_SEQS)};
        }
    }
    return found;
}
