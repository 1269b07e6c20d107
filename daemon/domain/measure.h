/* Measures: the names people ask by, and the additive sums they are made of.
 *
 * Every fact adds to a row of sums (enum sl_sum). A measure is one sum, or the ratio of up to two sums over up to two sums.
 * So any measure over any period and scope follows from adding rows, and is exact.
 *
 *     name                 value                                                 unit
 *     booked.amount        what was won, amended, cancelled, returned            MINOR
 *     booked.count         deals booked; a full cancellation takes its one back  PPM, 1,000,000 = one
 *     booked.units         quantity                                              THOUSANDTHS
 *     booked.margin        amount - cost of the lines whose cost is known        MINOR
 *     won.count            WON closes; a cancellation later does not reduce it   PPM, 1,000,000 = one
 *     lost.count           LOST closes                                           PPM, 1,000,000 = one
 *     quote.count          quotes                                                PPM, 1,000,000 = one
 *     quote.amount         their value                                           MINOR
 *     contact.count        contacts; contact.count:VISIT only those of a kind    PPM, 1,000,000 = one
 *     invoiced.amount  delivered.amount  collected.amount  returned.amount       MINOR
 *     win.rate             won / (won + lost)                                    PPM
 *     deal.size            booked.amount / booked.count                          MINOR
 *     margin.rate          booked.margin / amount of the lines with a cost       PPM
 *     cycle.days           mean days from first event to close over won          DAYS_RATIO
 *     cycle.days:CLOSED    the same over won and lost                            DAYS_RATIO
 *
 * Names that the domain knows and this version cannot compute are in the table too and refused as SL_E_UNSUPPORTED:
 * customer.new customer.active cost.amount satisfaction.mean channel.coverage cost.of.sale roi growth.
 *
 * Values are exact fractions *in the measure's unit*: win.rate of 3 won and 7 lost is 300000 / 1 PPM, deal.size of
 * 100.00 over 3 deals is 10000 / 3 MINOR. Pure functions over constant tables. */
#ifndef SL_DOMAIN_MEASURE_H
#define SL_DOMAIN_MEASURE_H

#include "domain/fraction.h"
#include "domain/plan.h"
#include "sl/err.h"
#include "sl/types.h"

/* The additive sums kept per fact. `_PPM`: 1,000,000 is one event (or one day), a credit counts by its share. */
enum sl_sum {
    SL_SUM_BOOKED_AMOUNT,
    SL_SUM_BOOKED_COUNT_PPM,
    SL_SUM_BOOKED_UNITS, /* thousandths */
    SL_SUM_BOOKED_MARGIN,
    SL_SUM_WON_COUNT_PPM,
    SL_SUM_LOST_COUNT_PPM,
    SL_SUM_QUOTE_COUNT_PPM,
    SL_SUM_QUOTE_AMOUNT,
    SL_SUM_CONTACT_COUNT_PPM,
    SL_SUM_INVOICED_AMOUNT,
    SL_SUM_DELIVERED_AMOUNT,
    SL_SUM_COLLECTED_AMOUNT,
    SL_SUM_RETURNED_AMOUNT,
    SL_SUM_CYCLE_DAYS_WON_PPM,  /* days from the deal's first event to WON, x the credit's share */
    SL_SUM_CYCLE_DAYS_LOST_PPM, /* the same to LOST */
    SL_SUM_BOOKED_COSTED, /* of the booked amount, what has a known cost: the base of margins */
    SL_SUMS
};

/* Numbers of UnitOfMeasure in api.proto. */
enum sl_measure_unit {
    SL_UNIT_NONE,
    SL_UNIT_MINOR,
    SL_UNIT_THOUSANDTHS,
    SL_UNIT_PPM,
    SL_UNIT_DAYS_RATIO
};

/* What a measure comes to before it is brought to its unit: what places go by. In lowest terms when the measure is a ratio; denominator 1
 * for sums. */
struct sl_ratio {
    int64_t numerator;
    int64_t denominator; /* > 0; 0: undefined, and then numerator is 0 */
};

#define SL_MEASURE_SUMS_MAX 2u
#define SL_CONTACT_KINDS    10u /* 1 CALL .. 9 OTHER; 0: none, or every kind */
#define SL_MEASURE_TEXT_MAX 64u

struct sl_measure {
    const char *name; /* static, without the part after the colon */
    enum sl_measure_unit unit;
    bool is_ratio;
    bool lower_is_better; /* attainment is target / actual, and ranks run upwards */
    uint8_t numerator_count;
    uint8_t denominator_count; /* 0 for sums */
    enum sl_sum numerators[SL_MEASURE_SUMS_MAX];
    enum sl_sum denominators[SL_MEASURE_SUMS_MAX];
    int64_t scale;         /* the ratio is multiplied by it to reach `unit`; 1 for sums */
    uint32_t contact_kind; /* 0: all; else the caller hands in sums of contacts of this kind only */
};

/* "booked.amount", "contact.count:VISIT". SL_E_BAD_MEASURE, SL_E_MISSING_FIELD (empty), SL_E_UNSUPPORTED (known, not
 * computed by this version). `diag` may be NULL; its field stays empty, for the caller to wrap. */
SL_MUST_CHECK enum sl_err
sl_measure_parse(struct sl_slice text, struct sl_measure *ret_measure, struct sl_diag *diag);

/* The name that parses back; NUL-terminated, gives the length. `buf` takes SL_MEASURE_TEXT_MAX bytes. */
size_t sl_measure_format(const struct sl_measure *measure, char *buf);

/* Is the sum one of those the measure is made of? */
bool sl_measure_uses(const struct sl_measure *measure, enum sl_sum sum);

/* From sums over a period and scope. A denominator of 0 gives undefined. SL_E_OVERFLOW where two sums together are beyond int64. */
SL_MUST_CHECK enum sl_err sl_measure_of_sums(const struct sl_measure *measure,
                                             const int64_t sums[SL_SUMS],
                                             struct sl_ratio *ret_ratio);

/* The exact value in the measure's unit. In lowest terms; it may exceed int64, as the deal size of a great sum in few minor units does. */
struct sl_fraction sl_measure_value(const struct sl_measure *measure, struct sl_ratio ratio);

/* Every name of the table in order, also the unsupported ones; a name with and without a suffix is there twice.
 * NULL from sl_measure_name_count() on. Static memory. */
size_t sl_measure_name_count(void);
const char *sl_measure_name(size_t index, bool *ret_is_supported);

/* The sum a plan's filter adds up. SL_E_UNSUPPORTED for pairs without one, e.g. units of a collection. */
SL_MUST_CHECK enum sl_err
sl_sum_of_stream(enum sl_stream stream, enum sl_quantity quantity, enum sl_sum *ret_sum);
enum sl_measure_unit sl_sum_unit(enum sl_sum sum);

/* The measure that is this one sum, without a contact kind; nameless for the sums of days, which are none alone. */
struct sl_measure sl_measure_of_sum(enum sl_sum sum);

/* "VISIT" for 2; NULL for a number that is no kind. And back: 0 if unknown. */
const char *sl_contact_kind_name(uint32_t kind);
uint32_t sl_contact_kind_of_name(struct sl_slice name);

#endif
