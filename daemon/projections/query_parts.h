/* What the questions have in common: the checks of their parts, with the field named in the
 * refusal. */
#ifndef SL_PROJECTIONS_QUERY_PARTS_H
#define SL_PROJECTIONS_QUERY_PARTS_H

#include "projections/totals.h"

/* `field` is the path that a refusal names; it is borrowed for the call. Outputs are untouched on
 * failure. */

/* SL_E_MISSING_FIELD (empty), or what sl_period_parse says: SL_E_BAD_PERIOD. */
SL_MUST_CHECK enum sl_err sl_query_period(struct sl_ledger *ledger,
                                          struct sl_slice text,
                                          const char *field,
                                          struct sl_period *ret_period,
                                          struct sl_diag *diag);
/* SL_E_UNSUPPORTED if a point in time is set at all. */
SL_MUST_CHECK enum sl_err
sl_query_at(const struct sl_at *at, const char *field, struct sl_diag *diag);
/* What sl_measure_parse says: SL_E_BAD_MEASURE, SL_E_MISSING_FIELD (empty), SL_E_UNSUPPORTED
 * (known, not computed). */
SL_MUST_CHECK enum sl_err sl_query_measure(struct sl_slice text,
                                           const char *field,
                                           struct sl_measure *ret_measure,
                                           struct sl_diag *diag);

#endif
