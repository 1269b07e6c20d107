/* Cancellations by product: what is refused, and what a deal counts for in products, product lines and the filters of plans. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "projections/fact_scan.h"
#include "projections/taken_back.h"

#define ONE SL_PPM

static int64_t count_of(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    return sl_test_sum(t, "booked.count", "2025", scope);
}

/* D1, won by ann: 100 of x, 200 of y, both of the line "iron", and 300 of z, of "glass". */
static void win_three(struct sl_test_ledger *t)
{
    (void)ADD_PRODUCT(t, "x", .line = "iron");
    (void)ADD_PRODUCT(t, "y", .line = "iron");
    (void)ADD_PRODUCT(t, "z", .line = "glass");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann",
                    .lines = {{.product = "x", .amount = 100},
                              {.product = "y", .amount = 200},
                              {.product = "z", .amount = 300}},
                    .line_count = 3);
}

static void cancel(struct sl_test_ledger *t, const char *product, int64_t amount)
{
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .product = product,
                    .amount = amount);
}

#define JUDGE_CANCEL(t, ...)                                                                       \
    sl_test_judge(                                                                                 \
        (t), BUILD_CLOSE(&(t)->builder, .deal = "D1", .kind = SL_CLOSE_CANCELLED, __VA_ARGS__))

static void a_cancellation_beyond_its_product_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    assert_err(SL_E_BEYOND_BOOKED, JUDGE_CANCEL(t, .product = "x", .amount = 101));
    assert_string_equal(t->diag.field, "close.lines[0].amount_minor");
    assert_err(SL_E_BEYOND_BOOKED, JUDGE_CANCEL(t, .product = "never seen", .amount = 1));
    assert_ok(JUDGE_CANCEL(t, .amount = 600));
    cancel(t, "x", 60);
    assert_err(SL_E_BEYOND_BOOKED, JUDGE_CANCEL(t, .product = "x", .amount = 41));
    assert_ok(JUDGE_CANCEL(t, .product = "x", .amount = 40));
}

static void what_is_left_of_each_product_is_kept(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);
    cancel(t, "z", 250);
    (void)ADD_QUOTE(t, .deal = "D1", .amount = 1);

    sl_test_ledger_reopen(t);

    assert_err(SL_E_BEYOND_BOOKED, JUDGE_CANCEL(t, .product = "z", .amount = 51));
    assert_ok(JUDGE_CANCEL(t, .product = "z", .amount = 50));
    assert_ok(JUDGE_CANCEL(t, .product = "y", .amount = 200));
}

static void a_correction_that_leaves_less_than_was_cancelled_of_a_product_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .product = "x", .amount = 100);
    cancel(t, "x", 80);

    struct sl_slice less =
        BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.product = "x", .amount = 79}, {.product = "y", .amount = 100}},
                    .line_count = 2);
    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, sl_build_replace(b, won, less)));

    struct sl_slice enough =
        BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .product = "x", .amount = 80);
    (void)sl_test_add_replace(t, won, enough);
    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
}

static void cancelled_line_by_line_a_deal_counts_for_none_of_its_products(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    cancel(t, "x", 100);
    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("y")), ONE);
    assert_int_equal(count_of(t, WHOLE), ONE);
    cancel(t, "y", 200);
    cancel(t, "z", 300);

    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("y")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("z")), 0);
    assert_int_equal(count_of(t, WHOLE), 0);
}

static void a_product_line_is_counted_until_the_last_of_its_products_ends(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    cancel(t, "y", 200);
    assert_int_equal(count_of(t, OF_LINE("iron")), ONE);
    struct sl_measures_answer by_line =
        sl_test_rows(t, "booked.count", "2025", WHOLE, SL_BY_PRODUCT_LINE);
    assert_int_equal(sl_test_sum_of_key(&by_line, "iron"), ONE);
    assert_int_equal(sl_test_sum_of_key(&by_line, "glass"), ONE);
    cancel(t, "x", 100);

    assert_int_equal(count_of(t, OF_LINE("iron")), 0);
    assert_int_equal(count_of(t, OF_LINE("glass")), ONE);
}

static void several_products_of_a_line_that_end_at_once_take_back_one(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED,
                    .lines = {{.product = "x", .amount = 100}, {.product = "y", .amount = 200}},
                    .line_count = 2);

    assert_int_equal(count_of(t, OF_LINE("iron")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("y")), 0);
}

static void a_deal_cancelled_without_products_counts_for_none(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    cancel(t, NULL, 600);

    assert_int_equal(count_of(t, WHOLE), 0);
    assert_int_equal(count_of(t, OF_PERSON("ann")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("z")), 0);
    assert_int_equal(count_of(t, OF_LINE("iron")), 0);
    assert_int_equal(count_of(t, OF_LINE("glass")), 0);
    struct sl_test_scope of_both = {.person = "ann", .product = "y"};
    assert_int_equal(count_of(t, of_both), 0);
    assert_int_equal(sl_test_sum(t, "booked.amount", "2025", OF_PRODUCT("x")), 100);
}

