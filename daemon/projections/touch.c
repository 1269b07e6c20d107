/* Walking the references of a body, once for the index and once for the reference policy. */
#include "projections/touch.h"

#include <stdio.h>

#include "projections/entities.h"
#include "projections/masters.h"

/* What to do at each reference; returns false to stop the walk. */
struct visitor {
    struct sl_ledger *ledger;
    bool (*visit)(struct visitor *visitor,
                  enum sl_entity_kind kind,
                  struct sl_slice id,
                  const char *field);
    sl_seq seq;
    struct sl_unknown *unknown;
};

static bool
visit(struct visitor *visitor, enum sl_entity_kind kind, struct sl_slice id, const char *field)
{
    return id.len == 0 || visitor->visit(visitor, kind, id, field);
}

static bool visit_credits(struct visitor *visitor,
                          const struct sl_credit *credits,
                          size_t count,
                          const char *body)
{
    char field[96];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(field, sizeof field, "%s.credits[%zu].person", body, i);
        if (!visit(visitor, SL_ENTITY_PERSON, credits[i].person, field)) {
            return false;
        }
    }
    return true;
}

static bool
visit_lines(struct visitor *visitor, const struct sl_line *lines, size_t count, const char *body)
{
    char field[96];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(field, sizeof field, "%s.lines[%zu].product", body, i);
        if (!visit(visitor, SL_ENTITY_PRODUCT, lines[i].product, field)) {
            return false;
        }
    }
    return true;
}

static bool visit_define(struct visitor *visitor, const struct sl_define *define)
{
    switch (define->kind) {
    case SL_DEFINE_PERSON:
        return visit(visitor, SL_ENTITY_UNIT, define->unit, "define.person.unit");
    case SL_DEFINE_UNIT:
        return visit(visitor, SL_ENTITY_UNIT, define->parent, "define.unit.parent") &&
               visit(visitor, SL_ENTITY_PERSON, define->manager, "define.unit.manager");
    case SL_DEFINE_PRODUCT:
        return visit(visitor, SL_ENTITY_PRODUCT_LINE, define->line, "define.product.line");
    case SL_DEFINE_CUSTOMER:
        return visit(visitor, SL_ENTITY_PERSON, define->owner, "define.customer.owner");
    case SL_DEFINE_NONE:
    case SL_DEFINE_STAGES:
    case SL_DEFINE_CALENDAR:
    case SL_DEFINE_FX_RATE:
    case SL_DEFINE_ACCESS_ROLE:
    case SL_DEFINE_TIER_RULE:
    case SL_DEFINE_SCORECARD:
    case SL_DEFINE_SETTINGS:
    case SL_DEFINE_PRODUCT_LINE: return true;
    }
    return true;
}

static bool visit_scope(struct visitor *visitor, const struct sl_scope_ref *scope)
{
    return visit(visitor, SL_ENTITY_PERSON, scope->person, "target.scope.person") &&
           visit(visitor, SL_ENTITY_UNIT, scope->unit, "target.scope.unit") &&
           visit(visitor, SL_ENTITY_PRODUCT_LINE, scope->product_line,
                 "target.scope.product_line") &&
           visit(visitor, SL_ENTITY_PRODUCT, scope->product, "target.scope.product") &&
           visit(visitor, SL_ENTITY_CUSTOMER, scope->customer, "target.scope.customer");
}

static bool visit_plan(struct visitor *visitor, const struct sl_plan *plan)
{
    char field[96];
    for (size_t i = 0; i < plan->assignee_count; i++) {
        const struct sl_assignee *assignee = &plan->assignees[i];
        (void)snprintf(field, sizeof field, "plan.assignees[%zu].who", i);
        enum sl_entity_kind kind = assignee->kind == SL_ASSIGNEE_PERSON ? SL_ENTITY_PERSON
                                   : assignee->kind == SL_ASSIGNEE_UNIT ? SL_ENTITY_UNIT
                                                                        : SL_ENTITY_NONE;
        if (kind != SL_ENTITY_NONE && !visit(visitor, kind, assignee->who, field)) {
            return false;
        }
    }
    return true;
}

static bool visit_body(struct visitor *visitor, const struct sl_body *body)
{
    const struct sl_contact *contact = &body->u.contact;
    const struct sl_quote *quote = &body->u.quote;
    const struct sl_close *close = &body->u.close;
    switch (body->type) {
    case SL_EVENT_CONTACT:
        return visit(visitor, SL_ENTITY_CUSTOMER, contact->customer, "contact.customer") &&
               visit(visitor, SL_ENTITY_PERSON, contact->person, "contact.person");
    case SL_EVENT_QUOTE:
        return visit(visitor, SL_ENTITY_CUSTOMER, quote->customer, "quote.customer") &&
               visit_lines(visitor, quote->lines, quote->line_count, "quote") &&
               visit_credits(visitor, quote->credits, quote->credit_count, "quote");
    case SL_EVENT_CLOSE:
        return visit(visitor, SL_ENTITY_CUSTOMER, close->customer, "close.customer") &&
               visit_lines(visitor, close->lines, close->line_count, "close") &&
               visit_credits(visitor, close->credits, close->credit_count, "close");
    case SL_EVENT_PAYOUT:
        return visit(visitor, SL_ENTITY_PERSON, body->u.payout.payee, "payout.payee");
    case SL_EVENT_DEFINE: return visit_define(visitor, &body->u.define);
    case SL_EVENT_TARGET: return visit_scope(visitor, &body->u.target.scope);
    case SL_EVENT_PLAN: return visit_plan(visitor, body->u.plan);
    case SL_EVENT_NOTE:
        return body->u.note.subject_kind == SL_ENTITY_NONE ||
               body->u.note.subject_kind == SL_ENTITY_DEAL ||
               visit(visitor, body->u.note.subject_kind, body->u.note.subject, "note.subject");
    case SL_EVENT_NONE:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT: return true;
    }
    return true;
}

