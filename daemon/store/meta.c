/* Reading and writing the meta rows. */
#include "store/meta.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/row_seal.h"

struct genesis_row {
    uint32_t format;
    uint32_t policy;
    int64_t created;
    uint8_t ledger_id[16];
    char timezone[64];
    char currency[8];
};

struct table_row {
    char name[56];
    uint32_t row_size;
    uint32_t version;
};

/* And room for what is behind them. */
struct table_list {
    struct table_row rows[SL_STATE_TABLES_MAX + 1];
};

static_assert(sizeof(struct genesis_row) == 104, "no padding");
static_assert(sizeof(struct sl_meta_head) == 64, "no padding");
static_assert(sizeof(struct table_row) == 64, "no padding");

#define SEAL_BYTES         sizeof(uint64_t)
#define SEAL_VERSION_SHIFT 16u /* above the table's own version */

static MDB_val key_of(const char *name, char buf[16])
{
    int len = snprintf(buf, 16, "%s", name);
    SL_ASSERT(len > 0 && len < 16);
    return (MDB_val){(size_t)len, buf};
}

/* Into reserved space: LMDB's parameters are not const. */
static enum sl_err
put_row(const struct sl_env *env, MDB_txn *txn, const char *name, const void *row, size_t size)
{
    char buf[16];
    MDB_val key = key_of(name, buf);
    MDB_val value = {size, NULL};
    int code = mdb_put(txn, env->meta, &key, &value, MDB_RESERVE);
    if (code == 0) {
        memcpy(value.mv_data, row, size);
    }
    return sl_env_error(code, "write meta", NULL);
}

static enum sl_err get_row(const struct sl_env *env, MDB_txn *txn, const char *name, MDB_val *value)
{
    char buf[16];
    MDB_val key = key_of(name, buf);
    return sl_env_error(mdb_get(txn, env->meta, &key, value), "read meta", NULL);
}

/* Never 0. */
static uint32_t seal_of(const MDB_val *genesis, struct sl_meta_head head)
{
    head.seal = 0;
    uint32_t seal = sl_crc32c(0, genesis->mv_data, genesis->mv_size);
    seal = sl_crc32c(seal, &head, sizeof head);
    return seal != 0 ? seal : 1;
}

static void encode_genesis(const struct sl_genesis *genesis, struct genesis_row *row)
{
    *row = (struct genesis_row){
        .format = SL_FORMAT,
        .policy = genesis->policy,
        .created = genesis->created.v,
    };
    memcpy(row->ledger_id, genesis->ledger_id, sizeof row->ledger_id);
    (void)snprintf(row->timezone, sizeof row->timezone, "%s", genesis->timezone);
    (void)snprintf(row->currency, sizeof row->currency, "%s", genesis->currency);
}

enum sl_err
sl_meta_create(const struct sl_env *env, const struct sl_genesis *genesis, struct sl_diag *diag)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->mdb, NULL, 0, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", diag);
    }
    struct genesis_row row;
    encode_genesis(genesis, &row);
    enum sl_err err = put_row(env, txn, "genesis", &row, sizeof row);
    if (err == SL_OK) {
        struct sl_meta_head head = {.last_recorded = genesis->created.v};
        err = sl_meta_put_head(env, txn, &head);
    }
    if (err != SL_OK) {
        mdb_txn_abort(txn);
        return sl_refuse(diag, err, "", "write the genesis");
    }
    return sl_env_error(mdb_txn_commit(txn), "commit the genesis", diag);
}

static enum sl_err
read_genesis(const MDB_val *value, struct sl_genesis *ret_genesis, struct sl_diag *diag)
{
    struct genesis_row row;
    uint32_t format;
    if (value->mv_size < sizeof format) {
        return SL_E_CORRUPT;
    }
    memcpy(&format, value->mv_data, sizeof format);
    if (format != SL_FORMAT) {
        return sl_refuse(diag, SL_E_FORMAT, "", "it is %" PRIu32 ", this version reads %u", format,
                         SL_FORMAT);
    }
    if (value->mv_size != sizeof row) {
        return SL_E_CORRUPT;
    }
    memcpy(&row, value->mv_data, sizeof row);
    if (memchr(row.timezone, '\0', sizeof row.timezone) == NULL ||
        memchr(row.currency, '\0', sizeof ret_genesis->currency) == NULL) {
        return SL_E_CORRUPT;
    }
    *ret_genesis = (struct sl_genesis){.policy = row.policy, .created = {row.created}};
    memcpy(ret_genesis->ledger_id, row.ledger_id, sizeof row.ledger_id);
    memcpy(ret_genesis->timezone, row.timezone, sizeof row.timezone);
    memcpy(ret_genesis->currency, row.currency, sizeof ret_genesis->currency);
    return SL_OK;
}

