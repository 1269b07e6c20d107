/* Whoever asks questions that take long stands in line for the next one, and the others have as much time between two of them. */
#include "lib/service.h"
#include "lib/test.h"

/* While a long question is handled, each look at the clock finds that so much has passed. */
#define STEP_US 5000u

#define LATELY_US 1000000u
#define OTHERS_US 100000u

static uint64_t passed_us;
static uint64_t step_us;

static uint64_t step(const struct sl_clock *clock)
{
    (void)clock;
    passed_us += step_us;
    return passed_us;
}

static void open_passing(struct sl_service *s)
{
    passed_us = LATELY_US;
    step_us = 0;
    sl_service_init(s);
    s->clock.base.monotonic_us = step;
    s->options.checkpoint_bytes = (uint64_t)1 << 30; /* none */
    sl_service_open_with(s);
}

/* It is answered at once, and has taken so long, or some times that. */
static void ask_for(struct sl_caller *caller, uint64_t tag, uint64_t us)
{
    step_us = us;
    sl_caller_rank(caller, tag);
    step_us = 0;
    (void)sl_service_turn(caller->service);
    assert_int_equal(sl_caller_expect(caller)->tag, tag);
}

static void ask_long(struct sl_caller *caller, uint64_t tag)
{
    ask_for(caller, tag, STEP_US);
}

static void ask_short(struct sl_caller *caller, uint64_t tag)
{
    ask_for(caller, tag, 0);
}

/* Another one, which has to wait. */
static void stand_in_line(struct sl_caller *caller, uint64_t tag)
{
    sl_caller_rank(caller, tag);
    assert_int_equal(sl_caller_pending(caller), 0);
}

static void the_others_have_as_much_time_as_it_took(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(cy, 1);
    uint64_t ended_us = passed_us;
    stand_in_line(cy, 2);
    (void)sl_caller_record(ana, sl_visit(&s));

    uint64_t left_us = sl_core_rests_us(s.core);
    assert_in_range(left_us, STEP_US, OTHERS_US - 1);
    passed_us += left_us - 1;
    sl_service_settle(&s);
    assert_int_equal(sl_caller_pending(cy), 0);
    (void)sl_caller_record(ana, sl_visit(&s)); /* who is served meanwhile */
    passed_us++;
    assert_true(passed_us - ended_us >= STEP_US);
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    assert_true(sl_core_rests_us(s.core) == UINT64_MAX);
    sl_service_close(&s);
}

static void without_others_the_next_one_is_answered_with_the_turn(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(cy, 1);
    stand_in_line(cy, 2);

    assert_int_equal(sl_core_rests_us(s.core), 0);
    (void)sl_service_turn(&s);

    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    sl_service_close(&s);
}

static void the_others_are_gone_when_nothing_came_from_them_for_a_while(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    step_us = OTHERS_US;
    sl_caller_rank(cy, 1); /* longer than that while */
    step_us = 0;
    sl_service_settle(&s);
    (void)sl_caller_expect(cy);
    (void)sl_caller_record(ana, sl_visit(&s));
    stand_in_line(cy, 2);

    assert_int_equal(sl_core_rests_us(s.core), OTHERS_US);
    passed_us += OTHERS_US;
    (void)sl_service_turn(&s);

    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    sl_service_close(&s);
}

static void one_of_the_line_asks_in_a_turn(void **state)
{
    (void)state;
    enum { ASKERS = 3 };
    struct sl_service s;
    struct sl_caller *callers[ASKERS];
    open_passing(&s);
    for (size_t i = 0; i < ASKERS; i++) {
        callers[i] = sl_caller_open(&s, "cy");
        ask_long(callers[i], 1);
    }
    passed_us += OTHERS_US;
    for (size_t i = 0; i < ASKERS; i++) {
        stand_in_line(callers[i], 2);
    }
    for (size_t i = 0; i < ASKERS; i++) {
        bool has_more = sl_service_turn(&s);
        assert_int_equal(has_more, i < ASKERS - 1);
        for (size_t k = 0; k < ASKERS; k++) {
            assert_int_equal(sl_caller_pending(callers[k]), k <= i ? 1 : 0);
        }
    }
    sl_service_close(&s);
}

static void what_is_sent_behind_a_long_question_is_handled_in_order(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(cy, 1);
    (void)sl_caller_record(ana, sl_visit(&s));
    stand_in_line(cy, 2);
    struct sl_slice event = sl_visit(&s);
    sl_caller_append(cy, 3, &event, 1, false);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_caller_pending(cy), 0);

    passed_us += OTHERS_US;
    sl_service_settle(&s);

    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    assert_int_equal(sl_caller_expect(cy)->tag, 3);
    sl_service_close(&s);
}

