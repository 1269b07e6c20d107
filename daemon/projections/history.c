/* Histories: folding a deal again from its first event, for corrections, for masters that change old facts, and for events that make
 * old cycles longer. */
#include <string.h>

#include "projections/entity_log.h"
#include "projections/facts.h"

struct seqs {
    sl_seq *seqs; /* on an arena */
    size_t count;
};

/* A correct event stands for the position it corrects. */
static enum sl_err position_of(struct sl_ledger *ledger, sl_seq *seq, struct sl_arena *arena)
{
    struct sl_page page;
    enum sl_err err = sl_store_get(ledger->store, *seq, &page);
    if (err != SL_OK) {
        return err;
    }
    bool is_correct = page.records[0].type == SL_EVENT_CORRECT;
    sl_store_page_end(ledger->store, &page);
    if (!is_correct) {
        return SL_OK;
    }
    struct sl_event event;
    sl_day day;
    err = sl_source_raw(ledger, *seq, arena, &event, &day);
    if (err == SL_OK) {
        seq->v = event.correct.ref_seq;
    }
    return err;
}

/* Seqs under which the entity is posted, and room for `more` behind them. */
static enum sl_err posted_seqs(struct sl_ledger *ledger,
                               const struct sl_entity_ref *ref,
                               size_t more,
                               struct sl_arena *arena,
                               struct seqs *ret_seqs)
{
    size_t total = sl_entities_count(ledger->state, ref);
    ret_seqs->seqs = sl_arena_calloc(arena, total + more + 1, sizeof ret_seqs->seqs[0]);
    if (ret_seqs->seqs == NULL) {
        return SL_E_NO_MEMORY;
    }
    ret_seqs->count = sl_entities_seqs(ledger->state, ref, (sl_seq){1}, total, ret_seqs->seqs);
    return SL_OK;
}

static enum sl_err positions_of(struct sl_ledger *ledger, struct seqs *seqs, struct sl_arena *arena)
{
    for (size_t i = 0; i < seqs->count; i++) {
        enum sl_err err = position_of(ledger, &seqs->seqs[i], arena);
        if (err != SL_OK) {
            return err;
        }
    }
    seqs->count = sl_seqs_sort_unique(seqs->seqs, seqs->count);
    return SL_OK;
}

enum sl_err sl_facts_positions(struct sl_ledger *ledger,
                               const struct sl_entity_ref *ref,
                               struct sl_arena *arena,
                               sl_seq **ret_seqs,
                               size_t *ret_count)
{
    struct seqs seqs;
    enum sl_err err = posted_seqs(ledger, ref, 0, arena, &seqs);
    if (err == SL_OK) {
        err = positions_of(ledger, &seqs, arena);
    }
    if (err == SL_OK) {
        *ret_seqs = seqs.seqs;
        *ret_count = seqs.count;
    }
    return err;
}

/* The same with pending ones. */
static enum sl_err all_positions(struct sl_ledger *ledger,
                                 const struct sl_entity_ref *ref,
                                 struct sl_arena *arena,
                                 struct seqs *ret_seqs)
{
    size_t pending = sl_pending_seqs(ledger->pending, ref, 0, NULL);
    enum sl_err err = posted_seqs(ledger, ref, pending, arena, ret_seqs);
    if (err != SL_OK) {
        return err;
    }
    (void)sl_pending_seqs(ledger->pending, ref, pending, ret_seqs->seqs + ret_seqs->count);
    ret_seqs->count += pending;
    return positions_of(ledger, ret_seqs, arena);
}

struct deal_events {
    struct sl_sourced *list;
    size_t count;
    int32_t first_day; /* INT32_MIN: no event is there */
};

/* Does the event take part in the deal's history? A deal that is new to the ledger has no number
 * yet, and so no match. */
static bool is_of_deal(struct sl_ledger *ledger, const struct sl_sourced *event, uint32_t deal)
{
    return event->is_there && sl_facts_has(&event->body) &&
           sl_names_find(&ledger->names, SL_ENTITY_DEAL, sl_body_deal(&event->body)) == deal;
}

