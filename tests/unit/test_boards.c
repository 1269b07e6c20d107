/* Boards: who is listed in a ranking, in which order and place; and that a board kept fact by fact equals one built anew. */
#include "lib/test.h"

#include "boards_setup.h"
#include "lib/random_history.h"
#include "projections/board.h"

/* ── places ── */

static void the_five_rank_types_differ_on_ties(void **state)
{
    struct sl_test_ledger *t = *state;
    static const char *const people[] = {"a", "b", "c", "d", "e", "f", "g", NULL};
    static const int64_t scores[] = {44, 42, 42, 41, 41, 41, 39};
    static const int64_t expected[SL_RANK_TYPES][7] = {
        [SL_RANK_STANDARD] = {1000, 2000, 2000, 4000, 4000, 4000, 7000},
        [SL_RANK_MODIFIED] = {1000, 3000, 3000, 6000, 6000, 6000, 7000},
        [SL_RANK_DENSE] = {1000, 2000, 2000, 3000, 3000, 3000, 4000},
        [SL_RANK_ORDINAL] = {1000, 2000, 3000, 4000, 5000, 6000, 7000},
        [SL_RANK_FRACTIONAL] = {1000, 2500, 2500, 5000, 5000, 5000, 7000},
    };
    define_people(t, people);
    for (size_t i = 0; i < COUNT(scores); i++) {
        (void)sell(t, people[i], "2025-02-01", scores[i]);
    }

    for (int type = 0; type < SL_RANK_TYPES; type++) {
        struct sl_rank_answer answer = RANK(t, .type = (enum sl_rank_type)type);
        assert_order(&answer, "a b c d e f g");
        for (size_t i = 0; i < COUNT(scores); i++) {
            assert_int_equal(answer.rows[i].rank_milli, expected[type][i]);
            assert_int_equal(answer.rows[i].value.numerator, scores[i]);
        }
    }
}

static void members_that_stay_tied_are_listed_by_the_bytes_of_their_ids(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"bo", "zed", "Bob", "b", NULL});

    struct sl_rank_answer answer = RANK(t, .top = 0);

    assert_order(&answer, "Bob b bo zed");
}

static void where_lower_is_better_the_least_comes_first(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    for (size_t i = 0; i < 2; i++) {
        char deal[8];
        (void)snprintf(deal, sizeof deal, "L%zu", i);
        (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_LOST, .person = "ann");
    }
    (void)ADD_CLOSE(t, .deal = "L9", .kind = SL_CLOSE_LOST, .person = "bob");

    struct sl_rank_answer answer = RANK(t, .measure = "lost.count");

    assert_order(&answer, "cat bob ann");
}

static void what_is_undefined_comes_last(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_CLOSE(t, .deal = "L1", .kind = SL_CLOSE_LOST, .person = "bob");
    (void)sell(t, "cat", "2025-02-01", 5);

    struct sl_rank_answer answer = RANK(t, .measure = "win.rate");

    assert_order(&answer, "cat bob ann");
    assert_int_equal(answer.rows[1].value.numerator, 0);
    assert_int_equal(answer.rows[2].value.denominator, 0);
}

/* ── who is listed ── */

static void everyone_eligible_is_listed_zeros_too(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "bob", "2025-02-01", 10);

    struct sl_rank_answer answer = RANK(t, .top = 0);

    assert_int_equal(answer.count, 3);
    assert_order(&answer, "bob ann cat");
    assert_int_equal(answer.rows[2].value.numerator, 0);
    assert_int_equal(answer.rows[2].value.denominator, 1);
}

static void who_is_in_no_unit_is_listed_for_facts_of_any_kind(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "lone", .hired = "2025-01-01");
    (void)ADD_PERSON(t, "idle", .hired = "2025-01-01");
    (void)ADD_PERSON(t, "member", .unit = "team");
    (void)ADD_CONTACT(t, .customer = "acme", .person = "lone", .date = "2025-02-25");

    struct sl_rank_answer answer = RANK(t, .measure = "contact.count:VISIT", .top = 0);

    assert_order(&answer, "lone member");
    assert_int_equal(answer.rows[0].value.numerator, 0);
}

