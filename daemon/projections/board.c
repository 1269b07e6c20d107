/* One board: a member's score, when it was reached, its place. */
#include "projections/board.h"

#include <stdlib.h>
#include <string.h>

#include "projections/display.h"
#include "projections/fact_scan.h"
#include "projections/taken_back.h"

void sl_board_close(struct sl_board *board)
{
    if (board != NULL) {
        sl_ostree_close(board->tree);
        free(board->members);
        free(board);
    }
}

static void sums_of_member(const struct sl_board *board,
                           const struct sl_board_member *member,
                           int64_t ret_sums[SL_SUMS])
{
    const struct sl_measure *measure = &board->key.measure;
    memset(ret_sums, 0, SL_SUMS * sizeof ret_sums[0]);
    for (unsigned i = 0; i < measure->numerator_count; i++) {
        ret_sums[measure->numerators[i]] = member->sums[i];
    }
    for (unsigned i = 0; i < measure->denominator_count; i++) {
        ret_sums[measure->denominators[i]] = member->sums[SL_MEASURE_SUMS_MAX + i];
    }
}

/* What the place goes by: the measure, or actual / target, which is undefined without a target. The latter where lower is better, too:
 * the least is first then, and an actual of 0, over which nothing divides, is simply the least. */
static enum sl_err
score_of(const struct sl_board *board, uint32_t number, struct sl_ratio *ret_ratio)
{
    const struct sl_board_member *member = &board->members[number];
    const struct sl_measure *measure = &board->key.measure;
    int64_t sums[SL_SUMS];
    sums_of_member(board, member, sums);
    enum sl_err err = sl_measure_of_sums(measure, sums, ret_ratio);
    if (err != SL_OK || board->key.by != SL_RANK_BY_ATTAINMENT) {
        return err;
    }
    ret_ratio->denominator = member->target > 0 ? member->target : 0;
    ret_ratio->unit = SL_UNIT_PPM;
    return SL_OK;
}

/* The attainment behind an actual / target: itself, or target / actual. */
static struct sl_fraction attainment_of(const struct sl_board *board, const struct sl_ratio *score)
{
    if (!board->key.measure.lower_is_better) {
        return sl_fraction_of_ratio(score->numerator, score->denominator);
    }
    bool is_defined = score->denominator > 0 && score->numerator > 0;
    return is_defined ? sl_fraction_of_ratio(score->denominator, score->numerator)
                      : (struct sl_fraction){0, 0};
}

enum sl_err
sl_board_value(const struct sl_board *board, uint32_t number, struct sl_value *ret_value)
{
    struct sl_ratio ratio;
    enum sl_err err = score_of(board, number, &ratio);
    if (err == SL_OK && board->key.by == SL_RANK_BY_ATTAINMENT) {
        return sl_display_fraction(attainment_of(board, &ratio), SL_PPM, SL_UNIT_PPM, ret_value);
    }
    *ret_value = (struct sl_value){ratio.numerator, ratio.denominator, ratio.unit};
    return err;
}

/* Is the sum one of the measure's? */
static bool uses(const struct sl_measure *measure, enum sl_sum sum)
{
    for (unsigned i = 0; i < measure->numerator_count; i++) {
        if (measure->numerators[i] == sum) {
            return true;
        }
    }
    for (unsigned i = 0; i < measure->denominator_count; i++) {
        if (measure->denominators[i] == sum) {
            return true;
        }
    }
    return false;
}

bool sl_board_has_cycles(const struct sl_board *board)
{
    const struct sl_measure *measure = &board->key.measure;
    return uses(measure, SL_SUM_CYCLE_DAYS_WON_PPM) || uses(measure, SL_SUM_CYCLE_DAYS_LOST_PPM);
}

/* Do the sums bear on the measure? */
static bool moves(const struct sl_measure *measure, const struct sl_fact_sums *sums)
{
    for (unsigned i = 0; i < sums->count; i++) {
        if (sums->parts[i].value != 0 && uses(measure, sums->parts[i].sum)) {
            return true;
        }
    }
    return false;
}

void sl_board_note_reach(struct sl_board_member *member, sl_day day, sl_seq seq)
{
    bool never = member->reach_day == INT32_MAX;
    if (never || day.v > member->reach_day ||
        (day.v == member->reach_day && seq.v > member->reach_seq)) {
        member->reach_day = day.v;
        member->reach_seq = seq.v;
    }
}

