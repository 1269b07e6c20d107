/* Comparing ledgers by their rows and by what they answer. */
#include "lib/ledger_same.h"

#include <string.h>

#include "lib/test.h"

/* ── rows ── */

void sl_test_assert_same_table(struct sl_test_ledger *a, struct sl_test_ledger *b, unsigned table)
{
    uint8_t left[32];
    uint8_t right[32];
    uint64_t left_rows;
    uint64_t right_rows;
    size_t count;
    sl_test_ledger_settle(a);
    sl_test_ledger_settle(b);
    assert_ok(sl_state_digest(a->state, table, left, &left_rows));
    assert_ok(sl_state_digest(b->state, table, right, &right_rows));
    if (left_rows != right_rows || memcmp(left, right, sizeof left) != 0) {
        fail_msg("table %s differs, %llu and %llu rows", sl_ledger_specs(&count)[table].name,
                 (unsigned long long)left_rows, (unsigned long long)right_rows);
    }
}

static bool is_zero(const struct sl_sums_row *row)
{
    static const struct sl_sums_row zero;
    return memcmp(row, &zero, sizeof zero) == 0;
}

static void skip_zeros(struct sl_test_ledger *t, struct sl_state_cursor *cursor)
{
    while (cursor->row != NULL && is_zero(cursor->row)) {
        sl_state_next(t->state, cursor);
    }
}

static void assert_same_sums_of(struct sl_test_ledger *a, struct sl_test_ledger *b, unsigned table)
{
    struct sl_state_cursor left;
    struct sl_state_cursor right;
    sl_test_ledger_settle(a);
    sl_test_ledger_settle(b);
    sl_state_seek(a->state, table, (struct sl_key){0, 0}, &left);
    sl_state_seek(b->state, table, (struct sl_key){0, 0}, &right);
    skip_zeros(a, &left);
    skip_zeros(b, &right);
    while (left.row != NULL && right.row != NULL) {
        assert_int_equal(left.key.hi, right.key.hi);
        assert_int_equal(left.key.lo, right.key.lo);
        assert_memory_equal(left.row, right.row, sizeof(struct sl_sums_row));
        sl_state_next(a->state, &left);
        sl_state_next(b->state, &right);
        skip_zeros(a, &left);
        skip_zeros(b, &right);
    }
    assert_true(left.row == NULL && right.row == NULL);
}

void sl_test_assert_same_sums(struct sl_test_ledger *a, struct sl_test_ledger *b)
{
    assert_same_sums_of(a, b, SL_TABLE_PERSON_MONTHS);
    assert_same_sums_of(a, b, SL_TABLE_DAY_SUMS);
}

/* ── answers ── */

static const char *const periods[] = {"2025", "2025-Q1", "2025-02", "2025-01-20..2025-03-07"};
static const char *const measures[] = {
    "booked.amount",    "booked.count",       "booked.units",    "booked.margin",
    "won.count",        "lost.count",         "quote.count",     "quote.amount",
    "contact.count",    "contact.count:CALL", "win.rate",        "invoiced.amount",
    "collected.amount", "cycle.days:CLOSED",  "returned.amount", "margin.rate"};

static void assert_same_text(struct sl_slice a, struct sl_slice b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}

static void assert_same_value(const struct sl_value *a, const struct sl_value *b)
{
    assert_int_equal(a->numerator, b->numerator);
    assert_int_equal(a->denominator, b->denominator);
}

static void assert_same_measures(struct sl_test_ledger *a,
                                 struct sl_test_ledger *b,
                                 const char *measure,
                                 const char *period)
{
    for (int by = SL_BY_NONE; by < SL_DIMENSIONS; by++) {
        struct sl_measures_answer left =
            sl_test_rows(a, measure, period, WHOLE, (enum sl_dimension)by);
        struct sl_measures_answer right =
            sl_test_rows(b, measure, period, WHOLE, (enum sl_dimension)by);
        assert_int_equal(left.row_count, right.row_count);
        for (size_t i = 0; i < left.row_count; i++) {
            assert_same_text(left.rows[i].key, right.rows[i].key);
            assert_same_text(left.rows[i].name, right.rows[i].name);
            assert_same_value(&left.rows[i].values[0], &right.rows[i].values[0]);
        }
    }
}

