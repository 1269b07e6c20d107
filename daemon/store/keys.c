/* What happens to keys: looked for, added, made durable, destroyed. */
#include "store/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "store/env.h"
#include "store/keys_impl.h"

/* Of LMDB at most: for a key its row, on pages half full; for a txn the pages on the way to the first row, those of meta and of the list
 * of tables. */
#define ROW_BYTES_MAX ((uint64_t)512)
#define TXN_BYTES_MAX ((uint64_t)64 * 1024)

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static MDB_val value_of(struct sl_slice bytes)
{
    return (MDB_val){bytes.len,
                     (void *)(uintptr_t)bytes.data}; /* LMDB's parameters are not const */
}

/* SL_E_NOT_FOUND if there is none. */
static enum sl_err get_row(const struct sl_keys *keys,
                           MDB_txn *txn,
                           struct sl_slice customer,
                           struct sl_key_row *ret_row)
{
    *ret_row = (struct sl_key_row){0};
    MDB_val key = value_of(customer);
    MDB_val value;
    int code = mdb_get(txn, keys->rows, &key, &value);
    if (code != 0) {
        return sl_env_error(code, "keys: read a row", NULL);
    }
    struct sl_slice bytes = {value.mv_data, value.mv_size};
    return sl_key_row_get(customer, bytes, keys->must_be_sealed, ret_row);
}

int sl_keys_put_row(const struct sl_keys *keys,
                    MDB_txn *txn,
                    struct sl_slice customer,
                    struct sl_key_row *row)
{
    size_t len = sl_key_row_seal(customer, row);
    MDB_val key = value_of(customer);
    MDB_val value = value_of((struct sl_slice){(const uint8_t *)row, len});
    return mdb_put(txn, keys->rows, &key, &value, 0);
}

static int put_meta(const struct sl_keys *keys, MDB_txn *txn, struct sl_keys_meta *meta)
{
    memcpy(meta->ledger_id, keys->ledger_id, sizeof meta->ledger_id);
    meta->has_sealed_rows = keys->must_be_sealed;
    sl_keys_meta_seal(meta);
    MDB_val key = value_of(SL_SLICE_LIT("keys"));
    MDB_val value = value_of((struct sl_slice){(const uint8_t *)meta, sizeof *meta});
    return mdb_put(txn, keys->meta, &key, &value, 0);
}

/* ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool find_in(struct sl_key_batch *batch,
                    struct sl_slice customer,
                    struct sl_key_found *found,
                    struct sl_seal_key *ret_key)
{
    int64_t item = sl_key_batch_find(batch, customer);
    if (item < 0) {
        return false;
    }
    struct sl_seal_key key;
    const uint8_t *slot = batch->slots[item];
    memcpy(found->key_id, slot + SL_KEY_SLOT_ID, sizeof found->key_id);
    bool is_key = sl_key_slot_get(slot, found->key_id, &key);
    SL_ASSERT(is_key);
    found->state = SL_KEY_LIVE;
    if (ret_key != NULL) {
        *ret_key = key;
    }
    sl_wipe(&key, sizeof key);
    return true;
}

/* How many of its bytes there are; -1 with errno. */
static ssize_t read_slot(const struct sl_keys *keys, uint64_t at, uint8_t slot[SL_KEY_SLOT_BYTES])
{
    size_t done = 0;
    ssize_t got = 1;
    while (done < SL_KEY_SLOT_BYTES && got != 0) {
        got = pread(keys->secrets_fd, slot + done, SL_KEY_SLOT_BYTES - done,
                    (off_t)(at * SL_KEY_SLOT_BYTES + done));
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

enum sl_err sl_keys_read_secret(const struct sl_keys *keys,
                                const struct sl_key_row *row,
                                struct sl_seal_key *ret_key)
{
    uint8_t slot[SL_KEY_SLOT_BYTES];
    ssize_t got = read_slot(keys, row->slot, slot);
    bool is_whole = got == (ssize_t)sizeof slot && sl_key_slot_get(slot, row->key_id, ret_key);
    sl_wipe(slot, sizeof slot);
    return is_whole ? SL_OK : got < 0 ? SL_E_IO : SL_E_CORRUPT;
}

static enum sl_err
read_row(struct sl_keys *keys, struct sl_slice customer, struct sl_key_row *ret_row)
{
    int code = mdb_txn_renew(keys->reader);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", NULL);
    }
    enum sl_err err = get_row(keys, keys->reader, customer, ret_row);
    mdb_txn_reset(keys->reader);
    return err;
}

static void tell_row(const struct sl_key_row *row, struct sl_key_found *found)
{
    found->state = row->is_live != 0 ? SL_KEY_LIVE : SL_KEY_ERASED;
    found->is_durable = true;
    memcpy(found->key_id, row->key_id, sizeof found->key_id);
    found->erased = (sl_time){row->erased_us};
    found->erased_by_len = row->erased_by_len;
    memcpy(found->erased_by, row->erased_by, sizeof found->erased_by);
}

enum sl_err sl_keys_find(struct sl_keys *keys,
                         struct sl_slice customer,
                         struct sl_key_found *ret_found,
                         struct sl_seal_key *ret_key)
{
    *ret_found = (struct sl_key_found){.state = SL_KEY_NONE};
    bool can_be_there =
        keys->mdb != NULL && customer.len > 0 && customer.len <= SL_ID_TEXT_BYTES_MAX;
    if (!can_be_there) {
        return SL_OK;
    }
    struct sl_key_row row = {0};
    enum sl_err err = read_row(keys, customer, &row);
    if (err == SL_OK) {
        tell_row(&row, ret_found);
    }
    /* A new key counts more than what is left of one that was erased. */
    if ((err == SL_OK || err == SL_E_NOT_FOUND) && ret_found->state != SL_KEY_LIVE) {
        struct sl_key_found fresh = *ret_found;
        fresh.is_durable = false;
        if (find_in(keys->gathering, customer, &fresh, ret_key) ||
            find_in(keys->flight, customer, &fresh, ret_key)) {
            *ret_found = fresh;
        }
        return SL_OK;
    }
    if (err != SL_OK || ret_key == NULL) {
        return err;
    }
    err = sl_keys_read_secret(keys, &row, ret_key);
    /* The lane may have destroyed it since the row was read; then the row says so by now. */
    if (err == SL_E_CORRUPT && read_row(keys, customer, &row) == SL_OK && row.is_live == 0) {
        tell_row(&row, ret_found);
        err = SL_OK;
    }
    return err;
}

uint64_t sl_keys_since(struct sl_keys *keys)
{
    struct sl_keys_meta meta = {0};
    if (keys->mdb == NULL) {
        return UINT64_MAX;
    }
    enum sl_err err = sl_keys_read_meta(keys, &meta, NULL);
    return err != SL_OK ? 1 : meta.slots == 0 ? UINT64_MAX : meta.since;
}

/* ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────── */

enum sl_err sl_keys_add(struct sl_keys *keys,
                        uint64_t seq,
                        struct sl_slice customer,
                        const struct sl_seal_key *key,
                        struct sl_diag *diag)
{
    SL_ASSERT(!keys->is_read_only);
    enum sl_err err = keys->mdb == NULL ? sl_keys_make(keys, diag) : SL_OK;
    if (err == SL_OK && keys->gathering->count == SL_KEYS_GATHERING_MAX) {
        err = SL_E_BUSY;
    }
    if (err == SL_OK) {
        err = sl_keys_reserve(keys, 1, diag);
    }
    if (err == SL_OK) {
        sl_key_batch_add(keys->gathering, seq, customer, key);
    }
    return err;
}

bool sl_keys_may_add(const struct sl_keys *keys, size_t count)
{
    return keys->gathering == NULL || count <= SL_KEYS_GATHERING_MAX - keys->gathering->count;
}

void sl_keys_retract(struct sl_keys *keys, uint64_t seq)
{
    if (keys->gathering != NULL) {
        sl_key_batch_retract(keys->gathering, seq);
    }
}

bool sl_keys_close_batch(struct sl_keys *keys)
{
    if (keys->gathering == NULL || keys->gathering->count == 0) {
        return false;
    }
    SL_ASSERT(keys->flight->count == 0);
    struct sl_key_batch *closed = keys->gathering;
    keys->gathering = keys->flight;
    keys->flight = closed;
    return true;
}

void sl_keys_committed(struct sl_keys *keys)
{
    keys->made.since = keys->made.slots == 0 ? keys->flight->items[0].seq : keys->made.since;
    keys->made.slots += keys->flight->count;
    sl_key_batch_retract(keys->flight, 0);
}

/* ── room on the disk ─────────────────────────────────────────────────────────────────────────────────────────── */

/* What a txn with so many keys may add to data.mdb. */
static uint64_t txn_bound(const struct sl_keys *keys, uint64_t count)
{
    return count * ROW_BYTES_MAX + sl_env_rewrite_bytes(&keys->rows_stat, count) +
           sl_env_free_list_bytes(&keys->free_list) + TXN_BYTES_MAX;
}

uint64_t sl_keys_bound(const struct sl_keys *keys)
{
    uint64_t count = keys->gathering != NULL ? keys->gathering->count + keys->flight->count : 0;
    return count == 0 ? 0
                      : count * SL_KEY_SLOT_BYTES + txn_bound(keys, keys->gathering->count) +
                            txn_bound(keys, keys->flight->count);
}

static enum sl_err look_at_pages(struct sl_keys *keys, struct sl_diag *diag)
{
    int code = mdb_txn_renew(keys->reader);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", diag);
    }
    code = mdb_stat(keys->reader, keys->rows, &keys->rows_stat);
    if (code == 0) {
        code = sl_env_look_at_free_list(keys->reader, &keys->free_list);
    }
    mdb_txn_reset(keys->reader);
    return sl_env_error(code, "keys: look at the tables", diag);
}

