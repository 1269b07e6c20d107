/* Totals: sums of facts over a scope and a period, in all or split by a dimension.
 *
 *     scope                       read from
 *     whole company, region       day sums
 *     product                     day sums
 *     product line                day sums of the products that are in the line that day; with counts, facts one by one, since an
 *                                 event with several products of a line counts once
 *     person                      whole months from person months, odd days from facts; DIRECT and OVERLAY
 *     unit                        the same per member and stretch of membership; DIRECT only
 *     any combination             facts, one by one
 *
 * All ways give the same numbers; tests compare them. */
#ifndef SL_PROJECTIONS_TOTALS_H
#define SL_PROJECTIONS_TOTALS_H

#include "projections/facts.h"

/* A scope in numbers. */
struct sl_scope_numbers {
    uint32_t person, unit, line, product, customer, region;
    uint32_t contact_kind; /* 0: all */
    bool has_person, has_unit, has_line, has_product, has_customer, has_region;
    bool as_is_now; /* membership as it is now */
};

struct sl_totals_query {
    struct sl_scope_numbers scope;
    struct sl_period period;
    enum sl_dimension by;
    bool amounts_only; /* no count is asked for: product lines may be read from day sums */
};

/* Does the measure use amounts and units only? */
bool sl_measure_is_of_amounts(const struct sl_measure *measure);

/* Rows by number of the dimension, 0 to row_count - 1; SL_BY_NONE has one row, 0. */
struct sl_totals {
    struct sl_sums_row *rows;
    uint8_t *has_facts; /* per row: did any fact or sum reach it? */
    size_t row_count;
};

/* SL_E_NOT_FOUND names the scope's field and value. */
SL_MUST_CHECK enum sl_err sl_scope_resolve(struct sl_ledger *ledger,
                                           const struct sl_scope_ref *scope,
                                           struct sl_scope_numbers *ret_scope,
                                           struct sl_diag *diag);

SL_MUST_CHECK enum sl_err sl_totals_get(struct sl_ledger *ledger,
                                        const struct sl_totals_query *query,
                                        struct sl_arena *arena,
                                        struct sl_totals *ret_totals);

/* Adds one person's facts of the credit kinds in `kinds` (bit DIRECT 1, bit OVERLAY 2) over the period. */
#define SL_KINDS_DIRECT 1u
#define SL_KINDS_OWN    3u
void sl_totals_person(struct sl_ledger *ledger,
                      uint32_t person,
                      struct sl_period period,
                      unsigned kinds,
                      struct sl_sums_row *sums);

/* Does one fact lie in the scope? The period is not looked at. */
bool sl_scope_has(struct sl_ledger *ledger,
                  const struct sl_scope_numbers *scope,
                  struct sl_key key,
                  const struct sl_fact_row *row);

/* Dimension to the kind of its names. */
unsigned sl_dimension_kind(enum sl_dimension dimension);

#endif
