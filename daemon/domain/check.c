/* The envelope's rules, the choice of the body's, and corrections. */
#include "domain/check_parts.h"
#include "domain/decide.h"

enum sl_err sl_body_check(const struct sl_body *body, struct sl_diag *diag)
{
    struct sl_check c = {.diag = diag};
    switch (body->type) {
    case SL_EVENT_NONE:
    case SL_EVENT_CORRECT: return sl_refuse(diag, SL_E_MISSING_FIELD, "", "a body is required");
    case SL_EVENT_CONTACT: sl_check_contact(&c, &body->u.contact); break;
    case SL_EVENT_QUOTE: sl_check_quote(&c, &body->u.quote); break;
    case SL_EVENT_CLOSE: sl_check_close(&c, &body->u.close); break;
    case SL_EVENT_PAYOUT: sl_check_payout(&c, &body->u.payout); break;
    case SL_EVENT_DEFINE: sl_check_define(&c, &body->u.define); break;
    case SL_EVENT_TARGET: sl_check_target(&c, &body->u.target); break;
    case SL_EVENT_PLAN: c.err = sl_plan_validate(body->u.plan, diag); break;
    case SL_EVENT_APPROVE: sl_check_approve(&c, &body->u.approve); break;
    case SL_EVENT_NOTE: sl_check_note(&c, &body->u.note); break;
    }
    sl_check_inside(&c, sl_event_type_name(body->type));
    return c.err;
}

static void check_correct(struct sl_check *c, const struct sl_correct *correct)
{
    sl_check_present(c, correct->ref_seq != 0, "ref_seq");
    if (correct->is_void == (correct->replacement != NULL)) {
        sl_check_refuse(c, correct->is_void ? SL_E_INVALID_FIELD : SL_E_MISSING_FIELD,
                        "replacement", "exactly one of void and replacement, %s given",
                        correct->is_void ? "both are" : "none is");
    }
    sl_check_present(c, correct->reason.len > 0, "reason"); /* auditors read it first */
    sl_check_prose(c, correct->reason, "reason");
    if (c->err == SL_OK && correct->replacement != NULL) {
        c->err = sl_body_check(correct->replacement, c->diag);
        sl_check_inside(c, "replacement");
    }
    sl_check_inside(c, "correct");
}

static void check_expect(struct sl_check *c, const struct sl_expect *expect)
{
    if (!expect->is_set || c->err != SL_OK) {
        return;
    }
    sl_check_present(c, expect->kind != SL_ENTITY_NONE, "kind");
    sl_check_id(c, expect->entity, "entity");
    sl_check_inside(c, "expect");
}

enum sl_err sl_event_check(const struct sl_event *event, struct sl_diag *diag)
{
    struct sl_check c = {.diag = diag};
    sl_check_line_text(&c, event->source, SL_ORIGIN_BYTES_MAX, "source");
    sl_check_line_text(&c, event->correlation, SL_ORIGIN_BYTES_MAX, "correlation");
    check_expect(&c, &event->expect);
    if (c.err != SL_OK) {
        return c.err;
    }
    if (event->body.type == SL_EVENT_CORRECT) {
        check_correct(&c, &event->correct);
        return c.err;
    }
    return sl_body_check(&event->body, diag);
}
