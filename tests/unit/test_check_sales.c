/* What contact, quote, close and payout must be by themselves: each rule is broken once, each limit met at and above. */
#include "check_setup.h"

static void a_contact_is_of_a_kind_and_about_someone(void **state)
{
    (void)state;
    struct setup s;
    struct sl_contact *contact = contact_in(&s);
    contact->kind = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "contact.kind");
    contact = contact_in(&s);
    contact->customer = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "contact.customer");
    contact->deal = SLICE("D1");
    assert_good(&s);
    contact->person = SLICE("");
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.person");
}

static void the_numbers_of_a_contact_have_ranges(void **state)
{
    (void)state;
    struct setup s;
    struct sl_contact *contact = contact_in(&s);
    contact->cost_minor = 5;
    assert_refused(&s, SL_E_MISSING_FIELD, "contact.currency");
    contact->currency = SLICE("XYZ");
    assert_refused(&s, SL_E_UNKNOWN_CURRENCY, "contact.currency");
    contact->currency = SLICE("USD");
    assert_good(&s);
    contact->cost_minor = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.cost_minor");
    contact = contact_in(&s);
    contact->score = -SL_QUANTITY_MAX - 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.score");
    contact = contact_in(&s);
    contact->willingness = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.willingness");
    contact = contact_in(&s);
    contact->ability = SL_QUANTITY_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.ability");
}

static void free_text_has_at_most_4096_bytes_and_may_break_lines(void **state)
{
    (void)state;
    struct setup s;
    struct sl_contact *contact = contact_in(&s);
    contact->text = letters(SL_TEXT_BYTES_MAX);
    assert_good(&s);
    contact->text = letters(SL_TEXT_BYTES_MAX + 1);
    assert_refused(&s, SL_E_TOO_BIG, "contact.text");
    contact->text = SLICE("two\nlines");
    assert_good(&s);
    contact->text = SLICE("bell \a");
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.text");
    contact->text = SLICE("\xc3");
    assert_refused(&s, SL_E_INVALID_FIELD, "contact.text");
}

static void a_quote_is_of_a_deal_and_in_a_currency_if_it_has_lines(void **state)
{
    (void)state;
    struct setup s;
    struct sl_quote *quote = quote_in(&s);
    quote->deal = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "quote.deal");
    quote = quote_in(&s);
    quote->currency = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "quote.currency");
    quote->line_count = 0;
    assert_good(&s);
    quote->currency = SLICE("usd");
    assert_refused(&s, SL_E_UNKNOWN_CURRENCY, "quote.currency");
}

static void a_probability_is_0_to_1000000_ppm(void **state)
{
    (void)state;
    struct setup s;
    struct sl_quote *quote = quote_in(&s);
    quote->probability_ppm = SL_PPM;
    assert_good(&s);
    quote->probability_ppm = SL_PPM + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "quote.probability_ppm");
    quote->probability_ppm = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "quote.probability_ppm");
}

static void a_close_says_which_deal_and_how(void **state)
{
    (void)state;
    struct setup s;
    struct sl_close *close = close_in(&s, SL_CLOSE_WON);
    close->kind = SL_CLOSE_NONE;
    assert_refused(&s, SL_E_MISSING_FIELD, "close.kind");
    close = close_in(&s, SL_CLOSE_WON);
    close->deal = SLICE("");
    assert_refused(&s, SL_E_MISSING_FIELD, "close.deal");
    close = close_in(&s, SL_CLOSE_WON);
    close->currency = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "close.currency");
    close = close_in(&s, SL_CLOSE_WON);
    close->contract_months = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.contract_months");
    close->contract_months = SL_CONTRACT_MONTHS_MAX;
    assert_good(&s);
    close->contract_months = SL_CONTRACT_MONTHS_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.contract_months");
}

static void every_close_but_a_lost_one_has_lines(void **state)
{
    (void)state;
    struct setup s;
    for (int kind = SL_CLOSE_WON; kind < SL_CLOSE_KINDS; kind++) {
        close_in(&s, (enum sl_close_kind)kind)->line_count = 0;
        if (kind == SL_CLOSE_LOST) {
            assert_good(&s);
        } else {
            assert_refused(&s, SL_E_MISSING_FIELD, "close.lines");
        }
    }
}

