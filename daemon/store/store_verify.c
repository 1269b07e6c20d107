/* `salesledgerd check`: every record and every tree node is computed again and compared; the journal is read again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_impl.h"
#include "store/tree.h"

#define VERIFY_PAGE_RECORDS 256u

struct verify {
    struct sl_store *store;
    struct sl_log_reader reader;
    struct sl_record *records;
    struct sl_merkle tree; /* computed anew */
    struct sl_diag *diag;
};

/* The kept nodes that leaf `seq` completed, against the stored ones. */
static enum sl_err
check_nodes(struct verify *verify, sl_seq seq, const uint8_t *nodes, size_t count)
{
    uint64_t position = sl_merkle_node_count(seq.v - 1);
    for (size_t i = 0; i < count; i++) {
        uint8_t stored[SL_SHA256_BYTES];
        enum sl_err err =
            sl_tree_node(&verify->store->env, verify->reader.txn, position + i, stored);
        if (err == SL_OK && memcmp(stored, nodes + i * SL_SHA256_BYTES, sizeof stored) != 0) {
            err = SL_E_CORRUPT;
        }
        if (err != SL_OK) {
            return sl_refuse(verify->diag, err, "",
                             "tree: node %" PRIu64 ", which seq %" PRIu64 " completes, differs",
                             position + i, seq.v);
        }
    }
    return SL_OK;
}

static enum sl_err check_page(struct verify *verify, uint64_t next, size_t *ret_count)
{
    uint64_t left = verify->store->meta.checkpointed - next + 1;
    size_t max = left < VERIFY_PAGE_RECORDS ? (size_t)left : VERIFY_PAGE_RECORDS;
    enum sl_err err = sl_log_reader_renew(&verify->reader);
    if (err == SL_OK) {
        err = sl_log_read(&verify->reader, (sl_seq){next}, max, verify->records, ret_count);
    }
    if (err == SL_OK && *ret_count != max) {
        err = SL_E_CORRUPT;
    }
    if (err != SL_OK) {
        return sl_refuse(verify->diag, err, "", "log: seq %" PRIu64 ": %s", next + *ret_count,
                         sl_err_text(err));
    }
    for (size_t i = 0; i < *ret_count && err == SL_OK; i++) {
        uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
        const struct sl_record *record = &verify->records[i];
        size_t count =
            sl_merkle_append(&verify->tree, &verify->store->sha_loop, record->bytes, nodes);
        err = check_nodes(verify, record->seq, nodes, count);
    }
    return err;
}

/* The tree goes on through the ring, which is what the journal held. */
static enum sl_err check_root(struct verify *verify)
{
    struct sl_store *store = verify->store;
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    for (uint64_t seq = store->meta.checkpointed + 1; seq <= store->durable; seq++) {
        struct sl_slice bytes = sl_ring_get(&store->ring, seq);
        (void)sl_merkle_append(&verify->tree, &store->sha_loop, bytes, nodes);
    }
    uint8_t root[SL_SHA256_BYTES];
    uint8_t known[SL_SHA256_BYTES];
    uint64_t size;
    sl_merkle_root(&verify->tree, &store->sha_loop, root);
    sl_store_root(store, &size, known);
    if (size != verify->tree.size || memcmp(root, known, sizeof root) != 0) {
        return sl_refuse(verify->diag, SL_E_CORRUPT, "", "tree: the root differs");
    }
    return SL_OK;
}

static enum sl_err ignore_frame(
    void *ctx, uint64_t first_seq, uint32_t count, struct sl_slice payload, uint64_t generation)
{
    (void)ctx;
    (void)first_seq;
    (void)count;
    (void)payload;
    (void)generation;
    return SL_OK;
}

static enum sl_err check_journal(struct verify *verify)
{
    struct sl_store *store = verify->store;
    struct sl_journal_from from = {store->meta.checkpointed, store->meta.generation};
    return store->journal->replay(store->journal, &from, ignore_frame, NULL, verify->diag);
}

enum sl_err sl_store_verify(struct sl_store *store,
                            void (*progress)(void *ctx, sl_seq done, sl_seq total),
                            void *ctx,
                            struct sl_diag *diag)
{
    SL_ASSERT(!store->flight.is_flying);
    SL_ASSERT(store->checkpoint.phase == SL_CHECKPOINT_IDLE);
    struct verify verify = {.store = store, .diag = diag};
    uint64_t total = store->meta.checkpointed;
    uint64_t next = 1;
    verify.records = malloc(VERIFY_PAGE_RECORDS * sizeof *verify.records);
    enum sl_err err = verify.records != NULL ? SL_OK : SL_E_NO_MEMORY;
    if (err == SL_OK) {
        err = sl_log_reader_open(&verify.reader, &store->env);
    }
    while (err == SL_OK && next <= total) {
        size_t count = 0;
        err = check_page(&verify, next, &count);
        next += count;
        if (err == SL_OK && progress != NULL) {
            progress(ctx, (sl_seq){next - 1}, (sl_seq){total});
        }
    }
    if (err == SL_OK) {
        err = check_root(&verify);
    }
    if (err == SL_OK) {
        err = check_journal(&verify);
    }
    sl_log_reader_close(&verify.reader);
    free(verify.records);
    return err;
}
