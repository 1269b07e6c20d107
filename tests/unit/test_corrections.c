/* Corrections: after a void a ledger says what one says that never had the event; after a replacement, what one says that had the
 * other body at that place. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "codec/event_codec.h"
#include "lib/ledger_same.h"
#include "lib/plan_builder.h"
#include "lib/random_history.h"
#include "projections/source.h"

/* A ledger and its twin, which never sees a correction. */
struct pair {
    struct sl_test_ledger *t;
    struct sl_test_ledger twin;
    uint64_t before; /* head of the log before the test */
};

/* ── a small organisation, so that both know all names in the same order ── */

static void define_all(struct sl_test_ledger *t)
{
    static const char *const people[] = {"ann", "bob", "cat"};
    static const char *const units[] = {"all", "north", "south"};
    for (size_t i = 0; i < COUNT(people); i++) {
        (void)ADD_UNIT(t, units[i], .parent = i > 0 ? "all" : NULL, .manager = people[i]);
        (void)ADD_PERSON(t, people[i], .unit = units[i], .role = "rep");
    }
    (void)ADD_PRODUCT(t, "anvil", .line = "iron");
    (void)ADD_PRODUCT(t, "cable", .line = "copper");
    (void)ADD_CUSTOMER(t, "acme", .region = "east", .owner = "cat");
    (void)ADD_CUSTOMER(t, "bcorp", .region = "west");
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 5000);
    (void)ADD_TARGET(t, .unit = "all", .period = "2025", .amount = 9000, .target = "top");
    (void)ADD_PLAN(
        t,
        .components = {
            {.window = SL_PLAN_WINDOW_QUARTER, .rows = {{0, 10000}, {1000, 20000}}, .row_count = 2},
            {.id = "lead", .scope = SL_SCOPE_SUBTREE, .rows = {{0, 1000}}, .row_count = 1}});
    for (unsigned i = 1; i <= 5; i++) {
        char deal[8];
        (void)snprintf(deal, sizeof deal, "D%u", i);
        (void)ADD_CONTACT(t, .customer = "acme", .deal = deal, .person = "ann",
                          .date = "2025-01-03");
    }
}

/* What comes after the event in question; good with and without it. */
static void go_on(struct sl_test_ledger *t)
{
    (void)ADD_QUOTE(t, .deal = "D1", .customer = "bcorp", .product = "anvil", .amount = 900,
                    .date = "2025-02-01");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .product = "anvil", .amount = 1001,
                    .date = "2025-02-20");
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .date = "2025-02-15",
                    .lines = {{.product = "anvil", .amount = 700, .cost = 300, .has_cost = true},
                              {.product = "cable", .amount = 55}},
                    .line_count = 2,
                    .credits = {{"ann", 333333, SL_CREDIT_DIRECT, NULL},
                                {"bob", 666667, SL_CREDIT_DIRECT, NULL},
                                {"cat", 500000, SL_CREDIT_OVERLAY, NULL}},
                    .credit_count = 3);
    (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_CANCELLED, .product = "cable", .amount = 55,
                    .date = "2025-03-05");
    (void)ADD_QUOTE(t, .deal = "D3", .product = "cable", .amount = 444, .date = "2025-02-25");
    (void)ADD_CONTACT(t, .customer = "acme", .deal = "D3", .date = "2025-02-26");
    (void)ADD_CONTACT(t, .customer = "acme", .date = "2025-02-27");
    (void)ADD_CLOSE(t, .deal = "D4", .customer = "acme", .kind = SL_CLOSE_WON, .product = "cable",
                    .amount = 77, .date = "2025-03-01");
}

static void begin(struct pair *pair, struct sl_test_ledger *t)
{
    pair->t = t;
    pair->before = sl_store_head(t->log->store).v;
    sl_test_ledger_init(&pair->twin, t->log);
    define_all(t);
    sl_test_take_all(&pair->twin, pair->before, (const uint64_t[]){0});
    pair->before = sl_store_head(t->log->store).v;
}

