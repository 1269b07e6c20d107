/* Opening and closing a ledger directory. */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/journal_file.h"
#include "store/lmdb_check.h"
#include "store/segment.h"
#include "store/store_impl.h"
#include "store/tree.h"

/* What a start replays in well under a second. */
#define CHECKPOINT_BYTES_DEFAULT ((uint64_t)24 * 1024 * 1024)
#define STATE_BYTES_DEFAULT      ((size_t)256 * 1024 * 1024)
#define CHECKPOINT_MS_DEFAULT    1000u
#define FREE_BYTES_DEFAULT       ((uint64_t)256 * 1024 * 1024)
#define SEGMENT_ALIGNMENT        4096u

static void fill_defaults(struct sl_store *store, const struct sl_store_options *options)
{
    struct sl_store_options *own = &store->options;
    *own = *options;
    own->dir = store->dir;
    own->checkpoint_bytes =
        options->checkpoint_bytes != 0 ? options->checkpoint_bytes : CHECKPOINT_BYTES_DEFAULT;
    own->checkpoint_ms =
        options->checkpoint_ms != 0 ? options->checkpoint_ms : CHECKPOINT_MS_DEFAULT;
    own->state_bytes_max =
        options->state_bytes_max != 0 ? options->state_bytes_max : STATE_BYTES_DEFAULT;
    own->free_bytes_min =
        options->free_bytes_min != 0 ? options->free_bytes_min : FREE_BYTES_DEFAULT;
    uint64_t segment =
        options->segment_bytes != 0 ? options->segment_bytes : SL_SEGMENT_BYTES_DEFAULT;
    segment = segment < SL_SEGMENT_BYTES_MIN ? SL_SEGMENT_BYTES_MIN : segment;
    own->segment_bytes = (segment + SEGMENT_ALIGNMENT - 1) / SEGMENT_ALIGNMENT * SEGMENT_ALIGNMENT;
    uint64_t batch = own->segment_bytes - SL_SEGMENT_HEADER_BYTES - sl_frame_bytes(0);
    store->batch_bytes_max = batch < SL_BATCH_BYTES_MAX ? (size_t)batch : SL_BATCH_BYTES_MAX;
    store->ring_bytes_max = (size_t)own->checkpoint_bytes * SL_STORE_RING_FACTOR;
    store->ops = options->file_ops != NULL ? options->file_ops : sl_file_ops_system();
    store->clock = options->clock != NULL ? options->clock : sl_clock_system();
    store->flight.store = store;
    store->checkpoint.store = store;
    store->prepare.store = store;
    store->erase.store = store;
}

/* Why there is nothing to see: what is said of the lock, says it better. For any other reason there may be a ledger. */
static bool is_told_by_lock(int code)
{
    return code == ENOENT || code == ENOTDIR || code == EACCES;
}

static enum sl_err open_dir(struct sl_store *store, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 16];
    struct stat info;
    enum sl_err err = sl_dir_path(store->dir, "data.mdb", path, sizeof path);
    if (err != SL_OK) {
        return err;
    }
    bool has_data = stat(path, &info) == 0; /* a copy may lack the lock, which is empty */
    if (!has_data && !is_told_by_lock(errno)) {
        return sl_file_error(errno, path, diag);
    }
    err = store->options.is_read_only && has_data
              ? sl_dir_lock_shared(store->dir, &store->lock_fd, diag)
              : sl_dir_lock(store->dir, has_data, &store->lock_fd, diag);
    if (err != SL_OK) {
        return err;
    }
    err = sl_dir_check_fs(store->dir, diag);
    if (err != SL_OK) {
        return err;
    }
    if (stat(path, &info) != 0) {
        err = errno == ENOENT
                  ? sl_refuse(diag, SL_E_NOT_LEDGER, "", "%s has no data.mdb", store->dir)
                  : sl_file_error(errno, path, diag);
    }
    return err;
}

