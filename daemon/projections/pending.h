/* Pending writes: facts and postings of the latest events, not yet in their tables.
 *
 * Nobody needs them to decide about the next event, and written in batches they cost a fraction: sorted by key the tree is walked in
 * order, a person's month is added to once, a day's sums are added up in the cache first.
 *
 *     push ──▶ pending ── full, a question, a correction, a savepoint, a freeze ──▶ settle: into the tables
 *
 * Invariants:
 *   (1) whoever reads facts, months, day sums, postings or customer deals settles first;
 *   (2) a freeze settles first (sl_state_on_settle), so that no checkpoint lacks what its position promises;
 *   (3) settling gives the same tables in whatever portions it is done. */
#ifndef SL_PROJECTIONS_PENDING_H
#define SL_PROJECTIONS_PENDING_H

#include "projections/tables.h"

struct sl_ledger;
struct sl_fact;
struct sl_fact_list;
struct sl_pending;

/* SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_pending_open(struct sl_pending **ret_pending);
void sl_pending_close(struct sl_pending *pending); /* NULL is fine */

/* Sign +1 puts them in, -1 takes them out. */
void sl_pending_facts(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign);
void sl_pending_posting(struct sl_ledger *ledger, unsigned table, struct sl_key key);

void sl_pending_settle(struct sl_ledger *ledger);
/* Forgets them: they were behind a savepoint that is rolled back. */
void sl_pending_drop(struct sl_ledger *ledger);

#endif
