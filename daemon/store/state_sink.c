/* Writing rows, into the active layer or into a checkpoint's txn. */
#include "store/state_sink.h"

#include <string.h>

void sl_disk_writer_open(struct sl_disk_writer *writer,
                         const struct sl_env *env,
                         MDB_txn *txn,
                         const struct sl_state *state)
{
    *writer = (struct sl_disk_writer){.env = env, .txn = txn};
    for (size_t i = 0; i < state->table_count; i++) {
        writer->tables[i].name = state->tables[i].spec->name;
        writer->tables[i].row_size = state->tables[i].spec->row_size;
        writer->tables[i].seal = sl_value_seal_begin(state->tables[i].spec->name);
        writer->tables[i].packed_rows = state->tables[i].spec->packed_rows;
    }
}

/* The row handed out last is what it shall be. */
static void seal_open(struct sl_disk_writer *writer)
{
    if (writer->open_row != NULL) {
        const struct sl_table_writer *table = writer->open_table;
        sl_row_seal(table->seal, writer->open_key, writer->open_row, table->row_size);
        writer->open_row = NULL;
    }
}

enum sl_err sl_disk_writer_finish(struct sl_disk_writer *writer)
{
    enum sl_err err = SL_OK;
    seal_open(writer);
    for (size_t i = 0; i < SL_STATE_TABLES_MAX && err == SL_OK; i++) {
        if (writer->tables[i].packed != NULL) {
            err = sl_packed_writer_finish(writer->tables[i].packed);
        }
    }
    return err;
}

void sl_disk_writer_close(struct sl_disk_writer *writer)
{
    for (size_t i = 0; i < SL_STATE_TABLES_MAX; i++) {
        sl_packed_writer_close(writer->tables[i].packed);
        if (writer->tables[i].cursor != NULL) {
            mdb_cursor_close(writer->tables[i].cursor);
        }
    }
}

static int find_max(struct sl_table_writer *table)
{
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(table->cursor, &key, &value, MDB_LAST);
    table->is_empty = code == MDB_NOTFOUND;
    if (code == 0) {
        table->max = sl_key_get(key.mv_data);
    }
    return table->is_empty ? 0 : code;
}

static enum sl_err open_table(struct sl_disk_writer *writer, unsigned index)
{
    struct sl_table_writer *table = &writer->tables[index];
    seal_open(writer);
    if (table->cursor != NULL) {
        return SL_OK;
    }
    int code = mdb_cursor_open(writer->txn, writer->env->tables[index], &table->cursor);
    if (code != 0) {
        table->cursor = NULL;
    } else if (table->packed_rows > 0) {
        return sl_packed_writer_open(table->cursor, table->name, table->row_size,
                                     table->packed_rows, &table->packed);
    } else {
        code = find_max(table);
    }
    return sl_env_error(code, "write a state table", NULL);
}

void sl_sink_fail(struct sl_row_sink *sink, enum sl_err err)
{
    if (sink->state != NULL) {
        sl_state_fail(sink->state, err);
    } else if (sink->err == SL_OK) {
        sink->err = err;
    }
}

static bool fails(struct sl_row_sink *sink, enum sl_err err)
{
    if (err != SL_OK) {
        sl_sink_fail(sink, err);
    }
    return sink->err != SL_OK;
}

static bool fails_with(struct sl_row_sink *sink, int code)
{
    return fails(sink, sl_env_error(code, "write a state table", NULL));
}

static void *spare(struct sl_row_sink *sink)
{
    memset(sink->spare, 0, sizeof sink->spare);
    return sink->spare;
}

/* Room for the row of a key; what it holds is undefined. It is sealed by what comes next. */
static void *reserve(struct sl_row_sink *sink, unsigned index, struct sl_key key)
{
    struct sl_table_writer *table = &sink->writer->tables[index];
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, key);
    MDB_val mdb_key = {sizeof bytes, bytes};
    MDB_val value = {table->row_size + SL_ROW_SEAL_BYTES, NULL};
    bool is_last = table->is_empty || sl_key_compare(key, table->max) > 0;
    int code =
        mdb_cursor_put(table->cursor, &mdb_key, &value, MDB_RESERVE | (is_last ? MDB_APPEND : 0u));
    if (code == 0 && is_last) {
        table->max = key;
        table->is_empty = false;
    }
    if (fails_with(sink, code)) {
        return spare(sink);
    }
    sink->writer->open_row = value.mv_data;
    sink->writer->open_table = table;
    memcpy(sink->writer->open_key, bytes, sizeof bytes);
    return value.mv_data;
}

