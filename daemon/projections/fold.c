/* A deal's fold, between its rows and memory. */
#include "projections/fold.h"

#include <string.h>

void sl_fold_load(struct sl_ledger *ledger,
                  uint32_t deal,
                  struct sl_deal_products *products,
                  struct sl_fold *ret_fold)
{
    const struct sl_deal_row *row =
        deal != 0 ? sl_state_get(ledger->state, SL_TABLE_DEALS, sl_key_entity(0, deal)) : NULL;
    ret_fold->deal = deal;
    ret_fold->row = row != NULL ? *row : (struct sl_deal_row){.first_day = INT32_MIN};
    ret_fold->credits_before = ret_fold->row.credit_count;
    ret_fold->products_before = ret_fold->row.product_count;
    ret_fold->has_products = false;
    ret_fold->products = products;
    for (uint32_t i = 0; i < ret_fold->row.credit_count; i++) {
        if (i < SL_DEAL_CREDITS) {
            ret_fold->credits[i] = ret_fold->row.credits[i];
            continue;
        }
        const struct sl_credit_row *credit =
            sl_state_get(ledger->state, SL_TABLE_DEAL_CREDITS, sl_key_deal_credit(deal, i));
        ret_fold->credits[i] = credit != NULL ? *credit : (struct sl_credit_row){0};
    }
}

void sl_fold_load_empty(struct sl_ledger *ledger,
                        uint32_t deal,
                        struct sl_deal_products *products,
                        struct sl_fold *ret_fold)
{
    sl_fold_load(ledger, deal, products, ret_fold);
    ret_fold->row = (struct sl_deal_row){.first_day = INT32_MIN};
    ret_fold->has_products = true;
    products->count = 0;
}

void sl_fold_want_products(struct sl_ledger *ledger, struct sl_fold *fold)
{
    struct sl_deal_products *products = fold->products;
    if (fold->has_products) {
        return;
    }
    fold->has_products = true;
    products->count = fold->row.product_count;
    for (uint32_t i = 0; i < products->count; i++) {
        const struct sl_product_row *row = i < SL_DEAL_PRODUCTS
                                               ? &fold->row.products[i]
                                               : sl_state_get(ledger->state, SL_TABLE_DEAL_PRODUCTS,
                                                              sl_key_deal_product(fold->deal, i));
        struct sl_product_row none = {0};
        row = row != NULL ? row : &none; /* only in a broken state, which says so itself */
        products->list[i] =
            (struct sl_deal_product){row->booked_minor, row->product, row->is_counted != 0};
    }
}

static void store_credit(struct sl_ledger *ledger, const struct sl_fold *fold, uint32_t index)
{
    struct sl_key key = sl_key_deal_credit(fold->deal, index);
    if (index < fold->row.credit_count) {
        struct sl_credit_row *credit = sl_state_upsert(ledger->state, SL_TABLE_DEAL_CREDITS, key);
        *credit = fold->credits[index];
    } else {
        sl_state_remove(ledger->state, SL_TABLE_DEAL_CREDITS, key);
    }
}

static struct sl_product_row product_row(const struct sl_fold *fold, uint32_t index)
{
    const struct sl_deal_product *product = &fold->products->list[index];
    return (struct sl_product_row){product->booked_minor, product->product, product->is_counted};
}

static void store_product(struct sl_ledger *ledger, const struct sl_fold *fold, uint32_t index)
{
    struct sl_key key = sl_key_deal_product(fold->deal, index);
    if (index < fold->products->count) {
        struct sl_product_row *row = sl_state_upsert(ledger->state, SL_TABLE_DEAL_PRODUCTS, key);
        *row = product_row(fold, index);
    } else {
        sl_state_remove(ledger->state, SL_TABLE_DEAL_PRODUCTS, key);
    }
}

/* The first ones go into the deal's row, the others into rows of their own. */
static void
store_products(struct sl_ledger *ledger, const struct sl_fold *fold, struct sl_deal_row *row)
{
    uint32_t before = fold->products_before;
    uint32_t after = (uint32_t)fold->products->count;
    row->product_count = (uint16_t)after;
    for (uint32_t i = 0; i < SL_DEAL_PRODUCTS; i++) {
        row->products[i] = i < after ? product_row(fold, i) : (struct sl_product_row){0};
    }
    for (uint32_t i = SL_DEAL_PRODUCTS; i < before || i < after; i++) {
        store_product(ledger, fold, i);
    }
}

void sl_fold_store(struct sl_ledger *ledger, const struct sl_fold *fold)
{
    if (fold->deal == 0) {
        return;
    }
    /* Written whole, so that nobody looks what stood there. */
    struct sl_deal_row *row =
        sl_state_insert(ledger->state, SL_TABLE_DEALS, sl_key_entity(0, fold->deal));
    uint32_t before = fold->credits_before;
    uint32_t after = fold->row.credit_count;
    *row = fold->row;
    for (uint32_t i = 0; i < SL_DEAL_CREDITS; i++) {
        row->credits[i] = i < after ? fold->credits[i] : (struct sl_credit_row){0};
    }
    if (fold->has_products) {
        store_products(ledger, fold, row);
    }
    for (uint32_t i = SL_DEAL_CREDITS; i < before || i < after; i++) {
        store_credit(ledger, fold, i);
    }
}

/* The first line that names the same product. */
static size_t first_naming(const struct sl_close *close, struct sl_slice product)
{
    size_t first = 0;
    while (close->lines[first].product.len != product.len ||
           memcmp(close->lines[first].product.data, product.data, product.len) != 0) {
        first++;
    }
    return first;
}

void sl_fold_find_products(struct sl_ledger *ledger,
                           const struct sl_close *close,
                           uint32_t ret_numbers[SL_LINES_MAX])
{
    for (size_t i = 0; i < close->line_count; i++) {
        struct sl_slice product = close->lines[i].product;
        uint32_t number = sl_names_find(&ledger->names, SL_ENTITY_PRODUCT, product);
        bool is_new = number == 0 && product.len > 0;
        ret_numbers[i] = is_new ? SL_PRODUCT_NEW - (uint32_t)first_naming(close, product) : number;
    }
}
