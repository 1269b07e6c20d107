/* The facts of one plan component: who and what passes filter and scope, in order of (day, seq, credit of the event). */
#ifndef SL_PROJECTIONS_COMPONENT_FACTS_H
#define SL_PROJECTIONS_COMPONENT_FACTS_H

#include "domain/evaluate.h"
#include "projections/totals.h"

#define SL_COMPONENT_FACTS_MAX 2000000u

/* Facts of one event and person, lines added up. */
struct sl_component_fact {
    struct sl_base_fact base;
    uint32_t person, customer, product; /* product of its first line */
    int32_t share_ppm;
    uint32_t position; /* among the event's credits */
};

struct sl_component_facts {
    struct sl_component_fact *facts;
    size_t count, capacity;
};

void sl_component_facts_deinit(struct sl_component_facts *facts);

/* Replaces the content. The org is fresh. SL_E_NO_MEMORY, SL_E_TOO_BIG (more than SL_COMPONENT_FACTS_MAX), SL_E_UNSUPPORTED. */
SL_MUST_CHECK enum sl_err sl_component_facts_get(struct sl_ledger *ledger,
                                                 const struct sl_component *component,
                                                 uint32_t payee,
                                                 struct sl_period days,
                                                 struct sl_component_facts *facts);

#endif
