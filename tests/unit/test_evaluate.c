/* Plan evaluation: the rules at the edges: rounding, attribution, deal windows, gates, limits, negative totals. */
#include "unit/evaluate_setup.h"

static const struct sl_curve_row tiers[] = {
    {0, 10000}, {100000, 20000}, {300000, 30000}, {800000, 50000}};

/* Rounding and attribution. */

static const struct sl_curve_row quarter_tiers[] = {{0, 30000}, {2500000, 52500}, {7500000, 81250}};

static void a_deal_across_a_bound_is_split_and_rounded_once(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, quarter_tiers);
    add_fact(&s, 2499990);
    add_fact(&s, 30);
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, 75000); /* 74999.7 */
    assert_int_equal(s.parts[1].earned_minor, 1);     /* 10 x 3 % + 20 x 5.25 % = 1.35 */
    assert_int_equal(s.parts[0].rate_ppm, 30000);
    assert_int_equal(s.parts[1].rate_ppm, 52500);
    assert_int_equal(s.parts[1].base_after, 2500020);
}

static void the_shown_rate_of_a_slice_up_to_a_bound_is_the_lower_rows(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, quarter_tiers);
    add_fact(&s, 2500000);
    evaluate(&s);
    assert_int_equal(s.parts[0].rate_ppm, 30000);
}

static void half_a_cent_goes_to_even_or_up_as_asked(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 41250}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    add_fact(&s, 6800); /* 280.5 */
    add_fact(&s, 6000); /* 247.5 */
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, 280);
    assert_int_equal(s.parts[1].earned_minor, 248);
    s.input.rounding = SL_ROUND_HALF_UP;
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, 281);
    assert_int_equal(s.parts[1].earned_minor, 248);
}

static const struct sl_curve_row multipliers[] = {
    {0, 500000}, {500000, 1000000}, {1000000, 1500000}, {1200000, 2000000}};
static const struct sl_curve_row rates[] = {
    {0, 18500}, {500000, 37000}, {1000000, 55500}, {1200000, 74000}};

/* A flat rate times a factor over attainment, the other way to say a rate over attainment. */
static void evaluate_as_factor(struct setup *s)
{
    static const struct sl_curve_row flat[] = {{0, 37000}};
    struct setup factor = *s;
    factor.component.kind = SL_COMPONENT_FACTOR;
    factor.component.curve.rows = multipliers;
    factor.component.curve.value = SL_VALUE_FACTOR;
    evaluate(&factor);
    s->component.curve.rows = flat;
    s->component.curve.row_count = 1;
    s->component.index.kind = SL_INDEX_BASE;
    s->input.factor = &factor.result.factor;
    evaluate(s);
}

static void an_accelerator_gives_the_same_cents_as_rate_and_as_factor(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    for (int round = 0; round < 2000; round++) {
        struct setup s = SETUP(SL_CURVE_WHOLE, rates);
        aim_at(&s, 7500000);
        for (size_t i = 0; i < FACTS_MAX; i++) {
            add_fact(&s, sl_test_random_between(&random, -100000, 3000000));
        }
        struct setup by_factor = s;
        evaluate(&s);
        evaluate_as_factor(&by_factor);
        for (size_t i = 0; i < FACTS_MAX; i++) {
            assert_int_equal(s.parts[i].earned_minor, by_factor.parts[i].earned_minor);
        }
        assert_int_equal(sum_of_parts(&s), s.result.earned_minor);
    }
}

static void a_crossing_reprices_every_deal_and_shows_the_uplift_apart(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 10000}, {100000, 20000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rows);
    add_fact(&s, 60000);
    add_fact(&s, 40000);
    add_fact(&s, 10000);

    assert_int_equal(evaluate(&s), 2200);

    assert_int_equal(s.parts[0].earned_minor, 1200); /* its own base at the final rate */
    assert_int_equal(s.parts[1].earned_minor, 800);
    assert_int_equal(s.parts[0].uplift_minor, 0);
    assert_int_equal(s.parts[1].uplift_minor, 600); /* one more per cent of the first deal */
    assert_int_equal(s.parts[2].uplift_minor, 0);
    assert_int_equal(s.parts[0].rate_ppm, 20000);
}

