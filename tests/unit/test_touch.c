/* References: a strict ledger names the first reference of an event that is not defined, by its field and its value. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "lib/plan_builder.h"

/* Everything called "known" is defined. */
static struct sl_test_ledger *strict(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "known", .name = "Known");
    (void)ADD_UNIT(t, "known");
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_PRODUCT_LINE, .id_text = "known");
    (void)ADD_PRODUCT(t, "known", .line = "known");
    (void)ADD_CUSTOMER(t, "known");
    (void)ADD_DEFINE(t, .kind = SL_DEFINE_SETTINGS, .policy = 1);
    return t;
}

/* Refused as unknown, with this field and "ghost" as its value; `field` NULL: accepted. */
static void assert_unknown(struct sl_test_ledger *t, struct sl_slice event, const char *field)
{
    struct sl_decide_view view = sl_test_view(t, event);
    assert_int_equal(view.has_unknown, field != NULL);
    if (field == NULL) {
        assert_ok(sl_test_judge(t, event));
        return;
    }
    assert_string_equal(view.unknown_field, field);
    assert_text(view.unknown_value, "ghost");
    assert_err(SL_E_UNKNOWN_REFERENCE, sl_test_judge(t, event));
    assert_string_equal(t->diag.field, field);
    assert_string_equal(t->diag.message, "\"ghost\" is not defined");
}

static void a_contact_names_customer_and_person(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_CONTACT(b, .customer = "ghost", .person = "known"), "contact.customer");
    assert_unknown(t, BUILD_CONTACT(b, .customer = "known", .person = "ghost"), "contact.person");
    assert_unknown(t, BUILD_CONTACT(b, .customer = "known", .person = "known"), NULL);
}

static void a_quote_names_customer_products_and_people(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_QUOTE(b, .deal = "D1", .customer = "ghost", .amount = 1),
                   "quote.customer");
    assert_unknown(
        t,
        BUILD_QUOTE(b, .deal = "D1",
                    .lines = {{.product = "known", .amount = 1}, {.product = "ghost", .amount = 1}},
                    .line_count = 2),
        "quote.lines[1].product");
    assert_unknown(t, BUILD_QUOTE(b, .deal = "D1", .amount = 1, .person = "ghost"),
                   "quote.credits[0].person");
    assert_unknown(t,
                   BUILD_QUOTE(b, .deal = "D1", .customer = "known", .product = "known",
                               .amount = 1, .person = "known"),
                   NULL);
}

static void a_close_names_customer_products_and_people(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(
        t, BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .customer = "ghost", .amount = 1),
        "close.customer");
    assert_unknown(
        t, BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .product = "ghost", .amount = 1),
        "close.lines[0].product");
    assert_unknown(t,
                   BUILD_CLOSE(b, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 1,
                               .credits = {{"known", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                           {"ghost", SL_PPM, SL_CREDIT_OVERLAY, NULL}},
                               .credit_count = 2),
                   "close.credits[1].person");
    assert_unknown(t,
                   BUILD_CLOSE(b, .deal = "new", .kind = SL_CLOSE_WON, .customer = "known",
                               .product = "known", .person = "known", .amount = 1),
                   NULL);
}

static void a_payout_names_its_payee(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_PAYOUT(b, .payee = "ghost", .component = "pay", .amount = 1),
                   "payout.payee");
    assert_unknown(t, BUILD_PAYOUT(b, .payee = "known", .component = "pay", .amount = 1), NULL);
}

static void a_define_names_what_it_refers_to_and_not_itself(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_DEFINE(b, .kind = SL_DEFINE_PERSON, .id_text = "new", .unit = "ghost"),
                   "define.person.unit");
    assert_unknown(t, BUILD_DEFINE(b, .kind = SL_DEFINE_UNIT, .id_text = "new", .parent = "ghost"),
                   "define.unit.parent");
    assert_unknown(t, BUILD_DEFINE(b, .kind = SL_DEFINE_UNIT, .id_text = "new", .manager = "ghost"),
                   "define.unit.manager");
    assert_unknown(t, BUILD_DEFINE(b, .kind = SL_DEFINE_PRODUCT, .id_text = "new", .line = "ghost"),
                   "define.product.line");
    assert_unknown(t,
                   BUILD_DEFINE(b, .kind = SL_DEFINE_CUSTOMER, .id_text = "new", .owner = "ghost"),
                   "define.customer.owner");
    assert_unknown(t,
                   BUILD_DEFINE(b, .kind = SL_DEFINE_CUSTOMER, .id_text = "new", .owner = "known",
                                .region = "anywhere"),
                   NULL);
}

