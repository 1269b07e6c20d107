/* When a score was reached: the rule, how it follows facts, and how people are looked up. */
#include <stdlib.h>
#include <string.h>

#include "projections/board.h"

#include "domain/fraction.h"
#include "projections/fact_scan.h"
#include "projections/facts.h"
#include "projections/taken_back.h"

#define EVENT_SEQ_BITS      40u
#define FOLLOWED_FACTS_MANY 64u /* room for as many at first */

_Static_assert(SL_SEQ_MAX >> EVENT_SEQ_BITS == 0, "a seq lies below the day");

uint64_t sl_board_event(sl_day day, sl_seq seq)
{
    return (uint64_t)SL_DAY_KEY(day) << EVENT_SEQ_BITS | seq.v;
}

sl_day sl_board_event_day(uint64_t event)
{
    return (sl_day){(int32_t)(event >> EVENT_SEQ_BITS) - SL_DAY_BIAS};
}

sl_seq sl_board_event_seq(uint64_t event)
{
    return (sl_seq){event & SL_SEQ_MAX};
}

bool sl_board_has_cycles(const struct sl_board_key *key)
{
    return sl_measure_uses(&key->measure, SL_SUM_CYCLE_DAYS_WON_PPM) ||
           sl_measure_uses(&key->measure, SL_SUM_CYCLE_DAYS_LOST_PPM);
}

/* ── the rule ── */

/* The score over a constant above 0, in 128 bits: a running score may be longer than the one that was placed. */
static struct sl_fraction score_of(const struct sl_measure *measure,
                                   const int64_t sums[SL_BOARD_SUMS])
{
    struct sl_fraction score = {0, measure->is_ratio ? 0 : 1};
    for (unsigned i = 0; i < measure->numerator_count; i++) {
        score.numerator += sums[i];
    }
    for (unsigned i = 0; i < measure->denominator_count; i++) {
        score.denominator += sums[SL_MEASURE_SUMS_MAX + i];
    }
    return score.denominator < 0 ? (struct sl_fraction){-score.numerator, -score.denominator}
                                 : score;
}

/* Is the member's score by the sums `a` worse than by `b`? Undefined is worse than anything else. By attainment the target is the same on
 * both sides, and without one every score is undefined. */
static bool is_worse(const struct sl_board *board,
                     const struct sl_board_member *member,
                     const int64_t a[SL_BOARD_SUMS],
                     const int64_t b[SL_BOARD_SUMS])
{
    const struct sl_measure *measure = &board->key.measure;
    struct sl_fraction score_a = score_of(measure, a);
    struct sl_fraction score_b = score_of(measure, b);
    bool is_without = board->key.by == SL_RANK_BY_ATTAINMENT && member->target <= 0;
    if (is_without || !sl_fraction_is_defined(score_b)) {
        return false;
    }
    if (!sl_fraction_is_defined(score_a)) {
        return true;
    }
    int order = sl_fraction_compare(score_a, score_b);
    return measure->lower_is_better ? order > 0 : order < 0;
}

void sl_reach_walk_judge(struct sl_reach_walk *walk,
                         const struct sl_board *board,
                         const struct sl_board_member *member)
{
    walk->is_done =
        walk->event != SL_BOARD_NO_EVENT && is_worse(board, member, walk->before, member->sums);
}

void sl_reach_walk_take(struct sl_reach_walk *walk,
                        const struct sl_board *board,
                        const struct sl_board_member *member,
                        uint64_t event,
                        const int64_t added[SL_BOARD_SUMS])
{
    if (event != walk->event) {
        sl_reach_walk_judge(walk, board, member);
    }
    if (walk->is_done) {
        return;
    }
    walk->latest = walk->latest == SL_BOARD_NO_EVENT ? event : walk->latest;
    walk->event = event;
    for (unsigned i = 0; i < SL_BOARD_SUMS; i++) {
        walk->before[i] -= added[i];
    }
}

void sl_reach_walk_end(const struct sl_reach_walk *walk, struct sl_board_member *member)
{
    member->reach = walk->event;
    member->latest = walk->latest;
}

/* ── following facts ── */

bool sl_board_add(const struct sl_measure *measure,
                  int64_t sums[SL_BOARD_SUMS],
                  enum sl_sum sum,
                  int64_t value)
{
    bool is_used = false;
    for (unsigned i = 0; i < measure->numerator_count; i++) {
        if (measure->numerators[i] == sum) {
            sums[i] += value;
            is_used = true;
        }
    }
    for (unsigned i = 0; i < measure->denominator_count; i++) {
        if (measure->denominators[i] == sum) {
            sums[SL_MEASURE_SUMS_MAX + i] += value;
            is_used = true;
        }
    }
    return is_used;
}

