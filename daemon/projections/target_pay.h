/* Target pay: the variable pay that a plan's shares are shares of (domain/README.md, "Target pay"). */
#ifndef SL_PROJECTIONS_TARGET_PAY_H
#define SL_PROJECTIONS_TARGET_PAY_H

#include "domain/fraction.h"
#include "domain/plan.h"
#include "projections/ledger.h"

struct sl_pay_window {
    enum sl_plan_window kind;
    struct sl_period whole; /* as the calendar has it */
    struct sl_period part;  /* the days asked about, of `whole` */
};

/* In minor units of the person's pay currency, exact and in lowest terms; 0 for one who was never defined. The organisation is fresh.
 * SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_target_pay(struct sl_ledger *ledger,
                                        uint32_t person,
                                        const struct sl_pay_window *window,
                                        struct sl_fraction *ret_pay);

#endif