/* The events of a deal, in order; what a correction has moved elsewhere is not there. */
static enum sl_err load_deal(struct sl_ledger *ledger,
                             uint32_t deal,
                             struct sl_arena *arena,
                             struct deal_events *ret_events)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct deal_events events = {.first_day = INT32_MIN};
    struct seqs seqs;
    enum sl_err err = all_positions(ledger, &ref, arena, &seqs);
    if (err == SL_OK) {
        events.count = seqs.count;
        events.list = sl_arena_calloc(arena, events.count + 1, sizeof events.list[0]);
        err = events.list != NULL ? SL_OK : SL_E_NO_MEMORY;
    }
    for (size_t i = 0; err == SL_OK && i < events.count; i++) {
        struct sl_sourced *event = &events.list[i];
        err = sl_source_load(ledger, seqs.seqs[i], arena, event);
        event->is_there = err == SL_OK && is_of_deal(ledger, event, deal);
        if (event->is_there && (events.first_day == INT32_MIN || event->day.v < events.first_day)) {
            events.first_day = event->day.v;
        }
    }
    *ret_events = events;
    return err;
}

enum sl_err sl_facts_of_deal(struct sl_ledger *ledger, uint32_t deal, int sign)
{
    struct deal_events events;
    struct sl_fold fold;
    struct sl_arena arena; /* as in sl_facts_redate */
    sl_arena_init(&arena, SL_HISTORY_BYTES_MAX);
    enum sl_err err = load_deal(ledger, deal, &arena, &events);
    sl_fold_load_empty(ledger, deal, ledger->products, &fold);
    fold.row.first_day = events.first_day;
    for (size_t i = 0; err == SL_OK && i < events.count; i++) {
        if (events.list[i].is_there) {
            sl_fold_step(ledger, &fold, &events.list[i], ledger->facts);
            sl_pending_facts(ledger, ledger->facts, sign);
        }
    }
    if (err == SL_OK && sign > 0) {
        sl_fold_store(ledger, &fold);
    }
    sl_arena_deinit(&arena);
    return err;
}

/* Of a deal that was closed once, and has had the same credits and customer since, the close alone. */
static enum sl_err load_close(struct sl_ledger *ledger,
                              const struct sl_fold *fold,
                              struct sl_arena *arena,
                              struct deal_events *ret_events)
{
    struct deal_events events = {.count = 1, .first_day = fold->row.first_day};
    events.list = sl_arena_calloc(arena, 1, sizeof events.list[0]);
    enum sl_err err = events.list == NULL ? SL_E_NO_MEMORY
                                          : sl_source_load(ledger, (sl_seq){fold->row.closed_seq},
                                                           arena, &events.list[0]);
    *ret_events = events;
    return err;
}

/* The closes that have a cycle, with a first day: out (-1) or in (+1). `then` is the deal before the events; its products are used up. */
static void
redate(struct sl_ledger *ledger, struct sl_fold then, const struct deal_events *events, int sign)
{
    then.row.first_day = events->first_day;
    then.products->count = 0;
    for (size_t i = 0; i < events->count; i++) {
        const struct sl_sourced *event = &events->list[i];
        if (!event->is_there) {
            continue;
        }
        sl_fold_step(ledger, &then, event, ledger->facts);
        if (event->body.type == SL_EVENT_CLOSE && sl_close_has_cycle(event->body.u.close.kind)) {
            sl_pending_redated(ledger, ledger->facts, sign);
        }
    }
}

enum sl_err sl_facts_redate(struct sl_ledger *ledger, const struct sl_fold *fold, sl_day first_day)
{
    struct deal_events events;
    struct sl_fold then;
    struct sl_arena
        arena; /* an event's own is too small for a long history, and this must not fail */
    bool is_tangled = fold->row.is_tangled != 0;
    sl_arena_init(&arena, SL_HISTORY_BYTES_MAX);
    sl_fold_load_empty(ledger, fold->deal, ledger->products, &then);
    if (!is_tangled) {
        then.row.customer = fold->row.customer;
        then.row.credit_count = fold->row.credit_count;
        memcpy(then.credits, fold->credits, fold->row.credit_count * sizeof then.credits[0]);
    }
    enum sl_err err = is_tangled ? load_deal(ledger, fold->deal, &arena, &events)
                                 : load_close(ledger, fold, &arena, &events);
    if (err == SL_OK) {
        redate(ledger, then, &events, -1);
        events.first_day = first_day.v;
        redate(ledger, then, &events, 1);
    }
    sl_arena_deinit(&arena);
    return err;
}