/* A table that was noted as complete and is not there must not be taken for an empty one: a rebuild is noted before it is made. */
static enum sl_err note_lost_table(struct sl_store *store, struct sl_diag *diag)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(store->env.mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", diag);
    }
    store->meta.is_rebuilding = 1;
    enum sl_err err = sl_meta_put_head(&store->env, txn, &store->meta);
    if (err != SL_OK) {
        mdb_txn_abort(txn);
        return sl_refuse(diag, err, "", "meta: note that the state is to be rebuilt");
    }
    sl_log(SL_LOG_WARNING, "event=state_lost why=\"a table is missing\" next=rebuild");
    return sl_env_error(mdb_txn_commit(txn), "meta: note that the state is to be rebuilt", diag);
}

static enum sl_err open_tables(struct sl_store *store, bool is_match, struct sl_diag *diag)
{
    const struct sl_store_options *options = &store->options;
    enum sl_err err =
        sl_env_open_tables(&store->env, options->specs, options->spec_count, is_match, diag);
    if (err != SL_E_NOT_FOUND) {
        return err;
    }
    err = note_lost_table(store, diag);
    return err == SL_OK
               ? sl_env_open_tables(&store->env, options->specs, options->spec_count, false, diag)
               : err;
}

/* What would have to be made anew is left to a start that may write; in an empty ledger nothing would. */
static enum sl_err open_tables_to_read(struct sl_store *store, bool is_match, struct sl_diag *diag)
{
    const struct sl_store_options *options = &store->options;
    enum sl_err err = SL_E_NOT_FOUND;
    if (is_match && store->meta.is_rebuilding == 0) {
        err = sl_env_open_tables(&store->env, options->specs, options->spec_count, true, diag);
    }
    if (err != SL_E_NOT_FOUND) {
        return err;
    }
    store->needs_rebuild = store->meta.checkpointed != 0;
    return sl_state_open_scratch(options->specs, options->spec_count, &store->state);
}

/* State tables are as declared, or a rebuild has to make them so; in an empty ledger there is nothing to rebuild. */
static enum sl_err check_tables(struct sl_store *store, struct sl_diag *diag)
{
    const struct sl_store_options *options = &store->options;
    bool is_match = false;
    enum sl_err err =
        sl_meta_match_tables(&store->env, options->specs, options->spec_count, &is_match);
    if (err == SL_E_CORRUPT && !options->is_read_only) {
        sl_log(SL_LOG_WARNING,
               "event=state_lost why=\"the list of tables is damaged\" next=rebuild");
        err = SL_OK;
    }
    if (err != SL_OK) {
        return sl_refuse(diag, err, "", "data.mdb (table meta): the list of tables is damaged");
    }
    if (options->is_read_only) {
        return open_tables_to_read(store, is_match, diag);
    }
    err = open_tables(store, is_match, diag);
    if (err != SL_OK) {
        return err;
    }
    store->needs_rebuild = !is_match || store->meta.is_rebuilding != 0;
    if (!store->needs_rebuild || store->meta.checkpointed != 0) {
        return SL_OK;
    }
    MDB_txn *txn;
    int code = mdb_txn_begin(store->env.mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", diag);
    }
    store->meta.is_rebuilding = 0;
    err = sl_env_drop_tables(&store->env, txn, options->specs);
    if (err == SL_OK) {
        err = sl_meta_put_tables(&store->env, txn, options->specs, options->spec_count);
    }
    if (err == SL_OK) {
        err = sl_meta_put_head(&store->env, txn, &store->meta);
    }
    if (err != SL_OK) {
        mdb_txn_abort(txn);
        return sl_refuse(diag, err, "", "meta: note the tables");
    }
    store->needs_rebuild = false;
    return sl_env_error(mdb_txn_commit(txn), "meta: note the tables", diag);
}

/* Before LMDB, which believes what it maps. */
static enum sl_err check_pages(struct sl_store *store, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 16];
    bool is_deep;
    uint64_t deep_bytes_max = store->options.is_read_only ? UINT64_MAX : SL_LMDB_DEEP_BYTES_MAX;
    enum sl_err err = sl_dir_path(store->dir, "data.mdb", path, sizeof path);
    return err == SL_OK ? sl_lmdb_check(path, deep_bytes_max, &is_deep, diag) : err;
}

