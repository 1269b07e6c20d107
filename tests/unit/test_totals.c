/* Totals: which facts belong to a scope and a period, as it was and as it is now. That all ways to a sum agree is shown on random
 * histories by test_totals_random.c. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "projections/totals.h"

static int64_t booked(struct sl_test_ledger *t, const char *period, struct sl_test_scope scope)
{
    return sl_test_sum(t, "booked.amount", period, scope);
}

/* A WON deal of its own. */
static void sell(struct sl_test_ledger *t, const char *person, const char *date, int64_t amount)
{
    char deal[32];
    (void)snprintf(deal, sizeof deal, "D%llu", (unsigned long long)sl_store_head(t->log->store).v);
    (void)ADD_CLOSE(t, .deal = deal, .kind = SL_CLOSE_WON, .person = person, .date = date,
                    .amount = amount);
}

static int64_t booked_as_it_is_now(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    struct sl_measures_answer answer = {0};
    struct sl_measures_query query = {.measures = {SLICE("booked.amount")},
                                      .measure_count = 1,
                                      .period = SLICE("2025"),
                                      .scope = sl_test_scope_ref(scope),
                                      .as_is_now = true};
    assert_ok(sl_ledger_measures(t->ledger, &query, &t->answers, &answer, &t->diag));
    return answer.rows[0].values[0].numerator;
}

/* ── periods ── */

static void periods_are_half_open(void **state)
{
    struct sl_test_ledger *t = *state;
    sell(t, "ann", "2025-01-31", 1);
    sell(t, "ann", "2025-02-01", 2);
    sell(t, "ann", "2025-02-28", 4);
    sell(t, "ann", "2025-03-01", 8);

    assert_int_equal(booked(t, "2025-02", WHOLE), 6);
    assert_int_equal(booked(t, "2025-02", OF_PERSON("ann")), 6);
    assert_int_equal(booked(t, "2025-02-01..2025-03-01", OF_PERSON("ann")), 6);
}

static void odd_periods_add_days_to_whole_months(void **state)
{
    struct sl_test_ledger *t = *state;
    sell(t, "ann", "2025-01-14", 1);
    sell(t, "ann", "2025-01-15", 2);
    sell(t, "ann", "2025-02-10", 4);
    sell(t, "ann", "2025-04-02", 8);
    sell(t, "ann", "2025-04-03", 16);

    assert_int_equal(booked(t, "2025-01-15..2025-04-03", OF_PERSON("ann")), 14);
    assert_int_equal(booked(t, "2025-01-15..2025-01-16", OF_PERSON("ann")), 2);
    assert_int_equal(booked(t, "2025-02-10", OF_PERSON("ann")), 4);
}

static void a_week_holds_the_days_of_two_months(void **state)
{
    struct sl_test_ledger *t = *state;
    sell(t, "ann", "2025-06-29", 1);
    sell(t, "ann", "2025-06-30", 2);
    sell(t, "ann", "2025-07-06", 4);
    sell(t, "ann", "2025-07-07", 8);

    assert_int_equal(booked(t, "2025-W27", OF_PERSON("ann")), 6);
    assert_int_equal(booked(t, "2025-W27", WHOLE), 6);
}

static void all_days_are_one_period_too(void **state)
{
    struct sl_test_ledger *t = *state;
    sell(t, "ann", "1900-01-01", 1);
    sell(t, "ann", "2999-12-31", 2);

    assert_int_equal(booked(t, "all", OF_PERSON("ann")), 3);
    assert_int_equal(booked(t, "all", WHOLE), 3);
}

/* ── people and units ── */

static void moving_a_person_does_not_move_old_facts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "ann", .unit = "south", .from = "2025-02-15");
    sell(t, "ann", "2025-02-14", 1);
    sell(t, "ann", "2025-02-15", 2);

    assert_int_equal(booked(t, "2025-02", OF_UNIT("north")), 1);
    assert_int_equal(booked(t, "2025-02", OF_UNIT("south")), 2);
    assert_int_equal(booked(t, "2025-02", OF_PERSON("ann")), 3);
}

