/* The boards of a ledger: building, keeping, dropping. */
#include "projections/boards.h"

#include <stdlib.h>
#include <string.h>

#include "projections/board.h"
#include "projections/display.h"
#include "projections/entities.h"
#include "projections/targets.h"

void sl_board_close(struct sl_board *board)
{
    if (board != NULL) {
        sl_ostree_close(board->tree);
        free(board->members);
        free(board);
    }
}

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
           a->ties == b->ties;
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

/* The score as a ratio of its own numbers: the measure, or actual / target with 1 for 100 %. */
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
    int64_t actual = ret_ratio->numerator;
    bool is_defined = member->target > 0 && (!measure->lower_is_better || actual > 0);
    ret_ratio->numerator = !is_defined ? 0 : measure->lower_is_better ? member->target : actual;
    ret_ratio->denominator = !is_defined ? 0 : measure->lower_is_better ? actual : member->target;
    ret_ratio->unit = SL_UNIT_PPM;
    return SL_OK;
}

enum sl_err
sl_board_value(const struct sl_board *board, uint32_t number, struct sl_value *ret_value)
{
    struct sl_ratio ratio;
    enum sl_err err = score_of(board, number, &ratio);
    if (err == SL_OK && board->key.by == SL_RANK_BY_ATTAINMENT) {
        return sl_display_fraction(sl_fraction_of_ratio(ratio.numerator, ratio.denominator), SL_PPM,
                                   SL_UNIT_PPM, ret_value);
    }
    *ret_value = (struct sl_value){ratio.numerator, ratio.denominator, ratio.unit};
    return err;
}

/* Do the sums bear on the measure? */
static bool moves(const struct sl_measure *measure, const struct sl_fact_sums *sums)
{
    for (unsigned i = 0; i < sums->count; i++) {
        if (sums->parts[i].value == 0) {
            continue;
        }
        for (unsigned k = 0; k < measure->numerator_count; k++) {
            if (measure->numerators[k] == sums->parts[i].sum) {
                return true;
            }
        }
        for (unsigned k = 0; k < measure->denominator_count; k++) {
            if (measure->denominators[k] == sums->parts[i].sum) {
                return true;
            }
        }
    }
    return false;
}

/* The latest fact in the period that moves the member's measure. */
static void find_reach(struct sl_board *board, uint32_t number, struct sl_board_member *member)
{
    struct sl_ledger *ledger = board->ledger;
    struct sl_key upto = sl_key_fact(number, board->key.period.end, (sl_seq){0}, 0, 0);
    struct sl_scope_numbers scope = board->key.scope;
    const void *row;
    sl_pending_settle(ledger);
    bool is_whole = !scope.has_product && !scope.has_line;
    enum sl_count_rule rule = is_whole ? SL_COUNT_PER_EVENT : SL_COUNT_ALWAYS;
    scope.has_person = true;
    scope.person = number;
    scope.has_unit = false;
    scope.contact_kind = board->key.measure.contact_kind;
    member->reach_day = INT32_MAX;
    member->reach_seq = UINT64_MAX;
    member->needs_reach = false;
    upto.hi--; /* the last day inside, its last fact */
    upto.lo = UINT64_MAX;
    while (board->key.dimension == SL_BY_PERSON &&
           sl_state_last(ledger->state, SL_TABLE_FACTS, upto, &upto, &row) &&
           sl_key_fact_person(upto) == number &&
           sl_key_fact_day(upto).v >= board->key.period.start.v) {
        struct sl_fact_sums sums;
        sl_fact_sums(row, rule, &sums);
        if (moves(&board->key.measure, &sums) && sl_scope_has(ledger, &scope, upto, row)) {
            member->reach_day = sl_key_fact_day(upto).v;
            member->reach_seq = sl_key_fact_seq(upto).v;
            return;
        }
        upto.lo--;
    }
}