static enum sl_err open_env(struct sl_store *store, struct sl_diag *diag)
{
    const struct sl_store_options *options = &store->options;
    enum sl_err err = check_pages(store, diag);
    if (err == SL_OK) {
        err = options->is_read_only ? sl_env_open_read_only(&store->env, store->dir, diag)
                                    : sl_env_open(&store->env, store->dir, false, diag);
    }
    if (err == SL_OK) {
        store->page_bytes = sl_env_page_bytes(&store->env);
        err = sl_meta_read(&store->env, &store->genesis, &store->meta, diag);
    }
    if (err == SL_OK) {
        err = check_tables(store, diag);
    }
    if (err == SL_OK && store->state == NULL) {
        err = sl_state_open_over(&store->env, options->specs, options->spec_count, &store->state,
                                 diag);
    }
    return err;
}

/* The leaves after the last complete block. */
static enum sl_err load_leaves(struct sl_store *store, struct sl_log_reader *reader)
{
    struct sl_record records[SL_MERKLE_BLOCK_LEAVES];
    uint8_t nodes[SL_MERKLE_NODES_MAX * SL_SHA256_BYTES];
    sl_seq next = {store->tree_lane.size + 1};
    size_t left = (size_t)(store->meta.checkpointed - store->tree_lane.size);
    size_t count = 0;
    enum sl_err err = left > 0 ? sl_log_read(reader, next, left, records, &count) : SL_OK;
    for (size_t i = 0; err == SL_OK && i < count; i++) {
        (void)sl_merkle_append(&store->tree_lane, &store->sha_lane, records[i].bytes, nodes);
    }
    return err == SL_OK && count < left ? SL_E_CORRUPT : err;
}

/* Is it the tree that the last checkpoint knew? */
static enum sl_err check_root(struct sl_store *store)
{
    uint8_t root[SL_SHA256_BYTES];
    sl_merkle_root(&store->tree_lane, &store->sha_lane, root);
    bool is_same =
        store->meta.checkpointed == 0 || memcmp(root, store->meta.root, sizeof root) == 0;
    return is_same ? SL_OK : SL_E_CORRUPT;
}

static enum sl_err load_tree(struct sl_store *store, struct sl_diag *diag)
{
    struct sl_log_reader reader;
    uint64_t size = store->meta.checkpointed;
    const char *part = "begin";
    enum sl_err err = sl_log_reader_open(&reader, &store->env);
    if (err == SL_OK) {
        part = "a node of the frontier";
        err = sl_tree_load(&store->env, reader.txn, size, &store->tree_lane);
    }
    if (err == SL_OK) {
        part = "the last records";
        err = load_leaves(store, &reader);
    }
    if (err == SL_OK) {
        part = "the root of the last checkpoint";
        err = check_root(store);
    }
    sl_log_reader_close(&reader);
    return err == SL_OK ? SL_OK : sl_refuse(diag, err, "", "tree: %s", part);
}

/* What lies after S. With lanes to write on there must also be a segment to begin. */
static enum sl_err open_journal(struct sl_store *store, struct sl_diag *diag)
{
    char path[SL_DIR_BYTES_MAX + 16];
    enum sl_err err = sl_dir_path(store->dir, "journal", path, sizeof path);
    if (err != SL_OK) {
        return err;
    }
    struct sl_journal_file_options options = {
        .dir = path,
        .ops = store->ops,
        .segment_bytes = store->options.segment_bytes,
        .is_read_only = store->options.executor == NULL,
    };
    memcpy(options.ledger_id, store->genesis.ledger_id, sizeof options.ledger_id);
    err = sl_journal_file_open(&options, &store->journal, diag);
    if (err == SL_OK) {
        err = sl_store_load_journal(store, diag);
    }
    bool wants = store->options.executor != NULL && err == SL_OK &&
                 store->journal->wants_prepare(store->journal);
    if (wants) {
        err = store->journal->prepare(store->journal, diag);
        store->is_segment_refused = err == SL_E_NO_SPACE;
        err = err == SL_E_NO_SPACE ? SL_OK : err;
    }
    return err;
}

static void free_store(struct sl_store *store)
{
    for (size_t i = 0; i < store->readers_free_count; i++) {
        sl_log_reader_close(store->readers_free[i]);
        free(store->readers_free[i]);
    }
    sl_keys_close(store->keys);
    sl_state_close(store->state);
    sl_scrub_close(&store->scrub.scrub);
    if (store->journal != NULL) {
        store->journal->close(store->journal);
    }
    sl_ring_deinit(&store->ring);
    sl_sha256_deinit(&store->sha_lane);
    sl_sha256_deinit(&store->sha_loop);
    sl_env_close(&store->env);
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
    }
    free(store);
}