static void a_lost_deal_may_say_what_might_have_been_sold(void **state)
{
    (void)state;
    struct setup s;
    struct sl_close *close = close_in(&s, SL_CLOSE_LOST);
    close->line_count = 2;
    assert_good(&s);
    close->currency = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "close.currency");
    close->line_count = 0;
    assert_good(&s);
    (void)close_in(&s, SL_CLOSE_LOST);
    s.event.body.u.close.line_count = 1;
    s.lines[0].amount_minor = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[0].amount_minor");
}

static void only_an_amendment_has_signed_lines(void **state)
{
    (void)state;
    struct setup s;
    for (int kind = SL_CLOSE_WON; kind < SL_CLOSE_KINDS; kind++) {
        if (kind == SL_CLOSE_LOST) {
            continue;
        }
        (void)close_in(&s, (enum sl_close_kind)kind);
        s.lines[1].amount_minor = -1;
        if (kind == SL_CLOSE_AMENDED) {
            assert_good(&s);
        } else {
            assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[1].amount_minor");
        }
    }
}

static void a_line_has_limits(void **state)
{
    (void)state;
    struct setup s;
    (void)close_in(&s, SL_CLOSE_AMENDED);
    s.lines[0].amount_minor = -SL_AMOUNT_MINOR_MAX;
    s.lines[1].amount_minor = SL_AMOUNT_MINOR_MAX;
    s.lines[0].quantity = -SL_QUANTITY_MAX;
    s.lines[1].quantity = SL_QUANTITY_MAX;
    s.lines[1].discount_minor = SL_AMOUNT_MINOR_MAX;
    s.lines[1].cost_minor = SL_AMOUNT_MINOR_MAX;
    assert_good(&s);
    s.lines[0].amount_minor--;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[0].amount_minor");
    s.lines[0].amount_minor = 0;
    s.lines[0].quantity--;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[0].quantity");
    s.lines[0].quantity = 0;
    s.lines[1].discount_minor = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[1].discount_minor");
    s.lines[1].discount_minor = 0;
    s.lines[1].cost_minor++;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[1].cost_minor");
    (void)close_in(&s, SL_CLOSE_WON);
    s.lines[0].product = SLICE("a\x01");
    assert_refused(&s, SL_E_INVALID_FIELD, "close.lines[0].product");
}

static void direct_shares_sum_to_exactly_one(void **state)
{
    (void)state;
    struct setup s;
    struct sl_close *close = close_in(&s, SL_CLOSE_WON);
    s.credits[1].share_ppm = 400001;
    assert_refused(&s, SL_E_SHARES_DO_NOT_SUM, "close.credits");
    assert_string_equal(s.diag.message, "direct shares must sum to 1000000 ppm, sum to 1000001");
    s.credits[1].share_ppm = 399999;
    assert_refused(&s, SL_E_SHARES_DO_NOT_SUM, "close.credits");
    close->credits = &s.credits[2]; /* overlay only */
    close->credit_count = 1;
    assert_refused(&s, SL_E_SHARES_DO_NOT_SUM, "close.credits");
    close->credit_count = 0;
    assert_good(&s);
}

static void shares_have_ranges_by_kind(void **state)
{
    (void)state;
    struct setup s;
    struct sl_close *close = close_in(&s, SL_CLOSE_WON);
    s.credits[0].share_ppm = 0;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.credits[0].share_ppm");
    s.credits[0].share_ppm = SL_PPM + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.credits[0].share_ppm");
    s.credits[0].share_ppm = SL_PPM;
    close->credit_count = 1;
    assert_good(&s);
    (void)close_in(&s, SL_CLOSE_WON);
    s.credits[2].share_ppm = 0;
    assert_good(&s);
    s.credits[2].share_ppm = SL_OVERLAY_SHARE_PPM_MAX;
    assert_good(&s);
    s.credits[2].share_ppm = SL_OVERLAY_SHARE_PPM_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.credits[2].share_ppm");
    s.credits[2].share_ppm = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "close.credits[2].share_ppm");
}

