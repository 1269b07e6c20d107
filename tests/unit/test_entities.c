/* Entities: the index from an entity to the seqs that touched it, in chunks, and how many entities are used but not defined. */
#include "lib/test.h"

#include "lib/ledger_fixture.h"
#include "projections/entities.h"

#define SEQS_MAX 100u

static size_t
seqs_from(struct sl_test_ledger *t, uint64_t from, size_t max, sl_seq seqs[SEQS_MAX])
{
    const struct sl_entity_ref person = {SL_ENTITY_PERSON, 7};
    return sl_entities_seqs(t->state, &person, (sl_seq){from}, max, seqs);
}

/* Person 7 touched `count` times at 100, 110, 120, ... */
static void touch_many(struct sl_test_ledger *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sl_entities_touch(t->state, SL_ENTITY_PERSON, 7, (sl_seq){100 + 10 * i});
    }
}

static size_t log_of(struct sl_test_ledger *t,
                     enum sl_entity_kind kind,
                     const char *id,
                     sl_seq seqs[SEQS_MAX])
{
    return sl_ledger_entity_seqs(t->ledger, kind, SLICE(id), (sl_seq){1}, SEQS_MAX, seqs);
}

/* ── chunks ── */

static void an_untouched_entity_has_no_seqs(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    assert_int_equal(seqs_from(t, 1, SEQS_MAX, seqs), 0);
    assert_int_equal(sl_entities_last_seq(t->state, SL_ENTITY_PERSON, 7), 0);
}

static void seqs_come_back_in_order_over_several_chunks(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];
    enum { TOUCHES = 3 * SL_CHUNK_SEQS + 5 };
    touch_many(t, TOUCHES);

    size_t count = seqs_from(t, 1, SEQS_MAX, seqs);

    assert_int_equal(count, TOUCHES);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seqs[i].v, 100 + 10 * i);
    }
}

static void seqs_begin_at_any_position(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];
    enum { TOUCHES = 3 * SL_CHUNK_SEQS };
    touch_many(t, TOUCHES);

    for (uint64_t from = 95; from <= 100 + 10 * TOUCHES; from++) {
        uint64_t first = from <= 100 ? 0 : (from - 100 + 9) / 10;
        size_t left = first < TOUCHES ? TOUCHES - first : 0;
        assert_int_equal(seqs_from(t, from, SEQS_MAX, seqs), left);
        if (left > 0) {
            assert_int_equal(seqs[0].v, 100 + 10 * first);
        }
    }
}

static void seqs_stop_at_the_number_asked_for(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];
    touch_many(t, 2 * SL_CHUNK_SEQS);

    assert_int_equal(seqs_from(t, 100 + 10 * (SL_CHUNK_SEQS - 1), 3, seqs), 3);

    assert_int_equal(seqs[2].v, 100 + 10 * (SL_CHUNK_SEQS + 1));
}

static void the_same_seq_touches_only_once(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    sl_entities_touch(t->state, SL_ENTITY_PERSON, 7, (sl_seq){5});
    sl_entities_touch(t->state, SL_ENTITY_PERSON, 7, (sl_seq){5});

    assert_int_equal(seqs_from(t, 1, SEQS_MAX, seqs), 1);
}

static void number_zero_is_never_touched(void **state)
{
    struct sl_test_ledger *t = *state;

    sl_entities_touch(t->state, SL_ENTITY_PERSON, 0, (sl_seq){5});

    assert_int_equal(sl_entities_last_seq(t->state, SL_ENTITY_PERSON, 0), 0);
}

static void kinds_do_not_share_their_seqs(void **state)
{
    struct sl_test_ledger *t = *state;

    sl_entities_touch(t->state, SL_ENTITY_UNIT, 7, (sl_seq){5});

    assert_int_equal(sl_entities_last_seq(t->state, SL_ENTITY_UNIT, 7), 5);
    assert_int_equal(sl_entities_last_seq(t->state, SL_ENTITY_PERSON, 7), 0);
}

/* ── what events touch ── */

static void a_sale_touches_deal_customer_and_people(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    uint64_t seq = ADD_CLOSE(t, .deal = "D1", .customer = "acme", .kind = SL_CLOSE_WON,
                             .amount = 10,
                             .credits = {{"ann", 400000, SL_CREDIT_DIRECT, NULL},
                                         {"bob", 600000, SL_CREDIT_DIRECT, NULL}},
                             .credit_count = 2);

    assert_int_equal(log_of(t, SL_ENTITY_DEAL, "D1", seqs), 1);
    assert_int_equal(seqs[0].v, seq);
    assert_int_equal(log_of(t, SL_ENTITY_CUSTOMER, "acme", seqs), 1);
    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "ann", seqs), 1);
    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "bob", seqs), 1);
}

