/* The state tables: keys and rows. Everything the projections know lies in these rows; no other
 * file defines a layout.
 *
 * Numbers: id strings become 32-bit numbers, per kind, from 1 in order of first appearance
 *     (names.h); 0 is "none".
 * Days in keys are biased so that they sort unsigned: SL_DAY_KEY(day) = day + 2^20, 0 for "always".
 * Seqs in keys have 40 bits: a million events a second for twelve days; SL_SEQ_MAX is checked on
 *     apply.
 *
 *     table          hi                      lo                                  row
 *     counters       kind                    0                                   sl_counter_row    last number given; totals
 *     names          kind, text              text; or hashes, see name_key.h     sl_name_row       number
 *     texts          kind, number            0                                   sl_text_row       the text
 *     ids            idempotency id, big-endian                                  sl_id_row         seq
 *     entities       kind, number            0                                   sl_entity_row     defines
 *     entity_seqs    stretch, kind, number   seq                                 sl_posting_row    that seq touched it
 *     customer_deals stretch, customer       deal                                sl_posting_row    that deal was the customer's
 *     masters        kind, number            day 24, seq 40                      sl_master_row     one define
 *     deals          number                  0                                   sl_deal_row       phase, booked, close, first day, ...
 *     deal_credits   number                  position                            sl_credit_row     credits beyond the row's
 *     deal_products  number                  position                            sl_product_row    booked products beyond the row's
 *     facts          slice, person, day      seq 48, line and credit 16          sl_fact_row       one credited line
 *     person_months  month                   person 32, credit kind 32           sl_sums_row       sums of facts
 *     day_sums       dimension, number       day                                 sl_sums_row       sums of direct facts
 *     targets        period, scope           measure 20, role 4, seq 40          sl_stored_target  one target
 *     plans          plan, version           seq                                 sl_plan_row       one plan version
 *     corrections    seq corrected           0                                   sl_correction_row the correct in force
 *
 * A page is written anew for each checkpoint in which one of its rows changes, so rows that come at the same time should lie
 * together. Months lead with the month for that, and facts with a slice of eight days: of a person they would lie alone, and the pages of
 * a month are half of what a checkpoint writes in a flood. The two indexes by entity lead
 * with a stretch of 2^18 seqs, or of 2^16 deals, and whoever looks an entity up looks into each stretch. Rows of which many
 * come, and whose neighbours have much in common, are packed (tables.c): facts, both indexes, texts, ids.
 */
#ifndef SL_PROJECTIONS_TABLES_H
#define SL_PROJECTIONS_TABLES_H

#include "base/map.h"
#include "domain/event.h"
#include "domain/measure.h"
#include "store/state.h"

enum sl_table {
    SL_TABLE_COUNTERS,
    SL_TABLE_NAMES,
    SL_TABLE_TEXTS,
    SL_TABLE_IDS,
    SL_TABLE_ENTITIES,
    SL_TABLE_ENTITY_SEQS,
    SL_TABLE_CUSTOMER_DEALS,
    SL_TABLE_MASTERS,
    SL_TABLE_DEALS,
    SL_TABLE_DEAL_CREDITS,
    SL_TABLE_DEAL_PRODUCTS,
    SL_TABLE_FACTS,
    SL_TABLE_PERSON_MONTHS,
    SL_TABLE_DAY_SUMS,
    SL_TABLE_TARGETS,
    SL_TABLE_PLANS,
    SL_TABLE_CORRECTIONS,
    SL_TABLES
};

/* Kinds of names: the entity kinds first, then what is only named. */
enum sl_name_kind {
    SL_NAME_SCOPE = SL_ENTITY_KINDS, /* canonical text of a scope */
    SL_NAME_PERIOD,                  /* "start..end" */
    SL_NAME_MEASURE,
    SL_NAME_ROLE,
    SL_NAME_TARGET, /* a target's own id */
    SL_NAME_KINDS
};