static void rounding_at_the_window_gives_the_crossing_deal_the_uplift(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 10000}, {100000, 20000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rows);
    s.component.round_at = SL_ROUND_AT_WINDOW;
    add_fact(&s, 60000);
    add_fact(&s, 40000);
    add_fact(&s, 10000);

    assert_int_equal(evaluate(&s), 2200);

    assert_int_equal(s.parts[0].earned_minor, 600);
    assert_int_equal(s.parts[1].earned_minor, 1400);
    assert_int_equal(s.parts[1].uplift_minor, 600);
    assert_int_equal(s.parts[2].earned_minor, 200);
    assert_int_equal(s.parts[0].rate_ppm, 10000);
    assert_int_equal(s.parts[1].rate_ppm, 20000);
}

static void a_cancellation_that_drops_the_tier_takes_the_uplift_back(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, 10000}, {100000, 20000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rows);
    add_fact(&s, 60000);
    add_fact(&s, 40000);
    add_fact(&s, -40000);

    assert_int_equal(evaluate(&s), 600);

    assert_int_equal(s.parts[2].earned_minor, -400);
    assert_int_equal(s.parts[2].uplift_minor, -1000); /* one per cent less on 1,000.00 before it */
}

static void window_parts_sum_to_the_window_rounded_once(void **state)
{
    (void)state;
    struct sl_test_random random;
    sl_test_random_init(&random);
    static const struct sl_curve_row rate[] = {{0, 33333}};
    for (int round = 0; round < 500; round++) {
        struct setup s = SETUP(round % 2 == 0 ? SL_CURVE_WHOLE : SL_CURVE_MARGINAL, rate);
        s.component.round_at = SL_ROUND_AT_WINDOW;
        for (size_t i = 0; i < FACTS_MAX; i++) {
            add_fact(&s, sl_test_random_between(&random, -1000, 5000));
        }
        int64_t once;
        evaluate(&s);
        assert_ok(sl_round_ratio((sl_int128)s.result.base_total * 33333, 1000000,
                                 SL_ROUND_HALF_EVEN, &once));
        assert_int_equal(s.result.earned_minor, once);
        assert_int_equal(sum_of_parts(&s), once);
    }
}

static void marginal_parts_over_attainment_agree_with_bounds_in_money(void **state)
{
    (void)state;
    static const struct sl_curve_row money[] = {{0, 20000}, {10000000, 30000}};
    static const struct sl_curve_row share[] = {{0, 20000}, {1000000, 30000}};
    struct setup a = SETUP(SL_CURVE_MARGINAL, money);
    struct setup b = SETUP(SL_CURVE_MARGINAL, share);
    aim_at(&b, 10000000);
    for (size_t i = 0; i < 5; i++) {
        add_fact(&a, 2333333);
        add_fact(&b, 2333333);
    }
    assert_int_equal(evaluate(&a), evaluate(&b));
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(a.parts[i].earned_minor, b.parts[i].earned_minor);
    }
}

static void a_foreign_index_sets_the_rate_of_the_base(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_WHOLE, rates);
    aim_at(&s, 1000);
    s.input.has_index_total = true;
    s.input.index_total = 1200;
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 740);
}

static void an_amount_is_earned_by_the_deal_that_reaches_it(void **state)
{
    (void)state;
    static const struct sl_curve_row steps[] = {{0, 0}, {100000, 50000}, {200000, 90000}};
    struct setup s = SETUP(SL_CURVE_STEP, steps);
    s.component.curve.value = SL_VALUE_FIXED_AMOUNT;
    add_fact(&s, 90000);
    add_fact(&s, 20000);
    add_fact(&s, -20000);
    add_fact(&s, 150000);
    assert_int_equal(evaluate(&s), 90000);
    assert_int_equal(s.parts[0].earned_minor, 0);
    assert_int_equal(s.parts[1].earned_minor, 50000);
    assert_int_equal(s.parts[2].earned_minor, -50000);
    assert_int_equal(s.parts[3].earned_minor, 90000);
}