void sl_touch_entity(struct sl_ledger *ledger, unsigned kind, uint32_t number, sl_seq seq)
{
    if (number != 0) {
        sl_pending_posting(ledger, SL_TABLE_ENTITY_SEQS, sl_key_posting(kind, number, seq));
    }
}

/* Products and lines of sales events are left out: they touch nearly every event, and nobody asks for them one by one. */
static bool
touch_one(struct visitor *visitor, enum sl_entity_kind kind, struct sl_slice id, const char *field)
{
    struct sl_ledger *ledger = visitor->ledger;
    uint32_t number = sl_names_intern(&ledger->names, kind, id);
    (void)field;
    if (kind != SL_ENTITY_PRODUCT && kind != SL_ENTITY_PRODUCT_LINE) {
        sl_touch_entity(ledger, kind, number, visitor->seq);
    }
    return true;
}

void sl_touch_body(struct sl_ledger *ledger, const struct sl_body *body, sl_seq seq)
{
    struct visitor visitor = {.ledger = ledger, .visit = touch_one, .seq = seq};
    (void)visit_body(&visitor, body); /* touch_one never stops */
    uint32_t deal = sl_names_intern(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(body));
    sl_touch_entity(ledger, SL_ENTITY_DEAL, deal, seq);
    if (body->type == SL_EVENT_DEFINE) {
        unsigned kind;
        uint32_t number;
        sl_masters_subject(&ledger->names, &body->u.define, &kind, &number);
        if (kind < SL_ENTITY_KINDS) {
            sl_touch_entity(ledger, kind, number, seq);
        }
    }
    if (body->type == SL_EVENT_NOTE && body->u.note.subject_kind == SL_ENTITY_DEAL) {
        sl_touch_entity(ledger, SL_ENTITY_DEAL,
                        sl_names_intern(&ledger->names, SL_ENTITY_DEAL, body->u.note.subject), seq);
    }
    if (body->type == SL_EVENT_PLAN) {
        sl_touch_entity(ledger, SL_ENTITY_PLAN,
                        sl_names_intern(&ledger->names, SL_ENTITY_PLAN, body->u.plan->id), seq);
    }
}

void sl_touch_event(struct sl_ledger *ledger, const struct sl_body *body, sl_seq seq)
{
    struct sl_names *names = &ledger->names;
    bool is_sale = body->type == SL_EVENT_CONTACT || body->type == SL_EVENT_QUOTE ||
                   body->type == SL_EVENT_CLOSE;
    if (!is_sale) {
        sl_touch_body(ledger, body, seq);
    } else if (sl_body_deal(body).len > 0) {
        sl_touch_entity(ledger, SL_ENTITY_DEAL,
                        sl_names_intern(names, SL_ENTITY_DEAL, sl_body_deal(body)), seq);
    } else {
        sl_touch_entity(ledger, SL_ENTITY_CUSTOMER,
                        sl_names_intern(names, SL_ENTITY_CUSTOMER, sl_body_customer(body)), seq);
    }
}

static void prefetch_credits(struct sl_names *names, const struct sl_credit *credits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sl_names_prefetch(names, SL_ENTITY_PERSON, credits[i].person);
    }
}

/* Products are few and in the cache anyway. */
void sl_touch_prefetch(struct sl_names *names, const struct sl_body *body)
{
    if (body->type == SL_EVENT_CONTACT) {
        sl_names_prefetch(names, SL_ENTITY_PERSON, body->u.contact.person);
    } else if (body->type == SL_EVENT_QUOTE) {
        prefetch_credits(names, body->u.quote.credits, body->u.quote.credit_count);
    } else if (body->type == SL_EVENT_CLOSE) {
        prefetch_credits(names, body->u.close.credits, body->u.close.credit_count);
    }
}

static bool
check_one(struct visitor *visitor, enum sl_entity_kind kind, struct sl_slice id, const char *field)
{
    struct sl_ledger *ledger = visitor->ledger;
    uint32_t number = sl_names_find(&ledger->names, kind, id);
    if (kind == SL_ENTITY_REGION || kind == SL_ENTITY_PLAN ||
        sl_entities_is_defined(ledger->state, kind, number)) {
        return true;
    }
    (void)snprintf(visitor->unknown->field, sizeof visitor->unknown->field, "%s", field);
    visitor->unknown->value = id;
    return false;
}

bool sl_touch_unknown(struct sl_ledger *ledger,
                      const struct sl_body *body,
                      struct sl_unknown *ret_unknown)
{
    struct visitor visitor = {.ledger = ledger, .visit = check_one, .unknown = ret_unknown};
    return !visit_body(&visitor, body);
}
