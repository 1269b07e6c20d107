/* Ending with a message. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void sl_fail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)fflush(stdout); /* what was measured so far comes first */
    (void)fputs("salesledger-bench: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *sl_check_memory(void *memory)
{
    if (memory == NULL) {
        sl_fail("out of memory");
    }
    return memory;
}
