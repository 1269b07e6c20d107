/* What master data must be by itself: each rule is broken once. */
#include "check_setup.h"

static void valid_records_of_every_kind_pass(void **state)
{
    (void)state;
    struct setup s;
    for (int kind = SL_DEFINE_PERSON; kind <= SL_DEFINE_PRODUCT_LINE; kind++) {
        (void)define_in(&s, (enum sl_define_kind)kind);
        assert_good(&s);
    }
    (void)define_in(&s, SL_DEFINE_NONE);
    assert_refused(&s, SL_E_MISSING_FIELD, "define");
}

static void a_record_has_the_id_of_what_it_defines(void **state)
{
    (void)state;
    static const struct {
        enum sl_define_kind kind;
        const char *field;
    } cases[] = {
        {SL_DEFINE_PERSON, "define.person.person"},
        {SL_DEFINE_UNIT, "define.unit.unit"},
        {SL_DEFINE_PRODUCT, "define.product.product"},
        {SL_DEFINE_CUSTOMER, "define.customer.customer"},
        {SL_DEFINE_FX_RATE, "define.fx_rate.base_currency"},
        {SL_DEFINE_ACCESS_ROLE, "define.access_role.role"},
        {SL_DEFINE_TIER_RULE, "define.tier_rule.rule"},
        {SL_DEFINE_SCORECARD, "define.scorecard.scorecard"},
        {SL_DEFINE_PRODUCT_LINE, "define.product_line.line"},
    };
    struct setup s;
    for (size_t i = 0; i < COUNT(cases); i++) {
        define_in(&s, cases[i].kind)->id = (struct sl_slice){NULL, 0};
        assert_refused(&s, SL_E_MISSING_FIELD, cases[i].field);
    }
}

static void a_record_is_valid_for_at_least_a_day(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *define = define_in(&s, SL_DEFINE_UNIT);
    define->valid_from = DAY("2017-03-01");
    define->valid_to = DAY("2017-03-02");
    assert_good(&s);
    define->valid_to = DAY("2017-03-01");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.valid_to");
    assert_string_equal(s.diag.message, "must be after 2017-03-01, is 2017-03-01");
}

static void a_person_leaves_after_he_came(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *person = define_in(&s, SL_DEFINE_PERSON);
    person->hired = person->left = DAY("2017-03-01");
    assert_good(&s);
    person->left = DAY("2017-02-28");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.person.left");
}

static void the_pay_of_a_person_has_ranges(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *person = define_in(&s, SL_DEFINE_PERSON);
    person->ramp = s.ramp;
    person->ramp_count = 2;
    assert_good(&s);
    s.ramp[1].from_month = 0;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.person.ramp[1].from_month");
    s.ramp[1].from_month = 1;
    s.ramp[1].factor_ppm = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.person.ramp[1].factor_ppm");
    s.ramp[1].factor_ppm = SL_RAMP_FACTOR_PPM_MAX;
    assert_good(&s);
    s.ramp[1].factor_ppm++;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.person.ramp[1].factor_ppm");
    define_in(&s, SL_DEFINE_PERSON)->variable_pay_minor = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.person.variable_pay_minor");
    define_in(&s, SL_DEFINE_PERSON)->pay_currency = SLICE("USDX");
    assert_refused(&s, SL_E_UNKNOWN_CURRENCY, "define.person.pay_currency");
}

static void a_unit_is_not_its_own_parent(void **state)
{
    (void)state;
    struct setup s;
    define_in(&s, SL_DEFINE_UNIT)->parent = SLICE("one");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.unit.parent");
    assert_string_equal(s.diag.message, "must be another unit, is \"one\" itself");
}

static void a_stage_list_names_each_stage_once(void **state)
{
    (void)state;
    struct setup s;
    define_in(&s, SL_DEFINE_STAGES)->stage_count = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "define.stages.stages");
    (void)define_in(&s, SL_DEFINE_STAGES);
    s.stages[2] = SLICE("needs");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.stages.stages[2]");
    s.stages[2] = SLICE("");
    assert_refused(&s, SL_E_MISSING_FIELD, "define.stages.stages[2]");
}

static void a_calendar_has_a_fiscal_month_and_weeks_from_monday(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *calendar = define_in(&s, SL_DEFINE_CALENDAR);
    calendar->boundary_count = 0;
    calendar->fiscal_start_month = 12;
    calendar->first_weekday = 1;
    assert_good(&s);
    calendar->fiscal_start_month = 13;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.calendar.fiscal_start_month");
    calendar->fiscal_start_month = 1;
    calendar->first_weekday = 8;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.calendar.first_weekday");
    calendar->first_weekday = 7;
    assert_refused(&s, SL_E_UNSUPPORTED, "define.calendar.first_weekday");
}

static void a_list_of_period_starts_is_refused_until_it_is_computed_with(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *calendar = define_in(&s, SL_DEFINE_CALENDAR);
    calendar->first_weekday = 1;
    calendar->boundary_count = 2;
    assert_refused(&s, SL_E_UNSUPPORTED, "define.calendar.boundaries");
}

