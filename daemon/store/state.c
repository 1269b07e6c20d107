/* Reading and writing single rows through the layers, savepoints, freezing. */
#include "store/state.h"

#include <stdlib.h>
#include <string.h>

#include "sl/stored/hash.h"
#include "store/state_sink.h"

#define NODE_BYTES     10u /* of LMDB, beside key and row */
#define UNDO_BYTES_MAX ((size_t)128 * 1024 * 1024)
#define UNDO_KEPT_MAX  ((size_t)1024 * 1024) /* from one savepoint to the next */

/* One row as it was before a write behind a savepoint; the row and its layer word follow. */
struct undo_entry {
    struct sl_key key;
    uint64_t table;
};

/* As many rows as a group may have fit into it, whatever they hold. */
static bool can_be_packed(const struct sl_table_spec *spec)
{
    return spec->packed_rows == 0 ||
           (spec->row_size <= SL_PACKED_ROW_BYTES_MAX && spec->packed_rows <= SL_GROUP_ROWS_MAX &&
            spec->packed_rows * sl_group_row_bytes_max(spec->row_size) <= SL_GROUP_BYTES_MAX);
}

static bool open_tables(struct sl_state *state, const struct sl_table_spec *specs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sl_table *table = &state->tables[i];
        size_t layer_row = specs[i].row_size + SL_LAYER_WORD_BYTES;
        SL_ASSERT(specs[i].row_size >= 8 && specs[i].row_size <= SL_ROW_BYTES_MAX);
        SL_ASSERT(specs[i].row_size % 8 == 0);
        SL_ASSERT(can_be_packed(&specs[i]));
        table->spec = &specs[i];
        if (sl_layer_open(&table->active, layer_row, specs[i].is_point) != SL_OK ||
            sl_layer_open(&table->frozen, layer_row, specs[i].is_point) != SL_OK) {
            return false;
        }
    }
    return true;
}

enum sl_err
sl_state_open_scratch(const struct sl_table_spec *specs, size_t count, struct sl_state **ret_state)
{
    SL_ASSERT(count <= SL_STATE_TABLES_MAX);
    struct sl_state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return SL_E_NO_MEMORY;
    }
    state->table_count = count;
    sl_bytes_init(&state->undo, UNDO_BYTES_MAX);
    if (!open_tables(state, specs, count)) {
        sl_state_close(state);
        return SL_E_NO_MEMORY;
    }
    *ret_state = state;
    return SL_OK;
}

enum sl_err sl_state_open_over(const struct sl_env *env,
                               const struct sl_table_spec *specs,
                               size_t count,
                               struct sl_state **ret_state,
                               struct sl_diag *diag)
{
    struct sl_state *state;
    enum sl_err err = sl_state_open_scratch(specs, count, &state);
    if (err != SL_OK) {
        return err;
    }
    err = sl_state_disk_open(&state->disk, env, specs, count, diag);
    if (err != SL_OK) {
        sl_state_close(state);
        return err;
    }
    *ret_state = state;
    return SL_OK;
}

void sl_state_close(struct sl_state *state)
{
    if (state == NULL) {
        return;
    }
    sl_state_disk_close(&state->disk);
    for (size_t i = 0; i < state->table_count; i++) {
        sl_layer_close(&state->tables[i].active);
        sl_layer_close(&state->tables[i].frozen);
    }
    sl_bytes_deinit(&state->undo);
    free(state);
}

void sl_state_fail(struct sl_state *state, enum sl_err err)
{
    if (state->error == SL_OK) {
        state->error = err;
    }
}

void sl_state_fail_at(struct sl_state *state, unsigned table, enum sl_err err)
{
    if (state->error == SL_OK) {
        state->error_table = state->tables[table].spec->name;
    }
    sl_state_fail(state, err);
}

enum sl_err sl_state_error(const struct sl_state *state)
{
    return state->error;
}

enum sl_err sl_state_explain(const struct sl_state *state, struct sl_diag *diag)
{
    if (state->error == SL_OK) {
        return SL_OK;
    }
    return sl_refuse(
        diag, state->error, "", "state%s%s: %s", state->error_table != NULL ? " table " : "",
        state->error_table != NULL ? state->error_table : "", sl_err_text(state->error));
}

const void *sl_state_below(struct sl_state *state, unsigned table, struct sl_key key)
{
    size_t row_size = state->tables[table].spec->row_size;
    const void *row = sl_layer_get(&state->tables[table].frozen, key);
    if (row != NULL) {
        return sl_layer_is_tombstone(row, row_size) ? NULL : row;
    }
    enum sl_err err = sl_disk_get(&state->disk.tables[table], key, &row);
    if (err != SL_OK) {
        sl_state_fail_at(state, table, err);
    }
    return row;
}

