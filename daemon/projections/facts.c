/* From one event to its facts. */
#include "projections/facts.h"

#include <string.h>

#include "projections/masters.h"
#include "sl/money.h"

/* One event, ready to be shared out. */
struct fact_source {
    const struct sl_line *lines;
    size_t line_count;
    uint32_t products[SL_LINES_MAX]; /* of the lines; 0 where there are none */
    struct sl_ended_products ended;
    const struct sl_credit_row *credits;
    size_t credit_count;
    struct sl_fact_row common;
    sl_day day;
    sl_seq seq;
    int sign; /* of the printed line amounts */
};

bool sl_facts_has(const struct sl_body *body)
{
    return body->type == SL_EVENT_CONTACT || body->type == SL_EVENT_QUOTE ||
           body->type == SL_EVENT_CLOSE;
}

bool sl_sourced_is_of_deal(struct sl_ledger *ledger, const struct sl_sourced *event, uint32_t deal)
{
    return event->is_there && sl_facts_has(&event->body) &&
           sl_names_find(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(&event->body)) == deal;
}

static void
body_credits(const struct sl_body *body, const struct sl_credit **ret_credits, size_t *ret_count)
{
    *ret_credits = NULL;
    *ret_count = 0;
    if (body->type == SL_EVENT_QUOTE) {
        *ret_credits = body->u.quote.credits;
        *ret_count = body->u.quote.credit_count;
    } else if (body->type == SL_EVENT_CLOSE) {
        *ret_credits = body->u.close.credits;
        *ret_count = body->u.close.credit_count;
    }
}

static size_t intern_credits(struct sl_ledger *ledger,
                             const struct sl_credit *credits,
                             size_t count,
                             struct sl_credit_row *ret_rows)
{
    for (size_t i = 0; i < count; i++) {
        ret_rows[i] = (struct sl_credit_row){
            .person = sl_names_intern(&ledger->names, SL_ENTITY_PERSON, credits[i].person),
            .kind = (uint32_t)credits[i].kind,
            .share_ppm = credits[i].share_ppm,
        };
    }
    return count;
}

/* Facts of a close can be made again from its event alone as long as what it may have taken from the deal stays as it was. */
static void tangle(struct sl_fold *fold)
{
    fold->row.is_tangled = fold->row.is_tangled != 0 || fold->row.closed_seq != 0;
}

static void
remember_credits(struct sl_fold *fold, const struct sl_credit_row *credits, size_t count)
{
    size_t bytes = count * sizeof credits[0];
    if (count != fold->row.credit_count || memcmp(fold->credits, credits, bytes) != 0) {
        tangle(fold);
        memcpy(fold->credits, credits, bytes);
        fold->row.credit_count = (uint16_t)count;
    }
}

/* The chain of whom to credit; gives the count, at least 1. */
static size_t credits_of(struct sl_ledger *ledger,
                         struct sl_fold *fold,
                         const struct sl_sourced *event,
                         uint32_t owner,
                         struct sl_credit_row rows[SL_CREDITS_MAX])
{
    const struct sl_credit *given;
    size_t given_count;
    body_credits(&event->body, &given, &given_count);
    if (given_count > 0) {
        size_t count = intern_credits(ledger, given, given_count, rows);
        if (fold->deal != 0) {
            remember_credits(fold, rows, count);
        }
        return count;
    }
    if (event->body.type == SL_EVENT_CONTACT && event->body.u.contact.person.len > 0) {
        uint32_t person =
            sl_names_intern(&ledger->names, SL_ENTITY_PERSON, event->body.u.contact.person);
        rows[0] = (struct sl_credit_row){person, SL_CREDIT_DIRECT, SL_PPM};
        return 1;
    }
    if (fold->row.credit_count > 0) {
        memcpy(rows, fold->credits, fold->row.credit_count * sizeof rows[0]);
        return fold->row.credit_count;
    }
    rows[0] = (struct sl_credit_row){owner, SL_CREDIT_DIRECT, SL_PPM};
    return 1;
}

