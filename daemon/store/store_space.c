/* Is there room on the disk for all that was taken in? Asked before more is, because a failed write is final. */
#include "base/log.h"
#include "store/store_impl.h"

/* Of a page of LMDB at least half is used when pages split and when a record is just too large to share one. */
#define PAGE_WASTE_FACTOR   2u
#define NODE_BYTES          ((uint64_t)64) /* a record that has pages of its own, where they are named */
#define TXN_BYTES           ((uint64_t)256 * 1024)  /* the pages on the way to what a txn changes */
#define UNWRITTEN_PAGES_MAX ((uint64_t)128 * 1024)  /* of a txn, before LMDB writes some */
#define FREE_LIST_SHARE     128u                    /* 8 bytes, twice, for a page that is copied */
#define BOUND_STEP_BYTES    ((uint64_t)1024 * 1024) /* growth of the bound that asks statvfs again */

/* What the running checkpoint and the one after it may add to data.mdb at most: records, tree and rows, copies of those stored pages in
 * which rows change, and the list of free pages, where all those copied go. Of rows no more than what LMDB keeps in memory before it
 * writes some of it, and what is on the disk by then needs no room any more. */
static uint64_t data_bound(const struct sl_store *store)
{
    bool has_frozen = store->checkpoint.phase != SL_CHECKPOINT_IDLE;
    uint64_t txns = has_frozen ? 2 : 1;
    size_t layers = has_frozen ? sl_state_bytes(store->state) : sl_state_active_bytes(store->state);
    uint64_t rows =
        PAGE_WASTE_FACTOR * (uint64_t)layers + sl_state_rewrite_bytes(store->state, has_frozen);
    uint64_t rows_max = txns * UNWRITTEN_PAGES_MAX * store->page_bytes;
    uint64_t records = store->ring.next_seq - store->ring.first_seq;
    uint64_t bytes = PAGE_WASTE_FACTOR * (uint64_t)store->ring.bytes + records * NODE_BYTES +
                     (rows < rows_max ? rows : rows_max);
    uint64_t per_txn = TXN_BYTES + sl_state_free_list_bytes(store->state);
    return bytes + bytes / FREE_LIST_SHARE + txns * per_txn;
}

/* Of data.mdb, behind the end that the next checkpoint, or the frozen one, begins with. */
static uint64_t reserved_bytes(const struct sl_store *store)
{
    bool is_idle = store->checkpoint.phase == SL_CHECKPOINT_IDLE;
    return sl_env_reserved_bytes(&store->env, is_idle ? sl_env_end(&store->env) : store->end_bytes);
}

static uint64_t beyond(uint64_t bytes, uint64_t reserved)
{
    return bytes > reserved ? bytes - reserved : 0;
}

/* What all of that takes of the space that is free. */
static uint64_t needed_bytes(const struct sl_store *store)
{
    return beyond(data_bound(store), reserved_bytes(store)) + sl_keys_bound(store->keys);
}

uint64_t sl_store_checkpoint_bytes_max(const struct sl_store *store)
{
    SL_ASSERT(store->checkpoint.phase == SL_CHECKPOINT_IDLE);
    return data_bound(store);
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
    store->space_bound = data_bound(store);
    store->stats.free_bytes = bytes;
    uint64_t needed = store->options.free_bytes_min + needed_bytes(store) + segment_bound(store);
    store->watch.needed_bytes = needed;
    bool is_low = bytes < needed;
    if (is_low != store->is_space_low) {
        store->moves++;
        tell_change(is_low, bytes, needed);
    }
    store->is_space_low = is_low;
}

bool sl_store_refuses_for_space(const struct sl_store *store)
{
    bool is_segment_missing =
        store->is_segment_refused && store->journal->wants_prepare(store->journal);
    return store->is_space_low || is_segment_missing ||
           store->checkpoint.phase == SL_CHECKPOINT_PUT_OFF;
}

void sl_store_tell_put_off(struct sl_store *store)
{
    if (store->is_put_off) {
        return;
    }
    uint64_t bytes = 0;
    (void)store->ops->free_bytes(store->ops, store->dir, &bytes); /* not known is none */
    sl_log(SL_LOG_WARNING, "event=checkpoint_put_off free_bytes=%llu needed_bytes=%llu",
           (unsigned long long)bytes, (unsigned long long)needed_bytes(store));
    store->is_put_off = true;
}

bool sl_store_has_checkpoint_room(struct sl_store *store)
{
    uint64_t bytes;
    bool has_room =
        store->ops->free_bytes(store->ops, store->dir, &bytes) != 0 || bytes >= needed_bytes(store);
    if (!has_room) {
        sl_store_tell_put_off(store);
    }
    return has_room;
}

void sl_store_foresee_space(struct sl_store *store)
{
    if (store->is_stopped || store->options.executor == NULL) {
        return;
    }
    if (!store->has_measured || data_bound(store) >= store->space_bound + BOUND_STEP_BYTES) {
        sl_store_measure_space(store);
    }
}
