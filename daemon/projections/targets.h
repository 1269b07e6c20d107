/* Targets: a number for scope, measure, period and role; the one with the greatest position counts. */
#ifndef SL_PROJECTIONS_TARGETS_H
#define SL_PROJECTIONS_TARGETS_H

#include "projections/totals.h"

/* Puts (+1) or takes back (-1) the target event at position `seq`. */
void sl_targets_put(struct sl_ledger *ledger, const struct sl_target *target, sl_seq seq, int sign);

struct sl_target_ref {
    uint32_t period, scope, measure;
    enum sl_target_role role;
};

/* The target in force; false if there is none. */
bool sl_targets_find(struct sl_ledger *ledger,
                     const struct sl_target_ref *ref,
                     struct sl_stored_target *ret_row,
                     sl_seq *ret_seq);

/* Names' numbers of a person's scope, a measure and a period; 0 where nothing was ever set for them. */
uint32_t sl_targets_scope_of_person(struct sl_ledger *ledger, uint32_t person);
uint32_t sl_targets_scope_of_unit(struct sl_ledger *ledger, uint32_t unit);
uint32_t sl_targets_period(struct sl_ledger *ledger, struct sl_period period);
uint32_t sl_targets_measure(struct sl_ledger *ledger, const struct sl_measure *measure);

/* The person's target for the period: the one set for it, else the sum of its months' if each month has one. */
bool sl_targets_of_person(struct sl_ledger *ledger,
                          uint32_t person,
                          const struct sl_measure *measure,
                          struct sl_period period,
                          enum sl_target_role role,
                          int64_t *ret_amount);

#endif