/* Same positions, so every row of facts is the same too. */
static void end_exactly(struct pair *pair)
{
    static const unsigned tables[] = {SL_TABLE_MASTERS, SL_TABLE_DEALS,   SL_TABLE_DEAL_CREDITS,
                                      SL_TABLE_FACTS,   SL_TABLE_TARGETS, SL_TABLE_PLANS};
    for (size_t i = 0; i < COUNT(tables); i++) {
        sl_test_assert_same_table(pair->t, &pair->twin, tables[i]);
    }
    sl_test_assert_same_sums(pair->t, &pair->twin);
    sl_test_assert_same_answers(pair->t, &pair->twin);
    sl_test_ledger_deinit(&pair->twin);
}

static void check_void(struct sl_test_ledger *t, struct sl_slice event)
{
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, event);
    go_on(t);
    sl_test_assert_same_answers(t, t); /* fills every cache */

    uint64_t fix = sl_test_add_void(t, seq);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){seq, fix, 0});
    end_exactly(&pair);
}

/* The twin has the right event at once, one position later. */
static void check_replace(struct sl_test_ledger *t, struct sl_slice wrong, struct sl_slice right)
{
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, wrong);
    uint64_t twin_seq = sl_test_add(&pair.twin, right);
    go_on(t);
    sl_test_assert_same_answers(t, t);

    uint64_t fix = sl_test_add_replace(t, seq, right);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){seq, twin_seq, fix, 0});
    sl_test_assert_same_sums(t, &pair.twin);
    sl_test_assert_same_answers(t, &pair.twin);
    sl_test_ledger_deinit(&pair.twin);
}

/* Tests of one void or one replacement are all alike. The builder is `b`. */
#define VOID_TEST(name, event)                                                                     \
    static void name(void **state)                                                                 \
    {                                                                                              \
        struct sl_test_ledger *t = *state;                                                         \
        struct sl_builder *b = &t->builder;                                                        \
        check_void(t, (event));                                                                    \
    }
#define REPLACE_TEST(name, wrong, right)                                                           \
    static void name(void **state)                                                                 \
    {                                                                                              \
        struct sl_test_ledger *t = *state;                                                         \
        struct sl_builder *b = &t->builder;                                                        \
        check_replace(t, (wrong), (right));                                                        \
    }

/* ── each kind of body ── */

VOID_TEST(a_voided_contact_never_was,
          BUILD_CONTACT(b, .customer = "acme", .person = "bob", .date = "2025-02-11"))

VOID_TEST(a_voided_contact_of_a_deal_gives_back_its_first_day,
          BUILD_CONTACT(b, .customer = "acme", .deal = "D1", .date = "2024-12-01"))

REPLACE_TEST(
    a_replaced_contact_was_always_so,
    BUILD_CONTACT(b, .customer = "acme", .person = "bob", .date = "2025-02-11"),
    BUILD_CONTACT(b, .customer = "bcorp", .person = "cat", .date = "2025-03-11", .kind = 2))

VOID_TEST(a_voided_quote_takes_its_credits_from_what_follows,
          BUILD_QUOTE(b, .deal = "D1", .person = "bob", .amount = 10, .date = "2025-01-05"))

REPLACE_TEST(a_replaced_quote_gives_other_credits_to_what_follows,
             BUILD_QUOTE(b, .deal = "D1", .person = "bob", .amount = 10, .date = "2025-01-05"),
             BUILD_QUOTE(b,
                         .deal = "D1",
                         .amount = 20,
                         .date = "2025-01-06",
                         .credits = {{"cat", 300000, SL_CREDIT_DIRECT, NULL},
                                     {"ann", 700000, SL_CREDIT_DIRECT, NULL}},
                         .credit_count = 2))

REPLACE_TEST(a_replaced_quote_gives_another_customer_to_what_follows,
             BUILD_QUOTE(b, .deal = "D3", .customer = "acme", .amount = 10, .date = "2025-01-05"),
             BUILD_QUOTE(b, .deal = "D3", .customer = "bcorp", .amount = 10, .date = "2025-01-05"))

