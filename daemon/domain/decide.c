/* The rules that need what the ledger knows, in the order decide.h names. */
#include "domain/decide.h"

#include <string.h>

#include "domain/attainment.h"
#include "domain/text.h"

/* What the event would put into the log: its body, or the replacement of a correction; NULL for a void. */
static const struct sl_body *effective_body(const struct sl_event *event)
{
    return event->body.type == SL_EVENT_CORRECT ? event->correct.replacement : &event->body;
}

/* "close" or "correct.replacement.close". */
static enum sl_err wrap_body(const struct sl_event *event, enum sl_err err, struct sl_diag *diag)
{
    const struct sl_body *body = effective_body(event);
    if (err != SL_OK && body != NULL) {
        sl_diag_wrap_field(diag, "%s", sl_event_type_name(body->type));
        if (event->body.type == SL_EVENT_CORRECT) {
            sl_diag_wrap_field(diag, "correct.replacement");
        }
    }
    return err;
}

static enum sl_err decide_expect(const struct sl_expect *expect,
                                 const struct sl_decide_view *view,
                                 struct sl_diag *diag)
{
    if (!expect->is_set || expect->seq == view->entity_seq) {
        return SL_OK;
    }
    char entity[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_CONFLICT, "expect.seq",
                     "%s \"%s\" was last changed by event %llu, expected %llu",
                     sl_entity_kind_name(expect->kind), sl_text_show(expect->entity, entity),
                     (unsigned long long)view->entity_seq, (unsigned long long)expect->seq);
}

static enum sl_err decide_references(const struct sl_decide_view *view, struct sl_diag *diag)
{
    if (!view->is_strict || !view->has_unknown) {
        return SL_OK;
    }
    char value[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_UNKNOWN_REFERENCE, view->unknown_field, "\"%s\" is not defined",
                     sl_text_show(view->unknown_value, value));
}

/* The currency of what is summed or computed in the ledger's currency; empty where none is. Payouts and master data may be in
 * any currency. */
static struct sl_slice summed_currency(const struct sl_body *body)
{
    switch (body->type) {
    case SL_EVENT_CONTACT: return body->u.contact.currency;
    case SL_EVENT_QUOTE: return body->u.quote.currency;
    case SL_EVENT_CLOSE: return body->u.close.currency;
    case SL_EVENT_PLAN: return body->u.plan->currency;
    case SL_EVENT_NONE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_DEFINE:
    case SL_EVENT_TARGET:
    case SL_EVENT_APPROVE:
    case SL_EVENT_CORRECT:
    case SL_EVENT_NOTE: break;
    }
    return (struct sl_slice){NULL, 0};
}

static enum sl_err
decide_currency(const struct sl_body *body, const struct sl_decide_view *view, struct sl_diag *diag)
{
    struct sl_slice currency = summed_currency(body);
    struct sl_slice ours = {(const uint8_t *)view->currency.code, strlen(view->currency.code)};
    if (currency.len == 0 || sl_text_equal(currency, ours)) {
        return SL_OK;
    }
    char shown[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_CURRENCY_MISMATCH, "currency", "must be the ledger's %s, is %s",
                     view->currency.code, sl_text_show(currency, shown));
}

static struct sl_slice stage_of(const struct sl_body *body)
{
    if (body->type == SL_EVENT_CONTACT) {
        return body->u.contact.stage;
    }
    return body->type == SL_EVENT_QUOTE ? body->u.quote.stage : (struct sl_slice){NULL, 0};
}

static enum sl_err
decide_stage(const struct sl_body *body, const struct sl_decide_view *view, struct sl_diag *diag)
{
    struct sl_slice stage = stage_of(body);
    if (stage.len == 0 || !view->has_stages || view->stage_known) {
        return SL_OK;
    }
    char shown[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_UNKNOWN_STAGE, "stage", "\"%s\" is not in the stage list",
                     sl_text_show(stage, shown));
}

/* Nobody decides what benefits himself: not his own target, not a payout to himself (but everyone claims his own expenses; another
 * approves them). Actors and people share their ids where a person has an account. */
static enum sl_err
decide_own_benefit(const struct sl_body *body, struct sl_slice actor, struct sl_diag *diag)
{
    enum { EXPENSE = 7 };
    struct sl_slice person = {NULL, 0};
    const char *field = "";
    if (body->type == SL_EVENT_TARGET) {
        person = body->u.target.scope.person;
        field = "scope.person";
    } else if (body->type == SL_EVENT_PAYOUT && body->u.payout.kind != EXPENSE) {
        person = body->u.payout.payee;
        field = "payee";
    }
    if (person.len == 0 || !sl_text_equal(person, actor)) {
        return SL_OK;
    }
    char shown[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_SEPARATION, field, "nobody decides his own, \"%s\" is the actor",
                     sl_text_show(person, shown));
}