static enum sl_err read_head(const struct sl_env *env,
                             MDB_txn *txn,
                             const MDB_val *genesis,
                             struct sl_meta_head *ret_head,
                             struct sl_diag *diag)
{
    MDB_val value;
    MDB_stat log;
    enum sl_err err = get_row(env, txn, "head", &value);
    if (err != SL_OK) {
        return err == SL_E_NOT_FOUND ? SL_E_CORRUPT : err;
    }
    if (value.mv_size != sizeof *ret_head) {
        return SL_E_CORRUPT;
    }
    memcpy(ret_head, value.mv_data, sizeof *ret_head);
    if (ret_head->seal != 0 && ret_head->seal != seal_of(genesis, *ret_head)) {
        return sl_refuse(diag, SL_E_CORRUPT, "",
                         "data.mdb (table meta): genesis and head do not have their checksum");
    }
    int code = mdb_stat(txn, env->log, &log);
    if (code == 0 && log.ms_entries != ret_head->checkpointed) {
        return sl_refuse(
            diag, SL_E_CORRUPT, "",
            "data.mdb (table log): it has %zu records, the last checkpoint was at seq %" PRIu64,
            log.ms_entries, ret_head->checkpointed);
    }
    return sl_env_error(code, "read meta", diag);
}

enum sl_err sl_meta_read(const struct sl_env *env,
                         struct sl_genesis *ret_genesis,
                         struct sl_meta_head *ret_head,
                         struct sl_diag *diag)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", diag);
    }
    MDB_val genesis;
    enum sl_err err = get_row(env, txn, "genesis", &genesis);
    if (err == SL_OK) {
        err = read_genesis(&genesis, ret_genesis, diag);
    } else if (err == SL_E_NOT_FOUND) {
        err = SL_E_NOT_LEDGER;
    }
    if (err == SL_OK) {
        err = read_head(env, txn, &genesis, ret_head, diag);
    }
    mdb_txn_abort(txn);
    bool is_told = err == SL_OK || err == SL_E_FORMAT || (diag != NULL && diag->message[0] != '\0');
    return is_told ? err : sl_refuse(diag, err, "", "meta: %s", sl_err_text(err));
}

enum sl_err
sl_meta_put_head(const struct sl_env *env, MDB_txn *txn, const struct sl_meta_head *head)
{
    MDB_val genesis;
    enum sl_err err = get_row(env, txn, "genesis", &genesis);
    if (err != SL_OK) {
        return err;
    }
    struct sl_meta_head sealed = *head;
    sealed.seal = seal_of(&genesis, sealed);
    return put_row(env, txn, "head", &sealed, sizeof sealed);
}

static void encode_tables(const struct sl_table_spec *specs, size_t count, struct table_row *rows)
{
    for (size_t i = 0; i < count; i++) {
        SL_ASSERT(specs[i].version <= UINT16_MAX);
        rows[i] = (struct table_row){
            .row_size = specs[i].row_size,
            .version = specs[i].version | (SL_ROW_SEAL_VERSION << SEAL_VERSION_SHIFT),
        };
        int len = snprintf(rows[i].name, sizeof rows[i].name, "%s", specs[i].name);
        SL_ASSERT(len > 0 && (size_t)len < sizeof rows[i].name);
    }
}

enum sl_err sl_meta_put_tables(const struct sl_env *env,
                               MDB_txn *txn,
                               const struct sl_table_spec *specs,
                               size_t count)
{
    struct table_list list = {0};
    SL_ASSERT(count <= SL_STATE_TABLES_MAX);
    encode_tables(specs, count, list.rows);
    size_t size = count * sizeof list.rows[0];
    uint64_t seal = sl_crc32c(0, list.rows, size);
    memcpy(&list.rows[count], &seal, sizeof seal);
    return put_row(env, txn, "tables", list.rows, size + sizeof seal);
}

static bool has_row(const struct table_row *rows, size_t count, const struct table_row *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&rows[i], wanted, sizeof *wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* A list without a seal is one of before there were seals. */
static bool is_sealed(const MDB_val *value)
{
    size_t size = value->mv_size - value->mv_size % sizeof(struct table_row);
    uint64_t seal;
    if (size == value->mv_size) {
        return true;
    }
    if (value->mv_size != size + sizeof seal) {
        return false;
    }
    memcpy(&seal, (const uint8_t *)value->mv_data + size, sizeof seal);
    return seal == sl_crc32c(0, value->mv_data, size);
}

static bool is_match(const MDB_val *value, const struct sl_table_spec *specs, size_t count)
{
    struct table_row wanted[SL_STATE_TABLES_MAX];
    struct table_row stored[SL_STATE_TABLES_MAX];
    size_t size = count * sizeof wanted[0];
    if (value->mv_size != size + SEAL_BYTES) {
        return false;
    }
    encode_tables(specs, count, wanted);
    memcpy(stored, value->mv_data, size);
    for (size_t i = 0; i < count; i++) {
        if (!has_row(stored, count, &wanted[i])) {
            return false;
        }
    }
    return true;
}

enum sl_err sl_meta_match_tables(const struct sl_env *env,
                                 const struct sl_table_spec *specs,
                                 size_t count,
                                 bool *ret_match)
{
    SL_ASSERT(count <= SL_STATE_TABLES_MAX);
    MDB_txn *txn;
    int code = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);
    if (code != 0) {
        return sl_env_error(code, "begin", NULL);
    }
    MDB_val value;
    enum sl_err err = get_row(env, txn, "tables", &value);
    if (err == SL_OK && !is_sealed(&value)) {
        err = SL_E_CORRUPT;
    } else if (err == SL_OK) {
        *ret_match = is_match(&value, specs, count);
    } else if (err == SL_E_NOT_FOUND) {
        *ret_match = false;
        err = SL_OK;
    }
    mdb_txn_abort(txn);
    return err;
}