/* Shares of one number among the credits: DIRECT ones by the largest remainder, OVERLAY ones each by itself. */
static void share_out(int64_t total, const struct fact_source *source, int64_t *ret_parts)
{
    if (source->credit_count == 1 && source->credits[0].kind == SL_CREDIT_DIRECT) {
        ret_parts[0] = total;
        return;
    }
    int64_t weights[SL_CREDITS_MAX];
    for (size_t i = 0; i < source->credit_count; i++) {
        weights[i] = source->credits[i].kind == SL_CREDIT_DIRECT ? source->credits[i].share_ppm : 0;
        ret_parts[i] = 0;
    }
    /* The weights sum to 1,000,000, checked when the event came in. */
    enum sl_err err = sl_allocate(total, weights, source->credit_count, ret_parts);
    SL_ASSERT(err == SL_OK);
    for (size_t i = 0; i < source->credit_count; i++) {
        if (source->credits[i].kind != SL_CREDIT_DIRECT) {
            err = sl_round_ratio((sl_int128)total * source->credits[i].share_ppm, SL_PPM,
                                 SL_ROUND_HALF_EVEN, &ret_parts[i]);
            SL_ASSERT(err == SL_OK); /* at most ten times an amount of 10^15 */
        }
    }
}

static bool product_seen_before(const struct sl_fact_list *facts, uint32_t product)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->facts[i].row.product == product) {
            return true;
        }
    }
    return false;
}

static bool has_ended(const struct sl_ended_products *ended, uint32_t product)
{
    for (size_t i = 0; i < ended->count; i++) {
        if (ended->numbers[i] == product) {
            return true;
        }
    }
    return false;
}

/* One line, shared out. */
static void add_line(const struct fact_source *source,
                     const struct sl_line *line,
                     uint32_t product,
                     unsigned index,
                     struct sl_fact_list *facts)
{
    int64_t amounts[SL_CREDITS_MAX];
    int64_t units[SL_CREDITS_MAX];
    int64_t margins[SL_CREDITS_MAX];
    share_out(source->sign * line->amount_minor, source, amounts);
    share_out(source->sign * line->quantity, source, units);
    share_out(line->has_cost ? source->sign * (line->amount_minor - line->cost_minor) : 0, source,
              margins);
    struct sl_fact_row row = source->common;
    row.product = product;
    row.line_amount = line->amount_minor;
    row.flags |= index == 0 ? SL_FACT_FIRST_OF_EVENT : 0;
    row.flags |= line->has_cost ? SL_FACT_HAS_COST : 0;
    row.flags |= product_seen_before(facts, product) ? 0 : SL_FACT_FIRST_OF_PRODUCT;
    row.flags |= has_ended(&source->ended, product) ? SL_FACT_ENDS_PRODUCT : 0;
    for (size_t i = 0; i < source->credit_count; i++) {
        row.amount = amounts[i];
        row.units = units[i];
        row.margin = margins[i];
        row.share_ppm = (int32_t)source->credits[i].share_ppm;
        row.credit_kind = (uint8_t)source->credits[i].kind;
        facts->facts[facts->count++] = (struct sl_fact){
            sl_key_fact(source->credits[i].person, source->day, source->seq, index, (unsigned)i),
            row};
    }
}

/* The event's lines, or one of nothing that carries its count; then what ended without a line of its own. */
static void add_lines(struct fact_source *source, struct sl_fact_list *facts)
{
    static const struct sl_line none = {0};
    unsigned index = 0;
    if (source->line_count == 0) {
        add_line(source, &none, 0, index++, facts);
    }
    for (size_t i = 0; i < source->line_count; i++) {
        add_line(source, &source->lines[i], source->products[i], index++, facts);
    }
    source->common.flags |= SL_FACT_IS_COUNT;
    for (size_t i = 0; i < source->ended.count; i++) {
        if (!product_seen_before(facts, source->ended.numbers[i])) {
            add_line(source, &none, source->ended.numbers[i], index++, facts);
        }
    }
}

