/* The life of a deal: which close is possible in which phase, and what it does to the booked value. */
#include "lib/test.h"

#include <string.h>

#include "domain/deal.h"

static enum sl_err step(struct sl_deal_state *state, enum sl_close_kind kind, int64_t amount)
{
    struct sl_line line = {.amount_minor = amount};
    struct sl_close close = {
        .deal = SLICE("D1"), .kind = kind, .lines = &line, .line_count = kind != SL_CLOSE_LOST};
    return sl_deal_step(state, &close, state, NULL);
}

static void each_phase_allows_its_moves_and_no_others(void **state)
{
    (void)state;
    const bool possible[SL_DEAL_PHASES][SL_CLOSE_KINDS] = {
        [SL_DEAL_OPEN] = {[SL_CLOSE_WON] = true, [SL_CLOSE_LOST] = true},
        [SL_DEAL_WON] = {[SL_CLOSE_AMENDED] = true,
                         [SL_CLOSE_DELIVERED] = true,
                         [SL_CLOSE_INVOICED] = true,
                         [SL_CLOSE_COLLECTED] = true,
                         [SL_CLOSE_CANCELLED] = true,
                         [SL_CLOSE_RETURNED] = true},
        [SL_DEAL_CANCELLED] = {[SL_CLOSE_WON] = true},
    };
    for (int phase = 0; phase < SL_DEAL_PHASES; phase++) {
        for (int kind = 0; kind < SL_CLOSE_KINDS; kind++) {
            struct sl_deal_state deal = {.phase = (enum sl_deal_phase)phase};
            assert_err(possible[phase][kind] ? SL_OK : SL_E_DEAL_STATE,
                       step(&deal, (enum sl_close_kind)kind, 0));
        }
    }
}

static void the_booked_value_follows_the_closes(void **state)
{
    (void)state;
    struct sl_deal_state deal = {0};
    assert_ok(step(&deal, SL_CLOSE_WON, 1000));
    assert_ok(step(&deal, SL_CLOSE_AMENDED, -200));
    assert_ok(step(&deal, SL_CLOSE_INVOICED, 5000)); /* other streams do not touch it */
    assert_ok(step(&deal, SL_CLOSE_CANCELLED, 300));
    assert_int_equal(deal.booked_minor, 500);
    assert_int_equal(deal.phase, SL_DEAL_WON);

    assert_ok(step(&deal, SL_CLOSE_RETURNED, 500));
    assert_int_equal(deal.booked_minor, 0);
    assert_int_equal(deal.phase, SL_DEAL_CANCELLED);

    assert_ok(step(&deal, SL_CLOSE_WON, 40));
    assert_int_equal(deal.booked_minor, 40);
    assert_int_equal(deal.phase, SL_DEAL_WON);
}

static void no_more_is_cancelled_than_is_booked(void **state)
{
    (void)state;
    struct sl_deal_state deal = {.phase = SL_DEAL_WON, .booked_minor = 100};
    assert_err(SL_E_BEYOND_BOOKED, step(&deal, SL_CLOSE_CANCELLED, 101));
    assert_err(SL_E_BEYOND_BOOKED, step(&deal, SL_CLOSE_RETURNED, 101));
    assert_err(SL_E_BEYOND_BOOKED, step(&deal, SL_CLOSE_AMENDED, -101));
    assert_int_equal(deal.booked_minor, 100);
    assert_ok(step(&deal, SL_CLOSE_CANCELLED, 99));
    assert_int_equal(deal.phase, SL_DEAL_WON);
    assert_ok(step(&deal, SL_CLOSE_CANCELLED, 1));
    assert_int_equal(deal.phase, SL_DEAL_CANCELLED);
}

static void amending_a_deal_to_nothing_does_not_cancel_it(void **state)
{
    (void)state;
    struct sl_deal_state deal = {.phase = SL_DEAL_WON, .booked_minor = 100};
    assert_ok(step(&deal, SL_CLOSE_AMENDED, -100));
    assert_int_equal(deal.phase, SL_DEAL_WON);
    assert_int_equal(deal.booked_minor, 0);
}

static void a_value_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct sl_deal_state deal = {.phase = SL_DEAL_WON, .booked_minor = INT64_MAX - 10};
    assert_err(SL_E_OVERFLOW, step(&deal, SL_CLOSE_AMENDED, 11));
    assert_int_equal(deal.booked_minor, INT64_MAX - 10);
    assert_ok(step(&deal, SL_CLOSE_AMENDED, 10));
    assert_err(SL_E_OVERFLOW, step(&deal, SL_CLOSE_CANCELLED, INT64_MIN));
}

static void the_lines_amount_is_their_sum(void **state)
{
    (void)state;
    struct sl_line lines[] = {
        {.amount_minor = INT64_MAX}, {.amount_minor = -5}, {.amount_minor = 6}};
    int64_t sum = 42;
    assert_err(SL_E_OVERFLOW, sl_lines_amount(lines, 3, &sum));
    assert_int_equal(sum, 42);
    assert_ok(sl_lines_amount(lines, 2, &sum));
    assert_int_equal(sum, INT64_MAX - 5);
    assert_ok(sl_lines_amount(NULL, 0, &sum));
    assert_int_equal(sum, 0);
}

static void a_refusal_names_deal_phase_and_kind(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_deal_state deal = {.phase = SL_DEAL_LOST};
    struct sl_close close = {.deal = SLICE("D1"), .kind = SL_CLOSE_WON};
    assert_err(SL_E_DEAL_STATE, sl_deal_step(&deal, &close, &deal, &diag));
    assert_string_equal(diag.field, "close.kind");
    assert_string_equal(diag.message, "deal \"D1\" is lost, WON is not possible then");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_allows_its_moves_and_no_others),
        cmocka_unit_test(the_booked_value_follows_the_closes),
        cmocka_unit_test(no_more_is_cancelled_than_is_booked),
        cmocka_unit_test(amending_a_deal_to_nothing_does_not_cancel_it),
        cmocka_unit_test(a_value_that_does_not_fit_is_refused),
        cmocka_unit_test(the_lines_amount_is_their_sum),
        cmocka_unit_test(a_refusal_names_deal_phase_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
