/* The view: what the ledger tells the deciding rules about stages, deals, expectations, plan versions, the unit tree and what an
 * approval refers to. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"
#include "sl/stored/hash.h"

/* ── stages ── */

static struct sl_slice contact_at(struct sl_test_ledger *t, const char *stage, const char *date)
{
    return BUILD_CONTACT(&t->builder, .customer = "acme", .stage = stage, .date = date);
}

static void without_a_stage_list_every_stage_is_welcome(void **state)
{
    struct sl_test_ledger *t = *state;

    assert_false(sl_test_view(t, contact_at(t, "lead", NULL)).has_stages);
    assert_ok(sl_test_judge(t, contact_at(t, "lead", NULL)));
}

static void only_stages_of_the_list_are_known(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"lead", "offer"});

    assert_true(sl_test_view(t, contact_at(t, "offer", NULL)).stage_known);
    assert_false(sl_test_view(t, contact_at(t, "offe", NULL)).stage_known);
    assert_err(SL_E_UNKNOWN_STAGE, sl_test_judge(t, contact_at(t, "close", NULL)));
    assert_string_equal(t->diag.field, "contact.stage");
    assert_err(SL_E_UNKNOWN_STAGE, sl_test_judge(t, BUILD_QUOTE(&t->builder, .deal = "D1",
                                                                .amount = 1, .stage = "close")));
    assert_string_equal(t->diag.field, "quote.stage");
}

static void an_event_without_a_stage_asks_for_no_list(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"lead"});

    assert_false(sl_test_view(t, contact_at(t, NULL, NULL)).has_stages);
}

static void the_list_of_the_events_day_counts(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"lead"}, .from = "2025-01-01");
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"call"}, .from = "2025-02-01");

    assert_true(sl_test_view(t, contact_at(t, "lead", "2025-01-31")).stage_known);
    assert_false(sl_test_view(t, contact_at(t, "lead", "2025-02-01")).stage_known);
    assert_true(sl_test_view(t, contact_at(t, "call", "2025-02-01")).stage_known);
    assert_false(sl_test_view(t, contact_at(t, "call", "2025-01-31")).stage_known);
    assert_false(sl_test_view(t, contact_at(t, "call", "2024-12-31")).has_stages);
}

static void a_corrected_list_is_read_again(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq = ADD_DEFINE(t, .kind = SL_DEFINE_STAGES, .stages = {"laed"});
    assert_false(sl_test_view(t, contact_at(t, "lead", NULL)).stage_known);

    (void)sl_test_add_replace(
        t, seq, BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_STAGES, .stages = {"lead"}));

    assert_true(sl_test_view(t, contact_at(t, "lead", NULL)).stage_known);
}

/* ── deals ── */

static struct sl_deal_state deal_of(struct sl_test_ledger *t, const char *deal)
{
    struct sl_decide_view view =
        sl_test_view(t, BUILD_QUOTE(&t->builder, .deal = deal, .amount = 1));
    assert_true(view.has_deal);
    return view.deal;
}

static void a_deal_has_its_phase_and_what_is_booked(void **state)
{
    struct sl_test_ledger *t = *state;
    assert_int_equal(deal_of(t, "D1").phase, SL_DEAL_OPEN);

    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_AMENDED, .amount = -30);
    assert_int_equal(deal_of(t, "D1").phase, SL_DEAL_WON);
    assert_int_equal(deal_of(t, "D1").booked_minor, 70);
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 70);

    assert_int_equal(deal_of(t, "D1").phase, SL_DEAL_CANCELLED);
    assert_int_equal(deal_of(t, "D2").phase, SL_DEAL_OPEN);
}

static void deal_rules_are_applied_to_the_next_close(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    assert_err(SL_E_DEAL_STATE,
               sl_test_judge(t, BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 1)));
    assert_err(
        SL_E_BEYOND_BOOKED,
        sl_test_judge(t, BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_CANCELLED, .amount = 101)));
    assert_err(
        SL_E_DEAL_STATE,
        sl_test_judge(t, BUILD_CLOSE(b, .deal = "D2", .kind = SL_CLOSE_INVOICED, .amount = 1)));
}

