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

/* Ana and bo append or ask what is short, cy asks long, as a rule. */
struct fixture {
    struct sl_service s;
    struct sl_caller *ana, *bo, *cy;
};

static int set_up(void **state)
{
    static struct fixture f;
    passed_us = LATELY_US;
    step_us = 0;
    sl_service_init(&f.s);
    f.s.clock.base.monotonic_us = step;
    f.s.options.checkpoint_bytes = (uint64_t)1 << 30; /* none */
    sl_service_open_with(&f.s);
    f.ana = sl_caller_open(&f.s, "ana");
    f.bo = sl_caller_open(&f.s, "bo");
    f.cy = sl_caller_open(&f.s, "cy");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_service_close(&f->s);
    return 0;
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
    struct fixture *f = *state;
    ask_long(f->cy, 1);
    uint64_t ended_us = passed_us;
    stand_in_line(f->cy, 2);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));

    uint64_t left_us = sl_core_rests_us(f->s.core);
    assert_in_range(left_us, STEP_US, OTHERS_US - 1);
    passed_us += left_us - 1;
    sl_service_settle(&f->s);
    assert_int_equal(sl_caller_pending(f->cy), 0);
    (void)sl_caller_record(f->ana, sl_visit(&f->s)); /* who is served meanwhile */
    passed_us++;
    assert_true(passed_us - ended_us >= STEP_US);
    sl_service_settle(&f->s);
    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
    assert_true(sl_core_rests_us(f->s.core) == UINT64_MAX);
}

static void without_others_the_next_one_is_answered_with_the_turn(void **state)
{
    struct fixture *f = *state;
    ask_long(f->cy, 1);
    stand_in_line(f->cy, 2);

    assert_int_equal(sl_core_rests_us(f->s.core), 0);
    (void)sl_service_turn(&f->s);

    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
}

static void the_others_are_gone_when_nothing_came_from_them_for_a_while(void **state)
{
    struct fixture *f = *state;
    step_us = OTHERS_US;
    sl_caller_rank(f->cy, 1); /* longer than that while */
    step_us = 0;
    sl_service_settle(&f->s);
    (void)sl_caller_expect(f->cy);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    stand_in_line(f->cy, 2);

    assert_int_equal(sl_core_rests_us(f->s.core), OTHERS_US);
    passed_us += OTHERS_US;
    (void)sl_service_turn(&f->s);

    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
}

static void one_of_the_line_asks_in_a_turn(void **state)
{
    enum { ASKERS = 3 };
    struct fixture *f = *state;
    struct sl_caller *callers[ASKERS] = {f->ana, f->bo, f->cy};
    for (size_t i = 0; i < ASKERS; i++) {
        ask_long(callers[i], 1);
    }
    passed_us += OTHERS_US;
    for (size_t i = 0; i < ASKERS; i++) {
        stand_in_line(callers[i], 2);
    }
    for (size_t i = 0; i < ASKERS; i++) {
        bool has_more = sl_service_turn(&f->s);
        assert_int_equal(has_more, i < ASKERS - 1);
        for (size_t k = 0; k < ASKERS; k++) {
            assert_int_equal(sl_caller_pending(callers[k]), k <= i ? 1 : 0);
        }
    }
}

static void what_is_sent_behind_a_long_question_is_handled_in_order(void **state)
{
    struct fixture *f = *state;
    ask_long(f->cy, 1);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    stand_in_line(f->cy, 2);
    struct sl_slice event = sl_visit(&f->s);
    sl_caller_append(f->cy, 3, &event, 1, false);
    (void)sl_service_turn(&f->s);
    assert_int_equal(sl_caller_pending(f->cy), 0);

    passed_us += OTHERS_US;
    sl_service_settle(&f->s);

    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
    assert_int_equal(sl_caller_expect(f->cy)->tag, 3);
}

static void whoever_asked_what_is_short_is_answered_at_once(void **state)
{
    struct fixture *f = *state;
    ask_short(f->bo, 1);
    ask_long(f->cy, 1);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    stand_in_line(f->cy, 2);

    ask_short(f->bo, 2);

    assert_int_equal(sl_caller_pending(f->cy), 0);
}

