/* Plan evaluation: worked examples with known answers. Amounts in cents; the examples speak of major units. */
#include "unit/evaluate_setup.h"

static const struct sl_curve_row tiers[] = {
    {0, 10000}, {100000, 20000}, {300000, 30000}, {800000, 50000}};
static const int64_t six_deals[] = {20000, 30000, 150000, 120000, 200000, 450000};

static void add_six_deals(struct setup *s)
{
    for (size_t i = 0; i < COUNT(six_deals); i++) {
        add_fact(s, six_deals[i]);
    }
}

static void example_1_marginal_tiers_per_deal(void **state)
{
    (void)state;
    static const int64_t expected[] = {200, 300, 2000, 1400, 3000, 9500};
    struct setup s = SETUP(SL_CURVE_MARGINAL, tiers);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    add_six_deals(&s);
    assert_int_equal(evaluate(&s), 16400);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(s.parts[i].earned_minor, expected[i]);
        assert_int_equal(s.parts[i].base_after, six_deals[i]);
    }
}

static void example_2_the_same_tiers_over_the_quarter(void **state)
{
    (void)state;
    struct setup marginal = SETUP(SL_CURVE_MARGINAL, tiers);
    struct setup whole = SETUP(SL_CURVE_WHOLE, tiers);
    add_six_deals(&marginal);
    add_six_deals(&whole);
    assert_int_equal(evaluate(&marginal), 28500);
    assert_int_equal(evaluate(&whole), 48500);
    assert_int_equal(marginal.result.base_total, 970000);
}

static void example_3_interpolated_tiers_per_deal(void **state)
{
    (void)state;
    static const struct sl_curve_row points[] = {
        {0, 0}, {100000, 1000}, {300000, 5000}, {800000, 15000}, {2000000, 215000}};
    static const int64_t expected[] = {200, 300, 2000, 1400, 3000, 8000};
    struct setup s = SETUP(SL_CURVE_LINEAR, points);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    s.component.curve.value = SL_VALUE_FIXED_AMOUNT;
    add_six_deals(&s);
    assert_int_equal(evaluate(&s), 14900);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(s.parts[i].earned_minor, expected[i]);
    }
}

static void example_4_rate_of_the_whole_amount(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {
        {0, 10000}, {1000000, 20000}, {5000000, 30000}, {10000000, 40000}};
    static const int64_t cases[][2] = {{500000, 5000}, {1500000, 30000}, {6000000, 180000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct setup s = SETUP(SL_CURVE_WHOLE, rows);
        add_fact(&s, cases[i][0]);
        assert_int_equal(evaluate(&s), cases[i][1]);
    }
}

static void example_5_exactly_on_a_bound(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 17500}, {150000000, 25000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rows);
    add_fact(&s, 150000000);
    assert_int_equal(evaluate(&s), 3750000);
    s.component.curve.edge = SL_EDGE_GT;
    assert_int_equal(evaluate(&s), 2625000);
}

static void examples_6_and_7_marginal_tiers(void **state)
{
    (void)state;
    static const struct sl_curve_row six[] = {{0, 30000}, {30000000, 50000}, {50000000, 70000}};
    static const struct sl_curve_row seven[] = {{0, 50000}, {10000000, 70000}};
    struct setup a = SETUP(SL_CURVE_MARGINAL, six);
    struct setup b = SETUP(SL_CURVE_MARGINAL, seven);
    add_fact(&a, 60000000);
    add_fact(&b, 18000000);
    assert_int_equal(evaluate(&a), 2600000);
    assert_int_equal(evaluate(&b), 1060000);
}

static void example_8_accelerator_as_a_factor(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 60000}};
    static const struct sl_curve_row steps[] = {{0, 1000000}, {1150000, 1250000}};
    struct setup factor = SETUP(SL_CURVE_WHOLE, steps);
    factor.component.kind = SL_COMPONENT_FACTOR;
    factor.component.curve.value = SL_VALUE_FACTOR;
    aim_at(&factor, 100000000);
    factor.input.has_index_total = true;
    factor.input.index_total = 115000000;
    evaluate(&factor);
    struct setup pay = SETUP(SL_CURVE_WHOLE, rate);
    pay.input.factor = &factor.result.factor;
    add_fact(&pay, 5000000);

    assert_int_equal(evaluate(&pay), 375000);
}

static const struct sl_curve_row accelerator[] = {{0, 1000000}, {1000000, 1500000}};

static void example_9_rate_from_target_pay(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, accelerator);
    s.component.curve.value = SL_VALUE_TARGET_PAY_SHARE;
    s.input.target_pay = sl_fraction_of_int(10000000);
    aim_at(&s, 50000000);
    add_fact(&s, 40000000);
    add_fact(&s, 25000000);
    assert_int_equal(evaluate(&s), 14500000);
    assert_int_equal(s.parts[0].earned_minor, 8000000);
    assert_int_equal(sl_fraction_compare(s.result.index, sl_fraction_of_ratio(13, 10)), 0);
}

