/* Standard error leads into a file without a name. */
#include "lib/log_lines.h"

#include <sys/mman.h>
#include <unistd.h>

#include "lib/test.h"

void sl_log_lines_begin(struct sl_log_lines *log)
{
    log->file = memfd_create("log", MFD_CLOEXEC);
    log->stderr_before = dup(STDERR_FILENO);
    assert_true(log->file >= 0);
    assert_true(log->stderr_before >= 0);
    assert_int_equal(dup2(log->file, STDERR_FILENO), STDERR_FILENO);
}

void sl_log_lines_end(struct sl_log_lines *log)
{
    assert_int_equal(dup2(log->stderr_before, STDERR_FILENO), STDERR_FILENO);
    ssize_t len = pread(log->file, log->text, sizeof log->text, 0);
    assert_in_range(len, 0, sizeof log->text - 1);
    log->text[len] = '\0';
    log->lines = 0;
    for (const char *at = log->text; *at != '\0'; at++) {
        log->lines += *at == '\n';
    }
    (void)close(log->file);
    (void)close(log->stderr_before);
}