/* Masters that are not entities use these kinds in their keys, number 0. */
#define SL_MASTER_STAGES   64u
#define SL_MASTER_CALENDAR 65u
#define SL_MASTER_SETTINGS 66u
#define SL_MASTER_OTHER    67u /* fx rates, access roles, tier rules, scorecards: kept, not used */

#define SL_SEQ_MAX           ((1ull << 40) - 1)
#define SL_FACT_PERSON_MAX   0x7fffffffu /* keys of facts have 31 bits for a person */
#define SL_DAY_BIAS          (1 << 20)
#define SL_DAY_KEY(day)      ((uint32_t)((day).v + SL_DAY_BIAS))
#define SL_STRETCH_SEQ_BITS  18u
#define SL_STRETCH_DEAL_BITS 16u

struct sl_counter_row {
    uint64_t last;    /* number given last; of kind 0: the magnitude taken in (capacity.h) */
    uint64_t defined; /* how many of them have a define in force */
};

struct sl_name_row {
    uint32_t number;
    uint32_t pad;
};

struct sl_text_row {
    uint8_t len;
    uint8_t pad[7];
    char text[SL_ID_TEXT_BYTES_MAX];
};

struct sl_id_row {
    uint64_t seq;
};

struct sl_entity_row {
    uint32_t defines; /* in force; 0: undefined */
    uint32_t pad;
};

struct sl_posting_row {
    uint64_t pad; /* the key says it all */
};

struct sl_master_row {
    int32_t from, to;    /* days; INT32_MIN, INT32_MAX: unbounded; to is the first day after */
    uint32_t parent;     /* person: unit; unit: parent unit; product: line; customer: region */
    uint32_t other;      /* unit: manager; customer: owner; person: role; settings: policy;
                          * calendar: fiscal month */
    int32_t hired, left; /* person; INT32_MIN, INT32_MAX when absent */
    int64_t pay_minor;   /* person: variable pay a year; product: list price */
};

struct sl_credit_row {
    uint32_t person;
    uint32_t kind; /* enum sl_credit_kind */
    int64_t share_ppm;
};

/* One of domain/deal_products.h. */
struct sl_product_row {
    int64_t booked_minor;
    uint32_t product;
    uint32_t is_counted;
};

#define SL_DEAL_CREDITS  2u /* kept in the deal's row; few deals have more */
#define SL_DEAL_PRODUCTS 1u /* likewise */
struct sl_deal_row {
    int64_t booked_minor;
    uint64_t closed_seq;    /* of its first WON or LOST; 0: none yet */
    uint16_t phase;         /* enum sl_deal_phase */
    uint16_t is_tangled;    /* closed again, or other credits or another customer since then */
    uint32_t customer;      /* named last; 0: none yet */
    int32_t first_day;      /* the earliest of its events; INT32_MIN: none yet */
    uint16_t credit_count;  /* known last; 0: none yet */
    uint16_t product_count; /* that have a part of what is booked */
    struct sl_credit_row credits[SL_DEAL_CREDITS];    /* the others lie in deal_credits */
    struct sl_product_row products[SL_DEAL_PRODUCTS]; /* the others lie in deal_products */
};

enum sl_fact_kind {
    SL_FACT_CONTACT = 9, /* close kinds are 1..8 */
    SL_FACT_QUOTE = 10,
};

#define SL_FACT_FIRST_OF_EVENT   1u  /* carries the event's count */
#define SL_FACT_FIRST_OF_PRODUCT 2u  /* carries the count inside its product */
#define SL_FACT_ENDS_BOOKING     4u  /* a cancellation or return that leaves nothing booked */
#define SL_FACT_HAS_COST         8u  /* the margin is known */
#define SL_FACT_ENDS_PRODUCT     16u /* likewise, that leaves nothing of the product */
#define SL_FACT_IS_COUNT         32u /* of a product that ended without a line: nothing but its count */

/* An event's lines and, behind them, the products that end with it without a line. */
#define SL_FACT_LINES_MAX (2 * SL_LINES_MAX)

