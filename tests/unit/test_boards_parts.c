/* Rankings asked for between two portions of settling: a portion ends where an event does, so they say what they say at any other time. */
#include "boards_setup.h"

#include "projections/pending.h"

#define PARTS_MAX 14u

/* A log and a ledger of its own for each size of a portion, with three people. */
static void open_ledger(struct sl_test_log *log, struct sl_test_ledger *t)
{
    sl_test_log_init(log);
    sl_test_ledger_init_stored(t, log);
    define_people(t, three);
    sl_test_ledger_settle(t);
}

static void close_ledger(struct sl_test_log *log, struct sl_test_ledger *t)
{
    sl_test_ledger_deinit(t);
    sl_test_log_deinit(log);
}

static void visit_as_cat(struct sl_test_ledger *t, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        (void)ADD_CONTACT(t, .customer = "acme", .person = "cat", .date = "2025-03-01");
    }
}

static void a_close_whose_cycle_became_longer_is_there_at_any_time(void **state)
{
    (void)state;
    for (size_t items = 1; items < PARTS_MAX; items++) {
        struct sl_test_log log;
        struct sl_test_ledger t;
        open_ledger(&log, &t);
        (void)ADD_CLOSE(&t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 100,
                        .date = "2025-03-10");
        sl_test_ledger_settle(&t);
        (void)ADD_CONTACT(&t, .customer = "acme", .deal = "D1", .person = "cat",
                          .date = "2025-03-01");
        visit_as_cat(&t, 3);

        (void)sl_pending_settle_part(t.ledger, items);
        struct sl_rank_answer between = RANK(&t, .measure = "booked.amount");
        sl_test_ledger_settle(&t);
        struct sl_rank_answer after = RANK(&t, .measure = "booked.amount");

        assert_int_equal(between.rows[0].value.numerator, 100);
        assert_int_equal(after.rows[0].value.numerator, 100);
        close_ledger(&log, &t);
    }
}

static void all_who_share_an_event_reached_their_score_with_it(void **state)
{
    (void)state;
    for (size_t items = 1; items < PARTS_MAX; items++) {
        struct sl_test_log log;
        struct sl_test_ledger t;
        open_ledger(&log, &t);
        uint64_t seq =
            ADD_CLOSE(&t, .deal = "D2", .kind = SL_CLOSE_WON, .date = "2025-03-10", .amount = 100,
                      .credits = {{"ann", 500000, SL_CREDIT_DIRECT, NULL},
                                  {"bob", 500000, SL_CREDIT_DIRECT, NULL}},
                      .credit_count = 2);
        visit_as_cat(&t, 9);

        (void)sl_pending_settle_part(t.ledger, items);
        struct sl_rank_answer answer = RANK(&t, .measure = "booked.amount", .ties = SL_TIE_REACHED);

        assert_order(&answer, "ann bob cat");
        assert_int_equal(answer.rows[0].reached_seq, seq);
        assert_int_equal(answer.rows[1].reached_seq, seq);
        close_ledger(&log, &t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_close_whose_cycle_became_longer_is_there_at_any_time),
        cmocka_unit_test(all_who_share_an_event_reached_their_score_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
