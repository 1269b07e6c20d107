/* The refusal of a text that names no period, in one wording for events and questions. */
#ifndef SL_DOMAIN_PERIOD_REFUSE_H
#define SL_DOMAIN_PERIOD_REFUSE_H

#include "sl/err.h"
#include "sl/types.h"

/* SL_E_BAD_PERIOD, and why: a week that its year has not, or what a period looks like. `diag` may be NULL. */
enum sl_err sl_period_refuse(struct sl_diag *diag, const char *field, struct sl_slice text);

#endif
