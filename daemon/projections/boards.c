/* The boards of a ledger: finding the one asked for, keeping them up to date, dropping them. */
#include "projections/boards.h"

#include <string.h>

#include "projections/board.h"
#include "projections/entities.h"
#include "projections/facts.h"

#define FACTS_AHEAD 4u /* looked ahead to while following */

void sl_boards_drop(struct sl_boards *boards)
{
    for (size_t i = 0; i < boards->count; i++) {
        sl_board_close(boards->boards[i]);
    }
    boards->count = 0;
}

static bool same_scope(const struct sl_scope_numbers *a, const struct sl_scope_numbers *b)
{
    return a->person == b->person && a->unit == b->unit && a->line == b->line &&
           a->product == b->product && a->customer == b->customer && a->region == b->region &&
           a->contact_kind == b->contact_kind;
}

static bool same_key(const struct sl_board_key *a, const struct sl_board_key *b)
{
    return a->dimension == b->dimension && a->measure.name == b->measure.name &&
           a->measure.contact_kind == b->measure.contact_kind &&
           a->measure.is_ratio == b->measure.is_ratio &&
           a->measure.denominator_count == b->measure.denominator_count &&
           a->measure.denominators[1] == b->measure.denominators[1] &&
           a->period.start.v == b->period.start.v && a->period.end.v == b->period.end.v &&
           same_scope(&a->scope, &b->scope) && a->by == b->by && a->role == b->role &&
           a->ties == b->ties && a->unit_level == b->unit_level;
}

/* Adds a fact's sums to its person's; false if none of them bears on the measure. */
static bool adds_to(const struct sl_measure *measure,
                    struct sl_board_member *member,
                    const struct sl_fact_sums *sums)
{
    bool is_touched = false;
    for (unsigned i = 0; i < sums->count; i++) {
        int64_t value = sums->parts[i].value;
        if (value != 0 && sl_board_add(measure, member->sums, sums->parts[i].sum, value)) {
            is_touched = true;
        }
    }
    return is_touched;
}

/* Moves the fact's person; false if the board must be built again. Only boards of people are kept
 * up to date fact by fact: the others have few members and are built when asked. */
static bool board_fact(struct sl_ledger *ledger,
                       struct sl_board *board,
                       const struct sl_fact *fact,
                       const struct sl_fact_sums *sums)
{
    uint32_t number = sl_key_fact_person(fact->key);
    sl_day day = sl_key_fact_day(fact->key);
    if (!sl_period_contains(board->key.period, day)) {
        return true;
    }
    if (board->key.dimension != SL_BY_PERSON || number >= board->member_count) {
        return false;
    }
    struct sl_scope_numbers scope = board->key.scope;
    struct sl_board_member *member = &board->members[number];
    struct sl_fact_sums in_product_sums;
    if (scope.has_line) {
        return false; /* a product line counts an event once over several facts: build again */
    }
    if (scope.has_product) {
        sl_fact_sums(&fact->row, SL_COUNT_PER_PRODUCT, &in_product_sums);
        sums = &in_product_sums;
    }
    scope.has_person = true;
    scope.person = number;
    scope.has_unit = false; /* a unit says who is listed, not what counts */
    if (!sl_scope_has(ledger, &scope, fact->key, &fact->row)) {
        return true;
    }
    if (!member->is_listed) {
        return !sl_board_lists_for_facts(board, number); /* someone new in the list: build again */
    }
    scope.contact_kind = board->key.measure.contact_kind;
    int64_t before[SL_BOARD_SUMS];
    memcpy(before, member->sums, sizeof before);
    if (!sl_scope_has(ledger, &scope, fact->key, &fact->row) ||
        !adds_to(&board->key.measure, member, sums)) {
        return true;
    }
    if (board->key.ties == SL_TIE_REACHED) {
        sl_board_note_reach(board, number, before, sl_board_event(day, sl_key_fact_seq(fact->key)));
    }
    return sl_board_move(board, number) == SL_OK;
}

/* One fact of the list, and what it adds: the same for all boards. */
struct followed {
    const struct sl_fact *fact;
    struct sl_fact_sums sums;
    bool is_redated;
};