static void a_target_names_its_scope(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_TARGET(b, .person = "ghost", .period = "2025", .amount = 1),
                   "target.scope.person");
    assert_unknown(t, BUILD_TARGET(b, .unit = "ghost", .period = "2025", .amount = 1),
                   "target.scope.unit");
    assert_unknown(t, BUILD_TARGET(b, .product_line = "ghost", .period = "2025", .amount = 1),
                   "target.scope.product_line");
    assert_unknown(t, BUILD_TARGET(b, .product = "ghost", .period = "2025", .amount = 1),
                   "target.scope.product");
    assert_unknown(t, BUILD_TARGET(b, .customer = "ghost", .period = "2025", .amount = 1),
                   "target.scope.customer");
    assert_unknown(t, BUILD_TARGET(b, .region = "anywhere", .period = "2025", .amount = 1), NULL);
}

#define ANY_COMPONENT .components = {{.rows = {{0, 100000}}, .row_count = 1}}

static void a_plan_names_its_assignees(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(
        t,
        BUILD_FULL_PLAN(b,
                        .assignees = {{SL_ASSIGNEE_PERSON, "known"}, {SL_ASSIGNEE_PERSON, "ghost"}},
                        .assignee_count = 2, ANY_COMPONENT),
        "plan.assignees[1].who");
    assert_unknown(t,
                   BUILD_FULL_PLAN(b, .assignees = {{SL_ASSIGNEE_UNIT, "ghost"}},
                                   .assignee_count = 1, ANY_COMPONENT),
                   "plan.assignees[0].who");
    assert_unknown(
        t,
        BUILD_FULL_PLAN(b,
                        .assignees = {{SL_ASSIGNEE_ROLE, "any role"}, {SL_ASSIGNEE_UNIT, "known"}},
                        .assignee_count = 2, ANY_COMPONENT),
        NULL);
}

static void a_note_names_its_subject(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_NOTE(b, .subject = "ghost", .text = "x"), "note.subject");
    assert_unknown(t,
                   BUILD_NOTE(b, .subject = "ghost", .subject_kind = SL_ENTITY_UNIT, .text = "x"),
                   "note.subject");
    assert_unknown(t, BUILD_NOTE(b, .subject = "known", .text = "x"), NULL);
}

static void deals_are_never_unknown(void **state)
{
    struct sl_test_ledger *t = strict(state);
    struct sl_builder *b = &t->builder;

    assert_unknown(t, BUILD_NOTE(b, .subject = "new", .subject_kind = SL_ENTITY_DEAL, .text = "x"),
                   NULL);
    assert_unknown(t, BUILD_QUOTE(b, .deal = "newer", .amount = 1), NULL);
}

static void a_name_that_was_only_used_is_still_unknown(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_CONTACT(t, .customer = "ghost");
    t = strict(state);

    assert_unknown(t, BUILD_CONTACT(b, .customer = "ghost"), "contact.customer");
    (void)ADD_CUSTOMER(t, "ghost");

    assert_unknown(t, BUILD_CONTACT(b, .customer = "ghost"), NULL);
}

static void a_define_counts_for_every_day(void **state)
{
    struct sl_test_ledger *t = strict(state);
    (void)ADD_CUSTOMER(t, "late", .from = "2026-01-01");

    assert_unknown(t, BUILD_CONTACT(&t->builder, .customer = "late", .date = "2025-01-01"), NULL);
}

static void a_replacement_is_checked_like_an_event(void **state)
{
    struct sl_test_ledger *t = strict(state);
    uint64_t seq = ADD_CONTACT(t, .customer = "known");

    struct sl_decide_view view = sl_test_view(
        t, sl_build_replace(&t->builder, seq, BUILD_CONTACT(&t->builder, .customer = "ghost")));

    assert_true(view.has_unknown);
    assert_text(view.unknown_value, "ghost");
    assert_false(sl_test_view(t, sl_build_void(&t->builder, seq)).has_unknown);
}

static void an_open_ledger_takes_every_name(void **state)
{
    struct sl_test_ledger *t = *state;

    struct sl_decide_view view =
        sl_test_view(t, BUILD_CONTACT(&t->builder, .customer = "ghost", .person = "ghost"));

    assert_false(view.is_strict);
    assert_false(view.has_unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_contact_names_customer_and_person),
        LEDGER_TEST(a_quote_names_customer_products_and_people),
        LEDGER_TEST(a_close_names_customer_products_and_people),
        LEDGER_TEST(a_payout_names_its_payee),
        LEDGER_TEST(a_define_names_what_it_refers_to_and_not_itself),
        LEDGER_TEST(a_target_names_its_scope),
        LEDGER_TEST(a_plan_names_its_assignees),
        LEDGER_TEST(a_note_names_its_subject),
        LEDGER_TEST(deals_are_never_unknown),
        LEDGER_TEST(a_name_that_was_only_used_is_still_unknown),
        LEDGER_TEST(a_define_counts_for_every_day),
        LEDGER_TEST(a_replacement_is_checked_like_an_event),
        LEDGER_TEST(an_open_ledger_takes_every_name),
    };
    return RUN_LEDGER_TESTS(tests);
}
