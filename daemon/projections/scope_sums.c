/* Tables of scopes by shape, and the walk that fills their rows. */
#include "projections/scope_sums.h"

#include <string.h>

#include "projections/fact_scan.h"
#include "projections/line_count.h"
#include "sl/stored/hash.h"

#define PARTS 6u

enum part { PART_PERSON, PART_UNIT, PART_LINE, PART_PRODUCT, PART_CUSTOMER, PART_REGION };

/* What a scope names, 0 for what it does not; which parts those are is the shape's. */
struct numbers {
    uint32_t of[PARTS];
};

/* Scopes that name the same parts and kind of contacts. */
struct shape {
    unsigned parts; /* bit 1 << enum part */
    uint32_t contact_kind;
    size_t count;
    size_t slot_count; /* a power of two, more than `count` */
    uint32_t *slots;   /* place of the scope in the query + 1; 0: free */
    struct sl_line_count *lines;
};

struct walk {
    struct sl_ledger *ledger;
    const struct sl_scope_sums_query *query;
    struct sl_sums_row *rows;
    struct shape *shapes;
    size_t shape_count;
    struct sl_taken_back back;
};

static unsigned parts_of(const struct sl_scope_numbers *scope)
{
    return (unsigned)scope->has_person << PART_PERSON | (unsigned)scope->has_unit << PART_UNIT |
           (unsigned)scope->has_line << PART_LINE | (unsigned)scope->has_product << PART_PRODUCT |
           (unsigned)scope->has_customer << PART_CUSTOMER |
           (unsigned)scope->has_region << PART_REGION;
}

static struct numbers numbers_of(const struct sl_scope_numbers *scope)
{
    return (struct numbers){
        {scope->has_person ? scope->person : 0, scope->has_unit ? scope->unit : 0,
         scope->has_line ? scope->line : 0, scope->has_product ? scope->product : 0,
         scope->has_customer ? scope->customer : 0, scope->has_region ? scope->region : 0}};
}

static bool is_named(const struct shape *shape, enum part part)
{
    return (shape->parts & 1u << part) != 0;
}

/* ── the tables ── */

/* The slot that holds the scope with these numbers, or the free one where it belongs. */
static uint32_t *
find_slot(const struct walk *walk, const struct shape *shape, const struct numbers *numbers)
{
    size_t mask = shape->slot_count - 1;
    size_t at = sl_crc32c(0, numbers, sizeof *numbers) & mask;
    for (;; at = (at + 1) & mask) {
        uint32_t *slot = &shape->slots[at];
        if (*slot == 0) {
            return slot;
        }
        struct numbers held = numbers_of(&walk->query->scopes[*slot - 1]);
        if (memcmp(&held, numbers, sizeof held) == 0) {
            return slot;
        }
    }
}

static bool is_of_shape(const struct shape *shape, const struct sl_scope_numbers *scope)
{
    return shape->parts == parts_of(scope) && shape->contact_kind == scope->contact_kind;
}

static struct shape *shape_of(const struct walk *walk, const struct sl_scope_numbers *scope)
{
    size_t at = 0;
    while (at < walk->shape_count && !is_of_shape(&walk->shapes[at], scope)) {
        at++;
    }
    return &walk->shapes[at]; /* the one behind the last, if there is none yet */
}

/* The shapes, with room for their scopes. */
static enum sl_err make_shapes(struct walk *walk, struct sl_arena *arena)
{
    enum { SHAPES_MAX = (1u << PARTS) * (SL_CONTACT_KINDS + 1) };
    walk->shapes = sl_arena_calloc(arena, SHAPES_MAX, sizeof walk->shapes[0]);
    if (walk->shapes == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < walk->query->count; i++) {
        const struct sl_scope_numbers *scope = &walk->query->scopes[i];
        struct shape *shape = shape_of(walk, scope);
        if (shape->count == 0) {
            SL_ASSERT(walk->shape_count < SHAPES_MAX);
            shape->parts = parts_of(scope);
            shape->contact_kind = scope->contact_kind;
            walk->shape_count++;
        }
        shape->count++;
    }
    for (size_t i = 0; i < walk->shape_count; i++) {
        struct shape *shape = &walk->shapes[i];
        shape->slot_count = 4;
        while (shape->slot_count < 2 * shape->count) {
            shape->slot_count *= 2;
        }
        shape->slots = sl_arena_calloc(arena, shape->slot_count, sizeof shape->slots[0]);
        shape->lines = sl_arena_alloc(arena, sizeof *shape->lines);
        if (shape->slots == NULL || shape->lines == NULL) {
            return SL_E_NO_MEMORY;
        }
        sl_line_count_init(shape->lines, &walk->back, walk->query->amounts_only);
    }
    return SL_OK;
}

static void fill_shapes(struct walk *walk)
{
    for (size_t i = 0; i < walk->query->count; i++) {
        const struct sl_scope_numbers *scope = &walk->query->scopes[i];
        struct numbers numbers = numbers_of(scope);
        uint32_t *slot = find_slot(walk, shape_of(walk, scope), &numbers);
        SL_ASSERT(*slot == 0);
        *slot = (uint32_t)i + 1;
    }
}

/* ── the walk ── */

