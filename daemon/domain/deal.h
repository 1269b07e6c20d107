/* The life of a deal, as a table of allowed moves.
 *
 *              WON                    CANCELLED/RETURNED of all that is booked
 *     OPEN ───────────▶ WON ─────────────────────────────▶ CANCELLED
 *       │                │ ▲                                  │
 *       │ LOST           └─┘ AMENDED DELIVERED INVOICED       │ WON (booked again)
 *       ▼                    COLLECTED, partial CANCELLED     └──────▶ WON
 *     LOST                   and RETURNED
 *
 * Contacts and quotes are welcome in every phase. Pure. */
#ifndef SL_DOMAIN_DEAL_H
#define SL_DOMAIN_DEAL_H

#include "domain/event.h"

enum sl_deal_phase { SL_DEAL_OPEN, SL_DEAL_WON, SL_DEAL_LOST, SL_DEAL_CANCELLED, SL_DEAL_PHASES };

struct sl_deal_state {
    enum sl_deal_phase phase;
    int64_t booked_minor; /* WON + AMENDED - CANCELLED - RETURNED */
};

/* The state after the close. SL_E_DEAL_STATE, SL_E_BEYOND_BOOKED, SL_E_OVERFLOW; outputs untouched then. A total fold of stored
 * history calls this too: stored events have passed it once. */
SL_MUST_CHECK enum sl_err sl_deal_step(const struct sl_deal_state *state,
                                       const struct sl_close *close,
                                       struct sl_deal_state *ret_state,
                                       struct sl_diag *diag);

/* CANCELLED and RETURNED: their lines are taken from what is booked. */
bool sl_close_takes_back(enum sl_close_kind kind);

/* Does the close end a deal's cycle, which begins with its first event? */
bool sl_close_has_cycle(enum sl_close_kind kind);

/* Sum of the lines' amounts. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_lines_amount(const struct sl_line *lines, size_t count, int64_t *ret_amount);

#endif
