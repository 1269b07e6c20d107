/* A process that ends by a signal of the processor has said why. */
#include "base/crash.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/test.h"

/* In a child, which ends by it. */
static void read_behind_the_end_of_a_file(int out)
{
    struct rlimit none = {0, 0};
    int fd = memfd_create("page", 0);
    bool is_ready = fd >= 0 && ftruncate(fd, 4096) == 0 && dup2(out, STDERR_FILENO) >= 0 &&
                    setrlimit(RLIMIT_CORE, &none) == 0;
    const volatile char *page =
        is_ready ? mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (page == MAP_FAILED || ftruncate(fd, 0) != 0) {
        _exit(2);
    }
    (void)signal(SIGBUS, SIG_DFL); /* a sanitizer would have it */
    sl_crash_explain();
    _exit(page[0] == 0 ? 3 : 4);
}

static void a_page_that_cannot_be_read_is_told_before_the_end(void **state)
{
    (void)state;
    int ends[2];
    char said[512] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        read_behind_the_end_of_a_file(ends[1]);
    }
    int status = 0;
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    ssize_t len = read(ends[0], said, sizeof said - 1);
    assert_int_equal(close(ends[0]), 0);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    assert_true(len > 0);
    assert_ptr_equal(strstr(said, "<3>event=crashed signal=SIGBUS why="), said);
    assert_ptr_equal(strchr(said, '\n'), said + len - 1); /* one line */
}

static void whoever_handles_them_already_goes_on(void **state)
{
    (void)state;
    struct sigaction ours = {.sa_handler = SIG_IGN};
    struct sigaction before;
    struct sigaction after;
    assert_int_equal(sigaction(SIGSEGV, &ours, &before), 0);

    sl_crash_explain();

    assert_int_equal(sigaction(SIGSEGV, &before, &after), 0);
    assert_true(after.sa_handler == SIG_IGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_cannot_be_read_is_told_before_the_end),
        cmocka_unit_test(whoever_handles_them_already_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
