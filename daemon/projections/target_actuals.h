/* What there is to hold against each target of a list: sums of their scopes over one period, in as few walks as will do.
 *
 *     one person             all people in one walk           } for each kind of contacts
 *     one unit               all units in one walk, if there are several such targets
 *     any other, several     one walk over the facts of the period
 *     any other, one         the way of totals.h
 *
 * Day sums answer for a product, a region, the company, and for a line by amounts: those need no walk. */
#ifndef SL_PROJECTIONS_TARGET_ACTUALS_H
#define SL_PROJECTIONS_TARGET_ACTUALS_H

#include "projections/totals.h"

/* What a target is for: a scope, with nothing named 0, with the measure's kind of contacts; and whether its measure needs no counts. */
struct sl_target_subject {
    struct sl_scope_numbers scope;
    bool is_of_amounts;
};

struct sl_target_actuals {
    struct sl_ledger *ledger;
    struct sl_arena *arena;
    struct sl_period period;
    /* walks that have been made */
    bool has_people, has_units;
    uint32_t people_contact_kind;
    struct sl_totals people, units;
    struct sl_sums_row *rows;        /* of `scopes`; NULL: not walked yet */
    struct sl_scope_numbers *scopes; /* those of one walk, in order of their bytes */
    size_t scope_count;
    size_t unit_count; /* targets of one unit each */
    bool amounts_only; /* of `scopes` */
};

/* `subjects` are those that will be asked for. SL_E_NO_MEMORY: the arena is full. */
SL_MUST_CHECK enum sl_err sl_target_actuals_begin(struct sl_target_actuals *actuals,
                                                  const struct sl_target_subject *subjects,
                                                  size_t count);

/* The sums of one of them. Codes of sl_totals_get. */
SL_MUST_CHECK enum sl_err sl_target_actuals_get(struct sl_target_actuals *actuals,
                                                const struct sl_target_subject *subject,
                                                struct sl_sums_row *ret_row);

#endif
