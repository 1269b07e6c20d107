/* Names: ids get numbers per kind in order of first appearance, and keep them whatever is cached, rolled back or reopened. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"
#include "projections/name_key.h"
#include "projections/names.h"

static void numbers_follow_the_order_of_first_appearance(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;

    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("zoe")), 1);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("ann")), 2);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("zoe")), 1);

    assert_int_equal(sl_names_count(names, SL_ENTITY_PERSON), 2);
}

static void kinds_number_the_same_text_separately(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    (void)sl_names_intern(names, SL_ENTITY_UNIT, SLICE("first"));

    uint32_t unit = sl_names_intern(names, SL_ENTITY_UNIT, SLICE("north"));
    uint32_t region = sl_names_intern(names, SL_ENTITY_REGION, SLICE("north"));

    assert_int_equal(unit, 2);
    assert_int_equal(region, 1);
    assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, SLICE("north")), 0);
}

static void finding_gives_no_number(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;

    assert_int_equal(sl_names_find(names, SL_ENTITY_PERSON, SLICE("ann")), 0);

    assert_int_equal(sl_names_count(names, SL_ENTITY_PERSON), 0);
}

static void the_empty_text_has_no_number(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;

    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, (struct sl_slice){NULL, 0}), 0);

    assert_int_equal(sl_names_count(names, SL_ENTITY_PERSON), 0);
}

static void a_text_of_the_greatest_length_comes_back_whole(void **state)
{
    struct sl_test_ledger *t = *state;
    char text[SL_ID_TEXT_BYTES_MAX + 1] = {0};
    char back[SL_ID_TEXT_BYTES_MAX];
    memset(text, 'x', SL_ID_TEXT_BYTES_MAX);

    uint32_t number = sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(text));

    assert_int_equal(sl_names_text(&t->ledger->names, SL_ENTITY_DEAL, number, back),
                     SL_ID_TEXT_BYTES_MAX);
    assert_memory_equal(back, text, SL_ID_TEXT_BYTES_MAX);
}

static void a_longer_text_than_any_id_has_no_number(void **state)
{
    struct sl_test_ledger *t = *state;
    char text[SL_ID_TEXT_BYTES_MAX + 2] = {0};
    memset(text, 'x', SL_ID_TEXT_BYTES_MAX + 1);

    assert_int_equal(sl_names_find(&t->ledger->names, SL_ENTITY_DEAL, SLICE(text)), 0);
}

static void number_zero_has_no_text(void **state)
{
    struct sl_test_ledger *t = *state;
    char back[SL_ID_TEXT_BYTES_MAX];

    assert_int_equal(sl_names_text(&t->ledger->names, SL_ENTITY_DEAL, 0, back), 0);
}

/* Every third is too long for half a set, and some are too long for a whole one. */
static const char *text_of(uint32_t i, char buf[SL_ID_TEXT_BYTES_MAX])
{
    static const char *const prefixes[] = {"deal-", "customer-", "north/deals/of/the/year/2025/"};
    (void)snprintf(buf, SL_ID_TEXT_BYTES_MAX, "%s%s%u",
                   i % 1000 == 2 ? "all/the/deals/of/the/" : "", prefixes[i % COUNT(prefixes)], i);
    return buf;
}

/* More names than the cache has room for, so that sets are shared. */
static void names_that_share_a_cache_set_keep_their_numbers(void **state)
{
    enum { NAMES = 2 * SL_NAME_CACHE_SETS + 5000 };
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    char text[SL_ID_TEXT_BYTES_MAX];
    for (uint32_t i = 1; i <= NAMES; i++) {
        assert_int_equal(sl_names_intern(names, SL_ENTITY_DEAL, SLICE(text_of(i, text))), i);
    }

    for (uint32_t i = NAMES; i >= 1; i--) {
        assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, SLICE(text_of(i, text))), i);
        assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, SLICE(text_of(i, text))), i);
    }
}

static void an_unknown_kind_has_no_numbers(void **state)
{
    struct sl_test_ledger *t = *state;

    assert_int_equal(sl_names_find(&t->ledger->names, SL_NAME_KINDS, SLICE("ann")), 0);
    assert_int_equal(sl_names_intern(&t->ledger->names, SL_NAME_KINDS, SLICE("ann")), 0);
}

static void texts_of_every_length_keep_their_numbers(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    char text[SL_ID_TEXT_BYTES_MAX];
    char back[SL_ID_TEXT_BYTES_MAX];
    memset(text, 'x', sizeof text);
    for (uint32_t len = 1; len <= sizeof text; len++) {
        struct sl_slice id = {(const uint8_t *)text, len};
        assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, id), 0);
        assert_int_equal(sl_names_intern(names, SL_ENTITY_DEAL, id), len);
        assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, id), len);
    }

    sl_test_ledger_reopen(t);
    names = &t->ledger->names;

    for (uint32_t len = 1; len <= sizeof text; len++) {
        struct sl_slice id = {(const uint8_t *)text, len};
        assert_int_equal(sl_names_find(names, SL_ENTITY_DEAL, id), len);
        assert_int_equal(sl_names_text(names, SL_ENTITY_DEAL, len, back), len);
        assert_memory_equal(back, text, len);
    }
}

