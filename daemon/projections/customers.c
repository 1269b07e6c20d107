/* The array of customers' masters. */
#include "projections/customers.h"

#include <stdlib.h>
#include <string.h>

enum entry_state { ENTRY_UNKNOWN, ENTRY_NONE, ENTRY_ONLY, ENTRY_SEARCH };

struct sl_customer_entry {
    enum entry_state state;
    int32_t from, to;
    struct sl_customer_on_day only;
};

static struct sl_customer_on_day search(struct sl_state *state, uint32_t customer, sl_day day)
{
    struct sl_customer_on_day found = {0, 0};
    struct sl_master master;
    if (sl_masters_on(state, SL_ENTITY_CUSTOMER, customer, day, &master)) {
        found.region = master.row.parent;
        found.owner = master.row.other;
    }
    return found;
}

static void fill(struct sl_customer_entry *entry, struct sl_state *state, uint32_t customer)
{
    struct sl_master masters[2];
    size_t count = sl_masters_all(state, SL_ENTITY_CUSTOMER, customer, 2, masters);
    entry->state = count == 0 ? ENTRY_NONE : count == 1 ? ENTRY_ONLY : ENTRY_SEARCH;
    if (count == 1) {
        entry->from = masters[0].row.from;
        entry->to = masters[0].row.to;
        entry->only.region = masters[0].row.parent;
        entry->only.owner = masters[0].row.other;
    }
}

static struct sl_customer_entry *entry_of(struct sl_customers *customers, uint32_t customer)
{
    if (customer < customers->count) {
        return &customers->entries[customer];
    }
    if (customer >= SL_CUSTOMERS_CACHED_MAX) {
        return NULL;
    }
    uint32_t count = customers->count == 0 ? 1024 : customers->count;
    while (count <= customer) {
        count *= 2;
    }
    struct sl_customer_entry *grown = realloc(customers->entries, count * sizeof *grown);
    if (grown == NULL) {
        return NULL; /* it is only a cache */
    }
    memset(&grown[customers->count], 0, (count - customers->count) * sizeof *grown);
    customers->entries = grown;
    customers->count = count;
    return &customers->entries[customer];
}

struct sl_customer_on_day sl_customers_on(struct sl_customers *customers,
                                          struct sl_state *state,
                                          uint32_t customer,
                                          sl_day day)
{
    struct sl_customer_on_day none = {0, 0};
    if (customer == 0) {
        return none;
    }
    struct sl_customer_entry *entry = entry_of(customers, customer);
    if (entry == NULL) {
        return search(state, customer, day);
    }
    if (entry->state == ENTRY_UNKNOWN) {
        fill(entry, state, customer);
    }
    switch (entry->state) {
    case ENTRY_UNKNOWN:
    case ENTRY_NONE: return none;
    case ENTRY_ONLY: return entry->from <= day.v && day.v < entry->to ? entry->only : none;
    case ENTRY_SEARCH: return search(state, customer, day);
    }
    return none;
}

void sl_customers_learn(struct sl_customers *customers, struct sl_state *state, uint32_t customer)
{
    struct sl_customer_entry *entry = entry_of(customers, customer);
    if (entry != NULL) {
        fill(entry, state, customer);
    }
}

void sl_customers_prefetch(const struct sl_customers *customers, uint32_t customer)
{
    if (customer < customers->count) {
        __builtin_prefetch(&customers->entries[customer]);
    }
}

void sl_customers_forget(struct sl_customers *customers, uint32_t customer)
{
    if (customer < customers->count) {
        customers->entries[customer].state = ENTRY_UNKNOWN;
    }
}

void sl_customers_forget_all(struct sl_customers *customers)
{
    if (customers->count > 0) {
        memset(customers->entries, 0, customers->count * sizeof customers->entries[0]);
    }
}

void sl_customers_deinit(struct sl_customers *customers)
{
    free(customers->entries);
    *customers = (struct sl_customers){0};
}
