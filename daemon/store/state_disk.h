/* The lowest layer of a state: its tables in LMDB as of S, through one read txn and one cursor per table.
 *
 * Rows are handed out in place, without a copy. They are 8-byte aligned: in a table whose keys all have 16 bytes and whose
 * rows all have the same multiple of 8, every node of a leaf page has a multiple of 8 bytes, counted from the page's
 * end. A row that is not as expected is damage: SL_E_CORRUPT.
 *
 * Rows of a packed table (packed.h) are unpacked: into the table's one row by sl_disk_get and sl_disk_last, into the entry by the
 * others.
 *
 * Thread rule: the owner of the state. Rows die with the next refresh. */
#ifndef SL_STORE_STATE_DISK_H
#define SL_STORE_STATE_DISK_H

#include "store/env.h"
#include "store/row_group.h"
#include "store/row_seal.h"

struct sl_disk_table {
    MDB_cursor *cursor; /* NULL: there is no disk below, the table is empty */
    size_t row_size;
    uint32_t seal; /* what the seals of its values begin with */
    bool is_packed;
    struct sl_key max; /* no key above it is looked for */
    bool is_empty;
    MDB_stat stat; /* as of the read txn */
    uint64_t
        moves; /* counts changes of the cursor's position, so that a reader notices that it was moved away */
    uint64_t refreshes;
    uint64_t row[SL_PACKED_ROW_BYTES_MAX / 8]; /* of a packed table */
};

struct sl_state_disk {
    MDB_txn *txn;
    struct sl_disk_table tables[SL_STATE_TABLES_MAX];
    size_t table_count;
    MDB_stat free_list; /* likewise */
};

SL_MUST_CHECK enum sl_err sl_state_disk_open(struct sl_state_disk *disk,
                                             const struct sl_env *env,
                                             const struct sl_table_spec *specs,
                                             size_t count,
                                             struct sl_diag *diag);
void sl_state_disk_close(struct sl_state_disk *disk); /* zeroed is fine */

/* Moves the read txn to the newest commit. */
SL_MUST_CHECK enum sl_err sl_state_disk_refresh(struct sl_state_disk *disk);

/* *ret_row is NULL if the key is absent. SL_E_CORRUPT, SL_E_IO. */
SL_MUST_CHECK enum sl_err
sl_disk_get(struct sl_disk_table *table, struct sl_key key, const void **ret_row);

/* An entry of a table; `row` NULL at the end. */
struct sl_disk_entry {
    struct sl_key key;
    const void *row;
    uint64_t moves;
    uint64_t refreshes;            /* the rest is of a packed table */
    struct sl_key group;           /* where the row lies */
    struct sl_group_reader reader; /* of what follows in the group */
    uint64_t unpacked[SL_PACKED_ROW_BYTES_MAX / 8];
};

/* First entry with key >= from; last with key <= upto; the one after `entry`. */
SL_MUST_CHECK enum sl_err
sl_disk_seek(struct sl_disk_table *table, struct sl_key from, struct sl_disk_entry *entry);
SL_MUST_CHECK enum sl_err
sl_disk_last(struct sl_disk_table *table, struct sl_key upto, struct sl_disk_entry *entry);
SL_MUST_CHECK enum sl_err sl_disk_next(struct sl_disk_table *table, struct sl_disk_entry *entry);

#endif
