/* Boards: rankings kept in memory as order-statistic trees.
 *
 *     question ──▶ built from totals ── a fact ──▶ its member is dirty ── question ──▶ placed again
 *                        │
 *                        └── what it cannot follow ──▶ dropped, and built by the next question
 *
 * A board is one (dimension, measure, period, scope, score kind). The first question builds it from
 * totals; from then on each fact that touches it moves its member, so a question costs O(log n) and
 * never a scan. Boards are a cache: a changed define or target, a correction or a rolled-back batch
 * drops them, the least recently asked goes when there are SL_BOARDS_MAX.
 *
 * Building and placing may fail, and then the question has no answer. Keeping up to date cannot: a
 * board that cannot follow a fact is dropped. */
#ifndef SL_PROJECTIONS_BOARDS_H
#define SL_PROJECTIONS_BOARDS_H

#include "domain/ostree.h"
#include "domain/query.h"
#include "projections/names.h"

#define SL_BOARDS_MAX 32u
/* Members moved at once, so that no question finds more of them waiting. */
#define SL_BOARD_DIRTY_MAX 64u

struct sl_ledger;
struct sl_fact;
struct sl_fact_sums;
struct sl_board;

struct sl_boards {
    struct sl_board *boards[SL_BOARDS_MAX]; /* owned */
    size_t count;
    uint64_t clock; /* counts questions, for the least recently asked */
};

/* Closes all boards. Zeroed is fine. */
void sl_boards_drop(struct sl_boards *boards);

/* A fact went in (sign +1) or came out (-1). `sums` are the fact's by SL_COUNT_PER_EVENT. */
void sl_boards_fact(struct sl_ledger *ledger,
                    const struct sl_fact *fact,
                    const struct sl_fact_sums *sums,
                    int sign);

#endif
