/* The products of a deal: what can be cancelled of each, and when the deal no longer counts for one. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "domain/deal_products.h"

enum { LOOSE = 0, A = 1, B = 2, C = 3 };

struct part {
    uint32_t product;
    int64_t amount;
};

#define LINES_OF_TEST 4
struct test_close {
    enum sl_close_kind kind;
    struct part parts[LINES_OF_TEST];
    size_t count;
};
#define CLOSE(...) (&(const struct test_close){__VA_ARGS__})

struct lines {
    struct sl_line lines[LINES_OF_TEST];
    uint32_t numbers[LINES_OF_TEST];
    struct sl_close close;
};

static void fill(const struct test_close *test, struct lines *ret_lines)
{
    *ret_lines = (struct lines){
        .close = {.kind = test->kind, .lines = ret_lines->lines, .line_count = test->count}};
    for (size_t i = 0; i < test->count; i++) {
        ret_lines->numbers[i] = test->parts[i].product;
        ret_lines->lines[i].amount_minor = test->parts[i].amount;
        ret_lines->lines[i].product = SLICE("p");
    }
}

static enum sl_err check(const struct sl_deal_products *products, const struct test_close *test)
{
    struct lines lines;
    fill(test, &lines);
    return sl_deal_products_check(products, &lines.close, lines.numbers, NULL);
}

static struct sl_ended_products
step(struct sl_deal_products *products, const struct test_close *test, bool is_over)
{
    struct lines lines;
    struct sl_ended_products ended;
    assert_ok(check(products, test));
    fill(test, &lines);
    struct sl_deal_state after = {is_over ? SL_DEAL_CANCELLED : SL_DEAL_WON, 0};
    sl_deal_products_step(products, &lines.close, lines.numbers, &after, &ended);
    return ended;
}

static int64_t booked(const struct sl_deal_products *products, uint32_t product)
{
    for (size_t i = 0; i < products->count; i++) {
        if (products->list[i].product == product) {
            return products->list[i].booked_minor;
        }
    }
    return 0;
}

static void won_with_a_and_b(struct sl_deal_products *products)
{
    products->count = 0;
    (void)step(products, CLOSE(SL_CLOSE_WON, {{A, 100}, {B, 200}}, 2), false);
}

static void no_more_is_taken_back_than_is_booked_of_the_product(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    assert_ok(check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 100}, {B, 200}}, 2)));
    assert_err(SL_E_BEYOND_BOOKED, check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 101}}, 1)));
    assert_err(SL_E_BEYOND_BOOKED, check(&products, CLOSE(SL_CLOSE_RETURNED, {{A, 101}}, 1)));
    assert_err(SL_E_BEYOND_BOOKED, check(&products, CLOSE(SL_CLOSE_CANCELLED, {{C, 1}}, 1)));
    assert_err(SL_E_BEYOND_BOOKED,
               check(&products, CLOSE(SL_CLOSE_CANCELLED, {{SL_PRODUCT_NEW, 1}}, 1)));
    assert_err(SL_E_BEYOND_BOOKED,
               check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 60}, {B, 1}, {A, 41}}, 3)));
}

static void a_refusal_names_the_line_the_product_and_what_is_left(void **state)
{
    (void)state;
    struct sl_deal_products products;
    struct lines lines;
    struct sl_diag diag = {0};
    won_with_a_and_b(&products);
    fill(CLOSE(SL_CLOSE_CANCELLED, {{B, 1}, {A, 101}}, 2), &lines);

    assert_err(SL_E_BEYOND_BOOKED,
               sl_deal_products_check(&products, &lines.close, lines.numbers, &diag));

    assert_string_equal(diag.field, "close.lines[1].amount_minor");
    assert_non_null(strstr(diag.message, "101 of product \"p\""));
    assert_non_null(strstr(diag.message, "left booked of it, 100"));
}

static void what_was_booked_without_a_product_covers_any(void **state)
{
    (void)state;
    struct sl_deal_products products = {0};
    (void)step(&products, CLOSE(SL_CLOSE_WON, {{A, 100}, {LOOSE, 50}}, 2), false);

    assert_ok(check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 130}, {B, 20}}, 2)));
    assert_err(SL_E_BEYOND_BOOKED,
               check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 130}, {B, 21}}, 2)));

    (void)step(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 130}}, 1), false);
    assert_int_equal(booked(&products, A), 0);
    assert_int_equal(booked(&products, LOOSE), 20);
}

static void a_line_without_a_product_takes_of_the_deal_as_a_whole(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    struct sl_ended_products ended =
        step(&products, CLOSE(SL_CLOSE_CANCELLED, {{LOOSE, 250}}, 1), false);

    assert_int_equal(ended.count, 0);
    assert_int_equal(booked(&products, A), 100); /* the deal's own sum says that only 50 are left */
    assert_true(sl_deal_products_counts(&products, A));
}

static void a_product_ends_when_nothing_of_it_is_left(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    assert_int_equal(step(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 60}}, 1), false).count, 0);
    struct sl_ended_products ended =
        step(&products, CLOSE(SL_CLOSE_RETURNED, {{A, 40}, {A, 0}}, 2), false);

    assert_int_equal(ended.count, 1);
    assert_int_equal(ended.numbers[0], A);
    assert_false(sl_deal_products_counts(&products, A));
    assert_true(sl_deal_products_counts(&products, B));
}

