/* The rules of a plan by subject, private to sl_plan_validate. Field paths are relative to the argument. */
#ifndef SL_DOMAIN_PLAN_RULES_H
#define SL_DOMAIN_PLAN_RULES_H

#include "domain/plan.h"

/* 1 to 64 bytes of plain text. SL_E_MISSING_FIELD, SL_E_TOO_BIG, SL_E_INVALID_FIELD. */
SL_MUST_CHECK enum sl_err
sl_plan_check_id(struct sl_slice id, const char *field, struct sl_diag *diag);

/* Both given and the last not after the first: "must be after ...". SL_E_PLAN_INVALID. */
SL_MUST_CHECK enum sl_err
sl_plan_check_days(sl_day from, sl_day to, const char *field, struct sl_diag *diag);

/* One component by itself. */
SL_MUST_CHECK enum sl_err sl_plan_check_component(const struct sl_component *component,
                                                  struct sl_diag *diag);

/* The curve of a component: rows, and what goes together. */
SL_MUST_CHECK enum sl_err sl_plan_check_curve(const struct sl_component *component,
                                              struct sl_diag *diag);

/* The index of a component or of one of its gate rows: names, and what its window allows. */
SL_MUST_CHECK enum sl_err sl_plan_check_index(const struct sl_component *component,
                                              const struct sl_plan_index *index,
                                              struct sl_diag *diag);

/* What this version cannot evaluate yet. SL_E_UNSUPPORTED. */
SL_MUST_CHECK enum sl_err sl_plan_check_support(const struct sl_plan *plan, struct sl_diag *diag);

#endif
