/* Building a board: who is listed, with which sums, in which order. */
#include <stdlib.h>
#include <string.h>

#include "projections/board.h"

#include "projections/entities.h"
#include "projections/fact_scan.h"
#include "projections/targets.h"

/* The days of the period that the segment covers and the person was employed on; may be empty. */
static struct sl_period active_within(const struct sl_segment *at, struct sl_period period)
{
    struct sl_period inside = sl_segment_within(at, period);
    inside.start.v = at->row.hired > inside.start.v ? at->row.hired : inside.start.v;
    if (at->row.left != INT32_MAX && at->row.left + 1 < inside.end.v) {
        inside.end.v = at->row.left + 1; /* the day of leaving is still one of work */
    }
    return inside;
}

/* Was the person active, and in the unit if one is asked for, on any day of the period? */
static bool person_is_listed(struct sl_board *board, uint32_t person, bool has_facts)
{
    struct sl_org *org = &board->ledger->org;
    const struct sl_board_key *key = &board->key;
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(&org->people, person, &count);
    if (count == 0) {
        return has_facts && !key->scope.has_unit;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t unit = segments[i].row.parent;
        struct sl_period active = active_within(&segments[i], key->period);
        bool may_be_listed =
            active.start.v < active.end.v && (unit != 0 || has_facts || board->lists_all);
        if (may_be_listed &&
            (!key->scope.has_unit || sl_org_is_below(org, unit, key->scope.unit, active))) {
            return true;
        }
    }
    return false;
}

static bool has_unit(const struct sl_board *board, uint32_t person)
{
    uint32_t count;
    const struct sl_segment *segments = sl_org_segments(&board->ledger->org.people, person, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct sl_period active = active_within(&segments[i], board->key.period);
        if (segments[i].row.parent != 0 && active.start.v < active.end.v) {
            return true;
        }
    }
    return false;
}

/* A company without units has nobody who belongs to none. */
static bool lists_all(const struct sl_board *board)
{
    bool has_units = board->key.dimension != SL_BY_PERSON;
    for (uint32_t i = 1; !has_units && i < board->member_count; i++) {
        has_units = has_unit(board, i);
    }
    return !has_units;
}

bool sl_board_lists_for_facts(struct sl_board *board, uint32_t person)
{
    return person != 0 && person_is_listed(board, person, true);
}

static bool is_nonzero(const struct sl_sums_row *row)
{
    for (unsigned i = 0; i < SL_SUMS; i++) {
        if (row->sums[i] != 0) {
            return true;
        }
    }
    return false;
}

/* The tree as it stands on the period's last day. */
static bool unit_is_listed(const struct sl_board *board, uint32_t unit)
{
    const struct sl_board_key *key = &board->key;
    const struct sl_org *org = &board->ledger->org;
    sl_day day = {key->period.end.v - 1};
    uint32_t chain[SL_UNIT_DEPTH_MAX];
    int level = key->scope.has_unit ? sl_org_depth(org, unit, key->scope.unit, day)
                                    : (int)sl_org_chain(org, unit, day, chain);
    return level >= 0 && (key->unit_level == 0 || level == (int)key->unit_level);
}

/* Has the person a fact in the scope and period? Its sums tell as a rule; where they come to nothing, the facts do. */
static bool has_facts(struct sl_board *board, uint32_t person, const struct sl_totals *totals)
{
    struct sl_state *state = board->ledger->state;
    struct sl_scope_numbers scope = board->key.scope;
    struct sl_fact_scan scan;
    bool has_any = is_nonzero(&totals->rows[person]);
    scope.has_person = true;
    scope.person = person;
    scope.has_unit = false;
    if (has_any || !totals->was_reached[person]) {
        return has_any;
    }
    sl_fact_scan_person(state, person, board->key.period, &scan);
    while (scan.row != NULL && !has_any) {
        has_any = sl_scope_has(board->ledger, &scope, scan.key, scan.row);
        sl_fact_scan_next(state, &scan);
    }
    return has_any;
}

/* Does the key belong in the list, given its totals over the period? */
static bool key_is_listed(struct sl_board *board, uint32_t number, const struct sl_totals *totals)
{
    const struct sl_scope_numbers *scope = &board->key.scope;
    struct sl_org *org = &board->ledger->org;
    switch (board->key.dimension) {
    case SL_BY_NONE:
    case SL_BY_PERSON: return person_is_listed(board, number, has_facts(board, number, totals));
    case SL_BY_UNIT: return unit_is_listed(board, number);
    case SL_BY_PRODUCT:
        return (!scope->has_product || number == scope->product) &&
               (!scope->has_line ||
                (sl_org_latest(&org->products, number) != NULL &&
                 sl_org_latest(&org->products, number)->row.parent == scope->line));
    case SL_BY_PRODUCT_LINE: return !scope->has_line || number == scope->line;
    case SL_BY_REGION: return !scope->has_region || number == scope->region;
    case SL_DIMENSIONS: return false;
    }
    return false;
}

