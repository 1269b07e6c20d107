/* What cancellations and returns take back, from the history of their deal. */
#include "projections/taken_back.h"

#include <stdlib.h>
#include <string.h>

#include "projections/scope.h"

void sl_taken_back_deinit(struct sl_taken_back *back)
{
    sl_entity_history_deinit(&back->history);
    free(back->products);
    *back = (struct sl_taken_back){.ledger = back->ledger};
}

bool sl_fact_takes_back(const struct sl_fact_row *row)
{
    return row->kind < SL_CLOSE_KINDS && sl_close_takes_back((enum sl_close_kind)row->kind);
}

bool sl_taken_back_ends_all(const struct sl_fact_row *row)
{
    unsigned both = SL_FACT_ENDS_BOOKING | SL_FACT_ENDS_PRODUCT;
    return (row->flags & both) == both;
}

/* One close of the deal. */
static void step(struct sl_taken_back *back, const struct sl_close *close)
{
    uint32_t numbers[SL_LINES_MAX];
    struct sl_ended_products ended;
    sl_fold_find_products(back->ledger, close, numbers);
    if (sl_deal_step(&back->state, close, &back->state, NULL) != SL_OK) {
        return; /* refused histories never get here */
    }
    sl_deal_products_step(back->products, close, numbers, &back->state, &ended);
    if (close->kind == SL_CLOSE_WON) {
        back->line_count = close->line_count;
        for (size_t i = 0; i < close->line_count; i++) {
            back->amounts[i] = close->lines[i].amount_minor;
        }
        memcpy(back->numbers, numbers, close->line_count * sizeof numbers[0]);
    }
}

/* Stands before the deal's first event. */
static enum sl_err begin(struct sl_taken_back *back, uint32_t deal)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    if (back->products == NULL) {
        back->products = malloc(sizeof *back->products);
    }
    if (back->products == NULL) {
        return SL_E_NO_MEMORY;
    }
    back->history.ledger = back->ledger;
    back->history.events_max = back->ledger->history_events_max;
    back->deal = deal;
    back->state = (struct sl_deal_state){SL_DEAL_OPEN, 0};
    back->line_count = 0;
    back->products->count = 0;
    return sl_entity_history_begin(&back->history, &ref, false);
}

static bool is_next_upto(const struct sl_entity_history *history, sl_seq seq)
{
    sl_seq next = sl_entity_history_peek(history);
    return next.v != 0 && next.v <= seq.v;
}

/* The deal after the event. */
static enum sl_err look_up(struct sl_taken_back *back, uint32_t deal, sl_seq seq)
{
    enum sl_err err = SL_OK;
    if (back->deal != deal || seq.v < back->seq.v) {
        err = begin(back, deal);
    }
    while (err == SL_OK && is_next_upto(&back->history, seq)) {
        struct sl_sourced event;
        err = sl_entity_history_next(&back->history, &event);
        if (err == SL_OK && sl_sourced_is_of_deal(back->ledger, &event, deal) &&
            event.body.type == SL_EVENT_CLOSE) {
            step(back, &event.body.u.close);
        }
    }
    back->seq = seq;
    if (err != SL_OK) {
        back->deal = 0; /* whatever it shows */
    }
    return err;
}

enum sl_err sl_taken_back_size(struct sl_taken_back *back,
                               sl_seq seq,
                               const struct sl_fact_row *row,
                               int64_t *ret_size)
{
    int64_t largest = -1;
    enum sl_err err = look_up(back, row->deal, seq);
    *ret_size = row->line_amount; /* never negative */
    for (size_t i = 0; err == SL_OK && i < back->line_count; i++) {
        int64_t amount = back->amounts[i];
        if (back->numbers[i] != row->product) {
            continue;
        }
        if (amount == row->line_amount) {
            return SL_OK;
        }
        largest = amount > largest ? amount : largest;
    }
    *ret_size = largest >= 0 ? largest : row->line_amount;
    return err;
}

enum sl_err sl_taken_back_ends(struct sl_taken_back *back,
                               sl_seq seq,
                               const struct sl_fact_row *row,
                               const struct sl_taken_back_asker *asker,
                               bool *ret_ends)
{
    bool ends_product = (row->flags & SL_FACT_ENDS_PRODUCT) != 0;
    bool is_asked_for = false;
    bool is_left = false;
    enum sl_err err = ends_product ? look_up(back, row->deal, seq) : SL_OK;
    for (size_t i = 0; err == SL_OK && ends_product && i < back->line_count; i++) {
        struct sl_fact_row line = *row;
        line.product = back->numbers[i];
        line.line_amount = back->amounts[i];
        bool is_of_left = sl_deal_products_counts(back->products, line.product);
        if ((is_of_left || line.product == row->product) && asker->asks(asker->context, &line)) {
            is_asked_for = true;
            is_left = is_left || is_of_left;
        }
    }
    *ret_ends = is_asked_for && !is_left;
    return err;
}

struct in_line {
    struct sl_ledger *ledger;
    sl_day day;
    uint32_t line;
};

static bool asks_line(void *context, const struct sl_fact_row *row)
{
    const struct in_line *in = context;
    return sl_scope_line_of(in->ledger, row->product, in->day) == in->line;
}

enum sl_err sl_taken_back_ends_line(struct sl_taken_back *back,
                                    struct sl_key key,
                                    const struct sl_fact_row *row,
                                    uint32_t line,
                                    bool *ret_ends)
{
    struct in_line in = {back->ledger, sl_key_fact_day(key), line};
    struct sl_taken_back_asker asker = {asks_line, &in};
    if (sl_taken_back_ends_all(row)) {
        *ret_ends = true;
        return SL_OK;
    }
    return sl_taken_back_ends(back, sl_key_fact_seq(key), row, &asker, ret_ends);
}