const void *sl_state_get(struct sl_state *state, unsigned table, struct sl_key key)
{
    SL_ASSERT(table < state->table_count);
    if (state->error != SL_OK) {
        return NULL;
    }
    const void *row = sl_layer_get(&state->tables[table].active, key);
    if (row != NULL) {
        return sl_layer_is_tombstone(row, state->tables[table].spec->row_size) ? NULL : row;
    }
    return sl_state_below(state, table, key);
}

void sl_state_prefetch(const struct sl_state *state, unsigned table, struct sl_key key)
{
    SL_ASSERT(table < state->table_count);
    if (state->tables[table].active.hash != NULL) {
        sl_hashmap_prefetch(state->tables[table].active.hash, key);
        sl_hashmap_prefetch(state->tables[table].frozen.hash, key);
    }
}

void sl_state_prefetch_row(const struct sl_state *state, unsigned table, struct sl_key key)
{
    SL_ASSERT(table < state->table_count);
    if (state->tables[table].active.hash != NULL) {
        sl_hashmap_prefetch_item(state->tables[table].active.hash, key);
        sl_hashmap_prefetch_item(state->tables[table].frozen.hash, key);
    }
}

/* Keeps the row as it stands in the active layer. A row that was not there at all is kept as what lies below it, which
 * reads the same. */
static enum sl_err
remember(struct sl_state *state, unsigned table, struct sl_key key, const void *row)
{
    size_t row_bytes = state->tables[table].spec->row_size + SL_LAYER_WORD_BYTES;
    struct undo_entry entry = {key, table};
    uint8_t *undo = sl_bytes_extend(&state->undo, sizeof entry + row_bytes);
    if (undo == NULL) {
        return SL_E_NO_MEMORY;
    }
    /* The entry comes last, so that rollback can read backwards. */
    memcpy(undo, row, row_bytes);
    memcpy(undo + row_bytes, &entry, sizeof entry);
    return SL_OK;
}

static void *spare_row(struct sl_state *state, enum sl_err err)
{
    sl_state_fail(state, err);
    memset(state->spare, 0, sizeof state->spare);
    return state->spare;
}

/* The row in the active layer, filled from below if it was not there; an absent one is a tombstone. */
static void *own_row(struct sl_state *state, unsigned table, struct sl_key key, bool may_be_below)
{
    SL_ASSERT(table < state->table_count);
    if (state->error != SL_OK) {
        return spare_row(state, state->error);
    }
    size_t row_size = state->tables[table].spec->row_size;
    void *row;
    bool is_new;
    enum sl_err err = sl_layer_put(&state->tables[table].active, key, &row, &is_new);
    if (err != SL_OK) {
        return spare_row(state, err);
    }
    if (is_new) {
        const void *below = may_be_below ? sl_state_below(state, table, key) : NULL;
        if (below != NULL) {
            memcpy(row, below, row_size);
        }
        sl_layer_set_tombstone(row, row_size, below == NULL);
    }
    if (state->has_savepoint) {
        err = remember(state, table, key, row);
    }
    return err == SL_OK && state->error == SL_OK ? row : spare_row(state, err);
}

static void *revive(struct sl_state *state, unsigned table, void *row)
{
    size_t row_size = state->tables[table].spec->row_size;
    if (sl_layer_is_tombstone(row, row_size)) {
        memset(row, 0, row_size);
        sl_layer_set_tombstone(row, row_size, false);
    }
    return row;
}

void *sl_state_upsert(struct sl_state *state, unsigned table, struct sl_key key)
{
    return revive(state, table, own_row(state, table, key, true));
}

void *sl_state_insert(struct sl_state *state, unsigned table, struct sl_key key)
{
    /* What lies below matters only to a rollback. */
    void *row = own_row(state, table, key, state->has_savepoint);
    memset(row, 0, state->tables[table].spec->row_size);
    return revive(state, table, row);
}

void sl_state_remove(struct sl_state *state, unsigned table, struct sl_key key)
{
    /* What lies below matters only to a rollback. */
    void *row = own_row(state, table, key, state->has_savepoint);
    sl_layer_set_tombstone(row, state->tables[table].spec->row_size, true);
}

void sl_state_savepoint(struct sl_state *state)
{
    SL_ASSERT(!state->has_savepoint);
    sl_bytes_clear(&state->undo);
    state->has_savepoint = true;
}

void sl_state_rollback(struct sl_state *state)
{
    SL_ASSERT(state->has_savepoint);
    size_t end = state->undo.len;
    while (end > 0) {
        struct undo_entry entry;
        memcpy(&entry, state->undo.data + end - sizeof entry, sizeof entry);
        struct sl_table *table = &state->tables[entry.table];
        size_t row_bytes = table->spec->row_size + SL_LAYER_WORD_BYTES;
        end -= sizeof entry + row_bytes;
        void *row = sl_layer_get(&table->active, entry.key);
        SL_ASSERT(row != NULL);
        memcpy(row, state->undo.data + end, row_bytes);
    }
    sl_state_release(state);
}

