/* Is there room on the disk for all that was taken in? Asked before more is, because a failed write is final. */
#include "base/log.h"
#include "store/store_impl.h"

/* Of a page of LMDB at least half is used when pages split and when a record is just too large to share one. */
#define PAGE_WASTE_FACTOR 2u
#define BOUND_STEP_BYTES  ((uint64_t)1024 * 1024) /* growth of the bound that asks statvfs again */

/* What the running checkpoint and the one after it may add to data.mdb at most: records, tree and rows, and copies of those
 * stored pages in which rows change; and what new keys may add to theirs. */
static uint64_t checkpoint_bound(const struct sl_store *store)
{
    bool has_frozen = store->checkpoint.phase != SL_CHECKPOINT_IDLE;
    size_t layers = has_frozen ? sl_state_bytes(store->state) : sl_state_active_bytes(store->state);
    return PAGE_WASTE_FACTOR * (uint64_t)(store->ring.bytes + layers) +
           sl_state_rewrite_bytes(store->state, has_frozen) + sl_keys_bound(store->keys);
}

static uint64_t segment_bound(const struct sl_store *store)
{
    bool is_due = store->prepare.is_running || store->journal->wants_prepare(store->journal);
    return is_due ? store->options.segment_bytes : 0;
}

/* Appends are refused from now on, or taken again: said once, not with each of them. */
static void tell_change(bool is_low, uint64_t free_bytes, uint64_t needed_bytes)
{
    if (is_low) {
        sl_log(SL_LOG_WARNING, "event=space_low free_bytes=%llu needed_bytes=%llu",
               (unsigned long long)free_bytes, (unsigned long long)needed_bytes);
    } else {
        sl_log(SL_LOG_NOTICE, "event=space_back free_bytes=%llu needed_bytes=%llu",
               (unsigned long long)free_bytes, (unsigned long long)needed_bytes);
    }
}

void sl_store_measure_space(struct sl_store *store)
{
    uint64_t bytes;
    if (store->ops->free_bytes(store->ops, store->dir, &bytes) != 0) {
        return; /* unknown is not low; a write will tell */
    }
    store->has_measured = true;
    store->space_bound = checkpoint_bound(store);
    store->stats.free_bytes = bytes;
    uint64_t needed = store->options.free_bytes_min + store->space_bound + segment_bound(store);
    store->watch.needed_bytes = needed;
    bool is_low = bytes < needed;
    if (is_low != store->is_space_low) {
        store->moves++;
        tell_change(is_low, bytes, needed);
    }
    store->is_space_low = is_low;
}

bool sl_store_has_checkpoint_room(struct sl_store *store)
{
    uint64_t bytes;
    uint64_t needed = checkpoint_bound(store);
    bool has_room = store->ops->free_bytes(store->ops, store->dir, &bytes) != 0 || bytes >= needed;
    if (!has_room && !store->is_put_off) {
        sl_log(SL_LOG_WARNING, "event=checkpoint_put_off free_bytes=%llu needed_bytes=%llu",
               (unsigned long long)bytes, (unsigned long long)needed);
    }
    store->is_put_off = !has_room;
    return has_room;
}

void sl_store_foresee_space(struct sl_store *store)
{
    if (store->is_stopped || store->options.executor == NULL) {
        return;
    }
    if (!store->has_measured || checkpoint_bound(store) >= store->space_bound + BOUND_STEP_BYTES) {
        sl_store_measure_space(store);
    }
}
