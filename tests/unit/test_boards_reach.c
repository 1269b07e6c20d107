/* Ties by reaching: the earlier (day, seq) is ahead, of people and of all else that is ranked. */
#include "boards_setup.h"

#include "projections/pending.h"

static void assert_reached(const struct sl_rank_row *row, const char *date, uint64_t seq)
{
    assert_int_equal(row->reached_day.v, DAY(date).v);
    assert_int_equal(row->reached_seq, seq);
}

static void the_first_to_reach_the_score_wins_the_tie(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "ann", "2025-02-03", 10);
    (void)sell(t, "bob", "2025-02-01", 10);
    uint64_t seq = sell(t, "cat", "2025-02-02", 10);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "bob cat ann");
    assert_int_equal(answer.rows[1].rank_milli, 2000);
    assert_int_equal(answer.rows[1].reached_day.v, DAY("2025-02-02").v);
    assert_int_equal(answer.rows[1].reached_seq, seq);
}

static void on_the_same_day_the_earlier_event_wins_the_tie(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "cat", "2025-02-01", 10);
    (void)sell(t, "ann", "2025-02-01", 10);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "cat ann bob");
}

static void a_score_that_only_grew_is_reached_by_the_last_fact_that_moved_it(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "ann", "2025-02-01", 4);
    (void)sell(t, "bob", "2025-02-10", 10);
    uint64_t last = sell(t, "ann", "2025-02-20", 6);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann", .date = "2025-02-25");

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "bob ann cat");
    assert_int_equal(answer.rows[1].reached_seq, last);
}

static void what_a_cancellation_leaves_was_reached_before_it(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t seq = ADD_CLOSE(t, .deal = "C", .kind = SL_CLOSE_WON, .person = "ann",
                             .date = "2025-02-01", .amount = 30);
    (void)sell(t, "bob", "2025-02-10", 10);
    assert_int_equal(RANK(t, .ties = SL_TIE_REACHED).count, 3);

    (void)ADD_CLOSE(t, .deal = "C", .kind = SL_CLOSE_CANCELLED, .date = "2025-03-01", .amount = 20);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);
    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-02-01", seq);
}

static void a_void_gives_back_the_fact_before_it(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t first = sell(t, "ann", "2025-02-01", 10);
    uint64_t second = sell(t, "ann", "2025-02-20", 6);
    (void)sell(t, "bob", "2025-02-10", 10);
    assert_int_equal(RANK(t, .ties = SL_TIE_REACHED).count, 3);

    (void)sl_test_add_void(t, second);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);
    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-02-01", first);
}

static void who_never_moved_never_reached(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "ann", "2025-02-01", 10);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_int_equal(answer.rows[2].reached_day.v, SL_NO_DAY_V);
    assert_int_equal(answer.rows[2].reached_seq, 0);
}

/* ── what is taken back ── */

/* A WON deal with a name, so that it can be taken back. */
static uint64_t win(struct sl_test_ledger *t,
                    const char *deal,
                    const char *person,
                    const char *date,
                    int64_t amount)
{
    return ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = person, .date = date,
                     .amount = amount);
}

static uint64_t cancel(struct sl_test_ledger *t, const char *deal, const char *date, int64_t amount)
{
    return ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_CANCELLED, .date = date, .amount = amount);
}

/* Ann has 200 from the first day on, bob gets there in September, and ann loses in December what she had beyond it. */
static uint64_t sell_and_take_back(struct sl_test_ledger *t)
{
    uint64_t seq = win(t, "A1", "ann", "2025-06-07", 200);
    (void)win(t, "A2", "ann", "2025-06-20", 200);
    (void)win(t, "B1", "bob", "2025-09-01", 200);
    return seq;
}

/* The December of that story. */
static void assert_what_is_lost_delays_nobody(struct sl_test_ledger *t, uint64_t seq)
{
    (void)cancel(t, "A2", "2025-12-01", 200);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-06-07", seq);
}

static void what_was_had_beyond_a_score_and_lost_again_does_not_delay_it(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    assert_what_is_lost_delays_nobody(t, sell_and_take_back(t));
}