struct sl_fact_row {
    int64_t amount;      /* minor units, this credit's part, signed */
    int64_t units;       /* thousandths, likewise */
    int64_t margin;      /* minor units, likewise; 0 without a cost */
    int64_t line_amount; /* of the whole line, before sharing, without the kind's sign */
    uint32_t deal, customer, product, region;
    int32_t share_ppm;  /* this credit's */
    int32_t cycle_days; /* of a WON or LOST: since the deal's first day */
    uint8_t kind;       /* enum sl_close_kind or sl_fact_kind */
    uint8_t contact_kind;
    uint8_t credit_kind; /* enum sl_credit_kind */
    uint8_t flags;       /* SL_FACT_... */
    uint32_t pad;
};

struct sl_sums_row {
    int64_t sums[SL_SUMS]; /* by enum sl_sum, each in its unit */
};

struct sl_stored_target {
    int64_t amount;     /* in the measure's unit */
    int32_t start, end; /* days */
    uint32_t parent;    /* SL_NAME_TARGET number; 0: none */
    uint32_t own;       /* its own id; 0: none */
};

struct sl_plan_row {
    int32_t from, to; /* days; INT32_MIN, INT32_MAX: unbounded */
    uint32_t is_published;
    uint32_t pad;
};

struct sl_correction_row {
    uint64_t correct_seq;
};

/* Rows are stored as they are, so nothing in them may be left to the compiler. */
_Static_assert(sizeof(struct sl_text_row) == 72, "no hidden padding");
_Static_assert(sizeof(struct sl_entity_row) == 8, "no hidden padding");
_Static_assert(sizeof(struct sl_master_row) == 32, "no hidden padding");
_Static_assert(sizeof(struct sl_product_row) == 16, "no hidden padding");
_Static_assert(sizeof(struct sl_deal_row) == 80, "no hidden padding");
_Static_assert(sizeof(struct sl_fact_row) == 64, "one cache line");
_Static_assert(sizeof(struct sl_sums_row) == 128, "two cache lines");

/* Keys. Packing never fails: numbers, days and seqs are in range by what sl_decide lets in. */

struct sl_key sl_key_id(struct sl_id id);
struct sl_key sl_key_entity(unsigned kind, uint32_t number);
struct sl_key sl_key_deal_credit(uint32_t deal, uint32_t position);
struct sl_key sl_key_deal_product(uint32_t deal, uint32_t position);
struct sl_key sl_key_posting(unsigned kind, uint32_t number, sl_seq seq);
uint64_t sl_key_posting_stretch(struct sl_key key);
bool sl_key_posting_is_of(struct sl_key key, unsigned kind, uint32_t number);
struct sl_key sl_key_customer_deal(uint32_t customer, uint32_t deal);
uint64_t sl_key_customer_deal_stretch(struct sl_key key);
/* `day` SL_NO_DAY: always. */
struct sl_key sl_key_master(unsigned kind, uint32_t number, sl_day day, sl_seq seq);
struct sl_key sl_key_fact(uint32_t person, sl_day day, sl_seq seq, unsigned line, unsigned credit);
/* The first fact that a person can have on the day, whatever its seq. */
struct sl_key sl_key_facts_from(uint32_t person, sl_day day);
struct sl_key sl_key_person_month(int32_t month, uint32_t person, unsigned credit_kind);
struct sl_key sl_key_day_sum(unsigned dimension, uint32_t number, sl_day day);
struct sl_key
sl_key_target(uint32_t period, uint32_t scope, uint32_t measure, unsigned role, sl_seq seq);

/* Slices are eight days long and follow each other from 1900-01-01, slice 0. */
int32_t sl_fact_slice(sl_day day);
sl_day sl_fact_slice_start(int32_t slice);
int32_t sl_key_fact_slice(struct sl_key key);
uint32_t sl_key_fact_person(struct sl_key key);
sl_day sl_key_fact_day(struct sl_key key);
sl_seq sl_key_fact_seq(struct sl_key key);
unsigned sl_key_fact_credit(struct sl_key key);
int32_t sl_key_month_month(struct sl_key key);
uint32_t sl_key_month_person(struct sl_key key);
unsigned sl_key_month_credit_kind(struct sl_key key);

#endif