/* It was won before the period, so nothing but its end moves the count; in the line it has not ended. */
static void in_a_product_and_its_line_the_product_says_when_it_was_reached(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_test_scope both = {.product = "x", .line = "iron"};
    (void)ADD_PERSON(t, "ann", .unit = "team");
    win_three(t);
    uint64_t seq = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .product = "x",
                             .amount = 100, .date = "2025-03-01");

    struct sl_rank_answer answer = RANK(t, .measure = "booked.count", .period = "2025-03",
                                        .scope = both, .ties = SL_TIE_REACHED);

    assert_int_equal(answer.row_count, 1);
    assert_int_equal(answer.rows[0].reached_seq, seq);
}

/* Of deal D1, so many products of one unit each, from "n<first>" on. */
static void amend(struct sl_test_ledger *t, unsigned first, unsigned count)
{
    char names[SL_BUILD_LINES_MAX][16];
    while (count > 0) {
        struct sl_build_sale sale = {.deal = "D1", .kind = SL_CLOSE_AMENDED};
        for (; count > 0 && sale.line_count < SL_BUILD_LINES_MAX; count--) {
            char *name = names[sale.line_count];
            (void)snprintf(name, sizeof names[0], "n%u", first++);
            sale.lines[sale.line_count++] = (struct sl_build_line){.product = name, .amount = 1};
        }
        (void)sl_test_add(t, sl_build_close(&t->builder, &sale));
    }
}

static void a_correction_to_more_products_than_a_deal_may_have_is_refused(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .product = "p", .amount = 1);
    amend(t, 0, SL_DEAL_PRODUCTS_MAX - 1);

    struct sl_slice two =
        BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON,
                    .lines = {{.product = "new1", .amount = 1}, {.product = "new2", .amount = 1}},
                    .line_count = 2);
    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, sl_build_replace(b, won, two)));

    struct sl_slice one =
        BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .product = "new1", .amount = 1);
    assert_ok(sl_test_judge(t, sl_build_replace(b, won, one)));
    assert_err(SL_E_TOO_MANY,
               sl_test_judge(t, BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_AMENDED,
                                            .product = "more", .amount = 1)));
}

static void a_return_of_the_rest_shows_only_what_was_returned(void **state)
{
    struct sl_test_ledger *t = *state;
    win_three(t);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_RETURNED, .amount = 600);

    assert_int_equal(sl_test_sum(t, "returned.amount", "2025", WHOLE), 600);
    assert_int_equal(sl_test_sum(t, "returned.amount", "2025", OF_PRODUCT("x")), 0);
    assert_int_equal(count_of(t, OF_PRODUCT("x")), 0);
}

/* Pays ann 10 for each deal by the year that passes. */
#define PAY_PER_DEAL(t, ...)                                                                       \
    (void)ADD_PLAN((t), .components = {{.quantity = SL_QUANTITY_COUNT,                             \
                                        .window = SL_PLAN_WINDOW_YEAR,                             \
                                        .value = SL_VALUE_PER_UNIT,                                \
                                        .rows = {{0, 10}},                                         \
                                        .row_count = 1,                                            \
                                        __VA_ARGS__}})

static int64_t earned(struct sl_test_ledger *t)
{
    return sl_test_statement(t, "ann", "2025").total_minor;
}

static void a_plan_for_some_products_pays_until_the_last_of_them_ends(void **state)
{
    struct sl_test_ledger *t = *state;
    PAY_PER_DEAL(t, .line = "iron");
    win_three(t);
    assert_int_equal(earned(t), 10);

    cancel(t, "x", 100);
    assert_int_equal(earned(t), 10);
    cancel(t, NULL, 100); /* of whatever */
    assert_int_equal(earned(t), 10);
    cancel(t, "y", 200);

    assert_int_equal(earned(t), 0);
}

static void a_plan_for_some_products_pays_nothing_for_a_deal_cancelled_without_them(void **state)
{
    struct sl_test_ledger *t = *state;
    PAY_PER_DEAL(t, .product = "x");
    win_three(t);
    assert_int_equal(earned(t), 10);

    cancel(t, NULL, 600);

    assert_int_equal(earned(t), 0);
}

static void a_plan_for_large_lines_pays_until_the_last_of_them_ends(void **state)
{
    struct sl_test_ledger *t = *state;
    PAY_PER_DEAL(t, .line_min = 200);
    win_three(t);

    cancel(t, "x", 100); /* never was large */
    assert_int_equal(earned(t), 10);
    cancel(t, "z", 300);
    assert_int_equal(earned(t), 10); /* y still is */
    cancel(t, "y", 199);
    assert_int_equal(earned(t), 10);
    cancel(t, "y", 1); /* small, but the last of a large line */

    assert_int_equal(earned(t), 0);
}

