/* Entities: which seqs touched a person, a deal, a customer, ...; and how many names are used but not defined. */
#include "lib/test.h"

#include <stdio.h>

#include "lib/ledger_fixture.h"
#include "projections/entities.h"

#define SEQS_MAX 100u

/* The seqs that touched an entity, from a position. */
struct seqs {
    size_t count;
    sl_seq list[SEQS_MAX];
};

static struct seqs
log_from(struct sl_test_ledger *t, enum sl_entity_kind kind, const char *id, uint64_t from)
{
    struct seqs seqs;
    struct sl_entity_query query = {.kind = kind, .id = SLICE(id), .from = {from}, .max = SEQS_MAX};
    assert_ok(sl_ledger_entity_seqs(t->ledger, &query, seqs.list, &seqs.count));
    return seqs;
}

static struct seqs log_of(struct sl_test_ledger *t, enum sl_entity_kind kind, const char *id)
{
    return log_from(t, kind, id, 1);
}

static void
assert_log(struct sl_test_ledger *t, enum sl_entity_kind kind, const char *id, const uint64_t *seqs)
{
    struct seqs found = log_of(t, kind, id);
    size_t count = 0;
    while (seqs[count] != 0) {
        assert_true(count < found.count);
        assert_int_equal(found.list[count].v, seqs[count]);
        count++;
    }
    assert_int_equal(found.count, count);
}
#define SEQS(...) ((const uint64_t[]){__VA_ARGS__, 0})

/* ── what events touch ── */

static void a_sale_touches_deal_customer_and_people(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq =
        ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 10,
                  .credits = {{"ann", 400000, SL_CREDIT_DIRECT, NULL},
                              {"bob", 600000, SL_CREDIT_DIRECT, NULL}},
                  .credit_count = 2);

    assert_log(t, SL_ENTITY_DEAL, "D1", SEQS(seq));
    assert_log(t, SL_ENTITY_CUSTOMER, "acme", SEQS(seq));
    assert_log(t, SL_ENTITY_PERSON, "ann", SEQS(seq));
    assert_log(t, SL_ENTITY_PERSON, "bob", SEQS(seq));
}

static void a_sale_without_a_customer_touches_the_customer_of_its_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t quote = ADD_QUOTE(t, .deal = "D1", .customer = "acme", .amount = 10);

    uint64_t won = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 10);

    assert_log(t, SL_ENTITY_CUSTOMER, "acme", SEQS(quote, won));
}

static void a_contact_without_a_deal_touches_customer_and_person(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_CONTACT(t, .customer = "acme", .person = "ann");

    assert_log(t, SL_ENTITY_CUSTOMER, "acme", SEQS(seq));
    assert_log(t, SL_ENTITY_PERSON, "ann", SEQS(seq));
}

static void a_define_touches_its_subject_and_what_it_names(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_UNIT(t, "north", .parent = "all", .manager = "meg");

    assert_log(t, SL_ENTITY_UNIT, "north", SEQS(seq));
    assert_log(t, SL_ENTITY_UNIT, "all", SEQS(seq));
    assert_log(t, SL_ENTITY_PERSON, "meg", SEQS(seq));
}

static void a_target_a_payout_and_a_note_touch_their_person(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t target = ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 5);
    uint64_t payout =
        sl_test_add(t, BUILD_PAYOUT(&t->builder, .payee = "ann", .component = "pay", .amount = 5));
    uint64_t note = sl_test_add(t, BUILD_NOTE(&t->builder, .subject = "ann", .text = "well done"));

    assert_log(t, SL_ENTITY_PERSON, "ann", SEQS(target, payout, note));
}

static void a_plan_touches_itself_and_its_assignees(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = sl_test_add(t, BUILD_PLAN(&t->builder, .plan = "spring", .person = "ann",
                                             .rows = {{0, 10000}}, .row_count = 1));

    assert_log(t, SL_ENTITY_PLAN, "spring", SEQS(seq));
    assert_log(t, SL_ENTITY_PERSON, "ann", SEQS(seq));
}

