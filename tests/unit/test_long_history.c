/* Deals and customers of so many events that they do not fit into the memory for one event. What walks through them has one at a
 * time in it. */
#include "lib/test.h"

#include <string.h>

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "projections/facts.h"

#define EVENTS     18000u
#define TEXT_BYTES 1000u /* of each */
#define PPM        INT64_C(1000000)

_Static_assert(EVENTS *TEXT_BYTES > SL_EVENT_MEMORY_MAX, "they must not fit");

/* Contacts of the customer, in the deal or outside any; gives the seq of the first. */
static uint64_t add_many(struct sl_test_ledger *t, const char *customer, const char *deal)
{
    char text[TEXT_BYTES + 1];
    uint64_t first = 0;
    memset(text, 'x', TEXT_BYTES);
    text[TEXT_BYTES] = '\0';
    for (unsigned i = 0; i < EVENTS; i++) {
        uint64_t seq = ADD_CONTACT(t, .customer = customer, .deal = deal, .person = "ann",
                                   .date = "2025-01-03", .text = text);
        first = first == 0 ? seq : first;
        sl_arena_reset(&t->built);
    }
    return first;
}

static int64_t contacts(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    return sl_test_sum(t, "contact.count", "2025", scope) / PPM;
}

static void a_customer_of_many_contacts_moves_with_all_of_them(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "walk-in", .region = "east");
    (void)add_many(t, "walk-in", NULL);
    assert_int_equal(contacts(t, OF_REGION("east")), EVENTS);

    (void)ADD_CUSTOMER(t, "walk-in", .region = "west");

    assert_int_equal(contacts(t, OF_REGION("east")), 0);
    assert_int_equal(contacts(t, OF_REGION("west")), EVENTS);
}

static void an_event_of_a_long_deal_can_be_voided(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = add_many(t, "acme", "D1");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 500,
                    .date = "2025-02-01");

    (void)sl_test_add_void(t, first);

    assert_int_equal(contacts(t, OF_PERSON("ann")), EVENTS - 1);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PERSON("ann")), 500);
}

static void a_correction_that_breaks_a_long_deal_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 500);
    (void)add_many(t, "acme", "D1");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .person = "ann", .amount = 200,
                    .date = "2025-02-01");

    struct sl_slice lost = BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_LOST);

    assert_int_equal(sl_test_judge(t, sl_build_replace(&t->builder, won, lost)),
                     SL_E_NOT_CORRECTABLE);
    assert_non_null(strstr(t->diag.message, "would no longer be valid"));
}

static void an_earlier_first_day_makes_the_cycles_of_a_long_deal_longer(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .amount = 500,
                    .date = "2025-02-01");
    (void)add_many(t, "acme", "D1");
    /* Another customer since the close: its facts take the whole history (facts.h). */
    (void)ADD_CONTACT(t, .customer = "bcorp", .deal = "D1", .person = "ann", .date = "2025-01-02");

    struct sl_value days = sl_test_value(t, "cycle.days", "2025", OF_PERSON("ann"));

    assert_int_equal(days.numerator / days.denominator, 30);
}

/* What a return takes back is looked up in the deal's history. */
static void a_return_to_a_long_deal_counts_by_what_it_takes_back(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "tongs", .line = "iron");
    (void)ADD_CLOSE(
        t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
        .lines = {{.product = "anvil", .amount = 300}, {.product = "tongs", .amount = 200}},
        .line_count = 2);
    (void)add_many(t, "acme", "D1");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .person = "ann",
                    .product = "anvil", .amount = 300, .date = "2025-02-01");
    assert_int_equal(sl_test_sum(t, "booked.count", "2025", OF_LINE("iron")) / PPM, 1);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .person = "ann",
                    .product = "tongs", .amount = 200, .date = "2025-02-02");

    assert_int_equal(sl_test_sum(t, "booked.count", "2025", OF_LINE("iron")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_customer_of_many_contacts_moves_with_all_of_them),
        LEDGER_TEST(an_event_of_a_long_deal_can_be_voided),
        LEDGER_TEST(a_correction_that_breaks_a_long_deal_is_refused),
        LEDGER_TEST(an_earlier_first_day_makes_the_cycles_of_a_long_deal_longer),
        LEDGER_TEST(a_return_to_a_long_deal_counts_by_what_it_takes_back),
    };
    return RUN_LEDGER_TESTS(tests);
}