static void as_it_is_now_moves_them_all(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "south", .parent = "all");
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "ann", .unit = "south", .from = "2025-02-15");
    sell(t, "ann", "2025-02-14", 1);
    sell(t, "ann", "2025-02-15", 2);

    assert_int_equal(booked_as_it_is_now(t, OF_UNIT("north")), 0);
    assert_int_equal(booked_as_it_is_now(t, OF_UNIT("south")), 3);
    assert_int_equal(booked_as_it_is_now(t, OF_UNIT("all")), 3);
}

static void a_unit_that_moves_inside_a_month_takes_its_people_along(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");
    (void)ADD_UNIT(t, "south");
    (void)ADD_UNIT(t, "n1", .parent = "north");
    (void)ADD_PERSON(t, "ann", .unit = "n1");
    sell(t, "ann", "2025-02-09", 1);
    sell(t, "ann", "2025-02-10", 2);

    (void)ADD_UNIT(t, "n1", .parent = "south", .from = "2025-02-10");

    assert_int_equal(booked(t, "2025-02", OF_UNIT("north")), 1);
    assert_int_equal(booked(t, "2025-02", OF_UNIT("south")), 2);
    assert_int_equal(booked(t, "2025-02", OF_UNIT("n1")), 3);
}

static void a_person_without_a_unit_is_in_none(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "all");
    (void)ADD_PERSON(t, "ann", .name = "Ann");
    sell(t, "ann", "2025-02-09", 1);

    assert_int_equal(booked(t, "2025", OF_UNIT("all")), 0);
    assert_int_equal(booked(t, "2025", WHOLE), 1);
}

static void by_unit_each_unit_holds_all_below_it(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "all");
    (void)ADD_UNIT(t, "north", .parent = "all");
    (void)ADD_UNIT(t, "south", .parent = "all");
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "south");
    (void)ADD_PERSON(t, "meg", .unit = "all");
    sell(t, "ann", "2025-02-09", 1);
    sell(t, "bob", "2025-02-09", 2);
    sell(t, "meg", "2025-02-09", 4);

    struct sl_measures_answer rows = sl_test_rows(t, "booked.amount", "2025", WHOLE, SL_BY_UNIT);

    assert_int_equal(rows.row_count, 3);
    assert_int_equal(sl_test_sum_of_key(&rows, "all"), 7);
    assert_int_equal(sl_test_sum_of_key(&rows, "north"), 1);
    assert_int_equal(sl_test_sum_of_key(&rows, "south"), 2);
}

static void people_of_a_unit_have_what_they_sold_while_inside(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north", .from = "2025-01-01", .to = "2025-02-15");
    (void)ADD_PERSON(t, "bob", .unit = "north");
    sell(t, "ann", "2025-02-14", 1);
    sell(t, "ann", "2025-02-15", 2);
    sell(t, "bob", "2025-02-15", 4);

    struct sl_measures_answer rows =
        sl_test_rows(t, "booked.amount", "2025", OF_UNIT("north"), SL_BY_PERSON);

    assert_int_equal(sl_test_sum_of_key(&rows, "ann"), 1);
    assert_int_equal(sl_test_sum_of_key(&rows, "bob"), 4);
}

/* ── products, customers, regions ── */

static void a_product_is_in_the_line_of_the_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "anvil", .line = "steel", .from = "2025-02-10");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .product = "anvil", .amount = 1,
                    .date = "2025-02-09");
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .product = "anvil", .amount = 2,
                    .date = "2025-02-10");

    assert_int_equal(booked(t, "2025-02", OF_LINE("iron")), 1);
    assert_int_equal(booked(t, "2025-02", OF_LINE("steel")), 2);
    assert_int_equal(sl_test_sum(t, "booked.count", "2025-02", OF_LINE("steel")), SL_PPM);
}

