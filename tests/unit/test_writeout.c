/* Writing out early: it changes nothing of what is in the file, and ends when told, at once or later. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/writeout.h"

#define PIECE  ((size_t)1024 * 1024)
#define PIECES 64

/* In front of the system's call: what was asked for, and whether it is to fail. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t called;
    unsigned calls;
    int fd;
    unsigned flags;
    bool is_failing;
} seen = {.mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};

int sync_file_range(int fd, off64_t offset, off64_t len, unsigned flags)
{
    pthread_mutex_lock(&seen.mutex);
    seen.calls++;
    seen.fd = fd;
    seen.flags = offset == 0 && len == 0 ? flags : 0;
    bool is_failing = seen.is_failing;
    pthread_cond_signal(&seen.called);
    pthread_mutex_unlock(&seen.mutex);
    errno = is_failing ? EIO : 0;
    return is_failing ? -1 : 0;
}

/* Waits until it was called so many times. */
static void wait_for_calls(unsigned calls)
{
    pthread_mutex_lock(&seen.mutex);
    seen.calls = 0;
    while (seen.calls < calls) {
        pthread_cond_wait(&seen.called, &seen.mutex);
    }
    pthread_mutex_unlock(&seen.mutex);
}

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

static void the_whole_file_is_handed_over_again_and_again(void **state)
{
    (void)state;
    int fd = temporary();
    struct sl_writeout writeout;
    sl_writeout_begin(&writeout, fd);
    wait_for_calls(3);
    sl_writeout_end(&writeout);
    assert_int_equal(seen.fd, fd);
    assert_int_equal(seen.flags, SYNC_FILE_RANGE_WRITE); /* begun, not waited for */
    close(fd);
}

static void after_a_failure_it_goes_on(void **state)
{
    (void)state;
    int fd = temporary();
    struct sl_writeout writeout;
    seen.is_failing = true;
    sl_writeout_begin(&writeout, fd);
    wait_for_calls(3);
    sl_writeout_end(&writeout);
    seen.is_failing = false;
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_at_once_when_nothing_was_written),
        cmocka_unit_test(a_file_that_is_filled_meanwhile_holds_what_was_written),
        cmocka_unit_test(the_whole_file_is_handed_over_again_and_again),
        cmocka_unit_test(after_a_failure_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
