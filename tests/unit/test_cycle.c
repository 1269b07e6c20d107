/* Cycles: the days from a deal's first event to its close, in whatever order they are recorded. */
#include "lib/test.h"

#include "codec/event_codec.h"
#include "lib/ledger_fixture.h"

#define ONE SL_PPM /* counts are in millionths of an event */

static void cycle_days_run_from_the_first_event_of_the_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .date = "2025-01-01");
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 5, .date = "2025-01-15");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-31");

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 30);
}

static void the_first_event_is_the_earliest_by_day(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 5, .date = "2025-01-15");
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .date = "2025-01-05");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-25");

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 20);
}

static void an_event_recorded_after_the_close_may_be_the_first(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 5,
                    .date = "2025-01-25");
    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 0);

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .person = "bob", .date = "2025-01-11");
    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 14);
    uint64_t quote = ADD_QUOTE(t, .deal = "D1", .amount = 5, .date = "2025-01-01");

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025-01", OF_PERSON("ann")), 24);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PERSON("ann")), 5);
    assert_int_equal(sl_test_sum(t, "contact.count", "2025", OF_PERSON("bob")), ONE);
    (void)sl_test_add_void(t, quote);
    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 14);
}

static void a_longer_cycle_stays_with_whom_the_close_credited(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .person = "ann", .amount = 5, .date = "2025-01-15");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-25");
    (void)ADD_QUOTE(t, .deal = "D1", .person = "bob", .amount = 5, .date = "2025-02-15");

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .date = "2025-01-05");

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", OF_PERSON("ann")), 20);
    assert_int_equal(sl_test_value(t, "cycle.days", "2025", OF_PERSON("bob")).denominator, 0);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PERSON("ann")), 5);
}

static void each_close_of_a_deal_won_twice_gets_the_longer_cycle(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-25");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 5, .date = "2025-02-01");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-02-04");

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .date = "2025-01-15");

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025-01", WHOLE), 10);
    assert_int_equal(sl_test_sum(t, "cycle.days", "2025-02", WHOLE), 20);
}

static void a_long_history_is_no_hindrance(void **state)
{
    struct sl_test_ledger *t = *state;
    enum { QUOTES = 20 };
    uint64_t seq = 0;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-25");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 5, .date = "2025-01-26");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-27");
    for (unsigned i = 0; i < QUOTES; i++) {
        (void)ADD_QUOTE(t, .deal = "D1", .amount = 1, .date = "2025-01-28");
    }
    seq = ADD_CONTACT(t, .customer = "acme", .deal = "D2", .date = "2025-01-15");

    /* An arena with room for the one event: what is read of the others lies elsewhere. */
    struct sl_arena small;
    struct sl_page page;
    struct sl_event event;
    sl_arena_init(&small, 4096);
    assert_ok(sl_store_get(t->log->store, (sl_seq){seq}, &page));
    struct sl_record record = page.records[0];
    record.seq.v++;
    assert_ok(sl_event_decode(record.event, SL_DECODE_STORED, &small, &event, NULL));
    event.body.u.contact.deal = SLICE("D1");
    assert_ok(sl_ledger_apply(t->ledger, &record, &event, &small));
    sl_store_page_end(t->log->store, &page);
    sl_arena_deinit(&small);

    assert_int_equal(sl_test_value(t, "cycle.days", "2025-01", WHOLE).numerator,
                     11 * sl_test_value(t, "cycle.days", "2025-01", WHOLE).denominator);
}

static void a_lost_deal_has_a_cycle_too(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_LOST, .date = "2025-01-25");

    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D1", .date = "2025-01-20");

    assert_int_equal(sl_test_sum(t, "cycle.days:CLOSED", "2025", WHOLE), 5);
}

static void a_deal_closed_at_once_took_no_days(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);

    assert_int_equal(sl_test_sum(t, "cycle.days", "2025", WHOLE), 0);
}

static void the_mean_of_cycle_days_is_exact(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 5, .date = "2025-01-01");
    (void)ADD_QUOTE(t, .deal = "D2", .amount = 5, .date = "2025-01-01");
    (void)ADD_QUOTE(t, .deal = "D3", .amount = 5, .date = "2025-01-01");

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-11");
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-01-12");
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_LOST, .date = "2025-01-31");

    struct sl_value won = sl_test_value(t, "cycle.days", "2025", WHOLE);
    struct sl_value closed = sl_test_value(t, "cycle.days:CLOSED", "2025", WHOLE);
    assert_int_equal(won.numerator * 2, won.denominator * 21);
    assert_int_equal(closed.numerator, closed.denominator * 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(cycle_days_run_from_the_first_event_of_the_deal),
        LEDGER_TEST(the_first_event_is_the_earliest_by_day),
        LEDGER_TEST(an_event_recorded_after_the_close_may_be_the_first),
        LEDGER_TEST(a_longer_cycle_stays_with_whom_the_close_credited),
        LEDGER_TEST(each_close_of_a_deal_won_twice_gets_the_longer_cycle),
        LEDGER_TEST(a_long_history_is_no_hindrance),
        LEDGER_TEST(a_lost_deal_has_a_cycle_too),
        LEDGER_TEST(a_deal_closed_at_once_took_no_days),
        LEDGER_TEST(the_mean_of_cycle_days_is_exact),
    };
    return RUN_LEDGER_TESTS(tests);
}