static enum sl_err open_parts(struct sl_store *store, struct sl_diag *diag)
{
    enum sl_err err = open_dir(store, diag);
    if (err == SL_OK) {
        err = sl_sha256_init(&store->sha_lane);
    }
    if (err == SL_OK) {
        err = sl_sha256_init(&store->sha_loop);
    }
    if (err == SL_OK) {
        err = open_env(store, diag);
    }
    if (err == SL_OK) {
        err = sl_ring_init(&store->ring, store->meta.checkpointed + 1,
                           (size_t)store->options.checkpoint_bytes * 2);
    }
    if (err == SL_OK) {
        err = load_tree(store, diag);
    }
    if (err == SL_OK) {
        store->last_recorded = (sl_time){store->meta.last_recorded};
        err = open_journal(store, diag);
    }
    if (err == SL_OK) {
        struct sl_keys_options options = {
            .dir = store->dir,
            .ops = store->ops,
            .is_read_only = store->options.executor == NULL,
        };
        memcpy(options.ledger_id, store->genesis.ledger_id, sizeof options.ledger_id);
        err = sl_keys_open(&options, &store->keys, diag);
    }
    return err;
}

enum sl_err sl_store_open(const struct sl_store_options *options,
                          struct sl_store **ret_store,
                          struct sl_diag *diag)
{
    if (strlen(options->dir) >= SL_DIR_BYTES_MAX) {
        return sl_refuse(diag, SL_E_NOT_LEDGER, "", "the directory's path is too long");
    }
    struct sl_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return sl_refuse(diag, SL_E_NO_MEMORY, "", "open the store");
    }
    store->lock_fd = -1;
    memcpy(store->dir, options->dir, strlen(options->dir) + 1);
    fill_defaults(store, options);
    enum sl_err err = open_parts(store, diag);
    if (err != SL_OK) {
        free_store(store);
        return err;
    }
    store->tree_durable = store->tree_lane;
    store->durable = store->ring.next_seq - 1;
    store->has_applied = store->durable == store->meta.checkpointed && !store->needs_rebuild;
    store->watch.checkpointed_us = sl_clock_monotonic_us(store->clock);
    store->watch.waiting_us = store->watch.checkpointed_us;
    *ret_store = store;
    return SL_OK;
}

void sl_store_close(struct sl_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->options.executor != NULL) {
        sl_store_finish(store);
    }
    free_store(store);
}

const struct sl_genesis *sl_store_genesis(const struct sl_store *store)
{
    return &store->genesis;
}

struct sl_state *sl_store_state(struct sl_store *store)
{
    return store->state;
}

bool sl_store_needs_rebuild(const struct sl_store *store)
{
    return store->needs_rebuild;
}

sl_seq sl_store_head(const struct sl_store *store)
{
    return (sl_seq){store->ring.next_seq - 1};
}

sl_seq sl_store_durable(const struct sl_store *store)
{
    return (sl_seq){store->durable};
}

sl_seq sl_store_checkpointed(const struct sl_store *store)
{
    return (sl_seq){store->meta.checkpointed};
}

sl_time sl_store_last_recorded(const struct sl_store *store)
{
    return store->last_recorded;
}

void sl_store_root(const struct sl_store *store, uint64_t *ret_size, uint8_t ret_root[32])
{
    struct sl_sha256 sha = store->sha_loop;
    *ret_size = store->tree_durable.size;
    sl_merkle_root(&store->tree_durable, &sha, ret_root);
}

void sl_store_stats(const struct sl_store *store, struct sl_store_stats *ret_stats)
{
    *ret_stats = store->stats;
    ret_stats->ring_bytes = store->ring.bytes;
    ret_stats->state_bytes = sl_state_bytes(store->state);
}

uint64_t sl_store_moves(const struct sl_store *store)
{
    return store->moves;
}

size_t sl_store_written_bytes(const struct sl_store *store)
{
    return sl_state_written_bytes(store->state);
}

size_t sl_store_share_max(const struct sl_store *store)
{
    return store->options.state_bytes_max / 2;
}