static void example_10_decelerator(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 500000}, {500000, 1000000}, {1000000, 1500000}};
    struct setup s = SETUP(SL_CURVE_MARGINAL, rows);
    s.component.curve.value = SL_VALUE_TARGET_PAY_SHARE;
    s.input.target_pay = sl_fraction_of_int(10000000);
    aim_at(&s, 50000000);
    add_fact(&s, 20000000);
    assert_int_equal(evaluate(&s), 2000000);
}

static void example_11_a_gate_pays_from_the_first_unit_once_open(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    static const struct sl_gate_row gate[] = {
        {.index = {.kind = SL_INDEX_ATTAINMENT}, .at_least = 700000}};
    static const int64_t cases[][2] = {
        {50000000, 0}, {69000000, 0}, {70000000, 7000000}, {90000000, 9000000}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct setup s = SETUP(SL_CURVE_WHOLE, rate);
        struct sl_fraction attainment = sl_fraction_of_ratio(cases[i][0], 100000000);
        s.component.gate = gate;
        s.component.gate_count = 1;
        s.input.gate_values = &attainment;
        add_fact(&s, cases[i][0]);
        assert_int_equal(evaluate(&s), cases[i][1]);
        assert_int_equal(s.result.gate_open, cases[i][1] != 0);
    }
}

static void example_12_year_end_true_up(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 1000000}, {1000000, 2000000}};
    int64_t paid = 1417500;
    struct setup s = SETUP(SL_CURVE_MARGINAL, rows);
    s.component.curve.value = SL_VALUE_TARGET_PAY_SHARE;
    s.input.target_pay = sl_fraction_of_int(2100000);
    aim_at(&s, 100000000);
    add_fact(&s, 105000000);
    assert_int_equal(evaluate(&s) - paid, 892500);
}

static void example_14_spiff_plus_rate(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 80000}};
    static const struct sl_curve_row spiff[] = {{0, 100000}};
    struct setup a = SETUP(SL_CURVE_WHOLE, rate);
    struct setup b = SETUP(SL_CURVE_WHOLE, spiff);
    b.component.curve.value = SL_VALUE_PER_UNIT;
    b.component.filter.quantity = SL_QUANTITY_UNITS;
    add_fact(&a, 10000000); /* 5 x 20,000 */
    add_fact(&b, 5000);     /* 5 units */
    assert_int_equal(evaluate(&a) + evaluate(&b), 1300000);
}

static void example_15_split_60_40(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup a = SETUP(SL_CURVE_WHOLE, rate);
    struct setup b = SETUP(SL_CURVE_WHOLE, rate);
    add_fact(&a, 9000000);
    add_fact(&b, 6000000);
    assert_int_equal(evaluate(&a), 900000);
    assert_int_equal(evaluate(&b), 600000);
}

static void example_16_rate_by_margin(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 100000}, {350000, 250000}, {600000, 400000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rows);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    s.component.filter.quantity = SL_QUANTITY_MARGIN;
    s.component.index.kind = SL_INDEX_RATIO;
    s.component.curve.edge = SL_EDGE_GT;
    add_fact(&s, 5000);
    s.facts[0].amount = 15000;
    add_fact(&s, 3500); /* exactly 35 % takes the lower row */
    s.facts[1].amount = 10000;
    add_fact(&s, 7000);
    s.facts[2].amount = 10000;
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, 500);
    assert_int_equal(s.parts[1].earned_minor, 350);
    assert_int_equal(s.parts[2].earned_minor, 2800);
}

static void example_17_partial_collection_releases_its_share(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 200000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.filter.stream = SL_STREAM_COLLECTED;
    add_fact(&s, 1000000);
    add_fact(&s, 1000000);
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, 200000);
    assert_int_equal(s.parts[1].earned_minor, 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_1_marginal_tiers_per_deal),
        cmocka_unit_test(example_2_the_same_tiers_over_the_quarter),
        cmocka_unit_test(example_3_interpolated_tiers_per_deal),
        cmocka_unit_test(example_4_rate_of_the_whole_amount),
        cmocka_unit_test(example_5_exactly_on_a_bound),
        cmocka_unit_test(examples_6_and_7_marginal_tiers),
        cmocka_unit_test(example_8_accelerator_as_a_factor),
        cmocka_unit_test(example_9_rate_from_target_pay),
        cmocka_unit_test(example_10_decelerator),
        cmocka_unit_test(example_11_a_gate_pays_from_the_first_unit_once_open),
        cmocka_unit_test(example_12_year_end_true_up),
        cmocka_unit_test(example_14_spiff_plus_rate),
        cmocka_unit_test(example_15_split_60_40),
        cmocka_unit_test(example_16_rate_by_margin),
        cmocka_unit_test(example_17_partial_collection_releases_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
