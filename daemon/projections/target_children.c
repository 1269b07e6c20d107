/* The sum of a target's children. */
#include "projections/target_children.h"

struct work {
    struct sl_ledger *ledger;
    const struct sl_target_ask *ask; /* of the parent */
    bool has_any;
    sl_int128 sum;
};

static void add_child(struct work *work, sl_int128 amount)
{
    work->has_any = true;
    work->sum += amount;
}

static void add_named(struct work *work, const struct sl_target_parent *parent)
{
    const struct sl_target_days *target = parent->target;
    uint32_t own = target->is_own ? target->stretches[0].stored.own : 0;
    const sl_int128 *sum =
        own != 0 ? sl_named_children_sum(parent->named, own, work->ask->measure) : NULL;
    if (sum != NULL) {
        add_child(work, *sum);
    }
}

/* The target of a member's scope, for the parent's period. */
static enum sl_err add_member(struct work *work, uint32_t scope)
{
    struct sl_target_ask ask = *work->ask;
    struct sl_target_days target;
    ask.scope = scope;
    enum sl_err err = sl_target_days_get(work->ledger, &ask, &work->ledger->arena, &target);
    if (err == SL_OK && target.count > 0) {
        add_child(work, target.amount);
    }
    return err;
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
static bool has_members(const uint32_t *numbers)
{
    return numbers[0] == 0 && numbers[2] == 0 && numbers[3] == 0 && numbers[4] == 0 &&
           numbers[5] == 0;
}

/* The greatest number stands for what is greater still. Amounts are 0 or more, so nothing is less than the least. */
static int64_t shown(sl_int128 sum)
{
    return sum < INT64_MAX ? (int64_t)sum : INT64_MAX;
}

enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                   const struct sl_target_parent *parent,
                                   struct sl_target_children *ret_children)
{
    struct work work = {.ledger = ledger, .ask = parent->ask};
    uint32_t unit = parent->numbers[1];
    enum sl_err err = SL_OK;
    add_named(&work, parent);
    bool has_by_tree = !work.has_any && has_members(parent->numbers);
    if (has_by_tree && unit != 0) {
        err = add_people(&work, unit);
    }
    if (err == SL_OK && has_by_tree) {
        err = add_units(&work, unit);
    }
    if (err == SL_OK) {
        *ret_children = (struct sl_target_children){work.has_any, shown(work.sum)};
    }
    return err;
}
