/* See event_same.h. */
#include "lib/event_same.h"

#include "domain/text.h"
#include "lib/test.h"

static bool same_text(struct sl_slice a, struct sl_slice b)
{
    return (a.data == NULL) == (b.data == NULL) && sl_text_equal(a, b);
}

static void assert_same_lines(const struct sl_line *a, const struct sl_line *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(same_text(a[i].product, b[i].product));
        assert_int_equal(a[i].quantity, b[i].quantity);
        assert_int_equal(a[i].amount_minor, b[i].amount_minor);
        assert_int_equal(a[i].discount_minor, b[i].discount_minor);
        assert_int_equal(a[i].cost_minor, b[i].cost_minor);
        assert_int_equal(a[i].has_cost, b[i].has_cost);
    }
}

static void assert_same_credits(const struct sl_credit *a, const struct sl_credit *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(same_text(a[i].person, b[i].person));
        assert_true(same_text(a[i].role, b[i].role));
        assert_int_equal(a[i].share_ppm, b[i].share_ppm);
        assert_int_equal(a[i].kind, b[i].kind);
    }
}

static void assert_same_close(const struct sl_close *a, const struct sl_close *b)
{
    assert_true(same_text(a->deal, b->deal));
    assert_true(same_text(a->customer, b->customer));
    assert_true(same_text(a->currency, b->currency));
    assert_true(same_text(a->reason, b->reason));
    assert_true(same_text(a->competitor, b->competitor));
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->contract_months, b->contract_months);
    assert_int_equal(a->line_count, b->line_count);
    assert_int_equal(a->credit_count, b->credit_count);
    assert_same_lines(a->lines, b->lines, a->line_count);
    assert_same_credits(a->credits, b->credits, a->credit_count);
}

static void assert_same_quote(const struct sl_quote *a, const struct sl_quote *b)
{
    assert_true(same_text(a->deal, b->deal));
    assert_true(same_text(a->customer, b->customer));
    assert_true(same_text(a->currency, b->currency));
    assert_true(same_text(a->stage, b->stage));
    assert_int_equal(a->probability_ppm, b->probability_ppm);
    assert_int_equal(a->has_probability, b->has_probability);
    assert_int_equal(a->category, b->category);
    assert_int_equal(a->expected_close.v, b->expected_close.v);
    assert_int_equal(a->valid_until.v, b->valid_until.v);
    assert_int_equal(a->line_count, b->line_count);
    assert_int_equal(a->credit_count, b->credit_count);
    assert_same_lines(a->lines, b->lines, a->line_count);
    assert_same_credits(a->credits, b->credits, a->credit_count);
}

static void assert_same_contact(const struct sl_contact *a, const struct sl_contact *b)
{
    assert_true(same_text(a->customer, b->customer));
    assert_true(same_text(a->person, b->person));
    assert_true(same_text(a->deal, b->deal));
    assert_true(same_text(a->stage, b->stage));
    assert_true(same_text(a->channel, b->channel));
    assert_true(same_text(a->text, b->text));
    assert_true(same_text(a->currency, b->currency));
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->score, b->score);
    assert_int_equal(a->willingness, b->willingness);
    assert_int_equal(a->ability, b->ability);
    assert_int_equal(a->cost_minor, b->cost_minor);
    assert_int_equal(a->next_due.v, b->next_due.v);
}

void sl_assert_same_event(const struct sl_event *a, const struct sl_event *b)
{
    assert_int_equal(a->has_id, b->has_id);
    assert_memory_equal(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
    assert_int_equal(a->effective.v, b->effective.v);
    assert_true(same_text(a->source, b->source));
    assert_true(same_text(a->correlation, b->correlation));
    assert_int_equal(a->expect.is_set, b->expect.is_set);
    assert_int_equal(a->body.type, b->body.type);
    if (a->body.type == SL_EVENT_CLOSE) {
        assert_same_close(&a->body.u.close, &b->body.u.close);
    } else if (a->body.type == SL_EVENT_QUOTE) {
        assert_same_quote(&a->body.u.quote, &b->body.u.quote);
    } else {
        assert_int_equal(a->body.type, SL_EVENT_CONTACT);
        assert_same_contact(&a->body.u.contact, &b->body.u.contact);
    }
}