VOID_TEST(a_voided_close_never_was,
          BUILD_CLOSE(b,
                      .deal = "D3",
                      .kind = SL_CLOSE_WON,
                      .product = "anvil",
                      .person = "bob",
                      .amount = 501,
                      .date = "2025-02-09"))

REPLACE_TEST(
    a_replaced_close_was_always_so,
    BUILD_CLOSE(b,
                .deal = "D3",
                .kind = SL_CLOSE_WON,
                .product = "anvil",
                .person = "bob",
                .amount = 501,
                .date = "2025-02-09"),
    BUILD_CLOSE(b, .deal = "D3", .kind = SL_CLOSE_LOST, .person = "cat", .date = "2025-03-09"))

REPLACE_TEST(a_close_can_move_to_another_deal,
             BUILD_CLOSE(b,
                         .deal = "D3",
                         .kind = SL_CLOSE_WON,
                         .amount = 501,
                         .person = "bob",
                         .date = "2025-02-09"),
             BUILD_CLOSE(b,
                         .deal = "D5",
                         .kind = SL_CLOSE_WON,
                         .amount = 501,
                         .person = "bob",
                         .date = "2025-02-09"))

REPLACE_TEST(a_contact_can_leave_its_deal,
             BUILD_CONTACT(b, .customer = "acme", .deal = "D1", .date = "2024-12-01"),
             BUILD_CONTACT(b, .customer = "acme", .date = "2024-12-01"))

VOID_TEST(a_voided_person_was_never_defined_so,
          BUILD_DEFINE(
              b, .kind = SL_DEFINE_PERSON, .id_text = "ann", .unit = "south", .from = "2025-02-16"))

REPLACE_TEST(a_replaced_person_was_always_so,
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_PERSON,
                          .id_text = "ann",
                          .unit = "south",
                          .from = "2025-02-16"),
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_PERSON,
                          .id_text = "bob",
                          .unit = "all",
                          .from = "2025-02-10",
                          .to = "2025-02-18"))

VOID_TEST(a_voided_unit_was_never_defined_so,
          BUILD_DEFINE(b,
                       .kind = SL_DEFINE_UNIT,
                       .id_text = "south",
                       .parent = "north",
                       .manager = "bob",
                       .from = "2025-02-16"))

REPLACE_TEST(a_replaced_unit_was_always_so,
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_UNIT,
                          .id_text = "south",
                          .parent = "north",
                          .from = "2025-02-16"),
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_UNIT,
                          .id_text = "south",
                          .parent = "all",
                          .manager = "ann",
                          .from = "2025-02-01",
                          .to = "2025-02-18"))

VOID_TEST(a_voided_product_was_never_defined_so,
          BUILD_DEFINE(b,
                       .kind = SL_DEFINE_PRODUCT,
                       .id_text = "anvil",
                       .line = "copper",
                       .from = "2025-02-16"))

REPLACE_TEST(
    a_replaced_product_was_always_so,
    BUILD_DEFINE(
        b, .kind = SL_DEFINE_PRODUCT, .id_text = "anvil", .line = "copper", .from = "2025-02-16"),
    BUILD_DEFINE(
        b, .kind = SL_DEFINE_PRODUCT, .id_text = "cable", .line = "iron", .from = "2025-02-16"))

VOID_TEST(a_voided_customer_was_never_defined_so,
          BUILD_DEFINE(b,
                       .kind = SL_DEFINE_CUSTOMER,
                       .id_text = "bcorp",
                       .region = "east",
                       .owner = "ann",
                       .from = "2025-02-01"))

REPLACE_TEST(a_replaced_customer_was_always_so,
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_CUSTOMER,
                          .id_text = "bcorp",
                          .region = "east",
                          .owner = "ann",
                          .from = "2025-02-01"),
             BUILD_DEFINE(b,
                          .kind = SL_DEFINE_CUSTOMER,
                          .id_text = "acme",
                          .region = "west",
                          .owner = "bob",
                          .from = "2025-02-21"))

