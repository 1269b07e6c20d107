/* Deriving the rows of pending facts and postings: sorted, so that each tree is walked in order; sums added up before they go to
 * their row.
 *
 *     facts by slice, person, day   ──▶ facts
 *     facts by month, person        ──▶ person_months, each person's month once for each run of facts of one credit kind
 *     facts by day                  ──▶ day_sums, each day's once
 *     postings by key               ──▶ entity_seqs, customer_deals
 *
 * A pure function of the list and of what the sink holds: the loop and the checkpoint get the same rows. */
#ifndef SL_PROJECTIONS_SETTLE_H
#define SL_PROJECTIONS_SETTLE_H

#include "base/chunks.h"
#include "projections/facts.h"

struct sl_pending_fact {
    struct sl_fact fact;
    int32_t sign;        /* +1: put in; -1: taken out */
    uint32_t is_redated; /* one of a pair, taken out and put in with nothing but other cycle days */
};

struct sl_pending_posting {
    struct sl_key key;
    uint64_t table;
};

struct sl_pending_list {
    struct sl_chunks facts;    /* sl_pending_fact */
    struct sl_chunks postings; /* sl_pending_posting */
};

/* Memory for settling, kept from one time to the next. One user at a time. */
struct sl_settler;
SL_MUST_CHECK enum sl_err sl_settler_open(struct sl_settler **ret_settler);
void sl_settler_close(struct sl_settler *settler); /* NULL is fine */

struct sl_pending_range {
    size_t fact_from, fact_to;
    size_t posting_from, posting_to;
};

/* Writes the rows of the facts and postings in the range. Out of memory fails the sink. */
void sl_settle(struct sl_settler *settler,
               const struct sl_pending_list *list,
               const struct sl_pending_range *range,
               struct sl_row_sink *sink);

#endif