static void a_region_is_that_of_the_customer_on_the_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .region = "east");
    (void)ADD_CUSTOMER(t, "acme", .region = "west", .from = "2025-02-10");
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 1,
                    .date = "2025-02-09");
    (void)ADD_CLOSE(t, .deal = "D2", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 2,
                    .date = "2025-02-10");

    assert_int_equal(booked(t, "2025", OF_REGION("east")), 1);
    assert_int_equal(booked(t, "2025", OF_REGION("west")), 2);
    assert_int_equal(booked(t, "2025", OF_CUSTOMER("acme")), 3);
}

static void a_combined_scope_wants_everything_it_names(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "south");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .product = "anvil",
                    .amount = 1);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .product = "bolt",
                    .amount = 2);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .person = "bob", .product = "anvil",
                    .amount = 4);

    struct sl_test_scope scope = {.unit = "north", .product = "anvil"};
    assert_int_equal(booked(t, "2025", scope), 1);
}

/* ── rows ── */

static void every_known_key_has_a_row_in_order_of_its_bytes(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "zoe", .name = "Zoe");
    (void)ADD_PERSON(t, "Ann", .name = "Ann");
    sell(t, "bob", "2025-02-09", 1);

    struct sl_measures_answer rows = sl_test_rows(t, "booked.amount", "2025", WHOLE, SL_BY_PERSON);

    assert_int_equal(rows.row_count, 3);
    assert_text(rows.rows[0].key, "Ann");
    assert_text(rows.rows[1].key, "bob");
    assert_text(rows.rows[2].key, "zoe");
    assert_text(rows.rows[2].name, "Zoe");
    assert_int_equal(rows.rows[2].values[0].numerator, 0);
}

static void several_measures_are_answered_at_once(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_measures_answer answer;
    sell(t, "ann", "2025-02-09", 50);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann", .kind = 2);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann", .kind = 1);
    struct sl_measures_query query = {
        .measures = {SLICE("contact.count:VISIT"), SLICE("booked.amount"), SLICE("contact.count")},
        .measure_count = 3,
        .period = SLICE("2025")};

    assert_ok(sl_ledger_measures(t->ledger, &query, &t->answers, &answer, &t->diag));

    assert_int_equal(answer.value_count, 3);
    assert_int_equal(answer.rows[0].values[0].numerator, SL_PPM);
    assert_int_equal(answer.rows[0].values[1].numerator, 50);
    assert_int_equal(answer.rows[0].values[2].numerator, 2 * SL_PPM);
    assert_int_equal(answer.rows[0].values[1].unit, SL_UNIT_MINOR);
    assert_int_equal(answer.rows[0].values[2].unit, SL_UNIT_PPM);
}

/* ── refusals ── */

static enum sl_err ask(struct sl_test_ledger *t, const struct sl_measures_query *query)
{
    struct sl_measures_answer answer;
    t->diag = (struct sl_diag){0};
    return sl_ledger_measures(t->ledger, query, &t->answers, &answer, &t->diag);
}

static struct sl_measures_query plain_query(void)
{
    return (struct sl_measures_query){
        .measures = {SLICE("booked.amount")}, .measure_count = 1, .period = SLICE("2025")};
}

static void an_unknown_member_of_a_scope_is_named(void **state)
{
    struct sl_test_ledger *t = *state;
    static const struct {
        struct sl_test_scope scope;
        const char *field;
    } cases[] = {{{.person = "x"}, "scope.person"},     {{.unit = "x"}, "scope.unit"},
                 {{.line = "x"}, "scope.product_line"}, {{.product = "x"}, "scope.product"},
                 {{.customer = "x"}, "scope.customer"}, {{.region = "x"}, "scope.region"}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sl_measures_query query = plain_query();
        query.scope = sl_test_scope_ref(cases[i].scope);
        assert_err(SL_E_NOT_FOUND, ask(t, &query));
        assert_string_equal(t->diag.field, cases[i].field);
        assert_non_null(strstr(t->diag.message, "is x"));
    }
}