VOID_TEST(a_voided_target_was_never_set,
          BUILD_TARGET(b, .person = "ann", .period = "2025", .amount = 70))

REPLACE_TEST(a_replaced_target_was_always_so,
             BUILD_TARGET(b, .person = "ann", .period = "2025", .amount = 70),
             BUILD_TARGET(b, .person = "bob", .period = "2025-Q1", .amount = 80, .parent = "top"))

#define PLAN_2(rate)                                                                               \
    BUILD_FULL_PLAN(                                                                               \
        b, .version = 2, .from = "2025-02-16",                                                     \
        .components = {{.window = SL_PLAN_WINDOW_QUARTER, .rows = {{0, (rate)}}, .row_count = 1}})

VOID_TEST(a_voided_plan_was_never_published, PLAN_2(50000))

REPLACE_TEST(a_replaced_plan_was_always_so, PLAN_2(50000), PLAN_2(70000))

VOID_TEST(a_voided_payout_changes_no_answer,
          BUILD_PAYOUT(b, .payee = "ann", .component = "pay", .amount = 70))

VOID_TEST(a_voided_note_changes_no_answer, BUILD_NOTE(b, .subject = "ann", .text = "late"))

/* ── days ── */

static void a_replacement_without_a_day_keeps_the_day(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq =
        ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-02-09");

    (void)sl_test_add_replace(
        t, seq, BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 7));

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025-02-09", WHOLE), 7);
}

static void a_second_replacement_without_a_day_goes_back_to_the_first_day(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq =
        ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5, .date = "2025-02-09");
    (void)sl_test_add_replace(t, seq,
                              BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_WON,
                                          .amount = 7, .date = "2025-03-09"));
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025-03-09", WHOLE), 7);

    (void)sl_test_add_replace(
        t, seq, BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 9));

    assert_int_equal(sl_test_sum(t, "booked.amount", "2025-02-09", WHOLE), 9);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", WHOLE), 9);
}

/* ── correcting corrections ── */

static struct sl_slice won_d3(struct sl_test_ledger *t, int64_t amount)
{
    return BUILD_CLOSE(&t->builder, .deal = "D3", .kind = SL_CLOSE_WON, .product = "anvil",
                       .person = "bob", .amount = amount, .date = "2025-02-09");
}

static void the_last_correction_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, won_d3(t, 501));
    go_on(t);

    uint64_t fixes[3];
    fixes[0] = sl_test_add_replace(t, seq, won_d3(t, 9999));
    fixes[1] = sl_test_add_replace(
        t, seq, BUILD_CLOSE(&t->builder, .deal = "D5", .kind = SL_CLOSE_WON, .amount = 1));
    fixes[2] = sl_test_add_void(t, seq);

    sl_test_take_all(&pair.twin, pair.before,
                     (const uint64_t[]){seq, fixes[0], fixes[1], fixes[2], 0});
    end_exactly(&pair);
}

static void a_voided_event_can_be_brought_back(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, won_d3(t, 501));
    go_on(t);

    uint64_t away = sl_test_add_void(t, seq);
    uint64_t back = sl_test_add_replace(t, seq, won_d3(t, 501));

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){away, back, 0});
    end_exactly(&pair);
}

static void a_voided_define_can_be_brought_back(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    struct sl_slice define = BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_CUSTOMER,
                                          .id_text = "bcorp", .owner = "ann", .region = "east");
    uint64_t seq = sl_test_add(t, define);
    go_on(t);

    uint64_t away = sl_test_add_void(t, seq);
    uint64_t back = sl_test_add_replace(t, seq, define);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){away, back, 0});
    end_exactly(&pair);
}

static void voiding_twice_is_the_same_as_once(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, won_d3(t, 501));
    go_on(t);

    uint64_t first = sl_test_add_void(t, seq);
    uint64_t second = sl_test_add_void(t, seq);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){seq, first, second, 0});
    end_exactly(&pair);
}