enum sl_err sl_keys_reserve(struct sl_keys *keys, uint32_t more, struct sl_diag *diag)
{
    if (keys->mdb == NULL) {
        return SL_OK;
    }
    enum sl_err err = look_at_pages(keys, diag);
    if (err != SL_OK) {
        return err;
    }
    uint64_t count = keys->gathering->count + more;
    uint64_t slots = keys->made.slots + keys->flight->count + count;
    uint64_t bytes =
        txn_bound(keys, count) + txn_bound(keys, keys->flight->count) + txn_bound(keys, 1);
    uint64_t end = sl_env_size(keys->mdb).used + bytes;
    err = sl_env_reserve(keys->mdb, keys->ops, end, &keys->reserved, diag);
    if (err != SL_OK) {
        sl_diag_wrap(diag, "keys");
        return err;
    }
    return sl_file_reserve(keys->ops, keys->secrets_fd, slots * SL_KEY_SLOT_BYTES,
                           &keys->reserved_secrets) == SL_OK
               ? SL_OK
               : sl_file_error(errno, "keys: reserve space for secrets", diag);
}

/* ── on the lane ──────────────────────────────────────────────────────────────────────────────────────────────── */

enum sl_err sl_keys_write_secrets(const struct sl_keys *keys,
                                  const uint8_t *slots,
                                  uint64_t first,
                                  size_t count,
                                  struct sl_diag *diag)
{
    struct iovec part = {(void *)(uintptr_t)slots, count * SL_KEY_SLOT_BYTES};
    off_t offset = (off_t)(first * SL_KEY_SLOT_BYTES);
    if (sl_file_write_all(keys->ops, keys->secrets_fd, &part, 1, offset) != SL_OK) {
        return sl_file_error(errno, "keys: write secrets", diag);
    }
    if (keys->ops->fdatasync(keys->ops, keys->secrets_fd) != 0) {
        return sl_file_error(errno, "keys: flush secrets", diag);
    }
    return SL_OK;
}

static enum sl_err overwrite(const struct sl_keys *keys, uint64_t slot, struct sl_diag *diag)
{
    static const uint8_t zeros[SL_KEY_SLOT_BYTES];
    return sl_keys_write_secrets(keys, zeros, slot, 1, diag);
}

enum sl_err sl_keys_finish_erasure(const struct sl_keys *keys, struct sl_diag *diag)
{
    static const uint8_t unknown[SL_SEAL_KEY_ID_BYTES];
    const struct sl_keys_meta *meta = &keys->state;
    if (meta->overwritten == 0) {
        return SL_OK;
    }
    uint64_t at = meta->overwritten - 1;
    uint8_t slot[SL_KEY_SLOT_BYTES] = {0};
    if (read_slot(keys, at, slot) < 0) {
        return sl_file_error(errno, "keys: read secrets", diag);
    }
    struct sl_seal_key key;
    const uint8_t *id = slot + SL_KEY_SLOT_ID;
    bool is_other = memcmp(meta->overwritten_key, unknown, sizeof unknown) != 0 &&
                    memcmp(id, meta->overwritten_key, sizeof unknown) != 0 &&
                    sl_key_slot_get(slot, id, &key);
    sl_wipe(&key, sizeof key);
    sl_wipe(slot, sizeof slot);
    if (is_other) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "keys/secrets: in slot %" PRIu64
                         ", whose key was erased as keys/data.mdb says, lies another one",
                         at);
    }
    return overwrite(keys, at, diag);
}

