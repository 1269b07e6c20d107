/* Rankings by attainment: whose target counts, who comes first and who last. */
#include "lib/test.h"

#include "boards_setup.h"

static void attainment_ranks_with_missing_targets_last(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", "cat", "dan", NULL});
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 300);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .amount = 100);
    (void)ADD_TARGET(t, .person = "dan", .period = "2025", .amount = 0);
    (void)sell(t, "ann", "2025-02-01", 200);
    (void)sell(t, "bob", "2025-02-01", 90);
    (void)sell(t, "cat", "2025-02-01", 9000);
    (void)sell(t, "dan", "2025-02-01", 9000);

    struct sl_rank_answer answer = RANK(t, .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "bob ann cat dan");
    assert_int_equal(answer.rows[0].value.numerator, 900000 * answer.rows[0].value.denominator);
    assert_int_equal(answer.rows[1].value.numerator * 3,
                     2000000 * answer.rows[1].value.denominator);
    assert_int_equal(answer.rows[2].value.denominator, 0);
    assert_int_equal(answer.rows[3].value.denominator, 0);
}

static void attainment_follows_a_changed_target(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, three);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 100);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .amount = 200);
    (void)sell(t, "ann", "2025-02-01", 50);
    (void)sell(t, "bob", "2025-02-01", 90);
    struct sl_rank_answer before = RANK(t, .by = SL_RANK_BY_ATTAINMENT);
    assert_order(&before, "ann bob cat");

    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1000);

    struct sl_rank_answer after = RANK(t, .by = SL_RANK_BY_ATTAINMENT);
    assert_order(&after, "bob ann cat");
}

/* A WON deal of one line, of product p in line l or of product other, which has none. */
static void
sell_product(struct sl_test_ledger *t, const char *person, const char *product, int64_t amount)
{
    char deal[32];
    (void)snprintf(deal, sizeof deal, "P%llu", (unsigned long long)sl_store_head(t->log->store).v);
    (void)ADD_CLOSE(t, .deal = deal, .customer = "acme", .kind = SL_CLOSE_WON, .person = person,
                    .date = "2025-02-01", .product = product, .amount = amount);
}

static void assert_attainment(const struct sl_rank_row *row, int64_t ppm)
{
    assert_int_not_equal(row->value.denominator, 0);
    assert_int_equal(row->value.numerator, ppm * row->value.denominator);
}

/* Ann has sold 100 in line l and 400 elsewhere, bob 300 in line l; in all, each is to sell 1000. */
static void sell_in_and_outside_a_line(struct sl_test_ledger *t)
{
    define_people(t, (const char *const[]){"ann", "bob", NULL});
    (void)ADD_PRODUCT(t, "p", .line = "l");
    (void)ADD_CUSTOMER(t, "acme", .region = "east");
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1000);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .amount = 1000);
    sell_product(t, "ann", "p", 100);
    sell_product(t, "ann", "other", 400);
    sell_product(t, "bob", "p", 300);
}

static void in_a_product_line_the_target_of_person_and_line_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    sell_in_and_outside_a_line(t);
    (void)ADD_TARGET(t, .person = "ann", .product_line = "l", .period = "2025", .amount = 100);

    struct sl_rank_answer answer = RANK(t, .scope = OF_LINE("l"), .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "ann bob");
    assert_attainment(&answer.rows[0], 1000000);
    assert_int_equal(answer.rows[1].value.denominator, 0);
}