static void where_nobody_has_a_unit_all_who_are_active_are_listed(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann");
    (void)ADD_PERSON(t, "bob");
    (void)ADD_PERSON(t, "gone", .left = "2024-12-31");
    (void)ADD_PERSON(t, "later", .unit = "team", .from = "2026-01-01", .hired = "2026-01-01");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "bob", .amount = 500);

    struct sl_rank_answer answer = RANK(t, .top = 0);
    assert_order(&answer, "bob ann");

    (void)ADD_PERSON(t, "cy", .unit = "team");

    answer = RANK(t, .top = 0);
    assert_order(&answer, "bob cy");
}

/* It does not matter that there is a unit later. */
static void a_fact_lists_who_was_in_no_unit_in_the_period(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "lone", .hired = "2025-01-01");
    (void)ADD_PERSON(t, "lone", .unit = "team", .from = "2026-01-01", .hired = "2025-01-01");
    (void)ADD_PERSON(t, "bob", .unit = "team");
    struct sl_rank_answer answer = RANK(t, .period = "2025", .top = 0);
    assert_order(&answer, "bob");

    (void)ADD_CONTACT(t, .customer = "acme", .person = "lone", .date = "2025-02-25");

    answer = RANK(t, .period = "2025", .top = 0);
    assert_int_equal(answer.row_count, 2);
    sl_boards_drop(&t->ledger->boards);
    answer = RANK(t, .period = "2025", .top = 0);
    assert_int_equal(answer.row_count, 2);
}

static void facts_of_who_is_never_listed_leave_a_board_alone(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "team");
    (void)ADD_PERSON(t, "cy", .unit = "other");
    (void)sell(t, "ann", "2025-02-01", 10);
    (void)RANK(t, .top = 0);
    (void)RANK(t, .scope = {.unit = "team"}, .top = 0);

    (void)sell(t, "cy", "2025-02-02", 10);
    (void)ADD_CONTACT(t, .customer = "acme", .date = "2025-02-25"); /* nobody's */
    struct sl_rank_answer answer = RANK(t, .scope = {.unit = "team"}, .top = 0);

    assert_order(&answer, "ann");
    assert_int_equal(t->ledger->boards.count, 2);
}

static void people_not_active_in_the_period_are_not_listed(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "gone", .unit = "team", .left = "2025-01-31");
    (void)ADD_PERSON(t, "last-day", .unit = "team", .left = "2025-02-01");
    (void)ADD_PERSON(t, "first-day", .unit = "team", .hired = "2025-02-28");
    (void)ADD_PERSON(t, "later", .unit = "team", .hired = "2025-03-01");

    struct sl_rank_answer answer = RANK(t, .period = "2025-02");

    assert_order(&answer, "first-day last-day");
}

static void who_left_is_not_listed_even_with_facts(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_PERSON(t, "gone", .unit = "team", .left = "2025-01-31");

    (void)sell(t, "gone", "2025-02-10", 1000);

    struct sl_rank_answer answer = RANK(t, .period = "2025-02");
    assert_order(&answer, "ann bob cat");
}

static void an_undefined_person_is_listed_once_there_are_facts(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "stranger", "2024-02-01", 10);
    assert_int_equal(RANK(t, .top = 0).count, 3);

    (void)sell(t, "stranger", "2025-02-01", 10);

    struct sl_rank_answer answer = RANK(t, .top = 0);
    assert_order(&answer, "stranger ann bob cat");
}

static void a_new_person_joins_the_list(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    assert_int_equal(RANK(t, .top = 0).count, 3);

    (void)ADD_PERSON(t, "dan", .unit = "team");

    assert_int_equal(RANK(t, .top = 0).count, 4);
}

static void a_unit_lists_whoever_was_a_member_on_any_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_UNIT(t, "south");
    (void)ADD_PERSON(t, "ann", .unit = "n1");
    (void)ADD_PERSON(t, "bob", .unit = "south");
    (void)ADD_PERSON(t, "cat", .unit = "south");
    (void)ADD_PERSON(t, "cat", .unit = "north", .from = "2025-02-28");
    (void)sell(t, "bob", "2025-02-01", 50);
    (void)sell(t, "cat", "2025-02-01", 10);

    struct sl_rank_answer answer = RANK(t, .period = "2025-02", .scope = OF_UNIT("north"));

    assert_order(&answer, "cat ann");
    assert_int_equal(answer.rows[0].value.numerator, 10); /* a score is his own, wherever made */
}

/* ── what is asked ── */