static void a_board_follows_what_is_taken_back(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t seq = sell_and_take_back(t);
    struct sl_rank_answer before = RANK(t, .ties = SL_TIE_REACHED);
    assert_order(&before, "ann bob cat");
    assert_what_is_lost_delays_nobody(t, seq);
}

static void who_falls_below_the_score_reaches_it_anew(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell_and_take_back(t);
    (void)cancel(t, "A1", "2025-06-10", 200);
    uint64_t seq = sell(t, "ann", "2025-10-01", 10);
    (void)sell(t, "bob", "2025-09-05", 10);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "bob ann cat");
    assert_reached(&answer.rows[1], "2025-10-01", seq);
}

static void who_lost_all_again_reached_nothing_with_the_first_event(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t seq = win(t, "A1", "ann", "2025-06-07", 200);
    (void)cancel(t, "A1", "2025-12-01", 200);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-06-07", seq);
    assert_int_equal(answer.rows[1].reached_seq, 0);
}

/* Sold before the period, taken back inside, and made good. */
static void who_was_below_nothing_reached_it_when_he_was_no_longer(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)win(t, "A1", "ann", "2024-06-07", 200);
    (void)cancel(t, "A1", "2025-02-01", 200);
    uint64_t seq = win(t, "A2", "ann", "2025-03-01", 200);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);

    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-03-01", seq);
}

/* Three lines that come to nothing in the end: between them the score means nothing. */
static void the_facts_of_one_event_count_together(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t first = win(t, "A1", "ann", "2025-02-01", 100);
    assert_int_equal(RANK(t, .ties = SL_TIE_REACHED).count, 3);
    uint64_t last =
        ADD_CLOSE(t, .deal = "A1", .kind = SL_CLOSE_AMENDED, .date = "2025-03-01",
                  .lines = {{.amount = -50}, {.amount = 60}, {.amount = -10}}, .line_count = 3);

    struct sl_rank_answer same = RANK(t, .ties = SL_TIE_REACHED);
    assert_reached(&same.rows[0], "2025-02-01", first);

    last = ADD_CLOSE(t, .deal = "A1", .kind = SL_CLOSE_AMENDED, .date = "2025-03-01",
                     .lines = {{.amount = -50}, {.amount = 60}}, .line_count = 2);
    struct sl_rank_answer better = RANK(t, .ties = SL_TIE_REACHED);
    assert_reached(&better.rows[0], "2025-03-01", last);
}

static void an_event_dated_before_others_is_counted_in_its_place(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    uint64_t seq = sell_and_take_back(t);
    (void)cancel(t, "A2", "2025-12-01", 200);
    struct sl_rank_answer before = RANK(t, .ties = SL_TIE_REACHED);
    assert_reached(&before.rows[0], "2025-06-07", seq);

    (void)sell(t, "ann", "2025-07-01", 50);
    struct sl_rank_answer after = RANK(t, .ties = SL_TIE_REACHED);
    assert_reached(&after.rows[0], "2025-06-20", seq + 1);

    (void)sell(t, "ann", "2025-05-01", 50);
    after = RANK(t, .ties = SL_TIE_REACHED);
    assert_reached(&after.rows[0], "2025-06-20", seq + 1);
}

/* The look-up finds one part of the facts in their table and the other in the list of what is pending. */
static void facts_are_found_wherever_they_are(void **state)
{
    (void)state;
    for (size_t items = 0; items < 12; items++) {
        struct sl_test_log log;
        struct sl_test_ledger t;
        sl_test_log_init(&log);
        sl_test_ledger_init_stored(&t, &log);
        define_people(&t, three);
        sl_test_ledger_settle(&t);
        uint64_t seq = sell_and_take_back(&t);
        assert_int_equal(RANK(&t, .ties = SL_TIE_REACHED).count, 3);
        (void)cancel(&t, "A2", "2025-12-01", 200);
        (void)sell(&t, "ann", "2025-12-02", 10);
        (void)sell(&t, "bob", "2025-09-02", 10);
        (void)cancel(&t, "A1", "2025-12-24", 10);
        (void)cancel(&t, "B1", "2025-12-24", 10);

        if (items > 0) {
            (void)sl_pending_settle_part(t.ledger, items);
        }
        struct sl_rank_answer answer = RANK(&t, .ties = SL_TIE_REACHED);

        assert_order(&answer, "ann bob cat");
        assert_reached(&answer.rows[0], "2025-06-07", seq);
        assert_reached(&answer.rows[1], "2025-09-01", seq + 2);
        sl_test_ledger_deinit(&t);
        sl_test_log_deinit(&log);
    }
}

