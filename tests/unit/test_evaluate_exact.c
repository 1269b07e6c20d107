/* Plan evaluation beyond 128 bits: LINEAR rates and factors at amounts up to the contract's largest, against libcrypto. */
#include "unit/evaluate_setup.h"

#include "lib/ratio.h"
#include "sl/limits.h"

#define ROWS        3
#define FACTORS_MAX (SL_PLAN_COMPONENTS_MAX - 1)

/* What one component is asked, for a LINEAR curve over attainment. */
struct question {
    struct sl_curve_row rows[ROWS];
    int64_t total, target;
};

/* y0 (f1 T - N) + y1 (N - f0 T) over (f1 - f0) T, for the index N / T in ppm: the weighted mean of two points, where the domain
 * climbs from the lower one. */
static void find_y(const struct question *question, struct sl_test_ratio *ret_y)
{
    struct sl_test_ratio index;
    struct sl_test_ratio low;
    struct sl_test_ratio high;
    size_t at = 0;
    sl_test_ratio_init(&index, question->total, question->target);
    sl_test_ratio_multiply(&index, SL_PPM, 1);
    while (at < ROWS) {
        sl_test_ratio_init(&low, question->rows[at].from, 1);
        sl_test_ratio_subtract(&low, &index);
        bool is_above = BN_is_negative(low.numerator) || BN_is_zero(low.numerator);
        sl_test_ratio_deinit(&low);
        if (!is_above) {
            break;
        }
        at++;
    }
    if (at == 0 || at == ROWS) {
        sl_test_ratio_init(ret_y, question->rows[at == 0 ? 0 : ROWS - 1].y, 1);
        sl_test_ratio_deinit(&index);
        return;
    }
    const struct sl_curve_row *from = &question->rows[at - 1];
    const struct sl_curve_row *to = &question->rows[at];
    sl_test_ratio_init(&low, -from->from, 1);
    sl_test_ratio_add(&low, &index);
    sl_test_ratio_multiply(&low, to->y, 1);
    sl_test_ratio_init(&high, to->from, 1);
    sl_test_ratio_subtract(&high, &index);
    sl_test_ratio_multiply(&high, from->y, 1);
    sl_test_ratio_add(&low, &high);
    sl_test_ratio_multiply(&low, 1, to->from - from->from);
    *ret_y = low;
    sl_test_ratio_deinit(&high);
    sl_test_ratio_deinit(&index);
}

/* 1 to `high`, of any length, and hardly ever a round number. */
static int64_t random_amount(struct sl_test_random *random, int64_t high)
{
    int64_t shorter = high >> sl_test_random_below(random, 40);
    return sl_test_random_between(random, 1, shorter > 0 ? shorter : 1);
}

static struct question random_question(struct sl_test_random *random, int64_t y_max)
{
    struct question question = {.total = random_amount(random, SL_AMOUNT_MINOR_MAX),
                                .target = random_amount(random, SL_AMOUNT_MINOR_MAX)};
    int64_t from = 0;
    for (size_t i = 0; i < ROWS; i++) {
        question.rows[i] =
            (struct sl_curve_row){from, sl_test_random_between(random, y_max / 2, y_max)};
        from += random_amount(random, SL_AMOUNT_MINOR_MAX / ROWS);
    }
    return question;
}

/* One evaluation by both ways. */
struct comparison {
    struct question rate;
    struct question factors[FACTORS_MAX];
    size_t factor_count;
    struct setup setup;
    struct sl_exact factor;            /* as the domain has it */
    struct sl_test_ratio factor_ratio; /* as the reference has it */
};

static void evaluate_factor(const struct question *question, struct sl_exact *product)
{
    struct setup s = setup_of(SL_CURVE_LINEAR, question->rows, ROWS);
    struct sl_exact shown;
    s.component.kind = SL_COMPONENT_FACTOR;
    s.component.curve.value = SL_VALUE_FACTOR;
    aim_at(&s, question->target);
    add_fact(&s, question->total);
    evaluate(&s);
    sl_exact_copy(&shown, &s.result.factor);
    assert_ok(sl_exact_mul(product, &shown, product));
}

static void multiply_factors(struct comparison *c)
{
    sl_exact_set(&c->factor, sl_fraction_of_int(1));
    sl_test_ratio_init(&c->factor_ratio, 1, 1);
    for (size_t i = 0; i < c->factor_count; i++) {
        struct sl_test_ratio y;
        evaluate_factor(&c->factors[i], &c->factor);
        find_y(&c->factors[i], &y);
        sl_test_ratio_multiply(&y, 1, SL_PPM);
        sl_test_ratio_multiply_by(&c->factor_ratio, &y);
        sl_test_ratio_deinit(&y);
    }
}

