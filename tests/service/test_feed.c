/* Subscriptions: each event once, in order, only when durable, however slowly it is read. */
#include "lib/service.h"
#include "lib/test.h"
#include "service/feed.h"

static void record_many(struct sl_service *s, struct sl_caller *caller, size_t count)
{
    struct sl_slice *events = sl_arena_calloc(&s->arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++) {
        events[i] = BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana");
    }
    sl_caller_append(caller, 99, events, count, false);
    sl_service_settle(s);
    assert_int_equal(sl_caller_expect(caller)->append->n_receipts, count);
}

/* Takes pages of `tag`; the events must go on from *next without a gap. */
static void take_pages(struct sl_caller *caller, uint64_t tag, uint64_t *next)
{
    const Salesledger__V1__Reply *reply = sl_caller_reply(caller);
    while (reply != NULL) {
        assert_int_equal(reply->tag, tag);
        SL_ASSERT(reply->events != NULL);
        assert_int_equal(reply->more, 1);
        for (size_t i = 0; i < reply->events->n_events; i++) {
            assert_int_equal(reply->events->events[i]->seq, *next);
            ++*next;
        }
        assert_true(reply->events->next >= *next);
        reply = sl_caller_reply(caller);
    }
}

static void a_subscription_says_at_once_that_it_stands(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_subscribe(ana, 7, 0);
    (void)sl_service_turn(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(reply->tag, 7);
    assert_int_equal(reply->events->n_events, 0);
    assert_int_equal(reply->events->next, 1);
    assert_int_equal(reply->more, 1);
    assert_int_equal(sl_caller_ask_status(ana)->subscriptions, 1);
    sl_service_close(&s);
}

static void from_one_every_event_comes_once_in_order(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    uint64_t next = 1;
    record_many(&s, ana, 3000);

    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    take_pages(bo, 1, &next);
    assert_int_equal(next, 3001);
    record_many(&s, ana, 10);
    take_pages(bo, 1, &next);

    assert_int_equal(next, 3011);
    sl_service_close(&s);
}

static void without_a_start_only_what_comes_later_is_sent(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 5);
    uint64_t next = 6;

    sl_caller_subscribe(bo, 1, 0);
    sl_service_settle(&s);
    record_many(&s, ana, 5);
    take_pages(bo, 1, &next);

    assert_int_equal(next, 11);
    sl_service_close(&s);
}

static void nothing_is_sent_before_it_is_durable(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_subscribe(bo, 1, 1);
    (void)sl_service_turn(&s);
    (void)sl_caller_expect(bo);
    struct sl_slice event = BUILD_CONTACT(&s.build, .customer = "ACME", .person = "ana");

    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(bo));
    sl_service_settle(&s);

    assert_int_equal(sl_caller_expect(bo)->events->events[0]->seq, 1);
    sl_service_close(&s);
}

static void a_slow_reader_costs_its_mark_and_loses_nothing(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.output_bytes_high = 10000;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    bo->is_deaf = true;
    for (size_t i = 0; i < 20; i++) {
        record_many(&s, ana, 1000);
    }

    /* One page beyond the mark at most. */
    assert_in_range(sl_client_session_output(bo->session).len, 10000, 10000 + 256 * 200);
    sl_caller_listen(bo);
    sl_service_settle(&s);
    uint64_t next = 1;
    take_pages(bo, 1, &next);

    assert_int_equal(next, 20001);
    sl_service_close(&s);
}

static void only_the_types_asked_for_are_sent(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    char *types[] = {(char[]){"close"}};
    Salesledger__V1__SubscribeRequest subscribe = SALESLEDGER__V1__SUBSCRIBE_REQUEST__INIT;
    subscribe.types = types;
    subscribe.n_types = 1;
    Salesledger__V1__Request request = SALESLEDGER__V1__REQUEST__INIT;
    request.subscribe = &subscribe;
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    sl_caller_request(bo, &request);
    sl_service_settle(&s);
    (void)sl_caller_expect(bo);

    record_many(&s, ana, 3);
    (void)sl_caller_record(ana, BUILD_CLOSE(&s.build, .deal = "D1", .customer = "ACME",
                                            .kind = SL_CLOSE_WON, .amount = 5, .person = "ana"));

    const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
    assert_int_equal(reply->events->n_events, 1);
    assert_int_equal(reply->events->events[0]->seq, 4);
    assert_int_equal(reply->events->next, 5);
    assert_null(sl_caller_reply(bo));
    sl_service_close(&s);
}

static void a_start_beyond_the_next_seq_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 2);

    sl_caller_subscribe(ana, 1, 3);
    sl_caller_subscribe(ana, 2, 4);
    sl_service_settle(&s);

    assert_null(sl_caller_expect(ana)->error);
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_INVALID_FIELD);
    sl_service_close(&s);
}

static void the_limit_and_a_tag_in_use_are_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.limits.subscriptions_max = 2;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    sl_caller_subscribe(ana, 1, 0);
    sl_caller_subscribe(ana, 1, 0);
    sl_caller_subscribe(ana, 2, 0);
    sl_caller_subscribe(ana, 3, 0);
    sl_service_settle(&s);

    assert_null(sl_caller_expect(ana)->error);
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_INVALID_FIELD);
    assert_null(sl_caller_expect(ana)->error);
    assert_int_equal(sl_error_of(sl_caller_expect(ana)->error), SL_E_TOO_MANY);
    sl_service_close(&s);
}

