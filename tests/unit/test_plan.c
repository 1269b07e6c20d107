/* Plan validation: each rule names the component, the row and the reason; drafts may hold what cannot be evaluated yet. */
#include "lib/test.h"

#include <string.h>

#include "domain/event.h"
#include "domain/plan.h"
#include "sl/limits.h"

#define COMPONENTS_MAX (SL_PLAN_COMPONENTS_MAX + 1)

/* A valid published plan that tests then break: component "base" pays 5 %, "boost" multiplies it by attainment. */
struct setup {
    struct sl_plan plan;
    struct sl_component components[COMPONENTS_MAX];
    struct sl_curve_row rows[SL_CURVE_ROWS_MAX + 1];
    struct sl_assignee assignees[2];
    struct sl_slice factor_of[2];
    struct sl_gate_row gate[1];
    struct sl_diag diag;
};

static const struct sl_curve_row factor_rows[] = {{0, 500000}, {500000, 1000000}};

static struct sl_component component_of(const char *id)
{
    return (struct sl_component){.id = SLICE(id),
                                 .filter = {.from = SL_NO_DAY, .to = SL_NO_DAY},
                                 .window = SL_PLAN_WINDOW_QUARTER,
                                 .window_from = SL_NO_DAY,
                                 .window_to = SL_NO_DAY,
                                 .curve = {.row_count = 2, .mode = SL_CURVE_WHOLE}};
}

static void set_up(struct setup *s)
{
    *s = (struct setup){.rows = {{0, 50000}, {100000, 60000}},
                        .assignees = {{.kind = SL_ASSIGNEE_EVERYONE},
                                      {.kind = SL_ASSIGNEE_ROLE, .who = SLICE("rep")}},
                        .factor_of = {SLICE("base"), SLICE("base")}};
    s->components[0] = component_of("base");
    s->components[0].curve.rows = s->rows;
    s->components[1] = component_of("boost");
    s->components[1].kind = SL_COMPONENT_FACTOR;
    s->components[1].factor_of = s->factor_of;
    s->components[1].factor_of_count = 1;
    s->components[1].index.kind = SL_INDEX_ATTAINMENT;
    s->components[1].curve.value = SL_VALUE_FACTOR;
    s->components[1].curve.rows = factor_rows;
    s->plan = (struct sl_plan){.id = SLICE("standard"),
                               .version = 1,
                               .valid_from = DAY("2017-01-01"),
                               .valid_to = SL_NO_DAY,
                               .assignees = s->assignees,
                               .assignee_count = 2,
                               .components = s->components,
                               .component_count = 2,
                               .currency = SLICE("USD"),
                               .is_published = true};
}

static void assert_valid(struct setup *s)
{
    enum sl_err err = sl_plan_validate(&s->plan, &s->diag);
    if (err != SL_OK) {
        print_message("%s: %s\n", s->diag.field, s->diag.message);
    }
    assert_ok(err);
}

static void assert_refused(struct setup *s, enum sl_err expected, const char *field)
{
    assert_err(expected, sl_plan_validate(&s->plan, &s->diag));
    assert_string_equal(s->diag.field, field);
    assert_true(s->diag.message[0] != '\0');
    assert_err(expected, sl_plan_validate(&s->plan, NULL));
}

/* Refused when published, kept as a draft. */
static void assert_unsupported(struct setup *s, const char *field)
{
    assert_refused(s, SL_E_UNSUPPORTED, field);
    s->plan.is_published = false;
    assert_valid(s);
}

#define BROKEN(change, err, path)                                                                  \
    do {                                                                                           \
        struct setup s;                                                                            \
        set_up(&s);                                                                                \
        change;                                                                                    \
        assert_refused(&s, (err), (path));                                                         \
    } while (0)
#define INVALID(change, path) BROKEN(change, SL_E_PLAN_INVALID, path)
#define MISSING(change, path) BROKEN(change, SL_E_MISSING_FIELD, path)
#define LATER(change, path)                                                                        \
    do {                                                                                           \
        struct setup s;                                                                            \
        set_up(&s);                                                                                \
        change;                                                                                    \
        assert_unsupported(&s, (path));                                                            \
    } while (0)
#define VALID(change)                                                                              \
    do {                                                                                           \
        struct setup s;                                                                            \
        set_up(&s);                                                                                \
        change;                                                                                    \
        assert_valid(&s);                                                                          \
    } while (0)

