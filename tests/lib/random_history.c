/* One random event at a time. */
#include "lib/random_history.h"

#include <stdio.h>
#include <string.h>

#include "projections/fold.h"

#define DEALS 40u

const char *const sl_test_people[] = {"ann", "bob", "cat", "dan", "eve", "fay", "stranger", NULL};
const char *const sl_test_units[] = {"all", "north", "south", "n1", "n2", "s1", NULL};
const char *const sl_test_products[] = {"anvil", "bolt", "cable", "disc", "extra", NULL};
const char *const sl_test_lines[] = {"iron", "copper", NULL};
const char *const sl_test_customers[] = {"acme", "bcorp", "cinc", "dltd", NULL};
const char *const sl_test_regions[] = {"east", "west", NULL};

static uint64_t below(struct sl_test_history *history, uint64_t bound)
{
    return sl_test_random_below(&history->random, bound);
}

static bool one_in(struct sl_test_history *history, uint64_t count)
{
    return below(history, count) == 0;
}

static const char *pick(struct sl_test_history *history, const char *const *list)
{
    size_t count = 0;
    while (list[count] != NULL) {
        count++;
    }
    return list[below(history, count)];
}

/* The stranger is the last of the people. */
static size_t people_count(const struct sl_test_history *history)
{
    return history->without_stranger ? 6 : 7;
}

static const char *some_person(struct sl_test_history *history)
{
    return sl_test_people[below(history, people_count(history))];
}

/* A text on the arena of built events. */
static const char *text_of(struct sl_test_history *history, const char *prefix, uint64_t number)
{
    char *text = sl_arena_alloc(&history->t->built, 24);
    assert_non_null(text);
    (void)snprintf(text, 24, "%s%02u", prefix, (unsigned)number);
    return text;
}

static const char *some_day(struct sl_test_history *history)
{
    char *text = sl_arena_alloc(&history->t->built, SL_DAY_TEXT_MAX);
    assert_non_null(text);
    (void)sl_day_format((sl_day){DAY("2025-01-01").v + (int32_t)below(history, 365)}, text);
    return text;
}

/* ── sales ── */

static void fill_lines(struct sl_test_history *history, struct sl_build_sale *sale)
{
    sale->line_count = 1 + (one_in(history, 2) ? below(history, 4) : 0);
    for (size_t i = 0; i < sale->line_count; i++) {
        struct sl_build_line *line = &sale->lines[i];
        line->product = one_in(history, 8) ? NULL : pick(history, sl_test_products);
        line->amount = (int64_t)(1 + below(history, one_in(history, 3) ? 9 : 100000));
        line->quantity = (int64_t)(1 + below(history, 5000));
        line->has_cost = one_in(history, 2);
        line->cost = (int64_t)below(history, 50000);
    }
}

static const char *known_product(const char *text)
{
    for (size_t i = 0; sl_test_products[i] != NULL; i++) {
        if (strcmp(sl_test_products[i], text) == 0) {
            return sl_test_products[i];
        }
    }
    return NULL;
}

/* Takes from what is booked of the deal's products, all or a part; or, where none is, as it comes. */
static void fill_taken(struct sl_test_history *history, struct sl_build_sale *sale)
{
    struct sl_test_ledger *t = history->t;
    struct sl_deal_products products = {0};
    struct sl_fold fold;
    sl_fold_load(t->ledger, sl_test_number(t, SL_ENTITY_DEAL, sale->deal), &products, &fold);
    sl_fold_want_products(t->ledger, &fold);
    for (size_t i = 0; i < products.count && sale->line_count < SL_BUILD_LINES_MAX; i++) {
        const struct sl_deal_product *booked = &products.list[i];
        char text[SL_ID_TEXT_BYTES_MAX + 1] = "";
        struct sl_build_line *line = &sale->lines[sale->line_count];
        if (booked->booked_minor <= 0 || one_in(history, 3)) {
            continue;
        }
        (void)sl_names_text(&t->ledger->names, SL_ENTITY_PRODUCT, booked->product, text);
        line->product = booked->product == 0 || one_in(history, 8) ? NULL : known_product(text);
        line->amount = one_in(history, 3) ? (int64_t)below(history, (uint64_t)booked->booked_minor)
                                          : booked->booked_minor;
        sale->line_count++;
    }
    if (sale->line_count == 0) {
        fill_lines(history, sale);
    }
}

static void fill_credits(struct sl_test_history *history, struct sl_build_sale *sale)
{
    static const int64_t cuts[] = {SL_PPM, 500000, 333333, 700001};
    size_t people = people_count(history);
    size_t first = below(history, people);
    if (one_in(history, 4)) {
        return; /* the deal's, the owner's, nobody's */
    }
    int64_t cut = cuts[below(history, COUNT(cuts))];
    sale->credits[sale->credit_count++] =
        (struct sl_build_credit){sl_test_people[first], cut, SL_CREDIT_DIRECT, NULL};
    if (cut != SL_PPM) {
        sale->credits[sale->credit_count++] = (struct sl_build_credit){
            sl_test_people[(first + 1) % people], SL_PPM - cut, SL_CREDIT_DIRECT, NULL};
    }
    if (one_in(history, 3)) {
        sale->credits[sale->credit_count++] = (struct sl_build_credit){
            sl_test_people[(first + below(history, 3)) % people], 250001, SL_CREDIT_OVERLAY, NULL};
    }
}