static void a_correction_moves_the_phase(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    (void)sl_test_add_void(t, won);

    assert_int_equal(deal_of(t, "D1").phase, SL_DEAL_OPEN);
    assert_int_equal(deal_of(t, "D1").booked_minor, 0);
}

/* ── expectations ── */

static struct sl_slice
expecting(struct sl_test_ledger *t, enum sl_entity_kind kind, const char *entity, uint64_t seq)
{
    return BUILD_CONTACT(&t->builder, .customer = "acme", .expect_kind = kind,
                         .expect_entity = entity, .expect_seq = seq);
}

static void an_expectation_is_compared_with_the_last_touch(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_CONTACT(t, .customer = "acme", .person = "ann");
    assert_ok(sl_test_judge(t, expecting(t, SL_ENTITY_PERSON, "ann", first)));

    uint64_t second = ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1);

    assert_err(SL_E_CONFLICT, sl_test_judge(t, expecting(t, SL_ENTITY_PERSON, "ann", first)));
    assert_string_equal(t->diag.field, "expect.seq");
    assert_int_equal(sl_test_view(t, expecting(t, SL_ENTITY_PERSON, "ann", first)).entity_seq,
                     second);
    assert_ok(sl_test_judge(t, expecting(t, SL_ENTITY_PERSON, "ann", second)));
}

static void nothing_has_touched_a_new_entity(void **state)
{
    struct sl_test_ledger *t = *state;

    assert_ok(sl_test_judge(t, expecting(t, SL_ENTITY_DEAL, "D1", 0)));
    assert_err(SL_E_CONFLICT, sl_test_judge(t, expecting(t, SL_ENTITY_DEAL, "D1", 1)));
}

static void a_correction_of_a_sale_moves_its_deal_on(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 100);

    uint64_t fix = sl_test_add_void(t, won);

    assert_err(SL_E_CONFLICT, sl_test_judge(t, expecting(t, SL_ENTITY_DEAL, "D1", won)));
    assert_ok(sl_test_judge(t, expecting(t, SL_ENTITY_DEAL, "D1", fix)));
}

/* ── plans ── */

static struct sl_slice version(struct sl_test_ledger *t, int32_t number, bool is_draft)
{
    return BUILD_FULL_PLAN(&t->builder, .version = number, .is_draft = is_draft,
                           .components = {{.rows = {{0, 100000}}, .row_count = 1}});
}

static void versions_run_without_a_gap(void **state)
{
    struct sl_test_ledger *t = *state;
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, version(t, 2, false)));
    assert_string_equal(t->diag.field, "plan.version");

    (void)sl_test_add(t, version(t, 1, false));

    assert_int_equal(sl_test_view(t, version(t, 2, false)).plan_version_max, 1);
    assert_ok(sl_test_judge(t, version(t, 2, false)));
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, version(t, 1, false)));
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, version(t, 3, false)));
}

static void the_newest_version_may_be_written_again_while_a_draft(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)sl_test_add(t, version(t, 1, true));
    assert_false(sl_test_view(t, version(t, 1, true)).plan_version_published);
    assert_ok(sl_test_judge(t, version(t, 1, true)));

    (void)sl_test_add(t, version(t, 1, false));

    assert_true(sl_test_view(t, version(t, 1, true)).plan_version_published);
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, version(t, 1, true)));
}

/* ── units ── */

static struct sl_slice unit_below(struct sl_test_ledger *t, const char *unit, const char *parent)
{
    return BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_UNIT, .id_text = unit, .parent = parent);
}