/* Nobody else's row is shown, so nobody else is looked up for being listed. */
static void the_place_of_one_goes_by_when_others_reached_the_score(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell_and_take_back(t);
    assert_int_equal(RANK(t, .ties = SL_TIE_REACHED, .one = "cat").rows[0].rank_milli, 3000);
    (void)cancel(t, "A2", "2025-12-01", 200);

    struct sl_rank_answer bob = RANK(t, .ties = SL_TIE_REACHED, .one = "bob");
    sl_boards_drop(&t->ledger->boards);
    struct sl_rank_answer built = RANK(t, .ties = SL_TIE_REACHED, .one = "bob");

    assert_order(&bob, "bob");
    assert_order(&built, "bob");
    assert_int_equal(bob.rows[0].rank_milli, 2000);
    assert_int_equal(built.rows[0].rank_milli, 2000);
}

static void what_a_question_does_not_see_yet_does_not_count(void **state)
{
    (void)state;
    struct sl_test_log log;
    struct sl_test_ledger t;
    sl_test_log_init(&log);
    sl_test_ledger_init_stored(&t, &log);
    define_people(&t, three);
    (void)win(&t, "A1", "ann", "2025-06-07", 200);
    uint64_t last = win(&t, "A2", "ann", "2025-06-20", 200);
    sl_test_ledger_settle(&t);
    assert_int_equal(RANK(&t, .ties = SL_TIE_REACHED, .one = "cat").row_count, 1);
    (void)cancel(&t, "A2", "2025-12-01", 200);
    sl_test_ledger_settle(&t);

    struct sl_rank_query query =
        sl_test_rank_query(&(struct sl_test_rank){.ties = SL_TIE_REACHED, .one = "ann"});
    query.least = (sl_seq){last};
    struct sl_rank_answer answer;
    assert_err(SL_OK, sl_ledger_rank(t.ledger, &query, &t.answers, &answer, &t.diag));

    assert_int_equal(answer.reflects.v, last);
    assert_int_equal(answer.rows[0].value.numerator, 400);
    assert_reached(&answer.rows[0], "2025-06-20", last);
    sl_test_ledger_deinit(&t);
    sl_test_log_deinit(&log);
}

/* In its table a close shows the longer cycle as soon as it is settled, whatever the question wants to see. */
static void a_question_by_cycles_sees_all_that_is_settled(void **state)
{
    (void)state;
    struct sl_test_log log;
    struct sl_test_ledger t;
    sl_test_log_init(&log);
    sl_test_ledger_init_stored(&t, &log);
    define_people(&t, three);
    uint64_t won = win(&t, "A1", "ann", "2025-06-07", 200);
    sl_test_ledger_settle(&t);
    assert_int_equal(RANK(&t, .measure = "cycle.days", .ties = SL_TIE_REACHED).count, 3);
    uint64_t seq =
        ADD_CONTACT(&t, .customer = "acme", .deal = "A1", .person = "ann", .date = "2025-06-01");
    sl_test_ledger_settle(&t);

    struct sl_rank_query query =
        sl_test_rank_query(&(struct sl_test_rank){.measure = "cycle.days", .ties = SL_TIE_REACHED});
    query.least = (sl_seq){won};
    struct sl_rank_answer answer;
    assert_err(SL_OK, sl_ledger_rank(t.ledger, &query, &t.answers, &answer, &t.diag));

    assert_int_equal(answer.reflects.v, seq);
    assert_int_equal(answer.rows[0].value.numerator, 6);
    assert_reached(&answer.rows[0], "2025-06-07", won);
    sl_test_ledger_deinit(&t);
    sl_test_log_deinit(&log);
}

/* ── other measures ── */

