/* The list of state tables and the packing of their keys. */
#include "projections/tables.h"

#include "base/big_endian.h"

#include "projections/ledger.h"

#define DAY_SHIFT   40u
#define LINE_SHIFT  4u
#define CREDIT_MASK 15u

/* hi of a fact: slice 30, person 31, day of the slice 3 bits, slices and days counted from 1900. */
#define SLICE_DAYS        8
#define FACT_SLICE_SHIFT  34u
#define FACT_PERSON_SHIFT 3u
#define FACT_DAY_MASK     7u
#define FACT_DAY_BIAS     25567         /* days from 1900 to 1970 */
#define MONTH_BIAS        (70 * 12 + 1) /* so that no key is zero */
#define KIND_SHIFT        32u
#define STRETCH_SHIFT     40u

_Static_assert(SLICE_DAYS == FACT_DAY_MASK + 1, "a day of a slice has three bits in the key");
_Static_assert(SL_CREDITS_MAX <= CREDIT_MASK + 1, "a credit's position has four bits in the key");
_Static_assert(SL_FACT_LINES_MAX <= (1u << 12), "a line's position has twelve bits in the key");

#define TABLE(text, type, number) .name = (text), .row_size = sizeof(type), .version = (number)

static const struct sl_table_spec table_specs[SL_TABLES] = {
    [SL_TABLE_COUNTERS] = {TABLE("counters", struct sl_counter_row, 1), .is_point = true},
    [SL_TABLE_NAMES] = {TABLE("names", struct sl_name_row, 2), .is_point = true},
    [SL_TABLE_TEXTS] = {TABLE("texts", struct sl_text_row, 2), .is_point = true, .packed_rows = 16},
    [SL_TABLE_IDS] = {TABLE("ids", struct sl_id_row, 2), .is_point = true, .packed_rows = 16},
    [SL_TABLE_ENTITIES] = {TABLE("entities", struct sl_entity_row, 1), .is_point = true},
    [SL_TABLE_ENTITY_SEQS] = {TABLE("entity_seqs", struct sl_posting_row, 3), .is_backlog = true,
                              .packed_rows = 64},
    [SL_TABLE_CUSTOMER_DEALS] = {TABLE("customer_deals", struct sl_posting_row, 3),
                                 .is_backlog = true, .packed_rows = 64},
    [SL_TABLE_MASTERS] = {TABLE("masters", struct sl_master_row, 1)},
    [SL_TABLE_DEALS] = {TABLE("deals", struct sl_deal_row, 2), .is_point = true},
    [SL_TABLE_DEAL_CREDITS] = {TABLE("deal_credits", struct sl_credit_row, 1), .is_point = true},
    [SL_TABLE_DEAL_PRODUCTS] = {TABLE("deal_products", struct sl_product_row, 1), .is_point = true},
    [SL_TABLE_FACTS] = {TABLE("facts", struct sl_fact_row, 6), .is_backlog = true,
                        .packed_rows = 16},
    [SL_TABLE_PERSON_MONTHS] = {TABLE("person_months", struct sl_sums_row, 4), .is_backlog = true},
    [SL_TABLE_DAY_SUMS] = {TABLE("day_sums", struct sl_sums_row, 4), .is_backlog = true},
    [SL_TABLE_TARGETS] = {TABLE("targets", struct sl_stored_target, 1)},
    [SL_TABLE_PLANS] = {TABLE("plans", struct sl_plan_row, 1)},
    [SL_TABLE_CORRECTIONS] = {TABLE("corrections", struct sl_correction_row, 1), .is_point = true},
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

struct sl_key sl_key_id(struct sl_id id)
{
    return (struct sl_key){sl_be64_get(id.bytes), sl_be64_get(id.bytes + 8)};
}

struct sl_key sl_key_entity(unsigned kind, uint32_t number)
{
    return (struct sl_key){pair(kind, number), 0};
}

struct sl_key sl_key_deal_credit(uint32_t deal, uint32_t position)
{
    return (struct sl_key){deal, position};
}

struct sl_key sl_key_deal_product(uint32_t deal, uint32_t position)
{
    return (struct sl_key){deal, position};
}

struct sl_key sl_key_posting(unsigned kind, uint32_t number, sl_seq seq)
{
    uint64_t stretch = seq.v >> SL_STRETCH_SEQ_BITS;
    return (struct sl_key){(stretch << STRETCH_SHIFT) | ((uint64_t)kind << KIND_SHIFT) | number,
                           seq.v};
}

uint64_t sl_key_posting_stretch(struct sl_key key)
{
    return key.hi >> STRETCH_SHIFT;
}

bool sl_key_posting_is_of(struct sl_key key, unsigned kind, uint32_t number)
{
    uint64_t entity = ((uint64_t)kind << KIND_SHIFT) | number;
    return (key.hi & (((uint64_t)1 << STRETCH_SHIFT) - 1)) == entity;
}

struct sl_key sl_key_customer_deal(uint32_t customer, uint32_t deal)
{
    return (struct sl_key){pair(deal >> SL_STRETCH_DEAL_BITS, customer), deal};
}

uint64_t sl_key_customer_deal_stretch(struct sl_key key)
{
    return key.hi >> 32;
}

struct sl_key sl_key_master(unsigned kind, uint32_t number, sl_day day, sl_seq seq)
{
    uint64_t from = day.v == SL_NO_DAY_V ? 0 : SL_DAY_KEY(day);
    return (struct sl_key){pair(kind, number), (from << DAY_SHIFT) | seq.v};
}

static uint64_t fact_hi(uint32_t person, sl_day day)
{
    uint32_t since = (uint32_t)(day.v + FACT_DAY_BIAS);
    return ((uint64_t)(since / SLICE_DAYS) << FACT_SLICE_SHIFT) |
           ((uint64_t)person << FACT_PERSON_SHIFT) | (since % SLICE_DAYS);
}

struct sl_key sl_key_fact(uint32_t person, sl_day day, sl_seq seq, unsigned line, unsigned credit)
{
    return (struct sl_key){fact_hi(person, day),
                           (seq.v << 16) | (uint64_t)((line << LINE_SHIFT) | credit)};
}

struct sl_key sl_key_facts_from(uint32_t person, sl_day day)
{
    return (struct sl_key){fact_hi(person, day), 0};
}

struct sl_key sl_key_person_month(int32_t month, uint32_t person, unsigned credit_kind)
{
    return (struct sl_key){(uint64_t)(month + MONTH_BIAS), pair(person, credit_kind)};
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

int32_t sl_fact_slice(sl_day day)
{
    return (day.v + FACT_DAY_BIAS) / SLICE_DAYS;
}

sl_day sl_fact_slice_start(int32_t slice)
{
    return (sl_day){slice * SLICE_DAYS - FACT_DAY_BIAS};
}

int32_t sl_key_fact_slice(struct sl_key key)
{
    return (int32_t)(key.hi >> FACT_SLICE_SHIFT);
}

uint32_t sl_key_fact_person(struct sl_key key)
{
    return (uint32_t)(key.hi >> FACT_PERSON_SHIFT) & SL_FACT_PERSON_MAX;
}

sl_day sl_key_fact_day(struct sl_key key)
{
    return (sl_day){sl_fact_slice_start(sl_key_fact_slice(key)).v +
                    (int32_t)(key.hi & FACT_DAY_MASK)};
}

int32_t sl_key_month_month(struct sl_key key)
{
    return (int32_t)key.hi - MONTH_BIAS;
}

uint32_t sl_key_month_person(struct sl_key key)
{
    return (uint32_t)(key.lo >> 32);
}

unsigned sl_key_month_credit_kind(struct sl_key key)
{
    return (unsigned)(uint32_t)key.lo;
}

sl_seq sl_key_fact_seq(struct sl_key key)
{
    return (sl_seq){key.lo >> 16};
}

unsigned sl_key_fact_credit(struct sl_key key)
{
    return (unsigned)(key.lo & CREDIT_MASK);
}