/* Ten trillion minor units times a million are beyond 64 bits; 92 thousand million rupiah are as much. */
static void rates_of_a_great_company_are_shown_in_whole_units(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
                    .amount = SL_AMOUNT_MINOR_MAX - 2, .cost = SL_AMOUNT_MINOR_MAX / 3);

    struct sl_value rate = sl_test_value(t, "margin.rate", "2025", OF_PERSON("ann"));
    struct sl_value size = sl_test_value(t, "deal.size", "2025", OF_PERSON("ann"));

    assert_int_equal(rate.numerator, 666667); /* 666666.666... ppm */
    assert_int_equal(rate.denominator, 1);
    assert_int_equal(size.numerator, SL_AMOUNT_MINOR_MAX - 2);
    assert_int_equal(size.denominator, 1);
}

static void a_question_without_a_measure_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_measures_query query = plain_query();
    query.measure_count = 0;

    assert_err(SL_E_MISSING_FIELD, ask(t, &query));
    assert_string_equal(t->diag.field, "measures.measures");
}

static void unknown_and_later_measures_are_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_measures_query query = plain_query();

    query.measures[0] = SLICE("booked.fun");
    assert_err(SL_E_BAD_MEASURE, ask(t, &query));
    query.measures[0] = SLICE("roi");
    assert_err(SL_E_UNSUPPORTED, ask(t, &query));

    assert_string_equal(t->diag.field, "measures.measures");
}

static void a_missing_and_a_wrong_period_are_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_measures_query query = plain_query();

    query.period = SLICE("2025-13");
    assert_err(SL_E_BAD_PERIOD, ask(t, &query));
    query.period = (struct sl_slice){NULL, 0};
    assert_err(SL_E_MISSING_FIELD, ask(t, &query));

    assert_string_equal(t->diag.field, "measures.period");
}

static void questions_about_an_earlier_position_are_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_measures_query query = plain_query();
    query.at.is_set = true;

    assert_err(SL_E_UNSUPPORTED, ask(t, &query));
    assert_string_equal(t->diag.field, "measures.at");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(periods_are_half_open),
        LEDGER_TEST(odd_periods_add_days_to_whole_months),
        LEDGER_TEST(a_week_holds_the_days_of_two_months),
        LEDGER_TEST(all_days_are_one_period_too),
        LEDGER_TEST(moving_a_person_does_not_move_old_facts),
        LEDGER_TEST(as_it_is_now_moves_them_all),
        LEDGER_TEST(a_unit_that_moves_inside_a_month_takes_its_people_along),
        LEDGER_TEST(a_person_without_a_unit_is_in_none),
        LEDGER_TEST(by_unit_each_unit_holds_all_below_it),
        LEDGER_TEST(people_of_a_unit_have_what_they_sold_while_inside),
        LEDGER_TEST(a_product_is_in_the_line_of_the_day),
        LEDGER_TEST(a_region_is_that_of_the_customer_on_the_day),
        LEDGER_TEST(a_combined_scope_wants_everything_it_names),
        LEDGER_TEST(every_known_key_has_a_row_in_order_of_its_bytes),
        LEDGER_TEST(several_measures_are_answered_at_once),
        LEDGER_TEST(an_unknown_member_of_a_scope_is_named),
        LEDGER_TEST(rates_of_a_great_company_are_shown_in_whole_units),
        LEDGER_TEST(a_question_without_a_measure_is_refused),
        LEDGER_TEST(unknown_and_later_measures_are_refused),
        LEDGER_TEST(a_missing_and_a_wrong_period_are_refused),
        LEDGER_TEST(questions_about_an_earlier_position_are_refused),
    };
    return RUN_LEDGER_TESTS(tests);
}
