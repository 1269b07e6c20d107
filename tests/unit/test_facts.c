/* Facts: whom an event credits, how it is shared out, and what it counts. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "projections/facts.h"

#define ONE SL_PPM /* counts are in millionths of an event */

static int64_t booked(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    return sl_test_sum(t, "booked.amount", "2025", scope);
}

static int64_t booked_count(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    return sl_test_sum(t, "booked.count", "2025", scope);
}

#define SPLIT(share)                                                                               \
    .credits = {{"ann", (share), SL_CREDIT_DIRECT, NULL},                                          \
                {"bob", SL_PPM - (share), SL_CREDIT_DIRECT, NULL}},                                \
    .credit_count = 2

/* ── whom to credit ── */

static void an_event_credits_its_own_credits_first(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .owner = "owner");
    (void)ADD_QUOTE(t, .deal = "D1", .customer = "acme", .person = "bob", .amount = 1);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100);

    assert_int_equal(booked(t, OF_PERSON("ann")), 100);
    assert_int_equal(booked(t, OF_PERSON("bob")), 0);
}

static void without_credits_the_last_known_of_the_deal_are_credited(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .person = "bob", .amount = 1);
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 1, SPLIT(250000));

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    assert_int_equal(booked(t, OF_PERSON("ann")), 25);
    assert_int_equal(booked(t, OF_PERSON("bob")), 75);
}

static void credits_of_other_deals_do_not_matter(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .person = "bob", .amount = 1);

    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .amount = 100);

    assert_int_equal(booked(t, OF_PERSON("bob")), 0);
}

static void a_contact_credits_its_person_before_the_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .person = "bob", .amount = 1);

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "ann");

    assert_int_equal(sl_test_sum(t, "contact.count", "2025", OF_PERSON("ann")), ONE);
    assert_int_equal(sl_test_sum(t, "contact.count", "2025", OF_PERSON("bob")), 0);
}

static void the_person_of_a_contact_is_no_credit_of_the_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "ann");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    assert_int_equal(booked(t, OF_PERSON("ann")), 0);
    assert_int_equal(booked(t, WHOLE), 100);
}

static void a_contact_without_a_person_credits_the_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .person = "bob", .amount = 1);

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1");

    assert_int_equal(sl_test_sum(t, "contact.count", "2025", OF_PERSON("bob")), ONE);
}

static void without_a_history_the_owner_of_the_customer_is_credited(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .from = "2025-01-01");
    (void)ADD_CUSTOMER(t, "acme", .owner = "bob", .from = "2025-03-01");

    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 100,
                    .date = "2025-02-28");
    (void)ADD_CLOSE(t, .deal = "D2", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 30,
                    .date = "2025-03-01");

    assert_int_equal(booked(t, OF_PERSON("ann")), 100);
    assert_int_equal(booked(t, OF_PERSON("bob")), 30);
}

static void the_owner_is_found_by_the_customer_of_the_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .owner = "ann");
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "bob");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    assert_int_equal(booked(t, OF_PERSON("ann")), 100);
    assert_int_equal(booked(t, OF_CUSTOMER("acme")), 100);
}

static void a_customer_defined_later_gives_its_owner_the_earlier_sales(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 100);
    (void)ADD_CONTACT(t, .customer = "acme");

    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .region = "east");

    assert_int_equal(booked(t, OF_PERSON("ann")), 100);
    assert_int_equal(booked(t, OF_REGION("east")), 100);
    assert_int_equal(sl_test_sum(t, "contact.count", "2025", OF_PERSON("ann")), ONE);
    assert_int_equal(booked(t, WHOLE), 100);
}