static void a_sale_without_a_customer_touches_the_customer_of_its_deal(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];
    (void)ADD_QUOTE(t, .deal = "D1", .customer = "acme", .amount = 10);

    uint64_t seq = ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .amount = 10);

    assert_int_equal(log_of(t, SL_ENTITY_CUSTOMER, "acme", seqs), 2);
    assert_int_equal(seqs[1].v, seq);
}

static void a_define_touches_its_subject_and_what_it_names(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    (void)ADD_UNIT(t, "north", .parent = "all", .manager = "meg");

    assert_int_equal(log_of(t, SL_ENTITY_UNIT, "north", seqs), 1);
    assert_int_equal(log_of(t, SL_ENTITY_UNIT, "all", seqs), 1);
    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "meg", seqs), 1);
}

static void a_target_a_payout_and_a_note_touch_their_person(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    uint64_t target = ADD_TARGET(t, .person = "ann", .period = "2025", .amount = 5);
    uint64_t payout =
        sl_test_add(t, BUILD_PAYOUT(&t->builder, .payee = "ann", .component = "pay", .amount = 5));
    uint64_t note = sl_test_add(t, BUILD_NOTE(&t->builder, .subject = "ann", .text = "well done"));

    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "ann", seqs), 3);
    assert_int_equal(seqs[0].v, target);
    assert_int_equal(seqs[1].v, payout);
    assert_int_equal(seqs[2].v, note);
}

static void a_plan_touches_itself_and_its_assignees(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    (void)sl_test_add(t, BUILD_PLAN(&t->builder, .plan = "spring", .person = "ann",
                                    .rows = {{0, 10000}}, .row_count = 1));

    assert_int_equal(log_of(t, SL_ENTITY_PLAN, "spring", seqs), 1);
    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "ann", seqs), 1);
}

static void a_correction_touches_what_both_bodies_name(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];
    uint64_t call = ADD_CONTACT(t, .customer = "acme", .person = "ann");

    uint64_t fix = sl_test_add_replace(
        t, call, BUILD_CONTACT(&t->builder, .customer = "acme", .person = "bob"));

    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "ann", seqs), 2);
    assert_int_equal(seqs[1].v, fix);
    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "bob", seqs), 1);
    assert_int_equal(seqs[0].v, fix);
    assert_int_equal(log_of(t, SL_ENTITY_CUSTOMER, "acme", seqs), 2);
}

static void an_unknown_entity_has_an_empty_log(void **state)
{
    struct sl_test_ledger *t = *state;
    sl_seq seqs[SEQS_MAX];

    assert_int_equal(log_of(t, SL_ENTITY_PERSON, "nobody", seqs), 0);
}

/* ── undefined ── */

static void people_customers_and_units_count_as_undefined_until_defined(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_CONTACT(t, .customer = "acme", .person = "ann");
    assert_int_equal(sl_ledger_undefined_count(t->ledger), 2);

    (void)ADD_PERSON(t, "ann", .unit = "north");
    assert_int_equal(sl_ledger_undefined_count(t->ledger), 2); /* acme and now north */
    (void)ADD_UNIT(t, "north");
    (void)ADD_CUSTOMER(t, "acme");

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
        LEDGER_TEST(an_untouched_entity_has_no_seqs),
        LEDGER_TEST(seqs_come_back_in_order_over_several_chunks),
        LEDGER_TEST(seqs_begin_at_any_position),
        LEDGER_TEST(seqs_stop_at_the_number_asked_for),
        LEDGER_TEST(the_same_seq_touches_only_once),
        LEDGER_TEST(number_zero_is_never_touched),
        LEDGER_TEST(kinds_do_not_share_their_seqs),
        LEDGER_TEST(a_sale_touches_deal_customer_and_people),
        LEDGER_TEST(a_sale_without_a_customer_touches_the_customer_of_its_deal),
        LEDGER_TEST(a_define_touches_its_subject_and_what_it_names),
        LEDGER_TEST(a_target_a_payout_and_a_note_touch_their_person),
        LEDGER_TEST(a_plan_touches_itself_and_its_assignees),
        LEDGER_TEST(a_correction_touches_what_both_bodies_name),
        LEDGER_TEST(an_unknown_entity_has_an_empty_log),
        LEDGER_TEST(people_customers_and_units_count_as_undefined_until_defined),
        LEDGER_TEST(deals_regions_and_plans_need_no_definition),
        LEDGER_TEST(an_undefined_entity_counts_once_however_often_it_is_used),
        LEDGER_TEST(voiding_the_only_define_makes_a_used_entity_undefined_again),
        LEDGER_TEST(voiding_one_of_two_defines_leaves_the_entity_defined),
    };
    return RUN_LEDGER_TESTS(tests);
}
