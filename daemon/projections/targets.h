/* Targets as they were set: a number for scope, measure, period and role; of several the one with
 * the greatest position counts. Amounts are in the measure's unit. What holds for periods that none
 * was set for: target_days.h. */
#ifndef SL_PROJECTIONS_TARGETS_H
#define SL_PROJECTIONS_TARGETS_H

#include "projections/totals.h"

/* Puts (+1) or takes back (-1) the target event at position `seq`. Drops the boards, some of which
 * rank by attainment. */
void sl_targets_put(struct sl_ledger *ledger, const struct sl_target *target, sl_seq seq, int sign);

/* What a target is for, as numbers of names; 0 is a name that no target has used. */
struct sl_target_ref {
    uint32_t period, scope, measure;
    enum sl_target_role role;
};

/* The parts of a key of the targets table. */
uint32_t sl_targets_key_scope(struct sl_key key);
uint32_t sl_targets_key_measure(struct sl_key key);
enum sl_target_role sl_targets_key_role(struct sl_key key);
/* Two keys of the same period, scope, measure and role? The last such row is in force. */
bool sl_targets_same(struct sl_key a, struct sl_key b);

/* The target in force and its position; false if there is none, or a number is 0. */
bool sl_targets_find(struct sl_ledger *ledger,
                     const struct sl_target_ref *ref,
                     struct sl_stored_target *ret_row,
                     sl_seq *ret_seq);

/* Is there a target of this id, in force or replaced? SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err
sl_targets_has_id(struct sl_ledger *ledger, struct sl_slice id, bool *ret_has);

/* Numbers of a scope, a person's, a unit's, a period and a measure, for an sl_target_ref; 0 where
 * nothing was ever set for them. A scope's numbers are those of person, unit, line, product, customer
 * and region; 0: not named. */
uint32_t sl_targets_scope(struct sl_ledger *ledger, const uint32_t numbers[6]);
/* Back again, of a number that is a scope's. SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err sl_targets_scope_numbers(struct sl_ledger *ledger,
                                                   uint32_t scope,
                                                   struct sl_scope_numbers *ret_numbers);
uint32_t sl_targets_scope_of_person(struct sl_ledger *ledger, uint32_t person);
uint32_t sl_targets_scope_of_unit(struct sl_ledger *ledger, uint32_t unit);
uint32_t sl_targets_period(struct sl_ledger *ledger, struct sl_period period);
uint32_t sl_targets_measure(struct sl_ledger *ledger, const struct sl_measure *measure);

struct sl_target_days; /* target_days.h */

/* Which of a scope's targets. */
struct sl_target_kind {
    const struct sl_measure *measure;
    struct sl_period period;
    enum sl_target_role role;
};

/* The target for the period of the scope with these numbers, by the rule of target_days.h; SL_E_NOT_FOUND without one. Takes the
 * ledger's arena. Codes of sl_target_days_get. */
SL_MUST_CHECK enum sl_err sl_targets_amount(struct sl_ledger *ledger,
                                            const uint32_t numbers[6],
                                            const struct sl_target_kind *kind,
                                            int64_t *ret_amount);

/* A person's, with all it is made of, on the ledger's arena. */
SL_MUST_CHECK enum sl_err sl_targets_days_of_person(struct sl_ledger *ledger,
                                                    uint32_t person,
                                                    const struct sl_target_kind *kind,
                                                    struct sl_target_days *ret_target);

/* The same target pro-rated to some of its days, by day weights and rounded once; SL_E_NOT_FOUND
 * without one. Takes the ledger's arena. Codes of sl_target_days_get, SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_targets_prorate(struct sl_ledger *ledger,
                                             uint32_t person,
                                             const struct sl_target_kind *kind,
                                             struct sl_period days,
                                             int64_t *ret_amount);

#endif
