/* Places from counts: each rank type is one formula. */
#include "domain/rank.h"

#define MILLI 1000

int64_t sl_rank_milli(enum sl_rank_type type, const struct sl_rank_place *place)
{
    int64_t better = place->better;
    int64_t tied = place->tied;
    switch (type) {
    case SL_RANK_STANDARD: return (better + 1) * MILLI;
    case SL_RANK_MODIFIED: return (better + tied) * MILLI;
    case SL_RANK_DENSE: return ((int64_t)place->better_distinct + 1) * MILLI;
    case SL_RANK_ORDINAL: return ((int64_t)place->position + 1) * MILLI;
    case SL_RANK_FRACTIONAL: return better * MILLI + (tied + 1) * MILLI / 2;
    case SL_RANK_TYPES: break;
    }
    return 0;
}

enum sl_err sl_rank_prize(const int64_t *prizes,
                          size_t prize_count,
                          const struct sl_rank_place *place,
                          int64_t *ret_minor)
{
    SL_ASSERT(place->tied > 0);
    SL_ASSERT(place->position >= place->better);
    int64_t pool = 0;
    uint64_t end = (uint64_t)place->better + place->tied;
    for (uint64_t i = place->better; i < end && i < prize_count; i++) {
        if (__builtin_add_overflow(pool, prizes[i], &pool)) {
            return SL_E_OVERFLOW;
        }
    }
    int64_t tied = place->tied;
    int64_t rest = pool % tied; /* has the sign of the pool */
    int64_t rest_count = rest < 0 ? -rest : rest;
    bool takes_unit = (int64_t)(place->position - place->better) < rest_count;
    int64_t unit = rest < 0 ? -1 : 1;
    *ret_minor = pool / tied + (takes_unit ? unit : 0);
    return SL_OK;
}
