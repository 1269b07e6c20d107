/* Fills generated messages on the stack and packs them once; sub-messages that are optional live beside their parent. */
#include "lib/event_builder.h"

#include <string.h>

#include "lib/test.h"

/* The generated structs want `char *`; packing only reads. */
static char *text_of(const char *text)
{
    char *out;
    memcpy(&out, &text, sizeof out);
    return out;
}

void sl_builder_init(struct sl_builder *b, struct sl_arena *arena)
{
    *b = (struct sl_builder){.arena = arena};
}

struct sl_id sl_build_id(uint64_t number)
{
    struct sl_id id = {{0}};
    for (size_t i = 0; i < 8; i++) {
        id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return id;
}

struct sl_slice sl_build_event(struct sl_builder *b, const Salesledger__V1__Event *event)
{
    Salesledger__V1__Event full = *event;
    struct sl_id id;
    if (!full.has_id) {
        id = sl_build_id(++b->last_id);
        full.has_id = 1;
        full.id = (ProtobufCBinaryData){.data = id.bytes, .len = sizeof id.bytes};
    } else if (full.id.len == 0) {
        full.has_id = 0;
    }
    size_t size = salesledger__v1__event__get_packed_size(&full);
    uint8_t *buf = sl_arena_alloc(b->arena, size);
    assert_non_null(buf);
    return (struct sl_slice){buf, salesledger__v1__event__pack(&full, buf)};
}

/* An event being filled; it holds the parts that the message points to. */
struct draft {
    Salesledger__V1__Event event;
    Salesledger__V1__Expect expect;
    struct sl_id id;
};

/* Copies the members every builder struct has. The draft must not move afterwards. */
#define BEGIN(draft, from)                                                                         \
    begin((draft), (from)->date, (from)->id, (from)->source);                                      \
    expect((draft), (from)->expect_kind, (from)->expect_entity, (from)->expect_seq)

static void begin(struct draft *draft, const char *date, uint64_t id, const char *source)
{
    salesledger__v1__event__init(&draft->event);
    draft->event.effective_date = text_of(date);
    draft->event.source = text_of(source);
    if (id != 0) {
        draft->id = sl_build_id(id);
        draft->event.has_id = 1;
        draft->event.id =
            (ProtobufCBinaryData){.data = draft->id.bytes, .len = sizeof draft->id.bytes};
    }
}

static void expect(struct draft *draft, enum sl_entity_kind kind, const char *entity, uint64_t seq)
{
    if (kind == SL_ENTITY_NONE) {
        return;
    }
    salesledger__v1__expect__init(&draft->expect);
    draft->expect.has_kind = 1;
    draft->expect.kind = (Salesledger__V1__EntityKind)kind;
    draft->expect.entity = text_of(entity);
    draft->expect.has_seq = 1;
    draft->expect.seq = seq;
    draft->event.expect = &draft->expect;
}

/* Lines and credits of one sale, with the pointer arrays protobuf-c wants. */
struct sale_parts {
    Salesledger__V1__Line lines[SL_BUILD_LINES_MAX];
    Salesledger__V1__Line *line_pointers[SL_BUILD_LINES_MAX];
    size_t line_count;
    Salesledger__V1__Credit credits[SL_BUILD_CREDITS_MAX];
    Salesledger__V1__Credit *credit_pointers[SL_BUILD_CREDITS_MAX];
    size_t credit_count;
    const char *currency;
};

static void fill_line(Salesledger__V1__Line *line, const struct sl_build_line *from)
{
    salesledger__v1__line__init(line);
    line->product = text_of(from->product);
    line->has_amount_minor = 1;
    line->amount_minor = from->amount;
    line->has_quantity = from->quantity != 0;
    line->quantity = from->quantity;
    line->has_cost_minor = from->has_cost;
    line->cost_minor = from->cost;
}

static void fill_credit(Salesledger__V1__Credit *credit, const struct sl_build_credit *from)
{
    salesledger__v1__credit__init(credit);
    credit->person = text_of(from->person);
    credit->role = text_of(from->role);
    credit->has_share_ppm = 1;
    credit->share_ppm = from->share_ppm;
    credit->has_kind = 1;
    credit->kind = (Salesledger__V1__Credit__Kind)from->kind;
}

static void add_line(struct sale_parts *parts, const struct sl_build_line *line)
{
    fill_line(&parts->lines[parts->line_count], line);
    parts->line_pointers[parts->line_count] = &parts->lines[parts->line_count];
    parts->line_count++;
}

static void add_credit(struct sale_parts *parts, const struct sl_build_credit *credit)
{
    fill_credit(&parts->credits[parts->credit_count], credit);
    parts->credit_pointers[parts->credit_count] = &parts->credits[parts->credit_count];
    parts->credit_count++;
}

static void fill_sale(struct sale_parts *parts, const struct sl_build_sale *sale)
{
    parts->line_count = 0;
    parts->credit_count = 0;
    for (size_t i = 0; i < sale->line_count; i++) {
        add_line(parts, &sale->lines[i]);
    }
    for (size_t i = 0; i < sale->credit_count; i++) {
        add_credit(parts, &sale->credits[i]);
    }
    if (sale->amount != 0 || sale->quantity != 0 || sale->product != NULL) {
        add_line(parts, &(const struct sl_build_line){.product = sale->product,
                                                      .amount = sale->amount,
                                                      .quantity = sale->quantity,
                                                      .cost = sale->cost,
                                                      .has_cost = sale->cost != 0});
    }
    if (sale->person != NULL) {
        add_credit(parts,
                   &(const struct sl_build_credit){.person = sale->person, .share_ppm = SL_PPM});
    }
    parts->currency = sale->currency;
    if (parts->currency == NULL && parts->line_count > 0) {
        parts->currency = "USD";
    }
}

struct sl_slice sl_build_close(struct sl_builder *b, const struct sl_build_sale *sale)
{
    struct draft draft;
    struct sale_parts parts;
    BEGIN(&draft, sale);
    fill_sale(&parts, sale);
    Salesledger__V1__Close close = SALESLEDGER__V1__CLOSE__INIT;
    close.deal = text_of(sale->deal);
    close.customer = text_of(sale->customer);
    close.has_kind = sale->kind != SL_CLOSE_NONE;
    close.kind = (Salesledger__V1__Close__Kind)sale->kind;
    close.lines = parts.line_pointers;
    close.n_lines = parts.line_count;
    close.credits = parts.credit_pointers;
    close.n_credits = parts.credit_count;
    close.currency = text_of(parts.currency);
    close.reason = text_of(sale->reason);
    draft.event.close = &close;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_quote(struct sl_builder *b, const struct sl_build_sale *sale)
{
    struct draft draft;
    struct sale_parts parts;
    BEGIN(&draft, sale);
    fill_sale(&parts, sale);
    Salesledger__V1__Quote quote = SALESLEDGER__V1__QUOTE__INIT;
    quote.deal = text_of(sale->deal);
    quote.customer = text_of(sale->customer);
    quote.lines = parts.line_pointers;
    quote.n_lines = parts.line_count;
    quote.credits = parts.credit_pointers;
    quote.n_credits = parts.credit_count;
    quote.currency = text_of(parts.currency);
    quote.stage = text_of(sale->stage);
    quote.has_probability_ppm = sale->probability_ppm != 0;
    quote.probability_ppm = sale->probability_ppm;
    quote.expected_close = text_of(sale->expected_close);
    draft.event.quote = &quote;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_contact(struct sl_builder *b, const struct sl_build_contact *contact)
{
    struct draft draft;
    BEGIN(&draft, contact);
    Salesledger__V1__Contact body = SALESLEDGER__V1__CONTACT__INIT;
    body.customer = text_of(contact->customer);
    body.person = text_of(contact->person);
    body.deal = text_of(contact->deal);
    body.stage = text_of(contact->stage);
    body.text = text_of(contact->text);
    body.has_kind = 1;
    body.kind = contact->kind == 0 ? SALESLEDGER__V1__CONTACT__KIND__CALL
                                   : (Salesledger__V1__Contact__Kind)contact->kind;
    draft.event.contact = &body;
    return sl_build_event(b, &draft.event);
}

/* All records side by side; `define` points to the one that is meant. */
struct define_parts {
    Salesledger__V1__Define define;
    Salesledger__V1__Person person;
    Salesledger__V1__Unit unit;
    Salesledger__V1__Product product;
    Salesledger__V1__Customer customer;
    Salesledger__V1__StageList stages;
    Salesledger__V1__CalendarData calendar;
    Salesledger__V1__FxRate fx_rate;
    Salesledger__V1__AccessRole access_role;
    Salesledger__V1__TierRule tier_rule;
    Salesledger__V1__Scorecard scorecard;
    Salesledger__V1__Settings settings;
    Salesledger__V1__ProductLine product_line;
    char *stage_texts[SL_STAGES_MAX + 1];
    char *holiday_texts[SL_BUILD_HOLIDAYS_MAX];
    Salesledger__V1__RampStep steps[SL_BUILD_RAMP_MAX];
    Salesledger__V1__RampStep *ramp[SL_BUILD_RAMP_MAX];
    Salesledger__V1__PersonalField phone;
    Salesledger__V1__PersonalField *personal[1];
};

static void fill_person(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__person__init(&parts->person);
    parts->person.person = text_of(from->id_text);
    parts->person.name = text_of(from->name);
    parts->person.unit = text_of(from->unit);
    parts->person.role = text_of(from->role);
    parts->person.hired = text_of(from->hired);
    parts->person.left = text_of(from->left);
    parts->person.pay_currency = text_of(from->pay_currency);
    parts->person.has_variable_pay_minor = from->variable_pay != 0;
    parts->person.variable_pay_minor = from->variable_pay;
    for (size_t i = 0; i < from->ramp_count; i++) {
        salesledger__v1__ramp_step__init(&parts->steps[i]);
        parts->steps[i].has_from_month = 1;
        parts->steps[i].from_month = from->ramp[i].from_month;
        parts->steps[i].has_factor_ppm = 1;
        parts->steps[i].factor_ppm = from->ramp[i].factor_ppm;
        parts->ramp[i] = &parts->steps[i];
    }
    parts->person.ramp = parts->ramp;
    parts->person.n_ramp = from->ramp_count;
    parts->define.person = &parts->person;
}

static void fill_unit(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__unit__init(&parts->unit);
    parts->unit.unit = text_of(from->id_text);
    parts->unit.name = text_of(from->name);
    parts->unit.parent = text_of(from->parent);
    parts->unit.manager = text_of(from->manager);
    parts->define.unit = &parts->unit;
}

static void fill_product(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__product__init(&parts->product);
    parts->product.product = text_of(from->id_text);
    parts->product.name = text_of(from->name);
    parts->product.line = text_of(from->line);
    parts->define.product = &parts->product;
}

static void fill_customer(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__customer__init(&parts->customer);
    parts->customer.customer = text_of(from->id_text);
    parts->customer.name = text_of(from->name);
    parts->customer.segment = text_of(from->segment);
    parts->customer.region = text_of(from->region);
    parts->customer.owner = text_of(from->owner);
    salesledger__v1__personal_field__init(&parts->phone);
    parts->phone.name = text_of("phone");
    parts->phone.value = text_of(from->phone);
    parts->personal[0] = &parts->phone;
    parts->customer.personal = parts->personal;
    parts->customer.n_personal = from->phone != NULL ? 1 : 0;
    parts->define.customer = &parts->customer;
}

static void fill_stages(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__stage_list__init(&parts->stages);
    size_t count = 0;
    while (count <= SL_STAGES_MAX && from->stages[count] != NULL) {
        parts->stage_texts[count] = text_of(from->stages[count]);
        count++;
    }
    parts->stages.stages = parts->stage_texts;
    parts->stages.n_stages = count;
    parts->define.stages = &parts->stages;
}

static void fill_calendar(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__calendar_data__init(&parts->calendar);
    parts->calendar.has_fiscal_start_month = from->fiscal_start_month != 0;
    parts->calendar.fiscal_start_month = from->fiscal_start_month;
    size_t count = 0;
    while (from->holidays[count] != NULL) {
        parts->holiday_texts[count] = text_of(from->holidays[count]);
        count++;
    }
    parts->calendar.holidays = parts->holiday_texts;
    parts->calendar.n_holidays = count;
    parts->define.calendar = &parts->calendar;
}

static void fill_fx_rate(struct define_parts *parts, const struct sl_build_define *from)
{
    salesledger__v1__fx_rate__init(&parts->fx_rate);
    parts->fx_rate.base_currency = text_of(from->id_text);
    parts->fx_rate.quote = text_of(from->quote);
    parts->fx_rate.has_rate = 1;
    parts->fx_rate.rate = from->fx_rate;
    parts->define.fx_rate = &parts->fx_rate;
}

static void fill_rest(struct define_parts *parts, const struct sl_build_define *from)
{
    char *id = text_of(from->id_text);
    salesledger__v1__access_role__init(&parts->access_role);
    salesledger__v1__tier_rule__init(&parts->tier_rule);
    salesledger__v1__scorecard__init(&parts->scorecard);
    salesledger__v1__settings__init(&parts->settings);
    salesledger__v1__product_line__init(&parts->product_line);
    parts->access_role.role = id;
    parts->tier_rule.rule = id;
    parts->scorecard.scorecard = id;
    parts->settings.has_policy = 1;
    parts->settings.policy = (Salesledger__V1__Settings__Policy)from->policy;
    parts->product_line.line = id;
    parts->product_line.name = text_of(from->name);
}

static void fill_define(struct define_parts *parts, const struct sl_build_define *from)
{
    fill_rest(parts, from);
    switch (from->kind) {
    case SL_DEFINE_NONE: break;
    case SL_DEFINE_PERSON: fill_person(parts, from); break;
    case SL_DEFINE_UNIT: fill_unit(parts, from); break;
    case SL_DEFINE_PRODUCT: fill_product(parts, from); break;
    case SL_DEFINE_CUSTOMER: fill_customer(parts, from); break;
    case SL_DEFINE_STAGES: fill_stages(parts, from); break;
    case SL_DEFINE_CALENDAR: fill_calendar(parts, from); break;
    case SL_DEFINE_FX_RATE: fill_fx_rate(parts, from); break;
    case SL_DEFINE_ACCESS_ROLE: parts->define.access_role = &parts->access_role; break;
    case SL_DEFINE_TIER_RULE: parts->define.tier_rule = &parts->tier_rule; break;
    case SL_DEFINE_SCORECARD: parts->define.scorecard = &parts->scorecard; break;
    case SL_DEFINE_SETTINGS: parts->define.settings = &parts->settings; break;
    case SL_DEFINE_PRODUCT_LINE: parts->define.product_line = &parts->product_line; break;
    }
}

struct sl_slice sl_build_define(struct sl_builder *b, const struct sl_build_define *define)
{
    struct draft draft;
    struct define_parts parts;
    BEGIN(&draft, define);
    salesledger__v1__define__init(&parts.define);
    parts.define.valid_from = text_of(define->from);
    parts.define.valid_to = text_of(define->to);
    fill_define(&parts, define);
    draft.event.define = &parts.define;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_target(struct sl_builder *b, const struct sl_build_target *target)
{
    struct draft draft;
    BEGIN(&draft, target);
    Salesledger__V1__Scope scope = SALESLEDGER__V1__SCOPE__INIT;
    scope.person = text_of(target->person);
    scope.unit = text_of(target->unit);
    scope.product_line = text_of(target->product_line);
    scope.product = text_of(target->product);
    scope.customer = text_of(target->customer);
    scope.region = text_of(target->region);
    Salesledger__V1__Target body = SALESLEDGER__V1__TARGET__INIT;
    body.scope = &scope;
    body.measure = text_of(target->measure == NULL ? "booked.amount" : target->measure);
    body.period = text_of(target->period);
    body.has_amount = 1;
    body.amount = target->amount;
    body.has_role = 1;
    body.role = (Salesledger__V1__Target__Role)target->role;
    int64_t weights[SL_WEIGHTS_MAX];
    for (size_t i = 0; i < target->weight_count; i++) {
        weights[i] = target->weights[i];
    }
    body.weights = weights;
    body.n_weights = target->weight_count;
    body.parent = text_of(target->parent);
    body.target = text_of(target->target);
    draft.event.target = &body;
    return sl_build_event(b, &draft.event);
}

/* The parts of the one component. */
struct plan_parts {
    Salesledger__V1__PlanFilter filter;
    Salesledger__V1__PlanScope scope;
    Salesledger__V1__PlanIndex index;
    Salesledger__V1__Curve curve;
    Salesledger__V1__CurveRow rows[SL_BUILD_LINES_MAX];
    Salesledger__V1__CurveRow *row_pointers[SL_BUILD_LINES_MAX];
    Salesledger__V1__PlanComponent component;
    Salesledger__V1__PlanComponent *component_pointer;
    Salesledger__V1__Assignee assignee;
    Salesledger__V1__Assignee *assignee_pointer;
};

static void fill_curve(struct plan_parts *parts, const struct sl_build_plan *from)
{
    salesledger__v1__curve__init(&parts->curve);
    for (size_t i = 0; i < from->row_count; i++) {
        salesledger__v1__curve_row__init(&parts->rows[i]);
        parts->rows[i].has_from = 1;
        parts->rows[i].from = from->rows[i].from;
        parts->rows[i].has_y = 1;
        parts->rows[i].y = from->rows[i].y;
        parts->row_pointers[i] = &parts->rows[i];
    }
    parts->curve.rows = parts->row_pointers;
    parts->curve.n_rows = from->row_count;
    parts->curve.has_mode = 1;
    parts->curve.mode = (Salesledger__V1__Curve__Mode)from->mode;
    parts->curve.has_value = 1;
    parts->curve.value = (Salesledger__V1__Curve__Value)from->value;
}

static void fill_component(struct plan_parts *parts, const struct sl_build_plan *from)
{
    salesledger__v1__plan_filter__init(&parts->filter);
    salesledger__v1__plan_scope__init(&parts->scope);
    parts->scope.has_kind = 1;
    parts->scope.kind = (Salesledger__V1__PlanScope__Kind)from->scope;
    salesledger__v1__plan_index__init(&parts->index);
    if (from->attainment_of != NULL) {
        parts->index.has_kind = 1;
        parts->index.kind = SALESLEDGER__V1__PLAN_INDEX__KIND__ATTAINMENT;
        parts->index.measure = text_of(from->attainment_of);
    }
    fill_curve(parts, from);
    salesledger__v1__plan_component__init(&parts->component);
    parts->component.component = text_of("pay");
    parts->component.filter = &parts->filter;
    parts->component.scope = &parts->scope;
    parts->component.index = &parts->index;
    parts->component.curve = &parts->curve;
    parts->component.has_window = 1;
    parts->component.window = (Salesledger__V1__PlanComponent__Window)from->window;
    parts->component_pointer = &parts->component;
}

static void fill_assignee(struct plan_parts *parts, const struct sl_build_plan *from)
{
    salesledger__v1__assignee__init(&parts->assignee);
    parts->assignee.has_kind = 1;
    parts->assignee.kind = from->person == NULL ? SALESLEDGER__V1__ASSIGNEE__KIND__EVERYONE
                                                : SALESLEDGER__V1__ASSIGNEE__KIND__PERSON;
    parts->assignee.who = text_of(from->person);
    parts->assignee_pointer = &parts->assignee;
}

struct sl_slice sl_build_plan(struct sl_builder *b, const struct sl_build_plan *plan)
{
    struct draft draft;
    struct plan_parts parts;
    BEGIN(&draft, plan);
    fill_component(&parts, plan);
    fill_assignee(&parts, plan);
    Salesledger__V1__Plan body = SALESLEDGER__V1__PLAN__INIT;
    body.plan = text_of(plan->plan);
    body.has_version = 1;
    body.version = plan->version == 0 ? 1 : plan->version;
    body.valid_from = text_of(plan->from);
    body.valid_to = text_of(plan->to);
    body.assignees = &parts.assignee_pointer;
    body.n_assignees = 1;
    body.components = &parts.component_pointer;
    body.n_components = 1;
    body.currency = text_of(plan->currency == NULL ? "USD" : plan->currency);
    body.has_state = 1;
    body.state = plan->is_draft ? SALESLEDGER__V1__PLAN__STATE__DRAFT
                                : SALESLEDGER__V1__PLAN__STATE__PUBLISHED;
    draft.event.plan = &body;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_payout(struct sl_builder *b, const struct sl_build_payout *payout)
{
    struct draft draft;
    BEGIN(&draft, payout);
    Salesledger__V1__PayoutLine line = SALESLEDGER__V1__PAYOUT_LINE__INIT;
    Salesledger__V1__PayoutLine *line_pointer = &line;
    line.component = text_of(payout->component);
    line.window = text_of(payout->window);
    line.has_amount_minor = 1;
    line.amount_minor = payout->amount;
    Salesledger__V1__Payout body = SALESLEDGER__V1__PAYOUT__INIT;
    body.payee = text_of(payout->payee);
    body.has_kind = 1;
    body.kind = payout->kind == 0 ? SALESLEDGER__V1__PAYOUT__KIND__COMMISSION
                                  : (Salesledger__V1__Payout__Kind)payout->kind;
    body.has_state = 1;
    body.state = payout->state == 0 ? SALESLEDGER__V1__PAYOUT__STATE__PROPOSED
                                    : (Salesledger__V1__Payout__State)payout->state;
    body.lines = &line_pointer;
    body.n_lines = 1;
    body.currency = text_of(payout->currency == NULL ? "USD" : payout->currency);
    draft.event.payout = &body;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_approve(struct sl_builder *b, const struct sl_build_approve *approve)
{
    struct draft draft;
    uint8_t hash[32] = {0};
    BEGIN(&draft, approve);
    if (approve->ref_hash != NULL) {
        memcpy(hash, approve->ref_hash, sizeof hash);
    }
    Salesledger__V1__Approve body = SALESLEDGER__V1__APPROVE__INIT;
    body.has_ref_seq = 1;
    body.ref_seq = approve->ref_seq;
    body.has_ref_hash = 1;
    body.ref_hash = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    body.has_verdict = 1;
    body.verdict = approve->verdict == 0 ? SALESLEDGER__V1__APPROVE__VERDICT__APPROVE
                                         : (Salesledger__V1__Approve__Verdict)approve->verdict;
    body.comment = text_of(approve->comment);
    draft.event.approve = &body;
    return sl_build_event(b, &draft.event);
}

struct sl_slice sl_build_note(struct sl_builder *b, const struct sl_build_note *note)
{
    struct draft draft;
    BEGIN(&draft, note);
    Salesledger__V1__Note body = SALESLEDGER__V1__NOTE__INIT;
    body.subject = text_of(note->subject);
    body.has_subject_kind = 1;
    body.subject_kind = note->subject_kind == SL_ENTITY_NONE
                            ? SALESLEDGER__V1__ENTITY_KIND__PERSON
                            : (Salesledger__V1__EntityKind)note->subject_kind;
    body.has_kind = 1;
    body.kind = note->kind == 0 ? SALESLEDGER__V1__NOTE__KIND__FEEDBACK
                                : (Salesledger__V1__Note__Kind)note->kind;
    body.period = text_of(note->period);
    body.text = text_of(note->text);
    body.due = text_of(note->due);
    draft.event.note = &body;
    return sl_build_event(b, &draft.event);
}

static struct sl_slice
build_correct(struct sl_builder *b, uint64_t ref_seq, Salesledger__V1__Replacement *replacement)
{
    Salesledger__V1__Correct body = SALESLEDGER__V1__CORRECT__INIT;
    body.has_ref_seq = 1;
    body.ref_seq = ref_seq;
    body.has_void_ = replacement == NULL;
    body.void_ = replacement == NULL;
    body.replacement = replacement;
    body.reason = text_of("typing error");
    Salesledger__V1__Event event = SALESLEDGER__V1__EVENT__INIT;
    event.correct = &body;
    return sl_build_event(b, &event);
}

struct sl_slice sl_build_void(struct sl_builder *b, uint64_t ref_seq)
{
    return build_correct(b, ref_seq, NULL);
}

struct sl_slice
sl_build_replace(struct sl_builder *b, uint64_t ref_seq, struct sl_slice replacement)
{
    Salesledger__V1__Event *event =
        salesledger__v1__event__unpack(NULL, replacement.len, replacement.data);
    assert_non_null(event);
    Salesledger__V1__Replacement body = SALESLEDGER__V1__REPLACEMENT__INIT;
    body.effective_date = event->effective_date;
    body.contact = event->contact;
    body.quote = event->quote;
    body.close = event->close;
    body.payout = event->payout;
    body.define = event->define;
    body.target = event->target;
    body.plan = event->plan;
    body.note = event->note;
    struct sl_slice bytes = build_correct(b, ref_seq, &body);
    salesledger__v1__event__free_unpacked(event, NULL);
    return bytes;
}