static struct followed fact_at(struct sl_ledger *ledger, uint64_t position)
{
    struct followed at;
    at.fact = sl_pending_fact(ledger->pending, position, &at.is_redated);
    sl_fact_sums(&at.fact->row, SL_COUNT_PER_EVENT, &at.sums);
    return at;
}

/* False as above. A fact that only had its cycle days changed has been followed before. */
static bool follow_one(struct sl_ledger *ledger, struct sl_board *board, const struct followed *at)
{
    return at->is_redated ? !sl_board_has_cycles(&board->key)
                          : board_fact(ledger, board, at->fact, &at->sums);
}

static void follow_fact(struct sl_ledger *ledger, const struct followed *at)
{
    struct sl_boards *boards = &ledger->boards;
    for (size_t i = boards->count; i-- > 0;) {
        if (!follow_one(ledger, boards->boards[i], at)) {
            sl_board_close(boards->boards[i]);
            boards->boards[i] = boards->boards[--boards->count];
        }
    }
}

static void reflect(struct sl_boards *boards, uint64_t seq)
{
    boards->reflects.v = seq > boards->reflects.v ? seq : boards->reflects.v;
}

/* Asks for what the fact will move from memory. */
static void look_ahead(struct sl_ledger *ledger, uint64_t position)
{
    const struct sl_boards *boards = &ledger->boards;
    bool is_redated;
    const struct sl_fact *fact = sl_pending_fact(ledger->pending, position, &is_redated);
    uint32_t number = sl_key_fact_person(fact->key);
    for (size_t i = 0; i < boards->count; i++) {
        const struct sl_board *board = boards->boards[i];
        if (number < board->member_count) {
            __builtin_prefetch(&board->members[number]);
            __builtin_prefetch(&board->members[number].needs_reach); /* its last line */
        }
    }
}

/* Facts that a correction takes out, or puts in again at their old seq, never get here: it drops the boards. Redated ones are of events
 * that were followed long ago. Ends between two events. */
static void follow(struct sl_ledger *ledger, uint64_t upto, uint64_t end)
{
    struct sl_boards *boards = &ledger->boards;
    while (boards->count > 0 && boards->position < end) {
        struct followed at = fact_at(ledger, boards->position);
        uint64_t seq = sl_key_fact_seq(at.fact->key).v;
        if (seq > upto) {
            break;
        }
        if (boards->position + FACTS_AHEAD < sl_pending_end(ledger->pending)) {
            look_ahead(ledger, boards->position + FACTS_AHEAD);
        }
        follow_fact(ledger, &at);
        reflect(boards, seq);
        boards->position++;
    }
    if (boards->count == 0) {
        boards->position = end;
    }
}

/* The latest event among the next facts that are to be followed, if it comes before `upto`: redated ones among them are of earlier ones. */
static uint64_t part_of(struct sl_ledger *ledger, uint64_t upto)
{
    uint64_t begin = ledger->boards.position;
    uint64_t count = sl_pending_end(ledger->pending) - begin;
    uint64_t latest = 0;
    if (count <= SL_BOARDS_PART) {
        return upto;
    }
    for (uint64_t at = begin; at < begin + SL_BOARDS_PART && latest < upto; at++) {
        bool is_redated;
        uint64_t seq = sl_key_fact_seq(sl_pending_fact(ledger->pending, at, &is_redated)->key).v;
        latest = seq > latest ? seq : latest;
    }
    return latest < upto ? latest : upto;
}

void sl_boards_follow(struct sl_ledger *ledger, sl_seq upto)
{
    struct sl_boards *boards = &ledger->boards;
    sl_seq head = sl_store_head(ledger->store);
    sl_seq last = upto.v == 0 || upto.v > head.v ? head : upto;
    follow(ledger, last.v, sl_pending_end(ledger->pending));
    reflect(boards, last.v);
}

