/* Questions about rankings: one place, a neighbourhood, or the list from the top. */
#include "projections/board.h"
#include "projections/display.h"
#include "projections/query_parts.h"
#include "projections/target_days.h"

/* The board that answers the question; refuses what no board can. */
static enum sl_err board_key(struct sl_ledger *ledger,
                             const struct sl_rank_query *query,
                             struct sl_board_key *ret_key,
                             struct sl_diag *diag)
{
    struct sl_board_key key = {
        .dimension = query->dimension == SL_BY_NONE ? SL_BY_PERSON : query->dimension,
        .by = query->by,
        .role = query->role,
        .ties = query->ties,
        .unit_level = query->unit_level,
    };
    enum sl_err err = sl_query_at(&query->at, "rank.at", diag);
    if (err == SL_OK) {
        err = sl_query_measure(query->measure, "rank.measure", &key.measure, diag);
    }
    if (err == SL_OK) {
        err = sl_query_period(ledger, query->period, "rank.period", &key.period, diag);
    }
    if (err == SL_OK) {
        err = sl_scope_resolve(ledger, &query->scope, &key.scope, diag);
    }
    if (err == SL_OK && key.dimension == SL_BY_PERSON && key.scope.has_person) {
        err = sl_refuse(diag, SL_E_INVALID_FIELD, "rank.scope.person",
                        "must be empty where people are ranked; `one` gives one person's place");
    }
    if (err == SL_OK && query->type >= SL_RANK_TYPES) {
        err = sl_refuse(diag, SL_E_INVALID_FIELD, "rank.type", "must be a rank type, is %u",
                        query->type);
    }
    *ret_key = key;
    return err;
}

/* Positions `from` up to, not including, `to`. */
struct range {
    uint32_t from, to;
};

/* The rows asked for: one key with as many on each side, if it is in the ranking, or the list from
 * the top. */
static enum sl_err range_of(const struct sl_board *board,
                            const struct sl_rank_query *query,
                            struct range *ret_range,
                            struct sl_diag *diag)
{
    uint32_t count = sl_ostree_count(board->tree);
    struct sl_slice key = query->one.len > 0 ? query->one : query->around;
    uint32_t side = query->one.len > 0 ? 0 : query->around_count;
    if (key.len == 0) {
        uint32_t rows = query->top != 0 ? query->top : count;
        ret_range->from = query->offset < rows ? query->offset : rows;
        ret_range->to = rows < count ? rows : count;
        return SL_OK;
    }
    unsigned kind = sl_dimension_kind(board->key.dimension);
    uint32_t number = sl_names_find(&board->ledger->names, kind, key);
    struct sl_rank_place place;
    if (number == 0 || !sl_ostree_place(board->tree, number, &place)) {
        return sl_refuse(diag, SL_E_NOT_FOUND, query->one.len > 0 ? "rank.one" : "rank.around",
                         "must be in the ranking, is %.*s", (int)key.len, (const char *)key.data);
    }
    ret_range->from = place.position > side ? place.position - side : 0;
    ret_range->to = count - place.position - 1 > side ? place.position + side + 1 : count;
    return SL_OK;
}

static enum sl_err fill_row(const struct sl_board *board,
                            enum sl_rank_type type,
                            const struct sl_ostree_cursor *cursor,
                            struct sl_rank_row *row)
{
    row->rank_milli = sl_rank_milli(type, &cursor->place);
    row->reached_day = SL_NO_DAY;
    const struct sl_board_member *member = &board->members[cursor->member];
    if (board->key.ties == SL_TIE_REACHED && member->reach != SL_BOARD_NO_EVENT) {
        row->reached_day = sl_board_event_day(member->reach);
        row->reached_seq = sl_board_event_seq(member->reach).v;
    }
    return sl_board_value(board, cursor->member, &row->value);
}

/* Looks up when those to be listed reached their score. That moves nobody: whoever is tied knows already. */
static enum sl_err resolve_rows(struct sl_board *board, uint32_t from, uint32_t count)
{
    struct sl_ostree_cursor cursor;
    sl_ostree_select(board->tree, from, &cursor);
    for (uint32_t i = 0; i < count && cursor.is_valid; i++) {
        sl_board_seek(board, cursor.member);
        sl_ostree_next(board->tree, &cursor);
    }
    return sl_board_resolve(board);
}

static enum sl_err list_rows(const struct sl_board *board,
                             const struct sl_rank_query *query,
                             uint32_t from,
                             struct sl_arena *arena,
                             struct sl_rank_answer *answer)
{
    struct sl_ledger *ledger = board->ledger;
    struct sl_ostree_cursor cursor;
    unsigned kind = sl_dimension_kind(board->key.dimension);
    answer->rows = sl_arena_calloc(arena, answer->row_count + 1, sizeof answer->rows[0]);
    if (answer->rows == NULL) {
        return SL_E_NO_MEMORY;
    }
    sl_ostree_select(board->tree, from, &cursor);
    for (size_t i = 0; i < answer->row_count && cursor.is_valid; i++) {
        struct sl_rank_row *row = &answer->rows[i];
        enum sl_err err = fill_row(board, (enum sl_rank_type)query->type, &cursor, row);
        if (err != SL_OK) {
            return err;
        }
        row->key = sl_display_id(ledger, kind, cursor.member, arena);
        row->name = sl_display_name(ledger, kind, cursor.member, arena);
        sl_ostree_next(board->tree, &cursor);
    }
    return SL_OK;
}

/* Who is listed, targets and names are shown as they stand, so the answer reflects the last such event, and counts the facts before it.
 * After a rollback it may be none any more, and its seq not given yet. */
static sl_seq last_other(const struct sl_ledger *ledger)
{
    sl_seq head = sl_store_head(ledger->store);
    return ledger->last_other.v < head.v ? ledger->last_other : head;
}

static sl_seq later(sl_seq a, sl_seq b)
{
    return a.v > b.v ? a : b;
}

enum sl_err sl_ledger_rank(struct sl_ledger *ledger,
                           const struct sl_rank_query *query,
                           struct sl_arena *arena,
                           struct sl_rank_answer *ret_answer,
                           struct sl_diag *diag)
{
    struct sl_board_key key;
    struct sl_board *board;
    struct range range = {0, 0};
    sl_seq other = last_other(ledger);
    sl_seq least = query->least.v == 0 ? query->least : later(query->least, other);
    enum sl_err err = board_key(ledger, query, &key, diag);
    if (err == SL_OK) {
        err = sl_board_get(ledger, &key, least, arena, &board);
    }
    if (err == SL_E_TOO_BIG && key.by == SL_RANK_BY_ATTAINMENT) {
        return sl_target_days_refuse(diag, "rank.period");
    }
    if (err == SL_OK) {
        err = range_of(board, query, &range, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    struct sl_rank_answer answer = {.reflects = later(ledger->boards.reflects, other),
                                    .count = sl_ostree_count(board->tree)};
    bool is_list = query->one.len == 0 && query->around.len == 0;
    uint32_t rows = range.to > range.from ? range.to - range.from : 0;
    if (is_list && rows > SL_PAGE_ITEMS_MAX) {
        rows = SL_PAGE_ITEMS_MAX;
        answer.has_more = true;
    }
    answer.row_count = rows;
    err = resolve_rows(board, range.from, rows);
    if (err != SL_OK) {
        return err;
    }
    err = list_rows(board, query, range.from, arena, &answer);
    if (err == SL_OK) {
        *ret_answer = answer;
    }
    return err != SL_OK ? err : sl_state_error(ledger->state);
}
