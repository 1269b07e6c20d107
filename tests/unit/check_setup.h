/* One valid event of every type, which the tests of the checks then break in one place each. */
#ifndef SL_UNIT_CHECK_SETUP_H
#define SL_UNIT_CHECK_SETUP_H

#include "lib/test.h"

#include <string.h>

#include "domain/decide.h"

/* A valid event of every type that tests then break. */
struct setup {
    struct sl_event event;
    struct sl_line lines[2];
    struct sl_credit credits[3];
    struct sl_payout_line payout_lines[2];
    struct sl_score scores[2];
    struct sl_ramp_step ramp[2];
    struct sl_slice stages[3];
    sl_day boundaries[2];
    int64_t weights[3];
    struct sl_slice ids[3];
    struct sl_slice permissions[2];
    struct sl_tier_row tiers[3];
    struct sl_score dimensions[2];
    struct sl_body replacement;
    struct sl_diag diag;
};

/* `len` times the letter x, at most one byte more than any text may have. */
static inline struct sl_slice letters(size_t len)
{
    static char bytes[SL_TEXT_BYTES_MAX + 1];
    memset(bytes, 'x', sizeof bytes);
    return (struct sl_slice){(const uint8_t *)bytes, len};
}

static inline void fill_lists(struct setup *s)
{
    s->lines[0] = (struct sl_line){.product = SLICE("P1"), .quantity = 1000, .amount_minor = 500};
    s->lines[1] = (struct sl_line){.quantity = 1, .amount_minor = 0};
    s->credits[0] = (struct sl_credit){.person = SLICE("ana"), .share_ppm = 600000};
    s->credits[1] = (struct sl_credit){.person = SLICE("bo"), .share_ppm = 400000};
    s->credits[2] = (struct sl_credit){
        .person = SLICE("ana"), .share_ppm = 5, .kind = SL_CREDIT_OVERLAY, .role = SLICE("se")};
    s->payout_lines[0] = (struct sl_payout_line){.component = SLICE("pay"),
                                                 .window = SLICE("2017-Q1"),
                                                 .amount_minor = 7,
                                                 .has_amount = true};
    s->payout_lines[1] =
        (struct sl_payout_line){.quantity = 1000, .has_quantity = true, .unit = SLICE("trip")};
    s->scores[0] = (struct sl_score){.dimension = SLICE("attitude"), .weight_ppm = 5, .score = 9};
    s->ramp[0] = (struct sl_ramp_step){.from_month = 0, .factor_ppm = 500000};
    s->ramp[1] = (struct sl_ramp_step){.from_month = 3, .factor_ppm = 1000000};
    s->stages[0] = SLICE("needs");
    s->stages[1] = SLICE("offer");
    s->stages[2] = SLICE("signed");
    s->boundaries[0] = DAY("2017-01-01");
    s->boundaries[1] = DAY("2017-01-29");
    s->weights[1] = 3;
    s->ids[0] = SLICE("ana");
    s->ids[1] = SLICE("bo");
    s->ids[2] = SLICE("cy");
    s->permissions[0] = SLICE("READ");
    s->permissions[1] = SLICE("APPROVE");
    s->tiers[0] = (struct sl_tier_row){.tier = SLICE("bronze")};
    s->tiers[1] = (struct sl_tier_row){.tier = SLICE("silver"), .from = 100};
    s->tiers[2] = (struct sl_tier_row){.tier = SLICE("gold"), .from = 1000};
    s->dimensions[0] = (struct sl_score){.dimension = SLICE("attitude"), .weight_ppm = 400000};
    s->dimensions[1] = (struct sl_score){.dimension = SLICE("skill"), .weight_ppm = 600000};
}

static inline struct sl_body *set_up(struct setup *s, enum sl_event_type type)
{
    *s = (struct setup){.event = {.effective = SL_NO_DAY, .body = {.type = type}}};
    fill_lists(s);
    return &s->event.body;
}

static inline struct sl_contact *contact_in(struct setup *s)
{
    struct sl_contact *contact = &set_up(s, SL_EVENT_CONTACT)->u.contact;
    *contact = (struct sl_contact){
        .customer = SLICE("ACME"), .person = SLICE("ana"), .kind = 1, .next_due = SL_NO_DAY};
    return contact;
}

