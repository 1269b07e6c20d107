/* Applying what is stored: the journal's records after S at each start, the whole log for a rebuild. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_impl.h"

#define REBUILD_PAGE_RECORDS 2048u
#define REBUILD_EVENTS_MAX   1000000u /* between two checkpoints of the state */
#define REBUILD_BYTES_MAX    ((size_t)96 * 1024 * 1024)

/* ── the journal into the ring ────────────────────────────────────────────────────────────────────────────────── */

struct load {
    struct sl_store *store;
    struct sl_diag *diag;
};

static enum sl_err take_record(struct sl_store *store, struct sl_slice bytes)
{
    struct sl_record record;
    sl_seq seq = {store->ring.next_seq};
    enum sl_err err = sl_record_decode(seq, bytes, &record);
    if (err != SL_OK) {
        return err;
    }
    uint8_t *copy;
    err = sl_ring_add(&store->ring, bytes.len, &copy);
    if (err == SL_OK) {
        memcpy(copy, bytes.data, bytes.len);
        store->last_recorded = record.recorded;
    }
    return err;
}

/* The records of a frame from `skip` on. */
static enum sl_err
take_payload(struct sl_store *store, uint32_t count, uint64_t skip, struct sl_slice payload)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len;
        if (payload.len < sizeof len) {
            return SL_E_CORRUPT;
        }
        memcpy(&len, payload.data, sizeof len);
        if (len > payload.len - sizeof len) {
            return SL_E_CORRUPT;
        }
        struct sl_slice bytes = {payload.data + sizeof len, len};
        payload.data += sizeof len + len;
        payload.len -= sizeof len + len;
        enum sl_err err = i >= skip ? take_record(store, bytes) : SL_OK;
        if (err != SL_OK) {
            return err;
        }
    }
    return payload.len == 0 ? SL_OK : SL_E_CORRUPT;
}

static enum sl_err load_frame(
    void *ctx, uint64_t first_seq, uint32_t count, struct sl_slice payload, uint64_t generation)
{
    struct load *load = ctx;
    struct sl_store *store = load->store;
    uint64_t next = store->ring.next_seq;
    uint64_t skip = next > first_seq ? next - first_seq : 0;
    enum sl_err err = take_payload(store, count, skip, payload);
    struct sl_batch *batch = NULL;
    if (err == SL_OK) {
        err = sl_ring_close_batch(&store->ring, &batch);
    }
    if (err != SL_OK) {
        return sl_refuse(load->diag, err, "", "journal: the batch at seq %" PRIu64 ": %s",
                         first_seq, sl_err_text(err));
    }
    batch->generation = generation;
    store->watch.recovered_batches++;
    store->watch.closed_bytes += batch->bytes;
    sl_batch_hash(batch, &store->tree_lane, &store->sha_lane);
    return SL_OK;
}

enum sl_err sl_store_load_journal(struct sl_store *store, struct sl_diag *diag)
{
    struct load load = {store, diag};
    struct sl_journal_from from = {store->meta.checkpointed, store->meta.generation};
    return store->journal->replay(store->journal, &from, load_frame, &load, diag);
}

/* ── recover ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err refuse_at(struct sl_diag *diag, enum sl_err err, sl_seq seq, const char *what)
{
    sl_diag_wrap(diag, "%s seq %" PRIu64, what, seq.v);
    return err;
}

enum sl_err
sl_store_recover(struct sl_store *store, sl_apply_fn apply, void *ctx, struct sl_diag *diag)
{
    SL_ASSERT(!store->needs_rebuild);
    if (store->has_applied) {
        return SL_OK;
    }
    for (uint64_t seq = store->ring.first_seq; seq < store->ring.next_seq; seq++) {
        struct sl_record record;
        enum sl_err err = sl_record_decode((sl_seq){seq}, sl_ring_get(&store->ring, seq), &record);
        if (err == SL_OK) {
            err = apply(ctx, &record);
        }
        if (err == SL_OK) {
            err = sl_state_error(store->state);
        }
        if (err != SL_OK && sl_state_explain(store->state, diag) == SL_OK) {
            (void)sl_refuse(diag, err, "", "%s", sl_err_text(err)); /* it is the record */
        }
        if (err != SL_OK) {
            return refuse_at(diag, err, (sl_seq){seq}, "recover:");
        }
    }
    store->has_applied = true;
    return SL_OK;
}

