/* Scopes: which facts a question is about, as numbers instead of ids.
 *
 * A fact lies in a scope if it lies in every part that is named. Nothing named is the whole
 * company. Only DIRECT facts count, except for one person alone, who is asked about all that is
 * credited to him, OVERLAY too.
 *
 * Region and customer are the fact's own; product line and unit are looked up in the org: those of
 * the fact's day, or, for units with `as_is_now`, the latest. */
#ifndef SL_PROJECTIONS_SCOPE_H
#define SL_PROJECTIONS_SCOPE_H

#include "projections/facts.h"

/* A scope in numbers. A part is named if its `has_` says so: 0 is a number too, that of nobody and
 * nothing. */
struct sl_scope_numbers {
    uint32_t person, unit, line, product, customer, region;
    uint32_t contact_kind; /* 0: all; other facts than contacts are not asked for theirs */
    bool has_person, has_unit, has_line, has_product, has_customer, has_region;
    bool as_is_now; /* membership of units as it is now */
};

/* Ids to numbers. SL_E_NOT_FOUND names the scope's field and value in `diag`; *ret_scope is
 * untouched then. */
SL_MUST_CHECK enum sl_err sl_scope_resolve(struct sl_ledger *ledger,
                                           const struct sl_scope_ref *scope,
                                           struct sl_scope_numbers *ret_scope,
                                           struct sl_diag *diag);

/* Does one fact lie in the scope? The period is not looked at. The org is fresh. */
bool sl_scope_has(struct sl_ledger *ledger,
                  const struct sl_scope_numbers *scope,
                  struct sl_key key,
                  const struct sl_fact_row *row);

/* The day on which the unit tree is looked at for a fact of `day`. */
sl_day sl_scope_tree_day(const struct sl_scope_numbers *scope, sl_day day);

/* The unit whose member a person was for a fact of `day`; 0: none. The org is fresh. */
uint32_t sl_scope_unit_of(struct sl_ledger *ledger,
                          const struct sl_scope_numbers *scope,
                          uint32_t person,
                          sl_day day);

/* The line a product was in on the day; 0: none. The org is fresh. */
uint32_t sl_scope_line_of(struct sl_ledger *ledger, uint32_t product, sl_day day);

/* Dimension to the kind of its names; SL_ENTITY_NONE for SL_BY_NONE. */
unsigned sl_dimension_kind(enum sl_dimension dimension);

#endif
