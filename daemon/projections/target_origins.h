/* Where a target comes from, as answers name it: the one event that set it for just this period, or those that it is derived from. */
#ifndef SL_PROJECTIONS_TARGET_ORIGINS_H
#define SL_PROJECTIONS_TARGET_ORIGINS_H

#include "domain/query.h"
#include "projections/target_days.h"

/* In order of their days, each once, on the arena. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_target_origins(struct sl_ledger *ledger,
                                            const struct sl_target_days *target,
                                            bool is_ratio,
                                            struct sl_arena *arena,
                                            struct sl_target_origins *ret_origins);

#endif