static void a_correction_touches_what_both_bodies_name(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t call = ADD_CONTACT(t, .customer = "acme", .person = "ann");

    uint64_t fix = sl_test_add_replace(
        t, call, BUILD_CONTACT(&t->builder, .customer = "bcorp", .person = "bob"));

    static const struct {
        enum sl_entity_kind kind;
        const char *id;
    } named[] = {{SL_ENTITY_PERSON, "ann"},
                 {SL_ENTITY_PERSON, "bob"},
                 {SL_ENTITY_CUSTOMER, "acme"},
                 {SL_ENTITY_CUSTOMER, "bcorp"}};
    for (size_t i = 0; i < COUNT(named); i++) {
        struct seqs seqs = log_of(t, named[i].kind, named[i].id);
        assert_true(seqs.count > 0);
        assert_int_equal(seqs.list[seqs.count - 1].v, fix);
    }
}

static void an_event_touches_each_entity_once(void **state)
{
    struct sl_test_ledger *t = *state;

    uint64_t seq = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON,
                             .lines = {{.amount = 1}, {.amount = 2}}, .line_count = 2,
                             .credits = {{"ann", SL_PPM, SL_CREDIT_DIRECT, NULL},
                                         {"ann", 500000, SL_CREDIT_OVERLAY, NULL}},
                             .credit_count = 2);

    assert_log(t, SL_ENTITY_PERSON, "ann", SEQS(seq));
}

static void kinds_do_not_share_their_seqs(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "north");

    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "north").count, 0);
    assert_int_equal(log_of(t, SL_ENTITY_CUSTOMER, "north").count, 0);
}

static void an_unknown_entity_has_an_empty_log(void **state)
{
    struct sl_test_ledger *t = *state;

    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "nobody").count, 0);
}

/* ── long logs ── */

/* Contacts of acme about several deals, each followed by one of another customer. Gives the seqs of acme's. */
static size_t fill_logs(struct sl_test_ledger *t, uint64_t seqs[SEQS_MAX])
{
    enum { CONTACTS = 60 };
    char deal[8];
    for (unsigned i = 0; i < CONTACTS; i++) {
        (void)snprintf(deal, sizeof deal, "D%u", i % 7);
        seqs[i] = ADD_CONTACT(t, .customer = "acme", .person = "ann",
                              .deal = i % 5 == 0 ? NULL : deal, .date = "2025-02-01");
        (void)ADD_CONTACT(t, .customer = "bcorp", .person = "bob");
    }
    return CONTACTS;
}

static void logs_are_ascending_whatever_they_are_put_together_from(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t expected[SEQS_MAX];
    size_t count = fill_logs(t, expected);

    struct seqs of_customer = log_of(t, SL_ENTITY_CUSTOMER, "acme");
    struct seqs of_person = log_of(t, SL_ENTITY_PERSON, "ann");

    assert_int_equal(of_customer.count, count);
    assert_int_equal(of_person.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(of_customer.list[i].v, expected[i]);
        assert_int_equal(of_person.list[i].v, expected[i]);
    }
}

static void logs_begin_at_any_position(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t expected[SEQS_MAX];
    size_t count = fill_logs(t, expected);

    for (uint64_t from = expected[0]; from <= expected[count - 1] + 1; from++) {
        size_t first = (size_t)((from - expected[0] + 1) / 2);
        struct seqs seqs = log_from(t, SL_ENTITY_PERSON, "ann", from);
        assert_int_equal(seqs.count, count - first);
        if (first < count) {
            assert_int_equal(seqs.list[0].v, expected[first]);
        }
    }
}

static void logs_stop_at_the_number_asked_for(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t expected[SEQS_MAX];
    sl_seq seqs[3];
    (void)fill_logs(t, expected);
    struct sl_entity_query query = {
        .kind = SL_ENTITY_CUSTOMER, .id = SLICE("acme"), .from = {expected[10]}, .max = 3};

    size_t count;
    assert_ok(sl_ledger_entity_seqs(t->ledger, &query, seqs, &count));
    assert_int_equal(count, 3);

    assert_int_equal(seqs[0].v, expected[10]);
    assert_int_equal(seqs[2].v, expected[12]);
}

