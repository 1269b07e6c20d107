/* The list of state tables and the packing of their keys. */
#include "projections/tables.h"

#include "projections/ledger.h"

#define DAY_SHIFT   40u
#define LINE_SHIFT  4u
#define MONTH_BIAS  4096
#define CREDIT_MASK 15u

_Static_assert(SL_CREDITS_MAX <= CREDIT_MASK + 1, "a credit's position has four bits in the key");
_Static_assert(SL_LINES_MAX < (1u << 12), "a line's position has twelve bits in the key");

static const struct sl_table_spec table_specs[SL_TABLES] = {
    [SL_TABLE_COUNTERS] = {"counters", sizeof(struct sl_counter_row), 1},
    [SL_TABLE_NAMES] = {"names", sizeof(struct sl_name_row), 1},
    [SL_TABLE_TEXTS] = {"texts", sizeof(struct sl_text_row), 1},
    [SL_TABLE_IDS] = {"ids", sizeof(struct sl_id_row), 1},
    [SL_TABLE_ENTITIES] = {"entities", sizeof(struct sl_entity_row), 1},
    [SL_TABLE_ENTITY_SEQS] = {"entity_seqs", sizeof(struct sl_posting_row), 1},
    [SL_TABLE_CUSTOMER_DEALS] = {"customer_deals", sizeof(struct sl_posting_row), 1},
    [SL_TABLE_MASTERS] = {"masters", sizeof(struct sl_master_row), 1},
    [SL_TABLE_DEALS] = {"deals", sizeof(struct sl_deal_row), 1},
    [SL_TABLE_DEAL_CREDITS] = {"deal_credits", sizeof(struct sl_credit_row), 1},
    [SL_TABLE_FACTS] = {"facts", sizeof(struct sl_fact_row), 1},
    [SL_TABLE_PERSON_MONTHS] = {"person_months", sizeof(struct sl_sums_row), 1},
    [SL_TABLE_DAY_SUMS] = {"day_sums", sizeof(struct sl_sums_row), 1},
    [SL_TABLE_TARGETS] = {"targets", sizeof(struct sl_stored_target), 1},
    [SL_TABLE_PLANS] = {"plans", sizeof(struct sl_plan_row), 1},
    [SL_TABLE_CORRECTIONS] = {"corrections", sizeof(struct sl_correction_row), 1},
};

const struct sl_table_spec *sl_ledger_specs(size_t *ret_count)
{
    *ret_count = SL_TABLES;
    return table_specs;
}

static uint64_t pair(uint32_t high, uint32_t low)
{
    return ((uint64_t)high << 32) | low;
}

struct sl_key sl_key_entity(unsigned kind, uint32_t number)
{
    return (struct sl_key){pair(kind, number), 0};
}

struct sl_key sl_key_part(unsigned kind, uint32_t number, uint64_t part)
{
    return (struct sl_key){pair(kind, number), part};
}

struct sl_key sl_key_master(unsigned kind, uint32_t number, sl_day day, sl_seq seq)
{
    uint64_t from = day.v == SL_NO_DAY_V ? 0 : SL_DAY_KEY(day);
    return (struct sl_key){pair(kind, number), (from << DAY_SHIFT) | seq.v};
}

struct sl_key sl_key_fact(uint32_t person, sl_day day, sl_seq seq, unsigned line, unsigned credit)
{
    return (struct sl_key){pair(person, SL_DAY_KEY(day)),
                           (seq.v << 16) | (uint64_t)((line << LINE_SHIFT) | credit)};
}

struct sl_key sl_key_person_month(uint32_t person, int32_t month, unsigned credit_kind)
{
    return (struct sl_key){pair(person, (uint32_t)(month + MONTH_BIAS)), credit_kind};
}

struct sl_key sl_key_day_sum(unsigned dimension, uint32_t number, sl_day day)
{
    return (struct sl_key){pair(dimension, number), SL_DAY_KEY(day)};
}

struct sl_key
sl_key_target(uint32_t period, uint32_t scope, uint32_t measure, unsigned role, sl_seq seq)
{
    return (struct sl_key){pair(period, scope),
                           ((uint64_t)measure << 44) | ((uint64_t)role << 40) | seq.v};
}

uint32_t sl_key_fact_person(struct sl_key key)
{
    return (uint32_t)(key.hi >> 32);
}

sl_day sl_key_fact_day(struct sl_key key)
{
    return (sl_day){(int32_t)(uint32_t)key.hi - SL_DAY_BIAS};
}

sl_seq sl_key_fact_seq(struct sl_key key)
{
    return (sl_seq){key.lo >> 16};
}

unsigned sl_key_fact_credit(struct sl_key key)
{
    return (unsigned)(key.lo & CREDIT_MASK);
}
