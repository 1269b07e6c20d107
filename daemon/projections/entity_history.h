/* The history of a deal or customer: its events as they count, in order, one in memory at a time. However long it is, it takes 8 bytes an
 * event.
 *
 *     struct sl_entity_history history = {.ledger = ledger};
 *     struct sl_sourced event;
 *     enum sl_err err = sl_entity_history_begin(&history, &ref, false);
 *     while (err == SL_OK && (err = sl_entity_history_next(&history, &event)) == SL_OK && event.seq.v != 0) {
 *         ...
 *     }
 *     sl_entity_history_deinit(&history);
 *
 * A correct event stands for the position that it corrects. A position may hold an event of another deal or customer, or none, if a
 * correction has moved it: the caller looks. Dies with any write to the entity's postings. */
#ifndef SL_PROJECTIONS_ENTITY_HISTORY_H
#define SL_PROJECTIONS_ENTITY_HISTORY_H

#include "projections/entities.h"
#include "projections/source.h"

/* Starts as nothing but its ledger and maximum; may begin again and again. */
struct sl_entity_history {
    struct sl_ledger *ledger;
    size_t events_max; /* 0: what is recorded is applied, however much it is */
    sl_seq *seqs;      /* ascending, each once; on `positions` */
    size_t count;
    size_t next; /* the first that has not been given */
    struct sl_arena positions;
    struct sl_arena event; /* the event at hand */
};

/* Stands before the first event. With `with_pending` postings that are not settled are found too, by going through them all.
 * SL_E_TOO_MANY (more than events_max), SL_E_NO_MEMORY, and the codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_entity_history_begin(struct sl_entity_history *history,
                                                  const struct sl_entity_ref *ref,
                                                  bool with_pending);

/* The position that comes next; {0} at the end. */
sl_seq sl_entity_history_peek(const struct sl_entity_history *history);

/* The event there, until the next call; seq 0 at the end. Codes of sl_source_load. */
SL_MUST_CHECK enum sl_err sl_entity_history_next(struct sl_entity_history *history,
                                                 struct sl_sourced *ret_event);

void sl_entity_history_rewind(struct sl_entity_history *history);
void sl_entity_history_deinit(struct sl_entity_history *history);

#endif
