/* What a CANCELLED or RETURNED takes back: how large the line was, and whether the deal ends with it.
 *
 * Its size: a plan that pays large lines only would else keep what it paid for one that is cancelled in small parts. A line takes back one
 * of the deal's latest WON before it, of the same product: that of the same amount, else the largest. Where that WON has none of the
 * product (an amendment brought it in), the line stands for itself, as all others do.
 *
 * Whether it ends the deal: who asks for a product line, or by a filter of a plan, counts a deal once, by whichever line of its WON he
 * asks for. So it ends with the last of their products (domain/deal_products.h). */
#ifndef SL_PROJECTIONS_TAKEN_BACK_H
#define SL_PROJECTIONS_TAKEN_BACK_H

#include "projections/entity_history.h"
#include "projections/facts.h"

/* Facts of one deal mostly follow each other, in order of seq: so the deal looked up last is kept, and a later event goes on from there.
 * Empty with nothing but its ledger; dies with any write to it. */
struct sl_taken_back {
    struct sl_ledger *ledger;
    uint32_t deal; /* 0: nothing looked up yet */
    sl_seq seq;    /* of the event that takes back: the deal is as it was after it */
    struct sl_entity_history history; /* of the deal; stands after the event */
    struct sl_deal_state state;
    int64_t amounts[SL_LINES_MAX];  /* of the WON's lines: minor units */
    uint32_t numbers[SL_LINES_MAX]; /* of their products */
    size_t line_count;
    struct sl_deal_products *products; /* owned; of the deal after the event */
};

void sl_taken_back_deinit(struct sl_taken_back *back); /* zeroed is fine */

/* Does the fact take back from what is booked? Only then ask for the following. */
bool sl_fact_takes_back(const struct sl_fact_row *row);

/* The end of its product and of the whole deal with it: for whoever asks for the product by name or line nothing is left then, and no
 * history need be looked at. */
bool sl_taken_back_ends_all(const struct sl_fact_row *row);

/* Minor units, not negative. The fact is settled, and so is all of its deal before it. SL_E_TOO_MANY (events of the deal), and
 * the codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_taken_back_size(struct sl_taken_back *back,
                                             sl_seq seq,
                                             const struct sl_fact_row *row,
                                             int64_t *ret_size);

/* Does it end the deal for the caller? `asks` is shown lines of the WON, each in the place of the fact's own (product and line_amount are
 * the line's), and says which the caller asks for: one of the product that ends with the fact, and none whose product has not ended.
 * Settled as above, with the same codes. */
struct sl_taken_back_asker {
    bool (*asks)(void *context, const struct sl_fact_row *row);
    void *context;
};
SL_MUST_CHECK enum sl_err sl_taken_back_ends(struct sl_taken_back *back,
                                             sl_seq seq,
                                             const struct sl_fact_row *row,
                                             const struct sl_taken_back_asker *asker,
                                             bool *ret_ends);

/* Does it end the last product that the deal had in the product line, as lines are on the fact's day? The org is fresh. Settled and codes
 * as above. */
SL_MUST_CHECK enum sl_err sl_taken_back_ends_line(struct sl_taken_back *back,
                                                  struct sl_key key,
                                                  const struct sl_fact_row *row,
                                                  uint32_t line,
                                                  bool *ret_ends);

#endif
