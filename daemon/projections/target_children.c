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

/* The targets of one kind's members right below the unit on the period's last day. */
static enum sl_err add_members(struct work *work, const struct sl_timelines *members, uint32_t unit)
{
    struct sl_ledger *ledger = work->ledger;
    bool are_people = members == &ledger->org.people;
    sl_day day = {work->ask->period.end.v - 1};
    enum sl_err err = SL_OK;
    for (uint32_t number = 1; err == SL_OK && number <= members->number_max; number++) {
        const struct sl_segment *segment = sl_org_on(members, number, day);
        struct sl_target_ask ask = *work->ask;
        struct sl_target_days target;
        if (segment == NULL || segment->row.parent != unit) {
            continue;
        }
        ask.scope = are_people ? sl_targets_scope_of_person(ledger, number)
                               : sl_targets_scope_of_unit(ledger, number);
        err = sl_target_days_get(ledger, &ask, &ledger->arena, &target);
        if (err == SL_OK && target.count > 0) {
            err = add_child(work, target.amount);
        }
    }
    return err;
}

enum sl_err sl_target_children_get(struct sl_ledger *ledger,
                                   const struct sl_target_ask *ask,
                                   const struct sl_target_days *target,
                                   uint32_t unit,
                                   struct sl_target_children *ret_children)
{
    struct work work = {.ledger = ledger, .ask = ask};
    uint32_t own = target->is_own ? target->stretches[0].stored.own : 0;
    enum sl_err err = own != 0 ? add_named(&work, own) : SL_OK;
    bool has_named = work.children.has_any;
    if (err == SL_OK && !has_named && unit != 0) {
        err = add_members(&work, &ledger->org.people, unit);
    }
    if (err == SL_OK && !has_named && unit != 0) {
        err = add_members(&work, &ledger->org.units, unit);
    }
    if (err == SL_OK) {
        *ret_children = work.children;
    }
    return err;
}
