/* What envelope, target, approval, note, plan and correction must be by themselves: each rule is broken once. */
#include "check_setup.h"
#include "domain/attainment.h"

static void valid_events_of_every_type_pass(void **state)
{
    (void)state;
    struct setup s;
    (void)contact_in(&s);
    assert_good(&s);
    (void)quote_in(&s);
    assert_good(&s);
    for (int kind = SL_CLOSE_WON; kind < SL_CLOSE_KINDS; kind++) {
        (void)close_in(&s, (enum sl_close_kind)kind);
        assert_good(&s);
    }
    (void)payout_in(&s);
    assert_good(&s);
    (void)target_in(&s);
    assert_good(&s);
    (void)approve_in(&s);
    assert_good(&s);
    (void)note_in(&s);
    assert_good(&s);
    (void)correct_in(&s);
    assert_good(&s);
}

static void an_id_has_1_to_64_bytes_of_plain_text(void **state)
{
    (void)state;
    struct setup s;
    struct sl_close *close = close_in(&s, SL_CLOSE_WON);
    close->deal = letters(1);
    assert_good(&s);
    close->deal = letters(SL_ID_TEXT_BYTES_MAX);
    assert_good(&s);
    close->deal = letters(SL_ID_TEXT_BYTES_MAX + 1);
    assert_refused(&s, SL_E_TOO_BIG, "close.deal");
    assert_string_equal(s.diag.message, "must have at most 64 bytes, has 65");
    close->deal = (struct sl_slice){(const uint8_t *)"a\0b", 3};
    assert_refused(&s, SL_E_INVALID_FIELD, "close.deal");
    assert_string_equal(s.diag.message, "must be UTF-8 without control characters, is \"a?b\"");
    close->deal = SLICE("\xe5\xbc\xa0");
    assert_good(&s);
}

static void an_envelope_has_short_origins(void **state)
{
    (void)state;
    struct setup s;
    (void)close_in(&s, SL_CLOSE_WON);
    s.event.source = s.event.correlation = letters(SL_ORIGIN_BYTES_MAX);
    assert_good(&s);
    s.event.source = letters(SL_ORIGIN_BYTES_MAX + 1);
    assert_refused(&s, SL_E_TOO_BIG, "source");
    assert_string_equal(s.diag.message, "must have at most 256 bytes, has 257");
    s.event.source = SLICE("a\nb");
    assert_refused(&s, SL_E_INVALID_FIELD, "source");
    s.event.source = (struct sl_slice){NULL, 0};
    s.event.correlation = letters(SL_ORIGIN_BYTES_MAX + 1);
    assert_refused(&s, SL_E_TOO_BIG, "correlation");
}

static void an_expectation_names_an_entity(void **state)
{
    (void)state;
    struct setup s;
    (void)close_in(&s, SL_CLOSE_WON);
    s.event.expect =
        (struct sl_expect){.is_set = true, .kind = SL_ENTITY_DEAL, .entity = SLICE("D1")};
    assert_good(&s);
    s.event.expect.kind = SL_ENTITY_NONE;
    assert_refused(&s, SL_E_MISSING_FIELD, "expect.kind");
    s.event.expect.kind = SL_ENTITY_DEAL;
    s.event.expect.entity = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "expect.entity");
}

static void a_target_has_measure_period_and_amount(void **state)
{
    (void)state;
    struct setup s;
    struct sl_target *target = target_in(&s);
    target->measure = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "target.measure");
    target->measure = SLICE("sold.amount");
    assert_refused(&s, SL_E_BAD_MEASURE, "target.measure");
    target->measure = SLICE("customer.new");
    assert_refused(&s, SL_E_UNSUPPORTED, "target.measure");
    target = target_in(&s);
    target->period_text = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "target.period");
    target->period_text = SLICE("2017-13");
    assert_refused(&s, SL_E_BAD_PERIOD, "target.period");
    target = target_in(&s);
    target->has_amount = false;
    assert_refused(&s, SL_E_MISSING_FIELD, "target.amount");
    target = target_in(&s);
    target->amount = 0;
    assert_good(&s);
    target->amount = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "target.amount");
    target->amount = SL_AMOUNT_MINOR_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "target.amount");
}

static void a_target_is_not_its_own_parent(void **state)
{
    (void)state;
    struct setup s;
    struct sl_target *target = target_in(&s);
    target->target = SLICE("year");
    target->parent = SLICE("years");
    assert_good(&s);
    target->parent = SLICE("year");
    assert_refused(&s, SL_E_INVALID_FIELD, "target.parent");
    assert_string_equal(s.diag.message, "must be another target, is \"year\" itself");
}

static void weights_are_not_negative_and_not_all_zero(void **state)
{
    (void)state;
    struct setup s;
    (void)target_in(&s);
    s.weights[2] = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "target.weights[2]");
    s.weights[1] = s.weights[2] = 0;
    assert_refused(&s, SL_E_INVALID_FIELD, "target.weights");
}