static void top_and_offset_cut_the_list(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"a", "b", "c", "d", "e", NULL});

    struct sl_rank_answer top = RANK(t, .top = 2);
    struct sl_rank_answer next = RANK(t, .top = 4, .offset = 2);
    struct sl_rank_answer beyond = RANK(t, .offset = 50);

    assert_int_equal(top.count, 5);
    assert_order(&top, "a b");
    assert_order(&next, "c d");
    assert_int_equal(beyond.row_count, 0);
}

static void one_person_and_his_neighbours_can_be_asked_for(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"a", "b", "c", "d", "e", NULL});

    struct sl_rank_answer one = RANK(t, .one = "c", .type = SL_RANK_ORDINAL);
    struct sl_rank_answer middle = RANK(t, .around = "c", .around_count = 1);
    struct sl_rank_answer first = RANK(t, .around = "a", .around_count = 2);
    struct sl_rank_answer last = RANK(t, .around = "e", .around_count = 9);

    assert_order(&one, "c");
    assert_int_equal(one.rows[0].rank_milli, 3000);
    assert_order(&middle, "b c d");
    assert_order(&first, "a b c");
    assert_order(&last, "a b c d e");
}

static void who_is_not_in_the_ranking_is_named(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_rank_answer answer;
    define_people(t, three);
    struct sl_rank_query one = sl_test_rank_query(&(struct sl_test_rank){.one = "dan"});
    struct sl_rank_query around = sl_test_rank_query(&(struct sl_test_rank){.around = "dan"});

    assert_err(SL_E_NOT_FOUND, sl_ledger_rank(t->ledger, &one, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "rank.one");
    assert_err(SL_E_NOT_FOUND, sl_ledger_rank(t->ledger, &around, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "rank.around");
}

static void a_list_longer_than_a_page_says_so(void **state)
{
    struct sl_test_ledger *t = *state;
    char id[8];
    for (unsigned i = 0; i <= SL_PAGE_ITEMS_MAX; i++) {
        (void)snprintf(id, sizeof id, "p%04u", i);
        (void)ADD_PERSON(t, id, .unit = "team");
    }

    struct sl_rank_answer all = RANK(t, .top = 0);
    struct sl_rank_answer rest = RANK(t, .offset = SL_PAGE_ITEMS_MAX);

    assert_int_equal(all.row_count, SL_PAGE_ITEMS_MAX);
    assert_true(all.has_more);
    assert_order(&rest, "p1000");
    assert_false(rest.has_more);
}

static void units_products_and_regions_can_be_ranked_too(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "team", .parent = "all");
    (void)ADD_CUSTOMER(t, "acme", .region = "east");
    define_people(t, three);
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.product = "bolt", .amount = 5}, {.product = "anvil", .amount = 9}},
                    .line_count = 2);

    struct sl_rank_answer units = RANK(t, .dimension = SL_BY_UNIT);
    struct sl_rank_answer products = RANK(t, .dimension = SL_BY_PRODUCT);
    struct sl_rank_answer regions = RANK(t, .dimension = SL_BY_REGION);

    assert_order(&units, "all team");
    assert_order(&products, "anvil bolt");
    assert_order(&regions, "east");
    assert_int_equal(regions.rows[0].value.numerator, 14);
}

/* ── refusals ── */

static void people_are_not_ranked_inside_one_of_them(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_rank_answer answer;
    define_people(t, three);
    struct sl_rank_query query =
        sl_test_rank_query(&(struct sl_test_rank){.scope = {.person = "ann"}});
    assert_err(SL_E_INVALID_FIELD,
               sl_ledger_rank(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "rank.scope.person");
}

static void a_rank_type_that_is_none_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_rank_answer answer;
    struct sl_rank_query query = sl_test_rank_query(&(struct sl_test_rank){.top = 1});
    query.type = SL_RANK_TYPES;

    assert_err(SL_E_INVALID_FIELD,
               sl_ledger_rank(t->ledger, &query, &t->answers, &answer, &t->diag));
    assert_string_equal(t->diag.field, "rank.type");
}

/* ── boards as a cache ── */

static void more_members_may_move_between_questions_than_wait(void **state)
{
    enum { PEOPLE = 2 * SL_BOARD_DIRTY_MAX + 3 };
    struct sl_test_ledger *t = *state;
    char id[8];
    for (unsigned i = 0; i < PEOPLE; i++) {
        (void)snprintf(id, sizeof id, "p%03u", i);
        (void)ADD_PERSON(t, id, .unit = "team");
    }
    assert_int_equal(RANK(t, .top = 0).count, PEOPLE);

    for (unsigned i = 0; i < PEOPLE; i++) {
        (void)snprintf(id, sizeof id, "p%03u", i);
        (void)sell(t, id, "2025-02-01", 1 + i);
    }

    struct sl_rank_answer answer = RANK(t, .top = 0);
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_int_equal(answer.rows[i].value.numerator, PEOPLE - i);
    }
}