static void an_fx_rate_is_positive_between_two_currencies(void **state)
{
    (void)state;
    struct setup s;
    define_in(&s, SL_DEFINE_FX_RATE)->fx_rate = 0;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.fx_rate.rate");
    define_in(&s, SL_DEFINE_FX_RATE)->currency = SLICE("GBP");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.fx_rate.quote");
    define_in(&s, SL_DEFINE_FX_RATE)->id = SLICE("ZZZ");
    assert_refused(&s, SL_E_UNKNOWN_CURRENCY, "define.fx_rate.base_currency");
}

static void an_access_role_names_members_units_and_known_permissions_once(void **state)
{
    (void)state;
    struct setup s;
    struct sl_define *role = define_in(&s, SL_DEFINE_ACCESS_ROLE);
    assert_good(&s);
    s.permissions[1] = SLICE("read");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.access_role.permissions[1]");
    assert_string_equal(s.diag.message, "must be APPEND, READ, APPROVE or ADMIN, is \"read\"");
    s.permissions[1] = SLICE("READ");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.access_role.permissions[1]");
    role->permission_count = 0;
    s.ids[2] = SLICE("");
    assert_refused(&s, SL_E_MISSING_FIELD, "define.access_role.members[2]");
    s.ids[2] = letters(SL_ID_TEXT_BYTES_MAX + 1);
    assert_refused(&s, SL_E_TOO_BIG, "define.access_role.members[2]");
    s.ids[2] = SLICE("ana");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.access_role.members[2]");
    role->member_count = 0;
    s.ids[1] = SLICE("a\nb");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.access_role.units[1]");
    role->unit_count = 0; /* nothing left: taken away from everybody */
    assert_good(&s);
}

static void a_tier_rule_has_rows_that_ascend_each_of_its_own_tier(void **state)
{
    (void)state;
    struct setup s;
    define_in(&s, SL_DEFINE_TIER_RULE)->tier_count = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "define.tier_rule.rows");
    (void)define_in(&s, SL_DEFINE_TIER_RULE);
    s.tiers[1].tier = SLICE("");
    assert_refused(&s, SL_E_MISSING_FIELD, "define.tier_rule.rows[1].tier");
    s.tiers[1].tier = SLICE("bronze");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.tier_rule.rows[1].tier");
    s.tiers[1].tier = SLICE("silver");
    s.tiers[2].from = 100;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.tier_rule.rows[2].from");
    s.tiers[0].from = -SL_AMOUNT_MINOR_MAX;
    s.tiers[2].from = SL_AMOUNT_MINOR_MAX;
    assert_good(&s);
    s.tiers[2].from++;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.tier_rule.rows[2].from");
    s.tiers[0].from--;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.tier_rule.rows[0].from");
}

static void a_scorecard_weighs_dimensions_and_grades_what_comes_out(void **state)
{
    (void)state;
    struct setup s;
    (void)define_in(&s, SL_DEFINE_SCORECARD);
    assert_good(&s);
    s.dimensions[1].weight_ppm = SL_PPM + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.scorecard.dimensions[1].weight_ppm");
    s.dimensions[1].weight_ppm = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.scorecard.dimensions[1].weight_ppm");
    s.dimensions[1].weight_ppm = SL_PPM;
    s.dimensions[1].dimension = SLICE("attitude");
    assert_refused(&s, SL_E_INVALID_FIELD, "define.scorecard.dimensions[1].dimension");
    s.dimensions[1].dimension = SLICE("");
    assert_refused(&s, SL_E_MISSING_FIELD, "define.scorecard.dimensions[1].dimension");
    s.dimensions[1].dimension = SLICE("skill");
    s.tiers[1].from = 0;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.scorecard.grades[1].from");
}

static void prices_of_a_product_are_not_negative(void **state)
{
    (void)state;
    struct setup s;
    define_in(&s, SL_DEFINE_PRODUCT)->list_price_minor = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.product.list_price_minor");
    define_in(&s, SL_DEFINE_PRODUCT)->cost_minor = SL_AMOUNT_MINOR_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "define.product.cost_minor");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_records_of_every_kind_pass),
        cmocka_unit_test(a_record_has_the_id_of_what_it_defines),
        cmocka_unit_test(a_record_is_valid_for_at_least_a_day),
        cmocka_unit_test(a_person_leaves_after_he_came),
        cmocka_unit_test(the_pay_of_a_person_has_ranges),
        cmocka_unit_test(a_unit_is_not_its_own_parent),
        cmocka_unit_test(a_stage_list_names_each_stage_once),
        cmocka_unit_test(a_calendar_has_a_fiscal_month_and_weeks_from_monday),
        cmocka_unit_test(a_list_of_period_starts_is_refused_until_it_is_computed_with),
        cmocka_unit_test(an_fx_rate_is_positive_between_two_currencies),
        cmocka_unit_test(an_access_role_names_members_units_and_known_permissions_once),
        cmocka_unit_test(a_tier_rule_has_rows_that_ascend_each_of_its_own_tier),
        cmocka_unit_test(a_scorecard_weighs_dimensions_and_grades_what_comes_out),
        cmocka_unit_test(prices_of_a_product_are_not_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
