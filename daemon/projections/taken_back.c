/* The sizes of lines that cancellations and returns take back. */
#include "projections/taken_back.h"

void sl_taken_back_deinit(struct sl_taken_back *back)
{
    sl_arena_deinit(&back->arena);
    *back = (struct sl_taken_back){0};
}

/* Is it a WON of the deal? A correction may have moved a position to another one. */
static bool is_won_of(struct sl_ledger *ledger, const struct sl_sourced *event, uint32_t deal)
{
    return event->is_there && event->body.type == SL_EVENT_CLOSE &&
           event->body.u.close.kind == SL_CLOSE_WON &&
           sl_names_find(&ledger->names, SL_ENTITY_DEAL, event->body.u.close.deal) == deal;
}

/* The deal's latest WON before the event; no lines if there is none. */
static enum sl_err
look_up(struct sl_ledger *ledger, struct sl_taken_back *back, uint32_t deal, sl_seq before)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    sl_seq *seqs;
    size_t count;
    sl_taken_back_deinit(back);
    sl_arena_init(&back->arena, SL_HISTORY_BYTES_MAX);
    enum sl_err err = sl_facts_positions(ledger, &ref, &back->arena, &seqs, &count);
    bool is_found = false;
    for (size_t i = err == SL_OK ? count : 0; err == SL_OK && !is_found && i > 0; i--) {
        struct sl_sourced event;
        if (seqs[i - 1].v >= before.v) {
            continue;
        }
        err = sl_source_load(ledger, seqs[i - 1], &back->arena, &event);
        is_found = err == SL_OK && is_won_of(ledger, &event, deal);
        if (is_found) {
            back->lines = event.body.u.close.lines;
            back->line_count = event.body.u.close.line_count;
        }
    }
    if (err == SL_OK) {
        back->deal = deal;
        back->before = before;
    }
    return err;
}

enum sl_err sl_taken_back_size(struct sl_ledger *ledger,
                               struct sl_taken_back *back,
                               sl_seq seq,
                               const struct sl_fact_row *row,
                               int64_t *ret_size)
{
    int64_t own = row->line_amount < 0 ? -row->line_amount : row->line_amount;
    int64_t largest = -1;
    bool takes_back = row->kind == SL_CLOSE_CANCELLED || row->kind == SL_CLOSE_RETURNED;
    bool is_known = back->deal == row->deal && back->before.v == seq.v;
    *ret_size = own;
    if (!takes_back || row->deal == 0) {
        return SL_OK;
    }
    enum sl_err err = is_known ? SL_OK : look_up(ledger, back, row->deal, seq);
    for (size_t i = 0; err == SL_OK && i < back->line_count; i++) {
        const struct sl_line *line = &back->lines[i];
        if (sl_names_find(&ledger->names, SL_ENTITY_PRODUCT, line->product) != row->product) {
            continue;
        }
        if (line->amount_minor == own) {
            return SL_OK;
        }
        largest = line->amount_minor > largest ? line->amount_minor : largest;
    }
    *ret_size = largest >= 0 ? largest : own;
    return err;
}