/* Does the fact move the measure in the board's scope? */
static enum sl_err moves_in_scope(const struct sl_board *board,
                                  struct sl_taken_back *back,
                                  struct sl_key key,
                                  const struct sl_fact_row *row,
                                  bool *ret_moves)
{
    const struct sl_scope_numbers *scope = &board->key.scope;
    bool is_whole = !scope->has_product && !scope->has_line;
    enum sl_count_rule rule = is_whole ? SL_COUNT_PER_EVENT : SL_COUNT_ALWAYS;
    struct sl_fact_sums sums;
    enum sl_err err = SL_OK;
    if (scope->has_line && !scope->has_product && sl_fact_takes_back(row)) {
        bool ends;
        err = sl_taken_back_ends_line(back, key, row, scope->line, &ends);
        rule = err == SL_OK && ends ? SL_COUNT_ALWAYS : SL_COUNT_NEVER;
    }
    sl_fact_sums(row, rule, &sums);
    *ret_moves = moves(&board->key.measure, &sums);
    return err;
}

/* The latest of the facts that the board was built from, in the period, that moves the member's measure. They are in their tables;
 * so may be later ones, which the board has followed or has yet to. */
static enum sl_err
find_reach(struct sl_board *board, uint32_t number, struct sl_board_member *member)
{
    struct sl_state *state = board->ledger->state;
    struct sl_taken_back back = {.ledger = board->ledger};
    struct sl_period period = board->key.period;
    struct sl_key upto = sl_key_facts_from(number, (sl_day){period.end.v - 1});
    struct sl_scope_numbers scope = board->key.scope;
    const struct sl_fact_row *row;
    bool is_found = board->key.dimension != SL_BY_PERSON;
    enum sl_err err = SL_OK;
    scope.has_person = true;
    scope.person = number;
    scope.has_unit = false;
    scope.contact_kind = board->key.measure.contact_kind;
    upto.lo = UINT64_MAX; /* the last fact of the last day inside */
    while (err == SL_OK && !is_found &&
           (row = sl_fact_last(state, number, period, upto, &upto)) != NULL) {
        if (sl_key_fact_seq(upto).v <= board->built.v &&
            sl_scope_has(board->ledger, &scope, upto, row)) {
            err = moves_in_scope(board, &back, upto, row, &is_found);
        }
        if (err == SL_OK && is_found) {
            sl_board_note_reach(member, sl_key_fact_day(upto), sl_key_fact_seq(upto));
        }
        upto.lo--;
    }
    sl_taken_back_deinit(&back);
    return err;
}

static enum sl_err put(struct sl_board *board, uint32_t number)
{
    const struct sl_board_member *member = &board->members[number];
    struct sl_ratio ratio;
    enum sl_err err = score_of(board, number, &ratio);
    if (err != SL_OK) {
        return err;
    }
    struct sl_score_key key = sl_score_key_of_ratio(&ratio, board->key.measure.lower_is_better);
    if (board->key.ties == SL_TIE_REACHED) {
        key.reach_day = member->needs_reach ? INT32_MAX : member->reach_day;
        key.reach_seq = member->needs_reach ? UINT64_MAX : member->reach_seq;
    }
    return sl_ostree_put(board->tree, number, &key);
}

enum sl_err sl_board_resolve(struct sl_board *board, uint32_t number)
{
    struct sl_board_member *member = &board->members[number];
    if (!member->needs_reach || board->key.ties != SL_TIE_REACHED) {
        return SL_OK;
    }
    enum sl_err err = find_reach(board, number, member);
    member->needs_reach = err != SL_OK;
    return err == SL_OK ? put(board, number) : err;
}

/* Is the member at the position another one with the same score? */
static bool
shares_score(const struct sl_board *board, uint32_t number, uint32_t position, uint32_t *ret_other)
{
    struct sl_ostree_cursor cursor;
    struct sl_score_key own = *sl_ostree_get(board->tree, number);
    sl_ostree_select(board->tree, position, &cursor);
    if (!cursor.is_valid) {
        return false;
    }
    own.reach_day = cursor.key.reach_day;
    own.reach_seq = cursor.key.reach_seq;
    *ret_other = cursor.member;
    return sl_score_key_compare(&own, &cursor.key) == 0;
}

/* Members that share a score are neighbours. Of those that were there before, only one that was alone can be unresolved. */
static enum sl_err resolve_ties(struct sl_board *board, uint32_t number)
{
    struct sl_rank_place place;
    uint32_t others[2];
    bool is_there = sl_ostree_place(board->tree, number, &place);
    SL_ASSERT(is_there);
    bool has_better =
        place.position > 0 && shares_score(board, number, place.position - 1, &others[0]);
    bool has_worse = shares_score(board, number, place.position + 1, &others[1]);
    enum sl_err err = has_better || has_worse ? sl_board_resolve(board, number) : SL_OK;
    if (err == SL_OK && has_better) {
        err = sl_board_resolve(board, others[0]);
    }
    return err == SL_OK && has_worse ? sl_board_resolve(board, others[1]) : err;
}

enum sl_err sl_board_place(struct sl_board *board, uint32_t number)
{
    enum sl_err err = put(board, number);
    if (err != SL_OK) {
        return err;
    }
    board->members[number].is_dirty = false;
    return board->key.ties == SL_TIE_REACHED ? resolve_ties(board, number) : SL_OK;
}
