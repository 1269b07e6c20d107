/* Many events in one request: each for itself, or all or none. */
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"
#include "projections/ledger.h"

static struct sl_slice sale(struct sl_service *s, const char *deal)
{
    return BUILD_CLOSE(&s->build, .deal = deal, .customer = "ACME", .kind = SL_CLOSE_WON,
                       .date = "2017-03-01", .person = "ana", .amount = 100);
}

/* Every table's digest. */
struct digests {
    uint8_t bytes[SL_STATE_TABLES_MAX][32];
    size_t count;
};

static struct digests take_digests(struct sl_service *s)
{
    struct digests digests = {0};
    (void)sl_ledger_specs(&digests.count);
    for (unsigned i = 0; i < digests.count; i++) {
        uint64_t rows;
        assert_ok(
            sl_state_digest(sl_store_state(sl_core_store(s->core)), i, digests.bytes[i], &rows));
    }
    return digests;
}

static void each_event_has_its_own_result(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, "D1"), sale(&s, "D1"), sale(&s, "D2")};

    sl_caller_append(ana, 1, events, COUNT(events), false);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(reply->seq, 2);
    assert_int_equal(sl_receipt_of(reply, 0)->seq, 1);
    assert_int_equal(sl_error_of(sl_receipt_of(reply, 1)->error), SL_E_DEAL_STATE);
    assert_int_equal(sl_receipt_of(reply, 2)->seq, 2);
    sl_service_close(&s);
}

static void all_or_nothing_writes_all(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, "D1"), sale(&s, "D2"), sale(&s, "D3")};

    sl_caller_append(ana, 1, events, COUNT(events), true);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    for (size_t i = 0; i < COUNT(events); i++) {
        assert_int_equal(sl_receipt_of(reply, i)->seq, i + 1);
    }
    sl_service_close(&s);
}

static void all_or_nothing_writes_nothing_and_names_the_event_to_blame(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, "D1"));
    struct digests before = take_digests(&s);
    struct sl_slice events[] = {sale(&s, "D2"), sale(&s, "D3"), sale(&s, "D1"), sale(&s, "D4")};

    sl_caller_append(ana, 1, events, COUNT(events), true);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_error_of(sl_receipt_of(reply, 2)->error), SL_E_DEAL_STATE);
    static const size_t others[] = {0, 1, 3};
    for (size_t i = 0; i < COUNT(others); i++) {
        const Salesledger__V1__Receipt *receipt = sl_receipt_of(reply, others[i]);
        assert_int_equal(sl_error_of(receipt->error), SL_E_BATCH_ABORTED);
        assert_non_null(strstr(receipt->error->message, "event 2"));
        assert_int_equal(receipt->has_seq, 0);
    }
    assert_int_equal(sl_core_head(s.core).v, 1);
    struct digests after = take_digests(&s);
    assert_memory_equal(&before, &after, sizeof before);
    sl_service_close(&s);
}

static void seqs_taken_back_are_given_again(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice refused[] = {sale(&s, "D1"), sale(&s, "D1")};
    struct sl_slice fine = sale(&s, "D1");

    /* One turn: the refused batch and the next event meet in the same gathering batch. */
    sl_caller_append(ana, 1, refused, COUNT(refused), true);
    sl_caller_append(ana, 2, &fine, 1, false);
    sl_service_settle(&s);

    assert_int_equal(sl_error_of(sl_receipt_of(sl_caller_expect(ana), 1)->error), SL_E_DEAL_STATE);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    sl_service_restart(&s);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void an_id_of_an_aborted_batch_is_free_again(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, "D1"), sale(&s, "D1")};
    sl_caller_append(ana, 1, events, COUNT(events), true);
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);

    const Salesledger__V1__Receipt *receipt = sl_caller_record(ana, events[0]);

    assert_int_equal(receipt->seq, 1);
    assert_int_equal(receipt->duplicate, 0);
    sl_service_close(&s);
}

static void a_repeated_all_or_nothing_batch_gets_its_first_receipts(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, "D1"), sale(&s, "D2")};
    sl_caller_append(ana, 1, events, COUNT(events), true);
    sl_caller_append(ana, 2, events, COUNT(events), true);
    sl_service_settle(&s);

    (void)sl_caller_expect(ana);
    const Salesledger__V1__Reply *again = sl_caller_expect(ana);
    assert_int_equal(sl_receipt_of(again, 0)->seq, 1);
    assert_int_equal(sl_receipt_of(again, 1)->seq, 2);
    assert_int_equal(sl_receipt_of(again, 1)->duplicate, 1);
    assert_int_equal(sl_core_head(s.core).v, 2);
    sl_service_close(&s);
}

static void the_state_of_a_replay_is_the_same(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, "D1"), sale(&s, "D2"), sale(&s, "D2")};
    sl_caller_append(ana, 1, events, COUNT(events), false);
    sl_caller_append(ana, 2, events, COUNT(events), true);
    sl_service_settle(&s);
    struct digests before = take_digests(&s);

    sl_service_crash(&s);

    struct digests after = take_digests(&s);
    assert_memory_equal(&before, &after, sizeof before);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_has_its_own_result),
        cmocka_unit_test(all_or_nothing_writes_all),
        cmocka_unit_test(all_or_nothing_writes_nothing_and_names_the_event_to_blame),
        cmocka_unit_test(seqs_taken_back_are_given_again),
        cmocka_unit_test(an_id_of_an_aborted_batch_is_free_again),
        cmocka_unit_test(a_repeated_all_or_nothing_batch_gets_its_first_receipts),
        cmocka_unit_test(the_state_of_a_replay_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
