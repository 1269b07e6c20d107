/* contact, quote, close and payout: what is said of deals and of money given. */
#include "codec/convert.h"

static void
convert_line(struct sl_decoder *d, const Salesledger__V1__Line *from, struct sl_line *ret_line)
{
    sl_decoder_known(d, &from->base);
    *ret_line = (struct sl_line){
        .product = sl_decoder_text(d, from->product, "product"),
        .quantity = from->has_quantity ? from->quantity : SL_QUANTITY_DEFAULT,
        .amount_minor = from->amount_minor,
        .discount_minor = from->discount_minor,
        .cost_minor = from->cost_minor,
        .has_cost = from->has_cost_minor != 0,
    };
}

static const struct sl_line *convert_lines(struct sl_decoder *d,
                                           Salesledger__V1__Line *const *from,
                                           size_t count,
                                           size_t *ret_count)
{
    struct sl_line *lines = sl_decoder_array(
        d, (struct sl_count){.count = count, .max = SL_LINES_MAX}, sizeof *lines, "lines");
    *ret_count = lines == NULL ? 0 : count;
    for (size_t i = 0; i < *ret_count && d->err == SL_OK; i++) {
        convert_line(d, from[i], &lines[i]);
        sl_decoder_inside_item(d, "lines", i);
    }
    return lines;
}

static void convert_credit(struct sl_decoder *d,
                           const Salesledger__V1__Credit *from,
                           struct sl_credit *ret_credit)
{
    sl_decoder_known(d, &from->base);
    *ret_credit = (struct sl_credit){
        .person = sl_decoder_text(d, from->person, "person"),
        .role = sl_decoder_text(d, from->role, "role"),
        .share_ppm = from->share_ppm,
        .kind = (enum sl_credit_kind)sl_decoder_enum(d, (int)from->kind, SL_CREDIT_OVERLAY, "kind"),
    };
}

static const struct sl_credit *convert_credits(struct sl_decoder *d,
                                               Salesledger__V1__Credit *const *from,
                                               size_t count,
                                               size_t *ret_count)
{
    struct sl_credit *credits = sl_decoder_array(
        d, (struct sl_count){.count = count, .max = SL_CREDITS_MAX}, sizeof *credits, "credits");
    *ret_count = credits == NULL ? 0 : count;
    for (size_t i = 0; i < *ret_count && d->err == SL_OK; i++) {
        convert_credit(d, from[i], &credits[i]);
        sl_decoder_inside_item(d, "credits", i);
    }
    return credits;
}

void sl_convert_contact(struct sl_decoder *d,
                        const Salesledger__V1__Contact *from,
                        struct sl_contact *ret_contact)
{
    sl_decoder_known(d, &from->base);
    *ret_contact = (struct sl_contact){
        .customer = sl_decoder_text(d, from->customer, "customer"),
        .person = sl_decoder_text(d, from->person, "person"),
        .deal = sl_decoder_text(d, from->deal, "deal"),
        .stage = sl_decoder_text(d, from->stage, "stage"),
        .channel = sl_decoder_text(d, from->channel, "channel"),
        .text = sl_decoder_text(d, from->text, "text"),
        .currency = sl_decoder_text(d, from->currency, "currency"),
        .kind = sl_decoder_enum(d, (int)from->kind, SALESLEDGER__V1__CONTACT__KIND__OTHER, "kind"),
        .score = from->score,
        .willingness = from->willingness,
        .ability = from->ability,
        .cost_minor = from->cost_minor,
        .next_due = sl_decoder_day(d, from->next_due, "next_due"),
    };
}

