/* The environment's file: zeros beyond its last page, on disk and in the page cache, where commits will write; never anything else. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/env.h"

#define MIB         ((size_t)1024 * 1024)
#define PIECE       ((size_t)16 * 1024)
#define VALUE_BYTES ((size_t)100 * 1000)
#define VALUES      200u /* 20 MB: small files are left alone */

struct fixture {
    char dir[SL_TEMP_DIR_BYTES];
    struct sl_env env;
    struct sl_faulty_ops ops;
    int fd; /* LMDB's */
};

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

/* Can it be read without waiting for the disk? Also where that cannot be told. */
static bool is_cached(const struct fixture *f, uint64_t at)
{
    uint8_t byte;
    struct iovec part = {&byte, 1};
    ssize_t got = preadv2(f->fd, &part, 1, (off_t)at, RWF_NOWAIT);
    return got == 1 || (got < 0 && errno == EOPNOTSUPP);
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

static void pages_to_come_are_cached_in_small_pieces(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));
    uint64_t used = sl_env_used_bytes(&f.env);
    uint64_t size = file_size(&f);
    assert_int_equal(posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    f.ops.writes = 0;

    sl_env_cache_ahead(&f.env, &f.ops.base, 2 * MIB);

    assert_int_equal(f.ops.writes, 2 * MIB / PIECE);
    for (uint64_t at = used; at < used + 2 * MIB; at += 4096) {
        assert_true(is_cached(&f, at));
    }
    assert_int_equal(file_size(&f), size);
    assert_zeros(&f, used, size);
    assert_values(&f);
    put_values(&f); /* over it all */
    assert_values(&f);
    close_env(&f);
}

static void caching_never_makes_the_file_longer(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));
    uint64_t used = sl_env_used_bytes(&f.env);
    uint64_t size = file_size(&f);
    f.ops.writes = 0;

    sl_env_cache_ahead(&f.env, &f.ops.base, UINT64_MAX);

    assert_int_equal(f.ops.writes, (size - used) / PIECE);
    assert_int_equal(file_size(&f), size);
    assert_values(&f);
    close_env(&f);
}

static void a_page_that_cannot_be_written_is_left_to_the_commit(void **state)
{
    (void)state;
    struct fixture f;
    open_env(&f);
    put_values(&f);
    assert_ok(sl_env_grow_ahead(&f.env, &f.ops.base, NULL));
    f.ops.writes = 0;
    f.ops.call = SL_FAULT_WRITE;
    f.ops.after = 3;
    f.ops.code = EIO;

    sl_env_cache_ahead(&f.env, &f.ops.base, 2 * MIB);

    assert_true(f.ops.writes <= 4);
    assert_values(&f);
    close_env(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_grown_by_a_quarter),
        cmocka_unit_test(a_small_file_is_left_alone),
        cmocka_unit_test(pages_to_come_are_cached_in_small_pieces),
        cmocka_unit_test(caching_never_makes_the_file_longer),
        cmocka_unit_test(a_page_that_cannot_be_written_is_left_to_the_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
