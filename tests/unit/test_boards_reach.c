/* Ties by reaching: the earlier (day, seq) is ahead, of people and of all else that is ranked. */
#include "boards_setup.h"

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

static void the_score_is_reached_by_the_last_fact_that_moved_it(void **state)
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

static void a_cancellation_reaches_the_lower_score_on_its_own_day(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_CLOSE(t, .deal = "C", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-02-01",
                    .amount = 30);
    (void)sell(t, "bob", "2025-02-10", 10);
    assert_int_equal(RANK(t, .ties = SL_TIE_REACHED).count, 3);

    uint64_t seq =
        ADD_CLOSE(t, .deal = "C", .kind = SL_CLOSE_CANCELLED, .date = "2025-03-01", .amount = 20);

    struct sl_rank_answer answer = RANK(t, .ties = SL_TIE_REACHED);
    assert_order(&answer, "bob ann cat");
    assert_int_equal(answer.rows[1].reached_day.v, DAY("2025-03-01").v);
    assert_int_equal(answer.rows[1].reached_seq, seq);
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
    assert_int_equal(answer.rows[0].reached_day.v, DAY("2025-02-01").v);
    assert_int_equal(answer.rows[0].reached_seq, first);
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

/* ── units, products, lines, regions ── */

static void assert_reached(const struct sl_rank_row *row, const char *date, uint64_t seq)
{
    assert_int_equal(row->reached_day.v, DAY(date).v);
    assert_int_equal(row->reached_seq, seq);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(the_first_to_reach_the_score_wins_the_tie),
        LEDGER_TEST(on_the_same_day_the_earlier_event_wins_the_tie),
        LEDGER_TEST(the_score_is_reached_by_the_last_fact_that_moved_it),
        LEDGER_TEST(a_cancellation_reaches_the_lower_score_on_its_own_day),
        LEDGER_TEST(a_void_gives_back_the_fact_before_it),
        LEDGER_TEST(who_never_moved_never_reached),
        LEDGER_TEST(the_first_unit_to_reach_the_score_is_ahead),
        LEDGER_TEST(a_unit_reaches_by_whoever_was_in_it_on_the_day),
        LEDGER_TEST(products_lines_and_regions_reach_their_scores_too),
        LEDGER_TEST(a_unit_reaches_inside_the_period_only),
    };
    return RUN_LEDGER_TESTS(tests);
}