/* Of whom nothing is known, as of one who connects anew for each question. */
static void a_new_connection_stands_in_line_while_the_time_is_the_others(void **state)
{
    struct fixture *f = *state;
    ask_long(f->cy, 1);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));

    struct sl_caller *new = sl_caller_open(&f->s, "new");
    stand_in_line(new, 1);
    (void)sl_caller_record(sl_caller_open(&f->s, "dan"),
                           sl_visit(&f->s)); /* who appends does not */
    assert_int_equal(sl_caller_pending(new), 0);
    stand_in_line(sl_caller_open(&f->s, "eve"), 1); /* nor before whoever was there first */
    passed_us += OTHERS_US;
    (void)sl_service_turn(&f->s);

    assert_int_equal(sl_caller_expect(new)->tag, 1);
    assert_int_equal(sl_caller_pending(f->s.callers[f->s.caller_count - 1]), 0);
}

static void whoever_asked_long_a_second_ago_is_not_known_either(void **state)
{
    struct fixture *f = *state;
    ask_long(f->cy, 1);
    passed_us += LATELY_US;
    ask_short(f->cy, 2); /* nobody rests: at once */
    ask_long(f->cy, 3);
    passed_us += LATELY_US;
    ask_long(f->bo, 1);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));

    stand_in_line(f->cy, 4);
}

/* Else whoever stands in it would wait for as long as such questions come. */
static void long_questions_from_outside_do_not_hold_up_the_line(void **state)
{
    struct fixture *f = *state;
    ask_short(f->bo, 1);
    ask_for(f->cy, 1, 8 * STEP_US);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    stand_in_line(f->cy, 2);
    uint64_t called_us = passed_us + sl_core_rests_us(f->s.core);

    ask_long(f->bo, 2);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));

    assert_int_equal(passed_us + sl_core_rests_us(f->s.core), called_us);
    passed_us = called_us;
    sl_service_settle(&f->s);
    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
}

static void whoever_is_closed_or_ends_leaves_the_line(void **state)
{
    struct fixture *f = *state;
    ask_long(f->bo, 1);
    ask_long(f->cy, 1);
    (void)sl_caller_record(f->ana, sl_visit(&f->s));
    stand_in_line(f->bo, 2);
    stand_in_line(f->cy, 2);

    sl_client_session_close(f->bo->session);
    f->bo->session = NULL;
    sl_client_session_ended(f->cy->session); /* what it has asked is still answered */
    passed_us += OTHERS_US;
    sl_service_settle(&f->s);

    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
    assert_true(sl_core_rests_us(f->s.core) == UINT64_MAX);
}

/* Which takes several turns: nobody of the line is called before it is there. */
static void whose_answer_is_being_prepared_is_not_overtaken(void **state)
{
    struct fixture *f = *state;
    ask_long(f->bo, 1);
    ask_long(f->cy, 1);
    sl_caller_record_contacts(f->ana, 8 * SL_BATCH_EVENTS_MAX);
    sl_caller_measure(f->cy, 2, SALESLEDGER__V1__DIMENSION__DIMENSION_NONE);
    stand_in_line(f->bo, 2);
    passed_us += OTHERS_US;

    unsigned turns = 0;
    for (; sl_caller_pending(f->cy) == 0; turns++) {
        assert_int_equal(sl_caller_pending(f->bo), 0);
        assert_true(sl_service_turn(&f->s));
    }
    assert_true(turns > 1);
    (void)sl_service_turn(&f->s);
    assert_int_equal(sl_caller_expect(f->bo)->tag, 2);
    assert_int_equal(sl_caller_expect(f->cy)->tag, 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_others_have_as_much_time_as_it_took),
        T(without_others_the_next_one_is_answered_with_the_turn),
        T(the_others_are_gone_when_nothing_came_from_them_for_a_while),
        T(one_of_the_line_asks_in_a_turn),
        T(what_is_sent_behind_a_long_question_is_handled_in_order),
        T(whoever_asked_what_is_short_is_answered_at_once),
        T(a_new_connection_stands_in_line_while_the_time_is_the_others),
        T(whoever_asked_long_a_second_ago_is_not_known_either),
        T(long_questions_from_outside_do_not_hold_up_the_line),
        T(whose_answer_is_being_prepared_is_not_overtaken),
        T(whoever_is_closed_or_ends_leaves_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