/* Facts of one event come one by one, and what the score is between them means nothing. But as long as none of them makes it worse, it was
 * the same before the event as it was when it was reached, or it has been reached with the event: so nothing but the sums of now need
 * be known. A sum that is better than nothing was worse before the event that it was reached with, and so it stays when something
 * earlier is added to both. All else has to be looked up. */
void sl_board_note_reach(struct sl_board *board,
                         uint32_t number,
                         const int64_t before[SL_BOARD_SUMS],
                         uint64_t event)
{
    static const int64_t nothing[SL_BOARD_SUMS];
    struct sl_board_member *member = &board->members[number];
    bool is_last = event >= member->latest;
    bool is_first = member->latest == SL_BOARD_NO_EVENT;
    bool is_sum = !board->key.measure.is_ratio;
    if (member->needs_reach) {
        return;
    }
    if (is_first || (is_last && is_worse(board, member, before, member->sums))) {
        member->reach = event;
        member->latest = event;
    } else if (is_last) {
        member->latest = event;
        member->needs_reach = is_worse(board, member, member->sums, before);
    } else {
        bool stays = is_sum && event < member->reach && is_worse(board, member, nothing, before);
        member->needs_reach = !stays;
    }
}

/* ── people: each one's own facts, from the last backwards ── */

/* Facts that the board has followed and that are not in the tables yet, of those asked for, by person, then as facts sort. */
struct followed_facts {
    struct sl_fact *facts; /* owned */
    size_t count, capacity;
};

static int compare_facts(const void *a, const void *b)
{
    const struct sl_fact *left = a;
    const struct sl_fact *right = b;
    uint32_t person_left = sl_key_fact_person(left->key);
    uint32_t person_right = sl_key_fact_person(right->key);
    return person_left != person_right ? (person_left < person_right ? -1 : 1)
                                       : sl_key_compare(left->key, right->key);
}

static enum sl_err add_followed(struct followed_facts *followed, const struct sl_fact *fact)
{
    if (followed->count == followed->capacity) {
        size_t capacity = followed->capacity == 0 ? FOLLOWED_FACTS_MANY : 2 * followed->capacity;
        struct sl_fact *facts = realloc(followed->facts, capacity * sizeof facts[0]);
        if (facts == NULL) {
            return SL_E_NO_MEMORY;
        }
        followed->facts = facts;
        followed->capacity = capacity;
    }
    followed->facts[followed->count++] = *fact;
    return SL_OK;
}

/* Redated facts are those of earlier events: a board that goes by cycle days has not followed any. */
static enum sl_err find_followed(const struct sl_board *board, struct followed_facts *followed)
{
    const struct sl_pending *pending = board->ledger->pending;
    enum sl_err err = SL_OK;
    uint64_t at = sl_pending_unread(pending);
    for (; err == SL_OK && at < board->position; at++) {
        bool is_redated;
        const struct sl_fact *fact = sl_pending_fact(pending, at, &is_redated);
        uint32_t number = sl_key_fact_person(fact->key);
        bool is_sought = number < board->member_count && board->members[number].is_sought;
        if (is_sought && !is_redated &&
            sl_period_contains(board->key.period, sl_key_fact_day(fact->key))) {
            err = add_followed(followed, fact);
        }
    }
    if (followed->count > 0) {
        qsort(followed->facts, followed->count, sizeof followed->facts[0], compare_facts);
    }
    return err;
}

/* Where the person's end: behind the last of a person with a number up to his. */
static size_t end_of_person(const struct followed_facts *followed, uint32_t person)
{
    size_t low = 0;
    size_t high = followed->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sl_key_fact_person(followed->facts[middle].key) <= person) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct person_walk {
    struct sl_board *board;
    struct sl_board_member *member;
    uint32_t person;
    struct sl_scope_numbers scope;
    struct sl_taken_back back;
    struct sl_key upto;  /* facts in the tables after it have been walked over */
    struct sl_fact kept; /* the next one in the tables */
    bool has_kept;
    const struct followed_facts *followed;
    size_t followed_end;   /* those from here on have been walked over */
    uint64_t line_event;   /* whose counts in the scope's product line `line_credits` are */
    uint32_t line_credits; /* bits by position: counted already */
    struct sl_reach_walk reach;
};

/* Of the facts in the tables, those that the board shows; later ones may be there, too. */
static void find_kept(struct person_walk *walk)
{
    const struct sl_board *board = walk->board;
    const struct sl_fact_row *row;
    while (!walk->has_kept &&
           (row = sl_fact_last(board->ledger->state, walk->person, board->key.period, walk->upto,
                               &walk->upto)) != NULL) {
        walk->kept = (struct sl_fact){walk->upto, *row};
        walk->has_kept = sl_key_fact_seq(walk->upto).v <= board->shows.v;
        walk->upto.lo--;
    }
}