/* A plan's versions run 1, 2, 3, ...; the newest may be written again as long as it is a draft. */
static enum sl_err
decide_plan(const struct sl_plan *plan, const struct sl_decide_view *view, struct sl_diag *diag)
{
    bool is_draft_again = view->plan_version_max > 0 && !view->plan_version_published &&
                          plan->version == view->plan_version_max;
    int64_t next = (int64_t)view->plan_version_max + 1;
    if (plan->version == next || is_draft_again) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_INVALID_FIELD, "version", "must be %lld, is %d", (long long)next,
                     (int)plan->version);
}

static enum sl_err
decide_unit(const struct sl_body *body, const struct sl_decide_view *view, struct sl_diag *diag)
{
    if (!view->unit_loops || body->type != SL_EVENT_DEFINE ||
        body->u.define.kind != SL_DEFINE_UNIT) {
        return SL_OK;
    }
    char parent[SL_TEXT_SHOWN_MAX];
    return sl_refuse(diag, SL_E_INVALID_FIELD, "unit.parent",
                     "\"%s\" would make a loop or more than %u levels",
                     sl_text_show(body->u.define.parent, parent), SL_UNIT_DEPTH_MAX);
}

/* The latest calendar and the latest settings are in force as soon as they are recorded, and for all days. */
static enum sl_err
decide_all_days(const struct sl_body *body, const struct sl_decide_view *view, struct sl_diag *diag)
{
    const struct sl_define *define = &body->u.define;
    char text[SL_DAY_TEXT_MAX];
    if (body->type != SL_EVENT_DEFINE ||
        (define->kind != SL_DEFINE_CALENDAR && define->kind != SL_DEFINE_SETTINGS)) {
        return SL_OK;
    }
    if (define->valid_from.v > view->day.v) {
        (void)sl_day_format(define->valid_from, text);
        return sl_refuse(diag, SL_E_UNSUPPORTED, "valid_from",
                         "not yet: must not lie after the event's day, is %s", text);
    }
    if (define->valid_to.v != SL_NO_DAY.v) {
        (void)sl_day_format(define->valid_to, text);
        return sl_refuse(diag, SL_E_UNSUPPORTED, "valid_to",
                         "not yet: the latest %s hold for all days, is %s",
                         sl_define_kind_name(define->kind), text);
    }
    return SL_OK;
}

static enum sl_err refuse_full(const struct sl_decide_view *view, struct sl_diag *diag)
{
    return sl_refuse(
        diag, SL_E_OVERFLOW, "lines",
        "amounts, costs and quantities of all events may sum to %lld, room is for %lld",
        SL_CAPACITY_MAX, (long long)view->room);
}

/* One weight per month or per day of the period: anything else could not be laid over the calendar. */
static enum sl_err
decide_weights(const struct sl_body *body, const struct sl_decide_view *view, struct sl_diag *diag)
{
    struct sl_period period;
    size_t count = body->type == SL_EVENT_TARGET ? body->u.target.weight_count : 0;
    if (count == 0 ||
        sl_period_parse(body->u.target.period_text, view->fiscal_start_month, &period) != SL_OK) {
        return SL_OK; /* a period that is none is refused by its own check */
    }
    size_t months = sl_period_months(period);
    size_t days = (size_t)(period.end.v - period.start.v);
    if (count == months || count == days) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_INVALID_FIELD, "weights",
                     "must be one per month (%zu) or per day (%zu) of the period, are %zu", months,
                     days, count);
}

/* Rules of the content, whether it comes as an event or as a replacement. */
static enum sl_err decide_content(const struct sl_body *body,
                                  const struct sl_decide_view *view,
                                  struct sl_slice actor,
                                  struct sl_diag *diag)
{
    enum sl_err err = decide_currency(body, view, diag);
    if (err == SL_OK) {
        err = decide_stage(body, view, diag);
    }
    if (err == SL_OK) {
        err = decide_own_benefit(body, actor, diag);
    }
    if (err == SL_OK) {
        err = decide_unit(body, view, diag);
    }
    if (err == SL_OK) {
        err = decide_all_days(body, view, diag);
    }
    return err == SL_OK ? decide_weights(body, view, diag) : err;
}

static enum sl_err refuse_missing(const char *field, uint64_t ref_seq, struct sl_diag *diag)
{
    return sl_refuse(diag, SL_E_NOT_FOUND, field, "there is no event %llu",
                     (unsigned long long)ref_seq);
}

