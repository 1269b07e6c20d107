/* Places in a ranking, from counts alone, and prizes on ties.
 *
 * Where a member stands follows from four numbers that an order-statistic tree gives in O(log n) (ostree.h), so no
 * ranking is ever scanned. For the scores 44 42 42 41 41 41 39:
 *
 *     STANDARD    1 2 2 4 4 4 7           1 + strictly better
 *     MODIFIED    1 3 3 6 6 6 7           strictly better + tied
 *     DENSE       1 2 2 3 3 3 4           1 + distinct better scores
 *     ORDINAL     1 2 3 4 5 6 7           1 + position
 *     FRACTIONAL  1 2.5 2.5 5 5 5 7       mean of the ordinal places of the tied */
#ifndef SL_DOMAIN_RANK_H
#define SL_DOMAIN_RANK_H

#include "sl/err.h"
#include "sl/types.h"

/* Numbers of RankType in event.proto. */
enum sl_rank_type {
    SL_RANK_STANDARD,
    SL_RANK_MODIFIED,
    SL_RANK_DENSE,
    SL_RANK_ORDINAL,
    SL_RANK_FRACTIONAL,
    SL_RANK_TYPES
};

struct sl_rank_place {
    uint32_t better; /* members strictly better */
    uint32_t tied;   /* members with the same score and tie, this one included: at least 1 */
    uint32_t better_distinct; /* distinct scores strictly better */
    uint32_t position;        /* place in the list from 0: better <= position < better + tied */
};

/* Thousandths of a place: 2500 is 2.5. */
int64_t sl_rank_milli(enum sl_rank_type type, const struct sl_rank_place *place);

/* What the member gets when `prizes[i]` is for place i + 1 and tied members share the prizes of the places they fill
 * together, equally; units that do not divide go to the first in the list. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_rank_prize(const int64_t *prizes,
                                        size_t prize_count,
                                        const struct sl_rank_place *place,
                                        int64_t *ret_minor);

#endif
