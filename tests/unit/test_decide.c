/* Decisions: what the ledger knows against what the event says, in the documented order. */
#include "lib/test.h"

#include <string.h>

#include "domain/decide.h"

#define ACTOR SLICE("root")

static const uint8_t hash[32] = {1, 2, 3};
static const struct sl_decide_view open_view = {.currency = {"USD"}, .ref_found = true};

static struct sl_event close_of(enum sl_close_kind kind)
{
    return (struct sl_event){
        .body = {.type = SL_EVENT_CLOSE,
                 .u.close = {.deal = SLICE("D1"), .kind = kind, .currency = SLICE("USD")}}};
}

static struct sl_event plan_of(const struct sl_plan *plan)
{
    return (struct sl_event){.body = {.type = SL_EVENT_PLAN, .u.plan = plan}};
}

static struct sl_event approve_of(uint32_t verdict)
{
    return (struct sl_event){
        .body = {.type = SL_EVENT_APPROVE,
                 .u.approve = {.ref_seq = 5, .ref_hash = {hash, sizeof hash}, .verdict = verdict}}};
}

static struct sl_event correct_by(const struct sl_body *replacement)
{
    return (struct sl_event){.body = {.type = SL_EVENT_CORRECT},
                             .correct = {.ref_seq = 5,
                                         .is_void = replacement == NULL,
                                         .replacement = replacement,
                                         .reason = SLICE("typing error")}};
}

static void an_event_that_breaks_no_rule_is_accepted(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_event won = close_of(SL_CLOSE_WON);
    assert_ok(sl_decide(&won, &open_view, ACTOR, &diag));
    assert_ok(sl_decide(&won, &open_view, ACTOR, NULL));
}

