/* Taking a correction: what an event meant comes out, what it means now goes in. */
#include "projections/corrections.h"

#include "projections/capacity.h"
#include "projections/definitions.h"
#include "projections/facts.h"
#include "projections/touch.h"

/* One side of a correction: what is not facts of a deal. Deals are folded as a whole around it. */
static enum sl_err correct_side(struct sl_ledger *ledger, const struct sl_sourced *event, int sign)
{
    const struct sl_body *body = &event->body;
    if (!event->is_there) {
        return SL_OK;
    }
    if (sl_facts_has(body)) {
        if (sl_body_deal(body).len == 0) {
            sl_facts_of_alone(ledger, event, sign);
        }
        return SL_OK;
    }
    return sl_definition_put(ledger, event, sign);
}

static uint32_t deal_of(struct sl_ledger *ledger, const struct sl_sourced *event)
{
    bool has_deal = event->is_there && sl_facts_has(&event->body);
    return has_deal ? sl_names_intern(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(&event->body))
                    : 0;
}

static enum sl_err fold_deals(struct sl_ledger *ledger, const uint32_t deals[2], int sign)
{
    enum sl_err err = SL_OK;
    for (int i = 0; i < 2 && err == SL_OK; i++) {
        if (deals[i] != 0 && (i == 0 || deals[1] != deals[0])) {
            err = sl_facts_of_deal(ledger, deals[i], sign);
        }
    }
    return err;
}

/* old facts out, the correction into its table, new facts in */
enum sl_err sl_correction_put(struct sl_ledger *ledger,
                              const struct sl_correct *correct,
                              sl_seq seq,
                              struct sl_arena *arena)
{
    sl_seq position = {correct->ref_seq};
    struct sl_sourced before;
    struct sl_sourced after;
    enum sl_err err = sl_source_load(ledger, position, arena, &before);
    if (err != SL_OK) {
        return err;
    }
    after = before;
    after.is_there = correct->replacement != NULL;
    if (correct->replacement != NULL) {
        struct sl_event original;
        err = sl_source_raw(ledger, position, arena, &original, &after.day);
        after.body = *correct->replacement;
        after.day = correct->effective.v != SL_NO_DAY_V ? correct->effective : after.day;
    }
    uint32_t deals[2] = {deal_of(ledger, &before), deal_of(ledger, &after)};
    if (correct->replacement != NULL) {
        sl_capacity_take(ledger, correct->replacement);
    }
    if (err == SL_OK) {
        err = fold_deals(ledger, deals, -1);
    }
    if (err == SL_OK) {
        err = correct_side(ledger, &before, -1);
    }
    struct sl_correction_row *row =
        sl_state_upsert(ledger->state, SL_TABLE_CORRECTIONS, (struct sl_key){position.v, 0});
    row->correct_seq = seq.v;
    if (before.is_there) {
        sl_touch_body(ledger, &before.body, seq);
        sl_touch_body(ledger, &before.body, position); /* whom it no longer credits sees it still */
    }
    if (after.is_there) {
        sl_touch_body(ledger, &after.body, seq);
    }
    sl_boards_drop(&ledger->boards);
    if (err == SL_OK) {
        err = correct_side(ledger, &after, 1);
    }
    if (err == SL_OK) {
        err = fold_deals(ledger, deals, 1);
    }
    sl_pending_moved(ledger->pending);
    return err;
}
