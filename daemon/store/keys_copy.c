/* See keys_copy.h. */
#include "store/keys_copy.h"

#include <assert.h>
#include <string.h>

#include "store/env.h"
#include "store/keys_impl.h"

static_assert(sizeof((struct sl_backup_key *)0)->id == sizeof((struct sl_seal_key *)0)->id, "same");
static_assert(sizeof((struct sl_backup_key *)0)->secret == sizeof((struct sl_seal_key *)0)->secret,
              "same");
static_assert(SL_KEY_PAGE_ROWS <= SL_KEYS_GATHERING_MAX,
              "the slots of a page have room in a batch");

struct sl_key_cursor sl_keys_cursor(const struct sl_keys *keys)
{
    return (struct sl_key_cursor){
        .count = keys->made.slots,
        .since = {keys->made.slots > 0 ? keys->made.since : 0},
        .is_at_end = keys->made.slots == 0,
    };
}

/* ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────── */

struct reading {
    struct sl_key_cursor *cursor;
    struct sl_key_page *page;
    size_t looked;
};

static int seek_behind(MDB_cursor *rows,
                       const struct sl_key_cursor *cursor,
                       MDB_val *ret_key,
                       MDB_val *ret_value)
{
    *ret_key = (MDB_val){cursor->customer_len, (void *)(uintptr_t)cursor->customer};
    int code = mdb_cursor_get(rows, ret_key, ret_value,
                              cursor->customer_len == 0 ? MDB_FIRST : MDB_SET_RANGE);
    bool is_there = code == 0 && ret_key->mv_size == cursor->customer_len &&
                    memcmp(ret_key->mv_data, cursor->customer, ret_key->mv_size) == 0;
    return is_there ? mdb_cursor_get(rows, ret_key, ret_value, MDB_NEXT) : code;
}

/* What a backup says of a row; false: nothing. The secret of a live one is still to be read. */
static bool tell(const struct sl_key_row *row,
                 const struct sl_key_cursor *cursor,
                 struct sl_backup_key *ret_key)
{
    *ret_key = (struct sl_backup_key){
        .is_live = row->is_live != 0 && row->slot < cursor->count,
        .erased = {row->erased_us},
        .erased_by_len = row->erased_by_len,
    };
    memcpy(ret_key->erased_by, row->erased_by, sizeof ret_key->erased_by);
    if (ret_key->is_live || row->is_live == 0) {
        memcpy(ret_key->id, row->key_id, sizeof ret_key->id); /* else it is of a later one */
    }
    return ret_key->is_live || row->erased_us != 0;
}

static enum sl_err
take_row(struct sl_keys *keys, const MDB_val *customer, const MDB_val *value, struct reading *to)
{
    struct sl_key_row row;
    struct sl_slice id = {customer->mv_data, customer->mv_size};
    struct sl_slice bytes = {value->mv_data, value->mv_size};
    if (id.len > SL_ID_TEXT_BYTES_MAX ||
        sl_key_row_get(id, bytes, keys->must_be_sealed, &row) != SL_OK) {
        return SL_E_CORRUPT;
    }
    struct sl_backup_key *key = &to->page->keys[to->page->count];
    bool counts = tell(&row, to->cursor, key);
    memcpy(key->customer, customer->mv_data, customer->mv_size);
    key->customer_len = customer->mv_size;
    if (key->is_live) {
        struct sl_seal_key secret = {0};
        enum sl_err err = sl_keys_read_secret(keys, &row, &secret);
        memcpy(key->secret, secret.secret, sizeof key->secret);
        sl_wipe(&secret, sizeof secret);
        if (err != SL_OK) {
            return err;
        }
    }
    memcpy(to->cursor->customer, customer->mv_data, customer->mv_size);
    to->cursor->customer_len = customer->mv_size;
    to->page->count += counts;
    to->looked++;
    return SL_OK;
}