void sl_state_release(struct sl_state *state)
{
    SL_ASSERT(state->has_savepoint);
    state->has_savepoint = false;
    sl_bytes_clear(&state->undo);
    if (state->undo.capacity > UNDO_KEPT_MAX) {
        sl_bytes_deinit(&state->undo);
    }
}

static bool has_late_rows(const struct sl_state *state)
{
    for (size_t i = 0; i < state->table_count; i++) {
        if (state->tables[i].spec->is_backlog && sl_layer_count(&state->tables[i].active) > 0) {
            return true;
        }
    }
    return false;
}

void sl_state_set_backlog(struct sl_state *state, const struct sl_backlog *backlog)
{
    SL_ASSERT(backlog == NULL || state->backlog == NULL);
    state->backlog = backlog;
    state->has_frozen_backlog = false;
    state->has_rows_of_before = backlog != NULL && has_late_rows(state);
}

void sl_state_settle(struct sl_state *state)
{
    struct sl_row_sink lasting = {.state = state, .is_lasting = true};
    struct sl_row_sink sink = {.state = state};
    if (state->backlog != NULL && state->error == SL_OK) {
        state->backlog->settle(state->backlog->ctx, &lasting, &sink);
    }
}

bool sl_state_has_savepoint(const struct sl_state *state)
{
    return state->has_savepoint;
}

bool sl_state_is_scratch(const struct sl_state *state)
{
    return state->disk.txn == NULL;
}

void sl_state_freeze(struct sl_state *state)
{
    SL_ASSERT(!state->has_savepoint);
    SL_ASSERT(!state->has_frozen_backlog);
    state->is_backlog_in_layer = state->has_rows_of_before;
    if (state->has_rows_of_before) {
        sl_state_settle(state); /* rows of before and rows of the backlog may be the same ones */
    }
    state->has_rows_of_before = false;
    state->frozen_error = state->error;
    for (size_t i = 0; i < state->table_count; i++) {
        struct sl_table *table = &state->tables[i];
        struct sl_layer written = table->frozen;
        sl_layer_clear(&written);
        table->frozen = table->active;
        table->active = written;
    }
    if (state->backlog != NULL) {
        state->backlog->freeze(state->backlog->ctx);
        state->has_frozen_backlog = true;
    }
}

/* The backlog's rows are whole on disk now. What readers had of them may lack the latest: in the frozen layer, and in the active one if
 * nothing later has been settled there. */
static void forget_backlog(struct sl_state *state)
{
    SL_ASSERT(!state->has_savepoint);
    bool has_later = state->backlog->forget(state->backlog->ctx);
    for (size_t i = 0; i < state->table_count; i++) {
        if (!state->tables[i].spec->is_backlog) {
            continue;
        }
        sl_layer_clear(&state->tables[i].frozen);
        if (!has_later) {
            sl_layer_clear(&state->tables[i].active);
        }
    }
    state->has_frozen_backlog = false;
}

enum sl_err sl_state_refresh(struct sl_state *state)
{
    enum sl_err err = sl_state_disk_refresh(&state->disk);
    if (err != SL_OK) {
        sl_state_fail(state, err);
    } else if (state->has_frozen_backlog) {
        forget_backlog(state);
    }
    return err;
}

void sl_state_drop_cache(struct sl_state *state)
{
    for (size_t i = 0; i < state->table_count; i++) {
        sl_layer_clear(&state->tables[i].frozen);
    }
}

enum sl_err sl_state_reload(struct sl_state *state)
{
    SL_ASSERT(!state->has_savepoint);
    sl_state_drop_cache(state);
    for (size_t i = 0; i < state->table_count; i++) {
        sl_layer_clear(&state->tables[i].active);
    }
    return sl_state_refresh(state);
}

/* A layer's rows in the order of their keys. */
static enum sl_err
write_layer(const struct sl_table *table, unsigned index, struct sl_row_sink *sink)
{
    struct sl_layer_cursor entry;
    enum sl_err err = sl_layer_read_begin(&table->frozen, &entry);
    while (err == SL_OK && entry.row != NULL) {
        if (sl_layer_is_tombstone(entry.row, table->spec->row_size)) {
            sl_sink_remove(sink, index, entry.key);
        } else {
            sl_sink_put(sink, index, entry.key, entry.row);
        }
        err = sink->err;
        sl_layer_next(&table->frozen, &entry);
    }
    sl_layer_read_end(&entry);
    return err;
}

