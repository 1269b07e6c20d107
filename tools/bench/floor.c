/* Raw LMDB and raw fdatasync. */
#include "floor.h"

#include "directory.h"
#include "fail.h"
#include "load.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS_PER_COMMIT 1000u
#define BLOCK_BYTES       512u
#define FILL_BYTES        ((size_t)1024 * 1024)

struct lmdb_run {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint64_t seq;
};

static void check_lmdb(int failed)
{
    if (failed != 0) {
        sl_fail("LMDB floor: %s", mdb_strerror(failed));
    }
}

static void append(void *ctx, struct sl_slice event)
{
    struct lmdb_run *run = ctx;
    uint64_t key = __builtin_bswap64(++run->seq); /* big-endian, so that order is order */
    MDB_val key_val = {.mv_size = sizeof key, .mv_data = &key};
    MDB_val value = {.mv_size = event.len, .mv_data = NULL};
    check_lmdb(mdb_put(run->txn, run->dbi, &key_val, &value, MDB_APPEND | MDB_RESERVE));
    memcpy(value.mv_data, event.data, event.len);
    if (run->seq % EVENTS_PER_COMMIT == 0) {
        check_lmdb(mdb_txn_commit(run->txn));
        check_lmdb(mdb_txn_begin(run->env, NULL, 0, &run->txn));
    }
}

double sl_floor_lmdb(const char *dir, const struct sl_frames *frames)
{
    char path[PATH_MAX];
    struct lmdb_run run = {0};
    (void)snprintf(path, sizeof path, "%s/lmdb-floor", dir);
    if (mkdir(path, 0700) != 0) {
        sl_fail("%s: %s", path, strerror(errno));
    }
    check_lmdb(mdb_env_create(&run.env));
    check_lmdb(mdb_env_set_mapsize(run.env, (size_t)16 << 30));
    check_lmdb(mdb_env_open(run.env, path, 0, 0600));
    check_lmdb(mdb_txn_begin(run.env, NULL, 0, &run.txn));
    check_lmdb(mdb_dbi_open(run.txn, NULL, 0, &run.dbi));
    int64_t start_ns = sl_now_ns();
    sl_frames_each_event(frames, append, &run);
    check_lmdb(mdb_txn_commit(run.txn));
    int64_t elapsed_ns = sl_now_ns() - start_ns;
    mdb_env_close(run.env);
    sl_directory_remove(path);
    return (double)run.seq * 1e9 / (double)elapsed_ns;
}

static void write_block(int fd, const uint8_t *block, size_t len, uint64_t offset)
{
    if (pwrite(fd, block, len, (off_t)offset) != (ssize_t)len) {
        sl_fail("fdatasync floor: %s", strerror(errno));
    }
}

/* Written zeros, not reserved extents: a flush must not have to change what the file is made of. */
static int open_filled(const char *path, uint64_t bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        sl_fail("%s: %s", path, strerror(errno));
    }
    uint8_t *zeros = sl_check_memory(calloc(1, FILL_BYTES));
    for (uint64_t offset = 0; offset < bytes; offset += FILL_BYTES) {
        write_block(fd, zeros, FILL_BYTES, offset);
    }
    free(zeros);
    if (fsync(fd) != 0) {
        sl_fail("%s: %s", path, strerror(errno));
    }
    return fd;
}

void sl_floor_fdatasync(const char *dir, uint32_t count, struct sl_histogram *ret_latency_ns)
{
    char path[PATH_MAX];
    uint8_t block[BLOCK_BYTES];
    memset(block, 0x5a, sizeof block);
    (void)snprintf(path, sizeof path, "%s/fdatasync-floor", dir);
    int fd = open_filled(path, (uint64_t)count * BLOCK_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        int64_t start_ns = sl_now_ns();
        write_block(fd, block, sizeof block, (uint64_t)i * BLOCK_BYTES);
        if (fdatasync(fd) != 0) {
            sl_fail("%s: %s", path, strerror(errno));
        }
        sl_histogram_add(ret_latency_ns, (uint64_t)(sl_now_ns() - start_ns));
    }
    (void)close(fd); /* what counts was flushed */
    (void)unlink(path);
}
