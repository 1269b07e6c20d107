/* Pages of the log: from LMDB up to S, from the ring after it. */
#include <stdlib.h>

#include "store/store_impl.h"

#define PAGE_RECORDS_MAX (sizeof(((struct sl_page *)0)->records) / sizeof(struct sl_record))

/* Readers are kept between pages: renewing one is far cheaper than opening it. */
static enum sl_err take_reader(struct sl_store *store, struct sl_log_reader **ret_reader)
{
    if (store->readers_free_count > 0) {
        struct sl_log_reader *reader = store->readers_free[store->readers_free_count - 1];
        enum sl_err err = sl_log_reader_renew(reader);
        if (err == SL_OK) {
            store->readers_free_count--;
            *ret_reader = reader;
        }
        return err;
    }
    struct sl_log_reader *reader = malloc(sizeof *reader);
    if (reader == NULL) {
        return SL_E_NO_MEMORY;
    }
    enum sl_err err = sl_log_reader_open(reader, &store->env);
    if (err != SL_OK) {
        free(reader);
        return err;
    }
    *ret_reader = reader;
    return SL_OK;
}

static void give_reader(struct sl_store *store, struct sl_log_reader *reader)
{
    sl_log_reader_reset(reader);
    if (store->readers_free_count < SL_STORE_READERS_MAX) {
        store->readers_free[store->readers_free_count] = reader;
        store->readers_free_count++;
        return;
    }
    sl_log_reader_close(reader);
    free(reader);
}

static enum sl_err
page_from_disk(struct sl_store *store, sl_seq from, size_t max, struct sl_page *page)
{
    uint64_t left = store->meta.checkpointed - from.v + 1;
    max = left < max ? (size_t)left : max;
    struct sl_log_reader *reader;
    enum sl_err err = take_reader(store, &reader);
    if (err != SL_OK) {
        return err;
    }
    err = sl_log_read(reader, from, max, page->records, &page->count);
    if (err == SL_OK && page->count != max) {
        err = SL_E_CORRUPT; /* the log ends before S */
    }
    if (err != SL_OK) {
        give_reader(store, reader);
        return err;
    }
    page->private_txn = reader;
    return SL_OK;
}

static enum sl_err
page_from_ring(struct sl_store *store, sl_seq from, size_t max, struct sl_page *page)
{
    enum sl_err err = SL_OK;
    uint64_t seq = from.v;
    while (err == SL_OK && page->count < max && seq < store->ring.next_seq) {
        struct sl_slice bytes = sl_ring_get(&store->ring, seq);
        err = sl_record_decode((sl_seq){seq}, bytes, &page->records[page->count]);
        page->count += err == SL_OK;
        seq++;
    }
    if (err == SL_OK) {
        page->private_txn = &store->ring; /* open, but without a txn */
    }
    return err;
}

enum sl_err sl_store_page(struct sl_store *store, sl_seq from, size_t max, struct sl_page *page)
{
    page->count = 0;
    page->private_txn = NULL;
    sl_seq start = {from.v == 0 ? 1 : from.v};
    max = max < PAGE_RECORDS_MAX ? max : PAGE_RECORDS_MAX;
    enum sl_err err = SL_OK;
    if (max > 0 && start.v <= store->meta.checkpointed) {
        err = page_from_disk(store, start, max, page);
    } else {
        err = page_from_ring(store, start, max, page);
    }
    if (err != SL_OK) {
        page->count = 0;
        return err;
    }
    store->pages_open++;
    return SL_OK;
}

void sl_store_page_end(struct sl_store *store, struct sl_page *page)
{
    if (page->private_txn == NULL) {
        return;
    }
    if (page->private_txn != &store->ring) {
        give_reader(store, page->private_txn);
    }
    page->private_txn = NULL;
    page->count = 0;
    SL_ASSERT(store->pages_open > 0);
    store->pages_open--;
    if (store->pages_open == 0 && store->is_trim_wanted) {
        sl_store_trim(store);
    }
}

enum sl_err sl_store_get(struct sl_store *store, sl_seq seq, struct sl_page *page)
{
    page->count = 0;
    page->private_txn = NULL;
    if (seq.v == 0 || seq.v >= store->ring.next_seq) {
        return SL_E_NOT_FOUND;
    }
    return sl_store_page(store, seq, 1, page);
}