static void whoever_asked_what_is_short_is_answered_at_once(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_short(bo, 1);
    ask_long(cy, 1);
    (void)sl_caller_record(ana, sl_visit(&s));
    stand_in_line(cy, 2);

    ask_short(bo, 2);

    assert_int_equal(sl_caller_pending(cy), 0);
    sl_service_close(&s);
}

/* Of whom nothing is known, as of one who connects anew for each question. */
static void a_new_connection_stands_in_line_while_the_time_is_the_others(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(cy, 1);
    (void)sl_caller_record(ana, sl_visit(&s));
    struct sl_caller *bo = sl_caller_open(&s, "bo");

    stand_in_line(bo, 1);
    (void)sl_caller_record(sl_caller_open(&s, "dan"), sl_visit(&s)); /* who appends does not */
    assert_int_equal(sl_caller_pending(bo), 0);
    stand_in_line(sl_caller_open(&s, "eve"), 1); /* nor before whoever was there first */
    passed_us += OTHERS_US;
    (void)sl_service_turn(&s);

    assert_int_equal(sl_caller_expect(bo)->tag, 1);
    assert_int_equal(sl_caller_pending(s.callers[s.caller_count - 1]), 0);
    sl_service_close(&s);
}

static void whoever_asked_long_a_second_ago_is_not_known_either(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(cy, 1);
    passed_us += LATELY_US;
    ask_short(cy, 2); /* nobody rests: at once */
    ask_long(cy, 3);
    passed_us += LATELY_US;
    ask_long(bo, 1);
    (void)sl_caller_record(ana, sl_visit(&s));

    stand_in_line(cy, 4);

    sl_service_close(&s);
}

/* Else whoever stands in it would wait for as long as such questions come. */
static void long_questions_from_outside_do_not_hold_up_the_line(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_short(bo, 1);
    ask_for(cy, 1, 8 * STEP_US);
    (void)sl_caller_record(ana, sl_visit(&s));
    stand_in_line(cy, 2);
    uint64_t called_us = passed_us + sl_core_rests_us(s.core);

    ask_long(bo, 2);
    (void)sl_caller_record(ana, sl_visit(&s));

    assert_int_equal(passed_us + sl_core_rests_us(s.core), called_us);
    passed_us = called_us;
    sl_service_settle(&s);
    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    sl_service_close(&s);
}

static void whoever_is_closed_or_ends_leaves_the_line(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(bo, 1);
    ask_long(cy, 1);
    (void)sl_caller_record(ana, sl_visit(&s));
    stand_in_line(bo, 2);
    stand_in_line(cy, 2);

    sl_client_session_close(bo->session);
    bo->session = NULL;
    sl_client_session_ended(cy->session); /* what it has asked is still answered */
    passed_us += OTHERS_US;
    sl_service_settle(&s);

    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    assert_true(sl_core_rests_us(s.core) == UINT64_MAX);
    sl_service_close(&s);
}

/* Which takes several turns: nobody of the line is called before it is there. */
static void whose_answer_is_being_prepared_is_not_overtaken(void **state)
{
    (void)state;
    struct sl_service s;
    open_passing(&s);
    struct sl_caller *ana = sl_caller_open(&s, "ana");
    struct sl_caller *bo = sl_caller_open(&s, "bo");
    struct sl_caller *cy = sl_caller_open(&s, "cy");
    ask_long(bo, 1);
    ask_long(cy, 1);
    sl_caller_record_contacts(ana, 8 * SL_BATCH_EVENTS_MAX);
    sl_caller_measure(cy, 2, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    stand_in_line(bo, 2);
    passed_us += OTHERS_US;

    unsigned turns = 0;
    for (; sl_caller_pending(cy) == 0; turns++) {
        assert_int_equal(sl_caller_pending(bo), 0);
        assert_true(sl_service_turn(&s));
    }
    assert_true(turns > 1);
    (void)sl_service_turn(&s);
    assert_int_equal(sl_caller_expect(bo)->tag, 2);
    assert_int_equal(sl_caller_expect(cy)->tag, 2);
    sl_service_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_others_have_as_much_time_as_it_took),
        cmocka_unit_test(without_others_the_next_one_is_answered_with_the_turn),
        cmocka_unit_test(the_others_are_gone_when_nothing_came_from_them_for_a_while),
        cmocka_unit_test(one_of_the_line_asks_in_a_turn),
        cmocka_unit_test(what_is_sent_behind_a_long_question_is_handled_in_order),
        cmocka_unit_test(whoever_asked_what_is_short_is_answered_at_once),
        cmocka_unit_test(a_new_connection_stands_in_line_while_the_time_is_the_others),
        cmocka_unit_test(whoever_asked_long_a_second_ago_is_not_known_either),
        cmocka_unit_test(long_questions_from_outside_do_not_hold_up_the_line),
        cmocka_unit_test(whose_answer_is_being_prepared_is_not_overtaken),
        cmocka_unit_test(whoever_is_closed_or_ends_leaves_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
