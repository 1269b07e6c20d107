/* The facts of one plan component: who and what passes filter and scope, in order of (day, seq,
 * credit of the event).
 *
 *     scope             whose facts                                             credit kind
 *     own               the payee's                                             DIRECT
 *     own overlay       the payee's                                             OVERLAY
 *     subtree           those of members of units the payee manages, or of      DIRECT
 *                       units below them down to the depth, on days of both
 *
 * Lines of one event and person that pass are one fact. Where the filter may let only some of the
 * lines pass, the first that does counts the event, and what takes back counts when it ends the deal for the filter. A filter
 * by size judges what takes back by the line it takes back (taken_back.h for both), except in the stream of returns. */
#ifndef SL_PROJECTIONS_COMPONENT_FACTS_H
#define SL_PROJECTIONS_COMPONENT_FACTS_H

#include "domain/evaluate.h"
#include "projections/totals.h"

/* Facts of one event and person, lines added up. */
struct sl_component_fact {
    struct sl_base_fact base;
    uint32_t person, customer, product; /* numbers; product of its first line */
    int32_t share_ppm;
    uint32_t position; /* among the event's credits */
};

/* Zeroed is empty. The array is owned and kept from one sl_component_facts_get to the next. */
struct sl_component_facts {
    struct sl_component_fact *facts;
    size_t count, capacity;
    size_t count_max; /* 0: SL_COMPONENT_FACTS_MAX; kept, too */
};

void sl_component_facts_deinit(struct sl_component_facts *facts); /* zeroed is fine */

/* Replaces the content by the facts of the days. The org is fresh. SL_E_NO_MEMORY, SL_E_TOO_BIG
 * (more than its maximum), SL_E_UNSUPPORTED (no sum is kept of the component's stream
 * and quantity), codes of sl_source_load; the content is undefined then, to be replaced or deinited. */
SL_MUST_CHECK enum sl_err sl_component_facts_get(struct sl_ledger *ledger,
                                                 const struct sl_component *component,
                                                 uint32_t payee,
                                                 struct sl_period days,
                                                 struct sl_component_facts *facts);

#endif