enum sl_err sl_keys_end(
    struct sl_keys *keys, MDB_txn *txn, int code, struct sl_keys_meta *meta, struct sl_diag *diag)
{
    if (code == 0) {
        code = put_meta(keys, txn, meta);
    }
    if (code != 0) {
        mdb_txn_abort(txn);
        return sl_env_error(code, "keys: write rows", diag);
    }
    code = mdb_txn_commit(txn);
    if (code == 0) {
        keys->state = *meta;
    }
    return sl_env_error(code, "keys: commit", diag);
}

/* What is left of an earlier key stays in the row. */
static int put_new_row(const struct sl_keys *keys, MDB_txn *txn, uint32_t item)
{
    const struct sl_key_batch *batch = keys->flight;
    struct sl_slice customer = {batch->items[item].customer, batch->items[item].customer_len};
    struct sl_key_row row;
    enum sl_err err = get_row(keys, txn, customer, &row);
    if (err != SL_OK && err != SL_E_NOT_FOUND) {
        return MDB_CORRUPTED;
    }
    row.is_live = 1;
    row.slot = keys->state.slots + item;
    memcpy(row.key_id, batch->slots[item] + SL_KEY_SLOT_ID, sizeof row.key_id);
    return sl_keys_put_row(keys, txn, customer, &row);
}

static enum sl_err commit(struct sl_keys *keys, struct sl_diag *diag)
{
    const struct sl_key_batch *batch = keys->flight;
    struct sl_keys_meta meta = keys->state;
    enum sl_err err = sl_keys_write_secrets(keys, batch->slots[0], meta.slots, batch->count, diag);
    if (err != SL_OK) {
        return err;
    }
    MDB_txn *txn;
    int code = mdb_txn_begin(keys->mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", diag);
    }
    for (uint32_t i = 0; i < batch->count && code == 0; i++) {
        code = put_new_row(keys, txn, i);
    }
    meta.since = meta.slots == 0 ? batch->items[0].seq : meta.since;
    meta.slots += batch->count;
    return sl_keys_end(keys, txn, code, &meta, diag);
}

/* Neither file is written to again: what was on its way when one failed is refused. */
static enum sl_err check_sound(const struct sl_keys *keys, struct sl_diag *diag)
{
    return keys->has_failed
               ? sl_refuse(diag, SL_E_STOPPED, "", "keys: nothing is written after a failure")
               : SL_OK;
}

enum sl_err sl_keys_commit(struct sl_keys *keys, struct sl_diag *diag)
{
    enum sl_err err = check_sound(keys, diag);
    if (err == SL_OK) {
        err = commit(keys, diag);
    }
    keys->has_failed = err != SL_OK;
    return err;
}

/* The tombstone. From here on nobody uses the key. */
static enum sl_err
bury(struct sl_keys *keys, const struct sl_erasure *erasure, struct sl_diag *diag)
{
    struct sl_keys_meta meta = keys->state;
    struct sl_slice customer = {erasure->customer, erasure->customer_len};
    MDB_txn *txn;
    int code = mdb_txn_begin(keys->mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "keys: begin", diag);
    }
    struct sl_key_row row;
    enum sl_err err = get_row(keys, txn, customer, &row);
    if (err != SL_OK || row.is_live == 0) {
        mdb_txn_abort(txn);
        return sl_refuse(diag, SL_E_CORRUPT, "", "keys: the row of a key to be erased is gone");
    }
    row.is_live = 0;
    row.erased_us = erasure->when.v;
    row.erased_by_len = (uint8_t)erasure->actor_len;
    memcpy(row.erased_by, erasure->actor, sizeof row.erased_by);
    meta.overwritten = row.slot + 1;
    memcpy(meta.overwritten_key, row.key_id, sizeof meta.overwritten_key);
    code = sl_keys_put_row(keys, txn, customer, &row);
    return sl_keys_end(keys, txn, code, &meta, diag);
}

static enum sl_err
erase(struct sl_keys *keys, const struct sl_erasure *erasure, struct sl_diag *diag)
{
    enum sl_err err = bury(keys, erasure, diag);
    return err == SL_OK ? overwrite(keys, keys->state.overwritten - 1, diag) : err;
}

enum sl_err
sl_keys_erase(struct sl_keys *keys, const struct sl_erasure *erasure, struct sl_diag *diag)
{
    enum sl_err err = check_sound(keys, diag);
    if (err == SL_OK) {
        err = erase(keys, erasure, diag);
    }
    keys->has_failed = err != SL_OK;
    return err;
}