static bool has_board_of(struct sl_test_ledger *t, const char *period)
{
    struct sl_period wanted = sl_test_period(period);
    for (size_t i = 0; i < t->ledger->boards.count; i++) {
        if (t->ledger->boards.boards[i]->key.period.start.v == wanted.start.v) {
            return true;
        }
    }
    return false;
}

static void the_board_least_recently_asked_makes_room(void **state)
{
    struct sl_test_ledger *t = *state;
    char period[SL_PERIOD_TEXT_MAX];
    define_people(t, three);
    for (unsigned i = 0; i < SL_BOARDS_MAX; i++) {
        (void)snprintf(period, sizeof period, "%u", 2001 + i);
        (void)RANK(t, .period = period);
    }
    (void)RANK(t, .period = "2001");

    (void)RANK(t, .period = "2099");

    assert_int_equal(t->ledger->boards.count, SL_BOARDS_MAX);
    assert_true(has_board_of(t, "2001"));
    assert_true(has_board_of(t, "2099"));
    assert_false(has_board_of(t, "2002"));
}

static void an_evicted_board_answers_the_same_again(void **state)
{
    struct sl_test_ledger *t = *state;
    char period[SL_PERIOD_TEXT_MAX];
    define_people(t, three);
    (void)sell(t, "cat", "2025-02-01", 10);
    (void)RANK(t, .top = 0);

    for (unsigned i = 0; i < 2 * SL_BOARDS_MAX; i++) {
        (void)snprintf(period, sizeof period, "%u", 2101 + i);
        (void)RANK(t, .period = period);
    }
    (void)sell(t, "bob", "2025-02-01", 20);

    struct sl_rank_answer answer = RANK(t, .top = 0);
    assert_order(&answer, "bob cat ann");
}

static void a_rolled_back_sale_leaves_the_ranking_as_it_was(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "cat", "2025-02-01", 10);
    (void)RANK(t, .top = 0);

    sl_ledger_savepoint(t->ledger);
    (void)sell(t, "bob", "2025-02-01", 20);
    sl_ledger_rollback(t->ledger);

    struct sl_rank_answer answer = RANK(t, .top = 0);
    assert_order(&answer, "cat ann bob");
}

/* 100,000,000,000,003 / 200,000,000,000,005 and its neighbours are shown alike, and differ. */
static void great_rates_are_placed_by_what_they_are(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    int64_t amount = 200000000000005;
    int64_t cost = 100000000000002;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "bob", .amount = amount,
                    .cost = cost);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "cat", .amount = amount,
                    .cost = cost - 1);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .person = "ann", .amount = amount,
                    .cost = cost + 1);

    struct sl_rank_answer answer = RANK(t, .measure = "margin.rate", .top = 0);

    assert_order(&answer, "cat bob ann");
    assert_int_equal(answer.rows[0].value.numerator, answer.rows[2].value.numerator);
    assert_int_equal(answer.rows[0].value.numerator, 500000);
}

static void only_rolled_back_defines_drop_rankings(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "cat", "2025-02-01", 10);
    (void)RANK(t, .top = 0);

    sl_ledger_savepoint(t->ledger);
    (void)sell(t, "bob", "2025-02-01", 20);
    sl_ledger_rollback(t->ledger);
    assert_int_equal(t->ledger->boards.count, 1);

    sl_ledger_savepoint(t->ledger);
    (void)ADD_PERSON(t, "dan");
    (void)sell(t, "dan", "2025-02-01", 20);
    sl_ledger_rollback(t->ledger);
    assert_int_equal(t->ledger->boards.count, 0);

    (void)sell(t, "eve", "2025-02-02", 5);
    struct sl_rank_answer answer = RANK(t, .top = 0);
    assert_order(&answer, "cat eve ann bob");
}

/* ── random histories ── */

