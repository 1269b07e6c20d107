/* When units, products, lines and regions reached their scores: everybody's facts, a slice of days at a time from the last backwards, until
 * each that has any is found.
 *
 * A slice's facts come in no order of days. So each one's latest event and what it added are found first, and mostly that is all: only
 * where the score was not worse before it are earlier ones wanted, and only for those are the facts of a slice collected and sorted. One
 * that has facts, but none that moves the measure, is looked for through the whole period. */
#include <stdlib.h>
#include <string.h>

#include "projections/board.h"
#include "projections/fact_scan.h"

#define MOVES_MANY 1024u /* room for as many at first */

/* What a fact adds to a member that has to be walked. */
struct move {
    uint64_t event;
    uint32_t number;
    int64_t added[SL_BOARD_SUMS];
};

struct search {
    struct sl_board *board;
    struct sl_reach_walk *walks; /* owned; by number */
    struct move *moves;          /* owned; of the slice at hand */
    size_t count, capacity;
    enum sl_err err; /* of collecting them */
};

/* What the sums add to the measure; false if the fact does not move it, or need not be looked at. */
static bool moves(const struct search *search,
                  uint32_t number,
                  const struct sl_sums_row *sums,
                  int64_t ret_added[SL_BOARD_SUMS])
{
    const struct sl_board *board = search->board;
    bool is_moved = false;
    if (number >= board->member_count || !board->members[number].needs_reach) {
        return false; /* only a damaged row names what has no name */
    }
    memset(ret_added, 0, SL_BOARD_SUMS * sizeof ret_added[0]);
    for (unsigned sum = 0; sum < SL_SUMS; sum++) {
        bool is_used = sums->sums[sum] != 0 && sl_board_add(&board->key.measure, ret_added,
                                                            (enum sl_sum)sum, sums->sums[sum]);
        is_moved = is_moved || is_used;
    }
    return is_moved;
}

static uint64_t event_of(struct sl_key key)
{
    return sl_board_event(sl_key_fact_day(key), sl_key_fact_seq(key));
}

/* Of those of whom nothing is known yet. A later event makes good what an earlier one has taken. */
static void
take_latest(void *ctx, uint32_t number, struct sl_key key, const struct sl_sums_row *sums)
{
    struct search *search = ctx;
    int64_t added[SL_BOARD_SUMS];
    uint64_t event = event_of(key);
    if (!moves(search, number, sums, added)) {
        return;
    }
    struct sl_reach_walk *walk = &search->walks[number];
    if (walk->latest != SL_BOARD_NO_EVENT || event < walk->event) {
        return;
    }
    if (event > walk->event) {
        memcpy(walk->before, search->board->members[number].sums, sizeof walk->before);
        walk->event = event;
    }
    for (unsigned i = 0; i < SL_BOARD_SUMS; i++) {
        walk->before[i] -= added[i];
    }
}

/* Of those whose latest event is known, all earlier ones. */
static void collect(void *ctx, uint32_t number, struct sl_key key, const struct sl_sums_row *sums)
{
    struct search *search = ctx;
    struct move move = {.event = event_of(key), .number = number};
    if (search->err != SL_OK || !moves(search, number, sums, move.added) ||
        search->walks[number].latest == SL_BOARD_NO_EVENT ||
        move.event >= search->walks[number].event) {
        return;
    }
    if (search->count == search->capacity) {
        size_t capacity = search->capacity == 0 ? MOVES_MANY : 2 * search->capacity;
        struct move *moves = realloc(search->moves, capacity * sizeof moves[0]);
        if (moves == NULL) {
            search->err = SL_E_NO_MEMORY;
            return;
        }
        search->moves = moves;
        search->capacity = capacity;
    }
    search->moves[search->count++] = move;
}

static int compare_from_the_last(const void *a, const void *b)
{
    const struct move *left = a;
    const struct move *right = b;
    return (left->event < right->event) - (left->event > right->event);
}

/* Those with an event at hand, all of which has been seen: who has found his is done. */
static void judge(struct search *search, bool *ret_has_unfinished, bool *ret_has_more)
{
    struct sl_board *board = search->board;
    *ret_has_unfinished = false;
    *ret_has_more = false;
    for (uint32_t i = 1; i < board->member_count; i++) {
        struct sl_board_member *member = &board->members[i];
        struct sl_reach_walk *walk = &search->walks[i];
        if (!member->needs_reach) {
            continue;
        }
        walk->latest = walk->latest == SL_BOARD_NO_EVENT ? walk->event : walk->latest;
        sl_reach_walk_judge(walk, board, member);
        member->needs_reach = !walk->is_done;
        *ret_has_more = *ret_has_more || member->needs_reach;
        *ret_has_unfinished =
            *ret_has_unfinished || (member->needs_reach && walk->event != SL_BOARD_NO_EVENT);
    }
}

static enum sl_err walk_slice(struct search *search, const struct sl_totals_query *slice)
{
    struct sl_board *board = search->board;
    search->count = 0;
    enum sl_err err = sl_totals_each(board->ledger, slice, collect, search);
    err = err == SL_OK ? search->err : err;
    if (err != SL_OK || search->count == 0) {
        return err;
    }
    qsort(search->moves, search->count, sizeof search->moves[0], compare_from_the_last);
    for (size_t i = 0; i < search->count; i++) {
        const struct move *move = &search->moves[i];
        sl_reach_walk_take(&search->walks[move->number], board, &board->members[move->number],
                           move->event, move->added);
    }
    return SL_OK;
}

static enum sl_err walk_all(struct search *search, const struct sl_totals_query *query)
{
    struct sl_totals_query slice = *query;
    struct sl_period rest = query->period;
    bool has_more;
    bool has_unfinished;
    enum sl_err err = SL_OK;
    judge(search, &has_unfinished, &has_more);
    while (err == SL_OK && has_more &&
           sl_fact_last_slice(search->board->ledger->state, rest, &slice.period)) {
        err = sl_totals_each(search->board->ledger, &slice, take_latest, search);
        judge(search, &has_unfinished, &has_more);
        if (err == SL_OK && has_unfinished) {
            err = walk_slice(search, &slice);
            judge(search, &has_unfinished, &has_more);
        }
        rest.end = slice.period.start;
    }
    return err;
}

enum sl_err sl_board_find_reach_of_all(struct sl_board *board,
                                       const struct sl_totals_query *query,
                                       const struct sl_totals *totals)
{
    struct search search = {.board = board};
    search.walks = calloc(board->member_count, sizeof search.walks[0]);
    if (search.walks == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < board->member_count; i++) {
        struct sl_board_member *member = &board->members[i];
        member->needs_reach = member->is_listed && i < totals->row_count && totals->was_reached[i];
    }
    enum sl_err err = walk_all(&search, query);
    for (uint32_t i = 0; i < board->member_count; i++) {
        sl_reach_walk_end(&search.walks[i], &board->members[i]);
        board->members[i].needs_reach = false;
    }
    free(search.moves);
    free(search.walks);
    return err;
}
