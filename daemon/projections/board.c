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
        free(board->dirty);
        free(board->sought);
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

/* What the place goes by: the measure without its scale, which is the same for all, or that over the target, which is undefined without
 * one. The latter where lower is better, too: the least is first then, and an actual of 0, over which nothing divides, is simply the
 * least. */
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
                                 struct sl_fraction actual,
                                 struct sl_value *ret_value)
{
    struct sl_attainment_input input = {
        .actual = actual,
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
    const struct sl_measure *measure = &board->key.measure;
    struct sl_ratio actual;
    enum sl_err err = actual_of(board, number, &actual);
    if (err != SL_OK) {
        return err;
    }
    struct sl_fraction value = sl_measure_value(measure, actual);
    if (board->key.by == SL_RANK_BY_ATTAINMENT) {
        return attainment_of(board, number, value, ret_value);
    }
    *ret_value = sl_display_fraction(value, 1, measure->unit);
    return SL_OK;
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
        bool is_known = !member->needs_reach && member->reach != SL_BOARD_NO_EVENT;
        key.reach_day = is_known ? sl_board_event_day(member->reach).v : INT32_MAX;
        key.reach_seq = is_known ? sl_board_event_seq(member->reach).v : UINT64_MAX;
    }
    return sl_ostree_put(board->tree, number, &key);
}

void sl_board_seek(struct sl_board *board, uint32_t number)
{
    struct sl_board_member *member = &board->members[number];
    if (board->key.ties == SL_TIE_REACHED && member->needs_reach && !member->is_sought) {
        member->is_sought = true;
        board->sought[board->sought_count++] = number;
    }
}

enum sl_err sl_board_resolve(struct sl_board *board)
{
    enum sl_err err = board->sought_count > 0 ? sl_board_find_reach(board) : SL_OK;
    for (uint32_t i = 0; i < board->sought_count; i++) {
        uint32_t number = board->sought[i];
        struct sl_board_member *member = &board->members[number];
        member->is_sought = false;
        member->needs_reach = member->needs_reach && err != SL_OK;
        err = err == SL_OK ? put(board, number) : err;
    }
    board->sought_count = 0;
    return err;
}

/* Seeks the member at the position, if it is another one with the same score. All that are undefined are tied, whatever they have reached,
 * and need not be looked up for it. */
static bool seek_equal(struct sl_board *board, uint32_t number, uint32_t position)
{
    struct sl_ostree_cursor cursor;
    struct sl_score_key own = *sl_ostree_get(board->tree, number);
    sl_ostree_select(board->tree, position, &cursor);
    if (!cursor.is_valid || own.denominator == 0) {
        return false;
    }
    own.reach_day = cursor.key.reach_day;
    own.reach_seq = cursor.key.reach_seq;
    bool is_equal = sl_score_key_compare(&own, &cursor.key) == 0;
    if (is_equal) {
        sl_board_seek(board, cursor.member);
    }
    return is_equal;
}

/* Members that share a score are neighbours. One whose reach is not known, and who has not just been placed, was alone with his score:
 * whoever shares it now has just been placed. So it is enough to look beside those. */
static void seek_ties(struct sl_board *board, uint32_t number)
{
    struct sl_rank_place place;
    bool is_there = sl_ostree_place(board->tree, number, &place);
    SL_ASSERT(is_there);
    bool has_better = place.position > 0 && seek_equal(board, number, place.position - 1);
    bool has_worse = seek_equal(board, number, place.position + 1);
    if (has_better || has_worse) {
        sl_board_seek(board, number);
    }
}

enum sl_err sl_board_settle(struct sl_board *board)
{
    enum sl_err err = SL_OK;
    for (uint32_t i = 0; err == SL_OK && i < board->dirty_count; i++) {
        err = put(board, board->dirty[i]);
    }
    if (err == SL_OK && board->key.ties == SL_TIE_REACHED) {
        for (uint32_t i = 0; i < board->dirty_count; i++) {
            seek_ties(board, board->dirty[i]);
        }
        err = sl_board_resolve(board);
    }
    if (err != SL_OK) {
        return err;
    }
    for (uint32_t i = 0; i < board->dirty_count; i++) {
        board->members[board->dirty[i]].is_dirty = false;
    }
    board->dirty_count = 0;
    return SL_OK;
}

enum sl_err sl_board_move(struct sl_board *board, uint32_t number)
{
    struct sl_board_member *member = &board->members[number];
    if (!member->is_dirty) {
        member->is_dirty = true;
        board->dirty[board->dirty_count++] = number;
    }
    return board->dirty_count < board->dirty_max ? SL_OK : sl_board_settle(board);
}