static void as_many_subscriptions_as_the_maximum_stand_and_one_more_is_refused(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    for (uint64_t tag = 1; tag <= SL_SUBSCRIPTIONS_MAX + 1; tag++) {
        sl_caller_subscribe(ana, tag, 0);
    }
    sl_service_settle(&s);

    for (uint64_t tag = 1; tag <= SL_SUBSCRIPTIONS_MAX; tag++) {
        assert_null(sl_caller_expect(ana)->error);
    }
    const Salesledger__V1__Error *error = sl_caller_expect(ana)->error;
    assert_int_equal(sl_error_of(error), SL_E_TOO_MANY);
    assert_string_equal(error->field, "subscribe");
    assert_string_equal(error->message, "a connection has at most 16 subscriptions");
    sl_service_close(&s);
}

static void a_cancelled_subscription_says_where_it_stood_and_is_silent(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    record_many(&s, ana, 3);
    sl_caller_subscribe(bo, 1, 0);
    sl_service_settle(&s);
    (void)sl_caller_expect(bo);

    sl_caller_cancel(bo, 2, 1);
    sl_service_settle(&s);
    const Salesledger__V1__Reply *last = sl_caller_expect(bo);
    assert_int_equal(last->tag, 1);
    assert_int_equal(last->more, 0);
    assert_int_equal(last->events->next, 4);
    assert_int_equal(sl_caller_expect(bo)->tag, 2);
    record_many(&s, ana, 3);
    assert_null(sl_caller_reply(bo));
    sl_caller_cancel(bo, 3, 1);
    sl_service_settle(&s);

    assert_int_equal(sl_error_of(sl_caller_expect(bo)->error), SL_E_NOT_FOUND);
    sl_service_close(&s);
}

/* Events in the pages that have come and were not yet taken. */
static size_t take_all(struct sl_caller *caller)
{
    size_t events = 0;
    const Salesledger__V1__Reply *reply = sl_caller_reply(caller);
    while (reply != NULL) {
        events += reply->events->n_events;
        reply = sl_caller_reply(caller);
    }
    return events;
}

static void many_subscribers_far_behind_take_no_more_of_a_turn_than_one(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *readers[12];
    const size_t count = sizeof readers / sizeof readers[0];
    record_many(&s, ana, 5000);
    for (size_t i = 0; i < count; i++) {
        readers[i] = sl_caller_open(&s, "bo");
        sl_caller_subscribe(readers[i], 1, 1);
    }

    size_t per_reader[12] = {0};
    size_t turns = 0;
    for (bool has_more = true; has_more; turns++) {
        size_t events = 0;
        has_more = sl_service_turn(&s);
        for (size_t i = 0; i < count; i++) {
            size_t got = take_all(readers[i]);
            per_reader[i] += got;
            events += got;
        }
        assert_true(events < 2 * SL_TURN_FED_MAX);
        for (size_t i = 1; turns >= count && i < count; i++) {
            assert_true(per_reader[i] > 0); /* each has had its share by now */
        }
    }

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(per_reader[i], 5000);
    }
    sl_service_close(&s);
}

static void a_subscriber_that_leaves_before_its_share_is_forgotten(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *readers[8];
    record_many(&s, ana, 5000);
    for (size_t i = 0; i < 8; i++) {
        readers[i] = sl_caller_open(&s, "bo");
        sl_caller_subscribe(readers[i], 1, 1);
    }
    assert_true(sl_service_turn(&s));

    for (size_t i = 1; i < 8; i++) {
        sl_caller_close(readers[i]);
    }
    sl_service_settle(&s);

    assert_int_equal(take_all(readers[0]), 5000);
    sl_service_close(&s);
}

static void it_is_the_same_log_before_and_after_a_checkpoint(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    record_many(&s, ana, 700);
    sl_store_checkpoint_soon(sl_core_store(s.core));
    sl_core_tick(s.core);
    sl_service_settle(&s);
    sl_inline_run_all(&s.executor);
    record_many(&s, ana, 700);
    assert_in_range(sl_store_checkpointed(sl_core_store(s.core)).v, 700, 1399);
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    uint64_t next = 1;

    sl_caller_subscribe(bo, 1, 1);
    sl_service_settle(&s);
    take_pages(bo, 1, &next);

    assert_int_equal(next, 1401);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subscription_says_at_once_that_it_stands),
        cmocka_unit_test(from_one_every_event_comes_once_in_order),
        cmocka_unit_test(without_a_start_only_what_comes_later_is_sent),
        cmocka_unit_test(nothing_is_sent_before_it_is_durable),
        cmocka_unit_test(a_slow_reader_costs_its_mark_and_loses_nothing),
        cmocka_unit_test(only_the_types_asked_for_are_sent),
        cmocka_unit_test(a_start_beyond_the_next_seq_is_refused),
        cmocka_unit_test(the_limit_and_a_tag_in_use_are_refused),
        cmocka_unit_test(as_many_subscriptions_as_the_maximum_stand_and_one_more_is_refused),
        cmocka_unit_test(a_cancelled_subscription_says_where_it_stood_and_is_silent),
        cmocka_unit_test(many_subscribers_far_behind_take_no_more_of_a_turn_than_one),
        cmocka_unit_test(a_subscriber_that_leaves_before_its_share_is_forgotten),
        cmocka_unit_test(it_is_the_same_log_before_and_after_a_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