static void a_unit_cannot_lie_below_itself(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "all");
    (void)ADD_UNIT(t, "north", .parent = "all");
    (void)ADD_UNIT(t, "n1", .parent = "north");

    assert_true(sl_test_view(t, unit_below(t, "all", "n1")).unit_loops);
    assert_true(sl_test_view(t, unit_below(t, "all", "all")).unit_loops);
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, unit_below(t, "north", "n1")));
    assert_string_equal(t->diag.field, "define.unit.parent");
    assert_ok(sl_test_judge(t, unit_below(t, "n1", "all")));
}

static void a_unit_may_lie_as_deep_as_the_limit_and_not_deeper(void **state)
{
    struct sl_test_ledger *t = *state;
    char unit[8];
    char parent[8];
    (void)ADD_UNIT(t, "u0");
    for (unsigned i = 1; i < SL_UNIT_DEPTH_MAX; i++) {
        (void)snprintf(unit, sizeof unit, "u%u", i);
        (void)snprintf(parent, sizeof parent, "u%u", i - 1);
        (void)ADD_UNIT(t, unit, .parent = parent);
    }

    assert_true(sl_test_view(t, unit_below(t, "deep", unit)).unit_loops);
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, unit_below(t, "deep", unit)));
    assert_string_equal(t->diag.field, "define.unit.parent");
    assert_string_equal(t->diag.message, "\"u15\" would make a loop or more than 16 levels");
    assert_false(sl_test_view(t, unit_below(t, "less", parent)).unit_loops);
}

/* ── references that are no entities of their own ── */

static void assert_unknown(struct sl_test_ledger *t, struct sl_slice event, const char *field)
{
    assert_err(SL_E_UNKNOWN_REFERENCE, sl_test_judge(t, event));
    assert_string_equal(t->diag.field, field);
    assert_string_equal(t->diag.message, "\"ghost\" is not defined");
}

static void a_strict_ledger_knows_the_parent_of_a_target(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);
    uint64_t child = ADD_TARGET(t, .period = "2025", .amount = 9, .target = "year");

    assert_unknown(t, BUILD_TARGET(b, .period = "2025-Q1", .amount = 3, .parent = "ghost"),
                   "target.parent");
    struct sl_slice lost = BUILD_TARGET(b, .period = "2025", .amount = 9, .parent = "ghost");
    assert_unknown(t, sl_build_replace(b, child, lost), "correct.replacement.target.parent");

    assert_ok(sl_test_judge(
        t, BUILD_TARGET(b, .period = "2025-Q1", .amount = 3, .target = "q1", .parent = "year")));
}

/* Two targets of one id: it is known as long as one of them is there, whatever the cache has seen of it. */
static void a_parent_is_known_until_the_last_target_of_its_id_is_voided(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);
    uint64_t first = ADD_TARGET(t, .period = "2025", .amount = 9, .target = "ghost");
    struct sl_slice child = BUILD_TARGET(b, .period = "2025-Q1", .amount = 3, .parent = "ghost");
    assert_ok(sl_test_judge(t, child));
    uint64_t second = ADD_TARGET(t, .period = "2026", .amount = 9, .target = "ghost");

    (void)sl_test_add_void(t, first);
    assert_ok(sl_test_judge(t, child));
    (void)sl_test_add_replace(t, second, BUILD_TARGET(b, .period = "2026", .amount = 9));
    assert_unknown(t, child, "target.parent");

    sl_ledger_savepoint(t->ledger);
    (void)ADD_TARGET(t, .period = "2027", .amount = 9, .target = "ghost");
    assert_ok(sl_test_judge(t, child));
    sl_ledger_rollback(t->ledger);
    assert_unknown(t, child, "target.parent");

    (void)ADD_TARGET(t, .period = "2028", .amount = 9, .target = "ghost");
    sl_test_ledger_reopen(t);
    assert_ok(sl_test_judge(t, child));
}

static void an_open_ledger_takes_any_parent_of_a_target(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_TARGET(t, .period = "2025-Q1", .amount = 3, .parent = "ghost");
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);

    /* Named as a parent, it is still no target. */
    assert_unknown(t,
                   BUILD_TARGET(&t->builder, .period = "2025-Q2", .amount = 3, .parent = "ghost"),
                   "target.parent");
}

