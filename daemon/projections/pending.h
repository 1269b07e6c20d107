/* Pending writes: facts and postings of the latest events, not yet in their tables. The ledger's backlog (store/state.h).
 *
 * Nobody needs them to decide about the next event. So an event only adds them to a list, and the checkpoint derives the rows on
 * its own thread (settle.h); a question that needs them sooner derives them for itself.
 *
 *     events ──▶ active list ── freeze ──▶ frozen list ── checkpoint ──▶ LMDB, forgotten here
 *                     └──── a question, a define: settle ────────┴──▶ the active layer, for reading
 *
 * Invariants:
 *   (1) whoever reads facts, months, day sums, postings or customer deals settles first; but the history of a deal, for which events
 *       are taken out and put in, reads its postings where they are (sl_pending_seqs);
 *   (2) a list only grows, but for a rollback; what is frozen does not change;
 *   (3) settling gives the same tables in whatever portions it is done, and whoever does it. A fact is settled after all postings
 *       of its list, and with all facts of its event; nothing of the active list is settled before all of the frozen one;
 *   (4) a scratch state has no checkpoint: its list is settled when it is long. */
#ifndef SL_PROJECTIONS_PENDING_H
#define SL_PROJECTIONS_PENDING_H

#include "projections/tables.h"

struct sl_ledger;
struct sl_fact;
struct sl_fact_list;
struct sl_pending;

/* Becomes the state's backlog. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_pending_open(struct sl_ledger *ledger,
                                          struct sl_pending **ret_pending);
/* Settles; no checkpoint runs. NULL is fine. */
void sl_pending_close(struct sl_pending *pending);

/* Sign +1 puts them in, -1 takes them out. Out of memory fails the state. */
void sl_pending_facts(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign);
/* The same for facts that are taken out to be put in at once with nothing but other cycle days. */
void sl_pending_redated(struct sl_ledger *ledger, const struct sl_fact_list *facts, int sign);
void sl_pending_posting(struct sl_ledger *ledger, unsigned table, struct sl_key key);

void sl_pending_settle(struct sl_ledger *ledger);

/* A part of that: so many facts and postings, the oldest first, and the rest of the event they come to. True if no more than so many are
 * left. */
bool sl_pending_settle_part(struct sl_ledger *ledger, size_t items);

/* Seqs of unsettled postings under an entity, in the order in which they came: the first `max`, and how many there are. All are looked
 * through, about a millisecond in a flood; settling them would take a hundred. */
struct sl_entity_ref;
size_t sl_pending_seqs(const struct sl_pending *pending,
                       const struct sl_entity_ref *ref,
                       size_t max,
                       sl_seq *ret_seqs);

/* A correction has just moved facts: what was added so far is not all new facts in order of seq. And has any of it not been
 * settled? */
void sl_pending_moved(struct sl_pending *pending);
bool sl_pending_has_moved(const struct sl_pending *pending);

/* Facts by position, counted from the first there ever was. Those that are on disk are forgotten, after all boards have followed
 * them. */
uint64_t sl_pending_end(const struct sl_pending *pending);
/* The first that is not in its table yet. */
uint64_t sl_pending_unread(const struct sl_pending *pending);
/* `*ret_is_redated`: see above. */
const struct sl_fact *
sl_pending_fact(const struct sl_pending *pending, uint64_t position, bool *ret_is_redated);

/* With the state's savepoint and rollback; the rollback of the state comes first. */
void sl_pending_savepoint(struct sl_pending *pending);
void sl_pending_rollback(struct sl_pending *pending);

#endif