/* base x y x the factors, rounded once. */
static bool find_earned(const struct comparison *c,
                        const struct sl_test_ratio *y,
                        int64_t base,
                        int64_t *ret_minor)
{
    struct sl_test_ratio earned;
    sl_test_ratio_init(&earned, base, SL_PPM);
    sl_test_ratio_multiply_by(&earned, y);
    sl_test_ratio_multiply_by(&earned, &c->factor_ratio);
    bool fits = sl_test_ratio_round(&earned, c->setup.input.rounding, ret_minor);
    sl_test_ratio_deinit(&earned);
    return fits;
}

/* What each fact should get; false if any number does not fit. */
static bool find_parts(const struct comparison *c, struct sl_fact_part *parts)
{
    bool at_window = c->setup.component.round_at == SL_ROUND_AT_WINDOW;
    bool fits = true;
    struct question so_far = c->rate;
    struct sl_test_ratio y_final;
    struct sl_test_ratio y_before;
    int64_t rounded_before = 0;
    find_y(&c->rate, &y_final);
    sl_test_ratio_init(&y_before, 0, 1);
    so_far.total = 0;
    for (size_t i = 0; i < c->setup.input.fact_count; i++) {
        struct sl_test_ratio y;
        int64_t before = so_far.total;
        so_far.total += c->setup.facts[i].base;
        find_y(&so_far, &y);
        sl_test_ratio_subtract(&y_before, &y);
        sl_test_ratio_multiply(&y_before, -1, 1);
        fits = find_earned(c, &y_before, before, &parts[i].uplift_minor) && fits;
        int64_t base = at_window ? so_far.total : c->setup.facts[i].base;
        fits = find_earned(c, at_window ? &y : &y_final, base, &parts[i].earned_minor) && fits;
        int64_t rounded = parts[i].earned_minor;
        parts[i].earned_minor -= at_window ? rounded_before : 0;
        rounded_before = rounded;
        sl_test_ratio_deinit(&y_before);
        y_before = y;
    }
    sl_test_ratio_deinit(&y_before);
    sl_test_ratio_deinit(&y_final);
    return fits;
}

/* Gives whether the numbers fit; they are then the same by both ways. */
static bool is_same_by_both_ways(struct comparison *c)
{
    struct sl_fact_part parts[FACTS_MAX] = {{0}};
    struct setup *s = &c->setup;
    sl_int128 total = 0;
    multiply_factors(c);
    bool fits = find_parts(c, parts);
    for (size_t i = 0; i < s->input.fact_count; i++) {
        total += parts[i].earned_minor;
    }
    s->input.component = &s->component;
    s->input.facts = s->facts;
    s->input.factor = &c->factor;
    fits = fits && total <= INT64_MAX;

    assert_err(fits ? SL_OK : SL_E_OVERFLOW, sl_evaluate(&s->input, &s->result, s->parts, NULL));

    for (size_t i = 0; i < s->input.fact_count && fits; i++) {
        assert_int_equal(s->parts[i].earned_minor, parts[i].earned_minor);
        assert_int_equal(s->parts[i].uplift_minor, parts[i].uplift_minor);
    }
    assert_true(!fits || s->result.earned_minor == (int64_t)total);
    sl_test_ratio_deinit(&c->factor_ratio);
    return fits;
}

/* Facts that add up to the total, one of them negative now and then. */
static void split_total(struct sl_test_random *random, struct comparison *c)
{
    int64_t rest = c->rate.total;
    for (size_t i = 0; i + 1 < FACTS_MAX; i++) {
        int64_t base = sl_test_random_between(random, -rest / 8, rest / 2);
        add_fact(&c->setup, base);
        rest -= base;
    }
    add_fact(&c->setup, rest);
}

static void aim_rate(struct comparison *c)
{
    c->setup = setup_of(SL_CURVE_LINEAR, c->rate.rows, ROWS);
    aim_at(&c->setup, c->rate.target);
}

