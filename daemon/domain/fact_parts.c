/* Order, runs and limits of fact parts. */
#include "domain/fact_parts.h"

void sl_fact_parts_order_plainly(const struct sl_fact_parts *list)
{
    for (size_t i = 0; i < list->count; i++) {
        list->parts[i].order = i;
    }
}

static bool comes_after(const struct sl_fact_parts *list, size_t a, size_t b)
{
    uint32_t deal_a = list->facts[a].deal;
    uint32_t deal_b = list->facts[b].deal;
    return deal_a != deal_b ? deal_a > deal_b : a > b;
}

static void swap_order(const struct sl_fact_parts *list, size_t a, size_t b)
{
    size_t kept = list->parts[a].order;
    list->parts[a].order = list->parts[b].order;
    list->parts[b].order = kept;
}

/* Lets the entry at `root` sink in the heap of the first `count` entries, whose last entry in order is on top. */
static void sink(const struct sl_fact_parts *list, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        bool takes_second = child + 1 < count && comes_after(list, list->parts[child + 1].order,
                                                             list->parts[child].order);
        child += takes_second ? 1 : 0;
        if (!comes_after(list, list->parts[child].order, list->parts[root].order)) {
            return;
        }
        swap_order(list, root, child);
        root = child;
    }
}

/* Heap sort: in place and without recursion, and no two entries are equal. */
void sl_fact_parts_order_by_deal(const struct sl_fact_parts *list)
{
    sl_fact_parts_order_plainly(list);
    for (size_t root = list->count / 2; root-- > 0;) {
        sink(list, root, list->count);
    }
    for (size_t end = list->count; end > 1; end--) {
        swap_order(list, 0, end - 1);
        sink(list, 0, end - 1);
    }
}

struct sl_fact_run sl_fact_parts_deal_at(const struct sl_fact_parts *list, size_t first)
{
    struct sl_fact_run run = {.first = first, .count = 1};
    uint32_t deal = list->facts[list->parts[first].order].deal;
    while (deal != 0 && first + run.count < list->count &&
           list->facts[list->parts[first + run.count].order].deal == deal) {
        run.count++;
    }
    return run;
}

struct sl_limit_bounds sl_limit_of_deal(const struct sl_plan_limit *limit)
{
    return (struct sl_limit_bounds){.has_min = limit->has_deal_min,
                                    .has_max = limit->has_deal_max,
                                    .min = limit->deal_min_minor,
                                    .max = limit->deal_max_minor,
                                    .is_deal = true};
}

struct sl_limit_bounds sl_limit_of_window(const struct sl_plan_limit *limit)
{
    return (struct sl_limit_bounds){.has_min = limit->has_window_min,
                                    .has_max = limit->has_window_max,
                                    .min = limit->window_min_minor,
                                    .max = limit->window_max_minor};
}

/* A deal that takes back (a cancellation in a later window) takes back no more than a deal may earn, and a smallest amount
 * meant for earning deals is not taken back from it; a smallest amount of 0 or less still holds. */
static sl_int128 limit_negative_deal(const struct sl_limit_bounds *bounds, sl_int128 total)
{
    if (bounds->has_max && bounds->max > 0 && total < -(sl_int128)bounds->max) {
        total = -(sl_int128)bounds->max;
    }
    return bounds->has_min && bounds->min <= 0 && total < bounds->min ? bounds->min : total;
}

sl_int128 sl_limit_apply(const struct sl_limit_bounds *bounds, sl_int128 total)
{
    if (bounds->is_deal && total == 0) {
        return 0;
    }
    if (bounds->is_deal && total < 0) {
        return limit_negative_deal(bounds, total);
    }
    if (bounds->has_min && total < bounds->min) {
        return bounds->min;
    }
    return bounds->has_max && total > bounds->max ? bounds->max : total;
}

enum sl_err sl_fact_parts_limit(const struct sl_fact_parts *list,
                                struct sl_fact_run run,
                                const struct sl_limit_bounds *bounds)
{
    sl_int128 total = 0;
    sl_int128 limited = 0;
    for (size_t i = run.first; i < run.first + run.count; i++) {
        struct sl_fact_part *part = &list->parts[list->parts[i].order];
        total += part->earned_minor;
        sl_int128 now = sl_limit_apply(bounds, total);
        sl_int128 share = now - limited;
        if (share < INT64_MIN || share > INT64_MAX) {
            return SL_E_OVERFLOW;
        }
        part->earned_minor = (int64_t)share;
        limited = now;
    }
    return SL_OK;
}

sl_int128 sl_fact_parts_sum(const struct sl_fact_parts *list)
{
    sl_int128 sum = 0;
    for (size_t i = 0; i < list->count; i++) {
        sum += list->parts[i].earned_minor;
    }
    return sum;
}