static enum sl_err place_member(struct sl_board *board, uint32_t number)
{
    struct sl_board_member *member = &board->members[number];
    struct sl_ratio ratio;
    enum sl_err err = score_of(board, number, &ratio);
    if (err != SL_OK) {
        return err;
    }
    if (member->needs_reach && board->key.ties == SL_TIE_REACHED) {
        find_reach(board, number, member);
    }
    bool turns = board->key.by == SL_RANK_BY_MEASURE && board->key.measure.lower_is_better;
    struct sl_score_key key = sl_score_key_of_ratio(&ratio, turns);
    if (board->key.ties == SL_TIE_REACHED) {
        key.reach_day = member->reach_day;
        key.reach_seq = member->reach_seq;
    }
    member->is_dirty = false;
    return sl_ostree_put(board->tree, number, &key);
}

static enum sl_err settle_dirty(struct sl_board *board)
{
    for (uint32_t i = 0; i < board->dirty_count; i++) {
        enum sl_err err = place_member(board, board->dirty[i]);
        if (err != SL_OK) {
            return err;
        }
    }
    board->dirty_count = 0;
    return SL_OK;
}

static bool adds_to(struct sl_board *board,
                    struct sl_board_member *member,
                    const struct sl_fact_sums *sums,
                    int sign)
{
    const struct sl_measure *measure = &board->key.measure;
    bool is_touched = false;
    for (unsigned i = 0; i < sums->count; i++) {
        int64_t value = sign * sums->parts[i].value;
        if (value == 0) {
            continue;
        }
        for (unsigned k = 0; k < measure->numerator_count; k++) {
            if (measure->numerators[k] == sums->parts[i].sum) {
                member->sums[k] += value;
                is_touched = true;
            }
        }
        for (unsigned k = 0; k < measure->denominator_count; k++) {
            if (measure->denominators[k] == sums->parts[i].sum) {
                member->sums[SL_MEASURE_SUMS_MAX + k] += value;
                is_touched = true;
            }
        }
    }
    return is_touched;
}

/* Is it facts that put this person on a list, for want of a define with a unit? Then any fact may. */
static bool lists_by_facts(struct sl_ledger *ledger, uint32_t person)
{
    const struct sl_segment *segment = sl_org_latest(&ledger->org.people, person);
    return segment == NULL || segment->row.parent == 0;
}

/* Only boards of people are kept up to date fact by fact: the others have few members and are built when asked. */
static bool board_fact(struct sl_ledger *ledger,
                       struct sl_board *board,
                       const struct sl_fact *fact,
                       const struct sl_fact_sums *sums,
                       int sign)
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
    scope.contact_kind = board->key.measure.contact_kind;
    if (!sl_scope_has(ledger, &scope, fact->key, &fact->row) ||
        !adds_to(board, member, sums, sign)) {
        return member->is_listed || !lists_by_facts(ledger, number);
    }
    if (!member->is_listed) {
        return false; /* someone new in the list: build again */
    }
    uint64_t seq = sl_key_fact_seq(fact->key).v;
    bool never = member->reach_day == INT32_MAX;
    if (sign < 0) {
        member->needs_reach = true;
    } else if (!member->needs_reach && (never || day.v > member->reach_day ||
                                        (day.v == member->reach_day && seq > member->reach_seq))) {
        member->reach_day = day.v;
        member->reach_seq = seq;
    }
    if (!member->is_dirty) {
        member->is_dirty = true;
        board->dirty[board->dirty_count++] = number;
    }
    return board->dirty_count < SL_BOARD_DIRTY_MAX || settle_dirty(board) == SL_OK;
}

void sl_boards_fact(struct sl_ledger *ledger,
                    const struct sl_fact *fact,
                    const struct sl_fact_sums *sums,
                    int sign)
{
    struct sl_boards *boards = &ledger->boards;
    for (size_t i = boards->count; i-- > 0;) {
        if (!board_fact(ledger, boards->boards[i], fact, sums, sign)) {
            sl_board_close(boards->boards[i]);
            boards->boards[i] = boards->boards[--boards->count];
        }
    }
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
        const struct sl_segment *at = &segments[i];
        struct sl_period inside = {
            {at->from > key->period.start.v ? at->from : key->period.start.v},
            {at->to < key->period.end.v ? at->to : key->period.end.v}};
        inside.start.v = at->row.hired > inside.start.v ? at->row.hired : inside.start.v;
        inside.end.v = at->row.left != INT32_MAX && at->row.left + 1 < inside.end.v
                           ? at->row.left + 1
                           : inside.end.v;
        if (inside.start.v >= inside.end.v) {
            continue;
        }
        if (at->row.parent == 0 && !has_facts) {
            continue;
        }
        if (!key->scope.has_unit) {
            return true;
        }
        for (sl_day day = inside.start; day.v < inside.end.v;
             day.v = sl_org_next_change(org, day)) {
            if (sl_org_depth(org, at->row.parent, key->scope.unit, day) >= 0) {
                return true;
            }
        }
    }
    return false;
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

