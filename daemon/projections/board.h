/* One board; see boards.h. */
#ifndef SL_PROJECTIONS_BOARD_H
#define SL_PROJECTIONS_BOARD_H

#include "projections/boards.h"
#include "projections/totals.h"

/* What makes a board the same board. No padding matters: compared field by field. */
struct sl_board_key {
    enum sl_dimension dimension;
    struct sl_measure measure;
    struct sl_period period;
    struct sl_scope_numbers scope;
    enum sl_rank_by by;
    enum sl_target_role role;
    enum sl_tie_rule ties;
};

struct sl_board_member {
    int64_t sums[2 * SL_MEASURE_SUMS_MAX]; /* numerators, then denominators */
    int64_t target;                        /* attainment */
    uint64_t reach_seq;
    int32_t reach_day;
    uint32_t order; /* place of its id among all ids, by bytes */
    bool is_listed;
    bool is_dirty;
    bool needs_reach; /* the fact that made the score stand came out: look for the one before */
};

struct sl_board {
    struct sl_board_key key;
    struct sl_ostree *tree;
    struct sl_board_member *members; /* by number */
    uint32_t member_count;           /* numbers 0 to member_count - 1 */
    uint32_t dirty[SL_BOARD_DIRTY_MAX];
    uint32_t dirty_count;
    uint64_t asked; /* boards->clock at the last question */
    struct sl_ledger *ledger;
};

/* The board, built if need be, with every member in its place. Borrowed until the next write. */
SL_MUST_CHECK enum sl_err sl_board_get(struct sl_ledger *ledger,
                                       const struct sl_board_key *key,
                                       struct sl_arena *arena,
                                       struct sl_board **ret_board);

/* The member's value as asked: the measure, or actual / target. */
SL_MUST_CHECK enum sl_err
sl_board_value(const struct sl_board *board, uint32_t member, struct sl_value *ret_value);

void sl_board_close(struct sl_board *board);

#endif