static void all_products_end_with_the_deal(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    struct sl_ended_products ended =
        step(&products, CLOSE(SL_CLOSE_CANCELLED, {{B, 200}, {LOOSE, 100}}, 2), true);

    assert_int_equal(ended.count, 2);
    assert_int_equal(ended.numbers[0], B); /* those with a line first */
    assert_int_equal(ended.numbers[1], A);
    assert_int_equal(products.count, 0);
}

static void an_amendment_moves_amounts_and_counts_nothing(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    (void)step(&products, CLOSE(SL_CLOSE_AMENDED, {{A, -100}, {C, 70}, {B, -230}}, 3), false);

    assert_true(sl_deal_products_counts(&products, A));
    assert_false(sl_deal_products_counts(&products, C));
    assert_int_equal(booked(&products, B), -30);
    assert_ok(check(&products, CLOSE(SL_CLOSE_CANCELLED, {{C, 70}}, 1)));
    assert_err(SL_E_BEYOND_BOOKED, check(&products, CLOSE(SL_CLOSE_CANCELLED, {{A, 1}}, 1)));

    assert_int_equal(step(&products, CLOSE(SL_CLOSE_CANCELLED, {{C, 70}}, 1), false).count, 0);
    assert_int_equal(products.count, 2); /* nothing is left to remember of C */
}

static void a_deal_won_again_starts_anew(void **state)
{
    (void)state;
    struct sl_deal_products products;
    won_with_a_and_b(&products);

    (void)step(&products, CLOSE(SL_CLOSE_WON, {{B, 7}}, 1), false);

    assert_int_equal(products.count, 1);
    assert_int_equal(booked(&products, B), 7);
}

static void closes_of_other_streams_leave_them_as_they_are(void **state)
{
    (void)state;
    const enum sl_close_kind kinds[] = {SL_CLOSE_LOST, SL_CLOSE_DELIVERED, SL_CLOSE_INVOICED,
                                        SL_CLOSE_COLLECTED};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct sl_deal_products products;
        won_with_a_and_b(&products);
        (void)step(&products, CLOSE(kinds[i], {{C, 900}, {A, 900}}, 2), false);
        assert_int_equal(products.count, 2);
        assert_int_equal(booked(&products, A), 100);
    }
}

/* As many products as there may be, in amendments of one line. */
static void book_products(struct sl_deal_products *products, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++) {
        (void)step(products, CLOSE(SL_CLOSE_AMENDED, {{i, 1}}, 1), false);
    }
}

static void a_deal_has_at_most_1000_products(void **state)
{
    (void)state;
    static struct sl_deal_products products;
    products.count = 0;
    book_products(&products, SL_DEAL_PRODUCTS_MAX - 1);

    assert_err(
        SL_E_TOO_MANY,
        check(&products, CLOSE(SL_CLOSE_AMENDED,
                               {{SL_DEAL_PRODUCTS_MAX, 1}, {SL_DEAL_PRODUCTS_MAX + 1, 1}}, 2)));
    (void)step(
        &products,
        CLOSE(SL_CLOSE_AMENDED, {{SL_DEAL_PRODUCTS_MAX, 1}, {SL_DEAL_PRODUCTS_MAX, 1}, {A, 1}}, 3),
        false);

    assert_int_equal(products.count, SL_DEAL_PRODUCTS_MAX);
    assert_err(SL_E_TOO_MANY,
               check(&products, CLOSE(SL_CLOSE_AMENDED, {{SL_DEAL_PRODUCTS_MAX + 1, 1}}, 1)));
    assert_ok(check(&products, CLOSE(SL_CLOSE_AMENDED, {{A, 5}}, 1)));
}

static void what_has_no_product_is_beside_the_1000(void **state)
{
    (void)state;
    static struct sl_deal_products products;
    products.count = 0;
    book_products(&products, SL_DEAL_PRODUCTS_MAX);

    (void)step(&products, CLOSE(SL_CLOSE_CANCELLED, {{LOOSE, 10}}, 1), false);

    assert_int_equal(booked(&products, LOOSE), -10);
    assert_ok(check(&products, CLOSE(SL_CLOSE_AMENDED, {{LOOSE, 5}, {A, 5}}, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_is_taken_back_than_is_booked_of_the_product),
        cmocka_unit_test(a_refusal_names_the_line_the_product_and_what_is_left),
        cmocka_unit_test(what_was_booked_without_a_product_covers_any),
        cmocka_unit_test(a_line_without_a_product_takes_of_the_deal_as_a_whole),
        cmocka_unit_test(a_product_ends_when_nothing_of_it_is_left),
        cmocka_unit_test(all_products_end_with_the_deal),
        cmocka_unit_test(an_amendment_moves_amounts_and_counts_nothing),
        cmocka_unit_test(a_deal_won_again_starts_anew),
        cmocka_unit_test(closes_of_other_streams_leave_them_as_they_are),
        cmocka_unit_test(a_deal_has_at_most_1000_products),
        cmocka_unit_test(what_has_no_product_is_beside_the_1000),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
