/* Appending: what a receipt says, what is recorded, what a refusal leaves behind. */
#include "lib/service.h"
#include "lib/test.h"

static struct sl_slice sale(struct sl_service *s, const char *deal)
{
    return BUILD_CLOSE(&s->build, .deal = deal, .customer = "ACME", .kind = SL_CLOSE_WON,
                       .date = "2017-03-01", .person = "ana", .amount = 12000);
}

static void a_receipt_gives_seq_time_and_id(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    const Salesledger__V1__Receipt *receipt = sl_caller_record(ana, sale(&s, "D1"));

    assert_int_equal(sl_error_of(receipt->error), SL_OK);
    assert_int_equal(receipt->seq, 1);
    assert_int_equal(receipt->recorded_us, 1498910400000000);
    struct sl_id id = sl_build_id(1);
    assert_int_equal(receipt->id.len, sizeof id.bytes);
    assert_memory_equal(receipt->id.data, id.bytes, sizeof id.bytes);
    sl_service_close(&s);
}

static void an_event_without_id_gets_one(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    Salesledger__V1__Contact contact = SALESLEDGER__V1__CONTACT__INIT;
    contact.customer = (char[]){"ACME"};
    contact.has_kind = 1;
    contact.kind = SALESLEDGER__V1__CONTACT__KIND__CALL;
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    event.contact = &contact;
    event.has_id = 1; /* of length 0: the builder leaves it out */

    const Salesledger__V1__Receipt *first = sl_caller_record(ana, sl_build_event(&s.build, &event));
    const Salesledger__V1__Receipt *second =
        sl_caller_record(ana, sl_build_event(&s.build, &event));

    assert_int_equal(first->seq, 1);
    assert_int_equal(second->seq, 2); /* nothing tells the two apart but the ledger's id */
    assert_int_equal(first->id.len, 16);
    assert_int_equal(first->id.data[6] >> 4, 7);
    assert_memory_not_equal(first->id.data, second->id.data, 16);
    sl_service_close(&s);
}

static sl_day day_in_berlin(sl_time time)
{
    return sl_day_of_time((sl_time){time.v + 2 * 3600000000ll});
}

static void an_event_without_a_date_takes_effect_on_the_recorded_day(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.day_of = day_in_berlin;
    sl_service_open_with(&s);
    s.clock.at.v += 10 * 3600000000ll + 1800000000ll; /* 22:30 UTC: the next day in Berlin */
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    (void)sl_caller_record(ana, BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana"));

    sl_caller_subscribe(ana, 1, 1);
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);
    const Salesledger__V1__Reply *page = sl_caller_expect(ana);
    assert_string_equal(page->events->events[0]->effective_date, "2017-07-02");
    sl_service_close(&s);
}

static void the_actor_is_who_is_connected(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *bo = sl_caller_open(&s, "bo");

    (void)sl_caller_record(bo, sale(&s, "D1"));

    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    (void)sl_caller_expect(bo);
    assert_string_equal(sl_caller_expect(bo)->events->events[0]->actor, "bo");
    sl_service_close(&s);
}

static void a_refusal_names_the_field_and_writes_nothing(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, "D1"));

    const Salesledger__V1__Receipt *receipt = sl_caller_record(ana, sale(&s, "D1"));

    assert_int_equal(sl_error_of(receipt->error), SL_E_DEAL_STATE);
    assert_true(receipt->error->field[0] != '\0');
    assert_int_equal(receipt->has_seq, 0);
    assert_int_equal(sl_core_head(s.core).v, 1);
    assert_int_equal(sl_caller_ask_status(ana)->refusals, 1);
    sl_service_close(&s);
}

static void a_conflict_tells_where_the_entity_stands(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sale(&s, "D0"));
    (void)sl_caller_record(ana, sale(&s, "D1"));

    const Salesledger__V1__Receipt *receipt = sl_caller_record(
        ana, BUILD_CONTACT(&s.build, .customer = "ACME", .deal = "D1", .person = "ana",
                           .expect_kind = SL_ENTITY_DEAL, .expect_entity = "D1", .expect_seq = 1));

    assert_int_equal(sl_error_of(receipt->error), SL_E_CONFLICT);
    assert_int_equal(receipt->error->current_seq, 2);
    sl_service_close(&s);
}

static void an_event_of_the_greatest_size_is_taken_and_one_byte_more_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    uint8_t *bytes = sl_arena_calloc(&s.arena, 1, SL_EVENT_BYTES_MAX + 1);

    const Salesledger__V1__Receipt *at =
        sl_caller_record(ana, (struct sl_slice){bytes, SL_EVENT_BYTES_MAX});
    const Salesledger__V1__Receipt *above =
        sl_caller_record(ana, (struct sl_slice){bytes, SL_EVENT_BYTES_MAX + 1});

    assert_int_equal(sl_error_of(at->error), SL_E_MALFORMED); /* zeros are no message */
    assert_int_equal(sl_error_of(above->error), SL_E_TOO_BIG);
    sl_service_close(&s);
}

static void an_append_of_nothing_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_append(ana, 7, NULL, 0, false);
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(reply->tag, 7);
    assert_int_equal(sl_error_of(reply->error), SL_E_MISSING_FIELD);
    sl_service_close(&s);
}

static void an_append_of_too_many_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    size_t count = SL_BATCH_EVENTS_MAX + 1;
    struct sl_slice *events = sl_arena_calloc(&s.arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        events[i] = BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana");
    }

    sl_caller_append(ana, 1, events, count, false);
    sl_caller_append(ana, 2, events, count - 1, false);
    sl_service_settle(&s);

    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_TOO_MANY);
    assert_int_equal(sl_caller_expect(ana)->append->n_receipts, SL_BATCH_EVENTS_MAX);
    assert_int_equal(sl_core_head(s.core).v, SL_BATCH_EVENTS_MAX);
    sl_service_close(&s);
}

static void recorded_times_never_go_back(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    const Salesledger__V1__Receipt *first = sl_caller_record(ana, sale(&s, "D1"));

    s.clock.at.v -= 3600000000ll;
    const Salesledger__V1__Receipt *second = sl_caller_record(ana, sale(&s, "D2"));

    assert_int_equal(second->recorded_us, first->recorded_us);
    sl_service_close(&s);
}

static void without_space_appends_are_refused_and_questions_answered(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.free_bytes_min = 1000;
    s.ops.free_bytes = 999;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    const Salesledger__V1__Receipt *receipt = sl_caller_record(ana, sale(&s, "D1"));

    assert_int_equal(sl_error_of(receipt->error), SL_E_NO_SPACE);
    assert_int_equal(receipt->error->may_retry, 1);
    assert_int_equal(sl_caller_ask_status(ana)->head, 0);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_gives_seq_time_and_id),
        cmocka_unit_test(an_event_without_id_gets_one),
        cmocka_unit_test(an_event_without_a_date_takes_effect_on_the_recorded_day),
        cmocka_unit_test(the_actor_is_who_is_connected),
        cmocka_unit_test(a_refusal_names_the_field_and_writes_nothing),
        cmocka_unit_test(a_conflict_tells_where_the_entity_stands),
        cmocka_unit_test(an_event_of_the_greatest_size_is_taken_and_one_byte_more_is_refused),
        cmocka_unit_test(an_append_of_nothing_is_refused),
        cmocka_unit_test(an_append_of_too_many_is_refused),
        cmocka_unit_test(recorded_times_never_go_back),
        cmocka_unit_test(without_space_appends_are_refused_and_questions_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
