/* Customers' keys: on their way to the disk they go before the batch that uses them (store_write.c); here they are looked for, handed out
 * for a backup, and destroyed. */
#include "store/store_impl.h"

enum sl_err sl_store_key_find(struct sl_store *store,
                              struct sl_slice customer,
                              struct sl_key_found *ret_found,
                              struct sl_seal_key *ret_key)
{
    return sl_keys_find(store->keys, customer, ret_found, ret_key);
}

uint64_t sl_store_keys_since(const struct sl_store *store)
{
    return sl_keys_since(store->keys);
}

enum sl_err
sl_store_key_add(struct sl_store *store, struct sl_slice customer, const struct sl_seal_key *key)
{
    if (store->is_stopped) {
        return SL_E_STOPPED;
    }
    if (store->is_space_low) {
        return SL_E_NO_SPACE;
    }
    struct sl_diag diag = {0};
    enum sl_err err = sl_keys_add(store->keys, store->ring.next_seq, customer, key, &diag);
    bool is_refusal = err == SL_E_BUSY || err == SL_E_NO_SPACE || err == SL_E_NO_MEMORY;
    if (err != SL_OK && !is_refusal) {
        sl_store_stop(store, &diag);
    }
    return err;
}

void sl_store_key_forget(struct sl_store *store)
{
    sl_keys_retract(store->keys, store->ring.next_seq);
}

struct sl_key_cursor sl_store_key_cursor(const struct sl_store *store)
{
    return sl_keys_cursor(store->keys);
}

enum sl_err sl_store_key_page(struct sl_store *store,
                              struct sl_key_cursor *cursor,
                              struct sl_key_page *ret_page)
{
    return sl_keys_page(store->keys, cursor, ret_page);
}

static void erase_work(struct sl_job *job)
{
    struct sl_erase_run *run = (struct sl_erase_run *)job;
    run->err = sl_keys_erase(run->store->keys, &run->erasure, &run->diag);
}

static void erase_done(struct sl_job *job)
{
    struct sl_erase_run *run = (struct sl_erase_run *)job;
    run->is_running = false;
    run->ended++;
    run->store->moves++;
    if (run->err != SL_OK) {
        sl_store_stop(run->store, &run->diag);
    }
}

enum sl_err sl_store_erase(struct sl_store *store, const struct sl_erasure *erasure)
{
    struct sl_erase_run *run = &store->erase;
    struct sl_slice customer = {erasure->customer, erasure->customer_len};
    if (store->is_stopped) {
        return SL_E_STOPPED;
    }
    if (store->options.executor == NULL) {
        return SL_E_UNSUPPORTED; /* opened for reading */
    }
    if (store->is_space_low) {
        return SL_E_NO_SPACE; /* a commit that fails stops the store */
    }
    struct sl_key_found found;
    enum sl_err err = sl_store_key_find(store, customer, &found, NULL);
    if (err != SL_OK) {
        return err;
    }
    if (run->is_running || !found.is_durable) {
        return SL_E_BUSY;
    }
    SL_ASSERT(found.state == SL_KEY_LIVE);
    err = sl_keys_reserve(store->keys, 0, NULL);
    if (err != SL_OK) {
        return err;
    }
    run->is_running = true;
    run->erasure = *erasure;
    run->job = (struct sl_job){.work = erase_work, .done = erase_done};
    store->options.executor->submit(store->options.executor, SL_LANE_JOURNAL, &run->job);
    return SL_OK;
}

bool sl_store_is_erasing(const struct sl_store *store)
{
    return store->erase.is_running;
}

uint64_t sl_store_erasures(const struct sl_store *store)
{
    return store->erase.ended;
}