/* ── undefined ── */

static void names_count_as_undefined_until_defined(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .person = "ann",
                    .product = "anvil", .amount = 5);
    assert_int_equal(sl_ledger_undefined_count(t->ledger), 3);

    (void)ADD_PERSON(t, "ann", .unit = "north");
    assert_int_equal(sl_ledger_undefined_count(t->ledger), 3); /* the unit is new */
    (void)ADD_UNIT(t, "north");
    (void)ADD_CUSTOMER(t, "acme");
    (void)ADD_PRODUCT(t, "anvil");

    assert_int_equal(sl_ledger_undefined_count(t->ledger), 0);
}

static void deals_regions_and_plans_need_no_definition(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CUSTOMER(t, "acme", .region = "east");

    (void)ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON, .amount = 10);
    (void)sl_test_add(
        t, BUILD_PLAN(&t->builder, .plan = "spring", .rows = {{0, 10000}}, .row_count = 1));

    assert_int_equal(sl_ledger_undefined_count(t->ledger), 0);
}

static void an_undefined_entity_counts_once_however_often_it_is_used(void **state)
{
    struct sl_test_ledger *t = *state;

    (void)ADD_CONTACT(t, .customer = "acme");
    (void)ADD_CONTACT(t, .customer = "acme");

    assert_int_equal(sl_ledger_undefined_count(t->ledger), 1);
}

static void voiding_the_only_define_makes_a_used_entity_undefined_again(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t define = ADD_CUSTOMER(t, "acme");
    (void)ADD_CONTACT(t, .customer = "acme");

    (void)sl_test_add_void(t, define);

    assert_int_equal(sl_ledger_undefined_count(t->ledger), 1);
    assert_false(sl_entities_is_defined(t->state, SL_ENTITY_CUSTOMER,
                                        sl_test_number(t, SL_ENTITY_CUSTOMER, "acme")));
}

static void voiding_one_of_two_defines_leaves_the_entity_defined(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t first = ADD_CUSTOMER(t, "acme");
    (void)ADD_CUSTOMER(t, "acme", .region = "east");

    (void)sl_test_add_void(t, first);

    assert_true(sl_entities_is_defined(t->state, SL_ENTITY_CUSTOMER,
                                       sl_test_number(t, SL_ENTITY_CUSTOMER, "acme")));
    assert_int_equal(sl_ledger_undefined_count(t->ledger), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_sale_touches_deal_customer_and_people),
        LEDGER_TEST(a_sale_without_a_customer_touches_the_customer_of_its_deal),
        LEDGER_TEST(a_contact_without_a_deal_touches_customer_and_person),
        LEDGER_TEST(a_define_touches_its_subject_and_what_it_names),
        LEDGER_TEST(a_target_a_payout_and_a_note_touch_their_person),
        LEDGER_TEST(a_plan_touches_itself_and_its_assignees),
        LEDGER_TEST(a_correction_touches_what_both_bodies_name),
        LEDGER_TEST(an_event_touches_each_entity_once),
        LEDGER_TEST(kinds_do_not_share_their_seqs),
        LEDGER_TEST(an_unknown_entity_has_an_empty_log),
        LEDGER_TEST(logs_are_ascending_whatever_they_are_put_together_from),
        LEDGER_TEST(logs_begin_at_any_position),
        LEDGER_TEST(logs_stop_at_the_number_asked_for),
        LEDGER_TEST(names_count_as_undefined_until_defined),
        LEDGER_TEST(deals_regions_and_plans_need_no_definition),
        LEDGER_TEST(an_undefined_entity_counts_once_however_often_it_is_used),
        LEDGER_TEST(voiding_the_only_define_makes_a_used_entity_undefined_again),
        LEDGER_TEST(voiding_one_of_two_defines_leaves_the_entity_defined),
    };
    return RUN_LEDGER_TESTS(tests);
}