static void sales_after_a_correction_build_upon_it(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = ADD_QUOTE(t, .deal = "D1", .person = "bob", .customer = "acme", .amount = 10);

    uint64_t fix = sl_test_add_void(t, seq);
    go_on(t);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){seq, fix, 0});
    end_exactly(&pair);
}

static void a_rolled_back_correction_changes_nothing(void **state)
{
    struct sl_test_ledger *t = *state;
    struct pair pair;
    begin(&pair, t);
    uint64_t seq = sl_test_add(t, won_d3(t, 501));
    go_on(t);

    sl_ledger_savepoint(t->ledger);
    uint64_t fix = sl_test_add_void(t, seq);
    sl_ledger_rollback(t->ledger);

    sl_test_take_all(&pair.twin, pair.before, (const uint64_t[]){fix, 0});
    end_exactly(&pair);
}

/* ── random histories ── */

/* What the twin reads in the log later is the event as it counts, too: its log has the mistakes. */
static void know_correction(struct sl_test_ledger *t, struct sl_test_ledger *twin, uint64_t seq)
{
    struct sl_key key = {seq, 0};
    const struct sl_correction_row *row = sl_state_get(t->state, SL_TABLE_CORRECTIONS, key);
    if (row != NULL) {
        struct sl_correction_row *copy = sl_state_upsert(twin->state, SL_TABLE_CORRECTIONS, key);
        *copy = *row;
    }
}

/* The event at a position as it counts, applied to the twin. */
static void take_effective(struct sl_test_ledger *t, struct sl_test_ledger *twin, uint64_t seq)
{
    struct sl_sourced sourced;
    struct sl_page page;
    know_correction(t, twin, seq);
    sl_arena_reset(&t->decoded);
    assert_ok(sl_source_load(t->ledger, (sl_seq){seq}, &t->decoded, &sourced));
    if (!sourced.is_there) {
        return;
    }
    assert_ok(sl_store_get(t->log->store, (sl_seq){seq}, &page));
    struct sl_record record = page.records[0];
    struct sl_event event = {.body = sourced.body, .effective = sourced.day};
    record.effective = sourced.day;
    assert_ok(sl_ledger_apply(twin->ledger, &record, &event, &t->decoded));
    sl_store_page_end(t->log->store, &page);
}

/* Whoever first appears in a random step, so that numbers agree. */
static void name_the_rest(struct sl_test_ledger *t)
{
    for (unsigned i = 0; i < 40; i++) {
        char deal[8];
        (void)snprintf(deal, sizeof deal, "D%02u", i);
        (void)ADD_CONTACT(t, .customer = "dltd", .person = "stranger", .deal = deal);
    }
    (void)ADD_QUOTE(t, .deal = "D00", .product = "extra", .amount = 1);
}

static void a_corrected_history_equals_one_without_mistakes(void **state)
{
    static const unsigned tables[] = {SL_TABLE_DEALS, SL_TABLE_DEAL_CREDITS, SL_TABLE_FACTS};
    struct sl_test_ledger *t = *state;
    struct sl_test_ledger twin;
    struct sl_test_history history;
    uint64_t before = sl_store_head(t->log->store).v;
    sl_test_ledger_init(&twin, t->log);
    sl_test_history_begin(&history, t);
    name_the_rest(t);
    history.with_corrections = true;
    for (unsigned i = 0; i < 600; i++) {
        sl_test_history_step(&history);
    }

    uint64_t head = sl_store_head(t->log->store).v;
    for (uint64_t seq = before + 1; seq <= head; seq++) {
        take_effective(t, &twin, seq);
    }

    for (size_t i = 0; i < COUNT(tables); i++) {
        sl_test_assert_same_table(t, &twin, tables[i]);
    }
    sl_test_assert_same_sums(t, &twin);
    sl_test_assert_same_figures(t, &twin);
    sl_test_ledger_deinit(&twin);
}

/* ── what may not be corrected ── */

