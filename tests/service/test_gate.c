/* Nobody sees what a crash could take back: every reply is held until what it reflects is on disk. */

#include "lib/service.h"
#include "lib/test.h"
#include "store/store.h"

static void a_reply_to_a_write_waits_until_it_is_durable(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s); /* the journal has it, but has not written it */
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(ana));
    assert_true(sl_inline_run_one(&s.executor, SL_LANE_JOURNAL));
    assert_null(sl_caller_reply(ana)); /* durable, and told in the next turn */
    (void)sl_service_turn(&s);

    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    sl_service_close(&s);
}

/* One that the loop writes itself is answered in the turn that took it in, and only if the flush succeeded. */
static void a_small_write_is_answered_in_its_turn_or_not_at_all(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_init(&s);
    s.options.own_events_max = 1;
    sl_service_open_with(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice events[] = {sl_visit(&s), sl_visit(&s), sl_visit(&s)};

    sl_caller_append(ana, 1, &events[0], 1, false);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_receipt_of(sl_caller_expect(ana), 0)->seq, 1);
    sl_service_settle(&s); /* the journal's next segment */

    sl_caller_rank(ana, 5); /* whoever asks does not wait for a flush */
    sl_caller_append(ana, 6, &events[2], 1, false);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_caller_expect(ana)->tag, 5);
    assert_null(sl_caller_reply(ana));
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(ana)->tag, 6);
    sl_fake_clock_advance_us(&s.clock, 2000000);

    s.ops.call = SL_FAULT_FDATASYNC;
    sl_caller_append(ana, 2, &events[1], 1, false);
    (void)sl_service_turn(&s);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(ana));
    assert_int_equal(s.stops, 1);
    sl_service_close(&s);
}

static void a_question_that_sees_it_waits_as_long(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(ana, 1, &event, 1, false);
    sl_caller_status(bo, 2);
    (void)sl_service_turn(&s);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(bo));
    sl_service_settle(&s);

    assert_int_equal(sl_caller_expect(bo)->seq, 1);
    sl_service_close(&s);
}

static void a_ranking_shows_what_is_durable_and_does_not_wait(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(ana, sl_visit(&s));
    sl_caller_rank(bo, 1);
    sl_service_settle(&s);
    int64_t one = sl_first_ranked(sl_caller_expect(bo));
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(ana, 2, &event, 1, false);
    sl_caller_rank(bo, 2);
    (void)sl_service_turn(&s); /* the journal has the second visit, but has not written it */
    const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
    assert_int_equal(sl_first_ranked(reply), one);
    assert_int_equal(reply->seq, 1);

    sl_service_settle(&s);
    sl_caller_rank(bo, 3);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_first_ranked(sl_caller_expect(bo)), 2 * one);
    sl_service_close(&s);
}

enum { FLOOD_VISITS = 900 };

/* A ranking in memory that shows ana's one visit, and a flood of more that she has sent. */
struct flood {
    struct sl_service s;
    struct sl_caller *ana, *bo;
    int64_t one;
};

static void flood_open(struct flood *f, struct sl_slice last)
{
    struct sl_slice events[FLOOD_VISITS + 1];
    f->ana = sl_caller_open(&f->s, "ana");
    f->bo = sl_caller_open(&f->s, "bo");
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    sl_caller_rank(f->bo, 1);
    sl_service_settle(&f->s);
    f->one = sl_first_ranked(sl_caller_expect(f->bo));
    for (size_t i = 0; i < FLOOD_VISITS; i++) {
        events[i] = sl_visit(&f->s);
    }
    events[FLOOD_VISITS] = last;
    sl_caller_append(f->ana, 2, events, FLOOD_VISITS + (last.len > 0 ? 1 : 0), false);
}

/* A ranking asked now; it may be there before the next turn. */
static uint64_t assert_rank_is_of_its_seq(struct flood *f)
{
    sl_caller_rank(f->bo, 3);
    sl_caller_listen(f->bo);
    const Salesledger__V1__Reply *reply = sl_caller_reply(f->bo);
    if (reply == NULL) {
        sl_service_settle(&f->s);
        reply = sl_caller_expect(f->bo);
    }
    uint64_t visits = reply->seq < 1 + FLOOD_VISITS ? reply->seq : 1 + FLOOD_VISITS;
    assert_int_equal(sl_first_ranked(reply), (int64_t)visits * f->one);
    return reply->seq;
}

static const struct sl_slice nothing = {NULL, 0};

/* The facts that a checkpoint has written are forgotten, and the ranking has followed them by then. */
static void a_checkpoint_amid_the_parts_leaves_rankings_of_their_seq(void **state)
{
    (void)state;
    struct flood f;
    sl_service_open(&f.s);
    flood_open(&f, nothing);
    sl_store_checkpoint_soon(sl_core_store(f.s.core));
    (void)sl_service_turn(&f.s);
    assert_true(sl_inline_run_one(&f.s.executor, SL_LANE_JOURNAL));
    (void)sl_service_turn(&f.s); /* a part */
    assert_true(sl_inline_run_one(&f.s.executor, SL_LANE_CHECKPOINT));
    assert_int_equal(assert_rank_is_of_its_seq(&f), 1 + FLOOD_VISITS);
    sl_service_close(&f.s);
}

/* Names and who is listed are shown as they stand, so the sales before the last define belong to the answer. */
static void a_ranking_that_shows_a_define_shows_the_sales_before_it(void **state)
{
    (void)state;
    for (int is_durable = 0; is_durable < 2; is_durable++) {
        struct flood f;
        sl_service_open(&f.s);
        flood_open(&f, BUILD_DEFINE(&f.s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "NEWCO"));
        (void)sl_service_turn(&f.s);
        if (is_durable) {
            assert_true(sl_inline_run_one(&f.s.executor, SL_LANE_JOURNAL));
            (void)sl_service_turn(&f.s);
        }
        assert_int_equal(assert_rank_is_of_its_seq(&f), 1 + FLOOD_VISITS + 1);
        sl_service_close(&f.s);
    }
}