/* A role that may see two units. */
static struct sl_slice role_of(struct sl_test_ledger *t, char *first, char *second)
{
    char *units[] = {first, second};
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    Salesledger__V1__Define define = SALESLEDGER__V1__DEFINE__INIT;
    Salesledger__V1__AccessRole role = SALESLEDGER__V1__ACCESS_ROLE__INIT;
    role.role = (char[]){"reader"};
    role.units = units;
    role.n_units = 2;
    define.access_role = &role;
    event.define = &define;
    return sl_build_event(&t->builder, &event);
}

static void a_strict_ledger_knows_the_units_of_a_role(void **state)
{
    struct sl_test_ledger *t = *state;
    char known[] = "known";
    char ghost[] = "ghost";
    assert_ok(sl_test_judge(t, role_of(t, known, ghost)));
    (void)ADD_UNIT(t, "known");
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);

    assert_unknown(t, role_of(t, known, ghost), "define.access_role.units[1]");
    (void)ADD_UNIT(t, "ghost");
    assert_ok(sl_test_judge(t, role_of(t, known, ghost)));
}

/* ── approvals ── */

static void the_view_of_an_approval_has_the_hash_of_the_record(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_page page;
    struct sl_sha256 sha;
    uint8_t hash[SL_SHA256_BYTES];
    uint64_t seq = ADD_CONTACT(t, .customer = "acme");
    assert_ok(sl_store_get(t->log->store, (sl_seq){seq}, &page));
    assert_ok(sl_sha256_init(&sha));
    sl_sha256_begin(&sha);
    sl_sha256_update(&sha, page.records[0].bytes.data, page.records[0].bytes.len);
    sl_sha256_finish(&sha, hash);
    sl_sha256_deinit(&sha);
    sl_store_page_end(t->log->store, &page);

    struct sl_decide_view view =
        sl_test_view(t, BUILD_APPROVE(&t->builder, .ref_seq = seq, .ref_hash = hash));

    assert_true(view.ref_found);
    assert_int_equal(view.ref_type, SL_EVENT_CONTACT);
    assert_text(view.ref_actor, "tester");
    assert_memory_equal(view.ref_hash, hash, sizeof hash);
}

static void an_approval_of_nothing_finds_nothing(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t beyond = sl_store_head(t->log->store).v + 1;

    assert_false(sl_test_view(t, BUILD_APPROVE(&t->builder, .ref_seq = beyond)).ref_found);
    assert_err(SL_E_NOT_FOUND, sl_test_judge(t, BUILD_APPROVE(&t->builder, .ref_seq = beyond)));
    assert_string_equal(t->diag.field, "approve.ref_seq");
}

/* ── the rest ── */

static void the_currency_is_that_of_the_ledger(void **state)
{
    struct sl_test_ledger *t = *state;

    struct sl_decide_view view = sl_test_view(t, contact_at(t, NULL, NULL));

    assert_string_equal(view.currency.code, "USD");
    assert_err(
        SL_E_CURRENCY_MISMATCH,
        sl_test_judge(t, BUILD_QUOTE(&t->builder, .deal = "D1", .amount = 1, .currency = "EUR")));
}

static void an_id_is_found_once_it_is_used(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seq = {0};
    assert_false(sl_ledger_find_id(t->ledger, sl_build_id(77), &seq));

    uint64_t added = ADD_CONTACT(t, .customer = "acme", .id = 77);

    assert_true(sl_ledger_find_id(t->ledger, sl_build_id(77), &seq));
    assert_int_equal(seq.v, added);
}

static void a_rolled_back_id_is_free_again(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seq = {0};

    sl_ledger_savepoint(t->ledger);
    (void)ADD_CONTACT(t, .customer = "acme", .id = 77);
    sl_ledger_rollback(t->ledger);

    assert_false(sl_ledger_find_id(t->ledger, sl_build_id(77), &seq));
}

