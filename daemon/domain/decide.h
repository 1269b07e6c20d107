/* (state, command) -> accepted or refused. Pure: no I/O, no clock, no malloc. First the rules that need only the event
 * (sl_event_check), then those that need what the ledger knows (sl_decide). A refusal names field, rule and value. */
#ifndef SL_DOMAIN_DECIDE_H
#define SL_DOMAIN_DECIDE_H

#include "domain/deal.h"
#include "domain/deal_products.h"
#include "domain/event.h"

/* The event's own shape: ids 1..64 bytes of UTF-8 without control characters, text lengths, required fields, ranges, lines' signs
 * by close kind, currency codes, shares (DIRECT sum), distinct credits (person, kind), weights, periods, measures, plan validation.
 * Codes: MISSING_FIELD INVALID_FIELD TOO_BIG (an id or text too long) SHARES_DO_NOT_SUM UNKNOWN_CURRENCY BAD_PERIOD BAD_MEASURE
 * PLAN_INVALID UNSUPPORTED, and TOO_MANY from a plan; dates and the lengths of lists are the codec's. Fields are named by their
 * path in event.proto: "close.credits[1].share_ppm". `diag` may be NULL. `event->effective` may be SL_NO_DAY. */
SL_MUST_CHECK enum sl_err sl_event_check(const struct sl_event *event, struct sl_diag *diag);
SL_MUST_CHECK enum sl_err sl_body_check(const struct sl_body *body, struct sl_diag *diag);

/* What the ledger knows of what the event names; the projections fill it in. */
struct sl_decide_view {
    sl_currency currency; /* the ledger's reporting currency */
    sl_day day;           /* the event's effective day */
    bool is_strict;
    bool has_unknown;       /* a reference that is not defined */
    char unknown_field[96]; /* its path, e.g. "close.credits[0].person" */
    struct sl_slice unknown_value;
    bool has_deal; /* close, quote, contact with a deal */
    struct sl_deal_state deal;
    /* amended, cancelled and returned */
    const struct sl_deal_products *products; /* of the deal */
    const uint32_t *line_products; /* of each line: its product's number, SL_PRODUCT_NEW */
    bool
        calendar_is_fixed; /* a calendar is defined or corrected, and targets lie in its periods already */
    bool is_full;          /* the ledger's sums have no room for the event's amounts */
    int64_t room;          /* what they have room for */
    uint64_t entity_seq;    /* of expect: last seq that touched the entity */
    int fiscal_start_month; /* target: 1 to 12 */
    bool has_stages;        /* a stage list is defined */
    bool stage_known;       /* the event's stage is in it */
    /* approve and correct */
    bool ref_found;
    enum sl_event_type ref_type;
    struct sl_slice ref_actor;
    uint8_t ref_hash[32]; /* SHA-256 of the record */
    /* correct: why the deals' histories, folded as they would be afterwards, break the deal rules, or why a define that comes to light
     * breaks the unit tree; refused as NOT_CORRECTABLE */
    enum sl_err correct_err;
    struct sl_diag correct_diag;
    int32_t plan_version_max; /* plan: greatest version so far, 0: none */
    bool plan_version_published;
    /* define unit: on a day on which it holds, a chain through the unit would loop or have more than SL_UNIT_DEPTH_MAX units */
    bool unit_loops;
};

/* Order: expect, references (strict), currency, stage, own benefit, unit, days of a calendar or settings, weights of a target (one per
 * month or day of its period), then the rules of close, plan, approve and correct. What a
 * replacement says obeys the same rules as an event. `actor` is who appends, for separation of duties: refused are a verdict on
 * one's own event (but not its acknowledgement), one's own target, and a payout to oneself (but not a claim of expenses). A
 * replacement is of the type it replaces; approvals and corrections are not corrected. Codes: CONFLICT UNKNOWN_REFERENCE
 * CURRENCY_MISMATCH UNKNOWN_STAGE DEAL_STATE BEYOND_BOOKED TOO_MANY NOT_FOUND NOT_CORRECTABLE SEPARATION INVALID_FIELD UNSUPPORTED OVERFLOW. */
SL_MUST_CHECK enum sl_err sl_decide(const struct sl_event *event,
                                    const struct sl_decide_view *view,
                                    struct sl_slice actor,
                                    struct sl_diag *diag);

#endif
