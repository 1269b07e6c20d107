/* State tables in LMDB: in-place reads through cursors that stay open. */
#include "store/state_disk.h"

#include <string.h>

#include "store/packed.h"

#define ROW_ALIGNMENT 8u

static int last_key(const struct sl_disk_table *table, struct sl_key *ret_max)
{
    MDB_val key;
    MDB_val value;
    int code = mdb_cursor_get(table->cursor, &key, &value, MDB_LAST);
    if (code == 0 && key.mv_size != SL_KEY_BYTES) {
        return MDB_CORRUPTED;
    }
    if (code == 0) {
        *ret_max = sl_key_get(key.mv_data);
    }
    return code;
}

/* Where the last key of the table lies. */
static int find_max(struct sl_disk_table *table)
{
    table->moves++;
    table->refreshes++;
    int code = table->is_packed ? sl_packed_max(table, &table->max) : last_key(table, &table->max);
    table->is_empty = code == MDB_NOTFOUND;
    return code == MDB_NOTFOUND ? 0 : code;
}

/* After each change of the txn. */
static int look_at_table(struct sl_disk_table *table)
{
    int code = mdb_stat(mdb_cursor_txn(table->cursor), mdb_cursor_dbi(table->cursor), &table->stat);
    return code == 0 ? find_max(table) : code;
}

enum sl_err sl_state_disk_open(struct sl_state_disk *disk,
                               const struct sl_env *env,
                               const struct sl_table_spec *specs,
                               size_t count,
                               struct sl_diag *diag)
{
    const char *name = "";
    disk->table_count = count;
    int code = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &disk->txn);
    if (code == 0) {
        code = sl_env_look_at_free_list(disk->txn, &disk->free_list);
    }
    for (size_t i = 0; i < count && code == 0; i++) {
        name = specs[i].name;
        disk->tables[i].row_size = specs[i].row_size;
        disk->tables[i].seal = sl_value_seal_begin(specs[i].name);
        disk->tables[i].is_packed = specs[i].packed_rows > 0;
        code = mdb_cursor_open(disk->txn, env->tables[i], &disk->tables[i].cursor);
        if (code == 0) {
            code = look_at_table(&disk->tables[i]);
        }
    }
    if (code == 0) {
        return SL_OK;
    }
    sl_state_disk_close(disk);
    enum sl_err err = sl_env_error(code, "read", diag);
    return sl_refuse(diag, err, "", "state table %s cannot be read: %s", name, sl_err_text(err));
}

void sl_state_disk_close(struct sl_state_disk *disk)
{
    for (size_t i = 0; i < disk->table_count; i++) {
        if (disk->tables[i].cursor != NULL) {
            mdb_cursor_close(disk->tables[i].cursor);
        }
    }
    if (disk->txn != NULL) {
        mdb_txn_abort(disk->txn);
    }
    *disk = (struct sl_state_disk){0};
}

enum sl_err sl_state_disk_refresh(struct sl_state_disk *disk)
{
    mdb_txn_reset(disk->txn);
    int code = mdb_txn_renew(disk->txn);
    if (code == 0) {
        code = sl_env_look_at_free_list(disk->txn, &disk->free_list);
    }
    for (size_t i = 0; i < disk->table_count && code == 0; i++) {
        code = mdb_cursor_renew(disk->txn, disk->tables[i].cursor);
        if (code == 0) {
            code = look_at_table(&disk->tables[i]);
        }
    }
    return sl_env_error(code, "renew the read txn", NULL);
}

static bool is_row(const struct sl_disk_table *table, const uint8_t *key, const MDB_val *value)
{
    return value->mv_size == table->row_size + SL_ROW_SEAL_BYTES &&
           (uintptr_t)value->mv_data % ROW_ALIGNMENT == 0 &&
           sl_row_is_sealed(table->seal, key, value->mv_data, table->row_size);
}

enum sl_err sl_disk_get(struct sl_disk_table *table, struct sl_key key, const void **ret_row)
{
    *ret_row = NULL;
    if (table->cursor == NULL || table->is_empty || sl_key_compare(key, table->max) > 0) {
        return SL_OK;
    }
    if (table->is_packed) {
        return sl_packed_get(table, key, ret_row);
    }
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, key);
    MDB_val mdb_key = {sizeof bytes, bytes};
    MDB_val value;
    table->moves++;
    int code = mdb_cursor_get(table->cursor, &mdb_key, &value, MDB_SET);
    if (code == MDB_NOTFOUND) {
        return SL_OK;
    }
    if (code != 0) {
        return sl_env_error(code, "read a row", NULL);
    }
    if (!is_row(table, bytes, &value)) {
        return SL_E_CORRUPT;
    }
    *ret_row = value.mv_data;
    return SL_OK;
}

static enum sl_err take_entry(struct sl_disk_table *table,
                              int code,
                              const MDB_val *key,
                              const MDB_val *value,
                              struct sl_disk_entry *entry)
{
    table->moves++;
    *entry = (struct sl_disk_entry){.moves = table->moves};
    if (code == MDB_NOTFOUND) {
        return SL_OK;
    }
    if (code != 0) {
        return sl_env_error(code, "read a row", NULL);
    }
    if (key->mv_size != SL_KEY_BYTES || !is_row(table, key->mv_data, value)) {
        return SL_E_CORRUPT;
    }
    entry->key = sl_key_get(key->mv_data);
    entry->row = value->mv_data;
    return SL_OK;
}

enum sl_err
sl_disk_seek(struct sl_disk_table *table, struct sl_key from, struct sl_disk_entry *entry)
{
    if (table->cursor == NULL || table->is_empty || sl_key_compare(from, table->max) > 0) {
        *entry = (struct sl_disk_entry){0};
        return SL_OK;
    }
    if (table->is_packed) {
        return sl_packed_seek(table, from, entry);
    }
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, from);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    int code = mdb_cursor_get(table->cursor, &key, &value, MDB_SET_RANGE);
    return take_entry(table, code, &key, &value, entry);
}

enum sl_err sl_disk_next(struct sl_disk_table *table, struct sl_disk_entry *entry)
{
    MDB_val key;
    MDB_val value;
    if (table->is_packed) {
        return sl_packed_next(table, entry);
    }
    if (entry->moves != table->moves) {
        struct sl_key from = entry->key;
        enum sl_err err = sl_disk_seek(table, from, entry);
        if (err != SL_OK || entry->row == NULL || sl_key_compare(entry->key, from) > 0) {
            return err;
        }
    }
    int code = mdb_cursor_get(table->cursor, &key, &value, MDB_NEXT);
    return take_entry(table, code, &key, &value, entry);
}

enum sl_err
sl_disk_last(struct sl_disk_table *table, struct sl_key upto, struct sl_disk_entry *entry)
{
    *entry = (struct sl_disk_entry){0};
    if (table->cursor == NULL || table->is_empty) {
        return SL_OK;
    }
    if (table->is_packed) {
        return sl_packed_last(table, upto, entry);
    }
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, upto);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    int code;
    if (sl_key_compare(upto, table->max) >= 0) {
        code = mdb_cursor_get(table->cursor, &key, &value, MDB_LAST);
        return take_entry(table, code, &key, &value, entry);
    }
    code = mdb_cursor_get(table->cursor, &key, &value, MDB_SET_RANGE);
    if (code == 0 && memcmp(key.mv_data, bytes, sizeof bytes) != 0) {
        code = mdb_cursor_get(table->cursor, &key, &value, MDB_PREV);
    }
    return take_entry(table, code, &key, &value, entry);
}