static void pay_per_unit_counts_parts_of_a_shared_deal(void **state)
{
    (void)state;
    static const struct sl_curve_row spiff[] = {{0, 1000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, spiff);
    s.component.curve.value = SL_VALUE_PER_UNIT;
    s.component.filter.quantity = SL_QUANTITY_COUNT;
    add_fact(&s, 1000000);
    add_fact(&s, 600000);
    assert_int_equal(evaluate(&s), 1600);
}

/* Deal windows. */

static void interleaved_facts_of_a_deal_share_its_curve(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, tiers);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    add_fact(&s, 80000);
    add_fact(&s, 50000);
    add_fact(&s, 40000);
    add_fact(&s, 90000);
    s.facts[0].deal = s.facts[2].deal = 7;
    s.facts[1].deal = s.facts[3].deal = 0; /* without a deal each stands alone */

    evaluate(&s);

    assert_int_equal(s.parts[0].earned_minor, 800);
    assert_int_equal(s.parts[2].earned_minor, 600); /* 20,000 at 1 % and 20,000 at 2 % */
    assert_int_equal(s.parts[2].base_after, 120000);
    assert_int_equal(s.parts[1].earned_minor, 500);
    assert_int_equal(s.parts[3].earned_minor, 900);
    assert_int_equal(s.parts[3].base_after, 90000);
}

static void a_cancelled_deal_in_its_own_window_earns_nothing(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, tiers);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    add_fact(&s, 450000);
    add_fact(&s, -450000);
    s.facts[1].deal = s.facts[0].deal;
    assert_int_equal(evaluate(&s), 0);
    assert_int_equal(s.parts[1].earned_minor, -s.parts[0].earned_minor);
}

/* Undefined, shut and empty. */

static void no_target_earns_nothing_and_shows_as_undefined(void **state)
{
    (void)state;
    static const int64_t targets[] = {0, -5};
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct setup s = SETUP(SL_CURVE_WHOLE, rates);
        aim_at(&s, targets[i]);
        add_fact(&s, 10000);
        assert_int_equal(evaluate(&s), 0);
        assert_false(sl_fraction_is_defined(s.result.index));
        assert_true(s.result.gate_open);
        assert_int_equal(s.parts[0].base_after, 10000);
    }
}

static void what_is_withheld_for_want_of_a_target_has_no_minimum(void **state)
{
    (void)state;
    struct sl_exact undefined = {.small = {0, 0}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rates);
    s.component.limit.has_window_min = true;
    s.component.limit.window_min_minor = 500;
    add_fact(&s, 10000);
    s.input.factor = &undefined;
    assert_int_equal(evaluate(&s), 0);

    s.input.factor = NULL;
    aim_at(&s, 0);
    assert_int_equal(evaluate(&s), 0);
    aim_at(&s, 1000000000);
    assert_true(evaluate(&s) >= 500);
}

static void a_factor_without_target_withholds_what_it_multiplies(void **state)
{
    (void)state;
    struct setup factor = SETUP(SL_CURVE_WHOLE, multipliers);
    factor.component.kind = SL_COMPONENT_FACTOR;
    factor.component.curve.value = SL_VALUE_FACTOR;
    factor.component.index.kind = SL_INDEX_ATTAINMENT;
    evaluate(&factor);
    assert_false(sl_exact_is_defined(&factor.result.factor));
    struct setup pay = SETUP(SL_CURVE_WHOLE, rates);
    pay.input.factor = &factor.result.factor;
    add_fact(&pay, 10000);
    assert_int_equal(evaluate(&pay), 0);
}

