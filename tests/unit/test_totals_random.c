/* Totals: every way to a sum gives what a plain walk over all facts gives, on random histories of an organisation that moves.
 *
 * The walk here knows membership from the masters alone, day by day, and skips nothing. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/random_history.h"
#include "projections/masters.h"
#include "projections/scope_sums.h"
#include "projections/totals.h"

#define KEYS_MAX 64u
#define SEEN_MAX 128u
#define FAR_DAY  "2999-12-31"

struct plain {
    struct sl_test_ledger *t;
    const struct sl_totals_query *query;
    struct sl_sums_row rows[KEYS_MAX];
    struct sl_key event; /* person and day, seq */
    uint64_t seen[SEEN_MAX];
    size_t seen_count;
};

/* ── the plain walk ── */

static uint32_t parent_on(struct plain *plain, unsigned kind, uint32_t number, sl_day day)
{
    struct sl_master master;
    bool is_there = number != 0 && sl_masters_on(plain->t->state, kind, number, day, &master);
    return is_there ? master.row.parent : 0;
}

static sl_day membership_day(const struct plain *plain, sl_day day)
{
    return plain->query->scope.as_is_now ? DAY(FAR_DAY) : day;
}

static uint32_t unit_of(struct plain *plain, struct sl_key key)
{
    return parent_on(plain, SL_ENTITY_PERSON, sl_key_fact_person(key),
                     membership_day(plain, sl_key_fact_day(key)));
}

static bool is_below(struct plain *plain, struct sl_key key, uint32_t root)
{
    sl_day day = membership_day(plain, sl_key_fact_day(key));
    uint32_t unit = unit_of(plain, key);
    while (unit != 0 && unit != root) {
        unit = parent_on(plain, SL_ENTITY_UNIT, unit, day);
    }
    return unit == root;
}

static bool is_inside(struct plain *plain, struct sl_key key, const struct sl_fact_row *row)
{
    const struct sl_scope_numbers *scope = &plain->query->scope;
    bool is_own = (scope->has_person || plain->query->by == SL_BY_PERSON) && !scope->has_unit &&
                  plain->query->by != SL_BY_UNIT;
    uint32_t line = parent_on(plain, SL_ENTITY_PRODUCT, row->product, sl_key_fact_day(key));
    return sl_period_contains(plain->query->period, sl_key_fact_day(key)) &&
           (is_own || row->credit_kind == SL_CREDIT_DIRECT) &&
           (!scope->has_person || scope->person == sl_key_fact_person(key)) &&
           (!scope->has_product || scope->product == row->product) &&
           (!scope->has_customer || scope->customer == row->customer) &&
           (!scope->has_region || scope->region == row->region) &&
           (!scope->has_line || scope->line == line) &&
           (!scope->has_unit || is_below(plain, key, scope->unit));
}

/* Has the event been counted under this key and credit? */
static bool is_seen(struct plain *plain, struct sl_key key, uint32_t under)
{
    struct sl_key event = {key.hi, key.lo >> 16};
    uint64_t mark = ((uint64_t)under << 8) | sl_key_fact_credit(key);
    if (sl_key_compare(event, plain->event) != 0) {
        plain->event = event;
        plain->seen_count = 0;
    }
    for (size_t i = 0; i < plain->seen_count; i++) {
        if (plain->seen[i] == mark) {
            return true;
        }
    }
    assert_true(plain->seen_count < SEEN_MAX);
    plain->seen[plain->seen_count++] = mark;
    return false;
}

/* ── what takes back ── */

static bool is_of_close(const struct sl_fact_row *row, enum sl_close_kind kind, uint32_t deal)
{
    return row->deal == deal && row->kind == (uint8_t)kind;
}

/* The deal's latest WON before the seq. */
static uint64_t won_before(struct plain *plain, uint32_t deal, uint64_t seq)
{
    struct sl_state_cursor cursor;
    uint64_t won = 0;
    sl_state_seek(plain->t->state, SL_TABLE_FACTS, (struct sl_key){0, 0}, &cursor);
    for (; cursor.row != NULL; sl_state_next(plain->t->state, &cursor)) {
        uint64_t at = sl_key_fact_seq(cursor.key).v;
        if (is_of_close(cursor.row, SL_CLOSE_WON, deal) && at < seq && at > won) {
            won = at;
        }
    }
    return won;
}

/* Has the product of the deal ended between the two seqs? */
static bool has_ended(struct plain *plain, const struct sl_fact_row *of, uint64_t won, uint64_t seq)
{
    struct sl_state_cursor cursor;
    sl_state_seek(plain->t->state, SL_TABLE_FACTS, (struct sl_key){0, 0}, &cursor);
    for (; cursor.row != NULL; sl_state_next(plain->t->state, &cursor)) {
        const struct sl_fact_row *row = cursor.row;
        uint64_t at = sl_key_fact_seq(cursor.key).v;
        bool ends = row->deal == of->deal && row->product == of->product &&
                    (row->flags & SL_FACT_ENDS_PRODUCT) != 0;
        if (ends && at > won && at <= seq) {
            return true;
        }
    }
    return false;
}

