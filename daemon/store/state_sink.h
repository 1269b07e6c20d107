/* The inside of a sink: where the rows of a backlog go, and in a checkpoint those of the frozen layers too. */
#ifndef SL_STORE_STATE_SINK_H
#define SL_STORE_STATE_SINK_H

#include "store/packed.h"
#include "store/state_impl.h"

/* One table of the checkpoint's txn. */
struct sl_table_writer {
    MDB_cursor *cursor; /* NULL until its first row */
    const char *name;
    size_t row_size;
    uint32_t seal; /* what the seals of its rows begin with */
    uint32_t packed_rows;
    struct sl_packed_writer *packed; /* owned; of a packed table, NULL until its first row */
    struct sl_key max; /* no key above it is stored; not of a packed table, as is_empty */
    bool is_empty;
};

struct sl_disk_writer {
    const struct sl_env *env;
    MDB_txn *txn;
    void *open_row; /* handed out to be changed, and not sealed yet; NULL: none */
    const struct sl_table_writer *open_table;
    uint8_t open_key[SL_KEY_BYTES];
    struct sl_table_writer tables[SL_STATE_TABLES_MAX];
};

/* One of the two is set. */
struct sl_row_sink {
    struct sl_state *state;
    bool is_lasting; /* of a state: not to be taken back by a rollback */
    struct sl_disk_writer *writer;
    enum sl_err err;                              /* the writer's; sticky */
    _Alignas(16) uint8_t spare[SL_ROW_BYTES_MAX]; /* where changes go after an error */
};

void sl_disk_writer_open(struct sl_disk_writer *writer,
                         const struct sl_env *env,
                         MDB_txn *txn,
                         const struct sl_state *state);
/* Writes what lies open. */
SL_MUST_CHECK enum sl_err sl_disk_writer_finish(struct sl_disk_writer *writer);
void sl_disk_writer_close(struct sl_disk_writer *writer);

#endif
