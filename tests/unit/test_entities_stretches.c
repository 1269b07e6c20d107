/* Postings and deals in stretches: a reader goes through all of them in order, whatever stretches an entity has nothing in. */
#include "lib/test.h"

#include <stdlib.h>

#include "projections/entities.h"
#include "projections/ledger.h"

#define STRETCH      ((uint64_t)1 << SL_STRETCH_SEQ_BITS)
#define DEAL_STRETCH (1u << SL_STRETCH_DEAL_BITS)
#define POSTINGS     3000u
#define DEALS        2000u
#define ENTITIES     4u
#define STRETCHES    9u
#define SEQS_MAX     POSTINGS

struct fixture {
    struct sl_state *state;
    struct sl_test_random random;
    bool has_seq[ENTITIES][POSTINGS]; /* by the seq's place in `seqs` */
    uint64_t seqs[POSTINGS];          /* ascending */
    sl_seq found[SEQS_MAX];
    uint32_t deals[DEALS], found_deals[DEALS];
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

static void post(struct fixture *f, unsigned kind, uint32_t number, uint64_t seq)
{
    (void)sl_state_insert(f->state, SL_TABLE_ENTITY_SEQS,
                          sl_key_posting(kind, number, (sl_seq){seq}));
}

static void post_deal(struct fixture *f, uint32_t customer, uint32_t deal)
{
    (void)sl_state_insert(f->state, SL_TABLE_CUSTOMER_DEALS, sl_key_customer_deal(customer, deal));
}

static uint64_t below(struct fixture *f, uint64_t bound)
{
    return sl_test_random_below(&f->random, bound);
}

/* ── seqs ── */

/* Half of the seqs lie at the ends of stretches; two stretches are empty for all. */
static uint64_t some_seq(struct fixture *f)
{
    uint64_t stretch = below(f, STRETCHES);
    uint64_t in_stretch = below(f, 2) == 0 ? below(f, STRETCH) : (below(f, 4) - 2) % STRETCH;
    stretch += stretch == 3 || stretch == 4 ? 2 : 0;
    return stretch * STRETCH + in_stretch + (stretch == 0 && in_stretch == 0);
}

static int compare_seqs(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* Number 1 is seldom touched. */
static void touch_some(struct fixture *f, size_t at)
{
    for (uint32_t number = 1; number < ENTITIES; number++) {
        f->has_seq[number][at] = below(f, number == 1 ? 200 : 2) == 0;
        if (f->has_seq[number][at]) {
            post(f, SL_ENTITY_DEAL, number, f->seqs[at]);
        }
    }
}

static void fill(struct fixture *f)
{
    sl_test_random_init(&f->random);
    for (size_t i = 0; i < POSTINGS; i++) {
        f->seqs[i] = some_seq(f);
    }
    qsort(f->seqs, POSTINGS, sizeof f->seqs[0], compare_seqs);
    for (size_t i = 0; i < POSTINGS; i++) {
        if (i == 0 || f->seqs[i] != f->seqs[i - 1]) {
            touch_some(f, i);
        }
    }
}

static void check_seqs(struct fixture *f, uint32_t number, uint64_t from, size_t max)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, number};
    size_t count = sl_entities_seqs(f->state, &ref, (sl_seq){from}, max, f->found);
    size_t at = 0;
    for (size_t i = 0; i < POSTINGS && at < max; i++) {
        if (f->has_seq[number][i] && f->seqs[i] >= from) {
            assert_true(at < count);
            assert_int_equal(f->found[at].v, f->seqs[i]);
            at++;
        }
    }
    assert_int_equal(count, at);
}

static void seqs_come_in_order_over_all_stretches(void **state)
{
    struct fixture *f = *state;
    fill(f);

    for (uint32_t number = 1; number < ENTITIES; number++) {
        check_seqs(f, number, 0, SEQS_MAX);
        check_seqs(f, number, 1, SEQS_MAX);
    }
}

static void seqs_begin_anywhere_and_stop_at_the_number_asked_for(void **state)
{
    struct fixture *f = *state;
    fill(f);

    for (int i = 0; i < 500; i++) {
        uint32_t number = 1 + (uint32_t)below(f, ENTITIES - 1);
        check_seqs(f, number, some_seq(f), (size_t)below(f, 40));
    }
    check_seqs(f, 1, SL_SEQ_MAX, SEQS_MAX);
}

static void seqs_are_counted_over_all_stretches(void **state)
{
    struct fixture *f = *state;
    fill(f);

    for (uint32_t number = 1; number < ENTITIES; number++) {
        struct sl_entity_ref ref = {SL_ENTITY_DEAL, number};
        size_t expected = 0;
        for (size_t i = 0; i < POSTINGS; i++) {
            expected += f->has_seq[number][i];
        }
        assert_int_equal(sl_entities_count(f->state, &ref), expected);
    }
}

