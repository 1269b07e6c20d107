/* The unit tree stays one: which defines and corrections of units are refused since somebody would lie below himself, or too deep. */
#include "lib/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/ledger_fixture.h"

#define UNIT(t, ...) BUILD_DEFINE(&(t)->builder, .kind = SL_DEFINE_UNIT, .id_text = __VA_ARGS__)

static void assert_define_refused(struct sl_test_ledger *t, struct sl_slice event)
{
    assert_err(SL_E_INVALID_FIELD, sl_test_judge(t, event));
    assert_string_equal(t->diag.field, "define.unit.parent");
}

static void assert_not_correctable(struct sl_test_ledger *t, struct sl_slice event)
{
    assert_err(SL_E_NOT_CORRECTABLE, sl_test_judge(t, event));
    assert_string_equal(t->diag.field, "correct.ref_seq");
}

/* ── loops ── */

static void a_void_cannot_bring_a_loop_to_light(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "a", .parent = "b");
    uint64_t root = ADD_UNIT(t, "a");
    (void)ADD_UNIT(t, "b", .parent = "a");

    assert_not_correctable(t, sl_build_void(&t->builder, root));

    assert_string_equal(t->diag.message,
                        "unit \"a\" would lie below \"b\" again, in a loop or more "
                        "than 16 levels");
}

static void a_replacement_cannot_bring_a_loop_to_light(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_UNIT(t, "x", .parent = "y");
    uint64_t root = ADD_UNIT(t, "x", .from = "2020-03-01");
    (void)ADD_UNIT(t, "y", .parent = "x", .from = "2020-03-01");

    assert_not_correctable(t, sl_build_replace(b, root, UNIT(t, "x", .from = "2020-04-01")));
    assert_not_correctable(
        t, sl_build_replace(b, root, UNIT(t, "x", .from = "2020-03-01", .to = "2020-04-01")));
    assert_ok(sl_test_judge(t, sl_build_replace(b, root, UNIT(t, "x", .from = "2020-02-01"))));
}

static void a_replacement_that_makes_a_loop_is_refused_as_a_define_is(void **state)
{
    struct sl_test_ledger *t = *state;
    uint64_t root = ADD_UNIT(t, "all");
    (void)ADD_UNIT(t, "north", .parent = "all");

    assert_err(
        SL_E_INVALID_FIELD,
        sl_test_judge(t, sl_build_replace(&t->builder, root, UNIT(t, "all", .parent = "north"))));
    assert_string_equal(t->diag.field, "correct.replacement.define.unit.parent");
}

static void a_replacement_by_another_unit_takes_the_first_one_away(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "a", .parent = "b");
    uint64_t root = ADD_UNIT(t, "a");
    (void)ADD_UNIT(t, "b", .parent = "a");

    assert_not_correctable(t, sl_build_replace(&t->builder, root, UNIT(t, "c")));
    assert_ok(sl_test_judge(t, sl_build_replace(&t->builder, root, UNIT(t, "a", .parent = "c"))));
}

static void a_replacement_may_hide_the_loop_it_would_bring_to_light(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    (void)ADD_UNIT(t, "b", .parent = "a", .from = "2020-03-01");
    uint64_t root = ADD_UNIT(t, "a", .from = "2020-03-01");
    (void)ADD_UNIT(t, "a", .parent = "b");

    assert_not_correctable(t, sl_build_replace(b, root, UNIT(t, "b", .from = "2020-03-02")));
    assert_ok(sl_test_judge(t, sl_build_replace(b, root, UNIT(t, "b", .from = "2020-03-01"))));
}

static void a_person_may_be_replaced_by_a_unit_that_makes_no_loop(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    uint64_t ann = ADD_PERSON(t, "ann", .unit = "north");
    (void)ADD_UNIT(t, "north", .parent = "all");

    assert_err(SL_E_INVALID_FIELD,
               sl_test_judge(t, sl_build_replace(b, ann, UNIT(t, "all", .parent = "north"))));
    assert_ok(sl_test_judge(t, sl_build_replace(b, ann, UNIT(t, "all"))));
}

