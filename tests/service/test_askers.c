/* Whoever has asked lately is heard amid a turn: between two events of others, while others are answered, and between two portions of what
 * rankings follow. */
#include "lib/service.h"
#include "lib/test.h"
#include "projections/boards.h"

/* Each look at the clock finds that so much has passed: time for a glance. */
#define STEP_US 100u

#define LATELY_US 1000000u

enum { MANY_ASKERS = 20, GLANCE_MAX = 8, FLOOD_VISITS = 900 };

static uint64_t passed_us;

static uint64_t step(const struct sl_clock *clock)
{
    (void)clock;
    passed_us += STEP_US;
    return passed_us;
}

static void send_many(struct sl_caller *caller, size_t count)
{
    struct sl_slice frames = sl_many_visits(caller->service, count);
    sl_caller_send(caller, frames.data, frames.len);
}

/* A ledger with one event of ana's; time passes. */
static struct sl_caller *open_passing(struct sl_service *s)
{
    sl_service_init(s);
    s->options.limits.turn_bytes_max = 1u << 30; /* so that nothing else makes anyone wait */
    s->clock.base.monotonic_us = step;
    sl_service_open_with(s);
    struct sl_caller *ana = sl_caller_open(s, "ana");
    (void)sl_caller_record(ana, sl_visit(s));
    return ana;
}

/* Someone who has asked, and been answered. */
static struct sl_caller *open_asker(struct sl_service *s)
{
    struct sl_caller *caller = sl_caller_open(s, "cy");
    sl_caller_rank(caller, 1);
    sl_service_settle(s);
    (void)sl_first_ranked(sl_caller_expect(caller));
    return caller;
}

static void a_question_is_answered_between_two_events_of_others(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    uint64_t head = sl_core_head(s.core).v;
    cy->in_socket = sl_rank_frame(&s, 2);

    send_many(ana, 100);

    assert_int_equal(sl_caller_expect(cy)->tag, 2); /* before any turn */
    assert_in_range(cy->seen_at, head + 1, head + 99);
    assert_int_equal(sl_core_head(s.core).v, head + 100);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(ana), 100);
    sl_service_close(&s);
}

static void a_question_is_answered_while_others_get_their_answers(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    sl_caller_status(ana, 2);
    cy->in_socket = sl_rank_frame(&s, 3);

    (void)sl_service_turn(&s);

    assert_non_null(sl_caller_expect(ana)->status);
    assert_int_equal(sl_caller_expect(cy)->tag, 3);
    sl_service_close(&s);
}

/* What is durable of a flood and not yet shown by the ranking in memory; then `last`. */
static struct sl_caller *flood(struct sl_service *s, struct sl_caller *cy, struct sl_slice last)
{
    struct sl_slice events[FLOOD_VISITS + 1];
    struct sl_caller *bo = sl_caller_open(s, "bo");
    for (size_t i = 0; i < FLOOD_VISITS; i++) {
        events[i] = sl_visit(s);
    }
    events[FLOOD_VISITS] = last;
    sl_caller_append(bo, 1, events, FLOOD_VISITS + 1, true);
    (void)sl_service_turn(s);
    assert_true(sl_inline_run_one(&s->executor, SL_LANE_JOURNAL));
    cy->in_socket = sl_rank_frame(s, 2);
    return bo;
}