static void a_released_savepoint_keeps_what_was_written(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seq = {0};

    sl_ledger_savepoint(t->ledger);
    (void)ADD_CONTACT(t, .customer = "acme", .id = 77);
    sl_ledger_release(t->ledger);

    assert_true(sl_ledger_find_id(t->ledger, sl_build_id(77), &seq));
}

/* ── calendars ── */

static bool is_fixed(struct sl_test_ledger *t, struct sl_slice bytes)
{
    return sl_test_view(t, bytes).calendar_is_fixed;
}

static void a_fiscal_year_is_fixed_once_there_are_targets(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_slice april =
        BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);
    assert_false(is_fixed(t, april));

    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1);

    assert_true(is_fixed(t, april));
}

static void days_without_work_may_change_at_any_time(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq = ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1);
    struct sl_slice holidays = BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_CALENDAR,
                                            .fiscal_start_month = 4, .holidays = {"2025-05-01"});

    assert_false(is_fixed(t, holidays));
    assert_false(is_fixed(t, sl_build_replace(&t->builder, seq, holidays)));
}

static void a_corrected_calendar_keeps_its_fiscal_year_and_first_day(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t seq = ADD_DEFINE(t, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 4);
    (void)ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 1);
    struct sl_slice other =
        BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_CALENDAR, .fiscal_start_month = 5);
    struct sl_slice later = BUILD_DEFINE(&t->builder, .kind = SL_DEFINE_CALENDAR,
                                         .fiscal_start_month = 4, .from = "2025-01-01");

    assert_true(is_fixed(t, sl_build_replace(&t->builder, seq, other)));
    assert_true(is_fixed(t, sl_build_replace(&t->builder, seq, later)));
    assert_true(is_fixed(t, sl_build_void(&t->builder, seq)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(without_a_stage_list_every_stage_is_welcome),
        LEDGER_TEST(only_stages_of_the_list_are_known),
        LEDGER_TEST(an_event_without_a_stage_asks_for_no_list),
        LEDGER_TEST(the_list_of_the_events_day_counts),
        LEDGER_TEST(a_corrected_list_is_read_again),
        LEDGER_TEST(a_deal_has_its_phase_and_what_is_booked),
        LEDGER_TEST(deal_rules_are_applied_to_the_next_close),
        LEDGER_TEST(a_correction_moves_the_phase),
        LEDGER_TEST(an_expectation_is_compared_with_the_last_touch),
        LEDGER_TEST(nothing_has_touched_a_new_entity),
        LEDGER_TEST(a_correction_of_a_sale_moves_its_deal_on),
        LEDGER_TEST(versions_run_without_a_gap),
        LEDGER_TEST(the_newest_version_may_be_written_again_while_a_draft),
        LEDGER_TEST(a_unit_cannot_lie_below_itself),
        LEDGER_TEST(a_unit_may_lie_as_deep_as_the_limit_and_not_deeper),
        LEDGER_TEST(a_strict_ledger_knows_the_parent_of_a_target),
        LEDGER_TEST(a_parent_is_known_until_the_last_target_of_its_id_is_voided),
        LEDGER_TEST(an_open_ledger_takes_any_parent_of_a_target),
        LEDGER_TEST(a_strict_ledger_knows_the_units_of_a_role),
        LEDGER_TEST(the_view_of_an_approval_has_the_hash_of_the_record),
        LEDGER_TEST(an_approval_of_nothing_finds_nothing),
        LEDGER_TEST(the_currency_is_that_of_the_ledger),
        LEDGER_TEST(an_id_is_found_once_it_is_used),
        LEDGER_TEST(a_rolled_back_id_is_free_again),
        LEDGER_TEST(a_released_savepoint_keeps_what_was_written),
        LEDGER_TEST(a_fiscal_year_is_fixed_once_there_are_targets),
        LEDGER_TEST(days_without_work_may_change_at_any_time),
        LEDGER_TEST(a_corrected_calendar_keeps_its_fiscal_year_and_first_day),
    };
    return RUN_LEDGER_TESTS(tests);
}