/* As a list of customers does that is imported every night. */
static void a_customer_defined_again_as_he_was_moves_nothing(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_pending *pending = t->ledger->pending;
    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .region = "east", .from = "2025-01-01");
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 100,
                    .date = "2025-02-28");

    uint64_t same = ADD_CUSTOMER(t, "acme", .owner = "ann", .region = "east", .name = "Acme Inc.",
                                 .from = "2025-02-01");
    assert_false(sl_pending_has_moved(pending));
    (void)sl_test_add_void(t, same);
    assert_int_equal(booked(t, OF_REGION("east")), 100);

    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .region = "west", .from = "2025-02-01");
    assert_int_equal(booked(t, OF_REGION("east")), 0);
    assert_int_equal(booked(t, OF_REGION("west")), 100);
}

/* The one before has ended by then, or this one does: he was somebody else's in between. */
static void a_customer_defined_again_for_other_days_moves_what_was_sold_on_them(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .owner = "bob", .from = "2025-01-01");
    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .from = "2025-02-01", .to = "2025-02-15");
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 100,
                    .date = "2025-02-20");
    (void)ADD_CLOSE(t, .deal = "D2", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 30,
                    .date = "2025-03-20");
    assert_int_equal(booked(t, OF_PERSON("bob")), 130);

    uint64_t open = ADD_CUSTOMER(t, "acme", .owner = "ann", .from = "2025-02-10");
    assert_int_equal(booked(t, OF_PERSON("ann")), 130);
    (void)ADD_CUSTOMER(t, "acme", .owner = "ann", .from = "2025-02-12", .to = "2025-03-01");
    assert_int_equal(booked(t, OF_PERSON("ann")), 130);
    (void)sl_test_add_void(t, open);
    assert_int_equal(booked(t, OF_PERSON("ann")), 100);
    assert_int_equal(booked(t, OF_PERSON("bob")), 30);
}

static void a_sale_of_nobody_is_in_the_totals_all_the_same(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    struct sl_measures_answer people =
        sl_test_rows(t, "booked.amount", "2025", WHOLE, SL_BY_PERSON);
    assert_int_equal(people.row_count, 0);
    assert_int_equal(booked(t, WHOLE), 100);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

/* ── sharing out ── */

static void parts_by_the_largest_remainder_add_up(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, SPLIT(700000));

    assert_int_equal(booked(t, OF_PERSON("ann")), 4);
    assert_int_equal(booked(t, OF_PERSON("bob")), 1);
    assert_int_equal(booked(t, WHOLE), 5);
}

static void the_same_amount_the_other_way_round_is_shared_by_shares_not_by_place(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, SPLIT(300000));

    assert_int_equal(booked(t, OF_PERSON("ann")), 2);
    assert_int_equal(booked(t, OF_PERSON("bob")), 3);
}

static void the_odd_unit_goes_to_the_largest_remainder_of_three(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100,
                    .credits = {{"ann", 333333, SL_CREDIT_DIRECT, NULL},
                                {"bob", 333333, SL_CREDIT_DIRECT, NULL},
                                {"cat", 333334, SL_CREDIT_DIRECT, NULL}},
                    .credit_count = 3);

    assert_int_equal(booked(t, OF_PERSON("ann")), 33);
    assert_int_equal(booked(t, OF_PERSON("bob")), 33);
    assert_int_equal(booked(t, OF_PERSON("cat")), 34);
}

static void a_cancellation_takes_back_exactly_the_parts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, SPLIT(700000));

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 5);

    assert_int_equal(booked(t, OF_PERSON("ann")), 0);
    assert_int_equal(booked(t, OF_PERSON("bob")), 0);
}

static void a_negative_amendment_is_shared_as_its_magnitude(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100, SPLIT(300000));

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .amount = -5);

    assert_int_equal(booked(t, OF_PERSON("ann")), 30 - 2);
    assert_int_equal(booked(t, OF_PERSON("bob")), 70 - 3);
}

