/* How large the line is that a fact takes back: a plan that pays large lines only would else keep what it paid for one that is cancelled
 * in small parts.
 *
 * A line of a CANCELLED or RETURNED takes back one of the deal's latest WON before it, of the same product: that of the same amount, else
 * the largest. Where that WON has none of the product (an amendment brought it in), the line stands for itself, as all others do. */
#ifndef SL_PROJECTIONS_TAKEN_BACK_H
#define SL_PROJECTIONS_TAKEN_BACK_H

#include "projections/facts.h"

/* The lines of one event follow each other, so the WON looked up last is kept. Zeroed is empty. */
struct sl_taken_back {
    uint32_t deal;               /* 0: nothing looked up yet */
    sl_seq before;               /* of the event that takes back */
    const struct sl_line *lines; /* on the arena */
    size_t line_count;
    struct sl_arena arena;
};

void sl_taken_back_deinit(struct sl_taken_back *back); /* zeroed is fine */

/* Minor units, not negative. Nothing is pending. Codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_taken_back_size(struct sl_ledger *ledger,
                                             struct sl_taken_back *back,
                                             sl_seq seq,
                                             const struct sl_fact_row *row,
                                             int64_t *ret_size);

#endif