/* The score is the member's own: a unit in which people or units are ranked, a line in which products are, only say who is listed. */
static void score_scope(const struct sl_board_key *key, struct sl_scope_numbers *scope)
{
    if (key->dimension == SL_BY_PERSON || key->dimension == SL_BY_UNIT) {
        scope->has_unit = false;
        scope->unit = 0;
    } else if (key->dimension == SL_BY_PRODUCT) {
        scope->has_line = false;
        scope->line = 0;
    }
}

/* The scope of the member's own target: that of its score, with the member in it. In the order of sl_targets_scope. */
static void target_scope(const struct sl_board_key *key, uint32_t number, uint32_t ret_numbers[6])
{
    struct sl_scope_numbers scope = key->scope;
    score_scope(key, &scope);
    ret_numbers[0] = key->dimension == SL_BY_PERSON ? number : scope.person;
    ret_numbers[1] = key->dimension == SL_BY_UNIT ? number : scope.unit;
    ret_numbers[2] = key->dimension == SL_BY_PRODUCT_LINE ? number : scope.line;
    ret_numbers[3] = key->dimension == SL_BY_PRODUCT ? number : scope.product;
    ret_numbers[4] = scope.customer;
    ret_numbers[5] = key->dimension == SL_BY_REGION ? number : scope.region;
}

/* 0 for none. */
static enum sl_err find_target(const struct sl_board *board, uint32_t number, int64_t *ret_target)
{
    uint32_t numbers[6];
    target_scope(&board->key, number, numbers);
    struct sl_target_kind kind = {&board->key.measure, board->key.period, board->key.role};
    *ret_target = 0;
    enum sl_err err = sl_targets_amount(board->ledger, numbers, &kind, ret_target);
    return err == SL_E_NOT_FOUND ? SL_OK : err;
}

static enum sl_err
fill_member(struct sl_board *board, uint32_t number, const struct sl_sums_row *row)
{
    const struct sl_measure *measure = &board->key.measure;
    struct sl_board_member *member = &board->members[number];
    for (unsigned i = 0; i < measure->numerator_count; i++) {
        member->sums[i] = row->sums[measure->numerators[i]];
    }
    for (unsigned i = 0; i < measure->denominator_count; i++) {
        member->sums[SL_MEASURE_SUMS_MAX + i] = row->sums[measure->denominators[i]];
    }
    member->needs_reach = true;
    member->reach = SL_BOARD_NO_EVENT;
    member->latest = SL_BOARD_NO_EVENT;
    member->target = 0;
    return board->key.by == SL_RANK_BY_ATTAINMENT ? find_target(board, number, &member->target)
                                                  : SL_OK;
}

/* The measure per key from one walk, then each listed key into its place. */
static enum sl_err fill_board(struct sl_board *board, struct sl_arena *arena)
{
    struct sl_totals_query query = {
        .scope = board->key.scope,
        .period = board->key.period,
        .by = board->key.dimension,
        .as_settled = true,
    };
    struct sl_totals totals;
    query.scope.contact_kind = board->key.measure.contact_kind;
    query.amounts_only = sl_measure_is_of_amounts(&board->key.measure);
    score_scope(&board->key, &query.scope);
    enum sl_err err = sl_totals_get(board->ledger, &query, arena, &totals);
    /* Who is listed for having facts may have them of any kind. */
    struct sl_totals of_any_kind = totals;
    if (err == SL_OK && query.scope.contact_kind != 0) {
        query.scope.contact_kind = 0;
        err = sl_totals_get(board->ledger, &query, arena, &of_any_kind);
    }
    uint32_t count = board->member_count;
    board->lists_all = err == SL_OK && lists_all(board);
    for (uint32_t i = 1; err == SL_OK && i < totals.row_count && i < count; i++) {
        err = fill_member(board, i, &totals.rows[i]);
        board->members[i].is_listed = err == SL_OK && key_is_listed(board, i, &of_any_kind);
    }
    if (err == SL_OK && board->key.ties == SL_TIE_REACHED && query.by != SL_BY_PERSON) {
        query.scope.contact_kind = board->key.measure.contact_kind;
        err = sl_board_find_reach_of_all(board, &query, &totals);
    }
    for (uint32_t i = 1; err == SL_OK && i < count; i++) {
        err = board->members[i].is_listed ? sl_board_move(board, i) : SL_OK;
    }
    return err == SL_OK ? sl_board_settle(board) : err;
}