/* Who is listed follows defines at once, so the answer waits for them. */
static void a_ranking_that_lists_somebody_new_waits_for_the_define(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    (void)sl_caller_record(
        ana, BUILD_DEFINE(&s.build, .kind = SL_DEFINE_PERSON, .id_text = "ana", .unit = "team"));
    (void)sl_caller_record(ana, sl_visit(&s)); /* durable, and in no table yet */
    struct sl_slice define =
        BUILD_DEFINE(&s.build, .kind = SL_DEFINE_PERSON, .id_text = "new", .unit = "team");

    sl_caller_append(ana, 2, &define, 1, false);
    sl_caller_rank(bo, 2);
    (void)sl_service_turn(&s); /* the journal has the define, but has not written it */
    assert_null(sl_caller_reply(bo));
    sl_service_settle(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(bo);
    assert_int_equal(reply->rank->n_rows, 2);
    assert_int_equal(reply->seq, 3);
    sl_service_close(&s);
}

static void who_has_appended_sees_it_in_the_ranking_and_waits_for_it(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    sl_caller_rank(ana, 1);
    sl_service_settle(&s);
    int64_t one = sl_first_ranked(sl_caller_expect(ana));
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(ana, 2, &event, 1, false);
    sl_caller_rank(ana, 3);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(ana));
    sl_service_settle(&s);

    (void)sl_caller_expect(ana);
    assert_int_equal(sl_first_ranked(sl_caller_expect(ana)), 2 * one);
    sl_service_close(&s);
}

static void a_refusal_that_tells_of_it_waits_as_long(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_slice event = sl_visit(&s);
    struct sl_slice other = BUILD_CONTACT(&s.build, .customer = "OTHER", .person = "ana", .id = 1);

    sl_caller_append(ana, 1, &event, 1, false);
    sl_caller_append(bo, 1, &other, 1, false);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(bo));
    sl_service_settle(&s);

    const Salesledger__V1__Receipt *receipt = sl_receipt_of(sl_caller_expect(bo), 0);
    assert_int_equal(sl_error_of(receipt->error), SL_E_ID_REUSED);
    sl_service_close(&s);
}

static void a_question_about_what_is_durable_is_answered_in_the_same_turn(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));

    sl_caller_status(ana, 2);
    (void)sl_service_turn(&s);

    assert_int_equal(sl_caller_expect(ana)->tag, 2);
    sl_service_close(&s);
}

static void a_crash_before_the_flush_loses_only_what_nobody_was_told(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    (void)sl_caller_record(ana, sl_visit(&s));
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    assert_null(sl_caller_reply(ana));

    sl_service_crash(&s);

    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void a_crash_after_the_flush_loses_nothing(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    assert_true(sl_inline_run_one(&s.executor, SL_LANE_JOURNAL));

    sl_service_crash(&s);

    assert_int_equal(sl_core_head(s.core).v, 1);
    sl_service_close(&s);
}

static void what_arrives_during_a_flush_shares_the_next_one(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *callers[8];
    for (size_t i = 0; i < COUNT(callers); i++) {
        callers[i] = sl_caller_open(&s, "ana");
    }
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(callers[0], 1, &event, 1, false);
    (void)sl_service_turn(&s);
    for (size_t i = 1; i < COUNT(callers); i++) {
        event = sl_visit(&s);
        sl_caller_append(callers[i], 1, &event, 1, false);
        (void)sl_service_turn(&s);
    }
    sl_service_settle(&s);

    for (size_t i = 0; i < COUNT(callers); i++) {
        assert_int_equal(sl_receipt_of(sl_caller_expect(callers[i]), 0)->seq, i + 1);
    }
    assert_int_equal(sl_caller_ask_status(callers[0])->batches, 2);
    sl_service_close(&s);
}

static void the_longest_hold_is_reported(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_slice event = sl_visit(&s);

    sl_caller_append(ana, 1, &event, 1, false);
    (void)sl_service_turn(&s);
    sl_fake_clock_advance_us(&s.clock, 1234);
    sl_service_settle(&s);
    (void)sl_caller_expect(ana);

    assert_int_equal(sl_caller_ask_status(ana)->gate_held_us_max, 1234);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_to_a_write_waits_until_it_is_durable),
        cmocka_unit_test(a_small_write_is_answered_in_its_turn_or_not_at_all),
        cmocka_unit_test(a_question_that_sees_it_waits_as_long),
        cmocka_unit_test(a_ranking_shows_what_is_durable_and_does_not_wait),
        cmocka_unit_test(a_checkpoint_amid_the_parts_leaves_rankings_of_their_seq),
        cmocka_unit_test(a_ranking_that_shows_a_define_shows_the_sales_before_it),
        cmocka_unit_test(a_ranking_that_lists_somebody_new_waits_for_the_define),
        cmocka_unit_test(who_has_appended_sees_it_in_the_ranking_and_waits_for_it),
        cmocka_unit_test(a_refusal_that_tells_of_it_waits_as_long),
        cmocka_unit_test(a_question_about_what_is_durable_is_answered_in_the_same_turn),
        cmocka_unit_test(a_crash_before_the_flush_loses_only_what_nobody_was_told),
        cmocka_unit_test(a_crash_after_the_flush_loses_nothing),
        cmocka_unit_test(what_arrives_during_a_flush_shares_the_next_one),
        cmocka_unit_test(the_longest_hold_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