static void a_weight_has_a_maximum(void **state)
{
    (void)state;
    struct setup s;
    (void)target_in(&s);
    s.weights[0] = SL_WEIGHT_MAX;
    assert_good(&s);
    s.weights[0] = SL_WEIGHT_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "target.weights[0]");
}

static void a_scope_holds_ids(void **state)
{
    (void)state;
    struct setup s;
    target_in(&s)->scope.region = letters(65);
    assert_refused(&s, SL_E_TOO_BIG, "target.scope.region");
    target_in(&s)->scope.unit = SLICE("");
    assert_refused(&s, SL_E_INVALID_FIELD, "target.scope.unit");
}

static void an_approval_names_event_hash_and_verdict(void **state)
{
    (void)state;
    struct setup s;
    approve_in(&s)->ref_seq = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "approve.ref_seq");
    approve_in(&s)->ref_hash.len = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "approve.ref_hash");
    approve_in(&s)->ref_hash.len = 31;
    assert_refused(&s, SL_E_INVALID_FIELD, "approve.ref_hash");
    approve_in(&s)->ref_hash.len = 33;
    assert_refused(&s, SL_E_INVALID_FIELD, "approve.ref_hash");
    approve_in(&s)->verdict = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "approve.verdict");
}

static void a_note_is_of_a_kind_and_about_something(void **state)
{
    (void)state;
    struct setup s;
    note_in(&s)->kind = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "note.kind");
    note_in(&s)->subject = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "note.subject");
    note_in(&s)->subject_kind = SL_ENTITY_NONE;
    assert_refused(&s, SL_E_MISSING_FIELD, "note.subject_kind");
    note_in(&s)->period = SLICE("soon");
    assert_refused(&s, SL_E_BAD_PERIOD, "note.period");
    (void)note_in(&s);
    s.scores[0].dimension = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "note.scores[0].dimension");
    (void)note_in(&s);
    s.scores[0].weight_ppm = SL_PPM + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "note.scores[0].weight_ppm");
    (void)note_in(&s);
    s.scores[0].score = SL_QUANTITY_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "note.scores[0].score");
}

static void a_correction_voids_or_replaces_and_says_why(void **state)
{
    (void)state;
    struct setup s;
    correct_in(&s)->ref_seq = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "correct.ref_seq");
    correct_in(&s)->reason = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "correct.reason");
    correct_in(&s)->is_void = false;
    assert_refused(&s, SL_E_MISSING_FIELD, "correct.replacement");
    struct sl_correct *both = correct_in(&s);
    both->replacement = &s.replacement;
    both->reason = (struct sl_slice){NULL, 0}; /* what is wrong in itself is said first */
    assert_refused(&s, SL_E_INVALID_FIELD, "correct.replacement");
}

static void a_replacement_obeys_the_rules_of_its_body(void **state)
{
    (void)state;
    struct setup s;
    struct sl_correct *correct = correct_in(&s);
    correct->is_void = false;
    correct->replacement = &s.replacement;
    s.replacement.type = SL_EVENT_CLOSE;
    s.replacement.u.close = (struct sl_close){.deal = SLICE("D1"), .kind = SL_CLOSE_LOST};
    assert_good(&s);
    s.replacement.u.close.deal = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "correct.replacement.close.deal");
    s.replacement.type = SL_EVENT_NONE;
    assert_refused(&s, SL_E_MISSING_FIELD, "correct.replacement");
}

static void a_plan_is_validated(void **state)
{
    (void)state;
    struct setup s;
    struct sl_plan plan = {
        .id = SLICE("base"), .version = 0, .valid_from = SL_NO_DAY, .valid_to = SL_NO_DAY};
    set_up(&s, SL_EVENT_PLAN)->u.plan = &plan;
    assert_refused(&s, SL_E_PLAN_INVALID, "plan.version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_events_of_every_type_pass),
        cmocka_unit_test(an_id_has_1_to_64_bytes_of_plain_text),
        cmocka_unit_test(an_envelope_has_short_origins),
        cmocka_unit_test(an_expectation_names_an_entity),
        cmocka_unit_test(a_target_has_measure_period_and_amount),
        cmocka_unit_test(a_target_is_not_its_own_parent),
        cmocka_unit_test(weights_are_not_negative_and_not_all_zero),
        cmocka_unit_test(a_weight_has_a_maximum),
        cmocka_unit_test(a_scope_holds_ids),
        cmocka_unit_test(an_approval_names_event_hash_and_verdict),
        cmocka_unit_test(a_note_is_of_a_kind_and_about_something),
        cmocka_unit_test(a_correction_voids_or_replaces_and_says_why),
        cmocka_unit_test(a_replacement_obeys_the_rules_of_its_body),
        cmocka_unit_test(a_plan_is_validated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