static const struct sl_test_rank asked[] = {
    {.measure = "booked.amount", .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .ties = SL_TIE_STAYS, .period = "2025-Q2"},
    {.measure = "booked.count", .ties = SL_TIE_REACHED, .period = "2025-03-05..2025-10-20"},
    {.measure = "win.rate", .ties = SL_TIE_REACHED},
    {.measure = "returned.amount", .ties = SL_TIE_REACHED},
    {.measure = "contact.count:VISIT", .ties = SL_TIE_REACHED},
    {.measure = "cycle.days", .ties = SL_TIE_STAYS},
    {.measure = "booked.amount", .by = SL_RANK_BY_ATTAINMENT, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .scope = {.unit = "north"}, .ties = SL_TIE_REACHED},
    {.measure = "booked.count", .scope = {.product = "bolt"}, .ties = SL_TIE_REACHED},
    {.measure = "won.count", .scope = {.line = "iron"}, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .scope = {.region = "east"}, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .scope = {.customer = "acme"}, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .scope = {.product = "bolt"}, .by = SL_RANK_BY_ATTAINMENT},
    {.measure = "cycle.days", .ties = SL_TIE_REACHED},
    {.measure = "deal.size", .ties = SL_TIE_REACHED},
    {.measure = "margin.rate", .ties = SL_TIE_REACHED, .period = "2025-Q3"},
    {.measure = "booked.units",
     .scope = {.line = "iron", .product = "anvil"},
     .ties = SL_TIE_REACHED},
    {.measure = "lost.count", .by = SL_RANK_BY_ATTAINMENT, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .dimension = SL_BY_UNIT},
    {.measure = "booked.count", .dimension = SL_BY_UNIT, .ties = SL_TIE_REACHED},
    {.measure = "booked.amount", .dimension = SL_BY_REGION},
};

static void assert_same_rows(const struct sl_rank_answer *kept, const struct sl_rank_answer *built)
{
    assert_int_equal(kept->count, built->count);
    assert_int_equal(kept->row_count, built->row_count);
    for (size_t i = 0; i < kept->row_count; i++) {
        const struct sl_rank_row *left = &kept->rows[i];
        const struct sl_rank_row *right = &built->rows[i];
        assert_int_equal(left->key.len, right->key.len);
        assert_memory_equal(left->key.data, right->key.data, left->key.len);
        assert_int_equal(left->rank_milli, right->rank_milli);
        assert_int_equal(left->value.numerator, right->value.numerator);
        assert_int_equal(left->value.denominator, right->value.denominator);
        assert_int_equal(left->reached_day.v, right->reached_day.v);
        assert_int_equal(left->reached_seq, right->reached_seq);
    }
}

/* A second ledger takes the same events, and has no boards yet. */
static void
compare_with_built(struct sl_test_ledger *t, struct sl_test_ledger *fresh, uint64_t *seq)
{
    for (; *seq <= sl_store_head(t->log->store).v; (*seq)++) {
        sl_test_take(fresh, *seq);
    }
    sl_boards_drop(&fresh->ledger->boards);
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct sl_rank_answer kept = sl_test_rank(t, &asked[i]);
        struct sl_rank_answer built = sl_test_rank(fresh, &asked[i]);
        assert_same_rows(&kept, &built);
    }
    sl_test_ledger_forget_answers(t);
    sl_test_ledger_forget_answers(fresh);
}

static void follow(struct sl_test_ledger *t, bool with_corrections)
{
    struct sl_test_history history;
    struct sl_test_ledger fresh;
    uint64_t seq = sl_store_head(t->log->store).v + 1;
    sl_test_ledger_init(&fresh, t->log);
    sl_test_history_begin(&history, t);
    history.without_stranger = true;
    history.with_corrections = with_corrections;
    (void)ADD_PRODUCT(t, "extra", .name = "Extra");
    for (unsigned i = 0; i < 400; i++) {
        sl_test_history_step(&history);
        if (i % 10 == 9) {
            compare_with_built(t, &fresh, &seq);
        }
    }
    sl_test_ledger_deinit(&fresh);
}

static void who_is_listed_for_facts_stays_so_when_they_come_to_nothing(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "bob", .unit = "team");
    (void)ADD_PERSON(t, "lone", .hired = "2025-01-01");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "bob", .amount = 50);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .person = "lone", .amount = 20,
                    .quantity = 1000);
    struct sl_rank_answer answer = RANK(t, .measure = "booked.amount");
    assert_order(&answer, "bob lone");

    uint64_t back = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .person = "lone",
                              .amount = -20, .quantity = -1000);
    answer = RANK(t, .measure = "booked.amount");
    assert_order(&answer, "bob lone");
    sl_boards_drop(&t->ledger->boards);
    sl_test_ledger_settle(t);
    answer = RANK(t, .measure = "booked.amount");

    assert_order(&answer, "bob lone");
    (void)sl_test_add_void(t, back);
    (void)sl_test_add_void(t, back - 1);
    answer = RANK(t, .measure = "booked.amount");
    assert_order(&answer, "bob"); /* nothing is left of him */
}