/* A cancellation or return and what it takes back, looked up anew. */
struct taking {
    sl_seq seq;
    struct sl_fact_row row;
    int64_t size;
    bool ends;
};

static bool asks_all(void *context, const struct sl_fact_row *row)
{
    (void)context;
    return row->product != 0;
}

static void
ask(struct sl_taken_back *back, const struct taking *taking, int64_t *ret_size, bool *ret_ends)
{
    struct sl_taken_back_asker asker = {asks_all, NULL};
    assert_ok(sl_taken_back_size(back, taking->seq, &taking->row, ret_size));
    assert_ok(sl_taken_back_ends(back, taking->seq, &taking->row, &asker, ret_ends));
}

#define TAKINGS_MAX 64u

static size_t takings_of(struct sl_test_ledger *t, const char *person, struct taking *takings)
{
    struct sl_fact_scan scan;
    size_t count = 0;
    struct sl_slice name = {(const uint8_t *)person, strlen(person)};
    sl_pending_settle(t->ledger);
    uint32_t number = sl_names_find(&t->ledger->names, SL_ENTITY_PERSON, name);
    sl_fact_scan_person(t->ledger->state, number, sl_period_all(), &scan);
    while (scan.row != NULL) {
        if (sl_fact_takes_back(scan.row)) {
            assert_true(count < TAKINGS_MAX);
            takings[count++] = (struct taking){.seq = sl_key_fact_seq(scan.key), .row = *scan.row};
        }
        sl_fact_scan_next(t->ledger->state, &scan);
    }
    for (size_t i = 0; i < count; i++) {
        struct sl_taken_back fresh = {.ledger = t->ledger};
        ask(&fresh, &takings[i], &takings[i].size, &takings[i].ends);
        sl_taken_back_deinit(&fresh);
    }
    return count;
}

static void asked_in_any_order_a_deal_is_as_it_was_after_each_event(void **state)
{
    struct sl_test_ledger *t = *state;
    static struct taking takings[TAKINGS_MAX];
    for (int64_t i = 1; i <= 4; i++) {
        win_three(t);
        cancel(t, "z", 300);
        cancel(t, "x", 100 - i);
        cancel(t, "x", i);
        cancel(t, "y", 200);
        (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_WON, .person = "ann", .product = "x",
                        .amount = 10 * i);
        (void)ADD_CLOSE(t, .deal = "D2", .kind = SL_CLOSE_CANCELLED, .product = "x",
                        .amount = 10 * i);
    }
    size_t count = takings_of(t, "ann", takings);
    size_t ends = 0;
    assert_int_equal(count, 20);
    struct sl_taken_back kept = {.ledger = t->ledger};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            int64_t size;
            bool is_end;
            size_t at = i == 0 ? k : (k * (2 * i + 1)) % count; /* forwards, then criss-cross */
            ask(&kept, &takings[at], &size, &is_end);
            assert_int_equal(size, takings[at].size);
            assert_int_equal(is_end, takings[at].ends);
        }
        ends += takings[i].ends;
    }
    sl_taken_back_deinit(&kept);
    assert_int_equal(ends, 8); /* y of each D1, and each D2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_cancellation_beyond_its_product_is_refused),
        LEDGER_TEST(what_is_left_of_each_product_is_kept),
        LEDGER_TEST(a_correction_that_leaves_less_than_was_cancelled_of_a_product_is_refused),
        LEDGER_TEST(cancelled_line_by_line_a_deal_counts_for_none_of_its_products),
        LEDGER_TEST(a_product_line_is_counted_until_the_last_of_its_products_ends),
        LEDGER_TEST(several_products_of_a_line_that_end_at_once_take_back_one),
        LEDGER_TEST(a_deal_cancelled_without_products_counts_for_none),
        LEDGER_TEST(in_a_product_and_its_line_the_product_says_when_it_was_reached),
        LEDGER_TEST(a_correction_to_more_products_than_a_deal_may_have_is_refused),
        LEDGER_TEST(a_return_of_the_rest_shows_only_what_was_returned),
        LEDGER_TEST(a_plan_for_some_products_pays_until_the_last_of_them_ends),
        LEDGER_TEST(a_plan_for_some_products_pays_nothing_for_a_deal_cancelled_without_them),
        LEDGER_TEST(a_plan_for_large_lines_pays_until_the_last_of_them_ends),
        LEDGER_TEST(asked_in_any_order_a_deal_is_as_it_was_after_each_event),
    };
    return RUN_LEDGER_TESTS(tests);
}