static void units_and_margin_are_shared_like_amounts(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 12, .cost = 7, .quantity = 5,
                    SPLIT(700000));

    assert_int_equal(sl_test_sum(t, "booked.units", "2025", OF_PERSON("ann")), 4);
    assert_int_equal(sl_test_sum(t, "booked.units", "2025", OF_PERSON("bob")), 1);
    assert_int_equal(sl_test_sum(t, "booked.margin", "2025", OF_PERSON("ann")), 4);
    assert_int_equal(sl_test_sum(t, "booked.margin", "2025", OF_PERSON("bob")), 1);
}

static void each_line_is_shared_by_itself(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.amount = 5}, {.amount = 5}, {.amount = 5}}, .line_count = 3,
                    SPLIT(700000));

    assert_int_equal(booked(t, OF_PERSON("ann")), 12);
    assert_int_equal(booked(t, OF_PERSON("bob")), 3);
}

static void counts_are_shared_in_millionths(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, SPLIT(700000));

    assert_int_equal(booked_count(t, OF_PERSON("ann")), 700000);
    assert_int_equal(booked_count(t, OF_PERSON("bob")), 300000);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

/* ── overlay ── */

static void overlay_counts_for_its_person_and_nowhere_else(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "eng", .unit = "north");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100,
                    .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                {"eng", 500000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 2);

    assert_int_equal(booked(t, OF_PERSON("eng")), 50);
    assert_int_equal(booked(t, OF_UNIT("north")), 100);
    assert_int_equal(booked(t, WHOLE), 100);
    assert_int_equal(booked_count(t, OF_PERSON("eng")), 500000);
    assert_int_equal(booked_count(t, OF_UNIT("north")), ONE);
}

static void overlay_is_in_no_units_row_of_its_person(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_PERSON(t, "bob", .unit = "north");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 1000,
                    .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                {"bob", 500000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 2);

    struct sl_measures_answer of_bob =
        sl_test_rows(t, "booked.amount", "2025", OF_PERSON("bob"), SL_BY_UNIT);

    assert_int_equal(sl_test_sum_of_key(&of_bob, "north"), 0);
    assert_int_equal(booked(t, OF_PERSON("bob")), 500);
    assert_int_equal(booked(t, OF_UNIT("north")), 1000);
}

static void overlay_is_rounded_half_to_even_and_takes_nothing_from_the_others(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5,
                    .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                {"eng", 500000, SL_CREDIT_OVERLAY, NULL},
                                {"pre", 300000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 3);

    assert_int_equal(booked(t, OF_PERSON("ann")), 5);
    assert_int_equal(booked(t, OF_PERSON("eng")), 2); /* 2.5 */
    assert_int_equal(booked(t, OF_PERSON("pre")), 2); /* 1.5 */
}

static void direct_and_overlay_of_one_person_add_up_for_him(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100,
                    .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                {"ann", 100000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 2);

    assert_int_equal(booked(t, OF_PERSON("ann")), 110);
    assert_int_equal(booked(t, WHOLE), 100);
}

/* ── what counts ── */

static void a_partial_cancellation_leaves_the_deal_counted(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 99);

    assert_int_equal(booked(t, WHOLE), 1);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

static void a_full_cancellation_takes_its_one_back_on_its_own_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100, .date = "2025-01-31");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 40,
                    .date = "2025-02-01");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 60,
                    .date = "2025-03-01");

    assert_int_equal(sl_test_sum(t, "booked.count", "2025-01", WHOLE), ONE);
    assert_int_equal(sl_test_sum(t, "booked.count", "2025-02", WHOLE), 0);
    assert_int_equal(sl_test_sum(t, "booked.count", "2025-03", WHOLE), -ONE);
    assert_int_equal(sl_test_sum(t, "won.count", "2025", WHOLE), ONE);
}

static void a_deal_won_again_counts_again(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 100);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 70);

    assert_int_equal(booked(t, WHOLE), 70);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

static void a_return_is_booked_back_and_shown_apart(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100, .quantity = 10000);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_RETURNED, .amount = 30, .quantity = 3000);

    assert_int_equal(booked(t, WHOLE), 70);
    assert_int_equal(sl_test_sum(t, "booked.units", "2025", WHOLE), 7000);
    assert_int_equal(sl_test_sum(t, "returned.amount", "2025", WHOLE), 30);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

