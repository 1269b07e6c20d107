/* Appending with MDB_APPEND, so that LMDB itself refuses a seq out of order and fills its pages; reading in runs. */
#include "store/log_table.h"

#include <string.h>

enum sl_err sl_log_reader_open(struct sl_log_reader *reader, const struct sl_env *env)
{
    *reader = (struct sl_log_reader){0};
    int code = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &reader->txn);
    if (code == 0) {
        code = mdb_cursor_open(reader->txn, env->log, &reader->cursor);
    }
    if (code != 0) {
        sl_log_reader_close(reader);
        return sl_env_error(code, "open the log", NULL);
    }
    reader->is_active = true;
    return SL_OK;
}

void sl_log_reader_close(struct sl_log_reader *reader)
{
    if (reader->cursor != NULL) {
        mdb_cursor_close(reader->cursor);
    }
    if (reader->txn != NULL) {
        mdb_txn_abort(reader->txn);
    }
    *reader = (struct sl_log_reader){0};
}

enum sl_err sl_log_reader_renew(struct sl_log_reader *reader)
{
    sl_log_reader_reset(reader);
    int code = mdb_txn_renew(reader->txn);
    if (code == 0) {
        code = mdb_cursor_renew(reader->txn, reader->cursor);
    }
    reader->is_active = code == 0;
    return sl_env_error(code, "renew the log's txn", NULL);
}

void sl_log_reader_reset(struct sl_log_reader *reader)
{
    if (reader->is_active) {
        mdb_txn_reset(reader->txn);
        reader->is_active = false;
    }
}

enum sl_err sl_log_read(struct sl_log_reader *reader,
                        sl_seq from,
                        size_t max,
                        struct sl_record *records,
                        size_t *ret_count)
{
    uint8_t bytes[8];
    sl_be64_put(bytes, from.v);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value;
    *ret_count = 0;
    int code = mdb_cursor_get(reader->cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && *ret_count < max) {
        sl_seq seq = {from.v + *ret_count};
        if (key.mv_size != sizeof bytes || sl_be64_get(key.mv_data) != seq.v) {
            return SL_E_CORRUPT;
        }
        enum sl_err err =
            sl_record_decode(seq, (struct sl_slice){value.mv_data, value.mv_size}, records);
        if (err != SL_OK) {
            return err;
        }
        records++;
        (*ret_count)++;
        if (*ret_count < max) {
            code = mdb_cursor_get(reader->cursor, &key, &value, MDB_NEXT);
        }
    }
    return code == MDB_NOTFOUND ? SL_OK : sl_env_error(code, "read the log", NULL);
}

int sl_log_put(MDB_cursor *cursor, uint64_t seq, struct sl_slice record)
{
    uint8_t bytes[8];
    sl_be64_put(bytes, seq);
    MDB_val key = {sizeof bytes, bytes};
    MDB_val value = {record.len, NULL};
    int code = mdb_cursor_put(cursor, &key, &value, MDB_APPEND | MDB_RESERVE);
    if (code == 0) {
        memcpy(value.mv_data, record.data, record.len);
    }
    return code;
}

static int append_batch(MDB_cursor *cursor, const struct sl_batch *batch)
{
    struct sl_batch_reader reader;
    sl_batch_read_begin(&reader, batch);
    int code = 0;
    for (uint32_t i = 0; i < batch->count && code == 0; i++) {
        code = sl_log_put(cursor, batch->first_seq + i, sl_batch_read_next(&reader));
    }
    return code;
}

enum sl_err sl_log_append(const struct sl_env *env,
                          MDB_txn *txn,
                          const struct sl_batch *first,
                          const struct sl_batch *last)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, env->log, &cursor);
    if (code != 0) {
        return sl_env_error(code, "open the log", NULL);
    }
    for (const struct sl_batch *batch = first; code == 0; batch = batch->next) {
        code = append_batch(cursor, batch);
        if (batch == last) {
            break;
        }
    }
    mdb_cursor_close(cursor);
    return sl_env_error(code, "append to the log", NULL);
}