static struct sl_decide_view view_of_void(struct sl_test_ledger *t, uint64_t seq)
{
    return sl_test_view(t, sl_build_void(&t->builder, seq));
}

static void voiding_what_a_later_event_rests_on_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    char expected[64];
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);
    uint64_t cancelled = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 5);

    struct sl_decide_view view = view_of_void(t, won);

    assert_int_equal(view.correct_err, SL_E_DEAL_STATE);
    (void)snprintf(expected, sizeof expected, "event %llu would no longer be valid",
                   (unsigned long long)cancelled);
    assert_memory_equal(view.correct_diag.message, expected, strlen(expected));
    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, sl_build_void(&t->builder, won)));
    assert_int_equal(view_of_void(t, cancelled).correct_err, SL_OK);
}

/* What is recorded is applied, with whatever maximum a later build has. */
static void a_deal_is_corrected_that_has_as_many_events_as_the_maximum_and_no_more(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_test_ledger twin;
    uint64_t before = sl_store_head(t->log->store).v;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);
    t->ledger->history_events_max = 2;
    (void)ADD_CONTACT(t, .deal = "D1");
    assert_err(SL_OK, sl_test_judge(t, sl_build_void(&t->builder, won)));
    (void)ADD_CONTACT(t, .deal = "D1");
    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, sl_build_void(&t->builder, won)));
    assert_string_equal(t->diag.field, "correct.ref_seq");
    assert_non_null(strstr(t->diag.message, "more than 2 events"));

    t->ledger->history_events_max = 3;
    (void)sl_test_add_void(t, won);
    sl_test_ledger_init(&twin, t->log);
    twin.ledger->history_events_max = 1;
    sl_test_take_all(&twin, before, &(uint64_t){0});
    sl_test_assert_same_figures(t, &twin);
    sl_test_ledger_deinit(&twin);
}

static void a_replacement_below_what_was_cancelled_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 4);
    struct sl_slice less =
        sl_build_replace(&t->builder, won,
                         BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 3));
    struct sl_slice enough =
        sl_build_replace(&t->builder, won,
                         BUILD_CLOSE(&t->builder, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 4));

    assert_int_equal(sl_test_view(t, less).correct_err, SL_E_BEYOND_BOOKED);
    assert_int_equal(sl_test_view(t, enough).correct_err, SL_OK);
}

static void moving_a_close_must_suit_both_deals(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_INVOICED, .amount = 5);
    uint64_t second = ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .amount = 5);
    (void)ADD_CLOSE(t, .deal = "D3", .kind = SL_CLOSE_WON, .amount = 5);
    struct sl_slice onto_d3 =
        sl_build_replace(&t->builder, second,
                         BUILD_CLOSE(&t->builder, .deal = "D3", .kind = SL_CLOSE_WON, .amount = 5));
    struct sl_slice away_from_d1 =
        sl_build_replace(&t->builder, first,
                         BUILD_CLOSE(&t->builder, .deal = "D4", .kind = SL_CLOSE_WON, .amount = 5));

    assert_int_equal(sl_test_view(t, onto_d3).correct_err, SL_E_DEAL_STATE);
    assert_int_equal(sl_test_view(t, away_from_d1).correct_err, SL_E_DEAL_STATE);
}

static void a_replacement_on_an_unknown_deal_obeys_its_rules_too(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 5);
    struct sl_slice cancelled = sl_build_replace(
        &t->builder, won,
        BUILD_CLOSE(&t->builder, .deal = "new", .kind = SL_CLOSE_CANCELLED, .amount = 5));
    struct sl_slice good = sl_build_replace(
        &t->builder, won,
        BUILD_CLOSE(&t->builder, .deal = "new", .kind = SL_CLOSE_WON, .amount = 5));

    assert_int_equal(sl_test_view(t, cancelled).correct_err, SL_E_DEAL_STATE);
    assert_int_equal(sl_test_view(t, good).correct_err, SL_OK);
}

