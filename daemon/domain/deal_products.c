/* Taking from the products of a deal what its closes say. */
#include "domain/deal_products.h"

#include <stdio.h>

#include "domain/text.h"

bool sl_close_moves_products(enum sl_close_kind kind)
{
    return kind == SL_CLOSE_WON || kind == SL_CLOSE_AMENDED || sl_close_takes_back(kind);
}

/* Its index, or the count if it has no entry. */
static size_t place_of(const struct sl_deal_products *products, uint32_t number)
{
    size_t at = 0;
    while (at < products->count && products->list[at].product != number) {
        at++;
    }
    return at;
}

static const struct sl_deal_product *find(const struct sl_deal_products *products, uint32_t number)
{
    size_t at = place_of(products, number);
    return at < products->count ? &products->list[at] : NULL;
}

static int64_t available(const struct sl_deal_products *products, uint32_t number)
{
    const struct sl_deal_product *found = find(products, number);
    return found != NULL && found->booked_minor > 0 ? found->booked_minor : 0;
}

bool sl_deal_products_counts(const struct sl_deal_products *products, uint32_t product)
{
    const struct sl_deal_product *found = find(products, product);
    return found != NULL && found->is_counted;
}

/* The first line of the same product. */
static size_t first_of_product(const uint32_t *numbers, size_t index)
{
    size_t first = 0;
    while (numbers[first] != numbers[index]) {
        first++;
    }
    return first;
}

static enum sl_err refuse_line(const struct sl_deal_products *products,
                               const struct sl_line *line,
                               uint32_t number,
                               size_t index,
                               struct sl_diag *diag)
{
    char product[SL_TEXT_SHOWN_MAX];
    char field[64];
    (void)snprintf(field, sizeof field, "close.lines[%zu].amount_minor", index);
    return sl_refuse(diag, SL_E_BEYOND_BOOKED, field,
                     "%lld of product \"%s\" is more than what is left booked of it, %lld, and "
                     "without a product, %lld",
                     (long long)line->amount_minor, sl_text_show(line->product, product),
                     (long long)available(products, number), (long long)available(products, 0));
}

/* Each product may be short by no more, all together, than what was booked without a product. */
static enum sl_err check_taken(const struct sl_deal_products *products,
                               const struct sl_close *close,
                               const uint32_t *numbers,
                               struct sl_diag *diag)
{
    int64_t left[SL_LINES_MAX]; /* of the product of a line that is the first of it */
    int64_t loose = available(products, 0);
    for (size_t i = 0; i < close->line_count; i++) {
        size_t first = first_of_product(numbers, i);
        int64_t amount = close->lines[i].amount_minor;
        if (first == i) {
            left[i] = available(products, numbers[i]);
        }
        if (numbers[i] == 0) {
            continue;
        }
        int64_t own = amount < left[first] ? amount : left[first];
        left[first] -= own;
        loose -= amount - own;
        if (loose < 0) {
            return refuse_line(products, &close->lines[i], numbers[i], i, diag);
        }
    }
    return SL_OK;
}

static enum sl_err check_count(const struct sl_deal_products *products,
                               const struct sl_close *close,
                               const uint32_t *numbers,
                               struct sl_diag *diag)
{
    size_t count = products->count - (find(products, 0) != NULL);
    for (size_t i = 0; i < close->line_count; i++) {
        bool is_first = numbers[i] != 0 && first_of_product(numbers, i) == i;
        count += is_first && find(products, numbers[i]) == NULL;
    }
    if (count <= SL_DEAL_PRODUCTS_MAX) {
        return SL_OK;
    }
    return sl_refuse(diag, SL_E_TOO_MANY, "close.lines",
                     "a deal has at most %u products booked, would have %zu", SL_DEAL_PRODUCTS_MAX,
                     count);
}

enum sl_err sl_deal_products_check(const struct sl_deal_products *products,
                                   const struct sl_close *close,
                                   const uint32_t *numbers,
                                   struct sl_diag *diag)
{
    if (sl_close_takes_back(close->kind)) {
        return check_taken(products, close, numbers, diag);
    }
    return close->kind == SL_CLOSE_AMENDED ? check_count(products, close, numbers, diag) : SL_OK;
}

/* The product's entry, made if there is none. NULL if there is no room, which no history that passed the check comes to. */
static struct sl_deal_product *entry(struct sl_deal_products *products, uint32_t number)
{
    size_t at = place_of(products, number);
    if (at == products->count && at <= SL_DEAL_PRODUCTS_MAX) {
        products->list[products->count++] = (struct sl_deal_product){.product = number};
    }
    return at < products->count ? &products->list[at] : NULL;
}

static void add(struct sl_deal_products *products, uint32_t number, int64_t amount, bool is_counted)
{
    struct sl_deal_product *to = amount != 0 || is_counted ? entry(products, number) : NULL;
    if (to != NULL) {
        /* All amounts of a ledger together fit (SL_CAPACITY_MAX). */
        to->booked_minor += amount;
        to->is_counted = to->is_counted || is_counted;
    }
}

static void take(struct sl_deal_products *products, uint32_t number, int64_t amount)
{
    int64_t left = available(products, number);
    int64_t own = number == 0 || amount < left ? amount : left;
    add(products, number, -own, false);
    add(products, 0, own - amount, false);
}

static void end(struct sl_deal_product *product, struct sl_ended_products *ended)
{
    if (product->is_counted && ended->count < SL_LINES_MAX) {
        product->is_counted = false;
        ended->numbers[ended->count++] = product->product;
    }
}

/* Without a value and without a count there is nothing to remember. */
static void forget_empty(struct sl_deal_products *products)
{
    size_t kept = 0;
    for (size_t i = 0; i < products->count; i++) {
        if (products->list[i].booked_minor != 0 || products->list[i].is_counted) {
            products->list[kept++] = products->list[i];
        }
    }
    products->count = kept;
}

static void end_taken(struct sl_deal_products *products,
                      const uint32_t *numbers,
                      size_t line_count,
                      struct sl_ended_products *ended)
{
    for (size_t i = 0; i < line_count; i++) {
        size_t at = place_of(products, numbers[i]);
        if (at < products->count && products->list[at].booked_minor <= 0) {
            end(&products->list[at], ended);
        }
    }
}

void sl_deal_products_step(struct sl_deal_products *products,
                           const struct sl_close *close,
                           const uint32_t *numbers,
                           const struct sl_deal_state *after,
                           struct sl_ended_products *ret_ended)
{
    bool is_over = after->phase == SL_DEAL_CANCELLED;
    ret_ended->count = 0;
    if (!sl_close_moves_products(close->kind)) {
        return;
    }
    products->count = close->kind == SL_CLOSE_WON ? 0 : products->count;
    for (size_t i = 0; i < close->line_count; i++) {
        int64_t amount = close->lines[i].amount_minor;
        if (sl_close_takes_back(close->kind)) {
            take(products, numbers[i], amount);
        } else {
            add(products, numbers[i], amount, close->kind == SL_CLOSE_WON);
        }
    }
    if (sl_close_takes_back(close->kind)) {
        end_taken(products, numbers, close->line_count, ret_ended);
    }
    for (size_t i = 0; is_over && i < products->count; i++) {
        end(&products->list[i], ret_ended);
    }
    products->count = is_over ? 0 : products->count;
    forget_empty(products);
}
