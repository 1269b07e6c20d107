/* Origins of a target, from its stretches. */
#include "projections/target_origins.h"

#include "projections/display.h"

/* A stored target may give more than one stretch; it is listed once. */
static bool add_to_listed(struct sl_target_origins *origins,
                          const struct sl_target_stretch *stretch,
                          bool is_ratio)
{
    for (size_t i = 0; i < origins->count; i++) {
        if (origins->items[i].target_seq == stretch->seq.v) {
            origins->items[i].part += is_ratio ? 0 : stretch->part;
            return true;
        }
    }
    return false;
}

enum sl_err sl_target_origins(struct sl_ledger *ledger,
                              const struct sl_target_days *target,
                              bool is_ratio,
                              struct sl_arena *arena,
                              struct sl_target_origins *ret_origins)
{
    struct sl_target_origins origins = {
        .items = sl_arena_calloc(arena, target->count + 1, sizeof *origins.items)};
    if (origins.items == NULL) {
        return SL_E_NO_MEMORY;
    }
    for (size_t i = 0; i < target->count; i++) {
        const struct sl_target_stretch *stretch = &target->stretches[i];
        struct sl_period period = {{stretch->stored.start}, {stretch->stored.end}};
        if (add_to_listed(&origins, stretch, is_ratio)) {
            continue;
        }
        origins.items[origins.count++] = (struct sl_target_origin){
            .target_seq = stretch->seq.v,
            .period = sl_display_period(ledger, period, arena),
            .target = sl_display_id(ledger, SL_NAME_TARGET, stretch->stored.own, arena),
            .amount = stretch->stored.amount,
            .part = stretch->part,
        };
    }
    *ret_origins = origins;
    return SL_OK;
}
