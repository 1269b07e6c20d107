/* Capacity: the ledger takes in amounts, costs and quantities up to a fixed sum, so that none of its own can overflow. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "projections/capacity.h"

#define QUANTITY 1000 /* thousandths of every line: what is meant where none is said */

/* A quote whose lines take exactly this much. */
static struct sl_slice quote_of(struct sl_test_ledger *t, int64_t magnitude)
{
    struct sl_build_sale quote = {.deal = "D1"};
    while (magnitude > 0 && quote.line_count < SL_BUILD_LINES_MAX) {
        struct sl_build_line *line = &quote.lines[quote.line_count++];
        int64_t rest = magnitude - QUANTITY;
        *line = (struct sl_build_line){.quantity = QUANTITY, .has_cost = true};
        line->amount = rest < SL_AMOUNT_MINOR_MAX ? rest : SL_AMOUNT_MINOR_MAX;
        rest -= line->amount;
        line->cost = rest < SL_AMOUNT_MINOR_MAX ? rest : SL_AMOUNT_MINOR_MAX;
        magnitude = rest - line->cost;
    }
    assert_int_equal(magnitude, 0);
    return sl_build_quote(&t->builder, &quote);
}

/* Leaves room for one last quote. */
static int64_t fill(struct sl_test_ledger *t)
{
    const int64_t most = SL_BUILD_LINES_MAX * (2 * SL_AMOUNT_MINOR_MAX + QUANTITY);
    while (sl_capacity_room(t->ledger) > most) {
        (void)sl_test_add(t, quote_of(t, most));
    }
    return sl_capacity_room(t->ledger);
}

static void sums_take_what_there_is_room_for_and_nothing_above(void **state)
{
    struct sl_test_ledger *t = *state;
    int64_t room = fill(t);
    char rule[128];
    (void)snprintf(rule, sizeof rule,
                   "amounts, costs and quantities of all events may sum to %lld, room is for %lld",
                   SL_CAPACITY_MAX, (long long)room);

    assert_err(SL_E_OVERFLOW, sl_test_judge(t, quote_of(t, room + 1)));

    assert_string_equal(t->diag.field, "quote.lines");
    assert_string_equal(t->diag.message, rule);
    (void)sl_test_add(t, quote_of(t, room));
    assert_int_equal(sl_capacity_room(t->ledger), 0);
    assert_err(SL_E_OVERFLOW, sl_test_judge(t, quote_of(t, QUANTITY + 1)));
}

static void a_replacement_takes_room_as_an_event_does(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq = sl_test_add(t, quote_of(t, QUANTITY + 1));
    int64_t room = fill(t);

    assert_err(SL_E_OVERFLOW,
               sl_test_judge(t, sl_build_replace(&t->builder, seq, quote_of(t, room + 1))));

    assert_string_equal(t->diag.field, "correct.replacement.quote.lines");
    assert_ok(sl_test_judge(t, sl_build_replace(&t->builder, seq, quote_of(t, room))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(sums_take_what_there_is_room_for_and_nothing_above),
        LEDGER_TEST(a_replacement_takes_room_as_an_event_does),
    };
    return RUN_LEDGER_TESTS(tests);
}
