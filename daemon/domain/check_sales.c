/* Rules of contact, quote, close and payout that need only the event itself. */
#include "domain/check_parts.h"
#include "domain/text.h"

#define HASH_BYTES 32u

/* What a close of a kind says of its lines. */
enum line_rule {
    LINES_OPTIONAL, /* what might have been sold; not negative */
    LINES_PRINTED,  /* at least one, as printed on the paper: not negative */
    LINES_SIGNED,   /* at least one: what is added to or taken from the deal */
};

static enum line_rule line_rule_of(enum sl_close_kind kind)
{
    switch (kind) {
    case SL_CLOSE_NONE:
    case SL_CLOSE_LOST:
    case SL_CLOSE_KINDS: return LINES_OPTIONAL;
    case SL_CLOSE_AMENDED: return LINES_SIGNED;
    case SL_CLOSE_WON:
    case SL_CLOSE_DELIVERED:
    case SL_CLOSE_INVOICED:
    case SL_CLOSE_COLLECTED:
    case SL_CLOSE_CANCELLED:
    case SL_CLOSE_RETURNED: break;
    }
    return LINES_PRINTED;
}

static struct sl_range with_sign(struct sl_range range, bool is_signed)
{
    return (struct sl_range){.min = is_signed ? -range.max : range.min, .max = range.max};
}

static void check_line(struct sl_check *c, const struct sl_line *line, bool is_signed)
{
    sl_check_optional_id(c, line->product, "product");
    sl_check_range(c, line->quantity, with_sign(SL_RANGE_QUANTITY, is_signed), "quantity");
    sl_check_range(c, line->amount_minor, with_sign(SL_RANGE_AMOUNT, is_signed), "amount_minor");
    sl_check_range(c, line->discount_minor, SL_RANGE_AMOUNT, "discount_minor");
    sl_check_range(c, line->cost_minor, with_sign(SL_RANGE_AMOUNT, is_signed), "cost_minor");
}

static void
check_lines(struct sl_check *c, const struct sl_line *lines, size_t count, bool is_signed)
{
    for (size_t i = 0; i < count && c->err == SL_OK; i++) {
        check_line(c, &lines[i], is_signed);
        sl_check_inside_item(c, "lines", i);
    }
}

/* Amounts say nothing without it. */
static void check_line_currency(struct sl_check *c, struct sl_slice currency, size_t line_count)
{
    if (line_count > 0) {
        sl_check_currency(c, currency, "currency");
    } else {
        sl_check_optional_currency(c, currency, "currency");
    }
}

/* Was this person credited in this kind before? At most SL_CREDITS_MAX, so looking at each is quickest. */
static bool is_repeated(const struct sl_credit *credits, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (credits[i].kind == credits[index].kind &&
            sl_text_equal(credits[i].person, credits[index].person)) {
            return true;
        }
    }
    return false;
}

static void check_credit(struct sl_check *c, const struct sl_credit *credits, size_t index)
{
    const struct sl_credit *credit = &credits[index];
    bool is_direct = credit->kind == SL_CREDIT_DIRECT;
    struct sl_range share = {.min = is_direct,
                             .max = is_direct ? SL_PPM : SL_OVERLAY_SHARE_PPM_MAX};
    sl_check_id(c, credit->person, "person");
    sl_check_optional_id(c, credit->role, "role");
    sl_check_range(c, credit->share_ppm, share, "share_ppm");
    if (c->err == SL_OK && is_repeated(credits, index)) {
        char shown[SL_TEXT_SHOWN_MAX];
        sl_check_refuse(c, SL_E_INVALID_FIELD, "person",
                        "must be credited once per kind, \"%s\" is credited again",
                        sl_text_show(credit->person, shown));
    }
}

/* An event without credits takes those of its deal; one with credits says who did all of it. */
static void check_credits(struct sl_check *c, const struct sl_credit *credits, size_t count)
{
    int64_t direct_ppm = 0;
    for (size_t i = 0; i < count && c->err == SL_OK; i++) {
        check_credit(c, credits, i);
        sl_check_inside_item(c, "credits", i);
        direct_ppm +=
            credits[i].kind == SL_CREDIT_DIRECT && c->err == SL_OK ? credits[i].share_ppm : 0;
    }
    if (count > 0 && direct_ppm != SL_PPM) {
        sl_check_refuse(c, SL_E_SHARES_DO_NOT_SUM, "credits",
                        "direct shares must sum to %lld ppm, sum to %lld", SL_PPM,
                        (long long)direct_ppm);
    }
}

