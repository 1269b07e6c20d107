/* Masters: on a day the define with the greatest valid_from holds, then the one with the greatest seq; ended ones are skipped;
 * validity is half-open. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "projections/masters.h"

/* The seq of the define that holds; 0: none. */
static uint64_t holder(struct sl_test_ledger *t, unsigned kind, const char *id, const char *day)
{
    struct sl_master master;
    uint32_t number = id != NULL ? sl_test_number(t, kind, id) : 0;
    return sl_masters_on(t->state, kind, number, DAY(day), &master) ? master.seq.v : 0;
}

static uint64_t person_on(struct sl_test_ledger *t, const char *day)
{
    return holder(t, SL_ENTITY_PERSON, "ann", day);
}

static void nothing_holds_for_an_undefined_number(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann");

    assert_int_equal(person_on(t, "2025-01-01"), 0);
}

static void a_define_without_days_holds_always(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_PERSON(t, "ann");

    assert_int_equal(person_on(t, "1900-01-01"), seq);
    assert_int_equal(person_on(t, "2999-12-31"), seq);
}

static void valid_from_is_the_first_day(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_PERSON(t, "ann", .from = "2025-03-01");

    assert_int_equal(person_on(t, "2025-02-28"), 0);
    assert_int_equal(person_on(t, "2025-03-01"), seq);
}

static void valid_to_is_the_first_day_after(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_PERSON(t, "ann", .to = "2025-03-01");

    assert_int_equal(person_on(t, "2025-02-28"), seq);
    assert_int_equal(person_on(t, "2025-03-01"), 0);
}

static void the_greatest_valid_from_wins_whatever_came_last(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t late = ADD_PERSON(t, "ann", .from = "2025-06-01");

    uint64_t early = ADD_PERSON(t, "ann", .from = "2025-01-01");

    assert_int_equal(person_on(t, "2025-05-31"), early);
    assert_int_equal(person_on(t, "2025-06-01"), late);
}

static void of_two_with_the_same_day_the_later_event_wins(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .from = "2025-01-01");

    uint64_t second = ADD_PERSON(t, "ann", .from = "2025-01-01");

    assert_int_equal(person_on(t, "2025-01-01"), second);
}

static void a_dated_define_comes_before_an_undated_one(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t dated = ADD_PERSON(t, "ann", .from = "2025-01-01");

    uint64_t always = ADD_PERSON(t, "ann");

    assert_int_equal(person_on(t, "2024-12-31"), always);
    assert_int_equal(person_on(t, "2025-01-01"), dated);
}

static void an_ended_define_uncovers_the_one_before(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t base = ADD_PERSON(t, "ann", .from = "2025-01-01");

    uint64_t leave = ADD_PERSON(t, "ann", .from = "2025-03-01", .to = "2025-04-01");

    assert_int_equal(person_on(t, "2025-02-28"), base);
    assert_int_equal(person_on(t, "2025-03-31"), leave);
    assert_int_equal(person_on(t, "2025-04-01"), base);
}

static void several_ended_defines_are_skipped(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t base = ADD_PERSON(t, "ann");
    (void)ADD_PERSON(t, "ann", .from = "2025-01-01", .to = "2025-02-01");
    (void)ADD_PERSON(t, "ann", .from = "2025-01-10", .to = "2025-02-10");
    (void)ADD_PERSON(t, "ann", .from = "2025-01-20", .to = "2025-02-20");

    assert_int_equal(person_on(t, "2025-02-20"), base);
}

static void when_all_have_ended_nothing_holds(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .to = "2025-02-01");
    (void)ADD_PERSON(t, "ann", .from = "2025-01-01", .to = "2025-03-01");

    assert_int_equal(person_on(t, "2025-03-01"), 0);
}

static void numbers_next_to_each_other_do_not_mix(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "aaa", .from = "2025-01-01");
    uint64_t ann = ADD_PERSON(t, "ann", .from = "2025-06-01");
    (void)ADD_PERSON(t, "zoe");

    assert_int_equal(person_on(t, "2025-05-31"), 0);
    assert_int_equal(person_on(t, "2025-06-01"), ann);
}