/* ── names whose keys others hold ── */

#define CROWDED "OPP-2025-EMEA-00000042"

static struct sl_key crowded_key(struct sl_test_ledger *t)
{
    return sl_name_key(&t->ledger->names.sha, SL_ENTITY_DEAL, SLICE(CROWDED));
}

/* Leaves the tables as two earlier names would whose keys are that of CROWDED: they have numbers 1 and 2. */
static void crowd(struct sl_test_ledger *t)
{
    struct sl_key key = crowded_key(t);
    static const char *const strangers[] = {"OPP-2025-EMEA-00000666", "OPP-2025-EMEA-00000777"};
    for (size_t i = 0; i < COUNT(strangers); i++) {
        uint32_t number = sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(strangers[i]));
        struct sl_name_row *row = sl_state_insert(t->state, SL_TABLE_NAMES, key);
        row->number = number;
        key = sl_name_key_next(key);
    }
}

static void a_key_held_by_another_name_is_not_believed(void **state)
{
    struct sl_test_ledger *t = *state;
    crowd(t);

    assert_int_equal(sl_test_number(t, SL_ENTITY_DEAL, CROWDED), 0);
}

static void a_name_whose_key_others_hold_lies_after_them(void **state)
{
    struct sl_test_ledger *t = *state;
    crowd(t);

    assert_int_equal(sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(CROWDED)), 3);

    struct sl_key third = sl_name_key_next(sl_name_key_next(crowded_key(t)));
    const struct sl_name_row *row = sl_state_get(t->state, SL_TABLE_NAMES, third);
    assert_non_null(row);
    assert_int_equal(row->number, 3);
}

static void a_name_whose_key_others_hold_is_found_again(void **state)
{
    struct sl_test_ledger *t = *state;
    crowd(t);
    (void)sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(CROWDED));

    sl_test_ledger_reopen(t);

    assert_int_equal(sl_test_number(t, SL_ENTITY_DEAL, CROWDED), 3);
    assert_int_equal(sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(CROWDED)), 3);
    assert_int_equal(sl_test_number(t, SL_ENTITY_DEAL, "OPP-2025-EMEA-00000777"), 2);
}

static void a_key_of_another_kind_is_held_by_nobody(void **state)
{
    struct sl_test_ledger *t = *state;
    crowd(t);

    assert_int_equal(sl_names_intern(&t->ledger->names, SL_ENTITY_PLAN, SLICE(CROWDED)), 1);
}

static void a_rolled_back_name_leaves_those_before_it_in_the_way(void **state)
{
    struct sl_test_ledger *t = *state;
    crowd(t);

    sl_ledger_savepoint(t->ledger);
    (void)sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(CROWDED));
    sl_ledger_rollback(t->ledger);

    assert_int_equal(sl_test_number(t, SL_ENTITY_DEAL, CROWDED), 0);
    assert_int_equal(sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE("D1")), 3);
    assert_int_equal(sl_names_intern(&t->ledger->names, SL_ENTITY_DEAL, SLICE(CROWDED)), 4);
    sl_test_ledger_reopen(t);
    assert_int_equal(sl_test_number(t, SL_ENTITY_DEAL, CROWDED), 4);
}

/* ── the cache, rollbacks, reopening ── */

static void an_empty_cache_changes_nothing(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    (void)sl_names_intern(names, SL_ENTITY_PERSON, SLICE("ann"));
    (void)sl_names_intern(names, SL_ENTITY_PERSON, SLICE("bob"));

    sl_test_ledger_reopen(t);
    names = &t->ledger->names;

    assert_int_equal(sl_names_find(names, SL_ENTITY_PERSON, SLICE("bob")), 2);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("ann")), 1);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("cat")), 3);
}

static void a_rolled_back_name_gives_its_number_to_the_next(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    (void)sl_names_intern(names, SL_ENTITY_PERSON, SLICE("ann"));

    sl_ledger_savepoint(t->ledger);
    (void)sl_names_intern(names, SL_ENTITY_PERSON, SLICE("bob"));
    sl_ledger_rollback(t->ledger);

    assert_int_equal(sl_names_find(names, SL_ENTITY_PERSON, SLICE("bob")), 0);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("cat")), 2);
}

static void names_found_while_a_rollback_may_come_are_those_of_afterwards(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_names *names = &t->ledger->names;
    (void)sl_names_intern(names, SL_ENTITY_PERSON, SLICE("ann"));
    sl_test_ledger_reopen(t);
    names = &t->ledger->names;

    sl_ledger_savepoint(t->ledger);
    assert_int_equal(sl_names_find(names, SL_ENTITY_PERSON, SLICE("ann")), 1);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("bob")), 2);
    assert_int_equal(sl_names_intern(names, SL_ENTITY_PERSON, SLICE("bob")), 2);
    assert_int_equal(sl_names_cached(names, SL_ENTITY_PERSON, SLICE("ann")), 1);
    assert_int_equal(sl_names_cached(names, SL_ENTITY_PERSON, SLICE("bob")), 0);
    sl_ledger_release(t->ledger);

    assert_int_equal(sl_names_find(names, SL_ENTITY_PERSON, SLICE("bob")), 2);
    assert_int_equal(sl_names_cached(names, SL_ENTITY_PERSON, SLICE("bob")), 2);
}