static void a_shut_gate_makes_a_factor_one(void **state)
{
    (void)state;
    static const struct sl_gate_row gate[] = {{.at_least = 100}};
    struct sl_fraction value = sl_fraction_of_int(99);
    struct setup factor = SETUP(SL_CURVE_WHOLE, multipliers);
    factor.component.kind = SL_COMPONENT_FACTOR;
    factor.component.curve.value = SL_VALUE_FACTOR;
    factor.component.gate = gate;
    factor.component.gate_count = 1;
    factor.input.gate_values = &value;
    aim_at(&factor, 1000);
    evaluate(&factor);
    assert_false(factor.result.gate_open);
    assert_int_equal(sl_fraction_compare(factor.result.factor.small, sl_fraction_of_int(1)), 0);
}

static void every_gate_row_must_be_open_and_undefined_is_shut(void **state)
{
    (void)state;
    static const struct sl_gate_row gate[] = {
        {.at_least = 100}, {.index = {.kind = SL_INDEX_ATTAINMENT}, .at_least = 500000}};
    struct sl_fraction values[] = {sl_fraction_of_int(100), sl_fraction_of_ratio(1, 2)};
    struct setup s = SETUP(SL_CURVE_WHOLE, tiers);
    s.component.gate = gate;
    s.component.gate_count = COUNT(gate);
    s.component.limit.has_window_min = true;
    s.component.limit.window_min_minor = 5;
    s.input.gate_values = values;
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 100);
    values[1] = sl_fraction_of_ratio(49, 100);
    assert_int_equal(evaluate(&s), 0);
    values[1] = sl_fraction_of_ratio(0, 0);
    assert_int_equal(evaluate(&s), 0);
    assert_int_equal(s.parts[0].base_after, 10000);
}

static void a_window_without_facts_earns_what_the_curve_gives_at_zero(void **state)
{
    (void)state;
    static const struct sl_curve_row steps[] = {{0, 700}};
    struct setup s = SETUP(SL_CURVE_STEP, steps);
    s.component.curve.value = SL_VALUE_FIXED_AMOUNT;
    assert_int_equal(evaluate(&s), 700);
    s.component.limit = (struct sl_plan_limit){.has_window_max = true, .window_max_minor = 500};
    assert_int_equal(evaluate(&s), 500);
    assert_int_equal(s.result.limited_minor, -200);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    assert_int_equal(evaluate(&s), 0);
}

/* Negative totals. */

static void a_negative_total_takes_back_at_the_first_row(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, tiers);
    add_fact(&s, -450000);
    assert_int_equal(evaluate(&s), -4500);
}

static void a_base_falling_through_a_bound_gives_back_slice_by_slice(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_MARGINAL, tiers);
    add_fact(&s, 120000);
    add_fact(&s, -60000);
    assert_int_equal(evaluate(&s), 600);
    assert_int_equal(s.parts[1].earned_minor, -800); /* 20,000 at 2 % and 40,000 at 1 % */
}

/* Limits. */

static void a_window_maximum_takes_from_the_facts_that_pass_it(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.limit = (struct sl_plan_limit){.has_window_max = true, .window_max_minor = 1500};
    add_fact(&s, 10000);
    add_fact(&s, 10000);
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 1500);
    assert_int_equal(s.result.limited_minor, -1500);
    assert_int_equal(s.parts[0].earned_minor, 1000);
    assert_int_equal(s.parts[1].earned_minor, 500);
    assert_int_equal(s.parts[2].earned_minor, 0);
}

/* 5 % of 10 and 10 cents is one cent in all, not nothing twice. */
static void a_deal_is_rounded_once_over_its_events(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 50000}};
    static const enum sl_curve_mode modes[] = {SL_CURVE_WHOLE, SL_CURVE_MARGINAL};
    static const enum sl_plan_window windows[] = {SL_PLAN_WINDOW_QUARTER, SL_PLAN_WINDOW_DEAL};
    for (size_t i = 0; i < COUNT(modes) * COUNT(windows); i++) {
        struct setup s = SETUP(modes[i % 2], rate);
        s.component.window = windows[i / 2];
        add_fact(&s, 10);
        add_fact(&s, 70); /* another deal between them */
        add_fact(&s, 10);
        s.facts[2].deal = s.facts[0].deal;
        assert_int_equal(evaluate(&s), 1 + 4);
        assert_int_equal(s.parts[0].earned_minor, 0);
        assert_int_equal(s.parts[1].earned_minor, 4);
        assert_int_equal(s.parts[2].earned_minor, 1);
    }
}