static void a_voided_define_is_brought_back_only_where_it_still_fits(void **state)
{
    struct sl_test_ledger *t = *state;
    struct sl_builder *b = &t->builder;
    uint64_t below = ADD_UNIT(t, "a", .parent = "b");
    (void)sl_test_add_void(t, below);
    (void)ADD_UNIT(t, "b", .parent = "a");

    assert_err(SL_E_INVALID_FIELD,
               sl_test_judge(t, sl_build_replace(b, below, UNIT(t, "a", .parent = "b"))));
    assert_ok(sl_test_judge(t, sl_build_void(b, below)));
}

static void units_may_change_places_from_one_day_to_the_next(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "a", .parent = "b", .to = "2020-03-01");

    (void)ADD_UNIT(t, "b", .parent = "a", .from = "2020-03-01");

    assert_define_refused(t, UNIT(t, "b", .parent = "a", .from = "2020-02-29"));
    assert_define_refused(t, UNIT(t, "a", .parent = "b", .to = "2020-03-02"));
}

static void days_on_which_a_define_does_not_hold_do_not_count(void **state)
{
    struct sl_test_ledger *t = *state;
    (void)ADD_UNIT(t, "a", .parent = "all", .from = "2020-03-01");
    (void)ADD_UNIT(t, "b", .parent = "a", .from = "2020-03-01");

    assert_ok(sl_test_judge(t, UNIT(t, "a", .parent = "b", .from = "2020-02-01")));
    assert_define_refused(t, UNIT(t, "a", .parent = "b", .from = "2020-03-01"));
}

/* ── depth ── */

static struct sl_slice
link_of(struct sl_test_ledger *t, const char *chain, unsigned below, unsigned above)
{
    char unit[16];
    char parent[16];
    (void)snprintf(unit, sizeof unit, "%s%u", chain, below);
    (void)snprintf(parent, sizeof parent, "%s%u", chain, above);
    return UNIT(t, unit, .parent = parent);
}

/* A chain of so many units, the lowest first; <chain>0 is the uppermost and has no define. */
static void add_chain(struct sl_test_ledger *t, const char *chain, unsigned count)
{
    for (unsigned i = count - 1; i > 0; i--) {
        (void)sl_test_add(t, link_of(t, chain, i, i - 1));
    }
}

static void a_tree_grows_upwards_as_deep_as_the_limit_and_not_deeper(void **state)
{
    struct sl_test_ledger *t = *state;
    add_chain(t, "u", SL_UNIT_DEPTH_MAX);

    assert_define_refused(t, UNIT(t, "u0", .parent = "new"));
    assert_define_refused(t, UNIT(t, "new", .parent = "u15"));
    assert_ok(sl_test_judge(t, UNIT(t, "u1", .parent = "new")));
    assert_ok(sl_test_judge(t, UNIT(t, "new", .parent = "u14")));
}

static void a_define_between_two_chains_joins_their_levels(void **state)
{
    struct sl_test_ledger *t = *state;
    add_chain(t, "u", SL_UNIT_DEPTH_MAX / 2);
    add_chain(t, "v", SL_UNIT_DEPTH_MAX / 2 + 1);

    assert_define_refused(t, UNIT(t, "v0", .parent = "u7"));
    assert_define_refused(t, UNIT(t, "u0", .parent = "v8"));
    assert_ok(sl_test_judge(t, UNIT(t, "v0", .parent = "u6")));
    assert_ok(sl_test_judge(t, UNIT(t, "v1", .parent = "u7")));
}