static void a_question_is_answered_between_two_portions_of_what_rankings_follow(void **state)
{
    (void)state;
    struct sl_service s;
    (void)open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    sl_caller_rank(cy, 1);
    (void)sl_service_turn(&s);
    int64_t one = sl_first_ranked(sl_caller_expect(cy));
    struct sl_caller *bo = flood(&s, cy, sl_visit(&s));

    (void)sl_service_turn(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(cy);
    assert_int_equal(cy->told, 1); /* at once, though it shows more than was told before */
    assert_in_range(reply->seq, 2, 1 + FLOOD_VISITS / 2);
    assert_int_equal(sl_first_ranked(reply), (int64_t)reply->seq * one);
    assert_int_equal(sl_caller_pending(bo), 1); /* nobody waits for another turn */
    sl_caller_rank(cy, 3);
    sl_caller_listen(cy);
    assert_int_equal(sl_first_ranked(sl_caller_expect(cy)), (FLOOD_VISITS + 2) * one);
    sl_service_close(&s);
}

/* Names and who is listed are shown as they stand, so the sales before the last define belong to the answer. */
static void such_an_answer_that_shows_a_define_shows_the_sales_before_it(void **state)
{
    (void)state;
    struct sl_service s;
    (void)open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    sl_caller_rank(cy, 1);
    (void)sl_service_turn(&s);
    int64_t one = sl_first_ranked(sl_caller_expect(cy));
    (void)flood(&s, cy, BUILD_DEFINE(&s.build, .kind = SL_DEFINE_CUSTOMER, .id_text = "NEWCO"));

    (void)sl_service_turn(&s);

    const Salesledger__V1__Reply *reply = sl_caller_expect(cy);
    assert_int_equal(reply->seq, 1 + FLOOD_VISITS + 1);
    assert_int_equal(sl_first_ranked(reply), (FLOOD_VISITS + 1) * one);
    sl_service_close(&s);
}

static void whoever_has_not_asked_for_a_second_is_not_looked_at_until_it_asks(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *bo = sl_caller_open(&s, "bo"); /* has never asked */
    struct sl_caller *cy = open_asker(&s);
    send_many(ana, 3);
    uint64_t glances = cy->glances;
    assert_true(glances >= 3);

    passed_us += LATELY_US;
    send_many(ana, 3);
    assert_int_equal(cy->glances, glances);
    sl_caller_rank(cy, 2);
    send_many(ana, 3);
    assert_int_equal(cy->glances, glances + 4); /* after each event, and at the end */
    assert_int_equal(bo->glances, 0);
    sl_service_close(&s);
}

/* Its bytes are at hand while a glance comes. */
static void whoever_appends_is_not_looked_at(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    sl_caller_rank(ana, 2);
    sl_service_settle(&s);
    uint64_t glances = ana->glances;

    send_many(ana, 10);

    assert_int_equal(ana->glances, glances);
    assert_true(cy->glances >= 10);
    sl_service_close(&s);
}

static void of_many_each_is_looked_at_in_its_turn(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *askers[MANY_ASKERS];
    struct sl_caller *ana = open_passing(&s);
    uint64_t before = 0;
    for (size_t i = 0; i < MANY_ASKERS; i++) {
        askers[i] = open_asker(&s);
    }
    for (size_t i = 0; i < MANY_ASKERS; i++) {
        before += askers[i]->glances;
        askers[i]->glances = 0;
    }

    send_many(ana, 4); /* that is five glances */

    uint64_t glances = 0;
    for (size_t i = 0; i < MANY_ASKERS; i++) {
        assert_int_equal(askers[i]->glances, 5 * GLANCE_MAX / MANY_ASKERS);
        glances += askers[i]->glances;
    }
    assert_int_equal(glances, 5 * GLANCE_MAX);
    assert_true(before > 0);
    sl_service_close(&s);
}

static void glances_are_so_far_apart_that_they_cost_little(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s); /* its clock stands still */
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *cy = open_asker(&s);
    sl_fake_clock_advance_us(&s.clock, STEP_US);
    send_many(ana, 10);
    assert_int_equal(cy->glances, 1);
    send_many(ana, 10);
    assert_int_equal(cy->glances, 1);
    sl_fake_clock_advance_us(&s.clock, STEP_US);
    send_many(ana, 10);
    assert_int_equal(cy->glances, 2);
    sl_service_close(&s);
}

static void who_is_gone_is_closed_wherever_that_is_seen(void **state)
{
    (void)state;
    for (int where = 0; where < 3; where++) {
        struct sl_service s;
        struct sl_caller *ana = open_passing(&s);
        struct sl_caller *dan = open_asker(&s);
        struct sl_caller *cy = open_asker(&s);
        cy->is_gone = true;
        if (where == 0) {
            send_many(ana, 2); /* amid what others send */
        } else if (where == 1) {
            sl_caller_status(dan, 2); /* amid what others get */
            sl_caller_status(ana, 2);
            (void)sl_service_turn(&s);
        } else {
            (void)flood(&s, dan, sl_visit(&s)); /* amid what rankings follow */
            (void)sl_service_turn(&s);
        }
        assert_null(cy->session);
        sl_service_settle(&s);
        assert_true(sl_caller_pending(ana) + sl_caller_pending(dan) > 0);
        sl_service_close(&s);
    }
}

