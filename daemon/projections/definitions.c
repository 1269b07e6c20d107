/* Putting defines, targets and plans in and taking them out, with what they make stale. */
#include "projections/definitions.h"

#include "projections/entities.h"
#include "projections/facts.h"
#include "projections/plans.h"
#include "projections/targets.h"

void sl_definitions_forget(struct sl_ledger *ledger, unsigned kind)
{
    sl_org_forget(&ledger->org, kind);
    sl_boards_drop(&ledger->boards);
    ledger->stages.seq = (sl_seq){0};
    ledger->calendar.is_fresh = false;
    ledger->has_policy = false;
}

/* Has anything but the define at `but` touched the customer? */
static bool has_history(struct sl_ledger *ledger, uint32_t customer, sl_seq but)
{
    struct sl_entity_ref ref = {SL_ENTITY_CUSTOMER, customer};
    uint32_t deal;
    sl_seq seqs[2];
    sl_pending_settle(ledger);
    size_t count = sl_entities_seqs(ledger->state, &ref, (sl_seq){1}, 2, seqs);
    return count > 1 || (count == 1 && seqs[0].v != but.v) ||
           sl_entities_deals(ledger->state, customer, 1, 1, &deal) == 1;
}

static enum sl_err
put_define(struct sl_ledger *ledger, const struct sl_define *define, sl_seq seq, int sign)
{
    unsigned kind;
    uint32_t number;
    enum sl_err err = SL_OK;
    sl_masters_subject(&ledger->names, define, &kind, &number);
    /* A customer whom the event at hand names for the first time has no facts to move, and that is the usual case; the next is one whose
     * region and owner stay as they were, as in a list that is imported every night. */
    bool has_facts = kind == SL_ENTITY_CUSTOMER && number <= ledger->customers_before &&
                     !sl_masters_repeats(&ledger->names, define, seq) &&
                     has_history(ledger, number, seq);
    if (has_facts) {
        sl_boards_drop(&ledger->boards);
        err = sl_facts_of_customer(ledger, number, -1);
    }
    if (sign > 0) {
        sl_masters_put(&ledger->names, define, seq);
    } else {
        sl_masters_remove(&ledger->names, define, seq);
    }
    if (kind == SL_ENTITY_CUSTOMER && number > ledger->customers_before) {
        sl_customers_learn(&ledger->customers, ledger->state, number);
    } else if (kind == SL_ENTITY_CUSTOMER) {
        sl_customers_forget(&ledger->customers, number);
    } else {
        sl_definitions_forget(ledger, kind);
    }
    if (err == SL_OK && has_facts) {
        err = sl_facts_of_customer(ledger, number, 1);
        sl_pending_moved(ledger->pending);
    }
    return err;
}

enum sl_err sl_definition_put(struct sl_ledger *ledger, const struct sl_sourced *event, int sign)
{
    const struct sl_body *body = &event->body;
    switch (body->type) {
    case SL_EVENT_DEFINE: return put_define(ledger, &body->u.define, event->seq, sign);
    case SL_EVENT_TARGET: sl_targets_put(ledger, &body->u.target, event->seq, sign); return SL_OK;
    case SL_EVENT_PLAN: sl_plans_put(ledger, body->u.plan, event->seq, sign); return SL_OK;
    case SL_EVENT_NONE:
    case SL_EVENT_CONTACT:
    case SL_EVENT_QUOTE:
    case SL_EVENT_CLOSE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: return SL_OK;
    }
    return SL_OK;
}
