/* Would the units stay a tree, and no deeper than SL_UNIT_DEPTH_MAX, if a define of a unit came, went or were replaced?
 *
 * A define holds for days, hides others of its unit and brings them to light when it goes, so a tree may break on days and by parents
 * that the change itself does not name:
 *
 *     A     |── below B ────────────────────────────▶       taken out: the first define of A holds again,
 *     A                 |── below nothing ──────────▶       and lies below B, which lies below A
 *     B                 |── below A ────────────────▶
 *
 * Looked at are the days on which a unit of the change gets another parent than it has, with all that lies above and below it then. A log
 * may hold trees that broke before there was this rule: a unit that keeps its parent, or gets none, is fine in these too. */
#ifndef SL_PROJECTIONS_UNIT_TREE_H
#define SL_PROJECTIONS_UNIT_TREE_H

#include "projections/internal.h"

struct sl_unit_change {
    const struct sl_define *out, *in; /* of units; NULL: nothing goes, nothing comes */
    sl_seq seq; /* their position in the log; SL_SEQ_MAX for one that is yet to come */
};

/* What would be wrong first. */
struct sl_unit_fault {
    uint32_t unit; /* would lie below itself, or in a chain that is too long; 0: nothing is wrong */
    uint32_t parent;   /* of it on that day */
    bool is_of_define; /* it is what comes that says so, else a define that comes to light */
};

/* Writes nothing. Units that have no number yet are known by the ones they would get. SL_E_NO_MEMORY. */
SL_MUST_CHECK enum sl_err sl_unit_tree_try(struct sl_ledger *ledger,
                                           const struct sl_unit_change *change,
                                           struct sl_unit_fault *ret_fault);

#endif