static void a_full_return_ends_the_booking(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_RETURNED, .amount = 100);

    assert_int_equal(booked_count(t, WHOLE), 0);
}

static void an_amendment_changes_the_amount_and_not_the_count(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .amount = 20);

    assert_int_equal(booked(t, WHOLE), 120);
    assert_int_equal(booked_count(t, WHOLE), ONE);
}

static void streams_do_not_mix(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 130);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_DELIVERED, .amount = 90);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_INVOICED, .amount = 80);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_COLLECTED, .amount = 70);

    assert_int_equal(sl_test_sum(t, "quote.amount", "2025", WHOLE), 130);
    assert_int_equal(sl_test_sum(t, "quote.count", "2025", WHOLE), ONE);
    assert_int_equal(booked(t, WHOLE), 100);
    assert_int_equal(sl_test_sum(t, "delivered.amount", "2025", WHOLE), 90);
    assert_int_equal(sl_test_sum(t, "invoiced.amount", "2025", WHOLE), 80);
    assert_int_equal(sl_test_sum(t, "collected.amount", "2025", WHOLE), 70);
}

static void contacts_count_by_kind(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .kind = 1);
    (void)ADD_CONTACT(t, .customer = "acme", .kind = 2);
    (void)ADD_CONTACT(t, .customer = "acme", .kind = 2);

    assert_int_equal(sl_test_sum(t, "contact.count", "2025", WHOLE), 3 * ONE);
    assert_int_equal(sl_test_sum(t, "contact.count:VISIT", "2025", WHOLE), 2 * ONE);
    assert_int_equal(sl_test_sum(t, "contact.count:DEMO", "2025", WHOLE), 0);
}

static void margin_is_of_the_lines_whose_cost_is_known(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.amount = 100, .cost = 60, .has_cost = true},
                              {.amount = 50},
                              {.amount = 10, .cost = 0, .has_cost = true}},
                    .line_count = 3);

    assert_int_equal(sl_test_sum(t, "booked.margin", "2025", WHOLE), 50);
}

static void assert_margin_rate(struct sl_test_ledger *t, int64_t numerator, int64_t denominator)
{
    struct sl_value value = sl_test_value(t, "margin.rate", "2025", OF_PERSON("ann"));
    assert_int_equal(value.numerator, numerator);
    assert_int_equal(value.denominator, denominator);
}

static void the_margin_rate_is_that_of_the_lines_whose_cost_is_known(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 50);
    assert_margin_rate(t, 0, 0); /* unknown, not 0 % */

    uint64_t seq = ADD_CLOSE(
        t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann",
        .lines = {{.amount = 100, .cost = 60, .has_cost = true}, {.amount = 700}}, .line_count = 2);
    assert_margin_rate(t, 400000, 1);

    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_RETURNED, .person = "ann",
                    .lines = {{.amount = 50, .cost = 30, .has_cost = true}}, .line_count = 1);
    assert_margin_rate(t, 400000, 1);
    (void)sl_test_add_replace(t, seq,
                              BUILD_CLOSE(&t->builder, .deal = "D2", .kind = SL_CLOSE_WON,
                                          .person = "ann", .amount = 800));
    assert_margin_rate(t, 400000, 1); /* of what came back */
}

static void a_cost_of_all_it_was_sold_for_is_a_margin_rate_of_0(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.amount = 50, .cost = 50, .has_cost = true}}, .line_count = 1);

    assert_margin_rate(t, 0, 1);
}

static void rates_follow_from_what_was_counted(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100, .cost = 60);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .amount = 50);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_LOST);

    struct sl_value win_rate = sl_test_value(t, "win.rate", "2025", WHOLE);
    assert_int_equal(win_rate.numerator * 3, win_rate.denominator * 2 * SL_PPM);
    assert_int_equal(sl_test_sum(t, "deal.size", "2025", WHOLE), 75);
    assert_int_equal(sl_test_value(t, "win.rate", "2024", WHOLE).denominator, 0);
}