static void linear_factors_of_a_linear_rate_agree_with_libcrypto(void **state)
{
    (void)state;
    struct sl_test_random random;
    int wide_count = 0;
    int fitting_count = 0;
    sl_test_random_init(&random);
    for (int round = 0; round < 3000; round++) {
        struct comparison c = {
            .rate = random_question(&random, random_amount(&random, SL_PLAN_Y_PPM_MAX)),
            .factor_count = sl_test_random_below(&random, 5)};
        for (size_t i = 0; i < c.factor_count; i++) {
            c.factors[i] = random_question(&random, random_amount(&random, SL_PLAN_Y_PPM_MAX));
        }
        aim_rate(&c);
        c.setup.component.round_at = round % 2 == 0 ? SL_ROUND_AT_DEAL : SL_ROUND_AT_WINDOW;
        c.setup.input.rounding = round % 3 == 0 ? SL_ROUND_HALF_UP : SL_ROUND_HALF_EVEN;
        split_total(&random, &c);
        fitting_count += is_same_by_both_ways(&c) ? 1 : 0;
        wide_count += c.factor.is_wide ? 1 : 0;
    }
    print_message("%d results that fit, %d wide factors\n", fitting_count, wide_count);
    assert_true(fitting_count > 2000);
    assert_true(wide_count > 500);
}

/* As long as numbers get: bounds and sums at or just below their maxima, a target as large as the type. */
static struct question longest(int64_t y)
{
    return (struct question){
        .rows = {{-SL_AMOUNT_MINOR_MAX, y}, {SL_AMOUNT_MINOR_MAX - 1, 1}, {SL_AMOUNT_MINOR_MAX, 0}},
        .total = SL_CAPACITY_MAX - 1,
        .target = INT64_MAX};
}

static void as_many_factors_as_a_plan_may_hold_are_exact_at_their_longest(void **state)
{
    (void)state;
    struct comparison c = {.rate = longest(50), .factor_count = FACTORS_MAX};
    for (size_t i = 0; i < c.factor_count; i++) {
        /* About 500 and 1 / 500 in turn, so that the product keeps its size. */
        c.factors[i] = longest(i % 2 == 0 ? SL_PLAN_Y_PPM_MAX : 4001);
    }
    aim_rate(&c);
    add_fact(&c.setup, SL_CAPACITY_MAX / 2);
    add_fact(&c.setup, SL_CAPACITY_MAX - 1 - SL_CAPACITY_MAX / 2);

    assert_true(is_same_by_both_ways(&c));

    assert_true(c.setup.parts[1].earned_minor > 1000000000000);
    assert_true(c.factor.numerator.count * SL_WIDE_LIMB_BITS > 4000);
}

static void what_exceeds_int64_after_all_factors_is_refused(void **state)
{
    (void)state;
    struct comparison c = {.rate = longest(SL_PLAN_Y_PPM_MAX), .factor_count = 2};
    c.factors[0] = longest(SL_PLAN_Y_PPM_MAX);
    c.factors[1] = longest(SL_PLAN_Y_PPM_MAX);
    aim_rate(&c);
    add_fact(&c.setup, c.rate.total);
    c.setup.result.earned_minor = 42;

    assert_false(is_same_by_both_ways(&c));

    assert_int_equal(c.setup.result.earned_minor, 42);
}

/* 9 x 10^23 ppm of a target of 1, at 10^15 per unit: an integral of 130 bits. */
static void a_marginal_integral_beyond_128_bits_is_exact(void **state)
{
    (void)state;
    static const struct sl_curve_row rows[] = {{0, SL_AMOUNT_MINOR_MAX - 1},
                                               {SL_AMOUNT_MINOR_MAX, SL_AMOUNT_MINOR_MAX - 3}};
    struct setup s = SETUP(SL_CURVE_MARGINAL, rows);
    s.component.filter.quantity = SL_QUANTITY_UNITS;
    s.component.curve.value = SL_VALUE_PER_UNIT;
    aim_at(&s, 1);
    s.input.has_index_total = true;
    s.input.index_total = SL_CAPACITY_MAX;
    add_fact(&s, 4000);
    add_fact(&s, -3000);

    /* The part of the index below the second bound is a 900-millionth: it adds nothing that shows. */
    assert_int_equal(evaluate(&s), SL_AMOUNT_MINOR_MAX - 3);
    assert_int_equal(s.parts[0].earned_minor, 4 * (SL_AMOUNT_MINOR_MAX - 3));
    assert_int_equal(s.parts[1].earned_minor, -3 * (SL_AMOUNT_MINOR_MAX - 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_factors_of_a_linear_rate_agree_with_libcrypto),
        cmocka_unit_test(as_many_factors_as_a_plan_may_hold_are_exact_at_their_longest),
        cmocka_unit_test(what_exceeds_int64_after_all_factors_is_refused),
        cmocka_unit_test(a_marginal_integral_beyond_128_bits_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