/* ── rebuild ──────────────────────────────────────────────────────────────────────────────────────────────────── */

struct rebuild {
    struct sl_job job; /* first: cast back; writes the frozen layer */
    struct sl_store *store;
    struct sl_checkpoint plan;
    struct sl_log_reader reader;
    struct sl_record *records; /* one page */
    bool is_writing;
    enum sl_err err; /* of the last write */
    struct sl_diag diag;
    uint64_t since; /* records applied since the last freeze */
};

static void rebuild_work(struct sl_job *job)
{
    struct rebuild *rebuild = (struct rebuild *)job;
    bool finds_no_room; /* is as final as anything else here */
    rebuild->err = sl_checkpoint_write(&rebuild->plan, &finds_no_room, &rebuild->diag);
}

static void rebuild_done(struct sl_job *job)
{
    struct rebuild *rebuild = (struct rebuild *)job;
    rebuild->is_writing = false;
    if (rebuild->err == SL_OK) {
        rebuild->err = sl_state_refresh(rebuild->store->state);
    }
}

static enum sl_err wait_for_write(struct rebuild *rebuild)
{
    struct sl_executor *executor = rebuild->store->options.executor;
    while (rebuild->is_writing) {
        bool has_waited = executor->wait(executor);
        SL_ASSERT(has_waited);
    }
    return rebuild->err;
}

/* Hands the active layer to the writer; the one before must have been written. */
static enum sl_err write_layer(struct rebuild *rebuild)
{
    enum sl_err err = wait_for_write(rebuild);
    if (err != SL_OK) {
        return err;
    }
    struct sl_executor *executor = rebuild->store->options.executor;
    sl_state_freeze(rebuild->store->state);
    rebuild->since = 0;
    rebuild->job = (struct sl_job){.work = rebuild_work, .done = rebuild_done};
    rebuild->is_writing = true;
    if (executor != NULL) {
        executor->submit(executor, SL_LANE_CHECKPOINT, &rebuild->job);
        return SL_OK;
    }
    rebuild_work(&rebuild->job);
    rebuild_done(&rebuild->job);
    return rebuild->err;
}