static void in_a_product_customer_or_region_its_own_targets_count(void **state)
{
    struct sl_test_ledger *t = *state;
    sell_in_and_outside_a_line(t);
    (void)ADD_TARGET(t, .person = "bob", .product = "p", .period = "2025", .amount = 600);
    (void)ADD_TARGET(t, .person = "bob", .customer = "acme", .period = "2025", .amount = 1200);
    (void)ADD_TARGET(t, .person = "bob", .region = "east", .period = "2025", .amount = 400);

    struct sl_rank_answer product = RANK(t, .scope = OF_PRODUCT("p"), .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer customer =
        RANK(t, .scope = OF_CUSTOMER("acme"), .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer region = RANK(t, .scope = OF_REGION("east"), .by = SL_RANK_BY_ATTAINMENT);

    assert_attainment(&product.rows[0], 500000);
    assert_attainment(&customer.rows[0], 250000);
    assert_attainment(&region.rows[0], 750000);
    assert_int_equal(product.rows[1].value.denominator, 0);
    assert_int_equal(customer.rows[1].value.denominator, 0);
    assert_int_equal(region.rows[1].value.denominator, 0);
}

/* A person's score in a unit is his own, and so is his target. */
static void in_a_unit_the_own_targets_count(void **state)
{
    struct sl_test_ledger *t = *state;
    sell_in_and_outside_a_line(t);
    (void)ADD_UNIT(t, "team");
    (void)ADD_TARGET(t, .person = "ann", .product_line = "l", .period = "2025", .amount = 100);
    struct sl_test_scope line_of_unit = {.unit = "team", .line = "l"};

    struct sl_rank_answer unit = RANK(t, .scope = OF_UNIT("team"), .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer line = RANK(t, .scope = line_of_unit, .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&unit, "ann bob");
    assert_attainment(&unit.rows[0], 500000);
    assert_attainment(&unit.rows[1], 300000);
    assert_attainment(&line.rows[0], 1000000);
    assert_int_equal(line.rows[1].value.denominator, 0);
}

/* Deals that the person loses. */
static void lose(struct sl_test_ledger *t, const char *person, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char deal[32];
        (void)snprintf(deal, sizeof deal, "L-%s-%u", person, i);
        (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_LOST, .person = person);
    }
}

/* At most that many lost deals. */
static void allow(struct sl_test_ledger *t, const char *person, int64_t deals)
{
    (void)ADD_TARGET(t, .person = person, .measure = "lost.count", .period = "2025",
                     .amount = deals * SL_PPM);
}

static void where_lower_is_better_an_actual_of_0_comes_first(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", "cat", "dan", "eve", NULL});
    allow(t, "ann", 4);
    allow(t, "bob", 4);
    allow(t, "dan", 1);
    allow(t, "eve", 0);
    lose(t, "ann", 8);
    lose(t, "bob", 1);

    struct sl_rank_answer answer = RANK(t, .measure = "lost.count", .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "dan bob ann cat eve");
    assert_int_equal(answer.rows[0].value.denominator, 0);
    assert_attainment(&answer.rows[1], 4000000);
    assert_attainment(&answer.rows[2], 500000);
    assert_int_equal(answer.rows[3].value.denominator, 0);
}

static void all_with_an_actual_of_0_and_a_target_are_tied(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", "cat", "dan", NULL});
    allow(t, "ann", 2);
    allow(t, "bob", 9);
    allow(t, "cat", 9);
    lose(t, "cat", 1);

    struct sl_rank_answer answer = RANK(t, .measure = "lost.count", .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "ann bob cat dan");
    assert_int_equal(answer.rows[0].rank_milli, 1000);
    assert_int_equal(answer.rows[1].rank_milli, 1000);
    assert_int_equal(answer.rows[2].rank_milli, 3000);
    assert_int_equal(answer.rows[3].rank_milli, 4000);
}

/* Ann wins 1 of 3 and should win half, bob 2 of 3 of three quarters, cat all of what has no target, dan has closed nothing. */
static void ratios_are_divided_by_their_targets(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", "cat", "dan", NULL});
    (void)ADD_TARGET(t, .person = "ann", .measure = "win.rate", .period = "2025", .amount = 500000);
    (void)ADD_TARGET(t, .person = "bob", .measure = "win.rate", .period = "2025", .amount = 750000);
    (void)ADD_TARGET(t, .person = "dan", .measure = "win.rate", .period = "2025", .amount = 1);
    lose(t, "ann", 2);
    lose(t, "bob", 1);
    (void)sell(t, "ann", "2025-02-01", 5);
    (void)sell(t, "bob", "2025-02-01", 5);
    (void)sell(t, "bob", "2025-02-02", 5);
    (void)sell(t, "cat", "2025-02-01", 5);

    struct sl_rank_answer answer = RANK(t, .measure = "win.rate", .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "bob ann cat dan");
    assert_int_equal(answer.rows[0].value.numerator * 9,
                     8000000 * answer.rows[0].value.denominator);
    assert_int_equal(answer.rows[1].value.numerator * 3,
                     2000000 * answer.rows[1].value.denominator);
    assert_int_equal(answer.rows[2].value.denominator, 0);
    assert_int_equal(answer.rows[3].rank_milli, 3000);
}

/* Attainments that differ by a part in 10^24: no 64 bits tell them apart. */
static void ratios_and_targets_are_compared_exactly(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", NULL});
    const int64_t large = 1000000000001;
    (void)ADD_TARGET(t, .person = "ann", .measure = "deal.size", .period = "2025", .amount = large);
    (void)ADD_TARGET(t, .person = "bob", .measure = "deal.size", .period = "2025",
                     .amount = large - 1);
    (void)sell(t, "ann", "2025-02-01", large - 1);
    (void)sell(t, "bob", "2025-02-01", large - 2);

    struct sl_rank_answer answer = RANK(t, .measure = "deal.size", .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "ann bob");
    assert_int_equal(answer.rows[1].rank_milli, 2000);
}

/* Both are shown as the greatest number there is, and are not tied. */
static void attainments_too_great_to_be_shown_keep_their_places(void **state)
{
    struct sl_test_ledger *t = *state;
    define_people(t, (const char *const[]){"ann", "bob", "cat", NULL});
    const int64_t large = 10000000000000;
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1);
    (void)ADD_TARGET(t, .person = "bob", .period = "2025", .amount = 1);
    (void)ADD_TARGET(t, .person = "cat", .period = "2025", .amount = 2 * large);
    (void)sell(t, "ann", "2025-02-01", large);
    (void)sell(t, "bob", "2025-02-01", large + 1);
    (void)sell(t, "cat", "2025-02-01", large);

    struct sl_rank_answer answer = RANK(t, .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&answer, "bob ann cat");
    assert_int_equal(answer.rows[1].rank_milli, 2000);
    assert_true(answer.rows[0].value.numerator == INT64_MAX);
    assert_true(answer.rows[1].value.numerator == INT64_MAX);
    assert_attainment(&answer.rows[2], 500000);
}

static void units_products_lines_and_regions_have_targets_of_their_own(void **state)
{
    struct sl_test_ledger *t = *state;
    sell_in_and_outside_a_line(t);
    (void)ADD_TARGET(t, .unit = "team", .period = "2025", .amount = 1600);
    (void)ADD_TARGET(t, .product = "p", .period = "2025", .amount = 800);
    (void)ADD_TARGET(t, .product_line = "l", .period = "2025", .amount = 500);
    (void)ADD_TARGET(t, .region = "east", .period = "2025", .amount = 1000);

    struct sl_rank_answer unit = RANK(t, .dimension = SL_BY_UNIT, .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer product =
        RANK(t, .dimension = SL_BY_PRODUCT, .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer line =
        RANK(t, .dimension = SL_BY_PRODUCT_LINE, .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer region = RANK(t, .dimension = SL_BY_REGION, .by = SL_RANK_BY_ATTAINMENT);

    assert_attainment(&unit.rows[0], 500000);
    assert_order(&product, "p other");
    assert_attainment(&product.rows[0], 500000);
    assert_int_equal(product.rows[1].value.denominator, 0);
    assert_attainment(&line.rows[0], 800000);
    assert_attainment(&region.rows[0], 800000);
}

/* Inside a scope the target is that of both; the line in which products are listed is not part of it. */
static void in_a_scope_the_target_of_scope_and_member_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    sell_in_and_outside_a_line(t);
    (void)ADD_UNIT(t, "team");
    (void)ADD_TARGET(t, .unit = "team", .period = "2025", .amount = 1);
    (void)ADD_TARGET(t, .unit = "team", .product_line = "l", .period = "2025", .amount = 800);
    (void)ADD_TARGET(t, .product = "p", .period = "2025", .amount = 1600);

    struct sl_rank_answer unit =
        RANK(t, .dimension = SL_BY_UNIT, .scope = OF_LINE("l"), .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer product =
        RANK(t, .dimension = SL_BY_PRODUCT, .scope = OF_LINE("l"), .by = SL_RANK_BY_ATTAINMENT);

    assert_attainment(&unit.rows[0], 500000);
    assert_attainment(&product.rows[0], 250000);
}

/* Half of what was sold came before the team and the product were where they are ranked; their targets are whole. */
static void what_moved_there_is_held_against_its_whole_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "team", .parent = "north");
    (void)ADD_UNIT(t, "team", .parent = "south", .from = "2025-03-01");
    (void)ADD_PRODUCT(t, "p", .line = "copper");
    (void)ADD_PRODUCT(t, "p", .line = "iron", .from = "2025-03-01");
    (void)ADD_PERSON(t, "ann", .unit = "team");
    (void)ADD_TARGET(t, .unit = "team", .period = "2025", .amount = 800);
    (void)ADD_TARGET(t, .product = "p", .period = "2025", .amount = 1600);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-02-01",
                    .product = "p", .amount = 400);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .date = "2025-04-01",
                    .product = "p", .amount = 400);

    struct sl_rank_answer unit =
        RANK(t, .dimension = SL_BY_UNIT, .scope = OF_UNIT("south"), .by = SL_RANK_BY_ATTAINMENT);
    struct sl_rank_answer product =
        RANK(t, .dimension = SL_BY_PRODUCT, .scope = OF_LINE("iron"), .by = SL_RANK_BY_ATTAINMENT);

    assert_order(&unit, "team south");
    assert_attainment(&unit.rows[0], 1000000);
    assert_order(&product, "p");
    assert_attainment(&product.rows[0], 500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(attainment_ranks_with_missing_targets_last),
        LEDGER_TEST(attainment_follows_a_changed_target),
        LEDGER_TEST(in_a_product_line_the_target_of_person_and_line_counts),
        LEDGER_TEST(in_a_product_customer_or_region_its_own_targets_count),
        LEDGER_TEST(in_a_unit_the_own_targets_count),
        LEDGER_TEST(where_lower_is_better_an_actual_of_0_comes_first),
        LEDGER_TEST(all_with_an_actual_of_0_and_a_target_are_tied),
        LEDGER_TEST(ratios_are_divided_by_their_targets),
        LEDGER_TEST(ratios_and_targets_are_compared_exactly),
        LEDGER_TEST(attainments_too_great_to_be_shown_keep_their_places),
        LEDGER_TEST(units_products_lines_and_regions_have_targets_of_their_own),
        LEDGER_TEST(in_a_scope_the_target_of_scope_and_member_counts),
        LEDGER_TEST(what_moved_there_is_held_against_its_whole_target),
    };
    return RUN_LEDGER_TESTS(tests);
}