/* ── several lines and products ── */

static void an_event_of_several_lines_counts_once(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.product = "anvil", .amount = 1},
                              {.product = "bolt", .amount = 2},
                              {.product = "anvil", .amount = 4}},
                    .line_count = 3);

    assert_int_equal(booked_count(t, WHOLE), ONE);
    assert_int_equal(booked_count(t, OF_PERSON("ann")), ONE);
    assert_int_equal(booked(t, WHOLE), 7);
}

static void an_event_counts_once_in_each_of_its_products(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.product = "anvil", .amount = 1},
                              {.product = "bolt", .amount = 2},
                              {.product = "anvil", .amount = 4}},
                    .line_count = 3);

    assert_int_equal(booked_count(t, OF_PRODUCT("anvil")), ONE);
    assert_int_equal(booked_count(t, OF_PRODUCT("bolt")), ONE);
    assert_int_equal(booked(t, OF_PRODUCT("anvil")), 5);
}

static void an_event_counts_once_in_a_product_line(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "bolt", .line = "iron");
    (void)ADD_PRODUCT(t, "cable", .line = "copper");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, SPLIT(500000),
                    .lines = {{.product = "cable", .amount = 1},
                              {.product = "anvil", .amount = 2},
                              {.product = "bolt", .amount = 4}},
                    .line_count = 3);

    assert_int_equal(booked_count(t, OF_LINE("iron")), ONE);
    assert_int_equal(booked_count(t, OF_LINE("copper")), ONE);
    assert_int_equal(booked(t, OF_LINE("iron")), 6);
}

static void lines_without_a_product_are_in_no_product(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.amount = 1}, {.product = "bolt", .amount = 2}}, .line_count = 2);

    struct sl_measures_answer rows = sl_test_rows(t, "booked.amount", "2025", WHOLE, SL_BY_PRODUCT);
    assert_int_equal(rows.row_count, 1);
    assert_int_equal(rows.rows[0].values[0].numerator, 2);
    assert_int_equal(booked(t, WHOLE), 3);
}

/* ── keys ── */

static void a_fact_key_gives_back_what_it_was_made_of(void **state)
{
    (void)state;

    struct sl_key key = sl_key_fact(77, DAY("1931-02-03"), (sl_seq){SL_SEQ_MAX}, 99, 15);

    assert_int_equal(sl_key_fact_slice(key), sl_fact_slice(DAY("1931-02-03")));
    assert_int_equal(sl_fact_slice(DAY("1900-01-08")), 0);
    assert_int_equal(sl_fact_slice(DAY("1900-01-09")), 1);
    assert_int_equal(sl_fact_slice_start(1).v, DAY("1900-01-09").v);
    assert_int_equal(sl_key_fact_person(key), 77);
    assert_int_equal(sl_key_fact_day(key).v, DAY("1931-02-03").v);
    assert_int_equal(sl_key_fact_seq(key).v, SL_SEQ_MAX);
    assert_int_equal(sl_key_fact_credit(key), 15);
}

