/* Histories: folding a deal again from its first event, for corrections, for masters that change old facts, and for events that make
 * old cycles longer. */
#include <string.h>

#include "projections/entity_history.h"
#include "projections/facts.h"

/* The next event of the deal; seq 0 at the end. What a correction has moved elsewhere is passed over. */
static enum sl_err
next_of_deal(struct sl_entity_history *history, uint32_t deal, struct sl_sourced *ret_event)
{
    enum sl_err err;
    do {
        err = sl_entity_history_next(history, ret_event);
    } while (err == SL_OK && ret_event->seq.v != 0 &&
             !sl_sourced_is_of_deal(history->ledger, ret_event, deal));
    return err;
}

/* Stands before the deal's first event and gives its earliest day; INT32_MIN: it has no event. */
static enum sl_err begin_deal(struct sl_entity_history *history,
                              uint32_t deal,
                              bool with_pending,
                              int32_t *ret_first_day)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct sl_sourced event;
    int32_t first = INT32_MIN;
    enum sl_err err = sl_entity_history_begin(history, &ref, with_pending);
    while (err == SL_OK && (err = next_of_deal(history, deal, &event)) == SL_OK &&
           event.seq.v != 0) {
        first = first == INT32_MIN || event.day.v < first ? event.day.v : first;
    }
    sl_entity_history_rewind(history);
    *ret_first_day = first;
    return err;
}

static enum sl_err
fold_deal(struct sl_entity_history *history, uint32_t deal, bool with_pending, int sign)
{
    struct sl_ledger *ledger = history->ledger;
    struct sl_sourced event;
    struct sl_fold fold;
    int32_t first_day;
    enum sl_err err = begin_deal(history, deal, with_pending, &first_day);
    sl_fold_load_empty(ledger, deal, ledger->products, &fold);
    fold.row.first_day = first_day;
    while (err == SL_OK && (err = next_of_deal(history, deal, &event)) == SL_OK &&
           event.seq.v != 0) {
        sl_fold_step(ledger, &fold, &event, ledger->facts);
        sl_pending_facts(ledger, ledger->facts, sign);
    }
    if (err == SL_OK && sign > 0) {
        sl_fold_store(ledger, &fold);
    }
    return err;
}

enum sl_err sl_facts_of_deal(struct sl_ledger *ledger, uint32_t deal, int sign)
{
    struct sl_entity_history history = {.ledger = ledger};
    enum sl_err err = fold_deal(&history, deal, true, sign);
    sl_entity_history_deinit(&history);
    return err;
}

/* One event of a deal whose first day changes: a close that has a cycle goes out (-1) or in (+1). */
static void redate_event(struct sl_ledger *ledger,
                         struct sl_fold *fold,
                         const struct sl_sourced *event,
                         int sign)
{
    sl_fold_step(ledger, fold, event, ledger->facts);
    if (event->body.type == SL_EVENT_CLOSE && sl_close_has_cycle(event->body.u.close.kind)) {
        sl_pending_redated(ledger, ledger->facts, sign);
    }
}

/* The fold before the only close of a deal that has had the same credits and customer since. */
static struct sl_fold
before_close(struct sl_ledger *ledger, const struct sl_fold *fold, int32_t first_day)
{
    struct sl_fold then;
    sl_fold_load_empty(ledger, fold->deal, ledger->products, &then);
    then.row.first_day = first_day;
    then.row.customer = fold->row.customer;
    then.row.credit_count = fold->row.credit_count;
    memcpy(then.credits, fold->credits, fold->row.credit_count * sizeof then.credits[0]);
    return then;
}

/* Of such a deal the close alone. */
static enum sl_err
redate_close(struct sl_ledger *ledger, const struct sl_fold *fold, int32_t first_day)
{
    struct sl_sourced close;
    struct sl_arena arena;
    sl_arena_init(&arena, SL_EVENT_MEMORY_MAX);
    enum sl_err err = sl_source_load(ledger, (sl_seq){fold->row.closed_seq}, &arena, &close);
    if (err == SL_OK && close.is_there) {
        struct sl_fold then = before_close(ledger, fold, fold->row.first_day);
        redate_event(ledger, &then, &close, -1);
        then = before_close(ledger, fold, first_day);
        redate_event(ledger, &then, &close, 1);
    }
    sl_arena_deinit(&arena);
    return err;
}

/* Of any other deal: all its events. */
static enum sl_err redate_all(struct sl_entity_history *history,
                              const struct sl_fold *fold,
                              int32_t first_day,
                              int sign)
{
    struct sl_ledger *ledger = history->ledger;
    struct sl_sourced event;
    struct sl_fold then;
    enum sl_err err;
    sl_fold_load_empty(ledger, fold->deal, ledger->products, &then);
    then.row.first_day = first_day;
    sl_entity_history_rewind(history);
    while ((err = next_of_deal(history, fold->deal, &event)) == SL_OK && event.seq.v != 0) {
        redate_event(ledger, &then, &event, sign);
    }
    return err;
}

enum sl_err sl_facts_redate(struct sl_ledger *ledger, const struct sl_fold *fold, sl_day first_day)
{
    if (fold->row.is_tangled == 0) {
        return redate_close(ledger, fold, first_day.v);
    }
    struct sl_entity_history history = {.ledger = ledger};
    int32_t before;
    enum sl_err err = begin_deal(&history, fold->deal, true, &before);
    if (err == SL_OK) {
        err = redate_all(&history, fold, before, -1);
    }
    if (err == SL_OK) {
        err = redate_all(&history, fold, first_day.v, 1);
    }
    sl_entity_history_deinit(&history);
    return err;
}

