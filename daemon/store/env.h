/* The LMDB environment of one ledger: opening it safely, its tables, and the translation of its errors.
 *
 *     meta         text → rows of meta.h
 *     log          seq, 8 bytes big-endian → record
 *     tree         node group, 8 bytes big-endian → up to 16 Merkle nodes of 32 bytes (tree.h)
 *     state/NAME   key, 16 bytes big-endian → row, or group of rows (row_group.h)
 *
 * Rules, all of them because of known defects or costs of LMDB 0.9.24: default durability; MDB_NOTLS, so that a read txn
 * belongs to its object and not to a thread; no DUPSORT; no nested txns; the map is sparse and so large that it is
 * never resized while txns are open. */
#ifndef SL_STORE_ENV_H
#define SL_STORE_ENV_H

#include <lmdb.h>

#include "base/big_endian.h"
#include "sl/err.h"
#include "sl/types.h"
#include "store/file_ops.h"
#include "store/state.h"

struct sl_env {
    MDB_env *mdb;
    MDB_dbi meta;
    MDB_dbi log;
    MDB_dbi tree;
    MDB_dbi tables[SL_STATE_TABLES_MAX]; /* by the index of their spec */
    size_t table_count;
    bool is_read_only;
};

/* `is_new` also makes the base tables. LMDB believes what it maps: the pages were looked at before (lmdb_check.h).
 * SL_E_FORMAT, SL_E_IO, SL_E_NO_SPACE, SL_E_NO_MEMORY, SL_E_CORRUPT. */
SL_MUST_CHECK enum sl_err
sl_env_open(struct sl_env *env, const char *dir, bool is_new, struct sl_diag *diag);
/* The same without writing a byte, nor LMDB's own lock: nobody may write meanwhile. Only read txns can be begun. */
SL_MUST_CHECK enum sl_err
sl_env_open_read_only(struct sl_env *env, const char *dir, struct sl_diag *diag);
void sl_env_close(struct sl_env *env); /* zeroed is fine */

/* Another environment than the ledger's, as safely: its tables are the caller's, who closes it. The same errors. */
SL_MUST_CHECK enum sl_err
sl_env_open_small(const char *dir, bool is_read_only, MDB_env **ret_mdb, struct sl_diag *diag);

/* Opens the table of each spec. One that is missing is made, or is SL_E_NOT_FOUND if they `must_exist`, as they must to be read only. */
SL_MUST_CHECK enum sl_err sl_env_open_tables(struct sl_env *env,
                                             const struct sl_table_spec *specs,
                                             size_t count,
                                             bool must_exist,
                                             struct sl_diag *diag);

/* Empties the tables of the specs and removes every other "state/..." table. */
SL_MUST_CHECK enum sl_err
sl_env_drop_tables(struct sl_env *env, MDB_txn *txn, const struct sl_table_spec *specs);

/* Fills data.mdb with zeros some way beyond its last page, by a quarter and at most 64 MiB; small files are left alone, and disks that
 * have less than 2 GiB left. A commit then overwrites blocks that are there: its flush need not have them allocated and journalled by
 * the file system, which takes two thirds of the time, and for which the journal's flushes wait. Only between two write txns. Zeros
 * that cannot be written are only not there; a flush that fails is a failure, as ever. */
SL_MUST_CHECK enum sl_err
sl_env_grow_ahead(const struct sl_env *env, const struct sl_file_ops *ops, struct sl_diag *diag);

/* Bytes of all pages up to the last that has been in use, and of the file, which grows before a commit if LMDB has to write that early.
 * 0 if that cannot be told. */
struct sl_env_size {
    uint64_t used;
    uint64_t file;
};
struct sl_env_size sl_env_size(MDB_env *mdb);

/* Sees to it that the file's first `end` bytes can be written, whoever fills the disk meanwhile: commits then fail for no want of space. Its
 * first *reserved are known to be, before and after. SL_E_NO_SPACE: nothing was written, and nothing need be given up. SL_E_IO,
 * SL_E_NO_MEMORY. SL_OK also where the file system cannot promise it. */
SL_MUST_CHECK enum sl_err sl_env_reserve(MDB_env *mdb,
                                         const struct sl_file_ops *ops,
                                         uint64_t end,
                                         uint64_t *reserved,
                                         struct sl_diag *diag);

/* The file ends at `end`, if that is behind all pages in use; what is reserved, or was written, behind that is given back. Whether it works changes
 * nothing. */
void sl_env_give_back(const struct sl_env *env, uint64_t end);

/* Where the next txn's pages are not on the disk yet: behind the file's end, or its last page if LMDB has not written that one. */
uint64_t sl_env_end(const struct sl_env *env);
/* What is reserved behind `end`. 0 if that cannot be told. */
uint64_t sl_env_reserved_bytes(const struct sl_env *env, uint64_t end);

/* Of one page. */
uint64_t sl_env_page_bytes(const struct sl_env *env);

/* Bytes that a txn may take, at most, for the pages of a table in which it changes so many rows: each may lie on one of its own, with those
 * that lead to it. A page is copied only once; its copy may split, or pull its neighbour in. */
uint64_t sl_env_rewrite_bytes(const MDB_stat *table, uint64_t rows);

/* LMDB's list of free pages. Its codes. */
int sl_env_look_at_free_list(MDB_txn *txn, MDB_stat *ret_list);
/* And what it takes to write that anew. */
uint64_t sl_env_free_list_bytes(const MDB_stat *list);

uint64_t sl_env_used_bytes(const struct sl_env *env); /* sl_env_size alone */

struct sl_database_figures; /* codec/figures.h */
/* The file, its map and who reads it; 0 where that cannot be told. */
void sl_env_look(const struct sl_env *env, struct sl_database_figures *ret_figures);

/* Has so many of the file's bytes beyond its last page read into the page cache. LMDB writes 256 KiB at once, and where the kernel must
 * fetch the memory for them, and is not preempted meanwhile, nobody else has that processor for most of a millisecond; into pages that
 * are there it is a tenth of that. Zeros written beforehand do the same, but reach the disk before what overwrites them, and the
 * journal's flushes wait for both. Piece by piece, each waited for: a flush would stand behind whatever the disk has been
 * asked for. A wish: nothing depends on it. */
void sl_env_cache_ahead(const struct sl_env *env, uint64_t bytes);

/* The one place where LMDB's codes and errno become ours. `what` goes into `diag`, which may be NULL. */
enum sl_err sl_env_error(int code, const char *what, struct sl_diag *diag);

/* Keys as LMDB holds them, big-endian. */
#define SL_KEY_BYTES 16u

static inline void sl_key_put(uint8_t bytes[SL_KEY_BYTES], struct sl_key key)
{
    sl_be64_put(bytes, key.hi);
    sl_be64_put(bytes + 8, key.lo);
}

static inline struct sl_key sl_key_get(const uint8_t *bytes)
{
    return (struct sl_key){sl_be64_get(bytes), sl_be64_get(bytes + 8)};
}

#endif
