/* One board: a member's score, when it was reached, its place. */
#include "projections/board.h"

#include <stdlib.h>
#include <string.h>

#include "domain/attainment.h"
#include "projections/display.h"

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

static enum sl_err
actual_of(const struct sl_board *board, uint32_t number, struct sl_ratio *ret_actual)
{
    int64_t sums[SL_SUMS];
    sums_of_member(board, &board->members[number], sums);
    return sl_measure_of_sums(&board->key.measure, sums, ret_actual);
}

/* What the place goes by: the measure, or actual / target, which is undefined without a target. The latter where lower is better, too:
 * the least is first then, and an actual of 0, over which nothing divides, is simply the least. */
static enum sl_err
score_of(const struct sl_board *board, uint32_t number, struct sl_score_key *ret_key)
{
    struct sl_ratio actual;
    enum sl_err err = actual_of(board, number, &actual);
    if (err != SL_OK) {
        return err;
    }
    *ret_key = sl_score_key_of_ratio(&actual, board->key.measure.lower_is_better);
    if (board->key.by == SL_RANK_BY_ATTAINMENT) {
        int64_t target = board->members[number].target;
        ret_key->target = target > 0 ? target : 0;
        ret_key->denominator = target > 0 ? ret_key->denominator : 0;
    }
    return SL_OK;
}

static enum sl_err attainment_of(const struct sl_board *board,
                                 uint32_t number,
                                 const struct sl_ratio *actual,
                                 struct sl_value *ret_value)
{
    struct sl_attainment_input input = {
        .actual = sl_fraction_of_ratio(actual->numerator, actual->denominator),
        .has_target = true,
        .target = board->members[number].target,
        .lower_is_better = board->key.measure.lower_is_better,
    };
    struct sl_fraction attainment;
    enum sl_err err = sl_attainment(&input, &attainment);
    if (err == SL_OK) {
        *ret_value = sl_display_fraction(attainment, SL_PPM, SL_UNIT_PPM);
    }
    return err;
}

enum sl_err
sl_board_value(const struct sl_board *board, uint32_t number, struct sl_value *ret_value)
{
    struct sl_ratio actual;
    enum sl_err err = actual_of(board, number, &actual);
    if (err == SL_OK && board->key.by == SL_RANK_BY_ATTAINMENT) {
        return attainment_of(board, number, &actual, ret_value);
    }
    *ret_value = (struct sl_value){actual.numerator, actual.denominator, actual.unit};
    return err;
}

static enum sl_err put(struct sl_board *board, uint32_t number)
{
    const struct sl_board_member *member = &board->members[number];
    struct sl_score_key key;
    enum sl_err err = score_of(board, number, &key);
    if (err != SL_OK) {
        return err;
    }
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
    enum sl_err err = sl_board_find_reach(board, number);
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
