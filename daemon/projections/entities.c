/* The index from entities to the seqs that touched them. */
#include "projections/entities.h"

void sl_entities_define(struct sl_state *state, unsigned kind, uint32_t number, int change)
{
    if (number == 0) {
        return;
    }
    struct sl_entity_row *entity =
        sl_state_upsert(state, SL_TABLE_ENTITIES, sl_key_entity(kind, number));
    uint32_t before = entity->defines;
    uint32_t after = (uint32_t)((int32_t)before + change);
    entity->defines = after;
    if ((before == 0) != (after == 0)) {
        struct sl_counter_row *counter =
            sl_state_upsert(state, SL_TABLE_COUNTERS, sl_key_entity(kind, 0));
        counter->defined = (uint64_t)((int64_t)counter->defined + change);
    }
}

bool sl_entities_is_defined(struct sl_state *state, unsigned kind, uint32_t number)
{
    const struct sl_entity_row *row =
        number == 0 ? NULL : sl_state_get(state, SL_TABLE_ENTITIES, sl_key_entity(kind, number));
    return row != NULL && row->defines > 0;
}

uint64_t sl_entities_last_seq(struct sl_state *state, unsigned kind, uint32_t number)
{
    struct sl_key upto = sl_key_part(kind, number, UINT64_MAX);
    struct sl_key key;
    const void *row;
    bool is_there = number != 0 && sl_state_last(state, SL_TABLE_ENTITY_SEQS, upto, &key, &row) &&
                    key.hi == upto.hi;
    return is_there ? key.lo : 0;
}

size_t sl_entities_count(struct sl_state *state, const struct sl_entity_ref *ref)
{
    struct sl_state_cursor cursor;
    struct sl_key key = sl_key_part(ref->kind, ref->number, 0);
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_ENTITY_SEQS, key, &cursor);
    while (cursor.row != NULL && cursor.key.hi == key.hi) {
        count++;
        sl_state_next(state, &cursor);
    }
    return count;
}

size_t sl_entities_seqs(struct sl_state *state,
                        const struct sl_entity_ref *ref,
                        sl_seq from,
                        size_t max,
                        sl_seq *ret_seqs)
{
    struct sl_state_cursor cursor;
    struct sl_key key = sl_key_part(ref->kind, ref->number, from.v);
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_ENTITY_SEQS, key, &cursor);
    while (cursor.row != NULL && cursor.key.hi == key.hi && count < max) {
        ret_seqs[count++] = (sl_seq){cursor.key.lo};
        sl_state_next(state, &cursor);
    }
    return count;
}

size_t sl_entities_deals(
    struct sl_state *state, uint32_t customer, uint32_t from, size_t max, uint32_t *ret_deals)
{
    struct sl_state_cursor cursor;
    struct sl_key key = sl_key_part(0, customer, from);
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_CUSTOMER_DEALS, key, &cursor);
    while (cursor.row != NULL && cursor.key.hi == key.hi && count < max) {
        ret_deals[count++] = (uint32_t)cursor.key.lo;
        sl_state_next(state, &cursor);
    }
    return count;
}

uint64_t sl_entities_undefined(struct sl_state *state)
{
    static const unsigned kinds[] = {SL_ENTITY_PERSON, SL_ENTITY_PRODUCT, SL_ENTITY_CUSTOMER,
                                     SL_ENTITY_UNIT};
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct sl_counter_row *row =
            sl_state_get(state, SL_TABLE_COUNTERS, sl_key_entity(kinds[i], 0));
        count += row != NULL ? row->last - row->defined : 0;
    }
    return count;
}
