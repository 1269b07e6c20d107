/* Boards: rankings kept in memory as order-statistic trees.
 *
 *     question ──▶ built from totals ── follows facts ──▶ members are dirty ── question ──▶ placed again
 *                        │
 *                        └── what it cannot follow ──▶ dropped, and built by the next question
 *
 * A board is one (dimension, measure, period, scope, score kind). The first question builds it from
 * totals; from then on it follows the list of pending facts, each of which moves its member, so a question costs O(log n) and
 * never a scan. Boards are a cache: a changed define or target, a correction or a rolled-back batch
 * drops them, the least recently asked goes when there are SL_BOARDS_MAX.
 *
 * Boards follow when facts become durable, not when they come: so an answer reflects what is on disk and need not wait for the
 * flush under way. Who asks for more (his own events) has all boards follow as far. What becomes durable in a flood they follow in
 * parts, so that questions are answered between, and nobody is told of events that they do not show yet.
 *
 * Building and placing may fail, and then the question has no answer. Keeping up to date cannot: a
 * board that cannot follow a fact is dropped. */
#ifndef SL_PROJECTIONS_BOARDS_H
#define SL_PROJECTIONS_BOARDS_H

#include "domain/ostree.h"
#include "domain/query.h"
#include "projections/names.h"

#define SL_BOARDS_MAX 32u
/* Facts followed at once when many have become durable. */
#define SL_BOARDS_PART 24u
/* Members moved at once, so that no question finds more of them waiting; but with SL_TIE_REACHED all wait for a question (board.h). */
#define SL_BOARD_DIRTY_MAX 16u

struct sl_ledger;
struct sl_board;

struct sl_boards {
    struct sl_board *boards[SL_BOARDS_MAX]; /* owned */
    size_t count;
    uint64_t position; /* of the first pending fact that they have not followed */
    sl_seq reflects;   /* what they all show; means nothing while there are none */
    uint64_t clock;    /* counts questions, for the least recently asked */
};

/* Closes all boards. Zeroed is fine. */
void sl_boards_drop(struct sl_boards *boards);

/* All boards follow the pending facts of events up to `upto`; {0}: all there are. */
void sl_boards_follow(struct sl_ledger *ledger, sl_seq upto);

/* A part of the way to `upto`, whole events, so that who calls can do other things between; gives up to where they are. */
sl_seq sl_boards_follow_part(struct sl_ledger *ledger, sl_seq upto);

/* All boards follow the pending facts before position `end`, which are about to be forgotten. */
void sl_boards_let_go(struct sl_ledger *ledger, uint64_t end);

#endif