/* Does the fact end its product, and with it all products of the line that the deal was won with? */
static bool
ends_line(struct plain *plain, struct sl_key key, const struct sl_fact_row *row, uint32_t line)
{
    struct sl_state_cursor cursor;
    uint64_t seq = sl_key_fact_seq(key).v;
    uint64_t won = won_before(plain, row->deal, seq);
    bool ends = (row->flags & SL_FACT_ENDS_PRODUCT) != 0;
    sl_state_seek(plain->t->state, SL_TABLE_FACTS, (struct sl_key){0, 0}, &cursor);
    for (; ends && cursor.row != NULL; sl_state_next(plain->t->state, &cursor)) {
        struct sl_fact_row other = *(const struct sl_fact_row *)cursor.row;
        bool is_in =
            is_of_close(&other, SL_CLOSE_WON, row->deal) && sl_key_fact_seq(cursor.key).v == won &&
            parent_on(plain, SL_ENTITY_PRODUCT, other.product, sl_key_fact_day(key)) == line;
        ends = !is_in || has_ended(plain, &other, won, seq);
    }
    return ends;
}

static enum sl_count_rule
rule_of(struct plain *plain, struct sl_key key, const struct sl_fact_row *row, uint32_t line)
{
    const struct sl_totals_query *query = plain->query;
    bool in_product = query->scope.has_product || query->by == SL_BY_PRODUCT;
    bool in_line = !in_product && (query->scope.has_line || query->by == SL_BY_PRODUCT_LINE);
    bool takes_back = row->kind == SL_CLOSE_CANCELLED || row->kind == SL_CLOSE_RETURNED;
    if (takes_back && !in_line) {
        return in_product ? SL_COUNT_PER_PRODUCT : SL_COUNT_PER_EVENT;
    }
    if (takes_back && !ends_line(plain, key, row, line)) {
        return SL_COUNT_NEVER;
    }
    uint32_t under = in_product ? row->product : in_line ? line : 0;
    return is_seen(plain, key, under) ? SL_COUNT_NEVER : SL_COUNT_ALWAYS;
}

static void add(struct plain *plain, uint32_t number, const struct sl_fact_sums *sums)
{
    assert_true(number < KEYS_MAX);
    for (unsigned i = 0; i < sums->count; i++) {
        plain->rows[number].sums[sums->parts[i].sum] += sums->parts[i].value;
    }
}

static void add_fact(struct plain *plain, struct sl_key key, const struct sl_fact_row *row)
{
    const struct sl_totals_query *query = plain->query;
    struct sl_fact_sums sums;
    sl_day day = sl_key_fact_day(key);
    uint32_t line = parent_on(plain, SL_ENTITY_PRODUCT, row->product, day);
    sl_fact_sums(row, rule_of(plain, key, row, line), &sums);
    uint32_t unit = unit_of(plain, key);
    switch (query->by) {
    case SL_BY_PERSON: add(plain, sl_key_fact_person(key), &sums); break;
    case SL_BY_REGION: add(plain, row->region, &sums); break;
    case SL_BY_PRODUCT: add(plain, row->product, &sums); break;
    case SL_BY_PRODUCT_LINE: add(plain, line, &sums); break;
    case SL_BY_UNIT:
        while (unit != 0) {
            add(plain, unit, &sums);
            unit = parent_on(plain, SL_ENTITY_UNIT, unit, membership_day(plain, day));
        }
        break;
    case SL_BY_NONE:
    case SL_DIMENSIONS: add(plain, 0, &sums); break;
    }
}

static void walk(struct plain *plain)
{
    struct sl_state_cursor cursor;
    sl_test_ledger_settle(plain->t);
    sl_state_seek(plain->t->state, SL_TABLE_FACTS, (struct sl_key){0, 0}, &cursor);
    while (cursor.row != NULL) {
        struct sl_fact_row row = *(const struct sl_fact_row *)cursor.row;
        if (is_inside(plain, cursor.key, &row)) {
            add_fact(plain, cursor.key, &row);
        }
        sl_state_next(plain->t->state, &cursor);
    }
}

/* ── comparing ── */

static bool is_amount(unsigned sum)
{
    return sum == SL_SUM_BOOKED_AMOUNT || sum == SL_SUM_BOOKED_UNITS ||
           sum == SL_SUM_BOOKED_MARGIN || sum == SL_SUM_QUOTE_AMOUNT ||
           sum == SL_SUM_INVOICED_AMOUNT || sum == SL_SUM_DELIVERED_AMOUNT ||
           sum == SL_SUM_COLLECTED_AMOUNT || sum == SL_SUM_RETURNED_AMOUNT;
}

