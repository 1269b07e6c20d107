/* When a score was reached: by the latest fact in the period that moves the measure in the board's scope. */
#include "projections/board.h"
#include "projections/fact_scan.h"
#include "projections/taken_back.h"

bool sl_board_has_cycles(const struct sl_board *board)
{
    const struct sl_measure *measure = &board->key.measure;
    return sl_measure_uses(measure, SL_SUM_CYCLE_DAYS_WON_PPM) ||
           sl_measure_uses(measure, SL_SUM_CYCLE_DAYS_LOST_PPM);
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

/* People: each one's own facts, from the last backwards. */

static bool moves(const struct sl_measure *measure, const struct sl_fact_sums *sums)
{
    for (unsigned i = 0; i < sums->count; i++) {
        if (sums->parts[i].value != 0 && sl_measure_uses(measure, sums->parts[i].sum)) {
            return true;
        }
    }
    return false;
}

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

/* The facts that the board was built from are in their tables; so may be later ones, which the board has followed or has yet to. */
enum sl_err sl_board_find_reach(struct sl_board *board, uint32_t number)
{
    struct sl_board_member *member = &board->members[number];
    struct sl_state *state = board->ledger->state;
    struct sl_taken_back back = {.ledger = board->ledger};
    struct sl_period period = board->key.period;
    struct sl_key upto = sl_key_facts_from(number, (sl_day){period.end.v - 1});
    struct sl_scope_numbers scope = board->key.scope;
    const struct sl_fact_row *row;
    bool is_found = false;
    enum sl_err err = SL_OK;
    SL_ASSERT(board->key.dimension == SL_BY_PERSON);
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

/* All others: everybody's facts, a month at a time from the last backwards, until each that has any is found. One that has facts, but
 * none that moves the measure, is looked for through the whole period. */

static void note(void *ctx, uint32_t number, struct sl_key key, const struct sl_sums_row *sums)
{
    struct sl_board *board = ctx;
    const struct sl_measure *measure = &board->key.measure;
    if (number >= board->member_count) {
        return; /* only a damaged row names what has no name */
    }
    struct sl_board_member *member = &board->members[number];
    bool is_moved = false;
    for (unsigned sum = 0; sum < SL_SUMS && member->needs_reach && !is_moved; sum++) {
        is_moved = sums->sums[sum] != 0 && sl_measure_uses(measure, (enum sl_sum)sum);
    }
    if (is_moved) {
        sl_board_note_reach(member, sl_key_fact_day(key), sl_key_fact_seq(key));
    }
}

/* Those whose last fact lay in the month are done; false if all are. */
static bool have_more(struct sl_board *board, const struct sl_totals *totals)
{
    bool has_more = false;
    for (uint32_t i = 1; i < board->member_count && i < totals->row_count; i++) {
        struct sl_board_member *member = &board->members[i];
        bool has_facts = member->is_listed && totals->was_reached[i];
        member->needs_reach = has_facts && member->reach_day == INT32_MAX;
        has_more = has_more || member->needs_reach;
    }
    return has_more;
}

enum sl_err sl_board_find_reach_of_all(struct sl_board *board,
                                       const struct sl_totals_query *query,
                                       const struct sl_totals *totals)
{
    struct sl_totals_query month = *query;
    struct sl_period rest = query->period;
    enum sl_err err = SL_OK;
    while (err == SL_OK && have_more(board, totals) &&
           sl_fact_last_month(board->ledger->state, rest, &month.period)) {
        err = sl_totals_each(board->ledger, &month, note, board);
        rest.end = month.period.start;
    }
    for (uint32_t i = 0; i < board->member_count; i++) {
        board->members[i].needs_reach = false;
    }
    return err;
}
