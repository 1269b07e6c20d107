/* Rows out of the groups of a packed table. */
#include <string.h>

#include "store/packed.h"

static int check_key(int code, const MDB_val *key)
{
    return code == 0 && key->mv_size != SL_KEY_BYTES ? MDB_CORRUPTED : code;
}

int sl_packed_find(MDB_cursor *cursor, struct sl_key key, MDB_val *ret_key, MDB_val *ret_value)
{
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, key);
    *ret_key = (MDB_val){sizeof bytes, bytes};
    int code = check_key(mdb_cursor_get(cursor, ret_key, ret_value, MDB_SET_RANGE), ret_key);
    if (code == MDB_NOTFOUND) {
        return check_key(mdb_cursor_get(cursor, ret_key, ret_value, MDB_LAST), ret_key);
    }
    if (code != 0 || memcmp(ret_key->mv_data, bytes, sizeof bytes) == 0) {
        return code;
    }
    code = mdb_cursor_get(cursor, ret_key, ret_value, MDB_PREV);
    if (code == MDB_NOTFOUND) {
        code = mdb_cursor_get(cursor, ret_key, ret_value, MDB_FIRST);
    }
    return check_key(code, ret_key);
}

static enum sl_err begin_group(const struct sl_disk_table *table,
                               const MDB_val *key,
                               const MDB_val *value,
                               struct sl_disk_entry *entry)
{
    if (!sl_group_is_sealed(table->seal, key->mv_data, value->mv_data, value->mv_size)) {
        return SL_E_CORRUPT;
    }
    entry->moves = table->moves;
    entry->refreshes = table->refreshes;
    entry->group = sl_key_get(key->mv_data);
    sl_group_read_begin(&entry->reader, entry->group, value->mv_data,
                        value->mv_size - SL_GROUP_SEAL_BYTES, table->row_size);
    return SL_OK;
}

/* Stands on the key's group. The table is not empty, so that there is one. */
static enum sl_err
open_group(struct sl_disk_table *table, struct sl_key key, struct sl_disk_entry *entry)
{
    MDB_val found;
    MDB_val value;
    table->moves++;
    entry->row = NULL;
    int code = sl_packed_find(table->cursor, key, &found, &value);
    return code == 0 ? begin_group(table, &found, &value, entry)
                     : sl_env_error(code, "read a group", NULL);
}

static enum sl_err take_row(struct sl_disk_entry *entry)
{
    enum sl_err err = sl_group_read_next(&entry->reader, entry->unpacked);
    entry->key = entry->reader.key;
    entry->row = err == SL_OK ? entry->unpacked : NULL;
    return err;
}

/* The first row of the group after the entry's. */
static enum sl_err leave_group(struct sl_disk_table *table, struct sl_disk_entry *entry)
{
    MDB_val key;
    MDB_val value;
    int code = 0;
    entry->row = NULL;
    if (entry->moves != table->moves) {
        uint8_t bytes[SL_KEY_BYTES];
        sl_key_put(bytes, entry->group);
        key = (MDB_val){sizeof bytes, bytes};
        code = mdb_cursor_get(table->cursor, &key, &value, MDB_SET);
        code = code == MDB_NOTFOUND ? MDB_CORRUPTED : code; /* it was there in this very txn */
    }
    if (code == 0) {
        code = check_key(mdb_cursor_get(table->cursor, &key, &value, MDB_NEXT), &key);
    }
    table->moves++;
    if (code == MDB_NOTFOUND) {
        return SL_OK;
    }
    if (code != 0) {
        return sl_env_error(code, "read a group", NULL);
    }
    struct sl_key before = entry->key;
    enum sl_err err = begin_group(table, &key, &value, entry);
    if (err != SL_OK) {
        return err;
    }
    return sl_key_compare(entry->group, before) > 0 ? take_row(entry) : SL_E_CORRUPT;
}

/* Reads on in the group until a row's key is not below `key`; without a row if the group has none. */
static enum sl_err read_until(struct sl_disk_entry *entry, struct sl_key key)
{
    enum sl_err err = take_row(entry);
    while (err == SL_OK && sl_key_compare(entry->key, key) < 0) {
        if (!sl_group_has_next(&entry->reader)) {
            entry->row = NULL;
            return SL_OK;
        }
        err = take_row(entry);
    }
    return err;
}

enum sl_err sl_packed_get(struct sl_disk_table *table, struct sl_key key, const void **ret_row)
{
    struct sl_disk_entry entry;
    enum sl_err err = open_group(table, key, &entry);
    if (err == SL_OK) {
        err = read_until(&entry, key);
    }
    if (err == SL_OK && entry.row != NULL && sl_key_compare(entry.key, key) == 0) {
        memcpy(table->row, entry.row, table->row_size);
        *ret_row = table->row;
    }
    return err;
}

enum sl_err
sl_packed_seek(struct sl_disk_table *table, struct sl_key from, struct sl_disk_entry *entry)
{
    enum sl_err err = open_group(table, from, entry);
    if (err == SL_OK) {
        err = read_until(entry, from);
    }
    return err == SL_OK && entry->row == NULL ? leave_group(table, entry) : err;
}

enum sl_err sl_packed_next(struct sl_disk_table *table, struct sl_disk_entry *entry)
{
    if (entry->refreshes != table->refreshes) { /* the group's bytes may be others by now */
        struct sl_key from = entry->key;
        enum sl_err err = sl_disk_seek(table, from, entry); /* the table may be empty by now */
        if (err != SL_OK || entry->row == NULL || sl_key_compare(entry->key, from) > 0) {
            return err;
        }
    }
    return sl_group_has_next(&entry->reader) ? take_row(entry) : leave_group(table, entry);
}

enum sl_err
sl_packed_last(struct sl_disk_table *table, struct sl_key upto, struct sl_disk_entry *entry)
{
    struct sl_disk_entry row;
    enum sl_err err = open_group(table, upto, &row);
    bool has_more = true;
    while (err == SL_OK && has_more) {
        err = take_row(&row);
        has_more = err == SL_OK && sl_key_compare(row.key, upto) <= 0;
        if (has_more) {
            memcpy(table->row, row.row, table->row_size);
            *entry = (struct sl_disk_entry){.key = row.key, .row = table->row, .moves = row.moves};
            has_more = sl_group_has_next(&row.reader);
        }
    }
    return err;
}

int sl_packed_max(struct sl_disk_table *table, struct sl_key *ret_max)
{
    MDB_val key;
    MDB_val value;
    int code = check_key(mdb_cursor_get(table->cursor, &key, &value, MDB_LAST), &key);
    if (code != 0) {
        return code;
    }
    struct sl_disk_entry entry;
    enum sl_err err = begin_group(table, &key, &value, &entry);
    if (err == SL_OK) {
        err = take_row(&entry);
    }
    while (err == SL_OK && sl_group_has_next(&entry.reader)) {
        err = take_row(&entry);
    }
    *ret_max = entry.key;
    return err == SL_OK ? 0 : MDB_CORRUPTED;
}
