/* A customer's region and owner on a day: asked for every sales event, so kept in an array by
 * number.
 *
 *     UNKNOWN ── asked ──▶ NONE, ONLY (one define) or SEARCH (several) ── forget ──▶ UNKNOWN
 *
 * The array is a cache over the masters: filled when first asked, or when its customer is defined for
 * the first time, since sales of his are likely to follow; an entry is forgotten when a define of its
 * customer comes or goes. Most customers have one define and are answered from the
 * entry; the others are searched for. Without memory it answers all the same, by searching. */
#ifndef SL_PROJECTIONS_CUSTOMERS_H
#define SL_PROJECTIONS_CUSTOMERS_H

#include "projections/masters.h"

#define SL_CUSTOMERS_CACHED_MAX 1048576u /* numbers from here on are looked up each time */

struct sl_customer_entry;

struct sl_customers {
    struct sl_customer_entry *entries; /* owned; by number */
    uint32_t count;
};

struct sl_customer_on_day {
    uint32_t region, owner; /* 0: none */
};

/* What the customer's define in force on the day says; customer 0 has neither. */
struct sl_customer_on_day sl_customers_on(struct sl_customers *customers,
                                          struct sl_state *state,
                                          uint32_t customer,
                                          sl_day day);

/* Asks for the customer's entry from memory. */
void sl_customers_prefetch(const struct sl_customers *customers, uint32_t customer);

/* Fills the entry before anybody asks for it. */
void sl_customers_learn(struct sl_customers *customers, struct sl_state *state, uint32_t customer);

/* After a define of the customer came or went. */
void sl_customers_forget(struct sl_customers *customers, uint32_t customer);
/* After a rollback. */
void sl_customers_forget_all(struct sl_customers *customers);
void sl_customers_deinit(struct sl_customers *customers); /* zeroed is fine */

#endif