static void compare_row(const struct sl_totals_query *query,
                        const struct sl_totals *totals,
                        const struct plain *plain,
                        size_t number)
{
    for (unsigned sum = 0; sum < SL_SUMS; sum++) {
        int64_t value = totals->rows[number].sums[sum];
        int64_t expected = plain->rows[number].sums[sum];
        bool is_same = (query->amounts_only && !is_amount(sum)) || value == expected;
        if (!is_same) {
            print_error("sum %u of number %zu by %d from %d to %d is %lld, expected %lld\n", sum,
                        number, (int)query->by, query->period.start.v, query->period.end.v,
                        (long long)value, (long long)expected);
        }
        assert_true(is_same);
    }
}

static void compare(struct sl_test_ledger *t, const struct sl_totals_query *query)
{
    struct plain plain = {.t = t, .query = query};
    struct sl_totals totals;
    assert_ok(sl_totals_get(t->ledger, query, &t->answers, &totals));
    walk(&plain);
    for (size_t number = query->by == SL_BY_NONE ? 0 : 1; number < totals.row_count; number++) {
        compare_row(query, &totals, &plain, number);
    }
}

static const char *const periods[] = {"2025",
                                      "2025-Q2",
                                      "2025-03",
                                      "2025-W18",
                                      "all",
                                      "2025-05-17",
                                      "2025-01-20..2025-09-03",
                                      "2025-06-30..2025-07-02"};

/* As it was, by amounts alone, and as it is now. */
static void compare_variants(struct sl_test_ledger *t, struct sl_totals_query query)
{
    compare(t, &query);
    query.amounts_only = true;
    compare(t, &query);
    query.amounts_only = false;
    query.scope.as_is_now = true;
    compare(t, &query);
}

/* Every dimension and period of one scope. */
static void compare_scope(struct sl_test_ledger *t, struct sl_test_scope scope)
{
    struct sl_scope_ref ref = sl_test_scope_ref(scope);
    struct sl_totals_query query = {0};
    assert_ok(sl_scope_resolve(t->ledger, &ref, &query.scope, &t->diag));
    for (size_t i = 0; i < COUNT(periods); i++) {
        query.period = sl_test_period(periods[i]);
        for (int by = SL_BY_NONE; by < SL_DIMENSIONS; by++) {
            query.by = (enum sl_dimension)by;
            compare_variants(t, query);
        }
        sl_test_ledger_forget_answers(t);
    }
}

static struct sl_test_ledger *moving_history(struct sl_test_ledger *t, unsigned steps)
{
    struct sl_test_history history;
    sl_test_history_begin(&history, t);
    history.with_defines = true;
    history.with_corrections = true;
    for (unsigned i = 0; i < steps; i++) {
        sl_test_history_step(&history);
    }
    return t;
}

static void totals_without_a_scope_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 500);

    compare_scope(t, WHOLE);
}

static void totals_of_a_person_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 500);

    compare_scope(t, OF_PERSON("ann"));
    compare_scope(t, OF_PERSON("stranger"));
}

static void totals_of_a_unit_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 500);

    compare_scope(t, OF_UNIT("all"));
    compare_scope(t, OF_UNIT("north"));
    compare_scope(t, OF_UNIT("n1"));
}

static void totals_of_products_and_lines_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 500);

    compare_scope(t, OF_PRODUCT("bolt"));
    compare_scope(t, OF_PRODUCT("extra"));
    compare_scope(t, OF_LINE("iron"));
}

static void totals_of_customers_and_regions_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 500);

    compare_scope(t, OF_CUSTOMER("acme"));
    compare_scope(t, OF_CUSTOMER("dltd"));
    compare_scope(t, OF_REGION("east"));
}

static void totals_of_combined_scopes_equal_the_plain_walk(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 300);

    compare_scope(t, (struct sl_test_scope){.unit = "north", .product = "anvil"});
    compare_scope(t, (struct sl_test_scope){.person = "bob", .unit = "south"});
    compare_scope(t, (struct sl_test_scope){.person = "cat", .line = "iron"});
    compare_scope(t, (struct sl_test_scope){.region = "west", .line = "copper"});
    compare_scope(t, (struct sl_test_scope){.unit = "all", .customer = "acme", .region = "east"});
}