static void an_event_that_makes_a_cycle_longer_keeps_the_boards_it_does_not_move(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100,
                    .date = "2025-03-10");
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "bob", .amount = 50,
                    .date = "2025-03-10");
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D2", .person = "cat", .date = "2025-03-05");
    struct sl_rank_answer by_amount = RANK(t, .measure = "booked.amount");
    struct sl_rank_answer by_cycle = RANK(t, .measure = "cycle.days");
    assert_order(&by_amount, "ann bob cat");
    assert_order(&by_cycle, "ann bob cat");

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "cat", .date = "2025-03-01");

    assert_int_equal(t->ledger->boards.count, 2);
    by_amount = RANK(t, .measure = "booked.amount");
    by_cycle = RANK(t, .measure = "cycle.days");
    assert_int_equal(by_amount.rows[0].value.numerator, 100);
    assert_order(&by_amount, "ann bob cat");
    assert_order(&by_cycle, "bob ann cat");
    struct sl_rank_answer by_contact = RANK(t, .measure = "contact.count");
    assert_order(&by_contact, "cat ann bob");
}

static void a_board_kept_fact_by_fact_equals_a_built_one(void **state)
{
    follow(*state, false);
}

static void a_board_kept_through_corrections_equals_a_built_one(void **state)
{
    follow(*state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(the_five_rank_types_differ_on_ties),
        LEDGER_TEST(members_that_stay_tied_are_listed_by_the_bytes_of_their_ids),
        LEDGER_TEST(where_lower_is_better_the_least_comes_first),
        LEDGER_TEST(what_is_undefined_comes_last),
        LEDGER_TEST(everyone_eligible_is_listed_zeros_too),
        LEDGER_TEST(who_is_in_no_unit_is_listed_for_facts_of_any_kind),
        LEDGER_TEST(where_nobody_has_a_unit_all_who_are_active_are_listed),
        LEDGER_TEST(a_fact_lists_who_was_in_no_unit_in_the_period),
        LEDGER_TEST(facts_of_who_is_never_listed_leave_a_board_alone),
        LEDGER_TEST(people_not_active_in_the_period_are_not_listed),
        LEDGER_TEST(who_left_is_not_listed_even_with_facts),
        LEDGER_TEST(an_undefined_person_is_listed_once_there_are_facts),
        LEDGER_TEST(a_new_person_joins_the_list),
        LEDGER_TEST(a_unit_lists_whoever_was_a_member_on_any_day),
        LEDGER_TEST(top_and_offset_cut_the_list),
        LEDGER_TEST(one_person_and_his_neighbours_can_be_asked_for),
        LEDGER_TEST(who_is_not_in_the_ranking_is_named),
        LEDGER_TEST(a_list_longer_than_a_page_says_so),
        LEDGER_TEST(units_products_and_regions_can_be_ranked_too),
        LEDGER_TEST(people_are_not_ranked_inside_one_of_them),
        LEDGER_TEST(a_rank_type_that_is_none_is_refused),
        LEDGER_TEST(more_members_may_move_between_questions_than_wait),
        LEDGER_TEST(the_board_least_recently_asked_makes_room),
        LEDGER_TEST(an_evicted_board_answers_the_same_again),
        LEDGER_TEST(a_rolled_back_sale_leaves_the_ranking_as_it_was),
        LEDGER_TEST(great_rates_are_placed_by_what_they_are),
        LEDGER_TEST(only_rolled_back_defines_drop_rankings),
        LEDGER_TEST(who_is_listed_for_facts_stays_so_when_they_come_to_nothing),
        LEDGER_TEST(an_event_that_makes_a_cycle_longer_keeps_the_boards_it_does_not_move),
        LEDGER_TEST(a_board_kept_fact_by_fact_equals_a_built_one),
        LEDGER_TEST(a_board_kept_through_corrections_equals_a_built_one),
    };
    return RUN_LEDGER_TESTS(tests);
}