static void lose(struct sl_test_ledger *t, const char *person, const char *date)
{
    char deal[32];
    (void)snprintf(deal, sizeof deal, "L%llu", (unsigned long long)sl_store_head(t->log->store).v);
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_LOST, .person = person, .date = date,
                    .reason = "price");
}

/* One of two, then one of three, then two of four; the other has one of two from March on. */
static void a_ratio_is_reached_when_it_was_never_lower_again(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)sell(t, "ann", "2025-01-01", 10);
    lose(t, "ann", "2025-01-02");
    lose(t, "ann", "2025-01-03");
    (void)sell(t, "bob", "2025-03-01", 10);
    lose(t, "bob", "2025-03-02");
    uint64_t late = sell(t, "ann", "2025-04-01", 10);

    struct sl_rank_answer answer = RANK(t, .measure = "win.rate", .ties = SL_TIE_REACHED);

    assert_order(&answer, "bob ann cat");
    assert_int_equal(answer.rows[0].reached_day.v, DAY("2025-03-01").v);
    assert_reached(&answer.rows[1], "2025-04-01", late);
}

/* Who has lost two had lost fewer before, which is better: it was never worse than now. */
static void where_lower_is_better_more_of_it_takes_nothing_away(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    lose(t, "bob", "2025-01-02");
    lose(t, "ann", "2025-01-01");
    assert_int_equal(RANK(t, .measure = "lost.count", .ties = SL_TIE_REACHED).count, 3);
    lose(t, "ann", "2025-03-01");
    lose(t, "bob", "2025-02-01");

    struct sl_rank_answer answer = RANK(t, .measure = "lost.count", .ties = SL_TIE_REACHED);

    assert_order(&answer, "cat ann bob");
    assert_int_equal(answer.rows[1].reached_day.v, DAY("2025-01-01").v);
    assert_int_equal(answer.rows[2].reached_day.v, DAY("2025-01-02").v);
}

/* Two lines of it are one deal, and it ends with the second. */
static void in_a_product_line_an_event_counts_once(void **state)
{
    struct sl_test_ledger *t = *state;
    const struct sl_build_line lines[] = {{.product = "anvil", .amount = 10},
                                          {.product = "bolt", .amount = 20}};
    define_people(t, three);
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "bolt", .line = "iron");
    uint64_t seq = ADD_CLOSE(t, .deal = "A1", .kind = SL_CLOSE_WON, .person = "ann",
                             .date = "2025-02-01", .lines = {lines[0], lines[1]}, .line_count = 2);
    (void)ADD_CLOSE(t, .deal = "A2", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-03-01",
                    .lines = {lines[0], lines[1]}, .line_count = 2);
    for (size_t i = 0; i < COUNT(lines); i++) {
        (void)ADD_CLOSE(t, .deal = "A2", .kind = SL_CLOSE_CANCELLED, .date = "2025-04-01",
                        .lines = {lines[i]}, .line_count = 1);
    }

    struct sl_rank_answer answer =
        RANK(t, .measure = "booked.count", .scope = {.line = "iron"}, .ties = SL_TIE_REACHED);

    assert_int_equal(answer.rows[0].value.numerator, SL_PPM);
    assert_reached(&answer.rows[0], "2025-02-01", seq);
}

static void without_a_target_an_attainment_is_there_from_the_first_event(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 300);
    (void)sell(t, "ann", "2025-02-01", 10);
    uint64_t last = sell(t, "ann", "2025-03-01", 10);
    uint64_t first = sell(t, "bob", "2025-02-02", 10);
    (void)sell(t, "bob", "2025-03-02", 10);

    struct sl_rank_answer answer = RANK(t, .by = SL_RANK_BY_ATTAINMENT, .ties = SL_TIE_REACHED);

    assert_order(&answer, "ann bob cat");
    assert_reached(&answer.rows[0], "2025-03-01", last);
    assert_reached(&answer.rows[1], "2025-02-02", first);
    assert_int_equal(answer.rows[2].rank_milli, 2000);
}

/* ── units, products, lines, regions ── */

