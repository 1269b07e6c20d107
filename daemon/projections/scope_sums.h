/* Sums of many scopes over one period, in one walk over its facts: what a list of targets asks for. Sums of one scope: totals.h.
 *
 *     scopes that name the same parts      (unit, line)            (customer)      …
 *                                              │                       │
 *     a table of each such shape           (7, 2) ▶ row 0          (9) ▶ row 2
 *                                          (7, 3) ▶ row 1
 *                                              ▲                       ▲
 *     a fact looks itself up in each       its units × its line    its customer
 *
 * Both ways give the same numbers; tests compare them. */
#ifndef SL_PROJECTIONS_SCOPE_SUMS_H
#define SL_PROJECTIONS_SCOPE_SUMS_H

#include "projections/scope.h"

struct sl_scope_sums_query {
    struct sl_period period;
    const struct sl_scope_numbers *scopes; /* all different; none as it is now */
    size_t count;
    bool amounts_only; /* no count is asked for */
};

/* One row for each scope, in their order, on `arena`. Settles what is pending and refreshes the org first. SL_E_NO_MEMORY (the arena is
 * full, or the org could not be built), and codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_scope_sums(struct sl_ledger *ledger,
                                        const struct sl_scope_sums_query *query,
                                        struct sl_arena *arena,
                                        struct sl_sums_row **ret_rows);

#endif
