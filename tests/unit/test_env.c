/* The environment's file beyond its last page: zeros on disk, and asked for in time, where commits will write. */
#include "lib/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/env.h"

#define MIB         ((size_t)1024 * 1024)
#define PIECE       ((size_t)512 * 1024)
#define VALUE_BYTES ((size_t)100 * 1000)
#define VALUES      200u /* 20 MB: small files are left alone */

struct fixture {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_env env;
    struct sl_faulty_ops ops;
    int fd; /* LMDB's */
};

/* In front of the system's calls: what was asked for, and whether each piece was waited for before the next. */
static struct {
    unsigned calls;
    int fd;
    int advice;
    off_t from, upto, len_max;
    off_t awaited;
    bool has_no_gaps;
    bool has_hurried;
} asked;

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    if (len == 1) { /* nobody else reads so little */
        asked.awaited = offset + 1;
    }
    return syscall(SYS_pread64, fd, bytes, len, offset);
}

int posix_fadvise(int fd, off_t offset, off_t len, int advice)
{
    asked.has_no_gaps = asked.calls == 0 || (asked.has_no_gaps && offset == asked.upto);
    asked.has_hurried = asked.has_hurried || (asked.calls > 0 && asked.awaited != asked.upto);
    asked.from = asked.calls == 0 ? offset : asked.from;
    asked.upto = offset + len;
    asked.len_max = len > asked.len_max ? len : asked.len_max;
    asked.fd = fd;
    asked.advice = advice;
    asked.calls++;
    return 0;
}

static void put_values(struct fixture *f)
{
    MDB_txn *txn;
    uint8_t *bytes = malloc(VALUE_BYTES);
    assert_non_null(bytes);
    assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, 0, &txn), 0);
    for (uint32_t i = 0; i < VALUES; i++) {
        uint8_t key[8];
        sl_be64_put(key, i);
        memset(bytes, (int)i + 1, VALUE_BYTES);
        MDB_val name = {sizeof key, key};
        MDB_val value = {VALUE_BYTES, bytes};
        assert_int_equal(mdb_put(txn, f->env.log, &name, &value, 0), 0);
    }
    assert_int_equal(mdb_txn_commit(txn), 0);
    free(bytes);
}

static void assert_values(const struct fixture *f)
{
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(f->env.mdb, NULL, MDB_RDONLY, &txn), 0);
    for (uint32_t i = 0; i < VALUES; i++) {
        uint8_t key[8];
        sl_be64_put(key, i);
        MDB_val name = {sizeof key, key};
        MDB_val value;
        assert_int_equal(mdb_get(txn, f->env.log, &name, &value), 0);
        assert_int_equal(value.mv_size, VALUE_BYTES);
        const uint8_t *bytes = value.mv_data;
        for (size_t at = 0; at < VALUE_BYTES; at += 997) {
            assert_int_equal(bytes[at], (uint8_t)(i + 1));
        }
    }
    mdb_txn_abort(txn);
}

static void open_env(struct fixture *f)
{
    memset(&asked, 0, sizeof asked);
    sl_temp_dir_make(f->dir);
    sl_faulty_ops_init(&f->ops);
    assert_ok(sl_env_open(&f->env, f->dir, true, NULL));
    assert_int_equal(mdb_env_get_fd(f->env.mdb, &f->fd), 0);
}

static void close_env(struct fixture *f)
{
    sl_env_close(&f->env);
    sl_temp_dir_remove(f->dir);
}

static uint64_t file_size(const struct fixture *f)
{
    struct stat file;
    assert_int_equal(fstat(f->fd, &file), 0);
    return (uint64_t)file.st_size;
}

static void assert_zeros(const struct fixture *f, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[4096];
    uint8_t page[4096];
    for (uint64_t at = from; at < to; at += sizeof page) {
        assert_int_equal(pread(f->fd, page, sizeof page, (off_t)at), sizeof page);
        assert_memory_equal(page, zeros, sizeof page);
    }
}

static void the_file_is_grown_by_a_quarter(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    uint64_t used = sl_env_used_bytes(&f.env);
    assert_true(used >= VALUES * VALUE_BYTES);

    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));

    assert_int_equal(file_size(&f), used + used / 4);
    assert_zeros(&f, used, file_size(&f));
    assert_int_equal(sl_env_used_bytes(&f.env), used);
    assert_values(&f);
    close_env(&f);
}

static void a_small_file_is_left_alone(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    uint64_t size = file_size(&f);

    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));

    assert_int_equal(file_size(&f), size);
    assert_int_equal(f.ops.writes, 0);
    close_env(&f);
}

static void pages_to_come_are_asked_for_piece_by_piece(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));
    uint64_t used = sl_env_used_bytes(&f.env);

    sl_env_cache_ahead(&f.env, 2 * MIB + 4096);

    assert_int_equal(asked.fd, f.fd);
    assert_int_equal(asked.advice, POSIX_FADV_WILLNEED);
    assert_int_equal(asked.calls, 2 * MIB / PIECE + 1);
    assert_int_equal(asked.from, used);
    assert_int_equal(asked.upto, used + 2 * MIB + 4096);
    assert_true(asked.has_no_gaps);
    assert_false(asked.has_hurried);
    assert_int_equal(asked.awaited, asked.upto);
    assert_true(asked.len_max == PIECE);
    close_env(&f);
}

static void nothing_is_asked_for_beyond_the_end_of_the_file(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));

    sl_env_cache_ahead(&f.env, UINT64_MAX);

    assert_int_equal(asked.from, sl_env_used_bytes(&f.env));
    assert_int_equal(asked.upto, file_size(&f));
    assert_true(asked.has_no_gaps);
    assert_false(asked.has_hurried);
    assert_int_equal(asked.awaited, asked.upto);
    close_env(&f);
}

static void a_file_without_room_beyond_its_pages_is_left_alone(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    assert_int_equal(ftruncate(f.fd, (off_t)sl_env_used_bytes(&f.env)), 0);

    sl_env_cache_ahead(&f.env, MIB);

    assert_int_equal(asked.calls, 0);
    close_env(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_grown_by_a_quarter),
        cmocka_unit_test(a_small_file_is_left_alone),
        cmocka_unit_test(pages_to_come_are_asked_for_piece_by_piece),
        cmocka_unit_test(nothing_is_asked_for_beyond_the_end_of_the_file),
        cmocka_unit_test(a_file_without_room_beyond_its_pages_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
