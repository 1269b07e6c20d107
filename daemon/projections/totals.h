/* Totals: sums of facts over a scope and a period, in all or split by a dimension.
 *
 *     scope                       read from
 *     whole company, region       day sums
 *     product                     day sums
 *     product line                day sums of the products that are in the line that day; with
 *                                 counts, facts one by one, since an event with several products
 *                                 of a line counts once
 *     person                      whole months from person months, odd days from facts; DIRECT and
 *                                 OVERLAY
 *     unit                        the same per member and stretch of membership; DIRECT only
 *     any combination             facts, one by one
 *
 * All ways give the same numbers; tests compare them. */
#ifndef SL_PROJECTIONS_TOTALS_H
#define SL_PROJECTIONS_TOTALS_H

#include "projections/scope.h"

/* What to add up, and by what to split it. */
struct sl_totals_query {
    struct sl_scope_numbers scope;
    struct sl_period period;
    enum sl_dimension by;
    bool as_settled;   /* facts that are pending are left out; else they are settled first */
    bool amounts_only; /* no count is asked for: product lines may be read from day sums */
};

/* Does the measure use amounts and units only, no counts and no days? */
bool sl_measure_is_of_amounts(const struct sl_measure *measure);

/* Rows by number of the dimension, 0 to row_count - 1; SL_BY_NONE has one row, 0. */
struct sl_totals {
    struct sl_sums_row *rows;
    bool *
        was_reached; /* per row: there was something to add, if only zeros, or what has been taken out again since */
    size_t row_count;
};

/* Settles what is pending, unless told not to, and refreshes the org first. The rows lie on `arena`. SL_E_NO_MEMORY (the
 * arena is full, or the org could not be built), and the state's own SL_E_CORRUPT and SL_E_IO. */
SL_MUST_CHECK enum sl_err sl_totals_get(struct sl_ledger *ledger,
                                        const struct sl_totals_query *query,
                                        struct sl_arena *arena,
                                        struct sl_totals *ret_totals);

/* What a fact adds to a number of the dimension. */
typedef void
sl_totals_take(void *ctx, uint32_t number, struct sl_key key, const struct sl_sums_row *sums);

/* The same facts and numbers, one by one, in the order of fact_scan.h. The org is fresh. Codes as sl_totals_get. */
SL_MUST_CHECK enum sl_err sl_totals_each(struct sl_ledger *ledger,
                                         const struct sl_totals_query *query,
                                         sl_totals_take *take,
                                         void *ctx);

#endif