void sl_facts_of_alone(struct sl_ledger *ledger, const struct sl_sourced *event, int sign)
{
    struct sl_fold fold;
    sl_fold_load(ledger, 0, ledger->products, &fold);
    sl_fold_step(ledger, &fold, event, ledger->facts);
    sl_pending_facts(ledger, ledger->facts, sign);
}

/* A customer's events outside any deal. */
static enum sl_err
alone_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign, struct sl_arena *arena)
{
    struct sl_entity_ref ref = {SL_ENTITY_CUSTOMER, customer};
    sl_seq *seqs;
    size_t count;
    sl_pending_settle(ledger);
    enum sl_err err = sl_facts_positions(ledger, &ref, arena, &seqs, &count);
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        struct sl_sourced event;
        err = sl_source_load(ledger, seqs[i], arena, &event);
        bool is_alone = err == SL_OK && event.is_there && sl_facts_has(&event.body) &&
                        sl_body_deal(&event.body).len == 0 &&
                        sl_names_find(&ledger->names, SL_ENTITY_CUSTOMER,
                                      sl_body_customer(&event.body)) == customer;
        if (is_alone) {
            sl_facts_of_alone(ledger, &event, sign);
        }
    }
    return err;
}

enum sl_err
sl_facts_of_customer(struct sl_ledger *ledger, uint32_t customer, int sign, struct sl_arena *arena)
{
    uint32_t deal = 0;
    enum sl_err err = alone_of_customer(ledger, customer, sign, arena);
    while (err == SL_OK && sl_entities_deals(ledger->state, customer, deal + 1, 1, &deal) == 1) {
        err = sl_facts_of_deal(ledger, deal, sign);
    }
    return err;
}

/* A deal's history gone through by the deal rules alone, with one position replaced. */
struct trial {
    struct sl_ledger *ledger;
    uint32_t deal;
    struct sl_arena *arena;
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

static enum sl_err try_position(struct trial *trial, sl_seq seq)
{
    struct sl_sourced event;
    enum sl_err err = sl_source_load(trial->ledger, seq, trial->arena, &event);
    if (err == SL_OK && is_of_deal(trial->ledger, &event, trial->deal)) {
        try_event(trial, &event);
    }
    return err;
}

enum sl_err sl_facts_try_deal(struct sl_ledger *ledger,
                              uint32_t deal,
                              const struct sl_sourced *instead,
                              struct sl_arena *arena,
                              struct sl_decide_view *ret_view)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct seqs seqs;
    struct trial trial = {.ledger = ledger,
                          .deal = deal,
                          .arena = arena,
                          .state = {SL_DEAL_OPEN, 0},
                          .products = ledger->products,
                          .view = ret_view,
                          .goes_on = true};
    trial.products->count = 0;
    /* It comes at its own position, which this deal's history may not have had so far. */
    bool is_waiting = is_of_deal(ledger, instead, deal);
    enum sl_err err = all_positions(ledger, &ref, arena, &seqs);
    for (size_t i = 0; err == SL_OK && trial.goes_on && i < seqs.count; i++) {
        if (is_waiting && seqs.seqs[i].v >= instead->seq.v) {
            is_waiting = false;
            try_event(&trial, instead);
        }
        if (trial.goes_on && seqs.seqs[i].v != instead->seq.v) {
            err = try_position(&trial, seqs.seqs[i]);
        }
    }
    if (err == SL_OK && trial.goes_on && is_waiting) {
        try_event(&trial, instead);
    }
    return err;
}