sl_seq sl_boards_follow_part(struct sl_ledger *ledger, sl_seq upto)
{
    struct sl_boards *boards = &ledger->boards;
    if (boards->count > 0 && boards->reflects.v < upto.v) {
        sl_boards_follow(ledger, (sl_seq){part_of(ledger, upto.v)});
    }
    return boards->count > 0 && boards->reflects.v < upto.v ? boards->reflects : upto;
}

void sl_boards_let_go(struct sl_ledger *ledger, uint64_t end)
{
    follow(ledger, UINT64_MAX, end);
}

/* Keys that were named since: only people join a list by facts and defines, which the board sees
 * itself. */
static bool has_new_keys(struct sl_board *board)
{
    unsigned kind = sl_dimension_kind(board->key.dimension);
    return board->key.dimension != SL_BY_PERSON &&
           sl_names_count(&board->ledger->names, kind) + 1 != board->member_count;
}

static void make_room(struct sl_boards *boards)
{
    size_t oldest = 0;
    if (boards->count < SL_BOARDS_MAX) {
        return;
    }
    for (size_t i = 1; i < boards->count; i++) {
        if (boards->boards[i]->asked < boards->boards[oldest]->asked) {
            oldest = i;
        }
    }
    sl_board_close(boards->boards[oldest]);
    boards->boards[oldest] = boards->boards[--boards->count];
}

static struct sl_board *find(struct sl_boards *boards, const struct sl_board_key *key)
{
    for (size_t i = 0; i < boards->count; i++) {
        if (same_key(&boards->boards[i]->key, key) && !has_new_keys(boards->boards[i])) {
            return boards->boards[i];
        }
    }
    return NULL;
}

/* A new board is built from what is settled, and follows what is not, as the others have: settling takes ten times as long. True if
 * it could. */
static bool catch_up(struct sl_ledger *ledger, struct sl_board *board)
{
    struct sl_boards *boards = &ledger->boards;
    if (boards->count == 0) {
        boards->position = board->position;
        boards->reflects = board->shows;
    }
    follow(ledger, UINT64_MAX, board->position); /* should more be settled than the others show */
    reflect(boards, board->shows.v);
    for (uint64_t at = board->position; at < boards->position; at++) {
        struct followed fact = fact_at(ledger, at);
        if (!follow_one(ledger, board, &fact)) {
            return false;
        }
    }
    return true;
}

static enum sl_err
build(struct sl_ledger *ledger, const struct sl_board_key *key, struct sl_arena *arena)
{
    struct sl_boards *boards = &ledger->boards;
    struct sl_board *board;
    enum sl_err err = sl_board_open(ledger, key, arena, &board);
    if (err != SL_OK) {
        return err;
    }
    if (!catch_up(ledger, board)) {
        sl_board_close(board);
        return SL_OK; /* the caller finds none */
    }
    make_room(boards);
    boards->boards[boards->count++] = board;
    return SL_OK;
}

enum sl_err sl_board_get(struct sl_ledger *ledger,
                         const struct sl_board_key *key,
                         sl_seq least,
                         struct sl_arena *arena,
                         struct sl_board **ret_board)
{
    struct sl_boards *boards = &ledger->boards;
    enum sl_err err = SL_OK;
    if (key->ties == SL_TIE_REACHED && sl_board_has_cycles(key)) {
        /* The tables may have longer cycles already, by events that the board has not followed. */
        least.v = 0;
    }
    sl_boards_follow(ledger, least);
    struct sl_board *board = find(boards, key);
    bool can_follow = key->dimension == SL_BY_PERSON && !sl_pending_has_moved(ledger->pending);
    if (board == NULL && can_follow) {
        err = build(ledger, key, arena);
        sl_boards_follow(ledger, least);
        board = find(boards, key);
    }
    if (board == NULL && err == SL_OK) {
        sl_pending_settle(ledger);
        err = build(ledger, key, arena);
        board = find(boards, key);
    }
    if (err != SL_OK) {
        return err;
    }
    SL_ASSERT(board != NULL); /* built from everything, there was nothing to follow */
    board->asked = ++boards->clock;
    board->shows = boards->reflects;
    board->position = boards->position;
    *ret_board = board;
    return sl_board_settle(board);
}