/* The latest fact that has not been walked over; false if all have. */
static bool step_back(struct person_walk *walk, struct sl_fact *ret_fact)
{
    size_t at = walk->followed_end;
    const struct sl_fact *followed = at > 0 ? &walk->followed->facts[at - 1] : NULL;
    bool has_followed = followed != NULL && sl_key_fact_person(followed->key) == walk->person;
    find_kept(walk);
    if (has_followed && (!walk->has_kept || sl_key_compare(followed->key, walk->kept.key) > 0)) {
        walk->followed_end--;
        *ret_fact = *followed;
        return true;
    }
    *ret_fact = walk->kept;
    bool has_fact = walk->has_kept;
    walk->has_kept = false;
    return has_fact;
}

/* In a product line an event counts once for each credit; which of its facts does makes no difference. */
static enum sl_err
count_in_line(struct person_walk *walk, const struct sl_fact *fact, enum sl_count_rule *ret_rule)
{
    uint64_t event = sl_key_fact_seq(fact->key).v;
    uint32_t bit = 1u << sl_key_fact_credit(fact->key);
    bool ends = true;
    enum sl_err err = SL_OK;
    if (sl_fact_takes_back(&fact->row)) {
        err = sl_taken_back_ends_line(&walk->back, fact->key, &fact->row, walk->scope.line, &ends);
    }
    if (event != walk->line_event) {
        walk->line_event = event;
        walk->line_credits = 0;
    }
    bool counts = err == SL_OK && ends && (walk->line_credits & bit) == 0;
    walk->line_credits |= counts ? bit : 0;
    *ret_rule = counts ? SL_COUNT_ALWAYS : SL_COUNT_NEVER;
    return err;
}

static enum sl_err
rule_for(struct person_walk *walk, const struct sl_fact *fact, enum sl_count_rule *ret_rule)
{
    *ret_rule = walk->scope.has_product ? SL_COUNT_PER_PRODUCT : SL_COUNT_PER_EVENT;
    bool is_in_line = walk->scope.has_line && !walk->scope.has_product;
    return is_in_line ? count_in_line(walk, fact, ret_rule) : SL_OK;
}

/* A fact that moves the measure in the scope is a step of the walk, or a part of one. */
static enum sl_err take_fact(struct person_walk *walk, const struct sl_fact *fact)
{
    struct sl_board *board = walk->board;
    int64_t added[SL_BOARD_SUMS] = {0};
    struct sl_fact_sums sums;
    enum sl_count_rule rule;
    bool moves = false;
    if (!sl_scope_has(board->ledger, &walk->scope, fact->key, &fact->row)) {
        return SL_OK;
    }
    enum sl_err err = rule_for(walk, fact, &rule);
    if (err != SL_OK) {
        return err;
    }
    sl_fact_sums(&fact->row, rule, &sums);
    for (unsigned i = 0; i < sums.count; i++) {
        int64_t value = sums.parts[i].value;
        bool is_used = sl_board_add(&board->key.measure, added, sums.parts[i].sum, value);
        moves = moves || (is_used && value != 0);
    }
    if (moves) {
        uint64_t event = sl_board_event(sl_key_fact_day(fact->key), sl_key_fact_seq(fact->key));
        sl_reach_walk_take(&walk->reach, board, walk->member, event, added);
    }
    return SL_OK;
}

static enum sl_err
find_reach(struct sl_board *board, uint32_t person, const struct followed_facts *followed)
{
    struct sl_fact fact;
    struct person_walk walk = {
        .board = board,
        .member = &board->members[person],
        .person = person,
        .scope = board->key.scope,
        .back = {.ledger = board->ledger},
        .upto = sl_key_facts_from(person, (sl_day){board->key.period.end.v - 1}),
        .followed = followed,
        .followed_end = end_of_person(followed, person),
    };
    memcpy(walk.reach.before, walk.member->sums, sizeof walk.reach.before);
    walk.scope.has_person = true;
    walk.scope.person = person;
    walk.scope.has_unit = false;
    walk.scope.contact_kind = board->key.measure.contact_kind;
    walk.upto.lo = UINT64_MAX; /* the last fact of the last day inside */
    enum sl_err err = SL_OK;
    while (err == SL_OK && !walk.reach.is_done && step_back(&walk, &fact)) {
        err = take_fact(&walk, &fact);
    }
    sl_taken_back_deinit(&walk.back);
    sl_reach_walk_end(&walk.reach, walk.member);
    return err;
}

enum sl_err sl_board_find_reach(struct sl_board *board)
{
    struct followed_facts followed = {0};
    SL_ASSERT(board->key.dimension == SL_BY_PERSON);
    enum sl_err err = find_followed(board, &followed);
    for (uint32_t i = 0; err == SL_OK && i < board->sought_count; i++) {
        err = find_reach(board, board->sought[i], &followed);
    }
    free(followed.facts);
    return err;
}