static void a_plan_that_obeys_every_rule_is_accepted(void **state)
{
    (void)state;
    VALID((void)s);
    VALID(s.plan.is_published = false);
    VALID(s.plan.currency.len = 0); /* the ledger's */
}

static void the_plan_itself_has_an_id_a_version_and_days_in_order(void **state)
{
    (void)state;
    static char long_id[SL_ID_TEXT_BYTES_MAX + 2];
    memset(long_id, 'x', SL_ID_TEXT_BYTES_MAX + 1);
    MISSING(s.plan.id.len = 0, "plan");
    BROKEN(s.plan.id = SLICE(long_id), SL_E_TOO_BIG, "plan");
    VALID(s.plan.id = ((struct sl_slice){(const uint8_t *)long_id, SL_ID_TEXT_BYTES_MAX}));
    BROKEN(s.plan.id = SLICE("a\nb"), SL_E_INVALID_FIELD, "plan");
    INVALID(s.plan.version = 0, "version");
    VALID(s.plan.version = (int32_t)SL_PLAN_VERSIONS_MAX);
    INVALID(s.plan.version = (int32_t)SL_PLAN_VERSIONS_MAX + 1, "version");
    INVALID(s.plan.lock_after = -1, "lock_after");
    INVALID(s.plan.valid_to = DAY("2017-01-01"), "valid_to");
    VALID(s.plan.valid_to = DAY("2017-01-02"));
    BROKEN(s.plan.currency = SLICE("XXQ"), SL_E_UNKNOWN_CURRENCY, "currency");
}

static void assignees_name_whom_they_mean(void **state)
{
    (void)state;
    MISSING(s.plan.assignee_count = 0, "assignees");
    VALID((s.plan.assignee_count = 0, s.plan.is_published = false));
    MISSING(s.assignees[1].who.len = 0, "assignees[1].who");
    INVALID(s.assignees[0].who = SLICE("ada"), "assignees[0].who");
    BROKEN(s.plan.assignee_count = SL_ASSIGNEES_MAX + 1, SL_E_TOO_MANY, "assignees");
}

static void a_plan_has_components_with_ids_of_their_own(void **state)
{
    (void)state;
    MISSING(s.plan.component_count = 0, "components");
    BROKEN(s.plan.component_count = SL_PLAN_COMPONENTS_MAX + 1, SL_E_TOO_MANY, "components");
    MISSING(s.components[1].id.len = 0, "components[1].component");
    INVALID(s.components[1].id = SLICE("base"), "components[1].component");
}

static void the_message_names_the_component(void **state)
{
    (void)state;
    struct setup s;
    set_up(&s);
    s.rows[1].from = 0;
    assert_refused(&s, SL_E_PLAN_INVALID, "components[0].curve.rows[1].from");
    assert_string_equal(s.diag.message,
                        "component 'base': must be above 0 of the row before, is 0");
}

