/* New and existing customers in a plan's filter. */
#include "projections/customer_age.h"

#include "projections/entity_history.h"

struct first_booking {
    uint32_t customer; /* 0: nothing looked up yet */
    int32_t day;       /* INT32_MAX: never booked */
    uint32_t deal;
};

/* The first booking inside one deal, while the deal is the customer's. */
static enum sl_err
look_in_deal(struct sl_entity_history *history, uint32_t deal, struct first_booking *first)
{
    struct sl_entity_ref ref = {SL_ENTITY_DEAL, deal};
    struct sl_names *names = &history->ledger->names;
    struct sl_sourced event;
    uint32_t customer = 0;
    enum sl_err err = sl_entity_history_begin(history, &ref, false);
    while (err == SL_OK && (err = sl_entity_history_next(history, &event)) == SL_OK &&
           event.seq.v != 0) {
        if (!event.is_there || !sl_facts_has(&event.body)) {
            continue;
        }
        uint32_t named = sl_names_find(names, SL_ENTITY_CUSTOMER, sl_body_customer(&event.body));
        customer = named != 0 ? named : customer;
        bool is_won = event.body.type == SL_EVENT_CLOSE && event.body.u.close.kind == SL_CLOSE_WON;
        if (is_won && customer == first->customer && event.day.v < first->day) {
            first->day = event.day.v;
            first->deal = deal;
        }
    }
    return err;
}

/* Facts of one customer often follow each other, so the customer looked up last is kept. */
static enum sl_err look_up(struct sl_ledger *ledger, uint32_t customer, struct first_booking *first)
{
    if (customer == first->customer) {
        return SL_OK;
    }
    struct sl_entity_history history = {.ledger = ledger};
    uint32_t deal = 0;
    enum sl_err err = SL_OK;
    *first = (struct first_booking){customer, INT32_MAX, 0};
    sl_pending_settle(ledger);
    while (err == SL_OK && sl_entities_deals(ledger->state, customer, deal + 1, 1, &deal) == 1) {
        err = look_in_deal(&history, deal, first);
    }
    sl_entity_history_deinit(&history);
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
    struct first_booking first = {0};
    size_t kept = 0;
    if (component->filter.customer_age == SL_CUSTOMER_ANY) {
        return SL_OK;
    }
    for (size_t i = 0; i < *count; i++) {
        enum sl_err err = look_up(ledger, facts[i].customer, &first);
        if (err != SL_OK) {
            return err;
        }
        if (is_of_age(component, window, &first, &facts[i])) {
            facts[kept++] = facts[i];
        }
    }
    *count = kept;
    return SL_OK;
}