static void fact_keys_sort_by_month_then_person_then_day_then_seq(void **state)
{
    (void)state;
    struct sl_key keys[] = {
        sl_key_fact(5, DAY("1900-01-01"), (sl_seq){3}, 0, 0),
        sl_key_fact(1, DAY("1969-12-31"), (sl_seq){9}, 0, 0),
        sl_key_fact(1, DAY("1970-01-01"), (sl_seq){1}, 0, 0),
        sl_key_fact(1, DAY("2025-01-01"), (sl_seq){9}, 0, 0),
        sl_key_fact(1, DAY("2025-01-02"), (sl_seq){1}, 5, 0),
        sl_key_fact(1, DAY("2025-01-02"), (sl_seq){2}, 0, 0),
        sl_key_fact(2, DAY("2025-01-01"), (sl_seq){1}, 0, 0),
        sl_key_fact(0x7fffffffu, DAY("2999-12-31"), (sl_seq){SL_SEQ_MAX}, 99, 15),
    };

    for (size_t i = 1; i < COUNT(keys); i++) {
        assert_true(sl_key_compare(keys[i - 1], keys[i]) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_event_credits_its_own_credits_first),
        LEDGER_TEST(without_credits_the_last_known_of_the_deal_are_credited),
        LEDGER_TEST(credits_of_other_deals_do_not_matter),
        LEDGER_TEST(a_contact_credits_its_person_before_the_deal),
        LEDGER_TEST(the_person_of_a_contact_is_no_credit_of_the_deal),
        LEDGER_TEST(a_contact_without_a_person_credits_the_deal),
        LEDGER_TEST(without_a_history_the_owner_of_the_customer_is_credited),
        LEDGER_TEST(the_owner_is_found_by_the_customer_of_the_deal),
        LEDGER_TEST(a_customer_defined_later_gives_its_owner_the_earlier_sales),
        LEDGER_TEST(a_customer_defined_again_as_he_was_moves_nothing),
        LEDGER_TEST(a_customer_defined_again_for_other_days_moves_what_was_sold_on_them),
        LEDGER_TEST(a_sale_of_nobody_is_in_the_totals_all_the_same),
        LEDGER_TEST(parts_by_the_largest_remainder_add_up),
        LEDGER_TEST(the_same_amount_the_other_way_round_is_shared_by_shares_not_by_place),
        LEDGER_TEST(the_odd_unit_goes_to_the_largest_remainder_of_three),
        LEDGER_TEST(a_cancellation_takes_back_exactly_the_parts),
        LEDGER_TEST(a_negative_amendment_is_shared_as_its_magnitude),
        LEDGER_TEST(units_and_margin_are_shared_like_amounts),
        LEDGER_TEST(each_line_is_shared_by_itself),
        LEDGER_TEST(counts_are_shared_in_millionths),
        LEDGER_TEST(overlay_counts_for_its_person_and_nowhere_else),
        LEDGER_TEST(overlay_is_in_no_units_row_of_its_person),
        LEDGER_TEST(overlay_is_rounded_half_to_even_and_takes_nothing_from_the_others),
        LEDGER_TEST(direct_and_overlay_of_one_person_add_up_for_him),
        LEDGER_TEST(a_partial_cancellation_leaves_the_deal_counted),
        LEDGER_TEST(a_full_cancellation_takes_its_one_back_on_its_own_day),
        LEDGER_TEST(a_deal_won_again_counts_again),
        LEDGER_TEST(a_return_is_booked_back_and_shown_apart),
        LEDGER_TEST(a_full_return_ends_the_booking),
        LEDGER_TEST(an_amendment_changes_the_amount_and_not_the_count),
        LEDGER_TEST(streams_do_not_mix),
        LEDGER_TEST(contacts_count_by_kind),
        LEDGER_TEST(margin_is_of_the_lines_whose_cost_is_known),
        LEDGER_TEST(the_margin_rate_is_that_of_the_lines_whose_cost_is_known),
        LEDGER_TEST(a_cost_of_all_it_was_sold_for_is_a_margin_rate_of_0),
        LEDGER_TEST(rates_follow_from_what_was_counted),
        LEDGER_TEST(an_event_of_several_lines_counts_once),
        LEDGER_TEST(an_event_counts_once_in_each_of_its_products),
        LEDGER_TEST(an_event_counts_once_in_a_product_line),
        LEDGER_TEST(lines_without_a_product_are_in_no_product),
        LEDGER_TEST(a_fact_key_gives_back_what_it_was_made_of),
        LEDGER_TEST(fact_keys_sort_by_month_then_person_then_day_then_seq),
    };
    return RUN_LEDGER_TESTS(tests);
}