/* From here until the last write a start finds the mark and rebuilds again from nothing. */
static enum sl_err drop_all(struct rebuild *rebuild)
{
    struct sl_store *store = rebuild->store;
    MDB_txn *txn;
    int code = mdb_txn_begin(store->env.mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", &rebuild->diag);
    }
    struct sl_meta_head head = store->meta;
    head.is_rebuilding = 1;
    enum sl_err err = sl_env_drop_tables(&store->env, txn, store->options.specs);
    if (err == SL_OK) {
        err = sl_meta_put_head(&store->env, txn, &head);
    }
    if (err != SL_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    err = sl_env_error(mdb_txn_commit(txn), "drop the state tables", &rebuild->diag);
    if (err == SL_OK) {
        store->meta = head;
        err = sl_state_reload(store->state);
    }
    return err;
}

static enum sl_err apply_page(struct rebuild *rebuild, size_t count, sl_apply_fn apply, void *ctx)
{
    for (size_t i = 0; i < count; i++) {
        enum sl_err err = apply(ctx, &rebuild->records[i]);
        if (err == SL_OK) {
            err = sl_state_error(rebuild->store->state);
        }
        if (err != SL_OK) {
            return refuse_at(&rebuild->diag, err, rebuild->records[i].seq, "apply:");
        }
    }
    rebuild->since += count;
    bool is_full = sl_state_active_bytes(rebuild->store->state) >= REBUILD_BYTES_MAX;
    return is_full || rebuild->since >= REBUILD_EVENTS_MAX ? write_layer(rebuild) : SL_OK;
}

static enum sl_err read_page(struct rebuild *rebuild, uint64_t next, size_t *ret_count)
{
    uint64_t left = rebuild->store->meta.checkpointed - next + 1;
    size_t max = left < REBUILD_PAGE_RECORDS ? (size_t)left : REBUILD_PAGE_RECORDS;
    enum sl_err err = sl_log_reader_renew(&rebuild->reader);
    if (err == SL_OK) {
        err = sl_log_read(&rebuild->reader, (sl_seq){next}, max, rebuild->records, ret_count);
    }
    if (err == SL_OK && *ret_count != max) {
        err = SL_E_CORRUPT;
    }
    return err == SL_OK ? SL_OK
                        : refuse_at(&rebuild->diag, err, (sl_seq){next + *ret_count}, "log:");
}

static enum sl_err finish_rebuild(struct rebuild *rebuild)
{
    struct sl_store *store = rebuild->store;
    enum sl_err err = wait_for_write(rebuild);
    if (err != SL_OK) {
        return err;
    }
    rebuild->plan.head.is_rebuilding = 0;
    rebuild->plan.specs = store->options.specs;
    rebuild->plan.spec_count = store->options.spec_count;
    err = write_layer(rebuild);
    if (err == SL_OK) {
        err = wait_for_write(rebuild);
    }
    if (err == SL_OK) {
        store->meta.is_rebuilding = 0;
        store->needs_rebuild = false;
        store->has_applied = store->durable == store->meta.checkpointed;
    }
    return err;
}

enum sl_err sl_store_rebuild(struct sl_store *store,
                             sl_apply_fn apply,
                             void (*progress)(void *ctx, sl_seq done, sl_seq total),
                             void *ctx,
                             struct sl_diag *diag)
{
    /* Before recover and before the first add: the state holds S and nothing after it. */
    SL_ASSERT(sl_state_is_clean(store->state));
    SL_ASSERT(store->ring.gathering.count == 0);
    struct rebuild rebuild = {.store = store};
    uint64_t total = store->meta.checkpointed;
    uint64_t next = 1;
    rebuild.records = malloc(REBUILD_PAGE_RECORDS * sizeof *rebuild.records);
    enum sl_err err = rebuild.records != NULL ? SL_OK : SL_E_NO_MEMORY;
    if (err == SL_OK) {
        err = sl_log_reader_open(&rebuild.reader, &store->env);
        sl_log_reader_reset(&rebuild.reader);
    }
    if (err == SL_OK) {
        err = drop_all(&rebuild);
        rebuild.plan = (struct sl_checkpoint){.env = &store->env,
                                              .state = store->state,
                                              .ops = store->ops,
                                              .may_grow = true,
                                              .head = store->meta};
    }
    while (err == SL_OK && next <= total) {
        size_t count = 0;
        err = read_page(&rebuild, next, &count);
        if (err == SL_OK) {
            err = apply_page(&rebuild, count, apply, ctx);
            next += count;
        }
        if (err == SL_OK && progress != NULL) {
            progress(ctx, (sl_seq){next - 1}, (sl_seq){total});
        }
    }
    if (err == SL_OK) {
        err = finish_rebuild(&rebuild);
    }
    enum sl_err last = wait_for_write(&rebuild); /* the job lives on our stack */
    err = err == SL_OK ? last : err;
    sl_log_reader_close(&rebuild.reader);
    free(rebuild.records);
    if (err != SL_OK) {
        store->is_stopped = true; /* the state is unfinished: nothing may be added to it */
        return sl_refuse(diag, err, "", "rebuild: %s %s", rebuild.diag.message, sl_err_text(err));
    }
    return SL_OK;
}
