/* Writing out early: it changes nothing of what is in the file, and ends when told, at once or later. */
#include "lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/writeout.h"

#define PIECE  ((size_t)1024 * 1024)
#define PIECES 64

static int temporary(void)
{
    char path[] = "/tmp/sl-writeout-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    return fd;
}

static void it_ends_at_once_when_nothing_was_written(void **state)
{
    (void)state;
    int fd = temporary();
    for (int i = 0; i < 100; i++) {
        struct sl_writeout writeout;
        sl_writeout_begin(&writeout, fd);
        assert_true(writeout.has_thread);
        sl_writeout_end(&writeout);
    }
    close(fd);
}

static void a_file_that_is_filled_meanwhile_holds_what_was_written(void **state)
{
    (void)state;
    int fd = temporary();
    uint8_t *piece = malloc(PIECE);
    assert_non_null(piece);
    struct sl_writeout writeout;
    sl_writeout_begin(&writeout, fd);
    for (int i = 0; i < PIECES; i++) {
        memset(piece, i, PIECE);
        assert_int_equal(pwrite(fd, piece, PIECE, (off_t)i * (off_t)PIECE), PIECE);
    }
    sl_writeout_end(&writeout);
    for (int i = 0; i < PIECES; i++) {
        assert_int_equal(pread(fd, piece, PIECE, (off_t)i * (off_t)PIECE), PIECE);
        assert_int_equal(piece[0], i);
        assert_int_equal(piece[PIECE - 1], i);
    }
    free(piece);
    close(fd);
}

static void a_file_that_cannot_be_written_out_harms_nothing(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct sl_writeout writeout;
    sl_writeout_begin(&writeout, ends[1]);
    sl_writeout_end(&writeout);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_at_once_when_nothing_was_written),
        cmocka_unit_test(a_file_that_is_filled_meanwhile_holds_what_was_written),
        cmocka_unit_test(a_file_that_cannot_be_written_out_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