static void a_ledger_over_the_same_rows_has_the_same_numbers(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_PERSON(t, "zoe", .unit = "north");
    (void)ADD_PERSON(t, "ann", .unit = "south");

    sl_test_ledger_reopen(t);

    assert_int_equal(sl_test_number(t, SL_ENTITY_PERSON, "zoe"), 1);
    assert_int_equal(sl_test_number(t, SL_ENTITY_PERSON, "ann"), 2);
    assert_int_equal(sl_test_number(t, SL_ENTITY_UNIT, "south"), 2);
}

static void a_reopened_store_has_the_same_numbers(void **state)
{
    struct sl_test_log log;
    struct sl_test_ledger t;
    (void)state;
    sl_test_log_init(&log);
    sl_test_ledger_init_stored(&t, &log);
    (void)ADD_CONTACT(&t, .customer = "zeta", .person = "zoe");
    (void)ADD_CONTACT(&t, .customer = "acme", .person = "ann");
    (void)ADD_CONTACT(&t, .customer = "customers/of/the/north/0001", .person = "ann");
    sl_test_ledger_deinit(&t);

    sl_test_log_reopen(&log);

    sl_test_ledger_init_stored(&t, &log);
    assert_int_equal(sl_test_number(&t, SL_ENTITY_CUSTOMER, "zeta"), 1);
    assert_int_equal(sl_test_number(&t, SL_ENTITY_CUSTOMER, "acme"), 2);
    assert_int_equal(sl_test_number(&t, SL_ENTITY_CUSTOMER, "customers/of/the/north/0001"), 3);
    assert_int_equal(sl_test_number(&t, SL_ENTITY_PERSON, "ann"), 2);
    sl_test_ledger_deinit(&t);
    sl_test_log_deinit(&log);
}

static void a_replayed_log_gives_equal_tables_of_names(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_test_ledger twin;
    uint64_t before = sl_store_head(t->log->store).v;
    sl_test_ledger_init(&twin, t->log);
    (void)ADD_CONTACT(t, .customer = "acme", .person = "zoe", .deal = "D1");
    (void)ADD_CLOSE(t, .deal = "D1", .kind = SL_CLOSE_WON, .person = "ann", .product = "anvil",
                    .amount = 5);
    (void)ADD_CONTACT(t, .customer = "0198c0de-8a3f-7b11-9c52-2f6d1f0a9b77", .person = "zoe",
                      .deal = "OPP-2025-EMEA-00000042");

    sl_test_take_all(&twin, before, (const uint64_t[]){0});

    static const unsigned tables[] = {SL_TABLE_COUNTERS, SL_TABLE_NAMES, SL_TABLE_TEXTS};
    for (size_t i = 0; i < COUNT(tables); i++) {
        uint8_t expected[32];
        uint8_t actual[32];
        uint64_t rows;
        assert_ok(sl_state_digest(t->state, tables[i], expected, &rows));
        assert_ok(sl_state_digest(twin.state, tables[i], actual, &rows));
        assert_memory_equal(actual, expected, sizeof expected);
    }
    sl_test_ledger_deinit(&twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(numbers_follow_the_order_of_first_appearance),
        LEDGER_TEST(kinds_number_the_same_text_separately),
        LEDGER_TEST(finding_gives_no_number),
        LEDGER_TEST(the_empty_text_has_no_number),
        LEDGER_TEST(a_text_of_the_greatest_length_comes_back_whole),
        LEDGER_TEST(a_longer_text_than_any_id_has_no_number),
        LEDGER_TEST(number_zero_has_no_text),
        LEDGER_TEST(names_that_share_a_cache_set_keep_their_numbers),
        LEDGER_TEST(an_unknown_kind_has_no_numbers),
        LEDGER_TEST(texts_of_every_length_keep_their_numbers),
        LEDGER_TEST(a_key_held_by_another_name_is_not_believed),
        LEDGER_TEST(a_name_whose_key_others_hold_lies_after_them),
        LEDGER_TEST(a_name_whose_key_others_hold_is_found_again),
        LEDGER_TEST(a_key_of_another_kind_is_held_by_nobody),
        LEDGER_TEST(a_rolled_back_name_leaves_those_before_it_in_the_way),
        LEDGER_TEST(an_empty_cache_changes_nothing),
        LEDGER_TEST(a_rolled_back_name_gives_its_number_to_the_next),
        LEDGER_TEST(names_found_while_a_rollback_may_come_are_those_of_afterwards),
        LEDGER_TEST(a_ledger_over_the_same_rows_has_the_same_numbers),
        cmocka_unit_test(a_reopened_store_has_the_same_numbers),
        LEDGER_TEST(a_replayed_log_gives_equal_tables_of_names),
    };
    return RUN_LEDGER_TESTS(tests);
}