static void a_person_is_credited_once_per_kind(void **state)
{
    (void)state;
    struct setup s;
    (void)close_in(&s, SL_CLOSE_WON); /* ana is there as direct and as overlay */
    assert_good(&s);
    s.credits[1].person = SLICE("ana");
    assert_refused(&s, SL_E_INVALID_FIELD, "close.credits[1].person");
    s.credits[1].person = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "close.credits[1].person");
}

static void a_payout_line_is_money_or_a_quantity_of_something(void **state)
{
    (void)state;
    struct setup s;
    (void)payout_in(&s);
    s.payout_lines[0].has_quantity = true;
    assert_refused(&s, SL_E_INVALID_FIELD, "payout.lines[0].amount_minor");
    (void)payout_in(&s);
    s.payout_lines[0].has_amount = false;
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.lines[0].amount_minor");
    (void)payout_in(&s);
    s.payout_lines[1].unit = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.lines[1].unit");
    (void)payout_in(&s);
    s.payout_lines[0].window = SLICE("2017-Q5");
    assert_refused(&s, SL_E_BAD_PERIOD, "payout.lines[0].window");
    (void)payout_in(&s);
    s.payout_lines[0].amount_minor = SL_AMOUNT_MINOR_MAX + 1;
    assert_refused(&s, SL_E_INVALID_FIELD, "payout.lines[0].amount_minor");
    (void)payout_in(&s);
    s.payout_lines[0].fx_rate = -1;
    assert_refused(&s, SL_E_INVALID_FIELD, "payout.lines[0].fx_rate");
}

static void a_payout_says_to_whom_what_and_how_far(void **state)
{
    (void)state;
    struct setup s;
    struct sl_payout *payout = payout_in(&s);
    payout->payee = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.payee");
    payout = payout_in(&s);
    payout->kind = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.kind");
    payout = payout_in(&s);
    payout->state = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.state");
    payout = payout_in(&s);
    payout->line_count = 0;
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.lines");
    payout = payout_in(&s);
    payout->currency = (struct sl_slice){NULL, 0};
    assert_refused(&s, SL_E_MISSING_FIELD, "payout.currency");
    payout->lines = &s.payout_lines[1];
    payout->line_count = 1;
    assert_good(&s); /* a trip needs no currency */
}

static void a_statement_hash_has_32_bytes(void **state)
{
    (void)state;
    static const uint8_t hash[33];
    struct setup s;
    for (size_t len = 31; len <= 33; len++) {
        payout_in(&s)->statement_hash = (struct sl_slice){hash, len};
        if (len == 32) {
            assert_good(&s);
        } else {
            assert_refused(&s, SL_E_INVALID_FIELD, "payout.statement_hash");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contact_is_of_a_kind_and_about_someone),
        cmocka_unit_test(the_numbers_of_a_contact_have_ranges),
        cmocka_unit_test(free_text_has_at_most_4096_bytes_and_may_break_lines),
        cmocka_unit_test(a_quote_is_of_a_deal_and_in_a_currency_if_it_has_lines),
        cmocka_unit_test(a_probability_is_0_to_1000000_ppm),
        cmocka_unit_test(a_close_says_which_deal_and_how),
        cmocka_unit_test(every_close_but_a_lost_one_has_lines),
        cmocka_unit_test(a_lost_deal_may_say_what_might_have_been_sold),
        cmocka_unit_test(only_an_amendment_has_signed_lines),
        cmocka_unit_test(a_line_has_limits),
        cmocka_unit_test(direct_shares_sum_to_exactly_one),
        cmocka_unit_test(shares_have_ranges_by_kind),
        cmocka_unit_test(a_person_is_credited_once_per_kind),
        cmocka_unit_test(a_payout_line_is_money_or_a_quantity_of_something),
        cmocka_unit_test(a_payout_says_to_whom_what_and_how_far),
        cmocka_unit_test(a_statement_hash_has_32_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
