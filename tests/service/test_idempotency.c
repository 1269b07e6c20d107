/* The same id again: the first receipt if it says the same, a refusal if not; for ever, and within one batch. */
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"

static struct sl_slice sale(struct sl_service *s, uint64_t id, int64_t amount)
{
    return BUILD_CLOSE(&s->build, .deal = "D1", .customer = "ACME", .kind = SL_CLOSE_WON,
                       .date = "2017-03-01", .person = "ana", .amount = amount, .id = id);
}

static void the_same_event_again_gets_the_first_receipt(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    const Salesledger__V1__Receipt *first = sl_caller_record(ana, sale(&s, 5, 100));
    s.clock.at.v += 1000000;

    /* It would be refused by now: the deal is won. Idempotency comes before the rules. */
    const Salesledger__V1__Receipt *again = sl_caller_record(ana, sale(&s, 5, 100));

    assert_int_equal(again->seq, first->seq);
    assert_int_equal(again->recorded_us, first->recorded_us);
    assert_int_equal(again->duplicate, 1);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void the_same_id_with_other_content_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, 5, 100));

    const Salesledger__V1__Receipt *other = sl_caller_record(ana, sale(&s, 5, 101));

    assert_int_equal(sl_error_of(other->error), SL_E_ID_REUSED);
    assert_int_equal(other->error->current_seq, 1);
    assert_int_equal(other->has_seq, 0);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void the_order_of_fields_on_the_wire_does_not_matter(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sale(&s, 5, 100);
    (void)sl_caller_record(ana, event);
    /* The id is the first field, 18 bytes: now it is the last. */
    enum { ID_BYTES = 18 };
    uint8_t *moved = sl_arena_alloc(&s.arena, event.len);
    memcpy(moved, event.data + ID_BYTES, event.len - ID_BYTES);
    memcpy(moved + event.len - ID_BYTES, event.data, ID_BYTES);

    const Salesledger__V1__Receipt *again =
        sl_caller_record(ana, (struct sl_slice){moved, event.len});

    assert_int_equal(again->duplicate, 1);
    assert_int_equal(again->seq, 1);
    sl_service_close(&s);
}

static void ids_are_remembered_over_restart_and_crash(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, 5, 100));

    sl_service_restart(&s);
    ana = sl_caller_open(&s, "ana");
    assert_int_equal(sl_caller_record(ana, sale(&s, 5, 100))->duplicate, 1);
    sl_service_crash(&s);
    ana = sl_caller_open(&s, "ana");
    assert_int_equal(sl_caller_record(ana, sale(&s, 5, 100))->duplicate, 1);

    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void twice_in_one_batch_is_one_event(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sale(&s, 5, 100), sale(&s, 5, 100), sale(&s, 5, 101)};

    sl_caller_append(ana, 1, events, COUNT(events), false);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_receipt_of(reply, 0)->seq, 1);
    assert_int_equal(sl_receipt_of(reply, 1)->seq, 1);
    assert_int_equal(sl_receipt_of(reply, 1)->duplicate, 1);
    assert_int_equal(sl_error_of(sl_receipt_of(reply, 2)->error), SL_E_ID_REUSED);
    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void a_retry_before_the_first_is_durable_is_held_as_long(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = sale(&s, 5, 100);

    sl_caller_append(ana, 1, &event, 1, false);
    sl_caller_append(bo, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_caller_pending(bo), 0);
    sl_service_settle(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(bo), 0)->duplicate, 1);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_event_again_gets_the_first_receipt),
        cmocka_unit_test(the_same_id_with_other_content_is_refused),
        cmocka_unit_test(the_order_of_fields_on_the_wire_does_not_matter),
        cmocka_unit_test(ids_are_remembered_over_restart_and_crash),
        cmocka_unit_test(twice_in_one_batch_is_one_event),
        cmocka_unit_test(a_retry_before_the_first_is_durable_is_held_as_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