/* Acknowledging one's own event harms nobody; every other verdict needs a second pair of eyes. */
static enum sl_err decide_approve(const struct sl_approve *approve,
                                  const struct sl_decide_view *view,
                                  struct sl_slice actor,
                                  struct sl_diag *diag)
{
    enum { ACKNOWLEDGE = 3 };
    if (!view->ref_found) {
        return refuse_missing("approve.ref_seq", approve->ref_seq, diag);
    }
    if (approve->verdict != ACKNOWLEDGE && sl_text_equal(view->ref_actor, actor)) {
        char shown[SL_TEXT_SHOWN_MAX];
        return sl_refuse(diag, SL_E_SEPARATION, "approve.ref_seq",
                         "event %llu was written by \"%s\", who must not judge it",
                         (unsigned long long)approve->ref_seq, sl_text_show(actor, shown));
    }
    if (approve->ref_hash.len != sizeof view->ref_hash ||
        memcmp(approve->ref_hash.data, view->ref_hash, sizeof view->ref_hash) != 0) {
        return sl_refuse(diag, SL_E_INVALID_FIELD, "approve.ref_hash",
                         "is not the hash of event %llu", (unsigned long long)approve->ref_seq);
    }
    return SL_OK;
}

static bool is_correctable(enum sl_event_type type)
{
    return type != SL_EVENT_NONE && type != SL_EVENT_APPROVE && type != SL_EVENT_CORRECT;
}

static enum sl_err decide_correct(const struct sl_correct *correct,
                                  const struct sl_decide_view *view,
                                  struct sl_diag *diag)
{
    if (!view->ref_found) {
        return refuse_missing("correct.ref_seq", correct->ref_seq, diag);
    }
    if (!is_correctable(view->ref_type)) {
        return sl_refuse(diag, SL_E_NOT_CORRECTABLE, "correct.ref_seq",
                         "event %llu is of type %s; write a new one instead",
                         (unsigned long long)correct->ref_seq,
                         view->ref_type == SL_EVENT_NONE ? "none"
                                                         : sl_event_type_name(view->ref_type));
    }
    if (correct->replacement != NULL && correct->replacement->type != view->ref_type) {
        return sl_refuse(diag, SL_E_NOT_CORRECTABLE, "correct.replacement",
                         "must be of the type of event %llu, %s, is %s",
                         (unsigned long long)correct->ref_seq, sl_event_type_name(view->ref_type),
                         sl_event_type_name(correct->replacement->type));
    }
    if (view->correct_err == SL_OK) {
        return SL_OK;
    }
    if (diag != NULL) {
        *diag = view->correct_diag;
    }
    return SL_E_NOT_CORRECTABLE;
}

/* The deal as a whole first, then the products of what is taken back or amended. */
static enum sl_err
decide_close(const struct sl_close *close, const struct sl_decide_view *view, struct sl_diag *diag)
{
    struct sl_deal_state after;
    enum sl_err err = sl_deal_step(&view->deal, close, &after, diag);
    if (err != SL_OK || view->products == NULL) {
        return err;
    }
    return sl_deal_products_check(view->products, close, view->line_products, diag);
}

/* Rules that belong to one type of event. */
static enum sl_err decide_by_type(const struct sl_event *event,
                                  const struct sl_decide_view *view,
                                  struct sl_slice actor,
                                  struct sl_diag *diag)
{
    const struct sl_body *body = &event->body;
    switch (body->type) {
    case SL_EVENT_CLOSE: return decide_close(&body->u.close, view, diag);
    case SL_EVENT_PLAN: return wrap_body(event, decide_plan(body->u.plan, view, diag), diag);
    case SL_EVENT_APPROVE: return decide_approve(&body->u.approve, view, actor, diag);
    case SL_EVENT_CORRECT: return decide_correct(&event->correct, view, diag);
    case SL_EVENT_NONE:
    case SL_EVENT_CONTACT:
    case SL_EVENT_QUOTE:
    case SL_EVENT_PAYOUT:
    case SL_EVENT_DEFINE:
    case SL_EVENT_TARGET:
    case SL_EVENT_NOTE: break;
    }
    return SL_OK;
}

enum sl_err sl_decide(const struct sl_event *event,
                      const struct sl_decide_view *view,
                      struct sl_slice actor,
                      struct sl_diag *diag)
{
    const struct sl_body *body = effective_body(event);
    enum sl_err err = decide_expect(&event->expect, view, diag);
    if (err == SL_OK) {
        err = decide_references(view, diag);
    }
    if (err == SL_OK && view->calendar_is_fixed) {
        err =
            sl_refuse(diag, SL_E_CONFLICT, "define.calendar",
                      "cannot change once there are targets: their years and quarters would move");
    }
    if (err == SL_OK && view->is_full) {
        err = wrap_body(event, refuse_full(view, diag), diag);
    }
    if (err == SL_OK && body != NULL) {
        err = wrap_body(event, decide_content(body, view, actor, diag), diag);
    }
    return err == SL_OK ? decide_by_type(event, view, actor, diag) : err;
}