void sl_convert_quote(struct sl_decoder *d,
                      const Salesledger__V1__Quote *from,
                      struct sl_quote *ret_quote)
{
    sl_decoder_known(d, &from->base);
    *ret_quote = (struct sl_quote){
        .deal = sl_decoder_text(d, from->deal, "deal"),
        .customer = sl_decoder_text(d, from->customer, "customer"),
        .currency = sl_decoder_text(d, from->currency, "currency"),
        .stage = sl_decoder_text(d, from->stage, "stage"),
        .probability_ppm = from->probability_ppm,
        .has_probability = from->has_probability_ppm != 0,
        .category = sl_decoder_enum(d, (int)from->category,
                                    SALESLEDGER__V1__QUOTE__CATEGORY__COMMIT, "category"),
        .expected_close = sl_decoder_day(d, from->expected_close, "expected_close"),
        .valid_until = sl_decoder_day(d, from->valid_until, "valid_until"),
    };
    ret_quote->lines = convert_lines(d, from->lines, from->n_lines, &ret_quote->line_count);
    ret_quote->credits =
        convert_credits(d, from->credits, from->n_credits, &ret_quote->credit_count);
}

void sl_convert_close(struct sl_decoder *d,
                      const Salesledger__V1__Close *from,
                      struct sl_close *ret_close)
{
    sl_decoder_known(d, &from->base);
    *ret_close = (struct sl_close){
        .deal = sl_decoder_text(d, from->deal, "deal"),
        .customer = sl_decoder_text(d, from->customer, "customer"),
        .currency = sl_decoder_text(d, from->currency, "currency"),
        .reason = sl_decoder_text(d, from->reason, "reason"),
        .competitor = sl_decoder_text(d, from->competitor, "competitor"),
        .kind = (enum sl_close_kind)sl_decoder_enum(d, (int)from->kind, SL_CLOSE_RETURNED, "kind"),
        .contract_months = from->contract_months,
    };
    ret_close->lines = convert_lines(d, from->lines, from->n_lines, &ret_close->line_count);
    ret_close->credits =
        convert_credits(d, from->credits, from->n_credits, &ret_close->credit_count);
}

static void convert_payout_line(struct sl_decoder *d,
                                const Salesledger__V1__PayoutLine *from,
                                struct sl_payout_line *ret_line)
{
    sl_decoder_known(d, &from->base);
    *ret_line = (struct sl_payout_line){
        .component = sl_decoder_text(d, from->component, "component"),
        .window = sl_decoder_text(d, from->window, "window"),
        .unit = sl_decoder_text(d, from->unit, "unit"),
        .amount_minor = from->amount_minor,
        .has_amount = from->has_amount_minor != 0,
        .quantity = from->quantity,
        .has_quantity = from->has_quantity != 0,
        .fx_rate = from->fx_rate,
        .plan_seq = from->plan_seq,
        .as_of_seq = from->as_of_seq,
    };
}

void sl_convert_payout(struct sl_decoder *d,
                       const Salesledger__V1__Payout *from,
                       struct sl_payout *ret_payout)
{
    sl_decoder_known(d, &from->base);
    *ret_payout = (struct sl_payout){
        .payee = sl_decoder_text(d, from->payee, "payee"),
        .currency = sl_decoder_text(d, from->currency, "currency"),
        .statement_hash = {from->statement_hash.data, from->statement_hash.len},
        .external_reference = sl_decoder_text(d, from->external_reference, "external_reference"),
        .kind = sl_decoder_enum(d, (int)from->kind, SALESLEDGER__V1__PAYOUT__KIND__REVERSE, "kind"),
        .state =
            sl_decoder_enum(d, (int)from->state, SALESLEDGER__V1__PAYOUT__STATE__VOID, "state"),
    };
    struct sl_payout_line *lines = sl_decoder_array(
        d, (struct sl_count){.count = from->n_lines, .max = SL_LINES_MAX}, sizeof *lines, "lines");
    ret_payout->lines = lines;
    ret_payout->line_count = lines == NULL ? 0 : from->n_lines;
    for (size_t i = 0; i < ret_payout->line_count && d->err == SL_OK; i++) {
        convert_payout_line(d, from->lines[i], &lines[i]);
        sl_decoder_inside_item(d, "lines", i);
    }
}
