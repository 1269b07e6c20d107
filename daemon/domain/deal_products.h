/* What each product has of a deal's booked value: what can be cancelled of it, and whether the deal still counts for it.
 *
 *     WON                    starts anew; its products are booked and counted
 *     AMENDED                adds and takes as its lines say, below 0 too; counts nothing
 *     CANCELLED, RETURNED    take: a line of a product from that product and, what it has not, from what was booked without a product;
 *                            a line without a product from the deal as a whole. More than that is beyond what was booked
 *
 * A product has ended when a CANCELLED or RETURNED leaves nothing of it, and with the deal. Product 0 is what was booked without one.
 * Quantities are not held against each other: a line that names none means one unit, so that many parts of one unit may be cancelled.
 * Pure. */
#ifndef SL_DOMAIN_DEAL_PRODUCTS_H
#define SL_DOMAIN_DEAL_PRODUCTS_H

#include "domain/deal.h"
#include "sl/limits.h"

/* Of a product that the ledger has never seen: this less the index of the first line that names it, so that each has a number of its own. */
#define SL_PRODUCT_NEW UINT32_MAX

struct sl_deal_product {
    int64_t booked_minor;
    uint32_t product; /* its number */
    bool
        is_counted; /* by the deal's WON, and not ended since; at most SL_LINES_MAX of a deal are */
};

/* Those with a booked value or a count, and besides them, if it has one, what was booked without a product. Zeroed is empty; only `count`
 * need be. */
struct sl_deal_products {
    size_t count;
    struct sl_deal_product list[SL_DEAL_PRODUCTS_MAX + 1];
};

/* Does a close of the kind touch them? All others leave them as they are. */
bool sl_close_moves_products(enum sl_close_kind kind);

/* May the close come next? `numbers`: the product of each line. SL_E_BEYOND_BOOKED; SL_E_TOO_MANY for an amendment that would make them
 * more than SL_DEAL_PRODUCTS_MAX. */
SL_MUST_CHECK enum sl_err sl_deal_products_check(const struct sl_deal_products *products,
                                                 const struct sl_close *close,
                                                 const uint32_t *numbers,
                                                 struct sl_diag *diag);

/* The products that ended with an event, those of its lines first. */
struct sl_ended_products {
    size_t count;
    uint32_t numbers[SL_LINES_MAX];
};

/* Moves them over a close that passed the check; `after` is the deal after it. */
void sl_deal_products_step(struct sl_deal_products *products,
                           const struct sl_close *close,
                           const uint32_t *numbers,
                           const struct sl_deal_state *after,
                           struct sl_ended_products *ret_ended);

bool sl_deal_products_counts(const struct sl_deal_products *products, uint32_t product);

#endif
