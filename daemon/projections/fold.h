/* The fold of a deal: what its events so far say to the next one, and the rows that keep it. Facts are made by stepping it (facts.h). */
#ifndef SL_PROJECTIONS_FOLD_H
#define SL_PROJECTIONS_FOLD_H

#include "domain/deal_products.h"
#include "projections/internal.h"

struct sl_fold {
    uint32_t deal; /* number; 0: an event without a deal, which has no history */
    struct sl_deal_row row;
    uint16_t credits_before; /* as the tables have them: what a store may have to remove */
    uint16_t products_before;
    struct sl_credit_row credits[SL_CREDITS_MAX];
    /* Booked products are many, and few events want them: they are read when they are, into memory that is lent. */
    bool has_products;
    struct sl_deal_products *products;
};

/* The fold as the tables have it now. `products` outlives the fold. */
void sl_fold_load(struct sl_ledger *ledger,
                  uint32_t deal,
                  struct sl_deal_products *products,
                  struct sl_fold *ret_fold);
/* The fold of a deal without events; to be stored over what the tables have, which is why that is looked at. */
void sl_fold_load_empty(struct sl_ledger *ledger,
                        uint32_t deal,
                        struct sl_deal_products *products,
                        struct sl_fold *ret_fold);
/* Sees to it that the products are there. */
void sl_fold_want_products(struct sl_ledger *ledger, struct sl_fold *fold);
/* Back to the tables. */
void sl_fold_store(struct sl_ledger *ledger, const struct sl_fold *fold);

/* The numbers of the lines' products; from SL_PRODUCT_NEW down for what has none yet. */
void sl_fold_find_products(struct sl_ledger *ledger,
                           const struct sl_close *close,
                           uint32_t ret_numbers[SL_LINES_MAX]);

#endif