static void an_entity_that_has_moved_on_is_a_conflict_that_names_both(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event event = close_of(SL_CLOSE_WON);
    event.expect = (struct sl_expect){
        .is_set = true, .kind = SL_ENTITY_DEAL, .entity = SLICE("D1"), .seq = 10};

    view.entity_seq = 10;
    assert_ok(sl_decide(&event, &view, ACTOR, &diag));
    view.entity_seq = 12;
    assert_err(SL_E_CONFLICT, sl_decide(&event, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "expect.seq");
    assert_string_equal(diag.message, "deal \"D1\" was last changed by event 12, expected 10");
    view.entity_seq = 0;
    assert_err(SL_E_CONFLICT, sl_decide(&event, &view, ACTOR, &diag));
}

static void unknown_references_are_refused_only_when_strict(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event won = close_of(SL_CLOSE_WON);
    view.has_unknown = true;
    memcpy(view.unknown_field, "close.credits[0].person", sizeof "close.credits[0].person");
    view.unknown_value = SLICE("bob");

    assert_ok(sl_decide(&won, &view, ACTOR, &diag));
    view.is_strict = true;
    assert_err(SL_E_UNKNOWN_REFERENCE, sl_decide(&won, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "close.credits[0].person");
    assert_string_equal(diag.message, "\"bob\" is not defined");
    view.has_unknown = false;
    assert_ok(sl_decide(&won, &view, ACTOR, &diag));
}

static void money_that_is_summed_is_in_the_currency_of_the_ledger(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_plan plan = {.version = 1, .currency = SLICE("EUR")};
    const struct sl_body bodies[] = {
        {.type = SL_EVENT_CLOSE, .u.close = {.kind = SL_CLOSE_WON, .currency = SLICE("EUR")}},
        {.type = SL_EVENT_QUOTE, .u.quote = {.currency = SLICE("EUR")}},
        {.type = SL_EVENT_CONTACT, .u.contact = {.currency = SLICE("EUR")}},
        {.type = SL_EVENT_PLAN, .u.plan = &plan},
    };
    const char *fields[] = {"close.currency", "quote.currency", "contact.currency",
                            "plan.currency"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct sl_event event = {.body = bodies[i]};
        struct sl_decide_view view = open_view;
        assert_err(SL_E_CURRENCY_MISMATCH, sl_decide(&event, &view, ACTOR, &diag));
        assert_string_equal(diag.field, fields[i]);
        assert_string_equal(diag.message, "must be the ledger's USD, is EUR");
        memcpy(view.currency.code, "EUR", 4);
        assert_ok(sl_decide(&event, &view, ACTOR, &diag));
    }
    struct sl_event payout = {
        .body = {.type = SL_EVENT_PAYOUT,
                 .u.payout = {.payee = SLICE("ana"), .currency = SLICE("EUR")}}};
    assert_ok(sl_decide(&payout, &open_view, ACTOR, &diag));
}

static void a_stage_is_in_the_list_once_there_is_one(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event quote = {
        .body = {.type = SL_EVENT_QUOTE, .u.quote = {.stage = SLICE("needs")}}};
    struct sl_event contact = {
        .body = {.type = SL_EVENT_CONTACT, .u.contact = {.stage = SLICE("needs")}}};

    assert_ok(sl_decide(&quote, &view, ACTOR, &diag));
    view.has_stages = true;
    assert_err(SL_E_UNKNOWN_STAGE, sl_decide(&contact, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "contact.stage");
    assert_err(SL_E_UNKNOWN_STAGE, sl_decide(&quote, &view, ACTOR, &diag));
    view.stage_known = true;
    assert_ok(sl_decide(&quote, &view, ACTOR, &diag));
    view.stage_known = false;
    quote.body.u.quote.stage = (struct sl_slice){NULL, 0};
    assert_ok(sl_decide(&quote, &view, ACTOR, &diag));
}

static void a_close_obeys_the_life_of_its_deal(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_line line = {.amount_minor = 100};
    struct sl_decide_view view = open_view;
    struct sl_event won = close_of(SL_CLOSE_WON);
    struct sl_event cancelled = close_of(SL_CLOSE_CANCELLED);
    struct sl_event amended = close_of(SL_CLOSE_AMENDED);
    cancelled.body.u.close.lines = amended.body.u.close.lines = &line;
    cancelled.body.u.close.line_count = amended.body.u.close.line_count = 1;

    view.deal = (struct sl_deal_state){.phase = SL_DEAL_WON, .booked_minor = 99};
    assert_err(SL_E_DEAL_STATE, sl_decide(&won, &view, ACTOR, &diag));
    assert_err(SL_E_BEYOND_BOOKED, sl_decide(&cancelled, &view, ACTOR, &diag));
    view.deal.booked_minor = INT64_MAX;
    assert_err(SL_E_OVERFLOW, sl_decide(&amended, &view, ACTOR, &diag));
    assert_ok(sl_decide(&cancelled, &view, ACTOR, &diag));
}

static void an_approval_names_an_event_and_the_hash_it_saw(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event approve = approve_of(1);
    view.ref_actor = SLICE("ana");
    memcpy(view.ref_hash, hash, sizeof hash);

    assert_ok(sl_decide(&approve, &view, ACTOR, &diag));
    view.ref_hash[31] ^= 1;
    assert_err(SL_E_INVALID_FIELD, sl_decide(&approve, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "approve.ref_hash");
    view.ref_found = false;
    assert_err(SL_E_NOT_FOUND, sl_decide(&approve, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "approve.ref_seq");
}

static void nobody_judges_his_own_event_but_may_acknowledge_it(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    view.ref_actor = ACTOR;
    memcpy(view.ref_hash, hash, sizeof hash);
    for (uint32_t verdict = 1; verdict <= 4; verdict++) {
        struct sl_event approve = approve_of(verdict);
        assert_err(verdict == 3 ? SL_OK : SL_E_SEPARATION,
                   sl_decide(&approve, &view, ACTOR, &diag));
    }
    struct sl_event unseen = approve_of(1);
    view.ref_hash[0] ^= 1; /* who may judge comes before what was seen */
    assert_err(SL_E_SEPARATION, sl_decide(&unseen, &view, ACTOR, &diag));
}

static void nobody_decides_his_own_target_or_payout(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_event target = {
        .body = {.type = SL_EVENT_TARGET, .u.target = {.scope = {.person = ACTOR}}}};
    struct sl_event payout = {
        .body = {.type = SL_EVENT_PAYOUT, .u.payout = {.payee = ACTOR, .kind = 1}}};

    assert_err(SL_E_SEPARATION, sl_decide(&target, &open_view, ACTOR, &diag));
    assert_string_equal(diag.field, "target.scope.person");
    assert_ok(sl_decide(&target, &open_view, SLICE("boss"), &diag));
    assert_err(SL_E_SEPARATION, sl_decide(&payout, &open_view, ACTOR, &diag));
    payout.body.u.payout.kind = 7; /* a claim of his own expenses */
    assert_ok(sl_decide(&payout, &open_view, ACTOR, &diag));
}

static void only_events_that_say_something_themselves_are_corrected(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_event correct = correct_by(NULL);
    for (int type = SL_EVENT_CONTACT; type <= SL_EVENT_NOTE; type++) {
        struct sl_decide_view view = open_view;
        view.ref_type = (enum sl_event_type)type;
        bool is_judgement = type == SL_EVENT_APPROVE || type == SL_EVENT_CORRECT;
        assert_err(is_judgement ? SL_E_NOT_CORRECTABLE : SL_OK,
                   sl_decide(&correct, &view, ACTOR, &diag));
    }
    struct sl_decide_view nowhere = open_view;
    nowhere.ref_found = false;
    assert_err(SL_E_NOT_FOUND, sl_decide(&correct, &nowhere, ACTOR, &diag));
    assert_string_equal(diag.field, "correct.ref_seq");
}

static void a_replacement_is_of_the_type_it_replaces_and_obeys_the_same_rules(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_body body = {.type = SL_EVENT_CLOSE,
                           .u.close = {.kind = SL_CLOSE_WON, .currency = SLICE("USD")}};
    struct sl_event correct = correct_by(&body);
    view.ref_type = SL_EVENT_CLOSE;

    assert_ok(sl_decide(&correct, &view, ACTOR, &diag));
    view.ref_type = SL_EVENT_QUOTE;
    assert_err(SL_E_NOT_CORRECTABLE, sl_decide(&correct, &view, ACTOR, &diag));
    body.u.close.currency = SLICE("EUR");
    assert_err(SL_E_CURRENCY_MISMATCH, sl_decide(&correct, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "correct.replacement.close.currency");
}

static void a_correction_that_breaks_later_history_is_refused_in_its_words(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event correct = correct_by(NULL);
    view.ref_type = SL_EVENT_CLOSE;
    view.correct_err = SL_E_BEYOND_BOOKED;
    view.correct_diag = (struct sl_diag){.field = "close.lines", .message = "event 9 would ..."};

    assert_err(SL_E_NOT_CORRECTABLE, sl_decide(&correct, &view, ACTOR, &diag));
    assert_string_equal(diag.message, "event 9 would ...");
    assert_err(SL_E_NOT_CORRECTABLE, sl_decide(&correct, &view, ACTOR, NULL));
}

static void plan_versions_follow_each_other_and_a_draft_may_be_written_again(void **state)
{
    (void)state;
    const struct {
        int32_t max;
        bool is_published;
        int32_t version;
        enum sl_err err;
    } cases[] = {
        {0, false, 1, SL_OK},
        {0, false, 2, SL_E_INVALID_FIELD},
        {0, false, 0, SL_E_INVALID_FIELD},
        {3, true, 4, SL_OK},
        {3, true, 3, SL_E_INVALID_FIELD},
        {3, true, 5, SL_E_INVALID_FIELD},
        {3, false, 3, SL_OK},
        {3, false, 4, SL_OK},
        {3, false, 2, SL_E_INVALID_FIELD},
        {INT32_MAX, true, INT32_MAX, SL_E_INVALID_FIELD},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sl_diag diag;
        struct sl_decide_view view = open_view;
        struct sl_plan plan = {.version = cases[i].version};
        struct sl_event event = plan_of(&plan);
        view.plan_version_max = cases[i].max;
        view.plan_version_published = cases[i].is_published;
        assert_err(cases[i].err, sl_decide(&event, &view, ACTOR, &diag));
        if (cases[i].err != SL_OK) {
            assert_string_equal(diag.field, "plan.version");
        }
    }
}

static void a_unit_that_would_make_a_loop_is_refused(void **state)
{
    (void)state;
    struct sl_diag diag;
    struct sl_decide_view view = open_view;
    struct sl_event unit = {
        .body = {.type = SL_EVENT_DEFINE,
                 .u.define = {.kind = SL_DEFINE_UNIT, .id = SLICE("a"), .parent = SLICE("b")}}};

    assert_ok(sl_decide(&unit, &view, ACTOR, &diag));
    view.unit_loops = true;
    assert_err(SL_E_INVALID_FIELD, sl_decide(&unit, &view, ACTOR, &diag));
    assert_string_equal(diag.field, "define.unit.parent");
}

static void a_calendar_and_settings_hold_for_all_days(void **state)
{
    (void)state;
    static const enum sl_define_kind kinds[] = {SL_DEFINE_CALENDAR, SL_DEFINE_SETTINGS};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct sl_diag diag;
        struct sl_decide_view view = open_view;
        struct sl_event event = {.body = {.type = SL_EVENT_DEFINE,
                                          .u.define = {.kind = kinds[i],
                                                       .valid_from = DAY("2025-07-01"),
                                                       .valid_to = SL_NO_DAY}}};
        view.day = DAY("2025-07-01");
        assert_ok(sl_decide(&event, &view, ACTOR, &diag));
        event.body.u.define.valid_from.v++;
        assert_err(SL_E_UNSUPPORTED, sl_decide(&event, &view, ACTOR, &diag));
        assert_string_equal(diag.field, "define.valid_from");
        event.body.u.define.valid_from = SL_NO_DAY;
        assert_ok(sl_decide(&event, &view, ACTOR, &diag));
        event.body.u.define.valid_to = DAY("2030-01-01");
        assert_err(SL_E_UNSUPPORTED, sl_decide(&event, &view, ACTOR, &diag));
        assert_string_equal(diag.field, "define.valid_to");
    }
}

/* ── weights of a target ── */

static enum sl_err weigh(const char *period, size_t count, int fiscal_start_month)
{
    static const int64_t weights[SL_WEIGHTS_MAX];
    struct sl_diag diag = {0};
    struct sl_decide_view view = open_view;
    struct sl_event event = {
        .body = {
            .type = SL_EVENT_TARGET,
            .u.target = {.period_text = SLICE(period), .weights = weights, .weight_count = count}}};
    view.fiscal_start_month = fiscal_start_month;
    enum sl_err err = sl_decide(&event, &view, ACTOR, &diag);
    if (err != SL_OK) {
        assert_string_equal(diag.field, "target.weights");
    }
    return err;
}

static void weights_are_one_per_month_or_day_of_the_period(void **state)
{
    (void)state;
    assert_ok(weigh("2017-Q1", 3, 1));
    assert_ok(weigh("2017-Q1", 90, 1));
    assert_ok(weigh("2017-03-01..2017-03-04", 3, 1));
    assert_ok(weigh("2017", 0, 1));
    assert_err(SL_E_INVALID_FIELD, weigh("2017", 3, 1));
    assert_err(SL_E_INVALID_FIELD, weigh("2017-W05", 1, 1));
}

static void weights_by_day_are_those_of_the_fiscal_period(void **state)
{
    (void)state;
    assert_ok(weigh("2027", 366, 4)); /* April 2027 to March 2028 */
    assert_ok(weigh("2027-Q1", 91, 4));
    assert_err(SL_E_INVALID_FIELD, weigh("2027", 365, 4));
    assert_err(SL_E_INVALID_FIELD, weigh("2027-Q1", 90, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_that_breaks_no_rule_is_accepted),
        cmocka_unit_test(an_entity_that_has_moved_on_is_a_conflict_that_names_both),
        cmocka_unit_test(unknown_references_are_refused_only_when_strict),
        cmocka_unit_test(money_that_is_summed_is_in_the_currency_of_the_ledger),
        cmocka_unit_test(a_stage_is_in_the_list_once_there_is_one),
        cmocka_unit_test(a_close_obeys_the_life_of_its_deal),
        cmocka_unit_test(an_approval_names_an_event_and_the_hash_it_saw),
        cmocka_unit_test(nobody_judges_his_own_event_but_may_acknowledge_it),
        cmocka_unit_test(nobody_decides_his_own_target_or_payout),
        cmocka_unit_test(only_events_that_say_something_themselves_are_corrected),
        cmocka_unit_test(a_replacement_is_of_the_type_it_replaces_and_obeys_the_same_rules),
        cmocka_unit_test(a_correction_that_breaks_later_history_is_refused_in_its_words),
        cmocka_unit_test(plan_versions_follow_each_other_and_a_draft_may_be_written_again),
        cmocka_unit_test(a_unit_that_would_make_a_loop_is_refused),
        cmocka_unit_test(a_calendar_and_settings_hold_for_all_days),
        cmocka_unit_test(weights_are_one_per_month_or_day_of_the_period),
        cmocka_unit_test(weights_by_day_are_those_of_the_fiscal_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
