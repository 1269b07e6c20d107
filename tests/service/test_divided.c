/* An append that takes long is done in parts, so that nobody waits for all of it; for whoever sent it, it is one all the same. */
#include <stdio.h>

#include "lib/service.h"
#include "lib/test.h"

enum { EVENTS = 200 };

/* Each look at the clock finds that so much has passed: a part ends at the first. */
#define STEP_US 20000u

static uint64_t step(const struct sl_clock *clock)
{
    static uint64_t now_us = 1;
    (void)clock;
    now_us += STEP_US;
    return now_us;
}

static void open_slow(struct sl_service *s)
{
    sl_service_init(s);
    s->clock.base.monotonic_us = step;
    sl_service_open_with(s);
}

static void
append_many(struct sl_service *s, struct sl_caller *caller, uint64_t tag, bool all_or_nothing)
{
    struct sl_slice events[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        events[i] = BUILD_CONTACT(&s->build, .customer = "ACME", .person = "ana");
    }
    sl_caller_append(caller, tag, events, EVENTS, all_or_nothing);
}

static void append_one(struct sl_service *s, struct sl_caller *caller, uint64_t tag)
{
    struct sl_slice event = BUILD_CONTACT(&s->build, .customer = "ACME", .person = "bo");
    sl_caller_append(caller, tag, &event, 1, false);
}

static void
assert_recorded(const Salesledger__V1__Reply *reply, uint64_t tag, size_t count, uint64_t from)
{
    assert_non_null(reply);
    assert_int_equal(reply->tag, tag);
    assert_int_equal(reply->append->n_receipts, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sl_receipt_of(reply, i)->seq, from + i);
    }
}

static void a_long_append_is_done_in_parts_and_answered_once(void **state)
{
    (void)state;
    struct sl_service s;
    open_slow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    append_many(&s, ana, 1, false);

    uint64_t head = sl_core_head(s.core).v;
    assert_in_range(head, 1, EVENTS - 1);
    assert_true(sl_service_turn(&s));
    assert_in_range(sl_core_head(s.core).v, head + 1, EVENTS - 1);
    assert_int_equal(sl_caller_pending(ana), 0);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(ana), 1);
    assert_recorded(sl_caller_expect(ana), 1, EVENTS, 1);
    sl_service_close(&s);
}

static void questions_are_answered_between_and_other_appends_behind(void **state)
{
    (void)state;
    struct sl_service s;
    open_slow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");

    append_many(&s, ana, 1, false);
    append_one(&s, bo, 2);
    append_many(&s, cy, 3, true);
    sl_caller_status(bo, 5);
    sl_caller_status(cy, 6);
    struct sl_caller *dan = sl_caller_open(&s, "dan");
    sl_caller_status(dan, 7);
    assert_in_range(sl_core_head(s.core).v, 1, EVENTS - 1);
    (void)sl_service_turn(&s);
    sl_inline_run_all(&s.executor);
    (void)sl_service_turn(&s);
    assert_non_null(sl_caller_expect(dan)->status);
    assert_in_range(sl_core_head(s.core).v, 1, EVENTS - 1);
    sl_service_settle(&s);

    assert_recorded(sl_caller_expect(ana), 1, EVENTS, 1);
    assert_recorded(sl_caller_expect(bo), 2, 1, EVENTS + 1);
    assert_recorded(sl_caller_expect(cy), 3, EVENTS, EVENTS + 2);
    assert_int_equal(sl_caller_expect(bo)->tag, 5);
    assert_int_equal(sl_caller_expect(cy)->tag, 6);
    sl_service_close(&s);
}

static void who_leaves_in_the_middle_holds_nobody_up(void **state)
{
    (void)state;
    struct sl_service s;
    open_slow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    append_many(&s, ana, 1, false);
    append_many(&s, bo, 2, false);
    uint64_t head = sl_core_head(s.core).v;
    assert_in_range(head, 1, EVENTS - 1);

    sl_caller_close(ana);
    sl_service_settle(&s);

    assert_recorded(sl_caller_expect(bo), 2, EVENTS, head + 1);
    sl_service_close(&s);
}

static void who_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.clock.base.monotonic_us = step;
    s.options.limits.output_bytes_high = 1;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    append_many(&s, ana, 1, false);
    sl_caller_subscribe(ana, 2, 1);
    ana->is_deaf = true;
    append_one(&s, bo, 3);
    sl_service_settle(&s);

    assert_recorded(sl_caller_expect(bo), 3, 1, EVENTS + 1);
    sl_service_close(&s);
}

static void a_drain_ends_it(void **state)
{
    (void)state;
    struct sl_service s;
    open_slow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    append_many(&s, ana, 1, false);
    assert_in_range(sl_core_head(s.core).v, 1, EVENTS - 1);

    sl_core_drain(s.core);
    assert_int_equal(sl_core_head(s.core).v, EVENTS);
    sl_service_settle(&s);

    assert_recorded(sl_caller_expect(ana), 1, EVENTS, 1);
    sl_service_close(&s);
}

static void all_or_nothing_is_not_divided(void **state)
{
    (void)state;
    struct sl_service s;
    open_slow(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");

    append_many(&s, ana, 1, true);

    assert_int_equal(sl_core_head(s.core).v, EVENTS);
    sl_service_settle(&s);
    assert_recorded(sl_caller_expect(ana), 1, EVENTS, 1);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_append_is_done_in_parts_and_answered_once),
        cmocka_unit_test(questions_are_answered_between_and_other_appends_behind),
        cmocka_unit_test(who_leaves_in_the_middle_holds_nobody_up),
        cmocka_unit_test(who_does_not_read_holds_nobody_up),
        cmocka_unit_test(a_drain_ends_it),
        cmocka_unit_test(all_or_nothing_is_not_divided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
