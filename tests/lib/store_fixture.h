/* A ledger in a temporary directory, on an inline executor, a clock that stands still and file calls that can be made to
 * fail: for every test of the store. */
#ifndef SL_LIB_STORE_FIXTURE_H
#define SL_LIB_STORE_FIXTURE_H

#include "base/clock.h"
#include "base/executor.h"
#include "store/file_ops.h"
#include "store/store.h"

/* ── directories ── */

/* A new directory under TMPDIR or /tmp. Static length, so that it fits any path buffer here. */
#define SL_TEMP_DIR_BYTES ((size_t)256)
void sl_temp_dir_make(char dir[SL_TEMP_DIR_BYTES]);
void sl_temp_dir_remove(const char *dir);
/* A copy of the directory as it lies on disk now: what a start after a kill would find. */
void sl_temp_dir_copy(const char *from, char to[SL_TEMP_DIR_BYTES]);
/* In how many files below it do these bytes lie? */
unsigned sl_temp_dir_holds(const char *dir, struct sl_slice bytes);

/* Turns one byte of the first place where `text` lies in the file. */
void sl_temp_dir_damage(const char *dir, const char *name, const char *text);

/* ── file calls that fail ── */

enum sl_fault_call {
    SL_FAULT_NONE,
    SL_FAULT_OPEN,
    SL_FAULT_WRITE,
    SL_FAULT_FDATASYNC,
    SL_FAULT_FSYNC,
    SL_FAULT_RESERVE,
};

struct sl_faulty_ops {
    struct sl_file_ops base;
    enum sl_fault_call call;         /* which kind of call fails */
    _Atomic unsigned after;          /* so many of them succeed first */
    int code;                        /* errno of the failure */
    bool is_short;                   /* writes give at most 100 bytes a time and never fail */
    uint64_t free_bytes;             /* what statvfs says */
    _Atomic uint64_t reserved_bytes; /* of the file that room was reserved in last */
    struct sl_fake_clock *clock;     /* goes forward by flush_us at each fdatasync; may be NULL */
    uint64_t flush_us;
    _Atomic unsigned writes; /* lanes write at the same time */
    _Atomic unsigned flushes;
};
void sl_faulty_ops_init(struct sl_faulty_ops *ops);

/* ── a ledger ── */

/* The state of the fixture: rows that every record changes, some that come and go. */
enum sl_fixture_table {
    SL_FIXTURE_TOTALS, /* (type, 0) → count, bytes */
    SL_FIXTURE_LAST,   /* (seq / 7, 1) → last seq; every 5th record removes its key instead */
    SL_FIXTURE_PACKED, /* (seq / 3, type) → last seq; packed, so that neighbours lie together on disk */
    SL_FIXTURE_TABLE_COUNT,
};

struct sl_fixture {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_inline_executor executor;
    struct sl_fake_clock clock;
    struct sl_faulty_ops ops;
    struct sl_store_options options; /* change before sl_fixture_open */
    struct sl_store *store;
    uint64_t durable; /* as last called back */
    unsigned stops;   /* calls of on_stopped */
    struct sl_diag why;
    uint64_t added; /* records, ever: makes their content */
};

/* Creates an empty ledger, not yet open; small segments and checkpoints only when asked for. */
void sl_fixture_init(struct sl_fixture *fixture);
/* Opens, and recovers or rebuilds as needed. */
void sl_fixture_open(struct sl_fixture *fixture);
/* The same where it may fail; the store may be there all the same, to be closed. */
enum sl_err sl_fixture_try_open(struct sl_fixture *fixture, struct sl_diag *diag);
void sl_fixture_close(struct sl_fixture *fixture);
void sl_fixture_deinit(struct sl_fixture *fixture);

/* Lets go of the store without a last checkpoint: it goes on, in a copy of its directory taken now. */
void sl_fixture_kill(struct sl_fixture *fixture);

enum sl_err sl_fixture_add(struct sl_fixture *fixture); /* one record, added and applied */
void sl_fixture_add_many(struct sl_fixture *fixture, unsigned count);
void sl_fixture_run(struct sl_fixture *fixture); /* submit and all jobs */
void sl_fixture_batches(struct sl_fixture *fixture, unsigned batches, unsigned count);
void sl_fixture_checkpoint(struct sl_fixture *fixture);

/* What the fixture's state does with a record; `ctx` is the state. */
enum sl_err sl_fixture_apply(void *ctx, const struct sl_record *record);

/* Reads the whole log and every row of the state; the first error. */
enum sl_err sl_fixture_try_read(struct sl_fixture *fixture);

/* The state must be what applying records 1 to head to an empty one gives; reads the log page by page. */
void sl_fixture_check(struct sl_fixture *fixture, uint64_t expected_head);

extern const struct sl_table_spec sl_fixture_specs[SL_FIXTURE_TABLE_COUNT];

#endif