static void the_first_unit_to_reach_the_score_is_ahead(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "a");
    (void)ADD_PERSON(t, "bob", .unit = "b");
    (void)ADD_PERSON(t, "cat", .unit = "c");
    uint64_t late = sell(t, "ann", "2025-03-01", 10);
    (void)sell(t, "bob", "2025-01-05", 4);
    uint64_t early = sell(t, "bob", "2025-02-01", 6);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "bob", .date = "2025-04-01");

    struct sl_rank_answer answer = RANK(t, .dimension = SL_BY_UNIT, .ties = SL_TIE_REACHED);

    assert_order(&answer, "b a c");
    assert_int_equal(answer.rows[1].rank_milli, 2000);
    assert_reached(&answer.rows[0], "2025-02-01", early);
    assert_reached(&answer.rows[1], "2025-03-01", late);
    assert_int_equal(answer.rows[2].reached_seq, 0);
}

/* Who moves on leaves what he did to the unit he was in. */
static void a_unit_reaches_by_whoever_was_in_it_on_the_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "a");
    (void)ADD_PERSON(t, "ann", .unit = "b", .from = "2025-03-01");
    uint64_t before = sell(t, "ann", "2025-02-28", 10);
    uint64_t after = sell(t, "ann", "2025-03-01", 10);

    struct sl_rank_answer answer = RANK(t, .dimension = SL_BY_UNIT, .ties = SL_TIE_REACHED);

    assert_order(&answer, "a b");
    assert_reached(&answer.rows[0], "2025-02-28", before);
    assert_reached(&answer.rows[1], "2025-03-01", after);
}

static void products_lines_and_regions_reach_their_scores_too(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "near", .region = "east");
    (void)ADD_CUSTOMER(t, "far", .region = "west");
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "cable", .line = "copper");
    uint64_t late = ADD_CLOSE(t, .deal = "D1", .customer = "near", .kind = SL_CLOSE_WON,
                              .product = "anvil", .date = "2025-06-02", .amount = 5);
    uint64_t early = ADD_CLOSE(t, .deal = "D2", .customer = "far", .kind = SL_CLOSE_WON,
                               .product = "cable", .date = "2025-02-01", .amount = 5);
    const enum sl_dimension dimensions[] = {SL_BY_PRODUCT, SL_BY_PRODUCT_LINE, SL_BY_REGION};
    const char *const orders[] = {"cable anvil", "copper iron", "west east"};
    for (size_t i = 0; i < COUNT(dimensions); i++) {
        struct sl_rank_answer answer = RANK(t, .dimension = dimensions[i], .ties = SL_TIE_REACHED);
        assert_order(&answer, orders[i]);
        assert_reached(&answer.rows[0], "2025-02-01", early);
        assert_reached(&answer.rows[1], "2025-06-02", late);
    }
}

/* Days after the period, and months without any fact between, do not matter. */
static void a_unit_reaches_inside_the_period_only(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "a");
    (void)ADD_PERSON(t, "bob", .unit = "b");
    uint64_t first = sell(t, "bob", "2025-01-15", 10);
    uint64_t inside = sell(t, "ann", "2025-06-15", 10);
    (void)sell(t, "bob", "2025-06-16", 10);

    struct sl_rank_answer answer = RANK(t, .dimension = SL_BY_UNIT, .ties = SL_TIE_REACHED,
                                        .period = "2025-01-02..2025-06-16");

    assert_order(&answer, "b a");
    assert_reached(&answer.rows[0], "2025-01-15", first);
    assert_reached(&answer.rows[1], "2025-06-15", inside);
}

