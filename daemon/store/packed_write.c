/* Rows into the groups of a packed table. */
#include <stdlib.h>
#include <string.h>

#include "store/packed.h"

/* Rows of the open group; many, so that a table's end is written in groups that are full. */
#define OPEN_ROWS_MAX ((size_t)4 * SL_GROUP_ROWS_MAX)

struct sl_packed_writer {
    MDB_cursor *cursor; /* borrowed */
    size_t row_size;
    uint32_t seal; /* what the seals of its groups begin with */
    uint32_t group_rows;
    bool is_open;
    bool is_changed;
    bool is_stored;  /* the group lies in LMDB, under `stored` */
    bool has_before; /* keys below `stored` belong to another group */
    bool has_next;   /* keys from `next` on belong to the group after */
    struct sl_key stored;
    struct sl_key next;
    size_t count;
    struct sl_key keys[OPEN_ROWS_MAX]; /* ascending */
    uint64_t rows[OPEN_ROWS_MAX * SL_PACKED_ROW_BYTES_MAX / 8];
    uint8_t bytes[SL_GROUP_BYTES_MAX + 8 + SL_GROUP_SEAL_BYTES];
};

enum sl_err sl_packed_writer_open(MDB_cursor *cursor,
                                  const char *table,
                                  size_t row_size,
                                  uint32_t group_rows,
                                  struct sl_packed_writer **ret_writer)
{
    struct sl_packed_writer *writer = malloc(sizeof *writer);
    if (writer == NULL) {
        return SL_E_NO_MEMORY;
    }
    writer->cursor = cursor;
    writer->row_size = row_size;
    writer->seal = sl_value_seal_begin(table);
    writer->group_rows = group_rows;
    writer->is_open = false;
    *ret_writer = writer;
    return SL_OK;
}

void sl_packed_writer_close(struct sl_packed_writer *writer)
{
    free(writer);
}

static uint8_t *row_at(struct sl_packed_writer *writer, size_t index)
{
    return (uint8_t *)writer->rows + index * writer->row_size;
}

/* ── a group to LMDB ──────────────────────────────────────────────────────────────────────────────────────────── */

static int put_group(struct sl_packed_writer *writer, size_t from, size_t count)
{
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, writer->keys[from]);
    MDB_val key = {sizeof bytes, bytes};
    size_t len = sl_group_pack(writer->keys + from, row_at(writer, from), count, writer->row_size,
                               writer->bytes);
    uint32_t seal = sl_value_seal(writer->seal, bytes, writer->bytes, len);
    memcpy(writer->bytes + len, &seal, sizeof seal);
    MDB_val value = {len + sizeof seal, writer->bytes};
    bool is_in_place = writer->is_stored && sl_key_compare(writer->keys[from], writer->stored) == 0;
    bool is_last = !writer->has_next && !is_in_place;
    return mdb_cursor_put(writer->cursor, &key, &value, is_last ? MDB_APPEND : 0u);
}

static int remove_stored(struct sl_packed_writer *writer)
{
    uint8_t bytes[SL_KEY_BYTES];
    sl_key_put(bytes, writer->stored);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    writer->is_stored = false;
    int code = mdb_cursor_get(writer->cursor, &key, &value, MDB_SET);
    return code == 0 ? mdb_cursor_del(writer->cursor, 0) : code;
}

/* More rows than a group may have become several of about the same size. */
static int write_group(struct sl_packed_writer *writer)
{
    bool has_moved = writer->is_stored &&
                     (writer->count == 0 || sl_key_compare(writer->keys[0], writer->stored) != 0);
    int code = has_moved ? remove_stored(writer) : 0;
    size_t groups = (writer->count + writer->group_rows - 1) / writer->group_rows;
    size_t from = 0;
    for (size_t i = 0; i < groups && code == 0; i++) {
        size_t to = writer->count * (i + 1) / groups;
        code = put_group(writer, from, to - from);
        from = to;
    }
    return code;
}

enum sl_err sl_packed_writer_finish(struct sl_packed_writer *writer)
{
    int code = writer->is_open && writer->is_changed ? write_group(writer) : 0;
    writer->is_open = false;
    return sl_env_error(code, "write a group", NULL);
}

/* ── a group from LMDB ────────────────────────────────────────────────────────────────────────────────────────── */

