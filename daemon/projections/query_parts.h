/* What the questions have in common: the checks of their parts, with the field named in the refusal. */
#ifndef SL_PROJECTIONS_QUERY_PARTS_H
#define SL_PROJECTIONS_QUERY_PARTS_H

#include "projections/totals.h"

SL_MUST_CHECK enum sl_err sl_query_period(struct sl_ledger *ledger,
                                          struct sl_slice text,
                                          const char *field,
                                          struct sl_period *ret_period,
                                          struct sl_diag *diag);
SL_MUST_CHECK enum sl_err
sl_query_at(const struct sl_at *at, const char *field, struct sl_diag *diag);
SL_MUST_CHECK enum sl_err sl_query_measure(struct sl_slice text,
                                           const char *field,
                                           struct sl_measure *ret_measure,
                                           struct sl_diag *diag);

#endif