void sl_check_contact(struct sl_check *c, const struct sl_contact *contact)
{
    sl_check_present(c, contact->kind != 0, "kind");
    if (contact->customer.data == NULL && contact->deal.data == NULL) {
        sl_check_refuse(c, SL_E_MISSING_FIELD, "customer", "customer or deal is required");
    }
    sl_check_optional_id(c, contact->customer, "customer");
    sl_check_optional_id(c, contact->deal, "deal");
    sl_check_optional_id(c, contact->person, "person");
    sl_check_optional_id(c, contact->stage, "stage");
    sl_check_optional_id(c, contact->channel, "channel");
    sl_check_range(c, contact->score, with_sign(SL_RANGE_QUANTITY, true), "score");
    sl_check_range(c, contact->willingness, SL_RANGE_QUANTITY, "willingness");
    sl_check_range(c, contact->ability, SL_RANGE_QUANTITY, "ability");
    sl_check_range(c, contact->cost_minor, SL_RANGE_AMOUNT, "cost_minor");
    if (contact->cost_minor != 0) {
        sl_check_currency(c, contact->currency, "currency");
    }
    sl_check_optional_currency(c, contact->currency, "currency");
    sl_check_prose(c, contact->text, "text");
}

void sl_check_quote(struct sl_check *c, const struct sl_quote *quote)
{
    sl_check_id(c, quote->deal, "deal");
    sl_check_optional_id(c, quote->customer, "customer");
    sl_check_optional_id(c, quote->stage, "stage");
    check_line_currency(c, quote->currency, quote->line_count);
    sl_check_range(c, quote->probability_ppm, SL_RANGE_PPM, "probability_ppm");
    check_lines(c, quote->lines, quote->line_count, false);
    check_credits(c, quote->credits, quote->credit_count);
}

void sl_check_close(struct sl_check *c, const struct sl_close *close)
{
    enum line_rule rule = line_rule_of(close->kind);
    sl_check_present(c, close->kind != SL_CLOSE_NONE, "kind");
    sl_check_id(c, close->deal, "deal");
    sl_check_optional_id(c, close->customer, "customer");
    if (rule != LINES_OPTIONAL) {
        sl_check_present(c, close->line_count > 0, "lines");
    }
    check_line_currency(c, close->currency, close->line_count);
    check_lines(c, close->lines, close->line_count, rule == LINES_SIGNED);
    check_credits(c, close->credits, close->credit_count);
    sl_check_prose(c, close->reason, "reason");
    sl_check_optional_id(c, close->competitor, "competitor");
    sl_check_range(c, close->contract_months,
                   (struct sl_range){.min = 0, .max = SL_CONTRACT_MONTHS_MAX}, "contract_months");
}

/* Money, or a number of something that is not money: exactly one of the two. */
static void check_payout_value(struct sl_check *c, const struct sl_payout_line *line)
{
    if (line->has_amount && (line->has_quantity || line->unit.data != NULL)) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, "amount_minor",
                        "is either an amount or a quantity of a unit");
    } else if (line->has_amount) {
        sl_check_range(c, line->amount_minor, with_sign(SL_RANGE_AMOUNT, true), "amount_minor");
    } else if (line->has_quantity) {
        sl_check_range(c, line->quantity, with_sign(SL_RANGE_QUANTITY, true), "quantity");
        sl_check_id(c, line->unit, "unit");
    } else {
        sl_check_refuse(c, SL_E_MISSING_FIELD, "amount_minor",
                        "an amount or a quantity of a unit is required");
    }
}

static void check_payout_lines(struct sl_check *c, const struct sl_payout *payout)
{
    for (size_t i = 0; i < payout->line_count && c->err == SL_OK; i++) {
        const struct sl_payout_line *line = &payout->lines[i];
        sl_check_optional_id(c, line->component, "component");
        sl_check_optional_period(c, line->window, "window");
        check_payout_value(c, line);
        sl_check_range(c, line->fx_rate, (struct sl_range){.min = 0, .max = INT64_MAX}, "fx_rate");
        sl_check_inside_item(c, "lines", i);
        if (line->has_amount) {
            sl_check_currency(c, payout->currency, "currency");
        }
    }
}

void sl_check_payout(struct sl_check *c, const struct sl_payout *payout)
{
    sl_check_id(c, payout->payee, "payee");
    sl_check_present(c, payout->kind != 0, "kind");
    sl_check_present(c, payout->state != 0, "state");
    sl_check_present(c, payout->line_count > 0, "lines");
    check_payout_lines(c, payout);
    sl_check_optional_currency(c, payout->currency, "currency");
    sl_check_line_text(c, payout->external_reference, SL_TEXT_BYTES_MAX, "external_reference");
    size_t hash_len = payout->statement_hash.len;
    if (hash_len != 0 && hash_len != HASH_BYTES) {
        sl_check_refuse(c, SL_E_INVALID_FIELD, "statement_hash",
                        "must be absent or have %u bytes, has %zu", HASH_BYTES, hash_len);
    }
}