/* The slices of a deal lie apart, and other deals have moved the tiers between them. */
static void a_deal_earns_its_slices_wherever_they_lie(void **state)
{
    (void)state;
    static const struct sl_curve_row steps[] = {{0, 10000}, {100, 35000}, {200, 45000}};
    struct setup s = SETUP(SL_CURVE_MARGINAL, steps);
    add_fact(&s, 50);  /* 0.50 */
    add_fact(&s, 100); /* 0.50 + 1.75 */
    add_fact(&s, 60);  /* 1.75 + 0.45: with the first 2.70 */
    add_fact(&s, -60); /* back: 0.50 */
    s.facts[2].deal = s.facts[0].deal;
    s.facts[3].deal = s.facts[0].deal;
    assert_int_equal(evaluate(&s), 0 + 2);
    assert_int_equal(s.parts[0].earned_minor, 0);
    assert_int_equal(s.parts[1].earned_minor, 2);
    assert_int_equal(s.parts[2].earned_minor, 3);
    assert_int_equal(s.parts[3].earned_minor, -3);
}

/* In a deal window the window's limits are the deal's. */
static void a_deal_that_earns_nothing_has_no_window_minimum(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    s.component.limit = (struct sl_plan_limit){.has_window_min = true, .window_min_minor = 100};
    add_fact(&s, 10000);
    add_fact(&s, -10000);
    s.facts[1].deal = s.facts[0].deal;
    assert_int_equal(evaluate(&s), 0);

    s.component.index.kind = SL_INDEX_RATIO; /* of nothing: undefined */
    s.facts[0].amount = 0;
    s.facts[1].amount = 0;
    assert_int_equal(evaluate(&s), 0);
    s.input.fact_count = 1; /* a deal whose rate is not known */
    assert_int_equal(evaluate(&s), 0);
    s.facts[0].amount = 10000;
    assert_int_equal(evaluate(&s), 1000);
}

static void a_window_minimum_tops_up(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.limit = (struct sl_plan_limit){.has_window_min = true, .window_min_minor = 1500};
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 1500);
    assert_int_equal(s.result.limited_minor, 500);
    assert_int_equal(sum_of_parts(&s), 1500);
}

static void deal_limits_hold_for_the_deal_not_for_each_fact(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.limit = (struct sl_plan_limit){
        .has_deal_min = true, .deal_min_minor = 300, .has_deal_max = true, .deal_max_minor = 1500};
    add_fact(&s, 10000);
    add_fact(&s, 1000); /* 100, topped up to 300 */
    add_fact(&s, 10000);
    s.facts[2].deal = s.facts[0].deal;
    assert_int_equal(evaluate(&s), 1800);
    assert_int_equal(s.parts[0].earned_minor, 1000);
    assert_int_equal(s.parts[1].earned_minor, 300);
    assert_int_equal(s.parts[2].earned_minor, 500);
    assert_int_equal(s.result.limited_minor, -300);
}

static void a_reversed_deal_is_limited_like_the_deal_was(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.limit = (struct sl_plan_limit){
        .has_deal_min = true, .deal_min_minor = 300, .has_deal_max = true, .deal_max_minor = 1500};
    add_fact(&s, -20000);
    add_fact(&s, -1000);
    add_fact(&s, 0);
    evaluate(&s);
    assert_int_equal(s.parts[0].earned_minor, -1500);
    assert_int_equal(s.parts[1].earned_minor, -100);
    assert_int_equal(s.parts[2].earned_minor, 0);
}

static void a_deal_minimum_of_zero_keeps_losses_away(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.limit = (struct sl_plan_limit){.has_deal_min = true};
    add_fact(&s, -20000);
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 1000);
}

