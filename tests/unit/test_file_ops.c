/* The calls that change files: which error is whose, and writes that the system divides, interrupts or refuses. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/file_ops.h"

/* Its pwritev gives each of these in turn: above 0 so many bytes of the first part, else an errno, negative. */
struct scripted {
    struct sl_file_ops base; /* first: cast back */
    const int *script;
    char written[64];
};

static ssize_t scripted_pwritev(
    const struct sl_file_ops *base, int fd, const struct iovec *parts, int count, off_t offset)
{
    (void)fd;
    (void)count;
    union {
        const struct sl_file_ops *constant;
        struct scripted *scripted;
    } cast = {.constant = base};
    int step = *cast.scripted->script++;
    if (step < 0) {
        errno = -step;
        return -1;
    }
    memcpy(cast.scripted->written + offset, parts[0].iov_base, (size_t)step);
    return step;
}

static enum sl_err write_by(struct scripted *ops, const int *script)
{
    char a[] = "abcd";
    char b[] = "efgh";
    struct iovec parts[] = {{a, 4}, {b, 4}};
    *ops = (struct scripted){.base = {.pwritev = scripted_pwritev}, .script = script};
    return sl_file_write_all(&ops->base, 0, parts, 2, 0);
}

static void errors_of_the_system_become_ours(void **state)
{
    (void)state;
    struct sl_diag diag = {0};
    assert_err(SL_E_NO_SPACE, sl_file_error(ENOSPC, "x", NULL));
    assert_err(SL_E_NO_SPACE, sl_file_error(EDQUOT, "x", NULL));
    assert_err(SL_E_NO_MEMORY, sl_file_error(ENOMEM, "x", NULL));
    assert_err(SL_E_IO, sl_file_error(EIO, "write", &diag));
    assert_string_equal(diag.message, "write: Input/output error");
}

static void a_divided_write_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct scripted ops;
    assert_ok(write_by(&ops, (const int[]){3, -EINTR, 1, 2, 2}));
    assert_string_equal(ops.written, "abcdefgh");
}

static void a_write_that_fails_or_takes_nothing_is_an_error(void **state)
{
    (void)state;
    struct scripted ops;
    assert_err(SL_E_IO, write_by(&ops, (const int[]){-EIO}));
    assert_err(SL_E_NO_SPACE, write_by(&ops, (const int[]){4, -ENOSPC}));
    assert_err(SL_E_IO, write_by(&ops, (const int[]){2, 0}));
}

static void the_systems_own_calls_do_what_their_names_say(void **state)
{
    (void)state;
    const struct sl_file_ops *ops = sl_file_ops_system();
    char dir[SL_TEMP_DIR_BYTES];
    char path[SL_TEMP_DIR_BYTES + 8];
    uint64_t bytes = 0;
    sl_temp_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/file", dir);
    int fd = ops->open(ops, path, O_RDWR | O_CREAT);
    struct iovec part = {path, 4};
    assert_true(fd >= 0);
    assert_ok(sl_file_write_all(ops, fd, &part, 1, 0));
    assert_int_equal(ops->fdatasync(ops, fd), 0);
    assert_int_equal(ops->fsync(ops, fd), 0);
    assert_int_equal(lseek(fd, 0, SEEK_END), 4);
    close(fd);
    assert_int_equal(ops->unlink(ops, path), 0);
    assert_int_equal(ops->unlink(ops, path), -1);
    assert_int_equal(ops->free_bytes(ops, dir, &bytes), 0);
    assert_true(bytes > 0);
    assert_int_equal(ops->free_bytes(ops, path, &bytes), -1);
    sl_temp_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_the_system_become_ours),
        cmocka_unit_test(a_divided_write_goes_on_where_it_stopped),
        cmocka_unit_test(a_write_that_fails_or_takes_nothing_is_an_error),
        cmocka_unit_test(the_systems_own_calls_do_what_their_names_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