/* Asking for one kind of contact takes the general way, whatever the scope. */
static void contacts_of_each_kind_add_up_to_all_contacts(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 400);
    static const char *const units[] = {"all", "north", "n2"};

    for (size_t i = 0; i < COUNT(units); i++) {
        int64_t sum = 0;
        for (uint32_t kind = 1; kind < SL_CONTACT_KINDS; kind++) {
            char measure[SL_MEASURE_TEXT_MAX];
            (void)snprintf(measure, sizeof measure, "contact.count:%s", sl_contact_kind_name(kind));
            sum += sl_test_sum(t, measure, "2025-02-03..2025-10-11", OF_UNIT(units[i]));
        }
        assert_int_equal(
            sum, sl_test_sum(t, "contact.count", "2025-02-03..2025-10-11", OF_UNIT(units[i])));
    }
}

/* ── many scopes in one walk ── */

/* Names of each part of a scope; the first is none. */
static const char *const people[] = {"", "ann", "bob", "stranger"};
static const char *const units[] = {"", "all", "north", "n1"};
static const char *const lines[] = {"", "iron", "copper"};
static const char *const products[] = {"", "bolt", "anvil"};
static const char *const customers[] = {"", "acme", "dltd"};
static const char *const regions[] = {"", "east", "west"};

#define SCOPES_MAX                                                                                 \
    (COUNT(people) * COUNT(units) * COUNT(lines) * COUNT(products) * COUNT(customers) *            \
     COUNT(regions))

/* One for each choice of names, in the order of a counter whose digits they are; false behind the last. */
static bool scope_at(struct sl_test_ledger *t, size_t at, struct sl_scope_numbers *ret_scope)
{
    const struct {
        const char *const *names;
        size_t count;
    } parts[] = {{people, COUNT(people)},       {units, COUNT(units)},
                 {lines, COUNT(lines)},         {products, COUNT(products)},
                 {customers, COUNT(customers)}, {regions, COUNT(regions)}};
    struct sl_slice names[COUNT(parts)];
    for (size_t i = 0; i < COUNT(parts); i++) {
        names[i] = SLICE(parts[i].names[at % parts[i].count]);
        at /= parts[i].count;
    }
    struct sl_scope_ref ref = {.person = names[0],
                               .unit = names[1],
                               .product_line = names[2],
                               .product = names[3],
                               .customer = names[4],
                               .region = names[5]};
    assert_ok(sl_scope_resolve(t->ledger, &ref, ret_scope, &t->diag));
    return at == 0;
}

static void compare_all_scopes(struct sl_test_ledger *t, const char *period, bool amounts_only)
{
    static struct sl_scope_numbers scopes[SCOPES_MAX];
    struct sl_sums_row *rows;
    for (size_t i = 0; i < SCOPES_MAX; i++) {
        assert_true(scope_at(t, i, &scopes[i]));
        scopes[i].contact_kind = i % 7 == 0 ? 1 + (uint32_t)i % 3 : 0;
    }
    struct sl_scope_sums_query many = {.period = sl_test_period(period),
                                       .scopes = scopes,
                                       .count = SCOPES_MAX,
                                       .amounts_only = amounts_only};
    assert_ok(sl_scope_sums(t->ledger, &many, &t->answers, &rows));
    for (size_t i = 0; i < SCOPES_MAX; i++) {
        struct sl_totals_query query = {.scope = scopes[i],
                                        .period = many.period,
                                        .by = SL_BY_NONE,
                                        .amounts_only = amounts_only};
        struct sl_totals totals;
        assert_ok(sl_totals_get(t->ledger, &query, &t->ledger->arena, &totals));
        for (unsigned sum = 0; sum < SL_SUMS; sum++) {
            if (!amounts_only || is_amount((enum sl_sum)sum)) {
                assert_int_equal(rows[i].sums[sum], totals.rows[0].sums[sum]);
            }
        }
        sl_arena_reset(&t->ledger->arena);
    }
    sl_test_ledger_forget_answers(t);
}

static void one_walk_for_many_scopes_equals_a_walk_for_each(void **state)
{
    struct sl_test_ledger *t = moving_history(*state, 400);

    compare_all_scopes(t, "2025", false);
    compare_all_scopes(t, "2025-03", false);
    compare_all_scopes(t, "2025-01-20..2025-09-03", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(totals_without_a_scope_equal_the_plain_walk),
        LEDGER_TEST(totals_of_a_person_equal_the_plain_walk),
        LEDGER_TEST(totals_of_a_unit_equal_the_plain_walk),
        LEDGER_TEST(totals_of_products_and_lines_equal_the_plain_walk),
        LEDGER_TEST(totals_of_customers_and_regions_equal_the_plain_walk),
        LEDGER_TEST(totals_of_combined_scopes_equal_the_plain_walk),
        LEDGER_TEST(contacts_of_each_kind_add_up_to_all_contacts),
        LEDGER_TEST(one_walk_for_many_scopes_equals_a_walk_for_each),
    };
    return RUN_LEDGER_TESTS(tests);
}
