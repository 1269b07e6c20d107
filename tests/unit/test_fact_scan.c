/* Reading facts: a scan gives what filtering a sorted list of all facts would, whatever slices are empty and wherever the period
 * begins and ends. */
#include "lib/test.h"

#include <stdlib.h>

#include "projections/fact_scan.h"
#include "projections/ledger.h"

#define FACTS      2500u
#define PEOPLE     7u
#define LAST_ONE   0x7fffffffu /* the highest number a key has room for */
#define DAYS_APART 40u

struct fact {
    struct sl_key key;
    uint32_t person;
    sl_day day;
    uint64_t event; /* seq, line and credit */
};

struct fixture {
    struct sl_state *state;
    struct sl_test_random random;
    sl_day days[DAYS_APART]; /* around which facts and periods lie */
    size_t count;
    struct fact by_day[FACTS];   /* by day, then event */
    struct fact by_slice[FACTS]; /* by slice, then person, day and event */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    size_t count;
    assert_non_null(f);
    const struct sl_table_spec *specs = sl_ledger_specs(&count);
    assert_ok(sl_state_open_scratch(specs, count, &f->state));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sl_state_close(f->state);
    free(f);
    return 0;
}

/* ── the reference ── */

static int compare_words(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_days(const void *left, const void *right)
{
    const struct fact *a = left;
    const struct fact *b = right;
    return a->day.v != b->day.v ? (a->day.v < b->day.v ? -1 : 1)
                                : compare_words(a->event, b->event);
}

static int compare_slices(const void *left, const void *right)
{
    const struct fact *a = left;
    const struct fact *b = right;
    int32_t a_slice = sl_fact_slice(a->day);
    int32_t b_slice = sl_fact_slice(b->day);
    if (a_slice != b_slice) {
        return a_slice < b_slice ? -1 : 1;
    }
    return a->person != b->person ? compare_words(a->person, b->person) : compare_days(a, b);
}

static void add(struct fixture *f, uint32_t person, sl_day day, uint64_t seq, unsigned line)
{
    struct sl_key key = sl_key_fact(person, day, (sl_seq){seq}, line, 0);
    assert_true(f->count < FACTS);
    if (sl_state_get(f->state, SL_TABLE_FACTS, key) == NULL) {
        struct sl_fact_row *row = sl_state_insert(f->state, SL_TABLE_FACTS, key);
        row->amount = (int64_t)seq;
        row->units = day.v;
        row->deal = person;
        f->by_day[f->count++] = (struct fact){key, person, day, (seq << 16) | line};
    }
}

static void sort(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++) {
        f->by_slice[i] = f->by_day[i];
    }
    qsort(f->by_day, f->count, sizeof f->by_day[0], compare_days);
    qsort(f->by_slice, f->count, sizeof f->by_slice[0], compare_slices);
}

static uint64_t below(struct fixture *f, uint64_t bound)
{
    return sl_test_random_below(&f->random, bound);
}

/* The ends of time and of months, a busy year, and days anywhere. */
static void choose_days(struct fixture *f)
{
    static const char *const named[] = {"1900-01-01", "1900-01-31", "1900-02-01", "1969-12-31",
                                        "1970-01-01", "2024-02-29", "2024-12-31", "2025-01-01",
                                        "2999-11-30", "2999-12-01", "2999-12-31"};
    struct sl_period all = sl_period_all();
    for (size_t i = 0; i < DAYS_APART; i++) {
        int64_t day =
            i < COUNT(named) ? DAY(named[i]).v
            : i < DAYS_APART / 2
                ? sl_test_random_between(&f->random, DAY("2025-01-01").v, DAY("2025-12-31").v)
                : sl_test_random_between(&f->random, all.start.v, all.end.v - 1);
        f->days[i] = (sl_day){(int32_t)day};
    }
}