/* The order of members' ids by their bytes, so that ties are listed the same way everywhere. */
struct named_member {
    uint32_t number;
    size_t len;
    char text[SL_ID_TEXT_BYTES_MAX];
};

static int compare_named(const void *a, const void *b)
{
    const struct named_member *left = a;
    const struct named_member *right = b;
    int order = memcmp(left->text, right->text, left->len < right->len ? left->len : right->len);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static int compare_order(const void *ctx, uint32_t a, uint32_t b)
{
    const struct sl_board *board = ctx;
    uint32_t left = board->members[a].order;
    uint32_t right = board->members[b].order;
    return (left > right) - (left < right);
}

/* Another board of the same keys has the same order, since names never change their numbers. NULL if there is none. */
static const struct sl_board *board_of_same_keys(const struct sl_board *board)
{
    const struct sl_boards *boards = &board->ledger->boards;
    for (size_t i = 0; i < boards->count; i++) {
        const struct sl_board *other = boards->boards[i];
        if (other->key.dimension == board->key.dimension &&
            other->member_count == board->member_count) {
            return other;
        }
    }
    return NULL;
}

static enum sl_err order_members(struct sl_board *board)
{
    unsigned kind = sl_dimension_kind(board->key.dimension);
    const struct sl_board *other = board_of_same_keys(board);
    for (uint32_t i = 0; other != NULL && i < board->member_count; i++) {
        board->members[i].order = other->members[i].order;
    }
    if (other != NULL) {
        return SL_OK;
    }
    struct named_member *named = calloc(board->member_count, sizeof *named);
    if (named == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < board->member_count; i++) {
        named[i].number = i;
        named[i].len = sl_names_text(&board->ledger->names, kind, i, named[i].text);
    }
    qsort(named, board->member_count, sizeof named[0], compare_named);
    for (uint32_t i = 0; i < board->member_count; i++) {
        board->members[named[i].number].order = i;
    }
    free(named);
    return SL_OK;
}

/* The events whose facts all come before the position. From there on they are in order of seq: what a correction moved would have been settled, and
 * redated facts stand before those of the event that made them so. */
static sl_seq events_before(struct sl_ledger *ledger, uint64_t position)
{
    bool is_redated = true;
    while (is_redated && position < sl_pending_end(ledger->pending)) {
        const struct sl_fact *fact = sl_pending_fact(ledger->pending, position, &is_redated);
        if (!is_redated) {
            return (sl_seq){sl_key_fact_seq(fact->key).v - 1};
        }
        position++;
    }
    return sl_store_head(ledger->store);
}

/* What is as long as the board has members, or moves them at once. */
static enum sl_err make_arrays(struct sl_board *board)
{
    bool is_reached = board->key.ties == SL_TIE_REACHED;
    board->dirty_max = is_reached ? board->member_count + 1 : SL_BOARD_DIRTY_MAX;
    board->members = calloc(board->member_count, sizeof board->members[0]);
    board->dirty = calloc(board->dirty_max, sizeof board->dirty[0]);
    board->sought = is_reached ? calloc(board->member_count, sizeof board->sought[0]) : NULL;
    bool has_all =
        board->members != NULL && board->dirty != NULL && (board->sought != NULL || !is_reached);
    return has_all ? SL_OK : SL_E_NO_MEMORY;
}

enum sl_err sl_board_open(struct sl_ledger *ledger,
                          const struct sl_board_key *key,
                          struct sl_arena *arena,
                          struct sl_board **ret_board)
{
    struct sl_board *board = calloc(1, sizeof *board);
    if (board == NULL) {
        return SL_E_NO_MEMORY;
    }
    board->key = *key;
    board->ledger = ledger;
    board->position = sl_pending_unread(ledger->pending);
    board->shows = events_before(ledger, board->position);
    board->member_count = sl_names_count(&ledger->names, sl_dimension_kind(key->dimension)) + 1;
    struct sl_ostree_options options = {board->member_count, compare_order, board};
    enum sl_err err = make_arrays(board);
    if (err == SL_OK) {
        err = sl_ostree_open(&options, &board->tree);
    }
    if (err == SL_OK) {
        err = order_members(board);
    }
    if (err == SL_OK) {
        err = fill_board(board, arena);
    }
    if (err != SL_OK) {
        sl_board_close(board);
        return err;
    }
    *ret_board = board;
    return SL_OK;
}