static void the_last_seq_is_found_in_whatever_stretch_it_lies(void **state)
{
    struct fixture *f = *state;
    uint64_t seqs[] = {1, STRETCH - 1, STRETCH, 3 * STRETCH + 5, 7 * STRETCH - 1};

    for (size_t i = 0; i < COUNT(seqs); i++) {
        post(f, SL_ENTITY_PERSON, 7, seqs[i]);
        assert_int_equal(sl_entities_last_seq(f->state, SL_ENTITY_PERSON, 7), seqs[i]);
    }

    post(f, SL_ENTITY_PERSON, 6, 20 * STRETCH); /* neighbours, later ones */
    post(f, SL_ENTITY_PERSON, 8, 21 * STRETCH);
    post(f, SL_ENTITY_CUSTOMER, 7, 22 * STRETCH);
    assert_int_equal(sl_entities_last_seq(f->state, SL_ENTITY_PERSON, 7), 7 * STRETCH - 1);
}

static void who_was_never_touched_has_no_seq(void **state)
{
    struct fixture *f = *state;
    struct sl_entity_ref ref = {SL_ENTITY_PERSON, 7};
    assert_int_equal(sl_entities_last_seq(f->state, SL_ENTITY_PERSON, 7), 0);
    assert_int_equal(sl_entities_count(f->state, &ref), 0);

    post(f, SL_ENTITY_PERSON, 6, 5 * STRETCH);
    post(f, SL_ENTITY_PERSON, 8, 2);

    assert_int_equal(sl_entities_last_seq(f->state, SL_ENTITY_PERSON, 7), 0);
    assert_int_equal(sl_entities_last_seq(f->state, SL_ENTITY_PERSON, 0), 0);
    assert_int_equal(sl_entities_count(f->state, &ref), 0);
}

static void the_highest_numbers_fit_into_the_key_of_a_posting(void **state)
{
    (void)state;
    struct sl_key key = sl_key_posting(SL_NAME_KINDS - 1, UINT32_MAX, (sl_seq){SL_SEQ_MAX});

    assert_int_equal(sl_key_posting_stretch(key), SL_SEQ_MAX >> SL_STRETCH_SEQ_BITS);
    assert_int_equal((uint32_t)key.hi, UINT32_MAX);
    assert_int_equal(key.lo, SL_SEQ_MAX);
}

/* ── deals ── */

static void
check_deals(struct fixture *f, uint32_t from, size_t max, const uint32_t *deals, size_t count)
{
    size_t found = sl_entities_deals(f->state, 5, from, max, f->found_deals);
    size_t at = 0;
    for (size_t i = 0; i < count && at < max; i++) {
        if (deals[i] >= from) {
            assert_true(at < found);
            assert_int_equal(f->found_deals[at], deals[i]);
            at++;
        }
    }
    assert_int_equal(found, at);
}

static int compare_deals(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

/* Ascending, without repeats; the customer before and the one after have deals of their own. */
static size_t fill_deals(struct fixture *f)
{
    size_t count = 0;
    sl_test_random_init(&f->random);
    for (size_t i = 0; i < DEALS; i++) {
        uint64_t stretch = below(f, 6) * 2;
        uint64_t in_stretch =
            below(f, 2) == 0 ? below(f, DEAL_STRETCH) : DEAL_STRETCH - below(f, 3);
        f->deals[i] = (uint32_t)(stretch * DEAL_STRETCH + in_stretch + 1);
        post_deal(f, 5, f->deals[i]);
        post_deal(f, 4 + 2 * (uint32_t)below(f, 2), f->deals[i] + 1);
    }
    qsort(f->deals, DEALS, sizeof f->deals[0], compare_deals);
    for (size_t i = 0; i < DEALS; i++) {
        if (count == 0 || f->deals[i] != f->deals[count - 1]) {
            f->deals[count++] = f->deals[i];
        }
    }
    return count;
}

static void deals_come_in_order_from_anywhere_over_all_stretches(void **state)
{
    struct fixture *f = *state;
    size_t count = fill_deals(f);

    check_deals(f, 0, DEALS, f->deals, count);
    for (int i = 0; i < 500; i++) {
        check_deals(f, (uint32_t)below(f, 13ull * DEAL_STRETCH), (size_t)below(f, 30), f->deals,
                    count);
    }
}

static void deals_are_walked_one_by_one(void **state)
{
    struct fixture *f = *state;
    size_t count = fill_deals(f);
    size_t walked = 0;
    uint32_t deal = 0;

    while (sl_entities_deals(f->state, 5, deal + 1, 1, &deal) == 1) {
        assert_true(walked < count);
        assert_int_equal(deal, f->deals[walked]);
        walked++;
    }

    assert_int_equal(walked, count);
}

static void a_customer_without_deals_has_none(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(sl_entities_deals(f->state, 5, 1, DEALS, f->found_deals), 0);

    post_deal(f, 4, 3 * DEAL_STRETCH);
    post_deal(f, 6, 1);

    assert_int_equal(sl_entities_deals(f->state, 5, 1, DEALS, f->found_deals), 0);
    assert_int_equal(sl_entities_deals(f->state, 4, UINT32_MAX, DEALS, f->found_deals), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(seqs_come_in_order_over_all_stretches),
        T(seqs_begin_anywhere_and_stop_at_the_number_asked_for),
        T(seqs_are_counted_over_all_stretches),
        T(the_last_seq_is_found_in_whatever_stretch_it_lies),
        T(who_was_never_touched_has_no_seq),
        T(the_highest_numbers_fit_into_the_key_of_a_posting),
        T(deals_come_in_order_from_anywhere_over_all_stretches),
        T(deals_are_walked_one_by_one),
        T(a_customer_without_deals_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
