/* Sums of the targets that name a parent. */
#include "projections/named_children.h"

#include <stdlib.h>

/* Those of one stored period that are in force. Counts only, where there is no room for any. */
static size_t list_of_period(struct sl_state *state,
                             uint32_t period,
                             enum sl_target_role role,
                             struct sl_named_sum *sums)
{
    struct sl_state_cursor cursor;
    size_t count = 0;
    sl_state_seek(state, SL_TABLE_TARGETS, (struct sl_key){(uint64_t)period << 32, 0}, &cursor);
    while (cursor.row != NULL && cursor.key.hi >> 32 == period) {
        struct sl_key key = cursor.key;
        struct sl_stored_target row = *(const struct sl_stored_target *)cursor.row;
        sl_state_next(state, &cursor);
        bool is_in_force = cursor.row == NULL || !sl_targets_same(cursor.key, key);
        if (!is_in_force || row.parent == 0 || sl_targets_key_role(key) != role) {
            continue;
        }
        if (sums != NULL) {
            sums[count] =
                (struct sl_named_sum){row.parent, sl_targets_key_measure(key), row.amount};
        }
        count++;
    }
    return count;
}

/* A child may have another period than its parent, as months of a year do; only days of the parent's belong to it. */
static size_t list_inside(struct sl_ledger *ledger,
                          struct sl_period period,
                          enum sl_target_role role,
                          struct sl_named_sum *sums)
{
    const struct sl_target_periods *periods = &ledger->target_periods;
    size_t count = 0;
    for (size_t i = 0; i < periods->count; i++) {
        const struct sl_target_period *stored = &periods->items[i];
        if (stored->days.start.v >= period.start.v && stored->days.end.v <= period.end.v) {
            count += list_of_period(ledger->state, stored->number, role,
                                    sums != NULL ? sums + count : NULL);
        }
    }
    return count;
}

static int compare_sums(const void *a, const void *b)
{
    const struct sl_named_sum *left = a;
    const struct sl_named_sum *right = b;
    if (left->parent != right->parent) {
        return left->parent < right->parent ? -1 : 1;
    }
    return (left->measure > right->measure) - (left->measure < right->measure);
}

/* Sorted children into one sum for each parent and measure; gives how many. 128 bits hold the amounts of all there can be. */
static size_t add_up(struct sl_named_sum *sums, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_sums(&sums[kept - 1], &sums[i]) == 0) {
            sums[kept - 1].amount += sums[i].amount;
        } else {
            sums[kept++] = sums[i];
        }
    }
    return kept;
}

enum sl_err sl_named_children_collect(struct sl_ledger *ledger,
                                      struct sl_period period,
                                      enum sl_target_role role,
                                      struct sl_arena *arena,
                                      struct sl_named_children *ret_children)
{
    size_t count = list_inside(ledger, period, role, NULL);
    struct sl_named_sum *sums = sl_arena_calloc(arena, count, sizeof *sums);
    if (sums == NULL) {
        return SL_E_NO_MEMORY;
    }
    (void)list_inside(ledger, period, role, sums); /* as many as were counted */
    if (count > 0) {
        qsort(sums, count, sizeof sums[0], compare_sums);
    }
    *ret_children = (struct sl_named_children){sums, add_up(sums, count)};
    return SL_OK;
}

const sl_int128 *
sl_named_children_sum(const struct sl_named_children *children, uint32_t parent, uint32_t measure)
{
    struct sl_named_sum wanted = {.parent = parent, .measure = measure};
    const struct sl_named_sum *found = children->count > 0
                                           ? bsearch(&wanted, children->sums, children->count,
                                                     sizeof children->sums[0], compare_sums)
                                           : NULL;
    return found != NULL ? &found->amount : NULL;
}
