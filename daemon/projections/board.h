/* One board; see boards.h for when it lives.
 *
 * Invariants:
 *   (1) the tree holds exactly the listed members;
 *   (2) a listed member whose sums are not those of its place is in `dirty`;
 *   (3) without SL_TIE_REACHED nobody looks at reach_day and reach_seq;
 *   (4) with it, of members that share a score none `needs_reach`. A person who shares it with nobody is looked up when he is listed:
 *       most never are, and it is a look into the facts. Units, products, lines and regions are looked up all at once. */
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
    uint32_t unit_level; /* by unit: levels below the scope's unit, or from the top; 0: all */
};

struct sl_board_member {
    int64_t sums[2 * SL_MEASURE_SUMS_MAX]; /* numerators, then denominators */
    int64_t target; /* attainment: minor units or what the measure counts; 0: none */
    uint64_t
        reach_seq; /* of the fact that made the score stand; while needs_reach: of those followed only */
    int32_t reach_day; /* its day; INT32_MAX: no fact did */
    uint32_t order;    /* place of its id among all ids, by bytes */
    bool is_listed;
    bool is_dirty;
    bool needs_reach; /* facts from before the board was built have not been looked at */
};

struct sl_board {
    struct sl_board_key key;
    struct sl_ostree *tree;          /* owned */
    struct sl_board_member *members; /* owned; by number */
    uint32_t member_count;           /* numbers 0 to member_count - 1 */
    bool
        lists_all; /* people: nobody belongs to a unit in the period, so that all who are active are listed */
    uint32_t dirty[SL_BOARD_DIRTY_MAX]; /* numbers to place again */
    uint32_t dirty_count;
    sl_seq built;      /* from facts up to here; it has followed those after */
    uint64_t position; /* the same: of the first pending fact it was not built from */
    uint64_t asked;    /* boards->clock at the last question */
    struct sl_ledger *ledger;
};

/* The board, built if need be, with every member in its place and facts up to `least` at least, {0}: all. Borrowed until the next
 * write to the ledger and the next sl_board_get. SL_E_NO_MEMORY, SL_E_OVERFLOW (a score that no fraction holds),
 * and the codes of sl_totals_get. */
SL_MUST_CHECK enum sl_err sl_board_get(struct sl_ledger *ledger,
                                       const struct sl_board_key *key,
                                       sl_seq least,
                                       struct sl_arena *arena,
                                       struct sl_board **ret_board);

/* The member's value as asked: the measure, or the attainment in ppm as display.h shows it, which his place does not go by; denominator 0
 * where undefined. SL_E_OVERFLOW. */
SL_MUST_CHECK enum sl_err
sl_board_value(const struct sl_board *board, uint32_t number, struct sl_value *ret_value);

/* Builds a board (board_build.c) from the facts that are settled, to be given back with sl_board_close. Codes as sl_board_get. */
SL_MUST_CHECK enum sl_err sl_board_open(struct sl_ledger *ledger,
                                        const struct sl_board_key *key,
                                        struct sl_arena *arena,
                                        struct sl_board **ret_board);
void sl_board_close(struct sl_board *board); /* NULL is fine */

/* Would a fact in the scope and period, of any kind, put the person on the list? */
bool sl_board_lists_for_facts(struct sl_board *board, uint32_t person);

/* Puts the member where its score belongs; it is not dirty then. SL_E_OVERFLOW; the member stays
 * where it was. */
SL_MUST_CHECK enum sl_err sl_board_place(struct sl_board *board, uint32_t number);

/* A fact that moves the member's score was followed. */
void sl_board_note_reach(struct sl_board_member *member, sl_day day, sl_seq seq);

/* Looks up when the member reached its score, if that is not known. Codes as sl_board_place. */
SL_MUST_CHECK enum sl_err sl_board_resolve(struct sl_board *board, uint32_t number);

/* Notes when a person reached the score that the board was built with. Codes of sl_taken_back_ends_line. */
SL_MUST_CHECK enum sl_err sl_board_find_reach(struct sl_board *board, uint32_t number);

/* The same for all that are listed, where they are not people; `totals` are those that the query gave. Codes of sl_totals_each. */
SL_MUST_CHECK enum sl_err sl_board_find_reach_of_all(struct sl_board *board,
                                                     const struct sl_totals_query *query,
                                                     const struct sl_totals *totals);

/* Do places go by cycle days? */
bool sl_board_has_cycles(const struct sl_board *board);

#endif
