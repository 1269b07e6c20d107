/* Packed tables in LMDB: reading rows out of their groups, and writing rows into them. See row_group.h for a group's bytes.
 *
 *     group  k0 [k0 .. k1 .. k2]    k3 [k3 .. k4]    k5 [k5]       a key belongs to the last group that does not begin above it,
 *                                                                  and to the first one if all do
 *
 * Readers are called by state_disk.c and rest on its rules, the writer by state_sink.c. */
#ifndef SL_STORE_PACKED_H
#define SL_STORE_PACKED_H

#include "store/state_disk.h"

/* As their namesakes of state_disk.h, for a table that is not empty. */
SL_MUST_CHECK enum sl_err
sl_packed_get(struct sl_disk_table *table, struct sl_key key, const void **ret_row);
SL_MUST_CHECK enum sl_err
sl_packed_seek(struct sl_disk_table *table, struct sl_key from, struct sl_disk_entry *entry);
SL_MUST_CHECK enum sl_err
sl_packed_last(struct sl_disk_table *table, struct sl_key upto, struct sl_disk_entry *entry);
SL_MUST_CHECK enum sl_err sl_packed_next(struct sl_disk_table *table, struct sl_disk_entry *entry);

/* The last key of all. Gives a code of LMDB: MDB_NOTFOUND in an empty table, MDB_CORRUPTED where the last group is none. */
int sl_packed_max(struct sl_disk_table *table, struct sl_key *ret_max);

/* Stands on the group that the key belongs to; MDB_NOTFOUND in an empty table. */
int sl_packed_find(MDB_cursor *cursor, struct sl_key key, MDB_val *ret_key, MDB_val *ret_value);

/* One group lies open: its rows are changed in memory, and written when a row of another is wanted. Ascending keys open each once. */
struct sl_packed_writer;
SL_MUST_CHECK enum sl_err sl_packed_writer_open(MDB_cursor *cursor,
                                                const char *table,
                                                size_t row_size,
                                                uint32_t group_rows,
                                                struct sl_packed_writer **ret_writer);
void sl_packed_writer_close(struct sl_packed_writer *writer); /* NULL is fine */

/* The row of the key, zeros if there was none; valid until the next call. SL_E_CORRUPT and LMDB's errors. */
SL_MUST_CHECK enum sl_err
sl_packed_writer_row(struct sl_packed_writer *writer, struct sl_key key, void **ret_row);
SL_MUST_CHECK enum sl_err sl_packed_writer_remove(struct sl_packed_writer *writer,
                                                  struct sl_key key);
SL_MUST_CHECK enum sl_err sl_packed_writer_finish(struct sl_packed_writer *writer);

#endif