void sl_facts_of_alone(struct sl_ledger *ledger, const struct sl_sourced *event, int sign)
{
    struct sl_fold fold;
    sl_fold_load(ledger, 0, ledger->products, &fold);
    sl_fold_step(ledger, &fold, event, ledger->facts);
    sl_pending_facts(ledger, ledger->facts, sign);
}

/* Is it a sales event of the customer outside any deal? */
static bool is_alone(struct sl_ledger *ledger, const struct sl_sourced *event, uint32_t customer)
{
    return event->is_there && sl_facts_has(&event->body) && sl_body_deal(&event->body).len == 0 &&
           sl_names_find(&ledger->names, SL_ENTITY_CUSTOMER, sl_body_customer(&event->body)) ==
               customer;
}

static enum sl_err alone_of_customer(struct sl_entity_history *history, uint32_t customer, int sign)
{
    struct sl_entity_ref ref = {SL_ENTITY_CUSTOMER, customer};
    struct sl_ledger *ledger = history->ledger;
    struct sl_sourced event;
    enum sl_err err = sl_entity_history_begin(history, &ref, false);
    while (err == SL_OK && (err = sl_entity_history_next(history, &event)) == SL_OK &&
           event.seq.v != 0) {
        if (is_alone(ledger, &event, customer)) {
            sl_facts_of_alone(ledger, &event, sign);
        }
    }
    return err;
}

/* All postings are settled first: to look for each deal's among those that the deals before it add would be quadratic. */
enum sl_err sl_facts_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign)
{
    struct sl_entity_history history = {.ledger = ledger};
    uint32_t deal = 0;
    sl_pending_settle(ledger);
    enum sl_err err = alone_of_customer(&history, customer, sign);
    while (err == SL_OK && sl_entities_deals(ledger->state, customer, deal + 1, 1, &deal) == 1) {
        err = fold_deal(&history, deal, false, sign);
    }
    sl_entity_history_deinit(&history);
    return err;
}

/* A deal's history gone through by the deal rules alone, with one position replaced. */
struct trial {
    struct sl_ledger *ledger;
    uint32_t deal;
    struct sl_deal_state state;
    struct sl_deal_products *products;
    struct sl_decide_view *view; /* takes the verdict */
    bool goes_on; /* false once the rules are broken: nothing after it is looked at */
};

/* The rules of one close, and the deal after it. */
static enum sl_err try_close(struct trial *trial, const struct sl_close *close)
{
    struct sl_diag *diag = &trial->view->correct_diag;
    struct sl_ended_products ended;
    uint32_t numbers[SL_LINES_MAX];
    struct sl_deal_state after;
    enum sl_err err = sl_deal_step(&trial->state, close, &after, diag);
    if (err != SL_OK) {
        return err;
    }
    sl_fold_find_products(trial->ledger, close, numbers);
    err = sl_deal_products_check(trial->products, close, numbers, diag);
    if (err == SL_OK) {
        sl_deal_products_step(trial->products, close, numbers, &after, &ended);
        trial->state = after;
    }
    return err;
}

static void try_event(struct trial *trial, const struct sl_sourced *event)
{
    struct sl_decide_view *view = trial->view;
    if (event->body.type != SL_EVENT_CLOSE) {
        return;
    }
    view->correct_err = try_close(trial, &event->body.u.close);
    if (view->correct_err != SL_OK) {
        sl_diag_wrap(&view->correct_diag, "event %llu would no longer be valid",
                     (unsigned long long)event->seq.v);
        trial->goes_on = false;
    }
}

/* The event at the history's next position, or what stands there instead. */
static enum sl_err try_next(struct trial *trial, struct sl_entity_history *history, sl_seq instead)
{
    struct sl_sourced event;
    enum sl_err err = sl_entity_history_next(history, &event);
    if (err == SL_OK && event.seq.v != instead.v &&
        sl_sourced_is_of_deal(trial->ledger, &event, trial->deal)) {
        try_event(trial, &event);
    }
    return err;
}

enum sl_err sl_facts_try_deal(struct sl_ledger *ledger,
                              uint32_t deal,
                              const struct sl_sourced *instead,
                              struct sl_decide_view *ret_view)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct sl_entity_history history = {.ledger = ledger, .events_max = ledger->history_events_max};
    struct trial trial = {.ledger = ledger,
                          .deal = deal,
                          .state = {SL_DEAL_OPEN, 0},
                          .products = ledger->products,
                          .view = ret_view,
                          .goes_on = true};
    trial.products->count = 0;
    /* It comes at its own position, which this deal's history may not have had so far. */
    bool is_waiting = sl_sourced_is_of_deal(ledger, instead, deal);
    enum sl_err err = sl_entity_history_begin(&history, &ref, true);
    if (err == SL_E_TOO_MANY) {
        ret_view->correct_err =
            sl_refuse(&ret_view->correct_diag, SL_E_NOT_CORRECTABLE, "correct.ref_seq",
                      "its deal has more than %zu events, which would all be gone through again",
                      history.events_max);
        trial.goes_on = false;
        err = SL_OK;
    }
    while (err == SL_OK && trial.goes_on) {
        sl_seq next = sl_entity_history_peek(&history);
        if (is_waiting && (next.v == 0 || next.v >= instead->seq.v)) {
            is_waiting = false;
            try_event(&trial, instead);
        } else if (next.v == 0) {
            break;
        } else {
            err = try_next(&trial, &history, instead->seq);
        }
    }
    sl_entity_history_deinit(&history);
    return err;
}