static void chains_of_other_days_are_not_joined(void **state)
{
    struct sl_test_ledger *t = *state;
    add_chain(t, "u", SL_UNIT_DEPTH_MAX);
    (void)ADD_UNIT(t, "u9", .parent = "all", .from = "2020-03-01");

    assert_define_refused(t, UNIT(t, "u0", .parent = "new", .from = "2020-02-29"));
    assert_define_refused(t, UNIT(t, "u0", .parent = "new", .to = "2020-03-01"));
    assert_ok(sl_test_judge(t, UNIT(t, "u0", .parent = "new", .from = "2020-03-01")));
}

static void a_void_cannot_bring_a_longer_chain_to_light(void **state)
{
    struct sl_test_ledger *t = *state;
    add_chain(t, "u", SL_UNIT_DEPTH_MAX);
    uint64_t apart = ADD_UNIT(t, "u9", .from = "2020-03-01", .to = "2020-03-02");
    (void)ADD_UNIT(t, "u0", .parent = "all", .from = "2020-03-01", .to = "2020-03-02");

    assert_not_correctable(t, sl_build_void(&t->builder, apart));
    assert_string_equal(t->diag.message, "unit \"u9\" would lie below \"u8\" again, in a loop or "
                                         "more than 16 levels");
}

static void a_batch_of_links_is_refused_where_the_chain_gets_too_long(void **state)
{
    struct sl_test_ledger *t = *state;

    for (unsigned i = 30; i > 15; i--) {
        (void)sl_test_add(t, link_of(t, "u", i, i - 1));
    }

    assert_define_refused(t, link_of(t, "u", 15, 14));
}

/* ── any history ── */

#define UNITS    24u
#define DAYS     12u
#define ROWS_MAX 72u
#define STEPS    2000u

/* The defines in force, and what they say of each day, the plain way. */
struct model {
    struct sl_test_ledger *t;
    struct sl_test_random random;
    struct define {
        unsigned unit, parent, from, to; /* UNITS: none; days from 0, the last is for ever */
        uint64_t seq;
    } rows[ROWS_MAX];
    unsigned count;
};

static unsigned below(struct model *model, unsigned bound)
{
    return (unsigned)sl_test_random_below(&model->random, bound);
}

static unsigned parent_of(const struct model *model, unsigned unit, unsigned day)
{
    const struct define *found = NULL;
    for (unsigned i = 0; i < model->count; i++) {
        const struct define *row = &model->rows[i];
        bool holds = row->unit == unit && row->from <= day && day < row->to;
        bool is_later = found == NULL || row->from > found->from ||
                        (row->from == found->from && row->seq > found->seq);
        found = holds && is_later ? row : found;
    }
    return found != NULL ? found->parent : UNITS;
}

static bool is_tree(const struct model *model)
{
    for (unsigned day = 0; day < DAYS; day++) {
        for (unsigned unit = 0; unit < UNITS; unit++) {
            unsigned count = 0;
            for (unsigned at = unit; at != UNITS; at = parent_of(model, at, day)) {
                if (++count > SL_UNIT_DEPTH_MAX) {
                    return false;
                }
            }
        }
    }
    return true;
}

static struct define some_define(struct model *model)
{
    struct define define;
    define.unit = below(model, UNITS);
    do {
        /* Mostly below its neighbour: so chains become long. */
        define.parent = below(model, 8) > 0 ? (define.unit + 1) % UNITS : below(model, UNITS + 1);
    } while (define.parent == define.unit);
    define.from = below(model, 4) > 0 ? 0 : below(model, DAYS);
    define.to = below(model, 6) > 0 ? DAYS : define.from + 1 + below(model, DAYS - define.from);
    define.seq = 0;
    return define;
}

static const char *day_text(unsigned day, char text[SL_DAY_TEXT_MAX])
{
    (void)sl_day_format((sl_day){DAY("2020-01-01").v + (int32_t)day}, text);
    return text;
}