static void a_plan_takes_as_many_components_and_rows_as_the_limits_say(void **state)
{
    (void)state;
    static const char ids[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    struct setup s;
    set_up(&s);
    for (size_t i = 0; i < SL_PLAN_COMPONENTS_MAX; i++) {
        s.components[i] = s.components[0];
        s.components[i].id = (struct sl_slice){(const uint8_t *)&ids[i], 1};
    }
    s.plan.component_count = SL_PLAN_COMPONENTS_MAX;
    for (size_t i = 0; i <= SL_CURVE_ROWS_MAX; i++) {
        s.rows[i] = (struct sl_curve_row){.from = (int64_t)i, .y = 1};
    }
    s.components[0].curve.row_count = SL_CURVE_ROWS_MAX;
    assert_valid(&s);
    s.components[0].curve.row_count = SL_CURVE_ROWS_MAX + 1;
    assert_refused(&s, SL_E_TOO_MANY, "components[0].curve.rows");
}

static void a_factor_multiplies_pay_components_of_its_window(void **state)
{
    (void)state;
    MISSING(s.components[1].factor_of_count = 0, "components[1].factor_of");
    INVALID(s.factor_of[0] = SLICE("bonus"), "components[1].factor_of[0]");
    INVALID(s.factor_of[0] = SLICE("boost"), "components[1].factor_of[0]");
    INVALID(s.components[1].factor_of_count = 2, "components[1].factor_of[1]");
    INVALID(s.components[1].window = SL_PLAN_WINDOW_YEAR, "components[1].factor_of[0]");
    INVALID(s.components[1].window = SL_PLAN_WINDOW_DEAL, "components[1].window");
    INVALID(s.components[1].curve.value = SL_VALUE_RATE, "components[1].curve.value");
    INVALID(s.components[1].limit.has_deal_max = true, "components[1].limit");
}

static void a_pay_component_multiplies_nothing(void **state)
{
    (void)state;
    INVALID((s.components[0].factor_of = s.factor_of, s.components[0].factor_of_count = 1),
            "components[0].factor_of");
    INVALID(s.components[0].curve.value = SL_VALUE_FACTOR, "components[0].curve.value");
}

static void rows_ascend_and_the_first_covers_the_minimum(void **state)
{
    (void)state;
    MISSING(s.components[0].curve.row_count = 0, "components[0].curve.rows");
    INVALID(s.rows[1].from = 0, "components[0].curve.rows[1].from");
    INVALID(s.rows[1].from = -1, "components[0].curve.rows[1].from");
    INVALID(s.rows[0].from = 1, "components[0].curve.rows[0].from");
    VALID(s.rows[0].from = -5);
    INVALID(s.rows[1].from = SL_AMOUNT_MINOR_MAX + 1, "components[0].curve.rows[1].from");
    VALID(s.rows[1].from = SL_AMOUNT_MINOR_MAX);
}

static void y_stays_within_sane_bounds(void **state)
{
    (void)state;
    static const struct sl_curve_row negative[] = {{0, -1}};
    INVALID(s.rows[1].y = SL_PLAN_Y_PPM_MAX + 1, "components[0].curve.rows[1].y");
    INVALID(s.rows[1].y = -SL_PLAN_Y_PPM_MAX - 1, "components[0].curve.rows[1].y");
    VALID(s.rows[1].y = SL_PLAN_Y_PPM_MAX);
    VALID(s.rows[1].y = -SL_PLAN_Y_PPM_MAX); /* penalties are rates too */
    INVALID((s.components[0].curve.value = SL_VALUE_FIXED_AMOUNT,
             s.rows[1].y = SL_AMOUNT_MINOR_MAX + 1),
            "components[0].curve.rows[1].y");
    INVALID((s.components[1].curve.rows = negative, s.components[1].curve.row_count = 1),
            "components[1].curve.rows[0].y");
}

static void mode_value_and_index_go_together(void **state)
{
    (void)state;
    struct sl_plan_index tenure = {.kind = SL_INDEX_TENURE};
    INVALID((s.components[0].curve.mode = SL_CURVE_MARGINAL, s.components[0].index = tenure),
            "components[0].curve.mode");
    INVALID((s.components[0].curve.mode = SL_CURVE_MARGINAL,
             s.components[0].curve.value = SL_VALUE_FIXED_AMOUNT),
            "components[0].curve.mode");
    INVALID(s.components[1].curve.mode = SL_CURVE_MARGINAL, "components[1].curve.mode");
    INVALID((s.components[0].curve.mode = SL_CURVE_MARGINAL,
             s.components[0].curve.value = SL_VALUE_TARGET_PAY_SHARE),
            "components[0].curve.value");
    INVALID(s.components[0].filter.quantity = SL_QUANTITY_UNITS, "components[0].curve.value");
    INVALID(s.components[0].curve.value = SL_VALUE_PER_UNIT, "components[0].curve.value");
    VALID((s.components[0].curve.value = SL_VALUE_PER_UNIT,
           s.components[0].filter.quantity = SL_QUANTITY_COUNT));
}

static void only_a_fixed_window_has_days(void **state)
{
    (void)state;
    INVALID(s.components[0].window_from = DAY("2017-01-01"), "components[0].window_from");
    INVALID(s.components[0].window_to = DAY("2017-01-01"), "components[0].window_to");
    MISSING(s.components[0].window = SL_PLAN_WINDOW_FIXED, "components[0].window_from");
    MISSING((s.components[0].window = SL_PLAN_WINDOW_FIXED,
             s.components[0].window_from = DAY("2017-01-01")),
            "components[0].window_to");
    INVALID((s.components[0].window = SL_PLAN_WINDOW_FIXED,
             s.components[0].window_from = DAY("2017-01-02"),
             s.components[0].window_to = DAY("2017-01-01")),
            "components[0].window_to");
    VALID((s.components[0].window = SL_PLAN_WINDOW_FIXED,
           s.components[0].window_from = DAY("2017-01-01"),
           s.components[0].window_to = DAY("2017-02-01"), s.plan.component_count = 1));
}

static void a_deal_window_has_neither_target_nor_gate(void **state)
{
    (void)state;
    VALID((s.components[0].window = SL_PLAN_WINDOW_DEAL, s.plan.component_count = 1));
    INVALID((s.components[0].window = SL_PLAN_WINDOW_DEAL,
             s.components[0].index.kind = SL_INDEX_ATTAINMENT),
            "components[0].index.kind");
    INVALID((s.components[0].window = SL_PLAN_WINDOW_DEAL, s.components[0].gate = s.gate,
             s.components[0].gate_count = 1),
            "components[0].gate");
    INVALID((s.components[0].window = SL_PLAN_WINDOW_DEAL,
             s.components[0].curve.value = SL_VALUE_TARGET_PAY_SHARE),
            "components[0].curve.value");
}

static void filters_and_scopes_have_an_order_and_a_depth(void **state)
{
    (void)state;
    INVALID((s.components[0].filter.from = DAY("2017-02-01"),
             s.components[0].filter.to = DAY("2017-02-01")),
            "components[0].filter.to");
    INVALID((s.components[0].filter.has_line_min = s.components[0].filter.has_line_max = true,
             s.components[0].filter.line_min_minor = 2),
            "components[0].filter.line_max_minor");
    BROKEN(s.components[0].filter.product_count = SL_FILTER_VALUES_MAX + 1, SL_E_TOO_MANY,
           "components[0].filter.products");
    INVALID(s.components[0].scope_depth = 1, "components[0].scope.depth");
    INVALID((s.components[0].scope = SL_SCOPE_SUBTREE, s.components[0].scope_depth = -1),
            "components[0].scope.depth");
    INVALID((s.components[0].scope = SL_SCOPE_SUBTREE,
             s.components[0].scope_depth = (int)SL_UNIT_DEPTH_MAX + 1),
            "components[0].scope.depth");
    VALID((s.components[0].scope = SL_SCOPE_SUBTREE,
           s.components[0].scope_depth = (int)SL_UNIT_DEPTH_MAX));
    VALID(s.components[0].scope = SL_SCOPE_OWN_OVERLAY);
}

static void index_and_gate_name_known_measures(void **state)
{
    (void)state;
    BROKEN(s.components[1].index.measure = SLICE("booked.amounts"), SL_E_BAD_MEASURE,
           "components[1].index.measure");
    BROKEN((s.components[0].gate = s.gate, s.components[0].gate_count = 1,
            s.gate[0].index.measure = SLICE("x")),
           SL_E_BAD_MEASURE, "components[0].gate[0].index.measure");
    MISSING(s.components[0].index.kind = SL_INDEX_RATIO, "components[0].index.measure");
    MISSING((s.components[0].index.kind = SL_INDEX_RATIO,
             s.components[0].index.measure = SLICE("booked.margin")),
            "components[0].index.denominator");
    INVALID(s.components[1].index.denominator = SLICE("booked.amount"),
            "components[1].index.denominator");
    INVALID(s.components[1].index.role = SL_TARGET_ROLES, "components[1].index.role");
    VALID(s.components[1].index.measure = SLICE("collected.amount"));
    VALID((s.components[0].gate = s.gate, s.components[0].gate_count = 1,
           s.gate[0].index.measure = SLICE("win.rate")));
}

static void limits_have_a_minimum_below_the_maximum(void **state)
{
    (void)state;
    INVALID((s.components[0].limit.has_deal_min = s.components[0].limit.has_deal_max = true,
             s.components[0].limit.deal_min_minor = 1),
            "components[0].limit.deal_max_minor");
    INVALID((s.components[0].limit.has_window_min = s.components[0].limit.has_window_max = true,
             s.components[0].limit.window_min_minor = 1),
            "components[0].limit.window_max_minor");
    INVALID((s.components[0].limit.has_deal_max = true, s.components[0].limit.deal_max_minor = -1),
            "components[0].limit.deal_max_minor");
    VALID((s.components[0].limit.has_deal_min = s.components[0].limit.has_deal_max = true));
}

static void a_published_plan_may_not_use_policies_of_later_versions(void **state)
{
    (void)state;
    LATER(s.plan.late = 1, "late");
    LATER(s.plan.cancel = 1, "cancel");
    LATER(s.plan.lock_after = 2, "lock_after");
}

static void a_published_plan_may_not_use_components_of_later_versions(void **state)
{
    (void)state;
    LATER(s.components[0].scope = SL_SCOPE_TEAM_POOL, "components[0].scope.kind");
    LATER(s.components[0].limit.carry_excess = true, "components[0].limit.carry_excess");
    LATER((s.components[0].index.kind = SL_INDEX_RANK,
           s.components[0].index.measure = SLICE("booked.amount")),
          "components[0].index.kind");
    LATER(s.components[0].index.kind = SL_INDEX_SCORE, "components[0].index.kind");
    LATER(s.components[0].index.kind = SL_INDEX_TENURE, "components[0].index.kind");
    LATER((s.components[0].index.kind = SL_INDEX_REACHED,
           s.components[0].index.measure = SLICE("booked.amount")),
          "components[0].index.kind");
    LATER(s.components[1].index.measure = SLICE("growth"), "components[1].index.measure");
    LATER(s.components[1].index.measure = SLICE("win.rate"), "components[1].index.measure");
    LATER(s.components[1].index.measure = SLICE("lost.count"), "components[1].index.measure");
    LATER((s.components[0].gate = s.gate, s.components[0].gate_count = 1,
           s.gate[0].index.kind = SL_INDEX_SCORE),
          "components[0].gate[0].index.kind");
    LATER((s.components[0].filter.stream = SL_STREAM_INVOICED,
           s.components[0].filter.quantity = SL_QUANTITY_MARGIN),
          "components[0].filter.quantity");
}

static void the_ratio_of_margin_to_amount_is_the_one_supported(void **state)
{
    (void)state;
    struct sl_plan_index ratio = {.kind = SL_INDEX_RATIO,
                                  .measure = SLICE("booked.margin"),
                                  .denominator = SLICE("booked.amount")};
    struct sl_plan_index other = ratio;
    other.measure = SLICE("booked.count");
    VALID((s.components[0].index = ratio, s.components[0].filter.quantity = SL_QUANTITY_MARGIN));
    LATER((s.components[0].index = other, s.components[0].filter.quantity = SL_QUANTITY_MARGIN),
          "components[0].index.measure");
    LATER(s.components[0].index = ratio, "components[0].index.measure");
    LATER((s.components[0].gate = s.gate, s.components[0].gate_count = 1, s.gate[0].index = ratio),
          "components[0].gate[0].index.kind");
}

static void ranks_begin_at_one(void **state)
{
    (void)state;
    struct sl_plan_index rank = {.kind = SL_INDEX_RANK, .measure = SLICE("booked.amount")};
    VALID((s.components[0].index = rank, s.rows[0].from = 1, s.plan.is_published = false));
    INVALID((s.components[0].index = rank, s.rows[0].from = 2, s.plan.is_published = false),
            "components[0].curve.rows[0].from");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_that_obeys_every_rule_is_accepted),
        cmocka_unit_test(the_plan_itself_has_an_id_a_version_and_days_in_order),
        cmocka_unit_test(assignees_name_whom_they_mean),
        cmocka_unit_test(a_plan_has_components_with_ids_of_their_own),
        cmocka_unit_test(the_message_names_the_component),
        cmocka_unit_test(a_plan_takes_as_many_components_and_rows_as_the_limits_say),
        cmocka_unit_test(a_factor_multiplies_pay_components_of_its_window),
        cmocka_unit_test(a_pay_component_multiplies_nothing),
        cmocka_unit_test(rows_ascend_and_the_first_covers_the_minimum),
        cmocka_unit_test(y_stays_within_sane_bounds),
        cmocka_unit_test(mode_value_and_index_go_together),
        cmocka_unit_test(only_a_fixed_window_has_days),
        cmocka_unit_test(a_deal_window_has_neither_target_nor_gate),
        cmocka_unit_test(filters_and_scopes_have_an_order_and_a_depth),
        cmocka_unit_test(index_and_gate_name_known_measures),
        cmocka_unit_test(limits_have_a_minimum_below_the_maximum),
        cmocka_unit_test(a_published_plan_may_not_use_policies_of_later_versions),
        cmocka_unit_test(a_published_plan_may_not_use_components_of_later_versions),
        cmocka_unit_test(the_ratio_of_margin_to_amount_is_the_one_supported),
        cmocka_unit_test(ranks_begin_at_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
