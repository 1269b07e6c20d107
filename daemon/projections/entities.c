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

/* Stretches that hold anything are 0 to this one, or fewer. */
static uint64_t
last_stretch(struct sl_state *state, unsigned table, uint64_t (*stretch_of)(struct sl_key))
{
    struct sl_key key;
    const void *row;
    bool is_there =
        sl_state_last(state, table, (struct sl_key){UINT64_MAX, UINT64_MAX}, &key, &row);
    return is_there ? stretch_of(key) : 0;
}

static uint64_t last_seq_stretch(struct sl_state *state)
{
    return last_stretch(state, SL_TABLE_ENTITY_SEQS, sl_key_posting_stretch);
}

static sl_seq stretch_start(uint64_t stretch)
{
    return (sl_seq){stretch << SL_STRETCH_SEQ_BITS};
}

uint64_t sl_entities_last_seq(struct sl_state *state, unsigned kind, uint32_t number)
{
    if (number == 0) {
        return 0;
    }
    for (uint64_t stretch = last_seq_stretch(state) + 1; stretch-- > 0;) {
        struct sl_key upto = sl_key_posting(kind, number, stretch_start(stretch));
        struct sl_key key;
        const void *row;
        upto.lo = UINT64_MAX;
        if (sl_state_last(state, SL_TABLE_ENTITY_SEQS, upto, &key, &row) && key.hi == upto.hi) {
            return key.lo;
        }
    }
    return 0;
}

size_t sl_entities_count(struct sl_state *state, const struct sl_entity_ref *ref)
{
    return sl_entities_seqs(state, ref, (sl_seq){0}, SIZE_MAX, NULL);
}

/* Those of one stretch, from `key` on. */
static size_t
seqs_of_stretch(struct sl_state *state, struct sl_key key, size_t max, sl_seq *ret_seqs)
{
    struct sl_state_cursor cursor;
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_ENTITY_SEQS, key, &cursor);
    while (cursor.row != NULL && cursor.key.hi == key.hi && count < max) {
        if (ret_seqs != NULL) {
            ret_seqs[count] = (sl_seq){cursor.key.lo};
        }
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
    uint64_t last = last_seq_stretch(state);
    size_t count = 0;
    for (uint64_t stretch = from.v >> SL_STRETCH_SEQ_BITS; stretch <= last && count < max;
         stretch++) {
        sl_seq start = stretch_start(stretch);
        struct sl_key key = sl_key_posting(ref->kind, ref->number, start.v < from.v ? from : start);
        sl_seq *rest = ret_seqs != NULL ? ret_seqs + count : NULL;
        count += seqs_of_stretch(state, key, max - count, rest);
    }
    return count;
}

size_t sl_entities_deals(
    struct sl_state *state, uint32_t customer, uint32_t from, size_t max, uint32_t *ret_deals)
{
    struct sl_state_cursor cursor;
    uint64_t last = last_stretch(state, SL_TABLE_CUSTOMER_DEALS, sl_key_customer_deal_stretch);
    size_t count = 0;
    for (uint64_t stretch = from >> SL_STRETCH_DEAL_BITS; stretch <= last && count < max;
         stretch++) {
        uint32_t start = (uint32_t)(stretch << SL_STRETCH_DEAL_BITS);
        struct sl_key key = sl_key_customer_deal(customer, start < from ? from : start);
        sl_state_seek(state, SL_TABLE_CUSTOMER_DEALS, key, &cursor);
        while (cursor.row != NULL && cursor.key.hi == key.hi && count < max) {
            ret_deals[count++] = (uint32_t)cursor.key.lo;
            sl_state_next(state, &cursor);
        }
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