/* From the cursor on, rows of one moment: until the page has looked at enough, or at one that does not have the secret it says. */
static enum sl_err read_rows(struct sl_keys *keys, struct reading *to)
{
    MDB_cursor *rows;
    int code = mdb_txn_renew(keys->reader);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", NULL);
    }
    code = mdb_cursor_open(keys->reader, keys->rows, &rows);
    if (code != 0) {
        mdb_txn_reset(keys->reader);
        return sl_env_error(code, "keys: read", NULL);
    }
    MDB_val key;
    MDB_val value;
    enum sl_err err = SL_OK;
    code = seek_behind(rows, to->cursor, &key, &value);
    while (code == 0 && err == SL_OK && to->looked < SL_KEY_PAGE_ROWS) {
        err = take_row(keys, &key, &value, to);
        if (err == SL_OK) {
            code = mdb_cursor_get(rows, &key, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(rows);
    mdb_txn_reset(keys->reader);
    to->cursor->is_at_end = code == MDB_NOTFOUND;
    return code == 0 || code == MDB_NOTFOUND ? err : sl_env_error(code, "keys: read", NULL);
}

enum sl_err
sl_keys_page(struct sl_keys *keys, struct sl_key_cursor *cursor, struct sl_key_page *ret_page)
{
    ret_page->count = 0;
    if (cursor->is_at_end) {
        return SL_OK;
    }
    struct reading to = {.cursor = cursor, .page = ret_page};
    enum sl_err err = read_rows(keys, &to);
    /* The lane may have destroyed a secret since its row was read; then the row says so by now. */
    for (size_t failed_at = SIZE_MAX; err == SL_E_CORRUPT && to.looked != failed_at;) {
        failed_at = to.looked;
        err = read_rows(keys, &to);
    }
    if (err != SL_OK) {
        sl_wipe(ret_page, sizeof *ret_page);
    }
    return err;
}

/* ── putting ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static int put_rows(struct sl_keys *keys, MDB_txn *txn, const struct sl_key_page *page)
{
    int code = 0;
    for (size_t i = 0; i < page->count && code == 0; i++) {
        const struct sl_backup_key *key = &page->keys[i];
        struct sl_key_row row = {
            .is_live = key->is_live,
            .erased_by_len = (uint8_t)key->erased_by_len,
            .slot = keys->state.slots + i,
            .erased_us = key->erased.v,
        };
        memcpy(row.key_id, key->id, sizeof row.key_id);
        memcpy(row.erased_by, key->erased_by, sizeof row.erased_by);
        code =
            sl_keys_put_row(keys, txn, (struct sl_slice){key->customer, key->customer_len}, &row);
    }
    return code;
}

/* In the memory of the batch, which stays out of core dumps and is empty. A slot that was erased is one that was overwritten. */
static enum sl_err
put_secrets(struct sl_keys *keys, const struct sl_key_page *page, struct sl_diag *diag)
{
    uint8_t(*slots)[SL_KEY_SLOT_BYTES] = keys->gathering->slots;
    for (size_t i = 0; i < page->count; i++) {
        struct sl_seal_key key;
        memset(slots[i], 0, SL_KEY_SLOT_BYTES);
        if (page->keys[i].is_live) {
            memcpy(key.id, page->keys[i].id, sizeof key.id);
            memcpy(key.secret, page->keys[i].secret, sizeof key.secret);
            sl_key_slot_put(&key, slots[i]);
            sl_wipe(&key, sizeof key);
        }
    }
    enum sl_err err = sl_keys_write_secrets(keys, slots[0], keys->state.slots, page->count, diag);
    sl_wipe(slots, page->count * SL_KEY_SLOT_BYTES);
    return err;
}

enum sl_err sl_keys_put(struct sl_keys *keys,
                        sl_seq since,
                        const struct sl_key_page *page,
                        struct sl_diag *diag)
{
    enum sl_err err = keys->mdb == NULL ? sl_keys_make(keys, diag) : SL_OK;
    if (err == SL_OK) {
        err = put_secrets(keys, page, diag);
    }
    if (err != SL_OK) {
        return err;
    }
    struct sl_keys_meta meta = {.slots = keys->state.slots + page->count, .since = since.v};
    MDB_txn *txn;
    int code = mdb_txn_begin(keys->mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", diag);
    }
    err = sl_keys_end(keys, txn, put_rows(keys, txn, page), &meta, diag);
    if (err == SL_OK) {
        keys->made = meta;
    }
    return err;
}