static bool key_is_listed(struct sl_board *board, uint32_t number, const struct sl_sums_row *row)
{
    const struct sl_scope_numbers *scope = &board->key.scope;
    struct sl_org *org = &board->ledger->org;
    switch (board->key.dimension) {
    case SL_BY_NONE:
    case SL_BY_PERSON: return person_is_listed(board, number, is_nonzero(row));
    case SL_BY_UNIT:
        return !scope->has_unit ||
               sl_org_depth(org, number, scope->unit, (sl_day){board->key.period.end.v - 1}) >= 0;
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

static void fill_member(struct sl_board *board, uint32_t number, const struct sl_sums_row *row)
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
    if (board->key.by == SL_RANK_BY_ATTAINMENT &&
        !sl_targets_of_person(board->ledger, number, measure, board->key.period, board->key.role,
                              &member->target)) {
        member->target = 0;
    }
}

static enum sl_err board_fill(struct sl_board *board, struct sl_arena *arena)
{
    struct sl_totals_query query = {
        .scope = board->key.scope, .period = board->key.period, .by = board->key.dimension};
    struct sl_totals totals;
    query.scope.contact_kind = board->key.measure.contact_kind;
    query.amounts_only = sl_measure_is_of_amounts(&board->key.measure);
    if (board->key.dimension == SL_BY_PERSON) {
        query.scope.has_unit = false; /* the unit says who is listed; a person's score is his own */
        query.scope.unit = 0;
    }
    enum sl_err err = sl_totals_get(board->ledger, &query, arena, &totals);
    for (uint32_t i = 1; err == SL_OK && i < totals.row_count && i < board->member_count; i++) {
        fill_member(board, i, &totals.rows[i]);
        if (key_is_listed(board, i, &totals.rows[i])) {
            board->members[i].is_listed = true;
            err = place_member(board, i);
        }
    }
    return err;
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

static enum sl_err order_members(struct sl_board *board)
{
    unsigned kind = sl_dimension_kind(board->key.dimension);
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

static enum sl_err board_open(struct sl_ledger *ledger,
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
    board->member_count = sl_names_count(&ledger->names, sl_dimension_kind(key->dimension)) + 1;
    board->members = calloc(board->member_count, sizeof board->members[0]);
    struct sl_ostree_options options = {board->member_count, compare_order, board};
    enum sl_err err =
        board->members == NULL ? SL_E_NO_MEMORY : sl_ostree_open(&options, &board->tree);
    if (err == SL_OK) {
        err = order_members(board);
    }
    if (err == SL_OK) {
        err = board_fill(board, arena);
    }
    if (err != SL_OK) {
        sl_board_close(board);
        return err;
    }
    *ret_board = board;
    return SL_OK;
}

/* Keys that were named since: only people join a list by facts and defines, which the board sees itself. */
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

enum sl_err sl_board_get(struct sl_ledger *ledger,
                         const struct sl_board_key *key,
                         struct sl_arena *arena,
                         struct sl_board **ret_board)
{
    struct sl_boards *boards = &ledger->boards;
    for (size_t i = 0; i < boards->count; i++) {
        if (same_key(&boards->boards[i]->key, key) && !has_new_keys(boards->boards[i])) {
            boards->boards[i]->asked = ++boards->clock;
            *ret_board = boards->boards[i];
            return settle_dirty(boards->boards[i]);
        }
    }
    struct sl_board *board;
    enum sl_err err = board_open(ledger, key, arena, &board);
    if (err != SL_OK) {
        return err;
    }
    make_room(boards);
    board->asked = ++boards->clock;
    boards->boards[boards->count++] = board;
    *ret_board = board;
    return SL_OK;
}