/* Lines, kind and sign of the three kinds of body that yield facts. */
static void fill_source(const struct sl_body *body, struct fact_source *source)
{
    source->sign = 1;
    if (body->type == SL_EVENT_CONTACT) {
        source->common.kind = SL_FACT_CONTACT;
        source->common.contact_kind = (uint8_t)body->u.contact.kind;
    } else if (body->type == SL_EVENT_QUOTE) {
        source->common.kind = SL_FACT_QUOTE;
        source->lines = body->u.quote.lines;
        source->line_count = body->u.quote.line_count;
    } else {
        enum sl_close_kind kind = body->u.close.kind;
        source->common.kind = (uint8_t)kind;
        source->lines = body->u.close.lines;
        source->line_count = body->u.close.line_count;
        source->sign = sl_close_takes_back(kind) ? -1 : 1;
    }
}

static void step_deal(struct sl_ledger *ledger,
                      struct sl_fold *fold,
                      const struct sl_sourced *event,
                      struct fact_source *source)
{
    if (fold->row.first_day == INT32_MIN || event->day.v < fold->row.first_day) {
        fold->row.first_day = event->day.v;
    }
    if (event->body.type != SL_EVENT_CLOSE) {
        return;
    }
    const struct sl_close *close = &event->body.u.close;
    if (sl_close_has_cycle(close->kind)) {
        source->common.cycle_days = event->day.v - fold->row.first_day;
        tangle(fold);
        fold->row.closed_seq = fold->row.closed_seq == 0 ? event->seq.v : fold->row.closed_seq;
    }
    struct sl_deal_state state = {(enum sl_deal_phase)fold->row.phase, fold->row.booked_minor};
    /* Refused histories never get here; a refusal would leave the state as it was. */
    if (sl_deal_step(&state, close, &state, NULL) == SL_OK) {
        fold->row.phase = (uint16_t)state.phase;
        fold->row.booked_minor = state.booked_minor;
    }
    source->common.flags |= state.phase == SL_DEAL_CANCELLED ? SL_FACT_ENDS_BOOKING : 0;
    if (sl_close_moves_products(close->kind)) {
        sl_fold_want_products(ledger, fold);
        sl_deal_products_step(fold->products, close, source->products, &state, &source->ended);
    }
}

/* The numbers of the lines' products. */
static void intern_products(struct sl_ledger *ledger, struct fact_source *source)
{
    for (size_t i = 0; i < source->line_count; i++) {
        source->products[i] =
            sl_names_intern(&ledger->names, SL_ENTITY_PRODUCT, source->lines[i].product);
    }
}

void sl_fold_step(struct sl_ledger *ledger,
                  struct sl_fold *fold,
                  const struct sl_sourced *event,
                  struct sl_fact_list *ret_facts)
{
    struct sl_credit_row credits[SL_CREDITS_MAX];
    struct fact_source source; /* its arrays are long, and not cleared */
    source.day = event->day;
    source.seq = event->seq;
    source.credits = credits;
    source.lines = NULL;
    source.line_count = 0;
    source.ended.count = 0;
    source.common = (struct sl_fact_row){0};
    uint32_t customer =
        sl_names_intern(&ledger->names, SL_ENTITY_CUSTOMER, sl_body_customer(&event->body));
    ret_facts->count = 0;
    if (fold->deal != 0) {
        if (customer != 0 && customer != fold->row.customer) {
            sl_pending_posting(ledger, SL_TABLE_CUSTOMER_DEALS,
                               sl_key_customer_deal(customer, fold->deal));
            tangle(fold);
            fold->row.customer = customer;
        }
        customer = fold->row.customer;
    }
    fill_source(&event->body, &source);
    struct sl_customer_on_day on_day =
        sl_customers_on(&ledger->customers, ledger->state, customer, event->day);
    source.common.region = on_day.region;
    source.credit_count = credits_of(ledger, fold, event, on_day.owner, credits);
    source.common.deal = fold->deal;
    source.common.customer = customer;
    intern_products(ledger, &source);
    if (fold->deal != 0) {
        step_deal(ledger, fold, event, &source);
    }
    add_lines(&source, ret_facts);
}
