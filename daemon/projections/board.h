/* One board; see boards.h for when it lives.
 *
 * A member reached its score with the event, in order of (day, seq), from which on its running score was never worse than the one it ends
 * with. All facts of an event and a member are one step; facts that do not move the measure are none.
 *
 * Invariants:
 *   (1) the tree holds exactly the listed members;
 *   (2) a listed member whose sums are not those of its place is in `dirty`;
 *   (3) without SL_TIE_REACHED nobody looks at `reach` and `latest`;
 *   (4) with it, when nothing is dirty, of members that share a defined score none `needs_reach`. A person who shares it with nobody is
 *       looked up when he is listed: most never are, and it is a look into the facts. Units, products, lines and regions are looked up
 *       all at once;
 *   (5) nobody is looked up while facts are followed, only between a question and its answer: so all look-ups of a question go through the
 *       pending facts once, and none sees a part of an event. */
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

#define SL_BOARD_SUMS     ((size_t)2 * SL_MEASURE_SUMS_MAX) /* numerators, then denominators */
#define SL_BOARD_NO_EVENT 0u

/* Events are numbers by sl_board_event. Those of a member that moved the measure: the one that it reached its score with, and the last. */
struct sl_board_member {
    int64_t sums[SL_BOARD_SUMS];
    int64_t target; /* attainment: minor units or what the measure counts; 0: none */
    uint64_t reach; /* SL_BOARD_NO_EVENT: none moved the measure; means nothing while needs_reach */
    uint64_t latest; /* likewise */
    uint32_t order;  /* place of its id among all ids, by bytes */
    bool is_listed;
    bool is_dirty;
    bool needs_reach; /* its events have to be looked at */
    bool is_sought;   /* in `sought` */
};
_Static_assert(sizeof(struct sl_board_member) == 64,
               "as long as a cache line: they are moved in no order");

struct sl_board {
    struct sl_board_key key;
    struct sl_ostree *tree;          /* owned */
    struct sl_board_member *members; /* owned; by number */
    uint32_t member_count;           /* numbers 0 to member_count - 1 */
    bool lists_all;  /* people: nobody has a unit in the period: the active are listed */
    uint32_t *dirty; /* owned; numbers to place again */
    uint32_t dirty_count;
    uint32_t dirty_max; /* then they are placed; with SL_TIE_REACHED more than there are members */
    uint32_t *sought;   /* owned, with SL_TIE_REACHED; numbers whose reach is to be looked up */
    uint32_t sought_count;
    sl_seq shows;      /* facts up to here: as it was built, and later as of the question at hand */
    uint64_t position; /* the same: of the first pending fact that it does not show */
    uint64_t asked;    /* boards->clock at the last question */
    struct sl_ledger *ledger;
};

/* An event as it sorts, by (day, seq); and its parts. */
uint64_t sl_board_event(sl_day day, sl_seq seq);
sl_day sl_board_event_day(uint64_t event);
sl_seq sl_board_event_seq(uint64_t event);

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

/* The member's score has moved, so it has to be placed again; when many have to be they are. SL_E_OVERFLOW (see sl_board_get). */
SL_MUST_CHECK enum sl_err sl_board_move(struct sl_board *board, uint32_t number);

/* Puts everybody where his score belongs. Codes of sl_board_resolve; who has not been placed stays dirty. */
SL_MUST_CHECK enum sl_err sl_board_settle(struct sl_board *board);

/* Adds to each of the measure's own sums that is this one; it may stand above and below the line. False if it is none of them. */
bool sl_board_add(const struct sl_measure *measure,
                  int64_t sums[SL_BOARD_SUMS],
                  enum sl_sum sum,
                  int64_t value);

/* A fact of the event has moved the member from those sums to what it has now. For boards with SL_TIE_REACHED. */
void sl_board_note_reach(struct sl_board *board,
                         uint32_t number,
                         const int64_t before[SL_BOARD_SUMS],
                         uint64_t event);

/* Asks for when the member reached its score, if that is to be known and is not. */
void sl_board_seek(struct sl_board *board, uint32_t number);

/* Looks up those asked for, and places them. SL_E_OVERFLOW, SL_E_NO_MEMORY, codes of sl_taken_back_ends_line; nobody is asked for any
 * more. */
SL_MUST_CHECK enum sl_err sl_board_resolve(struct sl_board *board);

/* Notes when the people asked for reached the scores that the board shows. Codes as above. */
SL_MUST_CHECK enum sl_err sl_board_find_reach(struct sl_board *board);

/* The same for all that are listed, where they are not people; `totals` are those that the query gave. SL_E_NO_MEMORY, codes of
 * sl_totals_each. */
SL_MUST_CHECK enum sl_err sl_board_find_reach_of_all(struct sl_board *board,
                                                     const struct sl_totals_query *query,
                                                     const struct sl_totals *totals);

/* Walks a member's events backwards, to the one that it reached its score with. Begins with the member's sums as `before`, all else
 * zeroed. */
struct sl_reach_walk {
    int64_t before[SL_BOARD_SUMS]; /* the event at hand */
    uint64_t
        event; /* at hand; SL_BOARD_NO_EVENT: none yet. When done, the one that the score was reached with */
    uint64_t latest; /* the first that was at hand */
    bool is_done;    /* before the event at hand the score was worse than the member's */
};

/* What a fact of the event at hand, or of an earlier one, has added to the sums; nothing is taken once the walk is done. */
void sl_reach_walk_take(struct sl_reach_walk *walk,
                        const struct sl_board *board,
                        const struct sl_board_member *member,
                        uint64_t event,
                        const int64_t added[SL_BOARD_SUMS]);

/* The event at hand is whole: was the score before it worse than the member's? */
void sl_reach_walk_judge(struct sl_reach_walk *walk,
                         const struct sl_board *board,
                         const struct sl_board_member *member);

/* What the walk has found is the member's, whose events are at an end if it is not done. */
void sl_reach_walk_end(const struct sl_reach_walk *walk, struct sl_board_member *member);

/* Do places go by cycle days? */
bool sl_board_has_cycles(const struct sl_board_key *key);

#endif
