/* A store without room: requests wait for the checkpoint instead of being refused, and lose neither order nor content. */
#include <stdio.h>
#include <string.h>

#include "lib/service.h"
#include "lib/test.h"

enum { CUSTOMERS = 2000, EVENTS = 400, TEXT = 4000, CHECKPOINT_BYTES = 256 * 1024 };

static char *make_text(struct sl_service *s)
{
    char *text = sl_arena_alloc(&s->arena, TEXT + 1);
    assert_non_null(text);
    memset(text, 'x', TEXT);
    text[TEXT] = '\0';
    return text;
}

static void append_many(struct sl_service *s, struct sl_caller *caller, const char *text)
{
    for (size_t i = 0; i < EVENTS; i++) {
        struct sl_slice event =
            BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana", .text = text);
        sl_caller_append(caller, i + 1, &event, 1, false);
    }
}

static void open_small(struct sl_service *s)
{
    sl_service_init(s);
    s->options.checkpoint_bytes = CHECKPOINT_BYTES;
    sl_service_open_with(s);
}

static void appends_wait_while_the_store_has_no_room(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    append_many(&s, ana, make_text(&s));
    /* Batches are written, but no checkpoint ends. */
    for (size_t i = 0; i < 50; i++) {
        (void)sl_service_turn(&s);
        (void)sl_inline_run_one(&s.executor, SL_LANE_JOURNAL);
    }
    uint64_t head = sl_core_head(s.core).v;
    assert_in_range(head, 1, EVENTS - 1);
    assert_false(sl_client_session_wants_input(ana->session));
    assert_false(sl_service_turn(&s)); /* waiting is not work: the loop may sleep */
    sl_service_settle(&s);

    assert_int_equal(sl_caller_pending(ana), EVENTS);
    for (size_t i = 0; i < EVENTS; i++) {
        const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
        assert_int_equal(reply->tag, i + 1);
        assert_int_equal(sl_receipt_of(reply, 0)->seq, i + 1);
    }
    sl_service_close(&s);
}

/* What is stored of them is longer than what was sent. */
static void customers_with_personal_fields_wait_for_the_room_they_take(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.checkpoint_bytes = (uint64_t)4 * 1024; /* and of the ring three times that */
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    for (size_t i = 0; i < CUSTOMERS; i++) {
        char *name = sl_arena_alloc(&s.arena, 16);
        (void)snprintf(name, 16, "C%zu", i);
        struct sl_slice event = BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = name,
                                             .phone = "+49 30 901820");
        sl_caller_append(ana, i + 1, &event, 1, false);
    }
    sl_service_settle(&s);
    for (size_t i = 0; i < CUSTOMERS; i++) {
        assert_null(sl_receipt_of(sl_caller_expect(ana), 0)->error);
    }
    sl_service_close(&s);
}

static void questions_of_others_are_answered_meanwhile(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    append_many(&s, ana, make_text(&s));
    for (size_t i = 0; i < 50; i++) {
        (void)sl_service_turn(&s);
        (void)sl_inline_run_one(&s.executor, SL_LANE_JOURNAL);
    }

    sl_caller_status(bo, 1);
    (void)sl_service_turn(&s);

    assert_non_null(sl_caller_expect(bo)->status);
    sl_service_settle(&s);
    sl_service_close(&s);
}