/* One of the days, or one near it. */
static sl_day some_day(struct fixture *f)
{
    sl_day day = f->days[below(f, DAYS_APART)];
    if (below(f, 3) == 0) {
        day.v += (int32_t)sl_test_random_between(&f->random, -35, 35);
    }
    return day;
}

static uint32_t some_person(struct fixture *f)
{
    uint32_t person = (uint32_t)below(f, PEOPLE + 1);
    return person == PEOPLE ? LAST_ONE : person;
}

static void fill(struct fixture *f, size_t count)
{
    sl_test_random_init(&f->random);
    choose_days(f);
    for (size_t i = 0; i < count; i++) {
        sl_day day = some_day(f);
        uint64_t seq = 1 + below(f, below(f, 5) == 0 ? SL_SEQ_MAX : 50);
        if (sl_day_is_in_range(day)) {
            add(f, some_person(f), day, seq, (unsigned)below(f, 3));
        }
    }
    sort(f);
}

static struct sl_period some_period(struct fixture *f)
{
    struct sl_period period = {some_day(f), some_day(f)};
    switch (below(f, 8)) {
    case 0: return sl_period_all();
    case 1: period.start.v = INT32_MIN; break;
    case 2: period.end.v = INT32_MAX; break;
    case 3: period.end.v = period.start.v + 1; break;
    case 4: /* whole months */
        period.start = sl_month_index_start(sl_day_month_index(period.start));
        period.end = sl_month_index_start(sl_day_month_index(period.start) + 1 + (int)below(f, 3));
        break;
    default: break; /* now and then empty, or backwards */
    }
    return period;
}

/* ── scans ── */

static void assert_at(const struct sl_fact_scan *scan, const struct fact *fact)
{
    assert_non_null(scan->row);
    assert_int_equal(sl_key_compare(scan->key, fact->key), 0);
    assert_int_equal(scan->row->amount, fact->event >> 16);
    assert_int_equal(scan->row->units, fact->day.v);
    assert_int_equal(scan->row->deal, fact->person);
}

static void check_person(struct fixture *f, uint32_t person, struct sl_period period)
{
    struct sl_fact_scan scan;
    sl_fact_scan_person(f->state, person, period, &scan);
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *fact = &f->by_day[i];
        if (fact->person == person && sl_period_contains(period, fact->day)) {
            assert_at(&scan, fact);
            sl_fact_scan_next(f->state, &scan);
        }
    }
    assert_null(scan.row);
}

static void check_all(struct fixture *f, struct sl_period period)
{
    struct sl_fact_scan scan;
    sl_fact_scan_all(f->state, period, &scan);
    for (size_t i = 0; i < f->count; i++) {
        const struct fact *fact = &f->by_slice[i];
        if (sl_period_contains(period, fact->day)) {
            assert_at(&scan, fact);
            sl_fact_scan_next(f->state, &scan);
        }
    }
    assert_null(scan.row);
}

static void a_scan_of_one_person_is_the_filtered_list(void **state)
{
    struct fixture *f = *state;
    fill(f, FACTS);

    for (int i = 0; i < 500; i++) {
        check_person(f, some_person(f), some_period(f));
    }
    check_person(f, 4711, sl_period_all()); /* nobody */
}

static void a_scan_of_all_is_the_filtered_list(void **state)
{
    struct fixture *f = *state;
    fill(f, FACTS);

    for (int i = 0; i < 500; i++) {
        check_all(f, some_period(f));
    }
}

static void few_facts_far_apart_are_found(void **state)
{
    struct fixture *f = *state;
    fill(f, 12);

    for (int i = 0; i < 300; i++) {
        struct sl_period period = some_period(f);
        check_person(f, some_person(f), period);
        check_all(f, period);
    }
}

static void an_empty_table_has_nothing(void **state)
{
    struct fixture *f = *state;
    struct sl_key key;
    struct sl_key upto = sl_key_facts_from(1, DAY("2025-01-01"));

    check_person(f, 1, sl_period_all());
    check_all(f, sl_period_all());

    assert_null(sl_fact_last(f->state, 1, sl_period_all(), upto, &key));
}