static void events_of_other_kinds_cannot_be_corrected(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t call = ADD_CONTACT(t, .customer = "acme");
    uint64_t fix = sl_test_add_void(t, call);

    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, sl_build_void(&t->builder, fix)));
    assert_err(
        SL_E_NOT_CORRECTABLE,
        sl_test_judge(t, sl_build_replace(&t->builder, call,
                                          BUILD_QUOTE(&t->builder, .deal = "D1", .amount = 5))));
    assert_err(SL_E_NOT_FOUND, sl_test_judge(t, sl_build_void(&t->builder, fix + 1)));
    assert_string_equal(t->diag.field, "correct.ref_seq");
}

static void the_view_of_a_correction_knows_what_it_refers_to(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t call = ADD_CONTACT(t, .customer = "acme");

    struct sl_decide_view view = view_of_void(t, call);

    assert_true(view.ref_found);
    assert_int_equal(view.ref_type, SL_EVENT_CONTACT);
    assert_text(view.ref_actor, "tester");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_voided_contact_never_was),
        LEDGER_TEST(a_voided_contact_of_a_deal_gives_back_its_first_day),
        LEDGER_TEST(a_replaced_contact_was_always_so),
        LEDGER_TEST(a_voided_quote_takes_its_credits_from_what_follows),
        LEDGER_TEST(a_replaced_quote_gives_other_credits_to_what_follows),
        LEDGER_TEST(a_replaced_quote_gives_another_customer_to_what_follows),
        LEDGER_TEST(a_voided_close_never_was),
        LEDGER_TEST(a_replaced_close_was_always_so),
        LEDGER_TEST(a_close_can_move_to_another_deal),
        LEDGER_TEST(a_contact_can_leave_its_deal),
        LEDGER_TEST(a_voided_person_was_never_defined_so),
        LEDGER_TEST(a_replaced_person_was_always_so),
        LEDGER_TEST(a_voided_unit_was_never_defined_so),
        LEDGER_TEST(a_replaced_unit_was_always_so),
        LEDGER_TEST(a_voided_product_was_never_defined_so),
        LEDGER_TEST(a_replaced_product_was_always_so),
        LEDGER_TEST(a_voided_customer_was_never_defined_so),
        LEDGER_TEST(a_replaced_customer_was_always_so),
        LEDGER_TEST(a_voided_target_was_never_set),
        LEDGER_TEST(a_replaced_target_was_always_so),
        LEDGER_TEST(a_voided_plan_was_never_published),
        LEDGER_TEST(a_replaced_plan_was_always_so),
        LEDGER_TEST(a_voided_payout_changes_no_answer),
        LEDGER_TEST(a_voided_note_changes_no_answer),
        LEDGER_TEST(a_replacement_without_a_day_keeps_the_day),
        LEDGER_TEST(a_second_replacement_without_a_day_goes_back_to_the_first_day),
        LEDGER_TEST(the_last_correction_counts),
        LEDGER_TEST(a_voided_event_can_be_brought_back),
        LEDGER_TEST(a_voided_define_can_be_brought_back),
        LEDGER_TEST(voiding_twice_is_the_same_as_once),
        LEDGER_TEST(sales_after_a_correction_build_upon_it),
        LEDGER_TEST(a_rolled_back_correction_changes_nothing),
        LEDGER_TEST(a_corrected_history_equals_one_without_mistakes),
        LEDGER_TEST(voiding_what_a_later_event_rests_on_is_refused),
        LEDGER_TEST(a_deal_is_corrected_that_has_as_many_events_as_the_maximum_and_no_more),
        LEDGER_TEST(a_replacement_below_what_was_cancelled_is_refused),
        LEDGER_TEST(moving_a_close_must_suit_both_deals),
        LEDGER_TEST(a_replacement_on_an_unknown_deal_obeys_its_rules_too),
        LEDGER_TEST(events_of_other_kinds_cannot_be_corrected),
        LEDGER_TEST(the_view_of_a_correction_knows_what_it_refers_to),
    };
    return RUN_LEDGER_TESTS(tests);
}
