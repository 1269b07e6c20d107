/* Customer age: which bookings of a plan's filter are of new customers, and which of existing ones. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"

/* A plan of two lines, 10 % for new customers' bookings and 1 % for existing ones'. */
static void add_plan(struct sl_test_ledger *t, enum sl_plan_window window)
{
    (void)ADD_PLAN(t, .components = {{.id = "new",
                                      .window = window,
                                      .customer_age = SL_CUSTOMER_NEW,
                                      .rows = {{0, 100000}},
                                      .row_count = 1},
                                     {.id = "existing",
                                      .window = window,
                                      .customer_age = SL_CUSTOMER_EXISTING,
                                      .rows = {{0, 10000}},
                                      .row_count = 1}});
}

static void sell(struct sl_test_ledger *t, const char *deal, const char *customer, const char *date)
{
    (void)ADD_CLOSE(t, .deal = deal, .customer = customer, .kind = SL_CLOSE_WON, .person = "ann",
                    .amount = 1000, .date = date);
}

static int64_t earned(struct sl_test_ledger *t, const char *period)
{
    return sl_test_statement(t, "ann", period).total_minor;
}

static void the_first_deal_of_a_customer_is_new_and_later_ones_are_not(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    sell(t, "D1", "acme", "2025-01-05");
    sell(t, "D2", "acme", "2025-01-06");

    assert_int_equal(earned(t, "2025-01"), 110);
}

/* Each deal of the customer is looked into. */
static void a_deal_with_too_many_events_is_not_looked_into(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_statement_query query = {.person = SLICE("ann"), .period = SLICE("2025-01")};
    struct sl_statement_answer answer;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    (void)ADD_CONTACT(t, .deal = "D1", .customer = "acme");
    sell(t, "D1", "acme", "2025-01-05");

    t->ledger->history_events_max = 1;
    assert_err(SL_E_TOO_MANY,
               sl_ledger_statement(t->ledger, &query, &t->answers, &answer, &t->diag));
    t->ledger->history_events_max = 2;
    assert_ok(sl_ledger_statement(t->ledger, &query, &t->answers, &answer, &t->diag));
}

static void first_is_by_day_not_by_arrival(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    sell(t, "D2", "acme", "2025-02-06");
    assert_int_equal(earned(t, "2025-02"), 100);

    sell(t, "D1", "acme", "2025-01-05");

    assert_int_equal(earned(t, "2025-02"), 10);
    assert_int_equal(earned(t, "2025-01"), 100);
}

/* Both deals were heard of long before they were won, in the other order. */
static void of_two_on_a_day_the_first_to_be_recorded_is_first(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "ann", .date = "2024-12-01");
    sell(t, "D2", "acme", "2025-01-05");
    sell(t, "D1", "acme", "2025-01-05");

    struct sl_statement_answer answer = sl_test_statement(t, "ann", "2025");

    assert_int_equal(answer.line_count, 2);
    assert_text(answer.lines[0].component, "new");
    assert_text(answer.lines[0].deals[0].deal, "D2");
}

/* The position stays in the history of the deal that it was in. */
static void a_booking_that_was_moved_to_another_deal_is_none_of_the_old_customers(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_MONTH);
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "A", .person = "ann", .date = "2025-01-01");
    uint64_t won = ADD_CLOSE(t, .deal = "A", .kind = SL_CLOSE_WON, .person = "ann", .amount = 1000,
                             .date = "2025-01-05");
    struct sl_slice moved = BUILD_CLOSE(&t->builder, .deal = "B", .kind = SL_CLOSE_WON,
                                        .person = "ann", .amount = 1000, .date = "2025-01-05");
    (void)sl_test_add_replace(t, won, moved);
    sell(t, "A", "acme", "2025-06-10");

    assert_int_equal(earned(t, "2025"), 100);
}

static void in_a_window_all_bookings_of_a_new_customer_are_new(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_MONTH);
    sell(t, "D1", "acme", "2025-01-05");
    sell(t, "D2", "acme", "2025-01-06");
    sell(t, "D3", "acme", "2025-02-01");

    assert_int_equal(earned(t, "2025-01"), 200);
    assert_int_equal(earned(t, "2025-02"), 10);
}

static void a_booking_of_somebody_else_makes_the_customer_existing(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .person = "bob",
                    .amount = 5, .date = "2025-01-05");

    sell(t, "D2", "acme", "2025-01-06");

    assert_int_equal(earned(t, "2025-01"), 10);
}

static void a_voided_first_booking_makes_the_next_one_new(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    uint64_t first = ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON,
                               .person = "bob", .amount = 5, .date = "2025-01-05");
    sell(t, "D2", "acme", "2025-01-06");

    (void)sl_test_add_void(t, first);

    assert_int_equal(earned(t, "2025-01"), 100);
}

static void quotes_and_contacts_make_no_customer_existing(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);
    (void)ADD_CONTACT(t, .customer = "acme", .date = "2024-01-05");
    (void)ADD_QUOTE(t, .deal = "D0", .customer = "acme", .amount = 5, .date = "2024-01-05");

    sell(t, "D1", "acme", "2025-01-06");

    assert_int_equal(earned(t, "2025-01"), 100);
}

static void a_booking_without_a_customer_is_neither(void **state)
{
    struct sl_test_ledger *t = *state;
    add_plan(t, SL_PLAN_WINDOW_DEAL);

    sell(t, "D1", NULL, "2025-01-06");

    assert_int_equal(earned(t, "2025-01"), 0);
}

static void a_deal_is_in_the_period_of_its_first_fact_of_the_age(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PLAN(t, .components = {{.stream = SL_STREAM_QUOTED,
                                      .customer_age = SL_CUSTOMER_EXISTING,
                                      .rows = {{0, 10000}},
                                      .row_count = 1}});
    (void)ADD_QUOTE(t, .deal = "D2", .customer = "acme", .person = "ann", .amount = 50000,
                    .date = "2025-02-10");
    sell(t, "D1", "acme", "2025-03-10");

    (void)ADD_QUOTE(t, .deal = "D2", .customer = "acme", .person = "ann", .amount = 60000,
                    .date = "2025-04-10");

    assert_int_equal(earned(t, "2025-02"), 0);
    assert_int_equal(earned(t, "2025-04"), 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(the_first_deal_of_a_customer_is_new_and_later_ones_are_not),
        LEDGER_TEST(a_deal_with_too_many_events_is_not_looked_into),
        LEDGER_TEST(first_is_by_day_not_by_arrival),
        LEDGER_TEST(of_two_on_a_day_the_first_to_be_recorded_is_first),
        LEDGER_TEST(a_booking_that_was_moved_to_another_deal_is_none_of_the_old_customers),
        LEDGER_TEST(in_a_window_all_bookings_of_a_new_customer_are_new),
        LEDGER_TEST(a_booking_of_somebody_else_makes_the_customer_existing),
        LEDGER_TEST(a_voided_first_booking_makes_the_next_one_new),
        LEDGER_TEST(quotes_and_contacts_make_no_customer_existing),
        LEDGER_TEST(a_booking_without_a_customer_is_neither),
        LEDGER_TEST(a_deal_is_in_the_period_of_its_first_fact_of_the_age),
    };
    return RUN_LEDGER_TESTS(tests);
}