/* The row of a packed table as it stands. */
static void *packed_row(struct sl_row_sink *sink, unsigned index, struct sl_key key)
{
    void *row = NULL;
    enum sl_err err = sl_packed_writer_row(sink->writer->tables[index].packed, key, &row);
    return fails(sink, err) ? spare(sink) : row;
}

/* A state whose savepoint is out of sight while rows that last are written. */
static bool hide_savepoint(const struct sl_row_sink *sink)
{
    bool has_savepoint = sink->state->has_savepoint;
    sink->state->has_savepoint = has_savepoint && !sink->is_lasting;
    return has_savepoint;
}

void sl_sink_put(struct sl_row_sink *sink, unsigned table, struct sl_key key, const void *row)
{
    if (sink->state != NULL) {
        bool has_savepoint = hide_savepoint(sink);
        void *to = sl_state_insert(sink->state, table, key);
        memcpy(to, row, sink->state->tables[table].spec->row_size);
        sink->state->has_savepoint = has_savepoint;
        return;
    }
    if (!fails(sink, open_table(sink->writer, table))) {
        size_t row_size = sink->writer->tables[table].row_size;
        bool is_packed = sink->writer->tables[table].packed != NULL;
        void *to = is_packed ? packed_row(sink, table, key) : reserve(sink, table, key);
        memcpy(to, row, row_size);
    }
}

/* Stands the cursor on the key; the stored row, NULL if there is none. */
static const void *find(struct sl_row_sink *sink, unsigned index, struct sl_key key)
{
    struct sl_table_writer *table = &sink->writer->tables[index];
    uint8_t bytes[SL_KEY_BYTES];
    if (table->is_empty || sl_key_compare(key, table->max) > 0) {
        return NULL;
    }
    sl_key_put(bytes, key);
    MDB_val mdb_key = {sizeof bytes, bytes};
    MDB_val value;
    int code = mdb_cursor_get(table->cursor, &mdb_key, &value, MDB_SET);
    bool is_sound =
        code != 0 || (value.mv_size == table->row_size + SL_ROW_SEAL_BYTES &&
                      sl_row_is_sealed(table->seal, bytes, value.mv_data, table->row_size));
    code = is_sound ? code : MDB_CORRUPTED;
    return code == MDB_NOTFOUND || fails_with(sink, code) ? NULL : value.mv_data;
}

void sl_sink_remove(struct sl_row_sink *sink, unsigned table, struct sl_key key)
{
    if (sink->state != NULL) {
        bool has_savepoint = hide_savepoint(sink);
        sl_state_remove(sink->state, table, key);
        sink->state->has_savepoint = has_savepoint;
        return;
    }
    if (fails(sink, open_table(sink->writer, table))) {
        return;
    }
    struct sl_table_writer *writer = &sink->writer->tables[table];
    if (writer->packed != NULL) {
        (void)fails(sink, sl_packed_writer_remove(writer->packed, key));
    } else if (find(sink, table, key) != NULL) {
        (void)fails_with(sink, mdb_cursor_del(writer->cursor, 0));
    }
}

void *sl_sink_change(struct sl_row_sink *sink, unsigned table, struct sl_key key)
{
    if (sink->state != NULL) {
        bool has_savepoint = hide_savepoint(sink);
        void *row = sl_state_upsert(sink->state, table, key);
        sink->state->has_savepoint = has_savepoint;
        return row;
    }
    if (fails(sink, open_table(sink->writer, table))) {
        return spare(sink);
    }
    if (sink->writer->tables[table].packed != NULL) {
        return packed_row(sink, table, key);
    }
    size_t row_size = sink->writer->tables[table].row_size;
    uint8_t before[SL_ROW_BYTES_MAX] = {0};
    const void *stored = find(sink, table, key);
    if (stored != NULL) {
        memcpy(before, stored, row_size);
    }
    void *row = reserve(sink, table, key);
    memcpy(row, before, row_size);
    return row;
}
