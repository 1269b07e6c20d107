/* The log of one entity: every seq that touched it, put together from where each is kept
 * (entities.h).
 *
 *     any entity     its postings
 *     customer       those of its deals too, whose sales events are posted under the deal only
 *     person         its facts too: whom a sales event credits is not posted */
#ifndef SL_PROJECTIONS_ENTITY_LOG_H
#define SL_PROJECTIONS_ENTITY_LOG_H

#include "projections/entities.h"
#include "projections/internal.h"

struct sl_entity_page {
    struct sl_entity_ref ref;
    sl_seq from;
    size_t max; /* room in ret_seqs */
};

/* Up to `max` seqs >= from, ascending, each once; none for number 0. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_entity_log_seqs(struct sl_ledger *ledger,
                                             const struct sl_entity_page *page,
                                             sl_seq *ret_seqs,
                                             size_t *ret_count);

/* The greatest seq that touched the entity; 0 if none did. */
uint64_t sl_entity_log_last(struct sl_ledger *ledger, const struct sl_entity_ref *ref);

/* Sorts in place and drops repeats; gives how many are left. */
size_t sl_seqs_sort_unique(sl_seq *seqs, size_t count);

#endif