/* Whoever is known to append is behind those that have waited for their turn, also if a glance brought it in. */
static void appends_seen_at_a_glance_wait_like_others(void **state)
{
    enum { FLOOD = 600 };
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = open_asker(&s);
    (void)open_asker(&s); /* is not looked at while cy is */
    send_many(ana, FLOOD);
    send_many(bo, FLOOD);
    assert_false(sl_core_head(s.core).v >
                 FLOOD);                   /* the turn is full, ana and bo wait for the next */
    cy->in_socket = sl_many_visits(&s, 4); /* at the second it is known */
    cy->arrives_at = cy->glances + 10;     /* while ana's are taken in */

    sl_service_settle(&s);

    uint64_t first = sl_receipt_of(sl_caller_expect(cy), 0)->seq;
    assert_in_range(first, cy->seen_at + 1, FLOOD);
    assert_true(sl_receipt_of(sl_caller_expect(cy), 0)->seq > first + 200); /* behind bo's part */
    assert_int_equal(sl_caller_pending(ana), FLOOD);
    assert_int_equal(sl_caller_pending(bo), FLOOD);
    sl_service_close(&s);
}

/* What others take of a turn is no part of an asker's share of it. */
static void a_second_question_in_a_long_turn_is_answered_too(void **state)
{
    (void)state;
    struct sl_service s;
    sl_service_open(&s);
    struct sl_caller *cy = open_asker(&s);

    sl_caller_rank(cy, 2);
    sl_fake_clock_advance_us(&s.clock, LATELY_US / 2);
    sl_caller_rank(cy, 3);
    sl_caller_listen(cy);

    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    assert_int_equal(sl_caller_expect(cy)->tag, 3);
    sl_service_close(&s);
}

static void what_others_ask_is_no_part_of_the_share_of_whoever_appends(void **state)
{
    (void)state;
    struct sl_service s;
    struct sl_caller *ana = open_passing(&s);
    struct sl_caller *cy = open_asker(&s);
    uint64_t head = sl_core_head(s.core).v;
    cy->in_socket = sl_many_ranks(&s, 40); /* more than one share of the time */

    send_many(ana, 10);

    assert_int_equal(sl_core_head(s.core).v, head + 10);
    assert_in_range(cy->told, 1, 39);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(cy), 40);
    sl_service_close(&s);
}

/* It does not matter in how many pieces they come. */
static void whoever_asks_too_much_goes_on_in_the_next_turn(void **state)
{
    (void)state;
    for (size_t pieces = 1; pieces <= 4; pieces *= 2) {
        struct sl_service s;
        (void)open_passing(&s);
        struct sl_caller *cy = open_asker(&s);
        for (size_t i = 0; i < pieces; i++) {
            struct sl_slice frames = sl_many_ranks(&s, 40 / pieces);
            sl_caller_send(cy, frames.data, frames.len);
        }
        assert_false(sl_client_session_wants_input(cy->session));
        sl_caller_listen(cy);
        assert_in_range(sl_caller_pending(cy), 1, 39);
        sl_service_settle(&s);
        assert_int_equal(sl_caller_pending(cy), 40);
        sl_service_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered_between_two_events_of_others),
        cmocka_unit_test(a_question_is_answered_while_others_get_their_answers),
        cmocka_unit_test(a_question_is_answered_between_two_portions_of_what_rankings_follow),
        cmocka_unit_test(such_an_answer_that_shows_a_define_shows_the_sales_before_it),
        cmocka_unit_test(whoever_has_not_asked_for_a_second_is_not_looked_at_until_it_asks),
        cmocka_unit_test(whoever_appends_is_not_looked_at),
        cmocka_unit_test(of_many_each_is_looked_at_in_its_turn),
        cmocka_unit_test(glances_are_so_far_apart_that_they_cost_little),
        cmocka_unit_test(who_is_gone_is_closed_wherever_that_is_seen),
        cmocka_unit_test(appends_seen_at_a_glance_wait_like_others),
        cmocka_unit_test(a_second_question_in_a_long_turn_is_answered_too),
        cmocka_unit_test(what_others_ask_is_no_part_of_the_share_of_whoever_appends),
        cmocka_unit_test(whoever_asks_too_much_goes_on_in_the_next_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