static struct sl_slice define_of(struct model *model, const struct define *define)
{
    char unit[8];
    char parent[8];
    char from[SL_DAY_TEXT_MAX];
    char to[SL_DAY_TEXT_MAX];
    (void)snprintf(unit, sizeof unit, "u%u", define->unit);
    (void)snprintf(parent, sizeof parent, "u%u", define->parent);
    return UNIT(model->t, unit, .parent = define->parent < UNITS ? parent : NULL,
                .from = define->from > 0 ? day_text(define->from, from) : NULL,
                .to = define->to < DAYS ? day_text(define->to, to) : NULL);
}

enum kind { DEFINE, VOID, REPLACE };

/* Mostly what makes the tree grow. */
static enum kind some_kind(struct model *model)
{
    if (model->count < UNITS || (model->count < ROWS_MAX && below(model, 2) > 0)) {
        return DEFINE;
    }
    return below(model, 5) > 0 ? REPLACE : VOID;
}

static struct sl_slice
event_of(struct model *model, enum kind kind, uint64_t seq, const struct define *after)
{
    switch (kind) {
    case DEFINE: return define_of(model, after);
    case VOID: return sl_build_void(&model->t->builder, seq);
    case REPLACE: break;
    }
    return sl_build_replace(&model->t->builder, seq, define_of(model, after));
}

/* Judged by both, and taken if it is good. Gives whether it was. */
static bool step(struct model *model)
{
    enum kind kind = some_kind(model);
    unsigned at = kind == DEFINE ? model->count++ : below(model, model->count);
    struct define before = model->rows[at];
    struct define after  = some_define(model);
    struct sl_slice event = event_of(model, kind, before.seq, &after);
    after.to = kind == VOID ? after.from : after.to;
    after.seq = kind == DEFINE ? UINT64_MAX : before.seq;
    model->rows[at] = after;
    bool is_good = is_tree(model);
    assert_int_equal(sl_test_judge(model->t, event) == SL_OK, is_good);
    if (is_good) {
        uint64_t seq = sl_test_add(model->t, event);
        model->rows[at].seq = kind == DEFINE ? seq : before.seq;
    } else {
        model->rows[at] = before;
        model->count -= kind == DEFINE ? 1 : 0;
    }
    return is_good;
}

static void what_is_taken_is_a_tree_on_every_day_and_what_is_refused_would_not_be(void **state)
{
    static struct model model;
    unsigned good = 0;
    unsigned bad = 0;
    model = (struct model){.t = *state};
    sl_test_random_init(&model.random);
    for (unsigned i = 0; i < STEPS; i++) {
        if (step(&model)) {
            good++;
        } else {
            bad++;
        }
    }
    assert_true(good > 500 && bad > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_void_cannot_bring_a_loop_to_light),
        LEDGER_TEST(a_replacement_cannot_bring_a_loop_to_light),
        LEDGER_TEST(a_replacement_that_makes_a_loop_is_refused_as_a_define_is),
        LEDGER_TEST(a_replacement_by_another_unit_takes_the_first_one_away),
        LEDGER_TEST(a_replacement_may_hide_the_loop_it_would_bring_to_light),
        LEDGER_TEST(a_person_may_be_replaced_by_a_unit_that_makes_no_loop),
        LEDGER_TEST(a_voided_define_is_brought_back_only_where_it_still_fits),
        LEDGER_TEST(units_may_change_places_from_one_day_to_the_next),
        LEDGER_TEST(days_on_which_a_define_does_not_hold_do_not_count),
        LEDGER_TEST(a_tree_grows_upwards_as_deep_as_the_limit_and_not_deeper),
        LEDGER_TEST(a_define_between_two_chains_joins_their_levels),
        LEDGER_TEST(chains_of_other_days_are_not_joined),
        LEDGER_TEST(a_void_cannot_bring_a_longer_chain_to_light),
        LEDGER_TEST(a_batch_of_links_is_refused_where_the_chain_gets_too_long),
        LEDGER_TEST(what_is_taken_is_a_tree_on_every_day_and_what_is_refused_would_not_be),
    };
    return RUN_LEDGER_TESTS(tests);
}