static void assert_same_rank(struct sl_test_ledger *a,
                             struct sl_test_ledger *b,
                             const struct sl_test_rank *rank)
{
    struct sl_rank_answer left = sl_test_rank(a, rank);
    struct sl_rank_answer right = sl_test_rank(b, rank);
    assert_int_equal(left.row_count, right.row_count);
    for (size_t i = 0; i < left.row_count; i++) {
        assert_same_text(left.rows[i].key, right.rows[i].key);
        assert_int_equal(left.rows[i].rank_milli, right.rows[i].rank_milli);
        assert_same_value(&left.rows[i].value, &right.rows[i].value);
        assert_int_equal(left.rows[i].reached_day.v, right.rows[i].reached_day.v);
    }
}

static void
assert_same_targets(struct sl_test_ledger *a, struct sl_test_ledger *b, const char *period)
{
    struct sl_targets_answer left = sl_test_targets(a, period, WHOLE, "2025-02-10");
    struct sl_targets_answer right = sl_test_targets(b, period, WHOLE, "2025-02-10");
    assert_int_equal(left.row_count, right.row_count);
    for (size_t i = 0; i < left.row_count; i++) {
        assert_same_text(left.rows[i].scope.person, right.rows[i].scope.person);
        assert_int_equal(left.rows[i].target, right.rows[i].target);
        assert_same_value(&left.rows[i].attainment, &right.rows[i].attainment);
        assert_int_equal(left.rows[i].children_sum, right.rows[i].children_sum);
    }
}

static void
assert_same_statement(struct sl_test_ledger *a, struct sl_test_ledger *b, struct sl_slice person)
{
    struct sl_statement_answer left = {0};
    struct sl_statement_answer right = {0};
    struct sl_statement_query query = {.person = person, .period = SLICE("2025"), .explain = true};
    assert_ok(sl_ledger_statement(a->ledger, &query, &a->answers, &left, &a->diag));
    assert_ok(sl_ledger_statement(b->ledger, &query, &b->answers, &right, &b->diag));
    assert_int_equal(left.total_minor, right.total_minor);
    assert_int_equal(left.line_count, right.line_count);
    for (size_t i = 0; i < left.line_count; i++) {
        assert_same_text(left.lines[i].window, right.lines[i].window);
        assert_int_equal(left.lines[i].plan_version, right.lines[i].plan_version);
        assert_int_equal(left.lines[i].base, right.lines[i].base);
        assert_int_equal(left.lines[i].earned_minor, right.lines[i].earned_minor);
        assert_int_equal(left.lines[i].deal_count, right.lines[i].deal_count);
    }
}

void sl_test_assert_same_figures(struct sl_test_ledger *a, struct sl_test_ledger *b)
{
    for (size_t p = 0; p < COUNT(periods); p++) {
        for (size_t m = 0; m < COUNT(measures); m++) {
            assert_same_measures(a, b, measures[m], periods[p]);
        }
        struct sl_test_rank by_amount = {.period = periods[p], .ties = SL_TIE_REACHED};
        struct sl_test_rank by_target = {.period = periods[p], .by = SL_RANK_BY_ATTAINMENT};
        assert_same_rank(a, b, &by_amount);
        assert_same_rank(a, b, &by_target);
    }
}

void sl_test_assert_same_answers(struct sl_test_ledger *a, struct sl_test_ledger *b)
{
    sl_test_assert_same_figures(a, b);
    for (size_t p = 0; p < COUNT(periods); p++) {
        assert_same_targets(a, b, periods[p]);
    }
    struct sl_measures_answer people =
        sl_test_rows(a, "booked.amount", "2025", WHOLE, SL_BY_PERSON);
    for (size_t i = 0; i < people.row_count; i++) {
        assert_same_statement(a, b, people.rows[i].key);
    }
}
