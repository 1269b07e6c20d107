/* The sum of a target's children. */
#include "projections/target_children.h"

struct work {
    struct sl_ledger *ledger;
    const struct sl_target_ask *ask; /* of the parent */
    struct sl_target_children children;
};

static enum sl_err add_child(struct work *work, int64_t amount)
{
    work->children.has_any = true;
    return __builtin_add_overflow(work->children.sum, amount, &work->children.sum) ? SL_E_OVERFLOW
                                                                                   : SL_OK;
}

/* Only amounts of one measure and role add up, and only those of its own days belong to a parent. */
static bool
is_like(const struct sl_target_ask *ask, struct sl_key key, const struct sl_stored_target *row)
{
    return sl_targets_key_measure(key) == ask->measure && sl_targets_key_role(key) == ask->role &&
           row->start >= ask->period.start.v && row->end <= ask->period.end.v;
}

/* A child may have another period than its parent, as months of a year do, so all targets are
 * looked at. */
static enum sl_err add_named(struct work *work, uint32_t own)
{
    struct sl_state *state = work->ledger->state;
    struct sl_state_cursor cursor;
    enum sl_err err = SL_OK;
    sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){0, 0}, &cursor);
    while (err == SL_OK && cursor.row != NULL) {
        struct sl_key key = cursor.key;
        struct sl_stored_target row = *(const struct sl_stored_target *)cursor.row;
        sl_state_next(state, &cursor);
        bool is_in_force = cursor.row == NULL || !sl_targets_same(cursor.key, key);
        if (is_in_force && row.parent == own && is_like(work->ask, key, &row)) {
            err = add_child(work, row.amount);
        }
    }
    return err;
}

/* The target of a member's scope, for the parent's period. */
static enum sl_err add_member(struct work *work, uint32_t scope)
{
    struct sl_target_ask ask = *work->ask;
    struct sl_target_days target;
    ask.scope = scope;
    enum sl_err err = sl_target_days_get(work->ledger, &ask, &work->ledger->arena, &target);
    return err == SL_OK && target.count > 0 ? add_child(work, target.amount) : err;
}

/* Is the person or unit right below the unit, or, for unit 0, a unit with none above, on the day? */
static bool
is_right_below(const struct sl_timelines *members, uint32_t number, uint32_t unit, sl_day day)
{
    uint32_t count;
    (void)sl_org_segments(members, number, &count); /* only how many there are */
    const struct sl_segment *segment = sl_org_on(members, number, day);
    return segment != NULL ? segment->row.parent == unit : count == 0 && unit == 0;
}

/* The targets of people in the unit on the period's last day. */
static enum sl_err add_people(struct work *work, uint32_t unit)
{
    const struct sl_timelines *people = &work->ledger->org.people;
    sl_day day = {work->ask->period.end.v - 1};
    enum sl_err err = SL_OK;
    for (uint32_t number = 1; err == SL_OK && number <= people->number_max; number++) {
        if (is_right_below(people, number, unit, day)) {
            err = add_member(work, sl_targets_scope_of_person(work->ledger, number));
        }
    }
    return err;
}

/* The targets of units right below the unit on the period's last day; 0: of those with none above. */
static enum sl_err add_units(struct work *work, uint32_t unit)
{
    const struct sl_timelines *units = &work->ledger->org.units;
    uint32_t number_max = sl_names_count(&work->ledger->names, SL_ENTITY_UNIT);
    sl_day day = {work->ask->period.end.v - 1};
    enum sl_err err = SL_OK;
    for (uint32_t number = 1; err == SL_OK && number <= number_max; number++) {
        if (is_right_below(units, number, unit, day)) {
            err = add_member(work, sl_targets_scope_of_unit(work->ledger, number));
        }
    }
    return err;
}

/* Is the scope a unit and nothing else, or, with unit 0, the company? */
static bool has_members(const uint32_t numbers[6])
{
    return numbers[0] == 0 && numbers[2] == 0 && numbers[3] == 0 && numbers[4] == 0 &&
           numbers[5] == 0;
}

enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                   const struct sl_target_ask *ask,
                                   const struct sl_target_days *target,
                                   const uint32_t numbers[6],
                                   struct sl_target_children *ret_children)
{
    struct work work = {.ledger = ledger, .ask = ask};
    uint32_t own = target->is_own ? target->stretches[0].stored.own : 0;
    enum sl_err err = own != 0 ? add_named(&work, own) : SL_OK;
    uint32_t unit = numbers[1];
    bool has_by_tree = !work.children.has_any && has_members(numbers);
    if (err == SL_OK && has_by_tree && unit != 0) {
        err = add_people(&work, unit);
    }
    if (err == SL_OK && has_by_tree) {
        err = add_units(&work, unit);
    }
    if (err == SL_OK) {
        *ret_children = work.children;
    }
    return err;
}
