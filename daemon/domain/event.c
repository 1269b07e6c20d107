/* Names of types and kinds, and the parts other code asks of every body. */
#include "domain/event.h"

#include <string.h>

#include "domain/text.h"

const char *sl_event_type_name(enum sl_event_type type)
{
    switch (type) {
    case SL_EVENT_NONE: return NULL;
    case SL_EVENT_CONTACT: return "contact";
    case SL_EVENT_QUOTE: return "quote";
    case SL_EVENT_CLOSE: return "close";
    case SL_EVENT_PAYOUT: return "payout";
    case SL_EVENT_DEFINE: return "define";
    case SL_EVENT_TARGET: return "target";
    case SL_EVENT_PLAN: return "plan";
    case SL_EVENT_APPROVE: return "approve";
    case SL_EVENT_CORRECT: return "correct";
    case SL_EVENT_NOTE: return "note";
    }
    return NULL;
}

enum sl_event_type sl_event_type_of_name(struct sl_slice name)
{
    for (int type = SL_EVENT_CONTACT; type <= SL_EVENT_NOTE; type++) {
        const char *candidate = sl_event_type_name((enum sl_event_type)type);
        if (sl_text_equal(name, (struct sl_slice){(const uint8_t *)candidate, strlen(candidate)})) {
            return (enum sl_event_type)type;
        }
    }
    return SL_EVENT_NONE;
}

const char *sl_entity_kind_name(enum sl_entity_kind kind)
{
    switch (kind) {
    case SL_ENTITY_NONE: return "none";
    case SL_ENTITY_PERSON: return "person";
    case SL_ENTITY_UNIT: return "unit";
    case SL_ENTITY_PRODUCT: return "product";
    case SL_ENTITY_PRODUCT_LINE: return "product_line";
    case SL_ENTITY_CUSTOMER: return "customer";
    case SL_ENTITY_DEAL: return "deal";
    case SL_ENTITY_PLAN: return "plan";
    case SL_ENTITY_REGION: return "region";
    case SL_ENTITY_KINDS: break;
    }
    return "none";
}

const char *sl_define_kind_name(enum sl_define_kind kind)
{
    switch (kind) {
    case SL_DEFINE_NONE: return NULL;
    case SL_DEFINE_PERSON: return "person";
    case SL_DEFINE_UNIT: return "unit";
    case SL_DEFINE_PRODUCT: return "product";
    case SL_DEFINE_CUSTOMER: return "customer";
    case SL_DEFINE_STAGES: return "stages";
    case SL_DEFINE_CALENDAR: return "calendar";
    case SL_DEFINE_FX_RATE: return "fx_rate";
    case SL_DEFINE_ACCESS_ROLE: return "access_role";
    case SL_DEFINE_TIER_RULE: return "tier_rule";
    case SL_DEFINE_SCORECARD: return "scorecard";
    case SL_DEFINE_SETTINGS: return "settings";
    case SL_DEFINE_PRODUCT_LINE: return "product_line";
    }
    return NULL;
}

static const struct sl_slice absent = {NULL, 0};

struct sl_slice sl_body_deal(const struct sl_body *body)
{
    switch (body->type) {
    case SL_EVENT_CONTACT: return body->u.contact.deal;
    case SL_EVENT_QUOTE: return body->u.quote.deal;
    case SL_EVENT_CLOSE: return body->u.close.deal;
    case SL_EVENT_NONE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_DEFINE:
    case SL_EVENT_TARGET:
    case SL_EVENT_PLAN:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: break;
    }
    return absent;
}

struct sl_slice sl_body_customer(const struct sl_body *body)
{
    switch (body->type) {
    case SL_EVENT_CONTACT: return body->u.contact.customer;
    case SL_EVENT_QUOTE: return body->u.quote.customer;
    case SL_EVENT_CLOSE: return body->u.close.customer;
    case SL_EVENT_NONE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_DEFINE:
    case SL_EVENT_TARGET:
    case SL_EVENT_PLAN:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: break;
    }
    return absent;
}