/* A fact, with all that scopes look at. */
struct seen {
    struct sl_key key;
    const struct sl_fact_row *row;
    struct numbers numbers; /* but the unit */
    uint32_t units[SL_UNIT_DEPTH_MAX];
    size_t unit_count;
    /* what it adds to scopes of the shape at hand, once that has been asked */
    bool has_sums;
    struct sl_fact_sums sums;
};

static struct seen look_at(struct walk *walk, const struct sl_fact_scan *scan)
{
    struct sl_ledger *ledger = walk->ledger;
    struct sl_scope_numbers as_it_was = {0};
    struct seen seen = {.key = scan->key, .row = scan->row};
    sl_day day = sl_key_fact_day(scan->key);
    uint32_t person = sl_key_fact_person(scan->key);
    seen.numbers.of[PART_PERSON] = person;
    seen.numbers.of[PART_LINE] = sl_scope_line_of(ledger, scan->row->product, day);
    seen.numbers.of[PART_PRODUCT] = scan->row->product;
    seen.numbers.of[PART_CUSTOMER] = scan->row->customer;
    seen.numbers.of[PART_REGION] = scan->row->region;
    seen.unit_count = sl_org_chain(&ledger->org, sl_scope_unit_of(ledger, &as_it_was, person, day),
                                   day, seen.units);
    return seen;
}

/* Apart from the numbers: see sl_scope_has. */
static bool shape_has(const struct shape *shape, const struct sl_fact_row *row)
{
    bool is_own = is_named(shape, PART_PERSON) && !is_named(shape, PART_UNIT);
    return (is_own || row->credit_kind == SL_CREDIT_DIRECT) &&
           (shape->contact_kind == 0 || row->kind != SL_FACT_CONTACT ||
            row->contact_kind == shape->contact_kind);
}

static enum sl_count_rule rule_of(struct shape *shape, const struct seen *seen)
{
    if (is_named(shape, PART_PRODUCT)) {
        return SL_COUNT_PER_PRODUCT;
    }
    return is_named(shape, PART_LINE)
               ? sl_line_count_rule(shape->lines, seen->key, seen->row, seen->numbers.of[PART_LINE])
               : SL_COUNT_PER_EVENT;
}

/* Adds the fact to the scope of the shape that has these numbers, if there is one. What it adds is the same for all of them. */
static void add_to_scope(struct walk *walk,
                         struct shape *shape,
                         const struct numbers *numbers,
                         struct seen *seen)
{
    uint32_t slot = *find_slot(walk, shape, numbers);
    if (slot == 0) {
        return;
    }
    if (!seen->has_sums) {
        sl_fact_sums(seen->row, rule_of(shape, seen), &seen->sums);
        seen->has_sums = true;
    }
    for (unsigned i = 0; i < seen->sums.count; i++) {
        walk->rows[slot - 1].sums[seen->sums.parts[i].sum] += seen->sums.parts[i].value;
    }
}

static void add_to_shape(struct walk *walk, struct shape *shape, struct seen *seen)
{
    struct numbers numbers = seen->numbers;
    seen->has_sums = false;
    for (unsigned part = 0; part < PARTS; part++) {
        numbers.of[part] = is_named(shape, (enum part)part) ? numbers.of[part] : 0;
    }
    if (!is_named(shape, PART_UNIT)) {
        add_to_scope(walk, shape, &numbers, seen);
        return;
    }
    for (size_t i = 0; i < seen->unit_count; i++) {
        numbers.of[PART_UNIT] = seen->units[i];
        add_to_scope(walk, shape, &numbers, seen);
    }
}

static void add_fact(struct walk *walk, const struct sl_fact_scan *scan)
{
    struct seen seen = look_at(walk, scan);
    for (size_t i = 0; i < walk->shape_count; i++) {
        if (shape_has(&walk->shapes[i], scan->row)) {
            add_to_shape(walk, &walk->shapes[i], &seen);
        }
    }
}

/* The first of looking something up. */
static enum sl_err error_of(const struct walk *walk)
{
    enum sl_err err = sl_state_error(walk->ledger->state);
    for (size_t i = 0; i < walk->shape_count && err == SL_OK; i++) {
        err = walk->shapes[i].lines->err;
    }
    return err;
}

static enum sl_err walk_facts(struct walk *walk)
{
    struct sl_state *state = walk->ledger->state;
    struct sl_fact_scan scan;
    sl_fact_scan_all(state, walk->query->period, &scan);
    while (scan.row != NULL) {
        add_fact(walk, &scan);
        sl_fact_scan_next(state, &scan);
    }
    return error_of(walk);
}

enum sl_err sl_scope_sums(struct sl_ledger *ledger,
                          const struct sl_scope_sums_query *query,
                          struct sl_arena *arena,
                          struct sl_sums_row **ret_rows)
{
    struct walk walk = {.ledger = ledger, .query = query, .back = {.ledger = ledger}};
    sl_pending_settle(ledger);
    enum sl_err err = sl_org_refresh(&ledger->org, ledger->state);
    if (err == SL_OK) {
        walk.rows = sl_arena_calloc(arena, query->count, sizeof walk.rows[0]);
        err = walk.rows != NULL ? make_shapes(&walk, arena) : SL_E_NO_MEMORY;
    }
    if (err != SL_OK) {
        return err;
    }
    fill_shapes(&walk);
    err = walk_facts(&walk);
    sl_taken_back_deinit(&walk.back);
    *ret_rows = walk.rows;
    return err;
}