static struct sl_slice some_sale(struct sl_test_history *history)
{
    static const enum sl_close_kind kinds[] = {
        SL_CLOSE_WON,       SL_CLOSE_WON,      SL_CLOSE_WON,      SL_CLOSE_WON,
        SL_CLOSE_LOST,      SL_CLOSE_AMENDED,  SL_CLOSE_INVOICED, SL_CLOSE_COLLECTED,
        SL_CLOSE_CANCELLED, SL_CLOSE_RETURNED, SL_CLOSE_DELIVERED};
    struct sl_build_sale sale = {.date = some_day(history),
                                 .deal = text_of(history, "D", below(history, DEALS)),
                                 .kind = kinds[below(history, COUNT(kinds))]};
    if (!one_in(history, 3)) {
        sale.customer = pick(history, sl_test_customers);
    }
    fill_credits(history, &sale);
    bool is_quote = one_in(history, 5);
    if (!is_quote && sl_close_takes_back(sale.kind)) {
        fill_taken(history, &sale);
    } else if (is_quote || sale.kind != SL_CLOSE_LOST) {
        fill_lines(history, &sale);
    }
    return is_quote ? sl_build_quote(&history->t->builder, &sale)
                    : sl_build_close(&history->t->builder, &sale);
}

static struct sl_slice some_contact(struct sl_test_history *history)
{
    struct sl_build_contact contact = {.date = some_day(history),
                                       .customer = pick(history, sl_test_customers),
                                       .kind = (uint32_t)(1 + below(history, 4))};
    contact.person = one_in(history, 3) ? NULL : some_person(history);
    contact.deal = one_in(history, 2) ? NULL : text_of(history, "D", below(history, DEALS));
    return sl_build_contact(&history->t->builder, &contact);
}

static struct sl_slice some_target(struct sl_test_history *history)
{
    static const char *const periods[] = {"2025", "2025-Q1", "2025-02", NULL};
    return BUILD_TARGET(&history->t->builder, .person = some_person(history),
                        .period = pick(history, periods),
                        .amount = (int64_t)(1000 * (1 + below(history, 300))));
}

/* ── master data ── */

static struct sl_slice some_define(struct sl_test_history *history)
{
    struct sl_builder *b = &history->t->builder;
    const char *from = some_day(history);
    const char *to = one_in(history, 4) ? "2026-01-01" : NULL;
    uint64_t kind = below(history, 4);
    if (kind == 0) {
        return BUILD_DEFINE(b, .kind = SL_DEFINE_PERSON,
                            .id_text = sl_test_people[below(history, 6)],
                            .unit = one_in(history, 9) ? NULL : pick(history, sl_test_units),
                            .from = from, .to = to);
    }
    if (kind == 1) {
        return BUILD_DEFINE(b, .kind = SL_DEFINE_PRODUCT,
                            .id_text = pick(history, sl_test_products),
                            .line = pick(history, sl_test_lines), .from = from, .to = to);
    }
    if (kind == 2) {
        return BUILD_DEFINE(
            b, .kind = SL_DEFINE_CUSTOMER, .id_text = pick(history, sl_test_customers),
            .region = one_in(history, 5) ? NULL : pick(history, sl_test_regions),
            .owner = one_in(history, 3) ? NULL : some_person(history), .from = from, .to = to);
    }
    static const char *const movable[] = {"n1", "n2", "s1", NULL};
    static const char *const parents[] = {"all", "north", "south", NULL};
    return BUILD_DEFINE(b, .kind = SL_DEFINE_UNIT, .id_text = pick(history, movable),
                        .parent = pick(history, parents), .from = from, .to = to);
}

static void define_all(struct sl_test_ledger *t)
{
    static const char *const parents[] = {NULL, "all", "all", "north", "north", "south"};
    for (size_t i = 0; sl_test_units[i] != NULL; i++) {
        (void)ADD_UNIT(t, sl_test_units[i], .parent = parents[i]);
    }
    for (size_t i = 0; i < 6; i++) { /* the stranger is nobody's */
        (void)ADD_PERSON(t, sl_test_people[i], .unit = sl_test_units[1 + i % 5]);
    }
    for (size_t i = 0; i < 4; i++) { /* the extra stays undefined */
        (void)ADD_PRODUCT(t, sl_test_products[i], .line = sl_test_lines[i / 2]);
    }
    for (size_t i = 0; i < 3; i++) { /* so does dltd */
        (void)ADD_CUSTOMER(t, sl_test_customers[i], .region = sl_test_regions[i % 2],
                           .owner = i < 2 ? sl_test_people[i] : NULL);
    }
}

/* ── steps ── */

void sl_test_history_begin(struct sl_test_history *history, struct sl_test_ledger *t)
{
    *history = (struct sl_test_history){.t = t};
    sl_test_random_init(&history->random);
    define_all(t);
}

static struct sl_slice some_event(struct sl_test_history *history)
{
    uint64_t kind = below(history, 10);
    if (kind == 0 && history->with_defines) {
        return some_define(history);
    }
    if (kind == 1) {
        return some_target(history);
    }
    return kind < 4 ? some_contact(history) : some_sale(history);
}

void sl_test_history_step(struct sl_test_history *history)
{
    struct sl_test_ledger *t = history->t;
    struct sl_slice bytes = some_event(history);
    bool is_correct = history->with_corrections && history->count > 0 && one_in(history, 6);
    if (is_correct) {
        uint64_t seq = history->seqs[below(history, history->count)];
        bytes = one_in(history, 2) ? sl_build_void(&t->builder, seq)
                                   : sl_build_replace(&t->builder, seq, bytes);
    }
    if (sl_test_judge(t, bytes) != SL_OK) {
        return;
    }
    uint64_t seq = sl_test_add(t, bytes);
    if (!is_correct && history->count < SL_TEST_HISTORY_MAX) {
        history->seqs[history->count++] = seq;
    }
}