static void window_limits_of_a_deal_window_hold_for_each_deal(void **state)
{
    (void)state;
    static const struct sl_curve_row rate[] = {{0, 100000}};
    struct setup s = SETUP(SL_CURVE_WHOLE, rate);
    s.component.window = SL_PLAN_WINDOW_DEAL;
    s.component.limit = (struct sl_plan_limit){.has_window_max = true, .window_max_minor = 800};
    add_fact(&s, 10000);
    add_fact(&s, 10000);
    assert_int_equal(evaluate(&s), 1600);
}

/* Refusals. */

static void what_does_not_fit_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    struct setup s = SETUP(SL_CURVE_WHOLE, tiers);
    add_fact(&s, INT64_MAX);
    add_fact(&s, 1);
    s.result.earned_minor = 42;
    s.input.component = &s.component;
    s.input.facts = s.facts;
    assert_err(SL_E_OVERFLOW, sl_evaluate(&s.input, &s.result, s.parts, NULL));
    assert_int_equal(s.result.earned_minor, 42);
}

static void an_index_this_version_cannot_evaluate_is_refused(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    struct setup s = SETUP(SL_CURVE_WHOLE, tiers);
    s.component.index.kind = SL_INDEX_RANK;
    s.input.component = &s.component;
    assert_err(SL_E_UNSUPPORTED, sl_evaluate(&s.input, &s.result, s.parts, &diag));
    assert_string_equal(diag.field, "index.kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deal_across_a_bound_is_split_and_rounded_once),
        cmocka_unit_test(the_shown_rate_of_a_slice_up_to_a_bound_is_the_lower_rows),
        cmocka_unit_test(half_a_cent_goes_to_even_or_up_as_asked),
        cmocka_unit_test(an_accelerator_gives_the_same_cents_as_rate_and_as_factor),
        cmocka_unit_test(a_crossing_reprices_every_deal_and_shows_the_uplift_apart),
        cmocka_unit_test(rounding_at_the_window_gives_the_crossing_deal_the_uplift),
        cmocka_unit_test(a_cancellation_that_drops_the_tier_takes_the_uplift_back),
        cmocka_unit_test(window_parts_sum_to_the_window_rounded_once),
        cmocka_unit_test(marginal_parts_over_attainment_agree_with_bounds_in_money),
        cmocka_unit_test(a_foreign_index_sets_the_rate_of_the_base),
        cmocka_unit_test(an_amount_is_earned_by_the_deal_that_reaches_it),
        cmocka_unit_test(pay_per_unit_counts_parts_of_a_shared_deal),
        cmocka_unit_test(interleaved_facts_of_a_deal_share_its_curve),
        cmocka_unit_test(a_cancelled_deal_in_its_own_window_earns_nothing),
        cmocka_unit_test(no_target_earns_nothing_and_shows_as_undefined),
        cmocka_unit_test(what_is_withheld_for_want_of_a_target_has_no_minimum),
        cmocka_unit_test(a_factor_without_target_withholds_what_it_multiplies),
        cmocka_unit_test(a_shut_gate_makes_a_factor_one),
        cmocka_unit_test(every_gate_row_must_be_open_and_undefined_is_shut),
        cmocka_unit_test(a_window_without_facts_earns_what_the_curve_gives_at_zero),
        cmocka_unit_test(a_negative_total_takes_back_at_the_first_row),
        cmocka_unit_test(a_base_falling_through_a_bound_gives_back_slice_by_slice),
        cmocka_unit_test(a_window_maximum_takes_from_the_facts_that_pass_it),
        cmocka_unit_test(a_deal_is_rounded_once_over_its_events),
        cmocka_unit_test(a_deal_earns_its_slices_wherever_they_lie),
        cmocka_unit_test(a_deal_that_earns_nothing_has_no_window_minimum),
        cmocka_unit_test(a_window_minimum_tops_up),
        cmocka_unit_test(deal_limits_hold_for_the_deal_not_for_each_fact),
        cmocka_unit_test(a_reversed_deal_is_limited_like_the_deal_was),
        cmocka_unit_test(a_deal_minimum_of_zero_keeps_losses_away),
        cmocka_unit_test(window_limits_of_a_deal_window_hold_for_each_deal),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_the_result),
        cmocka_unit_test(an_index_this_version_cannot_evaluate_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