/* The same for all else that is ranked; months lie between, and the unit's people have facts of one event each. */
static void all_that_is_ranked_keeps_a_score_through_what_is_taken_back(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "a");
    (void)ADD_PERSON(t, "abe", .unit = "a");
    (void)ADD_PERSON(t, "bob", .unit = "b");
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "cable", .line = "copper");
    (void)ADD_CUSTOMER(t, "near", .region = "east");
    (void)ADD_CUSTOMER(t, "far", .region = "west");
    const struct sl_build_credit both[] = {{"ann", 500000, SL_CREDIT_DIRECT, NULL},
                                           {"abe", 500000, SL_CREDIT_DIRECT, NULL}};
    uint64_t early = ADD_CLOSE(t, .deal = "A1", .customer = "near", .kind = SL_CLOSE_WON,
                               .date = "2025-06-07", .product = "anvil", .amount = 200,
                               .credits = {both[0], both[1]}, .credit_count = 2);
    (void)ADD_CLOSE(t, .deal = "A2", .customer = "near", .kind = SL_CLOSE_WON, .person = "ann",
                    .date = "2025-06-20", .product = "anvil", .amount = 150);
    (void)ADD_CLOSE(t, .deal = "A3", .customer = "near", .kind = SL_CLOSE_WON, .person = "abe",
                    .date = "2025-06-20", .product = "anvil", .amount = 50);
    uint64_t late =
        ADD_CLOSE(t, .deal = "B1", .customer = "far", .kind = SL_CLOSE_WON, .person = "bob",
                  .date = "2025-09-01", .product = "cable", .amount = 200);
    (void)ADD_CLOSE(t, .deal = "A2", .kind = SL_CLOSE_CANCELLED, .date = "2025-06-25",
                    .product = "anvil", .amount = 150);
    (void)ADD_CLOSE(t, .deal = "A3", .kind = SL_CLOSE_CANCELLED, .date = "2025-12-01",
                    .product = "anvil", .amount = 50);
    const enum sl_dimension dimensions[] = {SL_BY_UNIT, SL_BY_PRODUCT, SL_BY_PRODUCT_LINE,
                                            SL_BY_REGION};
    const char *const orders[] = {"a b", "anvil cable", "iron copper", "east west"};
    for (size_t i = 0; i < COUNT(dimensions); i++) {
        struct sl_rank_answer answer = RANK(t, .dimension = dimensions[i], .ties = SL_TIE_REACHED);
        assert_order(&answer, orders[i]);
        assert_reached(&answer.rows[0], "2025-06-07", early);
        assert_reached(&answer.rows[1], "2025-09-01", late);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(the_first_to_reach_the_score_wins_the_tie),
        LEDGER_TEST(on_the_same_day_the_earlier_event_wins_the_tie),
        LEDGER_TEST(a_score_that_only_grew_is_reached_by_the_last_fact_that_moved_it),
        LEDGER_TEST(what_a_cancellation_leaves_was_reached_before_it),
        LEDGER_TEST(a_void_gives_back_the_fact_before_it),
        LEDGER_TEST(who_never_moved_never_reached),
        LEDGER_TEST(what_was_had_beyond_a_score_and_lost_again_does_not_delay_it),
        LEDGER_TEST(a_board_follows_what_is_taken_back),
        LEDGER_TEST(who_falls_below_the_score_reaches_it_anew),
        LEDGER_TEST(who_lost_all_again_reached_nothing_with_the_first_event),
        LEDGER_TEST(who_was_below_nothing_reached_it_when_he_was_no_longer),
        LEDGER_TEST(the_facts_of_one_event_count_together),
        LEDGER_TEST(an_event_dated_before_others_is_counted_in_its_place),
        cmocka_unit_test(facts_are_found_wherever_they_are),
        LEDGER_TEST(the_place_of_one_goes_by_when_others_reached_the_score),
        cmocka_unit_test(what_a_question_does_not_see_yet_does_not_count),
        cmocka_unit_test(a_question_by_cycles_sees_all_that_is_settled),
        LEDGER_TEST(in_a_product_line_an_event_counts_once),
        LEDGER_TEST(without_a_target_an_attainment_is_there_from_the_first_event),
        LEDGER_TEST(a_ratio_is_reached_when_it_was_never_lower_again),
        LEDGER_TEST(where_lower_is_better_more_of_it_takes_nothing_away),
        LEDGER_TEST(the_first_unit_to_reach_the_score_is_ahead),
        LEDGER_TEST(a_unit_reaches_by_whoever_was_in_it_on_the_day),
        LEDGER_TEST(products_lines_and_regions_reach_their_scores_too),
        LEDGER_TEST(a_unit_reaches_inside_the_period_only),
        LEDGER_TEST(all_that_is_ranked_keeps_a_score_through_what_is_taken_back),
    };
    return RUN_LEDGER_TESTS(tests);
}