static inline struct sl_quote *quote_in(struct setup *s)
{
    struct sl_quote *quote = &set_up(s, SL_EVENT_QUOTE)->u.quote;
    *quote = (struct sl_quote){.deal = SLICE("D1"),
                               .currency = SLICE("USD"),
                               .lines = s->lines,
                               .line_count = 2,
                               .credits = s->credits,
                               .credit_count = 3};
    return quote;
}

static inline struct sl_close *close_in(struct setup *s, enum sl_close_kind kind)
{
    struct sl_close *close = &set_up(s, SL_EVENT_CLOSE)->u.close;
    *close = (struct sl_close){.deal = SLICE("D1"),
                               .kind = kind,
                               .currency = SLICE("USD"),
                               .lines = s->lines,
                               .line_count = kind == SL_CLOSE_LOST ? 0 : 2,
                               .credits = s->credits,
                               .credit_count = 3};
    return close;
}

static inline struct sl_payout *payout_in(struct setup *s)
{
    struct sl_payout *payout = &set_up(s, SL_EVENT_PAYOUT)->u.payout;
    *payout = (struct sl_payout){.payee = SLICE("ana"),
                                 .kind = 1,
                                 .state = 1,
                                 .currency = SLICE("USD"),
                                 .lines = s->payout_lines,
                                 .line_count = 2};
    return payout;
}

static inline struct sl_target *target_in(struct setup *s)
{
    struct sl_target *target = &set_up(s, SL_EVENT_TARGET)->u.target;
    *target = (struct sl_target){.measure = SLICE("booked.amount"),
                                 .period_text = SLICE("2017-Q1"),
                                 .has_amount = true,
                                 .amount = 5,
                                 .weights = s->weights,
                                 .weight_count = 3};
    return target;
}

static inline struct sl_approve *approve_in(struct setup *s)
{
    static const uint8_t hash[33];
    struct sl_approve *approve = &set_up(s, SL_EVENT_APPROVE)->u.approve;
    *approve = (struct sl_approve){.ref_seq = 1, .ref_hash = {hash, 32}, .verdict = 1};
    return approve;
}

static inline struct sl_note *note_in(struct setup *s)
{
    struct sl_note *note = &set_up(s, SL_EVENT_NOTE)->u.note;
    *note = (struct sl_note){.subject = SLICE("ana"),
                             .subject_kind = SL_ENTITY_PERSON,
                             .kind = 1,
                             .scores = s->scores,
                             .score_count = 1};
    return note;
}

static inline struct sl_correct *correct_in(struct setup *s)
{
    set_up(s, SL_EVENT_CORRECT);
    s->event.correct = (struct sl_correct){
        .ref_seq = 1, .is_void = true, .effective = SL_NO_DAY, .reason = SLICE("typing error")};
    return &s->event.correct;
}

/* The event is refused with this code at this field. */
static inline void assert_refused(struct setup *s, enum sl_err err, const char *field)
{
    s->diag = (struct sl_diag){0};
    assert_err(err, sl_event_check(&s->event, &s->diag));
    assert_string_equal(s->diag.field, field);
    assert_true(s->diag.message[0] != '\0');
    assert_err(err, sl_event_check(&s->event, NULL));
}

static inline void assert_good(struct setup *s)
{
    assert_ok(sl_event_check(&s->event, &s->diag));
}

static inline struct sl_define *define_in(struct setup *s, enum sl_define_kind kind)
{
    struct sl_define *define = &set_up(s, SL_EVENT_DEFINE)->u.define;
    bool is_rate = kind == SL_DEFINE_FX_RATE;
    *define = (struct sl_define){.kind = kind,
                                 .valid_from = SL_NO_DAY,
                                 .valid_to = SL_NO_DAY,
                                 .hired = SL_NO_DAY,
                                 .left = SL_NO_DAY,
                                 .id = is_rate ? SLICE("GBP") : SLICE("one"),
                                 .currency = SLICE("USD"),
                                 .fx_rate = 122000000,
                                 .stages = s->stages,
                                 .stage_count = 3,
                                 .boundaries = s->boundaries,
                                 .boundary_count = 0,
                                 .members = s->ids,
                                 .member_count = 3,
                                 .permissions = s->permissions,
                                 .permission_count = 2,
                                 .units = s->ids,
                                 .unit_count = 2,
                                 .tiers = s->tiers,
                                 .tier_count = 3,
                                 .dimensions = s->dimensions,
                                 .dimension_count = 2};
    return define;
}

#endif