enum sl_err
sl_state_write_frozen(const struct sl_state *state, const struct sl_env *env, MDB_txn *txn)
{
    struct sl_disk_writer writer;
    struct sl_row_sink sink = {.writer = &writer};
    enum sl_err err = state->frozen_error;
    bool is_backlog_due = state->has_frozen_backlog && !state->is_backlog_in_layer;
    sl_disk_writer_open(&writer, env, txn, state);
    for (unsigned i = 0; i < state->table_count && err == SL_OK; i++) {
        const struct sl_table *table = &state->tables[i];
        if (!is_backlog_due || !table->spec->is_backlog) {
            err = write_layer(table, i, &sink);
        }
    }
    if (err == SL_OK && is_backlog_due) {
        state->backlog->write(state->backlog->ctx, &sink);
        err = sink.err;
    }
    if (err == SL_OK) {
        err = sl_disk_writer_finish(&writer);
    }
    sl_disk_writer_close(&writer);
    return err;
}

/* Rows that are all new, on pages half full; packed ones take less. */
static uint64_t new_row_bytes(const struct sl_table_spec *spec, uint64_t rows)
{
    return rows * 2 * (spec->row_size + SL_KEY_BYTES + NODE_BYTES);
}

uint64_t sl_state_rewrite_bytes(const struct sl_state *state, bool has_frozen)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < state->disk.table_count; i++) {
        const MDB_stat *stat = &state->disk.tables[i].stat;
        bytes += sl_env_rewrite_bytes(stat, sl_layer_count(&state->tables[i].active));
        if (has_frozen) {
            bytes += sl_env_rewrite_bytes(stat, sl_layer_count(&state->tables[i].frozen));
        }
        if (state->backlog != NULL && state->tables[i].spec->is_backlog) {
            uint64_t rows = state->backlog->rows(state->backlog->ctx, (unsigned)i, has_frozen);
            bytes += sl_env_rewrite_bytes(stat, rows) + new_row_bytes(state->tables[i].spec, rows);
        }
    }
    return bytes;
}

uint64_t sl_state_free_list_bytes(const struct sl_state *state)
{
    return sl_env_free_list_bytes(&state->disk.free_list);
}

static size_t backlog_bytes(const struct sl_state *state, bool has_frozen)
{
    return state->backlog != NULL ? state->backlog->bytes(state->backlog->ctx, has_frozen) : 0;
}

size_t sl_state_active_bytes(const struct sl_state *state)
{
    size_t bytes = backlog_bytes(state, false);
    for (size_t i = 0; i < state->table_count; i++) {
        bytes += sl_layer_bytes(&state->tables[i].active);
    }
    return bytes;
}

size_t sl_state_written_bytes(const struct sl_state *state)
{
    size_t bytes = state->undo.capacity + backlog_bytes(state, false);
    for (size_t i = 0; i < state->table_count; i++) {
        bool is_derived = state->backlog != NULL && state->tables[i].spec->is_backlog;
        bytes += is_derived ? 0 : sl_layer_bytes(&state->tables[i].active);
    }
    return bytes;
}

size_t sl_state_bytes(const struct sl_state *state)
{
    size_t bytes = state->undo.capacity + backlog_bytes(state, true);
    for (size_t i = 0; i < state->table_count; i++) {
        bytes +=
            sl_layer_bytes(&state->tables[i].active) + sl_layer_bytes(&state->tables[i].frozen);
    }
    return bytes;
}

bool sl_state_is_clean(const struct sl_state *state)
{
    if (backlog_bytes(state, false) > 0) {
        return false;
    }
    for (size_t i = 0; i < state->table_count; i++) {
        if (sl_layer_count(&state->tables[i].active) > 0) {
            return false;
        }
    }
    return true;
}

enum sl_err
sl_state_digest(struct sl_state *state, unsigned table, uint8_t ret_digest[32], uint64_t *ret_rows)
{
    struct sl_sha256 sha;
    sl_state_settle(state);
    enum sl_err err = sl_sha256_init(&sha);
    if (err != SL_OK) {
        return err;
    }
    sl_sha256_begin(&sha);
    uint64_t rows = 0;
    struct sl_state_cursor cursor;
    sl_state_seek(state, table, (struct sl_key){0, 0}, &cursor);
    while (cursor.row != NULL) {
        uint8_t key[SL_KEY_BYTES];
        sl_key_put(key, cursor.key);
        sl_sha256_update(&sha, key, sizeof key);
        sl_sha256_update(&sha, cursor.row, state->tables[table].spec->row_size);
        rows++;
        sl_state_next(state, &cursor);
    }
    err = sl_state_error(state);
    if (err == SL_OK) {
        sl_sha256_finish(&sha, ret_digest);
        *ret_rows = rows;
    }
    sl_sha256_deinit(&sha);
    return err;
}
