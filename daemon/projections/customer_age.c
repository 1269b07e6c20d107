/* New and existing customers in a plan's filter. */
#include "projections/customer_age.h"

#include "base/hashmap.h"
#include "projections/entity_history.h"

/* A row by customer: each customer's deals are gone through once in a question. */
struct first_booking {
    uint64_t seq;
    int32_t day; /* INT32_MAX: never booked */
    uint32_t deal;
};

/* Customers looked up so far, and the history that is lent to each. */
struct look_up {
    struct sl_hashmap *known; /* owned */
    struct sl_entity_history history;
};

static bool is_earlier(const struct sl_sourced *event, const struct first_booking *first)
{
    return event->day.v < first->day || (event->day.v == first->day && event->seq.v < first->seq);
}

/* The first booking inside one deal, while the deal is the customer's. */
static enum sl_err look_in_deal(struct sl_entity_history *history,
                                uint32_t deal,
                                uint32_t customer,
                                struct first_booking *first)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct sl_names *names = &history->ledger->names;
    struct sl_sourced event;
    uint32_t now = 0; /* whose the deal is */
    enum sl_err err = sl_entity_history_begin(history, &ref, false);
    while (err == SL_OK && (err = sl_entity_history_next(history, &event)) == SL_OK &&
           event.seq.v != 0) {
        if (!sl_sourced_is_of_deal(history->ledger, &event, deal)) {
            continue;
        }
        uint32_t named = sl_names_find(names, SL_ENTITY_CUSTOMER, sl_body_customer(&event.body));
        now = named != 0 ? named : now;
        bool is_won = event.body.type == SL_EVENT_CLOSE && event.body.u.close.kind == SL_CLOSE_WON;
        if (is_won && now == customer && is_earlier(&event, first)) {
            *first = (struct first_booking){event.seq.v, event.day.v, deal};
        }
    }
    return err;
}

static enum sl_err
look_up(struct look_up *look, uint32_t customer, const struct first_booking **ret_first)
{
    struct sl_ledger *ledger = look->history.ledger;
    struct sl_key key = {customer, 0};
    uint32_t deal = 0;
    bool is_new;
    void *row;
    enum sl_err err = sl_hashmap_put(look->known, key, &row, &is_new);
    if (err != SL_OK) {
        return err;
    }
    struct first_booking *first = row;
    *ret_first = first;
    if (!is_new) {
        return SL_OK;
    }
    *first = (struct first_booking){.day = INT32_MAX};
    while (err == SL_OK && sl_entities_deals(ledger->state, customer, deal + 1, 1, &deal) == 1) {
        err = look_in_deal(&look->history, deal, customer, first);
    }
    return err;
}

/* The table of customer_age.h for one fact. */
static bool is_of_age(const struct sl_component *component,
                      struct sl_period window,
                      const struct first_booking *first,
                      const struct sl_component_fact *fact)
{
    bool wants_new = component->filter.customer_age == SL_CUSTOMER_NEW;
    if (fact->customer == 0 || first->day == INT32_MAX) {
        return false;
    }
    if (component->window == SL_PLAN_WINDOW_DEAL) {
        return wants_new ? first->deal == fact->base.deal
                         : first->deal != fact->base.deal && first->day <= fact->base.day.v;
    }
    return wants_new ? sl_period_contains(window, (sl_day){first->day})
                     : first->day < window.start.v;
}

enum sl_err sl_customer_age_keep(struct sl_ledger *ledger,
                                 const struct sl_component *component,
                                 struct sl_period window,
                                 struct sl_component_fact *facts,
                                 size_t *count)
{
    struct look_up look = {.history = {.ledger = ledger, .events_max = ledger->history_events_max}};
    size_t kept = 0;
    if (component->filter.customer_age == SL_CUSTOMER_ANY) {
        return SL_OK;
    }
    enum sl_err err = sl_hashmap_open(sizeof(struct first_booking), &look.known);
    sl_pending_settle(ledger);
    for (size_t i = 0; err == SL_OK && i < *count; i++) {
        const struct first_booking *first;
        err = look_up(&look, facts[i].customer, &first);
        if (err == SL_OK && is_of_age(component, window, first, &facts[i])) {
            facts[kept++] = facts[i];
        }
    }
    sl_entity_history_deinit(&look.history);
    sl_hashmap_close(look.known);
    *count = err == SL_OK ? kept : *count;
    return err;
}