static enum sl_err unpack(struct sl_packed_writer *writer, const MDB_val *value)
{
    struct sl_group_reader reader;
    enum sl_err err = SL_OK;
    uint8_t key[SL_KEY_BYTES];
    sl_key_put(key, writer->stored);
    if (!sl_group_is_sealed(writer->seal, key, value->mv_data, value->mv_size)) {
        return SL_E_CORRUPT;
    }
    sl_group_read_begin(&reader, writer->stored, value->mv_data,
                        value->mv_size - SL_GROUP_SEAL_BYTES, writer->row_size);
    do {
        if (writer->count == SL_GROUP_ROWS_MAX) {
            return SL_E_CORRUPT;
        }
        err = sl_group_read_next(&reader, row_at(writer, writer->count));
        writer->keys[writer->count++] = reader.key;
    } while (err == SL_OK && sl_group_has_next(&reader));
    return err;
}

/* Which other keys belong to the group that the cursor stands on. It stands on the next one afterwards, if there is one. */
static int look_around(struct sl_packed_writer *writer, struct sl_key key)
{
    MDB_val next;
    MDB_val value;
    writer->has_before = sl_key_compare(writer->stored, key) <= 0;
    int code = mdb_cursor_get(writer->cursor, &next, &value, MDB_NEXT);
    writer->has_next = code == 0;
    if (code != 0) {
        return code == MDB_NOTFOUND ? 0 : code;
    }
    if (next.mv_size != SL_KEY_BYTES) {
        return MDB_CORRUPTED;
    }
    writer->next = sl_key_get(next.mv_data);
    bool is_apart = sl_key_compare(writer->keys[writer->count - 1], writer->next) < 0;
    return is_apart ? 0 : MDB_CORRUPTED;
}

static enum sl_err open_group(struct sl_packed_writer *writer, struct sl_key key)
{
    MDB_val found;
    MDB_val value;
    writer->count = 0;
    writer->is_open = true;
    writer->is_changed = false;
    writer->has_before = false;
    writer->has_next = false;
    int code = sl_packed_find(writer->cursor, key, &found, &value);
    writer->is_stored = code == 0;
    if (code == MDB_NOTFOUND) {
        return SL_OK;
    }
    enum sl_err err = sl_env_error(code, "read a group", NULL);
    if (err != SL_OK) {
        return err;
    }
    writer->stored = sl_key_get(found.mv_data);
    err = unpack(writer, &value);
    return err == SL_OK ? sl_env_error(look_around(writer, key), "read a group", NULL) : err;
}

static bool belongs(const struct sl_packed_writer *writer, struct sl_key key)
{
    return writer->is_open && (!writer->has_before || sl_key_compare(key, writer->stored) >= 0) &&
           (!writer->has_next || sl_key_compare(key, writer->next) < 0);
}

static enum sl_err reach(struct sl_packed_writer *writer, struct sl_key key)
{
    if (belongs(writer, key) && writer->count < OPEN_ROWS_MAX) {
        return SL_OK;
    }
    enum sl_err err = sl_packed_writer_finish(writer);
    return err == SL_OK ? open_group(writer, key) : err;
}

/* ── rows of the open group ───────────────────────────────────────────────────────────────────────────────────── */

/* Where the key lies, or would. */
static size_t find_row(const struct sl_packed_writer *writer, struct sl_key key, bool *ret_is_there)
{
    size_t from = 0;
    size_t to = writer->count;
    *ret_is_there = false;
    if (to > 0 && sl_key_compare(writer->keys[to - 1], key) < 0) {
        return to;
    }
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = sl_key_compare(writer->keys[middle], key);
        if (order == 0) {
            *ret_is_there = true;
            return middle;
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

enum sl_err sl_packed_writer_row(struct sl_packed_writer *writer, struct sl_key key, void **ret_row)
{
    enum sl_err err = reach(writer, key);
    if (err != SL_OK) {
        return err;
    }
    bool is_there;
    size_t at = find_row(writer, key, &is_there);
    writer->is_changed = true;
    if (!is_there) {
        size_t above = writer->count - at;
        memmove(writer->keys + at + 1, writer->keys + at, above * sizeof writer->keys[0]);
        memmove(row_at(writer, at + 1), row_at(writer, at), above * writer->row_size);
        memset(row_at(writer, at), 0, writer->row_size);
        writer->keys[at] = key;
        writer->count++;
    }
    *ret_row = row_at(writer, at);
    return SL_OK;
}

enum sl_err sl_packed_writer_remove(struct sl_packed_writer *writer, struct sl_key key)
{
    enum sl_err err = reach(writer, key);
    bool is_there = false;
    size_t at = err == SL_OK ? find_row(writer, key, &is_there) : 0;
    if (is_there) {
        size_t above = writer->count - at - 1;
        memmove(writer->keys + at, writer->keys + at + 1, above * sizeof writer->keys[0]);
        memmove(row_at(writer, at), row_at(writer, at + 1), above * writer->row_size);
        writer->count--;
        writer->is_changed = true;
    }
    return err;
}