static void all_rows_come_in_order_of_day_then_seq(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_master rows[4];
    uint64_t june = ADD_PERSON(t, "ann", .from = "2025-06-01");
    uint64_t always = ADD_PERSON(t, "ann");
    uint64_t june_again = ADD_PERSON(t, "ann", .from = "2025-06-01");

    size_t count = sl_masters_all(t->state, SL_ENTITY_PERSON,
                                  sl_test_number(t, SL_ENTITY_PERSON, "ann"), 4, rows);

    assert_int_equal(count, 3);
    assert_int_equal(rows[0].seq.v, always);
    assert_int_equal(rows[1].seq.v, june);
    assert_int_equal(rows[2].seq.v, june_again);
}

static void a_row_holds_what_the_define_said(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_master master;

    (void)ADD_PERSON(t, "ann", .unit = "north", .role = "rep", .hired = "2025-02-01",
                     .left = "2025-11-30", .pay_currency = "USD", .variable_pay = 500);

    assert_true(sl_masters_latest(t->state, SL_ENTITY_PERSON,
                                  sl_test_number(t, SL_ENTITY_PERSON, "ann"), &master));
    assert_int_equal(master.row.parent, sl_test_number(t, SL_ENTITY_UNIT, "north"));
    assert_int_equal(master.row.other, sl_test_number(t, SL_NAME_ROLE, "rep"));
    assert_int_equal(master.row.hired, DAY("2025-02-01").v);
    assert_int_equal(master.row.left, DAY("2025-11-30").v);
    assert_int_equal(master.row.pay_minor, 500);
}

static void settings_calendar_and_stages_are_single_and_dated_too(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first =
        ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"lead"}, .from = "2025-01-01");
    uint64_t second =
        ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"call"}, .from = "2025-02-01");

    assert_int_equal(holder(t, SL_MASTER_STAGES, NULL, "2024-12-31"), 0);
    assert_int_equal(holder(t, SL_MASTER_STAGES, NULL, "2025-01-31"), first);
    assert_int_equal(holder(t, SL_MASTER_STAGES, NULL, "2025-02-01"), second);
}

static void a_calendar_moves_the_fiscal_year(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 7, .date = "2026-03-31");
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 0);

    (void)ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 7);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025-Q4", WHOLE), 7);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2026", WHOLE), 0);
}

static void settings_make_a_ledger_strict_and_open_again(void **state)
{
    struct sl_test_ledger *t = *state;
    assert_int_equal(sl_ledger_policy(t->ledger), 0);

    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);
    assert_int_equal(sl_ledger_policy(t->ledger), 1);
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 0);

    assert_int_equal(sl_ledger_policy(t->ledger), 0);
}

static void a_voided_define_holds_no_longer(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t base = ADD_PERSON(t, "ann");
    uint64_t move = ADD_PERSON(t, "ann", .from = "2025-02-01");

    (void)sl_test_add_void(t, move);

    assert_int_equal(person_on(t, "2025-02-01"), base);
}

static void answers_show_the_name_of_the_latest_define(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "ann", .name = "Ann Adams");
    (void)ADD_PERSON(t, "ann", .name = "Ann Baker", .from = "2025-02-01");

    struct sl_measures_answer rows = sl_test_rows(t, "booked.amount", "2025", WHOLE, SL_BY_PERSON);

    assert_int_equal(rows.row_count, 1);
    assert_text(rows.rows[0].name, "Ann Baker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(nothing_holds_for_an_undefined_number),
        LEDGER_TEST(a_define_without_days_holds_always),
        LEDGER_TEST(valid_from_is_the_first_day),
        LEDGER_TEST(valid_to_is_the_first_day_after),
        LEDGER_TEST(the_greatest_valid_from_wins_whatever_came_last),
        LEDGER_TEST(of_two_with_the_same_day_the_later_event_wins),
        LEDGER_TEST(a_dated_define_comes_before_an_undated_one),
        LEDGER_TEST(an_ended_define_uncovers_the_one_before),
        LEDGER_TEST(several_ended_defines_are_skipped),
        LEDGER_TEST(when_all_have_ended_nothing_holds),
        LEDGER_TEST(numbers_next_to_each_other_do_not_mix),
        LEDGER_TEST(all_rows_come_in_order_of_day_then_seq),
        LEDGER_TEST(a_row_holds_what_the_define_said),
        LEDGER_TEST(settings_calendar_and_stages_are_single_and_dated_too),
        LEDGER_TEST(a_calendar_moves_the_fiscal_year),
        LEDGER_TEST(settings_make_a_ledger_strict_and_open_again),
        LEDGER_TEST(a_voided_define_holds_no_longer),
        LEDGER_TEST(answers_show_the_name_of_the_latest_define),
    };
    return RUN_LEDGER_TESTS(tests);
}