static void who_leaves_while_waiting_is_forgotten(void **state)
{
    (void)state;
    struct sl_service s;
    open_small(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    append_many(&s, ana, make_text(&s));
    (void)sl_service_turn(&s);
    uint64_t head = sl_core_head(s.core).v;

    sl_caller_close(ana);
    sl_service_settle(&s);

    assert_int_equal(sl_core_head(s.core).v, head);
    sl_service_close(&s);
}

/* ── the memory of the state ── */

enum { STATE_BYTES = 1024 * 1024, MANY = 6000, PART = 500 };

static void open_tight(struct sl_service *s)
{
    sl_service_init(s);
    s->options.state_bytes_max = STATE_BYTES;
    sl_service_open_with(s);
}

static struct sl_slice *contacts_of_many(struct sl_service *s, size_t from, size_t count)
{
    struct sl_slice *events = sl_arena_alloc(&s->arena, count * sizeof *events);
    assert_non_null(events);
    for (size_t i = 0; i < count; i++) {
        char *customer = sl_arena_alloc(&s->arena, 32);
        assert_non_null(customer);
        (void)snprintf(customer, 32, "customer-%zu", from + i);
        events[i] = BUILD_CONTACT(&s->build, .customer = customer, .person = "ana");
    }
    return events;
}

/* With the ticks in which the store sees that its memory is full. */
static void settle_in_time(struct sl_service *s)
{
    for (int i = 0; i < 4; i++) {
        sl_service_settle(s);
        sl_core_tick(s->core);
    }
    sl_service_settle(s);
}

static void a_batch_too_large_for_the_memory_of_the_state_is_told_so(void **state)
{
    (void)state;
    struct sl_service s;
    open_tight(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    for (uint64_t tag = 1; tag <= 3; tag++) {
        sl_caller_append(ana, tag, contacts_of_many(&s, 0, MANY), MANY, true);
        sl_service_settle(&s);

        const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
        size_t refused = 0;
        while (sl_error_of(sl_receipt_of(reply, refused)->error) == SL_E_BATCH_ABORTED) {
            refused++;
        }
        assert_int_equal(sl_error_of(sl_receipt_of(reply, refused)->error), SL_E_TOO_BIG);
        assert_string_equal(sl_receipt_of(reply, refused)->error->field, "append.all_or_nothing");
        assert_int_equal(sl_core_head(s.core).v, 0);
    }

    /* What was taken back is in nobody's way: neither these, more than ever fit at once, nor a batch that may. */
    for (size_t i = 0; i < MANY; i += PART) {
        sl_caller_append(ana, 100 + i, contacts_of_many(&s, i, PART), PART,
                         i % (2 * (size_t)PART) == 0);
        settle_in_time(&s);
        const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
        assert_null(reply->error);
        assert_true(sl_receipt_of(reply, PART - 1)->has_seq);
    }
    assert_int_equal(sl_core_head(s.core).v, MANY);
    sl_service_close(&s);
}

/* Sales that are shared by four, of one customer each, and no checkpoint ends. */
static void sell_many(struct sl_service *s, struct sl_caller *caller)
{
    enum { SALES = 100, ROUNDS = 30 };
    struct sl_slice events[SALES];
    for (size_t i = 0; i < (size_t)SALES * ROUNDS; i++) {
        char deal[32];
        (void)snprintf(deal, sizeof deal, "D%zu", i);
        char person[32];
        (void)snprintf(person, sizeof person, "P%zu", i % 500);
        events[i % SALES] =
            BUILD_CLOSE(&s->build, .deal = deal, .customer = deal, .kind = SL_CLOSE_WON,
                        .date = "2017-03-01", .product = "bolt", .amount = 100,
                        .credits = {{person, 250000, SL_CREDIT_DIRECT, NULL},
                                    {"ann", 250000, SL_CREDIT_DIRECT, NULL},
                                    {"bob", 250000, SL_CREDIT_DIRECT, NULL},
                                    {"cat", 250000, SL_CREDIT_DIRECT, NULL}},
                        .credit_count = 4);
        if (i % SALES == SALES - 1) {
            sl_caller_append(caller, i, events, SALES, false);
            (void)sl_service_turn(s);
            (void)sl_inline_run_one(&s->executor, SL_LANE_JOURNAL);
            (void)sl_service_turn(s);
            assert_true(sl_receipt_of(sl_caller_expect(caller), 0)->has_seq);
        }
    }
}

static void what_a_batch_makes_of_earlier_events_is_not_its_own(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.state_bytes_max = (size_t)3 * STATE_BYTES;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    sell_many(&s, ana);

    /* A customer with a history: all rows are derived first. */
    struct sl_slice two[] = {
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "D7", .region = "east"),
        BUILD_CONTACT(&s.build, .customer = "D7", .person = "ana")};
    sl_caller_append(ana, 1, two, COUNT(two), true);
    settle_in_time(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_null(reply->error);
    assert_true(sl_receipt_of(reply, 1)->has_seq);
    sl_service_close(&s);
}

static void append_at_once(struct sl_service *s, struct sl_caller *caller, const char *text)
{
    struct sl_slice events[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        events[i] = BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana", .text = text);
    }
    sl_caller_append(caller, 1, events, EVENTS, true);
}

static void assert_too_big_for_the_journal(struct sl_service *s)
{
    struct sl_caller *ana = sl_caller_open(s, "ana");
    append_at_once(s, ana, make_text(s));
    settle_in_time(s);
    const Salesledger__V1__Reply *reply = sl_caller_expect(ana);
    assert_int_equal(sl_error_of(reply->error), SL_E_TOO_BIG);
    assert_string_equal(reply->error->field, "append.all_or_nothing");
    assert_int_equal(sl_core_head(s->core).v, 0);
}

static void a_batch_larger_than_a_segment_is_told_so(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.segment_bytes = (uint64_t)1024 * 1024;
    sl_service_open_with(&s);
    assert_too_big_for_the_journal(&s);
    sl_service_close(&s);
}

static void a_batch_larger_than_the_ring_is_told_so(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.checkpoint_bytes = (uint64_t)64 * 1024;
    sl_service_open_with(&s);
    assert_too_big_for_the_journal(&s);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_wait_while_the_store_has_no_room),
        cmocka_unit_test(customers_with_personal_fields_wait_for_the_room_they_take),
        cmocka_unit_test(questions_of_others_are_answered_meanwhile),
        cmocka_unit_test(who_leaves_while_waiting_is_forgotten),
        cmocka_unit_test(what_a_batch_makes_of_earlier_events_is_not_its_own),
        cmocka_unit_test(a_batch_larger_than_a_segment_is_told_so),
        cmocka_unit_test(a_batch_larger_than_the_ring_is_told_so),
        cmocka_unit_test(a_batch_too_large_for_the_memory_of_the_state_is_told_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