static void the_first_and_the_last_day_there_are_are_scanned(void **state)
{
    struct fixture *f = *state;
    add(f, 1, DAY("1900-01-01"), 1, 0);
    add(f, 1, DAY("2999-12-31"), 2, 0);
    add(f, LAST_ONE, DAY("2999-12-31"), SL_SEQ_MAX, 0);
    sort(f);

    check_person(f, 1, sl_period_all());
    check_person(f, LAST_ONE, sl_period_all());
    check_all(f, sl_period_all());
    check_all(f, (struct sl_period){{INT32_MIN}, {INT32_MAX}});
    check_all(f, (struct sl_period){DAY("1900-01-02"), DAY("2999-12-31")});
}

/* ── the last one ── */

static const struct fact *
reference_last(struct fixture *f, uint32_t person, struct sl_period period, struct sl_key upto)
{
    for (size_t i = f->count; i > 0; i--) {
        const struct fact *fact = &f->by_day[i - 1];
        if (fact->person == person && sl_period_contains(period, fact->day) &&
            sl_key_compare(fact->key, upto) <= 0) {
            return fact;
        }
    }
    return NULL;
}

static void
check_last(struct fixture *f, uint32_t person, struct sl_period period, struct sl_key upto)
{
    struct sl_key key;
    const struct sl_fact_row *row = sl_fact_last(f->state, person, period, upto, &key);
    const struct fact *expected = reference_last(f, person, period, upto);
    assert_int_equal(row != NULL, expected != NULL);
    if (row != NULL && expected != NULL) {
        assert_int_equal(sl_key_compare(key, expected->key), 0);
        assert_int_equal(row->amount, expected->event >> 16);
    }
}

/* The end of a day, or just at, before or after a fact. */
static struct sl_key some_upto(struct fixture *f, uint32_t person)
{
    const struct fact *fact = &f->by_day[below(f, f->count)];
    struct sl_key upto = sl_key_facts_from(person, fact->day);
    upto.lo = UINT64_MAX;
    if (below(f, 2) == 0) {
        upto.lo = fact->event + below(f, 3) - 1;
    }
    return upto;
}

static void the_last_fact_is_that_of_the_filtered_list(void **state)
{
    struct fixture *f = *state;
    fill(f, FACTS);

    for (int i = 0; i < 1000; i++) {
        uint32_t person = some_person(f);
        check_last(f, person, some_period(f), some_upto(f, person));
    }
}

static void the_last_fact_is_found_over_empty_slices(void **state)
{
    struct fixture *f = *state;
    fill(f, 12);

    for (int i = 0; i < 1000; i++) {
        uint32_t person = some_person(f);
        check_last(f, person, some_period(f), some_upto(f, person));
    }
}

static void facts_are_walked_backwards_by_asking_for_the_one_before(void **state)
{
    struct fixture *f = *state;
    fill(f, FACTS);
    struct sl_key upto = sl_key_facts_from(1, DAY("2999-12-31"));
    upto.lo = UINT64_MAX;

    for (size_t i = f->count; i > 0; i--) {
        const struct fact *fact = &f->by_day[i - 1];
        if (fact->person == 1) {
            assert_non_null(sl_fact_last(f->state, 1, sl_period_all(), upto, &upto));
            assert_int_equal(sl_key_compare(upto, fact->key), 0);
            upto.lo--;
        }
    }

    assert_null(sl_fact_last(f->state, 1, sl_period_all(), upto, &upto));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_scan_of_one_person_is_the_filtered_list),
        T(a_scan_of_all_is_the_filtered_list),
        T(few_facts_far_apart_are_found),
        T(an_empty_table_has_nothing),
        T(the_first_and_the_last_day_there_are_are_scanned),
        T(the_last_fact_is_that_of_the_filtered_list),
        T(the_last_fact_is_found_over_empty_slices),
        T(facts_are_walked_backwards_by_asking_for_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
